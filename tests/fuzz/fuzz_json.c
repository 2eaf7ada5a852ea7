/* What is accepted can be written, and what was written reads as the same value. */
#include "node/json.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	json_t *a, *b;
	if (json_parse(bytes_of(data, n), &a))
		return 0;
	struct buf text;
	buf_init(&text, 1 << 24);
	json_write(&text, a);
	require(!text.err);
	require(json_parse(buf_bytes(&text), &b) == ERR_OK);
	require(json_equal(a, b));
	json_decref(b);
	buf_release(&text);

	const char *line = NULL, *date = NULL, *bad;
	int64_t number = 0;
	json_t *list = NULL;
	const struct input table[] = {
	    {"a", INPUT_LINE, REQUIRED, 20, &line, 0},
	    {"b", INPUT_DATE, OPTIONAL, 0, &date, 0},
	    {"c", INPUT_INTEGER, OPTIONAL, 9, &number, -9},
	    {"d", INPUT_LIST, OPTIONAL, 3, &list, 0},
	};
	if (json_fields(a, table, 4, &bad) == ERR_OK)
		require(text_clean(line, false) && number >= -9 && number <= 9);
	json_decref(a);
	return 0;
}
