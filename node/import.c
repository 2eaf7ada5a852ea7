#include "node/import.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "node/csv.h"
#include "node/json.h"
#include "node/loop.h"
#include "proto/hash.h"
#include "proto/text.h"

enum { REPORT_ROWS_MAX = 1000 };

enum column { COL_FAMILY, COL_GIVEN, COL_PATRONYMIC, COL_BIRTH, COL_CLASS, COL_POSITION, COL_COUNT };

static const struct {
	enum column column;
	const char *name;
} names[] = {
	{COL_FAMILY, "фамилия"},	 {COL_FAMILY, "family"},	 {COL_FAMILY, "familyname"},
	{COL_GIVEN, "имя"},		 {COL_GIVEN, "given"},		 {COL_GIVEN, "givenname"},
	{COL_PATRONYMIC, "отчество"},	 {COL_PATRONYMIC, "patronymic"}, {COL_PATRONYMIC, "middlename"},
	{COL_BIRTH, "дата рождения"},	 {COL_BIRTH, "birth_date"},	 {COL_BIRTH, "birthdate"},
	{COL_CLASS, "класс"},		 {COL_CLASS, "class"},		 {COL_POSITION, "должность"},
	{COL_POSITION, "position"},
};

static const char *const outcome_names[] = {"new", "same", "changed", "conflict", "error"};

/* Which field of a row holds each column; -1: none. */
static enum err find_columns(const struct csv *c, enum person_kind kind, int at[COL_COUNT], char why[200])
{
	for (int i = 0; i < COL_COUNT; i++)
		at[i] = -1;
	for (size_t f = 0; f < c->n; f++) {
		char *folded = people_fold(c->field[f]);
		bool known = false;
		for (size_t i = 0; folded && i < sizeof names / sizeof *names; i++)
			if (strcmp(folded, names[i].name) == 0) {
				known = true;
				at[names[i].column] = (int)f;
			}
		free(folded);
		if (!known) {
			snprintf(why, 200, "line %zu: unknown column \"%.*s\"", c->line, (int)text_fit(c->field[f], 60), c->field[f]);
			return ERR_BAD_FORM;
		}
	}
	if (at[COL_FAMILY] < 0 || at[COL_GIVEN] < 0) {
		snprintf(why, 200, "line %zu: the columns Фамилия and Имя are needed", c->line);
		return ERR_BAD_FORM;
	}
	if (kind == PERSON_STUDENT && at[COL_CLASS] < 0) {
		snprintf(why, 200, "line %zu: the column Класс is needed", c->line);
		return ERR_BAD_FORM;
	}
	return ERR_OK;
}

static void problem(json_t *list, const char *text)
{
	json_array_append_new(list, json_string(text));
}

static void take(const struct csv *c, int at, char *out, size_t size, const char *what, json_t *problems)
{
	const char *s = at >= 0 && (size_t)at < c->n ? c->field[at] : "";
	char text[160];
	while (*s == ' ')
		s++;
	s += csv_defused(s);
	size_t n = strlen(s);
	while (n && s[n - 1] == ' ')
		n--;
	if (n >= size || !text_clean(s, false)) {
		snprintf(text, sizeof text, n >= size ? "%s: too long" : "%s: control characters", what);
		problem(problems, text);
		n = 0;
	}
	memcpy(out, s, n);
	out[n] = 0;
}

/* 2014-05-06 or 06.05.2014 */
static void take_date(const struct csv *c, int at, char out[11], json_t *problems)
{
	char text[32];
	int d, m, y, n = 0;
	take(c, at, text, sizeof text, "date of birth", problems);
	out[0] = 0;
	if (!text[0])
		return;
	if (sscanf(text, "%2d.%2d.%4d%n", &d, &m, &y, &n) == 3 && n == (int)strlen(text) && d > 0 && m > 0 && y > 0)
		snprintf(text, sizeof text, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
	if (!date_valid(text))
		problem(problems, "date of birth: not a day of the calendar");
	else if (!date_begun(text, clock_ms()))
		problem(problems, "date of birth: a day to come");
	else
		memcpy(out, text, 11);
}

static bool same_name(const struct person *a, const struct person *b)
{
	return strcmp(a->family, b->family) == 0 && strcmp(a->given, b->given) == 0 && strcmp(a->patronymic, b->patronymic) == 0 &&
	       (!a->birth[0] || !b->birth[0] || strcmp(a->birth, b->birth) == 0);
}

static bool same_rest(const struct person *a, const struct person *b)
{
	return strcmp(a->class_name, b->class_name) == 0 && strcmp(a->position, b->position) == 0 && strcmp(a->birth, b->birth) == 0;
}

/*
 * Positions by name, so that a long list is not compared with itself line by line while all else
 * waits. A position is one more than an index; 0 ends a chain.
 */
struct by_name {
	uint32_t *first, *next;
	size_t mask;
};

static bool by_name_init(struct by_name *b, size_t count)
{
	size_t slots = 64;
	while (slots < count)
		slots *= 2;
	b->mask = slots - 1;
	b->first = calloc(slots, sizeof *b->first);
	b->next = calloc(count + 1, sizeof *b->next);
	return b->first && b->next;
}

static void by_name_release(struct by_name *b)
{
	free(b->first);
	free(b->next);
}

static uint32_t *chain(const struct by_name *b, const struct person *p)
{
	const char *const parts[] = {p->family, p->given, p->patronymic};
	uint64_t h = 14695981039346656037u; /* FNV-1a */
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const char *s = parts[i]; *s; s++)
			h = (h ^ (uint8_t)*s) * 1099511628211u;
	return &b->first[(h ^ h >> 32) & b->mask];
}

