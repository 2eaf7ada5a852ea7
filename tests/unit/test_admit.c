/* The one door: what is refused, why, and that a refusal leaves no trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/mp.h"
#include "tests/lib/forge.h"

static const uint64_t now = 1790000000000;
static struct fixture f;
static struct forger founder, child, stranger;
static struct pool network, pool;
static uint8_t subject[SUBJECT_BYTES] = {3}, key[KEY_BYTES] = {4};

static int setup(void **state)
{
	(void)state;
	struct pool unwanted = {0};
	if (sodium_init() < 0)
		return 1;
	fixture_create(&f, 1, "Школа", now);
	forger_of(&founder, &f);
	forger_create(&child, 50, &network);
	forge_certificate(&founder, child.id, POWER_ALL, 2, 0, UINT64_MAX >> 1, &network);
	forger_create(&stranger, 51, &unwanted);
	pool_release(&unwanted);
	/* the inception lies before the certificate, and is refused until that has come */
	fixture_must(pool_give(&network, &f, now), "network");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_release(&network);
	pool_release(&pool);
	fixture_close(&f);
	return 0;
}

struct census {
	uint64_t rows[TABLE_COUNT];
	uint8_t hash[HASH_BYTES];
};

static struct census count_rows(struct txn *t)
{
	struct census c;
	struct hash h;
	hash_start(&h, "test census", HASH_BYTES, (struct bytes){0});
	for (int table = 0; table < TABLE_COUNT; table++) {
		struct cursor at;
		c.rows[table] = txn_count(t, (enum table)table);
		cursor_open(&at, t, (enum table)table);
		for (bool on = cursor_seek(&at, (struct bytes){0}); on; on = cursor_next(&at)) {
			hash_add(&h, at.key.p, at.key.n);
			hash_add(&h, at.value.p, at.value.n);
		}
		cursor_close(&at);
	}
	hash_end(&h, c.hash);
	return c;
}

static struct bytes last(void)
{
	const struct forged *k = pool.at[pool.count - 1];
	return bytes_of(k->raw, k->n);
}

/* Cuts the last record open and puts it together again with another signature or body. */
static void rebuild(struct buf *out, const uint8_t *signature, const struct bytes *body)
{
	struct record r;
	fixture_must(record_read(last(), &r), "record");
	buf_init(out, 4 * RECORD_BYTES_MAX);
	mp_put_array(out, 3);
	mp_put_bin(out, r.header);
	mp_put_bin(out, bytes_of(signature ? signature : r.signature, SIGNATURE_BYTES));
	if (!body)
		mp_put_nil(out);
	else
		mp_put_bin(out, *body);
}

static struct bytes body_of_last(void)
{
	struct record r;
	fixture_must(record_read(last(), &r), "record");
	return r.body;
}

static void accept_of(struct forger *by, const uint8_t *whose, uint16_t period)
{
	struct body_accept body = {.manifest = {1}};
	struct writing w = {.type = RECORD_ACCEPT, .subject = whose, .period = period};
	forge(by, &w, &body, &pool);
}

static void bad_signature(struct buf *out)
{
	accept_of(&child, subject, 0);
	struct bytes body = body_of_last();
	uint8_t signature[SIGNATURE_BYTES] = {1};
	rebuild(out, signature, &body);
}

