/* view = f(records, keys held): the same bytes for the same set, whatever the order of arrival. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/view.h"
#include "proto/mp.h"
#include "tests/lib/forge.h"

enum { ORDERS = 50, ENTRIES = 40 };

static const uint64_t now = 1790000000000;
static struct forger founder, former, present, elsewhere;
static struct pool pool;
static uint8_t salt[16] = {1}, subject[SUBJECT_BYTES], old_key[KEY_BYTES] = {2}, new_key[KEY_BYTES] = {3};
static uint64_t dice = 0x9e3779b97f4a7c15;
static const uint8_t *head, *accepted; /* the enrolment; what ended the former school's keeping */
static uint8_t handed[4 * ENTRIES + 1][ID_BYTES];
static size_t handed_n;

/* The one school that looks, always with the same identity. */
static void open_observer(struct fixture *f)
{
	fixture_create(f, 1, "Школа", now);
}

static const uint8_t *chain_word(struct forger *by, enum record_type type, const uint8_t *ref, const void *body)
{
	struct writing w = {.type = type, .subject = subject, .ref_count = ref != NULL, .refs = {ref}};
	return forge(by, &w, body, &pool);
}

static void part_of(struct forger *by, struct bytes hashes, const uint8_t (*ids)[ID_BYTES], size_t n)
{
	struct buf map;
	struct writing w = {.type = RECORD_MANIFEST, .subject = subject};
	buf_init(&map, RECORD_BYTES_MAX);
	mp_put_map(&map, 3);
	mp_put_key(&map, "hashes");
	mp_put_bin(&map, hashes);
	mp_put_key(&map, "ids");
	mp_put_bin(&map, bytes_of(ids, n * ID_BYTES));
	mp_put_key(&map, "part");
	mp_put_uint(&map, 0);
	forge_sealed(by, &w, buf_bytes(&map), old_key, &pool);
	buf_release(&map);
}

/* The hash of a list of one part; part gets the part's. */
static void list_hash(const uint8_t (*ids)[ID_BYTES], size_t n, uint8_t part[HASH_BYTES], uint8_t hash[HASH_BYTES])
{
	hash_of(part, HASH_BYTES, DOMAIN_MANIFEST_PART, bytes_of(ids, n * ID_BYTES));
	hash_of(hash, HASH_BYTES, DOMAIN_MANIFEST, bytes_of(part, HASH_BYTES));
}

/* Hands over what is named, under the old key; returns the accept. */
static const uint8_t *hand_over(struct forger *from, struct forger *to, const uint8_t *tenure, const uint8_t (*ids)[ID_BYTES], size_t n)
{
	struct body_release release = {.count = n};
	struct body_accept accept;
	uint8_t part[HASH_BYTES];
	list_hash(ids, n, part, release.manifest);
	part_of(from, bytes_of(part, HASH_BYTES), ids, n);
	memcpy(release.to, to->id, SCHOOL_BYTES);
	memcpy(accept.manifest, release.manifest, HASH_BYTES);
	const uint8_t *released = chain_word(from, RECORD_RELEASE, tenure, &release);
	return chain_word(to, RECORD_ACCEPT, released, &accept);
}

static void retract(struct forger *by, const uint8_t *entry, uint16_t period, const uint8_t *key)
{
	struct buf map;
	struct writing w = {.type = RECORD_RETRACT, .subject = subject, .period = period, .ref_count = 1, .refs = {entry}};
	buf_init(&map, 16);
	mp_put_map(&map, 0);
	forge_sealed(by, &w, buf_bytes(&map), key, &pool);
	buf_release(&map);
}

