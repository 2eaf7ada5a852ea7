/* Classes and the school in figures, as data and on paper; a student's record on paper. */
#include <stdlib.h>

#include "node/handler.h"
#include "node/loop.h"
#include "node/print.h"
#include "node/show_card.h"
#include "node/summaries.h"

/* --- adding up -------------------------------------------------------------------------------- */

struct figures {
	uint64_t students, confirmed, waiting, returned, deviations, one_sided, goals, reached;
	struct tally indicators;
	size_t group_count;
	struct {
		char code[KIND_CODE_MAX + 1];
		struct tally means;
	} groups[SUMMARY_GROUPS_MAX];
};

static void add(struct figures *f, const struct summary *s)
{
	f->students++;
	f->confirmed += s->confirmed;
	f->waiting += s->waiting;
	f->returned += s->returned;
	f->deviations += s->deviations;
	f->one_sided += s->one_sided;
	f->goals += s->goals;
	f->reached += s->reached;
	if (s->indicator >= 0) {
		f->indicators.sum += s->indicator;
		f->indicators.n++;
	}
	for (size_t g = 0; g < s->group_count; g++) {
		size_t i = 0;
		while (i < f->group_count && strcmp(f->groups[i].code, s->groups[g].code) != 0)
			i++;
		if (i == SUMMARY_GROUPS_MAX)
			continue;
		if (i == f->group_count) {
			memcpy(f->groups[i].code, s->groups[g].code, sizeof f->groups[i].code);
			f->group_count++;
		}
		f->groups[i].means.sum += s->groups[g].means.sum;
		f->groups[i].means.n += s->groups[g].means.n;
	}
}

/* Of values that are hundredths already, half up. */
static json_t *mean_of(struct tally t)
{
	return t.n ? json_integer((2 * t.sum + t.n) / (2 * t.n)) : json_null();
}

static json_t *show_totals(const struct figures *f)
{
	json_t *groups = json_array();
	for (size_t i = 0; i < f->group_count; i++)
		json_array_append_new(groups, json_pack("{s:s, s:o}", "code", f->groups[i].code, "mean", mean_of(f->groups[i].means)));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "students", (json_int_t)f->students, "confirmed",
			 (json_int_t)f->confirmed, "waiting", (json_int_t)f->waiting, "returned", (json_int_t)f->returned, "deviations",
			 (json_int_t)f->deviations, "one_sided", (json_int_t)f->one_sided, "goals", (json_int_t)f->goals, "reached",
			 (json_int_t)f->reached, "indicator", mean_of(f->indicators), "rated", (json_int_t)f->indicators.n, "groups", groups);
}

/* --- the request ------------------------------------------------------------------------------ */

struct request_analysis {
	struct exchange *x;
	uint16_t period;
	bool paper;
};

static bool may_see(struct exchange *x, const struct group *g)
{
	struct permit p;
	if (x->caller.role == ROLE_ADMINISTRATOR || x->caller.role == ROLE_LOCAL)
		return true;
	permit_of(x, ABOUT_CLASS, g->subject, &p);
	return (p.relations & (REL_CLASS_TEACHER | REL_TUTOR)) != 0;
}

/* A student in no open class counts in the total alone. */
static json_t *show_analysis(struct exchange *x, uint16_t period)
{
	struct node *n = api_node(x);
	struct shower w = handler_shower(n);
	struct figures total = {0};
	bool whole = x->caller.role == ROLE_ADMINISTRATOR || x->caller.role == ROLE_LOCAL;
	json_t *classes = json_array();
	for (size_t i = 0; i < n->structure.count; i++) {
		const struct group *g = &n->structure.groups[n->structure.order[i]];
		struct figures f = {0};
		if (g->type != GROUP_CLASS || g->closed || !may_see(x, g))
			continue;
		for (size_t k = 0; k < n->people.count; k++) {
			const struct indexed_person *p = &n->people.at[k];
			const struct summary *s = p->former ? NULL : summaries_find(n->summaries, p->subject, period);
			if (!s || !group_has(g, p->subject, &p->person))
				continue;
			add(&f, s);
			if (!whole)
				add(&total, s);
		}
		json_t *shown = show_totals(&f);
		json_object_set_new(shown, "id", json_hex(g->subject, SUBJECT_BYTES));
		json_object_set_new(shown, "name", json_string(g->name));
		json_object_set_new(shown, "pilot", json_boolean(g->pilot));
		json_array_append_new(classes, shown);
	}
	for (size_t k = 0; whole && k < n->people.count; k++) {
		const struct summary *s = n->people.at[k].former ? NULL : summaries_find(n->summaries, n->people.at[k].subject, period);
		if (s)
			add(&total, s);
	}
	return json_pack("{s:i, s:o, s:o, s:o}", "period", period, "total", show_totals(&total), "classes", classes, "rules", show_rules(&w));
}

