/*
 * task - what a session still has to send beside the tail, first in first out,
 * and small sets that keep it from sending twice.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include "core/agreed.h"
#include "core/leaf.h"

enum task_kind {
	TASK_OPEN, /* chain records of a subject that the peer has not agreed to */
	TASK_PUSH, /* a whole subject */
	TASK_ONE,  /* the records whose id begins with the 8 bytes in position */
};

enum attest_need { ATTEST_NONE, ATTEST_DUE, ATTEST_ASKED };

struct task {
	enum task_kind kind;
	struct selection which;
	enum attest_need attest;
	uint8_t subject[SUBJECT_BYTES];
	bool started;
	uint16_t period;
	uint8_t position[LEAF_KEY_BYTES]; /* the last leaf sent */
};

struct tasks {
	struct task *at;
	size_t first, count, cap;
	size_t due; /* how many wait to ask for an attestation */
};

void tasks_release(struct tasks *q);
enum err tasks_add(struct tasks *q, const struct task *task) MUST_USE;

/* The i-th from the front, NULL past the end. */
struct task *tasks_at(struct tasks *q, size_t i);
void tasks_pop(struct tasks *q);
static inline bool tasks_empty(const struct tasks *q)
{
	return q->count == 0;
}
static inline size_t tasks_count(const struct tasks *q)
{
	return q->count;
}

/* The n tasks that asked for an attestation first have it. */
void tasks_attested(struct tasks *q, size_t n);

/* Subjects sent whole and not acknowledged yet, each with the digest it had. */
struct pushed_entry {
	uint8_t subject[SUBJECT_BYTES];
	uint8_t hash[DIGEST_BYTES];
};
struct pushed {
	struct pushed_entry *at;
	size_t count, cap;
};
void pushed_release(struct pushed *p);

/* false if that state was noted before. */
bool pushed_note(struct pushed *p, const uint8_t *subject, const uint8_t *hash);

/* Half-open ranges of numbers, added in ascending order. */
struct range {
	uint64_t from, to;
};
struct ranges {
	struct range *at;
	size_t first, count, cap;
};
void ranges_release(struct ranges *r);
enum err ranges_add(struct ranges *r, uint64_t from, uint64_t to) MUST_USE;
bool ranges_has(const struct ranges *r, uint64_t n);

/* Forgets everything below n. */
void ranges_trim(struct ranges *r, uint64_t n);

#endif
