/*
 * permit - who the caller is to the subject that a path names, and so what they may
 * do with its entries. What they may not even see is answered as what does not exist.
 */
#ifndef NODE_PERMIT_H
#define NODE_PERMIT_H

#include "core/life.h"
#include "node/api.h"

/* Who may erase an entry: whoever keeps the class knows what it says; the administrator acts on the family's paper. */
enum { REL_ERASES = REL_CLASS_TEACHER | REL_TUTOR | REL_ADMINISTRATOR };

/* Who may see a student's guardians and days of coming and going. */
enum { REL_PRIVATE = REL_CLASS_TEACHER | REL_TUTOR | REL_ADMINISTRATOR };

struct permit {
	enum about about;
	uint8_t subject[SUBJECT_BYTES];
	const struct indexed_person *person; /* student or teacher */
	const struct group *group;	     /* class */
	bool opened;			     /* false: the school's own subject, before its first entry */
	enum role role;
	uint8_t who[SUBJECT_BYTES]; /* zeros: nobody in the records */
	uint8_t also[SUBJECT_BYTES]; /* the same person's other id; zeros: none, or a live stream */
	uint32_t relations;
	struct node *node;
	char today[DATE_BYTES];
};

/*
 * Of the subject in the path: /students/{id}, /staff/{id}, /classes/{id}, /school. False: it has
 * replied 404.
 */
bool permit_path(struct exchange *x, struct permit *out);

/* The student of the path, to those in one of the relations; NULL: it has replied 404. p may be NULL. */
const struct indexed_person *permit_student(struct exchange *x, uint32_t relations, struct permit *p);

/* Of any subject; relations are 0 where the caller has nothing to do with it. */
void permit_of(struct exchange *x, enum about about, const uint8_t subject[SUBJECT_BYTES], struct permit *out);

/* The same for somebody who asked earlier: a live stream. */
void permit_for(struct node *n, enum role role, const uint8_t who[SUBJECT_BYTES], enum about about,
		const uint8_t subject[SUBJECT_BYTES], struct permit *out);

/* In what relation the caller may; 0: not at all. */
enum relation permit_kind(const struct permit *p, const struct kind *k, enum verb verb);

/*
 * The same of confirming or returning one entry. What a former school wrote late waits for whoever keeps the class,
 * whatever its kind: PROTOCOL.md, Force.
 */
enum relation permit_judge(const struct permit *p, const struct kind *k, const struct dossier_entry *e);

/* Whether the caller may see the entry: struct permit as arg, for an entry filter. */
bool permit_entry(void *permit, const struct dossier *d, const struct dossier_entry *e);

/*
 * What the caller may do with an entry now, in words, so that a page offers nothing that would be refused:
 * correct, withdraw, confirm, return, comment, erase. And the codes of the kinds that they may write.
 */
json_t *permit_acts(const struct permit *p, const struct dossier *d, const struct dossier_entry *e);
json_t *permit_writes(const struct permit *p);

/* What the caller is to the subject, in words. */
json_t *permit_relations(const struct permit *p);

/* Who acts, in that relation, as it will be read in twenty years; copied, since a write outlives the request. */
struct acting {
	char name[NAME_BYTES_MAX + 1], role[NAME_BYTES_MAX + 1], school[NAME_BYTES_MAX + 1];
	uint8_t who[SUBJECT_BYTES], also[SUBJECT_BYTES]; /* zeros: none */
};
void permit_acting(const struct exchange *x, const struct permit *p, enum relation relation, struct acting *out);
struct actor acting_actor(const struct acting *a);

/* The same for what is no entry: as the administrator. */
void handler_acting(const struct exchange *x, struct acting *out);

#endif
