#include "core/sync_parts.h"

struct scope_writer {
	struct step *x;
	struct buf entries;
	bool reset;
};

static void scope_flush(struct scope_writer *w, bool last)
{
	struct message m = {.type = MESSAGE_SCOPE,
			    .scope = {.reset = w->reset, .more = !last, .epoch = w->x->s->epoch_mine, .entries = buf_bytes(&w->entries)}};
	step_send(w->x, &m);
	w->reset = false;
	buf_reset(&w->entries);
}

static void scope_write(struct scope_writer *w, const uint8_t *subject, uint8_t right)
{
	buf_put(&w->entries, subject, SUBJECT_BYTES);
	buf_put_byte(&w->entries, right);
	if (w->entries.n + SUBJECT_BYTES + 1 > MESSAGE_LIST_BYTES_MAX)
		scope_flush(w, false);
}

static void scope_open(struct step *x, const uint8_t *subject)
{
	struct task task = {.kind = TASK_OPEN, .which.mode = MODE_CHAIN};
	memcpy(task.subject, subject, SUBJECT_BYTES);
	enum err e = tasks_add(&x->s->tasks, &task);
	if (e)
		step_fail(x, e);
}

/* Our whole list, for a peer that holds another. */
void scope_send_all(struct step *x)
{
	struct sync *s = x->s;
	struct scope_writer w = {.x = x, .reset = true};
	buf_init(&w.entries, MESSAGE_LIST_BYTES_MAX);
	s->epoch_mine++;
	for (size_t i = 0; i < s->mine.count; i++)
		scope_write(&w, s->mine.at[i].subject, s->mine.at[i].right);
	scope_flush(&w, true);
	buf_release(&w.entries);
}

/* Both lists are known: what only we name must be opened, what both name is compared by roots. */
void scope_lists_known(struct step *x)
{
	struct sync *s = x->s;
	for (size_t i = 0; i < s->mine.count; i++)
		if (scope_list_get(&s->theirs, s->mine.at[i].subject) == RIGHT_NONE)
			scope_open(x, s->mine.at[i].subject);
	s->root_due = true;
}

/* Our own grants moved: tell the peer, open what it has not agreed to. */
void scope_moved(struct step *x)
{
	struct sync *s = x->s;
	struct scope_list now = {.known = true};
	if (!s->mine.known)
		return;
	enum err e = scope_list_load(&now, x->t, T_SCOPE, s->o.peer);
	struct scope_writer w = {.x = x};
	buf_init(&w.entries, MESSAGE_LIST_BYTES_MAX);
	bool any = false;
	for (size_t i = 0, j = 0; !e && (i < s->mine.count || j < now.count);) {
		int c = i == s->mine.count ? 1
			: j == now.count ? -1
					 : memcmp(s->mine.at[i].subject, now.at[j].subject, SUBJECT_BYTES);
		bool differs = c != 0 || s->mine.at[i].right != now.at[j].right;
		if (differs && !any) {
			any = true;
			s->epoch_mine++;
		}
		if (c < 0) {
			scope_write(&w, s->mine.at[i].subject, RIGHT_NONE);
		} else if (differs) {
			scope_write(&w, now.at[j].subject, now.at[j].right);
			if (s->theirs.known && scope_list_get(&s->theirs, now.at[j].subject) == RIGHT_NONE)
				scope_open(x, now.at[j].subject);
		}
		i += c <= 0;
		j += c >= 0;
	}
	if (any)
		scope_flush(&w, true);
	buf_release(&w.entries);
	scope_list_release(&s->mine);
	s->mine = now;
	s->root_due |= any;
	if (any)
		s->status.complete = false;
	if (e)
		step_fail(x, e);
}

/* In ascending order, so that the list takes them in one pass. */
static enum err check_entries(struct bytes entries)
{
	const struct scope_entry *at = (const struct scope_entry *)entries.p;
	size_t n = entries.n / sizeof *at;
	if (entries.n % sizeof *at)
		return ERR_BAD_FORM;
	for (size_t i = 0; i < n; i++) {
		if (at[i].right > RIGHT_READ)
			return ERR_BAD_FORM;
		if (i && memcmp(at[i - 1].subject, at[i].subject, SUBJECT_BYTES) >= 0)
			return ERR_NOT_CANONICAL;
	}
	return ERR_OK;
}

void scope_received(struct step *x, const struct message_scope *m)
{
	struct sync *s = x->s;
	struct submission *p = step_gather(x);
	struct buf ask;
	bool was_known = s->theirs.known;
	enum err e = check_entries(m->entries);
	if (e) {
		step_fail(x, e);
		return;
	}
	if (m->reset) {
		s->theirs.count = 0;
		s->theirs.known = was_known = false;
	}
	s->epoch_theirs = m->epoch;
	if (p) {
		if (m->reset) {
			buf_reset(&p->offers);
			p->offers_reset = true;
		}
		buf_put(&p->offers, m->entries.p, m->entries.n);
		if (p->offers.err)
			step_fail(x, p->offers.err);
	}
	buf_init(&ask, MESSAGE_LIST_BYTES_MAX);
	for (size_t i = 0; was_known && i < m->entries.n; i += SUBJECT_BYTES + 1) {
		const uint8_t *entry = m->entries.p + i;
		enum mode after = agreed_mode_under(&s->mine, (enum right)entry[SUBJECT_BYTES], entry);
		if (after <= agreed_mode(&s->mine, &s->theirs, entry))
			continue;
		repair_ask(x, &ask, entry, after);
		if (ask.n + SUBJECT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			repair_send_subjects(x, &ask);
	}
	repair_send_subjects(x, &ask);
	buf_release(&ask);
	e = scope_list_merge(&s->theirs, m->entries);
	if (e)
		step_fail(x, e);
	else if (s->theirs.count > SCOPE_SUBJECTS_MAX)
		step_fail(x, ERR_QUOTA);
	s->root_due = true;
	s->status.complete = false;
	if (!m->more && !s->theirs.known) {
		s->theirs.known = true;
		if (s->mine.known)
			scope_lists_known(x);
	}
}
