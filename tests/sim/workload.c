/* School life: enrolling, writing entries, and moving students in every way that ends well or badly. */
#include "core/erasure.h"
#include "tests/sim/world.h"

static bool keeps(struct world *w, int school, const uint8_t *subject)
{
	struct world_school *s = &w->schools[school];
	struct custody_row row;
	struct txn t;
	if (!s->up)
		return false;
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	bool held = view_custody(&t, subject, &row) && row.state == CUSTODY_HELD &&
		    memcmp(row.custodian, s->f.school.id, SCHOOL_BYTES) == 0;
	txn_abort(&t);
	return held;
}

static void enrol(struct world *w)
{
	struct batch b;
	int at = (int)world_random(w, w->school_count);
	struct world_student *st = &w->students[w->student_count];
	uint8_t id[ID_BYTES];
	if (w->student_count == WORLD_STUDENTS_MAX || !world_begin(w, at, &b))
		return;
	fixture_student(&w->schools[at].f, &b, (unsigned)w->student_count, st->subject);
	fixture_entry(&b, st->subject, 0, id);
	if (!world_commit(w, at, &b))
		return;
	st->keeper = at;
	w->student_count++;
	world_acked(w, at, st->subject, id);
	world_note(w, "enrol", (uint64_t)at, w->student_count);
}

static void write_entries(struct world *w)
{
	struct world_student *st = &w->students[world_random(w, w->student_count)];
	unsigned n = 1 + (unsigned)world_random(w, 12);
	uint8_t ids[12][ID_BYTES];
	struct batch b;
	/* the view is settled at commit: one that was released meanwhile refuses */
	if (!keeps(w, st->keeper, st->subject) || !world_begin(w, st->keeper, &b))
		return;
	for (unsigned i = 0; i < n; i++)
		if (world_chance(w, 40))
			files_entry(w, st->keeper, &b, st->subject, ids[i]);
		else
			fixture_entry(&b, st->subject, (unsigned)world_random(w, 100), ids[i]);
	if (!world_commit(w, st->keeper, &b))
		return;
	for (unsigned i = 0; i < n; i++)
		world_acked(w, st->keeper, st->subject, ids[i]);
}

/* One of the entries that the keeper itself confirmed, or, seldom, all of a student. */
static void erase(struct world *w)
{
	size_t k = world_random(w, w->student_count), n;
	struct world_student *st = &w->students[k];
	struct world_school *s = &w->schools[st->keeper];
	struct batch b;
	bool whole = world_chance(w, 80);
	if (st->moving || !keeps(w, st->keeper, st->subject) || s->acked_count == 0)
		return;
	n = world_random(w, s->acked_count);
	if (!whole && (s->erased[n] || memcmp(s->acked_subject[n], st->subject, SUBJECT_BYTES) != 0))
		return;
	if (!world_begin(w, st->keeper, &b))
		return;
	enum err e = whole ? erasure_of_subject(&b, st->subject) : erasure_of_record(&b, st->subject, s->acked[n]);
	if (e) {
		batch_abort(&b);
		if (e != ERR_ERASED && e != ERR_QUOTA) /* a crash hid from us that it had been done */
			world_fail(w, "erase: %s", err_name(e));
		return;
	}
	if (!world_commit(w, st->keeper, &b))
		return;
	if (whole)
		st->forgotten = true;
	else
		s->erased[n] = true;
	w->counts[whole ? COUNT_FORGOTTEN : COUNT_ERASED]++;
	world_note(w, whole ? "forget" : "erase", (uint64_t)st->keeper, k);
}

static void start_move(struct world *w)
{
	size_t s = world_random(w, w->student_count);
	struct world_student *st = &w->students[s];
	struct world_move *m = &w->moves[w->move_count];
	struct batch b;
	int to = (int)world_random(w, w->school_count);
	if (w->move_count == WORLD_TRANSFERS_MAX || st->moving || to == st->keeper || !keeps(w, st->keeper, st->subject) ||
	    !world_begin(w, st->keeper, &b))
		return;
	*m = (struct world_move){.student = s, .from = st->keeper, .to = to, .rival = -1, .ending = (unsigned)world_random(w, 10)};
	enum err e = transfer_code(&b, st->subject, m->code, m->claim_subject);
	fixture_must(e, "code");
	if (!world_commit(w, st->keeper, &b))
		return;
	st->moving = true;
	m->next_ms = w->now_ms + world_random(w, 5000);
	w->move_count++;
	w->counts[COUNT_MOVES]++;
	world_note(w, "code", (uint64_t)m->from, (uint64_t)m->to);
}

static bool claim(struct world *w, int at, const struct world_move *m)
{
	struct batch b;
	uint8_t subject[SUBJECT_BYTES];
	if (!world_begin(w, at, &b))
		return false;
	enum err e = transfer_claim(&b, m->code, subject);
	if (e == ERR_CODE_USED) { /* a crash hid from us that it had been done */
		batch_abort(&b);
		return true;
	}
	if (e == ERR_NO_ROUTE) { /* the network has not heard of one of the two yet */
		batch_abort(&b);
		return false;
	}
	fixture_must(e, "claim");
	return world_commit(w, at, &b);
}

