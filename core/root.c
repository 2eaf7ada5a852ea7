#include "core/root.h"

static void end_bucket(struct hash *h, struct root *r, int bucket)
{
	uint8_t out[DIGEST_BYTES];
	hash_end(h, out);
	memcpy(r->buckets + bucket * ROOT_BUCKET_BYTES, out, ROOT_BUCKET_BYTES);
}

void root_compute(struct root *r, struct txn *t, const struct scope_list *mine, const struct scope_list *theirs)
{
	struct agreed_walk w = {0};
	struct hash bucket, all;
	int open = -1;
	*r = (struct root){0};
	hash_start(&all, DOMAIN_DIGEST, DIGEST_BYTES, (struct bytes){0});
	while (agreed_next(mine, theirs, &w)) {
		struct subject_digest d = digest_get(t, w.subject);
		const struct digest *set = digest_of(&d, w.mode);
		uint8_t entry[SUBJECT_BYTES + 1 + 4 + DIGEST_BYTES];
		r->subjects++;
		if (set->count == 0)
			continue;
		if (open != w.subject[0]) {
			if (open >= 0)
				end_bucket(&bucket, r, open);
			open = w.subject[0];
			hash_start(&bucket, DOMAIN_DIGEST, DIGEST_BYTES, (struct bytes){0});
		}
		memcpy(entry, w.subject, SUBJECT_BYTES);
		entry[SUBJECT_BYTES] = (uint8_t)w.mode;
		put_u32(entry + SUBJECT_BYTES + 1, set->count);
		memcpy(entry + SUBJECT_BYTES + 5, set->hash, DIGEST_BYTES);
		hash_add(&bucket, entry, sizeof entry);
		hash_add(&all, entry, sizeof entry);
		r->count += set->count;
	}
	if (open >= 0)
		end_bucket(&bucket, r, open);
	r->subjects--;
	hash_end(&all, r->root);
}
