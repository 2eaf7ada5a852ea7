#include "node/show_card.h"

#include "core/summary.h"
#include "proto/mp.h"

json_t *show_mean(struct tally t)
{
	return t.n ? json_integer(tally_mean(t)) : json_null();
}

json_t *show_rules(const struct shower *w)
{
	return json_incref(json_object_get(catalogue_json(w->catalogue), "rules"));
}

/* --- competences ------------------------------------------------------------------------------ */

static json_t *group_or_null(const struct shower *w, struct bytes code)
{
	char text[KIND_CODE_MAX + 1];
	bytes_string(code, text, sizeof text);
	const char *group = catalogue_group(w->catalogue, "competence", text);
	return group ? json_string(group) : json_null();
}

static json_t *show_cell(const struct shower *w, const struct cell *c)
{
	return json_pack("{s:i, s:o, s:I, s:o, s:I, s:o, s:I, s:b}", "period", c->period, "mean", show_mean(c->all), "n",
			 (json_int_t)c->all.n, "external", show_mean(c->external), "external_n", (json_int_t)c->external.n, "own",
			 show_mean(c->own), "own_n", (json_int_t)c->own.n, "deviates", cell_deviates(catalogue_rules(w->catalogue), c));
}

static json_t *show_competences(const struct shower *w, const struct dossier *d, const struct points *p, json_t *deviations)
{
	json_t *list = json_array(), *one = NULL;
	struct cell c;
	struct bytes last = {0};
	for (size_t i = 0; points_cell(p, &i, &c);) {
		if (!one || !bytes_equal(last, c.code)) {
			one = json_pack("{s:o, s:o, s:o, s:[]}", "code", show_text(c.code), "title", show_text(c.title), "group",
					group_or_null(w, c.code), "years");
			json_array_append_new(list, one);
			last = c.code;
		}
		json_array_append_new(json_object_get(one, "years"), show_cell(w, &c));
		if (cell_deviates(catalogue_rules(w->catalogue), &c))
			json_array_append_new(deviations, json_pack("{s:o, s:o, s:i, s:o, s:o, s:b}", "code", show_text(c.code), "title",
								    show_text(c.title), "period", c.period, "external",
								    show_mean(c.external), "own", show_mean(c.own), "handled", deviation_closed(d, c.code, c.period)));
	}
	return list;
}

static json_t *show_indicators(const struct shower *w, const struct points *p)
{
	json_t *list = json_array();
	unsigned first = UINT16_MAX, last = 0;
	for (size_t i = 0; i < p->count; i++) {
		first = p->at[i].period < first ? p->at[i].period : first;
		last = p->at[i].period > last ? p->at[i].period : last;
	}
	for (unsigned period = first; period <= last; period++) {
		size_t n;
		int64_t value = points_indicator(p, catalogue_rules(w->catalogue), (uint16_t)period, &n);
		if (n)
			json_array_append_new(list, json_pack("{s:i, s:I, s:I}", "period", (int)period, "value", (json_int_t)value,
							      "competences", (json_int_t)n));
	}
	return list;
}

json_t *show_figures(const struct shower *w, const struct dossier *d)
{
	struct points p;
	if (points_of(&p, w->catalogue, d))
		return NULL;
	json_t *deviations = json_array(), *competences = show_competences(w, d, &p, deviations);
	json_t *out = json_pack("{s:o, s:o, s:o}", "competences", competences, "indicators", show_indicators(w, &p), "deviations", deviations);
	points_release(&p);
	return out;
}

/* --- portfolio -------------------------------------------------------------------------------- */

static json_t *show_portions(const struct shower *w, const char *list, const struct portion *at, size_t n)
{
	json_t *out = json_array();
	for (size_t i = 0; i < n; i++) {
		const char *ru = catalogue_word(w->catalogue, list, at[i].code, "ru"), *en = catalogue_word(w->catalogue, list, at[i].code, "en");
		json_array_append_new(out, json_pack("{s:s, s:{s:s, s:s}, s:I}", "code", at[i].code, "title", "ru", ru ? ru : at[i].code, "en",
						     en ? en : at[i].code, "count", (json_int_t)at[i].count));
	}
	return out;
}

json_t *show_portfolio(const struct shower *w, const struct dossier *d)
{
	struct portfolio p;
	portfolio_of(&p, w->catalogue, d);
	return json_pack("{s:I, s:o, s:o, s:o, s:b, s:o}", "confirmed", (json_int_t)p.confirmed, "sections",
			 show_portions(w, "section_group", p.groups, p.group_count), "activities",
			 show_portions(w, "activity", p.activities, p.activity_count), "subjects",
			 show_portions(w, "school_subject", p.subjects, p.subject_count), "one_sided", p.one_sided, "leading",
			 p.leading ? json_string(p.leading) : json_null());
}

/* --- route ------------------------------------------------------------------------------------ */

