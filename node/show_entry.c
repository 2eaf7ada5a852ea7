/* Entries as the API shows them: fields, words of their time, history. */
#include <stdio.h>
#include <stdlib.h>

#include "node/api.h"
#include "node/letters.h"
#include "node/show.h"
#include "proto/mp.h"
#include "proto/text.h"

enum { FUTURE_DOUBT_MS = 24 * 3600 * 1000 };

json_t *show_text(struct bytes s)
{
	return json_stringn(s.n ? (const char *)s.p : "", s.n);
}

/* --- fields ----------------------------------------------------------------------------------- */

static json_t *hex_value(struct bytes id)
{
	return id.n <= ID_BYTES ? api_hex(id.p, id.n) : json_null();
}

static json_t *show_list(struct mp_reader *v)
{
	json_t *list = json_array();
	uint32_t n = mp_get_array(v);
	for (uint32_t i = 0; i < n && !v->err; i++)
		json_array_append_new(list, show_value(mp_get_any(v)));
	return list;
}

static json_t *show_map(struct mp_reader *v)
{
	json_t *map = json_object();
	uint32_t n = mp_get_map(v);
	for (uint32_t i = 0; i < n && !v->err; i++) {
		char name[NAME_BYTES_MAX + 1];
		bytes_string(mp_get_text(v, NAME_BYTES_MAX), name, sizeof name);
		json_object_set_new(map, name, show_value(mp_get_any(v)));
	}
	return map;
}

json_t *show_value(struct bytes raw)
{
	struct mp_reader v;
	struct bytes bin;
	mp_read(&v, raw);
	switch (mp_peek(&v)) {
	case MP_TEXT:
		return show_text(mp_get_text(&v, RECORD_BYTES_MAX));
	case MP_UINT:
	case MP_INT:
		return json_integer(mp_get_int(&v));
	case MP_BOOL:
		return json_boolean(mp_get_bool(&v));
	case MP_BIN:
		bin = mp_get_bin(&v, RECORD_BYTES_MAX);
		if (bin.n <= ID_BYTES)
			return api_hex(bin.p, bin.n);
		return json_sprintf("%zu", bin.n); /* a list of ids says here only how long it is */
	case MP_ARRAY:
		return show_list(&v);
	case MP_MAP:
		return show_map(&v);
	case MP_NIL:
	case MP_NONE:
		break;
	}
	return json_null();
}

/* Elements of an array: codes with titles, levels of a scale, files, ids. */
static void show_array(struct mp_reader *r, const char *code, json_t *fields, json_t *words)
{
	uint32_t n = mp_get_array(r);
	json_t *values = json_array(), *titles = json_array(), *levels = json_object(), *names = json_object();
	for (uint32_t i = 0; i < n && !r->err; i++) {
		struct bytes raw = mp_get_any(r);
		struct mp_reader v, inner;
		mp_read(&v, raw);
		if (mp_peek(&v) == MP_BIN) {
			json_array_append_new(values, hex_value(mp_get_bin(&v, RECORD_BYTES_MAX)));
			continue;
		}
		struct bytes item = mp_find_text(raw, "code"), title = mp_find_text(raw, "title");
		char key[NAME_BYTES_MAX + 1];
		bytes_string(item, key, sizeof key);
		if (mp_find(raw, "level", &inner)) {
			json_object_set_new(levels, key, json_integer(mp_get_int(&inner)));
			json_object_set_new(names, key, show_text(title));
		} else if (mp_find(raw, "id", &inner)) {
			json_array_append_new(values, json_pack("{s:o, s:o, s:I, s:o}", "id", hex_value(mp_get_bin(&inner, ID_BYTES)), "name",
								show_text(mp_find_text(raw, "name")), "size",
								(json_int_t)mp_find_uint(raw, "size", 0), "type",
								show_text(mp_find_text(raw, "type"))));
		} else if (item.n) {
			json_array_append_new(values, show_text(item));
			json_array_append_new(titles, show_text(title));
		}
	}
	bool scale = json_object_size(levels) > 0;
	json_object_set(fields, code, scale ? levels : values);
	if (scale || json_array_size(titles))
		json_object_set(words, code, scale ? names : titles);
	json_decref(values);
	json_decref(titles);
	json_decref(levels);
	json_decref(names);
}

/* A list's value is shown by its code, and in words as they were then. */
static void show_field(struct mp_reader *v, const char *code, json_t *fields, json_t *words)
{
	struct bytes raw = mp_get_any(v);
	struct mp_reader r;
	mp_read(&r, raw);
	switch (mp_peek(&r)) {
	case MP_TEXT:
		json_object_set_new(fields, code, show_text(mp_get_text(&r, RECORD_BYTES_MAX)));
		return;
	case MP_UINT:
	case MP_INT:
		json_object_set_new(fields, code, json_integer(mp_get_int(&r)));
		return;
	case MP_BOOL:
		json_object_set_new(fields, code, json_boolean(mp_get_bool(&r)));
		return;
	case MP_BIN:
		json_object_set_new(fields, code, hex_value(mp_get_bin(&r, RECORD_BYTES_MAX)));
		return;
	case MP_MAP:
		json_object_set_new(fields, code, show_text(mp_find_text(raw, "code")));
		json_object_set_new(words, code, show_text(mp_find_text(raw, "title")));
		return;
	case MP_ARRAY:
		show_array(&r, code, fields, words);
		return;
	case MP_NIL:
	case MP_NONE:
		return;
	}
}

