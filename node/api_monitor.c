/* What records come to: the analytic card, route, polls, a class's matrix. */
#include <stdio.h>
#include <stdlib.h>

#include "node/handler.h"
#include "node/looks.h"
#include "node/loop.h"
#include "node/show_card.h"

enum { WHO_SEES = REL_SELF | REL_PARENT | REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR, MATRIX_YEARS = 4, MATRIX_YEARS_MAX = 12 };

/* The student of the path with everything about them; NULL: it has replied. */
static const struct dossier *open_student(struct exchange *x, uint32_t relations, struct permit *p)
{
	enum err e;
	if (!permit_student(x, relations, p))
		return NULL;
	const struct dossier *d = dossiers_get(api_node(x)->dossiers, p->subject, &e);
	if (!d)
		reply_error(x, e, NULL, NULL);
	return d;
}

static void reply_shown(struct exchange *x, json_t *shown)
{
	if (shown)
		reply_json(x, 200, shown);
	else
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
}

static void get_card(struct exchange *x)
{
	struct permit p;
	const struct dossier *d = open_student(x, WHO_SEES | REL_ADMINISTRATOR, &p);
	if (!d)
		return;
	struct shower w = handler_shower(api_node(x));
	reply_shown(x, show_analytic(&w, &p, d));
}

/* A year of the query, or otherwise; false: it has replied. */
static bool read_year(struct exchange *x, const char *name, int otherwise, int *out)
{
	const char *text = request_query(x->req, name);
	*out = otherwise;
	if (!text || !*text)
		return true;
	*out = text[strspn(text, "0123456789")] ? 0 : atoi(text);
	if (*out >= 1900 && *out <= 2200)
		return true;
	reply_error(x, ERR_INVALID, "the year in which the school year begins", name);
	return false;
}

static void get_route(struct exchange *x)
{
	struct permit p;
	int year;
	if (!read_year(x, "period", 0, &year))
		return;
	const struct dossier *d = open_student(x, WHO_SEES, &p);
	if (!d)
		return;
	struct shower w = handler_shower(api_node(x));
	reply_shown(x, show_course(&w, d, (uint16_t)year));
}

static void get_polls(struct exchange *x)
{
	struct permit p;
	const struct dossier *d = open_student(x, REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR, &p);
	if (!d)
		return;
	struct shower w = handler_shower(api_node(x));
	json_t *items = json_array();
	for (size_t i = 0; i < d->count; i++) {
		struct poll poll;
		if (!entry_is(&d->entries[i], "poll") || !entry_stands(&d->entries[i]))
			continue;
		poll_of(&poll, d, &d->entries[i], p.today);
		json_array_append_new(items, show_poll(&w, d, &poll));
	}
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

/* --- the matrix ------------------------------------------------------------------------------- */

struct matrix {
	const json_t *items; /* of the list competence */
	size_t *columns;     /* index of an item -> column + 1, 0: left out */
	size_t width, count;
	int from, to;
	json_t *rows;
};

static size_t column_of(const struct matrix *m, struct bytes code)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->columns[i] &&
		    bytes_equal(code, bytes_text(json_string_value(json_object_get(json_array_get(m->items, i), "code")))))
			return m->columns[i];
	return 0;
}

static bool add_row(struct matrix *m, const struct shower *w, const struct indexed_person *p, const struct dossier *d)
{
	struct points points;
	struct cell c;
	size_t years = (size_t)(m->to - m->from + 1);
	if (points_of(&points, w->catalogue, d))
		return false;
	json_t *means = json_array(), *counts = json_array();
	for (size_t i = 0; i < m->width * years; i++) {
		json_array_append_new(means, json_null());
		json_array_append_new(counts, json_integer(0));
	}
	for (size_t i = 0; points_cell(&points, &i, &c);) {
		size_t column = c.period >= m->from && c.period <= m->to ? column_of(m, c.code) : 0;
		if (!column)
			continue;
		size_t at = (column - 1) * years + (size_t)(c.period - m->from);
		json_array_set_new(means, at, show_mean(c.all));
		json_array_set_new(counts, at, json_integer(c.all.n));
	}
	size_t n;
	int64_t indicator = points_indicator(&points, catalogue_rules(w->catalogue), (uint16_t)m->to, &n);
	json_array_append_new(m->rows, json_pack("{s:{s:o, s:s, s:s, s:s}, s:o, s:o, s:o}", "student", "id", json_hex(p->subject, SUBJECT_BYTES),
						 "family", p->person.family, "given", p->person.given, "patronymic", p->person.patronymic,
						 "means", means, "counts", counts, "indicator",
						 indicator < 0 ? json_null() : json_integer(indicator)));
	points_release(&points);
	return true;
}

