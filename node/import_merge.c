/* A row laid over a card: what becomes of it, what differs, and the batch that writes it. */
#include <stdio.h>
#include <stdlib.h>

#include "core/card.h"
#include "node/import.h"
#include "proto/text.h"

static const char *text_at(const struct import_plan *p, uint32_t at)
{
	return (const char *)p->text.p + at;
}

/* The code of another system that is only our own id adds nothing. */
static bool own_id(const char *external, const uint8_t *id)
{
	uint8_t bytes[SUBJECT_BYTES];
	return hex_decode(external, bytes, sizeof bytes) && memcmp(bytes, id, SUBJECT_BYTES) == 0;
}

/* --- people ----------------------------------------------------------------------------------- */

static const struct {
	enum import_field field;
	const char *name;
	size_t offset, size;
} person_fields[] = {
#define F(FIELD, name, member) {FIELD, name, offsetof(struct person, member), sizeof ((struct person *)0)->member}
	F(FIELD_FAMILY, "family", family),	   F(FIELD_GIVEN, "given", given),
	F(FIELD_PATRONYMIC, "patronymic", patronymic), F(FIELD_BIRTH, "birth_date", birth),
	F(FIELD_CLASS, "class", class_name),	   F(FIELD_POSITION, "position", position),
	F(FIELD_JOINED, "joined", joined),	   F(FIELD_LEFT, "left", left),
	F(FIELD_EXTERNAL, "external", external),
#undef F
};
enum { PERSON_FIELDS = sizeof person_fields / sizeof *person_fields };

static struct guardian *find_guardian(const struct import_plan *p, const struct import_guardian *g, struct person *io)
{
	const char *external = text_at(p, g->external), *patronymic = text_at(p, g->patronymic);
	for (size_t i = 0; i < io->guardian_count; i++)
		if (memcmp(io->guardians[i].id, g->id, SUBJECT_BYTES) == 0 && !sodium_is_zero(g->id, SUBJECT_BYTES))
			return &io->guardians[i];
	for (size_t i = 0; i < io->guardian_count; i++)
		if (*external && strcmp(io->guardians[i].external, external) == 0)
			return &io->guardians[i];
	for (size_t i = 0; i < io->guardian_count; i++) {
		struct guardian *h = &io->guardians[i];
		if (strcmp(h->family, text_at(p, g->family)) == 0 && strcmp(h->given, text_at(p, g->given)) == 0 &&
		    strcmp(h->patronymic, patronymic) == 0 && (!*external || !*h->external))
			return h;
	}
	return NULL;
}

static void over(char *out, size_t size, const char *text)
{
	if (*text)
		snprintf(out, size, "%s", text);
}

static uint32_t merge_guardian(const struct import_plan *p, const struct import_link *l, struct person *io)
{
	const struct import_guardian *g = &p->guardians[l->guardian];
	struct guardian *h = find_guardian(p, g, io);
	if (l->gone) {
		if (h && !*h->until)
			memcpy(h->until, p->today, sizeof h->until);
		return 0;
	}
	if (!h) {
		if (io->guardian_count == GUARDIANS_MAX)
			return PROBLEM_GUARDIANS;
		h = &io->guardians[io->guardian_count++];
		*h = (struct guardian){0};
		memcpy(h->id, sodium_is_zero(g->id, SUBJECT_BYTES) ? g->fresh : g->id, SUBJECT_BYTES);
	}
	over(h->family, sizeof h->family, text_at(p, g->family));
	over(h->given, sizeof h->given, text_at(p, g->given));
	over(h->patronymic, sizeof h->patronymic, text_at(p, g->patronymic));
	over(h->relation, sizeof h->relation, text_at(p, g->relation));
	if (!own_id(text_at(p, g->external), h->id))
		over(h->external, sizeof h->external, text_at(p, g->external));
	return 0;
}

static bool left_already(const struct person *held, const char *today)
{
	return *held->left && strcmp(held->left, today) <= 0;
}

