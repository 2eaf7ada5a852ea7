/*
 * agreed - the two scope lists of a link and what both name.
 */
#ifndef CORE_AGREED_H
#define CORE_AGREED_H

#include "core/leaf.h"
#include "core/scope.h"

/* As on the wire. */
struct scope_entry {
	uint8_t subject[SUBJECT_BYTES];
	uint8_t right;
};
_Static_assert(sizeof(struct scope_entry) == SUBJECT_BYTES + 1, "no padding");

/* Sorted by subject. */
struct scope_list {
	struct scope_entry *at;
	size_t count, cap;
	bool known;
};

void scope_list_release(struct scope_list *l);

/* All rows of one peer from SCOPE or OFFER. */
enum err scope_list_load(struct scope_list *l, struct txn *t, enum table table, const uint8_t *peer) MUST_USE;

/* Sets or (RIGHT_NONE) removes: scope entries in ascending order. One pass, however many they are. */
enum err scope_list_merge(struct scope_list *l, struct bytes entries) MUST_USE;
enum right scope_list_get(const struct scope_list *l, const uint8_t *subject);
void scope_list_hash(const struct scope_list *l, uint8_t out[DIGEST_BYTES]);

/* What both share of a subject. Network records are always shared whole. */
enum mode agreed_mode(const struct scope_list *mine, const struct scope_list *theirs, const uint8_t *subject);
/* The same, if theirs named the subject with that right. */
enum mode agreed_mode_under(const struct scope_list *mine, enum right theirs, const uint8_t *subject);

/*
 * Walks the agreed subjects in order, the network subject first. Start with
 * at = 0; false at the end.
 */
struct agreed_walk {
	size_t at;
	uint8_t subject[SUBJECT_BYTES];
	enum mode mode;
};
bool agreed_next(const struct scope_list *mine, const struct scope_list *theirs, struct agreed_walk *w);

#endif
