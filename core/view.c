#include "core/view.h"

#include <stdlib.h>

#include "core/erasure.h"
#include "core/leaf.h"
#include "core/manifest.h"
#include "proto/mp.h"
#include "proto/require.h"

enum { VIEW_KEY_BYTES = SUBJECT_BYTES + 1 + 8 + 8, ENTRY_ROW_BYTES = 1 + 2 + 3 * 32 + 1 + KIND_CODE_MAX,
       CUSTODY_ROW_BYTES = 1 + 4 * 32 + 5 * 4 };

/* What of a private record the view is made of. */
struct item {
	uint8_t id[ID_BYTES];
	uint8_t author[SCHOOL_BYTES];
	uint8_t refs[2][ID_BYTES];
	uint8_t ref_count;
	uint64_t time;
	uint16_t period;
	enum record_type type;
	bool readable;
	bool proven;
	bool erased;
	bool settled;	 /* an entry of a kind that needs no confirmation */
	bool superseded; /* a verdict that a later one knows of */
	bool late;	 /* by a former custodian, and not handed over */
	unsigned named;	 /* by manifests, while they are read */
	uint16_t term;	 /* which hand-over closed it; 0: none, or nothing ever moved */
	uint16_t decided; /* of an entry: the latest term of those who decided about it */
	char kind[KIND_CODE_MAX + 1]; /* entry: its kind; verdict: confirm, return, reopen or comment */
	enum entry_status status;
	uint8_t other[ID_BYTES];
};

struct items {
	struct item *at;
	size_t count, cap;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct item *)a)->id, ((const struct item *)b)->id, ID_BYTES);
}

static struct item *find(const struct items *s, const uint8_t *id)
{
	struct item want;
	memcpy(want.id, id, ID_BYTES);
	return s->count ? bsearch(&want, s->at, s->count, sizeof *s->at, by_id) : NULL;
}

static enum err add_item(struct items *s, struct txn *t, const struct roster *roster, const struct record *r,
			 const struct subject_keys *keys, struct buf *plain)
{
	if (s->count == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct item *p = realloc(s->at, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		s->at = p;
		s->cap = cap;
	}
	struct item *it = &s->at[s->count++];
	*it = (struct item){.time = r->time, .period = r->period, .type = r->type, .proven = roster_proven(roster, r)};
	memcpy(it->id, r->id, ID_BYTES);
	memcpy(it->author, r->author, SCHOOL_BYTES);
	it->ref_count = r->ref_count < 2 ? r->ref_count : 2;
	for (size_t i = 0; i < it->ref_count; i++)
		memcpy(it->refs[i], r->refs[i], ID_BYTES);
	buf_reset(plain);
	enum err e = subject_keys_open(keys, r, plain);
	it->readable = !e;
	it->erased = !r->has_body && erasure_denies(t, r->subject, r->id);
	if (!e && (r->type == RECORD_ENTRY || r->type == RECORD_VERDICT)) {
		struct bytes kind = mp_find_text(buf_bytes(plain), r->type == RECORD_ENTRY ? "kind" : "verdict");
		size_t n = kind.n < KIND_CODE_MAX ? kind.n : KIND_CODE_MAX;
		memcpy(it->kind, kind.p, n);
		struct mp_reader settled;
		it->settled = mp_find(buf_bytes(plain), "settled", &settled) && mp_get_bool(&settled);
	}
	return e == ERR_NO_MEMORY ? e : ERR_OK;
}

static bool was_custodian(const struct roster *r, const struct custody *c, const uint8_t *author)
{
	int i = roster_find(r, author);
	if (i == NO_SCHOOL)
		return false;
	if (i == c->origin)
		return true;
	for (size_t s = 0; s < c->step_count; s++)
		if (c->steps[s].taken && c->steps[s].to == i)
			return true;
	return false;
}

/* Counts for each item how often its own author's manifests, of these releases, name it. */
static enum err name_handed(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const struct custody_step *step,
			    struct items *s)
{
	const struct body_release *release = &step->release->body.release;
	const uint8_t *from = step->release->record.author;
	uint8_t (*ids)[ID_BYTES];
	size_t n;
	enum err e = manifest_ids(t, subject, keys, from, release->manifest, release->count, &ids, &n);
	for (size_t k = 0; k < n; k++) {
		struct item *it = find(s, ids[k]);
		if (it && memcmp(it->author, from, SCHOOL_BYTES) == 0)
			it->named++;
	}
	free(ids);
	return e == ERR_INCOMPLETE ? ERR_OK : e;
}

/* What was named so often belongs to that term, if to none before. */
static void end_term(struct items *s, unsigned often, uint16_t term)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!s->at[i].term && often && s->at[i].named == often)
			s->at[i].term = term;
		s->at[i].named = 0;
	}
}

