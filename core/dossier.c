#include "core/dossier.h"

#include <stdlib.h>

#include "core/leaf.h"
#include "proto/mp.h"

/* Bodies move while the buffer grows: until the end they are kept as offset and length. */
struct span {
	size_t at, n;
};

struct opening {
	struct dossier *d;
	struct span *entry_spans, *step_spans;
	size_t entry_cap, step_cap;
	const struct subject_keys *keys;
	struct buf body;
};

static bool grow(void **at, struct span **spans, size_t *cap, size_t count, size_t size)
{
	if (count < *cap)
		return true;
	size_t bigger = *cap ? 2 * *cap : 32;
	void *p = realloc(*at, bigger * size);
	if (!p)
		return false;
	*at = p;
	struct span *s = realloc(*spans, bigger * sizeof *s);
	if (!s)
		return false;
	*spans = s;
	*cap = bigger;
	return true;
}

/* An empty span where the body does not open. */
static struct span open_body(struct opening *o, const struct record *r)
{
	struct span s = {o->d->plain.n, 0};
	buf_reset(&o->body);
	if (!r->key_id || subject_keys_open(o->keys, r, &o->body))
		return s;
	buf_put(&o->d->plain, o->body.p, o->body.n);
	s.n = o->d->plain.err ? 0 : o->body.n;
	return s;
}

static enum err add_entry(struct opening *o, struct txn *t, const struct record *r)
{
	struct dossier *d = o->d;
	if (!grow((void **)&d->entries, &o->entry_spans, &o->entry_cap, d->count, sizeof *d->entries))
		return ERR_NO_MEMORY;
	struct dossier_entry *e = &d->entries[d->count];
	*e = (struct dossier_entry){.replacing = r->ref_count > 0};
	if (!view_entry(t, r->subject, r->time, r->id, &e->row))
		return t->err; /* no key is held */
	if (e->replacing)
		memcpy(e->replaces, r->refs[0], ID_BYTES);
	o->entry_spans[d->count++] = open_body(o, r);
	return ERR_OK;
}

static enum err add_step(struct opening *o, const struct record *r)
{
	struct dossier *d = o->d;
	if (!r->ref_count)
		return ERR_OK;
	if (!grow((void **)&d->steps, &o->step_spans, &o->step_cap, d->step_count, sizeof *d->steps))
		return ERR_NO_MEMORY;
	struct span s = open_body(o, r);
	if (!s.n)
		return ERR_OK;
	struct dossier_step *step = &d->steps[d->step_count];
	*step = (struct dossier_step){.type = r->type, .time = r->time};
	memcpy(step->id, r->id, ID_BYTES);
	memcpy(step->author, r->author, SCHOOL_BYTES);
	memcpy(step->entry, r->refs[0], ID_BYTES);
	o->step_spans[d->step_count++] = s;
	return ERR_OK;
}

static int newest_first(const void *a, const void *b)
{
	const struct entry_row *x = &((const struct dossier_entry *)a)->row, *y = &((const struct dossier_entry *)b)->row;
	return x->time != y->time ? (x->time < y->time) - (x->time > y->time) : memcmp(y->id, x->id, ID_BYTES);
}

/* By entry, then oldest first. */
static int step_order(const void *a, const void *b)
{
	const struct dossier_step *x = a, *y = b;
	int c = memcmp(x->entry, y->entry, ID_BYTES);
	if (!c)
		c = (x->time > y->time) - (x->time < y->time);
	return c ? c : memcmp(x->id, y->id, ID_BYTES);
}

