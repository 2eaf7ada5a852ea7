/* What a page may offer its reader. The writes themselves are judged again, by the same rules. */
#include "node/permit.h"

/* Whether anything can be written of the subject at all. */
static bool writable(const struct permit *p)
{
	return !p->person || (!p->person->former && p->person->custody.state == CUSTODY_HELD);
}

static unsigned acts_in(const struct permit *p, const struct kind *k, enum verb verb, const struct dossier *d, const struct dossier_entry *e)
{
	struct life l = {.relation = verb == VERB_CONFIRM ? permit_judge(p, k, e) : permit_kind(p, k, verb)};
	if (!l.relation)
		return 0;
	if (p->role != ROLE_LOCAL && !sodium_is_zero(p->who, SUBJECT_BYTES))
		l.by.id = p->who;
	if (!sodium_is_zero(p->also, SUBJECT_BYTES))
		l.by.also = p->also;
	memcpy(l.today, p->today, sizeof l.today);
	return life_acts(&l, k, d, e);
}

json_t *permit_acts(const struct permit *p, const struct dossier *d, const struct dossier_entry *e)
{
	static const struct {
		unsigned act;
		const char *word;
	} words[] = {{LIFE_CORRECT, "correct"}, {LIFE_WITHDRAW, "withdraw"}, {LIFE_CONFIRM, "confirm"}, {LIFE_RETURN, "return"}};
	const struct kind *k = catalogue_kind(p->node->catalogue, e->row.kind);
	bool ours = memcmp(e->row.author, p->node->opened.school.id, SCHOOL_BYTES) == 0;
	json_t *list = json_array();
	if (!k || !writable(p))
		return list;
	unsigned acts = acts_in(p, k, VERB_CONFIRM, d, e) & (LIFE_CONFIRM | LIFE_RETURN);
	if (ours)
		acts |= acts_in(p, k, VERB_WRITE, d, e) & (LIFE_CORRECT | LIFE_WITHDRAW);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (acts & words[i].act)
			json_array_append_new(list, json_string(words[i].word));
	if (e->body.n)
		json_array_append_new(list, json_string("comment"));
	if (p->about == ABOUT_STUDENT && (p->relations & REL_ERASES) && e->row.status != ENTRY_ERASED)
		json_array_append_new(list, json_string("erase"));
	return list;
}

json_t *permit_writes(const struct permit *p)
{
	json_t *codes = json_array();
	const struct kind *k;
	for (size_t i = 0; writable(p) && (k = catalogue_kind_at(p->node->catalogue, i)); i++)
		if (permit_kind(p, k, VERB_WRITE))
			json_array_append_new(codes, json_string(k->code));
	return codes;
}

json_t *permit_relations(const struct permit *p)
{
	json_t *list = json_array();
	for (uint32_t r = 1; r <= REL_ALL; r <<= 1)
		if (p->relations & r)
			json_array_append_new(list, json_string(access_relation_name((enum relation)r)));
	return list;
}
