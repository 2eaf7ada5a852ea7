/* The store: ordered tables, sticky errors, nothing half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/fixture.h"

static char dir[128];

static struct store *open_at(const char *path, size_t map_bytes, bool create)
{
	struct store *s = NULL;
	struct store_options o = {.map_bytes = map_bytes, .create = create, .no_sync = true};
	mkdir(path, 0700);
	fixture_must(store_open(&s, path, &o), "open");
	return s;
}

static int fresh(void **state)
{
	static unsigned n;
	snprintf(dir, sizeof dir, "%s/store-%u", fixture_root(), n++);
	*state = open_at(dir, (size_t)1 << 24, true);
	return 0;
}

static int shut(void **state)
{
	store_close(*state);
	return 0;
}

static void put(struct txn *t, const char *key, const char *value)
{
	txn_put(t, T_LOCAL, bytes_text(key), bytes_text(value));
}

static void ordered_keys(void **state)
{
	struct txn t;
	struct cursor c;
	static const char *const keys[] = {"b", "a", "abc", "ab", "c"}, *const sorted[] = {"a", "ab", "abc", "b", "c"};
	fixture_must(txn_begin(&t, *state, true), "write");
	for (size_t i = 0; i < 5; i++)
		put(&t, keys[i], "");
	cursor_open(&c, &t, T_LOCAL);
	size_t n = 0;
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c))
		assert_true(bytes_equal(c.key, bytes_text(sorted[n++])));
	assert_int_equal(n, 5);
	assert_true(cursor_last(&c));
	assert_true(bytes_equal(c.key, bytes_text("c")));
	assert_true(cursor_seek(&c, bytes_text("abd")));
	assert_true(bytes_equal(c.key, bytes_text("b")));
	assert_false(cursor_seek(&c, bytes_text("d")));
	assert_true(cursor_before(&c, bytes_text("b")));
	assert_true(bytes_equal(c.key, bytes_text("abc")));
	assert_true(cursor_before(&c, bytes_text("zzz")));
	assert_true(bytes_equal(c.key, bytes_text("c")));
	assert_false(cursor_before(&c, bytes_text("a")));
	cursor_close(&c);
	assert_int_equal(t.err, ERR_OK);
	txn_abort(&t);
}

static void prefixes_go_whole(void **state)
{
	struct txn t;
	fixture_must(txn_begin(&t, *state, true), "write");
	put(&t, "aa1", "");
	put(&t, "aa2", "");
	put(&t, "ab", "");
	put(&t, "a", "");
	txn_del_prefix(&t, T_LOCAL, bytes_text("aa"));
	assert_int_equal(txn_count(&t, T_LOCAL), 2);
	assert_true(txn_get(&t, T_LOCAL, bytes_text("ab"), NULL));
	assert_true(txn_del(&t, T_LOCAL, bytes_text("ab")));
	assert_false(txn_del(&t, T_LOCAL, bytes_text("ab")));
	txn_del_prefix(&t, T_LOCAL, (struct bytes){0});
	assert_int_equal(txn_count(&t, T_LOCAL), 0);
	assert_int_equal(t.err, ERR_OK);
	txn_abort(&t);
}

static void an_abort_leaves_nothing(void **state)
{
	struct txn t;
	struct bytes v;
	fixture_must(txn_begin(&t, *state, true), "write");
	put(&t, "kept", "1");
	fixture_must(txn_commit(&t), "commit");
	fixture_must(txn_begin(&t, *state, true), "write");
	put(&t, "kept", "2");
	put(&t, "gone", "");
	txn_abort(&t);
	fixture_must(txn_begin(&t, *state, false), "read");
	assert_false(txn_get(&t, T_LOCAL, bytes_text("gone"), NULL));
	assert_true(txn_get(&t, T_LOCAL, bytes_text("kept"), &v));
	assert_true(bytes_equal(v, bytes_text("1")));
	txn_abort(&t);
}

static void readers_see_their_own_time(void **state)
{
	struct txn before, write;
	fixture_must(txn_begin(&before, *state, false), "read");
	fixture_must(txn_begin(&write, *state, true), "write");
	put(&write, "new", "");
	fixture_must(txn_commit(&write), "commit");
	assert_false(txn_get(&before, T_LOCAL, bytes_text("new"), NULL));
	txn_abort(&before);
}

static void what_was_committed_is_there_after_reopening(void **state)
{
	struct txn t;
	char copy[160];
	fixture_must(txn_begin(&t, *state, true), "write");
	put(&t, "k", "v");
	fixture_must(txn_commit(&t), "commit");
	snprintf(copy, sizeof copy, "%s-copy", dir);
	mkdir(copy, 0700);
	assert_int_equal(store_copy(*state, copy), ERR_OK);
	store_close(*state);
	*state = open_at(dir, (size_t)1 << 24, false);
	struct store *twin = open_at(copy, (size_t)1 << 24, false), *both[] = {*state, twin};
	for (size_t i = 0; i < 2; i++) {
		fixture_must(txn_begin(&t, both[i], false), "read");
		assert_true(txn_get(&t, T_LOCAL, bytes_text("k"), NULL));
		assert_int_equal(txn_count(&t, T_LOCAL), 1);
		txn_abort(&t);
	}
	store_close(twin);
}

/* The first failure sticks, later calls do nothing, and nothing of the transaction stays. */
static void a_full_disk_is_said_and_undone(void **state)
{
	struct txn t;
	static uint8_t big[60000];
	uint8_t key[8];
	(void)state;
	char path[160];
	snprintf(path, sizeof path, "%s-small", dir);
	struct store *s = open_at(path, (size_t)1 << 20, true);
	fixture_must(txn_begin(&t, s, true), "write");
	for (uint64_t i = 1; i < 100; i++) {
		put_u64(key, i);
		txn_append(&t, T_REC, bytes_of(key, sizeof key), bytes_of(big, sizeof big));
	}
	assert_int_equal(t.err, ERR_DISK_FULL);
	assert_false(txn_get(&t, T_REC, bytes_of(key, sizeof key), NULL));
	assert_int_equal(txn_commit(&t), ERR_DISK_FULL);
	fixture_must(txn_begin(&t, s, true), "write");
	assert_int_equal(txn_count(&t, T_REC), 0);
	put(&t, "still", "works");
	assert_int_equal(txn_commit(&t), ERR_OK);
	store_close(s);
}