uint32_t import_merge_person(const struct import_plan *p, const struct import_row *r, struct person *io)
{
	uint32_t problems = 0;
	for (size_t i = 0; i < PERSON_FIELDS; i++) {
		enum import_field f = person_fields[i].field;
		const char *text = import_said(p, r, f);
		char *to = (char *)io + person_fields[i].offset;
		/* an empty date of birth or code says nothing */
		if (!text || (!*text && (f == FIELD_BIRTH || f == FIELD_EXTERNAL)) || (f == FIELD_EXTERNAL && own_id(text, r->subject)) ||
		    (f == FIELD_JOINED && r->joined_soft && *to))
			continue;
		snprintf(to, person_fields[i].size, "%s", text);
	}
	if (r->present && !import_said(p, r, FIELD_LEFT) && left_already(io, p->today))
		io->left[0] = 0;
	for (uint32_t i = r->links; i; i = p->links[i - 1].next)
		problems |= merge_guardian(p, &p->links[i - 1], io);
	return problems;
}

static void list_guardians(const struct person *p, char *out, size_t size)
{
	size_t n = 0;
	out[0] = 0;
	for (size_t i = 0; i < p->guardian_count && n < size; i++) {
		const struct guardian *g = &p->guardians[i];
		n += (size_t)snprintf(out + n, size - n, "%s%s %s%s%s%s%s%s%s%s%s", i ? "; " : "", g->family, g->given, *g->patronymic ? " " : "",
				      g->patronymic, *g->relation ? ", " : "", g->relation, *g->until ? ", until " : "", g->until,
				      *g->external ? ", " : "", g->external);
	}
}

bool import_differ_person(const struct person *now, const struct person *becomes, import_told *told, void *arg)
{
	bool any = false;
	for (size_t i = 0; i < PERSON_FIELDS; i++) {
		const char *a = (const char *)now + person_fields[i].offset, *b = (const char *)becomes + person_fields[i].offset;
		if (strcmp(a, b) == 0)
			continue;
		any = true;
		if (told)
			told(arg, person_fields[i].name, a, b);
	}
	/* most rows name no guardian anew */
	if (now->guardian_count == becomes->guardian_count &&
	    memcmp(now->guardians, becomes->guardians, now->guardian_count * sizeof *now->guardians) == 0)
		return any;
	enum { LIST_BYTES = GUARDIANS_MAX * (sizeof(struct guardian) + 32) };
	char a[LIST_BYTES], b[LIST_BYTES];
	list_guardians(now, a, sizeof a);
	list_guardians(becomes, b, sizeof b);
	if (strcmp(a, b) == 0)
		return any;
	if (told)
		told(arg, "guardians", a, b);
	return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Whether somebody named will be there: a row that is left out brings nobody. */
static bool comes(const struct import_plan *p, const struct import_ref *ref)
{
	const struct import_row *r = ref->row == IMPORT_NO_ROW ? NULL : &p->rows[ref->row];
	return !r || r->held || r->outcome == IMPORT_NEW;
}

static bool same_assignment(const struct import_plan *p, const struct assignment *h, const struct import_assignment *a)
{
	return h->relation == a->relation && memcmp(h->staff, import_subject(p, &a->staff), SUBJECT_BYTES) == 0 &&
	       (a->any_course || strcmp(h->course, text_at(p, a->course)) == 0);
}

/* The assignment held that is meant and not yet taken: the very same first, else one that lasts. */
static struct assignment *find_assignment(const struct import_plan *p, const struct import_assignment *a, struct group *io,
					  const bool taken[GROUP_STAFF_MAX])
{
	for (size_t i = 0; i < io->staff_count; i++) {
		struct assignment *h = &io->staff[i];
		if (!taken[i] && same_assignment(p, h, a) && strcmp(h->since, text_at(p, a->since)) == 0 &&
		    strcmp(h->until, text_at(p, a->until)) == 0)
			return h;
	}
	for (size_t i = 0; i < io->staff_count; i++) {
		struct assignment *h = &io->staff[i];
		if (!taken[i] && same_assignment(p, h, a) && (!*h->until || strcmp(h->until, p->today) > 0))
			return h;
	}
	return NULL;
}

static uint32_t merge_assignment(const struct import_plan *p, const struct import_assignment *a, struct group *io, bool fresh,
				 bool taken[GROUP_STAFF_MAX])
{
	struct assignment *h = find_assignment(p, a, io, taken);
	if (a->gone) {
		if (h && date_holds(h->since, h->until, p->today))
			memcpy(h->until, p->today, sizeof h->until);
		return 0;
	}
	if (!h) {
		if (io->staff_count == GROUP_STAFF_MAX)
			return PROBLEM_STAFF_MANY;
		h = &io->staff[io->staff_count++];
		*h = (struct assignment){.relation = a->relation};
		memcpy(h->staff, import_subject(p, &a->staff), SUBJECT_BYTES);
		over(h->course, sizeof h->course, text_at(p, a->course));
		/* who comes to a group that is there comes today */
		over(h->since, sizeof h->since, fresh || a->since || a->until ? text_at(p, a->since) : p->today);
	}
	taken[h - io->staff] = true;
	over(h->since, sizeof h->since, text_at(p, a->since));
	over(h->until, sizeof h->until, text_at(p, a->until));
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SUBJECT_BYTES);
}

