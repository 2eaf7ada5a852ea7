/* Entries of students, teachers, classes and the school itself: reading, writing, judging, withdrawing. */
#include <stdio.h>
#include <stdlib.h>

#include "core/card.h"
#include "node/entry_files.h"
#include "node/draft.h"
#include "node/handler.h"
#include "node/letters.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/words.h"
#include "proto/text.h"

/* --- reading ---------------------------------------------------------------------------------- */

static const char *query(const struct exchange *x, const char *name)
{
	const char *v = request_query(x->req, name);
	return v && *v ? v : NULL;
}

/* False: it has replied. f->folded is to be freed. */
static bool read_filter(struct exchange *x, struct permit *p, struct entry_filter *f)
{
	const char *period = query(x, "period"), *text = query(x, "query");
	uint8_t cursor[16];
	*f = (struct entry_filter){.kind = query(x, "kind"), .status = query(x, "status"), .section = query(x, "section"),
				   .activity = query(x, "activity"), .course = query(x, "subject"), .cursor = query(x, "cursor"),
				   .period = period ? atoi(period) : -1, .may = permit_entry, .arg = p};
	if (!(f->limit = handler_limit(x)))
		return false;
	if (f->cursor && !hex_decode(f->cursor, cursor, sizeof cursor)) {
		reply_error(x, ERR_INVALID, "take next of the page before", "cursor");
		return false;
	}
	if (period && period[strspn(period, "0123456789")]) {
		reply_error(x, ERR_INVALID, "the year in which the school year begins", "period");
		return false;
	}
	if (text && !(f->folded = letters_fold(text))) {
		reply_error(x, ERR_INVALID, NULL, "query");
		return false;
	}
	return true;
}

