#include "node/show.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/leaf.h"
#include "core/local.h"
#include "node/api.h"
#include "proto/mp.h"
#include "proto/text.h"

enum { FUTURE_DOUBT_MS = 24 * 3600 * 1000, ENTRY_PAGE = 64 };

static json_t *hex_or_null(const uint8_t *p, size_t n)
{
	return sodium_is_zero(p, n) ? json_null() : api_hex(p, n);
}

static json_t *text(struct bytes s)
{
	return json_stringn(s.n ? (const char *)s.p : "", s.n);
}

/* --- students --------------------------------------------------------------------------------- */

static const char *custody_name(const struct shower *w, struct txn *t, const struct indexed_person *p)
{
	const struct custody_row *c = &p->custody;
	uint64_t ms;
	switch (c->state) {
	case CUSTODY_NONE:
		return "void";
	case CUSTODY_DISPUTED:
		return "disputed";
	case CUSTODY_RELEASED:
		if (memcmp(c->to, w->school->id, SCHOOL_BYTES) == 0)
			return "arriving";
		if (p->former)
			return "transferred";
		return local_get_cascade(t, p->subject, c->release, &ms) ? "in_cascade" : "released";
	case CUSTODY_ERASED:
		return "erased";
	case CUSTODY_HELD:
		break;
	}
	return p->former ? "transferred" : "enrolled";
}

json_t *show_student(const struct shower *w, struct txn *t, const struct indexed_person *p)
{
	const struct custody_row *c = &p->custody;
	struct subject_digest d = digest_get(t, p->subject);
	char etag[2 * DIGEST_BYTES + 1];
	hex_encode(d.all.hash, DIGEST_BYTES, etag);
	bool read_only = p->former || c->state != CUSTODY_HELD;
	uint32_t total = c->unconfirmed + c->confirmed + c->returned + c->other;
	return json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:{s:I, s:I, s:I, s:I}, s:s}", "id",
			 api_hex(p->subject, SUBJECT_BYTES), "family", p->person.family, "given", p->person.given, "patronymic",
			 p->person.patronymic, "birth_date", p->person.birth[0] ? json_string(p->person.birth) : json_null(),
			 "class", p->person.class_name, "custody", custody_name(w, t, p), "read_only", read_only, "entries", "total",
			 (json_int_t)total, "unconfirmed", (json_int_t)c->unconfirmed, "confirmed", (json_int_t)c->confirmed,
			 "returned", (json_int_t)c->returned, "etag", etag);
}

/* --- entries ---------------------------------------------------------------------------------- */

/* One subject opened for reading. */
struct reading {
	const struct shower *w;
	const uint8_t *subject;
	struct txn t;
	struct subject_keys keys;
	struct buf plain;
	json_t *verdicts; /* entry id -> history, gathered when first needed */
};

static enum err reading_open(struct reading *r, const struct shower *w, const uint8_t *subject)
{
	struct txn keys;
	*r = (struct reading){.w = w, .subject = subject};
	enum err e = txn_begin(&r->t, w->school->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, w->school->vault.store, false);
	if (!e) {
		e = vault_load(&w->school->vault, &keys, subject, &r->keys);
		txn_abort(&keys);
	}
	if (e)
		txn_abort(&r->t);
	buf_init(&r->plain, RECORD_BYTES_MAX);
	return e;
}

static void reading_close(struct reading *r)
{
	txn_abort(&r->t);
	subject_keys_wipe(&r->keys);
	buf_wipe(&r->plain);
	json_decref(r->verdicts);
}

/* The plain body, empty where it does not open. */
static struct bytes open_body(struct reading *r, const struct record *rec)
{
	buf_reset(&r->plain);
	if (!rec->key_id || subject_keys_open(&r->keys, rec, &r->plain))
		return (struct bytes){0};
	return buf_bytes(&r->plain);
}

static json_t *show_by(struct bytes body)
{
	struct mp_reader v;
	struct bytes by = {0};
	if (mp_find(body, "by", &v))
		by = mp_get_any(&v);
	return json_pack("{s:o, s:o}", "name", text(mp_find_text(by, "name")), "role", text(mp_find_text(by, "role")));
}

