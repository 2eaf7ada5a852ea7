#include "core/transfer.h"

#include <stdlib.h>

#include "core/erasure.h"
#include "core/local.h"
#include "core/manifest.h"
#include "core/scope.h"
#include "proto/require.h"

void transfer_subject(uint8_t out[SUBJECT_BYTES], const uint8_t secret[SECRET_BYTES])
{
	hash_of(out, SUBJECT_BYTES, DOMAIN_CLAIM, bytes_of(secret, SECRET_BYTES));
}

/* Binds claimant, one-time key and nonce to whoever holds the code. */
static void claim_mac(uint8_t out[HASH_BYTES], const uint8_t secret[SECRET_BYTES], const uint8_t *claimant,
		      const uint8_t key[32], const uint8_t nonce[16])
{
	struct hash h;
	hash_start(&h, DOMAIN_CLAIM_MAC, HASH_BYTES, bytes_of(secret, SECRET_BYTES));
	hash_add(&h, claimant, SCHOOL_BYTES);
	hash_add(&h, key, 32);
	hash_add(&h, nonce, 16);
	hash_end(&h, out);
}

static bool is_me(const struct batch *b, const struct roster *r, int school)
{
	return school != NO_SCHOOL && memcmp(r->members[school].id, b->school->id, SCHOOL_BYTES) == 0;
}

/* After a restore no custody record is signed before roots equalled a parent's. */
static enum err may_sign_custody(struct batch *b)
{
	const struct roster *r;
	return meta_get(&b->txn, META_RESTORED, NULL) ? ERR_INCOMPLETE : batch_counts(b, &r);
}

enum err transfer_code(struct batch *b, const uint8_t student[SUBJECT_BYTES], uint8_t code[CODE_BYTES],
		       uint8_t claim_subject[SUBJECT_BYTES])
{
	const struct roster *r;
	struct walked *w;
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, student);
	if (e)
		return e;
	if (w->custody.state == CUSTODY_NONE)
		e = ERR_NOT_FOUND;
	else if (w->custody.state == CUSTODY_DISPUTED)
		e = ERR_DISPUTED;
	else if (w->custody.state == CUSTODY_ERASED)
		e = ERR_ERASED;
	else if (!is_me(b, r, w->custody.custodian))
		e = ERR_NOT_CUSTODIAN;
	else if (w->custody.state != CUSTODY_HELD)
		e = ERR_WRONG_STATE;
	free(w);
	if (e)
		return e;
	uint8_t secret[SECRET_BYTES], nonce[24];
	seed_take(&b->seed, secret, sizeof secret);
	seed_take(&b->seed, nonce, sizeof nonce);
	transfer_subject(claim_subject, secret);
	code[0] = CODE_VERSION;
	memcpy(code + 1, b->school->id, SHORT_ID_BYTES);
	memcpy(code + 1 + SHORT_ID_BYTES, secret, SECRET_BYTES);
	struct local_code row = {.created_ms = b->now_ms, .expires_ms = b->now_ms + (uint64_t)TRANSFER_CODE_S * 1000};
	memcpy(row.student, student, SUBJECT_BYTES);
	struct buf sealed;
	buf_init(&sealed, sizeof row.secret);
	vault_seal(&b->school->vault, bytes_of(secret, sizeof secret), nonce, &sealed);
	e = sealed.err;
	if (!e) {
		memcpy(row.secret, sealed.p, sizeof row.secret);
		local_close_codes(&b->txn, student);
		local_put_code(&b->txn, claim_subject, &row);
		e = b->txn.err;
	}
	buf_release(&sealed);
	sodium_memzero(secret, sizeof secret);
	return e;
}

