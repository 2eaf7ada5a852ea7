/*
 * Everything held on one subject, in one JSON file: readable for people, and
 * every record's bytes with the network records and subject keys that let
 * anybody check it without us (estafeta verify).
 */
#include <stdlib.h>

#include "core/card.h"
#include "core/leaf.h"
#include "node/api.h"
#include "node/show.h"
#include "proto/mp.h"
#include "proto/text.h"

static json_t *base64(struct bytes in)
{
	size_t size = sodium_base64_encoded_len(in.n, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(size);
	if (!text)
		return json_null();
	sodium_bin2base64(text, size, in.p, in.n, sodium_base64_VARIANT_ORIGINAL);
	json_t *s = json_string(text);
	sodium_memzero(text, size);
	free(text);
	return s;
}

/* All schools' identities and certificates: small, and who vouches for whom is the point. */
static json_t *network_records(struct txn *t)
{
	json_t *list = json_array();
	struct cursor c;
	cursor_open(&c, t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *subject;
		if (record_peek(c.value, &type, &cls, &author, &subject) && cls == CLASS_NETWORK)
			json_array_append_new(list, base64(c.value));
	}
	cursor_close(&c);
	return list;
}

static json_t *records_of(struct txn *t, const uint8_t *subject, const struct subject_keys *keys)
{
	json_t *list = json_array();
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	struct buf plain;
	buf_init(&plain, RECORD_BYTES_MAX);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (!leaf_record(t, &l, &raw) || record_read(raw, &r))
			continue;
		buf_reset(&plain);
		bool open = r.key_id && !subject_keys_open(keys, &r, &plain);
		json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o}", "id", json_hex(l.id, ID_BYTES), "type", record_shape(l.type)->name,
						      "raw", base64(raw), "plain", open ? base64(buf_bytes(&plain)) : json_null()));
	}
	cursor_close(&c);
	buf_wipe(&plain);
	return list;
}

/* Every file that an entry names, once; the bodies are not inside. */
static json_t *files_of(const json_t *entries)
{
	json_t *out = json_array(), *seen = json_object(), *entry, *list, *file;
	const char *code;
	size_t i, k;
	json_array_foreach(entries, i, entry)
	{
		json_object_foreach(json_object_get(entry, "fields"), code, list)
		{
			json_array_foreach(list, k, file)
			{
				const char *id = json_string_value(json_object_get(file, "id"));
				if (!id || json_object_get(seen, id))
					continue;
				json_object_set_new(seen, id, json_true());
				json_array_append(out, file);
			}
		}
	}
	json_decref(seen);
	return out;
}

static const char *about_of(const struct bytes card)
{
	static const char *const kinds[] = {"student", "staff", "class", "school"};
	struct bytes kind = mp_find_text(card, "kind");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (bytes_equal(kind, bytes_text(kinds[i])))
			return kinds[i];
	return "unknown";
}

/* The parts that are read from an open store. */
static json_t *make(const struct shower *w, struct txn *t, struct txn *k, const uint8_t *subject, json_t *entries)
{
	const struct indexed_person *p = people_index_find(w->people, subject);
	struct subject_keys keys;
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	json_t *out = NULL, *held = json_array();
	buf_init(&card, RECORD_BYTES_MAX);
	if (!card_read(w->school, t, k, subject, &card, author) && !vault_load(&w->school->vault, k, subject, &keys)) {
		for (size_t i = 0; i < keys.count; i++)
			json_array_append_new(held, json_hex(keys.keys[i].key, KEY_BYTES));
		out = json_pack("{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:O, s:o, s:O, s:o, s:o}", "format", "estafeta-export/1", "exported",
				json_time(w->now_ms), "school", api_school_ref(w->roster, w->school->id), "root",
				json_hex(w->roster->root, SCHOOL_BYTES), "about", about_of(buf_bytes(&card)), "subject",
				json_hex(subject, SUBJECT_BYTES), "student", p ? show_student(w, t, p) : json_null(), "card",
				show_value(buf_bytes(&card)), "entries", entries, "files", files_of(entries), "keys", held, "network",
				network_records(t), "records", records_of(t, subject, &keys));
		subject_keys_wipe(&keys);
	}
	json_decref(held);
	buf_wipe(&card);
	return out;
}

json_t *show_export(const struct shower *w, const uint8_t *subject)
{
	struct entry_filter all = {.period = -1, .limit = (size_t)-1};
	struct txn t, k;
	json_t *list = show_entries(w, subject, &all), *out = NULL;
	if (!list || txn_begin(&t, w->school->store, false)) {
		json_decref(list);
		return NULL;
	}
	if (!txn_begin(&k, w->school->vault.store, false)) {
		out = make(w, &t, &k, subject, json_object_get(list, "items"));
		txn_abort(&k);
	}
	json_decref(list);
	txn_abort(&t);
	return out;
}
