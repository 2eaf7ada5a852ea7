/* A student changes school: three schools, and files carried between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/leaf.h"
#include "core/local.h"
#include "core/manifest.h"
#include "core/transfer.h"
#include "core/view.h"
#include "proto/mp.h"
#include "tests/lib/forge.h"

enum { ENTRIES = 12 };

static uint64_t now = 1790000000000;
static struct fixture relay, old, new, rival; /* the last three below the first */
static uint8_t student[SUBJECT_BYTES], claim_subject[SUBJECT_BYTES], code[CODE_BYTES];

static int start(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES];
	struct fixture *const below[] = {&old, &new, &rival};
	now = 1790000000000;
	fixture_create(&relay, 1, "Опорная школа", now);
	for (unsigned i = 0; i < 3; i++) {
		fixture_create(below[i], 2 + i, "Школа", now);
		fixture_join(&relay, below[i], POWER_RELAY, 0, now);
	}
	for (unsigned i = 0; i < 3; i++)
		fixture_share_network(&relay, below[i], now);
	fixture_batch(&old, &b, now);
	fixture_student(&old, &b, 1, student);
	for (unsigned i = 0; i < ENTRIES; i++)
		fixture_entry(&b, student, i, id);
	fixture_must(batch_commit(&b), "enrol");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_close(&relay);
	fixture_close(&old);
	fixture_close(&new);
	fixture_close(&rival);
	return 0;
}

#define IN_BATCH(school, call) FIXTURE_BATCH(school, now, call)

static void hand_out_code(void)
{
	fixture_must(IN_BATCH(old, transfer_code(in, student, code, claim_subject)), "code");
}

static void claim(struct fixture *at)
{
	uint8_t subject[SUBJECT_BYTES];
	fixture_must(IN_BATCH(*at, transfer_claim(in, code, subject)), "claim");
	assert_memory_equal(subject, claim_subject, SUBJECT_BYTES);
	pool_carry(at, &old, claim_subject, now);
}

static void approve(void)
{
	fixture_must(IN_BATCH(old, transfer_approve(in, claim_subject)), "approve");
}

static struct custody_row seen(struct fixture *f)
{
	struct txn t;
	struct custody_row row = {0};
	fixture_must(txn_begin(&t, f->store, false), "read");
	view_custody(&t, student, &row);
	txn_abort(&t);
	return row;
}

static void kept_by(struct fixture *f, const struct fixture *keeper)
{
	struct custody_row row = seen(f);
	assert_int_equal(row.state, CUSTODY_HELD);
	assert_memory_equal(row.custodian, keeper->school.id, SCHOOL_BYTES);
}

static size_t keys_held(struct fixture *f)
{
	struct subject_keys keys;
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, false), "read");
	fixture_must(vault_load(&f->school.vault, &t, student, &keys), "keys");
	txn_abort(&t);
	size_t n = keys.count;
	subject_keys_wipe(&keys);
	return n;
}

static enum transfer_state state_at(struct fixture *f)
{
	struct txn t, keys;
	struct transfer x;
	fixture_must(txn_begin(&t, f->store, false), "read");
	fixture_must(txn_begin(&keys, f->keys, false), "read");
	assert_true(transfer_find(&t, &f->school.vault, &keys, &f->school.roster, now, claim_subject, &x));
	txn_abort(&keys);
	txn_abort(&t);
	return x.state;
}

