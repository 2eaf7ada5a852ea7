/*
 * people_index - the people this node can name, in memory: built at start from
 * the person records that open, kept up with every commit. Names are searched
 * here and nowhere else; nothing of it is ever written.
 */
#ifndef NODE_PEOPLE_INDEX_H
#define NODE_PEOPLE_INDEX_H

#include "core/changes.h"
#include "core/people.h"

struct indexed_person {
	uint8_t subject[SUBJECT_BYTES];
	struct person person;
	struct custody_row custody;
	bool former; /* some other school keeps it now */
	bool gone;   /* erased; it is out before anybody looks */
	char *folded; /* family given patronymic, as searched */
	char *guardians; /* a student's, the same of each, a line each */
	char *key;    /* the same, as sorted */
};

struct people_index {
	struct indexed_person *at; /* sorted by subject */
	size_t count, cap, gone;
	size_t *order; /* indices by class, family, given */
};

/* Reads everything. me: our school id. */
enum err people_index_load(struct people_index *p, struct school *s, const uint8_t *me) MUST_USE;

/* Looks again at these subjects. */
enum err people_index_refresh(struct people_index *p, struct school *s, const uint8_t *me, const struct changes *c) MUST_USE;
/* Looks again at one subject: for who cannot wait for the commit to be told. */
enum err people_index_update(struct people_index *p, struct school *s, const uint8_t *me, const uint8_t *subject) MUST_USE;
void people_index_release(struct people_index *p);

const struct indexed_person *people_index_find(const struct people_index *p, const uint8_t *subject);

/* The first behind that subject, there or not (zeros: the first of all), for who goes on after others came and went; NULL: no more. */
const struct indexed_person *people_index_next(const struct people_index *p, const uint8_t *subject);

#endif