/*
 * What a former custodian writes after the hand-over has no force: only what it named when it handed over has. While
 * custody is disputed, what both releases name has. An item's term is the hand-over that closed it, the last one the
 * present custodian's.
 */
static enum err mark_late(const struct roster *r, const struct custody *c, struct txn *t, const uint8_t *subject,
			  const struct subject_keys *keys, struct items *s)
{
	const uint8_t *now = c->custodian == NO_SCHOOL ? NULL : r->members[c->custodian].id;
	bool moved = false;
	unsigned releases = 0;
	enum err e = ERR_OK;
	for (size_t i = 0; i < c->step_count && !e; i++) {
		if (!c->steps[i].taken)
			continue;
		moved = true;
		e = name_handed(t, subject, keys, &c->steps[i], s);
		end_term(s, 1, (uint16_t)(i + 1));
	}
	for (size_t i = 0; i < c->step_count && !e && c->state == CUSTODY_DISPUTED; i++) {
		const struct custody_step *step = &c->steps[i];
		if (step->state != STEP_ACCEPTED || memcmp(step->release->record.refs[0], c->dispute, ID_BYTES) != 0)
			continue;
		moved = true;
		releases++;
		e = name_handed(t, subject, keys, step, s);
	}
	end_term(s, releases, (uint16_t)(c->step_count + 1));
	for (size_t i = 0; i < s->count && moved; i++) {
		struct item *it = &s->at[i];
		if (!it->term && now && memcmp(it->author, now, SCHOOL_BYTES) == 0)
			it->term = UINT16_MAX;
		it->late = !it->term;
	}
	return e;
}

/* Everything but verdicts: what the author itself did to its entries. */
static void apply_author(struct items *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct item *it = &s->at[i];
		struct item *target = it->ref_count && it->proven && !it->late ? find(s, it->refs[0]) : NULL;
		if (!target || target->type != RECORD_ENTRY || memcmp(target->author, it->author, SCHOOL_BYTES) != 0)
			continue;
		if (it->type == RECORD_RETRACT) {
			target->status = ENTRY_RETRACTED;
		} else if (it->type == RECORD_ENTRY && target->status != ENTRY_RETRACTED) {
			/* of two replacements the one with the smaller id is named; both stand */
			if (target->status != ENTRY_REPLACED || memcmp(it->id, target->other, ID_BYTES) < 0)
				memcpy(target->other, it->id, ID_BYTES);
			target->status = ENTRY_REPLACED;
		}
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].status == ENTRY_RETRACTED)
			memset(s->at[i].other, 0, ID_BYTES);
}

static bool decides(const struct roster *r, const struct custody *c, const struct item *it)
{
	return it->type == RECORD_VERDICT && it->ref_count && it->readable && it->proven && !it->late && was_custodian(r, c, it->author) &&
	       (strcmp(it->kind, "confirm") == 0 || strcmp(it->kind, "return") == 0 || strcmp(it->kind, "reopen") == 0);
}

