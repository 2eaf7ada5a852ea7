/* Checks exported files, one or an archive of them; needs no node at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/membership.h"
#include "node/cmd.h"
#include "node/loop.h"
#include "node/node_catalogue.h"
#include "node/offline.h"
#include "node/show.h"
#include "proto/text.h"

/* A school of the moment, to have the one door to put records through. */
struct scratch {
	char dir[64];
	struct store *store, *keys;
	struct school school;
};

static enum err scratch_open(struct scratch *x)
{
	struct identity identity = {0};
	struct school_card card = {"", "", ""};
	struct store_options o = {.map_bytes = (size_t)4 << 30, .create = true, .no_sync = true};
	uint8_t master[KEY_BYTES], seed[32];
	char path[96];
	snprintf(x->dir, sizeof x->dir, "/tmp/estafeta-verify-XXXXXX");
	if (!mkdtemp(x->dir))
		return ERR_IO;
	randombytes_buf(&identity, sizeof identity);
	identity.generation = identity.kx_old_count = 0;
	randombytes_buf(master, sizeof master);
	randombytes_buf(seed, sizeof seed);
	snprintf(path, sizeof path, "%s/s", x->dir);
	enum err e = mkdir(path, 0700) ? ERR_IO : store_open(&x->store, path, &o);
	snprintf(path, sizeof path, "%s/k", x->dir);
	if (!e)
		e = mkdir(path, 0700) ? ERR_IO : store_open(&x->keys, path, &o);
	if (!e)
		e = school_create(x->store, x->keys, master, &identity, &card, 1, seed);
	if (!e)
		e = school_open(&x->school, x->store, x->keys, master, &identity);
	return e;
}

static void scratch_close(struct scratch *x)
{
	if (x->school.store)
		school_close(&x->school);
	store_close(x->store);
	store_close(x->keys);
	if (x->dir[0])
		remove_tree(x->dir);
}

static bool from_base64(const json_t *v, struct buf *out)
{
	const char *text = json_string_value(v);
	size_t n = text ? strlen(text) : 0, got;
	buf_reset(out);
	uint8_t *at = text ? buf_extend(out, n + 1) : NULL;
	if (!at || sodium_base642bin(at, n + 1, text, n, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL))
		return false;
	out->n = got;
	return true;
}

/* One file under examination. */
struct exam {
	const json_t *file;
	struct batch *batch;
	uint8_t subject[SUBJECT_BYTES];
	struct buf raw, plain, said;
	size_t good, bad, erased;
};

/* The body must open with one of the keys in the file and say just what the file says it says. */
static enum err check_plain(struct exam *x, const json_t *item, const struct record *r)
{
	const json_t *key, *plain = json_object_get(item, "plain");
	size_t i;
	if (!r->key_id)
		return json_is_null(plain) ? ERR_OK : ERR_SHOWN_OTHERWISE;
	if (!r->has_body) {
		x->erased++;
		return json_is_null(plain) ? ERR_OK : ERR_SHOWN_OTHERWISE;
	}
	if (!from_base64(plain, &x->said))
		return ERR_SHOWN_OTHERWISE;
	json_array_foreach(json_object_get(x->file, "keys"), i, key)
	{
		uint8_t raw[KEY_BYTES];
		const char *text = json_string_value(key);
		buf_reset(&x->plain);
		if (!text || !hex_decode(text, raw, sizeof raw) || record_open(r, raw, &x->plain))
			continue;
		return bytes_equal(buf_bytes(&x->plain), buf_bytes(&x->said)) ? ERR_OK : ERR_SHOWN_OTHERWISE;
	}
	return ERR_BAD_SEAL;
}

static enum err check_record(struct exam *x, const json_t *item)
{
	struct record r;
	char id[2 * ID_BYTES + 1];
	if (!from_base64(json_object_get(item, "raw"), &x->raw))
		return ERR_BAD_FORM;
	enum err e = record_read(buf_bytes(&x->raw), &r);
	if (!e)
		e = batch_admit(x->batch, buf_bytes(&x->raw), PROOF_SIGNATURE);
	if (e && e != ERR_DUPLICATE)
		return e;
	hex_encode(r.id, ID_BYTES, id);
	if (strcmp(id, cmd_text(item, "id")) != 0 || strcmp(record_shape(r.type)->name, cmd_text(item, "type")) != 0 ||
	    memcmp(r.subject, x->subject, SUBJECT_BYTES) != 0)
		return ERR_SHOWN_OTHERWISE;
	return check_plain(x, item, &r);
}

static void count(struct exam *x, const char *what, const char *id, enum err e)
{
	if (!e) {
		x->good++;
		return;
	}
	x->bad++;
	printf("%s %.16s…: %s\n", what, id, err_text(e));
}

