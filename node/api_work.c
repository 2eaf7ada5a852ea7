/* What waits for the caller, in whatever role they are; what happened since they last looked. */
#include <stdio.h>
#include <stdlib.h>

#include "core/consent.h"
#include "core/monitor.h"
#include "core/page.h"
#include "core/summary.h"
#include "node/handler.h"
#include "node/loop.h"
#include "node/show_card.h"
#include "proto/mp.h"
#include "proto/text.h"

/* --- what waits ------------------------------------------------------------------------------- */

enum { WORK_SUBJECTS_MAX = 50 };

enum work {
	WORK_MODERATION, /* entries to confirm or return */
	WORK_POLLS,	 /* observations asked of me */
	WORK_DEVIATIONS, /* external and own ratings too far apart, nobody has seen to it */
	WORK_REVIEWS,	 /* works and procedures that I am the expert for */
	WORK_RETURNED,	 /* my entries, returned with a reason */
	WORK_CONSENTS,	 /* achievements that an open page waits for my consent for */
	WORK_ROUTE,	 /* no answers about the route this year */
	WORK_APPROVALS,	 /* transfers to approve */
	WORK_CLASSES,	 /* classes without a class teacher */
	WORK_COUNT
};

static const char *const work_names[WORK_COUNT] = {"moderation", "polls",    "deviations", "reviews", "returned",
						   "consents",	 "route",    "approvals",  "classes"};

struct pile {
	size_t count;
	uint64_t oldest_ms;
	char due[DATE_BYTES]; /* the earliest deadline, "": none */
	json_t *subjects;
};

struct desk {
	struct exchange *x;
	struct node *node;
	struct permit permit; /* of the student looked at */
	struct txn t;
	struct pile piles[WORK_COUNT];
};

static void put(struct desk *k, enum work what, size_t count, uint64_t time)
{
	struct pile *p = &k->piles[what];
	uint64_t ms = record_time_ms(time);
	if (!count)
		return;
	p->count += count;
	if (!p->oldest_ms || (ms && ms < p->oldest_ms))
		p->oldest_ms = ms;
	if (json_array_size(p->subjects) < WORK_SUBJECTS_MAX)
		json_array_append_new(p->subjects, json_hex(k->permit.subject, SUBJECT_BYTES));
}

static void put_due(struct desk *k, enum work what, const char day[DATE_BYTES])
{
	struct pile *p = &k->piles[what];
	if (!*p->due || strcmp(day, p->due) < 0)
		memcpy(p->due, day, sizeof p->due);
}

static bool mine(const struct desk *k, const struct dossier *d, const struct dossier_entry *e)
{
	uint8_t author[SUBJECT_BYTES];
	return dossier_first_author(d, e, author) && (memcmp(author, k->permit.who, SUBJECT_BYTES) == 0 ||
						      memcmp(author, k->x->caller.also, SUBJECT_BYTES) == 0);
}

static void to_confirm(struct desk *k, const struct dossier *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *kind = catalogue_kind(k->node->catalogue, e->row.kind);
		bool open = e->row.status == ENTRY_UNCONFIRMED || e->row.status == ENTRY_LATE || e->row.status == ENTRY_CONFLICT;
		if (open && kind && permit_judge(&k->permit, kind, e) && !mine(k, d, e))
			put(k, WORK_MODERATION, 1, e->row.time);
	}
}

static void to_answer(struct desk *k, const struct dossier *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct poll poll;
		if (!entry_is(&d->entries[i], "poll") || !entry_stands(&d->entries[i]))
			continue;
		poll_of(&poll, d, &d->entries[i], k->permit.today);
		if (!poll_waits(&poll, k->permit.who))
			continue;
		put(k, WORK_POLLS, 1, d->entries[i].row.time);
		put_due(k, WORK_POLLS, poll.deadline);
	}
}

/* Of this school year: what earlier years left open is history. */
static void to_look_into(struct desk *k, const struct dossier *d)
{
	struct points points;
	struct cell c;
	if (points_of(&points, k->node->catalogue, d))
		return;
	for (size_t i = 0, first; first = i, points_cell(&points, &i, &c);)
		if (c.period == date_school_year(k->permit.today) && cell_deviates(catalogue_rules(k->node->catalogue), &c) &&
		    !deviation_closed(d, c.code, c.period))
			put(k, WORK_DEVIATIONS, 1, points.at[first].entry->row.time);
	points_release(&points);
}

