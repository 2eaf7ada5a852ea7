#include "node/population.h"

#include <limits.h>
#include <stdlib.h>

#include "core/card.h"
#include "core/group.h"
#include "core/vault.h"
#include "node/commons.h"
#include "node/population_fields.h"
#include "proto/text.h"

enum { STUDENTS_PER_BATCH = 60, YEARS = 6 };

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
static const char *const positions[] = {
	"Учитель русского языка", "Учитель математики", "Учитель физики", "Учитель истории", "Учитель биологии",
	"Учитель английского языка", "Классный руководитель", "Педагог-психолог", "Учитель начальных классов", "Тьютор",
};
static const char *const letters[] = {"А", "Б", "В", "Г", "Д"};
static const char *const clubs[] = {"Робототехника", "Юный эколог", "Шахматы", "Театр", "Краеведение", "Хор", "Журналистика", "Астрономия"};

#define PICK(array, n) (array)[(n) % (sizeof(array) / sizeof *(array))]

/* How often a student has an entry of each kind, of a hundred. */
static const struct {
	const char *kind;
	unsigned weight;
	enum relation by;
} student_kinds[] = {
	{"achievement", 36, REL_SELF},	      {"rating", 16, REL_TEACHER},	 {"subject_result", 12, REL_TEACHER},
	{"independent_result", 4, REL_SELF},  {"external_result", 4, REL_CLASS_TEACHER}, {"poll", 3, REL_CLASS_TEACHER},
	{"observation", 6, REL_TEACHER},      {"recommendation", 4, REL_TEACHER}, {"goal", 4, REL_PARENT},
	{"goal_step", 3, REL_SELF},	      {"route_answers", 2, REL_PARENT},	 {"profile", 1, REL_SELF},
	{"consent", 2, REL_PARENT},	      {"expertise", 1, REL_CLASS_TEACHER}, {"expert_review", 1, REL_EXPERT},
	{"deviation", 1, REL_CLASS_TEACHER},
};

enum { CLASS_GRADES = 11, CLASS_LETTERS = 5, TEACHERS_EACH = 6, STAFF_ENTRIES = 34, SCHOOL_ENTRIES = 32, PERSON_NAME_MAX = 3 * PERSON_TEXT_MAX };

struct colleague {
	char name[PERSON_NAME_MAX];
};

struct making {
	struct school *school;
	const struct catalogue *catalogue;
	const struct population *p;
	struct seed dice;  /* what people are like */
	struct seed noise; /* salts, keys, nonces */
	uint64_t now_ms;
	char today[DATE_BYTES];
	int first_year;
	struct batch batch;
	uint64_t first_lseq;
	uint8_t (*staff)[SUBJECT_BYTES];
	struct colleague *colleagues;
	size_t staff_count;
	uint8_t (*classes)[SUBJECT_BYTES];
	size_t class_count;
	struct {
		unsigned records, years; /* years: a bit for each */
	} *lived; /* by the kinds' order */
};

static unsigned roll(struct making *m, unsigned below)
{
	return made_roll(&m->dice, below);
}

static void lived(struct making *m, const struct kind *k, int year)
{
	size_t i = (size_t)(k - catalogue_kind_at(m->catalogue, 0));
	m->lived[i].records++;
	m->lived[i].years |= 1u << (year - m->first_year);
}

static enum err begin(struct making *m)
{
	uint8_t seed[32];
	seed_take(&m->noise, seed, sizeof seed);
	return batch_begin(&m->batch, m->school, m->now_ms, seed);
}

static enum err end(struct making *m, enum err e)
{
	if (!e)
		return batch_commit(&m->batch);
	batch_abort(&m->batch);
	return e;
}

static void name(struct making *m, struct person *p, bool girl)
{
	snprintf(p->family, sizeof p->family, "%s", PICK(families, roll(m, 1000))[girl]);
	snprintf(p->given, sizeof p->given, "%s", given[girl][roll(m, 16)]);
	snprintf(p->patronymic, sizeof p->patronymic, "%s", patronymics[girl][roll(m, 12)]);
}

static void full_name(const struct person *p, char out[PERSON_NAME_MAX])
{
	snprintf(out, PERSON_NAME_MAX, "%s %s %s", p->family, p->given, p->patronymic);
}

static void parent(struct making *m, struct person *p, bool mother)
{
	struct guardian *g = &p->guardians[p->guardian_count++];
	struct person like;
	name(m, &like, mother);
	seed_take(&m->noise, g->id, sizeof g->id);
	memcpy(g->family, like.family, sizeof g->family);
	memcpy(g->given, like.given, sizeof g->given);
	memcpy(g->patronymic, like.patronymic, sizeof g->patronymic);
	snprintf(g->relation, sizeof g->relation, "%s", mother ? "mother" : "father");
}

