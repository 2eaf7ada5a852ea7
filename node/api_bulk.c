/*
 * Many entries at once: a class rated in one table, a team's achievement for each of its members,
 * external results from a CSV file. Each entry stands or falls for itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "node/csv.h"
#include "node/draft.h"
#include "node/handler.h"
#include "node/letters.h"
#include "node/loop.h"
#include "proto/text.h"

struct wish {
	struct permit permit;
	const struct kind *kind;
	enum relation relation;
	struct acting by;
	struct buf fields;
	uint16_t period;
	bool replaces;
	uint8_t replaced[ID_BYTES], entry[ID_BYTES];
	bool sound;	    /* to be written; else refused already */
	struct fault fault; /* err OK: not refused */
};

struct bulk_write {
	struct api_write w;
	struct wish *wishes;
	size_t count;
};

static void finish_bulk(struct api_write *w)
{
	struct bulk_write *j = (struct bulk_write *)w;
	for (size_t i = 0; i < j->count; i++)
		buf_wipe(&j->wishes[i].fields);
	free(j->wishes);
}

static enum err write_one(struct batch *b, struct bulk_write *j, struct wish *s)
{
	struct life l = {.batch = b, .subject = s->permit.subject, .by = acting_actor(&s->by), .relation = s->relation};
	struct life_draft d = {.kind = s->kind, .fields = buf_bytes(&s->fields), .period = s->period, .replaces = s->replaces ? s->replaced : NULL};
	memcpy(l.today, s->permit.today, sizeof l.today);
	if (s->permit.role == ROLE_LOCAL)
		l.by.id = NULL;
	s->fault = (struct fault){0};
	enum err e = life_write(&l, &d, s->entry);
	if (e) {
		draft_refused(s->kind, &l, e, &s->fault);
		return e == ERR_NO_MEMORY || e == ERR_STORE || e == ERR_DISK_FULL || b->txn.err ? e : ERR_OK;
	}
	struct journal_row row = j->w.journal;
	memcpy(row.subject, s->permit.subject, SUBJECT_BYTES);
	memcpy(row.entry, s->entry, ID_BYTES);
	return journal_append(b, &row);
}

static enum err run_bulk(struct batch *b, struct api_write *w)
{
	struct bulk_write *j = (struct bulk_write *)w;
	enum err e = ERR_OK;
	for (size_t i = 0; i < j->count && !e; i++)
		if (j->wishes[i].sound)
			e = write_one(b, j, &j->wishes[i]);
	return e;
}

static void reply_bulk(struct api_write *w)
{
	const struct bulk_write *j = (struct bulk_write *)w;
	json_t *items = json_array();
	size_t done = 0;
	for (size_t i = 0; i < j->count; i++) {
		const struct wish *s = &j->wishes[i];
		const struct fault *f = &s->fault;
		done += !f->err;
		json_array_append_new(items, json_pack("{s:o, s:o, s:o, s:o, s:o}", "student", json_hex(s->permit.subject, SUBJECT_BYTES), "code",
						       api_code(f->err), "entry", f->err ? json_null() : json_hex(s->entry, ID_BYTES), "field",
						       *f->field ? json_string(f->field) : json_null(), "detail",
						       f->err ? json_string(*f->why ? f->why : err_text(f->err)) : json_null()));
	}
	reply_json(w->x, 200, json_pack("{s:o, s:I}", "items", items, "done", (json_int_t)done));
}

static struct bulk_write *bulk_new(struct exchange *x, size_t count)
{
	struct bulk_write *j = api_write_new(x, sizeof *j, run_bulk, reply_bulk);
	if (!j)
		return NULL;
	j->w.finish = finish_bulk;
	j->wishes = calloc(count + 1, sizeof *j->wishes);
	if (j->wishes)
		return j;
	reply_error(x, ERR_NO_MEMORY, NULL, NULL);
	api_write_drop(&j->w);
	return NULL;
}

/* The next wish, of a student that the caller has something to do with; what is not there is refused. */
static void wish_for(struct exchange *x, struct bulk_write *j, const uint8_t *subject, const char *code, json_t *values)
{
	struct wish *s = &j->wishes[j->count++];
	buf_init(&s->fields, RECORD_BYTES_MAX);
	permit_of(x, ABOUT_STUDENT, subject, &s->permit);
	if (!s->permit.relations) {
		s->fault.err = ERR_NOT_FOUND;
		return;
	}
	if (!draft_kind(&s->permit, code, &s->kind, &s->relation, &s->fault))
		return;
	if (json_object_get(values, "files")) {
		s->fault.err = ERR_INVALID;
		snprintf(s->fault.field, sizeof s->fault.field, "fields.files");
		snprintf(s->fault.why, sizeof s->fault.why, "files go with an entry of its own");
		return;
	}
	s->sound = draft_fields(&s->permit, s->kind, s->relation, values, s->replaces ? s->replaced : NULL, &s->fields, &s->fault);
	if (s->sound)
		permit_acting(x, &s->permit, s->relation, &s->by);
}