void show_fields(struct bytes fields, json_t *out, json_t *words)
{
	struct mp_reader v;
	mp_read(&v, fields);
	if (!fields.n)
		return;
	uint32_t n = mp_get_map(&v);
	for (uint32_t i = 0; i < n && !v.err; i++) {
		char code[NAME_BYTES_MAX + 1];
		bytes_string(mp_get_text(&v, NAME_BYTES_MAX), code, sizeof code);
		show_field(&v, code, out, words);
	}
}

/* Says of each file whether it is here yet. */
static void show_held(const struct blobs *blobs, json_t *fields)
{
	const char *code;
	json_t *list, *file;
	size_t i;
	json_object_foreach(fields, code, list)
	{
		json_array_foreach(list, i, file)
		{
			const char *hex = json_string_value(json_object_get(file, "id"));
			uint8_t id[ID_BYTES];
			if (hex && hex_decode(hex, id, sizeof id))
				json_object_set_new(file, "held", json_boolean(blobs_held(blobs, id)));
		}
	}
}

json_t *show_title(struct bytes body, const json_t *fields, const json_t *words)
{
	static const char *const names[] = {"name", "topic"}, *const listed[] = {"competence", "subject", "item"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_is_string(json_object_get(fields, names[i])))
			return json_incref(json_object_get(fields, names[i]));
	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
		if (json_is_string(json_object_get(words, listed[i])))
			return json_incref(json_object_get(words, listed[i]));
	return show_text(mp_find_text(body, "title"));
}

/* --- who and when ----------------------------------------------------------------------------- */

static json_t *show_by(struct bytes body)
{
	struct mp_reader v;
	struct bytes by = {0};
	uint8_t who[SUBJECT_BYTES];
	if (mp_find(body, "by", &v))
		by = mp_get_any(&v);
	return json_pack("{s:o, s:o, s:o}", "name", show_text(mp_find_text(by, "name")), "role", show_text(mp_find_text(by, "role")), "id",
			 body_who(body, who) ? api_hex(who, sizeof who) : json_null());
}

static json_t *show_step(const struct shower *w, const struct dossier_step *s)
{
	struct bytes reason = mp_find_text(s->body, "reason");
	json_t *verdict = s->type == RECORD_RETRACT ? json_string("retract") : show_text(mp_find_text(s->body, "verdict"));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "id", api_hex(s->id, ID_BYTES), "verdict", verdict, "by", show_by(s->body),
			 "school", api_school_ref(w->roster, s->author), "time", api_time(record_time_ms(s->time)), "reason",
			 reason.n ? show_text(reason) : json_null());
}

const char *show_status(enum entry_status status)
{
	switch (status) {
	case ENTRY_UNCONFIRMED:
		return "unconfirmed";
	case ENTRY_CONFIRMED:
		return "confirmed";
	case ENTRY_RETURNED:
		return "returned";
	case ENTRY_CONFLICT:
		return "conflict";
	case ENTRY_LATE:
		return "late";
	case ENTRY_UNPROVEN:
		return "unproven";
	case ENTRY_ERASED:
		return "erased";
	case ENTRY_RETRACTED:
	case ENTRY_REPLACED:
		return "retracted";
	case ENTRY_UNREADABLE:
		return "unreadable";
	}
	return "unreadable";
}

static void make_etag(const struct dossier_entry *e, char etag[2 * DIGEST_BYTES + 1])
{
	struct hash h;
	uint8_t state[2] = {(uint8_t)e->row.status, (uint8_t)e->step_count}, mark[DIGEST_BYTES];
	hash_start(&h, "estafeta etag", sizeof mark, (struct bytes){0});
	hash_add(&h, e->row.id, ID_BYTES);
	hash_add(&h, state, sizeof state);
	hash_add(&h, e->row.other, ID_BYTES);
	hash_end(&h, mark);
	hex_encode(mark, sizeof mark, etag);
}

/* The table that a kind with tables by number puts the entry into. */
static json_t *show_table(const struct shower *w, const struct kind *k, const json_t *fields)
{
	const json_t *value = k && k->table_field ? json_object_get(fields, k->table_field) : NULL;
	const char *code = json_is_integer(value) ? catalogue_table(w->catalogue, k, json_integer_value(value)) : NULL;
	return code ? json_string(code) : json_null();
}

