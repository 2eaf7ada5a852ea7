/* Who changed what and who looked: the administrator sees the journal, a family what concerns the child. */
#include <stdio.h>
#include <stdlib.h>

#include "node/handler.h"
#include "node/loop.h"
#include "proto/text.h"

/* As they are called now; who is gone has no name any more. */
static json_t *name_of(const struct node *n, const struct journal_row *r)
{
	char name[3 * PERSON_TEXT_MAX + 3];
	const struct indexed_person *p = people_index_find(&n->people, r->who);
	const struct account *a = accounts_find(&n->accounts, r->account);
	if (p)
		snprintf(name, sizeof name, "%s %s %s", p->person.family, p->person.given, p->person.patronymic);
	else if (a)
		snprintf(name, sizeof name, "%s", a->name);
	else
		return json_null();
	return json_string(name);
}

static json_t *show_row(const struct node *n, const struct journal_row *r)
{
	bool about = !sodium_is_zero(r->subject, SUBJECT_BYTES), entry = !sodium_is_zero(r->entry, ID_BYTES);
	const char *role = access_role_name(r->role);
	return json_pack("{s:I, s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "seq", (json_int_t)r->seq, "time", json_time(r->time_ms), "what", r->what,
			 "name", name_of(n, r), "account", json_hex(r->account, ACCOUNT_BYTES), "role", role ? role : "", "subject",
			 about ? json_hex(r->subject, SUBJECT_BYTES) : json_null(), "entry", entry ? json_hex(r->entry, ID_BYTES) : json_null());
}

static uint64_t read_cursor(struct exchange *x)
{
	const char *cursor = request_query(x->req, "cursor");
	return cursor && *cursor ? strtoull(cursor, NULL, 10) : UINT64_MAX;
}

static void get_journal(struct exchange *x)
{
	struct node *n = api_node(x);
	uint64_t count, at = read_cursor(x);
	size_t limit = handler_limit(x);
	uint8_t hash[HASH_BYTES];
	struct journal_row row;
	struct txn t;
	if (!limit || !api_read(x, &t))
		return;
	json_t *items = json_array();
	journal_head(&t, &count, hash);
	for (at = at > count ? count + 1 : at; at > 1 && json_array_size(items) < limit; at--)
		if (journal_get(&t, at - 1, &row))
			json_array_append_new(items, show_row(n, &row));
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:o, s:o, s:I, s:o}", "items", items, "next",
				     at > 1 ? json_sprintf("%llu", (unsigned long long)at) : json_null(), "total", (json_int_t)count, "head",
				     json_hex(hash, HASH_BYTES)));
}

static void get_check(struct exchange *x)
{
	uint64_t count;
	uint8_t hash[HASH_BYTES];
	struct txn t;
	if (!api_read(x, &t))
		return;
	journal_head(&t, &count, hash);
	uint64_t broken = journal_check(&t);
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:I, s:o, s:b, s:o}", "total", (json_int_t)count, "head", json_hex(hash, HASH_BYTES), "whole", !broken,
				     "broken_at", broken ? json_integer((json_int_t)broken) : json_null()));
}

json_t *handler_looks(const struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES], uint64_t *before, size_t limit)
{
	struct journal_row row;
	json_t *items = json_array();
	bool more = journal_about(t, subject, *before, &row);
	for (; more && json_array_size(items) < limit; more = journal_about(t, subject, *before, &row)) {
		*before = row.seq;
		json_array_append_new(items, show_row(n, &row));
	}
	if (!more)
		*before = 0;
	return items;
}

/* Everything noted about one child: changes, and looks by those who are not near. */
static void get_looks(struct exchange *x)
{
	struct permit p;
	struct txn t;
	uint64_t before = read_cursor(x);
	size_t limit = handler_limit(x);
	if (!limit || !permit_student(x, REL_SELF | REL_PARENT | REL_CLASS_TEACHER | REL_TUTOR, &p) || !api_read(x, &t))
		return;
	json_t *items = handler_looks(api_node(x), &t, p.subject, &before, limit);
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:o, s:o}", "items", items, "next",
				     before ? json_sprintf("%llu", (unsigned long long)before) : json_null()));
}

const struct route journal_routes[] = {
	{METHOD_GET, "/api/v1/journal", AREA_AUDIT, BODY_NONE, 0, get_journal},
	{METHOD_GET, "/api/v1/journal/check", AREA_AUDIT, BODY_NONE, 0, get_check},
	{METHOD_GET, "/api/v1/students/{id}/looks", AREA_RECORDS, BODY_NONE, 0, get_looks},
};
const size_t journal_route_count = sizeof journal_routes / sizeof *journal_routes;
