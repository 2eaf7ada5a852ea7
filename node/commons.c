#include "node/commons.h"

#include <stdlib.h>

#include "core/dossier.h"
#include "core/leaf.h"
#include "node/api.h"
#include "node/show.h"
#include "proto/mp.h"

enum err commons_publish(struct batch *b, const struct kind *k, struct bytes fields, const char *author, const uint8_t entry[ID_BYTES])
{
	struct buf data;
	struct body_commons body = {.kind = bytes_text(k->code)};
	struct writing w = {.type = RECORD_COMMONS, .subject = network_subject};
	buf_init(&data, COMMONS_BYTES_MAX);
	mp_put_map(&data, 5);
	mp_put_key(&data, "author");
	mp_put_text(&data, bytes_text(author));
	mp_put_key(&data, "entry");
	mp_put_bin(&data, bytes_of(entry, ID_BYTES));
	mp_put_key(&data, "fields");
	buf_put(&data, fields.p, fields.n);
	mp_put_key(&data, "kind");
	mp_put_text(&data, bytes_text(k->code));
	mp_put_key(&data, "title");
	mp_put_text(&data, bytes_text(k->title_ru));
	body.data = buf_bytes(&data);
	enum err e = data.err ? data.err : batch_write_clear(b, &w, &body, NULL);
	buf_release(&data);
	return e;
}

static json_t *show(const struct roster *roster, const struct record *r, struct bytes data)
{
	struct mp_reader v;
	uint8_t entry[ID_BYTES] = {0};
	struct bytes values = {0};
	json_t *fields = json_object(), *words = json_object();
	if (mp_find(data, "entry", &v))
		mp_get_fixed(&v, entry, sizeof entry);
	if (mp_find(data, "fields", &v))
		values = mp_get_any(&v);
	show_fields(values, fields, words);
	json_t *title = show_title(data, fields, words);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", json_hex(r->id, ID_BYTES), "entry", json_hex(entry, ID_BYTES),
			 "kind", show_text(mp_find_text(data, "kind")), "title", title, "fields", fields, "words", words, "author",
			 show_text(mp_find_text(data, "author")), "school", api_school_ref(roster, r->author), "time",
			 json_time(record_time_ms(r->time)));
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(json_string_value(json_object_get(*(json_t *const *)b, "time")),
		      json_string_value(json_object_get(*(json_t *const *)a, "time")));
}

/* Of one entry by one school the newest. */
static json_t *settle(json_t *all)
{
	size_t n = json_array_size(all);
	json_t **at = malloc((n + 1) * sizeof *at), *out = json_array(), *seen = json_object();
	for (size_t i = 0; at && i < n; i++)
		at[i] = json_array_get(all, i);
	if (at)
		qsort(at, n, sizeof *at, newest_first);
	for (size_t i = 0; at && i < n; i++) {
		char key[4 * ID_BYTES + 2];
		snprintf(key, sizeof key, "%s %s", json_string_value(json_object_get(json_object_get(at[i], "school"), "id")),
			 json_string_value(json_object_get(at[i], "entry")));
		if (json_object_get(seen, key))
			continue;
		json_object_set_new(seen, key, json_true());
		json_array_append(out, at[i]);
	}
	free(at);
	json_decref(seen);
	json_decref(all);
	return out;
}

json_t *commons_list(struct txn *t, const struct roster *roster, const char *kind)
{
	struct cursor c;
	struct bytes prefix = bytes_of(network_subject, SUBJECT_BYTES);
	json_t *all = json_array();
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		union body body;
		if (leaf.type != RECORD_COMMONS || !leaf_record(t, &leaf, &raw) || record_read(raw, &r) || !roster_proven(roster, &r) ||
		    body_decode(RECORD_COMMONS, r.body, &body) || (kind && !bytes_equal(body.commons.kind, bytes_text(kind))) ||
		    mp_check(body.commons.data))
			continue;
		json_array_append_new(all, show(roster, &r, body.commons.data));
	}
	cursor_close(&c);
	return settle(all);
}
