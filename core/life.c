#include "core/life.h"

#include "core/life_rules.h"
#include "proto/mp.h"

static enum err refuse(struct life *l, enum err e, const char *field, const char *detail)
{
	l->field = field;
	l->detail = detail;
	return e;
}

static enum err open_subject(struct life *l, struct dossier *d)
{
	struct subject_keys keys;
	enum err e = batch_view(l->batch, l->subject);
	if (!e)
		e = batch_load_keys(l->batch, l->subject, &keys);
	if (e)
		return e;
	e = dossier_open(d, &l->batch->txn, &keys, l->subject);
	subject_keys_wipe(&keys);
	return e;
}

/* Nobody changes another's rating; a plan or a profile belongs to all who may write it. */
static bool may_change(const struct life *l, const struct kind *kind, const struct dossier *d, const struct dossier_entry *e)
{
	uint8_t author[SUBJECT_BYTES];
	if (!l->by.id || !dossier_first_author(d, e, author))
		return true;
	if (memcmp(author, l->by.id, SUBJECT_BYTES) == 0 || (kind->access.may[VERB_CONFIRM] & l->relation))
		return true;
	return !kind->moderated && kind->measure == MEASURE_NONE;
}

/* What the draft takes the place of, and whether it may. */
static enum err find_replaced(struct life *l, const struct life_draft *d, const struct dossier *dossier, uint16_t period,
			      const struct dossier_entry **out)
{
	*out = d->replaces ? dossier_find(dossier, d->replaces) : NULL;
	if (d->replaces && (!*out || !entry_is(*out, d->kind->code)))
		return refuse(l, ERR_NOT_FOUND, "replaces", "no such entry of this kind");
	for (size_t i = 0; i < dossier->count && !*out && d->kind->once != ONCE_NEVER; i++) {
		const struct dossier_entry *e = &dossier->entries[i];
		bool ours = memcmp(e->row.author, l->batch->school->id, SCHOOL_BYTES) == 0;
		if (entry_is(e, d->kind->code) && entry_stands(e) && ours && (d->kind->once == ONCE_EVER || e->row.period == period))
			*out = e;
	}
	if (!*out)
		return ERR_OK;
	if (d->replaces && !entry_stands(*out))
		return refuse(l, ERR_CONFLICT, "replaces", "another version has taken its place");
	if (d->kind->moderated && entry_counts(*out))
		return refuse(l, ERR_CONFIRMED, "replaces", NULL);
	return may_change(l, d->kind, dossier, *out) ? ERR_OK : refuse(l, ERR_FORBIDDEN, "replaces", "written by somebody else");
}

static bool date_of_fields(struct bytes fields, char out[DATE_BYTES])
{
	bytes_string(mp_find_text(fields, "date"), out, DATE_BYTES);
	return *out && date_valid(out);
}

static enum err find_period(struct life *l, const struct life_draft *d, uint16_t *out)
{
	char date[DATE_BYTES];
	bool dated = date_of_fields(d->fields, date);
	bool counts = d->kind->moderated || d->kind->measure != MEASURE_NONE, schooling = d->kind->about != ABOUT_TEACHER;
	int now = date_school_year(l->today), year = d->period ? d->period : date_school_year(dated ? date : l->today);
	*out = (uint16_t)year;
	if (year > now + !counts || year < (schooling ? now - SCHOOL_YEARS_BACK : CAREER_YEAR_LEAST))
		return refuse(l, ERR_OUTSIDE_YEAR, d->period ? "period" : "fields.date",
			      "what was is at most twelve school years back, or begins with a career; what is planned is for the next one");
	if (!dated)
		return ERR_OK;
	if (d->kind->about == ABOUT_STUDENT && date_school_year(date) != *out)
		return refuse(l, ERR_OUTSIDE_YEAR, "fields.date", "from 1 September of the year named in period to 31 August of the next");
	if (counts && strcmp(date, l->today) > 0)
		return refuse(l, ERR_INVALID, "fields.date", "a day to come");
	return ERR_OK;
}

/* Entries that it names must be there, unless they are another subject's. */
static enum err check_references(struct life *l, const struct life_draft *d, const struct dossier *dossier)
{
	struct dossier_entry draft = {.fields = d->fields};
	for (size_t i = 0; i < d->kind->field_count; i++) {
		const struct field *f = &d->kind->fields[i];
		uint8_t id[ID_BYTES];
		if (f->type != FIELD_ENTRY || f->of != d->kind->about || !entry_id(&draft, f->code, id, sizeof id))
			continue;
		const struct dossier_entry *named = dossier_find(dossier, id);
		if (!named || !entry_stands(named))
			return refuse(l, ERR_INVALID, f->code, "no such entry of this subject");
		if (f->kind && !entry_is(named, f->kind))
			return refuse(l, ERR_INVALID, f->code, "an entry of another kind");
	}
	return ERR_OK;
}

static enum err write_into(struct life *l, const struct life_draft *d, const struct dossier *dossier, uint8_t id_out[ID_BYTES])
{
	const struct dossier_entry *replaced = NULL;
	uint16_t period;
	enum err e = find_period(l, d, &period);
	if (!e)
		e = find_replaced(l, d, dossier, period, &replaced);
	if (!e)
		e = check_references(l, d, dossier);
	if (!e)
		e = life_rule(l, d, dossier, replaced);
	if (e)
		return e;
	if (replaced)
		memcpy(l->replaced, replaced->row.id, ID_BYTES);
	l->replacing = replaced != NULL;
	struct entry_draft entry = {.kind = d->kind->code,
				    .title = d->kind->title_ru,
				    .settled = !d->kind->moderated,
				    .fields = d->fields,
				    .period = period,
				    .replaces = replaced ? replaced->row.id : NULL};
	return entry_write(l->batch, l->subject, &entry, &l->by, id_out);
}