static void get_entries(struct exchange *x)
{
	struct permit p;
	struct entry_filter f;
	if (!permit_path(x, &p) || !read_filter(x, &p, &f))
		return;
	struct shower w = handler_shower(api_node(x));
	w.viewer = &p;
	json_t *list = p.opened ? show_entries(&w, p.subject, &f) : json_pack("{s:[], s:n, s:i}", "items", "next", "total", 0);
	free(f.folded);
	if (!list) {
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	json_object_set_new(list, "writes", permit_writes(&p));
	reply_json(x, 200, list);
}

/* The entry that the path names, if the caller may see it; NULL: it has replied. */
static const struct dossier_entry *entry_of_path(struct exchange *x, const struct permit *p, size_t param,
						 const struct dossier **dossier)
{
	uint8_t id[ID_BYTES];
	enum err e;
	if (!api_param_id(x, param, id, sizeof id))
		return NULL;
	*dossier = dossiers_get(api_node(x)->dossiers, p->subject, &e);
	if (!*dossier) {
		reply_error(x, e, NULL, NULL);
		return NULL;
	}
	const struct dossier_entry *entry = dossier_find(*dossier, id);
	if (entry && permit_entry((void *)(uintptr_t)p, *dossier, entry))
		return entry;
	reply_error(x, ERR_NOT_FOUND, "no such entry", NULL);
	return NULL;
}

static size_t entry_param(const struct permit *p)
{
	return p->about == ABOUT_SCHOOL ? 0 : 1;
}

static void get_entry(struct exchange *x)
{
	struct permit p;
	const struct dossier *d;
	if (!permit_path(x, &p))
		return;
	const struct dossier_entry *e = entry_of_path(x, &p, entry_param(&p), &d);
	if (!e)
		return;
	struct shower w = handler_shower(api_node(x));
	w.viewer = &p;
	json_t *shown = show_entry(&w, d, e);
	char etag[2 * DIGEST_BYTES + 3];
	snprintf(etag, sizeof etag, "\"%s\"", json_string_value(json_object_get(shown, "etag")));
	reply_header(x, "ETag", etag);
	reply_json(x, 200, shown);
}

/* --- writing ---------------------------------------------------------------------------------- */

struct entry_write {
	struct api_write w;
	struct permit permit;
	enum relation relation;
	struct acting by;
	const struct kind *kind;
	struct buf fields;
	struct entry_files files;
	bool has_fields;
	uint16_t period;
	bool replaces;
	uint8_t replaced[ID_BYTES];
	const char *verdict;
	char *reason;
	uint8_t target[ID_BYTES]; /* what is judged or withdrawn */
	bool matches;		  /* ... which must be the version below still */
	uint8_t version[DIGEST_BYTES];
	uint8_t entry[ID_BYTES];  /* what came of it: what to show */
	bool took_place;	  /* another entry's, named or not: */
	uint8_t before[ID_BYTES];
	struct fault fault;
	int status;
};

static void finish_entry(struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	buf_wipe(&j->fields);
	free(j->reason);
}

static struct entry_write *entry_write_new(struct exchange *x, const struct permit *p, enum relation relation, const struct kind *kind,
					   enum err (*run)(struct batch *b, struct api_write *w), void (*reply)(struct api_write *w))
{
	struct entry_write *j = api_write_new(x, sizeof *j, run, reply);
	if (!j)
		return NULL;
	j->w.finish = finish_entry;
	j->permit = *p;
	j->relation = relation;
	j->kind = kind;
	j->status = 201;
	permit_acting(x, p, relation, &j->by);
	buf_init(&j->fields, RECORD_BYTES_MAX);
	return j;
}

static struct life begin_life(struct entry_write *j, struct batch *b)
{
	struct life l = {.batch = b, .subject = j->permit.subject, .by = acting_actor(&j->by), .relation = j->relation};
	memcpy(l.today, j->permit.today, sizeof l.today);
	if (j->permit.role == ROLE_LOCAL)
		l.by.id = NULL;
	if (j->matches)
		l.version = j->version;
	return l;
}

static enum err end_life(struct entry_write *j, const struct life *l, enum err e)
{
	if (e) {
		draft_refused(j->kind, l, e, &j->fault);
		j->w.field = *j->fault.field ? j->fault.field : NULL;
		j->w.detail = *j->fault.why ? j->fault.why : NULL;
	}
	return e;
}

/* Beside the entry, a record for each file that it names. */
static enum err name_files(struct batch *b, struct entry_write *j)
{
	enum err e = entry_files_name(b, j->permit.subject, j->entry, &j->files);
	if (e == ERR_INVALID)
		j->w.field = "fields.files";
	return e;
}

static enum err run_entry(struct batch *b, struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct life l = begin_life(j, b);
	struct life_draft d = {.kind = j->kind, .fields = buf_bytes(&j->fields), .period = j->period,
			       .replaces = j->replaces ? j->replaced : NULL};
	enum err e = j->permit.opened ? ERR_OK : card_school_open(b, &l.by, j->permit.subject);
	if (!e)
		e = end_life(j, &l, life_write(&l, &d, j->entry));
	j->took_place = l.replacing;
	memcpy(j->before, l.replaced, ID_BYTES);
	memcpy(w->journal.entry, j->entry, ID_BYTES);
	return e ? e : name_files(b, j);
}

static enum err run_verdict(struct batch *b, struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct life l = begin_life(j, b);
	struct life_draft d = {.kind = j->kind, .fields = buf_bytes(&j->fields)};
	enum err e = life_judge(&l, j->kind, j->target, j->verdict, j->reason ? j->reason : "", j->has_fields ? &d : NULL, j->entry);
	if (!e && j->has_fields)
		return name_files(b, j);
	return end_life(j, &l, e);
}

static enum err run_withdrawal(struct batch *b, struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct life l = begin_life(j, b);
	memcpy(j->entry, j->target, sizeof j->entry);
	return end_life(j, &l, life_retract(&l, j->kind, j->target, j->reason ? j->reason : ""));
}

/* What the session could take back. */
static void note_step(const struct entry_write *j)
{
	struct exchange *x = j->w.x;
	struct last_step s = {.session = x->caller.session, .time_ms = clock_ms(), .about = j->permit.about, .kind = j->kind};
	s.what = j->verdict ? STEP_JUDGED : !j->has_fields ? STEP_WITHDREW : j->took_place ? STEP_CHANGED : STEP_WROTE;
	memcpy(s.subject, j->permit.subject, SUBJECT_BYTES);
	memcpy(s.entry, j->entry, ID_BYTES);
	memcpy(s.before, j->before, ID_BYTES);
	if (!j->verdict || strcmp(j->verdict, "comment") != 0)
		steps_note(&api_node(x)->steps, &s);
}

static void reply_entry(struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct shower show = handler_shower(api_node(w->x));
	show.viewer = &j->permit;
	note_step(j);
	/* the commit is told to the catalogue after this reply */
	if (j->permit.about == ABOUT_SCHOOL && words_apply(api_node(w->x)))
		log_event(LEVEL_ERROR, "lists_failed");
	json_t *entry = show_entry_of(&show, j->permit.subject, j->entry);
	if (entry)
		reply_json(w->x, j->status, entry);
	else
		reply_error(w->x, ERR_STORE, NULL, NULL);
}

/* Somebody else's change came in between. */
static void reply_changed(struct api_write *w)
{
	struct entry_write *j = (struct entry_write *)w;
	struct shower show = handler_shower(api_node(w->x));
	show.viewer = &j->permit;
	handler_changed(w->x, show_entry_of(&show, j->permit.subject, j->target));
}

static void reply_fault(struct exchange *x, const struct fault *f)
{
	reply_error(x, f->err, *f->why ? f->why : NULL, *f->field ? f->field : NULL);
}

/* Files and fields; false: it has replied and dropped the write. */
static bool fill(struct exchange *x, struct entry_write *j, json_t *values, const uint8_t *replaces)
{
	j->has_fields = true;
	if (!entry_files_resolve(x, &j->permit, j->kind, values, &j->files)) {
		api_write_drop(&j->w);
		return false;
	}
	if (draft_fields(&j->permit, j->kind, j->relation, values, replaces, &j->fields, &j->fault))
		return true;
	reply_fault(x, &j->fault);
	api_write_drop(&j->w);
	return false;
}

static void post_entry(struct exchange *x)
{
	uint8_t replaced[ID_BYTES];
	const char *code = NULL, *replaces = NULL;
	int64_t period = 0;
	json_t *values = NULL;
	struct permit p;
	struct fault fault;
	const struct kind *kind;
	enum relation relation;
	const struct input fields[] = {
		{"kind", INPUT_LINE, REQUIRED, KIND_CODE_MAX, &code, 0},
		{"period", INPUT_INTEGER, OPTIONAL, 2200, &period, 1900},
		{"fields", INPUT_OBJECT, REQUIRED, 0, &values, 0},
		{"replaces", INPUT_LINE, OPTIONAL, 2 * ID_BYTES, &replaces, 0},
	};
	if (!permit_path(x, &p) || !api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	if (!draft_kind(&p, code, &kind, &relation, &fault)) {
		reply_fault(x, &fault);
		return;
	}
	if (replaces && !hex_decode(replaces, replaced, sizeof replaced)) {
		reply_error(x, ERR_INVALID, "the id of the entry whose place it takes", "replaces");
		return;
	}
	struct entry_write *j = entry_write_new(x, &p, relation, kind, run_entry, reply_entry);
	if (!j || !fill(x, j, values, replaces ? replaced : NULL))
		return;
	j->period = (uint16_t)period;
	j->replaces = replaces != NULL;
	if (replaces)
		memcpy(j->replaced, replaced, ID_BYTES);
	api_write_start(&j->w);
}

/* --- judging ---------------------------------------------------------------------------------- */

/* If-Match against the entry as it is; false: it has replied. */
static bool unchanged(struct exchange *x, const struct dossier *d, const struct dossier_entry *e)
{
	const char *match = request_header(x->req, "if-match");
	struct shower w = handler_shower(api_node(x));
	if (!match)
		return true;
	json_t *entry = show_entry(&w, d, e);
	const char *etag = json_string_value(json_object_get(entry, "etag"));
	size_t n = strlen(etag);
	bool same = strcmp(match, etag) == 0 || (match[0] == '"' && strncmp(match + 1, etag, n) == 0 && strcmp(match + 1 + n, "\"") == 0);
	if (same)
		json_decref(entry);
	else
		handler_changed(x, entry);
	return same;
}

/* The entry of the path and its kind, for somebody who may do that to it; NULL: it has replied. */
static struct entry_write *prepare(struct exchange *x, enum verb verb, enum err (*run)(struct batch *b, struct api_write *w))
{
	struct permit p;
	const struct dossier *d;
	if (!permit_path(x, &p))
		return NULL;
	const struct dossier_entry *e = entry_of_path(x, &p, entry_param(&p), &d);
	if (!e)
		return NULL;
	const struct kind *kind = catalogue_kind(api_node(x)->catalogue, e->row.kind);
	enum relation relation = !kind ? 0 : verb == VERB_CONFIRM ? permit_judge(&p, kind, e) : permit_kind(&p, kind, verb);
	if (!relation) {
		reply_error(x, ERR_FORBIDDEN, "the catalogue says who does that to entries of this kind", NULL);
		return NULL;
	}
	if (!unchanged(x, d, e))
		return NULL;
	struct entry_write *j = entry_write_new(x, &p, relation, kind, run, reply_entry);
	if (!j)
		return NULL;
	memcpy(j->target, e->row.id, ID_BYTES);
	j->matches = request_header(x->req, "if-match") != NULL;
	entry_version(e, j->version);
	j->w.changed = reply_changed;
	return j;
}

static void post_verdict(struct exchange *x)
{
	static const char *const verdicts[] = {"confirm", "return", "comment", "reopen"};
	const char *verdict = NULL, *reason = NULL, *known = NULL;
	json_t *values = NULL;
	const struct input fields[] = {
		{"verdict", INPUT_LINE, REQUIRED, 16, &verdict, 0},
		{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0},
		{"fields", INPUT_OBJECT, OPTIONAL, 0, &values, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
		if (strcmp(verdicts[i], verdict) == 0)
			known = verdicts[i];
	if (!known) {
		reply_error(x, ERR_INVALID, "confirm, return, comment or reopen", "verdict");
		return;
	}
	bool confirm = strcmp(known, "confirm") == 0;
	if (!confirm && strcmp(known, "reopen") != 0 && (!reason || !*reason)) {
		reply_error(x, ERR_INVALID, "say why", "reason");
		return;
	}
	if (values && !confirm) {
		reply_error(x, ERR_INVALID, "only together with confirm", "fields");
		return;
	}
	struct entry_write *j = prepare(x, strcmp(known, "comment") == 0 ? VERB_SEE : VERB_CONFIRM, run_verdict);
	if (!j || (values && !fill(x, j, values, j->target)))
		return;
	j->verdict = known;
	j->reason = reason ? strdup(reason) : NULL;
	api_write_start(&j->w);
}

static void post_withdrawal(struct exchange *x)
{
	const char *reason = NULL;
	const struct input fields[] = {{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0}};
	if (!api_fields(x, fields, 1))
		return;
	struct entry_write *j = prepare(x, VERB_WRITE, run_withdrawal);
	if (!j)
		return;
	j->reason = reason ? strdup(reason) : NULL;
	j->status = 200;
	api_write_start(&j->w);
}

#define ENTRIES_OF(base)                                                                                                   \
	{METHOD_GET, base "/entries", AREA_RECORDS, BODY_NONE, 0, get_entries},                                            \
		{METHOD_POST, base "/entries", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_entry},                  \
		{METHOD_GET, base "/entries/{entry}", AREA_RECORDS, BODY_NONE, 0, get_entry},                              \
		{METHOD_POST, base "/entries/{entry}/verdicts", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_verdict}, \
	{                                                                                                                  \
		METHOD_POST, base "/entries/{entry}/withdrawals", AREA_RECORDS, BODY_JSON_OR_NONE, HTTP_BODY_BYTES_MAX,    \
			post_withdrawal                                                                                    \
	}

const struct route entry_routes[] = {
	ENTRIES_OF("/api/v1/students/{id}"),
	ENTRIES_OF("/api/v1/staff/{id}"),
	ENTRIES_OF("/api/v1/classes/{id}"),
	ENTRIES_OF("/api/v1/school"),
};
const size_t entry_route_count = sizeof entry_routes / sizeof *entry_routes;