/* A life at two schools, with everything that can be said of an entry, by whoever may and may not. */
static void make_history(void)
{
	struct fixture f;
	struct body_enrolment enrolment;
	static uint8_t ids[ENTRIES][ID_BYTES];
	open_observer(&f);
	forger_of(&founder, &f);
	fixture_close(&f);
	forger_create(&former, 11, &pool);
	forger_create(&present, 12, &pool);
	forger_create(&elsewhere, 13, &pool);
	forge_certificate(&founder, former.id, POWER_ALL, 3, 0, UINT64_MAX >> 1, &pool);
	forge_certificate(&founder, present.id, POWER_ALL, 3, 0, UINT64_MAX >> 1, &pool);
	forge_certificate(&present, elsewhere.id, POWER_RELAY, 1, 0, UINT64_MAX >> 1, &pool);
	custody_subject(subject, former.id, salt);
	memcpy(enrolment.salt, salt, sizeof salt);
	head = chain_word(&former, RECORD_ENROLMENT, NULL, &enrolment);
	struct writing person = {.type = RECORD_PERSON, .subject = subject};
	static const uint8_t empty_map[] = {0x80};
	memcpy(handed[handed_n++], forge_sealed(&former, &person, bytes_of(empty_map, 1), old_key, &pool), ID_BYTES);
	for (size_t i = 0; i < ENTRIES; i++) {
		bool late = i >= ENTRIES - 6; /* by the former school, after the hand-over */
		struct forger *by = i % 3 && !late ? &present : &former;
		const uint8_t *key = by == &former ? old_key : new_key;
		uint16_t period = (uint16_t)(2024 + i % 3);
		const uint8_t *replaces = i > 6 && forge_random(&dice, 4) == 0 ? ids[forge_random(&dice, i)] : NULL;
		memcpy(ids[i], forge_entry(by, subject, period, replaces, i % 2 ? "award" : "essay", key, &pool), ID_BYTES);
		if (!late)
			memcpy(handed[handed_n++], ids[i], ID_BYTES);
		struct forger *judges[] = {&former, &present, &elsewhere};
		const uint8_t *verdicts[3] = {NULL};
		size_t spoken = forge_random(&dice, 4);
		for (size_t v = 0; v < spoken; v++) {
			static const char *const words[] = {"confirm", "return", "comment"};
			const uint8_t *older = v && forge_random(&dice, 2) ? verdicts[v - 1] : NULL;
			verdicts[v] = forge_verdict(judges[forge_random(&dice, 3)], subject, period, ids[i], older,
						    words[forge_random(&dice, 3)], forge_random(&dice, 9) ? key : new_key, &pool);
			if (!late && forge_random(&dice, 2))
				memcpy(handed[handed_n++], verdicts[v], ID_BYTES);
		}
		if (forge_random(&dice, 8) == 0)
			retract(forge_random(&dice, 3) ? by : &elsewhere, ids[i], period, key);
	}
	forge_sealed(&present, &person, bytes_of(empty_map, 1), new_key, &pool);
	accepted = hand_over(&former, &present, head, (const uint8_t(*)[ID_BYTES])handed, handed_n);
}

struct rows {
	uint8_t view[HASH_BYTES], digest[HASH_BYTES], scope[HASH_BYTES];
	uint64_t views;
};

static struct rows rows_of(struct txn *t)
{
	static const enum table tables[] = {T_VIEW, T_DIGEST, T_SCOPE};
	struct rows r = {.views = txn_count(t, T_VIEW)};
	uint8_t *const out[] = {r.view, r.digest, r.scope};
	for (size_t i = 0; i < 3; i++) {
		struct hash h;
		struct cursor c;
		hash_start(&h, "test rows", HASH_BYTES, (struct bytes){0});
		cursor_open(&c, t, tables[i]);
		for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
			hash_add(&h, c.key.p, c.key.n);
			hash_add(&h, c.value.p, c.value.n);
		}
		cursor_close(&c);
		hash_end(&h, out[i]);
	}
	return r;
}

static void add_keys(struct batch *b)
{
	fixture_must(batch_add_key(b, subject, old_key, false), "key");
	fixture_must(batch_add_key(b, subject, new_key, false), "key");
}

/* Admits the pool in a random order, in batches of random sizes; the unknown authors' records are tried again. */
static void arrive(struct fixture *f, bool keys, bool shuffle)
{
	size_t *waiting = malloc(pool.count * sizeof *waiting), n = pool.count;
	size_t keys_after = keys ? 1 + forge_random(&dice, 10) : 0, batches = 0;
	for (size_t i = 0; i < n; i++)
		waiting[i] = i;
	for (size_t i = n; shuffle && i > 1; i--) {
		size_t j = forge_random(&dice, i), x = waiting[i - 1];
		waiting[i - 1] = waiting[j];
		waiting[j] = x;
	}
	while (n) {
		size_t take = shuffle ? 1 + forge_random(&dice, 20) : n, left = 0;
		struct batch b;
		if (take > n)
			take = n;
		fixture_batch(f, &b, now);
		for (size_t i = 0; i < n; i++) {
			const struct forged *k = pool.at[waiting[i]];
			enum err e = i < take ? batch_admit(&b, bytes_of(k->raw, k->n), PROOF_SIGNATURE) : ERR_UNKNOWN_AUTHOR;
			if (e != ERR_UNKNOWN_AUTHOR)
				assert_int_equal(e, ERR_OK);
		}
		for (size_t i = 0; i < n; i++) {
			const struct forged *k = pool.at[waiting[i]];
			struct record r;
			fixture_must(record_read(bytes_of(k->raw, k->n), &r), "record");
			if (!leaf_find(&b.txn, r.subject, r.period, r.id, NULL))
				waiting[left++] = waiting[i];
		}
		/* what was refused goes to the end of the line */
		for (size_t i = 0; shuffle && i < take && i < left && left > 1; i++) {
			size_t j = forge_random(&dice, left), x = waiting[i];
			waiting[i] = waiting[j];
			waiting[j] = x;
		}
		n = left;
		if (++batches == keys_after || (keys && !n && batches < keys_after))
			add_keys(&b);
		fixture_must(batch_commit(&b), "commit");
	}
	free(waiting);
}

