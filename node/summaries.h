/*
 * summaries - the summary of every student, made a few at a time so that nobody else
 * waits, and kept until the student's records change.
 */
#ifndef NODE_SUMMARIES_H
#define NODE_SUMMARIES_H

#include "core/summary.h"

struct node;
struct summaries;

struct summaries *summaries_new(struct node *n);
void summaries_free(struct summaries *s);

/*
 * Calls done(arg, e) later, once, on the loop's thread, when all students kept here
 * have a summary of that school year; then summaries_find finds them. BUSY: too many wait.
 */
enum err summaries_make(struct summaries *s, uint16_t period, void (*done)(void *arg, enum err e), void *arg) MUST_USE;

/* NULL where there is none of that year. */
const struct summary *summaries_find(const struct summaries *s, const uint8_t *subject, uint16_t period);

#endif
