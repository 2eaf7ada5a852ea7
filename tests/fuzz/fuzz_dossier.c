/*
 * Another school's entries say what they like: whatever stands in their bodies, every rule comes
 * to some result. The input is a row of entries: kind, status, year, two bytes of length, body.
 */
#include <stdlib.h>

#include "core/consent.h"
#include "core/course.h"
#include "core/group.h"
#include "core/monitor.h"
#include "core/poll.h"
#include "core/summary.h"
#include "node/node_catalogue.h"
#include "node/show.h"
#include "proto/mp.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { ENTRIES_MAX = 12, HEAD = 5, TITLE_YEARS = 2020 };

static const char TODAY[] = "2026-11-26";

/* Kinds are chosen from the catalogue's own; one that it does not have comes last. */
static void name_kind(const struct catalogue *c, uint8_t choice, struct entry_row *row)
{
	size_t n = 0;
	while (catalogue_kind_at(c, n))
		n++;
	const struct kind *k = catalogue_kind_at(c, choice % (n + 1));
	const char *code = k ? k->code : "unheard_of";
	row->kind_n = (uint8_t)strlen(code);
	memcpy(row->kind, code, row->kind_n + 1u);
}

static void read_entries(const struct catalogue *c, struct bytes in, struct dossier *d)
{
	for (; in.n >= HEAD && d->count < ENTRIES_MAX; d->count++) {
		struct dossier_entry *e = &d->entries[d->count];
		size_t length = (size_t)in.p[3] << 8 | in.p[4];
		struct mp_reader fields;
		*e = (struct dossier_entry){.row = {.status = in.p[1] % 10, .period = (uint16_t)(TITLE_YEARS + in.p[2] % 10)}};
		name_kind(c, in.p[0], &e->row);
		e->row.id[0] = (uint8_t)d->count;
		in = bytes_of(in.p + HEAD, in.n - HEAD);
		e->body = bytes_of(in.p, length < in.n ? length : in.n);
		if (e->body.n && mp_find(e->body, "fields", &fields))
			e->fields = mp_get_any(&fields);
		in = bytes_of(in.p + e->body.n, in.n - e->body.n);
	}
}

static void show(const struct dossier_entry *e)
{
	json_t *fields = json_object(), *words = json_object();
	show_fields(e->fields, fields, words);
	json_decref(show_title(e->body, fields, words));
	json_decref(show_value(e->body));
	json_decref(fields);
	json_decref(words);
}

static void judge(const struct catalogue *c, const struct dossier *d, const struct person *p)
{
	static const uint8_t who[SUBJECT_BYTES], school[SCHOOL_BYTES];
	struct poll poll;
	uint8_t id[SUBJECT_BYTES];
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		poll_of(&poll, d, e, TODAY);
		require(poll.answered <= poll.asked_count && poll.asked_count <= POLL_ASKED_MAX);
		poll_tally(&poll, entry_text(e, "competence"), catalogue_rules(c)->indicator_top);
		poll_waits(&poll, who);
		consent_published(c, d, p, school, "personal_page", e, TODAY);
		procedure_expert(e, who, TODAY);
		entry_lists(e, "competences", bytes_text("regulatory.goals"));
		entry_names(e, "asked", who);
		entry_flag(e, "hidden");
		dossier_first_author(d, e, id);
		show(e);
	}
}

static void count(const struct catalogue *c, const struct dossier *d)
{
	struct points points;
	struct portfolio portfolio;
	struct summary summary;
	struct course_goal goals[ENTRIES_MAX];
	struct cell cell;
	size_t competences;
	if (points_of(&points, c, d) == ERR_OK) {
		for (size_t i = 0; points_cell(&points, &i, &cell);) {
			require(tally_mean(cell.all) >= 0 && tally_mean(cell.all) <= 100 * catalogue_rules(c)->indicator_top);
			cell_deviates(catalogue_rules(c), &cell);
			deviation_closed(d, cell.code, cell.period);
		}
		int64_t indicator = points_indicator(&points, catalogue_rules(c), 2026, &competences);
		require(indicator >= -1 && indicator <= 100 * catalogue_rules(c)->indicator_scale);
		points_release(&points);
	}
	portfolio_of(&portfolio, c, d);
	require(portfolio.group_count <= SHARES_OF_MAX && portfolio.activity_count <= SHARES_OF_MAX);
	require(summary_of(&summary, c, d, 2026) != ERR_STORE);
	require(summary.group_count <= SUMMARY_GROUPS_MAX);
	size_t n = course_of(d, 0, goals, ENTRIES_MAX);
	for (size_t i = 0; i < n; i++)
		require(goals[i].percent >= 0 && goals[i].percent <= 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct catalogue *catalogue;
	char why[CATALOGUE_WHY_BYTES];
	struct dossier_entry entries[ENTRIES_MAX];
	struct dossier d = {.entries = entries};
	struct person person;
	struct group group;
	if (!catalogue)
		catalogue = node_catalogue(why);
	require(catalogue);
	read_entries(catalogue, bytes_of(data, n), &d);
	if (person_parse(bytes_of(data, n), &person))
		person = (struct person){0};
	if (group_parse(bytes_of(data, n), &group) == ERR_OK)
		group_release(&group);
	judge(catalogue, &d, &person);
	count(catalogue, &d);
	return 0;
}