json_t *show_entry(const struct shower *w, const struct dossier *d, const struct dossier_entry *e)
{
	const struct kind *k = catalogue_kind(w->catalogue, e->row.kind);
	json_t *fields = json_object(), *words = json_object(), *history = json_array();
	char etag[2 * DIGEST_BYTES + 1];
	(void)d;
	show_fields(e->fields, fields, words);
	if (w->blobs)
		show_held(w->blobs, fields);
	for (size_t i = 0; i < e->step_count; i++)
		json_array_append_new(history, show_step(w, &e->steps[i]));
	make_etag(e, etag);
	json_t *title = show_title(e->body, fields, words), *table = show_table(w, k, fields);
	bool replaced = !sodium_is_zero(e->row.other, ID_BYTES);
	return json_pack("{s:o, s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "id",
			 api_hex(e->row.id, ID_BYTES), "kind", e->row.kind, "kind_title", "ru", k ? k->title_ru : e->row.kind, "en",
			 k ? k->title_en : e->row.kind, "title", title, "fields", fields, "words", words, "table", table, "period",
			 e->row.period ? json_integer(e->row.period) : json_null(), "time", api_time(record_time_ms(e->row.time)),
			 "time_in_doubt", record_time_ms(e->row.time) > w->now_ms + FUTURE_DOUBT_MS, "status", show_status(e->row.status),
			 "author", api_school_ref(w->roster, e->row.author), "by", show_by(e->body), "history", history, "replaces",
			 e->replacing ? api_hex(e->replaces, ID_BYTES) : json_null(), "replaced_by",
			 replaced ? api_hex(e->row.other, ID_BYTES) : json_null(), "own",
			 memcmp(e->row.author, w->school->id, SCHOOL_BYTES) == 0, "etag", etag);
}

/* --- pages ------------------------------------------------------------------------------------ */

static bool is_code(const struct dossier_entry *e, const char *field, const char *code)
{
	return !code || bytes_equal(entry_text(e, field), bytes_text(code));
}

static bool in_section(const struct shower *w, const struct dossier_entry *e, const char *section)
{
	const struct kind *k = catalogue_kind(w->catalogue, e->row.kind);
	char own[KIND_CODE_MAX + 1];
	bytes_string(entry_text(e, "section"), own, sizeof own);
	const char *code = k && k->section ? k->section : own;
	const char *group = catalogue_group(w->catalogue, "section", code);
	return strcmp(code, section) == 0 || (group && strcmp(group, section) == 0);
}

static bool holds_text(const struct dossier_entry *e, const char *folded)
{
	json_t *fields = json_object(), *words = json_object(), *v;
	const char *code;
	bool found = false;
	show_fields(e->fields, fields, words);
	json_object_update(words, fields);
	json_object_foreach(words, code, v)
	{
		char *text = json_is_string(v) && !found ? letters_fold(json_string_value(v)) : NULL;
		found |= text && strstr(text, folded);
		free(text);
	}
	json_decref(fields);
	json_decref(words);
	return found;
}

bool show_passes(const struct shower *w, const struct dossier *d, const struct dossier_entry *e, const struct entry_filter *f)
{
	return (!f->kind || entry_is(e, f->kind)) && (!f->status || strcmp(f->status, show_status(e->row.status)) == 0) &&
	       (f->period < 0 || f->period == e->row.period) && (!f->section || in_section(w, e, f->section)) &&
	       is_code(e, "activity", f->activity) && is_code(e, "subject", f->course) && (!f->folded || holds_text(e, f->folded)) &&
	       (!f->may || f->may(f->arg, d, e));
}

/* Whether the entry comes after the cursor's: time and the first bytes of the id. */
static bool after(const struct dossier_entry *e, const uint8_t from[16])
{
	uint64_t time = get_u64(from);
	return e->row.time != time ? e->row.time < time : memcmp(e->row.id, from + 8, 8) < 0;
}

json_t *show_entries(const struct shower *w, const uint8_t *subject, const struct entry_filter *f)
{
	enum err e;
	uint8_t from[16];
	const struct dossier *d = dossiers_get(w->dossiers, subject, &e);
	if (!d)
		return NULL;
	bool started = !(f->cursor && hex_decode(f->cursor, from, sizeof from));
	json_t *items = json_array(), *next = json_null();
	const struct dossier_entry *last = NULL;
	size_t total = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *at = &d->entries[i];
		if (!show_passes(w, d, at, f))
			continue;
		total++;
		if (!started && !after(at, from))
			continue;
		started = true;
		if (json_array_size(items) < f->limit) {
			json_array_append_new(items, show_entry(w, d, at));
			last = at;
		} else if (json_is_null(next)) {
			char cursor[33];
			put_u64(from, last->row.time);
			memcpy(from + 8, last->row.id, 8);
			hex_encode(from, sizeof from, cursor);
			next = json_string(cursor);
		}
	}
	return json_pack("{s:o, s:o, s:I}", "items", items, "next", next, "total", (json_int_t)total);
}

json_t *show_entry_of(const struct shower *w, const uint8_t *subject, const uint8_t *id)
{
	enum err e;
	const struct dossier *d = dossiers_get(w->dossiers, subject, &e);
	const struct dossier_entry *entry = d ? dossier_find(d, id) : NULL;
	return entry ? show_entry(w, d, entry) : NULL;
}
