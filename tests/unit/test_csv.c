/* Tables as schools keep them: Excel's separators, old encodings, and formulas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "node/csv.h"

/* Rows joined by '/', fields by '|'; or the fault and its line. */
static void read_all(struct bytes text, struct buf *out)
{
	struct csv c;
	bool more = true;
	enum err e = csv_init(&c, text);
	while (!e && more) {
		e = csv_next(&c, &more);
		for (size_t i = 0; !e && more && i < c.n; i++)
			buf_printf(out, "%s%s", i ? "|" : "", c.field[i]);
		if (!e && more)
			buf_put_byte(out, '/');
	}
	if (e) {
		buf_reset(out);
		buf_printf(out, "%s %zu", csv_fault_name(c.fault), c.line);
		assert_int_not_equal(csv_next(&c, &more), ERR_OK);
	}
	buf_put_byte(out, '\0');
	csv_release(&c);
}

static void tables(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} CASES[] = {
	    {"a,b\r\n1,2\r\n", "a|b/1|2/"},
	    {"a;b\n1;2,5", "a|b/1|2,5/"},
	    {"\xef\xbb\xbf"
	     "a;b\n",
	     "a|b/"},
	    {"\"a;b\",c\n1,2\n", "a;b|c/1|2/"},
	    {"a,b\n\"x\"\"y\",\"l1\nl2\"\n", "a|b/x\"y|l1\nl2/"},
	    {"a,b\n\n,\n1,\n", "a|b/1|/"},
	    {"one\nx\n", "one/x/"},
	    {"a\r1\r", "a/1/"},
	    {"a,b\n=HYPERLINK(1),2\n", "a|b/=HYPERLINK(1)|2/"},
	    {"", "EMPTY 1"},
	    {"\n \n", "EMPTY 1"},
	    {"a,b\n1,\"x\n\ny", "OPEN_QUOTE 2"},
	    {"a,b\n1,x\"y\n", "STRAY_QUOTE 2"},
	    {"a,b\n\n1,\"x\"y\n", "STRAY_QUOTE 3"},
	    {"\xff\xfe"
	     "a",
	     "UTF16 1"},
	    {"\xd4\xe0\xec\xe8\xeb\xe8\xff;\xc8\xec\xff\n", "CP1251 1"},
	    {"a\n\x80\x81\n", "BAD_UTF8 1"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct buf out;
		buf_init(&out, 4096);
		read_all(bytes_text(CASES[i].text), &out);
		assert_string_equal((const char *)out.p, CASES[i].want);
		buf_release(&out);
	}
	struct buf out;
	buf_init(&out, 4096);
	read_all(bytes_of("a\nb\0c\n", 6), &out);
	assert_string_equal((const char *)out.p, "NUL 2");
	buf_release(&out);
}

static void limits(void **state)
{
	(void)state;
	struct buf text, out;
	buf_init(&text, 1 << 24);
	buf_init(&out, 1 << 24);
	for (int i = 0; i < CSV_FIELDS_MAX; i++)
		buf_put_text(&text, i ? ",x" : "x");
	read_all(buf_bytes(&text), &out);
	assert_int_equal(out.n, 2 * CSV_FIELDS_MAX + 1);
	buf_reset(&out);
	buf_put_text(&text, ",x");
	read_all(buf_bytes(&text), &out);
	assert_string_equal((const char *)out.p, "TOO_MANY_FIELDS 1");
	buf_reset(&text);
	buf_reset(&out);
	for (int i = 0; i < CSV_ROWS_MAX + 1; i++)
		buf_put_text(&text, "x\n");
	read_all(buf_bytes(&text), &out);
	assert_int_equal(out.n, 2 * (CSV_ROWS_MAX + 1) + 1);
	buf_put_text(&text, "x\n");
	buf_reset(&out);
	read_all(buf_bytes(&text), &out);
	assert_string_equal((const char *)out.p, "TOO_MANY_ROWS 100002");
	buf_release(&text);
	buf_release(&out);
}

static void cp1251(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 100);
	assert_true(csv_looks_cp1251(bytes_text("\xc8\xec\xff;A\n")));
	assert_false(csv_looks_cp1251(bytes_text("Имя;A\n")));
	assert_false(csv_looks_cp1251(bytes_text("\x80\x81\n")));
	assert_false(csv_looks_cp1251(bytes_text("\xff\xfe\xc8\xec")));
	assert_false(csv_looks_cp1251(bytes_of("\xc8\xec\0\xff", 4)));
	csv_from_cp1251(bytes_text("\xa8\xb8 \xc0\xff\xb9 \x97 x"), &out);
	buf_put_byte(&out, '\0');
	assert_string_equal((const char *)out.p, "Ёё Ая№ — x");
	buf_release(&out);
}

static void writing(void **state)
{
	(void)state;
	static const struct {
		const char *field, *want;
	} CASES[] = {
	    {"plain", "plain"},
	    {"", ""},
	    {"a;b", "\"a;b\""},
	    {"a,b", "\"a,b\""},
	    {"say \"x\"", "\"say \"\"x\"\"\""},
	    {"two\nlines", "\"two\nlines\""},
	    {"=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
	    {"+7 812", "\"'+7 812\""},
	    {"@x", "\"'@x\""},
	    {"-cmd", "\"'-cmd\""},
	    {"\t=1", "\"'\t=1\""},
	    {"-5", "-5"},
	    {"+3,25", "\"+3,25\""},
	    {"-", "\"'-\""},
	    {" =1+1", "\"' =1+1\""},
	    {" \t @x", "\"' \t @x\""},
	    {"\n=1", "\"'\n=1\""},
	    {"\u00a0=1", "\"'\u00a0=1\""},
	    {"\u2003\ufeff +x", "\"'\u2003\ufeff +x\""},
	    {" -5", " -5"},
	    {" plain", " plain"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct buf out;
		buf_init(&out, 1000);
		struct csv_writer w = {&out, ';', false};
		csv_put(&w, "x");
		csv_put(&w, CASES[i].field);
		csv_end_row(&w);
		buf_put_byte(&out, '\0');
		char want[100] = "x;";
		strcat(want, CASES[i].want);
		strcat(want, "\r\n");
		assert_string_equal((const char *)out.p, want);
		buf_release(&out);
		/* what was put before a formula comes off again, and nothing else does */
		char cell[100];
		const char *apostrophe = strchr(CASES[i].want, '\'');
		snprintf(cell, sizeof cell, "%s%s", apostrophe ? "'" : "", CASES[i].field);
		assert_int_equal(csv_defused(cell), apostrophe != NULL);
		assert_int_equal(csv_defused(CASES[i].field), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(cp1251),
	    cmocka_unit_test(writing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