static void by_name_add(struct by_name *b, const struct person *p, size_t index)
{
	uint32_t *first = chain(b, p);
	b->next[index] = *first;
	*first = (uint32_t)index + 1;
}

/* What a row is compared with. */
struct known {
	const struct people_index *people;
	struct by_name held, rows;
};

static bool known_init(struct known *k, const struct people_index *people, enum person_kind kind)
{
	*k = (struct known){.people = people};
	if (!by_name_init(&k->held, people->count) || !by_name_init(&k->rows, CSV_ROWS_MAX))
		return false;
	for (size_t i = 0; i < people->count; i++)
		if (people->at[i].person.kind == kind && !people->at[i].former)
			by_name_add(&k->held, &people->at[i].person, i);
	return true;
}

static enum import_outcome compare(struct import_row *row, const struct import_plan *plan, const struct known *known,
				   json_t *problems)
{
	const struct indexed_person *match = NULL;
	size_t matches = 0;
	if (json_array_size(problems))
		return IMPORT_ERROR;
	for (uint32_t i = *chain(&known->rows, &row->person); i; i = known->rows.next[i - 1])
		if (same_name(&plan->rows[i - 1].person, &row->person)) {
			problem(problems, "the same person stands in an earlier row");
			return IMPORT_CONFLICT;
		}
	for (uint32_t i = *chain(&known->held, &row->person); i; i = known->held.next[i - 1]) {
		const struct indexed_person *p = &known->people->at[i - 1];
		if (!same_name(&p->person, &row->person))
			continue;
		match = p;
		matches++;
	}
	if (matches == 0)
		return IMPORT_NEW;
	if (matches > 1) {
		problem(problems, "several people of that name are known: add the date of birth");
		return IMPORT_CONFLICT;
	}
	memcpy(row->subject, match->subject, SUBJECT_BYTES);
	if (match->custody.state != CUSTODY_HELD) {
		problem(problems, "the record is being transferred");
		return IMPORT_CONFLICT;
	}
	return same_rest(&match->person, &row->person) ? IMPORT_SAME : IMPORT_CHANGED;
}

static struct import_row *add_row(struct import_plan *p)
{
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 256;
		struct import_row *rows = realloc(p->rows, cap * sizeof *rows);
		if (!rows)
			return NULL;
		p->rows = rows;
		p->cap = cap;
	}
	struct import_row *row = &p->rows[p->count++];
	*row = (struct import_row){.person.kind = p->kind};
	return row;
}

static enum err read_row(struct import_plan *p, const struct csv *c, const int at[COL_COUNT], struct known *known)
{
	struct import_row *row = add_row(p);
	json_t *problems = json_array();
	if (!row || !problems)
		return ERR_NO_MEMORY;
	take(c, at[COL_FAMILY], row->person.family, sizeof row->person.family, "family name", problems);
	take(c, at[COL_GIVEN], row->person.given, sizeof row->person.given, "given name", problems);
	take(c, at[COL_PATRONYMIC], row->person.patronymic, sizeof row->person.patronymic, "patronymic", problems);
	take(c, at[COL_CLASS], row->person.class_name, sizeof row->person.class_name, "class", problems);
	take(c, at[COL_POSITION], row->person.position, sizeof row->person.position, "position", problems);
	take_date(c, at[COL_BIRTH], row->person.birth, problems);
	if (!row->person.family[0])
		problem(problems, "the family name is missing");
	if (!row->person.given[0])
		problem(problems, "the given name is missing");
	row->outcome = compare(row, p, known, problems);
	if (row->outcome != IMPORT_ERROR)
		by_name_add(&known->rows, &row->person, p->count - 1);
	p->counts[row->outcome]++;
	if (row->outcome == IMPORT_SAME || json_array_size(p->report) >= REPORT_ROWS_MAX) {
		json_decref(problems);
		return ERR_OK;
	}
	char name[3 * PERSON_TEXT_MAX];
	snprintf(name, sizeof name, "%s %s", row->person.family, row->person.given);
	json_array_append_new(p->report, json_pack("{s:I, s:s, s:s, s:o}", "line", (json_int_t)c->line, "outcome",
						   outcome_names[row->outcome], "name", name, "problems", problems));
	return ERR_OK;
}

