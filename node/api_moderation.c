/* What waits for a confirmation by the caller, over all their students; many verdicts at once. */
#include <stdlib.h>

#include "node/handler.h"
#include "node/looks.h"
#include "node/loop.h"
#include "proto/text.h"

enum { BULK_MAX = 200 };

/* Whether the caller may confirm that entry now; their own they may not. */
static bool waits(const struct permit *p, const struct dossier *d, const struct dossier_entry *e)
{
	const struct kind *k = catalogue_kind(p->node->catalogue, e->row.kind);
	uint8_t author[SUBJECT_BYTES];
	bool open = e->row.status == ENTRY_UNCONFIRMED || e->row.status == ENTRY_LATE || e->row.status == ENTRY_CONFLICT;
	if (!open || !k || !permit_judge(p, k, e) || !permit_entry((void *)(uintptr_t)p, d, e))
		return false;
	return !dossier_first_author(d, e, author) || memcmp(author, p->who, SUBJECT_BYTES) != 0;
}

static void get_moderation(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *cursor = request_query(x->req, "cursor"), *class_name = request_query(x->req, "class"), *kind = request_query(x->req, "kind");
	size_t from = cursor ? strtoul(cursor, NULL, 10) : 0, limit = handler_limit(x), total = 0;
	struct shower w = handler_shower(n);
	if (!limit)
		return;
	json_t *items = json_array();
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *s = &n->people.at[n->people.order[i]];
		struct permit p;
		enum err err;
		if (s->person.kind != PERSON_STUDENT || s->former || s->custody.unconfirmed + s->custody.other == 0 ||
		    (class_name && *class_name && strcmp(class_name, s->person.class_name) != 0))
			continue;
		permit_of(x, ABOUT_STUDENT, s->subject, &p);
		const struct dossier *d = p.relations ? dossiers_get(n->dossiers, s->subject, &err) : NULL;
		for (size_t k = d ? d->count : 0; k > 0; k--) { /* the oldest first */
			const struct dossier_entry *e = &d->entries[k - 1];
			if ((kind && *kind && !entry_is(e, kind)) || !waits(&p, d, e) || total++ < from || json_array_size(items) >= limit)
				continue;
			looks_note(x, &p);
			w.viewer = &p;
			json_array_append_new(items, json_pack("{s:{s:o, s:s, s:s, s:s, s:s}, s:o}", "student", "id",
							       json_hex(s->subject, SUBJECT_BYTES), "family", s->person.family, "given",
							       s->person.given, "patronymic", s->person.patronymic, "class",
							       s->person.class_name, "entry", show_entry(&w, d, e)));
		}
	}
	size_t next = from + json_array_size(items);
	reply_json(x, 200, json_pack("{s:o, s:o, s:I}", "items", items, "next", next < total ? json_sprintf("%zu", next) : json_null(), "total",
				     (json_int_t)total));
}

/* --- many at once ----------------------------------------------------------------------------- */

struct bulk_item {
	uint8_t subject[SUBJECT_BYTES], entry[ID_BYTES];
	const struct kind *kind;
	enum relation relation;
	struct acting by;
	enum err result;
	const char *detail;
};

struct bulk_write {
	struct api_write w;
	const char *verdict;
	char *reason;
	bool local;
	char today[DATE_BYTES];
	size_t count;
	struct bulk_item *items;
};

/* What is refused was refused before anything of it was written; the rest stands. */
static enum err run_bulk(struct batch *b, struct api_write *w)
{
	struct bulk_write *j = (struct bulk_write *)w;
	for (size_t i = 0; i < j->count; i++) {
		struct bulk_item *it = &j->items[i];
		struct life l = {.batch = b, .subject = it->subject, .by = acting_actor(&it->by), .relation = it->relation};
		uint8_t judged[ID_BYTES];
		if (!it->kind)
			continue;
		memcpy(l.today, j->today, sizeof l.today);
		if (j->local)
			l.by.id = NULL;
		it->result = life_judge(&l, it->kind, it->entry, j->verdict, j->reason ? j->reason : "", NULL, judged);
		it->detail = l.detail;
		if (!it->result) {
			struct journal_row row = w->journal;
			memcpy(row.subject, it->subject, SUBJECT_BYTES);
			memcpy(row.entry, judged, ID_BYTES);
			it->result = journal_append(b, &row);
		}
		if (it->result == ERR_NO_MEMORY || it->result == ERR_STORE || it->result == ERR_DISK_FULL || b->txn.err)
			return it->result ? it->result : b->txn.err;
	}
	return ERR_OK;
}