/* Most entries stand for themselves, and nothing has to be opened to judge them. */
static bool looks_back(const struct life_draft *d)
{
	struct dossier_entry draft = {.fields = d->fields};
	uint8_t id[ID_BYTES];
	bool names = false;
	for (size_t i = 0; i < d->kind->field_count; i++)
		names |= d->kind->fields[i].type == FIELD_ENTRY && entry_id(&draft, d->kind->fields[i].code, id, sizeof id);
	return names || d->replaces || d->kind->once != ONCE_NEVER;
}

enum err life_write(struct life *l, const struct life_draft *d, uint8_t id_out[ID_BYTES])
{
	struct dossier dossier = {0};
	enum err e = subject_writable(l->batch, l->subject);
	if (!e && looks_back(d))
		e = open_subject(l, &dossier);
	if (e)
		return e;
	e = write_into(l, d, &dossier, id_out);
	dossier_close(&dossier);
	return e;
}

/* The state that an entry must be in for a verdict to mean something. */
static enum err check_verdict(struct life *l, const struct kind *kind, const struct dossier *d, const struct dossier_entry *e,
			      const char *verdict)
{
	uint8_t author[SUBJECT_BYTES];
	if (strcmp(verdict, "comment") == 0)
		return ERR_OK;
	if (!kind->moderated && e->row.status != ENTRY_LATE)
		return refuse(l, ERR_WRONG_STATE, "verdict", "entries of this kind need no confirmation");
	if (!entry_stands(e))
		return refuse(l, ERR_WRONG_STATE, "verdict", "this version was withdrawn or replaced");
	if (strcmp(verdict, "confirm") == 0 && entry_counts(e))
		return refuse(l, ERR_WRONG_STATE, "verdict", "it is confirmed already");
	if (strcmp(verdict, "confirm") == 0 && dossier_first_author(d, e, author) && actor_is(&l->by, author))
		return refuse(l, ERR_OWN_ENTRY, "verdict", NULL);
	return ERR_OK;
}

static enum err check_version(const struct life *l, const struct dossier_entry *e)
{
	uint8_t now[DIGEST_BYTES];
	entry_version(e, now);
	return !l->version || memcmp(l->version, now, sizeof now) == 0 ? ERR_OK : ERR_PRECONDITION;
}

static enum err judge(struct life *l, const struct kind *kind, const struct dossier *d, const uint8_t *entry, const char *verdict,
		      const char *reason, const struct life_draft *corrected, uint8_t id_out[ID_BYTES])
{
	const struct dossier_entry *e = dossier_find(d, entry);
	if (!e || !entry_is(e, kind->code))
		return ERR_NOT_FOUND;
	enum err err = check_version(l, e);
	if (!err)
		err = check_verdict(l, kind, d, e, verdict);
	memcpy(id_out, entry, ID_BYTES);
	if (!err && corrected) {
		struct life_draft draft = *corrected;
		draft.replaces = entry;
		draft.period = e->row.period;
		err = write_into(l, &draft, d, id_out);
	}
	if (err)
		return err;
	uint8_t judged[ID_BYTES];
	memcpy(judged, id_out, ID_BYTES);
	return verdict_write(l->batch, l->subject, judged, verdict, reason, &l->by);
}

enum err life_judge(struct life *l, const struct kind *kind, const uint8_t *entry, const char *verdict, const char *reason,
		    const struct life_draft *corrected, uint8_t id_out[ID_BYTES])
{
	struct dossier d;
	enum err e = subject_writable(l->batch, l->subject);
	if (!e)
		e = open_subject(l, &d);
	if (e)
		return e;
	e = judge(l, kind, &d, entry, verdict, reason, corrected, id_out);
	dossier_close(&d);
	return e;
}

static enum err check_retract(struct life *l, const struct kind *kind, const struct dossier *d, const uint8_t *entry)
{
	const struct dossier_entry *e = dossier_find(d, entry);
	if (!e || !entry_is(e, kind->code))
		return ERR_NOT_FOUND;
	if (!entry_stands(e))
		return refuse(l, ERR_WRONG_STATE, NULL, "this version was withdrawn or replaced");
	if (kind->moderated && entry_counts(e))
		return ERR_CONFIRMED;
	return may_change(l, kind, d, e) ? ERR_OK : refuse(l, ERR_FORBIDDEN, NULL, "written by somebody else");
}

enum err life_retract(struct life *l, const struct kind *kind, const uint8_t *entry, const char *reason)
{
	struct dossier d;
	enum err e = subject_writable(l->batch, l->subject);
	if (!e)
		e = open_subject(l, &d);
	if (e)
		return e;
	const struct dossier_entry *named = dossier_find(&d, entry);
	e = named ? check_version(l, named) : ERR_OK;
	if (!e)
		e = check_retract(l, kind, &d, entry);
	dossier_close(&d);
	return e ? e : retract_write(l->batch, l->subject, entry, reason, &l->by);
}

unsigned life_acts(const struct life *l, const struct kind *kind, const struct dossier *d, const struct dossier_entry *e)
{
	struct life try = *l;
	unsigned acts = 0;
	if (check_retract(&try, kind, d, e->row.id) == ERR_OK)
		acts |= LIFE_CORRECT | LIFE_WITHDRAW;
	if (check_verdict(&try, kind, d, e, "confirm") == ERR_OK)
		acts |= LIFE_CONFIRM;
	if (check_verdict(&try, kind, d, e, "return") == ERR_OK)
		acts |= LIFE_RETURN;
	return acts;
}
