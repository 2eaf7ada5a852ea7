/*
 * fixture - a school on disk for tests: environments in a directory of their
 * own, secrets from a number, everything deterministic.
 */
#ifndef TESTS_LIB_FIXTURE_H
#define TESTS_LIB_FIXTURE_H

#include "core/batch.h"
#include "core/membership.h"
#include "core/people.h"
#include "core/view.h"

struct fixture {
	char dir[128];
	struct store *store, *keys;
	struct school school;
	struct identity identity;
	uint8_t master[KEY_BYTES];
	uint8_t recovery_secret[32];
	struct seed seed;
	bool open;
};

/* A directory for all fixtures of this process, removed at exit. */
const char *fixture_root(void);

/* Creates school number n, founder of itself. */
void fixture_create(struct fixture *f, unsigned n, const char *name, uint64_t now_ms);
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* A batch with fresh randomness; aborts the test on failure. */
void fixture_batch(struct fixture *f, struct batch *b, uint64_t now_ms);
void fixture_must(enum err e, const char *what);

/* CALL in a batch of its own, named `in` there: committed if it succeeds, else aborted; its result. */
#define FIXTURE_BATCH(school, now_ms, call)                                                        \
	({                                                                                         \
		struct batch b_, *in = &b_;                                                        \
		fixture_batch(&(school), in, now_ms);                                              \
		enum err e_ = (call);                                                              \
		if (e_)                                                                            \
			batch_abort(in);                                                           \
		else                                                                               \
			fixture_must(batch_commit(in), "commit");                                  \
		e_;                                                                                \
	})

/* Admits child below parent with those powers, and gives the child the parent's network records. */
void fixture_join(struct fixture *parent, struct fixture *child, uint32_t powers, uint32_t depth, uint64_t now_ms);

/* Copies every network record of one school into the other. */
void fixture_share_network(struct fixture *from, struct fixture *to, uint64_t now_ms);

/* A student with a made-up name, and entries for it. */
void fixture_student(struct fixture *f, struct batch *b, unsigned n, uint8_t subject[SUBJECT_BYTES]);
void fixture_entry(struct batch *b, const uint8_t *subject, unsigned n, uint8_t id[ID_BYTES]);

/* The subject's custody as the school sees it; there must be a row. */
struct custody_row fixture_custody(struct fixture *f, const uint8_t *subject);

/* Whether all derived rows come out of the records anew, byte for byte. */
bool fixture_rebuilds(struct fixture *f, uint64_t now_ms);

#endif
