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

/* Whether it was noted not long ago; if not, it is now. subject: zeros, where it names nobody. */
static bool lately(struct looks *l, const struct exchange *x, const uint8_t *subject, const char *table, uint32_t again_s)
{
	uint64_t now = clock_ms();
	for (size_t i = 0; i < LOOKS; i++)
		if (now < l->at[i].until_ms && l->at[i].role == (int)x->caller.role && l->at[i].table == table &&
		    memcmp(l->at[i].account, x->caller.account, ACCOUNT_BYTES) == 0 && memcmp(l->at[i].subject, subject, SUBJECT_BYTES) == 0)
			return true;
	l->at[l->next].role = (int)x->caller.role;
	l->at[l->next].table = table;
	l->at[l->next].until_ms = now + (uint64_t)again_s * 1000;
	memcpy(l->at[l->next].account, x->caller.account, ACCOUNT_BYTES);
	memcpy(l->at[l->next].subject, subject, SUBJECT_BYTES);
	l->next = (l->next + 1) % LOOKS;
	return false;
}

static void note(struct exchange *x, const uint8_t *subject)
{
	struct look *l = calloc(1, sizeof *l);
	enum err e = l ? ERR_OK : ERR_NO_MEMORY;
	if (l) {
		l->job = (struct job){.run = run_look, .done = looked, .bytes = sizeof *l};
		api_journal(x, &l->row);
		memcpy(l->row.subject, subject, SUBJECT_BYTES);
		e = writer_submit(api_node(x)->writer, &l->job);
	}
	if (e) {
		log_event(LEVEL_ERROR, "look_not_noted", LOG_ERR(e));
		free(l);
	}
}

static bool is_reading(const struct exchange *x)
{
	return x->req->method == METHOD_GET || x->req->method == METHOD_HEAD;
}

bool looks_near(const struct permit *p)
{
	return p->role != ROLE_LOCAL && (p->relations & NEAR);
}

void looks_note(struct exchange *x, const struct permit *p)
{
	const char *table = api_about(x) == ABOUT_STUDENT ? NULL : x->route->pattern;
	if (p->about == ABOUT_STUDENT && is_reading(x) && !looks_near(p) && !lately(&p->node->looks, x, p->subject, table, LOOK_AGAIN_S))
		note(x, p->subject);
}

void looks_note_list(struct exchange *x)
{
	static const uint8_t nobody[SUBJECT_BYTES];
	if (is_reading(x) && !lately(&api_node(x)->looks, x, nobody, x->route->pattern, LOOK_LIST_AGAIN_S))
		note(x, nobody);
}