enum err transfer_claim(struct batch *b, const uint8_t code[CODE_BYTES], uint8_t claim_subject[SUBJECT_BYTES])
{
	struct school *s = b->school;
	const struct roster *r;
	struct local_claim row = {.created_ms = b->now_ms};
	uint8_t nonce[24], one_time[32];
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	if (code[0] != CODE_VERSION)
		return ERR_BAD_VERSION;
	if (memcmp(code + 1, s->id, SHORT_ID_BYTES) == 0)
		return ERR_SELF;
	int origin = roster_find_short(r, code + 1);
	int path[ROUTE_HOPS_MAX + 1];
	if (origin == NO_SCHOOL || !roster_route(r, roster_find(r, s->id), origin, path))
		return ERR_NO_ROUTE;
	const uint8_t *secret = code + 1 + SHORT_ID_BYTES;
	transfer_subject(claim_subject, secret);
	if (local_get_claim(&b->txn, claim_subject, NULL))
		return ERR_CODE_USED;
	struct body_claim body;
	seed_take(&b->seed, one_time, sizeof one_time);
	seed_take(&b->seed, body.nonce, sizeof body.nonce);
	seed_take(&b->seed, nonce, sizeof nonce);
	crypto_scalarmult_base(body.key, one_time);
	memcpy(body.to, code + 1, SHORT_ID_BYTES);
	memcpy(row.origin, r->members[origin].id, SCHOOL_BYTES);
	claim_mac(body.mac, secret, s->id, body.key, body.nonce);
	struct writing w = {.type = RECORD_CLAIM, .subject = claim_subject};
	e = batch_write_clear(b, &w, &body, row.claim);
	struct buf sealed;
	buf_init(&sealed, sizeof row.one_time);
	vault_seal(&s->vault, bytes_of(one_time, sizeof one_time), nonce, &sealed);
	sodium_memzero(one_time, sizeof one_time);
	if (!e)
		e = sealed.err;
	if (!e) {
		memcpy(row.one_time, sealed.p, sizeof row.one_time);
		local_put_claim(&b->txn, claim_subject, &row);
		e = b->txn.err;
	}
	buf_release(&sealed);
	return e;
}

/* The claims under a code that prove its secret: their number, and the first. */
static size_t proven_claims(const struct walked *w, const uint8_t secret[SECRET_BYTES], const struct chain_record **first)
{
	size_t n = 0;
	*first = NULL;
	for (size_t i = 0; i < w->count; i++) {
		const struct chain_record *k = &w->chain[i];
		uint8_t mac[HASH_BYTES];
		if (k->record.type != RECORD_CLAIM)
			continue;
		claim_mac(mac, secret, k->record.author, k->body.claim.key, k->body.claim.nonce);
		if (sodium_memcmp(mac, k->body.claim.mac, sizeof mac) != 0)
			continue;
		n++;
		if (!*first || memcmp(k->record.id, (*first)->record.id, ID_BYTES) < 0)
			*first = k;
	}
	return n;
}

static enum err wrap_all(struct batch *b, const uint8_t *student, const uint8_t to[32], enum wrap_use use)
{
	struct subject_keys keys;
	enum err e = batch_load_keys(b, student, &keys);
	if (e)
		return e;
	if (keys.count == 0)
		e = ERR_NO_KEY;
	for (size_t i = 0; i < keys.count && !e; i++)
		e = batch_write_wrap(b, student, keys.keys[i].key, to, use);
	subject_keys_wipe(&keys);
	return e;
}

static enum err release(struct batch *b, const uint8_t *student, const struct walked *w, const struct chain_record *claim)
{
	struct body_release body = {0};
	const struct custody *c = &w->custody;
	erasure_last(w, b->school->id, body.erased);
	memcpy(body.claim, claim->record.id, ID_BYTES);
	memcpy(body.to, claim->record.author, SCHOOL_BYTES);
	enum err e = manifest_write(b, student, body.manifest, &body.count);
	if (!e)
		e = wrap_all(b, student, claim->body.claim.key, WRAP_CLAIM);
	if (e)
		return e;
	struct writing wr = {.type = RECORD_RELEASE, .subject = student, .ref_count = 1, .refs = {c->head}};
	return batch_write_clear(b, &wr, &body, NULL);
}

