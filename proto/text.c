#include "proto/text.h"

#include <sodium.h>

#include "proto/hash.h"
#include "proto/require.h"

enum { PAYLOAD_MAX = 64, GROUP = 4 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void check_of(struct bytes in, uint8_t out[CHECK_BYTES])
{
	uint8_t hash[DIGEST_BYTES];
	hash_of(hash, sizeof hash, DOMAIN_CHECK, in);
	memcpy(out, hash, CHECK_BYTES);
}

static void encode(const uint8_t *p, size_t n, char *out, size_t out_size)
{
	require(n % 5 == 0);
	size_t chars = n / 5 * 8, at = 0;
	require(out_size > chars + (chars - 1) / GROUP);
	for (size_t i = 0; i < chars; i++) {
		if (i && i % GROUP == 0)
			out[at++] = '-';
		size_t bit = i * 5;
		unsigned two = (unsigned)(p[bit / 8] << 8 | (bit / 8 + 1 < n ? p[bit / 8 + 1] : 0));
		out[at++] = alphabet[two >> (11 - bit % 8) & 31];
	}
	out[at] = 0;
}

void text_encode(struct bytes in, char *out, size_t out_size)
{
	uint8_t whole[PAYLOAD_MAX + CHECK_BYTES];
	require(in.n <= PAYLOAD_MAX);
	memcpy(whole, in.p, in.n);
	check_of(in, whole + in.n);
	encode(whole, in.n + CHECK_BYTES, out, out_size);
	sodium_memzero(whole, sizeof whole);
}

void text_short(const uint8_t *id, char out[10])
{
	encode(id, SHORT_ID_BYTES, out, 10);
}

/* Cyrillic capitals and small letters that look like characters of the alphabet. */
static const struct {
	const char *typed;
	char meant;
} lookalikes[] = {
	{"А", 'A'}, {"В", 'B'}, {"С", 'C'}, {"Е", 'E'}, {"Н", 'H'}, {"К", 'K'}, {"М", 'M'},
	{"О", '0'}, {"Р", 'P'}, {"Т", 'T'}, {"Х", 'X'}, {"У", 'Y'}, {"З", '3'}, {"а", 'A'},
	{"в", 'B'}, {"с", 'C'}, {"е", 'E'}, {"н", 'H'}, {"к", 'K'}, {"м", 'M'}, {"о", '0'},
	{"р", 'P'}, {"т", 'T'}, {"х", 'X'}, {"у", 'Y'}, {"з", '3'},
};

char text_symbol(unsigned value)
{
	require(value < 32);
	return alphabet[value];
}

int text_next(const char **s)
{
	unsigned char c = (unsigned char)**s;
	if (c >= 0x80) {
		for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++) {
			size_t n = strlen(lookalikes[i].typed);
			if (strncmp(*s, lookalikes[i].typed, n) == 0) {
				*s += n;
				return (int)(strchr(alphabet, lookalikes[i].meant) - alphabet);
			}
		}
		return -2;
	}
	++*s;
	if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
		return -1;
	if (c >= 'a' && c <= 'z')
		c = (unsigned char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	const char *at = strchr(alphabet, c);
	return at ? (int)(at - alphabet) : -2;
}

enum err text_decode(const char *s, uint8_t *out, size_t n)
{
	uint8_t whole[PAYLOAD_MAX + CHECK_BYTES] = {0};
	size_t bits = (n + CHECK_BYTES) * 8, at = 0;
	require(n <= PAYLOAD_MAX && bits % 40 == 0);
	enum err e = ERR_OK;
	while (*s && !e) {
		int v = text_next(&s);
		if (v == -1)
			continue;
		if (v == -2 || at == bits) {
			e = ERR_BAD_FORM;
			break;
		}
		for (int i = 4; i >= 0; i--, at++)
			if (v >> i & 1)
				whole[at / 8] |= (uint8_t)(0x80 >> at % 8);
	}
	if (!e && at != bits)
		e = ERR_BAD_FORM;
	uint8_t check[CHECK_BYTES];
	check_of(bytes_of(whole, n), check);
	if (!e && memcmp(check, whole + n, CHECK_BYTES) != 0)
		e = ERR_BAD_CHECK;
	if (!e)
		memcpy(out, whole, n);
	sodium_memzero(whole, sizeof whole);
	return e;
}

void hex_encode(const uint8_t *p, size_t n, char *out)
{
	sodium_bin2hex(out, 2 * n + 1, p, n);
}

bool hex_decode(const char *s, uint8_t *out, size_t n)
{
	size_t got;
	return strlen(s) == 2 * n && sodium_hex2bin(out, n, s, 2 * n, NULL, &got, NULL) == 0 && got == n;
}
