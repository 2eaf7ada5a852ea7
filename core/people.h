/*
 * people - students and staff: subjects with a person record, and the entries
 * and verdicts about them. Names, roles and titles lie in the encrypted bodies,
 * so that history stays legible after a transfer and headers tell nothing.
 *
 * Bodies (maps, keys in byte order):
 *   person   {birth, by, class, family, given, kind, patronymic, position}
 *   entry    {by, fields, kind, settled, title}; settled: true where the kind needs
 *            no confirmation, else left out
 *   verdict  {by, reason, verdict}
 * where by = {name, role, school}. Empty texts are left out of person.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "core/batch.h"
#include "core/view.h"

enum { PERSON_TEXT_MAX = 120 };

enum person_kind { PERSON_STUDENT, PERSON_STAFF };

struct person {
	enum person_kind kind;
	char family[PERSON_TEXT_MAX], given[PERSON_TEXT_MAX], patronymic[PERSON_TEXT_MAX];
	char birth[11]; /* YYYY-MM-DD or empty */
	char class_name[24];
	char position[PERSON_TEXT_MAX];
};

/* Who acts: as it will be read in twenty years. */
struct actor {
	const char *name, *role, *school;
};

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

/* verdict: "confirm", "return" or "comment". It supersedes the verdicts known here. */
enum err verdict_write(struct batch *b, const uint8_t *subject, const uint8_t *entry, const char *verdict, const char *reason,
		       const struct actor *by) MUST_USE;

/* Whether we may write of the subject now: we keep it, have not released it, and what we sign counts. */
enum err subject_writable(struct batch *b, const uint8_t *subject) MUST_USE;

#endif
