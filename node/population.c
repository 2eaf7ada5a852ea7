#include "node/population.h"

#include <stdlib.h>

#include "core/people.h"
#include "core/vault.h"
#include "proto/text.h"

enum { STUDENTS_PER_BATCH = 60, FIRST_YEAR = 2021, YEARS = 6 };

static const char *const families[][2] = {
	{"Иванов", "Иванова"},	   {"Смирнов", "Смирнова"},   {"Кузнецов", "Кузнецова"}, {"Попов", "Попова"},
	{"Васильев", "Васильева"}, {"Петров", "Петрова"},     {"Соколов", "Соколова"},	 {"Михайлов", "Михайлова"},
	{"Новиков", "Новикова"},   {"Фёдоров", "Фёдорова"},   {"Морозов", "Морозова"},	 {"Волков", "Волкова"},
	{"Алексеев", "Алексеева"}, {"Лебедев", "Лебедева"},   {"Семёнов", "Семёнова"},	 {"Егоров", "Егорова"},
	{"Павлов", "Павлова"},	   {"Козлов", "Козлова"},     {"Степанов", "Степанова"}, {"Николаев", "Николаева"},
	{"Орлов", "Орлова"},	   {"Андреев", "Андреева"},   {"Макаров", "Макарова"},	 {"Никитин", "Никитина"},
	{"Захаров", "Захарова"},   {"Зайцев", "Зайцева"},     {"Соловьёв", "Соловьёва"}, {"Борисов", "Борисова"},
	{"Яковлев", "Яковлева"},   {"Григорьев", "Григорьева"}, {"Романов", "Романова"}, {"Воробьёв", "Воробьёва"},
	{"Галиуллин", "Галиуллина"}, {"Хайруллин", "Хайруллина"}, {"Вахрушев", "Вахрушева"}, {"Перевощиков", "Перевощикова"},
};
static const char *const given[2][16] = {
	{"Александр", "Максим", "Артём", "Михаил", "Даниил", "Иван", "Дмитрий", "Кирилл", "Андрей", "Егор", "Никита", "Илья",
	 "Алексей", "Матвей", "Тимур", "Роман"},
	{"Анна", "Мария", "София", "Анастасия", "Дарья", "Виктория", "Полина", "Елизавета", "Екатерина", "Ксения", "Алиса",
	 "Арина", "Вероника", "Милана", "Алина", "Ева"},
};
static const char *const patronymics[2][12] = {
	{"Александрович", "Сергеевич", "Андреевич", "Алексеевич", "Дмитриевич", "Иванович", "Михайлович", "Николаевич",
	 "Олегович", "Ринатович", "Павлович", "Юрьевич"},
	{"Александровна", "Сергеевна", "Андреевна", "Алексеевна", "Дмитриевна", "Ивановна", "Михайловна", "Николаевна",
	 "Олеговна", "Ринатовна", "Павловна", "Юрьевна"},
};
static const char *const events[] = {
	"Олимпиада школьников", "Научно-практическая конференция «Шаг в будущее»", "Конкурс чтецов", "Турнир по шахматам",
	"Кросс нации", "Фестиваль «Радуга талантов»", "Конкурс проектов «Я — исследователь»", "Экологическая акция «Чистый город»",
	"Выставка рисунков", "Математическая регата", "Конкурс «Русский медвежонок»", "Спектакль школьного театра",
	"Волонтёрский отряд", "Соревнования по лыжным гонкам", "Конкурс сочинений", "Марафон «Учи.ру»",
};
static const char *const positions[] = {
	"Учитель русского языка", "Учитель математики", "Учитель физики", "Учитель истории", "Учитель биологии",
	"Учитель английского языка", "Классный руководитель", "Педагог-психолог", "Учитель начальных классов", "Тьютор",
};
static const char *const letters[] = {"А", "Б", "В", "Г", "Д"};

#define PICK(array, n) (array)[(n) % (sizeof(array) / sizeof *(array))]

struct making {
	struct school *school;
	const struct catalogue *catalogue;
	const struct population *p;
	struct seed dice;  /* what people are like */
	struct seed noise; /* salts, keys, nonces */
	uint64_t now_ms;
	struct batch batch;
	uint64_t first_lseq;
};