static json_t *show_verdict(struct reading *r, const struct record *rec, struct bytes body)
{
	struct bytes reason = mp_find_text(body, "reason");
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "id", api_hex(rec->id, ID_BYTES), "verdict", text(mp_find_text(body, "verdict")),
			 "by", show_by(body), "school", api_school_ref(r->w->roster, rec->author), "time",
			 api_time(record_time_ms(rec->time)), "reason", reason.n ? text(reason) : json_null());
}

static int by_time(const void *a, const void *b)
{
	return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "time")),
		      json_string_value(json_object_get(*(json_t *const *)b, "time")));
}

static void sort_history(json_t *history)
{
	size_t n = json_array_size(history);
	json_t **at = malloc((n ? n : 1) * sizeof *at);
	if (!at)
		return;
	for (size_t i = 0; i < n; i++)
		at[i] = json_incref(json_array_get(history, i));
	qsort(at, n, sizeof *at, by_time);
	json_array_clear(history);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(history, at[i]);
	free(at);
}

static void gather_verdicts(struct reading *r)
{
	struct cursor c;
	struct bytes prefix = bytes_of(r->subject, SUBJECT_BYTES);
	const char *id;
	json_t *history;
	if (r->verdicts)
		return;
	r->verdicts = json_object();
	cursor_open(&c, &r->t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw, body;
		struct record rec;
		char key[2 * ID_BYTES + 1];
		if (leaf.type != RECORD_VERDICT || !leaf_record(&r->t, &leaf, &raw) || record_read(raw, &rec) || !rec.ref_count)
			continue;
		body = open_body(r, &rec);
		if (!body.n)
			continue;
		hex_encode(rec.refs[0], ID_BYTES, key);
		if (!json_object_get(r->verdicts, key))
			json_object_set_new(r->verdicts, key, json_array());
		json_array_append_new(json_object_get(r->verdicts, key), show_verdict(r, &rec, body));
	}
	cursor_close(&c);
	json_object_foreach(r->verdicts, id, history)
	{
		sort_history(history);
	}
}

/* A list's value is shown by its code, and in words as they were then. */
static void show_field(struct mp_reader *v, const char *code, json_t *fields, json_t *words)
{
	struct bytes raw = mp_get_any(v);
	struct mp_reader r;
	mp_read(&r, raw);
	switch (mp_peek(&r)) {
	case MP_TEXT:
		json_object_set_new(fields, code, text(mp_get_text(&r, RECORD_BYTES_MAX)));
		return;
	case MP_UINT:
	case MP_INT:
		json_object_set_new(fields, code, json_integer(mp_get_int(&r)));
		return;
	case MP_MAP:
		json_object_set_new(fields, code, text(mp_find_text(raw, "code")));
		json_object_set_new(words, code, text(mp_find_text(raw, "title")));
		return;
	default: /* from a newer school: kept, and not shown as something it is not */
		return;
	}
}

void show_fields(struct bytes body, json_t *fields, json_t *words)
{
	struct mp_reader v;
	if (!mp_find(body, "fields", &v))
		return;
	uint32_t n = mp_get_map(&v);
	for (uint32_t i = 0; i < n && !v.err; i++) {
		struct bytes key = mp_get_text(&v, NAME_BYTES_MAX);
		char code[NAME_BYTES_MAX + 1];
		memcpy(code, key.p, key.n);
		code[key.n] = 0;
		show_field(&v, code, fields, words);
	}
}

static const char *status_name(const struct entry_row *row)
{
	switch (row->status) {
	case ENTRY_UNCONFIRMED:
		return "unconfirmed";
	case ENTRY_CONFIRMED:
		return "confirmed";
	case ENTRY_RETURNED:
		return "returned";
	case ENTRY_CONFLICT:
		return "conflict";
	case ENTRY_LATE:
		return "late";
	case ENTRY_UNPROVEN:
		return "unproven";
	case ENTRY_ERASED:
		return "erased";
	case ENTRY_RETRACTED:
	case ENTRY_REPLACED:
		return "retracted";
	case ENTRY_UNREADABLE:
		return "unreadable";
	}
	return "unreadable";
}

json_t *show_title(struct bytes body, const json_t *fields, const json_t *words)
{
	const char *name = json_string_value(json_object_get(fields, "name"));
	const char *competence = json_string_value(json_object_get(words, "competence"));
	return name || competence ? json_string(name ? name : competence) : text(mp_find_text(body, "title"));
}

