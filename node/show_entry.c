/* Entries as the API shows them: fields, words of their time, history. */
#include <stdio.h>
#include <stdlib.h>

#include "node/api.h"
#include "node/letters.h"
#include "node/permit.h"
#include "node/show.h"
#include "proto/mp.h"
#include "proto/text.h"

enum { FUTURE_DOUBT_MS = 24 * 3600 * 1000 };

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

/* --- who and when ----------------------------------------------------------------------------- */

static json_t *show_by(struct bytes body)
{
	struct mp_reader v;
	struct bytes by = {0};
	uint8_t who[SUBJECT_BYTES];
	if (mp_find(body, "by", &v))
		by = mp_get_any(&v);
	return json_pack("{s:o, s:o, s:o}", "name", show_text(mp_find_text(by, "name")), "role", show_text(mp_find_text(by, "role")), "id",
			 body_who(body, who) ? json_hex(who, sizeof who) : json_null());
}

static json_t *show_step(const struct shower *w, const struct dossier_step *s)
{
	struct bytes reason = mp_find_text(s->body, "reason");
	json_t *verdict = s->type == RECORD_RETRACT ? json_string("retract") : show_text(mp_find_text(s->body, "verdict"));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "id", json_hex(s->id, ID_BYTES), "verdict", verdict, "by", show_by(s->body),
			 "school", api_school_ref(w->roster, s->author), "time", json_time(record_time_ms(s->time)), "reason",
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
	uint8_t version[DIGEST_BYTES];
	char etag[2 * DIGEST_BYTES + 1];
	show_fields(e->fields, fields, words);
	if (w->blobs)
		show_held(w->blobs, fields);
	for (size_t i = 0; i < e->step_count; i++)
		json_array_append_new(history, show_step(w, &e->steps[i]));
	entry_version(e, version);
	hex_encode(version, sizeof version, etag);
	json_t *title = show_title(e->body, fields, words), *table = show_table(w, k, fields);
	bool replaced = !sodium_is_zero(e->row.other, ID_BYTES);
	json_t *shown = json_pack("{s:o, s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "id",
			 json_hex(e->row.id, ID_BYTES), "kind", e->row.kind, "kind_title", "ru", k ? k->title_ru : e->row.kind, "en",
			 k ? k->title_en : e->row.kind, "title", title, "fields", fields, "words", words, "table", table, "period",
			 e->row.period ? json_integer(e->row.period) : json_null(), "time", json_time(record_time_ms(e->row.time)),
			 "time_in_doubt", record_time_ms(e->row.time) > w->now_ms + FUTURE_DOUBT_MS, "status", show_status(e->row.status),
			 "author", api_school_ref(w->roster, e->row.author), "by", show_by(e->body), "history", history, "replaces",
			 e->replacing ? json_hex(e->replaces, ID_BYTES) : json_null(), "replaced_by",
			 replaced ? json_hex(e->row.other, ID_BYTES) : json_null(), "own",
			 memcmp(e->row.author, w->school->id, SCHOOL_BYTES) == 0, "etag", etag);
	if (w->viewer) {
		json_object_set_new(shown, "may", permit_acts(w->viewer, d, e));
		json_object_set_new(shown, "names", show_names(w->viewer, k, fields));
	}
	return shown;
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