static unsigned roll(struct making *m, unsigned below)
{
	uint8_t v[4];
	seed_take(&m->dice, v, sizeof v);
	return get_u32(v) % below;
}

static enum err begin(struct making *m)
{
	uint8_t seed[32];
	seed_take(&m->noise, seed, sizeof seed);
	return batch_begin(&m->batch, m->school, m->now_ms, seed);
}

static void name(struct making *m, struct person *p, bool girl)
{
	snprintf(p->family, sizeof p->family, "%s", PICK(families, roll(m, 1000))[girl]);
	snprintf(p->given, sizeof p->given, "%s", given[girl][roll(m, 16)]);
	snprintf(p->patronymic, sizeof p->patronymic, "%s", patronymics[girl][roll(m, 12)]);
}

static void student(struct making *m, unsigned i, struct person *p)
{
	unsigned grade = 1 + i * 11 / (m->p->students + 1);
	*p = (struct person){.kind = PERSON_STUDENT};
	name(m, p, roll(m, 2));
	snprintf(p->birth, sizeof p->birth, "%04u-%02u-%02u", 2019 - grade, 1 + roll(m, 12), 1 + roll(m, 28));
	snprintf(p->class_name, sizeof p->class_name, "%u%s", grade, PICK(letters, roll(m, 5)));
}

static const char *code_in(struct making *m, const char *list)
{
	const json_t *items = catalogue_items(m->catalogue, list);
	return json_string_value(json_object_get(json_array_get(items, roll(m, (unsigned)json_array_size(items))), "code"));
}

/* The i-th entry of a student: mostly achievements, some ratings, a recommendation now and then. */
static enum err entry(struct making *m, const uint8_t *subject, unsigned i, uint8_t id[ID_BYTES], bool *judged)
{
	struct actor by = {"Соколова Елена Викторовна", "классный руководитель", m->p->school_name, NULL};
	unsigned year = FIRST_YEAR + i % YEARS, kind = roll(m, 10);
	const char *code = kind < 6 ? "achievement" : kind < 9 ? "rating" : "recommendation", *bad;
	char text[160], date[11];
	snprintf(date, sizeof date, "%u-%02u-%02u", year, 9 + roll(m, 4), 1 + roll(m, 28));
	json_t *fields;
	if (kind < 6) {
		snprintf(text, sizeof text, "%s, %u", PICK(events, roll(m, 1000)), year);
		fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", text, "section", code_in(m, "section"), "level",
				   code_in(m, "event_level"), "result", code_in(m, "event_result"), "date", date);
	} else if (kind < 9) {
		fields = json_pack("{s:s, s:i, s:s, s:s}", "competence", code_in(m, "competence"), "level", (int)roll(m, 4), "source",
				   code_in(m, "rating_source"), "date", date);
	} else {
		fields = json_pack("{s:s, s:s, s:s}", "name", "Развивать навыки самоконтроля", "content",
				   "Предлагать задания с самопроверкой; вести дневник целей на неделю.", "form",
				   code_in(m, "recommendation_form"));
	}
	const struct kind *k = catalogue_kind(m->catalogue, code);
	char why[CATALOGUE_WHY_BYTES];
	struct buf map;
	buf_init(&map, RECORD_BYTES_MAX);
	enum err e = catalogue_encode(m->catalogue, k, fields, &map, &bad, why);
	struct entry_draft d = {.kind = code, .title = k->title_ru, .fields = buf_bytes(&map),
				.period = (uint16_t)year, .settled = !k->moderated};
	*judged = !d.settled;
	if (!e)
		e = entry_write(&m->batch, subject, &d, &by, id);
	json_decref(fields);
	buf_release(&map);
	return e;
}

static enum err verdict(struct making *m, const uint8_t *subject, const uint8_t *id)
{
	struct actor by = {"Соколова Елена Викторовна", "классный руководитель", m->p->school_name, NULL};
	return roll(m, 12) ? verdict_write(&m->batch, subject, id, "confirm", "", &by)
			   : verdict_write(&m->batch, subject, id, "return", "Приложите скан грамоты", &by);
}

