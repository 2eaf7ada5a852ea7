#include "core/erasure.h"
#include "core/sync_parts.h"

void sync_root(const struct sync *s, struct txn *t, uint8_t root[DIGEST_BYTES], uint64_t *count)
{
	struct root r;
	root_compute(&r, t, &s->mine, &s->theirs);
	memcpy(root, r.root, DIGEST_BYTES);
	*count = r.count;
}

void repair_ask(struct step *x, struct buf *entries, const uint8_t *subject, enum mode mode)
{
	struct subject_digest d = digest_get(x->t, subject);
	const struct digest *mine = digest_of(&d, mode);
	uint8_t count[4];
	put_u32(count, mine->count);
	buf_put(entries, subject, SUBJECT_BYTES);
	buf_put(entries, count, sizeof count);
	buf_put(entries, mine->hash, DIGEST_BYTES);
}

void repair_send_subjects(struct step *x, struct buf *entries)
{
	struct message m = {.type = MESSAGE_SUBJECTS, .subjects = {.entries = buf_bytes(entries)}};
	if (entries->n)
		step_send(x, &m);
	buf_reset(entries);
}

void repair_send_root(struct step *x)
{
	struct sync *s = x->s;
	struct message m = {.type = MESSAGE_ROOT,
			    .root = {.epoch_mine = s->epoch_mine, .epoch_yours = s->epoch_theirs, .cursor = s->tail}};
	sync_root(s, x->t, m.root.root, &m.root.count);
	step_send(x, &m);
	s->root_due = false;
	if (s->roots_unanswered < ROOTS_UNANSWERED_MAX)
		s->roots_unanswered++;
}

static void send_buckets(struct step *x, const struct root *r)
{
	struct sync *s = x->s;
	struct message m = {.type = MESSAGE_BUCKETS,
			    .buckets = {.epoch_mine = s->epoch_mine, .epoch_yours = s->epoch_theirs,
					.digests = bytes_of(r->buckets, sizeof r->buckets)}};
	step_send(x, &m);
}

void repair_compare(struct step *x)
{
	struct sync *s = x->s;
	struct root mine;
	bool fresh = s->peer_root_fresh;
	if (!s->compare_due || !s->peer_root_known || s->peer_root.epoch_mine != s->epoch_theirs ||
	    s->peer_root.epoch_yours != s->epoch_mine)
		return;
	root_compute(&mine, x->t, &s->mine, &s->theirs);
	s->compare_due = s->peer_root_fresh = false;
	s->status.shared = mine.subjects;
	if (memcmp(mine.root, s->peer_root.root, DIGEST_BYTES) == 0) {
		/* equal over what both name; what only we name is still to be opened */
		s->status.complete = mine.subjects == s->mine.count && mine.subjects == s->theirs.count;
		s->status.missing = 0;
		if (s->status.complete)
			s->status.reason = ERR_OK;
		s->status.verified_ms = x->now_ms;
		s->verified_lseq = s->tail;
		s->repairing = false;
		s->persist_due = true;
		return;
	}
	s->status.complete = false;
	s->status.missing = s->peer_root.count > mine.count ? s->peer_root.count - mine.count : 0;
	if (!s->o.dialer || !fresh)
		return;
	if (s->repairing && s->moved == s->moved_at_repair) {
		if (!s->status.reason)
			s->status.reason = ERR_INCOMPLETE;
		return; /* the last repair moved nothing: wait for a commit or the heartbeat */
	}
	s->repairing = true;
	s->moved_at_repair = s->moved;
	send_buckets(x, &mine);
}

void repair_on_root(struct step *x, const struct message_root *m)
{
	struct sync *s = x->s;
	s->peer_root = *m;
	s->peer_root_known = s->peer_root_fresh = s->compare_due = true;
}

