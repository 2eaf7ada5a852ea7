#include "core/store.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "proto/limits.h"
#include "proto/require.h"

struct store {
	MDB_env *env;
	MDB_dbi dbi[TABLE_COUNT];
};

static const char *const table_names[TABLE_COUNT] = {
	[T_META] = "meta",   [T_REC] = "rec",     [T_LEAF] = "leaf",   [T_DIGEST] = "digest",
	[T_SEEN] = "seen",   [T_SCOPE] = "scope", [T_OFFER] = "offer", [T_PEER] = "peer",
	[T_DIRTY] = "dirty", [T_DENY] = "deny",   [T_VIEW] = "view",   [T_LOCAL] = "local",
	[T_KEY] = "key",
};

static enum err err_of(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return ERR_OK;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return ERR_DISK_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_CORRUPT;
	case ENOMEM:
		return ERR_NO_MEMORY;
	case MDB_READERS_FULL:
		return ERR_BUSY;
	case EACCES:
	case EPERM:
		return ERR_PERMISSION;
	}
	return ERR_STORE;
}

static MDB_val val(struct bytes b)
{
	return (MDB_val){.mv_size = b.n, .mv_data = (void *)(uintptr_t)b.p};
}

static struct bytes unval(MDB_val v)
{
	return bytes_of(v.mv_data, v.mv_size);
}

static enum err open_tables(struct store *s, bool create)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, create ? 0 : MDB_RDONLY, &txn);
	if (rc)
		return err_of(rc);
	for (int i = 0; i < TABLE_COUNT && !rc; i++)
		rc = mdb_dbi_open(txn, table_names[i], create ? MDB_CREATE : 0, &s->dbi[i]);
	if (rc) {
		mdb_txn_abort(txn);
		return rc == MDB_NOTFOUND ? ERR_CORRUPT : err_of(rc);
	}
	return err_of(mdb_txn_commit(txn));
}

/*
 * How many pages from `from` on are free. The free list is LMDB's table 0: under each transaction's number an
 * array of page numbers, its count first.
 */
static int count_free(MDB_env *env, size_t from, size_t *count)
{
	MDB_txn *txn;
	MDB_cursor *cursor = NULL;
	MDB_val k, v;
	*count = 0;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return rc;
	rc = mdb_cursor_open(txn, 0, &cursor);
	while (!rc && !(rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))) {
		size_t n, page;
		memcpy(&n, v.mv_data, sizeof n);
		for (size_t i = 1; i <= n && (i + 1) * sizeof page <= v.mv_size; i++) {
			memcpy(&page, (const char *)v.mv_data + i * sizeof page, sizeof page);
			*count += page >= from;
		}
	}
	if (cursor)
		mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * A page that lies beyond the end of the file would be SIGBUS as soon as it is looked at. Pages there are
 * sound only while they are free: allocated and given back without ever being written. The list of the
 * free ones may itself lie beyond, and then it is SIGBUS after all.
 */
static enum err check_length(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	mdb_filehandle_t fd;
	int rc = mdb_env_info(env, &info);
	if (!rc)
		rc = mdb_env_stat(env, &stat);
	if (!rc)
		rc = mdb_env_get_fd(env, &fd);
	if (!rc && fstat(fd, &st))
		rc = errno;
	if (rc)
		return err_of(rc);
	size_t pages = (size_t)st.st_size / stat.ms_psize, beyond = info.me_last_pgno + 1, unwritten = 0;
	if (pages >= beyond)
		return ERR_OK;
	rc = count_free(env, pages, &unwritten);
	return rc ? err_of(rc) : unwritten == beyond - pages ? ERR_OK : ERR_CORRUPT;
}

enum err store_open(struct store **out, const char *path, const struct store_options *o)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s)
		return ERR_NO_MEMORY;
	unsigned flags = MDB_NOTLS | (o->no_sync ? MDB_NOSYNC : 0);
	int dead;
	int rc = mdb_env_create(&s->env);
	if (!rc)
		rc = mdb_env_set_maxdbs(s->env, TABLE_COUNT);
	if (!rc)
		rc = mdb_env_set_maxreaders(s->env, STORE_READERS_MAX);
	if (!rc)
		rc = mdb_env_set_mapsize(s->env, o->map_bytes);
	if (!rc)
		rc = mdb_env_open(s->env, path, flags, 0600);
	if (!rc)
		rc = mdb_reader_check(s->env, &dead);
	enum err e = rc ? err_of(rc) : check_length(s->env);
	if (!e)
		e = open_tables(s, o->create);
	if (e) {
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->env)
		mdb_env_close(s->env);
	free(s);
}