/* The one that it names and, where that is a comment, the one which that names: a comment stands in nobody's way. */
static void supersede(const struct items *s, const struct item *it)
{
	const uint8_t *entry = it->refs[0];
	struct item *older = it->ref_count > 1 ? find(s, it->refs[1]) : NULL;
	while (older && older->type == RECORD_VERDICT && older->ref_count && memcmp(older->refs[0], entry, ID_BYTES) == 0 &&
	       !older->superseded) {
		older->superseded = true;
		older = older->ref_count > 1 && strcmp(older->kind, "comment") == 0 ? find(s, older->refs[1]) : NULL;
	}
}

/* The entry that an item decides about; NULL where it decides nothing. */
static struct item *decided(const struct roster *r, const struct custody *c, const struct items *s, const struct item *it)
{
	struct item *target = decides(r, c, it) && !it->superseded ? find(s, it->refs[0]) : NULL;
	return target && target->type == RECORD_ENTRY ? target : NULL;
}

/*
 * A verdict may name, as second ref, the verdict it supersedes. Of those left over the latest term's decide: what the
 * custodian says stands before what was said before it.
 */
static void apply_verdicts(const struct roster *r, const struct custody *c, struct items *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (decides(r, c, &s->at[i]))
			supersede(s, &s->at[i]);
	for (size_t i = 0; i < s->count; i++) {
		struct item *target = decided(r, c, s, &s->at[i]);
		if (target && s->at[i].term > target->decided)
			target->decided = s->at[i].term;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct item *it = &s->at[i], *target = decided(r, c, s, it);
		if (!target || strcmp(it->kind, "reopen") == 0 || it->term < target->decided)
			continue;
		enum entry_status says = it->kind[0] == 'c' ? ENTRY_CONFIRMED : ENTRY_RETURNED;
		if (target->status == ENTRY_UNCONFIRMED)
			target->status = says;
		else if (target->status != says && target->status <= ENTRY_RETURNED)
			target->status = ENTRY_CONFLICT;
	}
}

static void view_key(uint8_t out[VIEW_KEY_BYTES], const uint8_t *subject, char kind, uint64_t time, const uint8_t *id8)
{
	memcpy(out, subject, SUBJECT_BYTES);
	out[SUBJECT_BYTES] = (uint8_t)kind;
	put_u64(out + SUBJECT_BYTES + 1, time);
	if (id8)
		memcpy(out + SUBJECT_BYTES + 9, id8, 8);
	else
		memset(out + SUBJECT_BYTES + 9, 0, 8);
}

static void put_entry(struct txn *t, const uint8_t *subject, const struct item *it)
{
	uint8_t key[VIEW_KEY_BYTES], row[ENTRY_ROW_BYTES];
	size_t kind_n = strlen(it->kind);
	view_key(key, subject, 'E', it->time, it->id);
	row[0] = (uint8_t)it->status;
	put_u16(row + 1, it->period);
	memcpy(row + 3, it->id, ID_BYTES);
	memcpy(row + 35, it->author, SCHOOL_BYTES);
	memcpy(row + 67, it->other, ID_BYTES);
	row[99] = (uint8_t)kind_n;
	memcpy(row + 100, it->kind, kind_n);
	txn_put(t, T_VIEW, bytes_of(key, sizeof key), bytes_of(row, 100 + kind_n));
}

static void put_custody(struct txn *t, const struct roster *r, const uint8_t *subject, const struct custody *c,
			const struct items *s, uint32_t records)
{
	uint8_t key[VIEW_KEY_BYTES], row[CUSTODY_ROW_BYTES] = {0};
	uint32_t counts[4] = {0};
	view_key(key, subject, 'C', 0, NULL);
	row[0] = (uint8_t)c->state;
	if (c->custodian != NO_SCHOOL)
		memcpy(row + 1, r->members[c->custodian].id, SCHOOL_BYTES);
	memcpy(row + 33, c->state == CUSTODY_DISPUTED ? c->dispute : c->head, ID_BYTES);
	if (c->state == CUSTODY_RELEASED) {
		memcpy(row + 65, r->members[c->open->to].id, SCHOOL_BYTES);
		memcpy(row + 97, c->open->release->record.id, ID_BYTES);
	}
	for (size_t i = 0; i < s->count; i++) {
		enum entry_status e = s->at[i].status;
		if (s->at[i].type != RECORD_ENTRY || e == ENTRY_UNPROVEN || e == ENTRY_ERASED)
			continue;
		counts[e <= ENTRY_RETURNED ? (int)e : 3]++;
	}
	put_u32(row + 129, records);
	for (size_t i = 0; i < 4; i++)
		put_u32(row + 133 + 4 * i, counts[i]);
	txn_put(t, T_VIEW, bytes_of(key, sizeof key), bytes_of(row, sizeof row));
}