enum err transfer_approve(struct batch *b, const uint8_t claim_subject[SUBJECT_BYTES])
{
	struct local_code code;
	const struct roster *r;
	struct walked *claims = NULL, *student = NULL;
	const struct chain_record *claim;
	uint8_t secret[SECRET_BYTES];
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	if (!local_get_code(&b->txn, claim_subject, &code))
		return ERR_NOT_FOUND;
	e = vault_unseal(&b->school->vault, bytes_of(code.secret, sizeof code.secret), secret, sizeof secret);
	if (!e)
		e = may_sign_custody(b);
	if (!e)
		e = custody_load(&claims, &b->txn, r, claim_subject);
	if (!e)
		e = custody_load(&student, &b->txn, r, code.student);
	if (!e) {
		size_t n = proven_claims(claims, secret, &claim);
		const struct custody *c = &student->custody;
		if (code.closed)
			e = ERR_CODE_USED;
		else if (b->now_ms >= code.expires_ms)
			e = ERR_CODE_EXPIRED;
		else if (n == 0)
			e = claims->count ? ERR_BAD_MAC : ERR_WRONG_STATE;
		else if (n > 1)
			e = ERR_DISPUTED;
		else if (!is_me(b, r, c->custodian))
			e = ERR_NOT_CUSTODIAN;
		else if (c->state != CUSTODY_HELD)
			e = ERR_WRONG_STATE;
		else
			e = roster_standing(r, roster_find(r, claim->record.author), b->now_ms);
	}
	if (!e)
		e = release(b, code.student, student, claim);
	if (!e) {
		code.closed = true;
		local_put_code(&b->txn, claim_subject, &code);
		e = b->txn.err;
	}
	sodium_memzero(secret, sizeof secret);
	free(claims);
	free(student);
	return e;
}

/* The old school: no release yet, the claim is refused. */
static enum err decline_claim(struct batch *b, const uint8_t *claim_subject, struct local_code *code, enum decline_reason reason)
{
	const struct roster *r;
	struct walked *w;
	struct body_decline body = {.reason = reason};
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, claim_subject);
	if (e)
		return e;
	if (code->closed)
		e = ERR_CODE_USED;
	for (size_t i = 0; i < w->count && !e; i++) {
		struct writing wr = {.type = RECORD_DECLINE, .subject = claim_subject, .ref_count = 1,
				     .refs = {w->chain[i].record.id}};
		if (w->chain[i].record.type == RECORD_CLAIM)
			e = batch_write_clear(b, &wr, &body, NULL);
	}
	free(w);
	if (!e) {
		code->closed = true;
		local_put_code(&b->txn, claim_subject, code);
		e = b->txn.err;
	}
	return e;
}

enum err transfer_decline(struct batch *b, const uint8_t claim_subject[SUBJECT_BYTES], enum decline_reason reason)
{
	struct local_code code;
	struct local_claim claim;
	if (local_get_code(&b->txn, claim_subject, &code))
		return decline_claim(b, claim_subject, &code, reason);
	if (!local_get_claim(&b->txn, claim_subject, &claim))
		return ERR_NOT_FOUND;
	if (!claim.has_student)
		return ERR_WRONG_STATE;
	const struct roster *r;
	struct walked *w;
	struct body_decline body = {.reason = reason};
	enum err e = batch_roster(b, &r);
	if (!e)
		e = may_sign_custody(b);
	if (!e)
		e = custody_load(&w, &b->txn, r, claim.student);
	if (e)
		return e;
	e = ERR_WRONG_STATE;
	for (size_t i = 0; i < w->custody.step_count; i++) {
		const struct custody_step *s = &w->custody.steps[i];
		struct writing wr = {.type = RECORD_DECLINE, .subject = claim.student, .ref_count = 1,
				     .refs = {s->release->record.id}};
		if (s->state == STEP_OPEN && is_me(b, r, s->to) &&
		    memcmp(s->release->body.release.claim, claim.claim, ID_BYTES) == 0)
			e = batch_write_clear(b, &wr, &body, NULL);
	}
	free(w);
	return e;
}

static enum err void_release(struct batch *b, const uint8_t student[SUBJECT_BYTES])
{
	const struct roster *r;
	struct walked *w;
	struct body_void_ body = {.reason = DECLINE_OTHER};
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, student);
	if (e)
		return e;
	const struct custody_step *s = w->custody.open;
	if (w->custody.state != CUSTODY_RELEASED)
		e = w->count ? ERR_WRONG_STATE : ERR_NOT_FOUND;
	else if (!is_me(b, r, roster_ancestor(r, s->from, s->to)))
		e = ERR_NO_POWER;
	if (!e) {
		struct writing wr = {.type = RECORD_VOID, .subject = student, .ref_count = 1,
				     .refs = {s->release->record.id}};
		e = batch_write_clear(b, &wr, &body, NULL);
	}
	free(w);
	return e;
}