/* enrolment, keywrap and person are three of `records` */
static enum err one_student(struct making *m, unsigned i, unsigned records, uint8_t subject[SUBJECT_BYTES])
{
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL};
	struct person p;
	uint8_t id[ID_BYTES];
	student(m, i, &p);
	enum err e = person_enrol(&m->batch, &p, &by, subject);
	for (unsigned n = 3, k = 0; n < records && !e; n++, k++) {
		bool judged;
		e = entry(m, subject, k, id, &judged);
		if (!e && judged && n + 1 < records && roll(m, 10) < 9) {
			e = verdict(m, subject, id);
			n++;
		}
	}
	return e;
}

static enum err staff(struct making *m)
{
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL};
	enum err e = begin(m);
	for (unsigned i = 0; i < m->p->staff && !e; i++) {
		struct person p = {.kind = PERSON_STAFF};
		uint8_t subject[SUBJECT_BYTES];
		name(m, &p, roll(m, 10) < 8);
		snprintf(p.position, sizeof p.position, "%s", PICK(positions, i));
		e = person_enrol(&m->batch, &p, &by, subject);
	}
	if (e) {
		batch_abort(&m->batch);
		return e;
	}
	return batch_commit(&m->batch);
}

static enum err students(struct making *m)
{
	enum err e = ERR_OK;
	for (unsigned i = 0; i < m->p->students && !e;) {
		uint8_t subject[SUBJECT_BYTES];
		e = begin(m);
		if (e)
			return e;
		for (unsigned n = 0; n < STUDENTS_PER_BATCH && i < m->p->students && !e; n++, i++)
			e = one_student(m, i, m->p->records_each - 4 + roll(m, 9), subject);
		if (e)
			batch_abort(&m->batch);
		else
			e = batch_commit(&m->batch);
	}
	return e;
}

static void log_hex(FILE *log, const char *key, struct bytes b)
{
	fprintf(log, "\"%s\":\"", key);
	for (size_t i = 0; i < b.n; i++)
		fprintf(log, "%02x", b.p[i]);
	fputc('"', log);
}

static enum err log_mover(struct making *m, const uint8_t *subject, FILE *log)
{
	struct txn t, k;
	struct cursor c;
	struct subject_keys keys;
	struct buf plain;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = txn_begin(&k, m->school->vault.store, false);
	if (e)
		return e;
	e = vault_load(&m->school->vault, &k, subject, &keys);
	txn_abort(&k);
	if (!e)
		e = txn_begin(&t, m->school->store, false);
	if (e)
		return e;
	buf_init(&plain, RECORD_BYTES_MAX);
	cursor_open(&c, &t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (!leaf_record(&t, &l, &raw) || record_read(raw, &r))
			continue;
		buf_reset(&plain);
		bool open = r.key_id && !subject_keys_open(&keys, &r, &plain);
		fprintf(log, "{\"type\":\"%s\",", record_shape(r.type)->name);
		log_hex(log, "id", bytes_of(r.id, ID_BYTES));
		fputc(',', log);
		log_hex(log, "raw", raw);
		fputc(',', log);
		log_hex(log, "plain", open ? buf_bytes(&plain) : (struct bytes){0});
		fprintf(log, "}\n");
	}
	cursor_close(&c);
	txn_abort(&t);
	subject_keys_wipe(&keys);
	buf_wipe(&plain);
	return fflush(log) ? ERR_IO : ERR_OK;
}

enum err population_write(struct school *s, const struct catalogue *c, const struct population *p, uint64_t now_ms, FILE *log,
			  uint8_t mover[SUBJECT_BYTES], uint64_t *records)
{
	struct making m = {.school = s, .catalogue = c, .p = p, .now_ms = now_ms, .first_lseq = s->next_lseq};
	put_u32(m.dice.key, p->number);
	put_u32(m.noise.key, p->number);
	m.noise.key[31] = 1;
	enum err e = staff(&m);
	if (!e && p->mover_records) {
		e = begin(&m);
		if (!e)
			e = one_student(&m, p->students / 2, p->mover_records, mover);
		if (e)
			batch_abort(&m.batch);
		else
			e = batch_commit(&m.batch);
		if (!e && log)
			e = log_mover(&m, mover, log);
	}
	if (!e)
		e = students(&m);
	*records = s->next_lseq - m.first_lseq;
	return e;
}