static const char *fault_text(enum csv_fault fault)
{
	switch (fault) {
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

static void digest(struct import_plan *p, struct bytes csv)
{
	/* of the file and of what it would do: people may change between the two calls */
	struct hash h;
	uint8_t out[DIGEST_BYTES];
	hash_start(&h, "estafeta import", sizeof out, (struct bytes){0});
	hash_add(&h, csv.p, csv.n);
	for (size_t i = 0; i < p->count; i++) {
		uint8_t outcome = (uint8_t)p->rows[i].outcome;
		hash_add(&h, &outcome, 1);
		hash_add(&h, p->rows[i].subject, SUBJECT_BYTES);
	}
	hash_end(&h, out);
	hex_encode(out, sizeof out, p->digest);
}

enum err import_plan(struct import_plan *p, enum person_kind kind, struct bytes csv, const struct people_index *people, char why[200])
{
	struct csv c;
	struct known known;
	int at[COL_COUNT];
	bool more = false;
	*p = (struct import_plan){.kind = kind, .report = json_array()};
	why[0] = 0;
	enum err e = csv_init(&c, csv);
	if (!e)
		e = csv_next(&c, &more);
	if (!e && !more)
		c.fault = CSV_EMPTY;
	if (!e && more)
		e = find_columns(&c, kind, at, why);
	if (!known_init(&known, people, kind) && !e)
		e = ERR_NO_MEMORY;
	while (!e && more) {
		e = csv_next(&c, &more);
		if (!e && more)
			e = read_row(p, &c, at, &known);
	}
	by_name_release(&known.held);
	by_name_release(&known.rows);
	if (c.fault != CSV_FINE) {
		snprintf(why, 200, "line %zu: %s", c.line, fault_text(c.fault));
		if (!e)
			e = ERR_BAD_FORM;
	}
	csv_release(&c);
	if (!e)
		digest(p, csv);
	return e;
}

void import_release(struct import_plan *p)
{
	if (p->rows)
		sodium_memzero(p->rows, p->cap * sizeof *p->rows);
	free(p->rows);
	json_decref(p->report);
	*p = (struct import_plan){0};
}

enum err import_apply(struct batch *b, const struct import_plan *p, const struct actor *by)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < p->count && !e; i++) {
		const struct import_row *row = &p->rows[i];
		uint8_t subject[SUBJECT_BYTES];
		if (row->outcome == IMPORT_NEW)
			e = person_enrol(b, &row->person, by, subject);
		else if (row->outcome == IMPORT_CHANGED)
			e = person_change(b, row->subject, &row->person, by);
	}
	return e;
}

void import_table(struct buf *out, enum person_kind kind, const struct people_index *people)
{
	static const char *const STUDENT[] = {"Фамилия", "Имя", "Отчество", "Дата рождения", "Класс"};
	static const char *const STAFF[] = {"Фамилия", "Имя", "Отчество", "Дата рождения", "Должность"};
	const char *const *heading = kind == PERSON_STUDENT ? STUDENT : STAFF;
	struct csv_writer w = {.out = out, .separator = ';'};
	buf_put_text(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < sizeof STUDENT / sizeof *STUDENT; i++)
		csv_put(&w, heading[i]);
	csv_end_row(&w);
	for (size_t i = 0; i < people->count; i++) {
		const struct indexed_person *one = &people->at[people->order[i]];
		const struct person *p = &one->person;
		if (p->kind != kind || one->former)
			continue;
		const char *fields[] = {p->family, p->given, p->patronymic, p->birth, kind == PERSON_STUDENT ? p->class_name : p->position};
		for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
			csv_put(&w, fields[f]);
		csv_end_row(&w);
	}
}