static void settle(struct opening *o)
{
	struct dossier *d = o->d;
	for (size_t i = 0; i < d->count; i++) {
		struct mp_reader fields;
		d->entries[i].body = bytes_of(d->plain.p + o->entry_spans[i].at, o->entry_spans[i].n);
		if (o->entry_spans[i].n && mp_find(d->entries[i].body, "fields", &fields))
			d->entries[i].fields = mp_get_any(&fields);
	}
	for (size_t i = 0; i < d->step_count; i++)
		d->steps[i].body = bytes_of(d->plain.p + o->step_spans[i].at, o->step_spans[i].n);
	if (d->count)
		qsort(d->entries, d->count, sizeof *d->entries, newest_first);
	if (d->step_count)
		qsort(d->steps, d->step_count, sizeof *d->steps, step_order);
	for (size_t i = 0; i < d->count; i++) {
		struct dossier_entry *e = &d->entries[i];
		size_t low = 0, high = d->step_count;
		while (low < high) {
			size_t mid = (low + high) / 2;
			if (memcmp(d->steps[mid].entry, e->row.id, ID_BYTES) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		e->steps = d->steps + low;
		while (low + e->step_count < d->step_count && memcmp(e->steps[e->step_count].entry, e->row.id, ID_BYTES) == 0)
			e->step_count++;
	}
}

enum err dossier_open(struct dossier *out, struct txn *t, const struct subject_keys *keys, const uint8_t *subject)
{
	struct opening o = {.d = out, .keys = keys};
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	*out = (struct dossier){.digest = digest_get(t, subject).all};
	memcpy(out->subject, subject, SUBJECT_BYTES);
	buf_init(&out->plain, DOSSIER_BYTES_MAX);
	buf_init(&o.body, RECORD_BYTES_MAX);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (leaf.type != RECORD_ENTRY && leaf.type != RECORD_VERDICT && leaf.type != RECORD_RETRACT)
			continue;
		if (!leaf_record(t, &leaf, &raw) || record_read(raw, &r))
			e = t->err ? t->err : ERR_CORRUPT;
		else
			e = r.type == RECORD_ENTRY ? add_entry(&o, t, &r) : add_step(&o, &r);
	}
	cursor_close(&c);
	if (!e)
		e = out->plain.err ? out->plain.err : t->err;
	if (!e)
		settle(&o);
	buf_wipe(&o.body);
	free(o.entry_spans);
	free(o.step_spans);
	if (e)
		dossier_close(out);
	return e;
}

void dossier_close(struct dossier *d)
{
	buf_wipe(&d->plain);
	free(d->entries);
	free(d->steps);
	*d = (struct dossier){0};
}

size_t dossier_bytes(const struct dossier *d)
{
	return sizeof *d + d->plain.cap + d->count * sizeof *d->entries + d->step_count * sizeof *d->steps;
}

const struct dossier_entry *dossier_find(const struct dossier *d, const uint8_t *id)
{
	for (size_t i = 0; i < d->count; i++)
		if (memcmp(d->entries[i].row.id, id, ID_BYTES) == 0)
			return &d->entries[i];
	return NULL;
}

bool body_who(struct bytes body, uint8_t who[SUBJECT_BYTES])
{
	struct mp_reader by, id;
	if (!mp_find(body, "by", &by) || !mp_find(mp_get_any(&by), "id", &id))
		return false;
	mp_get_fixed(&id, who, SUBJECT_BYTES);
	return !id.err;
}

bool dossier_first_author(const struct dossier *d, const struct dossier_entry *e, uint8_t who[SUBJECT_BYTES])
{
	/* what is replaced is older: the walk ends */
	for (size_t hops = 0; e->replacing && hops < d->count; hops++) {
		const struct dossier_entry *older = dossier_find(d, e->replaces);
		if (!older || !older->body.n)
			break;
		e = older;
	}
	return body_who(e->body, who);
}

bool dossier_follows(const struct dossier *d, const uint8_t *later, const uint8_t *earlier)
{
	/* what is replaced is older: the walk ends */
	for (size_t hops = 0; hops <= d->count; hops++) {
		if (memcmp(later, earlier, ID_BYTES) == 0)
			return true;
		const struct dossier_entry *e = dossier_find(d, later);
		if (!e || !e->replacing)
			break;
		later = e->replaces;
	}
	return false;
}

bool entry_stands(const struct dossier_entry *e)
{
	switch (e->row.status) {
	case ENTRY_UNCONFIRMED:
	case ENTRY_CONFIRMED:
	case ENTRY_RETURNED:
	case ENTRY_CONFLICT:
	case ENTRY_LATE:
		return true;
	case ENTRY_RETRACTED:
	case ENTRY_REPLACED:
	case ENTRY_UNREADABLE:
	case ENTRY_ERASED:
	case ENTRY_UNPROVEN:
		break;
	}
	return false;
}

bool entry_is(const struct dossier_entry *e, const char *kind)
{
	return strcmp(e->row.kind, kind) == 0;
}

/* --- fields ----------------------------------------------------------------------------------- */

static struct bytes part_of(const struct dossier_entry *e, const char *field, const char *part)
{
	struct mp_reader v;
	if (!mp_find(e->fields, field, &v))
		return (struct bytes){0};
	struct bytes raw = mp_get_any(&v);
	mp_read(&v, raw);
	if (mp_peek(&v) == MP_MAP)
		return mp_find_text(raw, part);
	return mp_peek(&v) == MP_TEXT ? mp_get_text(&v, RECORD_BYTES_MAX) : (struct bytes){0};
}

struct bytes entry_text(const struct dossier_entry *e, const char *field)
{
	return part_of(e, field, "code");
}

struct bytes entry_words(const struct dossier_entry *e, const char *field)
{
	return part_of(e, field, "title");
}

int64_t entry_number(const struct dossier_entry *e, const char *field, int64_t otherwise)
{
	struct mp_reader v;
	if (!mp_find(e->fields, field, &v))
		return otherwise;
	int64_t n = mp_get_int(&v);
	return v.err ? otherwise : n;
}

int64_t entry_within(const struct dossier_entry *e, const char *field, int64_t least, int64_t most, int64_t otherwise)
{
	int64_t v = entry_number(e, field, otherwise);
	return v >= least && v <= most ? v : otherwise;
}

bool entry_flag(const struct dossier_entry *e, const char *field)
{
	struct mp_reader v;
	return mp_find(e->fields, field, &v) && mp_get_bool(&v);
}

bool entry_id(const struct dossier_entry *e, const char *field, uint8_t *out, size_t n)
{
	struct mp_reader v;
	if (!mp_find(e->fields, field, &v))
		return false;
	mp_get_fixed(&v, out, n);
	return !v.err;
}

bool entry_names(const struct dossier_entry *e, const char *field, const uint8_t person[SUBJECT_BYTES])
{
	struct mp_reader v;
	if (!mp_find(e->fields, field, &v))
		return false;
	uint32_t n = mp_get_array(&v);
	bool named = false;
	for (uint32_t i = 0; i < n && !v.err && !named; i++)
		named = bytes_equal(mp_get_bin(&v, SUBJECT_BYTES), bytes_of(person, SUBJECT_BYTES));
	return named;
}

void bytes_string(struct bytes in, char *out, size_t size)
{
	size_t n = in.n < size - 1 ? in.n : size - 1;
	if (n)
		memcpy(out, in.p, n);
	out[n] = 0;
}

void entry_version(const struct dossier_entry *e, uint8_t out[DIGEST_BYTES])
{
	struct hash h;
	uint8_t state[2] = {(uint8_t)e->row.status, (uint8_t)e->step_count};
	hash_start(&h, "estafeta etag", DIGEST_BYTES, (struct bytes){0});
	hash_add(&h, e->row.id, ID_BYTES);
	hash_add(&h, state, sizeof state);
	hash_add(&h, e->row.other, ID_BYTES);
	hash_end(&h, out);
}