enum err store_copy(struct store *s, const char *path)
{
	return err_of(mdb_env_copy2(s->env, path, MDB_CP_COMPACT));
}

uint64_t store_bytes(struct store *s)
{
	MDB_envinfo info;
	MDB_stat stat;
	mdb_env_info(s->env, &info);
	mdb_env_stat(s->env, &stat);
	return (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
}

enum err txn_begin(struct txn *t, struct store *s, bool write)
{
	*t = (struct txn){.store = s, .write = write};
	t->err = err_of(mdb_txn_begin(s->env, NULL, write ? 0 : MDB_RDONLY, &t->mdb));
	if (t->err)
		t->mdb = NULL;
	return t->err;
}

enum err txn_commit(struct txn *t)
{
	require(t->mdb);
	if (t->err) {
		mdb_txn_abort(t->mdb);
	} else {
		t->err = err_of(mdb_txn_commit(t->mdb));
	}
	t->mdb = NULL;
	return t->err;
}

void txn_abort(struct txn *t)
{
	if (t->mdb)
		mdb_txn_abort(t->mdb);
	t->mdb = NULL;
}

/* Whether rc means success; anything but "not found" sticks. */
static bool landed(struct txn *t, int rc)
{
	if (rc && rc != MDB_NOTFOUND && !t->err)
		t->err = err_of(rc);
	return rc == 0;
}

bool txn_get(struct txn *t, enum table table, struct bytes key, struct bytes *value)
{
	if (t->err)
		return false;
	MDB_val k = val(key), v;
	bool there = landed(t, mdb_get(t->mdb, t->store->dbi[table], &k, &v));
	if (there && value)
		*value = unval(v);
	return there;
}

static void put(struct txn *t, enum table table, struct bytes key, struct bytes value, unsigned flags)
{
	require(t->write && key.n > 0 && key.n <= STORE_KEY_BYTES_MAX);
	if (t->err)
		return;
	MDB_val k = val(key), v = val(value);
	int rc = mdb_put(t->mdb, t->store->dbi[table], &k, &v, flags);
	require(rc != MDB_KEYEXIST); /* an append out of order */
	landed(t, rc);
}

void txn_put(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	put(t, table, key, value, 0);
}

void txn_append(struct txn *t, enum table table, struct bytes key, struct bytes value)
{
	put(t, table, key, value, MDB_APPEND);
}

bool txn_del(struct txn *t, enum table table, struct bytes key)
{
	require(t->write);
	if (t->err)
		return false;
	MDB_val k = val(key);
	return landed(t, mdb_del(t->mdb, t->store->dbi[table], &k, NULL));
}

void txn_del_prefix(struct txn *t, enum table table, struct bytes prefix)
{
	struct cursor c;
	cursor_open(&c, t, table);
	while (cursor_seek(&c, prefix) && bytes_start(c.key, prefix))
		landed(t, mdb_cursor_del(c.mdb, 0));
	cursor_close(&c);
}

uint64_t txn_count(struct txn *t, enum table table)
{
	MDB_stat stat;
	if (t->err || !landed(t, mdb_stat(t->mdb, t->store->dbi[table], &stat)))
		return 0;
	return stat.ms_entries;
}

void cursor_open(struct cursor *c, struct txn *t, enum table table)
{
	*c = (struct cursor){.txn = t};
	if (!t->err && !landed(t, mdb_cursor_open(t->mdb, t->store->dbi[table], &c->mdb)))
		c->mdb = NULL;
}

void cursor_close(struct cursor *c)
{
	if (c->mdb)
		mdb_cursor_close(c->mdb);
	c->mdb = NULL;
}

static bool move(struct cursor *c, MDB_val k, MDB_cursor_op op)
{
	MDB_val v;
	if (!c->mdb || c->txn->err || !landed(c->txn, mdb_cursor_get(c->mdb, &k, &v, op)))
		return false;
	c->key = unval(k);
	c->value = unval(v);
	return true;
}

bool cursor_seek(struct cursor *c, struct bytes at_least)
{
	if (at_least.n == 0)
		return move(c, (MDB_val){0}, MDB_FIRST);
	return move(c, val(at_least), MDB_SET_RANGE);
}

bool cursor_next(struct cursor *c)
{
	return move(c, (MDB_val){0}, MDB_NEXT);
}

bool cursor_last(struct cursor *c)
{
	return move(c, (MDB_val){0}, MDB_LAST);
}

bool cursor_before(struct cursor *c, struct bytes key)
{
	if (!move(c, val(key), MDB_SET_RANGE))
		return cursor_last(c);
	return move(c, (MDB_val){0}, MDB_PREV);
}
