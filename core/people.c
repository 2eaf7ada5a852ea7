#include "core/people.h"

#include <stdlib.h>

#include "core/card.h"
#include "core/date.h"
#include "proto/mp.h"

static void put_guardian(struct buf *b, const struct guardian *g)
{
	mp_put_map(b, (size_t)(3 + !!g->external[0] + !!g->patronymic[0] + !!g->relation[0] + !!g->until[0]));
	card_put(b, "external", g->external);
	mp_put_key(b, "family");
	mp_put_text(b, bytes_text(g->family));
	mp_put_key(b, "given");
	mp_put_text(b, bytes_text(g->given));
	mp_put_key(b, "id");
	mp_put_bin(b, bytes_of(g->id, sizeof g->id));
	card_put(b, "patronymic", g->patronymic);
	card_put(b, "relation", g->relation);
	card_put(b, "until", g->until);
}

static void person_encode(const struct person *p, const struct actor *by, struct buf *b)
{
	mp_put_map(b, (size_t)(4 + !!p->birth[0] + !!p->class_name[0] + !!p->external[0] + !!p->guardian_count + !!p->joined[0] +
			       !!p->left[0] + !!p->patronymic[0] + !!p->position[0]));
	card_put(b, "birth", p->birth);
	card_put_by(b, by);
	card_put(b, "class", p->class_name);
	card_put(b, "external", p->external);
	mp_put_key(b, "family");
	mp_put_text(b, bytes_text(p->family));
	mp_put_key(b, "given");
	mp_put_text(b, bytes_text(p->given));
	if (p->guardian_count) {
		mp_put_key(b, "guardians");
		mp_put_array(b, p->guardian_count);
		for (size_t i = 0; i < p->guardian_count; i++)
			put_guardian(b, &p->guardians[i]);
	}
	card_put(b, "joined", p->joined);
	mp_put_key(b, "kind");
	mp_put_text(b, bytes_text(p->kind == PERSON_STUDENT ? "student" : "staff"));
	card_put(b, "left", p->left);
	card_put(b, "patronymic", p->patronymic);
	card_put(b, "position", p->position);
}

static bool parse_guardian(struct bytes map, struct guardian *out)
{
	struct mp_reader id;
	if (!mp_find(map, "id", &id))
		return false;
	mp_get_fixed(&id, out->id, sizeof out->id);
	card_get(map, "family", out->family, sizeof out->family);
	card_get(map, "given", out->given, sizeof out->given);
	card_get(map, "patronymic", out->patronymic, sizeof out->patronymic);
	card_get(map, "relation", out->relation, sizeof out->relation);
	card_get(map, "until", out->until, sizeof out->until);
	card_get(map, "external", out->external, sizeof out->external);
	return !id.err;
}

static void parse_guardians(struct bytes body, struct person *out)
{
	struct mp_reader list;
	out->guardian_count = 0;
	if (!mp_find(body, "guardians", &list))
		return;
	uint32_t n = mp_get_array(&list);
	for (uint32_t i = 0; i < n && !list.err && out->guardian_count < GUARDIANS_MAX; i++)
		out->guardian_count += parse_guardian(mp_get_any(&list), &out->guardians[out->guardian_count]);
}

enum err person_parse(struct bytes body, struct person *out)
{
	struct bytes kind = mp_find_text(body, "kind");
	if (!bytes_equal(kind, bytes_text("student")) && !bytes_equal(kind, bytes_text("staff")))
		return ERR_BAD_FORM;
	*out = (struct person){.kind = kind.n == 5 ? PERSON_STAFF : PERSON_STUDENT};
	card_get(body, "family", out->family, sizeof out->family);
	card_get(body, "given", out->given, sizeof out->given);
	card_get(body, "patronymic", out->patronymic, sizeof out->patronymic);
	card_get(body, "birth", out->birth, sizeof out->birth);
	card_get(body, "joined", out->joined, sizeof out->joined);
	card_get(body, "left", out->left, sizeof out->left);
	card_get(body, "class", out->class_name, sizeof out->class_name);
	card_get(body, "position", out->position, sizeof out->position);
	card_get(body, "external", out->external, sizeof out->external);
	parse_guardians(body, out);
	return ERR_OK;
}

bool person_guardian_stands(const struct person *child, const struct guardian *g, const char *day)
{
	bool of_age = date_valid(child->birth) && date_years(child->birth, day) >= PERSON_OF_AGE;
	return !of_age && date_holds("", g->until, day);
}

const struct guardian *person_guardian(const struct person *p, const uint8_t id[SUBJECT_BYTES])
{
	for (size_t i = 0; i < p->guardian_count; i++)
		if (memcmp(p->guardians[i].id, id, SUBJECT_BYTES) == 0)
			return &p->guardians[i];
	return NULL;
}

static enum err with_body(struct batch *b, const struct person *p, const struct actor *by,
			  enum err (*write)(struct batch *b, struct bytes body, uint8_t *subject), uint8_t *subject)
{
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	person_encode(p, by, &body);
	enum err e = body.err ? body.err : write(b, buf_bytes(&body), subject);
	buf_wipe(&body);
	return e;
}

enum err person_enrol(struct batch *b, const struct person *p, const struct actor *by, uint8_t subject[SUBJECT_BYTES])
{
	return with_body(b, p, by, card_open, subject);
}

enum err person_change(struct batch *b, const uint8_t *subject, const struct person *p, const struct actor *by)
{
	uint8_t id[SUBJECT_BYTES];
	memcpy(id, subject, sizeof id);
	return with_body(b, p, by, card_change, id);
}

