#include "node/bans.h"

static void key_of(uint8_t out[DIGEST_BYTES], struct bytes who)
{
	hash_of(out, DIGEST_BYTES, DOMAIN_CHECK, who);
}

bool bans_strike(struct bans *b, struct bytes who, unsigned strikes, uint64_t now_ms)
{
	uint8_t key[DIGEST_BYTES];
	struct ban *found = NULL, *oldest = &b->at[0];
	key_of(key, who);
	for (size_t i = 0; i < BANS_MAX; i++) {
		if (b->at[i].since_ms && memcmp(b->at[i].key, key, sizeof key) == 0)
			found = &b->at[i];
		if (b->at[i].since_ms < oldest->since_ms)
			oldest = &b->at[i];
	}
	if (!found || now_ms > found->since_ms + (uint64_t)BAN_S * 1000) {
		found = found ? found : oldest;
		*found = (struct ban){.since_ms = now_ms};
		memcpy(found->key, key, sizeof key);
	}
	found->strikes += strikes;
	if (found->strikes >= STRIKES_MAX && !found->until_ms) {
		found->since_ms = now_ms;
		found->until_ms = now_ms + (uint64_t)BAN_S * 1000;
	}
	return found->until_ms > now_ms;
}

bool bans_has(const struct bans *b, struct bytes who, uint64_t now_ms)
{
	uint8_t key[DIGEST_BYTES];
	key_of(key, who);
	for (size_t i = 0; i < BANS_MAX; i++)
		if (b->at[i].until_ms > now_ms && memcmp(b->at[i].key, key, sizeof key) == 0)
			return true;
	return false;
}
