/*
 * bundle - records on a USB stick: a line "estafeta bundle 1", then every
 * record as u32 length and bytes, network records first. Order does not
 * matter to the reader; the same door admits them.
 */
#ifndef CORE_BUNDLE_H
#define CORE_BUNDLE_H

#include "core/batch.h"
#include "core/custody.h"

#define BUNDLE_MAGIC "estafeta bundle 1\n"

/*
 * Writes what school `to` may have: all network records, and of each subject
 * what custody gives it (a destination reads, a school on the route or a parent
 * forwards). subject: only that one, or NULL. out must be as large as the caller
 * allows; ERR_TOO_LARGE beyond it. *count: records written.
 */
enum err bundle_write(struct txn *t, const struct roster *r, const uint8_t *to, const uint8_t *subject, struct buf *out,
		      size_t *count) MUST_USE;

/* What school `who` may have of the subject, wherever it stands in the cascade. */
enum mode bundle_mode(const struct roster *r, const struct walked *w, int who);

struct bundle_report {
	uint64_t records, fresh, duplicate, pending;
	uint64_t refused[ERR_COUNT];
};

/*
 * Admits a bundle's records. Those that are none of this school's business are
 * refused; those whose author is not known yet are held (LOCAL, at most
 * BUNDLE_PENDING_MAX) and tried again with the next bundle.
 * ERR_BAD_FORM, ERR_TRUNCATED: no bundle, or cut short; then nothing is written.
 */
enum err bundle_read(struct batch *b, struct bytes in, struct bundle_report *report) MUST_USE;

#endif
