#include "node/looks.h"

#include <stdlib.h>

#include "node/log.h"
#include "node/loop.h"
#include "node/permit.h"

enum { LOOKS = sizeof ((struct looks *)0)->at / sizeof ((struct looks *)0)->at[0],
       NEAR = REL_SELF | REL_PARENT | REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR };

struct look {
	struct job job;
	struct journal_row row;
};

static enum err run_look(struct batch *b, struct job *j)
{
	return journal_append(b, &((struct look *)j)->row);
}

static void looked(struct job *j, enum err e)
{
	if (e)
		log_event(LEVEL_ERROR, "look_not_noted", LOG_ERR(e));
	free(j);
}

static bool lately(struct looks *l, const struct exchange *x, const uint8_t *subject)
{
	uint64_t now = clock_ms();
	for (size_t i = 0; i < LOOKS; i++)
		if (l->at[i].time_ms && l->at[i].role == (int)x->caller.role && now < l->at[i].time_ms + (uint64_t)LOOK_AGAIN_S * 1000 &&
		    memcmp(l->at[i].account, x->caller.account, ACCOUNT_BYTES) == 0 && memcmp(l->at[i].subject, subject, SUBJECT_BYTES) == 0)
			return true;
	l->at[l->next].role = (int)x->caller.role;
	l->at[l->next].time_ms = now;
	memcpy(l->at[l->next].account, x->caller.account, ACCOUNT_BYTES);
	memcpy(l->at[l->next].subject, subject, SUBJECT_BYTES);
	l->next = (l->next + 1) % LOOKS;
	return false;
}

void looks_note(struct exchange *x, const struct permit *p)
{
	bool safe = x->req->method == METHOD_GET || x->req->method == METHOD_HEAD;
	bool near = p->role != ROLE_LOCAL && (p->relations & NEAR);
	if (p->about != ABOUT_STUDENT || !safe || near || lately(&p->node->looks, x, p->subject))
		return;
	struct look *l = calloc(1, sizeof *l);
	enum err e = l ? ERR_OK : ERR_NO_MEMORY;
	if (l) {
		l->job = (struct job){.run = run_look, .done = looked, .bytes = sizeof *l};
		api_journal(x, &l->row);
		e = writer_submit(p->node->writer, &l->job);
	}
	if (e) {
		log_event(LEVEL_ERROR, "look_not_noted", LOG_ERR(e));
		free(l);
	}
}
