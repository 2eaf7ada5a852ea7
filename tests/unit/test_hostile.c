/* What a hostile school, a thief of keys or schools at odds tried, and what must stand nevertheless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/erasure.h"
#include "core/leaf.h"
#include "core/link.h"
#include "core/membership.h"
#include "core/recovery.h"
#include "core/rotation.h"
#include "core/seen.h"
#include "core/transfer.h"
#include "core/view.h"
#include "proto/mp.h"
#include "tests/lib/forge.h"
#include "tests/lib/link.h"

enum { ENTRIES = 6 };
static uint64_t now;
static struct fixture relay, old, new; /* the relay is the founder */
static uint8_t student[SUBJECT_BYTES], entries[ENTRIES][ID_BYTES], claim_subject[SUBJECT_BYTES];

#define IN_BATCH(school, call) FIXTURE_BATCH(school, now, call)

static void enrol(struct fixture *f)
{
	struct batch b;
	fixture_batch(f, &b, now);
	fixture_student(f, &b, 1, student);
	for (unsigned i = 0; i < ENTRIES; i++)
		fixture_entry(&b, student, i, entries[i]);
	fixture_must(batch_commit(&b), "enrol");
}

static int start(void **state)
{
	(void)state;
	now = 1790000000000;
	fixture_create(&relay, 1, "Опорная школа", now);
	fixture_create(&old, 2, "Старая школа", now);
	fixture_create(&new, 3, "Новая школа", now);
	fixture_join(&relay, &old, POWER_ALL, 4, now);
	fixture_join(&relay, &new, POWER_ALL, 4, now);
	fixture_share_network(&relay, &old, now);
	fixture_share_network(&relay, &new, now);
	enrol(&old);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_close(&relay);
	fixture_close(&old);
	fixture_close(&new);
	return 0;
}

static bool kept_by(struct fixture *at, const struct fixture *whom)
{
	struct custody_row row = fixture_custody(at, student);
	return row.state == CUSTODY_HELD && memcmp(row.custodian, whom->school.id, SCHOOL_BYTES) == 0;
}

static bool has_body(struct fixture *f, const uint8_t *id)
{
	struct pool p = {0};
	bool has = false;
	pool_take(&p, f, student);
	for (size_t i = 0; i < p.count; i++)
		has |= memcmp(p.at[i]->id, id, ID_BYTES) == 0 && pool_record(p.at[i]).has_body;
	pool_release(&p);
	return has;
}

static void sync_with(struct fixture *child)
{
	struct link l;
	link_open(&l, child, &relay, now);
	link_pump(&l);
	link_tick(&l, 0);
	link_pump(&l);
	assert_true(link_complete(&l));
	link_close(&l);
}

static void claim(struct fixture *from, struct fixture *to)
{
	uint8_t code[CODE_BYTES];
	fixture_must(IN_BATCH(*from, transfer_code(in, student, code, claim_subject)), "code");
	fixture_must(IN_BATCH(*to, transfer_claim(in, code, claim_subject)), "claim");
	sync_with(to);
	sync_with(from);
}

static void move(struct fixture *from, struct fixture *to)
{
	claim(from, to);
	fixture_must(IN_BATCH(*from, transfer_approve(in, claim_subject)), "approve");
	for (int i = 0; i < 2; i++) {
		sync_with(from);
		sync_with(to);
	}
	sync_with(from);
	assert_true(kept_by(from, to));
}

static void rotate(struct fixture *f)
{
	struct identity next;
	uint8_t seed[32];
	seed_take(&f->seed, seed, sizeof seed);
	fixture_must(identity_next(&f->identity, f->recovery_secret, seed, &next), "next");
	fixture_must(IN_BATCH(*f, rotation_write(in, &next)), "rotate");
	f->identity = next;
}

static void forget_keys(struct fixture *f)
{
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, true), "keys");
	txn_del_prefix(&t, T_KEY, (struct bytes){0});
	fixture_must(txn_commit(&t), "commit");
}

static void forge_wrap(struct forger *f, const uint8_t *to, uint32_t use, uint8_t fill, struct pool *out)
{
	struct body_keywrap body = {.use = use};
	struct writing w = {.type = RECORD_KEYWRAP, .subject = student};
	uint8_t key[KEY_BYTES];
	memset(key, fill, sizeof key);
	assert_int_equal(crypto_box_seal(body.seal, key, sizeof key, to), 0);
	record_key_id(body.key, key);
	memcpy(body.to, to, 32);
	forge(f, &w, &body, out);
}