static unsigned grade_of(const struct making *m, unsigned i)
{
	return 1 + i * CLASS_GRADES / (m->p->students + 1);
}

static void student(struct making *m, unsigned i, struct person *p)
{
	unsigned grade = grade_of(m, i);
	*p = (struct person){.kind = PERSON_STUDENT};
	name(m, p, roll(m, 2));
	snprintf(p->birth, sizeof p->birth, "%04u-%02u-%02u", (unsigned)date_school_year(m->today) % 10000 - 6 - grade, 1 + roll(m, 8),
		 1 + roll(m, 28));
	snprintf(p->class_name, sizeof p->class_name, "%u%s", grade, PICK(letters, i));
	snprintf(p->joined, sizeof p->joined, "%04u-09-01", ((unsigned)date_school_year(m->today) - (grade < 5 ? grade - 1 : 4)) % 10000);
	parent(m, p, true);
	if (roll(m, 3))
		parent(m, p, false);
}

static struct made_of made(struct making *m, int year)
{
	struct made_of o = {.dice = &m->dice, .catalogue = m->catalogue, .year = year,
			    .staff = (const uint8_t (*)[SUBJECT_BYTES])m->staff, .staff_count = m->staff_count};
	memcpy(o.today, m->today, sizeof o.today);
	return o;
}

/* NOT_FOUND: a kind that has nothing to refer to yet. */
static enum err entry(struct making *m, const uint8_t *subject, const struct made_of *o, const char *code, const struct actor *by,
		      uint8_t id[ID_BYTES], bool *judged)
{
	const struct kind *k = catalogue_kind(m->catalogue, code);
	char why[CATALOGUE_WHY_BYTES];
	const char *bad;
	json_t *fields = k ? made_fields(o, k) : NULL;
	struct buf map;
	if (!fields)
		return ERR_NOT_FOUND;
	buf_init(&map, RECORD_BYTES_MAX);
	enum err e = catalogue_encode(m->catalogue, k, fields, &map, &bad, why);
	struct entry_draft d = {.kind = k->code, .title = k->title_ru, .fields = buf_bytes(&map), .period = (uint16_t)o->year,
				.settled = !k->moderated};
	*judged = k->moderated;
	if (!e)
		e = entry_write(&m->batch, subject, &d, by, id);
	if (!e)
		lived(m, k, o->year);
	json_decref(fields);
	buf_release(&map);
	return e;
}

/* --- students --------------------------------------------------------------------------------- */

/* Who may have written it: as the log-in of that person would. */
static struct actor writer(struct making *m, enum relation r, const uint8_t *subject, const struct person *p, char text[PERSON_NAME_MAX])
{
	struct actor by = {text, access_relation_title(r), m->p->school_name, subject, NULL};
	if (r == REL_SELF) {
		full_name(p, text);
		by.role = "учащийся";
	} else if (r == REL_PARENT) {
		const struct guardian *g = &p->guardians[0];
		snprintf(text, PERSON_NAME_MAX, "%s %s %s", g->family, g->given, g->patronymic);
		by.id = g->id;
	} else {
		size_t i = r == REL_CLASS_TEACHER ? (size_t)atoi(p->class_name) : roll(m, (unsigned)m->staff_count);
		i %= m->staff_count;
		snprintf(text, PERSON_NAME_MAX, "%s", m->colleagues[i].name);
		by.id = m->staff[i];
	}
	return by;
}

static const char *kind_of(struct making *m, enum relation *by)
{
	unsigned at = roll(m, 100), i = 0;
	for (; at >= student_kinds[i].weight && i + 1 < sizeof student_kinds / sizeof *student_kinds; i++)
		at -= student_kinds[i].weight;
	*by = student_kinds[i].by;
	return student_kinds[i].kind;
}

static enum err student_entry(struct making *m, const uint8_t *subject, const struct person *p, struct made_of *o, uint8_t id[ID_BYTES],
			      bool *judged)
{
	char text[PERSON_NAME_MAX];
	enum relation relation;
	const char *code = kind_of(m, &relation);
	struct actor by = writer(m, relation, subject, p, text);
	enum err e = entry(m, subject, o, code, &by, id, judged);
	if (e == ERR_NOT_FOUND) {
		code = "achievement";
		by = writer(m, REL_SELF, subject, p, text);
		e = entry(m, subject, o, code, &by, id, judged);
	}
	uint8_t *keep = strcmp(code, "achievement") == 0 ? o->achievement : strcmp(code, "poll") == 0 ? o->poll : o->goal;
	if (!e && (keep != o->goal || strcmp(code, "goal") == 0))
		memcpy(keep, id, ID_BYTES);
	return e;
}