/* Certificates may stand behind those whom they admit: again and again, while it helps. */
static void admit_network(struct exam *x)
{
	const json_t *network = json_object_get(x->file, "network"), *v;
	size_t i;
	for (bool more = true; more;) {
		more = false;
		json_array_foreach(network, i, v)
		{
			more |= from_base64(v, &x->raw) && batch_admit(x->batch, buf_bytes(&x->raw), PROOF_SIGNATURE) == ERR_OK;
		}
	}
	json_array_foreach(network, i, v)
	{
		enum err e = from_base64(v, &x->raw) ? batch_admit(x->batch, buf_bytes(&x->raw), PROOF_SIGNATURE) : ERR_BAD_FORM;
		char at[24];
		snprintf(at, sizeof at, "%zu", i + 1);
		if (e != ERR_DUPLICATE)
			count(x, "certificate", at, e);
	}
}

static enum err admit_all(struct exam *x, const uint8_t root[SCHOOL_BYTES])
{
	const json_t *v;
	size_t i;
	enum err e = membership_join(x->batch, root);
	if (e)
		return e;
	admit_network(x);
	json_array_foreach(json_object_get(x->file, "records"), i, v)
	{
		count(x, "record", cmd_text(v, "id"), check_record(x, v));
	}
	json_array_foreach(json_object_get(x->file, "keys"), i, v)
	{
		uint8_t key[KEY_BYTES];
		if (!e && json_is_string(v) && hex_decode(json_string_value(v), key, sizeof key))
			e = batch_add_key(x->batch, x->subject, key, false);
	}
	return e;
}

/* --- what people read ------------------------------------------------------------------------- */

/*
 * Parts that no record says: marks of the moment, and titles of kinds, which come from the catalogue
 * of whoever wrote the file.
 */
static void strip(json_t *o)
{
	static const char *const OWN[] = {"etag", "time_in_doubt", "kind_title"};
	for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
		json_object_del(o, OWN[i]);
	/* the writer alone knows whether its parent held all by then */
	if (strcmp(cmd_text(o, "custody"), "in_cascade") == 0)
		json_object_set_new(o, "custody", json_string("released"));
}

static bool same(const json_t *a, const json_t *b)
{
	json_t *x = json_deep_copy(a), *y = json_deep_copy(b);
	strip(x);
	strip(y);
	bool equal = json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return equal;
}

static size_t compare_shown(const json_t *file, const json_t *made)
{
	static const char *const PARTS[] = {"school", "about", "student", "card"};
	const json_t *shown = json_object_get(file, "entries"), *entries = json_object_get(made, "entries");
	size_t bad = 0, n = json_array_size(shown), m = json_array_size(entries);
	for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
		if (!same(json_object_get(file, PARTS[i]), json_object_get(made, PARTS[i]))) {
			printf("%s: %s\n", PARTS[i], err_text(ERR_SHOWN_OTHERWISE));
			bad++;
		}
	for (size_t i = 0; i < n || i < m; i++) {
		const json_t *entry = json_array_get(shown, i);
		if (i < n && i < m && same(entry, json_array_get(entries, i)))
			continue;
		printf("entry %zu, %.16s…: %s\n", i + 1, cmd_text(i < n ? entry : json_array_get(entries, i), "id"), err_text(ERR_SHOWN_OTHERWISE));
		bad++;
	}
	return bad;
}

/* Shows the records once more, with the eyes of the school that wrote the file. */
static enum err check_shown(struct exam *x, struct school *s)
{
	char error[CATALOGUE_WHY_BYTES];
	struct people_index people = {0};
	uint8_t writer[SCHOOL_BYTES];
	if (!hex_decode(cmd_text(json_object_get(x->file, "school"), "id"), writer, sizeof writer))
		return ERR_SHOWN_OTHERWISE;
	memcpy(s->id, writer, SCHOOL_BYTES);
	struct shower w = {.school = s, .roster = &s->roster, .catalogue = node_catalogue(error), .people = &people,
			   .dossiers = dossiers_new(s), .now_ms = clock_ms()};
	enum err e = w.catalogue && w.dossiers ? people_index_load(&people, s, s->id) : ERR_NO_MEMORY;
	json_t *made = e ? NULL : show_export(&w, x->subject);
	if (made)
		x->bad += compare_shown(x->file, made);
	else if (!e)
		count(x, "student", cmd_text(x->file, "subject"), ERR_SHOWN_OTHERWISE);
	json_decref(made);
	people_index_release(&people);
	dossiers_free(w.dossiers);
	catalogue_free((struct catalogue *)(uintptr_t)w.catalogue);
	return e;
}

static enum err examine(struct exam *x, struct scratch *s, const uint8_t root[SCHOOL_BYTES])
{
	struct batch b;
	uint8_t seed[32];
	randombytes_buf(seed, sizeof seed);
	enum err e = batch_begin(&b, &s->school, clock_ms(), seed);
	if (e)
		return e;
	x->batch = &b;
	e = admit_all(x, root);
	if (e)
		batch_abort(&b);
	else
		e = batch_commit(&b);
	return e ? e : check_shown(x, &s->school);
}