void repair_on_buckets(struct step *x, const struct message_buckets *m)
{
	struct sync *s = x->s;
	struct root mine;
	struct agreed_walk w = {0};
	struct buf entries;
	if (m->digests.n != sizeof mine.buckets || !s->roots_unanswered) {
		step_fail(x, s->roots_unanswered ? ERR_BAD_FORM : ERR_PROTOCOL);
		return;
	}
	s->roots_unanswered--;
	if (m->epoch_mine != s->epoch_theirs || m->epoch_yours != s->epoch_mine)
		return; /* said of another scope; roots are exchanged again after the change */
	root_compute(&mine, x->t, &s->mine, &s->theirs);
	buf_init(&entries, MESSAGE_LIST_BYTES_MAX);
	while (agreed_next(&s->mine, &s->theirs, &w)) {
		size_t at = (size_t)w.subject[0] * ROOT_BUCKET_BYTES;
		if (memcmp(m->digests.p + at, mine.buckets + at, ROOT_BUCKET_BYTES) == 0)
			continue;
		repair_ask(x, &entries, w.subject, w.mode);
		if (entries.n + SUBJECT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			repair_send_subjects(x, &entries);
	}
	repair_send_subjects(x, &entries);
	buf_release(&entries);
}

static void put_leaf_entry(void *arg, const struct leaf_digest *d)
{
	uint8_t e[LEAF_ENTRY_BYTES];
	put_u16(e, d->period);
	put_u16(e + 2, d->part);
	put_u32(e + 4, d->digest.count);
	memcpy(e + 8, d->digest.hash, 8);
	buf_put(arg, e, sizeof e);
}

static void send_leaves(struct step *x, const uint8_t *subject, const struct selection *which)
{
	struct message m = {.type = MESSAGE_LEAVES};
	struct buf entries;
	buf_init(&entries, MESSAGE_LIST_BYTES_MAX);
	leaf_digests(x->t, subject, which, put_leaf_entry, &entries);
	memcpy(m.leaves.subject, subject, SUBJECT_BYTES);
	m.leaves.entries = buf_bytes(&entries);
	if (entries.err)
		send_whole(x, subject); /* too many leaves to list: send all */
	else
		step_send(x, &m);
	buf_release(&entries);
}

static void want_whole(struct step *x, struct buf *subjects)
{
	struct message m = {.type = MESSAGE_WANT, .want = {.whole = 1, .ids = buf_bytes(subjects)}};
	if (subjects->n)
		step_send(x, &m);
	buf_reset(subjects);
}

void repair_on_subjects(struct step *x, const struct message_subjects *m)
{
	struct buf want;
	if (m->entries.n % SUBJECT_ENTRY_BYTES) {
		step_fail(x, ERR_BAD_FORM);
		return;
	}
	buf_init(&want, MESSAGE_LIST_BYTES_MAX);
	for (size_t i = 0; i < m->entries.n; i += SUBJECT_ENTRY_BYTES) {
		const uint8_t *entry = m->entries.p + i;
		struct selection which = step_selection(x, entry);
		struct subject_digest d = digest_get(x->t, entry);
		const struct digest *mine = digest_of(&d, which.mode);
		/* nothing but the chain yet; of an erased subject it is all there will ever be */
		bool only_chain = which.mode == MODE_ALL && d.all.count == d.chain.count && !erasure_denies(x->t, entry, NULL);
		uint32_t count = get_u32(entry + SUBJECT_BYTES);
		if (which.mode == MODE_NONE ||
		    (count == mine->count && memcmp(mine->hash, entry + SUBJECT_BYTES + 4, DIGEST_BYTES) == 0))
			continue;
		if (count > mine->count && (mine->count == 0 || only_chain)) {
			buf_put(&want, entry, SUBJECT_BYTES);
			if (want.n + SUBJECT_BYTES > MESSAGE_LIST_BYTES_MAX)
				want_whole(x, &want);
		} else if (count == 0) {
			send_whole(x, entry);
		} else {
			send_leaves(x, entry, &which);
		}
	}
	want_whole(x, &want);
	buf_release(&want);
}

/* Our ids of one leaf or part. */
static void send_ids(struct step *x, const uint8_t *subject, uint16_t period, uint16_t part,
		     const struct selection *which)
{
	struct message m = {.type = MESSAGE_IDS, .ids = {.period = period, .part = part}};
	struct buf ids;
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 3];
	size_t n = SUBJECT_BYTES + 2;
	buf_init(&ids, MESSAGE_LIST_BYTES_MAX);
	memcpy(key, subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, period);
	if (part != PART_WHOLE)
		key[n++] = (uint8_t)part;
	cursor_open(&c, x->t, T_LEAF);
	for (bool on = cursor_seek(&c, bytes_of(key, n)); on && bytes_start(c.key, bytes_of(key, n)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (!leaf_counts(&l, which))
			continue;
		buf_put(&ids, l.id, 8);
		buf_put_byte(&ids, (uint8_t)l.state);
	}
	cursor_close(&c);
	memcpy(m.ids.subject, subject, SUBJECT_BYTES);
	m.ids.ids = buf_bytes(&ids);
	if (ids.err)
		send_whole(x, subject);
	else
		step_send(x, &m);
	buf_release(&ids);
}

/* The entries of one period in a LEAVES list. */
static struct bytes of_period(struct bytes entries, uint16_t period)
{
	size_t from = 0, to;
	while (from < entries.n && get_u16(entries.p + from) < period)
		from += LEAF_ENTRY_BYTES;
	for (to = from; to < entries.n && get_u16(entries.p + to) == period; to += LEAF_ENTRY_BYTES)
		;
	return bytes_of(entries.p + from, to - from);
}

static bool split(struct bytes entries)
{
	return entries.n && get_u16(entries.p + 2) != PART_WHOLE;
}

static bool part_equal(struct bytes a, struct bytes b, uint16_t part)
{
	const uint8_t *x = NULL, *y = NULL;
	for (size_t i = 0; i < a.n; i += LEAF_ENTRY_BYTES)
		if (get_u16(a.p + i + 2) == part)
			x = a.p + i;
	for (size_t i = 0; i < b.n; i += LEAF_ENTRY_BYTES)
		if (get_u16(b.p + i + 2) == part)
			y = b.p + i;
	return x == y || (x && y && memcmp(x, y, LEAF_ENTRY_BYTES) == 0);
}

static void compare_period(struct step *x, const uint8_t *subject, uint16_t period, struct bytes mine, struct bytes theirs,
			   const struct selection *which)
{
	if (bytes_equal(mine, theirs))
		return;
	if (!split(mine)) { /* few ids, whatever the peer says of its own */
		send_ids(x, subject, period, PART_WHOLE, which);
		return;
	}
	for (uint16_t part = 0; part < PART_WHOLE; part++)
		if (!split(theirs) || !part_equal(mine, theirs, part))
			send_ids(x, subject, period, part, which);
}

void repair_on_leaves(struct step *x, const struct message_leaves *m)
{
	struct selection which = step_selection(x, m->subject);
	struct buf mine;
	if (m->entries.n % LEAF_ENTRY_BYTES) {
		step_fail(x, ERR_BAD_FORM);
		return;
	}
	if (which.mode == MODE_NONE)
		return;
	buf_init(&mine, MESSAGE_LIST_BYTES_MAX);
	leaf_digests(x->t, m->subject, &which, put_leaf_entry, &mine);
	struct bytes a = buf_bytes(&mine), b = m->entries;
	for (size_t i = 0, j = 0; !mine.err && (i < a.n || j < b.n);) {
		uint16_t p = i < a.n ? get_u16(a.p + i) : UINT16_MAX, q = j < b.n ? get_u16(b.p + j) : UINT16_MAX;
		uint16_t period = i == a.n ? q : j == b.n ? p : p < q ? p : q;
		struct bytes left = of_period(a, period), right = of_period(b, period);
		compare_period(x, m->subject, period, left, right, &which);
		i += left.n;
		j += right.n;
		if (left.n + right.n == 0)
			break; /* a list out of order */
	}
	if (mine.err)
		send_whole(x, m->subject);
	buf_release(&mine);
}

/* Whether the peer has of the record what we have; a header is no match for a body. */
static bool listed(struct bytes ids, const struct leaf *l)
{
	for (size_t i = 0; i < ids.n; i += ID_ENTRY_BYTES)
		if (memcmp(ids.p + i, l->id, 8) == 0 && (l->state == LEAF_ERASED || ids.p[i + 8] == LEAF_FULL))
			return true;
	return false;
}

static void send_wanted(struct step *x, const uint8_t *subject, uint16_t period, const uint8_t *id8,
			const struct selection *which)
{
	struct task task = {.kind = TASK_ONE, .which = *which, .period = period};
	memcpy(task.subject, subject, SUBJECT_BYTES);
	memcpy(task.position, id8, 8);
	enum err e = tasks_add(&x->s->tasks, &task);
	if (e)
		step_fail(x, e);
}

/* Whether we have what the peer names: with its body where it has one, unless that was erased. */
static bool held(struct step *x, const uint8_t *subject, uint16_t period, const uint8_t *id8, enum leaf_state theirs)
{
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 2 + 8];
	if (period && erasure_denies(x->t, subject, NULL))
		return true; /* it would only be refused; what of the chain we lack has no period */
	memcpy(key, subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, period);
	memcpy(key + SUBJECT_BYTES + 2, id8, 8);
	cursor_open(&c, x->t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(key, sizeof key)) && bytes_start(c.key, bytes_of(key, sizeof key));
	if (on && theirs == LEAF_FULL) {
		struct leaf l = leaf_parse(c.key, c.value);
		on = l.state == LEAF_FULL || erasure_denies(x->t, subject, l.id);
	}
	cursor_close(&c);
	return on;
}

