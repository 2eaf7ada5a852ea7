/* One session between two schools: what it costs, what it refuses, when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "core/agreed.h"
#include "core/leaf.h"
#include "core/root.h"
#include "core/transfer.h"
#include "core/view.h"
#include "proto/mp.h"
#include "tests/lib/forge.h"
#include "tests/lib/link.h"

enum { STUDENTS = 12, ENTRIES = 30 };

static uint64_t now = 1790000000000;
static struct fixture parent, child, third; /* third: another child */
static struct link l;
static bool linked;
static uint8_t students[STUDENTS][SUBJECT_BYTES];

static int start(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES];
	linked = false;
	fixture_create(&parent, 1, "Опорная школа", now);
	fixture_create(&child, 2, "Школа", now);
	fixture_create(&third, 3, "Школа", now);
	fixture_join(&parent, &child, POWER_RELAY, 0, now);
	fixture_join(&parent, &third, POWER_RELAY, 0, now);
	fixture_share_network(&parent, &child, now);
	fixture_batch(&child, &b, now);
	for (unsigned i = 0; i < STUDENTS; i++) {
		fixture_student(&child, &b, i, students[i]);
		for (unsigned k = 0; k < ENTRIES; k++)
			fixture_entry(&b, students[i], k, id);
	}
	fixture_must(batch_commit(&b), "enrol");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (linked)
		link_close(&l);
	fixture_close(&parent);
	fixture_close(&child);
	fixture_close(&third);
	return 0;
}

static void meet(void)
{
	if (linked)
		link_close(&l);
	link_open(&l, &child, &parent, now);
	linked = true;
	link_pump(&l);
}

static void all_well(void)
{
	uint8_t root[2][DIGEST_BYTES];
	uint64_t count[2];
	for (int i = 0; i < 2; i++) {
		struct txn t;
		if (l.end[i].error)
			fail_msg("end %d: %s", i, err_name(l.end[i].error));
		fixture_must(txn_begin(&t, l.end[i].f->store, false), "read");
		sync_root(l.end[i].sync, &t, root[i], &count[i]);
		txn_abort(&t);
		assert_int_equal(l.end[i].strikes, 0);
		assert_in_range(l.end[i].in_flight_max, 0, CREDIT_BYTES);
	}
	assert_false(l.ack_early);
	assert_memory_equal(root[0], root[1], DIGEST_BYTES);
	assert_int_equal(count[0], count[1]);
	assert_true(link_complete(&l));
}

static uint32_t held(struct fixture *f, const uint8_t *subject)
{
	struct txn t;
	fixture_must(txn_begin(&t, f->store, false), "read");
	uint32_t n = digest_get(&t, subject).all.count;
	txn_abort(&t);
	return n;
}

static void cold_sync_gives_the_parent_everything(void **state)
{
	(void)state;
	meet();
	all_well();
	for (size_t i = 0; i < STUDENTS; i++)
		assert_int_equal(held(&parent, students[i]), ENTRIES + 3); /* enrolment, wrap, person */
	struct txn t;
	uint8_t any[SUBJECT_BYTES];
	fixture_must(txn_begin(&t, parent.keys, false), "read");
	assert_false(vault_next(&t, NULL, any)); /* X2: ciphertext only */
	txn_abort(&t);
}

/* Once equal, a new session is a greeting and one exchange of roots; a heartbeat one more. */
static void equal_sets_cost_one_exchange_of_roots(void **state)
{
	(void)state;
	meet();
	meet();
	all_well();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(l.end[i].said[MESSAGE_RECORD], 0);
		assert_int_equal(l.end[i].said[MESSAGE_SCOPE], 0);
		assert_int_equal(l.end[i].said[MESSAGE_BUCKETS], 0);
		assert_in_range(l.end[i].said[MESSAGE_ROOT], 1, 1);
	}
	assert_in_range(l.end[0].bytes + l.end[1].bytes, 1, 310);
	/* the heartbeat of either end is its root, which needs no answer */
	for (int i = 0; i < 2; i++) {
		uint64_t before = l.end[0].bytes + l.end[1].bytes;
		link_tick(&l, i);
		link_pump(&l);
		all_well();
		assert_int_equal(l.end[0].said[MESSAGE_ROOT], 2);
		assert_int_equal(l.end[1].said[MESSAGE_ROOT], 1 + i);
		assert_in_range(l.end[0].bytes + l.end[1].bytes - before, 1, 64);
	}
}

