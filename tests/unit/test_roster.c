/* Who is who: the cascade of schools as a pure function of the network records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/leaf.h"
#include "tests/lib/forge.h"

enum { FOUNDER, SATELLITE, SECOND, OTHER, LONER, CAST };

static const uint64_t now = 1790000000000, forever = UINT64_MAX >> 1;
static struct fixture scratch;
static struct forger cast[CAST];
static struct pool records;
static uint8_t ids[CAST][SCHOOL_BYTES];

static int open_scratch(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&scratch, 1, "scratch", now);
	return 0;
}

static int close_scratch(void **state)
{
	(void)state;
	fixture_close(&scratch);
	return 0;
}

static int start(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAST; i++) {
		forger_create(&cast[i], 100 + i, &records);
		memcpy(ids[i], cast[i].id, SCHOOL_BYTES);
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	pool_release(&records);
	return 0;
}

/* The roster of the pool's records, laid down in that order and past admission. */
static struct roster read_in(const size_t *order)
{
	struct txn t;
	struct roster r;
	fixture_must(txn_begin(&t, scratch.store, true), "write");
	txn_del_prefix(&t, T_REC, (struct bytes){0});
	txn_del_prefix(&t, T_LEAF, (struct bytes){0});
	for (size_t i = 0; i < records.count; i++) {
		const struct forged *k = records.at[order ? order[i] : i];
		struct record rec;
		uint8_t lseq[8];
		put_u64(lseq, i + 1);
		fixture_must(record_read(bytes_of(k->raw, k->n), &rec), "record");
		txn_append(&t, T_REC, bytes_of(lseq, sizeof lseq), rec.raw);
		leaf_put(&t, &rec, i + 1, PROOF_SIGNATURE);
	}
	assert_int_equal(t.err, ERR_OK);
	assert_int_equal(roster_load(&r, &t, ids[FOUNDER]), ERR_OK);
	txn_abort(&t);
	return r;
}

static const struct member *member(const struct roster *r, int who)
{
	int at = roster_find(r, ids[who]);
	assert_int_not_equal(at, NO_SCHOOL);
	return &r->members[at];
}

/* Which of the cast stands at that index; -1 for none. */
static int who(const struct roster *r, int at)
{
	for (int i = 0; i < CAST && at != NO_SCHOOL; i++)
		if (memcmp(r->members[at].id, ids[i], SCHOOL_BYTES) == 0)
			return i;
	return -1;
}

static void certify(int issuer, int whom, uint32_t powers, uint32_t depth)
{
	forge_certificate(&cast[issuer], ids[whom], powers, depth, 0, forever, &records);
}

/* Cut behind the last seq that the school used so far. */
static void cut_here(const struct forger *f, uint8_t cut[CUT_BYTES])
{
	memcpy(cut, f->incarnation, INCARNATION_BYTES);
	put_u64(cut + INCARNATION_BYTES, f->seq - 1);
}

static void revoke(int issuer, int whom)
{
	uint8_t cut[CUT_BYTES];
	struct body_revocation body = {.cuts = bytes_of(cut, sizeof cut)};
	struct writing w = {.type = RECORD_REVOCATION, .subject = network_subject};
	cut_here(&cast[whom], cut);
	memcpy(body.member, ids[whom], SCHOOL_BYTES);
	forge(&cast[issuer], &w, &body, &records);
}

/* The school's own word that it belongs under that one. */
static const uint8_t *join_in(int whom, const uint8_t *under, uint16_t period)
{
	struct body_joining body;
	struct writing w = {.type = RECORD_JOINING, .subject = network_subject, .period = period};
	memcpy(body.issuer, under, SCHOOL_BYTES);
	return forge(&cast[whom], &w, &body, &records);
}

static void join(int whom, const uint8_t *under)
{
	join_in(whom, under, 0);
}