static struct rows settle(bool keys, bool shuffle)
{
	struct fixture f;
	struct batch b;
	open_observer(&f);
	arrive(&f, keys, shuffle);
	fixture_batch(&f, &b, now);
	struct rows r = rows_of(&b.txn);
	fixture_must(batch_reindex(&b), "reindex");
	struct rows again = rows_of(&b.txn);
	assert_memory_equal(&r, &again, sizeof r);
	batch_abort(&b);
	fixture_close(&f);
	return r;
}

static void same_rows_in_any_order(bool keys)
{
	struct rows first = settle(keys, false);
	assert_true(keys ? first.views > ENTRIES : first.views == 1);
	for (int i = 0; i < ORDERS; i++) {
		struct rows r = settle(keys, true);
		assert_memory_equal(&first, &r, sizeof r);
	}
}

static void x4_any_order_gives_the_same_rows_with_keys(void **state)
{
	(void)state;
	same_rows_in_any_order(true);
}

static void x2_any_order_gives_the_same_rows_without_keys(void **state)
{
	(void)state;
	same_rows_in_any_order(false);
}

/* One verdict history after another on one entry, and what it comes to. */
static void x4_what_verdicts_come_to(void **state)
{
	(void)state;
	enum who { FORMER, PRESENT, STRANGER };
	static const struct {
		const char *name;
		struct {
			enum who by;
			const char *says;
			int supersedes; /* 1-based; 0: none */
		} verdicts[4];
		enum entry_status want;
	} cases[] = {
		{"nothing said", {{0}}, ENTRY_UNCONFIRMED},
		{"confirmed", {{PRESENT, "confirm", 0}}, ENTRY_CONFIRMED},
		{"returned", {{PRESENT, "return", 0}}, ENTRY_RETURNED},
		{"a comment decides nothing", {{PRESENT, "comment", 0}}, ENTRY_UNCONFIRMED},
		{"nor does a school that never kept the record", {{STRANGER, "confirm", 0}}, ENTRY_UNCONFIRMED},
		{"nor an unknown word", {{PRESENT, "confirmed", 0}}, ENTRY_UNCONFIRMED},
		{"nor the school that handed the record over", {{FORMER, "confirm", 0}}, ENTRY_UNCONFIRMED},
		{"which cannot take a decision back either", {{PRESENT, "confirm", 0}, {FORMER, "return", 1}}, ENTRY_CONFIRMED},
		{"two of one mind", {{PRESENT, "confirm", 0}, {PRESENT, "confirm", 0}}, ENTRY_CONFIRMED},
		{"two that differ", {{PRESENT, "confirm", 0}, {PRESENT, "return", 0}}, ENTRY_CONFLICT},
		{"three that differ", {{PRESENT, "confirm", 0}, {PRESENT, "return", 0}, {PRESENT, "confirm", 0}}, ENTRY_CONFLICT},
		{"corrected", {{PRESENT, "return", 0}, {PRESENT, "confirm", 1}}, ENTRY_CONFIRMED},
		{"corrected and back", {{PRESENT, "return", 0}, {PRESENT, "confirm", 1}, {PRESENT, "return", 2}}, ENTRY_RETURNED},
		{"a conflict settled for one side only",
		 {{PRESENT, "confirm", 0}, {PRESENT, "return", 0}, {PRESENT, "confirm", 2}},
		 ENTRY_CONFIRMED},
		{"a comment supersedes no decision", {{PRESENT, "confirm", 0}, {PRESENT, "comment", 1}}, ENTRY_CONFIRMED},
		{"nor is in the way of the next", {{PRESENT, "return", 0}, {PRESENT, "comment", 1}, {PRESENT, "confirm", 2}}, ENTRY_CONFIRMED},
		{"however many there are",
		 {{PRESENT, "confirm", 0}, {PRESENT, "comment", 1}, {PRESENT, "comment", 2}, {PRESENT, "reopen", 3}},
		 ENTRY_UNCONFIRMED},
		{"nor does a stranger's word", {{PRESENT, "confirm", 0}, {STRANGER, "return", 1}}, ENTRY_CONFIRMED},
	};
	struct pool history = pool;
	pool = (struct pool){0};
	struct fixture f;
	open_observer(&f);
	fixture_must(pool_give(&history, &f, now), "history");
	struct batch b;
	fixture_batch(&f, &b, now);
	add_keys(&b);
	fixture_must(batch_commit(&b), "keys");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct forger *const people[] = {&former, &present, &elsewhere};
		const uint8_t *said[5] = {NULL};
		const uint8_t *entry = forge_entry(&present, subject, 2026, NULL, "essay", new_key, &pool);
		uint64_t time = present.time - 1;
		for (size_t v = 0; v < 4 && cases[i].verdicts[v].says; v++)
			said[v + 1] = forge_verdict(people[cases[i].verdicts[v].by], subject, 2026, entry,
						    said[cases[i].verdicts[v].supersedes], cases[i].verdicts[v].says, new_key, &pool);
		fixture_must(pool_give(&pool, &f, now), "give");
		struct txn t;
		struct entry_row row;
		fixture_must(txn_begin(&t, f.store, false), "read");
		assert_true(view_entry(&t, subject, time, entry, &row));
		if (row.status != cases[i].want)
			fail_msg("%s: status %d, want %d", cases[i].name, row.status, cases[i].want);
		assert_string_equal(row.kind, "essay");
		txn_abort(&t);
	}
	fixture_close(&f);
	pool_release(&pool);
	pool = history;
}

