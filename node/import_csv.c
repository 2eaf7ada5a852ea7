#include "node/import_csv.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "node/csv.h"
#include "node/json.h"
#include "node/letters.h"
#include "proto/text.h"

enum column {
	COL_FAMILY, COL_GIVEN, COL_PATRONYMIC, COL_BIRTH, COL_CLASS, COL_POSITION, COL_JOINED, COL_LEFT, COL_EXTERNAL,
	COL_PARENT, /* and the next ones, of each parent */
	COL_NAME = COL_PARENT + 10, COL_TYPE, COL_COURSE, COL_YEAR, COL_PILOT, COL_CLASS_TEACHER, COL_TUTOR, COL_COUNT
};

enum parent_column { PARENT_FAMILY, PARENT_GIVEN, PARENT_PATRONYMIC, PARENT_RELATION, PARENT_EXTERNAL, PARENT_COLUMNS, PARENTS = 2 };

enum { STUDENTS = 1 << IMPORT_STUDENT, STAFF = 1 << IMPORT_STAFF, CLASSES = 1 << IMPORT_CLASS };

/* The first name of a column is its heading when written. */
static const struct {
	uint8_t column, kinds;
	const char *name;
} names[] = {
#define PARENT(n, ru, en)                                                                                                    \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_FAMILY, STUDENTS, "Родитель " ru " фамилия"},                        \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_GIVEN, STUDENTS, "Родитель " ru " имя"},                             \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_PATRONYMIC, STUDENTS, "Родитель " ru " отчество"},                   \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_RELATION, STUDENTS, "Родитель " ru " кем приходится"},               \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_EXTERNAL, STUDENTS, "Родитель " ru " код"},                          \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_FAMILY, STUDENTS, en "_family"},                                     \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_GIVEN, STUDENTS, en "_given"},                                       \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_PATRONYMIC, STUDENTS, en "_patronymic"},                             \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_RELATION, STUDENTS, en "_relation"},                                 \
	{COL_PARENT + (n - 1) * PARENT_COLUMNS + PARENT_EXTERNAL, STUDENTS, en "_external"}
	{COL_FAMILY, STUDENTS | STAFF, "Фамилия"}, {COL_FAMILY, STUDENTS | STAFF, "family"}, {COL_FAMILY, STUDENTS | STAFF, "familyname"},
	{COL_GIVEN, STUDENTS | STAFF, "Имя"}, {COL_GIVEN, STUDENTS | STAFF, "given"}, {COL_GIVEN, STUDENTS | STAFF, "givenname"},
	{COL_PATRONYMIC, STUDENTS | STAFF, "Отчество"}, {COL_PATRONYMIC, STUDENTS | STAFF, "patronymic"},
	{COL_PATRONYMIC, STUDENTS | STAFF, "middlename"},
	{COL_BIRTH, STUDENTS | STAFF, "Дата рождения"}, {COL_BIRTH, STUDENTS | STAFF, "birth_date"}, {COL_BIRTH, STUDENTS | STAFF, "birthdate"},
	{COL_CLASS, STUDENTS, "Класс"}, {COL_CLASS, STUDENTS, "class"},
	{COL_POSITION, STAFF, "Должность"}, {COL_POSITION, STAFF, "position"},
	{COL_JOINED, STUDENTS, "Зачислен"}, {COL_LEFT, STUDENTS, "Выбыл"}, {COL_JOINED, STAFF, "Принят"}, {COL_LEFT, STAFF, "Уволен"},
	{COL_JOINED, STUDENTS | STAFF, "joined"}, {COL_LEFT, STUDENTS | STAFF, "left"},
	PARENT(1, "1", "parent1"), PARENT(2, "2", "parent2"),
	{COL_NAME, CLASSES, "Класс/Группа"}, {COL_NAME, CLASSES, "Класс"}, {COL_NAME, CLASSES, "Группа"}, {COL_NAME, CLASSES, "name"},
	{COL_TYPE, CLASSES, "Вид"}, {COL_TYPE, CLASSES, "type"}, {COL_COURSE, CLASSES, "Предмет"}, {COL_COURSE, CLASSES, "subject"},
	{COL_YEAR, CLASSES, "Год"}, {COL_YEAR, CLASSES, "year"}, {COL_PILOT, CLASSES, "Пилотный"}, {COL_PILOT, CLASSES, "pilot"},
	{COL_CLASS_TEACHER, CLASSES, "Классный руководитель"}, {COL_CLASS_TEACHER, CLASSES, "class_teacher"},
	{COL_TUTOR, CLASSES, "Тьютор"}, {COL_TUTOR, CLASSES, "tutor"},
	{COL_EXTERNAL, STUDENTS | STAFF | CLASSES, "Код"}, {COL_EXTERNAL, STUDENTS | STAFF | CLASSES, "external"},
#undef PARENT
};
enum { NAMES = sizeof names / sizeof *names };
_Static_assert((int)PARENTS * (int)PARENT_COLUMNS == 10, "COL_NAME follows");