static enum err merge_members(const struct import_plan *p, const struct import_row *r, struct group *io, uint32_t *problems)
{
	size_t named = 0, count = 0, held = io->member_count;
	for (uint32_t i = r->members; i; i = p->members[i - 1].next)
		named++;
	if (!named)
		return ERR_OK;
	uint8_t (*gone)[SUBJECT_BYTES] = malloc(named * SUBJECT_BYTES);
	uint8_t (*all)[SUBJECT_BYTES] = malloc((held + named) * SUBJECT_BYTES);
	size_t gone_count = 0;
	if (!gone || !all) {
		free(gone);
		free(all);
		return ERR_NO_MEMORY;
	}
	if (held)
		memcpy(all, io->members, held * SUBJECT_BYTES);
	count = held;
	for (uint32_t i = r->members; i; i = p->members[i - 1].next) {
		const struct import_member *m = &p->members[i - 1];
		if (!comes(p, &m->who))
			continue;
		memcpy(m->gone ? gone[gone_count++] : all[count++], import_subject(p, &m->who), SUBJECT_BYTES);
	}
	qsort(all, count, SUBJECT_BYTES, by_bytes);
	qsort(gone, gone_count, SUBJECT_BYTES, by_bytes);
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		bool twice = kept && memcmp(all[kept - 1], all[i], SUBJECT_BYTES) == 0;
		if (!twice && !(gone_count && bsearch(all[i], gone, gone_count, SUBJECT_BYTES, by_bytes)))
			memmove(all[kept++], all[i], SUBJECT_BYTES);
	}
	free(gone);
	free(io->members);
	io->members = all;
	io->member_count = kept;
	if (kept > GROUP_MEMBERS_MAX)
		*problems |= PROBLEM_MEMBERS_MANY;
	return ERR_OK;
}

enum err import_merge_group(const struct import_plan *p, const struct import_row *r, struct group *io, uint32_t *problems)
{
	bool taken[GROUP_STAFF_MAX] = {0};
	const char *text;
	if ((text = import_said(p, r, FIELD_NAME)))
		snprintf(io->name, sizeof io->name, "%s", text);
	if ((text = import_said(p, r, FIELD_TYPE)))
		io->type = group_type_of(text);
	if ((text = import_said(p, r, FIELD_COURSE)))
		snprintf(io->course, sizeof io->course, "%s", text);
	if ((text = import_said(p, r, FIELD_EXTERNAL)) && *text && !own_id(text, r->subject))
		snprintf(io->external, sizeof io->external, "%s", text);
	if ((text = import_said(p, r, FIELD_YEAR)) && *text)
		io->year = (uint16_t)atoi(text);
	if ((text = import_said(p, r, FIELD_PILOT)))
		io->pilot = *text;
	if ((text = import_said(p, r, FIELD_CLOSED)))
		io->closed = *text;
	if (!io->year)
		io->year = (uint16_t)date_school_year(p->today);
	for (uint32_t i = r->assignments; i; i = p->assignments[i - 1].next)
		if (comes(p, &p->assignments[i - 1].staff))
			*problems |= merge_assignment(p, &p->assignments[i - 1], io, !r->held, taken);
	return merge_members(p, r, io, problems);
}