/* ending: 0 the claim is declined, 1 the release is declined, 2 the ancestor voids it, 3 two claims; else it goes through */
static void approve(struct world *w, struct world_move *m)
{
	struct batch b;
	if (!world_begin(w, m->from, &b))
		return;
	enum err e = m->ending == 0 ? transfer_decline(&b, m->claim_subject, DECLINE_BY_FAMILY)
				    : transfer_approve(&b, m->claim_subject);
	m->next_ms = w->now_ms + 1000 + world_random(w, 5000);
	if (e) {
		batch_abort(&b);
		if (e == ERR_DISPUTED || e == ERR_NOT_CUSTODIAN) {
			/* frozen; or the accept of an earlier release outweighed its decline */
			w->counts[COUNT_FROZEN] += e == ERR_DISPUTED;
			m->step = MOVE_OVER;
			w->students[m->student].moving = false;
		} else if (e != ERR_WRONG_STATE && e != ERR_CODE_USED && e != ERR_UNKNOWN_AUTHOR) {
			world_fail(w, "approve: %s", err_name(e));
		} else if (e == ERR_CODE_USED) {
			m->step = MOVE_RELEASED;
		}
		return;
	}
	if (!world_commit(w, m->from, &b))
		return;
	if (m->ending == 0) {
		w->counts[COUNT_DECLINES]++;
		m->step = MOVE_OVER;
		w->students[m->student].moving = false;
		return;
	}
	m->step = MOVE_RELEASED;
	world_note(w, "release", (uint64_t)m->from, (uint64_t)m->to);
}

static void end_badly(struct world *w, struct world_move *m)
{
	struct batch b;
	const struct roster *r = &w->schools[m->from].f.school.roster;
	int at = m->to;
	if (!w->schools[m->from].up)
		return;
	if (m->ending == 2) {
		int a = roster_find(r, w->schools[m->from].f.school.id), z = roster_find(r, w->schools[m->to].f.school.id);
		int up = roster_ancestor(r, a, z);
		for (size_t i = 0; i < w->school_count; i++)
			if (up != NO_SCHOOL && w->schools[i].up &&
			    memcmp(w->schools[i].f.school.id, r->members[up].id, SCHOOL_BYTES) == 0)
				at = (int)i;
	}
	if (!world_begin(w, at, &b))
		return;
	enum err e = m->ending == 2 ? transfer_void(&b, w->students[m->student].subject)
				    : transfer_decline(&b, m->claim_subject, DECLINE_MISTAKE);
	if (e) {
		batch_abort(&b); /* too early or too late: the accept was faster */
		return;
	}
	if (world_commit(w, at, &b))
		w->counts[m->ending == 2 ? COUNT_VOIDS : COUNT_DECLINES]++;
}

static void watch(struct world *w, struct world_move *m)
{
	struct world_school *s = &w->schools[m->from];
	struct world_student *st = &w->students[m->student];
	struct custody_row row;
	struct txn t;
	m->next_ms = w->now_ms + 500 + world_random(w, 2000);
	if (m->ending == 1 || m->ending == 2)
		end_badly(w, m);
	if (!s->up)
		return;
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	bool known = view_custody(&t, st->subject, &row);
	txn_abort(&t);
	if (!known || row.state == CUSTODY_RELEASED)
		return;
	bool moved = row.state == CUSTODY_HELD && memcmp(row.custodian, s->f.school.id, SCHOOL_BYTES) != 0;
	for (size_t i = 0; moved && i < w->school_count; i++)
		if (memcmp(w->schools[i].f.school.id, row.custodian, SCHOOL_BYTES) == 0)
			st->keeper = (int)i;
	w->counts[COUNT_ACCEPTS] += moved;
	m->step = MOVE_OVER;
	st->moving = false;
	world_note(w, moved ? "moved" : "stayed", (uint64_t)m->from, (uint64_t)m->to);
}

static void go_on(struct world *w, struct world_move *m)
{
	switch (m->step) {
	case MOVE_CODE:
		if (m->ending == 3 && m->rival < 0) {
			int rival = (int)world_random(w, w->school_count);
			if (rival != m->from && rival != m->to && claim(w, rival, m))
				m->rival = rival;
		}
		if (claim(w, m->to, m)) {
			m->step = MOVE_CLAIMED;
			world_note(w, "claim", (uint64_t)m->from, (uint64_t)m->to);
		}
		m->next_ms = w->now_ms + world_random(w, 8000);
		return;
	case MOVE_CLAIMED:
		approve(w, m);
		return;
	case MOVE_RELEASED:
		watch(w, m);
		return;
	case MOVE_OVER:
		return;
	}
}

void workload_step(struct world *w)
{
	if (!w->calm) {
		if (w->student_count < 4 || world_chance(w, 60))
			enrol(w);
		if (w->student_count)
			write_entries(w);
		if (w->student_count && world_chance(w, 150))
			start_move(w);
		if (w->student_count && world_chance(w, 250))
			erase(w);
	}
	for (size_t i = 0; i < w->move_count; i++)
		if (w->moves[i].step != MOVE_OVER && w->moves[i].next_ms <= w->now_ms)
			go_on(w, &w->moves[i]);
}