static json_t *show_row(struct reading *r, const struct entry_row *row)
{
	const struct shower *w = r->w;
	struct leaf leaf;
	struct bytes raw, body;
	struct record rec;
	char id[2 * ID_BYTES + 1], etag[2 * DIGEST_BYTES + 1];
	uint8_t mark[DIGEST_BYTES];
	if (!leaf_find(&r->t, r->subject, row->period, row->id, &leaf) || !leaf_record(&r->t, &leaf, &raw) || record_read(raw, &rec))
		return NULL;
	gather_verdicts(r);
	hex_encode(row->id, ID_BYTES, id);
	json_t *history = json_object_get(r->verdicts, id);
	history = history ? json_incref(history) : json_array();
	body = open_body(r, &rec);
	json_t *fields = json_object(), *words = json_object();
	show_fields(body, fields, words);
	struct hash h;
	uint8_t state[2] = {(uint8_t)row->status, (uint8_t)json_array_size(history)};
	hash_start(&h, "estafeta etag", sizeof mark, (struct bytes){0});
	hash_add(&h, row->id, ID_BYTES);
	hash_add(&h, state, sizeof state);
	hash_add(&h, row->other, ID_BYTES);
	hash_end(&h, mark);
	hex_encode(mark, sizeof mark, etag);
	const char *ru = catalogue_title(w->catalogue, row->kind, "ru");
	json_t *title = show_title(body, fields, words);
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "id", id,
			 "kind", row->kind, "kind_title", "ru", ru, "en", catalogue_title(w->catalogue, row->kind, "en"), "title",
			 title, "fields", fields, "words", words, "period", row->period ? json_integer(row->period) : json_null(),
			 "time", api_time(record_time_ms(row->time)), "time_in_doubt",
			 record_time_ms(row->time) > w->now_ms + FUTURE_DOUBT_MS, "status", status_name(row), "author",
			 api_school_ref(w->roster, row->author), "by", show_by(body), "history", history, "replaces",
			 rec.ref_count ? api_hex(rec.refs[0], ID_BYTES) : json_null(), "replaced_by",
			 hex_or_null(row->other, ID_BYTES), "own", memcmp(row->author, w->school->id, SCHOOL_BYTES) == 0, "etag",
			 etag);
}

static bool passes(const struct entry_row *row, const struct entry_filter *f)
{
	return (!f->kind || strcmp(f->kind, row->kind) == 0) && (!f->status || strcmp(f->status, status_name(row)) == 0) &&
	       (f->period < 0 || f->period == row->period);
}

json_t *show_entries(const struct shower *w, const uint8_t *subject, const struct entry_filter *f)
{
	struct reading r;
	struct view_position at, last = {0};
	struct entry_row rows[ENTRY_PAGE];
	uint8_t from[16];
	size_t total = 0, n;
	json_t *items = json_array(), *next = json_null();
	memset(&at, 0xff, sizeof at);
	if (f->cursor && hex_decode(f->cursor, from, sizeof from)) {
		at.time = get_u64(from);
		memcpy(at.id8, from + 8, 8);
	}
	if (reading_open(&r, w, subject)) {
		json_decref(items);
		return NULL;
	}
	bool full = false;
	while (!full && (n = view_entries(&r.t, subject, &at, rows, ENTRY_PAGE))) {
		for (size_t i = 0; i < n && !full; i++) {
			if (!passes(&rows[i], f))
				continue;
			if (json_array_size(items) == f->limit) {
				char cursor[33];
				put_u64(from, last.time);
				memcpy(from + 8, last.id8, 8);
				hex_encode(from, sizeof from, cursor);
				next = json_string(cursor);
				full = true;
				break;
			}
			json_t *entry = show_row(&r, &rows[i]);
			if (entry)
				json_array_append_new(items, entry);
			last.time = rows[i].time;
			memcpy(last.id8, rows[i].id, 8);
		}
	}
	memset(&at, 0xff, sizeof at);
	while ((n = view_entries(&r.t, subject, &at, rows, ENTRY_PAGE)))
		for (size_t i = 0; i < n; i++)
			total += passes(&rows[i], f);
	reading_close(&r);
	return json_pack("{s:o, s:o, s:I}", "items", items, "next", next, "total", (json_int_t)total);
}