static const char *const type_words[GROUP_TYPES] = {"класс", "предметная", "внеурочная"};

/* --- reading ---------------------------------------------------------------------------------- */

const char *import_csv_fault(const struct csv *c)
{
	switch (c->fault) {
	case CSV_FINE:
		return "";
	case CSV_EMPTY:
		return "the file is empty";
	case CSV_UTF16:
		return "the file is UTF-16: save it as CSV UTF-8";
	case CSV_NUL:
		return "a zero byte: this is not a text file";
	case CSV_CP1251:
		return "the file looks like Windows-1251: import it with encoding=windows-1251";
	case CSV_BAD_UTF8:
		return "the text is neither UTF-8 nor Windows-1251";
	case CSV_OPEN_QUOTE:
		return "a quote is opened and not closed";
	case CSV_STRAY_QUOTE:
		return "a quote in the wrong place";
	case CSV_TOO_MANY_FIELDS:
		return "too many columns";
	case CSV_TOO_MANY_ROWS:
		return "too many rows";
	}
	return "";
}

struct reading {
	struct import_plan *p;
	enum import_what what;
	const struct csv *c;
	int at[COL_COUNT]; /* which field of a row holds each column; -1: none */
	struct lookup staff; /* by folded name, for classes */
};

static enum err find_columns(struct reading *r, char why[200])
{
	const struct csv *c = r->c;
	for (int i = 0; i < COL_COUNT; i++)
		r->at[i] = -1;
	for (size_t f = 0; f < c->n; f++) {
		char *folded = letters_fold(c->field[f]);
		int column = -1;
		for (size_t i = 0; folded && i < NAMES && column < 0; i++) {
			char *name = names[i].kinds & 1 << r->what ? letters_fold(names[i].name) : NULL;
			if (name && strcmp(folded, name) == 0)
				column = names[i].column;
			free(name);
		}
		free(folded);
		if (column < 0 || r->at[column] >= 0) {
			snprintf(why, 200, "line %zu: %s column \"%.*s\"", c->line, column < 0 ? "unknown" : "a second",
				 (int)text_fit(c->field[f], 60), c->field[f]);
			return ERR_BAD_FORM;
		}
		r->at[column] = (int)f;
	}
	const char *needed = r->what == IMPORT_CLASS		     ? (r->at[COL_NAME] < 0 ? "the column Класс/Группа is" : NULL)
			     : r->at[COL_FAMILY] < 0 || r->at[COL_GIVEN] < 0 ? "the columns Фамилия and Имя are"
			     : r->what == IMPORT_STUDENT && r->at[COL_CLASS] < 0 ? "the column Класс is"
										    : NULL;
	if (needed)
		snprintf(why, 200, "line %zu: %s needed", c->line, needed);
	return needed ? ERR_BAD_FORM : ERR_OK;
}