/* --- erasure ---------------------------------------------------------------------------------- */

/* The old school names an erase that it shows nobody, to destroy a record once it is another's. */
static void a_withheld_erase_keeps_the_accept_waiting(void **state)
{
	struct pool hidden = {0}, all = {0}, shown = {0};
	struct forger bad;
	(void)state;
	claim(&old, &new);
	struct custody_row row = fixture_custody(&old, student);
	struct body_erase body = {.record = {0}};
	struct writing w = {.type = RECORD_ERASE, .subject = student, .ref_count = 1, .refs = {row.head}};
	memcpy(body.record, entries[1], ID_BYTES);
	forger_of(&bad, &old);
	forge(&bad, &w, &body, &hidden);
	fixture_must(IN_BATCH(old, transfer_approve(in, claim_subject)), "approve");
	pool_take(&all, &old, student);
	for (size_t i = 0; i < all.count; i++) {
		struct record r = pool_record(all.at[i]);
		union body rb;
		if (r.type != RECORD_RELEASE) {
			pool_add(&shown, r.raw);
			continue;
		}
		fixture_must(body_decode(r.type, r.body, &rb), "release");
		struct body_release release = rb.release;
		memcpy(release.erased, hidden.at[0]->id, ID_BYTES);
		w.type = RECORD_RELEASE;
		forge(&bad, &w, &release, &shown);
	}
	fixture_must(pool_give(&shown, &new, now), "all but the erase");
	assert_int_equal(fixture_custody(&new, student).state, CUSTODY_RELEASED);
	fixture_must(pool_give(&hidden, &new, now), "the erase");
	assert_true(kept_by(&new, &new));
	assert_false(has_body(&new, entries[1]));
	pool_release(&hidden);
	pool_release(&shown);
	pool_release(&all);
}

static void an_order_to_erase_does_not_outlive_the_tenure(void **state)
{
	(void)state;
	fixture_must(IN_BATCH(old, erasure_order(in, student, 7ull * 86400000)), "order");
	move(&old, &new);
	now += 300ull * 86400000;
	fixture_must(IN_BATCH(old, erasure_due(in)), "due");
	move(&new, &old);
	fixture_must(IN_BATCH(old, erasure_due(in)), "due");
	assert_true(kept_by(&old, &old));
	assert_true(has_body(&old, entries[1]));
	assert_int_equal(IN_BATCH(old, erasure_cancel(in, student)), ERR_WRONG_STATE);
}

/* A restore may bring back an order that was cancelled since. */
static void an_order_does_not_outlive_a_restore(void **state)
{
	uint8_t seed[32] = {7};
	(void)state;
	fixture_must(IN_BATCH(old, erasure_order(in, student, 7ull * 86400000)), "order");
	fixture_must(school_reincarnate(&old.school, seed), "restore");
	assert_int_equal(IN_BATCH(old, erasure_cancel(in, student)), ERR_WRONG_STATE);
}

/* Of an entry also what it replaced goes, and what was said of either; a person's record is no entry. */
static void erasing_an_entry_leaves_no_earlier_text(void **state)
{
	uint8_t id[ID_BYTES], fields[1] = {0x80};
	struct actor by = {"Иванова", "администратор", "Школа", NULL, NULL};
	struct entry_draft d = {.kind = "achievement", .title = "x", .fields = bytes_of(fields, 1), .replaces = entries[0], .period = 2024};
	struct pool p = {0};
	size_t bare = 0;
	(void)state;
	fixture_must(IN_BATCH(old, verdict_write(in, student, entries[0], "return", "личное", &by)), "return");
	fixture_must(IN_BATCH(old, entry_write(in, student, &d, &by, id)), "replace");
	fixture_must(IN_BATCH(old, verdict_write(in, student, id, "confirm", "", &by)), "confirm");
	fixture_must(IN_BATCH(old, verdict_write(in, student, entries[1], "return", "другое", &by)), "another");
	sync_with(&old);
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, id)), "erase");
	sync_with(&old);
	struct fixture *const holders[] = {&old, &relay};
	for (size_t h = 0; h < 2; h++) {
		bare = 0;
		pool_take(&p, holders[h], student);
		for (size_t i = 0; i < p.count; i++) {
			struct record r = pool_record(p.at[i]);
			bare += !r.has_body;
			if (r.type == RECORD_PERSON)
				assert_int_equal(IN_BATCH(old, erasure_of_record(in, student, r.id)), ERR_NOT_FOUND);
		}
		pool_release(&p);
		assert_int_equal(bare, 4); /* two versions, a verdict on each */
		assert_false(has_body(holders[h], entries[0]));
		assert_true(has_body(holders[h], entries[1]));
		assert_true(fixture_rebuilds(holders[h], now));
	}
}

