/*
 * show - records as the API shows them. Everything is read and decrypted within
 * one call; keys are gone when it returns.
 */
#ifndef NODE_SHOW_H
#define NODE_SHOW_H

#include <jansson.h>

#include "core/blobs.h"
#include "core/catalogue.h"
#include "core/transfer.h"
#include "node/dossiers.h"
#include "node/people_index.h"

struct permit;

/* What showing needs; all borrowed. */
struct shower {
	struct school *school;
	const struct roster *roster;
	const struct catalogue *catalogue;
	const struct people_index *people;
	struct dossiers *dossiers;
	const struct blobs *blobs; /* NULL: not said which files are here */
	uint64_t now_ms;
	const struct permit *viewer; /* NULL: entries do not say what may be done with them, nor whom they name */
};

json_t *show_student(const struct shower *w, struct txn *t, const struct indexed_person *p);

/*
 * Entries of one subject with their verdicts, newest first, that pass the filters
 * (NULL: any). cursor: hex as given before, or NULL. next is NULL at the end. may,
 * when not NULL, says of each entry whether the reader may see it.
 */
struct entry_filter {
	const char *kind, *status, *section, *activity, *course, *group, *cursor;
	char *folded; /* text to be found in the fields, folded; NULL: any */
	int period;   /* -1: any */
	size_t limit;
	bool (*may)(void *arg, const struct dossier *d, const struct dossier_entry *e);
	void *arg;
};
json_t *show_entries(const struct shower *w, const uint8_t *subject, const struct entry_filter *f);
bool show_passes(const struct shower *w, const struct dossier *d, const struct dossier_entry *e, const struct entry_filter *f);

json_t *show_entry(const struct shower *w, const struct dossier *d, const struct dossier_entry *e);

/* {id: name} of those whom the fields of an entry name and the viewer may know; fields: as show_fields() gives them. */
json_t *show_names(const struct permit *viewer, const struct kind *k, const json_t *fields);

/* One entry by its id, NULL if there is none. */
json_t *show_entry_of(const struct shower *w, const uint8_t *subject, const uint8_t *id);

/* An entry's fields, and the words of its lists as they read then. */
void show_fields(struct bytes fields, json_t *out, json_t *words);

/* What the entry is called: its name field, else the words of its competence, else its kind as written. */
json_t *show_title(struct bytes body, const json_t *fields, const json_t *words);

const char *show_status(enum entry_status status);
json_t *show_text(struct bytes s);

json_t *show_transfer(const struct shower *w, const struct transfer *t);

/* Any canonical value as JSON; ids in hex. */
json_t *show_value(struct bytes raw);

/* Everything held on one subject, NULL where nothing is or memory is short: readable, and each record's bytes, with what verifies them. */
json_t *show_export(const struct shower *w, const uint8_t *subject);

#endif
