#include "node/steps.h"

#include "proto/limits.h"

enum { STEPS = sizeof ((struct steps *)0)->at / sizeof ((struct steps *)0)->at[0] };

void steps_note(struct steps *s, const struct last_step *step)
{
	for (size_t i = 0; i < STEPS; i++)
		if (s->at[i].time_ms && s->at[i].session == step->session) {
			s->at[i] = *step;
			return;
		}
	s->at[s->next] = *step;
	s->next = (s->next + 1) % STEPS;
}

struct last_step *steps_last(struct steps *s, uint64_t session, uint64_t now_ms)
{
	for (size_t i = 0; i < STEPS; i++)
		if (s->at[i].time_ms && s->at[i].session == session && now_ms <= s->at[i].time_ms + (uint64_t)STEP_FRESH_S * 1000)
			return &s->at[i];
	return NULL;
}