/* The cell without spaces around it and the apostrophe before a formula; false: the row says nothing of it. */
static bool take(struct reading *r, int column, char *out, size_t size, uint32_t *problems)
{
	int at = r->at[column];
	out[0] = 0;
	if (at < 0 || (size_t)at >= r->c->n)
		return false;
	const char *s = r->c->field[at];
	while (*s == ' ')
		s++;
	s += csv_defused(s);
	size_t n = strlen(s);
	while (n && s[n - 1] == ' ')
		n--;
	if (n >= size)
		*problems |= PROBLEM_TOO_LONG;
	else if (!text_clean(s, false))
		*problems |= PROBLEM_CONTROL;
	else
		memcpy(out, s, n), out[n] = 0;
	return true;
}

/* 2014-05-06 or 06.05.2014 */
static bool take_date(struct reading *r, int column, char out[DATE_BYTES], uint32_t wrong, uint32_t *problems)
{
	char text[32];
	int d, m, y, n = 0;
	out[0] = 0;
	if (!take(r, column, text, sizeof text, problems))
		return false;
	if (!text[0])
		return true;
	if (sscanf(text, "%2d.%2d.%4d%n", &d, &m, &y, &n) == 3 && n == (int)strlen(text) && d > 0 && m > 0 && y > 0)
		snprintf(text, sizeof text, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
	if (!date_valid(text))
		*problems |= wrong;
	else
		memcpy(out, text, DATE_BYTES);
	return true;
}

static void say_text(struct reading *r, uint32_t row, int column, enum import_field field, size_t size)
{
	char text[NAME_BYTES_MAX];
	uint32_t problems = 0;
	if (take(r, column, text, size, &problems))
		import_say(r->p, row, field, text);
	r->p->rows[row].problems |= problems;
}

static void say_date(struct reading *r, uint32_t row, int column, enum import_field field, uint32_t wrong)
{
	char text[DATE_BYTES];
	uint32_t problems = 0;
	if (take_date(r, column, text, wrong, &problems))
		import_say(r->p, row, field, text);
	if (field == FIELD_BIRTH && *text && !date_begun(text, r->p->base.now_ms))
		problems |= PROBLEM_BIRTH_TO_COME;
	r->p->rows[row].problems |= problems;
}

static bool add_guardian(struct reading *r, uint32_t row, int parent)
{
	struct import_plan *p = r->p;
	int first = COL_PARENT + parent * PARENT_COLUMNS;
	char text[PARENT_COLUMNS][PERSON_TEXT_MAX];
	uint32_t problems = 0, index = 0;
	const char *relation = NULL;
	for (int i = 0; i < PARENT_COLUMNS; i++)
		take(r, first + i, text[i], i == PARENT_EXTERNAL ? EXTERNAL_TEXT_MAX : PERSON_TEXT_MAX, &problems);
	bool none = true;
	for (int i = 0; i < PARENT_COLUMNS; i++)
		none = none && !text[i][0];
	if (!none && (!text[PARENT_FAMILY][0] || !text[PARENT_GIVEN][0]))
		problems |= PROBLEM_GUARDIAN_NAME;
	if (text[PARENT_RELATION][0] && !(relation = import_word(p, IMPORT_RELATION, text[PARENT_RELATION])))
		problems |= PROBLEM_RELATION;
	p->rows[row].problems |= problems;
	if (none || problems)
		return true;
	/* one code is one person, in however many rows */
	const char *code = text[PARENT_EXTERNAL];
	uint64_t key = lookup_hash(lookup_hash(0, "guardian"), code);
	for (uint32_t i = *code ? lookup_first(&r->staff, key) : 0; i; i = lookup_next(&r->staff, i)) {
		index = lookup_value(&r->staff, i);
		if (strcmp((const char *)p->text.p + p->guardians[index].external, code) == 0)
			return import_link(p, row, index, false);
	}
	struct import_guardian *g = import_guardian(p, &index);
	if (!g)
		return false;
	*g = (struct import_guardian){.family = import_text(p, text[PARENT_FAMILY]), .given = import_text(p, text[PARENT_GIVEN]),
				      .patronymic = import_text(p, text[PARENT_PATRONYMIC]),
				      .relation = import_text(p, relation ? relation : ""), .external = import_text(p, code)};
	const struct guardian *held = import_find_guardian(p, code);
	if (held)
		memcpy(g->id, held->id, SUBJECT_BYTES);
	return (!*code || lookup_add(&r->staff, key, index)) && import_link(p, row, index, false);
}

static bool read_person(struct reading *r, uint32_t row)
{
	struct import_plan *p = r->p;
	say_text(r, row, COL_FAMILY, FIELD_FAMILY, PERSON_TEXT_MAX);
	say_text(r, row, COL_GIVEN, FIELD_GIVEN, PERSON_TEXT_MAX);
	say_text(r, row, COL_PATRONYMIC, FIELD_PATRONYMIC, PERSON_TEXT_MAX);
	say_date(r, row, COL_BIRTH, FIELD_BIRTH, PROBLEM_BIRTH);
	say_text(r, row, COL_CLASS, FIELD_CLASS, sizeof ((struct person *)0)->class_name);
	say_text(r, row, COL_POSITION, FIELD_POSITION, PERSON_TEXT_MAX);
	say_date(r, row, COL_JOINED, FIELD_JOINED, PROBLEM_JOINED);
	say_date(r, row, COL_LEFT, FIELD_LEFT, PROBLEM_LEFT);
	say_text(r, row, COL_EXTERNAL, FIELD_EXTERNAL, EXTERNAL_TEXT_MAX);
	const char *family = import_said(p, &p->rows[row], FIELD_FAMILY), *given = import_said(p, &p->rows[row], FIELD_GIVEN);
	if (!family || !*family)
		p->rows[row].problems |= PROBLEM_NO_FAMILY;
	if (!given || !*given)
		p->rows[row].problems |= PROBLEM_NO_GIVEN;
	bool ok = true;
	for (int i = PARENTS; i-- > 0 && ok;)
		ok = add_guardian(r, row, i);
	return ok;
}

static uint64_t folded_key(const char *folded, size_t n)
{
	char text[3 * PERSON_TEXT_MAX + 3];
	snprintf(text, sizeof text, "%.*s", (int)n, folded);
	return lookup_hash(lookup_hash(0, "staff"), text);
}

/* Staff by the whole name, and by family and given name alone. */
static bool index_staff(struct reading *r)
{
	const struct people_index *people = r->p->base.people;
	bool ok = true;
	for (size_t i = 0; i < people->count && ok; i++) {
		const struct indexed_person *one = &people->at[i];
		size_t n = strlen(one->folded);
		while (n && one->folded[n - 1] == ' ')
			n--;
		if (one->person.kind != PERSON_STAFF || one->former)
			continue;
		ok = lookup_add(&r->staff, folded_key(one->folded, n), (uint32_t)i);
		char name[2 * PERSON_TEXT_MAX + 2];
		snprintf(name, sizeof name, "%s %s", one->person.family, one->person.given);
		char *folded = *one->person.patronymic ? letters_fold(name) : NULL;
		if (folded)
			ok = ok && lookup_add(&r->staff, folded_key(folded, strlen(folded)), (uint32_t)i);
		free(folded);
	}
	return ok;
}

static uint32_t find_staff(struct reading *r, const char *text, const uint8_t **subject)
{
	const struct people_index *people = r->p->base.people;
	long at = import_find_person(r->p, PERSON_STAFF, text);
	if (at < 0) {
		char *folded = letters_fold(text);
		uint32_t i = folded ? lookup_first(&r->staff, folded_key(folded, strlen(folded))) : 0;
		free(folded);
		if (!i)
			return PROBLEM_NO_STAFF;
		at = (long)lookup_value(&r->staff, i);
		if (lookup_next(&r->staff, i))
			return PROBLEM_STAFF_TWICE;
	}
	*subject = people->at[at].subject;
	return 0;
}

/* Who is named holds the relation, and nobody else from today. */
static bool assign(struct reading *r, uint32_t row, int column, enum relation relation)
{
	struct import_plan *p = r->p;
	char text[NAME_BYTES_MAX * 2], *rest = NULL;
	uint32_t problems = 0;
	if (!take(r, column, text, sizeof text, &problems))
		return true;
	bool ok = true;
	const struct group *held = import_held_group(p, &p->rows[row]);
	uint8_t named[GROUP_STAFF_MAX][SUBJECT_BYTES];
	size_t count = 0;
	for (char *one = strtok_r(text, ",", &rest); one && ok; one = strtok_r(NULL, ",", &rest)) {
		const uint8_t *subject = NULL;
		while (*one == ' ')
			one++;
		for (size_t n = strlen(one); n && one[n - 1] == ' ';)
			one[--n] = 0;
		if (!*one)
			continue;
		problems |= find_staff(r, one, &subject);
		if (!subject)
			continue;
		if (count == GROUP_STAFF_MAX) {
			problems |= PROBLEM_STAFF_MANY;
			break;
		}
		memcpy(named[count++], subject, SUBJECT_BYTES);
		struct import_assignment a = {.staff = import_ref_held(subject), .relation = relation, .any_course = true};
		ok = import_assign(p, row, &a);
	}
	for (size_t i = 0; held && i < held->staff_count && ok; i++) {
		const struct assignment *h = &held->staff[i];
		bool stays = h->relation != relation || !date_holds(h->since, h->until, p->today);
		for (size_t k = 0; k < count; k++)
			stays |= memcmp(named[k], h->staff, SUBJECT_BYTES) == 0;
		struct import_assignment a = {.staff = import_ref_held(h->staff), .relation = relation, .any_course = true, .gone = true};
		ok = stays || import_assign(p, row, &a);
	}
	p->rows[row].problems |= problems;
	return ok;
}

static enum group_type type_of(const char *text)
{
	char *folded = letters_fold(text);
	int i = 0;
	while (i < GROUP_TYPES && folded && strcmp(folded, type_words[i]) != 0 && strcmp(folded, group_type_name((enum group_type)i)) != 0)
		i++;
	free(folded);
	return folded ? (enum group_type)i : GROUP_TYPES;
}

/* "да" and what else people write; -1: neither. */
static int yes(const char *text)
{
	static const char *const WORDS[] = {"", "нет", "0", "false", "no", "-", "да", "1", "true", "yes", "+"};
	char *folded = letters_fold(text);
	int i = 0;
	while (i < 11 && folded && strcmp(folded, WORDS[i]) != 0)
		i++;
	free(folded);
	return i == 11 || !folded ? -1 : i > 5;
}

static void read_group(struct reading *r, uint32_t row)
{
	struct import_plan *p = r->p;
	char text[NAME_BYTES_MAX];
	uint32_t problems = 0;
	enum group_type type = GROUP_CLASS;
	if (take(r, COL_TYPE, text, sizeof text, &problems) && *text)
		type = type_of(text);
	if (type == GROUP_TYPES) {
		problems |= PROBLEM_TYPE;
		type = GROUP_CLASS;
	}
	import_say(p, row, FIELD_TYPE, group_type_name(type));
	take(r, COL_NAME, text, GROUP_NAME_MAX, &problems);
	import_say(p, row, FIELD_NAME, text);
	if (!*text)
		problems |= PROBLEM_NO_NAME;
	if (type == GROUP_CLASS && strlen(text) >= sizeof ((struct person *)0)->class_name)
		problems |= PROBLEM_CLASS_LONG;
	if (take(r, COL_COURSE, text, sizeof text, &problems)) {
		const char *code = *text ? import_word(p, IMPORT_COURSE, text) : "";
		if (code)
			import_say(p, row, FIELD_COURSE, code);
		else
			problems |= PROBLEM_COURSE;
	}
	if (take(r, COL_YEAR, text, sizeof text, &problems) && *text) {
		size_t n = strspn(text, "0123456789");
		if (n != 4 || atoi(text) < 1900 || atoi(text) > 2200 || (text[4] && text[4] != '/' && text[4] != '-'))
			problems |= PROBLEM_YEAR;
		text[4] = 0;
		import_say(p, row, FIELD_YEAR, text);
	}
	if (take(r, COL_PILOT, text, sizeof text, &problems)) {
		int pilot = yes(text);
		if (pilot < 0)
			problems |= PROBLEM_PILOT;
		else
			import_say(p, row, FIELD_PILOT, pilot ? "1" : "");
	}
	p->rows[row].problems |= problems;
	say_text(r, row, COL_EXTERNAL, FIELD_EXTERNAL, EXTERNAL_TEXT_MAX);
}

static enum err read_row(struct reading *r)
{
	struct import_plan *p = r->p;
	if (!import_add(p, r->what, NULL, r->c->line))
		return ERR_NO_MEMORY;
	uint32_t row = (uint32_t)p->count - 1;
	bool ok = true;
	if (r->what == IMPORT_CLASS)
		read_group(r, row);
	else
		ok = read_person(r, row);
	import_match(p, row);
	if (r->what == IMPORT_CLASS)
		ok = assign(r, row, COL_TUTOR, REL_TUTOR) && assign(r, row, COL_CLASS_TEACHER, REL_CLASS_TEACHER);
	return !ok ? ERR_NO_MEMORY : p->text.err;
}

enum err import_csv(struct import_plan *p, enum import_what what, struct bytes text, const struct import_base *base, char why[200])
{
	static const char *const KINDS[] = {"students", "staff", "classes"};
	struct csv c;
	struct reading r = {.p = p, .what = what, .c = &c};
	bool rows = false;
	why[0] = 0;
	enum err e = csv_init(&c, text);
	if (!e)
		e = csv_next(&c, &rows);
	csv_trim(&c);
	if (!e && !rows)
		c.fault = CSV_EMPTY;
	if (!e && rows)
		e = find_columns(&r, why);
	enum err begun = import_begin(p, KINDS[what], base);
	if (!e)
		e = begun;
	if (!e && what == IMPORT_CLASS && !index_staff(&r))
		e = ERR_NO_MEMORY;
	while (!e && rows) {
		e = csv_next(&c, &rows);
		if (!e && rows)
			e = read_row(&r);
	}
	lookup_release(&r.staff);
	if (c.fault != CSV_FINE) {
		snprintf(why, 200, "line %zu: %s", c.line, import_csv_fault(&c));
		if (!e)
			e = ERR_BAD_FORM;
	}
	csv_release(&c);
	return e ? e : import_finish(p, text);
}

/* --- writing ---------------------------------------------------------------------------------- */

static const uint8_t student_columns[] = {COL_FAMILY,	  COL_GIVEN,	  COL_PATRONYMIC, COL_BIRTH,	  COL_CLASS,	  COL_JOINED,
					  COL_LEFT,	  COL_EXTERNAL,	  COL_PARENT,	  COL_PARENT + 1, COL_PARENT + 2, COL_PARENT + 3,
					  COL_PARENT + 4, COL_PARENT + 5, COL_PARENT + 6, COL_PARENT + 7, COL_PARENT + 8, COL_PARENT + 9};
static const uint8_t staff_columns[] = {COL_FAMILY, COL_GIVEN, COL_PATRONYMIC, COL_BIRTH, COL_POSITION, COL_JOINED, COL_LEFT, COL_EXTERNAL};
static const uint8_t class_columns[] = {COL_NAME,  COL_TYPE,	      COL_COURSE, COL_YEAR,
					COL_PILOT, COL_CLASS_TEACHER, COL_TUTOR,  COL_EXTERNAL};

static void put_headings(struct csv_writer *w, enum import_what what, const uint8_t *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < NAMES; k++)
			if (names[k].column == columns[i] && names[k].kinds & 1 << what) {
				csv_put(w, names[k].name);
				break;
			}
	csv_end_row(w);
}

