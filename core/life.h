/*
 * life - entries, verdicts and withdrawals under the rules of the house. Whether the
 * actor may at all was decided before (core/access.h); here is what the records
 * themselves forbid. Each runs in a batch and reads the subject as the batch has it,
 * so that of two answers to one poll the second is refused however close they come.
 */
#ifndef CORE_LIFE_H
#define CORE_LIFE_H

#include "core/catalogue.h"
#include "core/date.h"
#include "core/dossier.h"
#include "core/people.h"

/* Who writes, in what relation, and when. */
struct life {
	struct batch *batch;
	const uint8_t *subject;
	struct actor by;
	enum relation relation; /* 0: the operator */
	char today[DATE_BYTES];
	const uint8_t *version; /* what is judged or withdrawn must be that version still (else PRECONDITION); NULL: any */
	bool replacing;		    /* after life_write: another entry's place was taken */
	uint8_t replaced[ID_BYTES]; /* which */
	const char *field;  /* after an error: what is wrong, static or the kind's */
	const char *detail; /* ... and how to mend it, static */
};

/*
 * Writes an entry. fields: its checked map. period: 0 takes the school year of its
 * date, else of today. replaces: what it takes the place of, or NULL; for a kind of
 * which there is one it is found.
 *
 * OUTSIDE_YEAR, INVALID (a date to come, an entry that is not there), CONFIRMED (what
 * it would replace), FORBIDDEN (another's), ANSWERED, PAST_DEADLINE, NOT_ASKED;
 * entry_write's.
 */
struct life_draft {
	const struct kind *kind;
	struct bytes fields;
	uint16_t period;
	const uint8_t *replaces;
};
enum err life_write(struct life *l, const struct life_draft *d, uint8_t id_out[ID_BYTES]) MUST_USE;

/*
 * Judges one: "confirm", "return", "comment" or "reopen". With a draft the corrected
 * version takes the entry's place and is confirmed: id_out is what was judged in the
 * end. OWN_ENTRY; WRONG_STATE: nothing to confirm there, or for a kind without
 * confirmation.
 */
enum err life_judge(struct life *l, const struct kind *kind, const uint8_t *entry, const char *verdict, const char *reason,
		    const struct life_draft *corrected, uint8_t id_out[ID_BYTES]) MUST_USE;

/* What the records themselves let be done with an entry now: a set. l needs who, relation and today. */
enum life_act { LIFE_CORRECT = 1, LIFE_WITHDRAW = 2, LIFE_CONFIRM = 4, LIFE_RETURN = 8 };
unsigned life_acts(const struct life *l, const struct kind *kind, const struct dossier *d, const struct dossier_entry *e);

/* Whether somebody is the expert for that work (NULL: any) of the student today, or was named for an earlier version of it. */
bool life_appointed(const struct dossier *d, const uint8_t *work, const uint8_t who[SUBJECT_BYTES], const char *today);

/* Withdraws one. CONFIRMED, FORBIDDEN as above. */
enum err life_retract(struct life *l, const struct kind *kind, const uint8_t *entry, const char *reason) MUST_USE;

#endif
