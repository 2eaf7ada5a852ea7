#include "core/life_rules.h"

#include "proto/mp.h"

static enum err refuse(struct life *l, enum err e, const char *field, const char *detail)
{
	l->field = field;
	l->detail = detail;
	return e;
}

/* The entry that the draft names in a field, of that kind. */
static const struct dossier_entry *named(const struct life_draft *d, const struct dossier *dossier, const char *field, const char *kind)
{
	struct dossier_entry draft = {.fields = d->fields};
	uint8_t id[ID_BYTES];
	const struct dossier_entry *e = entry_id(&draft, field, id, sizeof id) ? dossier_find(dossier, id) : NULL;
	return e && entry_stands(e) && entry_is(e, kind) ? e : NULL;
}

static bool passed(const struct life *l, const struct dossier_entry *e, const char *field)
{
	char day[DATE_BYTES];
	bytes_string(entry_text(e, field), day, sizeof day);
	return *day && strcmp(day, l->today) < 0;
}

/* Whether the actor has spoken to that entry before, apart from what is replaced now. */
static bool spoken(const struct life *l, const struct dossier *dossier, const struct dossier_entry *replaced, const char *kind,
		   const char *field, const uint8_t *to)
{
	for (size_t i = 0; i < dossier->count; i++) {
		const struct dossier_entry *e = &dossier->entries[i];
		uint8_t id[ID_BYTES], who[SUBJECT_BYTES];
		if (e != replaced && entry_is(e, kind) && entry_stands(e) && entry_id(e, field, id, sizeof id) &&
		    memcmp(id, to, ID_BYTES) == 0 && body_who(e->body, who) && memcmp(who, l->by.id, SUBJECT_BYTES) == 0)
			return true;
	}
	return false;
}

/* Every mark must be of a competence that the poll asks about. */
static bool marks_within(struct bytes fields, const struct dossier_entry *poll)
{
	struct mp_reader marks, asked;
	if (!mp_find(fields, "marks", &marks))
		return true;
	uint32_t n = mp_get_array(&marks);
	for (uint32_t i = 0; i < n && !marks.err; i++) {
		struct bytes code = mp_find_text(mp_get_any(&marks), "code");
		bool found = false;
		if (!mp_find(poll->fields, "competences", &asked))
			return false;
		uint32_t m = mp_get_array(&asked);
		for (uint32_t k = 0; k < m && !asked.err && !found; k++)
			found = bytes_equal(mp_find_text(mp_get_any(&asked), "code"), code);
		if (!found)
			return false;
	}
	return true;
}

static enum err observation(struct life *l, const struct life_draft *d, const struct dossier *dossier, const struct dossier_entry *replaced)
{
	const struct dossier_entry *poll = named(d, dossier, "poll", "poll");
	if (!poll)
		return refuse(l, ERR_INVALID, "fields.poll", "the id of a poll about this student");
	if (passed(l, poll, "deadline"))
		return refuse(l, ERR_PAST_DEADLINE, "fields.poll", "ask whoever started the poll for a new one");
	if (!marks_within(d->fields, poll))
		return refuse(l, ERR_INVALID, "fields.marks", "levels of the competences that the poll names");
	if (!l->by.id)
		return ERR_OK;
	if (!entry_names(poll, "asked", l->by.id))
		return refuse(l, ERR_NOT_ASKED, "fields.poll", NULL);
	return spoken(l, dossier, replaced, "observation", "poll", poll->row.id) ? refuse(l, ERR_ANSWERED, "fields.poll", NULL) : ERR_OK;
}

static enum err expert_review(struct life *l, const struct life_draft *d, const struct dossier *dossier,
			      const struct dossier_entry *replaced)
{
	struct dossier_entry draft = {.fields = d->fields};
	uint8_t work[ID_BYTES];
	if (!entry_id(&draft, "entry", work, sizeof work))
		return refuse(l, ERR_INVALID, "fields.entry", "the work that is reviewed");
	if (!l->by.id)
		return ERR_OK;
	if (!life_appointed(dossier, work, l->by.id, l->today))
		return refuse(l, ERR_NOT_ASKED, "fields.entry", "only the expert named for this work, until the day named");
	return spoken(l, dossier, replaced, "expert_review", "entry", work) ? refuse(l, ERR_ANSWERED, "fields.entry", NULL) : ERR_OK;
}

static enum err poll(struct life *l, const struct life_draft *d, const struct dossier *dossier, const struct dossier_entry *replaced)
{
	struct dossier_entry draft = {.fields = d->fields};
	(void)dossier;
	(void)replaced;
	return passed(l, &draft, "deadline") ? refuse(l, ERR_INVALID, "fields.deadline", "today or later") : ERR_OK;
}

enum err life_rule(struct life *l, const struct life_draft *d, const struct dossier *dossier, const struct dossier_entry *replaced)
{
	static const struct {
		const char *kind;
		enum err (*check)(struct life *l, const struct life_draft *d, const struct dossier *dossier,
				  const struct dossier_entry *replaced);
	} rules[] = {
		{"observation", observation},
		{"expert_review", expert_review},
		{"poll", poll},
	};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i].kind, d->kind->code) == 0)
			return rules[i].check(l, d, dossier, replaced);
	return ERR_OK;
}

bool life_appointed(const struct dossier *d, const uint8_t *work, const uint8_t who[SUBJECT_BYTES], const char *today)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		uint8_t id[ID_BYTES], expert[SUBJECT_BYTES];
		char until[DATE_BYTES];
		if (!entry_is(e, "expertise") || !entry_stands(e) || !entry_id(e, "expert", expert, sizeof expert) ||
		    memcmp(expert, who, SUBJECT_BYTES) != 0)
			continue;
		bytes_string(entry_text(e, "until"), until, sizeof until);
		if (strcmp(today, until) <= 0 && (!work || (entry_id(e, "entry", id, sizeof id) && dossier_follows(d, work, id))))
			return true;
	}
	return false;
}