/* What the author did to its own entries, and what others cannot do to them. */
static void x4_corrections_and_retractions(void **state)
{
	(void)state;
	struct pool history = pool;
	pool = (struct pool){0};
	struct fixture f;
	struct txn t;
	struct entry_row row;
	uint64_t time[4];
	const uint8_t *id[4];
	open_observer(&f);
	fixture_must(pool_give(&history, &f, now), "history");
	for (size_t i = 0; i < 4; i++) {
		id[i] = forge_entry(&present, subject, 2026, NULL, "essay", new_key, &pool);
		time[i] = present.time - 1;
	}
	const uint8_t *better = forge_entry(&present, subject, 2026, id[0], "essay", new_key, &pool);
	uint64_t better_time = present.time - 1;
	forge_entry(&former, subject, 2026, id[1], "essay", new_key, &pool); /* not its own entry */
	retract(&present, id[2], 2026, new_key);
	retract(&former, id[3], 2026, new_key);
	struct batch b;
	fixture_must(pool_give(&pool, &f, now), "give");
	fixture_batch(&f, &b, now);
	add_keys(&b);
	fixture_must(batch_commit(&b), "keys");
	static const enum entry_status want[] = {ENTRY_REPLACED, ENTRY_UNCONFIRMED, ENTRY_RETRACTED, ENTRY_UNCONFIRMED};
	fixture_must(txn_begin(&t, f.store, false), "read");
	for (size_t i = 0; i < 4; i++) {
		assert_true(view_entry(&t, subject, time[i], id[i], &row));
		assert_int_equal(row.status, want[i]);
		if (i == 0)
			assert_memory_equal(row.other, better, ID_BYTES);
	}
	assert_true(view_entry(&t, subject, better_time, better, &row));
	assert_int_equal(row.status, ENTRY_UNCONFIRMED);
	txn_abort(&t);
	fixture_close(&f);
	pool_release(&pool);
	pool = history;
}

