#include "core/journal.h"

#include "core/card.h"
#include "core/local.h"
#include "proto/mp.h"

/* time, account, who, role, subject, entry, what | hash */
enum { ROW_BYTES = 8 + ACCOUNT_BYTES + SUBJECT_BYTES + 1 + SUBJECT_BYTES + ID_BYTES + JOURNAL_WHAT_MAX,
       AT_WHO = 8 + ACCOUNT_BYTES, AT_ROLE = AT_WHO + SUBJECT_BYTES, AT_SUBJECT = AT_ROLE + 1, AT_ENTRY = AT_SUBJECT + SUBJECT_BYTES,
       AT_WHAT = AT_ENTRY + ID_BYTES };

#define META_JOURNAL "journal"
#define META_JOURNAL_SAID "journal-said" /* the count and time of the last head written as an entry */

static struct bytes seq_key(uint8_t out[8], uint64_t seq)
{
	put_u64(out, seq);
	return bytes_of(out, 8);
}

static void chain(uint8_t out[HASH_BYTES], const uint8_t before[HASH_BYTES], const uint8_t row[ROW_BYTES])
{
	struct hash h;
	hash_start(&h, DOMAIN_JOURNAL, HASH_BYTES, (struct bytes){0});
	hash_add(&h, before, HASH_BYTES);
	hash_add(&h, row, ROW_BYTES);
	hash_end(&h, out);
}

bool journal_head(struct txn *t, uint64_t *count, uint8_t hash[HASH_BYTES])
{
	struct bytes v;
	*count = 0;
	memset(hash, 0, HASH_BYTES);
	if (!meta_get(t, META_JOURNAL, &v) || v.n != 8 + HASH_BYTES)
		return false;
	*count = get_u64(v.p);
	memcpy(hash, v.p + 8, HASH_BYTES);
	return true;
}

enum err journal_append(struct batch *b, struct journal_row *r)
{
	uint8_t row[ROW_BYTES + HASH_BYTES] = {0}, head[8 + HASH_BYTES], key[8], about[SUBJECT_BYTES + 8];
	uint64_t count;
	journal_head(&b->txn, &count, head + 8);
	r->seq = count + 1;
	r->time_ms = b->now_ms;
	put_u64(row, r->time_ms);
	memcpy(row + 8, r->account, ACCOUNT_BYTES);
	memcpy(row + AT_WHO, r->who, SUBJECT_BYTES);
	row[AT_ROLE] = (uint8_t)r->role;
	memcpy(row + AT_SUBJECT, r->subject, SUBJECT_BYTES);
	memcpy(row + AT_ENTRY, r->entry, ID_BYTES);
	memcpy(row + AT_WHAT, r->what, strnlen(r->what, JOURNAL_WHAT_MAX - 1));
	chain(row + ROW_BYTES, head + 8, row);
	put_u64(head, r->seq);
	memcpy(head + 8, row + ROW_BYTES, HASH_BYTES);
	local_put(&b->txn, LOCAL_JOURNAL, seq_key(key, r->seq), bytes_of(row, sizeof row));
	if (!sodium_is_zero(r->subject, SUBJECT_BYTES)) {
		memcpy(about, r->subject, SUBJECT_BYTES);
		put_u64(about + SUBJECT_BYTES, ~r->seq); /* the newest first */
		local_put(&b->txn, LOCAL_JOURNAL_ABOUT, bytes_of(about, sizeof about), (struct bytes){0});
	}
	meta_put(&b->txn, META_JOURNAL, bytes_of(head, sizeof head));
	return b->txn.err;
}

bool journal_get(struct txn *t, uint64_t seq, struct journal_row *out)
{
	uint8_t key[8];
	struct bytes v;
	if (!local_get(t, LOCAL_JOURNAL, seq_key(key, seq), &v) || v.n != ROW_BYTES + HASH_BYTES)
		return false;
	*out = (struct journal_row){.seq = seq, .time_ms = get_u64(v.p), .role = (enum role)v.p[AT_ROLE]};
	memcpy(out->account, v.p + 8, ACCOUNT_BYTES);
	memcpy(out->who, v.p + AT_WHO, SUBJECT_BYTES);
	memcpy(out->subject, v.p + AT_SUBJECT, SUBJECT_BYTES);
	memcpy(out->entry, v.p + AT_ENTRY, ID_BYTES);
	memcpy(out->what, v.p + AT_WHAT, JOURNAL_WHAT_MAX - 1);
	return true;
}

bool journal_about(struct txn *t, const uint8_t subject[SUBJECT_BYTES], uint64_t before, struct journal_row *out)
{
	uint8_t at[SUBJECT_BYTES + 8], key[SUBJECT_BYTES + 8];
	struct bytes v;
	memcpy(at, subject, SUBJECT_BYTES);
	put_u64(at + SUBJECT_BYTES, ~before);
	if (!local_next(t, LOCAL_JOURNAL_ABOUT, at, sizeof at, key, sizeof key, &v) || memcmp(key, subject, SUBJECT_BYTES) != 0)
		return false;
	return journal_get(t, ~get_u64(key + SUBJECT_BYTES), out);
}

uint64_t journal_check(struct txn *t)
{
	uint8_t before[HASH_BYTES] = {0}, now[HASH_BYTES], head[HASH_BYTES], key[8];
	uint64_t count;
	struct bytes v;
	journal_head(t, &count, head);
	for (uint64_t seq = 1; seq <= count; seq++) {
		if (!local_get(t, LOCAL_JOURNAL, seq_key(key, seq), &v) || v.n != ROW_BYTES + HASH_BYTES)
			return seq;
		chain(now, before, v.p);
		if (memcmp(now, v.p + ROW_BYTES, HASH_BYTES) != 0)
			return seq;
		memcpy(before, now, HASH_BYTES);
	}
	return count && memcmp(before, head, HASH_BYTES) != 0 ? count : 0;
}

static enum err say(struct batch *b, const struct actor *by, uint64_t count, const uint8_t hash[HASH_BYTES])
{
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	struct buf fields;
	enum err e = card_school_open(b, by, subject);
	buf_init(&fields, RECORD_BYTES_MAX);
	mp_put_map(&fields, 2);
	mp_put_key(&fields, "count");
	mp_put_uint(&fields, count);
	mp_put_key(&fields, "head");
	mp_put_bin(&fields, bytes_of(hash, HASH_BYTES));
	struct entry_draft d = {.kind = "journal_head", .title = "Журнал", .settled = true, .fields = buf_bytes(&fields)};
	if (!e)
		e = fields.err ? fields.err : entry_write(b, subject, &d, by, id);
	buf_release(&fields);
	return e;
}

enum err journal_head_due(struct batch *b, const struct actor *by)
{
	uint64_t count, said = 0, said_ms = 0;
	uint8_t hash[HASH_BYTES], row[16];
	struct bytes v;
	if (!journal_head(&b->txn, &count, hash))
		return b->txn.err;
	if (meta_get(&b->txn, META_JOURNAL_SAID, &v) && v.n == sizeof row) {
		said = get_u64(v.p);
		said_ms = get_u64(v.p + 8);
	}
	if (count == said || (count < said + JOURNAL_HEAD_ROWS && b->now_ms < said_ms + (uint64_t)JOURNAL_HEAD_S * 1000))
		return ERR_OK;
	enum err e = say(b, by, count, hash);
	put_u64(row, count);
	put_u64(row + 8, b->now_ms);
	if (!e)
		meta_put(&b->txn, META_JOURNAL_SAID, bytes_of(row, sizeof row));
	return e ? e : b->txn.err;
}