enum err transfer_void(struct batch *b, const uint8_t id[SUBJECT_BYTES])
{
	struct local_code code;
	if (!local_get_code(&b->txn, id, &code))
		return void_release(b, id);
	return code.closed ? void_release(b, code.student) : decline_claim(b, id, &code, DECLINE_MISTAKE);
}

enum err transfer_resolve(struct batch *b, const uint8_t student[SUBJECT_BYTES], const uint8_t keeper[SCHOOL_BYTES])
{
	const struct roster *r;
	struct walked *w;
	struct body_resolve body;
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, student);
	if (e)
		return e;
	e = w->custody.state == CUSTODY_DISPUTED ? ERR_NOT_FOUND : ERR_WRONG_STATE;
	for (size_t i = 0; i < w->custody.step_count && e == ERR_NOT_FOUND; i++) {
		const struct custody_step *s = &w->custody.steps[i];
		if (!s->accept || memcmp(s->accept->record.author, keeper, SCHOOL_BYTES) != 0)
			continue;
		struct writing wr = {.type = RECORD_RESOLVE, .subject = student, .ref_count = 1, .refs = {w->custody.dispute}};
		memcpy(body.accept, s->accept->record.id, ID_BYTES);
		e = is_me(b, r, roster_ancestor(r, s->from, s->to)) ? batch_write_clear(b, &wr, &body, NULL) : ERR_NO_POWER;
	}
	free(w);
	return e;
}

/* The ids of keys that the subject's records name, sorted; from malloc. Others are of no use. */
struct named_keys {
	uint8_t (*id)[HASH_BYTES];
	size_t count, cap;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, HASH_BYTES);
}

static enum err name_key(struct named_keys *n, const uint8_t *id)
{
	if (n->count == n->cap) {
		size_t cap = n->cap ? 2 * n->cap : 256;
		uint8_t(*p)[HASH_BYTES] = realloc(n->id, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		n->id = p;
		n->cap = cap;
	}
	memcpy(n->id[n->count++], id, HASH_BYTES);
	return ERR_OK;
}

static enum err name_keys(struct txn *t, const uint8_t *subject, struct named_keys *out)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (leaf_class(&leaf) == CLASS_PRIVATE && leaf_record(t, &leaf, &raw) && !record_read(raw, &r) && r.key_id)
			e = name_key(out, r.key_id);
	}
	cursor_close(&c);
	if (out->count)
		qsort(out->id, out->count, sizeof *out->id, by_id);
	return e;
}

static bool is_named(const struct named_keys *n, const uint8_t *id)
{
	return n->count && bsearch(id, n->id, n->count, sizeof *n->id, by_id);
}

/* As long as there is room beside a key of our own. */
static enum err take_key(struct batch *b, const uint8_t *subject, const uint8_t key[KEY_BYTES])
{
	struct subject_keys held;
	struct txn *keys;
	uint8_t nonce[24];
	enum err e = batch_load_keys(b, subject, &held);
	size_t count = e ? 0 : held.count;
	subject_keys_wipe(&held);
	if (!e)
		e = batch_keys(b, &keys);
	if (e || count >= SUBJECT_KEYS_MAX - 1)
		return e;
	seed_take(&b->seed, nonce, sizeof nonce);
	return vault_add(&b->school->vault, keys, subject, key, false, nonce);
}

/* Opens the wraps that the releasing school made for the one-time key of a claim; anybody knows its public half. */
static enum err unwrap(struct batch *b, const uint8_t *subject, const uint8_t *author, const uint8_t one_time[32])
{
	uint8_t public[32];
	struct cursor c;
	struct named_keys named = {0};
	crypto_scalarmult_base(public, one_time);
	enum err e = name_keys(&b->txn, subject, &named);
	cursor_open(&c, &b->txn, T_LEAF);
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record rec;
		union body body;
		uint8_t key[KEY_BYTES], id[HASH_BYTES];
		if (leaf.type != RECORD_KEYWRAP || !leaf_record(&b->txn, &leaf, &raw) || record_read(raw, &rec) ||
		    memcmp(rec.author, author, SCHOOL_BYTES) != 0)
			continue;
		e = body_decode(rec.type, rec.body, &body);
		if (e || memcmp(body.keywrap.to, public, sizeof public) != 0)
			continue;
		if (crypto_box_seal_open(key, body.keywrap.seal, sizeof body.keywrap.seal, public, one_time))
			continue;
		record_key_id(id, key);
		if (memcmp(id, body.keywrap.key, sizeof id) == 0 && is_named(&named, id))
			e = take_key(b, subject, key);
		sodium_memzero(key, sizeof key);
	}
	cursor_close(&c);
	free(named.id);
	return e ? e : b->txn.err;
}

