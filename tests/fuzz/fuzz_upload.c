/* Whatever is taken for a file keeps its type and loses its APP1; whatever it is called, the name is clean and cleaning ends. */
#include <stdlib.h>

#include "node/file_type.h"
#include "node/json.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_jpeg(struct bytes in)
{
	struct buf once, twice;
	buf_init(&once, in.n + 1);
	buf_init(&twice, in.n + 1);
	if (file_strip_jpeg(in, &once) == ERR_OK) {
		require(once.n <= in.n && file_type_of(buf_bytes(&once)) == FILE_JPEG);
		require(file_strip_jpeg(buf_bytes(&once), &twice) == ERR_OK);
		require(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
	}
	buf_release(&once);
	buf_release(&twice);
}

static void check_name(struct bytes in)
{
	char *name = malloc(in.n + 1), clean[NAME_BYTES_MAX + 1], again[NAME_BYTES_MAX + 1];
	struct buf header;
	require(name);
	if (in.n)
		memcpy(name, in.p, in.n);
	name[in.n] = '\0';
	file_name_clean(name, clean);
	require(*clean && strlen(clean) <= NAME_BYTES_MAX && text_clean(clean, false) && !strpbrk(clean, "/\\"));
	file_name_clean(clean, again);
	require(strcmp(clean, again) == 0);
	buf_init(&header, 4 * NAME_BYTES_MAX);
	file_disposition(clean, &header);
	require(!header.err && !strpbrk((const char *)header.p, "\r\n\""));
	buf_release(&header);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 1 << 16)
		return 0;
	if (file_type_of(bytes_of(data, n)) == FILE_JPEG)
		check_jpeg(bytes_of(data, n));
	else
		check_name(bytes_of(data, n));
	return 0;
}
