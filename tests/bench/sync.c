/* First replication, differences, starting: two processes, the receiver killed to see what it kept. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/leaf.h"
#include "tests/bench/bench.h"

enum { MISSING = 100 };

static bool never(const struct sync_status *s, void *arg)
{
	(void)s, (void)arg;
	return false;
}

/* The parent's end in a process of its own. */
static pid_t receive_in_child(struct bench_pair *p, int listener, bool each)
{
	pid_t pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (pid)
		return pid;
	bench_open(&p->parent);
	struct session_options o = {.peer_id = p->child_id, .each = each, .done = never};
	session_run(&p->parent, session_accept(listener), &o);
	fixture_close(&p->parent);
	_exit(0);
}

static bool all_acknowledged(const struct sync_status *s, void *arg)
{
	return s->sent >= *(const uint64_t *)arg && s->pending_out == 0;
}

static bool complete(const struct sync_status *s, void *arg)
{
	(void)arg;
	return s->complete && s->pending_out == 0;
}

static struct session_result send_until(struct bench_pair *p, uint16_t port,
					bool (*done)(const struct sync_status *s, void *arg))
{
	uint8_t kx[32];
	struct session_options o = {.peer_id = p->parent_id, .peer_kx = kx, .dialer = true, .linger = done != all_acknowledged,
				    .done = done, .arg = &p->records};
	crypto_scalarmult_base(kx, p->parent.identity.kx_secret);
	bench_open(&p->child);
	return session_run(&p->child, session_dial(port), &o);
}

static uint64_t entries_held(struct fixture *f, uint64_t *bytes)
{
	struct txn t;
	struct cursor c;
	uint64_t n = 0;
	*bytes = 0;
	fixture_must(txn_begin(&t, f->store, false), "read");
	cursor_open(&c, &t, T_LEAF);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		if (l.type != RECORD_ENTRY)
			continue;
		if (!leaf_record(&t, &l, &raw))
			bench_die("a leaf without its record");
		*bytes += raw.n;
		n++;
	}
	cursor_close(&c);
	txn_abort(&t);
	return n;
}

static void cold_sync(struct bench_pair *p, bool each)
{
	struct rusage usage;
	uint16_t port;
	uint64_t bytes, kept;
	int status, listener = session_listen(&port);
	pid_t receiver = receive_in_child(p, listener, each);
	struct session_result r = send_until(p, port, all_acknowledged);
	kill(receiver, SIGKILL);
	wait4(receiver, &status, 0, &usage);
	close(listener);
	fixture_close(&p->child);
	bench_open(&p->parent);
	kept = entries_held(&p->parent, &bytes);
	fixture_close(&p->parent);
	printf("{\"name\":\"cold_sync\",\"n\":%llu,\"record_bytes\":%llu,\"records_per_s\":%.0f,\"durable\":%s,\"proof\":\"%s\","
	       "\"wire_bytes\":%llu,\"receiver_peak_kb\":%ld}\n",
	       (unsigned long long)p->records, (unsigned long long)(kept ? bytes / kept : 0), (double)p->records / r.seconds,
	       kept == p->records ? "true" : "false", each ? "each" : "attested", (unsigned long long)r.wire_bytes, usage.ru_maxrss);
	fflush(stdout);
	if (kept != p->records) {
		fprintf(stderr, "%llu acknowledged, %llu there after the kill\n", (unsigned long long)p->records,
			(unsigned long long)kept);
		exit(1);
	}
}

/* Until both ends agree. */
static struct session_result meet(struct bench_pair *p)
{
	uint16_t port;
	int status, listener = session_listen(&port);
	pid_t receiver = receive_in_child(p, listener, false);
	struct session_result r = send_until(p, port, complete);
	waitpid(receiver, &status, 0);
	close(listener);
	fixture_close(&p->child);
	return r;
}

