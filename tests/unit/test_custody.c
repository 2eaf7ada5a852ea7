/* Who keeps a student's record, and who shares what of it: a pure function of chain records and roster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/custody.h"
#include "core/leaf.h"
#include "tests/lib/forge.h"

/*
 *        R            R founder; A, B satellites; P, Q below A; Z below B.
 *      /   \          Q has B as a second parent.
 *     A     B
 *    / \   . \
 *   P   Q .   Z
 */
enum { R, A, B, P, Q, Z, CAST, NOBODY = -1 };
static const char letters[] = "RABPQZ";

static struct forger cast[CAST];
static struct roster roster;
static int at[CAST]; /* in the roster */
static uint8_t salt[16] = {5}, subject[SUBJECT_BYTES];

enum { EVENTS_MAX = 8, NO_REF = -1, ANY = EVENTS_MAX };

/* One chain record: who says what, of which earlier event. */
struct event {
	enum record_type type;
	int by;
	int ref; /* index of the event it refers to */
	int to;	 /* release: the destination; resolve: index of the accept; accept: 1 if of another manifest */
};

struct scene {
	const char *name;
	struct event events[EVENTS_MAX];
	enum custody_state state;
	int custodian;
	size_t head; /* index of the event, if there is a custodian; ANY */
	int to;	     /* released: where to */
	const char *shares; /* NULL: not looked at */
};

