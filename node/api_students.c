/* Students and staff as lists and cards; the catalogue. */
#include <stdio.h>
#include <stdlib.h>

#include "core/local.h"
#include "node/handler.h"
#include "node/letters.h"
#include "node/looks.h"
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

static bool sees_all(const struct exchange *x)
{
	return x->caller.role == ROLE_ADMINISTRATOR || x->caller.role == ROLE_LOCAL;
}

/* Who does not see all sees those they have something to do with; staff is no secret within the school. */
static bool concerns(const struct exchange *x, const struct indexed_person *p, const char *today)
{
	enum role role = x->caller.role;
	if (sees_all(x) || p->person.kind == PERSON_STAFF)
		return true;
	return (structure_relations(&api_node(x)->structure, p->subject, &p->person, p->former, x->caller.who, today) &
		access_relations(role)) != 0;
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
	if (query && *query && !(q.folded = letters_fold(query))) {
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
	char today[DATE_BYTES];
	date_of(clock_ms(), today);
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[n->people.order[i]];
		if (p->person.kind != kind || !concerns(x, p, today) || !matches(&w, &t, p, &q))
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
	if (kind == PERSON_STUDENT && sees_all(x) && json_array_size(items))
		looks_note_list(x);
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

json_t *handler_named(const struct indexed_person *p)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", json_hex(p->subject, SUBJECT_BYTES), "family", p->person.family, "given",
			 p->person.given, "patronymic", p->person.patronymic, "class", p->person.class_name);
}

static void get_student(struct exchange *x)
{
	struct permit permit;
	const struct indexed_person *p = permit_student(x, REL_ALL, &permit);
	if (!p)
		return;
	if (permit.relations == REL_EXPERT) {
		reply_json(x, 200, handler_named(p));
		return;
	}
	json_t *card = handler_card(api_node(x), p);
	if (!card) {
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	handler_private(permit.relations, p, card);
	json_object_set_new(card, "relations", permit_relations(&permit));
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

static void get_export(struct exchange *x)
{
	struct permit p;
	struct buf out;
	struct txn t;
	uint64_t all = UINT64_MAX;
	if (!permit_student(x, REL_SELF | REL_PARENT | REL_ADMINISTRATOR, &p) || !api_read(x, &t))
		return;
	json_t *journal = handler_looks(api_node(x), &t, p.subject, &all, SIZE_MAX);
	txn_abort(&t);
	struct shower w = handler_shower(api_node(x));
	json_t *export = show_export(&w, p.subject);
	json_object_set_new(export, "journal", journal);
	if (!export) {
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	buf_init(&out, HTTP_BUNDLE_BYTES_MAX);
	json_write(&out, export);
	json_decref(export);
	char name[100];
	size_t at = (size_t)snprintf(name, sizeof name, "attachment; filename=\"student-");
	hex_encode(p.subject, 4, name + at);
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
	{METHOD_GET, "/api/v1/students/{id}/export", AREA_RECORDS, BODY_NONE, 0, get_export},
	{METHOD_GET, "/api/v1/staff", AREA_PEOPLE, BODY_NONE, 0, get_staff},
	{METHOD_GET, "/api/v1/catalogue", AREA_CATALOGUE, BODY_NONE, 0, get_catalogue},
};
const size_t student_route_count = sizeof student_routes / sizeof *student_routes;