/* A card, a correction, a withdrawal by the school that handed the record over: heard, without force. */
static void n6_a_former_school_changes_nothing(void **state)
{
	(void)state;
	struct pool history = pool;
	pool = (struct pool){0};
	struct fixture f;
	struct txn t;
	struct batch b;
	struct entry_row before[ENTRIES], after[ENTRIES + 1];
	uint8_t spoke[ID_BYTES], speaks[ID_BYTES];
	static const uint8_t empty_map[] = {0x80};
	struct writing person = {.type = RECORD_PERSON, .subject = subject};
	struct view_position from = {.time = UINT64_MAX}, again = {.time = UINT64_MAX};
	memset(from.id8, 0xff, sizeof from.id8);
	again = from;
	open_observer(&f);
	fixture_must(pool_give(&history, &f, now), "history");
	fixture_batch(&f, &b, now);
	add_keys(&b);
	fixture_must(batch_commit(&b), "keys");
	fixture_must(txn_begin(&t, f.store, false), "read");
	size_t n = view_entries(&t, subject, &from, before, ENTRIES);
	assert_true(view_person(&t, subject, spoke));
	txn_abort(&t);
	former.time = present.time + 1000;
	forge_sealed(&former, &person, bytes_of(empty_map, 1), old_key, &pool);
	for (size_t i = 0; i < n; i++) {
		forge_verdict(&former, subject, before[i].period, before[i].id, NULL, i % 2 ? "return" : "confirm", old_key, &pool);
		if (memcmp(before[i].author, former.id, SCHOOL_BYTES) == 0 && before[i].status < ENTRY_LATE)
			retract(&former, before[i].id, before[i].period, old_key);
	}
	/* and manifests that name nothing, or everything, as if they were those of the release */
	uint8_t part[HASH_BYTES], hash[HASH_BYTES];
	list_hash((const uint8_t(*)[ID_BYTES])handed, handed_n, part, hash);
	for (size_t i = 0; i < 20; i++) {
		part_of(&former, bytes_of(part, HASH_BYTES), (const uint8_t(*)[ID_BYTES])handed, i % 2);
		part_of(&former, bytes_of(hash, HASH_BYTES), (const uint8_t(*)[ID_BYTES])handed, handed_n);
	}
	const uint8_t *instead = forge_entry(&former, subject, before[0].period, before[n - 1].id, "essay", old_key, &pool);
	fixture_must(pool_give(&pool, &f, now), "late words");
	fixture_must(txn_begin(&t, f.store, false), "read");
	assert_int_equal(view_entries(&t, subject, &again, after, ENTRIES + 1), n + 1);
	for (size_t i = 0, k = 0; i < n + 1; i++) {
		if (memcmp(after[i].id, instead, ID_BYTES) == 0) {
			assert_int_equal(after[i].status, ENTRY_LATE);
			continue;
		}
		assert_int_equal(after[i].status, before[k].status);
		assert_memory_equal(after[i].other, before[k++].other, ID_BYTES);
	}
	assert_true(view_person(&t, subject, speaks));
	assert_memory_equal(speaks, spoke, ID_BYTES);
	txn_abort(&t);
	fixture_close(&f);
	pool_release(&pool);
	pool = history;
}

/* The row of one entry, and which card speaks, after all that is in the pool has come. */
static enum entry_status status_of(const struct pool *history, const uint8_t *entry, uint64_t time, uint8_t card[ID_BYTES])
{
	struct fixture f;
	struct batch b;
	struct txn t;
	struct entry_row row;
	open_observer(&f);
	fixture_must(pool_give(history, &f, now), "history");
	fixture_must(pool_give(&pool, &f, now), "more");
	fixture_batch(&f, &b, now);
	add_keys(&b);
	fixture_must(batch_commit(&b), "keys");
	fixture_must(txn_begin(&t, f.store, false), "read");
	assert_true(view_entry(&t, subject, time, entry, &row));
	if (card)
		assert_true(view_person(&t, subject, card));
	txn_abort(&t);
	fixture_close(&f);
	return row.status;
}

/* There and back and there again: the last custodian's decision stands, though it did not know of the one before. */
static void the_latest_term_decides(void **state)
{
	(void)state;
	struct pool history = pool;
	uint8_t first[1][ID_BYTES], second[2][ID_BYTES];
	pool = (struct pool){0};
	const uint8_t *entry = forge_entry(&present, subject, 2026, NULL, "essay", new_key, &pool);
	uint64_t time = present.time - 1;
	const uint8_t *returned = forge_verdict(&present, subject, 2026, entry, NULL, "return", new_key, &pool);
	assert_int_equal(status_of(&history, entry, time, NULL), ENTRY_RETURNED);
	memcpy(second[0], entry, ID_BYTES);
	memcpy(second[1], returned, ID_BYTES);
	const uint8_t *back = hand_over(&present, &former, accepted, (const uint8_t(*)[ID_BYTES])second, 2);
	const uint8_t *confirmed = forge_verdict(&former, subject, 2026, entry, NULL, "confirm", old_key, &pool);
	assert_int_equal(status_of(&history, entry, time, NULL), ENTRY_CONFIRMED);
	memcpy(first[0], confirmed, ID_BYTES);
	hand_over(&former, &present, back, (const uint8_t(*)[ID_BYTES])first, 1);
	assert_int_equal(status_of(&history, entry, time, NULL), ENTRY_CONFIRMED);
	pool_release(&pool);
	pool = history;
}