/* A key of our own for what we will write from now on, wrapped for our recovery sheet. */
static enum err take_over(struct batch *b, const uint8_t *subject)
{
	uint8_t key[KEY_BYTES];
	seed_take(&b->seed, key, sizeof key);
	enum err e = batch_add_key(b, subject, key, true);
	sodium_memzero(key, sizeof key);
	return e ? e : wrap_all(b, subject, b->school->recovery, WRAP_RECOVERY);
}

/* w: of the subject. Waits, without an error, for what is still to come. */
static enum err accept(struct batch *b, const uint8_t *subject, const struct walked *w, const struct custody_step *step,
		       const uint8_t *claim_subject, struct local_claim *claim)
{
	if (!erasure_named_held(w, step->release))
		return ERR_OK;
	uint8_t one_time[32];
	const struct body_release *body = &step->release->body.release;
	enum err e = vault_unseal(&b->school->vault, bytes_of(claim->one_time, sizeof claim->one_time), one_time, sizeof one_time);
	if (!e)
		e = unwrap(b, subject, step->release->record.author, one_time);
	sodium_memzero(one_time, sizeof one_time);
	if (!e) {
		struct manifest_progress p;
		e = manifest_check(b, subject, step->release->record.author, body->manifest, body->count, &p);
	}
	if (e == ERR_INCOMPLETE)
		return ERR_OK; /* more will come, and this is looked at again */
	if (!e)
		e = may_sign_custody(b) ? ERR_INCOMPLETE : ERR_OK;
	if (e == ERR_INCOMPLETE)
		return ERR_OK;
	if (e)
		return e;
	struct body_accept word;
	memcpy(word.manifest, body->manifest, HASH_BYTES);
	struct writing wr = {.type = RECORD_ACCEPT, .subject = subject, .ref_count = 1, .refs = {step->release->record.id}};
	e = batch_write_clear(b, &wr, &word, NULL);
	if (!e)
		e = take_over(b, subject);
	if (!e) {
		/* the one-time key has done its work */
		sodium_memzero(claim->one_time, sizeof claim->one_time);
		local_put_claim(&b->txn, claim_subject, claim);
		e = b->txn.err;
	}
	return e;
}

static enum err advance_release(struct batch *b, const uint8_t *subject, const struct walked *w, const struct custody_step *step)
{
	uint8_t claim_subject[SUBJECT_BYTES];
	struct local_claim claim;
	if (!local_find_claim(&b->txn, step->release->body.release.claim, claim_subject, &claim))
		return ERR_OK; /* released to us without our asking */
	if (memcmp(claim.origin, step->release->record.author, SCHOOL_BYTES) != 0)
		return ERR_OK;
	if (!claim.has_student) {
		claim.has_student = true;
		memcpy(claim.student, subject, SUBJECT_BYTES);
		local_put_claim(&b->txn, claim_subject, &claim);
	}
	return accept(b, subject, w, step, claim_subject, &claim);
}

enum err transfer_advance(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const struct walked *w)
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	if (w->custody.state == CUSTODY_RELEASED)
		for (size_t i = 0; i < w->custody.step_count && !e; i++)
			if (w->custody.steps[i].state == STEP_OPEN && is_me(b, r, w->custody.steps[i].to))
				e = advance_release(b, subject, w, &w->custody.steps[i]);
	return e;
}

enum err transfer_in_cascade(struct batch *b, const uint8_t subject[SUBJECT_BYTES])
{
	const struct roster *r;
	struct walked *w;
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, subject);
	if (e)
		return e;
	if (w->custody.state == CUSTODY_RELEASED && is_me(b, r, w->custody.custodian))
		local_put_cascade(&b->txn, subject, w->custody.open->release->record.id, b->now_ms);
	free(w);
	return b->txn.err;
}
