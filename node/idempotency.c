#include "node/idempotency.h"

#include <stdlib.h>
#include <strings.h>

#include "core/local.h"
#include "node/loop.h"
#include "node/node.h"

enum { ROW_HEAD = 8 + HASH_BYTES, CLEAR_HEAD = 2 + 1 };

/* A request under way, or answered and not yet stored. */
struct kept {
	uint8_t key[HASH_BYTES], request[HASH_BYTES];
	struct kept *next;
};

struct idempotency {
	struct node *node;
	struct kept *under_way;
};

struct store_job {
	struct job job;
	struct idempotency *owner;
	struct kept *kept;
	struct buf answer; /* status u16, length of location u8, location, body */
};

struct idempotency *idempotency_new(struct node *n)
{
	struct idempotency *i = calloc(1, sizeof *i);
	if (i)
		i->node = n;
	return i;
}

void idempotency_free(struct idempotency *i)
{
	if (!i)
		return;
	for (struct kept *k = i->under_way, *next; k; k = next) {
		next = k->next;
		free(k);
	}
	free(i);
}

static void forget(struct idempotency *i, struct kept *k)
{
	struct kept **at = &i->under_way;
	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	free(k);
}

static void add_text(struct hash *h, const char *s)
{
	hash_add(h, s, strlen(s) + 1);
}

/* Another caller's key is another key. */
static void identify(const struct exchange *x, const char *key, struct kept *out)
{
	struct hash h;
	uint8_t session[8];
	put_u64(session, x->caller.session);
	hash_start(&h, DOMAIN_TOKEN, HASH_BYTES, (struct bytes){0});
	add_text(&h, key);
	hash_add(&h, session, sizeof session);
	hash_end(&h, out->key);
	hash_start(&h, DOMAIN_TOKEN, HASH_BYTES, (struct bytes){0});
	add_text(&h, http_method_name(x->req->method));
	add_text(&h, x->req->path);
	for (size_t i = 0; i < x->req->query_n; i++) {
		add_text(&h, x->req->query[i].name);
		add_text(&h, x->req->query[i].value);
	}
	hash_add(&h, x->req->body.p, x->req->body.n);
	hash_end(&h, out->request);
}

/* --- before ----------------------------------------------------------------------------------- */

static void replay(struct exchange *x, struct bytes clear)
{
	char location[256];
	size_t n = clear.p[2];
	int status = get_u16(clear.p);
	struct bytes body = bytes_of(clear.p + CLEAR_HEAD + n, clear.n - CLEAR_HEAD - n);
	if (n) {
		memcpy(location, clear.p + CLEAR_HEAD, n);
		location[n] = '\0';
		reply_header(x, "Location", location);
	}
	reply_header(x, "Idempotency-Replayed", "true");
	reply_bytes(x, status, body.n ? "application/json" : NULL, NULL, body);
}

/* Whether the answer was found (or a reason to refuse) and given. */
static bool answered(struct exchange *x, const struct kept *k)
{
	struct node *n = x->app;
	struct txn t;
	struct bytes row;
	struct buf clear;
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e) {
		reply_error(x, e, NULL, NULL);
		return true;
	}
	bool found = local_get(&t, LOCAL_IDEMPOTENT, bytes_of(k->key, HASH_BYTES), &row) &&
		     row.n >= ROW_HEAD + SEALED_EXTRA + CLEAR_HEAD && clock_ms() < get_u64(row.p);
	bool same = found && memcmp(row.p + 8, k->request, HASH_BYTES) == 0;
	buf_init(&clear, IDEMPOTENT_BODY_BYTES_MAX + CLEAR_HEAD + UINT8_MAX);
	if (same) {
		size_t size = row.n - ROW_HEAD - SEALED_EXTRA;
		uint8_t *to = buf_extend(&clear, size);
		e = to ? vault_unseal(&n->opened.school.vault, bytes_of(row.p + ROW_HEAD, row.n - ROW_HEAD), to, size)
		       : clear.err;
	}
	txn_abort(&t);
	if (e)
		reply_error(x, e, NULL, NULL);
	else if (same)
		replay(x, buf_bytes(&clear));
	else if (found)
		reply_error(x, ERR_KEY_REUSED, NULL, NULL);
	buf_wipe(&clear);
	return found;
}

/* Answers there hold codes and secrets that are shown once: they are not kept. */
static bool shown_once(enum area a)
{
	return a == AREA_PUBLIC || a == AREA_SESSION || a == AREA_ACCOUNTS;
}

