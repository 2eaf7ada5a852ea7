/*
 * Messages of a session, one after another in a stream: whatever a peer says, reading it is safe, and
 * what is understood would be said in the same bytes.
 */
#include "proto/limits.h"
#include "proto/record.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bytes rest = bytes_of(data, n);
	while (rest.n) {
		struct bytes before = rest;
		struct message m;
		struct buf again;
		if (message_decode(&rest, &m)) {
			require(bytes_equal(rest, before));
			return 0;
		}
		size_t taken = before.n - rest.n;
		require(taken > 0 && taken <= before.n && message_shape(m.type));
		buf_init(&again, FRAME_BYTES_MAX);
		message_encode(&m, &again);
		require(!again.err && bytes_equal(buf_bytes(&again), bytes_of(before.p, taken)));
		buf_release(&again);
		if (m.type == MESSAGE_RECORD) {
			struct record r;
			(void)!record_read(m.record.data, &r);
		}
	}
	return 0;
}