static enum err verdict(struct making *m, const uint8_t *subject, const struct person *p, const uint8_t *id)
{
	char text[PERSON_NAME_MAX];
	struct actor by = writer(m, REL_CLASS_TEACHER, subject, p, text);
	return roll(m, 12) ? verdict_write(&m->batch, subject, id, "confirm", "", &by)
			   : verdict_write(&m->batch, subject, id, "return", "Приложите скан грамоты", &by);
}

/* enrolment, keywrap and person are three of `records` */
static enum err one_student(struct making *m, unsigned i, unsigned records, uint8_t subject[SUBJECT_BYTES])
{
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL, NULL};
	struct person p;
	struct made_of o = made(m, m->first_year);
	uint8_t id[ID_BYTES];
	student(m, i, &p);
	enum err e = person_enrol(&m->batch, &p, &by, subject);
	for (unsigned n = 3, k = 0; n < records && !e; n++, k++) {
		bool judged;
		o.year = m->first_year + (int)(k % YEARS);
		e = student_entry(m, subject, &p, &o, id, &judged);
		if (!e && judged && n + 1 < records && roll(m, 10) < 9) {
			e = verdict(m, subject, &p, id);
			n++;
		}
	}
	return e;
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
		e = end(m, e);
	}
	return e;
}

/* --- staff, classes, the school --------------------------------------------------------------- */

static enum err staff(struct making *m)
{
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL, NULL};
	m->staff = calloc(m->p->staff, SUBJECT_BYTES);
	m->colleagues = calloc(m->p->staff, sizeof *m->colleagues);
	enum err e = m->staff && m->colleagues ? begin(m) : ERR_NO_MEMORY;
	if (e)
		return e;
	for (unsigned i = 0; i < m->p->staff && !e; i++) {
		struct person p = {.kind = PERSON_STAFF};
		name(m, &p, roll(m, 10) < 8);
		full_name(&p, m->colleagues[i].name);
		snprintf(p.position, sizeof p.position, "%s", PICK(positions, i));
		e = person_enrol(&m->batch, &p, &by, m->staff[i]);
		m->staff_count += !e;
	}
	return end(m, e);
}

static void assign(struct making *m, struct group *g, size_t i, enum relation relation, const char *course)
{
	struct assignment *a = &g->staff[g->staff_count++];
	memcpy(a->staff, m->staff[i % m->staff_count], SUBJECT_BYTES);
	a->relation = relation;
	snprintf(a->course, sizeof a->course, "%s", course);
}

static enum err classes(struct making *m)
{
	static const char *const courses[TEACHERS_EACH] = {"mathematics", "russian", "physics", "history", "biology", "foreign_language"};
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL, NULL};
	m->classes = calloc(CLASS_GRADES * CLASS_LETTERS, SUBJECT_BYTES);
	enum err e = m->classes ? begin(m) : ERR_NO_MEMORY;
	if (e)
		return e;
	for (unsigned grade = 1; grade <= CLASS_GRADES && !e; grade++)
		for (unsigned l = 0; l < CLASS_LETTERS && !e; l++) {
			struct group g = {.type = GROUP_CLASS, .year = (uint16_t)date_school_year(m->today), .pilot = grade == 5 && l == 0};
			snprintf(g.name, sizeof g.name, "%u%s", grade, letters[l]);
			assign(m, &g, grade, REL_CLASS_TEACHER, "");
			assign(m, &g, grade + 7, REL_TUTOR, "");
			for (size_t t = 0; t < TEACHERS_EACH; t++)
				assign(m, &g, grade * 3 + l + t * 11, REL_TEACHER, courses[t]);
			e = group_create(&m->batch, &g, &by, m->classes[m->class_count]);
			m->class_count += !e;
		}
	return end(m, e);
}

