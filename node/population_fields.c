#include "node/population_fields.h"

#include <stdio.h>

#include "node/api.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const events[] = {
	"Олимпиада школьников", "Научно-практическая конференция «Шаг в будущее»", "Конкурс чтецов", "Турнир по шахматам",
	"Кросс нации", "Фестиваль «Радуга талантов»", "Конкурс проектов «Я — исследователь»", "Экологическая акция «Чистый город»",
	"Выставка рисунков", "Математическая регата", "Конкурс «Русский медвежонок»", "Спектакль школьного театра",
	"Волонтёрский отряд", "Соревнования по лыжным гонкам", "Конкурс сочинений", "Марафон «Учи.ру»",
};
static const char *const works[] = {
	"Смысловое чтение на уроках", "Проектная деятельность в основной школе", "Формирующее оценивание", "Работа с одарёнными детьми",
	"Развитие речи", "Функциональная грамотность", "Цифровые инструменты учителя", "Подготовка к итоговой аттестации",
	"Игровые технологии", "Исследование на уроке", "Воспитательная система класса", "Урок в музее",
};
static const char *const sentences[] = {
	"Работать над планированием: записывать цель на неделю и сверяться с ней в пятницу.",
	"Предлагать задания с самопроверкой; обсуждать, что получилось и почему.",
	"Взять роль ведущего в групповой работе.", "Больше читать вслух, пересказывать по плану.",
	"Участвовать в школьной научной конференции.", "Поддерживать интерес: кружок, книги, встречи с выпускниками.",
	"Сделать общий план с учителем и родителями и вернуться к нему в январе.",
	"Отметить сильные стороны перед классом.",
};
static const char *const goals[] = {"Подтянуть оценку", "Пройти курс робототехники", "Выступить на конференции", "Подготовиться к экзамену",
				    "Научиться планировать время", "Войти в сборную школы"};
static const char *const interests[] = {"Шахматы и настольные игры", "Рисую, хожу в студию", "Футбол, секция по вторникам",
					"Читаю фантастику", "Программирую на Python", "Пою в хоре", "Люблю биологию и животных"};
static const char *const places[] = {"Ижевск", "Воронеж", "Санкт-Петербург", "Россошь", "Казань", "Москва"};
static const char *const lessons[] = {"Урок открытия нового знания", "Урок рефлексии", "Урок общеметодологической направленности",
				      "Урок развивающего контроля", "Урок-исследование", "Урок-мастерская"};
static const int hours[] = {4, 8, 16, 36, 72, 108, 144, 260, 504};

static const struct {
	const char *kind, *field; /* kind "" : any, "t_": teachers' */
	const char *const *texts;
	size_t n;
} texts[] = {
	{"goal", "name", goals, COUNT(goals)},	       {"t_", "name", works, COUNT(works)},
	{"lesson_template", "name", lessons, COUNT(lessons)},
	{"lesson_card", "name", works, COUNT(works)},  {"published_card", "name", works, COUNT(works)},
	{"profile", "", interests, COUNT(interests)},  {"achievement", "place", places, COUNT(places)},
	{"recommendation", "name", works, COUNT(works)}, {"", "name", events, COUNT(events)},
	{"", "topic", works, COUNT(works)},	       {"", "", sentences, COUNT(sentences)},
};

unsigned made_roll(struct seed *dice, unsigned below)
{
	uint8_t v[4];
	seed_take(dice, v, sizeof v);
	return get_u32(v) % below;
}

static unsigned roll(const struct made_of *m, unsigned below)
{
	return made_roll(m->dice, below);
}

static json_t *made_text(const struct made_of *m, const struct kind *k, const struct field *f)
{
	char text[512];
	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t n = strlen(texts[i].kind);
		if (strncmp(k->code, texts[i].kind, n) != 0 || (*texts[i].field && strcmp(f->code, texts[i].field) != 0))
			continue;
		snprintf(text, sizeof text, "%s", texts[i].texts[roll(m, (unsigned)texts[i].n)]);
		break;
	}
	/* short fields hold a word, not a sentence */
	if (f->max < 30)
		snprintf(text, sizeof text, "%u%s", 1 + roll(m, 11), roll(m, 2) ? "А" : "Б");
	else if (f->max < 120 && strcmp(f->code, "name") != 0)
		snprintf(text, sizeof text, "%s", places[roll(m, COUNT(places))]);
	return json_string(text);
}

