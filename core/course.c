#include "core/course.h"

/* The newest entry of a kind that names the goal. */
static const struct dossier_entry *naming(const struct dossier *d, const char *kind, const uint8_t *goal)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		uint8_t id[ID_BYTES];
		if (entry_is(e, kind) && entry_counts(e) && entry_id(e, "goal", id, sizeof id) && memcmp(id, goal, ID_BYTES) == 0)
			return e;
	}
	return NULL;
}

/* The newest mark in the goal's subject of its year, and of its term where it names one. */
static const struct dossier_entry *mark_for(const struct dossier *d, const struct dossier_entry *goal)
{
	struct bytes subject = entry_text(goal, "subject"), term = entry_text(goal, "term");
	for (size_t i = 0; i < d->count && subject.n; i++) {
		const struct dossier_entry *e = &d->entries[i];
		if (entry_is(e, "subject_result") && entry_counts(e) && e->row.period == goal->row.period &&
		    bytes_equal(entry_text(e, "subject"), subject) && (!term.n || bytes_equal(entry_text(e, "term"), term)))
			return e;
	}
	return NULL;
}

static int stage_percent(struct bytes stage)
{
	static const struct {
		const char *code;
		int percent;
	} stages[] = {{"planned", 0}, {"begun", 25}, {"halfway", 50}, {"reached", 100}, {"dropped", 0}};
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (bytes_equal(stage, bytes_text(stages[i].code)))
			return stages[i].percent;
	return 0;
}

static void judge(const struct dossier *d, struct course_goal *g)
{
	g->step = naming(d, "goal_step", g->goal->row.id);
	g->stage = entry_text(g->step ? g->step : g->goal, "stage");
	g->target = entry_within(g->goal, "target_mark", MARK_LEAST, MARK_MOST, 0);
	g->percent = stage_percent(g->stage);
	g->reached = bytes_equal(g->stage, bytes_text("reached"));
	g->result = naming(d, "achievement", g->goal->row.id);
	if (g->result)
		g->reached = true;
	if (g->target) {
		const struct dossier_entry *mark = mark_for(d, g->goal);
		g->actual = mark ? entry_within(mark, "mark", MARK_LEAST, MARK_MOST, 0) : 0;
		g->result = mark;
		g->reached = g->actual >= g->target;
		/* from the lowest mark to the target */
		if (g->actual && g->target > MARK_LEAST)
			g->percent = (int)((g->actual - MARK_LEAST) * 100 / (g->target - MARK_LEAST));
	}
	if (g->reached)
		g->percent = 100;
}

size_t course_of(const struct dossier *d, uint16_t period, struct course_goal out[], size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < d->count && n < max; i++) {
		const struct dossier_entry *e = &d->entries[i];
		if (!entry_is(e, "goal") || !entry_stands(e) || (period && e->row.period != period))
			continue;
		out[n] = (struct course_goal){.goal = e};
		judge(d, &out[n++]);
	}
	return n;
}
