#include "core/changes.h"

#include <stdlib.h>

#include "proto/record.h"

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SUBJECT_BYTES);
}

enum err changes_read(struct changes *out, struct txn *t, uint64_t from, uint64_t to)
{
	struct cursor c;
	uint8_t lseq[8];
	size_t n = 0;
	*out = (struct changes){.subjects = malloc((to - from + 1) * SUBJECT_BYTES)};
	if (!out->subjects)
		return ERR_NO_MEMORY;
	put_u64(lseq, from);
	cursor_open(&c, t, T_REC);
	for (bool on = cursor_seek(&c, bytes_of(lseq, sizeof lseq)); on && get_u64(c.key.p) < to; on = cursor_next(&c)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *subject;
		if (record_peek(c.value, &type, &cls, &author, &subject) && cls != CLASS_NETWORK && n < to - from)
			memcpy(out->subjects[n++], subject, SUBJECT_BYTES);
	}
	cursor_close(&c);
	if (n)
		qsort(out->subjects, n, SUBJECT_BYTES, by_bytes);
	for (size_t i = 0; i < n; i++)
		if (!out->count || memcmp(out->subjects[out->count - 1], out->subjects[i], SUBJECT_BYTES) != 0)
			memmove(out->subjects[out->count++], out->subjects[i], SUBJECT_BYTES);
	return t->err;
}

void changes_release(struct changes *c)
{
	free(c->subjects);
	*c = (struct changes){0};
}
