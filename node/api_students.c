/* Students, their entries and verdicts; staff; the catalogue. */
#include <stdio.h>
#include <stdlib.h>

#include "core/local.h"
#include "node/handler.h"
#include "node/loop.h"
#include "proto/text.h"

/* --- lists ------------------------------------------------------------------------------------ */

struct list_query {
	char *folded; /* NULL: any */
	const char *class_name, *state;
	bool waiting;
	size_t from, limit;
};

static bool matches(const struct shower *w, struct txn *t, const struct indexed_person *p, const struct list_query *q)
{
	if (q->folded && !strstr(p->folded, q->folded))
		return false;
	if (q->class_name && strcmp(q->class_name, p->person.class_name) != 0)
		return false;
	if (q->waiting && (p->custody.unconfirmed == 0 || p->former))
		return false;
	if (!q->state)
		return true;
	json_t *shown = show_student(w, t, p);
	bool same = strcmp(json_string_value(json_object_get(shown, "custody")), q->state) == 0;
	json_decref(shown);
	return same;
}

static json_t *show_staff(const struct indexed_person *p)
{
	char id[2 * SUBJECT_BYTES + 1];
	hex_encode(p->subject, SUBJECT_BYTES, id);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id, "family", p->person.family, "given", p->person.given,
			 "patronymic", p->person.patronymic, "position", p->person.position);
}

static void list_people(struct exchange *x, enum person_kind kind)
{
	struct node *n = api_node(x);
	struct shower w = handler_shower(n);
	const char *query = request_query(x->req, "query"), *cursor = request_query(x->req, "cursor");
	const char *waiting = request_query(x->req, "waiting");
	struct list_query q = {.class_name = request_query(x->req, "class"), .state = request_query(x->req, "state"),
			       .waiting = waiting && strcmp(waiting, "true") == 0, .limit = handler_limit(x),
			       .from = cursor ? strtoul(cursor, NULL, 10) : 0};
	struct txn t;
	if (!q.limit)
		return;
	if (cursor && cursor[strspn(cursor, "0123456789")]) {
		reply_error(x, ERR_INVALID, "take next of the page before", "cursor");
		return;
	}
	if (q.class_name && !*q.class_name)
		q.class_name = NULL;
	if (q.state && !*q.state)
		q.state = NULL;
	if (query && *query && !(q.folded = people_fold(query))) {
		reply_error(x, ERR_INVALID, NULL, "query");
		return;
	}
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e) {
		free(q.folded);
		reply_error(x, e, NULL, NULL);
		return;
	}
	json_t *items = json_array(), *next = NULL;
	size_t total = 0;
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[n->people.order[i]];
		if (p->person.kind != kind || !matches(&w, &t, p, &q))
			continue;
		if (total++ < q.from)
			continue;
		if (json_array_size(items) < q.limit) {
			json_array_append_new(items, kind == PERSON_STUDENT ? show_student(&w, &t, p) : show_staff(p));
		} else if (!next) {
			char at[24];
			snprintf(at, sizeof at, "%zu", total - 1);
			next = json_string(at);
		}
	}
	txn_abort(&t);
	free(q.folded);
	reply_json(x, 200, json_pack("{s:o, s:o, s:I}", "items", items, "next", next ? next : json_null(), "total", (json_int_t)total));
}

static void get_students(struct exchange *x)
{
	list_people(x, PERSON_STUDENT);
}

static void get_staff(struct exchange *x)
{
	list_people(x, PERSON_STAFF);
}

/* --- one student ------------------------------------------------------------------------------ */

static void put_transfer(const struct shower *w, struct txn *t, const struct indexed_person *p, json_t *card)
{
	uint8_t id[SUBJECT_BYTES];
	struct bytes row;
	struct local_code best = {0};
	char text[2 * SUBJECT_BYTES + 1] = "";
	(void)w;
	for (bool on = local_next(t, LOCAL_CODE, NULL, 0, id, sizeof id, &row); on;
	     on = local_next(t, LOCAL_CODE, id, sizeof id, id, sizeof id, &row)) {
		struct local_code code;
		if (local_get_code(t, id, &code) && memcmp(code.student, p->subject, SUBJECT_BYTES) == 0 &&
		    code.created_ms >= best.created_ms) {
			best = code;
			hex_encode(id, sizeof id, text);
		}
	}
	for (bool on = local_next(t, LOCAL_CLAIM, NULL, 0, id, sizeof id, &row); on && !text[0];
	     on = local_next(t, LOCAL_CLAIM, id, sizeof id, id, sizeof id, &row)) {
		struct local_claim claim;
		if (local_get_claim(t, id, &claim) && claim.has_student && memcmp(claim.student, p->subject, SUBJECT_BYTES) == 0)
			hex_encode(id, sizeof id, text);
	}
	json_object_set_new(card, "transfer", text[0] ? json_string(text) : json_null());
}

