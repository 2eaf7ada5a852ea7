/* What an upload is, photographs without their place, and names that name nothing but a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "node/file_type.h"

#define BYTES(text) {(const uint8_t *)(text), sizeof(text) - 1}

static void types_by_content(void **state)
{
	(void)state;
	static const struct {
		struct bytes content;
		enum file_type type;
	} table[] = {
		{{(const uint8_t *)"%PDF-1.7\n", 9}, FILE_PDF},
		{{(const uint8_t *)"%PDF", 4}, FILE_UNKNOWN},
		{{(const uint8_t *)" %PDF-1.7", 9}, FILE_UNKNOWN},
		{{(const uint8_t *)"\xff\xd8\xff\xe0", 4}, FILE_JPEG},
		{{(const uint8_t *)"\xff\xd8", 2}, FILE_UNKNOWN},
		{{(const uint8_t *)"\x89PNG\r\n\x1a\n<html>", 14}, FILE_PNG},
		{{(const uint8_t *)"\x89PNG\n\x1a\n", 7}, FILE_UNKNOWN},
		{{(const uint8_t *)"<!doctype html>", 15}, FILE_UNKNOWN},
		{{(const uint8_t *)"<svg onload=", 12}, FILE_UNKNOWN},
		{{(const uint8_t *)"GIF89a", 6}, FILE_UNKNOWN},
		{{(const uint8_t *)"PK\3\4", 4}, FILE_UNKNOWN},
		{{(const uint8_t *)"MZ", 2}, FILE_UNKNOWN},
		{{NULL, 0}, FILE_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(file_type_of(table[i].content), table[i].type);
}

#define SOI "\xff\xd8"
#define EOI "\xff\xd9"
#define APP0 "\xff\xe0\0\4ab"
#define APP1 "\xff\xe1\0\6Exif"
#define SCAN "\xff\xda\0\3c\1\2\xff\0\xff\xd0\3"

static void photographs_lose_their_place(void **state)
{
	(void)state;
	static const struct {
		struct bytes in, out; /* no out: refused */
	} table[] = {
		{BYTES(SOI APP0 SCAN EOI), BYTES(SOI APP0 SCAN EOI)},
		{BYTES(SOI APP1 APP0 SCAN EOI), BYTES(SOI APP0 SCAN EOI)},
		{BYTES(SOI APP0 APP1 APP1 SCAN EOI), BYTES(SOI APP0 SCAN EOI)},
		{BYTES(SOI "\xff\xff\xff\xe1\0\2" APP0 SCAN EOI), BYTES(SOI APP0 SCAN EOI)},
		{BYTES(SOI SCAN APP1 SCAN EOI), BYTES(SOI SCAN SCAN EOI)},	   /* between scans */
		{BYTES(SOI SCAN EOI SOI APP1 SCAN EOI), BYTES(SOI SCAN EOI)}, /* a second picture behind the first */
		{BYTES(SOI SCAN EOI "Exif"), BYTES(SOI SCAN EOI)},
		{BYTES(SOI SCAN), BYTES(SOI SCAN)}, /* cut off: what there is */
		{BYTES(SOI "\xff\xe1\xff\xff" "ab"), {NULL, 0}},
		{BYTES(SOI "\xff\xe1\0\1" "ab"), {NULL, 0}},
		{BYTES(SOI "\xff\xe1\0"), {NULL, 0}},
		{BYTES(SOI "ab" EOI), {NULL, 0}},
		{BYTES(SOI SOI SCAN EOI), {NULL, 0}},
		{BYTES(SOI APP1), {NULL, 0}}, /* nothing would be left */
		{BYTES(SOI APP0 EOI), {NULL, 0}},
		{BYTES(SOI "\xff"), {NULL, 0}},
		{BYTES("\xff\xd8\xff"), {NULL, 0}},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf out;
		buf_init(&out, 1024);
		assert_int_equal(file_strip_jpeg(table[i].in, &out), table[i].out.n ? ERR_OK : ERR_MEDIA_TYPE);
		if (table[i].out.n)
			assert_true(bytes_equal(buf_bytes(&out), table[i].out));
		buf_release(&out);
	}
}

static void names_are_clean(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"отчёт.pdf", "отчёт.pdf"},
		{"../x", "x"},
		{"../../etc/passwd", "passwd"},
		{"C:\\x\\y.png", "y.png"},
		{"a/..", "file"},
		{".htaccess", "htaccess"},
		{"", "file"},
		{"   ", "file"},
		{"a\r\nX: y", "a__X: y"},
		{"a\tb\x7f", "a_b_"},
		{"a\xc2\x85" "b", "a_b"},
		{"fdp\xe2\x80\xae.exe", "fdp_.exe"},
		{"a\xe2\x81\xa6" "b", "a_b"},
		{"\xff\xfe", "__"},
		{"a\xd0", "a_"},
	};
	char out[NAME_BYTES_MAX + 1], longest[1001];
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		file_name_clean(table[i][0], out);
		assert_string_equal(out, table[i][1]);
	}
	for (size_t i = 0; i < 500; i++)
		memcpy(longest + 2 * i, "\xd1\x8b", 2);
	longest[1000] = '\0';
	for (size_t cut = 0; cut < 2; cut++) {
		file_name_clean(longest + cut * 799, out);
		assert_true(strlen(out) <= NAME_BYTES_MAX && strlen(out) >= NAME_BYTES_MAX - 1);
	}
	struct buf header;
	buf_init(&header, 1024);
	file_disposition("a \"b\";ы.pdf", &header);
	assert_string_equal((const char *)header.p, "attachment; filename*=UTF-8''a%20%22b%22%3B%D1%8B.pdf");
	buf_release(&header);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_by_content),
		cmocka_unit_test(photographs_lose_their_place),
		cmocka_unit_test(names_are_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