/* --- the network ------------------------------------------------------------------------------ */

static void below_old(struct fixture *leaf)
{
	fixture_create(leaf, 7, "Вторая волна", now);
	fixture_join(&old, leaf, POWER_RELAY, 0, now);
	fixture_share_network(leaf, &relay, now);
	fixture_share_network(&old, &relay, now);
	enrol(leaf);
	pool_carry(leaf, &old, NULL, now); /* in escrow */
}

/* The founder holds next to nothing of a second-wave school: its parent says at once how far that one's word counts. */
static void a_revocation_from_far_above_does_not_wipe_the_past(void **state)
{
	struct fixture leaf;
	(void)state;
	below_old(&leaf);
	fixture_must(IN_BATCH(relay, membership_revoke(in, leaf.school.id)), "revoke");
	fixture_share_network(&relay, &old, now);
	assert_true(kept_by(&old, &leaf));
	fixture_share_network(&old, &leaf, now);
	assert_true(kept_by(&leaf, &leaf));
	assert_int_equal(IN_BATCH(old, membership_revoke(in, leaf.school.id)), ERR_WRONG_STATE);
	assert_true(fixture_rebuilds(&old, now));
	assert_true(fixture_rebuilds(&leaf, now));
	fixture_close(&leaf);
}

/* First the founder's word alone, then wider cuts: what counts again is looked at again. */
static void wider_cuts_bring_back_what_counts(void **state)
{
	struct fixture leaf;
	struct pool p = {0}, q = {0};
	struct txn t;
	struct forger parent;
	struct buf cuts;
	(void)state;
	below_old(&leaf);
	buf_init(&cuts, CUTS_BYTES_MAX);
	fixture_must(txn_begin(&t, old.store, false), "read");
	fixture_must(seen_cuts(&t, leaf.school.id, SEEN_ALL, CUTS_MAX, &cuts), "cuts");
	txn_abort(&t);
	struct body_revocation body = {.cuts = buf_bytes(&cuts)};
	struct writing w = {.type = RECORD_REVOCATION, .subject = network_subject};
	memcpy(body.member, leaf.school.id, SCHOOL_BYTES);
	forger_of(&parent, &old);
	forge(&parent, &w, &body, &p);
	fixture_must(IN_BATCH(relay, membership_revoke(in, leaf.school.id)), "revoke");
	pool_take(&q, &relay, network_subject);
	fixture_must(pool_give(&q, &leaf, now), "the founder's");
	assert_int_equal(fixture_custody(&leaf, student).state, CUSTODY_NONE);
	fixture_must(pool_give(&p, &leaf, now), "the parent's");
	assert_true(kept_by(&leaf, &leaf));
	assert_true(fixture_rebuilds(&leaf, now));
	buf_release(&cuts);
	pool_release(&p);
	pool_release(&q);
	fixture_close(&leaf);
}

static size_t revocations_at(struct fixture *f, const uint8_t *member)
{
	struct pool p = {0};
	size_t n = 0;
	pool_take(&p, f, network_subject);
	for (size_t i = 0; i < p.count; i++) {
		struct record r = pool_record(p.at[i]);
		union body body;
		n += r.type == RECORD_REVOCATION && !body_decode(r.type, r.body, &body) &&
		     memcmp(body.revocation.member, member, SCHOOL_BYTES) == 0;
	}
	pool_release(&p);
	return n;
}

