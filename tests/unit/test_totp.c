/* The second factor, against the vectors of RFC 6238, appendix B (their last six digits). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/totp.h"

static const uint8_t secret[TOTP_SECRET_BYTES + 1] = "12345678901234567890";

static void the_vectors_of_the_rfc(void **state)
{
	(void)state;
	static const struct {
		uint64_t s;
		const char *code;
	} vectors[] = {
		{59, "287082"},		{1111111109, "081804"},	 {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"},	 {20000000000, "353130"},
	};
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		char code[TOTP_DIGITS + 1];
		assert_true(totp_code(secret, totp_step(vectors[i].s * 1000), code));
		assert_string_equal(code, vectors[i].code);
		assert_int_equal(totp_match(secret, vectors[i].s * 1000, 0, code), vectors[i].s / 30);
	}
}

static void one_step_either_way_and_each_once(void **state)
{
	(void)state;
	uint64_t now = 1790000000000, step = totp_step(now);
	char code[TOTP_DIGITS + 1];
	for (int off = -3; off <= 3; off++) {
		assert_true(totp_code(secret, step + (uint64_t)(int64_t)off, code));
		uint64_t found = totp_match(secret, now, 0, code);
		assert_int_equal(found, off >= -1 && off <= 1 ? step + (uint64_t)(int64_t)off : 0);
		if (found)
			assert_int_equal(totp_match(secret, now, found, code), 0);
	}
	/* after a later one, an earlier one is gone too */
	assert_true(totp_code(secret, step, code));
	assert_int_equal(totp_match(secret, now, step + 1, code), 0);
}

static void typing(void **state)
{
	(void)state;
	static const struct {
		const char *typed;
		bool right;
	} table[] = {
		{"287082", true}, {"287 082", true}, {" 287082 ", true}, {"28708", false},    {"2870820", false},
		{"", false},	  {"28708x", false}, {"287083", false},	 {"-287082", false}, {"２87082", false},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(totp_match(secret, 59000, 0, table[i].typed), table[i].right ? 1 : 0);
}

static void the_address_for_a_telephone(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 1000);
	assert_int_equal(totp_uri(secret, "Школа 5", "ivan:a", &out), ERR_OK);
	buf_put_byte(&out, 0);
	assert_string_equal((char *)out.p, "otpauth://totp/%D0%A8%D0%BA%D0%BE%D0%BB%D0%B0%205:ivan%3Aa?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
					   "&issuer=%D0%A8%D0%BA%D0%BE%D0%BB%D0%B0%205");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc),
		cmocka_unit_test(one_step_either_way_and_each_once),
		cmocka_unit_test(typing),
		cmocka_unit_test(the_address_for_a_telephone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