static void n2_cascade_of_three_levels(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 2);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	struct roster r = read_in(NULL);
	assert_int_equal(who(&r, member(&r, SATELLITE)->parents[0]), FOUNDER);
	assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), SATELLITE);
	assert_int_equal(member(&r, FOUNDER)->height, 0);
	assert_int_equal(member(&r, SATELLITE)->height, 1);
	assert_int_equal(member(&r, SECOND)->height, 2);
	assert_int_equal(member(&r, SECOND)->powers, POWER_RELAY);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[SECOND]), now), ERR_OK);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[LONER]), now), ERR_NOT_MEMBER);
	assert_false(member(&r, LONER)->chained);
	roster_release(&r);
}

/* What a certificate is worth, one line each: SATELLITE certifies SECOND. */
static void n2_delegated_powers_and_depth(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t own_powers, own_depth, powers, depth;
		bool member;
		uint32_t gets;
	} cases[] = {
		{"within its means", POWER_ALL, 3, POWER_ALL, 2, true, POWER_ALL},
		{"to the last level", POWER_ALL, 1, POWER_RELAY, 0, true, POWER_RELAY},
		{"depth not decreasing", POWER_ALL, 2, POWER_RELAY, 2, false, 0},
		{"depth growing", POWER_ALL, 2, POWER_RELAY, 8, false, 0},
		{"no level left", POWER_ALL, 0, POWER_RELAY, 0, false, 0},
		{"no power to admit", POWER_RELAY | POWER_OBSERVE, 3, POWER_RELAY, 1, false, 0},
		{"more powers than its own", POWER_RELAY | POWER_ADMIT, 3, POWER_ALL, 1, true, POWER_RELAY | POWER_ADMIT},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		stop(NULL);
		start(NULL);
		certify(FOUNDER, SATELLITE, cases[i].own_powers, cases[i].own_depth);
		certify(SATELLITE, SECOND, cases[i].powers, cases[i].depth);
		struct roster r = read_in(NULL);
		const struct member *m = member(&r, SECOND);
		if (m->member != cases[i].member || m->powers != cases[i].gets)
			fail_msg("%s: member %d, powers %u", cases[i].name, m->member, m->powers);
		assert_true(m->chained); /* admission asks for some chain only */
		roster_release(&r);
	}
}

static void certificates_have_their_time(void **state)
{
	(void)state;
	forge_certificate(&cast[FOUNDER], ids[SATELLITE], POWER_ALL, 2, now, now + 1000, &records);
	struct roster r = read_in(NULL);
	int at = roster_find(&r, ids[SATELLITE]);
	assert_int_equal(roster_standing(&r, at, now - 1), ERR_EXPIRED);
	assert_int_equal(roster_standing(&r, at, now), ERR_OK);
	assert_int_equal(roster_standing(&r, at, now + 999), ERR_OK);
	assert_int_equal(roster_standing(&r, at, now + 1000), ERR_EXPIRED);
	roster_release(&r);
	/* the issuer's latest word is the one that holds */
	forge_certificate(&cast[FOUNDER], ids[SATELLITE], POWER_RELAY, 1, now, forever, &records);
	r = read_in(NULL);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[SATELLITE]), now + 1000), ERR_OK);
	assert_int_equal(member(&r, SATELLITE)->powers, POWER_RELAY);
	roster_release(&r);
}

static void revocation_hands_the_children_up(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_ALL, 2);
	certify(SECOND, OTHER, POWER_RELAY, 1);
	revoke(OTHER, SATELLITE); /* from below: no such right */
	struct roster r = read_in(NULL);
	assert_false(member(&r, SATELLITE)->revoked);
	roster_release(&r);
	revoke(SATELLITE, SECOND);
	revoke(FOUNDER, SATELLITE);
	revoke(SATELLITE, OTHER); /* too late: its word is cut off */
	r = read_in(NULL);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[SATELLITE]), now), ERR_REVOKED);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[SECOND]), now), ERR_REVOKED);
	assert_int_equal(roster_standing(&r, roster_find(&r, ids[OTHER]), now), ERR_OK);
	assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), FOUNDER);
	assert_int_equal(who(&r, member(&r, OTHER)->parents[0]), FOUNDER);
	roster_release(&r);
}