json_t *show_entry(const struct shower *w, const uint8_t *subject, const uint8_t *id)
{
	struct reading r;
	struct view_position at;
	struct entry_row rows[ENTRY_PAGE];
	json_t *found = NULL;
	size_t n;
	memset(&at, 0xff, sizeof at);
	if (reading_open(&r, w, subject))
		return NULL;
	while (!found && (n = view_entries(&r.t, subject, &at, rows, ENTRY_PAGE)))
		for (size_t i = 0; i < n && !found; i++)
			if (memcmp(rows[i].id, id, ID_BYTES) == 0)
				found = show_row(&r, &rows[i]);
	reading_close(&r);
	return found;
}

/* --- transfers -------------------------------------------------------------------------------- */

static const char *const state_names[] = {
	[TRANSFER_CODE] = "code",	  [TRANSFER_CLAIMED] = "claimed",	[TRANSFER_FROZEN] = "frozen",
	[TRANSFER_RELEASED] = "released", [TRANSFER_IN_CASCADE] = "in_cascade", [TRANSFER_RECEIVING] = "receiving",
	[TRANSFER_ACCEPTED] = "accepted", [TRANSFER_DECLINED] = "declined",	[TRANSFER_VOID] = "void",
	[TRANSFER_DISPUTED] = "disputed", [TRANSFER_EXPIRED] = "expired",
};

static void add_step(json_t *steps, const char *name, uint64_t done_ms, bool done, bool ended, bool *waiting, const char *waits_for)
{
	const char *state = done ? "done" : ended && !*waiting ? "failed" : ended || *waiting ? "later" : "now";
	bool now = strcmp(state, "now") == 0;
	json_array_append_new(steps, json_pack("{s:s, s:s, s:o, s:o}", "name", name, "state", state, "time", api_time(done_ms),
					       "waits_for", now && waits_for ? json_string(waits_for) : json_null()));
	*waiting |= !done;
}

static json_t *show_steps(const struct transfer *t)
{
	bool ended = t->state == TRANSFER_DECLINED || t->state == TRANSFER_VOID || t->state == TRANSFER_EXPIRED ||
		     t->state == TRANSFER_DISPUTED || t->state == TRANSFER_FROZEN;
	bool waiting = false, accepted = t->state == TRANSFER_ACCEPTED;
	json_t *steps = json_array();
	if (t->out) {
		add_step(steps, "code", t->created_ms, true, ended, &waiting, NULL);
		add_step(steps, "claim", t->claimed_ms, t->claimed_ms != 0, ended, &waiting, "family");
		add_step(steps, "approval", t->released_ms, t->released_ms != 0, ended, &waiting, "our_approval");
		add_step(steps, "cascade", t->cascade_ms, t->cascade_ms || accepted, ended, &waiting, "parent_link");
		add_step(steps, "accept", t->accepted_ms, accepted, ended, &waiting, "accept");
	} else {
		add_step(steps, "claim", t->claimed_ms, t->claimed_ms != 0, ended, &waiting, NULL);
		add_step(steps, "approval", t->released_ms, t->released_ms != 0, ended, &waiting, "old_school_approval");
		add_step(steps, "receive", t->accepted_ms, accepted, ended, &waiting, "records");
		add_step(steps, "accept", t->accepted_ms, accepted, ended, &waiting, "accept");
	}
	return steps;
}

json_t *show_transfer(const struct shower *w, const struct transfer *t)
{
	const struct indexed_person *p = t->has_student ? people_index_find(w->people, t->student) : NULL;
	json_t *student = !t->has_student ? json_null()
					  : json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", api_hex(t->student, SUBJECT_BYTES), "family",
						      p ? p->person.family : "", "given", p ? p->person.given : "", "patronymic",
						      p ? p->person.patronymic : "", "class", p ? p->person.class_name : "");
	bool safe = t->out && (t->state == TRANSFER_IN_CASCADE || t->state == TRANSFER_ACCEPTED);
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "id", api_hex(t->id, SUBJECT_BYTES), "direction",
			 t->out ? "out" : "in", "state", state_names[t->state], "student", student, "school",
			 t->has_school ? api_school_ref(w->roster, t->school) : json_null(), "created", api_time(t->created_ms),
			 "expires", api_time(t->expires_ms), "safe_to_switch_off", safe, "progress",
			 t->total ? json_pack("{s:I, s:I}", "have", (json_int_t)t->have, "total", (json_int_t)t->total) : json_null(),
			 "steps", show_steps(t), "reason", t->reason[0] ? json_string(t->reason) : json_null());
}
