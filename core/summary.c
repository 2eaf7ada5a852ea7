#include "core/summary.h"

#include "core/course.h"

bool deviation_closed(const struct dossier *d, struct bytes competence, uint16_t period)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		if (entry_is(e, "deviation") && entry_counts(e) && e->row.period == period && entry_flag(e, "closed") &&
		    bytes_equal(entry_text(e, "competence"), competence))
			return true;
	}
	return false;
}

static void add_group(struct summary *s, const char *code, int64_t mean)
{
	size_t i = 0;
	while (i < s->group_count && strcmp(s->groups[i].code, code) != 0)
		i++;
	if (i == SUMMARY_GROUPS_MAX)
		return;
	if (i == s->group_count) {
		s->group_count++;
		bytes_string(bytes_text(code), s->groups[i].code, sizeof s->groups[i].code);
	}
	s->groups[i].means.sum += mean;
	s->groups[i].means.n++;
}

static void add_cells(struct summary *s, const struct catalogue *c, const struct dossier *d, const struct points *p)
{
	struct cell cell;
	for (size_t i = 0; points_cell(p, &i, &cell);) {
		char code[KIND_CODE_MAX + 1];
		if (cell.period != s->period)
			continue;
		bytes_string(cell.code, code, sizeof code);
		const char *group = catalogue_group(c, "competence", code);
		if (group)
			add_group(s, group, tally_mean(cell.all));
		s->deviations += cell_deviates(catalogue_rules(c), &cell) && !deviation_closed(d, cell.code, cell.period);
	}
}

static void add_entries(struct summary *s, const struct catalogue *c, const struct dossier *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *k = e->row.period == s->period ? catalogue_kind(c, e->row.kind) : NULL;
		if (!k || !k->moderated)
			continue;
		s->confirmed += entry_counts(e);
		s->waiting += e->row.status == ENTRY_UNCONFIRMED;
		s->returned += e->row.status == ENTRY_RETURNED;
	}
}

enum err summary_of(struct summary *out, const struct catalogue *c, const struct dossier *d, uint16_t period)
{
	struct points p;
	struct portfolio portfolio;
	struct course_goal goals[COURSE_GOALS_MAX];
	size_t rated;
	enum err e = points_of(&p, c, d);
	*out = (struct summary){.period = period};
	if (e)
		return e;
	memcpy(out->subject, d->subject, SUBJECT_BYTES);
	memcpy(out->digest, d->digest.hash, DIGEST_BYTES);
	out->indicator = points_indicator(&p, catalogue_rules(c), period, &rated);
	add_cells(out, c, d, &p);
	points_release(&p);
	add_entries(out, c, d);
	portfolio_of(&portfolio, c, d);
	out->one_sided = portfolio.one_sided;
	if (portfolio.leading)
		bytes_string(bytes_text(portfolio.leading), out->leading, sizeof out->leading);
	size_t n = course_of(d, period, goals, COURSE_GOALS_MAX);
	for (size_t i = 0; i < n; i++) {
		bool dropped = bytes_equal(goals[i].stage, bytes_text("dropped"));
		out->goals += !dropped;
		out->reached += !dropped && goals[i].reached;
	}
	return ERR_OK;
}