static void to_review(struct desk *k, const struct dossier *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		uint8_t work[ID_BYTES], expert[SUBJECT_BYTES];
		bool done = false;
		if (!entry_is(e, "expertise") || !entry_stands(e) || !entry_id(e, "expert", expert, sizeof expert) ||
		    memcmp(expert, k->permit.who, SUBJECT_BYTES) != 0 || !entry_id(e, "entry", work, sizeof work) ||
		    !life_appointed(d, work, k->permit.who, k->permit.today))
			continue;
		for (size_t r = 0; r < d->count && !done; r++) {
			uint8_t of[ID_BYTES];
			done = entry_is(&d->entries[r], "expert_review") && entry_stands(&d->entries[r]) && mine(k, d, &d->entries[r]) &&
			       entry_id(&d->entries[r], "entry", of, sizeof of) && dossier_follows(d, of, work);
		}
		if (done)
			continue;
		char until[DATE_BYTES];
		bytes_string(entry_text(e, "until"), until, sizeof until);
		put(k, WORK_REVIEWS, 1, e->row.time);
		put_due(k, WORK_REVIEWS, until);
	}
}

/* In procedures of the student's groups. */
static void to_rate(struct desk *k, const struct dossier *d)
{
	const struct structure *s = &k->node->structure;
	enum err err;
	for (size_t g = 0; g < s->count; g++) {
		bool named = group_has(&s->groups[g], k->permit.subject, &k->permit.person->person) &&
			     experts_has(&k->node->experts, s->groups[g].subject, k->permit.who, k->permit.today);
		const struct dossier *of = named ? dossiers_get(k->node->dossiers, s->groups[g].subject, &err) : NULL;
		for (size_t i = 0; of && i < of->count; i++) {
			const struct dossier_entry *e = &of->entries[i];
			char until[DATE_BYTES];
			if (!entry_is(e, "procedure") || !entry_stands(e) || !procedure_expert(e, k->permit.who, k->permit.today) ||
			    procedure_rated(of, e, d, k->permit.who))
				continue;
			procedure_until(e, until);
			put(k, WORK_REVIEWS, 1, e->row.time);
			put_due(k, WORK_REVIEWS, until);
		}
	}
}

static void to_mend(struct desk *k, const struct dossier *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->entries[i].row.status == ENTRY_RETURNED)
			put(k, WORK_RETURNED, 1, d->entries[i].row.time);
}

/* Only where a page is open: consent to nothing is asked of nobody. */
static void to_consent(struct desk *k, const struct dossier *d)
{
	struct page page;
	const struct person *p = &k->permit.person->person;
	const struct group *g = structure_class(&k->node->structure, p->class_name);
	bool personal = page_of(&k->t, k->permit.subject, &page), site = g && page_of(&k->t, g->subject, &page);
	enum relation me = k->permit.role == ROLE_PARENT ? REL_PARENT : REL_SELF;
	for (size_t i = 0; i < d->count && (personal || site); i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *kind = catalogue_kind(k->node->catalogue, e->row.kind);
		const uint8_t *school = k->node->opened.school.id;
		if (!kind || !kind->publish || !entry_counts(e))
			continue;
		if ((personal && (consent_missing(d, p, school, "personal_page", e, k->permit.today) & me)) ||
		    (site && (consent_missing(d, p, school, "class_site", e, k->permit.today) & me)))
			put(k, WORK_CONSENTS, 1, e->row.time);
	}
}

static void to_plan(struct desk *k, const struct dossier *d)
{
	int year = date_school_year(k->permit.today);
	for (size_t i = 0; i < d->count; i++)
		if (entry_is(&d->entries[i], "route_answers") && entry_stands(&d->entries[i]) && d->entries[i].row.period == year)
			return;
	put(k, WORK_ROUTE, 1, 0);
}

/* Without opening: whether there can be anything for a teacher. */
static bool worth_a_look(struct desk *k, const struct indexed_person *s)
{
	const uint8_t *id = s->subject;
	if (s->custody.unconfirmed + s->custody.other || k->permit.role != ROLE_TEACHER || k->permit.relations & REL_EXPERT)
		return true;
	if (view_holds(&k->t, id, "poll"))
		return true;
	return (k->permit.relations & (REL_CLASS_TEACHER | REL_TUTOR)) && view_holds(&k->t, id, "external_result");
}

