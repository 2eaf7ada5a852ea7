/* Checks a student's exported file; needs no node at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/membership.h"
#include "node/cmd.h"
#include "node/loop.h"
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

struct verdicts {
	size_t good, bad, erased;
	json_t *entries; /* id -> what the file shows people */
	bool named;	 /* some person record says the name that the file shows */
};

static bool same_text(const json_t *o, const char *key, const char *text)
{
	return strcmp(cmd_text(o, key), text) == 0;
}

static void check_name(struct verdicts *v, const json_t *student, struct bytes body)
{
	struct person p;
	if (!person_parse(body, &p))
		v->named |= same_text(student, "family", p.family) && same_text(student, "given", p.given) &&
			    same_text(student, "patronymic", p.patronymic);
}

/* What people read in the file must be what the record says. */
static bool check_shown(const struct verdicts *v, const char *id, const struct record *r, struct bytes body)
{
	const json_t *entry = json_object_get(v->entries, id);
	if (r->type != RECORD_ENTRY)
		return true;
	if (!entry)
		return false;
	json_t *fields = json_object(), *words = json_object();
	char author[2 * SCHOOL_BYTES + 1];
	show_fields(body, fields, words);
	hex_encode(r->author, SCHOOL_BYTES, author);
	json_t *title = show_title(body, fields, words);
	bool same = json_equal(title, json_object_get(entry, "title")) && json_equal(fields, json_object_get(entry, "fields")) && json_equal(words, json_object_get(entry, "words")) &&
		    strcmp(author, cmd_text(json_object_get(entry, "author"), "id")) == 0;
	json_decref(title);
	json_decref(fields);
	json_decref(words);
	return same;
}

/* The body must open with one of the keys in the file and say just what the file says it says. */
static enum err check_plain(const json_t *file, const json_t *item, struct verdicts *v, const struct record *r, struct buf *plain,
			    struct buf *said)
{
	const json_t *keys = json_object_get(file, "keys"), *key;
	size_t i;
	if (!r->key_id)
		return ERR_OK;
	if (!r->has_body) {
		v->erased++;
		return ERR_OK;
	}
	if (!from_base64(json_object_get(item, "plain"), said))
		return ERR_SHOWN_OTHERWISE;
	json_array_foreach(keys, i, key)
	{
		uint8_t raw[KEY_BYTES];
		const char *text = json_string_value(key);
		buf_reset(plain);
		if (!text || !hex_decode(text, raw, sizeof raw) || record_open(r, raw, plain))
			continue;
		if (r->type == RECORD_PERSON)
			check_name(v, json_object_get(file, "student"), buf_bytes(plain));
		return bytes_equal(buf_bytes(plain), buf_bytes(said)) && check_shown(v, cmd_text(item, "id"), r, buf_bytes(plain))
			       ? ERR_OK
			       : ERR_SHOWN_OTHERWISE;
	}
	return ERR_BAD_SEAL;
}

static void check_item(struct batch *b, const json_t *file, const json_t *item, struct verdicts *v, struct buf *raw, struct buf *plain,
		       struct buf *said)
{
	struct record r;
	enum err e = from_base64(json_object_get(item, "raw"), raw) ? record_read(buf_bytes(raw), &r) : ERR_BAD_FORM;
	if (!e)
		e = batch_admit(b, buf_bytes(raw), PROOF_SIGNATURE);
	if (!e || e == ERR_DUPLICATE)
		e = check_plain(file, item, v, &r, plain, said);
	if (!e) {
		v->good++;
		return;
	}
	v->bad++;
	printf("record %.16s…: %s\n", cmd_text(item, "id"), err_text(e));
}

/* Certificates may stand behind those whom they admit: again and again, while it helps. */
static void admit_network(struct batch *b, const json_t *network, struct buf *raw)
{
	const json_t *v;
	size_t i;
	for (bool more = true; more;) {
		more = false;
		json_array_foreach(network, i, v)
		{
			more |= from_base64(v, raw) && batch_admit(b, buf_bytes(raw), PROOF_SIGNATURE) == ERR_OK;
		}
	}
}

static int verify(const char *name)
{
	json_error_t error;
	json_t *file = json_load_file(name, JSON_REJECT_DUPLICATES, &error), *v;
	struct scratch x = {0};
	struct batch b;
	struct buf raw, plain, said;
	struct verdicts verdicts = {0};
	uint8_t root[SCHOOL_BYTES], seed[32];
	char text[TEXT_SCHOOL_BYTES];
	size_t i;
	if (!file)
		return cmd_fail(error.line < 0 ? EX_NOINPUT : EX_DATAERR, "%s:%d: %s", name, error.line, error.text);
	if (strcmp(cmd_text(file, "format"), "estafeta-export/1") != 0 || !hex_decode(cmd_text(file, "root"), root, sizeof root)) {
		json_decref(file);
		return cmd_fail(EX_DATAERR, "%s: not a file of estafeta export", name);
	}
	verdicts.entries = json_object();
	json_array_foreach(json_object_get(file, "entries"), i, v)
	{
		json_object_set(verdicts.entries, cmd_text(v, "id"), v);
	}
	buf_init(&raw, 2 * RECORD_BYTES_MAX);
	buf_init(&plain, RECORD_BYTES_MAX);
	buf_init(&said, 2 * RECORD_BYTES_MAX);
	enum err e = scratch_open(&x);
	randombytes_buf(seed, sizeof seed);
	if (!e)
		e = batch_begin(&b, &x.school, clock_ms(), seed);
	if (!e) {
		e = membership_join(&b, root);
		if (!e)
			admit_network(&b, json_object_get(file, "network"), &raw);
		json_array_foreach(json_object_get(file, "records"), i, v)
		{
			if (!e)
				check_item(&b, file, v, &verdicts, &raw, &plain, &said);
		}
		batch_abort(&b);
	}
	buf_wipe(&raw);
	buf_wipe(&plain);
	buf_wipe(&said);
	scratch_close(&x);
	if (!e) {
		text_encode(bytes_of(root, sizeof root), text, sizeof text);
		printf("%zu records, %zu good, %zu bad", verdicts.good + verdicts.bad, verdicts.good, verdicts.bad);
		if (verdicts.erased)
			printf("; of %zu only the envelope is left, their text was erased", verdicts.erased);
		printf("\nnetwork of %s\n", text);
	}
	json_decref(verdicts.entries);
	json_decref(file);
	if (e)
		return cmd_fail_err(e, name);
	if (!verdicts.named)
		return cmd_fail(EX_DATAERR, "%s: no record bears the student's name that it shows", name);
	if (verdicts.bad || verdicts.good == 0)
		return cmd_fail(EX_DATAERR, "%s does not stand", name);
	puts("Every record is signed by the school it names, admitted to that network, and says what the file shows.\n"
	     "Compare the network's id with the one that its founder school publishes.");
	return EX_OK;
}

int cmd_verify(int argc, char **argv)
{
	int code;
	const struct flag flags[] = {{0}};
	int left = cmd_flags(argc, argv, flags, "FILE.json",
			     "Checks a student's exported file: signatures, the schools' certificates, and that every body says\n"
			     "what the file shows. Needs no node, no network and not the school that wrote it.",
			     &code);
	if (left < 0)
		return code;
	return left == 1 ? verify(argv[1]) : cmd_fail(EX_USAGE, "see estafeta verify --help");
}