/*
 * Of the cards that have force, the latest by (time, id). None may be left while two releases dispute the record: then
 * the first one tells whose it is.
 */
static void put_person(struct txn *t, const uint8_t *subject, const struct items *s)
{
	const struct item *best = NULL;
	for (size_t i = 0; i < s->count; i++) {
		const struct item *it = &s->at[i];
		if (it->type != RECORD_PERSON || !it->readable || !it->proven)
			continue;
		if (!best || (best->late && !it->late) || (!it->late && it->time >= best->time) ||
		    (best->late && it->late && it->time < best->time))
			best = it;
	}
	if (!best)
		return;
	uint8_t key[VIEW_KEY_BYTES];
	view_key(key, subject, 'P', 0, NULL);
	txn_put(t, T_VIEW, bytes_of(key, sizeof key), bytes_of(best->id, ID_BYTES));
}

static enum err gather(struct txn *t, const struct roster *r, const uint8_t *subject, const struct subject_keys *keys,
		       struct items *s, struct buf *plain)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record rec;
		if (leaf_class(&leaf) != CLASS_PRIVATE)
			continue;
		e = !leaf_record(t, &leaf, &raw) ? ERR_CORRUPT : record_read(raw, &rec);
		if (!e)
			e = add_item(s, t, r, &rec, keys, plain);
	}
	cursor_close(&c);
	if (s->count)
		qsort(s->at, s->count, sizeof *s->at, by_id);
	return e ? e : t->err;
}

enum err view_rebuild(struct txn *t, const struct roster *r, const struct custody *c, const uint8_t *subject,
		      const struct subject_keys *keys)
{
	struct items s = {0};
	struct buf plain;
	buf_init(&plain, RECORD_BYTES_MAX);
	enum err e = keys->count ? gather(t, r, subject, keys, &s, &plain) : ERR_OK;
	if (!e) {
		e = mark_late(r, c, t, subject, keys, &s);
		apply_author(&s);
		apply_verdicts(r, c, &s);
	}
	if (!e) {
		for (size_t i = 0; i < s.count; i++) {
			struct item *it = &s.at[i];
			if (it->type == RECORD_ENTRY && it->erased)
				it->status = ENTRY_ERASED;
			else if (it->type == RECORD_ENTRY && !it->readable)
				it->status = ENTRY_UNREADABLE;
			else if (it->type == RECORD_ENTRY && !it->proven)
				it->status = ENTRY_UNPROVEN;
			else if (it->status == ENTRY_UNCONFIRMED && it->type == RECORD_ENTRY && it->late)
				it->status = ENTRY_LATE;
			else if (it->settled && it->status == ENTRY_UNCONFIRMED)
				it->status = ENTRY_CONFIRMED;
		}
		txn_del_prefix(t, T_VIEW, bytes_of(subject, SUBJECT_BYTES));
		put_custody(t, r, subject, c, &s, digest_get(t, subject).all.count);
		for (size_t i = 0; i < s.count; i++)
			if (s.at[i].type == RECORD_ENTRY)
				put_entry(t, subject, &s.at[i]);
		put_person(t, subject, &s);
		e = t->err;
	}
	buf_wipe(&plain);
	free(s.at);
	return e;
}