static void n6_x3_the_whole_journey_by_files(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES];
	hand_out_code();
	assert_int_equal(state_at(&old), TRANSFER_CODE);
	claim(&new);
	assert_int_equal(state_at(&old), TRANSFER_CLAIMED);
	assert_int_equal(state_at(&new), TRANSFER_CLAIMED);
	approve();
	assert_int_equal(state_at(&old), TRANSFER_RELEASED);
	struct custody_row row = seen(&old);
	assert_int_equal(row.state, CUSTODY_RELEASED);
	assert_memory_equal(row.to, new.school.id, SCHOOL_BYTES);
	pool_carry(&old, &relay, student, now);
	pool_carry(&relay, &new, student, now); /* the old school may be off from here on */
	kept_by(&new, &new);
	assert_int_equal(state_at(&new), TRANSFER_ACCEPTED);
	assert_int_equal(keys_held(&new), 2); /* the old one to read, its own to write */
	pool_carry(&new, &relay, student, now);
	kept_by(&relay, &new);
	pool_carry(&relay, &old, student, now);
	kept_by(&old, &new);
	assert_int_equal(state_at(&old), TRANSFER_ACCEPTED);
	/* the full picture is there, and the old copy is closed */
	assert_int_equal(seen(&new).unconfirmed, ENTRIES);
	fixture_batch(&new, &b, now);
	fixture_entry(&b, student, 99, id);
	fixture_must(batch_commit(&b), "write");
	fixture_batch(&old, &b, now);
	assert_int_equal(subject_writable(&b, student), ERR_READ_ONLY);
	batch_abort(&b);
	/* and the one-time key is gone */
	struct txn t;
	struct local_claim done;
	uint8_t zero[sizeof done.one_time] = {0};
	fixture_must(txn_begin(&t, new.store, false), "read");
	assert_true(local_get_claim(&t, claim_subject, &done));
	assert_memory_equal(done.one_time, zero, sizeof zero);
	txn_abort(&t);
}

static void x2_the_relay_never_holds_a_key(void **state)
{
	(void)state;
	struct txn t;
	uint8_t any[SUBJECT_BYTES];
	hand_out_code();
	claim(&new);
	pool_carry(&new, &relay, claim_subject, now);
	approve();
	pool_carry(&old, &relay, student, now);
	pool_carry(&relay, &new, student, now);
	pool_carry(&new, &relay, student, now);
	fixture_must(txn_begin(&t, relay.keys, false), "read");
	assert_false(vault_next(&t, NULL, any));
	txn_abort(&t);
	assert_int_equal(seen(&relay).unconfirmed, 0); /* it sees custody, no entries */
	assert_int_equal(seen(&relay).state, CUSTODY_HELD);
	/* nor does a key lie open in any record that the relay passes on */
	struct subject_keys keys;
	struct pool p = {0};
	fixture_must(txn_begin(&t, new.keys, false), "read");
	fixture_must(vault_load(&new.school.vault, &t, student, &keys), "keys");
	txn_abort(&t);
	pool_take(&p, &relay, NULL);
	for (size_t i = 0; i < p.count; i++)
		for (size_t k = 0; k < keys.count; k++)
			assert_null(memmem(p.at[i]->raw, p.at[i]->n, keys.keys[k].key, KEY_BYTES));
	pool_release(&p);
	subject_keys_wipe(&keys);
}

/* Whether the new school would accept, did it hold these records; nothing is kept. */
static bool would_accept(const struct pool *p, size_t without, const struct pool *more)
{
	struct batch b;
	struct walked *w;
	const struct roster *r;
	fixture_batch(&new, &b, now);
	for (size_t i = 0; i < p->count; i++)
		if (i != without)
			fixture_must(batch_admit(&b, bytes_of(p->at[i]->raw, p->at[i]->n), PROOF_SIGNATURE), "admit");
	for (size_t i = 0; more && i < more->count; i++)
		fixture_must(batch_admit(&b, bytes_of(more->at[i]->raw, more->at[i]->n), PROOF_SIGNATURE), "more");
	fixture_must(batch_roster(&b, &r), "roster");
	fixture_must(custody_load(&w, &b.txn, r, student), "custody");
	fixture_must(transfer_advance(&b, student, w), "advance");
	free(w);
	fixture_must(custody_load(&w, &b.txn, r, student), "custody");
	bool accepted = w->custody.state == CUSTODY_HELD && w->custody.custodian == roster_find(r, new.school.id);
	free(w);
	batch_abort(&b);
	return accepted;
}

static void n6_nothing_may_be_missing(void **state)
{
	(void)state;
	struct pool p = {0};
	size_t indispensable = 0;
	hand_out_code();
	claim(&new);
	approve();
	pool_take(&p, &old, student);
	assert_true(p.count > ENTRIES + 4);
	assert_true(would_accept(&p, p.count, NULL));
	for (size_t i = 0; i < p.count; i++)
		if (!would_accept(&p, i, NULL))
			indispensable++;
		else
			print_message("not missed: record %zu of %zu\n", i, p.count);
	assert_int_equal(indispensable, p.count);
	pool_release(&p);
}

