/*
 * api - what the node's own handlers share. x->app is the struct node.
 *
 * A handler that only reads begins a read transaction, makes its JSON, ends the
 * transaction and replies. One that writes makes an api_write:
 *
 *	struct my_write { struct api_write w; ...what run needs, copied... };
 *
 *	struct my_write *m = api_write_new(x, sizeof *m, run, reply);
 *	if (m) { ...fill in...; api_write_start(&m->w); }
 *
 * run works in the batch on the writer's thread and leaves results in the
 * struct; reply answers on the loop's thread, after the commit. run may be called
 * twice (writer.h): no result takes the place of what was filled in. When it fails,
 * its error is the reply, with w.detail and w.field where it set them.
 * Idempotency-Key is seen to for all of them, in idempotency.h; and each that succeeds is noted in the
 * journal, in the same commit.
 */
#ifndef NODE_API_H
#define NODE_API_H

#include "core/journal.h"
#include "node/node.h"

extern const struct route network_routes[], session_routes[], school_routes[], events_routes[], account_routes[], claims_routes[],
	accounts_routes[], routes_routes[];
extern const size_t network_route_count, session_route_count, school_route_count, events_route_count, account_route_count, claims_route_count,
	accounts_route_count, routes_route_count;

struct api_write {
	struct job job; /* first, so that a job is its write */
	struct exchange *x;
	struct node *node; /* also once the exchange is gone */
	enum err (*run)(struct batch *b, struct api_write *w);
	void (*reply)(struct api_write *w);
	void (*changed)(struct api_write *w); /* NULL, or answers PRECONDITION: with what is there now */
	void (*finish)(struct api_write *w); /* NULL, or called in any case, last: releases what it owns */
	size_t size;
	const char *detail, *field; /* static texts; of this run */
	struct journal_row journal; /* what is noted of it; quiet leaves it out */
	bool quiet;
};

/* Zeroed, size bytes. NULL: it has replied already. */
void *api_write_new(struct exchange *x, size_t size, enum err (*run)(struct batch *b, struct api_write *w),
		    void (*reply)(struct api_write *w));

/* Whom the path is about: a student, teacher or class by its id, else the school. */
enum about api_about(const struct exchange *x);

/* Who asks, for what, as the journal has it; subject and entry as the path names them. A run that makes one names it. */
void api_journal(const struct exchange *x, struct journal_row *out);

/* Takes w over; it is wiped and freed after reply. */
void api_write_start(struct api_write *w);

/* Ends a write that was not started; the reply has been given already. */
void api_write_drop(struct api_write *w);

/* The same without writing: e is the reply. */
void api_write_refuse(struct api_write *w, enum err e);

static inline struct node *api_node(const struct exchange *x)
{
	return x->app;
}

/* Begins a read transaction; false: it has replied. End it with txn_abort. */
bool api_read(struct exchange *x, struct txn *t);

/* The request's JSON against a table; false: it has replied. */
bool api_fields(struct exchange *x, const struct input *fields, size_t n);

/* The i-th parameter of the path as n bytes of hex; false: it has replied 404. */
bool api_param_id(struct exchange *x, size_t i, uint8_t *out, size_t n);

/* SchoolRef; the name is empty while the school is not in the roster. */
json_t *api_school_ref(const struct roster *r, const uint8_t id[SCHOOL_BYTES]);

/* ["relay", ...] of enum power. */
json_t *api_powers(uint32_t powers);

/* The error's name in lower case. */
json_t *api_code(enum err e);

#endif