static void second_parent_is_not_on_the_route(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	cast[OTHER].time += 1000; /* later: so the second */
	certify(OTHER, SECOND, POWER_RELAY, 1);
	struct roster r = read_in(NULL);
	int path[ROUTE_HOPS_MAX + 1];
	assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), SATELLITE);
	assert_int_equal(who(&r, member(&r, SECOND)->parents[1]), OTHER);
	size_t n = roster_route(&r, roster_find(&r, ids[SECOND]), roster_find(&r, ids[OTHER]), path);
	assert_int_equal(n, 4);
	assert_int_equal(who(&r, path[1]), SATELLITE);
	assert_int_equal(who(&r, path[2]), FOUNDER);
	roster_release(&r);
}

/* SATELLITE admits SECOND; then OTHER says by an older certificate that SECOND is its own, and revokes it. */
static void only_whom_a_school_names_may_hold_it(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int joins[2];
		int parents[2];
		bool revoked;
	} cases[] = {
		{"nothing said yet: as if by the earliest", {-1, -1}, {OTHER, SATELLITE}, true},
		{"its parent named: the other's word is nothing", {SATELLITE, -1}, {SATELLITE, -1}, false},
		{"both named: by the earliest", {SATELLITE, OTHER}, {OTHER, SATELLITE}, true},
		{"both named, the other way round", {OTHER, SATELLITE}, {OTHER, SATELLITE}, true},
		{"the other named", {OTHER, -1}, {OTHER, -1}, true},
		{"one that does not hold it named: revoked as if nothing was said", {LONER, -1}, {OTHER, SATELLITE}, true},
		{"itself named: likewise", {SECOND, -1}, {OTHER, SATELLITE}, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		stop(NULL);
		start(NULL);
		certify(FOUNDER, SATELLITE, POWER_ALL, 3);
		certify(FOUNDER, OTHER, POWER_ALL, 3);
		certify(SATELLITE, SECOND, POWER_RELAY, 1);
		for (int k = 0; k < 2 && cases[i].joins[k] >= 0; k++)
			join(SECOND, ids[cases[i].joins[k]]);
		cast[OTHER].time = 1;
		certify(OTHER, SECOND, POWER_RELAY, 1);
		revoke(OTHER, SECOND);
		struct roster r = read_in(NULL);
		const struct member *m = member(&r, SECOND);
		for (int k = 0; k < 2; k++)
			if (who(&r, m->parents[k]) != cases[i].parents[k])
				fail_msg("%s: parent %d is %d", cases[i].name, k, who(&r, m->parents[k]));
		if (!m->member || m->revoked != cases[i].revoked)
			fail_msg("%s: member %d, revoked %d", cases[i].name, m->member, m->revoked);
		roster_release(&r);
	}
}

/* Its parent was revoked before anybody above had heard of it: if it named that one, it and those below it wait. */
static void a_school_that_lost_its_place_is_not_taken_over(void **state)
{
	(void)state;
	for (int named = 0; named < 2; named++) {
		stop(NULL);
		start(NULL);
		certify(FOUNDER, SATELLITE, POWER_ALL, 4);
		certify(FOUNDER, OTHER, POWER_ALL, 4);
		revoke(FOUNDER, SATELLITE);
		certify(SATELLITE, SECOND, POWER_ALL, 2);
		certify(SECOND, LONER, POWER_RELAY, 1);
		if (named)
			join(SECOND, ids[SATELLITE]);
		join(LONER, ids[SECOND]);
		certify(OTHER, SECOND, POWER_RELAY, 0);
		certify(OTHER, LONER, POWER_RELAY, 0);
		revoke(OTHER, LONER);
		struct roster r = read_in(NULL);
		assert_int_equal(member(&r, SECOND)->member, !named);
		assert_int_equal(member(&r, LONER)->revoked, !named); /* SECOND may admit nobody where OTHER holds it */
		assert_int_equal(member(&r, LONER)->member, !named);
		roster_release(&r);
		/* until it says that it belongs there now */
		join(SECOND, ids[OTHER]);
		join(LONER, ids[OTHER]);
		r = read_in(NULL);
		assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), OTHER);
		assert_int_equal(who(&r, member(&r, LONER)->parents[0]), OTHER);
		roster_release(&r);
	}
}

