#include "core/card.h"

#include "core/dossier.h"
#include "core/leaf.h"
#include "core/undo.h"
#include "proto/mp.h"

void card_put_by(struct buf *b, const struct actor *by)
{
	mp_put_key(b, "by");
	mp_put_map(b, (size_t)(3 + !!by->id));
	if (by->id) {
		mp_put_key(b, "id");
		mp_put_bin(b, bytes_of(by->id, SUBJECT_BYTES));
	}
	mp_put_key(b, "name");
	mp_put_text(b, bytes_text(by->name));
	mp_put_key(b, "role");
	mp_put_text(b, bytes_text(by->role));
	mp_put_key(b, "school");
	mp_put_text(b, bytes_text(by->school));
}

void card_put(struct buf *b, const char *key, const char *value)
{
	if (!value[0])
		return;
	mp_put_key(b, key);
	mp_put_text(b, bytes_text(value));
}

void card_get(struct bytes body, const char *key, char *out, size_t size)
{
	bytes_string(mp_find_text(body, key), out, size);
}

enum err card_open(struct batch *b, struct bytes card, uint8_t subject[SUBJECT_BYTES])
{
	struct body_enrolment body;
	const struct roster *r;
	uint8_t key[KEY_BYTES], id[ID_BYTES];
	enum err e = batch_counts(b, &r);
	if (e)
		return e;
	seed_take(&b->seed, body.salt, sizeof body.salt);
	seed_take(&b->seed, key, sizeof key);
	custody_subject(subject, b->school->id, body.salt);
	struct writing w = {.type = RECORD_ENROLMENT, .subject = subject}, first = {.type = RECORD_PERSON, .subject = subject};
	e = batch_add_key(b, subject, key, true);
	if (!e)
		e = batch_write_clear(b, &w, &body, NULL);
	if (!e)
		e = batch_write_wrap(b, subject, key, b->school->recovery, WRAP_RECOVERY);
	if (!e)
		e = batch_write(b, &first, card, id);
	if (!e && b->undo)
		undo_note(b->undo, subject, NULL, id);
	sodium_memzero(key, sizeof key);
	return e;
}

enum err card_change(struct batch *b, struct bytes card, uint8_t subject[SUBJECT_BYTES])
{
	struct writing w = {.type = RECORD_PERSON, .subject = subject};
	uint8_t before[ID_BYTES], after[ID_BYTES];
	enum err e = subject_writable(b, subject);
	if (e)
		return e;
	e = b->undo ? batch_view(b, subject) : ERR_OK;
	if (e)
		return e;
	bool known = b->undo && view_person(&b->txn, subject, before);
	e = batch_write(b, &w, card, after);
	if (!e && known)
		undo_note(b->undo, subject, before, after);
	return e;
}

enum err card_read(const struct school *s, struct txn *t, struct txn *keys, const uint8_t *subject, struct buf *out,
		   uint8_t author[SCHOOL_BYTES])
{
	struct subject_keys held;
	uint8_t id[ID_BYTES];
	struct leaf leaf;
	struct bytes raw;
	struct record r;
	if (!view_person(t, subject, id) || !leaf_find(t, subject, 0, id, &leaf) || !leaf_record(t, &leaf, &raw) || record_read(raw, &r))
		return t->err ? t->err : ERR_NOT_FOUND;
	enum err e = vault_load(&s->vault, keys, subject, &held);
	if (e)
		return e;
	memcpy(author, r.author, SCHOOL_BYTES);
	e = subject_keys_open(&held, &r, out);
	subject_keys_wipe(&held);
	return !e || e == ERR_NO_MEMORY ? e : ERR_NOT_FOUND;
}

#define META_CARD "card"

bool card_school(struct txn *t, uint8_t subject[SUBJECT_BYTES])
{
	struct bytes v;
	if (!meta_get(t, META_CARD, &v) || v.n != SUBJECT_BYTES)
		return false;
	memcpy(subject, v.p, SUBJECT_BYTES);
	return true;
}

enum err card_school_open(struct batch *b, const struct actor *by, uint8_t subject[SUBJECT_BYTES])
{
	struct buf body;
	if (card_school(&b->txn, subject))
		return ERR_OK;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, 3);
	card_put_by(&body, by);
	mp_put_key(&body, "kind");
	mp_put_text(&body, bytes_text("school"));
	mp_put_key(&body, "name");
	mp_put_text(&body, bytes_text(by->school));
	enum err e = body.err ? body.err : card_open(b, buf_bytes(&body), subject);
	buf_release(&body);
	if (!e)
		meta_put(&b->txn, META_CARD, bytes_of(subject, SUBJECT_BYTES));
	return e ? e : b->txn.err;
}

enum err card_in_batch(struct batch *b, const uint8_t *subject, struct buf *out)
{
	struct txn *keys;
	uint8_t author[SCHOOL_BYTES];
	enum err e = batch_view(b, subject);
	if (!e)
		e = batch_keys(b, &keys);
	return e ? e : card_read(b->school, &b->txn, keys, subject, out, author);
}