static const char *school_name(const struct node *n)
{
	int me = node_me(n);
	return me == NO_SCHOOL ? "" : n->roster.members[me].name;
}

static void reply_paper(struct exchange *x, struct buf *page)
{
	if (page->err)
		reply_error(x, page->err, NULL, NULL);
	else
		reply_bytes(x, 200, "text/html; charset=utf-8", NULL, buf_bytes(page));
	buf_wipe(page);
}

static void made(void *arg, enum err e)
{
	struct request_analysis *r = arg;
	struct exchange *x = r->x;
	struct buf page;
	json_t *analysis = e ? NULL : show_analysis(x, r->period);
	bool paper = r->paper;
	free(r);
	if (!analysis) {
		reply_error(x, e ? e : ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	if (!paper) {
		reply_json(x, 200, analysis);
		return;
	}
	buf_init(&page, HTTP_REPLY_BYTES_MAX);
	print_analysis(&page, analysis, school_name(api_node(x)));
	json_decref(analysis);
	reply_paper(x, &page);
}

static void analyse(struct exchange *x, bool paper)
{
	const char *text = request_query(x->req, "period");
	char today[DATE_BYTES];
	date_of(clock_ms(), today);
	int period = text && *text ? text[strspn(text, "0123456789")] ? 0 : atoi(text) : date_school_year(today);
	if (period < 1900 || period > 2200) {
		reply_error(x, ERR_INVALID, "the year in which the school year begins", "period");
		return;
	}
	struct request_analysis *r = malloc(sizeof *r);
	enum err e = r ? ERR_OK : ERR_NO_MEMORY;
	if (r) {
		*r = (struct request_analysis){x, (uint16_t)period, paper};
		e = summaries_make(api_node(x)->summaries, r->period, made, r);
	}
	if (e) {
		free(r);
		reply_error(x, e, NULL, NULL);
	}
}

static void get_analysis(struct exchange *x)
{
	analyse(x, false);
}

static void get_paper(struct exchange *x)
{
	analyse(x, true);
}

/* A paper goes to the family, whoever prints it: the school's own notes stay out. */
static bool family_reads(void *catalogue, const struct dossier *d, const struct dossier_entry *e)
{
	const struct kind *k = catalogue_kind(catalogue, e->row.kind);
	(void)d;
	return !k || access_kind(ROLE_STUDENT, REL_SELF, &k->access, VERB_SEE);
}

/* The record for the family, the class teacher, and the administrator who hands it out. */
static void get_transcript(struct exchange *x)
{
	struct permit p;
	struct txn t;
	struct buf page;
	struct entry_filter all = {.period = -1, .limit = (size_t)-1, .may = family_reads, .arg = api_node(x)->catalogue};
	if (!permit_student(x, REL_SELF | REL_PARENT | REL_CLASS_TEACHER | REL_TUTOR | REL_ADMINISTRATOR, &p))
		return;
	struct shower w = handler_shower(api_node(x));
	json_t *entries = show_entries(&w, p.subject, &all);
	if (!entries || !api_read(x, &t)) {
		if (!entries)
			reply_error(x, ERR_STORE, NULL, NULL);
		json_decref(entries);
		return;
	}
	json_t *student = show_student(&w, &t, p.person);
	txn_abort(&t);
	buf_init(&page, HTTP_REPLY_BYTES_MAX);
	print_transcript(&page, student, json_object_get(entries, "items"), school_name(api_node(x)));
	json_decref(student);
	json_decref(entries);
	reply_paper(x, &page);
}

const struct route analysis_routes[] = {
	{METHOD_GET, "/api/v1/analysis", AREA_ANALYSIS, BODY_NONE, 0, get_analysis},
	{METHOD_GET, "/api/v1/analysis/page", AREA_ANALYSIS, BODY_NONE, 0, get_paper},
	{METHOD_GET, "/api/v1/students/{id}/transcript", AREA_RECORDS, BODY_NONE, 0, get_transcript},
};
const size_t analysis_route_count = sizeof analysis_routes / sizeof *analysis_routes;
