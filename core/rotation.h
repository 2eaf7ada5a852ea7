/*
 * rotation - a school changes its keys: the signing key that it committed to
 * (core/succession.h) takes over, a new network key comes into use, and the cuts
 * say how far the word of the old key goes.
 */
#ifndef CORE_ROTATION_H
#define CORE_ROTATION_H

#include "core/batch.h"

/*
 * Writes the key event that makes `next` (of identity_next) the school's
 * identity, and signs with it from now on. After a failure the school must be
 * opened anew. TOO_LARGE: more incarnations than cuts can name; QUOTA: the key
 * log would no longer fit a greeting. INCOMPLETE: restored, and not yet in
 * agreement with a parent: what others hold of our word would be cut off.
 */
enum err rotation_write(struct batch *b, const struct identity *next) MUST_USE;

#endif