static const struct scene scenes[] = {
	{"nothing", {{0}}, CUSTODY_NONE, NOBODY, 0, NOBODY, ""},
	{"enrolled", {{RECORD_ENROLMENT, P, NO_REF, 0}}, CUSTODY_HELD, P, 0, NOBODY, "A>P:read P>A:forward"},
	{"released across the network",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}},
	 CUSTODY_RELEASED, P, 0, Z,
	 "R>A:forward R>B:forward A>R:forward A>P:read B>R:forward B>Z:read P>A:forward Z>B:forward"},
	{"accepted: the former school no longer gets what the new one writes",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_HELD, Z, 2, NOBODY,
	 "R>A:former R>B:former A>R:former A>P:former B>R:former B>Z:read P>A:former Z>B:forward"},
	{"declined: only a trace stays on the way",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_DECLINE, Z, 1, 0}},
	 CUSTODY_HELD, P, 0, NOBODY,
	 "R>A:chain R>B:chain A>R:chain A>P:read B>R:chain B>Z:chain P>A:forward Z>B:chain"},
	{"void by the common ancestor",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_VOID, R, 1, 0}},
	 CUSTODY_HELD, P, 0, NOBODY,
	 "R>A:chain R>B:chain A>R:chain A>P:read B>R:chain B>Z:chain P>A:forward Z>B:chain"},
	{"void by a school on the way that is not the ancestor",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_VOID, A, 1, 0}},
	 CUSTODY_RELEASED, P, 0, Z, NULL},
	{"void by the old school itself",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_VOID, P, 1, 0}},
	 CUSTODY_RELEASED, P, 0, Z, NULL},
	{"void by the nearest common ancestor of two neighbours",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Q}, {RECORD_VOID, A, 1, 0}},
	 CUSTODY_HELD, P, 0, NOBODY, NULL},
	{"void by a higher one than the nearest",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Q}, {RECORD_VOID, R, 1, 0}},
	 CUSTODY_RELEASED, P, 0, Q, NULL},
	{"decline by a stranger",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_DECLINE, Q, 1, 0}},
	 CUSTODY_RELEASED, P, 0, Z, NULL},
	{"accept outweighs a decline",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_DECLINE, Z, 1, 0}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_HELD, Z, 3, NOBODY, NULL},
	{"a late accept outweighs a void",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_VOID, R, 1, 0}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_HELD, Z, 3, NOBODY, NULL},
	{"accept of another manifest",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Z, 1, 1}},
	 CUSTODY_RELEASED, P, 0, Z, NULL},
	{"accept by a school it was not released to",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Q, 1, 0}},
	 CUSTODY_RELEASED, P, 0, Z, NULL},
	{"release forged by a school that does not keep it",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, A, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_HELD, P, 0, NOBODY, "A>P:read P>A:forward"},
	{"release by the former custodian, from the head that was its own",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}, {RECORD_RELEASE, P, 0, Q}},
	 CUSTODY_HELD, Z, 2, NOBODY, NULL},
	{"release by the former custodian from the new head",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}, {RECORD_RELEASE, P, 2, Q}},
	 CUSTODY_HELD, Z, 2, NOBODY, NULL},
	{"enrolment by a school that did not make the id",
	 {{RECORD_ENROLMENT, A, NO_REF, 1}, {RECORD_RELEASE, A, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_NONE, NOBODY, 0, NOBODY, ""},
	{"claims alone move nothing",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_CLAIM, Z, NO_REF, P}},
	 CUSTODY_HELD, P, 0, NOBODY,
	 "R>A:chain R>B:chain A>R:chain A>P:read B>R:chain B>Z:chain P>A:forward Z>B:chain"},
	{"a claim opens a trace to the origin",
	 {{RECORD_CLAIM, Q, NO_REF, P}},
	 CUSTODY_NONE, NOBODY, 0, NOBODY,
	 "A>P:chain A>Q:chain P>A:chain Q>A:chain"},
	{"two releases, one accepted",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Q, 2, 0}},
	 CUSTODY_HELD, Q, 3, NOBODY, NULL},
	{"declined, then released elsewhere",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_DECLINE, Z, 1, 0}, {RECORD_RELEASE, P, 0, Q}},
	 CUSTODY_RELEASED, P, 0, Q, NULL},
	{"two accepts on one head: nobody keeps it",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Z, 1, 0},
	  {RECORD_ACCEPT, Q, 2, 0}},
	 CUSTODY_DISPUTED, NOBODY, 0, NOBODY,
	 "R>A:former R>B:former A>R:former A>P:former A>Q:read B>R:former B>Q:read B>Z:read P>A:former Q>A:forward "
	 "Q>B:forward Z>B:forward"},
	{"... until the common ancestor of one of them decides",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Z, 1, 0},
	  {RECORD_ACCEPT, Q, 2, 0}, {RECORD_RESOLVE, R, 0, 3}},
	 CUSTODY_HELD, Z, 3, NOBODY, NULL},
	{"... and nobody else",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Z, 1, 0},
	  {RECORD_ACCEPT, Q, 2, 0}, {RECORD_RESOLVE, P, 0, 3}},
	 CUSTODY_DISPUTED, NOBODY, 0, NOBODY, NULL},
	{"... for an accept that there is",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Z, 1, 0},
	  {RECORD_ACCEPT, Q, 2, 0}, {RECORD_RESOLVE, R, 0, 1}},
	 CUSTODY_DISPUTED, NOBODY, 0, NOBODY, NULL},
	{"return to the former school",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Q, 1, 0}, {RECORD_RELEASE, Q, 2, P},
	  {RECORD_ACCEPT, P, 3, 0}},
	 CUSTODY_HELD, P, 4, NOBODY,
	 "A>P:read A>Q:former B>Q:former P>A:forward Q>A:former Q>B:former"},
	{"three schools in a row",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Q}, {RECORD_ACCEPT, Q, 1, 0}, {RECORD_RELEASE, Q, 2, Z},
	  {RECORD_ACCEPT, Z, 3, 0}},
	 CUSTODY_HELD, Z, 4, NOBODY,
	 "R>A:former R>B:former A>R:former A>P:former A>Q:former B>R:former B>Q:former B>Z:read P>A:former Q>A:former "
	 "Q>B:former Z>B:forward"},
	{"same accept twice",
	 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_ACCEPT, Z, 1, 0}, {RECORD_ACCEPT, Z, 1, 0}},
	 CUSTODY_HELD, Z, ANY, NOBODY, NULL},
};