static void what_is_injected_later_does_not_block(void **state)
{
	(void)state;
	struct pool p = {0}, more = {0};
	struct forger hand;
	uint8_t key[KEY_BYTES] = {1};
	hand_out_code();
	claim(&new);
	approve();
	pool_take(&p, &old, student);
	/* by the old school itself, by the relay, and under a key that nobody has */
	forger_of(&hand, &old);
	forge_entry(&hand, student, 2026, NULL, "late", key, &more);
	forger_of(&hand, &relay);
	forge_entry(&hand, student, 2026, NULL, "strange", key, &more);
	struct body_accept nonsense = {.manifest = {1}};
	struct writing w = {.type = RECORD_ACCEPT, .subject = student, .ref_count = 1, .refs = {p.at[0]->id}};
	forge(&hand, &w, &nonsense, &more);
	assert_true(would_accept(&p, p.count, &more));
	pool_release(&p);
	pool_release(&more);
}

static void wrong_and_used_codes(void **state)
{
	(void)state;
	uint8_t bad[CODE_BYTES], other[SUBJECT_BYTES], again[CODE_BYTES], again_subject[SUBJECT_BYTES];
	hand_out_code();
	memcpy(bad, code, sizeof bad);
	bad[0]++;
	assert_int_equal(IN_BATCH(new, transfer_claim(in, bad, other)), ERR_BAD_VERSION);
	memcpy(bad, code, sizeof bad);
	bad[2] ^= 1;
	assert_int_equal(IN_BATCH(new, transfer_claim(in, bad, other)), ERR_NO_ROUTE);
	assert_int_equal(IN_BATCH(old, transfer_claim(in, code, other)), ERR_SELF);
	/* a wrong secret makes a claim that no code answers to */
	memcpy(bad, code, sizeof bad);
	bad[CODE_BYTES - 1] ^= 1;
	assert_int_equal(IN_BATCH(new, transfer_claim(in, bad, other)), ERR_OK);
	pool_carry(&new, &old, other, now);
	assert_int_equal(IN_BATCH(old, transfer_approve(in, other)), ERR_NOT_FOUND);
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_WRONG_STATE); /* nobody came yet */
	claim(&new);
	assert_int_equal(IN_BATCH(new, transfer_claim(in, code, other)), ERR_CODE_USED);
	approve();
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_CODE_USED);
	assert_int_equal(IN_BATCH(old, transfer_code(in, student, again, again_subject)), ERR_WRONG_STATE);
	assert_int_equal(IN_BATCH(new, transfer_code(in, student, again, again_subject)), ERR_NOT_FOUND);
}

static void a_newer_code_closes_the_older(void **state)
{
	(void)state;
	uint8_t second[CODE_BYTES], second_subject[SUBJECT_BYTES];
	hand_out_code();
	assert_int_equal(IN_BATCH(old, transfer_code(in, student, second, second_subject)), ERR_OK);
	claim(&new);
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_CODE_USED);
}

static void an_expired_code_opens_nothing(void **state)
{
	(void)state;
	hand_out_code();
	now += (uint64_t)TRANSFER_CODE_S * 1000;
	assert_int_equal(state_at(&old), TRANSFER_EXPIRED);
	claim(&new); /* the new school cannot know */
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_CODE_EXPIRED);
	kept_by(&old, &old);
}

/* The paper was copied: nobody gets the record by it. */
static void two_claims_freeze_both(void **state)
{
	(void)state;
	hand_out_code();
	claim(&new);
	claim(&rival);
	assert_int_equal(state_at(&old), TRANSFER_FROZEN);
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_DISPUTED);
	kept_by(&old, &old);
	/* a claim that proves nothing does not count */
	assert_int_equal(IN_BATCH(old, transfer_decline(in, claim_subject, DECLINE_MISTAKE)), ERR_OK);
	hand_out_code();
	struct forger hand;
	struct pool p = {0};
	struct body_claim body = {.mac = {1}};
	struct writing w = {.type = RECORD_CLAIM, .subject = claim_subject};
	forger_of(&hand, &rival);
	memcpy(body.to, old.school.id, SHORT_ID_BYTES);
	forge(&hand, &w, &body, &p);
	fixture_must(pool_give(&p, &old, now), "give");
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_BAD_MAC);
	pool_release(&p);
	claim(&new);
	approve();
}