static const char *title(const struct import_base *base, const char *list, const char *code)
{
	const char *word = *code ? catalogue_word(base->catalogue, list, code, "ru") : NULL;
	return word ? word : code;
}

static void put_guardians(struct csv_writer *w, const struct import_base *base, const struct person *p, const char *today)
{
	size_t put = 0;
	for (size_t i = 0; i < p->guardian_count && put < PARENTS; i++) {
		const struct guardian *g = &p->guardians[i];
		if (!date_holds("", g->until, today))
			continue;
		const char *fields[] = {g->family, g->given, g->patronymic, title(base, "relation", g->relation), g->external};
		for (size_t k = 0; k < PARENT_COLUMNS; k++)
			csv_put(w, fields[k]);
		put++;
	}
	for (; put < PARENTS; put++)
		for (size_t k = 0; k < PARENT_COLUMNS; k++)
			csv_put(w, "");
}

static void put_person(struct csv_writer *w, const struct import_base *base, const struct person *p, const char *today)
{
	const char *fields[] = {p->family, p->given, p->patronymic, p->birth, p->kind == PERSON_STUDENT ? p->class_name : p->position,
				p->joined, p->left, p->external};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		csv_put(w, fields[i]);
	if (p->kind == PERSON_STUDENT)
		put_guardians(w, base, p, today);
	csv_end_row(w);
}