static void look_at(struct desk *k, const struct indexed_person *s)
{
	enum err err;
	permit_of(k->x, ABOUT_STUDENT, s->subject, &k->permit);
	if (!k->permit.relations || !worth_a_look(k, s))
		return;
	const struct dossier *d = dossiers_get(k->node->dossiers, s->subject, &err);
	if (!d)
		return;
	if (k->permit.relations & REL_EXPERT) {
		to_review(k, d);
		to_rate(k, d);
	}
	if (k->permit.relations == REL_EXPERT) /* nothing else of a strange child's */
		return;
	switch (k->permit.role) {
	case ROLE_STUDENT:
	case ROLE_PARENT:
		to_mend(k, d);
		to_consent(k, d);
		to_plan(k, d);
		break;
	case ROLE_TEACHER:
		to_confirm(k, d);
		to_answer(k, d);
		if (k->permit.relations & (REL_CLASS_TEACHER | REL_TUTOR))
			to_look_into(k, d);
		break;
	default:
		break;
	}
}

static bool has_class_teacher(const struct group *g, const char *today)
{
	for (size_t i = 0; i < g->staff_count; i++)
		if (g->staff[i].relation == REL_CLASS_TEACHER && date_holds(g->staff[i].since, g->staff[i].until, today))
			return true;
	return false;
}

static void administration(struct desk *k)
{
	enum { TRANSFERS_LOOKED_AT = 500 };
	struct transfer *list = calloc(TRANSFERS_LOOKED_AT, sizeof *list);
	struct txn keys;
	date_of(clock_ms(), k->permit.today);
	if (list && !txn_begin(&keys, k->node->opened.school.vault.store, false)) {
		size_t n = transfer_list(&k->t, &k->node->opened.school.vault, &keys, &k->node->roster, clock_ms(), list, TRANSFERS_LOOKED_AT);
		txn_abort(&keys);
		for (size_t i = 0; i < n; i++)
			if (list[i].out && list[i].state == TRANSFER_CLAIMED) {
				memcpy(k->permit.subject, list[i].student, SUBJECT_BYTES);
				put(k, WORK_APPROVALS, 1, list[i].claimed_ms << 16);
			}
	}
	free(list);
	for (size_t i = 0; i < k->node->structure.count; i++) {
		const struct group *g = &k->node->structure.groups[i];
		if (g->type != GROUP_CLASS || g->closed || has_class_teacher(g, k->permit.today))
			continue;
		memcpy(k->permit.subject, g->subject, SUBJECT_BYTES);
		put(k, WORK_CLASSES, 1, 0);
	}
}

static void get_work(struct exchange *x)
{
	struct desk k = {.x = x, .node = api_node(x)};
	enum role role = x->caller.role;
	if (!api_read(x, &k.t))
		return;
	for (int i = 0; i < WORK_COUNT; i++)
		k.piles[i].subjects = json_array();
	if (role == ROLE_ADMINISTRATOR || role == ROLE_LOCAL)
		administration(&k);
	for (size_t i = 0; i < k.node->people.count && role != ROLE_ADMINISTRATOR && role != ROLE_LOCAL && role != ROLE_OBSERVER; i++) {
		const struct indexed_person *s = &k.node->people.at[k.node->people.order[i]];
		if (s->person.kind == PERSON_STUDENT && !s->former)
			look_at(&k, s);
	}
	txn_abort(&k.t);
	json_t *items = json_array();
	for (int i = 0; i < WORK_COUNT; i++) {
		const struct pile *p = &k.piles[i];
		if (p->count)
			json_array_append_new(items, json_pack("{s:s, s:I, s:o, s:o, s:O}", "what", work_names[i], "count",
							       (json_int_t)p->count, "oldest", json_time(p->oldest_ms), "due",
							       *p->due ? json_string(p->due) : json_null(), "subjects", p->subjects));
		json_decref(p->subjects);
	}
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

/* --- what happened ---------------------------------------------------------------------------- */

enum { NEWS_MAX = 100 };

struct news {
	json_t *items;
	uint64_t since_ms;
	const struct permit *permit;
};

static void tell(struct news *n, const char *what, const struct dossier_entry *e, struct bytes by, uint64_t time)
{
	struct mp_reader v;
	struct bytes who = {0};
	uint8_t author[SUBJECT_BYTES];
	uint64_t ms = record_time_ms(time);
	json_t *fields = json_object(), *words = json_object();
	bool own = body_who(by, author) && memcmp(author, n->permit->who, SUBJECT_BYTES) == 0;
	if (ms > n->since_ms && !own) {
		if (mp_find(by, "by", &v))
			who = mp_get_any(&v);
		show_fields(e->fields, fields, words);
		json_array_append_new(n->items, json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:{s:o, s:o}}", "what", what, "subject",
							  json_hex(n->permit->subject, SUBJECT_BYTES), "entry", json_hex(e->row.id, ID_BYTES),
							  "kind", e->row.kind, "title", show_title(e->body, fields, words), "time", json_time(ms),
							  "by", "name", show_text(mp_find_text(who, "name")), "role",
							  show_text(mp_find_text(who, "role"))));
	}
	json_decref(fields);
	json_decref(words);
}