/* Its issuer was revoked before it: who adopted it says so once, and not with every certificate that comes. */
static void an_adopter_does_not_repeat_itself(void **state)
{
	struct fixture leaf;
	(void)state;
	below_old(&leaf);
	fixture_must(IN_BATCH(relay, membership_revoke(in, old.school.id)), "the issuer");
	fixture_must(IN_BATCH(relay, membership_revoke(in, leaf.school.id)), "the leaf");
	for (int i = 0; i < 3; i++) {
		now += 1000;
		fixture_must(IN_BATCH(relay, membership_change(in, new.school.id, POWER_ALL, 4, now * 2)), "unrelated");
	}
	assert_int_equal(revocations_at(&relay, leaf.school.id), 1);
	fixture_close(&leaf);
}

/* Nor does a restored issuer speak before it holds again what it held. */
static void a_restored_issuer_waits_with_its_word(void **state)
{
	struct fixture leaf;
	uint8_t seed[32] = {9};
	(void)state;
	below_old(&leaf);
	fixture_must(school_reincarnate(&old.school, seed), "restore");
	fixture_must(IN_BATCH(relay, membership_revoke(in, leaf.school.id)), "revoke");
	fixture_share_network(&relay, &old, now);
	assert_int_equal(revocations_at(&old, leaf.school.id), 1);
	assert_int_equal(IN_BATCH(old, membership_revoke(in, leaf.school.id)), ERR_INCOMPLETE);
	sync_with(&old); /* in agreement with its own parent again */
	sync_with(&old);
	assert_int_equal(revocations_at(&old, leaf.school.id), 2);
	assert_true(kept_by(&old, &leaf));
	fixture_close(&leaf);
}

/* A release to a school of which only the certificate has come. */
static void who_has_no_keys_yet_has_no_part(void **state)
{
	struct forger f, unknown, founder;
	struct pool release = {0}, keys = {0}, certificate = {0};
	struct custody_row row = fixture_custody(&old, student);
	struct body_release body = {.count = 1};
	struct writing w = {.type = RECORD_RELEASE, .subject = student, .ref_count = 1, .refs = {row.head}};
	struct pool *const steps[] = {&release, &certificate, &keys};
	(void)state;
	sync_with(&old);
	forger_create(&unknown, 55, &keys);
	forger_of(&f, &old);
	forger_of(&founder, &relay);
	memcpy(body.to, unknown.id, SCHOOL_BYTES);
	forge(&f, &w, &body, &release);
	forge_certificate(&founder, unknown.id, POWER_RELAY, 0, 0, UINT64_MAX >> 1, &certificate);
	for (size_t i = 0; i < 3; i++) {
		fixture_must(pool_give(steps[i], &relay, now), "step");
		assert_int_equal(fixture_custody(&relay, student).state, i < 2 ? CUSTODY_HELD : CUSTODY_RELEASED);
		assert_true(fixture_rebuilds(&relay, now));
		pool_release(steps[i]);
	}
}

/* A seq at the end of all numbers would leave room below it for whatever is signed later. */
static void a_far_seq_does_not_widen_the_cut(void **state)
{
	struct pool p = {0}, late = {0};
	struct forger thief, bad;
	(void)state;
	forger_of(&thief, &old);
	memset(thief.incarnation, 0xee, INCARNATION_BYTES);
	thief.seq = UINT64_MAX;
	forge_certificate(&thief, new.school.id, 0, 0, 0, 1, &p);
	fixture_must(pool_give(&p, &old, now), "far");
	rotate(&old);
	thief.seq = 5;
	struct custody_row row = fixture_custody(&old, student);
	struct body_release body = {.count = 1};
	struct writing w = {.type = RECORD_RELEASE, .subject = student, .ref_count = 1, .refs = {row.head}};
	memcpy(body.to, new.school.id, SCHOOL_BYTES);
	forge(&thief, &w, &body, &late);
	fixture_must(pool_give(&late, &old, now), "late");
	assert_true(kept_by(&old, &old));
	pool_release(&p);
	forger_of(&bad, &new);
	memset(bad.incarnation, 0xdd, INCARNATION_BYTES);
	bad.seq = UINT64_MAX;
	forge_certificate(&bad, old.school.id, 0, 0, 0, 1, &p);
	fixture_must(pool_give(&p, &relay, now), "far");
	fixture_must(IN_BATCH(relay, membership_revoke(in, new.school.id)), "revoke");
	const struct roster *r = &relay.school.roster;
	assert_false(roster_covers(r, roster_find(r, new.school.id), 0, bad.incarnation, 1000));
	pool_release(&p);
	pool_release(&late);
}

