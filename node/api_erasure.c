/* Forgetting for good, and two records found to be of one child. */
#include <stdlib.h>

#include "core/erasure.h"
#include "core/link.h"
#include "node/handler.h"
#include "proto/text.h"

enum { HOLDERS_MAX = 64 };

struct subject_write {
	struct api_write w;
	uint8_t subject[SUBJECT_BYTES], other[SUBJECT_BYTES];
	uint8_t entry[ID_BYTES];
	uint64_t delay_ms;
	bool linked;
};

static struct subject_write *subject_write_new(struct exchange *x, enum err (*run)(struct batch *b, struct api_write *w),
					       void (*reply)(struct api_write *w))
{
	uint8_t subject[SUBJECT_BYTES];
	if (!handler_student(x, subject))
		return NULL;
	struct subject_write *j = api_write_new(x, sizeof *j, run, reply);
	if (j)
		memcpy(j->subject, subject, SUBJECT_BYTES);
	return j;
}

/* --- one entry -------------------------------------------------------------------------------- */

static enum err run_erase_entry(struct batch *b, struct api_write *w)
{
	struct subject_write *j = (struct subject_write *)w;
	return erasure_of_record(b, j->subject, j->entry);
}

static void reply_entry(struct api_write *w)
{
	struct subject_write *j = (struct subject_write *)w;
	struct shower show = handler_shower(api_node(w->x));
	json_t *entry = show_entry_of(&show, j->subject, j->entry);
	if (entry)
		reply_json(w->x, 200, entry);
	else
		reply_error(w->x, ERR_STORE, NULL, NULL);
}

static void erase_entry(struct exchange *x)
{
	uint8_t id[ID_BYTES];
	if (!api_param_id(x, 1, id, sizeof id) || !permit_student(x, REL_ERASES, NULL))
		return;
	struct subject_write *j = subject_write_new(x, run_erase_entry, reply_entry);
	if (!j)
		return;
	memcpy(j->entry, id, sizeof id);
	api_write_start(&j->w);
}

/* --- a whole student -------------------------------------------------------------------------- */

static json_t *show_order(const struct erasure_order *o)
{
	return json_pack("{s:o, s:o}", "ordered", json_time(o->ordered_ms), "due", json_time(o->due_ms));
}

json_t *handler_erasure(struct txn *t, const uint8_t subject[SUBJECT_BYTES])
{
	struct erasure_order o;
	return erasure_order_get(t, subject, &o) && !o.done_ms ? show_order(&o) : json_null();
}

/* Without a delay it is done at once, else when it is due. */
static enum err run_order(struct batch *b, struct api_write *w)
{
	struct subject_write *j = (struct subject_write *)w;
	enum err e = erasure_order(b, j->subject, j->delay_ms);
	if (e)
		return e;
	w->job.wrote = true;
	return erasure_due(b);
}

static void reply_order(struct api_write *w)
{
	struct subject_write *j = (struct subject_write *)w;
	struct erasure_order o;
	struct txn t;
	if (!api_read(w->x, &t))
		return;
	bool there = erasure_order_get(&t, j->subject, &o);
	txn_abort(&t);
	if (there)
		reply_json(w->x, 202, show_order(&o));
	else
		reply_error(w->x, ERR_STORE, NULL, NULL);
}

static void order(struct exchange *x)
{
	struct subject_write *j = subject_write_new(x, run_order, reply_order);
	if (!j)
		return;
	j->delay_ms = (uint64_t)api_node(x)->keyring.config.erasure_delay_h * 3600 * 1000;
	api_write_start(&j->w);
}

static enum err run_cancel(struct batch *b, struct api_write *w)
{
	return erasure_cancel(b, ((struct subject_write *)w)->subject);
}

static void reply_nothing(struct api_write *w)
{
	reply_json(w->x, 204, NULL);
}

static void cancel(struct exchange *x)
{
	struct subject_write *j = subject_write_new(x, run_cancel, reply_nothing);
	if (j)
		api_write_start(&j->w);
}

