/*
 * require - our own invariants, checked in release builds too. Never used on input.
 */
#ifndef PROTO_REQUIRE_H
#define PROTO_REQUIRE_H

#undef NDEBUG
#include <assert.h>

#define require(condition) assert(condition)

#endif
