/* People, classes and groups in and out: the check, the import, tables; and who is held twice. */
#include <stdio.h>
#include <stdlib.h>

#include "core/link.h"
#include "node/csv.h"
#include "node/handler.h"
#include "node/import_csv.h"
#include "node/looks.h"
#include "node/loop.h"
#include "node/oneroster.h"
#include "proto/text.h"

static struct import_base base_of(struct node *n)
{
	return (struct import_base){.people = &n->people, .structure = &n->structure, .catalogue = n->catalogue, .now_ms = clock_ms()};
}

/* --- who is held twice ------------------------------------------------------------------------ */

static json_t *show_twin(const struct indexed_person *p)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", json_hex(p->subject, SUBJECT_BYTES), "family", p->person.family, "given",
			 p->person.given, "patronymic", p->person.patronymic, "class", p->person.class_name);
}

static bool linked(const uint8_t others[LINKS_MAX][SUBJECT_BYTES], size_t count, const uint8_t *subject)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(others[i], subject, SUBJECT_BYTES) == 0)
			return true;
	return false;
}

/* Students kept here of one name and birth date that nobody has linked: [{birth_date, students}]. NULL: no memory. */
static json_t *duplicates(struct node *n, struct txn *t)
{
	struct lookup seen = {0};
	json_t *items = json_array();
	bool ok = items != NULL;
	for (size_t i = 0; i < n->people.count && ok; i++) {
		const struct indexed_person *p = &n->people.at[i];
		if (p->former || p->person.kind != PERSON_STUDENT || !*p->person.birth)
			continue;
		uint64_t key = lookup_hash(lookup_hash(0, p->folded), p->person.birth);
		uint8_t others[LINKS_MAX][SUBJECT_BYTES];
		size_t links = lookup_first(&seen, key) ? link_list(t, &n->roster, p->subject, others) : 0;
		for (uint32_t k = lookup_first(&seen, key); k; k = lookup_next(&seen, k)) {
			const struct indexed_person *q = &n->people.at[lookup_value(&seen, k)];
			if (strcmp(p->folded, q->folded) != 0 || strcmp(p->person.birth, q->person.birth) != 0 ||
			    linked(others, links, q->subject) || json_array_size(items) == DUPLICATES_MAX)
				continue;
			json_array_append_new(items, json_pack("{s:s, s:[o, o]}", "birth_date", p->person.birth, "students", show_twin(q),
							       show_twin(p)));
		}
		ok = lookup_add(&seen, key, (uint32_t)i);
	}
	lookup_release(&seen);
	if (!ok)
		json_decref(items);
	return ok ? items : NULL;
}

static void get_duplicates(struct exchange *x)
{
	struct txn t;
	if (!api_read(x, &t))
		return;
	json_t *items = duplicates(api_node(x), &t);
	txn_abort(&t);
	if (json_array_size(items))
		looks_note_list(x);
	if (items)
		reply_json(x, 200, json_pack("{s:o}", "items", items));
	else
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
}

/* --- import ----------------------------------------------------------------------------------- */

struct import_write {
	struct api_write w;
	struct import_plan plan;
	struct acting by;
	bool cp1251; /* how the file was read */
	uint8_t change[UNDO_ID_BYTES];
	json_t *duplicates;
};

static json_t *show_plan(const struct import_write *j, bool applied)
{
	const struct import_plan *p = &j->plan;
	bool written = !sodium_is_zero(j->change, sizeof j->change);
	json_t *counts = json_pack("{s:I, s:I, s:I, s:I, s:I}", "new", (json_int_t)p->counts[IMPORT_NEW], "same",
				   (json_int_t)p->counts[IMPORT_SAME], "changed", (json_int_t)p->counts[IMPORT_CHANGED], "conflict",
				   (json_int_t)p->counts[IMPORT_CONFLICT], "error", (json_int_t)p->counts[IMPORT_ERROR]);
	if (strcmp(p->kind, "oneroster") == 0)
		json_object_set_new(counts, "gone", json_integer((json_int_t)p->counts[IMPORT_GONE]));
	return json_pack("{s:s, s:s, s:b, s:o, s:O, s:b, s:O, s:s, s:o}", "kind", p->kind, "encoding", j->cp1251 ? "windows-1251" : "utf-8",
			 "applied", applied, "counts", counts, "rows", p->report, "truncated", p->truncated, "duplicates", j->duplicates,
			 "digest", p->digest, "change", written ? json_hex(j->change, sizeof j->change) : json_null());
}

static enum err run_import(struct batch *b, struct api_write *w)
{
	struct import_write *j = (struct import_write *)w;
	struct actor by = acting_actor(&j->by);
	return import_apply(b, &j->plan, &by, j->change);
}

static void reply_import(struct api_write *w)
{
	reply_json(w->x, 200, show_plan((struct import_write *)w, true));
}

static void finish_import(struct api_write *w)
{
	struct import_write *j = (struct import_write *)w;
	import_release(&j->plan);
	json_decref(j->duplicates);
}