/* A second release by the school that handed over already gives its late words no force, neither in the dispute nor after it. */
static void a_dispute_launders_nothing(void **state)
{
	(void)state;
	struct pool history = pool;
	static const uint8_t empty_map[] = {0x80};
	struct writing person = {.type = RECORD_PERSON, .subject = subject};
	uint8_t spoke[ID_BYTES], speaks[ID_BYTES], late[2][ID_BYTES];
	struct body_resolve word;
	pool = (struct pool){0};
	former.time = present.time + 1000;
	const uint8_t *entry = forge_entry(&former, subject, 2026, NULL, "essay", old_key, &pool);
	uint64_t time = former.time - 1;
	assert_int_equal(status_of(&history, entry, time, spoke), ENTRY_LATE);
	memcpy(late[0], forge_sealed(&former, &person, bytes_of(empty_map, 1), old_key, &pool), ID_BYTES);
	memcpy(late[1], entry, ID_BYTES);
	hand_over(&former, &elsewhere, head, (const uint8_t(*)[ID_BYTES])late, 2);
	assert_int_equal(status_of(&history, entry, time, speaks), ENTRY_LATE);
	assert_memory_not_equal(speaks, late[0], ID_BYTES);
	memcpy(word.accept, accepted, ID_BYTES);
	chain_word(&founder, RECORD_RESOLVE, head, &word);
	assert_int_equal(status_of(&history, entry, time, speaks), ENTRY_LATE);
	assert_memory_equal(speaks, spoke, ID_BYTES);
	pool_release(&pool);
	pool = history;
}

/* N6: after the hand-over the former school's words are late until the new one confirms them. */
static void n6_late_words_and_totals(void **state)
{
	(void)state;
	struct fixture f;
	struct txn t;
	struct custody_row custody;
	struct view_position at = {.time = UINT64_MAX};
	struct entry_row page[7];
	size_t late = 0, total = 0, n;
	uint64_t last = UINT64_MAX;
	open_observer(&f);
	arrive(&f, true, false);
	fixture_must(txn_begin(&t, f.store, false), "read");
	memset(at.id8, 0xff, sizeof at.id8);
	while ((n = view_entries(&t, subject, &at, page, 7))) {
		for (size_t i = 0; i < n; i++) {
			assert_true(page[i].time <= last); /* newest first, none twice */
			last = page[i].time;
			late += page[i].status == ENTRY_LATE;
			if (page[i].status == ENTRY_LATE)
				assert_memory_equal(page[i].author, former.id, SCHOOL_BYTES);
		}
		total += n;
	}
	assert_int_equal(total, ENTRIES);
	assert_in_range(late, 1, 6);
	assert_true(view_custody(&t, subject, &custody));
	assert_memory_equal(custody.custodian, present.id, SCHOOL_BYTES);
	assert_int_equal(custody.unconfirmed + custody.confirmed + custody.returned + custody.other, ENTRIES);
	uint8_t person[ID_BYTES];
	assert_true(view_person(&t, subject, person));
	txn_abort(&t);
	fixture_close(&f);
}

static int setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	make_history();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_release(&pool);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x4_any_order_gives_the_same_rows_with_keys),
		cmocka_unit_test(x2_any_order_gives_the_same_rows_without_keys),
		cmocka_unit_test(x4_what_verdicts_come_to),
		cmocka_unit_test(x4_corrections_and_retractions),
		cmocka_unit_test(n6_late_words_and_totals),
		cmocka_unit_test(n6_a_former_school_changes_nothing),
		cmocka_unit_test(the_latest_term_decides),
		cmocka_unit_test(a_dispute_launders_nothing),
	};
	return cmocka_run_group_tests_name("view", tests, setup, teardown);
}