static void reply_bulk(struct api_write *w)
{
	const struct bulk_write *j = (struct bulk_write *)w;
	json_t *items = json_array();
	size_t done = 0;
	for (size_t i = 0; i < j->count; i++) {
		const struct bulk_item *it = &j->items[i];
		done += it->result == ERR_OK;
		json_array_append_new(items, json_pack("{s:o, s:o, s:o, s:o}", "student", json_hex(it->subject, SUBJECT_BYTES), "entry",
						       json_hex(it->entry, ID_BYTES), "code", api_code(it->result), "detail",
						       it->result ? json_string(it->detail ? it->detail : err_text(it->result)) : json_null()));
	}
	reply_json(w->x, 200, json_pack("{s:o, s:I}", "items", items, "done", (json_int_t)done));
}

static void finish_bulk(struct api_write *w)
{
	struct bulk_write *j = (struct bulk_write *)w;
	free(j->items);
	free(j->reason);
}

/* The kind and relation of one; what the caller may not see is not there. */
static void prepare(struct exchange *x, struct bulk_item *it)
{
	struct permit p;
	enum err err;
	it->result = ERR_NOT_FOUND;
	permit_of(x, ABOUT_STUDENT, it->subject, &p);
	const struct dossier *d = p.relations ? dossiers_get(api_node(x)->dossiers, it->subject, &err) : NULL;
	const struct dossier_entry *e = d ? dossier_find(d, it->entry) : NULL;
	const struct kind *k = e && permit_entry(&p, d, e) ? catalogue_kind(api_node(x)->catalogue, e->row.kind) : NULL;
	if (!k)
		return;
	it->relation = permit_judge(&p, k, e);
	it->result = ERR_FORBIDDEN;
	if (!it->relation)
		return;
	it->kind = k;
	permit_acting(x, &p, it->relation, &it->by);
}

static void post_verdicts(struct exchange *x)
{
	const char *verdict = NULL, *reason = NULL;
	json_t *items = NULL;
	const struct input fields[] = {
		{"verdict", INPUT_LINE, REQUIRED, 16, &verdict, 0},
		{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0},
		{"items", INPUT_LIST, REQUIRED, BULK_MAX, &items, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	const char *known = strcmp(verdict, "confirm") == 0 ? "confirm" : strcmp(verdict, "return") == 0 ? "return" : NULL;
	if (!known) {
		reply_error(x, ERR_INVALID, "confirm or return", "verdict");
		return;
	}
	if (*known == 'r' && (!reason || !*reason)) {
		reply_error(x, ERR_INVALID, "say why", "reason");
		return;
	}
	struct bulk_write *j = api_write_new(x, sizeof *j, run_bulk, reply_bulk);
	if (!j)
		return;
	j->w.finish = finish_bulk;
	j->verdict = known;
	j->reason = reason ? strdup(reason) : NULL;
	j->local = x->caller.role == ROLE_LOCAL;
	j->items = calloc(json_array_size(items) + 1, sizeof *j->items);
	date_of(clock_ms(), j->today);
	for (size_t i = 0; j->items && i < json_array_size(items); i++) {
		const json_t *o = json_array_get(items, i);
		const char *student = json_string_value(json_object_get(o, "student")), *entry = json_string_value(json_object_get(o, "entry"));
		struct bulk_item *it = &j->items[j->count++];
		if (!student || !entry || !hex_decode(student, it->subject, SUBJECT_BYTES) || !hex_decode(entry, it->entry, ID_BYTES) ||
		    json_object_size(o) != 2) {
			char at[32];
			snprintf(at, sizeof at, "items.%zu", i);
			reply_error(x, ERR_INVALID, "each {student, entry}, both ids", at);
			api_write_drop(&j->w);
			return;
		}
		prepare(x, it);
	}
	api_write_start(&j->w);
}

const struct route moderation_routes[] = {
	{METHOD_GET, "/api/v1/moderation", AREA_RECORDS, BODY_NONE, 0, get_moderation},
	{METHOD_POST, "/api/v1/verdicts", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_verdicts},
};
const size_t moderation_route_count = sizeof moderation_routes / sizeof *moderation_routes;