json_t *handler_card(struct node *n, const struct indexed_person *p)
{
	struct shower w = handler_shower(n);
	struct txn t;
	if (txn_begin(&t, n->opened.store, false))
		return NULL;
	json_t *card = show_student(&w, &t, p);
	bool nobody = sodium_is_zero(p->custody.custodian, SCHOOL_BYTES);
	json_object_set_new(card, "custodian", nobody ? json_null() : api_school_ref(&n->roster, p->custody.custodian));
	put_transfer(&w, &t, p, card);
	json_object_set_new(card, "erasure", handler_erasure(&t, p->subject));
	json_object_set_new(card, "links", handler_links(n, &t, p->subject));
	txn_abort(&t);
	return card;
}

static void get_student(struct exchange *x)
{
	uint8_t subject[SUBJECT_BYTES];
	const struct indexed_person *p = handler_student(x, subject);
	if (!p)
		return;
	json_t *card = handler_card(api_node(x), p);
	if (!card) {
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	handler_private(x, p, card);
	char etag[2 * DIGEST_BYTES + 3];
	snprintf(etag, sizeof etag, "\"%s\"", json_string_value(json_object_get(card, "etag")));
	const char *known = request_header(x->req, "if-none-match");
	reply_header(x, "ETag", etag);
	if (known && strcmp(known, etag) == 0) {
		json_decref(card);
		reply_bytes(x, 304, NULL, NULL, (struct bytes){0});
		return;
	}
	reply_json(x, 200, card);
}

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

/* --- entries ---------------------------------------------------------------------------------- */

static void get_entries(struct exchange *x)
{
	uint8_t subject[SUBJECT_BYTES];
	const char *period = request_query(x->req, "period");
	struct entry_filter f = {.kind = request_query(x->req, "kind"), .status = request_query(x->req, "status"),
				 .cursor = request_query(x->req, "cursor"), .period = period && *period ? atoi(period) : -1};
	uint8_t cursor[16];
	if (!handler_student(x, subject) || !(f.limit = handler_limit(x)))
		return;
	if (f.cursor && *f.cursor && !hex_decode(f.cursor, cursor, sizeof cursor)) {
		reply_error(x, ERR_INVALID, "take next of the page before", "cursor");
		return;
	}
	if (period && period[strspn(period, "0123456789")]) {
		reply_error(x, ERR_INVALID, "the year in which the school year begins", "period");
		return;
	}
	if (f.kind && !*f.kind)
		f.kind = NULL;
	if (f.status && !*f.status)
		f.status = NULL;
	struct shower w = handler_shower(api_node(x));
	json_t *list = show_entries(&w, subject, &f);
	if (list)
		reply_json(x, 200, list);
	else
		reply_error(x, ERR_STORE, NULL, NULL);
}

struct entry_write {
	struct api_write w;
	uint8_t subject[SUBJECT_BYTES];
	struct acting by;
	/* entry */
	struct buf fields;
	char kind[KIND_CODE_MAX + 1], title[NAME_BYTES_MAX + 1];
	uint16_t period;
	bool settled, replaces;
	uint8_t replaced[ID_BYTES];
	/* verdict */
	const char *verdict;
	char *reason;
	uint8_t entry[ID_BYTES]; /* what is judged, or was written: what to show */
};

static void finish_entry(struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	buf_wipe(&j->fields);
	free(j->reason);
}

static struct entry_write *entry_write_new(struct exchange *x, const uint8_t *subject,
					   enum err (*run)(struct batch *b, struct api_write *w), void (*reply)(struct api_write *w))
{
	struct entry_write *j = api_write_new(x, sizeof *j, run, reply);
	if (!j)
		return NULL;
	j->w.finish = finish_entry;
	memcpy(j->subject, subject, SUBJECT_BYTES);
	handler_acting(x, &j->by);
	buf_init(&j->fields, RECORD_BYTES_MAX);
	return j;
}

static enum err run_entry(struct batch *b, struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct actor by = acting_actor(&j->by);
	struct entry_draft d = {.kind = j->kind, .title = j->title, .fields = buf_bytes(&j->fields), .period = j->period, .settled = j->settled,
				.replaces = j->replaces ? j->replaced : NULL};
	enum err e = entry_write(b, j->subject, &d, &by, j->entry);
	if (j->replaces && (e == ERR_NOT_FOUND || e == ERR_FORBIDDEN))
		w->field = "replaces";
	return e;
}

static enum err run_verdict(struct batch *b, struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct actor by = acting_actor(&j->by);
	return verdict_write(b, j->subject, j->entry, j->verdict, j->reason ? j->reason : "", &by);
}

static void reply_entry(struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct shower show = handler_shower(api_node(w->x));
	json_t *entry = show_entry(&show, j->subject, j->entry);
	if (entry)
		reply_json(w->x, 201, entry);
	else
		reply_error(w->x, ERR_STORE, NULL, NULL);
}

static void post_entry(struct exchange *x)
{
	uint8_t subject[SUBJECT_BYTES], replaced[ID_BYTES];
	const char *kind_code = NULL, *replaces = NULL, *bad = NULL;
	int64_t period = 0;
	json_t *values = NULL;
	const struct input fields[] = {
		{"kind", INPUT_LINE, REQUIRED, KIND_CODE_MAX, &kind_code, 0},
		{"period", INPUT_INTEGER, OPTIONAL, 2200, &period, 1900},
		{"fields", INPUT_OBJECT, REQUIRED, 0, &values, 0},
		{"replaces", INPUT_LINE, OPTIONAL, 2 * ID_BYTES, &replaces, 0},
	};
	if (!handler_student(x, subject))
		return;
	enum err e = json_fields(x->json, fields, sizeof fields / sizeof *fields, &bad);
	const struct catalogue *catalogue = api_node(x)->catalogue;
	const json_t *kind = e ? NULL : catalogue_kind(catalogue, kind_code);
	if (!e && !kind) {
		e = ERR_INVALID;
		bad = "kind";
	}
	if (!e && replaces && !hex_decode(replaces, replaced, sizeof replaced)) {
		e = ERR_INVALID;
		bad = "replaces";
	}
	if (e) {
		reply_error(x, e, NULL, bad);
		return;
	}
	const char *name;
	json_t *value;
	json_object_foreach(values, name, value)
	{
		if (json_is_string(value) && !text_clean(json_string_value(value), true)) {
			char at[NAME_BYTES_MAX];
			snprintf(at, sizeof at, "fields.%.*s", (int)text_fit(name, 100), name);
			reply_error(x, ERR_INVALID, "control characters are not accepted", at);
			return;
		}
	}
	struct entry_write *j = entry_write_new(x, subject, run_entry, reply_entry);
	if (!j)
		return;
	e = catalogue_encode(catalogue, kind, values, &j->fields, &bad);
	if (e) {
		char at[NAME_BYTES_MAX];
		bad = bad ? bad : "";
		snprintf(at, sizeof at, "fields.%.*s", (int)text_fit(bad, 100), bad);
		reply_error(x, e, NULL, at);
		api_write_drop(&j->w);
		return;
	}
	copy_text(j->kind, sizeof j->kind, kind_code);
	copy_text(j->title, sizeof j->title, catalogue_title(catalogue, kind_code, "ru"));
	j->settled = !catalogue_moderated(catalogue, kind_code);
	j->period = (uint16_t)period;
	j->replaces = replaces != NULL;
	if (replaces)
		memcpy(j->replaced, replaced, ID_BYTES);
	api_write_start(&j->w);
}

/* 412 with the entry as it is now, so that the form can show both. */
static void reply_changed(struct exchange *x, json_t *entry)
{
	struct buf out;
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s, s:o}", "type", "about:blank", "title", err_text(ERR_PRECONDITION),
				    "status", 412, "code", "precondition", "request_id", x->req->id, "current", entry);
	buf_init(&out, HTTP_BODY_BYTES_MAX);
	json_write(&out, problem);
	json_decref(problem);
	reply_bytes(x, 412, "application/problem+json", NULL, buf_bytes(&out));
	buf_release(&out);
}