static struct pool said;
static struct chain_record chain[EVENTS_MAX];
static size_t chain_count;

static void say(const struct event *e)
{
	struct writing w = {.type = e->type, .subject = subject, .ref_count = e->ref >= 0};
	union body body;
	if (e->ref >= 0)
		w.refs[0] = said.at[e->ref]->id;
	memset(&body, 0, sizeof body);
	switch (e->type) {
	case RECORD_ENROLMENT:
		memcpy(body.enrolment.salt, salt, sizeof salt);
		break;
	case RECORD_CLAIM:
		memcpy(body.claim.to, cast[e->to].id, SHORT_ID_BYTES);
		break;
	case RECORD_RELEASE:
		memcpy(body.release.to, cast[e->to].id, SCHOOL_BYTES);
		break;
	case RECORD_ACCEPT:
		body.accept.manifest[0] = (uint8_t)e->to;
		break;
	case RECORD_RESOLVE:
		memcpy(body.resolve.accept, said.at[e->to]->id, ID_BYTES);
		break;
	default:
		break;
	}
	const uint8_t *id = forge(&cast[e->by], &w, &body, &said);
	struct chain_record *k = &chain[chain_count++];
	const struct forged *f = said.at[said.count - 1];
	fixture_must(record_read(bytes_of(f->raw, f->n), &k->record), "record");
	fixture_must(body_decode(k->record.type, k->record.body, &k->body), "body");
	assert_memory_equal(k->record.id, id, ID_BYTES);
}

static void play(const struct scene *s)
{
	pool_release(&said);
	chain_count = 0;
	for (size_t i = 0; i < EVENTS_MAX && s->events[i].type; i++)
		say(&s->events[i]);
}

static int member_of(int index)
{
	for (int i = 0; i < CAST && index != NO_SCHOOL; i++)
		if (at[i] == index)
			return i;
	return NOBODY;
}

static void put_share(char *out, size_t size, int me, int peer, enum right right)
{
	static const char *const names[] = {"none", "chain", "former", "forward", "read"};
	size_t n = strlen(out);
	snprintf(out + n, size - n, "%s%c>%c:%s", n ? " " : "", letters[me], letters[peer], names[right]);
}

/* All shares of all schools, in the order of the cast. */
static void describe(const struct custody *c, const struct chain_record *records, char *out, size_t size)
{
	out[0] = 0;
	for (int me = 0; me < CAST; me++) {
		struct share shares[SHARES_MAX];
		size_t n = custody_shares(&roster, c, records, chain_count, at[me], shares);
		for (size_t i = 1; i < n; i++)
			assert_true(shares[i - 1].peer < shares[i].peer);
		for (int peer = 0; peer < CAST; peer++)
			for (size_t i = 0; i < n; i++)
				if (shares[i].peer == at[peer])
					put_share(out, size, me, peer, shares[i].right);
	}
}

/* The walk of the chain in every order must give one state; calls look once for each. */
static void in_every_order(const char *name, void (*look)(const char *name, const struct custody *c, const char *shares, void *arg),
			   void *arg)
{
	size_t order[EVENTS_MAX];
	struct chain_record shuffled[EVENTS_MAX];
	struct custody c;
	char shares[512];
	for (size_t i = 0; i < chain_count; i++)
		order[i] = i;
	do {
		for (size_t i = 0; i < chain_count; i++)
			shuffled[i] = chain[order[i]];
		custody_walk(&roster, subject, shuffled, chain_count, &c);
		describe(&c, shuffled, shares, sizeof shares);
		look(name, &c, shares, arg);
	} while (forge_next_order(order, chain_count));
}