static void what_is_written_goes_live(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES];
	meet();
	uint64_t records = l.end[0].said[MESSAGE_RECORD], repairs = l.end[0].said[MESSAGE_BUCKETS];
	for (unsigned i = 0; i < 20; i++) {
		fixture_batch(&child, &b, now);
		fixture_entry(&b, students[i % STUDENTS], 100 + i, id);
		link_work(&l, 0, &b);
		link_pump(&l);
	}
	all_well();
	assert_int_equal(l.end[0].said[MESSAGE_RECORD] - records, 20); /* each once */
	assert_int_equal(l.end[0].said[MESSAGE_BUCKETS], repairs);    /* and no repair was needed */
	assert_int_equal(held(&parent, students[0]), ENTRIES + 3 + 2);
}

/* What was written while the link was down comes by cursor: no repair. */
static void the_cursor_carries_over_a_break(void **state)
{
	(void)state;
	struct batch b;
	uint8_t id[ID_BYTES];
	meet();
	fixture_batch(&child, &b, now);
	for (unsigned i = 0; i < 50; i++)
		fixture_entry(&b, students[i % STUDENTS], 200 + i, id);
	fixture_must(batch_commit(&b), "alone");
	meet();
	all_well();
	assert_int_equal(l.end[0].said[MESSAGE_RECORD], 50);
	assert_int_equal(l.end[0].said[MESSAGE_BUCKETS], 0);
}

/* Records that one side lacks without knowing, here and there: found by digests, sent once. */
static void scattered_differences_are_found(void **state)
{
	(void)state;
	meet();
	struct txn t;
	size_t lost = 0;
	uint8_t nobody[SCHOOL_BYTES] = {0};
	fixture_must(txn_begin(&t, parent.store, true), "write");
	for (size_t i = 0; i < STUDENTS; i += 2) {
		struct cursor c;
		uint8_t key[LEAF_KEY_BYTES];
		bool found = false;
		cursor_open(&c, &t, T_LEAF);
		struct bytes prefix = bytes_of(students[i], SUBJECT_BYTES);
		for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
			struct leaf leaf = leaf_parse(c.key, c.value);
			found = leaf.type == RECORD_ENTRY;
			if (found)
				memcpy(key, c.key.p, sizeof key);
		}
		cursor_close(&c);
		assert_true(found && txn_del(&t, T_LEAF, bytes_of(key, sizeof key)));
		digest_update(&t, students[i], nobody);
		lost++;
	}
	fixture_must(txn_commit(&t), "damage");
	meet();
	all_well();
	assert_int_equal(l.end[0].said[MESSAGE_RECORD], lost);
	assert_in_range(l.end[1].said[MESSAGE_RECORD], 0, 0);
	for (size_t i = 0; i < STUDENTS; i++)
		assert_int_equal(held(&parent, students[i]), ENTRIES + 3);
}

static void commit_alone(struct fixture *f, enum err (*what)(struct batch *b, const void *arg), const void *arg)
{
	struct batch b;
	fixture_batch(f, &b, now);
	fixture_must(what(&b, arg), "work");
	fixture_must(batch_commit(&b), "commit");
}

static enum err approve(struct batch *b, const void *claim_subject)
{
	return transfer_approve(b, claim_subject);
}

