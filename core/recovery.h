/*
 * recovery - with the key of the school's recovery sheet: opens every wrap that
 * was made for it and puts the subjects' keys back into the vault.
 */
#ifndef CORE_RECOVERY_H
#define CORE_RECOVERY_H

#include "core/batch.h"

struct recovery_report {
	uint64_t wraps, subjects, unreadable; /* wraps for this sheet; subjects with a key now; wraps that do not open */
};

/*
 * secret: the sheet's X25519 key. FORBIDDEN when it is not this school's. What
 * this school wrapped itself counts as its own key again, the newest last.
 */
enum err recovery_open(struct batch *b, const uint8_t secret[32], struct recovery_report *out) MUST_USE;

#endif