bool view_custody(struct txn *t, const uint8_t *subject, struct custody_row *out)
{
	uint8_t key[VIEW_KEY_BYTES];
	struct bytes v;
	view_key(key, subject, 'C', 0, NULL);
	if (!txn_get(t, T_VIEW, bytes_of(key, sizeof key), &v) || v.n != CUSTODY_ROW_BYTES)
		return false;
	*out = (struct custody_row){.state = (enum custody_state)v.p[0], .records = get_u32(v.p + 129),
				    .unconfirmed = get_u32(v.p + 133), .confirmed = get_u32(v.p + 137),
				    .returned = get_u32(v.p + 141), .other = get_u32(v.p + 145)};
	memcpy(out->custodian, v.p + 1, SCHOOL_BYTES);
	memcpy(out->head, v.p + 33, ID_BYTES);
	memcpy(out->to, v.p + 65, SCHOOL_BYTES);
	memcpy(out->release, v.p + 97, ID_BYTES);
	return true;
}

bool view_person(struct txn *t, const uint8_t *subject, uint8_t out[ID_BYTES])
{
	uint8_t key[VIEW_KEY_BYTES];
	struct bytes v;
	view_key(key, subject, 'P', 0, NULL);
	if (!txn_get(t, T_VIEW, bytes_of(key, sizeof key), &v) || v.n != ID_BYTES)
		return false;
	memcpy(out, v.p, ID_BYTES);
	return true;
}

static void parse_entry(struct bytes key, struct bytes v, struct entry_row *out)
{
	require(v.n >= 100 && v.n <= ENTRY_ROW_BYTES);
	*out = (struct entry_row){.status = (enum entry_status)v.p[0], .period = get_u16(v.p + 1),
				  .time = get_u64(key.p + SUBJECT_BYTES + 1), .kind_n = v.p[99]};
	memcpy(out->id, v.p + 3, ID_BYTES);
	memcpy(out->author, v.p + 35, SCHOOL_BYTES);
	memcpy(out->other, v.p + 67, ID_BYTES);
	memcpy(out->kind, v.p + 100, out->kind_n);
}

size_t view_entries(struct txn *t, const uint8_t *subject, struct view_position *at, struct entry_row out[], size_t max)
{
	uint8_t key[VIEW_KEY_BYTES];
	struct cursor c;
	size_t n = 0;
	view_key(key, subject, 'E', at->time, at->id8);
	struct bytes prefix = bytes_of(key, SUBJECT_BYTES + 1);
	cursor_open(&c, t, T_VIEW);
	while (n < max && cursor_before(&c, bytes_of(key, sizeof key)) && bytes_start(c.key, prefix)) {
		parse_entry(c.key, c.value, &out[n++]);
		memcpy(key, c.key.p, sizeof key);
	}
	at->time = get_u64(key + SUBJECT_BYTES + 1);
	memcpy(at->id8, key + SUBJECT_BYTES + 9, 8);
	cursor_close(&c);
	return n;
}

bool view_entry(struct txn *t, const uint8_t *subject, uint64_t time, const uint8_t *id, struct entry_row *out)
{
	uint8_t key[VIEW_KEY_BYTES];
	struct bytes v;
	view_key(key, subject, 'E', time, id);
	if (!txn_get(t, T_VIEW, bytes_of(key, sizeof key), &v))
		return false;
	parse_entry(bytes_of(key, sizeof key), v, out);
	return true;
}

bool view_holds(struct txn *t, const uint8_t *subject, const char *kind)
{
	uint8_t key[VIEW_KEY_BYTES];
	struct cursor c;
	bool found = false;
	view_key(key, subject, 'E', 0, NULL);
	struct bytes prefix = bytes_of(key, SUBJECT_BYTES + 1);
	size_t n = strlen(kind);
	cursor_open(&c, t, T_VIEW);
	for (bool on = cursor_seek(&c, bytes_of(key, sizeof key)); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c))
		found = c.value.n == 100 + n && c.value.p[0] <= ENTRY_RETURNED && memcmp(c.value.p + 100, kind, n) == 0;
	cursor_close(&c);
	return found;
}