/* Whether another member of staff is called the same: then only the code tells. */
static bool namesake(const struct people_index *people, const struct indexed_person *one)
{
	for (size_t i = 0; i < people->count; i++)
		if (&people->at[i] != one && people->at[i].person.kind == PERSON_STAFF && !people->at[i].former &&
		    strcmp(people->at[i].folded, one->folded) == 0)
			return true;
	return false;
}

static void put_staff(struct csv_writer *w, const struct import_base *base, const struct group *g, enum relation relation, const char *today)
{
	char text[NAME_BYTES_MAX * 2] = "", id[2 * SUBJECT_BYTES + 1];
	size_t n = 0;
	for (size_t i = 0; i < g->staff_count && n < sizeof text; i++) {
		const struct assignment *a = &g->staff[i];
		const struct indexed_person *one = people_index_find(base->people, a->staff);
		if (a->relation != relation || !one || one->former || !date_holds(a->since, a->until, today))
			continue;
		hex_encode(one->subject, SUBJECT_BYTES, id);
		const char *lead = n ? ", " : "";
		const struct person *p = &one->person;
		n += (size_t)(namesake(base->people, one)
				      ? snprintf(text + n, sizeof text - n, "%s%s", lead, *p->external ? p->external : id)
				      : snprintf(text + n, sizeof text - n, "%s%s %s%s%s", lead, p->family, p->given, *p->patronymic ? " " : "",
						 p->patronymic));
	}
	csv_put(w, text);
}