/* A right that appears while the session stands is filled from the beginning; the cursor is no proof. */
static void n6_a_widened_scope_is_backfilled(void **state)
{
	(void)state;
	struct pool p = {0};
	struct batch b;
	uint8_t code[CODE_BYTES], claim_subject[SUBJECT_BYTES];
	/* parent and third are in session and equal, before the student is theirs in any way */
	meet();
	link_close(&l);
	link_open(&l, &third, &parent, now);
	link_pump(&l);
	all_well();
	assert_int_equal(held(&third, students[3]), 0);
	fixture_batch(&child, &b, now);
	fixture_must(transfer_code(&b, students[3], code, claim_subject), "code");
	fixture_must(batch_commit(&b), "code");
	fixture_batch(&third, &b, now);
	fixture_must(transfer_claim(&b, code, claim_subject), "claim");
	link_work(&l, 0, &b);
	link_pump(&l);
	all_well();
	pool_take(&p, &third, claim_subject);
	fixture_must(pool_give(&p, &child, now), "claim by hand");
	pool_release(&p);
	commit_alone(&child, approve, claim_subject);
	/* the release reaches the parent by another road, while the session stands */
	pool_take(&p, &child, students[3]);
	fixture_batch(&parent, &b, now);
	for (size_t i = 0; i < p.count; i++) {
		enum err e = batch_admit(&b, bytes_of(p.at[i]->raw, p.at[i]->n), PROOF_SIGNATURE);
		assert_true(e == ERR_OK || e == ERR_DUPLICATE);
	}
	link_work(&l, 1, &b);
	pool_release(&p);
	link_pump(&l);
	all_well();
	assert_in_range(held(&third, students[3]), ENTRIES + 3, ENTRIES + 20);
	struct custody_row row;
	struct txn t;
	fixture_must(txn_begin(&t, parent.store, false), "read");
	assert_true(view_custody(&t, students[3], &row));
	txn_abort(&t);
	assert_int_equal(row.state, CUSTODY_HELD); /* accepted, and the accept came back */
	assert_memory_equal(row.custodian, third.school.id, SCHOOL_BYTES);
	assert_int_equal(held(&third, students[4]), 0);
}

/* After the hand-over the old school hears no more of what the new one writes. */
static void n6_a_right_that_ended_gives_nothing_more(void **state)
{
	(void)state;
	struct batch b;
	struct pool p = {0};
	uint8_t code[CODE_BYTES], claim_subject[SUBJECT_BYTES], id[ID_BYTES];
	fixture_batch(&child, &b, now);
	fixture_must(transfer_code(&b, students[0], code, claim_subject), "code");
	fixture_must(batch_commit(&b), "code");
	fixture_batch(&third, &b, now);
	fixture_must(transfer_claim(&b, code, claim_subject), "claim");
	fixture_must(batch_commit(&b), "claim");
	pool_take(&p, &third, claim_subject);
	fixture_must(pool_give(&p, &child, now), "claim by hand");
	pool_release(&p);
	commit_alone(&child, approve, claim_subject);
	meet();
	link_close(&l);
	link_open(&l, &third, &parent, now);
	link_pump(&l);
	all_well();
	fixture_batch(&third, &b, now);
	for (unsigned i = 0; i < 5; i++)
		fixture_entry(&b, students[0], 300 + i, id);
	link_work(&l, 0, &b);
	link_pump(&l);
	all_well();
	uint32_t whole = held(&parent, students[0]);
	assert_int_equal(whole, held(&third, students[0]));
	meet();
	all_well();
	assert_in_range(held(&child, students[0]), ENTRIES + 3, whole - 5);
}

/* What it should not have sent is refused; it is struck only where it knew. */
static void foreign_records_are_answered(void **state)
{
	(void)state;
	struct pool p = {0};
	struct forger hand;
	uint8_t mine[SUBJECT_BYTES] = {5}, key[KEY_BYTES] = {1};
	meet();
	forger_of(&hand, &child);
	forge_entry(&hand, mine, 2026, NULL, "essay", key, &p);
	struct message m = {.type = MESSAGE_RECORD, .record = {.data = bytes_of(p.at[0]->raw, p.at[0]->n)}};
	struct message scope = {.type = MESSAGE_ROOT, .root = {.epoch_yours = 77}};
	link_inject(&l, 1, &scope); /* it says that it has another list of ours */
	link_inject(&l, 1, &m);
	l.hold_commits = true;
	link_pump(&l);
	assert_true(link_commit(&l, 1));
	assert_int_equal(l.end[1].said[MESSAGE_NACK], 1);
	assert_int_equal(l.end[1].strikes, 0);
	l.hold_commits = false;
	meet(); /* both lists are known and roots were compared */
	link_inject(&l, 1, &m);
	l.hold_commits = true;
	link_pump(&l);
	assert_true(link_commit(&l, 1));
	assert_int_equal(l.end[1].said[MESSAGE_NACK], 1);
	assert_int_equal(l.end[1].strikes, 1);
	assert_int_equal(l.end[0].nack, ERR_OUT_OF_SCOPE);
	struct sync_status st;
	sync_status(l.end[1].sync, &st);
	assert_false(st.complete);
	assert_int_equal(st.reason, ERR_OUT_OF_SCOPE);
	assert_int_equal(held(&parent, mine), 0);
	pool_release(&p);
}