static json_t *made_date(const struct made_of *m)
{
	char day[40];
	int past = m->year < date_school_year(m->today);
	if (past && roll(m, 2))
		snprintf(day, sizeof day, "%04d-%02u-%02u", m->year + 1, 1 + roll(m, 5), 1 + roll(m, 28));
	else
		snprintf(day, sizeof day, "%04d-%02u-%02u", m->year, 9 + roll(m, past ? 4 : 2), 1 + roll(m, 28));
	return json_string(!past && strcmp(day, m->today) > 0 ? m->today : day);
}

/* A school rates a few competences of each group, and the same ones from year to year. */
enum { RATED = 8 };

static const char *made_code(const struct made_of *m, const char *list)
{
	const json_t *items = catalogue_items(m->catalogue, list);
	unsigned n = (unsigned)json_array_size(items), at = roll(m, n);
	if (strcmp(list, "competence") == 0 && n >= RATED)
		at = at % RATED * (n / RATED);
	return json_string_value(json_object_get(json_array_get(items, at), "code"));
}

static json_t *made_codes(const struct made_of *m, const struct field *f)
{
	json_t *list = json_array();
	for (unsigned i = 0, n = 1 + roll(m, 3); i < n; i++) {
		const char *code = made_code(m, f->list);
		bool twice = false;
		for (size_t k = 0; k < json_array_size(list); k++)
			twice |= strcmp(json_string_value(json_array_get(list, k)), code) == 0;
		if (!twice)
			json_array_append_new(list, json_string(code));
	}
	return list;
}

static json_t *made_marks(const struct made_of *m, const struct field *f)
{
	json_t *marks = json_object();
	for (unsigned i = 0, n = 2 + roll(m, 4); i < n; i++)
		json_object_set_new(marks, made_code(m, f->list), json_integer(f->min + roll(m, (unsigned)(f->max - f->min + 1))));
	return marks;
}

static json_t *made_number(const struct made_of *m, const struct kind *k, const struct field *f)
{
	if (k->measure == MEASURE_HOURS || strcmp(f->code, "hours") == 0)
		return json_integer(hours[roll(m, COUNT(hours))]);
	int64_t max = f->max > 100 ? 30 : f->max, min = f->min < max ? f->min : max;
	if (f->max == 100) /* shares of a hundred are seldom low */
		min = 55;
	return json_integer(min + roll(m, (unsigned)(max - min + 1)));
}

static json_t *made_entry(const struct made_of *m, const struct field *f)
{
	const uint8_t *id = strcmp(f->code, "poll") == 0 ? m->poll : strcmp(f->code, "goal") == 0 ? m->goal : m->achievement;
	bool elsewhere = strcmp(f->code, "procedure") == 0;
	return elsewhere || sodium_is_zero(id, ID_BYTES) ? NULL : json_hex(id, ID_BYTES);
}

static json_t *made_person(const struct made_of *m)
{
	return m->staff_count ? json_hex(m->staff[roll(m, (unsigned)m->staff_count)], SUBJECT_BYTES) : NULL;
}

static json_t *made_value(const struct made_of *m, const struct kind *k, const struct field *f)
{
	json_t *list;
	switch (f->type) {
	case FIELD_TEXT:
		return made_text(m, k, f);
	case FIELD_INT:
	case FIELD_LEVEL:
		return made_number(m, k, f);
	case FIELD_DATE:
		return made_date(m);
	case FIELD_FLAG:
		return json_boolean(roll(m, 2));
	case FIELD_LIST:
		return json_string(made_code(m, f->list));
	case FIELD_LISTS:
		return made_codes(m, f);
	case FIELD_MARKS:
		return made_marks(m, f);
	case FIELD_ENTRY:
		return made_entry(m, f);
	case FIELD_PERSON:
		return made_person(m);
	case FIELD_PERSONS:
		list = json_array();
		for (int i = 0; i < 3 && m->staff_count; i++)
			json_array_append_new(list, made_person(m));
		return list;
	case FIELD_FILES: /* evidence is uploaded, not made up */
	case FIELD_LINK:
		return NULL;
	}
	return NULL;
}

json_t *made_fields(const struct made_of *m, const struct kind *k)
{
	json_t *fields = json_object();
	for (size_t i = 0; i < k->field_count; i++) {
		const struct field *f = &k->fields[i];
		bool usual = strcmp(f->code, "date") == 0 || strcmp(f->code, "activity") == 0 || strcmp(f->code, "subject") == 0;
		json_t *v = f->required || usual || !roll(m, 3) ? made_value(m, k, f) : NULL;
		if (v) {
			json_object_set_new(fields, f->code, v);
		} else if (f->required) {
			json_decref(fields);
			return NULL;
		}
	}
	return fields;
}
