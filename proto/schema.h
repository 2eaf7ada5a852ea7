/*
 * schema - schema.def as structs and tables.
 *
 * body_decode and message_decode fill a struct whose BIN and TEXT fields borrow
 * from the input. body_encode and message_encode append to a buffer.
 */
#ifndef PROTO_SCHEMA_H
#define PROTO_SCHEMA_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

enum record_class { CLASS_NETWORK, CLASS_CHAIN, CLASS_CUSTODY, CLASS_PRIVATE };

enum record_type {
#define RECORD(NAME, number, name, cls, fields) RECORD_##NAME = number,
#include "proto/schema.def"
#undef RECORD
};

enum message_type {
#define MESSAGE(NAME, number, name, fields) MESSAGE_##NAME = number,
#include "proto/schema.def"
#undef MESSAGE
};

#define FIXED(name, size) uint8_t name[size];
#define UINT(name) uint64_t name;
#define BIN(name, max) struct bytes name;
#define TEXT(name, max) struct bytes name;
#define RECORD(NAME, number, name, cls, fields)                                                    \
	struct body_##name {                                                                       \
		fields                                                                             \
	};
#define MESSAGE(NAME, number, name, fields)                                                        \
	struct message_##name {                                                                    \
		fields                                                                             \
	};
#include "proto/schema.def"
#undef RECORD
#undef MESSAGE

union body {
#define RECORD(NAME, number, name, cls, fields) struct body_##name name;
#include "proto/schema.def"
#undef RECORD
};

struct message {
	enum message_type type;
	union {
#define MESSAGE(NAME, number, name, fields) struct message_##name name;
#include "proto/schema.def"
#undef MESSAGE
	};
};
#undef FIXED
#undef UINT
#undef BIN
#undef TEXT

enum shape_kind { SHAPE_FIXED, SHAPE_UINT, SHAPE_BIN, SHAPE_TEXT };

struct shape_field {
	const char *name;
	enum shape_kind kind;
	size_t offset; /* in the struct */
	size_t max;    /* bytes */
};

struct shape {
	unsigned number;
	const char *name;
	enum record_class cls; /* records only */
	const struct shape_field *fields;
	size_t count;
};

/* NULL for a number that is not in the registry. */
const struct shape *record_shape(uint64_t number);
const struct shape *message_shape(uint64_t number);

/* The i-th of the registry, NULL past the end: for tests and fuzzing. */
const struct shape *record_shape_at(size_t i);
const struct shape *message_shape_at(size_t i);

/* A clear body by its type. The struct is the member of union body of that name. */
void body_encode(enum record_type type, const void *body, struct buf *out);
enum err body_decode(enum record_type type, struct bytes in, union body *out) MUST_USE;

void message_encode(const struct message *m, struct buf *out);

/* Takes one message off the front of *in. */
enum err message_decode(struct bytes *in, struct message *out) MUST_USE;

#endif