static void put_group(struct csv_writer *w, const struct import_base *base, const struct group *g, const char *today)
{
	char year[12];
	snprintf(year, sizeof year, "%u", (unsigned)g->year);
	csv_put(w, g->name);
	csv_put(w, type_words[g->type]);
	csv_put(w, title(base, "school_subject", g->course));
	csv_put(w, year);
	csv_put(w, g->pilot ? "да" : "");
	put_staff(w, base, g, REL_CLASS_TEACHER, today);
	put_staff(w, base, g, REL_TUTOR, today);
	csv_put(w, g->external);
	csv_end_row(w);
}

void import_csv_write(struct buf *out, enum import_what what, const struct import_base *base)
{
	static const struct {
		const uint8_t *columns;
		size_t n;
	} TABLES[] = {{student_columns, sizeof student_columns}, {staff_columns, sizeof staff_columns}, {class_columns, sizeof class_columns}};
	struct csv_writer w = {.out = out, .separator = ';'};
	char today[DATE_BYTES];
	date_of(base->now_ms, today);
	buf_put_text(out, "\xef\xbb\xbf");
	put_headings(&w, what, TABLES[what].columns, TABLES[what].n);
	for (size_t i = 0; what == IMPORT_CLASS && i < base->structure->count; i++) {
		const struct group *g = &base->structure->groups[base->structure->order[i]];
		if (!g->closed)
			put_group(&w, base, g, today);
	}
	for (size_t i = 0; what != IMPORT_CLASS && i < base->people->count; i++) {
		const struct indexed_person *one = &base->people->at[base->people->order[i]];
		if (one->person.kind == (what == IMPORT_STUDENT ? PERSON_STUDENT : PERSON_STAFF) && !one->former)
			put_person(&w, base, &one->person, today);
	}
}
