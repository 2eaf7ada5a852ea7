/*
 * monitor - assessment procedures of a class: what they ask, and who may judge in them.
 */
#ifndef CORE_MONITOR_H
#define CORE_MONITOR_H

#include "core/date.h"
#include "core/dossier.h"

/* The procedure of that id that stands in the class's dossier; NULL if there is none. */
const struct dossier_entry *monitor_procedure(const struct dossier *class_dossier, const uint8_t *id);

/* The last day on which its experts rate. */
void procedure_until(const struct dossier_entry *procedure, char out[DATE_BYTES]);

/* Whether it names the person as an expert, up to and on that day. */
bool procedure_expert(const struct dossier_entry *procedure, const uint8_t who[SUBJECT_BYTES], const char *day);

/* Whether the person has rated the student in all that it asks, in it or an earlier version of it. */
bool procedure_rated(const struct dossier *class_dossier, const struct dossier_entry *procedure, const struct dossier *student,
		     const uint8_t who[SUBJECT_BYTES]);

/* Whether a LISTS field of an entry holds that code. */
bool entry_lists(const struct dossier_entry *e, const char *field, struct bytes code);

#endif
