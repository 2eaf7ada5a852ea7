#include "node/file_notes.h"

#include "core/erasure.h"
#include "core/local.h"

enum { NOTE_KEY_BYTES = SUBJECT_BYTES + ID_BYTES, NOTE_HEAD_BYTES = 16, NOTE_FIXED_BYTES = 1 + 8 };

static struct bytes note_key(uint8_t out[NOTE_KEY_BYTES], const uint8_t *subject, const uint8_t *id)
{
	memcpy(out, subject, SUBJECT_BYTES);
	memcpy(out + SUBJECT_BYTES, id, ID_BYTES);
	return bytes_of(out, NOTE_KEY_BYTES);
}

enum err file_note_put(struct txn *t, const struct vault *v, const struct file_note *note, const uint8_t nonce[24])
{
	uint8_t key[NOTE_KEY_BYTES], head[NOTE_HEAD_BYTES], plain[NOTE_FIXED_BYTES + NAME_BYTES_MAX];
	size_t name = strlen(note->name);
	struct buf row;
	put_u64(head, note->blob_size);
	put_u64(head + 8, note->ms);
	plain[0] = (uint8_t)note->type;
	put_u64(plain + 1, note->size);
	memcpy(plain + NOTE_FIXED_BYTES, note->name, name);
	buf_init(&row, sizeof head + sizeof plain + SEALED_EXTRA);
	buf_put(&row, head, sizeof head);
	vault_seal(v, bytes_of(plain, NOTE_FIXED_BYTES + name), nonce, &row);
	sodium_memzero(plain, sizeof plain);
	enum err e = row.err;
	if (!e)
		local_put(t, LOCAL_FILE, note_key(key, note->subject, note->id), buf_bytes(&row));
	buf_release(&row);
	return e ? e : t->err;
}

static bool parse(const struct vault *v, const uint8_t *key, struct bytes row, struct file_note *out)
{
	uint8_t plain[NOTE_FIXED_BYTES + NAME_BYTES_MAX];
	if (row.n < NOTE_HEAD_BYTES + SEALED_EXTRA + NOTE_FIXED_BYTES || row.n > NOTE_HEAD_BYTES + SEALED_EXTRA + sizeof plain)
		return false;
	*out = (struct file_note){.blob_size = get_u64(row.p), .ms = get_u64(row.p + 8)};
	memcpy(out->subject, key, SUBJECT_BYTES);
	memcpy(out->id, key + SUBJECT_BYTES, ID_BYTES);
	if (!v)
		return true;
	size_t n = row.n - NOTE_HEAD_BYTES - SEALED_EXTRA;
	if (vault_unseal(v, bytes_of(row.p + NOTE_HEAD_BYTES, row.n - NOTE_HEAD_BYTES), plain, n) || plain[0] == FILE_UNKNOWN ||
	    plain[0] >= FILE_TYPES)
		return false;
	out->type = (enum file_type)plain[0];
	out->size = get_u64(plain + 1);
	memcpy(out->name, plain + NOTE_FIXED_BYTES, n - NOTE_FIXED_BYTES);
	sodium_memzero(plain, sizeof plain);
	return true;
}

bool file_note_get(struct txn *t, const struct vault *v, const uint8_t *subject, const uint8_t *id, struct file_note *out)
{
	uint8_t key[NOTE_KEY_BYTES];
	struct bytes row;
	return local_get(t, LOCAL_FILE, note_key(key, subject, id), &row) && parse(v, key, row, out);
}

void file_note_drop(struct txn *t, const uint8_t *subject, const uint8_t *id)
{
	uint8_t key[NOTE_KEY_BYTES];
	local_del(t, LOCAL_FILE, note_key(key, subject, id));
}

/* The note after that key; zeros: the first. */
static bool next(struct txn *t, uint8_t key[NOTE_KEY_BYTES], struct file_note *out)
{
	struct bytes row;
	bool first = sodium_is_zero(key, NOTE_KEY_BYTES);
	return local_next(t, LOCAL_FILE, first ? NULL : key, first ? 0 : NOTE_KEY_BYTES, key, NOTE_KEY_BYTES, &row) &&
	       parse(NULL, key, row, out);
}

bool file_notes_any(struct txn *t, const uint8_t *id)
{
	uint8_t key[NOTE_KEY_BYTES] = {0};
	struct file_note note;
	while (next(t, key, &note))
		if (memcmp(note.id, id, ID_BYTES) == 0)
			return true;
	return false;
}

uint64_t file_notes_bytes(struct txn *t, const uint8_t *subject)
{
	uint8_t key[NOTE_KEY_BYTES] = {0};
	struct file_note note;
	uint64_t sum = 0;
	while (next(t, key, &note))
		sum += memcmp(note.subject, subject, SUBJECT_BYTES) == 0 ? note.blob_size : 0;
	return sum;
}

void file_notes_sweep(struct txn *t, uint64_t now_ms)
{
	uint8_t key[NOTE_KEY_BYTES] = {0};
	struct file_note note;
	while (next(t, key, &note))
		if (now_ms > note.ms + (uint64_t)UPLOAD_S * 1000 || erasure_denies(t, note.subject, NULL))
			file_note_drop(t, note.subject, note.id);
}