static void what_is_no_store_is_refused(void **state)
{
	struct store *s;
	char path[160];
	struct store_options o = {.map_bytes = 1 << 20};
	(void)state;
	assert_int_not_equal(store_open(&s, "/nonexistent/estafeta", &o), ERR_OK);
	snprintf(path, sizeof path, "%s-bad", dir);
	mkdir(path, 0700);
	char file[180];
	snprintf(file, sizeof file, "%s/data.mdb", path);
	FILE *f = fopen(file, "wb");
	assert_non_null(f);
	for (int i = 0; i < 4096; i++)
		fputc(i, f);
	fclose(f);
	assert_int_equal(store_open(&s, path, &o), ERR_CORRUPT);
}

/* In a child: whether the store in dir opens with so much of its file, and what was kept is there. */
static bool opens_at(const char *file, off_t bytes, int *status)
{
	struct store *s;
	struct txn t;
	struct bytes got;
	struct store_options o = {.map_bytes = 1 << 24};
	assert_int_equal(truncate(file, bytes), 0);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGBUS, SIG_DFL); /* as it is outside of tests */
		enum err e = store_open(&s, dir, &o);
		if (!e)
			e = txn_begin(&t, s, false);
		if (!e && !(txn_get(&t, T_LOCAL, bytes_text("kept"), &got) && bytes_equal(got, bytes_text("here"))))
			e = ERR_NOT_FOUND;
		_exit((int)e);
	}
	assert_int_equal(waitpid(child, status, 0), child);
	return *status == 0;
}

/* Cut page by page from the end: while only free pages are missing all is there; from the first other one on, nothing opens. */
static void a_file_cut_short_is_sound_only_without_its_free_pages(void **state)
{
	enum { ROWS = 40, VALUE = 3000 };
	static uint8_t value[VALUE];
	char file[180], key[16];
	struct store *s;
	struct txn t;
	struct stat st;
	(void)state;
	snprintf(dir, sizeof dir, "%s/store-cut", fixture_root());
	snprintf(file, sizeof file, "%s/data.mdb", dir);
	s = open_at(dir, 1 << 24, true);
	for (int round = 0; round < 8; round++) { /* the later ones move what is left to the front */
		fixture_must(txn_begin(&t, s, true), "write");
		put(&t, "kept", "here");
		for (int i = 0; i < ROWS && round < 2; i++) {
			snprintf(key, sizeof key, "%03d", i);
			if (round == 0)
				txn_put(&t, T_LOCAL, bytes_text(key), bytes_of(value, VALUE));
			else
				txn_del(&t, T_LOCAL, bytes_text(key));
		}
		fixture_must(txn_commit(&t), "commit");
	}
	store_close(s);
	assert_int_equal(stat(file, &st), 0);
	int cut = 0, status;
	while (opens_at(file, st.st_size - 4096 * (cut + 1), &status))
		cut++;
	/* the list of free pages may be gone too, and looking for it is SIGBUS */
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) == ERR_CORRUPT);
	assert_in_range(cut, ROWS / 2, st.st_size / 4096 - 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ordered_keys),
		TEST(prefixes_go_whole),
		TEST(an_abort_leaves_nothing),
		TEST(readers_see_their_own_time),
		TEST(what_was_committed_is_there_after_reopening),
		TEST(a_full_disk_is_said_and_undone),
		TEST(what_is_no_store_is_refused),
		TEST(a_file_cut_short_is_sound_only_without_its_free_pages),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