/* A word that leads nowhere neither gives a place nor saves from a revocation. */
static void a_revoked_school_cannot_talk_itself_out(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 4);
	certify(SATELLITE, SECOND, POWER_ALL, 3);
	certify(SECOND, OTHER, POWER_RELAY, 1);
	join(SATELLITE, ids[LONER]);
	certify(SATELLITE, LONER, POWER_ALL, 3); /* its own puppet, which certifies it */
	certify(LONER, SATELLITE, POWER_ALL, 3);
	struct roster r = read_in(NULL);
	static const int out[] = {SATELLITE, SECOND, OTHER, LONER};
	for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
		assert_false(member(&r, out[i])->member);
		assert_int_equal(who(&r, member(&r, out[i])->parents[0]), -1);
	}
	roster_release(&r);
	revoke(FOUNDER, SATELLITE);
	r = read_in(NULL);
	assert_true(member(&r, SATELLITE)->revoked);
	assert_false(roster_covers(&r, roster_find(&r, ids[SATELLITE]), 0, cast[SATELLITE].incarnation, cast[SATELLITE].seq));
	assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), FOUNDER);
	assert_true(member(&r, OTHER)->member);
	roster_release(&r);
}

/* However often places are given. */
static void a_revocation_is_judged_once(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 4);
	certify(FOUNDER, OTHER, POWER_ALL, 4);
	join(SATELLITE, ids[LONER]);
	revoke(FOUNDER, OTHER);
	struct roster r = read_in(NULL);
	assert_int_equal(member(&r, OTHER)->last.n, CUT_BYTES);
	roster_release(&r);
}

/* What a thief of the old key names counts as little as the rest of its word. */
static void a_joining_beyond_the_cut_names_nobody(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	join(SECOND, ids[SATELLITE]);
	join(SECOND, ids[SATELLITE]);
	struct forger owner, thief = cast[SECOND];
	forge_rotation(&cast[SECOND], &records);
	owner = cast[SECOND];
	cast[SECOND] = thief;
	join(SECOND, ids[OTHER]);
	cast[SECOND] = owner;
	cast[OTHER].time = 1;
	certify(OTHER, SECOND, POWER_RELAY, 1);
	struct roster r = read_in(NULL);
	assert_int_equal(member(&r, SECOND)->joined_count, 1);
	assert_int_equal(who(&r, member(&r, SECOND)->parents[0]), SATELLITE);
	roster_release(&r);
}

/* Of more names than a school may give, those of the smallest ids count. */
static void a_school_names_only_so_many(void **state)
{
	(void)state;
	enum { NAMES = JOININGS_MAX + 9 };
	uint8_t names[NAMES][SCHOOL_BYTES] = {{0}};
	const uint8_t *words[NAMES];
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	for (int i = 0; i < NAMES; i++) {
		names[i][0] = (uint8_t)(i + 1);
		words[i] = join_in(SATELLITE, names[i], (uint16_t)(2000 + i * 7 % 5));
	}
	struct roster r = read_in(NULL);
	const struct member *m = member(&r, SATELLITE);
	assert_int_equal(m->joined_count, JOININGS_MAX);
	for (int i = 0; i < NAMES; i++) {
		size_t smaller = 0;
		for (int k = 0; k < NAMES; k++)
			smaller += memcmp(words[k], words[i], ID_BYTES) < 0;
		assert_int_equal(roster_joined(&r, roster_find(&r, ids[SATELLITE]), roster_find(&r, names[i])), smaller < JOININGS_MAX);
	}
	roster_release(&r);
}