static void signed_by_another_school(struct buf *out)
{
	struct forger liar = founder;
	memcpy(liar.id, child.id, SCHOOL_BYTES);
	accept_of(&liar, subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void of_an_unknown_author(struct buf *out)
{
	accept_of(&stranger, subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void of_a_key_not_yet_known(struct buf *out)
{
	struct forger ahead = child;
	ahead.generation = 3;
	accept_of(&ahead, subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void custody_about_the_network(struct buf *out)
{
	accept_of(&child, network_subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void certificate_about_a_student(struct buf *out)
{
	struct body_revocation body = {.member = {1}};
	struct writing w = {.type = RECORD_REVOCATION, .subject = subject};
	forge(&child, &w, &body, &pool);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void chain_record_with_a_period(struct buf *out)
{
	accept_of(&child, subject, 2026);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void clear_body_taken_out(struct buf *out)
{
	accept_of(&child, subject, 0);
	rebuild(out, NULL, NULL);
}

static void body_of_another_record(struct buf *out)
{
	forge_entry(&child, subject, 2026, NULL, "award", key, &pool);
	struct bytes other = body_of_last();
	forge_entry(&child, subject, 2026, NULL, "essay", key, &pool);
	rebuild(out, NULL, &other);
}

static void forged_inception(struct buf *out)
{
	struct pool aside = {0};
	struct forger thief;
	struct record r;
	union body body;
	forger_create(&thief, 52, &aside);
	fixture_must(record_read(bytes_of(aside.at[0]->raw, aside.at[0]->n), &r), "record");
	fixture_must(body_decode(r.type, r.body, &body), "body");
	memcpy(thief.id, child.id, SCHOOL_BYTES); /* its keys under our child's name */
	struct writing w = {.type = RECORD_SCHOOL, .subject = network_subject};
	forge(&thief, &w, &body.school, &pool);
	pool_release(&aside);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void key_event_with_a_wrong_commitment(struct buf *out)
{
	struct forger thief = child;
	memset(thief.recovery_secret, 0x66, sizeof thief.recovery_secret);
	forge_rotation(&thief, &pool);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void key_event_that_skips_one(struct buf *out)
{
	struct forger hasty = child;
	hasty.generation = 1;
	forge_rotation(&hasty, &pool);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
}

static void cut_short(struct buf *out)
{
	accept_of(&child, subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n - 1);
}

static void with_a_byte_more(struct buf *out)
{
	accept_of(&child, subject, 0);
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, last().p, last().n);
	buf_put_byte(out, 0xc0);
}

static void too_large(struct buf *out)
{
	buf_init(out, 2 * RECORD_BYTES_MAX);
	memset(buf_extend(out, RECORD_BYTES_MAX + 1), 0, RECORD_BYTES_MAX + 1);
}

static void held_already(struct buf *out)
{
	buf_init(out, RECORD_BYTES_MAX);
	buf_put(out, network.at[0]->raw, network.at[0]->n);
}

static void refusals_leave_no_trace(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*make)(struct buf *out);
		enum err want;
	} cases[] = {
		{"bad signature", bad_signature, ERR_BAD_SIGNATURE},
		{"signed by another school", signed_by_another_school, ERR_BAD_SIGNATURE},
		{"unknown author", of_an_unknown_author, ERR_UNKNOWN_AUTHOR},
		{"a key not yet known", of_a_key_not_yet_known, ERR_UNKNOWN_AUTHOR},
		{"custody about the network", custody_about_the_network, ERR_BAD_FORM},
		{"certificate about a student", certificate_about_a_student, ERR_BAD_FORM},
		{"chain record with a period", chain_record_with_a_period, ERR_BAD_FORM},
		{"clear body taken out", clear_body_taken_out, ERR_INCOMPLETE},
		{"body of another record", body_of_another_record, ERR_BAD_HASH},
		{"forged inception", forged_inception, ERR_BAD_FORM},
		{"key event with a wrong commitment", key_event_with_a_wrong_commitment, ERR_BAD_SIGNATURE},
		{"key event that skips one", key_event_that_skips_one, ERR_UNKNOWN_AUTHOR},
		{"cut short", cut_short, ERR_TRUNCATED},
		{"a byte more", with_a_byte_more, ERR_TRAILING},
		{"too large", too_large, ERR_TOO_LARGE},
		{"held already", held_already, ERR_DUPLICATE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf raw;
		struct batch b;
		cases[i].make(&raw);
		fixture_batch(&f, &b, now);
		struct census before = count_rows(&b.txn);
		enum err e = batch_admit(&b, buf_bytes(&raw), PROOF_SIGNATURE);
		struct census after = count_rows(&b.txn);
		if (e != cases[i].want)
			fail_msg("%s: %s, want %s", cases[i].name, err_name(e), err_name(cases[i].want));
		if (memcmp(&before, &after, sizeof before) != 0)
			fail_msg("%s: left a trace", cases[i].name);
		assert_int_equal(b.forks, 0);
		fixture_must(batch_commit(&b), "commit");
		buf_release(&raw);
	}
}

static void twice_is_once(void **state)
{
	(void)state;
	struct batch b;
	forge_entry(&child, subject, 2026, NULL, "essay", key, &pool);
	fixture_batch(&f, &b, now);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	struct census before = count_rows(&b.txn);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_DUPLICATE);
	struct census after = count_rows(&b.txn);
	assert_memory_equal(&before, &after, sizeof before);
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(&f, &b, now);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_DUPLICATE);
	batch_abort(&b);
}

/* Two histories of one school: both are kept, and it is noticed. */
static void x1_forks_are_kept_and_counted(void **state)
{
	(void)state;
	struct batch b;
	struct forger twin = child;
	fixture_batch(&f, &b, now);
	uint64_t seen = txn_count(&b.txn, T_SEEN);
	forge_entry(&child, subject, 2026, NULL, "one", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	assert_int_equal(b.forks, 0);
	forge_entry(&twin, subject, 2026, NULL, "other", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	assert_int_equal(b.forks, 1);
	assert_int_equal(txn_count(&b.txn, T_SEEN), seen + 2);
	forge_entry(&child, subject, 2026, NULL, "next", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	assert_int_equal(b.forks, 1);
	fixture_must(batch_commit(&b), "commit");
}

/* After a rotation both the old key's records and the new one's are good. */
static void x1_old_signatures_stay_good_after_a_rotation(void **state)
{
	(void)state;
	struct forger before = child;
	struct batch b;
	forge_rotation(&child, &pool);
	fixture_batch(&f, &b, now);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	before.seq += 100;
	forge_entry(&before, subject, 2026, NULL, "old key", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	forge_entry(&child, subject, 2026, NULL, "new key", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_OK);
	struct forger mixed = child;
	memcpy(mixed.sign_secret, before.sign_secret, SIGN_SECRET_BYTES);
	forge_entry(&mixed, subject, 2026, NULL, "mixed", key, &pool);
	assert_int_equal(batch_admit(&b, last(), PROOF_SIGNATURE), ERR_BAD_SIGNATURE);
	fixture_must(batch_commit(&b), "commit");
}

/* An aborted batch is as if it had never been. */
static void an_abort_undoes_everything(void **state)
{
	(void)state;
	struct batch b;
	struct txn t;
	uint8_t student[SUBJECT_BYTES];
	fixture_must(txn_begin(&t, f.store, false), "read");
	struct census before = count_rows(&t);
	txn_abort(&t);
	uint64_t lseq = f.school.next_lseq, seq = f.school.next_seq;
	fixture_batch(&f, &b, now);
	fixture_student(&f, &b, 1, student);
	batch_abort(&b);
	fixture_must(txn_begin(&t, f.store, false), "read");
	struct census after = count_rows(&t);
	txn_abort(&t);
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(f.school.next_lseq, lseq);
	assert_int_equal(f.school.next_seq, seq);
	fixture_must(txn_begin(&t, f.keys, false), "read");
	assert_int_equal(txn_count(&t, T_KEY), 0);
	txn_abort(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_leave_no_trace),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(x1_forks_are_kept_and_counted),
		cmocka_unit_test(an_abort_undoes_everything),
		cmocka_unit_test(x1_old_signatures_stay_good_after_a_rotation),
	};
	return cmocka_run_group_tests_name("admit", tests, setup, teardown);
}
