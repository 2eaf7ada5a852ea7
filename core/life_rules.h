/*
 * life_rules - what single kinds demand beyond their declaration: polls are answered
 * by those asked, once and in time; an expert speaks of the work they were named for.
 */
#ifndef CORE_LIFE_RULES_H
#define CORE_LIFE_RULES_H

#include "core/life.h"

/* replaced: the entry whose place the draft takes, or NULL. Sets l->field and l->detail. */
enum err life_rule(struct life *l, const struct life_draft *d, const struct dossier *dossier, const struct dossier_entry *replaced) MUST_USE;

#endif
