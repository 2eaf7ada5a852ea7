#include "node/entry_files.h"

#include <stdio.h>

#include "core/blob_rows.h"
#include "node/dossiers.h"
#include "node/evidence.h"
#include "node/file_notes.h"
#include "proto/mp.h"
#include "proto/text.h"

/* --- as entries name them --------------------------------------------------------------------- */

static bool is_file(struct bytes raw, const uint8_t *id, struct entry_file *out)
{
	struct mp_reader v;
	if (!mp_find(raw, "id", &v) || mp_peek(&v) != MP_BIN || !bytes_equal(mp_get_bin(&v, ID_BYTES), bytes_of(id, ID_BYTES)))
		return false;
	*out = (struct entry_file){.size = mp_find_uint(raw, "size", 0), .name = mp_find_text(raw, "name"), .type = mp_find_text(raw, "type")};
	memcpy(out->id, id, ID_BYTES);
	return true;
}

bool entry_file_find(const struct dossier_entry *e, const uint8_t id[ID_BYTES], struct entry_file *out)
{
	struct mp_reader fields, list;
	if (!e->fields.n)
		return false;
	mp_read(&fields, e->fields);
	uint32_t n = mp_get_map(&fields);
	for (uint32_t i = 0; i < n && !fields.err; i++) {
		mp_get_text(&fields, RECORD_BYTES_MAX);
		mp_read(&list, mp_get_any(&fields));
		if (fields.err || mp_peek(&list) != MP_ARRAY)
			continue;
		uint32_t items = mp_get_array(&list);
		for (uint32_t k = 0; k < items && !list.err; k++) {
			struct bytes raw = mp_get_any(&list);
			if (!list.err && is_file(raw, id, out))
				return true;
		}
	}
	return false;
}

bool entry_file_visible(const struct permit *p, const struct dossier *d, const uint8_t id[ID_BYTES], struct entry_file *out)
{
	for (size_t i = 0; i < d->count; i++)
		if (permit_entry((void *)(uintptr_t)p, d, &d->entries[i]) && entry_file_find(&d->entries[i], id, out))
			return true;
	return false;
}

/* --- as a request names them ------------------------------------------------------------------ */

static json_t *described(const uint8_t *id, const char *wanted, const char *name, uint64_t size, const char *type)
{
	char clean[NAME_BYTES_MAX + 1];
	file_name_clean(wanted && *wanted ? wanted : name, clean);
	return json_pack("{s:o, s:s, s:I, s:s}", "id", json_hex(id, ID_BYTES), "name", clean, "size", (json_int_t)size, "type", type);
}

/* What the node knows of it; NULL: nothing. */
static json_t *known(const struct permit *p, struct txn *t, const uint8_t *id, const char *wanted, uint64_t *blob_size)
{
	struct node *n = p->node;
	struct file_note note;
	struct entry_file file;
	enum err e;
	if (file_note_get(t, &n->opened.school.vault, p->subject, id, &note)) {
		*blob_size = note.blob_size;
		return described(id, wanted, note.name, note.size, file_type_name(note.type));
	}
	const struct dossier *d = dossiers_get(n->dossiers, p->subject, &e);
	if (!d || !entry_file_visible(p, d, id, &file) || !blob_rows_find(t, p->subject, id, &select_all, blob_size))
		return NULL;
	char name[NAME_BYTES_MAX + 1], type[40];
	bytes_string(file.name, name, sizeof name);
	bytes_string(file.type, type, sizeof type);
	return described(id, wanted, name, file.size, type);
}

static void add(struct entry_files *out, const uint8_t *id, uint64_t blob_size)
{
	for (size_t i = 0; i < out->count; i++)
		if (memcmp(out->at[i].id, id, ID_BYTES) == 0)
			return;
	memcpy(out->at[out->count].id, id, ID_BYTES);
	out->at[out->count++].blob_size = blob_size;
}

static bool resolve_list(const struct permit *p, struct txn *t, json_t *list, struct entry_files *out)
{
	json_t *item;
	size_t i;
	json_array_foreach(list, i, item)
	{
		const char *hex = json_string_value(json_object_get(item, "id")), *name = json_string_value(json_object_get(item, "name"));
		uint8_t id[ID_BYTES];
		uint64_t blob_size;
		if (out->count == sizeof out->at / sizeof *out->at || !hex || !hex_decode(hex, id, sizeof id))
			return false;
		json_t *file = known(p, t, id, name, &blob_size);
		if (!file)
			return false;
		json_array_set_new(list, i, file);
		add(out, id, blob_size);
	}
	return true;
}

bool entry_files_resolve(struct exchange *x, const struct permit *p, const struct kind *k, json_t *values, struct entry_files *out)
{
	struct txn t;
	char at[NAME_BYTES_MAX] = "";
	out->count = 0;
	if (!api_read(x, &t))
		return false;
	for (size_t i = 0; i < k->field_count && !*at; i++)
		if (k->fields[i].type == FIELD_FILES && !resolve_list(p, &t, json_object_get(values, k->fields[i].code), out))
			snprintf(at, sizeof at, "fields.%.100s", k->fields[i].code);
	txn_abort(&t);
	if (!*at)
		return true;
	reply_error(x, ERR_INVALID, "files that were uploaded for this subject, each {id, name}", at);
	return false;
}

enum err entry_files_name(struct batch *b, const uint8_t *subject, const uint8_t entry[ID_BYTES], const struct entry_files *f)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < f->count && !e; i++) {
		struct file_note note;
		const uint8_t *id = f->at[i].id;
		if (!file_note_get(&b->txn, NULL, subject, id, &note) && !blob_rows_find(&b->txn, subject, id, &select_all, NULL))
			e = ERR_INVALID; /* swept or erased since the request was read */
		else
			e = blob_rows_name(b, subject, entry, id, f->at[i].blob_size);
		if (!e)
			file_note_drop(&b->txn, subject, id);
	}
	return e ? e : b->txn.err;
}