static void made_up_incarnations_do_not_block_a_rotation(void **state)
{
	struct pool p = {0};
	struct forger thief;
	(void)state;
	forger_of(&thief, &old);
	for (unsigned i = 0; i <= CUTS_MAX; i++) {
		put_u32(thief.incarnation, 0xaa000000 + i);
		forge_certificate(&thief, new.school.id, 0, 0, 0, 1 + i, &p);
	}
	fixture_must(pool_give(&p, &old, now), "incarnations");
	for (int i = 0; i < 10; i++)
		rotate(&old);
	assert_true(kept_by(&old, &old));
	pool_release(&p);
}

/* A node that came back with keys of before a change does not write in vain. */
static void with_earlier_keys_nothing_is_written(void **state)
{
	struct fixture twin;
	struct batch b;
	struct person p = {.family = "Иванова", .given = "Анна", .class_name = "7А"};
	struct actor by = {"Иванова", "администратор", "Школа", NULL, NULL};
	uint8_t fresh[SUBJECT_BYTES], seed[32] = {9};
	(void)state;
	fixture_create(&twin, 2, "Старая школа", now);
	fixture_must(IN_BATCH(twin, membership_join(in, relay.school.id)), "join");
	pool_carry(&old, &twin, NULL, now);
	fixture_must(school_reincarnate(&twin.school, seed), "restore");
	rotate(&old);
	pool_carry(&old, &twin, NULL, now);
	fixture_batch(&twin, &b, now + 5);
	assert_int_equal(person_enrol(&b, &p, &by, fresh), ERR_KEYS_CHANGED);
	assert_int_equal(subject_writable(&b, student), ERR_KEYS_CHANGED);
	batch_abort(&b);
	fixture_close(&twin);
}

/* --- keys ------------------------------------------------------------------------------------- */

static struct subject_keys keys_at(struct fixture *f)
{
	struct subject_keys keys;
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, false), "keys");
	fixture_must(vault_load(&f->school.vault, &t, student, &keys), "load");
	txn_abort(&t);
	return keys;
}

/* The sheet's public half is no secret: wraps for it by others, or by who stole our last key, open nothing. */
static void strange_wraps_do_not_spoil_recovery(void **state)
{
	struct pool p = {0};
	struct forger peer, thief;
	struct recovery_report report;
	struct subject_keys before = keys_at(&old);
	(void)state;
	forger_of(&peer, &relay);
	forger_of(&thief, &old);
	thief.time = (now + 1000) << 16;
	rotate(&old);
	for (unsigned i = 0; i <= SUBJECT_KEYS_MAX; i++)
		forge_wrap(&peer, old.school.recovery, WRAP_RECOVERY, (uint8_t)(i + 1), &p);
	forge_wrap(&thief, old.school.recovery, WRAP_RECOVERY, 0x66, &p);
	fixture_must(pool_give(&p, &old, now), "wraps");
	forget_keys(&old);
	fixture_must(IN_BATCH(old, recovery_open(in, old.recovery_secret, &report)), "recover");
	struct subject_keys after = keys_at(&old);
	assert_int_equal(after.count, before.count);
	assert_memory_equal(subject_keys_newest_own(&after)->key, subject_keys_newest_own(&before)->key, KEY_BYTES);
	pool_release(&p);
}

/* Junk keys beside the true one: the vault keeps room, and the new school takes over. */
static void junk_wraps_do_not_stop_an_accept(void **state)
{
	struct pool claims = {0}, p = {0};
	struct forger bad;
	union body body;
	(void)state;
	claim(&old, &new);
	pool_take(&claims, &new, claim_subject);
	struct record r = pool_record(claims.at[0]);
	fixture_must(body_decode(r.type, r.body, &body), "claim");
	fixture_must(IN_BATCH(old, transfer_approve(in, claim_subject)), "approve");
	forger_of(&bad, &old);
	for (unsigned i = 0; i < SUBJECT_KEYS_MAX; i++)
		forge_wrap(&bad, body.claim.key, WRAP_CLAIM, (uint8_t)(i + 1), &p);
	pool_take(&p, &old, student);
	fixture_must(pool_give(&p, &new, now), "junk and all");
	assert_true(kept_by(&new, &new));
	struct subject_keys keys = keys_at(&new);
	assert_int_equal(keys.count, 2);
	pool_release(&claims);
	pool_release(&p);
}

