#include "node/passwords.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/letters.h"
#include "node/people_index.h"

/* The file's own bytes; the Makefile knows that this object depends on it. */
__asm__(".section .rodata\n"
	"common_passwords:\n"
	".incbin \"configs/passwords.txt\"\n"
	".byte 0\n"
	".previous\n");
extern const char common_passwords[];

static bool common(const char *folded)
{
	size_t n = strlen(folded);
	for (const char *line = common_passwords; *line;) {
		size_t length = strcspn(line, "\n");
		if (length == n && memcmp(line, folded, n) == 0)
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

bool login_fold(const char *typed, char out[LOGIN_BYTES_MAX + 1])
{
	char *folded = text_clean(typed, false) && !strchr(typed, ' ') ? letters_fold(typed) : NULL;
	size_t n = folded ? strlen(folded) : 0;
	bool right = n >= LOGIN_BYTES_MIN && n <= LOGIN_BYTES_MAX && !strchr(folded, ' ');
	if (right)
		memcpy(out, folded, n + 1);
	free(folded);
	return right;
}

static size_t characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80;
	return n;
}

/* One character, or two in turn. */
static bool monotonous(const char *s)
{
	for (size_t i = 2; s[0] && s[1] && s[i]; i++)
		if (s[i] != s[i - 2])
			return false;
	return true;
}

const char *password_refusal(const char *password, const char *folded_login, bool factor)
{
	size_t n = characters(password);
	if (n < (factor ? PASSWORD_CHARS_MIN_TOTP : PASSWORD_CHARS_MIN))
		return factor ? "at least 8 characters" : "at least 15 characters";
	if (strlen(password) > PASSWORD_BYTES_MAX)
		return "at most 256 bytes";
	char *folded = letters_fold(password);
	if (!folded)
		return "text in UTF-8";
	const char *why = NULL;
	if (strcmp(folded, folded_login) == 0)
		why = "not the login";
	else if (common(folded) || monotonous(folded))
		why = "too common a password: it would be guessed first";
	sodium_memzero(folded, strlen(folded));
	free(folded);
	return why;
}

bool password_hash_affordable(const char *hash)
{
	unsigned long memory, passes, lanes;
	return sscanf(hash, "$argon2id$v=19$m=%9lu,t=%9lu,p=%9lu$", &memory, &passes, &lanes) == 3 && memory <= HASH_KIB &&
	       passes <= HASH_PASSES_MAX && lanes == 1;
}