static void bad_signatures_are_struck(void **state)
{
	(void)state;
	struct pool p = {0};
	struct forger hand;
	uint8_t key[KEY_BYTES] = {1};
	meet();
	forger_of(&hand, &child);
	hand.sign_secret[0] ^= 1;
	forge_entry(&hand, students[0], 2026, NULL, "essay", key, &p);
	struct message m = {.type = MESSAGE_RECORD, .record = {.data = bytes_of(p.at[0]->raw, p.at[0]->n)}};
	link_inject(&l, 1, &m);
	l.hold_commits = true;
	link_pump(&l);
	assert_true(link_commit(&l, 1));
	assert_int_equal(l.end[1].strikes, 1);
	assert_int_equal(l.end[1].said[MESSAGE_NACK], 1);
	assert_int_equal(held(&parent, students[0]), ENTRIES + 3);
	pool_release(&p);
}

/* Nothing is acknowledged while its commit is held back, and nothing beyond the credit is sent. */
static void acks_wait_for_the_commit(void **state)
{
	(void)state;
	link_open(&l, &child, &parent, now);
	linked = true;
	l.hold_commits = true;
	for (int i = 0; i < 20; i++) {
		uint64_t acks = l.end[1].said[MESSAGE_ACK];
		link_pump(&l);
		assert_int_equal(l.end[1].said[MESSAGE_ACK], acks);
		link_commit(&l, 0);
		link_commit(&l, 1);
	}
	l.hold_commits = false;
	link_pump(&l);
	all_well();
}

/* Large records: more than the credit holds at once. */
static void credit_is_kept_with_large_records(void **state)
{
	(void)state;
	struct batch b;
	static char text[30000];
	struct buf fields;
	struct actor by = {"Иванова Мария Петровна", "classteacher", "Школа", NULL, NULL};
	memset(text, 'x', sizeof text - 1);
	buf_init(&fields, 64 * 1024);
	mp_put_map(&fields, 1);
	mp_put_key(&fields, "text");
	mp_put_text(&fields, bytes_text(text));
	struct entry_draft d = {.kind = "essay", .title = "Сочинение", .fields = buf_bytes(&fields), .period = 2026};
	fixture_batch(&child, &b, now);
	for (unsigned i = 0; i < 40; i++)
		fixture_must(entry_write(&b, students[i % 3], &d, &by, NULL), "entry");
	fixture_must(batch_commit(&b), "commit");
	buf_release(&fields);
	meet();
	all_well();
}

