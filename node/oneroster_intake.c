/* What the readers of a OneRoster archive share. */
#include "node/oneroster_intake.h"

const char *intake_text(const struct intake *r, uint32_t at)
{
	return (const char *)r->p->text.p + at;
}

uint32_t intake_keep(struct intake *r, const char *text)
{
	return import_text(r->p, text);
}

/* --- identifiers and references --------------------------------------------------------------- */

uint32_t intake_find(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *id)
{
	for (uint32_t i = lookup_first(l, lookup_hash(0, id)); i; i = lookup_next(l, i)) {
		uint32_t at = lookup_value(l, i), held;
		memcpy(&held, (const uint8_t *)list + at * size, sizeof held);
		if (strcmp(intake_text(r, held), id) == 0)
			return at;
	}
	return NONE;
}

bool intake_knows(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *ids)
{
	char one[256];
	for (const char *s = ids; *s;) {
		while (*s == ' ' || *s == ',')
			s++;
		size_t n = strcspn(s, ",");
		if (n && (n >= sizeof one || (memcpy(one, s, n), one[n] = 0, intake_find(r, l, list, size, one) == NONE)))
			return false;
		s += n;
	}
	return true;
}

static bool names(const char *ids, const char *id)
{
	size_t n = strlen(id);
	for (const char *s = ids; *s;) {
		while (*s == ' ' || *s == ',')
			s++;
		size_t k = strcspn(s, ",");
		if (k == n && memcmp(s, id, n) == 0)
			return true;
		s += k;
	}
	return false;
}

bool intake_ours(const struct intake *r, const char *orgs)
{
	return !r->school || names(orgs, r->school);
}

enum err intake_check_orgs(struct intake *r, struct roster_table *t, int column)
{
	bool fine = r->m.mode[ROSTER_ORGS] != ROSTER_BULK || intake_knows(r, &r->by_org, r->orgs, sizeof *r->orgs, roster_cell(t, column));
	return fine ? ERR_OK : roster_fault(t, column, "no such organisation in orgs.csv");
}

enum err intake_add_id(struct intake *r, struct roster_table *t, struct lookup *l, uint32_t at)
{
	const char *id = roster_cell(t, COLUMN_ID);
	if (!lookup_add(l, lookup_hash(0, id), at))
		return ERR_NO_MEMORY;
	return r->p->text.err;
}

/* --- tables in -------------------------------------------------------------------------------- */

enum err intake_table(struct intake *r, enum roster_file file, intake_row *row)
{
	struct roster_table t;
	bool more = true;
	enum err e = roster_open(&t, file, &r->m, &r->archive, r->why);
	while (!e && more) {
		e = roster_next(&t, &more);
		if (!e && more)
			e = row(r, &t);
	}
	roster_close(&t);
	return e;
}

void intake_release(struct intake *r)
{
	struct lookup *const lookups[] = {&r->by_org, &r->by_session, &r->by_course, &r->by_class, &r->by_user, &r->paired, &r->enrolled,
					  &r->other_ids};
	for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
		lookup_release(lookups[i]);
	void *const lists[] = {r->users, r->classes, r->sessions, r->courses, r->homes, r->pairs, r->orgs};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free(lists[i]);
	archive_release(&r->archive);
}