/* Nobody is above itself, whatever certificates and revocations say. */
static void nobody_is_its_own_parent(void **state)
{
	(void)state;
	static const char *const names[] = {"by its own certificate", "by its child's, which is then revoked"};
	for (int i = 0; i < 2; i++) {
		stop(NULL);
		start(NULL);
		certify(FOUNDER, SATELLITE, POWER_ALL, 3);
		certify(SATELLITE, SECOND, POWER_ALL, 2);
		certify(i ? SECOND : SATELLITE, SATELLITE, POWER_RELAY, 0);
		if (i)
			revoke(SATELLITE, SECOND);
		struct roster r = read_in(NULL);
		const struct member *m = member(&r, SATELLITE);
		for (int p = 0; p < PARENTS_MAX; p++)
			if (who(&r, m->parents[p]) == SATELLITE)
				fail_msg("%s", names[i]);
		roster_release(&r);
	}
}

static void routes_and_ancestors(void **state)
{
	(void)state;
	static const struct {
		int from, to;
		size_t n;
		int path[5];
		int ancestor;
	} cases[] = {
		{FOUNDER, FOUNDER, 1, {FOUNDER}, FOUNDER},
		{SECOND, FOUNDER, 3, {SECOND, SATELLITE, FOUNDER}, FOUNDER},
		{FOUNDER, SECOND, 3, {FOUNDER, SATELLITE, SECOND}, FOUNDER},
		{SECOND, OTHER, 4, {SECOND, SATELLITE, FOUNDER, OTHER}, FOUNDER},
		{SECOND, SATELLITE, 2, {SECOND, SATELLITE}, SATELLITE},
		{SECOND, LONER, 0, {0}, -1},
	};
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	struct roster r = read_in(NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int path[ROUTE_HOPS_MAX + 1], a = roster_find(&r, ids[cases[i].from]), b = roster_find(&r, ids[cases[i].to]);
		assert_int_equal(roster_route(&r, a, b, path), cases[i].n);
		for (size_t k = 0; k < cases[i].n; k++)
			assert_int_equal(who(&r, path[k]), cases[i].path[k]);
		assert_int_equal(who(&r, roster_ancestor(&r, a, b)), cases[i].ancestor);
	}
	roster_release(&r);
}

/* Depth 8 below the founder: the longest route there can be. */
static void n2_the_deepest_cascade_still_routes(void **state)
{
	(void)state;
	static struct forger line[2][MEMBERSHIP_DEPTH_MAX];
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < MEMBERSHIP_DEPTH_MAX; i++) {
			forger_create(&line[side][i], 300 + 20 * side + i, &records);
			forge_certificate(i ? &line[side][i - 1] : &cast[FOUNDER], line[side][i].id, POWER_ALL,
					  MEMBERSHIP_DEPTH_MAX - 1 - i, 0, forever, &records);
		}
	struct roster r = read_in(NULL);
	int path[ROUTE_HOPS_MAX + 1];
	int a = roster_find(&r, line[0][MEMBERSHIP_DEPTH_MAX - 1].id), b = roster_find(&r, line[1][MEMBERSHIP_DEPTH_MAX - 1].id);
	assert_int_equal(roster_standing(&r, a, now), ERR_OK);
	assert_int_equal(roster_route(&r, a, b, path), ROUTE_HOPS_MAX);
	assert_int_equal(who(&r, path[MEMBERSHIP_DEPTH_MAX]), FOUNDER);
	roster_release(&r);
}

