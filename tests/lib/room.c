#include "tests/lib/room.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/node_catalogue.h"
#include "proto/require.h"
#include "proto/text.h"
#include "tests/lib/forge.h"

/* 2026-11-25 12:00 in Moscow */
static const uint64_t start = 1795597200000;

void room_open(struct room *r)
{
	char why[CATALOGUE_WHY_BYTES];
	struct batch b;
	*r = (struct room){.now_ms = start};
	fixture_create(&r->f, 1, "Школа", r->now_ms);
	r->catalogue = node_catalogue(why);
	require(r->catalogue);
	fixture_batch(&r->f, &b, r->now_ms);
	fixture_student(&r->f, &b, 1, r->student);
	fixture_must(batch_commit(&b), "student");
}

void room_close(struct room *r)
{
	catalogue_free(r->catalogue);
	fixture_close(&r->f);
}

const uint8_t *room_who(unsigned n)
{
	static uint8_t ids[16][SUBJECT_BYTES];
	uint8_t *id = ids[n % 16];
	memset(id, 0, SUBJECT_BYTES);
	put_u32(id, n);
	return n ? id : NULL;
}

static void encode(struct room *r, const struct kind *k, const struct says *s, struct buf *out)
{
	char hex[3][2 * ID_BYTES + 1] = {"", "", ""}, text[2000], why[CATALOGUE_WHY_BYTES] = "";
	const char *bad = NULL;
	for (size_t i = 0; i < 3; i++)
		if (s->ids[i])
			hex_encode(s->ids[i], s->id_n[i] ? s->id_n[i] : ID_BYTES, hex[i]);
	const char *at = s->fields;
	size_t n = 0;
	for (size_t i = 0; *at && n + sizeof hex[0] < sizeof text;) {
		if (strncmp(at, "%s", 2) == 0) {
			require(i < 3);
			n += (size_t)sprintf(text + n, "%s", hex[i++]);
			at += 2;
		} else {
			text[n++] = *at++;
		}
	}
	text[n] = '\0';
	json_t *fields = json_loads(text, 0, NULL);
	buf_init(out, RECORD_BYTES_MAX);
	enum err e = fields ? catalogue_encode(r->catalogue, k, fields, out, &bad, why) : ERR_INVALID;
	if (e)
		fprintf(stderr, "%s: %s: %s\n", text, bad ? bad : "", why);
	fixture_must(e, "fields");
	json_decref(fields);
}

static struct life begin(struct room *r, struct batch *b, unsigned who, enum relation as, const char *today)
{
	struct life l = {.batch = b, .subject = r->student, .by = {"Имя", "роль", "Школа", room_who(who)}, .relation = as};
	snprintf(l.today, sizeof l.today, "%s", today ? today : ROOM_TODAY);
	return l;
}

static void open_batch(struct room *r, struct batch *own, struct batch **b)
{
	if (*b)
		return;
	r->now_ms += 1000;
	fixture_batch(&r->f, own, r->now_ms);
	*b = own;
}

static enum err close_batch(struct room *r, struct batch *own, const struct batch *b, const struct life *l, enum err e)
{
	r->field = l->field;
	if (b != own)
		return e;
	if (e)
		batch_abort(own);
	else
		fixture_must(batch_commit(own), "commit");
	return e;
}

enum err room_write(struct room *r, struct batch *b, const struct says *s, uint8_t id[ID_BYTES])
{
	struct batch own;
	struct buf fields;
	uint8_t unused[ID_BYTES];
	const struct kind *k = catalogue_kind(r->catalogue, s->kind);
	open_batch(r, &own, &b);
	struct life l = begin(r, b, s->who, s->as, s->today);
	encode(r, k, s, &fields);
	struct life_draft d = {.kind = k, .fields = buf_bytes(&fields), .period = s->period, .replaces = s->replaces};
	enum err e = life_write(&l, &d, id ? id : unused);
	buf_release(&fields);
	return close_batch(r, &own, b, &l, e);
}

