/* Membership as the schools themselves write it: renewed, adopted, named, and not taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/leaf.h"
#include "tests/lib/forge.h"

static const uint64_t now = 1790000000000, forever = UINT64_MAX >> 1;
static const uint8_t stranger[SCHOOL_BYTES] = {7};

/* N2: half its time over, a certificate is renewed on the terms that its issuer can still give. */
static void n2_certificates_are_renewed_by_themselves(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint64_t life_s, over_s;
		bool renewed;
	} cases[] = {
		{"fresh", MEMBERSHIP_S, 0, false},
		{"just less than half over", MEMBERSHIP_S, MEMBERSHIP_S / 2, false},
		{"more than half over", MEMBERSHIP_S, MEMBERSHIP_S / 2 + 1, true},
		{"the last second", MEMBERSHIP_S, MEMBERSHIP_S - 1, true},
		{"over", MEMBERSHIP_S, MEMBERSHIP_S, false},
		{"a short one, fresh", 30 * 24 * 3600, 0, false},
		{"a short one, more than half over", 30 * 24 * 3600, 16 * 24 * 3600, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture parent, child;
		struct batch b;
		fixture_create(&parent, 1, "Опорная школа", now);
		fixture_create(&child, 2, "Школа", now);
		fixture_join(&parent, &child, POWER_ALL, 3, now);
		fixture_batch(&parent, &b, now + 1);
		fixture_must(membership_change(&b, child.school.id, POWER_RELAY, 1, now + 1 + cases[i].life_s * 1000), "terms");
		assert_int_equal(membership_change(&b, parent.school.id, POWER_RELAY, 1, now), ERR_SELF);
		fixture_must(batch_commit(&b), "commit");
		uint64_t later = now + 1 + cases[i].over_s * 1000;
		fixture_batch(&parent, &b, later);
		fixture_must(membership_renew_due(&b), "renew");
		fixture_must(membership_renew_due(&b), "once is enough");
		fixture_must(batch_commit(&b), "commit");
		const struct roster *r = &parent.school.roster;
		const struct member *m = &r->members[roster_find(r, child.school.id)];
		if (m->before_ms != (cases[i].renewed ? later : now + 1) + cases[i].life_s * 1000)
			fail_msg("%s", cases[i].name);
		assert_int_equal(m->powers, POWER_RELAY);
		assert_int_equal(m->depth, 1);
		fixture_close(&parent);
		fixture_close(&child);
	}
}

static void sweep(struct fixture *f, uint64_t at, enum err (*word)(struct batch *b), size_t records_made)
{
	struct batch b;
	fixture_batch(f, &b, at);
	uint64_t lseq = b.next_lseq;
	fixture_must(word(&b), "sweep");
	fixture_must(word(&b), "once is enough");
	assert_int_equal(b.next_lseq - lseq, records_made);
	fixture_must(batch_commit(&b), "commit");
}

/* Founder, parent, child. The parent is revoked, and the founder renews when the child has said whose it is now. */
static void n2_an_adopted_school_is_renewed_by_its_adopter(void **state)
{
	(void)state;
	struct fixture founder, parent, child;
	struct batch b;
	const uint64_t later = now + 600; /* more than half of the child's time is over */
	fixture_create(&founder, 1, "Опорная школа", now);
	fixture_create(&parent, 2, "Школа", now);
	fixture_create(&child, 3, "Школа", now);
	fixture_join(&founder, &parent, POWER_ALL, 3, now);
	fixture_join(&parent, &child, POWER_ALL, 2, now);
	fixture_batch(&parent, &b, now);
	fixture_must(membership_change(&b, child.school.id, POWER_RELAY, 1, now + 1000), "terms");
	fixture_must(batch_commit(&b), "commit");
	fixture_share_network(&parent, &child, now);
	fixture_share_network(&parent, &founder, now);
	sweep(&founder, later, membership_belong_due, 0);
	sweep(&child, later, membership_belong_due, 0);
	fixture_batch(&founder, &b, now);
	fixture_must(membership_revoke(&b, parent.school.id), "revoke");
	fixture_must(batch_commit(&b), "commit");
	sweep(&founder, later, membership_renew_due, 0);
	fixture_share_network(&founder, &child, now);
	sweep(&child, later, membership_belong_due, 1);
	fixture_share_network(&child, &founder, now);
	sweep(&founder, later, membership_renew_due, 1);
	fixture_share_network(&founder, &child, now);
	struct fixture *const both[] = {&founder, &child};
	for (int i = 0; i < 2; i++) {
		const struct roster *r = &both[i]->school.roster;
		const struct member *m = &r->members[roster_find(r, child.school.id)];
		assert_int_equal(m->parents[0], roster_find(r, founder.school.id));
		assert_int_equal(m->height, 1);
		assert_true(m->before_ms == later + 1000);
		assert_int_equal(m->powers, POWER_RELAY);
	}
	fixture_close(&founder);
	fixture_close(&parent);
	fixture_close(&child);
}