static void keys_rotate_only_as_committed(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 2);
	struct forger thief = cast[SATELLITE];
	forge_rotation(&cast[SATELLITE], &records);
	forge_rotation(&cast[SATELLITE], &records);
	struct roster r = read_in(NULL);
	assert_int_equal(member(&r, SATELLITE)->key_count, 3);
	assert_memory_equal(member(&r, SATELLITE)->keys[2].sign, cast[SATELLITE].sign_secret + 32, 32);
	size_t before = member(&r, SATELLITE)->key_count;
	roster_release(&r);
	/* whoever has the present key only cannot replace it */
	for (uint32_t generation = 1; generation <= 3; generation++) {
		thief.generation = generation - 1;
		memset(thief.recovery_secret, 0x77, 32);
		forge_rotation(&thief, &records);
	}
	r = read_in(NULL);
	assert_int_equal(member(&r, SATELLITE)->key_count, before);
	assert_memory_equal(member(&r, SATELLITE)->keys[2].sign, cast[SATELLITE].sign_secret + 32, 32);
	/* the key of a record is that of its generation */
	for (uint32_t generation = 0; generation < 4; generation++) {
		struct record rec = {.generation = generation};
		memcpy(rec.author, ids[SATELLITE], SCHOOL_BYTES);
		const struct school_key *k = roster_key(&r, &rec);
		assert_ptr_equal(k, generation < 3 ? &member(&r, SATELLITE)->keys[generation] : NULL);
	}
	roster_release(&r);
}

/* A thief of the old key signs on: its certificates and its word beyond the cut prove nothing. */
static void the_old_key_counts_up_to_its_cut(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	struct forger thief = cast[SATELLITE];
	uint64_t last = thief.seq - 1;
	forge_rotation(&cast[SATELLITE], &records);
	certify(SATELLITE, OTHER, POWER_RELAY, 1);
	forge_certificate(&thief, ids[LONER], POWER_RELAY, 1, 0, forever, &records);
	memset(thief.incarnation, 0x66, INCARNATION_BYTES);
	thief.seq = 0;
	forge_certificate(&thief, ids[LONER], POWER_RELAY, 1, 0, forever, &records);
	struct roster r = read_in(NULL);
	assert_true(member(&r, SECOND)->member);
	assert_true(member(&r, OTHER)->member);
	assert_false(member(&r, LONER)->member);
	assert_true(member(&r, LONER)->chained); /* its word is kept and carried all the same */
	static const struct {
		uint32_t generation;
		bool strange;
		int beyond;
		bool proven;
	} cases[] = {{0, false, 0, true}, {0, false, 1, false}, {0, true, 0, false}, {1, false, 1, true}, {1, true, 9, true}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct record rec = {.generation = cases[i].generation, .seq = last + (uint64_t)cases[i].beyond};
		memcpy(rec.author, ids[SATELLITE], SCHOOL_BYTES);
		memcpy(rec.incarnation, cases[i].strange ? thief.incarnation : cast[SATELLITE].incarnation, INCARNATION_BYTES);
		assert_int_equal(roster_proven(&r, &rec), cases[i].proven);
	}
	roster_release(&r);
}

/* Revoked: its word counts as far as its issuer says, or until it does, as far as the others above had it. */
static void a_revoked_school_counts_up_to_its_cut(void **state)
{
	(void)state;
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_ALL, 2);
	revoke(FOUNDER, SECOND);
	certify(SECOND, OTHER, POWER_RELAY, 1);
	struct roster r = read_in(NULL);
	assert_true(member(&r, SECOND)->revoked);
	assert_false(member(&r, OTHER)->member);
	roster_release(&r);
	revoke(SATELLITE, SECOND); /* it had seen the certificate */
	certify(SECOND, LONER, POWER_RELAY, 1);
	revoke(FOUNDER, SECOND); /* and this one the next, but the issuer has spoken */
	r = read_in(NULL);
	assert_true(member(&r, SECOND)->issuer_revoked);
	assert_true(member(&r, OTHER)->member);
	assert_int_equal(who(&r, member(&r, OTHER)->parents[0]), SATELLITE);
	assert_false(member(&r, LONER)->member);
	roster_release(&r);
}

