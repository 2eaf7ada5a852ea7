#include "core/consent.h"

uint32_t consent_missing(const struct dossier *d, const struct person *p, const uint8_t school[SCHOOL_BYTES], const char *purpose,
			 const struct dossier_entry *e, const char *today)
{
	bool known = date_valid(p->birth); /* else as for the youngest, and the student's own too */
	int age = known ? date_years(p->birth, today) : 0;
	uint32_t needed = 0, given = 0;
	if (age < PERSON_OF_AGE)
		needed |= REL_PARENT;
	if (!known || age >= CONSENT_OWN_AGE)
		needed |= REL_SELF;
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *c = &d->entries[i];
		uint8_t id[ID_BYTES], who[SUBJECT_BYTES];
		if (!entry_is(c, "consent") || !entry_counts(c) || memcmp(c->row.author, school, SCHOOL_BYTES) != 0 ||
		    !bytes_equal(entry_text(c, "purpose"), bytes_text(purpose)) || !body_who(c->body, who))
			continue;
		if (entry_id(c, "entry", id, sizeof id) && memcmp(id, e->row.id, ID_BYTES) != 0)
			continue;
		const struct guardian *g = person_guardian(p, who);
		if (memcmp(who, d->subject, SUBJECT_BYTES) == 0)
			given |= REL_SELF;
		else if (g && person_guardian_stands(p, g, today))
			given |= REL_PARENT;
	}
	return needed & ~given;
}

bool consent_published(const struct catalogue *c, const struct dossier *d, const struct person *p,
		       const uint8_t school[SCHOOL_BYTES], const char *purpose, const struct dossier_entry *e, const char *today)
{
	const struct kind *k = catalogue_kind(c, e->row.kind);
	return k && k->publish && entry_counts(e) && !consent_missing(d, p, school, purpose, e, today);
}
