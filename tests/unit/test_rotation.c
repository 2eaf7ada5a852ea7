/* New keys, stolen old ones, and the recovery sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/greet.h"
#include "core/recovery.h"
#include "core/rotation.h"
#include "core/seen.h"
#include "core/succession.h"
#include "core/transfer.h"
#include "core/view.h"
#include "tests/lib/forge.h"

static const uint64_t now = 1790000000000;
static struct fixture parent, school;
static uint8_t student[SUBJECT_BYTES], entry[ID_BYTES];

static int start(void **state)
{
	struct batch b;
	(void)state;
	fixture_create(&parent, 1, "Опорная школа", now);
	fixture_create(&school, 2, "Школа", now);
	fixture_join(&parent, &school, POWER_RELAY, 0, now);
	fixture_batch(&school, &b, now);
	fixture_student(&school, &b, 1, student);
	fixture_entry(&b, student, 1, entry);
	fixture_must(batch_commit(&b), "enrol");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_close(&parent);
	fixture_close(&school);
	return 0;
}

static void rotate(struct fixture *f)
{
	struct identity next;
	struct batch b;
	uint8_t seed[32];
	seed_take(&f->seed, seed, sizeof seed);
	fixture_must(identity_next(&f->identity, f->recovery_secret, seed, &next), "next");
	fixture_batch(f, &b, now);
	fixture_must(rotation_write(&b, &next), "rotate");
	fixture_must(batch_commit(&b), "commit");
	f->identity = next;
}

/* Entries of the student at the school, by status. */
static size_t entries_with(struct fixture *f, enum entry_status status)
{
	struct view_position at = {.time = UINT64_MAX};
	struct entry_row rows[16];
	struct txn t;
	size_t found = 0;
	memset(at.id8, 0xff, sizeof at.id8);
	fixture_must(txn_begin(&t, f->store, false), "read");
	size_t n = view_entries(&t, student, &at, rows, 16);
	txn_abort(&t);
	for (size_t i = 0; i < n; i++)
		found += rows[i].status == status;
	return found;
}

static void the_school_goes_on_under_its_new_key(void **state)
{
	struct batch b;
	struct txn t;
	struct buf log;
	uint8_t id[ID_BYTES];
	(void)state;
	for (int i = 0; i < 3; i++) {
		rotate(&school);
		fixture_batch(&school, &b, now);
		fixture_entry(&b, student, 2, id);
		fixture_must(batch_commit(&b), "write");
	}
	fixture_close(&school);
	fixture_open(&school);
	assert_true(school_has_key(&school.school));
	assert_int_equal(school.school.kx_count, 4);
	pool_carry(&school, &parent, NULL, now);
	const struct roster *r = &parent.school.roster;
	const struct member *m = &r->members[roster_find(r, school.school.id)];
	assert_int_equal(m->key_count, 4);
	for (size_t g = 0; g < 4; g++) { /* whichever network key a peer knows is answered */
		uint8_t public[32];
		crypto_scalarmult_base(public, school.school.kx_secrets[3 - g]);
		assert_memory_equal(public, m->keys[g].kx, 32);
	}
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 4);
	assert_int_equal(entries_with(&school, ENTRY_UNPROVEN), 0);
	assert_int_equal(fixture_custody(&parent, student).state, CUSTODY_HELD);
	buf_init(&log, GREET_KEYS_BYTES_MAX);
	fixture_must(txn_begin(&t, school.store, false), "read");
	assert_int_equal(greet_own_keys(&t, school.school.id, &log), ERR_OK);
	txn_abort(&t);
	struct bytes raw;
	size_t at = 0, keys = 0;
	while (greet_next_key(buf_bytes(&log), &at, &raw))
		keys++;
	assert_int_equal(keys, 4);
	buf_release(&log);
}

