/* What works on a directory while no node runs on it: fsck, reindex, restore; and verify, which needs no node at all. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/batch.h"
#include "core/membership.h"
#include "node/cmd.h"
#include "node/loop.h"
#include "node/show.h"
#include "proto/text.h"

static int open_node(const char *dir, struct keyring *k, struct opened *o)
{
	char error[KEYRING_ERROR_BYTES] = "";
	enum err e = keyring_open(k, dir, error);
	if (!e) {
		e = keyring_open_school(k, o, error);
		if (e)
			keyring_close(k);
	}
	return e ? cmd_fail(exit_code(e), "%s", error[0] ? error : err_text(e)) : 0;
}

static void close_node(struct keyring *k, struct opened *o)
{
	keyring_close_school(o);
	keyring_close(k);
}

static enum err begin(struct batch *b, struct school *s)
{
	uint8_t seed[32];
	randombytes_buf(seed, sizeof seed);
	return batch_begin(b, s, clock_ms(), seed);
}

/* --- fsck ------------------------------------------------------------------------------------- */

struct findings {
	uint64_t records, bad_records, bad_leaves, stray, digests;
};

/* Every record: form, hash, signature, and its leaf. */
static void check_records(struct school *s, struct txn *t, struct findings *f)
{
	struct cursor c;
	cursor_open(&c, t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		struct record r;
		struct leaf leaf;
		f->records++;
		enum err e = record_read(c.value, &r);
		const struct school_key *key = e ? NULL : roster_key(&s->roster, &r);
		if (!e && (!key || record_verify(&r, key->sign)))
			e = ERR_BAD_SIGNATURE;
		if (e)
			f->bad_records++;
		else if (!leaf_find(t, r.subject, r.period, r.id, &leaf) || leaf.lseq != get_u64(c.key.p))
			f->bad_leaves++;
	}
	cursor_close(&c);
}

static uint64_t hash_tables(struct txn *t, uint8_t out[HASH_BYTES])
{
	static const enum table derived[] = {T_DIGEST, T_SCOPE, T_VIEW};
	struct hash h;
	uint64_t rows = 0;
	hash_start(&h, "estafeta fsck", HASH_BYTES, (struct bytes){0});
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		struct cursor c;
		cursor_open(&c, t, derived[i]);
		for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c), rows++) {
			hash_add(&h, c.key.p, c.key.n);
			hash_add(&h, c.value.p, c.value.n);
		}
		cursor_close(&c);
	}
	hash_end(&h, out);
	return rows;
}

/* Works on a damaged map too: in a child, so that SIGBUS or an abort is an answer and not our end. */
static int fsck_child(const char *dir)
{
	struct keyring k;
	struct opened o;
	struct batch b;
	struct findings f = {0};
	uint8_t kept[HASH_BYTES], made[HASH_BYTES];
	int code = open_node(dir, &k, &o);
	if (code)
		return code;
	enum err e = begin(&b, &o.school);
	if (e) {
		close_node(&k, &o);
		return cmd_fail_err(e, dir);
	}
	check_records(&o.school, &b.txn, &f);
	f.stray = txn_count(&b.txn, T_LEAF) - (f.records - f.bad_records - f.bad_leaves);
	uint64_t rows = hash_tables(&b.txn, kept);
	e = batch_reindex(&b);
	hash_tables(&b.txn, made);
	bool same = !e && memcmp(kept, made, sizeof kept) == 0;
	batch_abort(&b);
	close_node(&k, &o);
	printf("records %llu, damaged %llu, without an index %llu, stray index rows %llu, derived rows %llu %s\n", (unsigned long long)f.records,
	       (unsigned long long)f.bad_records, (unsigned long long)f.bad_leaves, (unsigned long long)f.stray, (unsigned long long)rows,
	       same ? "as they should be" : "differ from a rebuild");
	if (e)
		return cmd_fail_err(e, dir);
	if (f.bad_records || f.bad_leaves || f.stray)
		return cmd_fail(EX_DATAERR, "%s is damaged: restore a backup, the network brings what is newer", dir);
	if (!same)
		return cmd_fail(EX_DATAERR, "the indices are not what the records say: run estafeta reindex --dir %s", dir);
	return EX_OK;
}

int cmd_fsck(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	int code, status;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR]",
			     "Reads every record and checks form, hash, signature and indices. Changes nothing. The node must not run.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		code = fsck_child(path);
		fflush(NULL);
		_exit(code);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return cmd_fail(EX_OSERR, "%s", strerror(errno));
	if (WIFSIGNALED(status))
		return cmd_fail(EX_DATAERR, "%s is damaged beyond reading (signal %d): restore a backup", path, WTERMSIG(status));
	return WEXITSTATUS(status);
}