/* {student, kind, fields, period?, replaces?}; false: it has replied. */
static bool read_item(struct exchange *x, struct bulk_write *j, json_t *o, size_t i)
{
	const char *student = NULL, *kind = NULL, *replaces = NULL, *bad = NULL;
	int64_t period = 0;
	json_t *values = NULL;
	uint8_t subject[SUBJECT_BYTES];
	char at[64];
	const struct input fields[] = {
		{"student", INPUT_LINE, REQUIRED, 2 * SUBJECT_BYTES, &student, 0}, {"kind", INPUT_LINE, REQUIRED, KIND_CODE_MAX, &kind, 0},
		{"fields", INPUT_OBJECT, REQUIRED, 0, &values, 0}, {"period", INPUT_INTEGER, OPTIONAL, 2200, &period, 1900},
		{"replaces", INPUT_LINE, OPTIONAL, 2 * ID_BYTES, &replaces, 0},
	};
	enum err e = json_is_object(o) ? json_fields(o, fields, sizeof fields / sizeof *fields, &bad) : ERR_INVALID;
	struct wish *s = &j->wishes[j->count];
	if (!e && !hex_decode(student, subject, sizeof subject)) {
		e = ERR_INVALID;
		bad = "student";
	}
	if (!e && replaces && !hex_decode(replaces, s->replaced, sizeof s->replaced)) {
		e = ERR_INVALID;
		bad = "replaces";
	}
	if (e) {
		snprintf(at, sizeof at, "items.%zu%s%.30s", i, bad ? "." : "", bad ? bad : "");
		reply_error(x, e, NULL, at);
		return false;
	}
	s->replaces = replaces != NULL;
	s->period = (uint16_t)period;
	wish_for(x, j, subject, kind, values);
	return true;
}

static void post_entries(struct exchange *x)
{
	json_t *items = NULL;
	const struct input fields[] = {{"items", INPUT_LIST, REQUIRED, BULK_ENTRIES_MAX, &items, 0}};
	if (!api_fields(x, fields, 1))
		return;
	struct bulk_write *j = bulk_new(x, json_array_size(items));
	if (!j)
		return;
	for (size_t i = 0; i < json_array_size(items); i++)
		if (!read_item(x, j, json_array_get(items, i), i)) {
			api_write_drop(&j->w);
			return;
		}
	api_write_start(&j->w);
}

/* --- external results from a file ------------------------------------------------------------- */

/* A column of the table: a competence by code or title, or who the row is about. */
enum { COL_FAMILY = -1, COL_GIVEN = -2, COL_BIRTH = -3, COL_UNKNOWN = -4 };

struct results {
	int column[CSV_FIELDS_MAX]; /* index in the list competence, or one of the above */
	size_t width;
	const json_t *competences;
	const struct group *group;
	const char *source, *date;
	json_t *rows;
	size_t count, bad;
};

static int column_of(const json_t *competences, const char *text)
{
	static const struct {
		const char *name;
		int column;
	} names[] = {{"фамилия", COL_FAMILY}, {"family", COL_FAMILY}, {"имя", COL_GIVEN}, {"given", COL_GIVEN}, {"дата рождения", COL_BIRTH}, {"birth_date", COL_BIRTH}};
	char *folded = letters_fold(text);
	int found = COL_UNKNOWN;
	for (size_t i = 0; folded && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, folded) == 0)
			found = names[i].column;
	for (size_t i = 0; folded && found == COL_UNKNOWN && i < json_array_size(competences); i++) {
		const json_t *item = json_array_get(competences, i);
		char *title = letters_fold(json_string_value(json_object_get(json_object_get(item, "title"), "ru")));
		if (strcmp(json_string_value(json_object_get(item, "code")), text) == 0 || (title && strcmp(title, folded) == 0))
			found = (int)i;
		free(title);
	}
	free(folded);
	return found;
}

static const struct indexed_person *student_of(struct exchange *x, const struct results *r, const struct csv *c)
{
	struct node *n = api_node(x);
	const char *family = "", *given = "", *birth = "";
	const struct indexed_person *found = NULL;
	for (size_t f = 0; f < c->n && f < r->width; f++) {
		family = r->column[f] == COL_FAMILY ? c->field[f] : family;
		given = r->column[f] == COL_GIVEN ? c->field[f] : given;
		birth = r->column[f] == COL_BIRTH ? c->field[f] : birth;
	}
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[i];
		if (p->former || p->person.kind != PERSON_STUDENT || !group_has(r->group, p->subject, &p->person) ||
		    strcmp(p->person.family, family) != 0 || strcmp(p->person.given, given) != 0 || (*birth && strcmp(p->person.birth, birth) != 0))
			continue;
		if (found)
			return NULL; /* two of that name: the date of birth tells them apart */
		found = p;
	}
	return found;
}

static void tell_row(struct results *r, size_t line, const char *outcome, const char *problem)
{
	r->bad += *problem != 0;
	json_array_append_new(r->rows, json_pack("{s:I, s:s, s:o}", "line", (json_int_t)line, "outcome", outcome, "problem",
						 *problem ? json_string(problem) : json_null()));
}

