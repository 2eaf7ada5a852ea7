/*
 * audit - the second look. Records that came in bulk were believed on their
 * author's attestation; here their own signatures are checked, a few at a time,
 * when there is nothing better to do. One that fails is dropped: validity is a
 * fact, and every honest school comes to the same end. The blame is the
 * author's, whose word the attestation was, not the forwarder's.
 */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/batch.h"

struct audit_result {
	size_t checked, dropped;
	bool behind; /* there is more to look at */
};

/* Checks at most max signatures from where the last call ended (META). */
enum err audit_step(struct batch *b, size_t max, struct audit_result *out) MUST_USE;

#endif