int cmd_reindex(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	struct keyring k;
	struct opened o;
	struct batch b;
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR]",
			     "Makes digests, shares and views anew from the records. The node must not run.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)) || (code = open_node(path, &k, &o)))
		return code;
	enum err e = begin(&b, &o.school);
	if (!e) {
		e = batch_reindex(&b);
		if (e)
			batch_abort(&b);
		else
			e = batch_commit(&b);
	}
	close_node(&k, &o);
	return e ? cmd_fail_err(e, path) : EX_OK;
}

/* --- restore ---------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static bool copy_file(const char *from, const char *to)
{
	char block[64 * 1024];
	bool ok = false;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	for (ssize_t n = 1; in >= 0 && out >= 0 && n > 0;) {
		n = read(in, block, sizeof block);
		ok = n == 0;
		if (n > 0 && write(out, block, (size_t)n) != n)
			break;
	}
	ok = ok && fsync(out) == 0;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ok;
}

static enum err open_copy(const struct keyring *k, const char *path, struct school *s, struct store **store, struct store *keys)
{
	struct store_options options = {.map_bytes = (size_t)16 << 30};
	enum err e = store_open(store, path, &options);
	if (e)
		return e;
	e = school_open(s, *store, keys, k->master, &k->identity);
	if (e)
		store_close(*store);
	return e;
}

/* Opens the copy and reads every record, in a child: a cut file is SIGBUS, and must not end us halfway. */
static bool copy_is_sound(const struct keyring *k, const char *path)
{
	struct school s;
	struct store *store, *none = NULL;
	struct findings f = {0};
	struct txn t;
	int status = 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		bool ok = !open_copy(k, path, &s, &store, none) && !txn_begin(&t, store, false);
		if (ok)
			check_records(&s, &t, &f);
		_exit(!ok || f.bad_records || f.bad_leaves);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int restore(const char *dir, const char *backup)
{
	struct keyring k;
	struct opened o;
	struct school s;
	struct store *store;
	char fresh[DATA_PATH_BYTES_MAX], old[DATA_PATH_BYTES_MAX], live[DATA_PATH_BYTES_MAX], from[DATA_PATH_BYTES_MAX + 16],
		to[DATA_PATH_BYTES_MAX + 16];
	uint8_t seed[32];
	int code = open_node(dir, &k, &o);
	if (code)
		return code;
	keyring_close_school(&o);
	char aside[40]; /* several restores in a row keep each what they found */
	snprintf(aside, sizeof aside, "store.old-%llu", (unsigned long long)clock_ms());
	if (keyring_path(dir, "store.new", fresh) || keyring_path(dir, aside, old) || keyring_path(dir, "store", live) ||
	    strlen(backup) >= DATA_PATH_BYTES_MAX) {
		keyring_close(&k);
		return cmd_fail(EX_USAGE, "the path is too long");
	}
	snprintf(from, sizeof from, "%s/data.mdb", backup);
	snprintf(to, sizeof to, "%s/data.mdb", fresh);
	unlink(to);
	if (mkdir(fresh, 0700) && errno != EEXIST)
		code = cmd_fail(EX_CANTCREAT, "%s: %s", fresh, strerror(errno));
	else if (!copy_file(from, to))
		code = cmd_fail(EX_NOINPUT, "%s: %s; nothing was changed", from, strerror(errno));
	struct store *keys = NULL;
	char keys_path[DATA_PATH_BYTES_MAX];
	struct store_options options = {.map_bytes = (size_t)1 << 30};
	if (!code && (keyring_path(dir, "keys", keys_path) || store_open(&keys, keys_path, &options)))
		code = cmd_fail(EX_DATAERR, "%s/keys does not open", dir);
	if (!code)
		code = copy_is_sound(&k, fresh) && !open_copy(&k, fresh, &s, &store, keys)
			       ? 0
			       : cmd_fail(EX_DATAERR, "%s: not a sound backup of this school; nothing was changed", backup);
	if (!code) {
		randombytes_buf(seed, sizeof seed);
		enum err e = school_reincarnate(&s, seed);
		school_close(&s);
		store_close(store);
		if (e)
			code = cmd_fail_err(e, fresh);
	}
	store_close(keys);
	if (!code && (rename(live, old) || rename(fresh, live)))
		code = cmd_fail(EX_IOERR, "%s: %s", live, strerror(errno));
	if (code)
		nftw(fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	keyring_close(&k);
	if (!code)
		printf("Restored. What was there lies in %s; delete it once all is well.\n"
		       "Students can be released or accepted again once a parent school agrees with this copy.\n",
		       old);
	return code;
}

int cmd_restore(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "BACKUP_DIRECTORY",
			     "Puts a copy made by estafeta backup in place. It is checked first; the present store is kept\n"
			     "as store.old-TIME. The network then brings what is newer. The node must not run.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "see estafeta restore --help");
	return restore(path, argv[1]);
}

/* --- verify ----------------------------------------------------------------------------------- */

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
	identity.generation = 0;
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
		nftw(x->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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
	size_t good, bad;
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
		printf("%zu records, %zu good, %zu bad\nnetwork of %s\n", verdicts.good + verdicts.bad, verdicts.good, verdicts.bad, text);
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