/* The old key stolen: what the thief signs is kept and passed on, and changes nothing. */
static void a_stolen_key_signs_nothing_that_counts(void **state)
{
	struct pool theft = {0};
	struct forger thief;
	struct subject_keys keys;
	struct txn t;
	(void)state;
	pool_carry(&school, &parent, NULL, now);
	forger_of(&thief, &school); /* seqs beyond what the school used */
	fixture_must(txn_begin(&t, school.keys, false), "keys");
	fixture_must(vault_load(&school.school.vault, &t, student, &keys), "load");
	txn_abort(&t);
	struct custody_row before = fixture_custody(&school, student);
	rotate(&school);
	forge_entry(&thief, student, 0, NULL, "achievement", keys.keys[0].key, &theft);
	forge_verdict(&thief, student, 2021, entry, NULL, "confirm", keys.keys[0].key, &theft);
	struct body_release release = {.count = 1};
	struct writing w = {.type = RECORD_RELEASE, .subject = student, .ref_count = 1, .refs = {before.head}};
	memcpy(release.to, parent.school.id, SCHOOL_BYTES);
	forge(&thief, &w, &release, &theft);
	subject_keys_wipe(&keys);
	/* heard before the key event and after it: the same in the end */
	assert_int_equal(pool_give(&theft, &parent, now), ERR_OK);
	assert_int_equal(fixture_custody(&parent, student).state, CUSTODY_RELEASED);
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(pool_give(&theft, &school, now), ERR_OK);
	struct fixture *const both[] = {&school, &parent};
	for (int i = 0; i < 2; i++) {
		struct custody_row row = fixture_custody(both[i], student);
		assert_int_equal(row.state, CUSTODY_HELD);
		assert_memory_equal(row.custodian, school.school.id, SCHOOL_BYTES);
	}
	assert_int_equal(entries_with(&school, ENTRY_UNPROVEN), 1);
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 1);
	assert_int_equal(fixture_custody(&school, student).unconfirmed, 1);
	assert_int_equal(fixture_custody(&school, student).confirmed + fixture_custody(&school, student).other, 0);
	pool_release(&theft);
}

/* Revoked: what its parent holds of it counts; what it says from then on does not. */
static void a_revoked_school_is_heard_no_more(void **state)
{
	struct batch b;
	uint8_t id[ID_BYTES];
	(void)state;
	pool_carry(&school, &parent, NULL, now);
	fixture_batch(&parent, &b, now);
	fixture_must(membership_revoke(&b, school.school.id), "revoke");
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(&school, &b, now);
	fixture_entry(&b, student, 2, id);
	fixture_must(batch_commit(&b), "write");
	pool_carry(&parent, &school, NULL, now);
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 1);
	assert_int_equal(entries_with(&school, ENTRY_UNPROVEN), 1);
	assert_int_equal(fixture_custody(&school, student).unconfirmed, 1);
	/* and once it has heard so, it is told rather than left to write in vain */
	struct person p = {.family = "Иванова", .given = "Анна", .class_name = "7А"};
	struct actor by = {"Иванова Мария Петровна", "classteacher", "Школа", NULL, NULL};
	uint8_t fresh[SUBJECT_BYTES];
	fixture_batch(&school, &b, now);
	assert_int_equal(person_enrol(&b, &p, &by, fresh), ERR_REVOKED);
	assert_int_equal(subject_writable(&b, student), ERR_REVOKED);
	batch_abort(&b);
}