static void tell_of(struct news *n, struct permit *p, const struct dossier *d)
{
	n->permit = p;
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		if (!permit_entry(p, d, e))
			continue;
		if (entry_stands(e))
			tell(n, "written", e, e->body, e->row.time);
		for (size_t k = 0; k < e->step_count; k++) {
			char verdict[16];
			bytes_string(mp_find_text(e->steps[k].body, "verdict"), verdict, sizeof verdict);
			tell(n, e->steps[k].type == RECORD_RETRACT ? "withdrawn" : verdict, e, e->steps[k].body, e->steps[k].time);
		}
	}
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(json_string_value(json_object_get(*(json_t *const *)b, "time")),
		      json_string_value(json_object_get(*(json_t *const *)a, "time")));
}

static json_t *newest(json_t *items)
{
	size_t n = json_array_size(items);
	json_t **at = malloc((n + 1) * sizeof *at), *out = json_array();
	for (size_t i = 0; at && i < n; i++)
		at[i] = json_array_get(items, i);
	if (at)
		qsort(at, n, sizeof *at, newest_first);
	for (size_t i = 0; at && i < n && i < NEWS_MAX; i++)
		json_array_append(out, at[i]);
	free(at);
	return out;
}

static bool seen_ms(struct txn *t, const struct exchange *x, uint64_t *ms)
{
	struct bytes v;
	*ms = 0;
	if (!local_get(t, LOCAL_SEEN, bytes_of(x->caller.account, ACCOUNT_BYTES), &v) || v.n != 8)
		return false;
	*ms = get_u64(v.p);
	return true;
}

/* Written or judged about those near the caller: their own, their children, their class. */
static void get_notifications(struct exchange *x)
{
	enum { DAYS_BACK = 30 };
	struct node *n = api_node(x);
	struct txn t;
	uint64_t seen;
	struct news news = {.items = json_array(), .since_ms = clock_ms() - (uint64_t)DAYS_BACK * 24 * 3600 * 1000};
	if (!api_read(x, &t)) {
		json_decref(news.items);
		return;
	}
	seen_ms(&t, x, &seen);
	txn_abort(&t);
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *s = &n->people.at[i];
		struct permit p;
		enum err err;
		permit_of(x, s->person.kind == PERSON_STUDENT ? ABOUT_STUDENT : ABOUT_TEACHER, s->subject, &p);
		if (s->former || x->caller.role == ROLE_LOCAL || !(p.relations & (REL_SELF | REL_PARENT | REL_CLASS_TEACHER | REL_TUTOR)))
			continue;
		const struct dossier *d = dossiers_get(n->dossiers, s->subject, &err);
		if (d && d->count)
			tell_of(&news, &p, d);
	}
	size_t unseen = 0, i;
	json_t *item, *items = newest(news.items), *mark = json_time(seen);
	json_array_foreach(items, i, item)
	{
		const char *time = json_string_value(json_object_get(item, "time"));
		unseen += !json_is_string(mark) || strcmp(time, json_string_value(mark)) > 0;
	}
	json_decref(news.items);
	reply_json(x, 200, json_pack("{s:o, s:I, s:o}", "items", items, "unseen", (json_int_t)unseen, "seen", mark));
}

struct seen_write {
	struct api_write w;
	uint8_t account[ACCOUNT_BYTES];
};

static enum err run_seen(struct batch *b, struct api_write *w)
{
	uint8_t v[8];
	put_u64(v, b->now_ms);
	local_put(&b->txn, LOCAL_SEEN, bytes_of(((struct seen_write *)w)->account, ACCOUNT_BYTES), bytes_of(v, sizeof v));
	return b->txn.err;
}

static void reply_seen(struct api_write *w)
{
	reply_json(w->x, 204, NULL);
}

static void put_seen(struct exchange *x)
{
	struct seen_write *j = api_write_new(x, sizeof *j, run_seen, reply_seen);
	if (!j)
		return;
	memcpy(j->account, x->caller.account, ACCOUNT_BYTES);
	j->w.quiet = true;
	api_write_start(&j->w);
}

const struct route work_routes[] = {
	{METHOD_GET, "/api/v1/work", AREA_OWN, BODY_NONE, 0, get_work},
	{METHOD_GET, "/api/v1/notifications", AREA_RECORDS, BODY_NONE, 0, get_notifications},
	{METHOD_PUT, "/api/v1/notifications/seen", AREA_RECORDS, BODY_NONE, 0, put_seen},
};
const size_t work_route_count = sizeof work_routes / sizeof *work_routes;