static void as_expected(const char *name, const struct custody *c, const char *shares, void *arg)
{
	const struct scene *s = arg;
	if (c->state != s->state || member_of(c->custodian) != s->custodian)
		fail_msg("%s: state %d, custodian %d", name, c->state, member_of(c->custodian));
	if (s->custodian != NOBODY && s->head < chain_count && memcmp(c->head, said.at[s->head]->id, ID_BYTES) != 0)
		fail_msg("%s: another head", name);
	if (s->state == CUSTODY_RELEASED && (!c->open || member_of(c->open->to) != s->to))
		fail_msg("%s: released elsewhere", name);
	if (s->shares && strcmp(shares, s->shares) != 0)
		fail_msg("%s: shares\n%s, want\n%s", name, shares, s->shares);
	if (c->state == CUSTODY_DISPUTED)
		assert_memory_equal(c->dispute, said.at[0]->id, ID_BYTES);
}

static void n6_every_chain_gives_one_state_in_any_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
		/* the subject is of P's making, or of whoever enrols first; event.to 1: of another's */
		int maker = scenes[i].events[0].type == RECORD_ENROLMENT && !scenes[i].events[0].to ? scenes[i].events[0].by : P;
		custody_subject(subject, cast[maker].id, salt);
		play(&scenes[i]);
		struct scene want = scenes[i];
		in_every_order(want.name, as_expected, &want);
	}
}

static void both_parents_hold_escrow(void **state)
{
	(void)state;
	struct scene s = {"two parents", {{RECORD_ENROLMENT, Q, NO_REF, 0}}, CUSTODY_HELD, Q, 0, NOBODY,
			  "A>Q:read B>Q:read Q>A:forward Q>B:forward"};
	custody_subject(subject, cast[Q].id, salt);
	play(&s);
	in_every_order(s.name, as_expected, &s);
}

struct seen {
	bool any;
	enum custody_state state;
	int custodian;
	char shares[512];
};

static void as_before(const char *name, const struct custody *c, const char *shares, void *arg)
{
	struct seen *s = arg;
	if (!s->any) {
		s->any = true;
		s->state = c->state;
		s->custodian = c->custodian;
		snprintf(s->shares, sizeof s->shares, "%s", shares);
	}
	if (s->state != c->state || s->custodian != c->custodian || strcmp(s->shares, shares) != 0)
		fail_msg("%s: state %d, custodian %d in one order; %d, %d in another", name, s->state, member_of(s->custodian),
			 c->state, member_of(c->custodian));
}

/* What nobody should do still has one meaning, the same everywhere. */
static void contradictions_are_the_same_in_any_order(void **state)
{
	(void)state;
	static const struct scene odd[] = {
		{"two resolves by one ancestor",
		 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, B},
		  {RECORD_ACCEPT, Z, 1, 0}, {RECORD_ACCEPT, B, 2, 0}, {RECORD_RESOLVE, R, 0, 3}, {RECORD_RESOLVE, R, 0, 4}},
		 0, 0, 0, 0, NULL},
		{"two enrolments", {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}},
		 0, 0, 0, 0, NULL},
		{"two open releases",
		 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_RELEASE, P, 0, Q}, {RECORD_CLAIM, A, NO_REF, P}},
		 0, 0, 0, 0, NULL},
		{"a release to its own author",
		 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, P}, {RECORD_ACCEPT, P, 1, 0}, {RECORD_RELEASE, P, 2, Z}},
		 0, 0, 0, 0, NULL},
		{"decline and void of one release",
		 {{RECORD_ENROLMENT, P, NO_REF, 0}, {RECORD_RELEASE, P, 0, Z}, {RECORD_VOID, R, 1, 0}, {RECORD_DECLINE, Z, 1, 0},
		  {RECORD_DECLINE, Z, 1, 0}},
		 0, 0, 0, 0, NULL},
	};
	custody_subject(subject, cast[P].id, salt);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct seen seen = {0};
		play(&odd[i]);
		in_every_order(odd[i].name, as_before, &seen);
	}
}

