/*
 * people - students and staff: subjects with a person record, and the entries
 * and verdicts about them. Names, roles and titles lie in the encrypted bodies,
 * so that history stays legible after a transfer and headers tell nothing.
 *
 * Bodies (maps, keys in byte order):
 *   person   {birth, by, class, external, family, given, guardians, joined, kind, left, patronymic, position}
 *   entry    {by, fields, kind, settled, title}; settled: true where the kind needs
 *            no confirmation, else left out
 *   verdict  {by, reason, verdict}
 *   retract  {by, reason}
 * where by = {id, name, role, school}, id the acting person's where they are in the
 * records, and guardians = [{external, family, given, id, patronymic, relation, until}].
 * What is empty is left out.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "core/batch.h"
#include "core/view.h"

/* A name or a position: a hundred letters, of two bytes in Cyrillic. */
enum { PERSON_OF_AGE = 18, CLASS_NAME_MAX = 24, PERSON_TEXT_MAX = 2 * 100 + 1, EXTERNAL_TEXT_MAX = 64, PERSON_DATE_BYTES = 11, GUARDIANS_MAX = 6 };

enum person_kind { PERSON_STUDENT, PERSON_STAFF };

/* A parent or legal representative. They have no records of their own: the child's name them. */
struct guardian {
	uint8_t id[SUBJECT_BYTES]; /* the same for all children of theirs at one school */
	char family[PERSON_TEXT_MAX], given[PERSON_TEXT_MAX], patronymic[PERSON_TEXT_MAX];
	char relation[24];		/* a code of the list relation, or empty */
	char until[PERSON_DATE_BYTES];	/* the day it ended, or empty */
	char external[EXTERNAL_TEXT_MAX]; /* what another system calls them */
};

struct person {
	enum person_kind kind;
	char family[PERSON_TEXT_MAX], given[PERSON_TEXT_MAX], patronymic[PERSON_TEXT_MAX];
	char birth[PERSON_DATE_BYTES];	/* YYYY-MM-DD or empty, as all dates here */
	char joined[PERSON_DATE_BYTES]; /* enrolled or employed */
	char left[PERSON_DATE_BYTES];	/* the first day they are no longer here */
	char class_name[CLASS_NAME_MAX];
	char position[PERSON_TEXT_MAX];
	char external[EXTERNAL_TEXT_MAX]; /* what another system calls them */
	size_t guardian_count;
	struct guardian guardians[GUARDIANS_MAX];
};

/* Who acts: as it will be read in twenty years. */
struct actor {
	const char *name, *role, *school;
	const uint8_t *id;   /* the person's, or NULL */
	const uint8_t *also; /* the same person's other id, as a parent or at work; written nowhere; or NULL */
};

/* Whether that is who acts, in whatever capacity. */
static inline bool actor_is(const struct actor *a, const uint8_t who[SUBJECT_BYTES])
{
	return (a->id && memcmp(a->id, who, SUBJECT_BYTES) == 0) || (a->also && memcmp(a->also, who, SUBJECT_BYTES) == 0);
}

/*
 * Whether they stand for the child on that day: until theirs ends, or the child is of age; a birth date
 * that is not known ends nothing.
 */
bool person_guardian_stands(const struct person *child, const struct guardian *g, const char *day);

/* The guardian of that id, whether or not it ended; NULL if there is none. */
const struct guardian *person_guardian(const struct person *p, const uint8_t id[SUBJECT_BYTES]);

/* Opens a subject of our own: key, enrolment, recovery wrap, person record. REVOKED, KEYS_CHANGED: ours would count nowhere. */
enum err person_enrol(struct batch *b, const struct person *p, const struct actor *by, uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/* A new version of the person record. ERR_READ_ONLY unless we are custodian. */
enum err person_change(struct batch *b, const uint8_t *subject, const struct person *p, const struct actor *by) MUST_USE;

enum err person_parse(struct bytes body, struct person *out) MUST_USE;

/*
 * An entry of a kind, with its checked fields (a canonical map) and the kind's
 * title as it is today. replaces: an entry of our own, or NULL.
 */
struct entry_draft {
	const char *kind, *title;
	bool settled;
	struct bytes fields;
	uint16_t period;
	const uint8_t *replaces;
};
enum err entry_write(struct batch *b, const uint8_t *subject, const struct entry_draft *d, const struct actor *by,
		     uint8_t id_out[ID_BYTES]) MUST_USE;

/*
 * verdict: "confirm", "return", "comment", or "reopen", which takes back the one before. It supersedes
 * the verdicts known here.
 */
enum err verdict_write(struct batch *b, const uint8_t *subject, const uint8_t *entry, const char *verdict, const char *reason,
		       const struct actor *by) MUST_USE;

/* Withdraws an entry of our own. */
enum err retract_write(struct batch *b, const uint8_t *subject, const uint8_t *entry, const char *reason, const struct actor *by) MUST_USE;

/* Whether we may write of the subject now: we keep it, have not released it, and what we sign counts. */
enum err subject_writable(struct batch *b, const uint8_t *subject) MUST_USE;

#endif