static void post_verdict(struct exchange *x)
{
	static const char *const verdicts[] = {"confirm", "return", "comment"};
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	const char *verdict = NULL, *reason = NULL, *bad = NULL, *match = request_header(x->req, "if-match");
	const struct input fields[] = {
		{"verdict", INPUT_LINE, REQUIRED, 16, &verdict, 0},
		{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0},
	};
	if (!handler_student(x, subject) || !api_param_id(x, 1, id, sizeof id))
		return;
	enum err e = json_fields(x->json, fields, sizeof fields / sizeof *fields, &bad);
	const char *known = NULL;
	for (size_t i = 0; !e && i < sizeof verdicts / sizeof *verdicts; i++)
		if (strcmp(verdicts[i], verdict) == 0)
			known = verdicts[i];
	if (!e && !known) {
		e = ERR_INVALID;
		bad = "verdict";
	}
	if (!e && strcmp(known, "confirm") != 0 && (!reason || !*reason)) {
		e = ERR_INVALID;
		bad = "reason";
	}
	if (e) {
		reply_error(x, e, bad && strcmp(bad, "reason") == 0 ? "say why" : NULL, bad);
		return;
	}
	struct shower w = handler_shower(api_node(x));
	json_t *entry = show_entry(&w, subject, id);
	if (!entry) {
		reply_error(x, ERR_NOT_FOUND, "no such entry", NULL);
		return;
	}
	const char *etag = json_string_value(json_object_get(entry, "etag"));
	size_t n = strlen(etag);
	if (match && !(strcmp(match, etag) == 0 || (match[0] == '"' && strncmp(match + 1, etag, n) == 0 && match[n + 1] == '"'))) {
		reply_changed(x, entry);
		return;
	}
	json_decref(entry);
	struct entry_write *j = entry_write_new(x, subject, run_verdict, reply_entry);
	if (!j)
		return;
	memcpy(j->entry, id, ID_BYTES);
	j->verdict = known;
	j->reason = reason ? strdup(reason) : NULL;
	api_write_start(&j->w);
}