/* A school outside the network is nobody's custodian. */
static void release_to_a_stranger_is_none(void **state)
{
	(void)state;
	struct custody c;
	struct pool aside = {0};
	struct forger stranger;
	custody_subject(subject, cast[P].id, salt);
	play(&(struct scene){.events = {{RECORD_ENROLMENT, P, NO_REF, 0}}});
	forger_create(&stranger, 999, &aside);
	struct body_release body = {0};
	memcpy(body.to, stranger.id, SCHOOL_BYTES);
	struct writing w = {.type = RECORD_RELEASE, .subject = subject, .ref_count = 1, .refs = {said.at[0]->id}};
	forge(&cast[P], &w, &body, &aside);
	const struct forged *f = aside.at[aside.count - 1];
	struct chain_record *k = &chain[chain_count++];
	fixture_must(record_read(bytes_of(f->raw, f->n), &k->record), "record");
	fixture_must(body_decode(k->record.type, k->record.body, &k->body), "body");
	custody_walk(&roster, subject, chain, chain_count, &c);
	assert_int_equal(c.state, CUSTODY_HELD);
	assert_int_equal(member_of(c.custodian), P);
	assert_int_equal(c.step_count, 0);
	pool_release(&aside);
}

static void subject_ids_are_their_makers_own(void **state)
{
	(void)state;
	uint8_t made[SUBJECT_BYTES], wrong[16] = {6};
	custody_subject(made, cast[P].id, salt);
	assert_true(custody_subject_made_by(made, cast[P].id, salt));
	assert_false(custody_subject_made_by(made, cast[A].id, salt));
	assert_false(custody_subject_made_by(made, cast[P].id, wrong));
}

static int setup(void **state)
{
	(void)state;
	static const int parents[CAST] = {NOBODY, R, R, A, A, B};
	struct fixture scratch;
	struct pool network = {0};
	struct txn t;
	if (sodium_init() < 0)
		return 1;
	for (unsigned i = 0; i < CAST; i++) {
		forger_create(&cast[i], 700 + i, &network);
		if (parents[i] >= 0)
			forge_certificate(&cast[parents[i]], cast[i].id, POWER_ALL, parents[i] == R ? 4 : 2, 0, UINT64_MAX >> 1,
					  &network);
	}
	cast[B].time += 1000;
	forge_certificate(&cast[B], cast[Q].id, POWER_ALL, 2, 0, UINT64_MAX >> 1, &network);
	fixture_create(&scratch, 1, "scratch", 1790000000000);
	fixture_must(txn_begin(&t, scratch.store, true), "write");
	txn_del_prefix(&t, T_REC, (struct bytes){0});
	txn_del_prefix(&t, T_LEAF, (struct bytes){0});
	for (size_t i = 0; i < network.count; i++) {
		struct record rec;
		uint8_t lseq[8];
		put_u64(lseq, i + 1);
		fixture_must(record_read(bytes_of(network.at[i]->raw, network.at[i]->n), &rec), "record");
		txn_append(&t, T_REC, bytes_of(lseq, sizeof lseq), rec.raw);
		leaf_put(&t, &rec, i + 1, PROOF_SIGNATURE);
	}
	fixture_must(roster_load(&roster, &t, cast[R].id), "roster");
	txn_abort(&t);
	fixture_close(&scratch);
	pool_release(&network);
	for (int i = 0; i < CAST; i++)
		at[i] = roster_find(&roster, cast[i].id);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_release(&said);
	roster_release(&roster);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n6_every_chain_gives_one_state_in_any_order),
		cmocka_unit_test(both_parents_hold_escrow),
		cmocka_unit_test(contradictions_are_the_same_in_any_order),
		cmocka_unit_test(release_to_a_stranger_is_none),
		cmocka_unit_test(subject_ids_are_their_makers_own),
	};
	return cmocka_run_group_tests_name("custody", tests, setup, teardown);
}