static void the_old_school_may_refuse(void **state)
{
	(void)state;
	hand_out_code();
	claim(&new);
	assert_int_equal(IN_BATCH(old, transfer_decline(in, claim_subject, DECLINE_BY_FAMILY)), ERR_OK);
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_CODE_USED);
	pool_carry(&old, &new, claim_subject, now);
	assert_int_equal(state_at(&old), TRANSFER_DECLINED);
	assert_int_equal(state_at(&new), TRANSFER_DECLINED);
	assert_int_equal(keys_held(&new), 0);
	kept_by(&old, &old);
}

/* Takes the release to the new school without the entries, so that it cannot accept yet. */
static void carry_chain_only(void)
{
	struct pool p = {0}, few = {0};
	pool_take(&p, &old, student);
	for (size_t i = 0; i < p.count; i++) {
		struct record r;
		fixture_must(record_read(bytes_of(p.at[i]->raw, p.at[i]->n), &r), "record");
		if (r.cls == CLASS_CHAIN)
			pool_add(&few, r.raw);
	}
	fixture_must(pool_give(&few, &new, now), "give");
	pool_release(&p);
	pool_release(&few);
}

static void the_new_school_may_give_it_back(void **state)
{
	(void)state;
	hand_out_code();
	claim(&new);
	assert_int_equal(IN_BATCH(new, transfer_decline(in, claim_subject, DECLINE_MISTAKE)), ERR_WRONG_STATE);
	approve();
	carry_chain_only();
	assert_int_equal(state_at(&new), TRANSFER_RECEIVING);
	assert_int_equal(IN_BATCH(new, transfer_decline(in, claim_subject, DECLINE_MISTAKE)), ERR_OK);
	pool_carry(&new, &old, student, now);
	kept_by(&old, &old);
	assert_int_equal(state_at(&old), TRANSFER_DECLINED);
	assert_int_equal(state_at(&new), TRANSFER_DECLINED);
	/* what comes after that no longer makes it accept */
	pool_carry(&old, &new, student, now);
	kept_by(&new, &old);
	/* and another code begins anew */
	hand_out_code();
	claim(&new);
	approve();
	pool_carry(&old, &new, student, now);
	kept_by(&new, &new);
}

static void only_the_common_ancestor_voids(void **state)
{
	(void)state;
	hand_out_code();
	claim(&new);
	assert_int_equal(IN_BATCH(relay, transfer_void(in, student)), ERR_NOT_FOUND);
	approve();
	pool_carry(&old, &relay, student, now);
	assert_int_equal(IN_BATCH(old, transfer_void(in, student)), ERR_NO_POWER);
	assert_int_equal(IN_BATCH(relay, transfer_void(in, student)), ERR_OK);
	assert_int_equal(IN_BATCH(relay, transfer_void(in, student)), ERR_WRONG_STATE);
	pool_carry(&relay, &old, student, now);
	kept_by(&old, &old);
	assert_int_equal(state_at(&old), TRANSFER_VOID);
}