/* By names of small ids it pushes out who holds it, all but a friend whose certificate is beyond that one's cut. */
static void a_school_cannot_make_itself_irrevocable(void **state)
{
	(void)state;
	uint8_t honest[ID_BYTES];
	certify(FOUNDER, SATELLITE, POWER_ALL, 4);
	certify(FOUNDER, OTHER, POWER_ALL, 4);
	memcpy(honest, join_in(SATELLITE, ids[FOUNDER], 0), ID_BYTES);
	revoke(FOUNDER, OTHER);
	certify(OTHER, SATELLITE, POWER_ALL, 1);
	for (int made = 0, tries = 0; made < JOININGS_MAX; tries++) {
		uint8_t name[SCHOOL_BYTES] = {(uint8_t)(made + 1)};
		struct forger before = cast[SATELLITE];
		const uint8_t *id = join_in(SATELLITE, made ? name : ids[OTHER], (uint16_t)(tries % 60000));
		if (memcmp(id, honest, ID_BYTES) < 0) {
			made++;
			continue;
		}
		cast[SATELLITE] = before;
		free(records.at[--records.count]);
	}
	revoke(FOUNDER, SATELLITE);
	struct roster r = read_in(NULL);
	assert_true(member(&r, SATELLITE)->revoked);
	assert_false(roster_covers(&r, (int)(member(&r, SATELLITE) - r.members), 0, cast[SATELLITE].incarnation, cast[SATELLITE].seq + 100));
	roster_release(&r);
}

static void short_id_names_one_school_or_none(void **state)
{
	(void)state;
	uint8_t twin[SCHOOL_BYTES], nobody[SCHOOL_BYTES] = {1};
	certify(FOUNDER, SATELLITE, POWER_ALL, 2);
	struct roster r = read_in(NULL);
	assert_int_equal(roster_find_short(&r, nobody), NO_SCHOOL);
	assert_int_equal(who(&r, roster_find_short(&r, ids[SATELLITE])), SATELLITE);
	roster_release(&r);
	memcpy(twin, ids[SATELLITE], SCHOOL_BYTES);
	twin[SHORT_ID_BYTES] ^= 1;
	forge_certificate(&cast[FOUNDER], twin, POWER_RELAY, 1, 0, forever, &records);
	r = read_in(NULL);
	assert_int_equal(roster_find_short(&r, ids[SATELLITE]), NO_SCHOOL);
	roster_release(&r);
}

static void same_roster(const struct roster *a, const struct roster *b)
{
	assert_true(roster_same_tree(a, b));
	for (size_t i = 0; i < a->count; i++) {
		struct member x = a->members[i], y = b->members[i];
		assert_true(member_same_cuts(&x, &y));
		for (size_t g = 0; g < x.key_count; g++)
			assert_memory_equal(x.keys[g].sign, y.keys[g].sign, 32);
		assert_memory_equal(x.id, y.id, SCHOOL_BYTES);
		assert_true(x.member == y.member && x.chained == y.chained && x.powers == y.powers && x.depth == y.depth);
		assert_true(x.open == y.open && x.joined_count == y.joined_count);
		assert_memory_equal(x.joined, y.joined, sizeof x.joined);
		assert_true(x.height == y.height && x.after_ms == y.after_ms && x.before_ms == y.before_ms);
		assert_string_equal(x.name, y.name);
	}
}

/* Every order of the pool's eight records, 40 320, gives one roster. SECOND ends below that school. */
static void every_order_agrees(int below)
{
	size_t order[8];
	assert_int_equal(records.count, 8);
	for (size_t i = 0; i < 8; i++)
		order[i] = i;
	struct roster first = read_in(order);
	assert_int_equal(who(&first, member(&first, SECOND)->parents[0]), below);
	while (forge_next_order(order, 8)) {
		struct roster r = read_in(order);
		same_roster(&first, &r);
		roster_release(&r);
	}
	roster_release(&first);
}

