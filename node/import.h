/*
 * import - people, classes and groups from elsewhere: a plan first, that writes nothing and says of every row
 * what it would do, then the same plan applied in one batch that can be taken back.
 *
 * A row speaks of some fields only; all else of a card stays. Therefore a plan holds what rows say, not cards, and
 * lays it over the card as it is in the batch. Who is meant is found by the other system's code (external), by
 * our own id in its place, by names and date of birth. The readers are node/import_csv.h and node/oneroster.h.
 */
#ifndef NODE_IMPORT_H
#define NODE_IMPORT_H

#include <jansson.h>

#include "core/catalogue.h"
#include "core/structure.h"
#include "core/undo.h"
#include "node/lookup.h"
#include "node/people_index.h"

enum import_outcome { IMPORT_NEW, IMPORT_SAME, IMPORT_CHANGED, IMPORT_CONFLICT, IMPORT_ERROR, IMPORT_GONE, IMPORT_OUTCOMES };

enum import_what { IMPORT_STUDENT, IMPORT_STAFF, IMPORT_CLASS };

/* Lists whose items a file may name. */
enum import_list { IMPORT_COURSE, IMPORT_RELATION, IMPORT_LISTS };

enum import_field {
	/* of people */
	FIELD_FAMILY, FIELD_GIVEN, FIELD_PATRONYMIC, FIELD_BIRTH, FIELD_CLASS, FIELD_POSITION, FIELD_JOINED, FIELD_LEFT,
	FIELD_EXTERNAL, /* of groups too */
	/* of groups */
	FIELD_NAME, FIELD_TYPE, FIELD_COURSE, FIELD_YEAR, FIELD_PILOT, FIELD_CLOSED,
};

/* Bits of a row's problems. */
enum import_problem {
#define PROBLEM(NAME, bit, outcome, text) PROBLEM_##NAME = 1 << bit,
#include "node/import.def"
#undef PROBLEM
};

enum { IMPORT_NO_ROW = UINT32_MAX };

/* Somebody whom a row names: another row, or one held. */
struct import_ref {
	uint32_t row; /* IMPORT_NO_ROW: see subject */
	uint8_t subject[SUBJECT_BYTES];
};

/* Texts are places in the plan's text; 0 is the empty one. */
struct import_guardian {
	uint32_t family, given, patronymic, relation, external;
	uint8_t id[SUBJECT_BYTES]; /* zeros: not known here yet; ... */
	uint8_t fresh[SUBJECT_BYTES]; /* ... then this, made when applied */
};

struct import_assignment {
	struct import_ref staff;
	enum relation relation;
	uint32_t course, since, until, next;
	bool any_course, gone; /* gone: ends today */
};

struct import_member {
	struct import_ref who;
	uint32_t next;
	bool gone;
};

struct import_link {
	uint32_t guardian, next;
	bool gone;
};

struct import_said {
	uint32_t text, next;
	uint8_t field;
};

struct import_row {
	uint8_t subject[SUBJECT_BYTES]; /* who is meant; of a new one, a stand-in until it is applied */
	enum import_what what;
	enum import_outcome outcome;
	const char *file; /* static, NULL: the only one */
	uint32_t line;	  /* 0: it stands in no line */
	uint32_t held;	  /* one more than the index in people or groups; 0: new */
	uint32_t said, links, assignments, members; /* one more than an index; 0 ends each */
	uint32_t problems;
	bool present; /* a day of leaving that has come is taken back */
	bool joined_soft; /* FIELD_JOINED counts where none is known */
};

/* What a plan is compared with; borrowed while it is made. */
struct import_base {
	const struct people_index *people;
	const struct structure *structure;
	const struct catalogue *catalogue;
	uint64_t now_ms;
};

