/*
 * consent - whether a student's entry may be published: decided anew at every
 * rendering, from the consents that stand at that moment.
 *
 * A legal representative's consent is needed, and from CONSENT_OWN_AGE on the
 * student's own beside it; while no birth date is known, both. It is given to one
 * school: another asks again. It is for one purpose, and for one entry or for all.
 */
#ifndef CORE_CONSENT_H
#define CORE_CONSENT_H

#include "core/catalogue.h"
#include "core/date.h"
#include "core/dossier.h"
#include "core/people.h"

enum { CONSENT_OWN_AGE = 14 };

/* What is still missing: nothing, or a set of relations whose consent it needs. */
uint32_t consent_missing(const struct dossier *d, const struct person *p, const uint8_t school[SCHOOL_BYTES], const char *purpose,
			 const struct dossier_entry *e, const char *today);

/* Whether the entry is published for the purpose: it counts, its kind may be, and no consent is missing. */
bool consent_published(const struct catalogue *c, const struct dossier *d, const struct person *p,
		       const uint8_t school[SCHOOL_BYTES], const char *purpose, const struct dossier_entry *e, const char *today);

#endif