static void get_export(struct exchange *x)
{
	uint8_t subject[SUBJECT_BYTES];
	struct buf out;
	if (!handler_student(x, subject))
		return;
	struct shower w = handler_shower(api_node(x));
	json_t *export = show_export(&w, subject);
	if (!export) {
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	buf_init(&out, HTTP_BUNDLE_BYTES_MAX);
	json_write(&out, export);
	json_decref(export);
	char name[100];
	size_t at = (size_t)snprintf(name, sizeof name, "attachment; filename=\"student-");
	hex_encode(subject, 4, name + at);
	snprintf(name + at + 8, sizeof name - at - 8, ".json\"");
	reply_header(x, "Content-Disposition", name);
	reply_bytes(x, 200, "application/json", NULL, buf_bytes(&out));
	buf_wipe(&out);
}

static void get_catalogue(struct exchange *x)
{
	reply_json(x, 200, json_incref((json_t *)(uintptr_t)catalogue_json(api_node(x)->catalogue)));
}

const struct route student_routes[] = {
	{METHOD_GET, "/api/v1/students", AREA_PEOPLE, BODY_NONE, 0, get_students},
	{METHOD_GET, "/api/v1/students/{id}", AREA_RECORDS, BODY_NONE, 0, get_student},
	{METHOD_GET, "/api/v1/students/{id}/entries", AREA_RECORDS, BODY_NONE, 0, get_entries},
	{METHOD_POST, "/api/v1/students/{id}/entries", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_entry},
	{METHOD_POST, "/api/v1/students/{id}/entries/{entry}/verdicts", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_verdict},
	{METHOD_GET, "/api/v1/students/{id}/export", AREA_RECORDS, BODY_NONE, 0, get_export},
	{METHOD_GET, "/api/v1/staff", AREA_PEOPLE, BODY_NONE, 0, get_staff},
	{METHOD_GET, "/api/v1/catalogue", AREA_CATALOGUE, BODY_NONE, 0, get_catalogue},
};
const size_t student_route_count = sizeof student_routes / sizeof *student_routes;