/* What a peer may not say, and how the session ends. */
static void protocol_violations_end_the_session(void **state)
{
	(void)state;
	static uint8_t odd[100], unsorted[2 * (SUBJECT_BYTES + 1)] = {1};
	static const struct {
		const char *name;
		bool before_hello;
		struct message m;
		enum err want;
	} cases[] = {
		{"a record before HELLO", true, {.type = MESSAGE_RECORD}, ERR_PROTOCOL},
		{"a root before HELLO", true, {.type = MESSAGE_ROOT}, ERR_PROTOCOL},
		{"HELLO of another version", true, {.type = MESSAGE_HELLO, .hello = {.version = 99}}, ERR_BAD_VERSION},
		{"HELLO twice", false, {.type = MESSAGE_HELLO, .hello = {.version = 1}}, ERR_PROTOCOL},
		{"ACK beyond what was sent", false, {.type = MESSAGE_ACK, .ack = {.bytes = UINT64_MAX}}, ERR_PROTOCOL},
		{"ACK going back", false, {.type = MESSAGE_ACK, .ack = {.bytes = 0}}, ERR_PROTOCOL},
		{"SCOPE of a bad length", false, {.type = MESSAGE_SCOPE, .scope = {.entries = {odd, 16}}}, ERR_BAD_FORM},
		{"SCOPE with an unknown right", false, {.type = MESSAGE_SCOPE, .scope = {.entries = {odd, 17}}}, ERR_BAD_FORM},
		{"SCOPE out of order", false, {.type = MESSAGE_SCOPE, .scope = {.entries = {unsorted, sizeof unsorted}}}, ERR_NOT_CANONICAL},
		{"BUCKETS of a bad length", false, {.type = MESSAGE_BUCKETS, .buckets = {.digests = {odd, 8}}}, ERR_BAD_FORM},
		{"SUBJECTS of a bad length", false, {.type = MESSAGE_SUBJECTS, .subjects = {.entries = {odd, 35}}}, ERR_BAD_FORM},
		{"LEAVES of a bad length", false, {.type = MESSAGE_LEAVES, .leaves = {.entries = {odd, 15}}}, ERR_BAD_FORM},
		{"IDS of a bad length", false, {.type = MESSAGE_IDS, .ids = {.ids = {odd, 10}}}, ERR_BAD_FORM},
		{"IDS of a period too large", false, {.type = MESSAGE_IDS, .ids = {.period = 65536}}, ERR_BAD_FORM},
		{"IDS of a part too large", false, {.type = MESSAGE_IDS, .ids = {.part = 257}}, ERR_BAD_FORM},
		{"WANT of a bad length", false, {.type = MESSAGE_WANT, .want = {.ids = {odd, 9}}}, ERR_BAD_FORM},
		{"WANT of whole subjects of a bad length", false, {.type = MESSAGE_WANT, .want = {.whole = 1, .ids = {odd, 17}}}, ERR_BAD_FORM},
		{"AUTH inside the session", false, {.type = MESSAGE_AUTH}, ERR_PROTOCOL},
		{"JOIN inside the session", false, {.type = MESSAGE_JOIN}, ERR_PROTOCOL},
		{"BYE", false, {.type = MESSAGE_BYE}, ERR_CLOSED},
	};
	memset(odd, 0xee, sizeof odd);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (linked)
			link_close(&l);
		link_open(&l, &child, &parent, now);
		linked = true;
		if (cases[i].before_hello) {
			buf_reset(&l.end[0].inbox);
		} else {
			link_pump(&l);
			/* so that there is something to go back from */
			struct batch b;
			uint8_t id[ID_BYTES];
			fixture_batch(&child, &b, now);
			fixture_entry(&b, students[0], 500, id);
			link_work(&l, 0, &b);
			link_pump(&l);
		}
		link_inject(&l, 0, &cases[i].m);
		link_pump(&l);
		if (l.end[0].error != cases[i].want)
			fail_msg("%s: %s, want %s", cases[i].name, err_name(l.end[0].error), err_name(cases[i].want));
	}
}

/* More in one go than any credit allows. */
static void a_flood_ends_the_session(void **state)
{
	(void)state;
	static uint8_t big[50000];
	meet();
	struct message m = {.type = MESSAGE_RECORD, .record = {.data = bytes_of(big, sizeof big)}};
	l.hold_commits = true;
	for (int i = 0; i < 40 && !l.end[1].error; i++) {
		link_inject(&l, 1, &m);
		link_pump(&l); /* handed to the writer one by one: the credit is over all of them */
	}
	assert_int_equal(l.end[1].error, ERR_PROTOCOL);
}

