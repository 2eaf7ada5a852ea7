/*
 * roster - who is who: every school's key log and place in the cascade, a pure
 * function of the network records held.
 *
 * Admission asks only for *some* chain of certificates to the root
 * (roster_chained). Everything else here is a judgement of the view: a
 * certificate counts when its issuer may admit and the depth it grants is
 * smaller than the issuer's own; a school's parent is the issuer of the
 * earliest such certificate, and the terms are that issuer's latest. The
 * children of a revoked school belong to its issuer.
 *
 * A certificate asks nobody whom it names; so a school says itself under which
 * schools it belongs (joining records), and certificates of others do not count
 * for it. One that said nothing yet is open to any. One whose word leads nowhere
 * has no place, but may be revoked as if it had said nothing: else a revoked
 * school could talk itself out of it.
 *
 * A rotation and a revocation carry cuts: how far the old word goes. What an
 * author signed beyond them is kept and forwarded, but proves nothing
 * (roster_proven): no certificate, custody, entry or verdict of it counts.
 */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include "core/store.h"
#include "proto/record.h"

enum power { POWER_RELAY = 1, POWER_ADMIT = 2, POWER_OBSERVE = 4, POWER_ALL = 7 };

enum { PARENTS_MAX = 2, NO_SCHOOL = -1 };

/* The one subject that network records belong to. */
extern const uint8_t network_subject[SUBJECT_BYTES];

/* The last seq that counts of each incarnation; what is not named counts for nothing. */
struct cuts {
	uint8_t *at; /* CUT_BYTES each: incarnation | seq u64, sorted, one an incarnation; owned */
	size_t n;    /* bytes */
};
enum { CUT_BYTES = INCARNATION_BYTES + 8, CUTS_MAX = 256, CUTS_BYTES_MAX = CUTS_MAX * CUT_BYTES };

struct school_key {
	uint8_t sign[32];
	uint8_t kx[32];
	uint8_t next[32];   /* commitment to the next signing key (core/succession.h) */
	struct cuts before; /* of a later key: how far the one before it counts, by any event of it */
};

struct member {
	uint8_t id[SCHOOL_BYTES];
	struct school_key *keys; /* by generation; NULL while only certified */
	size_t key_count;
	bool chained;
	bool member; /* some certificate counts, or the root */
	bool revoked;
	bool issuer_revoked; /* and its issuer, who holds its records, says alone how far they count */
	int issuer;	     /* whose certificate gave it its place; before any adoption */
	bool held; /* by a school that it names, or would be if that one's word reached so far */
	bool open; /* it named nobody: any certificate counts for it */
	int joined[JOININGS_MAX]; /* the schools that it says it belongs under */
	size_t joined_count;
	struct cuts last; /* revoked: how far its word counts, by its issuer, or by all above that revoked it */
	int parents[PARENTS_MAX]; /* indices, NO_SCHOOL where none; [0] is on the route */
	uint32_t powers;
	uint32_t depth;	 /* levels that it may admit below itself */
	uint32_t height; /* steps from the root */
	uint64_t after_ms, before_ms;
	char name[201];
	char region[101];
	char district[101];
};

struct roster {
	uint8_t root[SCHOOL_BYTES];
	struct member *members; /* sorted by id */
	size_t count;
};

/* Reads every network record. root: the founder's school id. */
enum err roster_load(struct roster *r, struct txn *t, const uint8_t root[SCHOOL_BYTES]) MUST_USE;
void roster_release(struct roster *r);

/* Index by id, NO_SCHOOL if unknown. */
int roster_find(const struct roster *r, const uint8_t *id);

/* By the first five bytes; NO_SCHOOL if unknown or shared by two. */
int roster_find_short(const struct roster *r, const uint8_t *id);

/* A member whose time has come and not run out, not revoked. now_ms: Unix ms. */
enum err roster_standing(const struct roster *r, int i, uint64_t now_ms) MUST_USE;

/* The key that must have signed a record; NULL while the author is not known. */
const struct school_key *roster_key(const struct roster *r, const struct record *rec);

/* Whether the record lies within its author's cuts. Its signature is admission's business. */
bool roster_proven(const struct roster *r, const struct record *rec);

/* The same by its parts; author is an index. */
bool roster_covers(const struct roster *r, int author, uint32_t generation, const uint8_t *incarnation, uint64_t seq);

/*
 * The schools from a to b along the route: up the first parents to the common
 * ancestor and down, both ends included. Number of hops' ends written to path
 * (at most ROUTE_HOPS_MAX), 0 if there is none.
 */
size_t roster_route(const struct roster *r, int a, int b, int path[]);

/* Whether the member says that it belongs under that school. */
bool roster_joined(const struct roster *r, int member, int issuer);

/* Whether certificates by that issuer count for the member, as far as it is concerned. */
bool roster_takes(const struct roster *r, int member, int issuer);

/* The nearest school that stands above (or is) both; NO_SCHOOL if none. */
int roster_ancestor(const struct roster *r, int a, int b);

/* Whether two rosters give the same schools the same places. */
bool roster_same_tree(const struct roster *a, const struct roster *b);

/* Whether b says the same of how far the school's word goes. */
bool member_same_cuts(const struct member *a, const struct member *b);

/* The school id that an inception body makes. */
void roster_school_id(uint8_t out[SCHOOL_BYTES], struct bytes body);

#endif