static enum err some(struct making *m, const uint8_t *subject, const char *code, int year, const struct actor *by)
{
	struct made_of o = made(m, year);
	uint8_t id[ID_BYTES];
	bool judged;
	enum err e = entry(m, subject, &o, code, by, id, &judged);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Every kind that a teacher writes about themselves, over the years. */
static enum err careers(struct making *m)
{
	enum err e = begin(m);
	const struct kind *k;
	unsigned each = m->p->staff < STAFF_ENTRIES ? m->p->staff / 2 : STAFF_ENTRIES;
	for (size_t at = 0; !e && (k = catalogue_kind_at(m->catalogue, at)); at++)
		for (unsigned i = 0; i < each && !e && k->about == ABOUT_TEACHER; i++) {
			size_t who = (at * 7 + i) % m->staff_count;
			struct actor by = {m->colleagues[who].name, "учитель", m->p->school_name, m->staff[who], NULL};
			e = some(m, m->staff[who], k->code, m->first_year + (int)(i % YEARS), &by);
		}
	return end(m, e);
}

static enum err procedures(struct making *m)
{
	enum err e = begin(m);
	for (size_t i = 0; i < m->class_count && !e; i++) {
		size_t who = i % m->staff_count;
		struct actor by = {m->colleagues[who].name, "классный руководитель", m->p->school_name, m->staff[who], NULL};
		e = some(m, m->classes[i], "procedure", m->first_year + (int)(i % YEARS), &by);
	}
	return end(m, e);
}

/* Whatever else the school itself writes: templates, notes on every year. */
static enum err school_entries(struct making *m, const uint8_t *subject, int year, const struct actor *by)
{
	enum err e = ERR_OK;
	const struct kind *k;
	for (size_t at = 0; !e && (k = catalogue_kind_at(m->catalogue, at)); at++)
		if (k->about == ABOUT_SCHOOL && strcmp(k->code, "list_item") != 0)
			e = some(m, subject, k->code, year, by);
	return e;
}

/* The school's own clubs in the list of activities, its documents, cards for the network. */
static enum err documents(struct making *m)
{
	struct actor by = {"Администратор", "администратор", m->p->school_name, NULL, NULL};
	const struct kind *item = catalogue_kind(m->catalogue, "list_item"), *card = catalogue_kind(m->catalogue, "published_card");
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	char why[CATALOGUE_WHY_BYTES], code[60], title[120];
	const char *bad;
	enum err e = begin(m);
	if (!e)
		e = card_school_open(&m->batch, &by, subject);
	for (unsigned i = 0; i < SCHOOL_ENTRIES && !e; i++) {
		struct made_of o = made(m, m->first_year + (int)(i % YEARS));
		struct buf map;
		json_t *fields;
		e = school_entries(m, subject, o.year, &by);
		snprintf(code, sizeof code, "club.%u", i + 1);
		snprintf(title, sizeof title, "Кружок «%s»", PICK(clubs, i));
		fields = json_pack("{s:s, s:s, s:s, s:b}", "list", "activity", "code", code, "title_ru", title, "hidden", i >= 8);
		buf_init(&map, RECORD_BYTES_MAX);
		if (!e)
			e = catalogue_encode(m->catalogue, item, fields, &map, &bad, why);
		struct entry_draft d = {.kind = item->code, .title = item->title_ru, .fields = buf_bytes(&map), .period = (uint16_t)o.year, .settled = true};
		if (!e)
			e = entry_write(&m->batch, subject, &d, &by, id);
		if (!e)
			lived(m, item, o.year);
		json_decref(fields);
		buf_reset(&map);
		fields = made_fields(&o, card);
		if (!e && fields)
			e = catalogue_encode(m->catalogue, card, fields, &map, &bad, why);
		if (!e && fields)
			e = commons_publish(&m->batch, card, buf_bytes(&map), m->colleagues[i % m->staff_count].name, id);
		if (!e && fields)
			lived(m, card, o.year);
		json_decref(fields);
		buf_release(&map);
	}
	return end(m, e);
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
			  uint8_t mover[SUBJECT_BYTES], uint64_t *records, struct population_least *least)
{
	struct making m = {.school = s, .catalogue = c, .p = p, .now_ms = now_ms, .first_lseq = s->next_lseq};
	put_u32(m.dice.key, p->number);
	put_u32(m.noise.key, p->number);
	m.noise.key[31] = 1;
	date_of(now_ms, m.today);
	m.first_year = date_school_year(m.today) - YEARS + 1;
	*least = (struct population_least){.records = UINT_MAX, .years = UINT_MAX};
	while (catalogue_kind_at(c, least->kinds))
		least->kinds++;
	m.lived = calloc(least->kinds, sizeof *m.lived);
	enum err e = m.lived ? staff(&m) : ERR_NO_MEMORY;
	if (!e)
		e = classes(&m);
	if (!e && p->mover_records) {
		e = begin(&m);
		if (!e)
			e = end(&m, one_student(&m, p->students / 2, p->mover_records, mover));
		if (!e && log)
			e = log_mover(&m, mover, log);
	}
	if (!e)
		e = students(&m);
	if (!e)
		e = careers(&m);
	if (!e)
		e = procedures(&m);
	if (!e)
		e = documents(&m);
	for (unsigned i = 0; m.lived && i < least->kinds; i++) {
		unsigned years = (unsigned)__builtin_popcount(m.lived[i].years);
		least->records = m.lived[i].records < least->records ? m.lived[i].records : least->records;
		least->years = years < least->years ? years : least->years;
	}
	free(m.lived);
	free(m.staff);
	free(m.colleagues);
	free(m.classes);
	*records = s->next_lseq - m.first_lseq;
	return e;
}