enum err subject_writable(struct batch *b, const uint8_t *subject)
{
	const struct roster *r;
	struct walked *w;
	enum err e = batch_counts(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, subject);
	if (e)
		return e;
	const struct custody *c = &w->custody;
	if (c->state == CUSTODY_NONE)
		e = ERR_NOT_FOUND;
	else if (c->state == CUSTODY_DISPUTED)
		e = ERR_DISPUTED;
	else if (c->state == CUSTODY_ERASED)
		e = ERR_ERASED;
	else if (c->state != CUSTODY_HELD || c->custodian != roster_find(r, b->school->id))
		e = ERR_READ_ONLY;
	free(w);
	return e;
}

/* Any record of the subject by its id alone. */
static bool find_record(struct txn *t, const uint8_t *subject, const uint8_t *id, struct record *out)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	bool found = false;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		found = memcmp(leaf.id, id, ID_BYTES) == 0 && leaf_record(t, &leaf, &raw) && !record_read(raw, out);
	}
	cursor_close(&c);
	return found;
}

enum err entry_write(struct batch *b, const uint8_t *subject, const struct entry_draft *d, const struct actor *by,
		     uint8_t id_out[ID_BYTES])
{
	struct record old;
	enum err e = subject_writable(b, subject);
	if (e)
		return e;
	if (d->replaces) {
		if (!find_record(&b->txn, subject, d->replaces, &old) || old.type != RECORD_ENTRY)
			return ERR_NOT_FOUND;
		if (memcmp(old.author, b->school->id, SCHOOL_BYTES) != 0)
			return ERR_FORBIDDEN;
	}
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, (size_t)(4 + d->settled));
	card_put_by(&body, by);
	mp_put_key(&body, "fields");
	buf_put(&body, d->fields.p, d->fields.n);
	mp_put_key(&body, "kind");
	mp_put_text(&body, bytes_text(d->kind));
	if (d->settled) {
		mp_put_key(&body, "settled");
		mp_put_bool(&body, true);
	}
	mp_put_key(&body, "title");
	mp_put_text(&body, bytes_text(d->title));
	struct writing w = {.type = RECORD_ENTRY, .subject = subject, .period = d->period, .ref_count = d->replaces != NULL,
			    .refs = {d->replaces}};
	e = body.err ? body.err : batch_write(b, &w, buf_bytes(&body), id_out);
	buf_wipe(&body);
	return e;
}

/* The verdict that a new one supersedes: the latest of our own, else of all. */
static bool last_verdict(struct txn *t, const uint8_t *me, const uint8_t *subject, const uint8_t *entry, uint16_t period,
			 uint8_t out[ID_BYTES])
{
	struct cursor c;
	uint8_t prefix[SUBJECT_BYTES + 2];
	uint64_t best = 0;
	bool found = false, ours = false;
	memcpy(prefix, subject, SUBJECT_BYTES);
	put_u16(prefix + SUBJECT_BYTES, period);
	cursor_open(&c, t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(prefix, sizeof prefix));
	for (; on && bytes_start(c.key, bytes_of(prefix, sizeof prefix)); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (leaf.type != RECORD_VERDICT || !leaf_record(t, &leaf, &raw) || record_read(raw, &r) || !r.ref_count ||
		    memcmp(r.refs[0], entry, ID_BYTES) != 0)
			continue;
		bool own = memcmp(r.author, me, SCHOOL_BYTES) == 0;
		if (found && (own < ours || (own == ours && r.time < best)))
			continue;
		memcpy(out, r.id, ID_BYTES);
		best = r.time;
		ours = own;
		found = true;
	}
	cursor_close(&c);
	return found;
}

enum err verdict_write(struct batch *b, const uint8_t *subject, const uint8_t *entry, const char *verdict, const char *reason,
		       const struct actor *by)
{
	struct record target;
	uint8_t older[ID_BYTES];
	enum err e = subject_writable(b, subject);
	if (e)
		return e;
	if (!find_record(&b->txn, subject, entry, &target) || target.type != RECORD_ENTRY)
		return ERR_NOT_FOUND;
	/* verdicts lie in the entry's own period, so that the two are found together */
	bool supersedes = last_verdict(&b->txn, b->school->id, subject, entry, target.period, older);
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, (size_t)(2 + !!reason[0]));
	card_put_by(&body, by);
	card_put(&body, "reason", reason);
	mp_put_key(&body, "verdict");
	mp_put_text(&body, bytes_text(verdict));
	struct writing w = {.type = RECORD_VERDICT, .subject = subject, .period = target.period,
			    .ref_count = (uint8_t)(1 + supersedes), .refs = {entry, older}};
	e = body.err ? body.err : batch_write(b, &w, buf_bytes(&body), NULL);
	buf_wipe(&body);
	return e;
}

enum err retract_write(struct batch *b, const uint8_t *subject, const uint8_t *entry, const char *reason, const struct actor *by)
{
	struct record target;
	enum err e = subject_writable(b, subject);
	if (e)
		return e;
	if (!find_record(&b->txn, subject, entry, &target) || target.type != RECORD_ENTRY)
		return ERR_NOT_FOUND;
	if (memcmp(target.author, b->school->id, SCHOOL_BYTES) != 0)
		return ERR_FORBIDDEN;
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, (size_t)(1 + !!reason[0]));
	card_put_by(&body, by);
	card_put(&body, "reason", reason);
	struct writing w = {.type = RECORD_RETRACT, .subject = subject, .period = target.period, .ref_count = 1, .refs = {entry}};
	e = body.err ? body.err : batch_write(b, &w, buf_bytes(&body), NULL);
	buf_wipe(&body);
	return e;
}