/* One of some words; the first where nothing is said. -1: it has replied. */
static int option(struct exchange *x, const char *name, const char *const *words, size_t n)
{
	const char *v = request_query(x->req, name);
	char choice[100] = "";
	for (size_t i = 0, at = 0; i < n; i++) {
		if (!v || strcmp(v, words[i]) == 0)
			return (int)i;
		at += (size_t)snprintf(choice + at, sizeof choice - at, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
	}
	reply_error(x, ERR_INVALID, choice, name);
	return -1;
}

/* The plan, by what the request says it is. */
static enum err make_plan(struct exchange *x, struct import_write *j, int kind, bool cp1251, char why[200])
{
	struct import_base base = base_of(api_node(x));
	struct bytes text = x->req->body;
	struct buf converted;
	if (kind == 3)
		return oneroster_plan(&j->plan, text, request_query(x->req, "school"), &base, why);
	buf_init(&converted, 2 * (size_t)HTTP_IMPORT_BYTES_MAX);
	/* what is not said is found out; the check shows the names as they were read */
	j->cp1251 = cp1251 || (!request_query(x->req, "encoding") && csv_looks_cp1251(text));
	if (j->cp1251) {
		csv_from_cp1251(text, &converted);
		text = buf_bytes(&converted);
	}
	enum err e = converted.err ? converted.err : import_csv(&j->plan, (enum import_what)kind, text, &base, why);
	buf_wipe(&converted);
	return e;
}

static void post_import(struct exchange *x)
{
	static const char *const KINDS[] = {"students", "staff", "classes", "oneroster"}, *const APPLY[] = {"false", "true"},
				*const ENCODINGS[] = {"utf-8", "windows-1251"};
	struct txn t;
	const char *seen = request_query(x->req, "digest");
	char why[200] = "";
	if (!request_query(x->req, "kind")) {
		reply_error(x, ERR_INVALID, "students, staff, classes or oneroster", "kind");
		return;
	}
	int kind, apply, encoding;
	if ((kind = option(x, "kind", KINDS, 4)) < 0 || (apply = option(x, "apply", APPLY, 2)) < 0 ||
	    (encoding = option(x, "encoding", ENCODINGS, 2)) < 0)
		return;
	struct import_write *j = api_write_new(x, sizeof *j, run_import, reply_import);
	if (!j)
		return;
	j->w.finish = finish_import;
	enum err e = make_plan(x, j, kind, encoding, why);
	if (!e)
		e = txn_begin(&t, api_node(x)->opened.store, false);
	if (!e) {
		j->duplicates = duplicates(api_node(x), &t);
		txn_abort(&t);
		e = j->duplicates ? ERR_OK : ERR_NO_MEMORY;
	}
	if (!e && apply && (!seen || strcmp(seen, j->plan.digest) != 0)) {
		e = ERR_CONFLICT;
		snprintf(why, sizeof why, "run the check again: the file or the people changed since");
	}
	if (!e && apply) {
		handler_acting(x, &j->by);
		api_write_start(&j->w);
		return;
	}
	if (e)
		reply_error(x, e == ERR_BAD_FORM || e == ERR_BAD_UTF8 ? ERR_INVALID : e, why[0] ? why : NULL, NULL);
	else
		reply_json(x, 200, show_plan(j, false));
	api_write_drop(&j->w);
}

/* --- out -------------------------------------------------------------------------------------- */

static void reply_file(struct exchange *x, struct buf *out, const char *type, const char *disposition)
{
	if (out->err) {
		reply_error(x, out->err, NULL, NULL);
	} else {
		reply_header(x, "Content-Disposition", disposition);
		reply_bytes(x, 200, type, NULL, buf_bytes(out));
	}
	buf_wipe(out);
}

static void reply_table(struct exchange *x, enum import_what what, const char *disposition)
{
	struct import_base base = base_of(api_node(x));
	struct buf out;
	buf_init(&out, HTTP_IMPORT_BYTES_MAX);
	import_csv_write(&out, what, &base);
	reply_file(x, &out, "text/csv; charset=utf-8", disposition);
}

static void get_students_table(struct exchange *x)
{
	looks_note_list(x);
	reply_table(x, IMPORT_STUDENT, "attachment; filename=\"students.csv\"");
}

static void get_staff_table(struct exchange *x)
{
	reply_table(x, IMPORT_STAFF, "attachment; filename=\"staff.csv\"");
}

static void get_classes_table(struct exchange *x)
{
	reply_table(x, IMPORT_CLASS, "attachment; filename=\"classes.csv\"");
}

static void get_oneroster(struct exchange *x)
{
	static const char *const VERSIONS[] = {"1.2", "1.1"};
	struct node *n = api_node(x);
	struct import_base base = base_of(n);
	int version = option(x, "version", VERSIONS, 2), me = node_me(n);
	char id[2 * SUBJECT_BYTES + 1];
	struct buf out;
	if (version < 0)
		return;
	looks_note_list(x);
	hex_encode(n->opened.school.id, SUBJECT_BYTES, id);
	buf_init(&out, HTTP_IMPORT_BYTES_MAX);
	enum err e = oneroster_write(&out, version == 0 ? ONEROSTER_1_2 : ONEROSTER_1_1, id, me >= 0 ? n->roster.members[me].name : "", &base);
	if (e && !out.err)
		out.err = e;
	reply_file(x, &out, "application/zip", "attachment; filename=\"oneroster.zip\"");
}

const struct route import_routes[] = {
	{METHOD_POST, "/api/v1/imports", AREA_EXCHANGE, BODY_TABLES, HTTP_IMPORT_BYTES_MAX, post_import},
	{METHOD_GET, "/api/v1/students.csv", AREA_EXCHANGE, BODY_NONE, 0, get_students_table},
	{METHOD_GET, "/api/v1/staff.csv", AREA_EXCHANGE, BODY_NONE, 0, get_staff_table},
	{METHOD_GET, "/api/v1/classes.csv", AREA_EXCHANGE, BODY_NONE, 0, get_classes_table},
	{METHOD_GET, "/api/v1/export/oneroster", AREA_EXCHANGE, BODY_NONE, 0, get_oneroster},
	{METHOD_GET, "/api/v1/duplicates", AREA_EXCHANGE, BODY_NONE, 0, get_duplicates},
};
const size_t import_route_count = sizeof import_routes / sizeof *import_routes;