/* A member from before there were joinings, and a school that a stranger certified before its own parent's word came. */
static void the_sweep_names_the_parent_of_one_that_named_nobody(void **state)
{
	(void)state;
	for (int named = 0; named < 2; named++) {
		struct fixture parent, child;
		struct batch b;
		struct membership_terms terms = {.name = "Школа", .region = "", .district = "", .before_ms = forever};
		fixture_create(&parent, 1, "Опорная школа", now);
		fixture_create(&child, 2, "Школа", now);
		fixture_batch(&parent, &b, now);
		fixture_must(membership_certify(&b, child.school.id, &terms), "certify");
		fixture_must(batch_commit(&b), "commit");
		fixture_batch(&child, &b, now);
		fixture_must(membership_join(&b, parent.school.id), "join");
		if (named)
			fixture_must(membership_belong(&b, stranger), "belong");
		fixture_must(batch_commit(&b), "commit");
		fixture_share_network(&parent, &child, now);
		sweep(&child, now, membership_belong_due, !named);
		fixture_close(&parent);
		fixture_close(&child);
	}
}

/* A school that nobody asked says that another's child is its own, longer than anybody, and revokes it. */
static void n2_a_stranger_takes_no_school_over(void **state)
{
	(void)state;
	enum { TOP, ABOVE, HOSTILE, LEAF, SCHOOLS };
	struct fixture f[SCHOOLS];
	struct pool theft = {0};
	struct forger thief;
	struct batch b;
	uint8_t student[SUBJECT_BYTES];
	for (unsigned i = 0; i < SCHOOLS; i++)
		fixture_create(&f[i], 1 + i, "Школа", now);
	fixture_join(&f[TOP], &f[ABOVE], POWER_ALL, 4, now);
	fixture_join(&f[TOP], &f[HOSTILE], POWER_ALL, 4, now);
	fixture_join(&f[ABOVE], &f[LEAF], POWER_RELAY, 0, now);
	fixture_share_network(&f[ABOVE], &f[TOP], now);
	fixture_share_network(&f[TOP], &f[ABOVE], now);
	fixture_share_network(&f[ABOVE], &f[LEAF], now);
	fixture_batch(&f[LEAF], &b, now);
	fixture_student(&f[LEAF], &b, 1, student);
	fixture_must(batch_commit(&b), "enrol");
	forger_of(&thief, &f[HOSTILE]);
	thief.time = 1;
	forge_certificate(&thief, f[LEAF].school.id, POWER_RELAY, 0, 0, forever, &theft);
	struct body_revocation body = {.cuts = {0}};
	struct writing w = {.type = RECORD_REVOCATION, .subject = network_subject};
	memcpy(body.member, f[LEAF].school.id, SCHOOL_BYTES);
	forge(&thief, &w, &body, &theft);
	static const int held_by[] = {TOP, ABOVE, LEAF};
	for (size_t i = 0; i < sizeof held_by / sizeof *held_by; i++) {
		struct fixture *at = &f[held_by[i]];
		assert_int_equal(pool_give(&theft, at, now), ERR_OK);
		const struct roster *r = &at->school.roster;
		const struct member *m = &r->members[roster_find(r, f[LEAF].school.id)];
		assert_int_equal(m->parents[0], roster_find(r, f[ABOVE].school.id));
		assert_int_equal(m->parents[1], NO_SCHOOL);
		assert_int_equal(roster_standing(r, (int)(m - r->members), now), ERR_OK);
	}
	assert_int_equal(fixture_custody(&f[LEAF], student).state, CUSTODY_HELD);
	assert_true(fixture_rebuilds(&f[LEAF], now));
	pool_release(&theft);
	for (unsigned i = 0; i < SCHOOLS; i++)
		fixture_close(&f[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n2_certificates_are_renewed_by_themselves),
		cmocka_unit_test(n2_an_adopted_school_is_renewed_by_its_adopter),
		cmocka_unit_test(the_sweep_names_the_parent_of_one_that_named_nobody),
		cmocka_unit_test(n2_a_stranger_takes_no_school_over),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("membership", tests, NULL, NULL);
}