struct import_plan {
	const char *kind; /* static: students, staff, classes, oneroster */
	struct import_base base;
	char today[DATE_BYTES];
	struct import_row *rows;
	struct import_said *said;
	struct import_guardian *guardians;
	struct import_link *links;
	struct import_assignment *assignments;
	struct import_member *members;
	size_t count, said_count, guardian_count, link_count, assignment_count, member_count;
	size_t cap, said_cap, guardian_cap, link_cap, assignment_cap, member_cap;
	struct buf text;
	/* finding */
	struct lookup held_names, held_externals, held_guardians, row_names, row_externals, group_names, group_externals, words[IMPORT_LISTS];
	uint32_t *claimed, *group_claimed; /* by held index: one more than the row */
	/* once finished */
	size_t counts[IMPORT_OUTCOMES];
	json_t *report; /* rows as the API shows them */
	bool truncated;
	char digest[33];
};

/* --- for readers ------------------------------------------------------------------------------ */

enum err import_begin(struct import_plan *p, const char *kind, const struct import_base *base) MUST_USE;

/* NULL: no memory. Pointers to rows live until the next. */
struct import_row *import_add(struct import_plan *p, enum import_what what, const char *file, size_t line);

/* A later word on a field counts. Errors are p->text's. */
void import_say(struct import_plan *p, uint32_t row, enum import_field field, const char *text);
uint32_t import_text(struct import_plan *p, const char *text);
const char *import_said(const struct import_plan *p, const struct import_row *r, enum import_field field);

/* The code of a list's item by code or title, as people write it; NULL: none. */
const char *import_word(const struct import_plan *p, enum import_list list, const char *text);

/* Finds whom the row means: outcome is NEW, CONFLICT, ERROR, or CHANGED until import_finish knows better. */
void import_match(struct import_plan *p, uint32_t row);
const struct person *import_held_person(const struct import_plan *p, const struct import_row *r);
const struct group *import_held_group(const struct import_plan *p, const struct import_row *r);

/* A person or group held here by another system's code, or by our own id; -1: none. */
long import_find_person(const struct import_plan *p, enum person_kind kind, const char *external);
long import_find_group(const struct import_plan *p, const char *external);
/* A guardian by code or id, as some child kept here names them; NULL: none. */
const struct guardian *import_find_guardian(const struct import_plan *p, const char *external);

/* The row about one held, made if there is none; IMPORT_NO_ROW: no memory. */
uint32_t import_row_of(struct import_plan *p, long held, const char *file, size_t line);
uint32_t import_row_of_group(struct import_plan *p, long held, const char *file, size_t line);

/* Each adds before what the row has, and once; more than a card holds is a problem of the row. False: no memory. */
bool import_link(struct import_plan *p, uint32_t row, uint32_t guardian, bool gone);
bool import_assign(struct import_plan *p, uint32_t row, const struct import_assignment *a);
bool import_member(struct import_plan *p, uint32_t row, const struct import_ref *who, bool gone);
struct import_guardian *import_guardian(struct import_plan *p, uint32_t *index);

struct import_ref import_ref_row(uint32_t row);
struct import_ref import_ref_held(const uint8_t *subject);
const uint8_t *import_subject(const struct import_plan *p, const struct import_ref *ref);

/* Outcomes, counts, report, and the digest of the file and of what it would do. */
enum err import_finish(struct import_plan *p, struct bytes file) MUST_USE;

void import_release(struct import_plan *p);

/* --- applying --------------------------------------------------------------------------------- */

/*
 * Writes what is new, changed and gone; the rest is left alone. id: by which it can be taken back, zeros where nothing
 * was written. May run twice.
 */
enum err import_apply(struct batch *b, struct import_plan *p, const struct actor *by, uint8_t id[UNDO_ID_BYTES]) MUST_USE;

/* --- between the parts ------------------------------------------------------------------------ */

/* Lays the row over the card. Problems that show only then are its result. */
uint32_t import_merge_person(const struct import_plan *p, const struct import_row *r, struct person *io);
enum err import_merge_group(const struct import_plan *p, const struct import_row *r, struct group *io, uint32_t *problems) MUST_USE;

/* Tells each difference; true: there is one. told may be NULL. */
typedef void import_told(void *arg, const char *field, const char *now, const char *becomes);
bool import_differ_person(const struct person *now, const struct person *becomes, import_told *told, void *arg);
bool import_differ_group(const struct import_plan *p, const struct group *now, const struct group *becomes, import_told *told, void *arg);

#endif
