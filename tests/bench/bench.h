/*
 * bench - measures, one JSON object a line. Stores lie on a real disk under
 * build/bench and are synced as the daemon's are; two schools are two processes
 * and talk over loopback TCP, sealed as between daemons. The measures over HTTP ask
 * the daemon itself.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include "core/sync.h"
#include "tests/lib/fixture.h"

struct bench_options {
	uint64_t records;     /* of the large stores */
	const char *only;     /* NULL: everything */
	const char *estafeta; /* the daemon's program */
};

enum { BENCH_RECORDS_A_STUDENT = 500 };

/* Seconds of the steady clock, and of this process's processor time. */
double bench_clock(void);
double bench_cpu(void);

bool bench_wanted(const struct bench_options *o, const char *name);

void bench_die(const char *what) __attribute__((noreturn));

/* --- stores.c: two schools on disk, the child with students, the parent with none --------------- */

struct bench_pair {
	struct fixture child, parent; /* closed */
	uint8_t child_id[SCHOOL_BYTES], parent_id[SCHOOL_BYTES];
	char base[160];
	uint64_t records;
};

/* Prepares both under build/bench/name; the child writes so many entries. */
void bench_pair_create(struct bench_pair *p, const char *name, uint64_t records);
void bench_pair_remove(struct bench_pair *p);

/* Opens a school's stores as the daemon does, with every commit durable. */
void bench_open(struct fixture *f);

/* --- session.c: one end of a session over a socket ------------------------------------------------ */

struct session_result {
	uint64_t wire_bytes;  /* both ways, from the first byte after the handshake */
	unsigned round_trips; /* how often we spoke after having listened */
	double seconds;	      /* from the handshake's end until done() */
	struct sync_status status;
};

/*
 * Between f and the peer with that id and network key, until done(status) or the peer hangs up.
 * each: attestations are not believed here. linger: what the last words cause is waited for, and not
 * counted.
 */
struct session_options {
	const uint8_t *peer_id, *peer_kx; /* the key is the dialer's to know */
	bool dialer, each, linger;
	bool (*done)(const struct sync_status *s, void *arg);
	void *arg;
};
struct session_result session_run(struct fixture *f, int fd, const struct session_options *o);

/* A listening socket on a free loopback port, and a connection to it. */
int session_listen(uint16_t *port);
int session_accept(int listener);
int session_dial(uint16_t port);

/* --- the measures --------------------------------------------------------------------------------- */

void bench_sync(const struct bench_options *o);
void bench_transfer(void);
void bench_http(const struct bench_options *o);
void bench_import(const struct bench_options *o);
void bench_pages(const struct bench_options *o);

#endif
