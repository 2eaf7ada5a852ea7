#include "node/letters.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>
#include <utf8proc.h>

#include "proto/require.h"

static pthread_once_t opened = PTHREAD_ONCE_INIT;
static UCollator *collator; /* read by any thread; lives as long as the process */

static void open_collator(void)
{
	UErrorCode e = U_ZERO_ERROR;
	collator = ucol_open("", &e);
	require(U_SUCCESS(e));
}

char *letters_fold(const char *text)
{
	utf8proc_uint8_t *out = NULL;
	if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &out,
			 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD) < 0)
		return NULL;
	/* ё is commonly typed е: both are two bytes long */
	for (char *p = (char *)out; (p = strstr(p, "ё")); p += 2)
		memcpy(p, "е", 2);
	return (char *)out;
}

char *letters_key(const char *text)
{
	UErrorCode e = U_ZERO_ERROR;
	int32_t n = 0, units = (int32_t)strlen(text); /* no text has more UTF-16 units than bytes */
	pthread_once(&opened, open_collator);
	UChar *wide = malloc(((size_t)units + 1) * sizeof *wide);
	uint8_t *key = NULL;
	if (wide) {
		u_strFromUTF8WithSub(wide, units + 1, &n, text, units, 0xFFFD, NULL, &e);
		require(U_SUCCESS(e));
		int32_t size = ucol_getSortKey(collator, wide, n, NULL, 0);
		key = malloc((size_t)size + 1);
		if (key)
			key[ucol_getSortKey(collator, wide, n, key, size)] = 0;
		sodium_memzero(wide, ((size_t)units + 1) * sizeof *wide);
	}
	free(wide);
	return (char *)key;
}