static void forget(struct txn *t, uint64_t skip, size_t *left)
{
	static const uint8_t nobody[SCHOOL_BYTES];
	uint8_t keys[MISSING][LEAF_KEY_BYTES];
	size_t n = 0;
	uint64_t seen = 0;
	struct cursor c;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on && *left; on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (l.type != RECORD_ENTRY || seen++ % skip)
			continue;
		memcpy(keys[n++], c.key.p, LEAF_KEY_BYTES);
		--*left;
	}
	cursor_close(&c);
	for (size_t i = 0; i < n; i++) {
		if (!txn_del(t, T_LEAF, bytes_of(keys[i], LEAF_KEY_BYTES)))
			bench_die("forget");
		digest_update(t, keys[i], nobody);
	}
}

/* The receiver loses records without knowing: digests must find them. */
static void lose_scattered(struct bench_pair *p)
{
	struct txn t;
	size_t left = MISSING;
	bench_open(&p->parent);
	fixture_must(txn_begin(&t, p->parent.store, true), "write");
	forget(&t, p->records / MISSING ? p->records / MISSING : 1, &left);
	fixture_must(txn_commit(&t), "forget");
	fixture_close(&p->parent);
}

/* The sender writes while the link is down: the cursor knows. */
static void write_newest(struct bench_pair *p)
{
	struct batch b;
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	struct txn t;
	struct cursor c;
	bench_open(&p->child);
	fixture_must(txn_begin(&t, p->child.store, false), "read");
	cursor_open(&c, &t, T_LEAF);
	if (!cursor_last(&c))
		bench_die("an empty store");
	memcpy(subject, c.key.p, SUBJECT_BYTES);
	cursor_close(&c);
	txn_abort(&t);
	fixture_batch(&p->child, &b, 1790000001000);
	for (unsigned i = 0; i < MISSING; i++)
		fixture_entry(&b, subject, i, id);
	fixture_must(batch_commit(&b), "newest");
	fixture_close(&p->child);
}

static void delta_sync(struct bench_pair *p, const char *spread, size_t missing)
{
	struct session_result r = meet(p);
	printf("{\"name\":\"delta_sync\",\"n\":%llu,\"missing\":%zu,\"spread\":\"%s\",\"record_bytes\":%llu,\"bytes\":%llu,"
	       "\"round_trips\":%u,\"ms\":%.1f}\n",
	       (unsigned long long)p->records, missing, spread, (unsigned long long)r.status.wire_records_bytes,
	       (unsigned long long)r.wire_bytes, r.round_trips, r.seconds * 1e3);
	fflush(stdout);
}

/* The best of a few, the files in the page cache: what a restart of the service costs. */
static void start(struct bench_pair *p)
{
	double best = 1e9;
	for (int i = 0; i < 5; i++) {
		double at = bench_clock();
		bench_open(&p->parent);
		double took = bench_clock() - at;
		fixture_close(&p->parent);
		if (took < best)
			best = took;
	}
	printf("{\"name\":\"start\",\"records\":%llu,\"ms\":%.2f}\n", (unsigned long long)p->records, best * 1e3);
	fflush(stdout);
}

void bench_sync(const struct bench_options *o)
{
	struct bench_pair p;
	if (bench_wanted(o, "cold_sync")) {
		bench_pair_create(&p, "each", o->records);
		cold_sync(&p, true);
		bench_pair_remove(&p);
	}
	if (!bench_wanted(o, "cold_sync") && !bench_wanted(o, "delta_sync") && !bench_wanted(o, "start"))
		return;
	bench_pair_create(&p, "attested", o->records);
	cold_sync(&p, false);
	if (bench_wanted(o, "start"))
		start(&p);
	if (bench_wanted(o, "delta_sync")) {
		meet(&p);
		delta_sync(&p, "none", 0);
		lose_scattered(&p);
		delta_sync(&p, "scattered", MISSING);
		write_newest(&p);
		delta_sync(&p, "newest", MISSING);
	}
	bench_pair_remove(&p);
}