static int verify(const char *name)
{
	json_error_t error;
	struct stat st;
	if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
		return cmd_fail(EX_NOINPUT, "%s: a directory, but no archive", name);
	json_t *file = json_load_file(name, JSON_REJECT_DUPLICATES, &error);
	struct scratch s = {0};
	struct exam x = {.file = file};
	uint8_t root[SCHOOL_BYTES];
	char text[TEXT_SCHOOL_BYTES];
	if (!file && error.line < 0)
		return cmd_fail(EX_NOINPUT, "%s", error.text);
	if (!file)
		return cmd_fail(EX_DATAERR, "%s:%d: %s", name, error.line, error.text);
	if (strcmp(cmd_text(file, "format"), "estafeta-export/1") != 0 || !hex_decode(cmd_text(file, "root"), root, sizeof root) ||
	    !hex_decode(cmd_text(file, "subject"), x.subject, sizeof x.subject)) {
		json_decref(file);
		return cmd_fail(EX_DATAERR, "%s: not a file of estafeta export", name);
	}
	buf_init(&x.raw, 2 * RECORD_BYTES_MAX);
	buf_init(&x.plain, RECORD_BYTES_MAX);
	buf_init(&x.said, 2 * RECORD_BYTES_MAX);
	enum err e = scratch_open(&s);
	if (!e)
		e = examine(&x, &s, root);
	buf_wipe(&x.raw);
	buf_wipe(&x.plain);
	buf_wipe(&x.said);
	scratch_close(&s);
	size_t records = json_array_size(json_object_get(file, "records"));
	json_decref(file);
	if (e)
		return cmd_fail_err(e, name);
	text_encode(bytes_of(root, sizeof root), text, sizeof text);
	printf("%zu records, %zu good, %zu bad", records, x.good, x.bad);
	if (x.erased)
		printf("; of %zu only the envelope is left, their text was erased", x.erased);
	printf("\nnetwork of %s\n", text);
	if (x.bad || x.good == 0)
		return cmd_fail(EX_DATAERR, "%s does not stand", name);
	puts("Every record is signed by the school it names, admitted to that network, and says what the file shows.\n"
	     "Compare the network's id with the one that its founder school publishes.");
	return EX_OK;
}

/* --- a whole archive -------------------------------------------------------------------------- */

static bool hash_matches(const char *path, const char *wanted)
{
	char hex[2 * HASH_BYTES + 1], part[64 * 1024];
	uint8_t hash[HASH_BYTES];
	crypto_generichash_state h;
	FILE *f = fopen(path, "r");
	size_t n;
	if (!f)
		return false;
	crypto_generichash_init(&h, NULL, 0, sizeof hash);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		crypto_generichash_update(&h, (const uint8_t *)part, n);
	crypto_generichash_final(&h, hash, sizeof hash);
	hex_encode(hash, sizeof hash, hex);
	return !fclose(f) && strcmp(hex, wanted) == 0;
}

/* Every file of the index by its hash, and every exported one by its records. */
static int verify_archive(const char *dir, const json_t *index)
{
	const json_t *item;
	size_t i, bad = 0, good = 0;
	json_array_foreach(json_object_get(index, "items"), i, item)
	{
		char path[2 * DATA_PATH_BYTES_MAX];
		const char *file = cmd_text(item, "file");
		snprintf(path, sizeof path, "%s/%s", dir, file);
		bool inside = *file && *file != '/' && !strstr(file, "..");
		if (!inside || !hash_matches(path, cmd_text(item, "hash"))) {
			printf("%s: missing or changed\n", file);
			bad++;
		} else if (strcmp(cmd_text(item, "about"), "file") != 0 && verify(path) != EX_OK) {
			printf("%s: does not stand\n", file);
			bad++;
		} else {
			good++;
		}
	}
	printf("archive: %zu files good, %zu bad\n", good, bad);
	return bad || !good ? cmd_fail(EX_DATAERR, "%s does not stand", dir) : EX_OK;
}

static int verify_any(const char *name)
{
	char path[DATA_PATH_BYTES_MAX + 16];
	json_error_t error;
	snprintf(path, sizeof path, "%s/index.json", name);
	json_t *index = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	bool archive = strcmp(cmd_text(index, "format"), "estafeta-archive/1") == 0;
	int code = archive ? verify_archive(name, index) : verify(name);
	json_decref(index);
	return code;
}

int cmd_verify(int argc, char **argv)
{
	int code;
	const struct flag flags[] = {{0}};
	int left = cmd_flags(argc, argv, flags, "FILE.json | ARCHIVE",
			     "Checks an exported file, or every file of an archive: signatures, the schools' certificates, and\n"
			     "that every body says what the file shows. Needs no node, no network and not the school that wrote it.",
			     &code);
	if (left < 0)
		return code;
	return left == 1 ? verify_any(argv[1]) : cmd_fail(EX_USAGE, "give one exported file; see estafeta verify --help");
}
