/* Whatever is read as a table, written and read again, is the same table. */
#include "node/csv.h"
#include "node/http.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The fields with their ends, and the rows with theirs; the table again into AGAIN. */
static bool read_table(struct bytes text, struct buf *flat, struct buf *again)
{
	struct csv c;
	struct csv_writer w = {again, ';', false};
	bool more = true;
	enum err e = csv_init(&c, text);
	while (!e && more) {
		e = csv_next(&c, &more);
		for (size_t i = 0; !e && more && i < c.n; i++) {
			const char *s = c.field[i];
			buf_put(flat, s, strlen(s) + 1);
			/* An apostrophe put before a formula stays; a mark at the start does not.
			 */
			bool kept = !strchr("=+-@\t\r", *s) && strncmp(s, "\xef\xbb\xbf", 3) != 0;
			if (again)
				csv_put(&w, kept ? s : "x");
		}
		if (!e && more) {
			buf_put_byte(flat, '\n');
			if (again)
				csv_end_row(&w);
		}
	}
	csv_release(&c);
	require(!flat->err && (!again || !again->err));
	return !e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf flat, again, flat2, again2, utf8;
	if (n > 1 << 16)
		return 0;
	buf_init(&flat, 1 << 22);
	buf_init(&again, 1 << 22);
	buf_init(&flat2, 1 << 22);
	buf_init(&again2, 1 << 22);
	buf_init(&utf8, 1 << 22);
	if (read_table(bytes_of(data, n), &flat, &again) && again.n) {
		bool first = read_table(buf_bytes(&again), &flat, &again2);
		buf_reset(&again);
		if (first)
			require(read_table(buf_bytes(&again2), &flat2, &again));
		if (first)
			require(bytes_equal(buf_bytes(&again), buf_bytes(&again2)));
	}
	csv_from_cp1251(bytes_of(data, n), &utf8);
	require(utf8_valid(buf_bytes(&utf8)));
	buf_release(&flat);
	buf_release(&again);
	buf_release(&flat2);
	buf_release(&again2);
	buf_release(&utf8);
	return 0;
}