/* Somebody's name: held, or of a row that brings them. */
static void put_name(const struct import_plan *p, const uint8_t *subject, struct buf *out)
{
	const struct indexed_person *one = people_index_find(p->base.people, subject);
	uint32_t row = get_u32(subject + SUBJECT_BYTES - 4);
	if (one) {
		buf_printf(out, "%s %s", one->person.family, one->person.given);
	} else if (row && row <= p->count && memcmp(p->rows[row - 1].subject, subject, SUBJECT_BYTES) == 0) {
		const char *family = import_said(p, &p->rows[row - 1], FIELD_FAMILY), *given = import_said(p, &p->rows[row - 1], FIELD_GIVEN);
		buf_printf(out, "%s %s", family ? family : "", given ? given : "");
	}
}

static void list_staff(const struct import_plan *p, const struct group *g, struct buf *out)
{
	for (size_t i = 0; i < g->staff_count; i++) {
		const struct assignment *a = &g->staff[i];
		buf_printf(out, "%s%s ", i ? "; " : "", access_relation_name(a->relation));
		put_name(p, a->staff, out);
		buf_printf(out, "%s%s%s%s%s%s", *a->course ? ", " : "", a->course, *a->since ? ", since " : "", a->since,
			   *a->until ? ", until " : "", a->until);
	}
	buf_put_byte(out, 0);
}

static bool differ_staff(const struct import_plan *p, const struct group *now, const struct group *becomes, import_told *told, void *arg)
{
	struct buf a, b;
	if (now->staff_count == becomes->staff_count && memcmp(now->staff, becomes->staff, now->staff_count * sizeof *now->staff) == 0)
		return false;
	buf_init(&a, RECORD_BYTES_MAX);
	buf_init(&b, RECORD_BYTES_MAX);
	list_staff(p, now, &a);
	list_staff(p, becomes, &b);
	if (told)
		told(arg, "staff", a.err ? "?" : (const char *)a.p, b.err ? "?" : (const char *)b.p);
	buf_wipe(&a);
	buf_wipe(&b);
	return true;
}

/* Who comes and who goes, of two sorted lists. */
static bool differ_members(const struct group *now, const struct group *becomes, import_told *told, void *arg)
{
	size_t i = 0, k = 0, out = 0, in = 0;
	char a[24], b[64];
	while (i < now->member_count || k < becomes->member_count) {
		int c = i == now->member_count ? 1 : k == becomes->member_count ? -1 : memcmp(now->members[i], becomes->members[k], SUBJECT_BYTES);
		out += c < 0;
		in += c > 0;
		i += c <= 0;
		k += c >= 0;
	}
	if (!out && !in)
		return false;
	snprintf(a, sizeof a, "%zu", now->member_count);
	snprintf(b, sizeof b, "%zu (+%zu, -%zu)", becomes->member_count, in, out);
	if (told)
		told(arg, "members", a, b);
	return true;
}