/* Every school that has, or had, a share in the subject, with the time of its receipt. */
static json_t *show_holders(struct node *n, const struct walked *w)
{
	json_t *holders = json_array();
	for (size_t i = 0; i < n->roster.count; i++) {
		struct share shares[SHARES_MAX];
		const struct chain_record *receipt = NULL;
		bool shared = (int)i == w->custody.custodian || (int)i == w->custody.origin;
		size_t count = custody_shares(&n->roster, &w->custody, w->chain, w->count, (int)i, shares);
		for (size_t k = 0; k < count; k++)
			shared |= shares[k].right > RIGHT_CHAIN;
		for (size_t k = 0; k < w->count; k++)
			if (w->chain[k].record.type == RECORD_RECEIPT &&
			    memcmp(w->chain[k].record.author, n->roster.members[i].id, SCHOOL_BYTES) == 0)
				receipt = &w->chain[k];
		if (!shared && !receipt)
			continue;
		json_array_append_new(holders, json_pack("{s:o, s:o}", "school", api_school_ref(&n->roster, n->roster.members[i].id), "receipt",
							 receipt ? json_time(record_time_ms(receipt->record.time)) : json_null()));
	}
	return holders;
}

static json_t *show_erasure(struct node *n, struct txn *t, const struct erasure_order *o)
{
	struct walked *w;
	json_t *holders = NULL;
	if (o->done_ms && !custody_load(&w, t, &n->roster, o->subject)) {
		holders = show_holders(n, w);
		free(w);
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "id", json_hex(o->subject, SUBJECT_BYTES), "ordered", json_time(o->ordered_ms), "due",
			 json_time(o->due_ms), "erased", json_time(o->done_ms), "holders", holders ? holders : json_array());
}

static void list(struct exchange *x)
{
	struct node *n = api_node(x);
	struct erasure_order o;
	struct txn t;
	if (!api_read(x, &t))
		return;
	json_t *items = json_array();
	for (bool on = erasure_order_next(&t, NULL, &o); on; on = erasure_order_next(&t, o.subject, &o))
		json_array_append_new(items, show_erasure(n, &t, &o));
	bool due = meta_get(&t, META_COMPACT, NULL);
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:o, s:b}", "items", items, "compaction_due", due));
}

/* --- links ------------------------------------------------------------------------------------ */

json_t *handler_links(struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES])
{
	uint8_t others[LINKS_MAX][SUBJECT_BYTES];
	size_t count = link_list(t, &n->roster, subject, others);
	json_t *links = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct indexed_person *p = people_index_find(&n->people, others[i]);
		json_array_append_new(links, json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", json_hex(others[i], SUBJECT_BYTES), "family",
						       p ? p->person.family : "", "given", p ? p->person.given : "", "patronymic",
						       p ? p->person.patronymic : "", "class", p ? p->person.class_name : ""));
	}
	return links;
}

static enum err run_link(struct batch *b, struct api_write *w)
{
	struct subject_write *j = (struct subject_write *)w;
	return link_set(b, j->subject, j->other, j->linked);
}

static void set_link(struct exchange *x, bool linked)
{
	uint8_t other[SUBJECT_BYTES];
	if (!api_param_id(x, 1, other, sizeof other))
		return;
	const struct indexed_person *p = people_index_find(&api_node(x)->people, other);
	if (!p || p->person.kind != PERSON_STUDENT) {
		reply_error(x, ERR_NOT_FOUND, "no such student here", NULL);
		return;
	}
	struct subject_write *j = subject_write_new(x, run_link, reply_nothing);
	if (!j)
		return;
	memcpy(j->other, other, sizeof other);
	j->linked = linked;
	api_write_start(&j->w);
}

static void put_link(struct exchange *x)
{
	set_link(x, true);
}

static void delete_link(struct exchange *x)
{
	set_link(x, false);
}

const struct route erasure_routes[] = {
	{METHOD_POST, "/api/v1/students/{id}/entries/{entry}/erase", AREA_RECORDS, BODY_NONE, 0, erase_entry},
	{METHOD_POST, "/api/v1/students/{id}/erasure", AREA_TRANSFERS, BODY_NONE, 0, order},
	{METHOD_DELETE, "/api/v1/students/{id}/erasure", AREA_TRANSFERS, BODY_NONE, 0, cancel},
	{METHOD_GET, "/api/v1/erasures", AREA_TRANSFERS, BODY_NONE, 0, list},
	{METHOD_PUT, "/api/v1/students/{id}/links/{other}", AREA_TRANSFERS, BODY_NONE, 0, put_link},
	{METHOD_DELETE, "/api/v1/students/{id}/links/{other}", AREA_TRANSFERS, BODY_NONE, 0, delete_link},
};
const size_t erasure_route_count = sizeof erasure_routes / sizeof *erasure_routes;