/* Nor do records that a relay made up, under keys of its own. */
static void junk_records_do_not_stop_an_accept(void **state)
{
	enum { JUNK = 300 };
	struct forger bad;
	struct pool p = {0};
	uint8_t key[KEY_BYTES] = {0};
	struct buf body;
	(void)state;
	claim(&old, &new);
	fixture_must(IN_BATCH(old, transfer_approve(in, claim_subject)), "approve");
	forger_of(&bad, &relay);
	buf_init(&body, 100);
	mp_put_map(&body, 0);
	for (unsigned i = 0; i < JUNK; i++) {
		struct writing w = {.type = RECORD_PERSON, .subject = student};
		put_u32(key, i + 1);
		forge_sealed(&bad, &w, buf_bytes(&body), key, &p);
	}
	pool_take(&p, &old, student);
	fixture_must(pool_give(&p, &new, now), "junk and all");
	assert_true(kept_by(&new, &new));
	buf_release(&body);
	pool_release(&p);
}

/* --- quotas ----------------------------------------------------------------------------------- */

/* Made-up schools fill a subject's chain; who has a part in it can still speak. */
static void strangers_do_not_close_the_chain(void **state)
{
	enum { SYBILS = 5, EACH = 180 };
	struct pool p = {0}, q = {0};
	struct forger boss, sybil[SYBILS];
	(void)state;
	pool_carry(&old, &relay, NULL, now);
	forger_of(&boss, &new);
	for (unsigned i = 0; i < SYBILS; i++) {
		forger_create(&sybil[i], 100 + i, &p);
		forge_certificate(&boss, sybil[i].id, 0, 0, 0, now + 1, &p);
		for (unsigned k = 0; k < EACH; k++) {
			struct body_link_ body;
			struct writing w = {.type = RECORD_LINK, .subject = student};
			memset(body.other, (int)k, sizeof body.other);
			forge(&sybil[i], &w, &body, &p);
		}
	}
	assert_int_equal(pool_give(&p, &relay, now), ERR_QUOTA);
	fixture_must(IN_BATCH(old, erasure_of_subject(in, student)), "erase");
	pool_take(&q, &old, student);
	fixture_must(pool_give(&q, &relay, now), "the erase");
	assert_int_equal(fixture_custody(&relay, student).state, CUSTODY_ERASED);
	assert_false(has_body(&relay, entries[1]));
	pool_release(&p);
	pool_release(&q);
}

static void links_leave_room_for_a_transfer(void **state)
{
	uint8_t other[SUBJECT_BYTES];
	struct batch b;
	enum err e = ERR_OK;
	(void)state;
	fixture_batch(&old, &b, now);
	fixture_student(&old, &b, 3, other);
	fixture_must(batch_commit(&b), "another");
	for (int i = 0; !e && i < 1000; i++)
		e = IN_BATCH(old, link_set(in, student, other, i % 2 == 0));
	assert_int_equal(e, ERR_QUOTA);
	move(&old, &new);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_withheld_erase_keeps_the_accept_waiting),
		TEST(an_order_to_erase_does_not_outlive_the_tenure),
		TEST(an_order_does_not_outlive_a_restore),
		TEST(erasing_an_entry_leaves_no_earlier_text),
		TEST(a_revocation_from_far_above_does_not_wipe_the_past),
		TEST(wider_cuts_bring_back_what_counts),
		TEST(an_adopter_does_not_repeat_itself),
		TEST(a_restored_issuer_waits_with_its_word),
		TEST(who_has_no_keys_yet_has_no_part),
		TEST(a_far_seq_does_not_widen_the_cut),
		TEST(made_up_incarnations_do_not_block_a_rotation),
		TEST(with_earlier_keys_nothing_is_written),
		TEST(strange_wraps_do_not_spoil_recovery),
		TEST(junk_wraps_do_not_stop_an_accept),
		TEST(junk_records_do_not_stop_an_accept),
		TEST(strangers_do_not_close_the_chain),
		TEST(links_leave_room_for_a_transfer),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