bool import_differ_group(const struct import_plan *p, const struct group *now, const struct group *becomes, import_told *told, void *arg)
{
	char years[2][12];
	snprintf(years[0], sizeof years[0], "%u", (unsigned)now->year);
	snprintf(years[1], sizeof years[1], "%u", (unsigned)becomes->year);
	const char *const pairs[][3] = {
		{"name", now->name, becomes->name},
		{"type", group_type_name(now->type), group_type_name(becomes->type)},
		{"subject", now->course, becomes->course},
		{"external", now->external, becomes->external},
		{"year", years[0], years[1]},
		{"pilot", now->pilot ? "true" : "false", becomes->pilot ? "true" : "false"},
		{"closed", now->closed ? "true" : "false", becomes->closed ? "true" : "false"},
	};
	bool any = false;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (strcmp(pairs[i][1], pairs[i][2]) == 0)
			continue;
		any = true;
		if (told)
			told(arg, pairs[i][0], pairs[i][1], pairs[i][2]);
	}
	any |= differ_staff(p, now, becomes, told, arg);
	return differ_members(now, becomes, told, arg) || any;
}

/* --- applying --------------------------------------------------------------------------------- */

static enum err apply_person(struct batch *b, struct import_plan *p, struct import_row *r, const struct actor *by)
{
	struct person now = {.kind = r->what == IMPORT_STUDENT ? PERSON_STUDENT : PERSON_STAFF};
	struct buf card;
	enum err e = ERR_OK;
	buf_init(&card, RECORD_BYTES_MAX);
	if (r->held)
		e = card_in_batch(b, r->subject, &card);
	if (!e && r->held)
		e = person_parse(buf_bytes(&card), &now);
	struct person becomes = now;
	if (!e && import_merge_person(p, r, &becomes))
		e = ERR_CONFLICT;
	if (!e && !r->held)
		e = person_enrol(b, &becomes, by, r->subject);
	else if (!e && import_differ_person(&now, &becomes, NULL, NULL))
		e = person_change(b, r->subject, &becomes, by);
	buf_wipe(&card);
	sodium_memzero(&now, sizeof now);
	sodium_memzero(&becomes, sizeof becomes);
	return e;
}

static enum err apply_group(struct batch *b, struct import_plan *p, struct import_row *r, const struct actor *by)
{
	struct group now = {0}, becomes = {0};
	struct buf card;
	uint32_t problems = 0;
	enum err e = ERR_OK;
	buf_init(&card, RECORD_BYTES_MAX);
	if (r->held)
		e = card_in_batch(b, r->subject, &card);
	if (!e && r->held)
		e = group_parse(buf_bytes(&card), &now);
	if (!e)
		e = group_copy(&becomes, &now);
	if (!e)
		e = import_merge_group(p, r, &becomes, &problems);
	if (!e && problems)
		e = ERR_CONFLICT;
	memcpy(becomes.subject, r->subject, SUBJECT_BYTES);
	if (!e && !r->held)
		e = group_create(b, &becomes, by, r->subject);
	else if (!e && import_differ_group(p, &now, &becomes, NULL, NULL))
		e = group_change(b, &becomes, by);
	buf_wipe(&card);
	group_release(&now);
	group_release(&becomes);
	return e;
}

enum err import_apply(struct batch *b, struct import_plan *p, const struct actor *by, uint8_t id[UNDO_ID_BYTES])
{
	struct undo undo = {0};
	enum err e = ERR_OK;
	memset(id, 0, UNDO_ID_BYTES);
	for (size_t i = 0; i < p->guardian_count; i++)
		seed_take(&b->seed, p->guardians[i].fresh, SUBJECT_BYTES);
	b->undo = &undo;
	for (int groups = 0; groups < 2; groups++) /* a group names people */
		for (size_t i = 0; i < p->count && !e; i++) {
			struct import_row *r = &p->rows[i];
			if ((r->what == IMPORT_CLASS) != groups ||
			    (r->outcome != IMPORT_NEW && r->outcome != IMPORT_CHANGED && r->outcome != IMPORT_GONE))
				continue;
			e = groups ? apply_group(b, p, r, by) : apply_person(b, p, r, by);
		}
	b->undo = NULL;
	if (!e && undo.count)
		e = undo_save(b, &undo, "import", id);
	undo_release(&undo);
	return e;
}