static void cuts_name_the_last_of_each_incarnation(void **state)
{
	struct pool p = {0};
	struct forger f[2];
	struct buf cuts;
	struct txn t;
	(void)state;
	forger_of(&f[0], &school);
	forger_of(&f[1], &school);
	memset(f[1].incarnation, 0xee, INCARNATION_BYTES);
	for (int i = 0; i < 2; i++) {
		f[i].seq = (uint64_t)(7 - 4 * i);
		forge_certificate(&f[i], parent.school.id, 0, 0, 0, 1, &p);
		forge_certificate(&f[i], parent.school.id, 0, 0, 0, 2, &p);
	}
	assert_int_equal(pool_give(&p, &school, now), ERR_OK);
	buf_init(&cuts, CUTS_BYTES_MAX);
	fixture_must(txn_begin(&t, school.store, false), "read");
	assert_int_equal(seen_cuts(&t, school.school.id, SEEN_ALL, CUTS_MAX, &cuts), ERR_OK);
	txn_abort(&t);
	assert_int_equal(cuts.n, 2 * CUT_BYTES);
	for (size_t i = 0; i < 2; i++) {
		int which = memcmp(cuts.p + i * CUT_BYTES, f[1].incarnation, INCARNATION_BYTES) == 0;
		assert_true(get_u64(cuts.p + i * CUT_BYTES + INCARNATION_BYTES) == f[which].seq - 1);
	}
	buf_release(&cuts);
	pool_release(&p);
}

static void after_a_restore_nothing_is_cut_off_unseen(void **state)
{
	struct batch b;
	struct identity next;
	uint8_t seed[32] = {5};
	(void)state;
	fixture_must(school_reincarnate(&school.school, seed), "restore");
	fixture_must(identity_next(&school.identity, school.recovery_secret, seed, &next), "next");
	fixture_batch(&school, &b, now);
	assert_int_equal(rotation_write(&b, &next), ERR_INCOMPLETE);
	batch_abort(&b);
}

/* --- the succession --------------------------------------------------------------------------- */

static const struct member *school_at(struct fixture *f)
{
	const struct roster *r = &f->school.roster;
	return &r->members[roster_find(r, school.school.id)];
}

/* One more event of the school's present key; next: NULL leaves the one committed to. Cuts nothing but the first record. */
static void forge_event(struct forger *thief, const uint8_t *next, struct pool *p)
{
	uint8_t cut[CUT_BYTES] = {0};
	struct body_keyevent body = {.kx = {9}, .cuts = bytes_of(cut, sizeof cut)};
	struct writing w = {.type = RECORD_KEYEVENT, .subject = network_subject};
	memcpy(cut, school.school.incarnation, INCARNATION_BYTES);
	memcpy(body.sign, thief->sign_secret + 32, sizeof body.sign);
	memcpy(body.next, next ? next : school.identity.next, sizeof body.next);
	forge(thief, &w, &body, p);
}

/* Who has the key of a generation, even the present one, cannot commit it to a key of his own. */
static void an_event_rewritten_by_its_key_changes_nothing(void **state)
{
	struct forger thief;
	struct pool theft = {0};
	(void)state;
	rotate(&school);
	forger_of(&thief, &school);
	pool_carry(&school, &parent, NULL, now);
	memset(thief.recovery_secret, 0x77, sizeof thief.recovery_secret);
	for (uint32_t tries = 0; tries < 20; tries++) {
		struct forger heir = thief;
		uint8_t next[HASH_BYTES];
		thief.recovery_secret[0]++;
		succession_from(next, thief.recovery_secret, 2);
		forge_event(&thief, next, &theft);
		forge_rotation(&heir, &theft);
	}
	assert_int_equal(pool_give(&theft, &parent, now), ERR_BAD_SIGNATURE);
	rotate(&school);
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(pool_give(&theft, &parent, now), ERR_BAD_SIGNATURE);
	assert_int_equal(school_at(&parent)->key_count, 3);
	assert_memory_equal(school_at(&parent)->keys[2].sign, school.school.sign_secret + 32, 32);
	assert_memory_equal(school_at(&parent)->keys[2].next, school.identity.next, HASH_BYTES);
	pool_release(&theft);
}

