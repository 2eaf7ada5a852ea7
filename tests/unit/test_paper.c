/* Codes on paper: typing, and the rows that remember them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/local.h"
#include "core/paper.h"
#include "tests/lib/fixture.h"

static const uint64_t now = 1790000000000;
static struct fixture f;

static int setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&f, 1, "Школа", now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static const uint64_t codes[] = {0, 1, 0xfffffffffffffff, 0x123456789abcdef, 0xfedcba987654321};
enum { CODES = sizeof codes / sizeof *codes };

static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODES; i++) {
		char text[PAPER_TEXT_BYTES];
		uint64_t back = 7;
		paper_text(codes[i], text);
		assert_int_equal(strlen(text), PAPER_TEXT_BYTES - 1);
		assert_int_equal(paper_parse(text, &back), ERR_OK);
		assert_true(back == codes[i]);
	}
}

static void typing_is_forgiven(void **state)
{
	(void)state;
	char text[PAPER_TEXT_BYTES];
	paper_text(0x5548f473b3340u, text);
	assert_string_equal(text, "01AM-HX3K-PCT0-X");
	static const struct {
		const char *typed;
		enum err e;
	} table[] = {
		{"01AM-HX3K-PCT0-X", ERR_OK},
		{"o1amhx3kpctox", ERR_OK},
		{" OLAM hx3k pcto X ", ERR_OK},
		{"oIАМ-НХЗК-РСТО-X", ERR_OK},
		{"оiам-нхзк-рсто-x-", ERR_OK},
		{"01AM-HX3K-PCT0", ERR_BAD_FORM},
		{"01AM-HX3K-PCT0-XX", ERR_BAD_FORM},
		{"", ERR_BAD_FORM},
		{"U1AM-HX3K-PCT0-X", ERR_BAD_FORM},
		{"ю1AM-HX3K-PCT0-X", ERR_BAD_FORM},
		{"01AM-HX3K-PCT0-Y", ERR_BAD_CHECK},
		{"10AM-HX3K-PCT0-X", ERR_BAD_CHECK},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		uint64_t back = 0;
		if (paper_parse(table[i].typed, &back) != table[i].e)
			fail_msg("%s: %s", table[i].typed, err_name(paper_parse(table[i].typed, &back)));
		if (!table[i].e)
			assert_true(back == 0x5548f473b3340u);
	}
}

/* Every one wrong character, and every exchange of two. */
static void every_slip_is_found(void **state)
{
	(void)state;
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	for (size_t i = 0; i < CODES; i++) {
		char text[PAPER_TEXT_BYTES], typed[PAPER_TEXT_BYTES];
		uint64_t back;
		paper_text(codes[i], text);
		for (size_t at = 0; text[at]; at++) {
			for (const char *c = alphabet; *c && text[at] != '-'; c++) {
				memcpy(typed, text, sizeof typed);
				typed[at] = *c;
				assert_int_equal(paper_parse(typed, &back), *c == text[at] ? ERR_OK : ERR_BAD_CHECK);
			}
			for (size_t other = at + 1; text[other] && text[at] != '-'; other++) {
				memcpy(typed, text, sizeof typed);
				typed[at] = text[other];
				typed[other] = text[at];
				if (text[other] != '-')
					assert_int_equal(paper_parse(typed, &back), text[at] == text[other] ? ERR_OK : ERR_BAD_CHECK);
			}
		}
	}
}

static struct paper sheet(enum account_kind kind, uint8_t whose, uint64_t code, uint64_t expires_ms)
{
	struct paper p = {.kind = kind, .person = {whose}, .expires_ms = expires_ms, .name = "Иванова Мария"};
	paper_hash(&f.school.vault, code, p.hash);
	return p;
}

static enum err find(struct txn *t, uint64_t at_ms, uint64_t code, struct paper *out)
{
	uint8_t hash[HASH_BYTES];
	paper_hash(&f.school.vault, code, hash);
	return paper_find(t, &f.school.vault, at_ms, hash, out);
}

static enum err put(struct batch *b, const struct paper *p)
{
	return paper_put(&b->txn, &b->school->vault, &b->seed, p);
}

static void rows(void **state)
{
	(void)state;
	struct batch b;
	struct paper p, found;
	fixture_batch(&f, &b, now);
	p = sheet(ACCOUNT_STUDENT, 1, 100, now + 10);
	assert_int_equal(put(&b, &p), ERR_OK);
	p = sheet(ACCOUNT_GUARDIAN, 1, 101, now + 10);
	assert_int_equal(put(&b, &p), ERR_OK);
	p = sheet(ACCOUNT_NOBODY, 0, 102, now + 10);
	assert_int_equal(put(&b, &p), ERR_OK);
	p = sheet(ACCOUNT_NOBODY, 0, 103, now + 10);
	p.administrator = true;
	assert_int_equal(put(&b, &p), ERR_OK);

	assert_int_equal(find(&b.txn, now, 100, &found), ERR_OK);
	assert_int_equal(found.kind, ACCOUNT_STUDENT);
	assert_int_equal(found.person[0], 1);
	assert_string_equal(found.name, "Иванова Мария");
	assert_false(found.administrator);
	assert_int_equal(find(&b.txn, now, 101, &found), ERR_OK);
	assert_int_equal(find(&b.txn, now, 102, &found), ERR_OK); /* two of nobody are two */
	assert_int_equal(find(&b.txn, now, 103, &found), ERR_OK);
	assert_true(found.administrator);
	assert_int_equal(find(&b.txn, now, 104, &found), ERR_BAD_CODE);
	assert_int_equal(find(&b.txn, now + 10, 100, &found), ERR_CODE_EXPIRED);

	/* a new one kills the old; a used one says so */
	p = sheet(ACCOUNT_STUDENT, 1, 105, now + 20);
	assert_int_equal(put(&b, &p), ERR_OK);
	assert_int_equal(find(&b.txn, now, 100, &found), ERR_BAD_CODE);
	assert_int_equal(find(&b.txn, now, 105, &found), ERR_OK);
	found.used = true;
	assert_int_equal(put(&b, &found), ERR_OK);
	assert_int_equal(find(&b.txn, now, 105, &found), ERR_CODE_USED);

	paper_sweep(&b.txn, now + 20);
	assert_int_equal(find(&b.txn, now, 105, &found), ERR_CODE_USED);
	paper_sweep(&b.txn, now + 31 * (uint64_t)24 * 3600 * 1000);
	assert_int_equal(find(&b.txn, now, 105, &found), ERR_BAD_CODE);
	batch_abort(&b);
}

/* Who has the disk and not the key reads nothing in a row, nor whose it is. */
static void a_row_tells_nothing(void **state)
{
	(void)state;
	struct batch b;
	uint8_t key[HASH_BYTES], hash[HASH_BYTES];
	struct bytes row;
	struct vault other = f.school.vault;
	struct paper p = sheet(ACCOUNT_STUDENT, 1, 100, now + 10);
	fixture_batch(&f, &b, now);
	assert_int_equal(put(&b, &p), ERR_OK);
	assert_true(local_next(&b.txn, LOCAL_PAPER, NULL, 0, key, sizeof key, &row));
	assert_null(memmem(row.p, row.n, "Иванова", 7));
	assert_null(memmem(row.p, row.n, p.person, sizeof p.person));
	other.master[0] ^= 1;
	paper_hash(&other, 100, hash);
	assert_memory_not_equal(hash, p.hash, sizeof hash);
	batch_abort(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(typing_is_forgiven),
		cmocka_unit_test(every_slip_is_found),
		cmocka_unit_test_setup_teardown(rows, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_tells_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