static json_t *choose_columns(struct matrix *m, const char *group)
{
	json_t *shown = json_array();
	for (size_t i = 0; i < m->count; i++) {
		const json_t *item = json_array_get(m->items, i), *of = json_object_get(item, "group");
		if (json_is_true(json_object_get(item, "hidden")) || (group && *group && strcmp(json_string_value(of) ? json_string_value(of) : "", group) != 0))
			continue;
		m->columns[i] = ++m->width;
		json_array_append_new(shown, json_pack("{s:O, s:O, s:O*}", "code", json_object_get(item, "code"), "title",
						       json_object_get(item, "title"), "group", of));
	}
	return shown;
}

/* For a table: a column for each competence and year in place of the bare numbers. */
static void spread(json_t *matrix)
{
	const json_t *competences = json_object_get(matrix, "competences");
	int from = (int)json_integer_value(json_object_get(matrix, "from")), to = (int)json_integer_value(json_object_get(matrix, "to"));
	size_t i, c;
	json_t *row, *competence;
	json_array_foreach(json_object_get(matrix, "rows"), i, row)
	{
		const json_t *means = json_object_get(row, "means");
		size_t at = 0;
		json_array_foreach(competences, c, competence)
		{
			for (int year = from; year <= to; year++) {
				char name[100];
				snprintf(name, sizeof name, "%s %d", json_string_value(json_object_get(competence, "code")), year);
				json_object_set(row, name, json_array_get(means, at++));
			}
		}
		json_object_del(row, "means");
		json_object_del(row, "counts");
	}
}

static void get_matrix(struct exchange *x)
{
	struct node *n = api_node(x);
	struct permit p;
	struct matrix m = {.items = catalogue_items(n->catalogue, "competence")};
	struct shower w = handler_shower(n);
	enum err e = ERR_OK;
	if (!permit_path(x, &p))
		return;
	if (!(p.relations & (REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR | REL_ADMINISTRATOR))) {
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	if (!read_year(x, "to", date_school_year(p.today), &m.to) || !read_year(x, "from", m.to - MATRIX_YEARS + 1, &m.from))
		return;
	if (m.from > m.to || m.to - m.from >= MATRIX_YEARS_MAX) {
		reply_error(x, ERR_INVALID, "not after `to`, and at most 12 years", "from");
		return;
	}
	m.count = json_array_size(m.items);
	m.columns = calloc(m.count + 1, sizeof *m.columns);
	if (!m.columns) {
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	json_t *competences = choose_columns(&m, request_query(x->req, "group"));
	m.rows = json_array();
	for (size_t i = 0; i < n->people.count && !e; i++) {
		const struct indexed_person *s = &n->people.at[n->people.order[i]];
		if (s->person.kind != PERSON_STUDENT || s->former || !group_has(p.group, s->subject, &s->person))
			continue;
		struct permit of;
		permit_of(x, ABOUT_STUDENT, s->subject, &of);
		looks_note(x, &of);
		const struct dossier *d = dossiers_get(n->dossiers, s->subject, &e);
		if (d && !add_row(&m, &w, s, d))
			e = ERR_NO_MEMORY;
	}
	free(m.columns);
	json_t *out = json_pack("{s:o, s:s, s:i, s:i, s:o, s:o, s:o}", "class", json_hex(p.subject, SUBJECT_BYTES), "name", p.group->name, "from",
				m.from, "to", m.to, "competences", competences, "rows", m.rows, "rules", show_rules(&w));
	if (e) {
		json_decref(out);
		reply_error(x, e, NULL, NULL);
		return;
	}
	if (asks_table(x))
		spread(out);
	reply_json(x, 200, out);
}

const struct route monitor_routes[] = {
	{METHOD_GET, "/api/v1/students/{id}/card", AREA_RECORDS, BODY_NONE, 0, get_card},
	{METHOD_GET, "/api/v1/students/{id}/route", AREA_RECORDS, BODY_NONE, 0, get_route},
	{METHOD_GET, "/api/v1/students/{id}/polls", AREA_RECORDS, BODY_NONE, 0, get_polls},
	{METHOD_GET, "/api/v1/classes/{id}/matrix", AREA_RECORDS, BODY_NONE, 0, get_matrix},
};
const size_t monitor_route_count = sizeof monitor_routes / sizeof *monitor_routes;