/* He can make another event of the same key and commitment, of any id; the word of the key before it goes as far as it did. */
static void the_cuts_of_all_events_count(void **state)
{
	struct forger thief;
	struct pool theft = {0};
	uint8_t kx[32] = {9};
	(void)state;
	rotate(&school);
	forger_of(&thief, &school);
	for (int i = 0; i < 20; i++)
		forge_event(&thief, NULL, &theft);
	assert_int_equal(pool_give(&theft, &school, now), ERR_OK);
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 1);
	assert_int_equal(entries_with(&school, ENTRY_UNPROVEN), 0);
	assert_int_equal(fixture_custody(&parent, student).state, CUSTODY_HELD);
	assert_int_equal(school_at(&parent)->key_count, 2);
	assert_memory_equal(school_at(&parent)->keys[1].kx, kx, sizeof kx); /* of the smallest id, one of his twenty */
	assert_true(member_same_cuts(school_at(&parent), school_at(&school)));
	rotate(&school); /* and that he answers there ends here */
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(school_at(&parent)->key_count, 3);
	crypto_scalarmult_base(kx, school.school.kx_secrets[0]);
	assert_memory_equal(school_at(&parent)->keys[2].kx, kx, sizeof kx);
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 1);
	pool_release(&theft);
}

static void another_sheet_makes_no_key(void **state)
{
	struct identity next = {0}, untouched = {0};
	uint8_t seed[32] = {5};
	(void)state;
	assert_int_equal(identity_next(&school.identity, parent.recovery_secret, seed, &next), ERR_FORBIDDEN);
	assert_int_equal(identity_at(&school.identity, 3, parent.recovery_secret, &next), ERR_FORBIDDEN);
	assert_memory_equal(&next, &untouched, sizeof next);
}

static void every_generation_has_its_key(void **state)
{
	struct identity now_at = school.identity, next, leap;
	uint8_t seed[32] = {5}, sign[32], secret[SIGN_SECRET_BYTES];
	(void)state;
	for (uint32_t g = 1; g < KEY_EVENTS_MAX; g++) {
		assert_int_equal(identity_next(&now_at, school.recovery_secret, seed, &next), ERR_OK);
		assert_int_equal(next.generation, g);
		crypto_sign_ed25519_seed_keypair(sign, secret, next.sign_seed);
		assert_true(succession_follows(now_at.next, sign, next.next));
		/* a node of the first day, and its sheet, reach every one of them */
		assert_int_equal(identity_at(&school.identity, g, school.recovery_secret, &leap), ERR_OK);
		assert_memory_equal(leap.sign_seed, next.sign_seed, sizeof leap.sign_seed);
		assert_memory_equal(leap.next, next.next, sizeof leap.next);
		assert_memory_equal(leap.kx_secret, school.identity.kx_secret, KEY_BYTES);
		now_at = next;
	}
	assert_true(sodium_is_zero(now_at.next, sizeof now_at.next));
	assert_int_equal(identity_next(&now_at, school.recovery_secret, seed, &next), ERR_QUOTA);
	assert_int_equal(identity_at(&school.identity, KEY_EVENTS_MAX, school.recovery_secret, &next), ERR_QUOTA);
}

/* The log must fit a greeting, which ends it before the keys do. */
static void the_log_grows_until_a_greeting_is_full(void **state)
{
	struct identity next;
	struct batch b;
	uint8_t seed[32] = {5};
	enum err e = ERR_OK;
	(void)state;
	while (!e) {
		fixture_must(identity_next(&school.identity, school.recovery_secret, seed, &next), "next");
		fixture_batch(&school, &b, now);
		e = rotation_write(&b, &next);
		if (e) {
			batch_abort(&b);
		} else {
			fixture_must(batch_commit(&b), "commit");
			school.identity = next;
		}
	}
	assert_int_equal(e, ERR_QUOTA);
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(school_at(&parent)->key_count, school.identity.generation + 1);
	assert_int_equal(fixture_custody(&parent, student).state, CUSTODY_HELD);
}

/* --- the sheet -------------------------------------------------------------------------------- */

static size_t keys_held(struct fixture *f, struct subject_keys *keys)
{
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, false), "keys");
	fixture_must(vault_load(&f->school.vault, &t, student, keys), "load");
	txn_abort(&t);
	return keys->count;
}