enum err room_judge(struct room *r, struct batch *b, const char *kind, const uint8_t *entry, unsigned who, const char *verdict,
		    const struct says *corrected, uint8_t id[ID_BYTES])
{
	struct batch own;
	struct buf fields = {0};
	uint8_t unused[ID_BYTES];
	const struct kind *k = catalogue_kind(r->catalogue, kind);
	open_batch(r, &own, &b);
	struct life l = begin(r, b, who, REL_CLASS_TEACHER, NULL);
	if (corrected)
		encode(r, k, corrected, &fields);
	struct life_draft d = {.kind = k, .fields = buf_bytes(&fields)};
	enum err e = life_judge(&l, k, entry, verdict, "почему", corrected ? &d : NULL, id ? id : unused);
	if (corrected)
		buf_release(&fields);
	return close_batch(r, &own, b, &l, e);
}

enum err room_retract(struct room *r, const char *kind, const uint8_t *entry, unsigned who, enum relation as)
{
	struct batch own, *b = NULL;
	open_batch(r, &own, &b);
	struct life l = begin(r, b, who, as, NULL);
	enum err e = life_retract(&l, catalogue_kind(r->catalogue, kind), entry, "");
	return close_batch(r, &own, b, &l, e);
}

const uint8_t *room_wrote(struct room *r, const struct says *s)
{
	static uint8_t ids[64][ID_BYTES];
	static size_t next;
	uint8_t *id = ids[next++ % 64];
	fixture_must(room_write(r, NULL, s, id), s->kind);
	return id;
}

void room_dossier(struct room *r, struct dossier *d)
{
	struct txn t, keys;
	struct subject_keys held;
	fixture_must(txn_begin(&t, r->f.store, false), "read");
	fixture_must(txn_begin(&keys, r->f.keys, false), "keys");
	fixture_must(vault_load(&r->f.school.vault, &keys, r->student, &held), "vault");
	fixture_must(dossier_open(d, &t, &held, r->student), "dossier");
	subject_keys_wipe(&held);
	txn_abort(&keys);
	txn_abort(&t);
}

static void add_keys(const struct room *from, struct room *to, struct batch *b)
{
	struct txn keys;
	struct subject_keys held;
	fixture_must(txn_begin(&keys, from->f.keys, false), "keys");
	fixture_must(vault_load(&from->f.school.vault, &keys, from->student, &held), "vault");
	txn_abort(&keys);
	for (size_t i = 0; i < held.count; i++)
		fixture_must(batch_add_key(b, to->student, held.keys[i].key, true), "key");
	subject_keys_wipe(&held);
}

void room_shuffled(const struct room *r, uint64_t *dice, struct room *out)
{
	char why[CATALOGUE_WHY_BYTES];
	struct pool pool = {0};
	struct fixture from = r->f;
	*out = (struct room){.now_ms = r->now_ms};
	memcpy(out->student, r->student, SUBJECT_BYTES);
	fixture_create(&out->f, 1, "Школа", start);
	out->catalogue = node_catalogue(why);
	require(out->catalogue);
	pool_take(&pool, &from, NULL);
	for (size_t i = pool.count; i > 1; i--) {
		size_t k = forge_random(dice, i);
		struct forged *swap = pool.at[i - 1];
		pool.at[i - 1] = pool.at[k];
		pool.at[k] = swap;
	}
	size_t keys_at = forge_random(dice, pool.count);
	for (size_t i = 0; i < pool.count;) {
		size_t end = i + 1 + forge_random(dice, 12);
		struct batch b;
		fixture_batch(&out->f, &b, out->now_ms);
		for (; i < end && i < pool.count; i++) {
			enum err e = batch_admit(&b, bytes_of(pool.at[i]->raw, pool.at[i]->n), PROOF_SIGNATURE);
			if (e != ERR_DUPLICATE)
				fixture_must(e, "admit");
			if (i == keys_at)
				add_keys(r, out, &b);
		}
		fixture_must(batch_commit(&b), "commit");
	}
	pool_release(&pool);
}
