/* JSON from outside: what is refused before and after parsing, and declared fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "node/json.h"

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int status;
		const char *text;
	} CASES[] = {
	    {"object", 200, "{\"a\":[1,2.5,true,null,\"\\u0448\"]}"},
	    {"scalar", 200, " 1 "},
	    {"2^53", 200, "[9007199254740992,-9007199254740992]"},
	    {"surrogate pair", 200, "\"\\ud83d\\ude00\""},
	    {"brackets in text", 200, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\""},
	    {"41 empty", 400, ""},
	    {"41 blank", 400, " \n"},
	    {"43 duplicate", 400, "{\"a\":1,\"a\":2}"},
	    {"43 duplicate, escaped", 400, "{\"a\":1,\"\\u0061\":2}"},
	    {"44 lone high surrogate", 400, "\"\\ud800\""},
	    {"44 lone low surrogate", 400, "\"\\udc00\""},
	    {"44 high and letter", 400, "\"\\ud800a\""},
	    {"45 bad UTF-8", 400, "\"\xff\""},
	    {"45 overlong", 400, "\"\xc0\xaf\""},
	    {"45 surrogate in UTF-8", 400, "\"\xed\xa0\x80\""},
	    {"46 1e999", 400, "[1e999]"},
	    {"46 NaN", 400, "[NaN]"},
	    {"46 Infinity", 400, "[Infinity]"},
	    {"47 2^53+1", 400, "{\"a\":{\"b\":[9007199254740993]}}"},
	    {"47 -2^53-1", 400, "-9007199254740993"},
	    {"47 2^64", 400, "18446744073709551616"},
	    {"48 trailing value", 400, "{} {}"},
	    {"48 trailing comma", 400, "[1,]"},
	    {"49 BOM", 400, "\xef\xbb\xbf{}"},
	    {"52 escaped NUL, for json_fields to name", 200, "\"a\\u0000b\""},
	    {"NUL in a name", 400, "{\"a\\u0000\":1}"},
	    {"single quotes", 400, "{'a':1}"},
	    {"comment", 400, "{}/**/"},
	    {"control character", 400, "\"a\nb\""},
	    {"leading zero", 400, "[01]"},
	    {"plus", 400, "[+1]"},
	    {"unclosed", 400, "{\"a\":1"},
	    {"unclosed text", 400, "\"a\\"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		json_t *v;
		enum err e = json_parse(bytes_text(CASES[i].text), &v);
		if (err_http_status(e) != CASES[i].status)
			fail_msg("%s: %s", CASES[i].name, err_name(e));
		assert_int_equal(v != NULL, e == ERR_OK);
		json_decref(v);
	}
	static const struct bytes ZEROS[] = {
	    {(const uint8_t *)"[1]\0", 4},
	    {(const uint8_t *)"123\0", 4},
	    {(const uint8_t *)"[1\0]", 4},
	    {(const uint8_t *)"\"a\0b\"", 5},
	    {(const uint8_t *)"\0", 1},
	};
	for (size_t i = 0; i < sizeof ZEROS / sizeof *ZEROS; i++) {
		json_t *v;
		assert_int_equal(json_parse(ZEROS[i], &v), ERR_BAD_REQUEST);
	}
}

static enum err parse_nested(int depth, bool closed)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	for (int i = 0; i < depth; i++)
		buf_put_byte(&b, '[');
	for (int i = 0; closed && i < depth; i++)
		buf_put_byte(&b, ']');
	json_t *v;
	enum err e = json_parse(buf_bytes(&b), &v);
	json_decref(v);
	buf_release(&b);
	return e;
}

static void depth(void **state)
{
	(void)state;
	assert_int_equal(parse_nested(JSON_DEPTH_MAX, true), ERR_OK);
	assert_int_equal(parse_nested(JSON_DEPTH_MAX + 1, true), ERR_TOO_DEEP);
	assert_int_equal(parse_nested(10000, false), ERR_TOO_DEEP);
	assert_int_equal(err_http_status(ERR_TOO_DEEP), 400);
}

