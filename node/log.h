/*
 * log - structured events on stderr: one JSON object a line for machines, one short line on a
 * terminal; under journald each line begins with its priority. Never a secret, never a person's
 * name: the fields are ids, counts, addresses and errors.
 *
 *	log_event(LEVEL_INFO, "listening", LOG_TEXT("address", a), LOG_NUMBER("port", port));
 *
 * Safe from any thread: a line is one write.
 */
#ifndef NODE_LOG_H
#define NODE_LOG_H

#include "proto/buf.h"

/* The numbers are syslog's. */
enum log_level { LEVEL_ERROR = 3, LEVEL_WARNING = 4, LEVEL_INFO = 6, LEVEL_DEBUG = 7 };

enum log_form { LOG_JSON, LOG_JOURNAL, LOG_TERMINAL };

struct log_field {
	const char *key; /* NULL ends a list */
	enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER, LOG_FIELD_HEX } type;
	const char *text;
	int64_t number;
	struct bytes bytes;
};

#define LOG_TEXT(k, s)	 ((struct log_field){.key = (k), .type = LOG_FIELD_TEXT, .text = (s)})
#define LOG_NUMBER(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_NUMBER, .number = (v)})
#define LOG_ERR(e)	 LOG_TEXT("error", err_name(e))

/* The first bytes of an id. */
#define LOG_HEX(k, p, n)                                                                           \
	((struct log_field){.key = (k), .type = LOG_FIELD_HEX, .bytes = bytes_of((p), (n))})

#define log_event(level, event, ...)                                                               \
	log_write((level), (event),                                                                \
		  (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})

/* Events above LEVEL are dropped. The form follows from what stderr is. */
void log_init(enum log_level level);

void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* One line with its end; time_ms is Unix time. */
void log_format(struct buf *out, enum log_form form, enum log_level level, int64_t time_ms,
		const char *event, const struct log_field *fields);

/* "error", "warning", "info", "debug" */
bool log_level_parse(const char *name, enum log_level *out);

#endif