void repair_on_ids(struct step *x, const struct message_ids *m)
{
	struct selection which = step_selection(x, m->subject);
	struct message want = {.type = MESSAGE_WANT};
	struct buf ids;
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 3];
	size_t n = SUBJECT_BYTES + 2;
	if (m->ids.n % ID_ENTRY_BYTES || m->period > UINT16_MAX || m->part > PART_WHOLE) {
		step_fail(x, ERR_BAD_FORM);
		return;
	}
	if (which.mode == MODE_NONE)
		return;
	memcpy(key, m->subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, (uint16_t)m->period);
	if (m->part != PART_WHOLE)
		key[n++] = (uint8_t)m->part;
	cursor_open(&c, x->t, T_LEAF);
	for (bool on = cursor_seek(&c, bytes_of(key, n)); on && bytes_start(c.key, bytes_of(key, n)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (leaf_counts(&l, &which) && !listed(m->ids, &l))
			send_wanted(x, m->subject, l.period, l.id, &which);
	}
	cursor_close(&c);
	buf_init(&ids, MESSAGE_LIST_BYTES_MAX + 16);
	for (size_t i = 0; i < m->ids.n; i += ID_ENTRY_BYTES) {
		if (held(x, m->subject, (uint16_t)m->period, m->ids.p + i, (enum leaf_state)m->ids.p[i + 8]))
			continue;
		uint8_t period[2];
		put_u16(period, (uint16_t)m->period);
		buf_put(&ids, period, sizeof period);
		buf_put(&ids, m->ids.p + i, 8);
		if (ids.n + WANT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			break; /* the rest is found by the next repair */
	}
	memcpy(want.want.subject, m->subject, SUBJECT_BYTES);
	want.want.ids = buf_bytes(&ids);
	if (ids.n)
		step_send(x, &want);
	buf_release(&ids);
}

void repair_on_want(struct step *x, const struct message_want *m)
{
	size_t entry = m->whole ? SUBJECT_BYTES : WANT_ENTRY_BYTES;
	if (m->ids.n % entry) {
		step_fail(x, ERR_BAD_FORM);
		return;
	}
	for (size_t i = 0; i < m->ids.n; i += entry) {
		const uint8_t *subject = m->whole ? m->ids.p + i : m->subject;
		struct selection which = step_selection(x, subject);
		if (which.mode == MODE_NONE)
			continue;
		if (m->whole)
			send_whole(x, subject);
		else if (held(x, subject, get_u16(m->ids.p + i), m->ids.p + i + 2, LEAF_ERASED))
			send_wanted(x, subject, get_u16(m->ids.p + i), m->ids.p + i + 2, &which);
	}
}
