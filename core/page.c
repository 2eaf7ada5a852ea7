#include "core/page.h"

/* Two rows: subject -> about, token, hidden ids; token -> subject. */
enum { HEAD_BYTES = 1 + PAGE_TOKEN_BYTES };

bool page_of(struct txn *t, const uint8_t subject[SUBJECT_BYTES], struct page *out)
{
	struct bytes v;
	if (!local_get(t, LOCAL_PAGE, bytes_of(subject, SUBJECT_BYTES), &v) || v.n < HEAD_BYTES)
		return false;
	*out = (struct page){.about = (enum about)v.p[0], .hidden_count = (v.n - HEAD_BYTES) / ID_BYTES};
	if (out->hidden_count > PAGE_HIDDEN_MAX)
		return false;
	memcpy(out->subject, subject, SUBJECT_BYTES);
	memcpy(out->token, v.p + 1, PAGE_TOKEN_BYTES);
	memcpy(out->hidden, v.p + HEAD_BYTES, out->hidden_count * ID_BYTES);
	return true;
}

bool page_find(struct txn *t, const uint8_t token[PAGE_TOKEN_BYTES], struct page *out)
{
	struct bytes v;
	uint8_t subject[SUBJECT_BYTES];
	if (!local_get(t, LOCAL_PAGE_TOKEN, bytes_of(token, PAGE_TOKEN_BYTES), &v) || v.n != SUBJECT_BYTES)
		return false;
	memcpy(subject, v.p, sizeof subject);
	return page_of(t, subject, out);
}

void page_put(struct txn *t, const struct page *p)
{
	uint8_t v[HEAD_BYTES + PAGE_HIDDEN_MAX * ID_BYTES];
	v[0] = (uint8_t)p->about;
	memcpy(v + 1, p->token, PAGE_TOKEN_BYTES);
	memcpy(v + HEAD_BYTES, p->hidden, p->hidden_count * ID_BYTES);
	local_put(t, LOCAL_PAGE, bytes_of(p->subject, SUBJECT_BYTES), bytes_of(v, HEAD_BYTES + p->hidden_count * ID_BYTES));
	local_put(t, LOCAL_PAGE_TOKEN, bytes_of(p->token, PAGE_TOKEN_BYTES), bytes_of(p->subject, SUBJECT_BYTES));
}

void page_close(struct txn *t, const uint8_t subject[SUBJECT_BYTES])
{
	struct page p;
	if (!page_of(t, subject, &p))
		return;
	local_del(t, LOCAL_PAGE, bytes_of(subject, SUBJECT_BYTES));
	local_del(t, LOCAL_PAGE_TOKEN, bytes_of(p.token, PAGE_TOKEN_BYTES));
}