static json_t *show_goal(const struct shower *w, const struct dossier *d, const struct course_goal *g)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:i}", "goal", show_entry(w, d, g->goal), "step",
			 g->step ? show_entry(w, d, g->step) : json_null(), "result", g->result ? show_entry(w, d, g->result) : json_null(),
			 "stage", show_text(g->stage), "target", g->target ? json_integer(g->target) : json_null(), "actual",
			 g->actual ? json_integer(g->actual) : json_null(), "reached", g->reached, "percent", g->percent);
}

json_t *show_course(const struct shower *w, const struct dossier *d, uint16_t period)
{
	struct course_goal goals[COURSE_GOALS_MAX];
	size_t n = course_of(d, period, goals, COURSE_GOALS_MAX), reached = 0, dropped = 0;
	json_t *list = json_array();
	int64_t percent = 0;
	for (size_t i = 0; i < n; i++) {
		bool gone = bytes_equal(goals[i].stage, bytes_text("dropped"));
		reached += goals[i].reached && !gone;
		dropped += gone;
		percent += gone ? 0 : goals[i].percent;
		json_array_append_new(list, show_goal(w, d, &goals[i]));
	}
	size_t planned = n - dropped;
	return json_pack("{s:o, s:I, s:I, s:o}", "goals", list, "planned", (json_int_t)planned, "reached", (json_int_t)reached, "percent",
			 planned ? json_integer(percent / (json_int_t)planned) : json_null());
}

/* --- polls ------------------------------------------------------------------------------------ */

static json_t *show_person(const struct shower *w, const uint8_t *who)
{
	const struct indexed_person *p = people_index_find(w->people, who);
	return json_pack("{s:o, s:s, s:s, s:s}", "id", json_hex(who, SUBJECT_BYTES), "family", p ? p->person.family : "", "given",
			 p ? p->person.given : "", "patronymic", p ? p->person.patronymic : "");
}

json_t *show_poll(const struct shower *w, const struct dossier *d, const struct poll *p)
{
	struct mp_reader v;
	json_t *asked = json_array(), *means = json_array();
	for (size_t i = 0; i < p->asked_count; i++)
		json_array_append_new(asked, json_pack("{s:o, s:b}", "person", show_person(w, p->asked[i]), "answered", p->answers[i] != NULL));
	if (mp_find(p->entry->fields, "competences", &v)) {
		uint32_t n = mp_get_array(&v);
		for (uint32_t i = 0; i < n && !v.err; i++) {
			struct bytes item = mp_get_any(&v), code = mp_find_text(item, "code");
			struct tally t = poll_tally(p, code, catalogue_rules(w->catalogue)->indicator_top);
			json_array_append_new(means, json_pack("{s:o, s:o, s:o, s:I}", "code", show_text(code), "title",
							       show_text(mp_find_text(item, "title")), "mean", show_mean(t), "n", (json_int_t)t.n));
		}
	}
	return json_pack("{s:o, s:o, s:I, s:I, s:b, s:o}", "poll", show_entry(w, d, p->entry), "asked", asked, "answered",
			 (json_int_t)p->answered, "of", (json_int_t)p->asked_count, "open", p->open, "means", means);
}

/* --- the card --------------------------------------------------------------------------------- */

static json_t *show_some(const struct shower *w, const struct permit *permit, const struct dossier *d, const char *kind, size_t most)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->count && json_array_size(list) < most; i++)
		if (entry_is(&d->entries[i], kind) && entry_counts(&d->entries[i]) &&
		    permit_entry((void *)(uintptr_t)permit, d, &d->entries[i]))
			json_array_append_new(list, show_entry(w, d, &d->entries[i]));
	return list;
}

/* For those who see the goals that it is made of. */
static json_t *show_own_course(const struct shower *w, const struct permit *p, const struct dossier *d)
{
	const struct kind *goal = catalogue_kind(w->catalogue, "goal");
	bool sees = p->role == ROLE_LOCAL || (goal && permit_kind(p, goal, VERB_SEE));
	return sees ? show_course(w, d, (uint16_t)date_school_year(p->today)) : json_null();
}

json_t *show_analytic(const struct shower *w, const struct permit *p, const struct dossier *d)
{
	enum { RECOMMENDATIONS_SHOWN = 10 };
	json_t *out = show_figures(w, d), *profile;
	struct txn t;
	if (!out || txn_begin(&t, w->school->store, false)) {
		json_decref(out);
		return NULL;
	}
	json_object_set_new(out, "student", show_student(w, &t, p->person));
	txn_abort(&t);
	profile = show_some(w, p, d, "profile", 1);
	json_object_set(out, "profile", json_array_size(profile) ? json_array_get(profile, 0) : json_null());
	json_decref(profile);
	json_object_set_new(out, "portfolio", show_portfolio(w, d));
	json_object_set_new(out, "route", show_own_course(w, p, d));
	json_object_set_new(out, "recommendations", show_some(w, p, d, "recommendation", RECOMMENDATIONS_SHOWN));
	json_object_set_new(out, "rules", show_rules(w));
	return out;
}