/* Records that touch each other in every way; of identities the pool has that of `identity` only. */
static void start_bare(int identity, struct pool *aside)
{
	pool_release(&records);
	for (int i = 0; i < CAST; i++)
		forger_create(&cast[i], 100 + (unsigned)i, i == identity ? &records : aside);
}

static void n2_any_order_gives_the_same_roster(void **state)
{
	(void)state;
	struct pool aside = {0};
	start_bare(SATELLITE, &aside);
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_ALL, 2);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	cast[OTHER].time++;
	certify(OTHER, SECOND, POWER_RELAY, 1);
	certify(SATELLITE, SECOND, POWER_RELAY, 1);
	forge_rotation(&cast[SATELLITE], &records);
	revoke(FOUNDER, SATELLITE);
	every_order_agrees(FOUNDER);
	pool_release(&aside);
}

/* SECOND names its parent and the founder, which adopts it; OTHER would have it. */
static void n2_any_order_of_joinings_gives_the_same_roster(void **state)
{
	(void)state;
	struct pool aside = {0};
	start_bare(-1, &aside);
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_ALL, 2);
	join(SECOND, ids[SATELLITE]);
	join(SECOND, ids[FOUNDER]);
	cast[OTHER].time = 1;
	certify(OTHER, SECOND, POWER_RELAY, 1);
	revoke(OTHER, SECOND);
	revoke(FOUNDER, SATELLITE);
	every_order_agrees(FOUNDER);
	pool_release(&aside);
}

/* SATELLITE names nobody that holds it: it has no place, and what was below it can be revoked all the same. */
static void n2_any_order_of_vain_joinings_gives_the_same_roster(void **state)
{
	(void)state;
	struct pool aside = {0};
	start_bare(-1, &aside);
	certify(FOUNDER, SATELLITE, POWER_ALL, 3);
	certify(FOUNDER, OTHER, POWER_ALL, 3);
	certify(SATELLITE, SECOND, POWER_ALL, 2);
	join(SATELLITE, ids[LONER]);
	join(SECOND, ids[SATELLITE]);
	certify(LONER, OTHER, POWER_RELAY, 1);
	revoke(FOUNDER, SECOND);
	revoke(SATELLITE, SECOND);
	every_order_agrees(SATELLITE);
	pool_release(&aside);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(n2_cascade_of_three_levels),
		TEST(n2_delegated_powers_and_depth),
		TEST(certificates_have_their_time),
		TEST(revocation_hands_the_children_up),
		TEST(second_parent_is_not_on_the_route),
		TEST(only_whom_a_school_names_may_hold_it),
		TEST(a_school_that_lost_its_place_is_not_taken_over),
		TEST(a_revoked_school_cannot_talk_itself_out),
		TEST(a_revocation_is_judged_once),
		TEST(a_joining_beyond_the_cut_names_nobody),
		TEST(a_school_names_only_so_many),
		TEST(nobody_is_its_own_parent),
		TEST(routes_and_ancestors),
		TEST(n2_the_deepest_cascade_still_routes),
		TEST(keys_rotate_only_as_committed),
		TEST(the_old_key_counts_up_to_its_cut),
		TEST(a_revoked_school_counts_up_to_its_cut),
		TEST(a_school_cannot_make_itself_irrevocable),
		TEST(short_id_names_one_school_or_none),
		TEST(n2_any_order_gives_the_same_roster),
		TEST(n2_any_order_of_joinings_gives_the_same_roster),
		TEST(n2_any_order_of_vain_joinings_gives_the_same_roster),
	};
	return cmocka_run_group_tests_name("roster", tests, open_scratch, close_scratch);
}
