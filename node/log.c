#include "node/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proto/limits.h"

static const struct {
	const char *name;
	enum log_level level;
} LEVELS[] = {
    {"error", LEVEL_ERROR},
    {"warning", LEVEL_WARNING},
    {"info", LEVEL_INFO},
    {"debug", LEVEL_DEBUG},
};

static enum log_level threshold = LEVEL_INFO;
static enum log_form form_in_use = LOG_JSON;

static const char *level_name(enum log_level level)
{
	for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++)
		if (LEVELS[i].level == level)
			return LEVELS[i].name;
	return "info";
}

bool log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++) {
		if (strcmp(LEVELS[i].name, name) == 0) {
			*out = LEVELS[i].level;
			return true;
		}
	}
	return false;
}

void log_init(enum log_level level)
{
	threshold = level;
	form_in_use = isatty(STDERR_FILENO)	 ? LOG_TERMINAL
		      : getenv("JOURNAL_STREAM") ? LOG_JOURNAL
						 : LOG_JSON;
}

static void put_json_text(struct buf *out, const char *s)
{
	buf_put_byte(out, '"');
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			buf_printf(out, "\\u%04x", *p);
		else
			buf_put_byte(out, *p);
	}
	buf_put_byte(out, '"');
}

static void put_plain_text(struct buf *out, const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		buf_put_byte(out, *p < 0x20 || *p == 0x7f ? '?' : *p);
}

static void put_value(struct buf *out, enum log_form form, const struct log_field *f)
{
	switch (f->type) {
	case LOG_FIELD_NUMBER:
		buf_printf(out, "%lld", (long long)f->number);
		break;
	case LOG_FIELD_TEXT:
		if (form == LOG_TERMINAL)
			put_plain_text(out, f->text ? f->text : "");
		else
			put_json_text(out, f->text ? f->text : "");
		break;
	case LOG_FIELD_HEX:
		if (form != LOG_TERMINAL)
			buf_put_byte(out, '"');
		for (size_t i = 0; i < f->bytes.n; i++)
			buf_printf(out, "%02x", f->bytes.p[i]);
		if (form != LOG_TERMINAL)
			buf_put_byte(out, '"');
		break;
	}
}

static void put_time(struct buf *out, int64_t time_ms, const char *form)
{
	time_t s = (time_t)(time_ms / 1000);
	struct tm tm;
	char text[32];
	gmtime_r(&s, &tm);
	strftime(text, sizeof text, form, &tm);
	buf_printf(out, "%s.%03dZ", text, (int)(time_ms % 1000));
}

void log_format(struct buf *out, enum log_form form, enum log_level level, int64_t time_ms,
		const char *event, const struct log_field *fields)
{
	if (form == LOG_TERMINAL) {
		put_time(out, time_ms, "%H:%M:%S");
		buf_printf(out, " %-7s %s", level_name(level), event);
		for (const struct log_field *f = fields; f->key; f++) {
			buf_printf(out, " %s=", f->key);
			put_value(out, form, f);
		}
	} else {
		if (form == LOG_JOURNAL)
			buf_printf(out, "<%d>", level);
		buf_put_text(out, "{\"time\":\"");
		put_time(out, time_ms, "%Y-%m-%dT%H:%M:%S");
		buf_printf(out, "\",\"level\":\"%s\",\"event\":\"%s\"", level_name(level), event);
		for (const struct log_field *f = fields; f->key; f++) {
			buf_printf(out, ",\"%s\":", f->key);
			put_value(out, form, f);
		}
		buf_put_byte(out, '}');
	}
	buf_put_byte(out, '\n');
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	if (level > threshold)
		return;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct buf out;
	buf_init(&out, LOG_LINE_BYTES_MAX);
	log_format(&out, form_in_use, level, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
		   event, fields);
	/* A line too long would no longer be JSON: its name must do. */
	if (out.err == ERR_TOO_LARGE) {
		static const struct log_field none = {.key = NULL};
		buf_reset(&out);
		log_format(&out, form_in_use, level, (int64_t)now.tv_sec * 1000, event, &none);
	}
	if (!out.err && write(STDERR_FILENO, out.p, out.n) < 0)
		out.err = ERR_IO; /* nowhere left to say so */
	buf_release(&out);
}