/* A school restored from a backup releases a second time; both destinations accept. */
static void two_accepts_are_resolved_by_the_ancestor(void **state)
{
	(void)state;
	struct forger hand;
	struct pool p = {0};
	hand_out_code();
	claim(&new);
	approve();
	pool_carry(&old, &new, student, now);
	pool_carry(&new, &relay, student, now);
	pool_take(&p, &old, student);
	/* the second release, of the same manifest, and its accept */
	struct record r;
	union body body;
	const uint8_t *head = NULL, *second = NULL;
	for (size_t i = 0; i < p.count; i++) {
		fixture_must(record_read(bytes_of(p.at[i]->raw, p.at[i]->n), &r), "record");
		if (r.type == RECORD_ENROLMENT)
			head = p.at[i]->id;
		if (r.type == RECORD_RELEASE)
			fixture_must(body_decode(r.type, r.body, &body), "body");
	}
	struct pool more = {0};
	struct writing w = {.type = RECORD_RELEASE, .subject = student, .ref_count = 1, .refs = {head}};
	forger_of(&hand, &old);
	memcpy(body.release.to, rival.school.id, SCHOOL_BYTES);
	second = forge(&hand, &w, &body.release, &more);
	forger_of(&hand, &rival);
	struct body_accept word;
	memcpy(word.manifest, body.release.manifest, HASH_BYTES);
	w = (struct writing){.type = RECORD_ACCEPT, .subject = student, .ref_count = 1, .refs = {second}};
	forge(&hand, &w, &word, &more);
	fixture_must(pool_give(&more, &relay, now), "give");
	fixture_must(pool_give(&more, &new, now), "give");
	assert_int_equal(seen(&relay).state, CUSTODY_DISPUTED);
	assert_int_equal(seen(&new).state, CUSTODY_DISPUTED);
	assert_int_equal(state_at(&new), TRANSFER_DISPUTED);
	assert_int_equal(IN_BATCH(new, subject_writable(in, student)), ERR_DISPUTED);
	assert_int_equal(IN_BATCH(new, transfer_resolve(in, student, rival.school.id)), ERR_NO_POWER);
	assert_int_equal(IN_BATCH(relay, transfer_resolve(in, student, old.school.id)), ERR_NOT_FOUND);
	assert_int_equal(IN_BATCH(relay, transfer_resolve(in, student, rival.school.id)), ERR_OK);
	assert_int_equal(IN_BATCH(relay, transfer_resolve(in, student, rival.school.id)), ERR_WRONG_STATE);
	kept_by(&relay, &rival);
	pool_carry(&relay, &new, student, now);
	kept_by(&new, &rival);
	pool_release(&p);
	pool_release(&more);
}

static void n6_and_back_again(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES], back[CODE_BYTES], back_subject[SUBJECT_BYTES], same[SUBJECT_BYTES];
	hand_out_code();
	claim(&new);
	approve();
	pool_carry(&old, &new, student, now);
	fixture_batch(&new, &b, now);
	fixture_entry(&b, student, 50, id);
	fixture_must(batch_commit(&b), "write");
	fixture_must(IN_BATCH(new, transfer_code(in, student, back, back_subject)), "code");
	fixture_must(IN_BATCH(old, transfer_claim(in, back, same)), "claim");
	pool_carry(&old, &new, back_subject, now);
	fixture_must(IN_BATCH(new, transfer_approve(in, back_subject)), "approve");
	pool_carry(&new, &old, student, now);
	kept_by(&old, &old);
	assert_int_equal(seen(&old).unconfirmed, ENTRIES + 1);
	fixture_batch(&old, &b, now);
	fixture_entry(&b, student, 51, id);
	fixture_must(batch_commit(&b), "write again");
	assert_int_equal(keys_held(&old), 3);
}

/* After a restore a school signs nothing about custody before it has met a parent. */
static void a_restored_school_waits(void **state)
{
	(void)state;
	uint8_t seed[32] = {77};
	hand_out_code();
	claim(&new);
	fixture_must(school_reincarnate(&old.school, seed), "restore");
	assert_int_equal(IN_BATCH(old, transfer_approve(in, claim_subject)), ERR_INCOMPLETE);
	kept_by(&old, &old);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(n6_x3_the_whole_journey_by_files),
		TEST(x2_the_relay_never_holds_a_key),
		TEST(n6_nothing_may_be_missing),
		TEST(what_is_injected_later_does_not_block),
		TEST(wrong_and_used_codes),
		TEST(a_newer_code_closes_the_older),
		TEST(an_expired_code_opens_nothing),
		TEST(two_claims_freeze_both),
		TEST(the_old_school_may_refuse),
		TEST(the_new_school_may_give_it_back),
		TEST(only_the_common_ancestor_voids),
		TEST(two_accepts_are_resolved_by_the_ancestor),
		TEST(n6_and_back_again),
		TEST(a_restored_school_waits),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