/* What the child's session says of a record that the parent is sent, once or more. */
static void answered(struct pool *p, unsigned times, enum err nack, unsigned strikes, uint32_t more)
{
	uint32_t before = held(&parent, students[0]);
	uint64_t nacks = l.end[1].said[MESSAGE_NACK], acks = l.end[1].said[MESSAGE_ACK];
	struct message m = {.type = MESSAGE_RECORD, .record = {.data = bytes_of(p->at[0]->raw, p->at[0]->n)}};
	for (unsigned i = 0; i < times; i++) {
		l.end[0].sent_bytes += p->at[0]->n;
		link_inject(&l, 1, &m);
		l.hold_commits = true;
		link_pump(&l);
		assert_true(link_commit(&l, 1));
		l.hold_commits = false;
	}
	assert_int_equal(l.end[1].said[MESSAGE_NACK] - nacks, nack ? times : 0);
	assert_int_equal(l.end[1].said[MESSAGE_ACK] - acks, times);
	assert_int_equal(l.end[1].strikes, strikes);
	assert_int_equal(l.end[1].error, ERR_OK);
	assert_int_equal(held(&parent, students[0]) - before, more);
	if (nack) {
		struct sync_status st;
		sync_status(l.end[1].sync, &st);
		assert_int_equal(st.reason, nack);
	}
	pool_release(p);
}

/* Cases 66, 68 and 70 of the bad inputs: none of them is the peer's fault. */
static void n5_what_is_no_fault_is_not_struck(void **state)
{
	(void)state;
	struct pool p = {0}, aside = {0};
	struct forger hand, stranger;
	uint8_t key[KEY_BYTES] = {1};
	forger_of(&hand, &child);
	forger_create(&stranger, 60, &aside);
	pool_release(&aside);
	meet();
	forge_entry(&stranger, students[0], 2026, NULL, "essay", key, &p);
	answered(&p, 1, ERR_UNKNOWN_AUTHOR, 0, 0);
	meet();
	forge_entry(&hand, students[0], 2026, NULL, "essay", key, &p);
	answered(&p, 3, ERR_OK, 0, 1);
	meet();
	hand.time += (uint64_t)10 * 366 * 24 * 3600 * 1000 << 16;
	forge_entry(&hand, students[0], 2026, NULL, "award", key, &p);
	answered(&p, 1, ERR_OK, 0, 1);
}

/* Case 71: a peer that offers without end is cut off, before it costs more than the limit. */
static void endless_offers_end_the_session(void **state)
{
	(void)state;
	enum { ENTRY = SUBJECT_BYTES + 1, PART = MESSAGE_LIST_BYTES_MAX / ENTRY };
	static uint8_t list[PART * ENTRY];
	meet();
	for (uint32_t sent = 0; sent < 1000 * 1000 && !l.end[1].error; sent += PART) {
		struct message m = {.type = MESSAGE_SCOPE, .scope = {.reset = sent == 0, .more = 1, .entries = {list, sizeof list}}};
		for (uint32_t i = 0; i < PART; i++) {
			put_u32(list + i * ENTRY, sent + i);
			list[i * ENTRY + SUBJECT_BYTES] = 1;
		}
		link_inject(&l, 1, &m);
		link_pump(&l);
		assert_true(l.end[1].error || sent < SCOPE_SUBJECTS_MAX);
	}
	assert_int_equal(l.end[1].error, ERR_QUOTA);
}

/* Each BUCKETS costs a look at all that is shared: one for each ROOT, and not one more. */
static void buckets_are_owed_to_a_root(void **state)
{
	(void)state;
	uint8_t digests[BUCKETS * ROOT_BUCKET_BYTES] = {0};
	struct message m = {.type = MESSAGE_BUCKETS, .buckets = {.digests = {digests, sizeof digests}}};
	meet();
	uint64_t owed = l.end[1].said[MESSAGE_ROOT] - l.end[0].said[MESSAGE_BUCKETS], answered = 0;
	assert_in_range(owed, 1, 20);
	while (!l.end[1].error && answered <= owed) {
		link_inject(&l, 1, &m);
		link_pump(&l);
		answered++;
	}
	assert_int_equal(l.end[1].error, ERR_PROTOCOL);
	assert_int_equal(answered, owed + 1);
}