static void fields(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum err err;
		const char *bad;
	} CASES[] = {
	    {"{\"name\":\"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0\",\"born\":\"2012-02-29\"}", ERR_OK,
	     NULL},
	    {"{\"name\":\"A\",\"note\":\"a\\n\\tb\",\"level\":3,\"done\":true,\"list\":[1],"
	     "\"more\":{}}",
	     ERR_OK, NULL},
	    {"{\"name\":\"A\",\"level\":null}", ERR_OK, NULL},
	    {"[]", ERR_BAD_REQUEST, NULL},
	    {"{}", ERR_INVALID, "name"},
	    {"{\"name\":null}", ERR_INVALID, "name"},
	    {"{\"name\":\"\"}", ERR_INVALID, "name"},
	    {"{\"name\":7}", ERR_INVALID, "name"},
	    {"{\"name\":\"12345678901\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"A\",\"nmae\":1}", ERR_UNKNOWN_FIELD, "nmae"},
	    {"{\"name\":\"a\\nb\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"a\\u0000b\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"A\",\"note\":\"\\u0000\"}", ERR_INVALID, "note"},
	    {"{\"name\":\"A\",\"list\":[\"a\\u0000\"]}", ERR_INVALID, "list"},
	    {"{\"name\":\"A\",\"more\":{\"x\":[\"a\\u0000b\"]}}", ERR_INVALID, "more"},
	    {"{\"name\":\"a\\u202eb\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"a\\u2066b\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"a\\u0085b\"}", ERR_INVALID, "name"},
	    {"{\"name\":\"A\",\"note\":\"a\\u0007\"}", ERR_INVALID, "note"},
	    {"{\"name\":\"A\",\"born\":\"2026-02-30\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"2025-02-29\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"1900-02-29\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"2026-13-01\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"2026-00-10\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"2026-1-1\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"born\":\"2026-01-01T\"}", ERR_INVALID, "born"},
	    {"{\"name\":\"A\",\"level\":4}", ERR_INVALID, "level"},
	    {"{\"name\":\"A\",\"level\":-1}", ERR_INVALID, "level"},
	    {"{\"name\":\"A\",\"level\":1.0}", ERR_INVALID, "level"},
	    {"{\"name\":\"A\",\"level\":\"1\"}", ERR_INVALID, "level"},
	    {"{\"name\":\"A\",\"done\":1}", ERR_INVALID, "done"},
	    {"{\"name\":\"A\",\"list\":{}}", ERR_INVALID, "list"},
	    {"{\"name\":\"A\",\"list\":[1,2,3]}", ERR_INVALID, "list"},
	    {"{\"name\":\"A\",\"more\":[]}", ERR_INVALID, "more"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		const char *name = NULL, *note = NULL, *born = NULL, *bad;
		int64_t level = -7;
		bool done = false;
		json_t *list = NULL, *more = NULL, *v;
		const struct input table[] = {
		    {"name", INPUT_LINE, REQUIRED, 10, &name, 0},
		    {"note", INPUT_TEXT, OPTIONAL, 10, &note, 0},
		    {"born", INPUT_DATE, OPTIONAL, 0, &born, 0},
		    {"level", INPUT_INTEGER, OPTIONAL, 3, &level, 0},
		    {"done", INPUT_BOOL, OPTIONAL, 0, &done, 0},
		    {"list", INPUT_LIST, OPTIONAL, 2, &list, 0},
		    {"more", INPUT_OBJECT, OPTIONAL, 0, &more, 0},
		};
		assert_int_equal(json_parse(bytes_text(CASES[i].text), &v), ERR_OK);
		enum err e = json_fields(v, table, sizeof table / sizeof *table, &bad);
		if (e != CASES[i].err)
			fail_msg("%s: %s", CASES[i].text, err_name(e));
		if (CASES[i].bad)
			assert_string_equal(bad, CASES[i].bad);
		if (i == 1) {
			assert_string_equal(note, "a\n\tb");
			assert_int_equal(level, 3);
			assert_true(done && list && more);
		}
		if (i == 2)
			assert_int_equal(level, -7);
		json_decref(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
