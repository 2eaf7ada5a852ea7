/*
 * monitor - assessment procedures of a class: what they ask, and who may judge in them.
 */
#ifndef CORE_MONITOR_H
#define CORE_MONITOR_H

#include "core/date.h"
#include "core/dossier.h"

/* The procedure of that id that stands in the class's dossier; NULL if there is none. */
const struct dossier_entry *monitor_procedure(const struct dossier *class_dossier, const uint8_t *id);

/* Whether it names the person as an expert, up to and on that day. */
bool procedure_expert(const struct dossier_entry *procedure, const uint8_t who[SUBJECT_BYTES], const char *day);

/* Whether a LISTS field of an entry holds that code. */
bool entry_lists(const struct dossier_entry *e, const char *field, struct bytes code);

#endif
