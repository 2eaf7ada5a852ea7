/*
 * bans - strikes and bans by school or by address, in memory: a restart forgives.
 */
#ifndef NODE_BANS_H
#define NODE_BANS_H

#include "proto/hash.h"
#include "proto/limits.h"

struct ban {
	uint8_t key[DIGEST_BYTES];
	unsigned strikes;
	uint64_t since_ms, until_ms; /* until: 0 while only struck */
};

struct bans {
	struct ban at[BANS_MAX]; /* a new one takes the place of the oldest */
};

/* Counts strikes; true when that makes or finds a ban. Strikes older than BAN_S are forgotten. */
bool bans_strike(struct bans *b, struct bytes who, unsigned strikes, uint64_t now_ms);
bool bans_has(const struct bans *b, struct bytes who, uint64_t now_ms);

#endif