static void a_scope_list_takes_changes_in_one_pass(void **state)
{
	static const struct {
		const char *list, *changes, *want; /* subject by its first letter, right by the digit behind */
	} CASES[] = {
		{"", "", ""},		      {"", "b3", "b3"},		     {"b3", "", "b3"},
		{"b3", "a1c4", "a1b3c4"},     {"a1b3c4", "b0", "a1c4"},	     {"a1b3c4", "a0b0c0", ""},
		{"a1b3c4", "a2c1", "a2b3c1"}, {"b3", "a0b4c0", "b4"},	     {"b1d1f1", "a2c2e2g2", "a2b1c2d1e2f1g2"},
		{"a1", "a0", ""},	      {"c4", "a1b2", "a1b2c4"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct scope_list list = {.known = true};
		const char *steps[] = {CASES[i].list, CASES[i].changes};
		char got[40] = "";
		for (int s = 0; s < 2; s++) {
			uint8_t entries[8 * (SUBJECT_BYTES + 1)] = {0};
			size_t n = 0;
			for (const char *p = steps[s]; *p; p += 2, n += SUBJECT_BYTES + 1) {
				entries[n] = (uint8_t)p[0];
				entries[n + SUBJECT_BYTES] = (uint8_t)(p[1] - '0');
			}
			fixture_must(scope_list_merge(&list, bytes_of(entries, n)), "merge");
		}
		for (size_t k = 0; k < list.count; k++)
			snprintf(got + 2 * k, sizeof got - 2 * k, "%c%d", list.at[k].subject[0], list.at[k].right);
		assert_string_equal(got, CASES[i].want);
		scope_list_release(&list);
	}
}

/* Nonsense about subjects that are none of the peer's business tells it nothing. */
static void questions_about_others_are_not_answered(void **state)
{
	(void)state;
	uint8_t entry[SUBJECT_BYTES + 4 + DIGEST_BYTES] = {0};
	link_open(&l, &third, &parent, now);
	linked = true;
	link_pump(&l);
	all_well();
	link_close(&l);
	meet(); /* now the parent holds the child's students */
	link_close(&l);
	link_open(&l, &third, &parent, now);
	link_pump(&l);
	uint64_t bytes = l.end[1].bytes;
	memcpy(entry, students[0], SUBJECT_BYTES);
	struct message want = {.type = MESSAGE_WANT, .want = {.whole = 1, .ids = bytes_of(students[0], SUBJECT_BYTES)}};
	struct message subjects = {.type = MESSAGE_SUBJECTS, .subjects = {.entries = bytes_of(entry, sizeof entry)}};
	struct message leaves = {.type = MESSAGE_LEAVES};
	struct message ids = {.type = MESSAGE_IDS, .ids = {.part = PART_WHOLE}};
	memcpy(leaves.leaves.subject, students[0], SUBJECT_BYTES);
	memcpy(ids.ids.subject, students[0], SUBJECT_BYTES);
	link_inject(&l, 1, &want);
	link_inject(&l, 1, &subjects);
	link_inject(&l, 1, &leaves);
	link_inject(&l, 1, &ids);
	link_pump(&l);
	assert_int_equal(l.end[1].bytes, bytes);
	assert_int_equal(l.end[1].error, ERR_OK);
	assert_int_equal(held(&third, students[0]), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cold_sync_gives_the_parent_everything),
		TEST(equal_sets_cost_one_exchange_of_roots),
		TEST(what_is_written_goes_live),
		TEST(the_cursor_carries_over_a_break),
		TEST(scattered_differences_are_found),
		TEST(n6_a_widened_scope_is_backfilled),
		TEST(n6_a_right_that_ended_gives_nothing_more),
		TEST(foreign_records_are_answered),
		TEST(bad_signatures_are_struck),
		TEST(acks_wait_for_the_commit),
		TEST(credit_is_kept_with_large_records),
		TEST(protocol_violations_end_the_session),
		TEST(a_flood_ends_the_session),
		TEST(n5_what_is_no_fault_is_not_struck),
		TEST(endless_offers_end_the_session),
		TEST(buckets_are_owed_to_a_root),
		TEST(a_scope_list_takes_changes_in_one_pass),
		TEST(questions_about_others_are_not_answered),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