static void lose_keys(struct fixture *f)
{
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, true), "keys");
	txn_del_prefix(&t, T_KEY, (struct bytes){0});
	fixture_must(txn_commit(&t), "commit");
}

static enum err recover(struct fixture *f, const uint8_t secret[32], struct recovery_report *report)
{
	struct batch b;
	fixture_batch(f, &b, now);
	enum err e = recovery_open(&b, secret, report);
	if (e)
		batch_abort(&b);
	else
		fixture_must(batch_commit(&b), "commit");
	return e;
}

static void the_sheet_brings_the_keys_back(void **state)
{
	struct recovery_report report;
	struct subject_keys before, after;
	struct batch b;
	uint8_t id[ID_BYTES];
	(void)state;
	assert_int_equal(keys_held(&school, &before), 1);
	lose_keys(&school);
	assert_int_equal(keys_held(&school, &after), 0);
	assert_int_equal(recover(&school, parent.recovery_secret, &report), ERR_FORBIDDEN);
	assert_int_equal(recover(&school, school.recovery_secret, &report), ERR_OK);
	assert_int_equal(report.subjects, 1);
	assert_int_equal(report.unreadable, 0);
	assert_int_equal(keys_held(&school, &after), 1);
	assert_memory_equal(after.keys[0].key, before.keys[0].key, KEY_BYTES);
	assert_int_equal(entries_with(&school, ENTRY_UNCONFIRMED), 1);
	fixture_batch(&school, &b, now); /* and it writes on */
	fixture_entry(&b, student, 2, id);
	fixture_must(batch_commit(&b), "write");
	assert_int_equal(recover(&school, school.recovery_secret, &report), ERR_OK); /* twice does no harm */
	assert_int_equal(keys_held(&school, &after), 1);
}

/* A student that came from elsewhere: the newest of the school's own keys seals what comes next. */
static void after_a_transfer_the_own_key_is_the_own_key(void **state)
{
	struct recovery_report report;
	struct subject_keys before, after;
	struct batch b;
	uint8_t code[CODE_BYTES], claim[SUBJECT_BYTES];
	(void)state;
	fixture_batch(&school, &b, now);
	fixture_must(transfer_code(&b, student, code, claim), "code");
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(&parent, &b, now);
	fixture_must(transfer_claim(&b, code, claim), "claim");
	fixture_must(batch_commit(&b), "commit");
	pool_carry(&parent, &school, NULL, now);
	fixture_batch(&school, &b, now);
	fixture_must(transfer_approve(&b, claim), "approve");
	fixture_must(batch_commit(&b), "commit");
	pool_carry(&school, &parent, NULL, now);
	assert_int_equal(keys_held(&parent, &before), 2);
	lose_keys(&parent);
	assert_int_equal(recover(&parent, parent.recovery_secret, &report), ERR_OK);
	assert_int_equal(keys_held(&parent, &after), 2);
	assert_memory_equal(subject_keys_newest_own(&after)->id, subject_keys_newest_own(&before)->id, HASH_BYTES);
	subject_keys_wipe(&before);
	subject_keys_wipe(&after);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_school_goes_on_under_its_new_key),
		TEST(a_stolen_key_signs_nothing_that_counts),
		TEST(a_revoked_school_is_heard_no_more),
		TEST(cuts_name_the_last_of_each_incarnation),
		TEST(after_a_restore_nothing_is_cut_off_unseen),
		TEST(an_event_rewritten_by_its_key_changes_nothing),
		TEST(the_cuts_of_all_events_count),
		TEST(another_sheet_makes_no_key),
		TEST(every_generation_has_its_key),
		TEST(the_log_grows_until_a_greeting_is_full),
		TEST(the_sheet_brings_the_keys_back),
		TEST(after_a_transfer_the_own_key_is_the_own_key),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
