#include "core/figures.h"

#include <stdlib.h>

#include "proto/mp.h"

static enum err add(struct points *p, const struct point *one)
{
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct point *at = realloc(p->at, cap * sizeof *at);
		if (!at)
			return ERR_NO_MEMORY;
		p->at = at;
		p->cap = cap;
	}
	p->at[p->count++] = *one;
	return ERR_OK;
}

static enum err add_marks(struct points *p, int64_t top, const struct point *like, const struct field *f)
{
	struct mp_reader v;
	enum err e = ERR_OK;
	if (!mp_find(like->entry->fields, f->code, &v))
		return ERR_OK;
	uint32_t n = mp_get_array(&v);
	for (uint32_t i = 0; i < n && !v.err && !e; i++) {
		struct bytes mark = mp_get_any(&v);
		struct point one = *like;
		one.code = mp_find_text(mark, "code");
		one.title = mp_find_text(mark, "title");
		uint64_t level = mp_find_uint(mark, "level", UINT64_MAX);
		if (level > (uint64_t)top)
			continue;
		one.level = (int64_t)level;
		e = add(p, &one);
	}
	return e;
}

static enum err add_entry(struct points *p, int64_t top, const struct kind *k, const struct dossier_entry *entry)
{
	struct point one = {.external = k->source == SOURCE_EXTERNAL, .period = entry->row.period, .entry = entry};
	for (size_t i = 0; i < k->field_count; i++)
		if (k->fields[i].type == FIELD_MARKS)
			return add_marks(p, top, &one, &k->fields[i]);
	one.code = entry_text(entry, "competence");
	one.title = entry_words(entry, "competence");
	one.level = entry_within(entry, "level", 0, top, -1);
	one.external |= bytes_equal(entry_text(entry, "source"), bytes_text("external"));
	return one.code.n && one.level >= 0 ? add(p, &one) : ERR_OK;
}

static int point_order(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	int c = bytes_compare(x->code, y->code);
	if (!c)
		c = (x->period > y->period) - (x->period < y->period);
	if (!c)
		c = (x->entry->row.time > y->entry->row.time) - (x->entry->row.time < y->entry->row.time);
	return c ? c : memcmp(x->entry->row.id, y->entry->row.id, ID_BYTES);
}

enum err points_of(struct points *out, const struct catalogue *c, const struct dossier *d)
{
	enum err e = ERR_OK;
	*out = (struct points){0};
	for (size_t i = 0; i < d->count && !e; i++) {
		const struct kind *k = entry_counts(&d->entries[i]) ? catalogue_kind(c, d->entries[i].row.kind) : NULL;
		if (k && k->measure == MEASURE_COMPETENCE)
			e = add_entry(out, catalogue_rules(c)->indicator_top, k, &d->entries[i]);
	}
	if (out->count)
		qsort(out->at, out->count, sizeof *out->at, point_order);
	if (e)
		points_release(out);
	return e;
}

void points_release(struct points *p)
{
	free(p->at);
	*p = (struct points){0};
}

static void count(struct tally *t, int64_t level)
{
	t->sum += level;
	t->n++;
}

bool points_cell(const struct points *p, size_t *i, struct cell *out)
{
	if (*i >= p->count)
		return false;
	const struct point *first = &p->at[*i];
	*out = (struct cell){.code = first->code, .title = first->title, .period = first->period};
	for (; *i < p->count && p->at[*i].period == first->period && bytes_equal(p->at[*i].code, first->code); (*i)++) {
		const struct point *one = &p->at[*i];
		count(&out->all, one->level);
		count(one->external ? &out->external : &out->own, one->level);
		out->title = one->title; /* the latest words */
	}
	return true;
}

int64_t tally_mean(struct tally t)
{
	return t.n ? rules_mean(t.sum, t.n) : -1;
}

bool cell_deviates(const struct rules *r, const struct cell *c)
{
	return c->external.n && c->own.n && rules_deviates(r, tally_mean(c->external), tally_mean(c->own));
}

int64_t points_indicator(const struct points *p, const struct rules *r, uint16_t period, size_t *competences)
{
	struct cell cell;
	int64_t sum = 0;
	*competences = 0;
	for (size_t i = 0; points_cell(p, &i, &cell);) {
		if (cell.period != period)
			continue;
		sum += tally_mean(cell.all);
		(*competences)++;
	}
	return *competences ? rules_indicator(r, sum, (int64_t)*competences) : -1;
}

/* --- the portfolio ---------------------------------------------------------------------------- */

void entry_section(const struct catalogue *c, const struct dossier_entry *e, char out[KIND_CODE_MAX + 1])
{
	const struct kind *k = catalogue_kind(c, e->row.kind);
	if (k && k->section)
		bytes_string(bytes_text(k->section), out, KIND_CODE_MAX + 1);
	else
		bytes_string(entry_text(e, "section"), out, KIND_CODE_MAX + 1);
}

static void tell(struct portion *shares, size_t *n, const char *code)
{
	size_t i = 0;
	if (!*code)
		return;
	while (i < *n && strcmp(shares[i].code, code) != 0)
		i++;
	if (i == SHARES_OF_MAX)
		return;
	if (i == *n) {
		shares[(*n)++] = (struct portion){0};
		bytes_string(bytes_text(code), shares[i].code, sizeof shares[i].code);
	}
	shares[i].count++;
}

static int most_first(const void *a, const void *b)
{
	const struct portion *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->code, y->code);
}

void portfolio_of(struct portfolio *out, const struct catalogue *c, const struct dossier *d)
{
	const struct rules *r = catalogue_rules(c);
	*out = (struct portfolio){0};
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *k = catalogue_kind(c, e->row.kind);
		char code[KIND_CODE_MAX + 1];
		entry_section(c, e, code);
		/* marks come by themselves; the portfolio is what a student achieved */
		if (!entry_counts(e) || !k || !k->moderated || !*code)
			continue;
		const char *group = catalogue_group(c, "section", code);
		out->confirmed++;
		tell(out->groups, &out->group_count, group ? group : code);
		bytes_string(entry_text(e, "activity"), code, sizeof code);
		tell(out->activities, &out->activity_count, code);
		bytes_string(entry_text(e, "subject"), code, sizeof code);
		tell(out->subjects, &out->subject_count, code);
	}
	qsort(out->groups, out->group_count, sizeof *out->groups, most_first);
	qsort(out->activities, out->activity_count, sizeof *out->activities, most_first);
	qsort(out->subjects, out->subject_count, sizeof *out->subjects, most_first);
	out->one_sided = out->group_count && rules_one_sided(r, out->groups[0].count, out->confirmed);
	if (out->activity_count && (int64_t)out->activities[0].count >= r->leading_least)
		out->leading = out->activities[0].code;
}
