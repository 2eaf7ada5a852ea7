#include "node/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/text.h"

static enum err run(struct batch *b, struct job *j)
{
	struct api_write *w = (struct api_write *)j;
	w->detail = w->field = NULL;
	enum err e = w->run(b, w);
	if (!e && !w->quiet) {
		e = journal_append(b, &w->journal);
		j->wrote = e != ERR_OK;
	}
	return e;
}

enum about api_about(const struct exchange *x)
{
	static const struct {
		const char *prefix;
		enum about about;
	} prefixes[] = {
		{"/api/v1/students/", ABOUT_STUDENT},
		{"/api/v1/staff/", ABOUT_TEACHER},
		{"/api/v1/classes/", ABOUT_CLASS},
	};
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(x->route->pattern, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
			return prefixes[i].about;
	return ABOUT_SCHOOL;
}

/* The parameter as an id; zeros where it is none. */
static void copy_id(const char *param, uint8_t *out, size_t n)
{
	if (!param || !hex_decode(param, out, n))
		memset(out, 0, n);
}

void api_journal(const struct exchange *x, struct journal_row *out)
{
	static const char base[] = "/api/v1/";
	const char *pattern = x->route->pattern;
	*out = (struct journal_row){.role = x->caller.role};
	memcpy(out->account, x->caller.account, ACCOUNT_BYTES);
	memcpy(out->who, x->caller.who, SUBJECT_BYTES);
	if (strncmp(pattern, base, sizeof base - 1) == 0)
		pattern += sizeof base - 1;
	snprintf(out->what, sizeof out->what, "%s %s", http_method_name(x->route->method), pattern);
	bool about_one = api_about(x) != ABOUT_SCHOOL;
	if (about_one)
		copy_id(x->param[0], out->subject, SUBJECT_BYTES);
	if (strstr(pattern, "{entry}"))
		copy_id(x->param[about_one], out->entry, ID_BYTES);
}

static void done(struct job *j, enum err result)
{
	struct api_write *w = (struct api_write *)j;
	size_t size = w->size;
	if (result == ERR_PRECONDITION && w->changed)
		w->changed(w);
	else if (result)
		reply_error(w->x, result, w->detail, w->field);
	else
		w->reply(w);
	if (w->finish)
		w->finish(w);
	sodium_memzero(w, size);
	free(w);
}

void *api_write_new(struct exchange *x, size_t size, enum err (*run_write)(struct batch *b, struct api_write *w),
		    void (*reply)(struct api_write *w))
{
	struct api_write *w = calloc(1, size);
	if (!w) {
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return NULL;
	}
	w->job = (struct job){.run = run, .done = done, .bytes = size + x->body.n};
	w->x = x;
	w->node = api_node(x);
	w->run = run_write;
	w->reply = reply;
	w->size = size;
	api_journal(x, &w->journal);
	return w;
}

void api_write_start(struct api_write *w)
{
	enum err e = writer_submit(api_node(w->x)->writer, &w->job);
	if (e)
		done(&w->job, e);
}

void api_write_drop(struct api_write *w)
{
	size_t size = w->size;
	if (w->finish)
		w->finish(w);
	sodium_memzero(w, size);
	free(w);
}

void api_write_refuse(struct api_write *w, enum err e)
{
	done(&w->job, e);
}

bool api_read(struct exchange *x, struct txn *t)
{
	enum err e = txn_begin(t, api_node(x)->opened.store, false);
	if (e)
		reply_error(x, e, NULL, NULL);
	return e == ERR_OK;
}

/* What the field that is wrong takes; "" where its name says it. */
static void say_wanted(const struct input *f, char out[80])
{
	*out = '\0';
	if (f->type == INPUT_INTEGER)
		snprintf(out, 80, "a number from %lld to %lld", (long long)f->min, (long long)f->max);
	else if (f->type == INPUT_DATE)
		snprintf(out, 80, "a day of the calendar, YYYY-MM-DD");
	else if (f->type == INPUT_LINE || f->type == INPUT_TEXT)
		snprintf(out, 80, "text of at most %lld bytes, without control characters", (long long)f->max);
}

/* Whoever typed it is told that it is to be shorter. */
static bool too_long(const json_t *o, const struct input *f)
{
	return (f->type == INPUT_LINE || f->type == INPUT_TEXT) && (int64_t)json_string_length(json_object_get(o, f->name)) > f->max;
}

bool api_fields(struct exchange *x, const struct input *fields, size_t n)
{
	const char *bad;
	char wanted[80] = "";
	enum err e = json_fields(x->json, fields, n, &bad);
	if (e == ERR_OK)
		return true;
	for (size_t i = 0; e == ERR_INVALID && i < n; i++)
		if (strcmp(fields[i].name, bad) == 0) {
			say_wanted(&fields[i], wanted);
			e = too_long(x->json, &fields[i]) ? ERR_TOO_LARGE : e;
		}
	reply_error(x, e, *wanted ? wanted : NULL, bad);
	return false;
}

bool api_param_id(struct exchange *x, size_t i, uint8_t *out, size_t n)
{
	if (hex_decode(x->param[i], out, n))
		return true;
	reply_error(x, ERR_NOT_FOUND, NULL, NULL);
	return false;
}

json_t *api_school_ref(const struct roster *r, const uint8_t id[SCHOOL_BYTES])
{
	char text[10];
	int i = roster_find(r, id);
	text_short(id, text);
	return json_pack("{so ss ss ss}", "id", json_hex(id, SCHOOL_BYTES), "short", text, "name",
			 i == NO_SCHOOL ? "" : r->members[i].name, "region", i == NO_SCHOOL ? "" : r->members[i].region);
}

json_t *api_powers(uint32_t powers)
{
	json_t *list = json_array();
	if (powers & POWER_RELAY)
		json_array_append_new(list, json_string("relay"));
	if (powers & POWER_ADMIT)
		json_array_append_new(list, json_string("admit"));
	if (powers & POWER_OBSERVE)
		json_array_append_new(list, json_string("observe"));
	return list;
}

json_t *api_code(enum err e)
{
	char code[64];
	size_t n = 0;
	for (const char *p = err_name(e); *p && n + 1 < sizeof code; p++)
		code[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	code[n] = '\0';
	return json_string(code);
}
