/* Taking back one's last step: what was written is withdrawn, a verdict reopened, a change changed back. */
#include "node/handler.h"
#include "node/loop.h"
#include "node/steps.h"

static const char *const what_names[] = {"wrote", "changed", "judged", "withdrew"};

static struct last_step *last(struct exchange *x)
{
	struct last_step *s = steps_last(&api_node(x)->steps, x->caller.session, clock_ms());
	if (!s)
		reply_error(x, ERR_NOT_FOUND, "nothing to take back", NULL);
	return s;
}

static json_t *show_step(const struct last_step *s)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:s, s:o}", "what", what_names[s->what], "time", json_time(s->time_ms), "about",
			 about_name(s->about), "subject", json_hex(s->subject, SUBJECT_BYTES), "kind", s->kind->code, "entry",
			 json_hex(s->entry, ID_BYTES));
}

static void get_undo(struct exchange *x)
{
	const struct last_step *s = last(x);
	if (s)
		reply_json(x, 200, show_step(s));
}

struct undo_write {
	struct api_write w;
	struct last_step step;
	struct permit permit;
	enum relation relation;
	struct acting by;
};

/* Writes an earlier version again, in the place of what is there or as a new entry. */
static enum err write_again(struct life *l, const struct last_step *s, const uint8_t *version, const uint8_t *replaces)
{
	struct subject_keys keys;
	struct dossier d;
	uint8_t id[ID_BYTES];
	enum err e = batch_load_keys(l->batch, s->subject, &keys);
	if (e)
		return e;
	e = dossier_open(&d, &l->batch->txn, &keys, s->subject);
	subject_keys_wipe(&keys);
	if (e)
		return e;
	const struct dossier_entry *old = dossier_find(&d, version);
	struct life_draft draft = {.kind = s->kind, .replaces = replaces};
	if (old && old->fields.n) {
		draft.fields = old->fields;
		draft.period = old->row.period;
		e = life_write(l, &draft, id);
	} else {
		e = ERR_NOT_FOUND;
	}
	dossier_close(&d);
	return e;
}

static enum err run_undo(struct batch *b, struct api_write *w)
{
	struct undo_write *j = (struct undo_write *)w;
	struct last_step *s = &j->step;
	struct life l = {.batch = b, .subject = s->subject, .by = acting_actor(&j->by), .relation = j->relation};
	uint8_t id[ID_BYTES];
	enum err e = ERR_OK;
	memcpy(l.today, j->permit.today, sizeof l.today);
	if (j->permit.role == ROLE_LOCAL)
		l.by.id = NULL;
	switch (s->what) {
	case STEP_WROTE:
		e = life_retract(&l, s->kind, s->entry, "");
		break;
	case STEP_CHANGED:
		e = write_again(&l, s, s->before, s->entry);
		break;
	case STEP_JUDGED:
		e = life_judge(&l, s->kind, s->entry, "reopen", "", NULL, id);
		break;
	case STEP_WITHDREW:
		e = write_again(&l, s, s->entry, NULL);
		break;
	}
	w->detail = l.detail;
	return e;
}

static void reply_undo(struct api_write *w)
{
	const struct undo_write *j = (struct undo_write *)w;
	struct last_step *s = steps_last(&api_node(w->x)->steps, w->x->caller.session, clock_ms());
	if (s && memcmp(s->entry, j->step.entry, ID_BYTES) == 0)
		s->time_ms = 0;
	reply_json(w->x, 200, show_step(&j->step));
}

static void post_undo(struct exchange *x)
{
	const struct last_step *s = last(x);
	struct permit p;
	if (!s)
		return;
	permit_of(x, s->about, s->subject, &p);
	enum relation relation = permit_kind(&p, s->kind, s->what == STEP_JUDGED ? VERB_CONFIRM : VERB_WRITE);
	if (!relation) { /* they may no longer */
		reply_error(x, ERR_NOT_FOUND, "nothing to take back", NULL);
		return;
	}
	struct undo_write *j = api_write_new(x, sizeof *j, run_undo, reply_undo);
	if (!j)
		return;
	j->step = *s;
	j->permit = p;
	j->relation = relation;
	permit_acting(x, &p, relation, &j->by);
	api_write_start(&j->w);
}

const struct route undo_routes[] = {
	{METHOD_GET, "/api/v1/undo", AREA_RECORDS, BODY_NONE, 0, get_undo},
	{METHOD_POST, "/api/v1/undo", AREA_RECORDS, BODY_NONE, 0, post_undo},
};
const size_t undo_route_count = sizeof undo_routes / sizeof *undo_routes;