/* One wish for each level in the row. */
static void read_result(struct exchange *x, struct results *r, const struct csv *c, struct bulk_write *j, size_t max)
{
	const struct indexed_person *p = student_of(x, r, c);
	size_t levels = 0;
	if (!p) {
		tell_row(r, c->line, "error", "no such student in the class, or two of that name without a date of birth");
		return;
	}
	for (size_t f = 0; f < c->n && f < r->width; f++) {
		const char *text = c->field[f];
		if (r->column[f] < 0 || !*text)
			continue;
		if (j->count == max) {
			tell_row(r, c->line, "error", "more levels than one file may hold");
			return;
		}
		const json_t *code = json_object_get(json_array_get(r->competences, (size_t)r->column[f]), "code");
		bool number = text[strspn(text, "0123456789")] == 0 && strlen(text) < 4;
		json_t *values = json_pack("{s:s, s:O, s:o, s:s}", "source", r->source, "competence", code, "level",
					   number ? json_integer(atoi(text)) : json_string(text), "date", r->date);
		wish_for(x, j, p->subject, "external_result", values);
		json_decref(values);
		const struct fault *fault = &j->wishes[j->count - 1].fault;
		if (fault->err) {
			tell_row(r, c->line, "error", *fault->why ? fault->why : err_text(fault->err));
			return;
		}
		levels++;
	}
	r->count += levels;
	tell_row(r, c->line, levels ? "new" : "empty", "");
}

static enum err read_table(struct exchange *x, struct results *r, struct bytes text, struct bulk_write *j, size_t max, char why[CATALOGUE_WHY_BYTES])
{
	struct csv c;
	bool more = true, family = false;
	enum err e = csv_init(&c, text);
	if (!e)
		e = csv_next(&c, &more);
	for (size_t f = 0; !e && f < c.n && f < CSV_FIELDS_MAX; f++, r->width++) {
		r->column[f] = column_of(r->competences, c.field[f]);
		family |= r->column[f] == COL_FAMILY;
		if (r->column[f] == COL_UNKNOWN) {
			snprintf(why, CATALOGUE_WHY_BYTES, "line %zu: \"%.*s\" is neither a name column nor a competence", c.line,
				 (int)text_fit(c.field[f], 60), c.field[f]);
			e = ERR_INVALID;
		}
	}
	if (!e && !family) {
		snprintf(why, CATALOGUE_WHY_BYTES, "the columns Фамилия and Имя are needed");
		e = ERR_INVALID;
	}
	while (!e && !(e = csv_next(&c, &more)) && more)
		read_result(x, r, &c, j, max);
	if (e && !*why)
		snprintf(why, CATALOGUE_WHY_BYTES, "line %zu: %s", c.line, csv_fault_name(c.fault));
	csv_release(&c);
	return e;
}

static void post_results(struct exchange *x)
{
	struct permit p;
	struct results r = {.source = request_query(x->req, "source"), .date = request_query(x->req, "date")};
	const char *apply = request_query(x->req, "apply");
	struct buf converted;
	struct bytes text = x->req->body;
	char why[CATALOGUE_WHY_BYTES] = "";
	if (!permit_path(x, &p))
		return;
	if (!(p.relations & (REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR | REL_ADMINISTRATOR))) {
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	if (!r.source || !catalogue_word(p.node->catalogue, "external_source", r.source, "ru")) {
		reply_error(x, ERR_INVALID, "a code of the list external_source", "source");
		return;
	}
	if (!r.date || !date_valid(r.date)) {
		reply_error(x, ERR_INVALID, "a day of the calendar, YYYY-MM-DD", "date");
		return;
	}
	r.group = p.group;
	r.competences = catalogue_items(p.node->catalogue, "competence");
	struct bulk_write *j = bulk_new(x, BULK_RESULTS_MAX);
	if (!j)
		return;
	r.rows = json_array();
	buf_init(&converted, 2 * (size_t)HTTP_BODY_BYTES_MAX);
	if (csv_looks_cp1251(text)) {
		csv_from_cp1251(text, &converted);
		text = buf_bytes(&converted);
	}
	enum err e = read_table(x, &r, text, j, BULK_RESULTS_MAX, why);
	buf_wipe(&converted);
	bool write = !e && apply && strcmp(apply, "true") == 0 && !r.bad;
	if (write) {
		json_decref(r.rows);
		api_write_start(&j->w);
		return;
	}
	if (e) {
		json_decref(r.rows);
		reply_error(x, e == ERR_NO_MEMORY ? e : ERR_INVALID, why, NULL);
	} else {
		reply_json(x, 200, json_pack("{s:o, s:I, s:I}", "rows", r.rows, "levels", (json_int_t)r.count, "bad", (json_int_t)r.bad));
	}
	api_write_drop(&j->w);
}

const struct route bulk_routes[] = {
	{METHOD_POST, "/api/v1/entries", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_entries},
	{METHOD_POST, "/api/v1/classes/{id}/external-results", AREA_RECORDS, BODY_CSV, HTTP_BODY_BYTES_MAX, post_results},
};
const size_t bulk_route_count = sizeof bulk_routes / sizeof *bulk_routes;