bool idempotency_before(struct exchange *x)
{
	struct idempotency *i = ((struct node *)x->app)->idempotency;
	const char *key = request_header(x->req, "idempotency-key");
	if (!key || x->req->method == METHOD_GET || x->req->method == METHOD_HEAD || shown_once(x->route->area))
		return false;
	size_t length = strlen(key);
	struct kept *k = calloc(1, sizeof *k);
	if (!k || length < IDEMPOTENT_KEY_BYTES_MIN || length > IDEMPOTENT_KEY_BYTES_MAX) {
		reply_error(x, k ? ERR_BAD_REQUEST : ERR_NO_MEMORY, k ? "Idempotency-Key takes 8 to 64 characters" : NULL, NULL);
		free(k);
		return true;
	}
	identify(x, key, k);
	for (struct kept *other = i->under_way; other; other = other->next) {
		if (memcmp(other->key, k->key, HASH_BYTES) != 0)
			continue;
		reply_error(x, ERR_BUSY, "the first request with this key is still under way", NULL);
		free(k);
		return true;
	}
	if (answered(x, k)) {
		free(k);
		return true;
	}
	k->next = i->under_way;
	i->under_way = k;
	x->kept = k;
	return false;
}

/* --- after ------------------------------------------------------------------------------------ */

static enum err run_store(struct batch *b, struct job *j)
{
	struct store_job *s = (struct store_job *)j;
	struct buf row;
	uint8_t head[ROW_HEAD], nonce[24];
	put_u64(head, b->now_ms + (uint64_t)IDEMPOTENT_S * 1000);
	memcpy(head + 8, s->kept->request, HASH_BYTES);
	seed_take(&b->seed, nonce, sizeof nonce);
	buf_init(&row, ROW_HEAD + SEALED_EXTRA + s->answer.n);
	buf_put(&row, head, sizeof head);
	vault_seal(&b->school->vault, buf_bytes(&s->answer), nonce, &row);
	if (!row.err)
		local_put(&b->txn, LOCAL_IDEMPOTENT, bytes_of(s->kept->key, HASH_BYTES), buf_bytes(&row));
	enum err e = row.err ? row.err : b->txn.err;
	buf_release(&row);
	return e;
}

static void stored(struct job *j, enum err e)
{
	struct store_job *s = (struct store_job *)j;
	(void)e; /* a repeat is then a new request */
	forget(s->owner, s->kept);
	buf_wipe(&s->answer);
	free(s);
}

/* The value of one header of our own response. */
static struct bytes header_of(struct bytes head, const char *name)
{
	size_t n = strlen(name);
	for (const uint8_t *line = head.p, *end = head.p + head.n; line < end;) {
		const uint8_t *lf = memchr(line, '\n', (size_t)(end - line));
		size_t length = lf ? (size_t)(lf - line) : (size_t)(end - line);
		if (length > n + 3 && strncasecmp((const char *)line, name, n) == 0 && line[n] == ':')
			return bytes_of(line + n + 2, length - n - 3);
		line += length + 1;
	}
	return (struct bytes){0};
}

void idempotency_replied(struct exchange *x, int status, struct bytes response)
{
	struct node *n = x->app;
	struct kept *k = x->kept;
	if (!k)
		return;
	x->kept = NULL;
	const uint8_t *blank = response.n ? memmem(response.p, response.n, "\r\n\r\n", 4) : NULL;
	struct store_job *s = blank && status < 300 ? calloc(1, sizeof *s) : NULL;
	if (!s) {
		forget(n->idempotency, k);
		return;
	}
	struct bytes head = bytes_of(response.p, (size_t)(blank - response.p) + 2);
	struct bytes location = header_of(head, "Location");
	uint8_t start[CLEAR_HEAD];
	put_u16(start, (uint16_t)status);
	start[2] = location.n < UINT8_MAX ? (uint8_t)location.n : 0;
	buf_init(&s->answer, IDEMPOTENT_BODY_BYTES_MAX + CLEAR_HEAD + UINT8_MAX);
	buf_put(&s->answer, start, sizeof start);
	buf_put(&s->answer, location.p, start[2]);
	buf_put(&s->answer, blank + 4, response.n - head.n - 2);
	s->job = (struct job){.run = run_store, .done = stored, .bytes = sizeof *s + s->answer.n};
	s->owner = n->idempotency;
	s->kept = k;
	if (s->answer.err || writer_submit(n->writer, &s->job))
		stored(&s->job, ERR_BUSY);
}

void idempotency_sweep(struct txn *t, uint64_t now_ms)
{
	uint8_t key[HASH_BYTES];
	struct bytes v;
	for (bool on = local_next(t, LOCAL_IDEMPOTENT, NULL, 0, key, sizeof key, &v); on;
	     on = local_next(t, LOCAL_IDEMPOTENT, key, sizeof key, key, sizeof key, &v))
		if (v.n < ROW_HEAD || now_ms >= get_u64(v.p))
			local_del(t, LOCAL_IDEMPOTENT, bytes_of(key, sizeof key));
}
