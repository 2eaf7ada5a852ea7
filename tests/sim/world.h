/*
 * world - many schools in one process, in virtual time, driving the same sync,
 * receive and transfer code as the daemon. Everything that happens is drawn
 * from one seed; the same seed gives the same trace.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "core/blobs.h"
#include "core/custody.h"
#include "core/sync.h"
#include "core/transfer.h"
#include "tests/lib/fixture.h"

enum { WORLD_SCHOOLS_MAX = 128, WORLD_STUDENTS_MAX = 256, WORLD_TRANSFERS_MAX = 256 };

enum fault {
	FAULT_LOSS,	   /* a packet vanishes: the session breaks */
	FAULT_DELAY,	   /* a packet takes seconds */
	FAULT_DUPLICATE,   /* a packet comes twice: the session breaks */
	FAULT_REORDER,	   /* two packets change places: the session breaks */
	FAULT_PARTITION,   /* a link is down for a while */
	FAULT_CRASH_BEFORE, /* the machine dies just before a commit */
	FAULT_CRASH_AFTER, /* ... just after it, before anybody is told */
	FAULT_RESTART,	   /* a clean stop and start */
	FAULT_FOREIGN,	   /* a peer sends a record of a subject that is none of its business */
	FAULT_DAMAGED,	   /* a peer sends a piece of a file that is not what it should be */
	FAULT_COUNT
};
extern const char *const fault_names[FAULT_COUNT];

struct packet {
	struct packet *next;
	uint64_t at_ms;
	uint64_t number;
	struct buf bytes; /* one message */
};

/* One direction of a link. */
struct pipe {
	struct packet *first; /* by time, then as sent */
	uint64_t sent, expected;
	uint64_t last_ms; /* packets of one connection do not overtake each other */
};

struct side {
	struct sync *sync;
	uint64_t durable_bytes; /* of the records submitted in this session, committed */
	uint64_t acked_bytes;
	struct submission *queue[128];
	size_t queued;
	struct blob_link blobs;
};

/* An evidence file on a school's disk. */
struct world_file {
	uint8_t id[ID_BYTES];
	uint8_t *bytes;
	size_t n;
	bool whole; /* else a part, its size as far as it was written */
};

/* child dials parent */
struct link {
	int school[2];
	bool up;
	uint64_t down_until_ms;
	uint64_t next_tick_ms;
	struct pipe to[2]; /* towards school[i] */
	struct side side[2];
};

struct world_school {
	struct fixture f;
	bool up;
	uint64_t up_at_ms;
	int parent;
	uint64_t next_commit_ms; /* 0: nothing queued */
	struct blobs *blobs; /* while it is up */
	struct world_file *files;
	size_t file_count, file_cap;
	uint8_t (*acked)[ID_BYTES]; /* records of our own whose commit was reported */
	bool *erased;		    /* of them, reported as erased */
	uint8_t (*acked_subject)[SUBJECT_BYTES];
	size_t acked_count, acked_cap;
};

/* What the workload knows of an evidence file. */
struct world_evidence {
	uint8_t subject[SUBJECT_BYTES], entry[ID_BYTES], file[ID_BYTES];
};

struct world_student {
	uint8_t subject[SUBJECT_BYTES];
	int keeper; /* as the workload believes */
	uint8_t head[ID_BYTES]; /* the last record that made a custodian and was checked */
	bool moving;
	bool forgotten; /* erased whole, and reported as done */
};

enum move_step { MOVE_CODE, MOVE_CLAIMED, MOVE_RELEASED, MOVE_OVER };

struct world_move {
	size_t student;
	int from, to, rival; /* rival: a second claimant, or -1 */
	enum move_step step;
	uint64_t next_ms;
	uint8_t claim_subject[SUBJECT_BYTES];
	uint8_t code[CODE_BYTES];
	unsigned ending; /* how it is meant to go: see workload.c */
};

enum count { COUNT_RECORDS, COUNT_SESSIONS, COUNT_COMMITS, COUNT_MOVES, COUNT_ACCEPTS, COUNT_DECLINES, COUNT_VOIDS,
	     COUNT_FROZEN, COUNT_NACKS, COUNT_ERASED, COUNT_FORGOTTEN, COUNT_FILES, COUNT_FETCHED, COUNT_RESUMED, COUNT_DROPPED,
	     COUNT_DISPUTES, COUNT_TOTAL };

struct world {
	uint64_t seed, random[4];
	uint64_t now_ms;
	bool calm; /* faults have stopped */
	uint64_t faults[FAULT_COUNT];
	uint64_t counts[COUNT_TOTAL];
	struct hash trace;
	uint64_t events;
	bool verbose;

	struct world_school schools[WORLD_SCHOOLS_MAX];
	size_t school_count;
	struct link links[WORLD_SCHOOLS_MAX];
	size_t link_count;
	struct world_student students[WORLD_STUDENTS_MAX];
	size_t student_count;
	struct world_evidence *evidence;
	size_t evidence_count, evidence_cap;
	struct world_move moves[WORLD_TRANSFERS_MAX];
	size_t move_count;
	uint64_t next_work_ms;
	char failed[256]; /* empty: all well */
};

/* schools: 3 to WORLD_SCHOOLS_MAX. regions only name them. */
void world_init(struct world *w, uint64_t seed, size_t schools, bool verbose);
void world_release(struct world *w);

/* Runs until the virtual time; false once an invariant broke. */
bool world_run(struct world *w, uint64_t until_ms);

/* No faults from now on; everybody comes up; runs until nothing moves. */
bool world_settle(struct world *w);

uint64_t world_random(struct world *w, uint64_t below);
bool world_chance(struct world *w, unsigned per_thousand);
bool world_faulty(struct world *w, enum fault fault, unsigned per_thousand);
void world_note(struct world *w, const char *what, uint64_t a, uint64_t b);
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A batch of a school's own work. It may crash the school: false, and nothing was reported. */
bool world_begin(struct world *w, int school, struct batch *b);
bool world_commit(struct world *w, int school, struct batch *b);
void world_acked(struct world *w, int school, const uint8_t *subject, const uint8_t *id);
void world_crash(struct world *w, int school, uint64_t for_ms);

/* files.c: evidence files, on disks of memory that survive a crash */
void files_up(struct world *w, int school);
void files_down(struct world *w, int school);
void files_release(struct world_school *s);
void files_connect(struct world *w, struct link *l);
void files_message(struct world *w, struct link *l, int side, const struct message *m);
void files_tick(struct world *w, struct link *l, int side);
void files_again(struct world *w, int school);
void files_committed(struct world *w, int school, uint64_t from, uint64_t to);
/* An entry with a file, in a batch of the keeper's. */
void files_entry(struct world *w, int school, struct batch *b, const uint8_t *subject, uint8_t entry[ID_BYTES]);
bool files_has(const struct world_school *s, const uint8_t *id);
void world_send(struct world *w, struct link *l, int side, const struct buf *messages);
void world_break(struct world *w, struct link *l, enum err e, int side);

/* workload.c: one piece of school life */
void workload_step(struct world *w);

/* check.c */
bool check_now(struct world *w);
bool check_final(struct world *w);

/* After a commit: a school that just became custodian has a right to be. */
void check_commit(struct world *w, int school);

#endif
