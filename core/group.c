#include "core/group.h"

#include <stdlib.h>

#include "core/card.h"
#include "proto/mp.h"

static const char *const type_names[GROUP_TYPES] = {"class", "subject", "extracurricular"};

const char *group_type_name(enum group_type t)
{
	return type_names[t];
}

enum group_type group_type_of(const char *name)
{
	int i = 0;
	while (i < GROUP_TYPES && strcmp(type_names[i], name) != 0)
		i++;
	return (enum group_type)i;
}

static void put_assignment(struct buf *b, const struct assignment *a)
{
	bool substitutes = !sodium_is_zero(a->substitutes, SUBJECT_BYTES);
	mp_put_map(b, (size_t)(2 + !!a->course[0] + !!a->since[0] + substitutes + !!a->until[0]));
	card_put(b, "course", a->course);
	mp_put_key(b, "relation");
	mp_put_text(b, bytes_text(access_relation_name(a->relation)));
	card_put(b, "since", a->since);
	mp_put_key(b, "staff");
	mp_put_bin(b, bytes_of(a->staff, SUBJECT_BYTES));
	if (substitutes) {
		mp_put_key(b, "substitutes");
		mp_put_bin(b, bytes_of(a->substitutes, SUBJECT_BYTES));
	}
	card_put(b, "until", a->until);
}

static void encode(const struct group *g, const struct actor *by, struct buf *b)
{
	mp_put_map(b, (size_t)(5 + g->closed + !!g->course[0] + !!g->external[0] + !!g->member_count + g->pilot + !!g->staff_count));
	card_put_by(b, by);
	if (g->closed) {
		mp_put_key(b, "closed");
		mp_put_bool(b, true);
	}
	card_put(b, "course", g->course);
	card_put(b, "external", g->external);
	mp_put_key(b, "kind");
	mp_put_text(b, bytes_text("class"));
	if (g->member_count) {
		mp_put_key(b, "members");
		mp_put_bin(b, bytes_of(g->members, g->member_count * SUBJECT_BYTES));
	}
	mp_put_key(b, "name");
	mp_put_text(b, bytes_text(g->name));
	if (g->pilot) {
		mp_put_key(b, "pilot");
		mp_put_bool(b, true);
	}
	if (g->staff_count) {
		mp_put_key(b, "staff");
		mp_put_array(b, g->staff_count);
		for (size_t i = 0; i < g->staff_count; i++)
			put_assignment(b, &g->staff[i]);
	}
	mp_put_key(b, "type");
	mp_put_text(b, bytes_text(type_names[g->type]));
	mp_put_key(b, "year");
	mp_put_uint(b, g->year);
}

static bool flag(struct bytes body, const char *key)
{
	struct mp_reader v;
	return mp_find(body, key, &v) && mp_get_bool(&v);
}

static bool parse_assignment(struct bytes map, struct assignment *out)
{
	struct mp_reader id;
	char relation[24];
	*out = (struct assignment){0};
	card_get(map, "relation", relation, sizeof relation);
	out->relation = access_relation(relation);
	card_get(map, "course", out->course, sizeof out->course);
	card_get(map, "since", out->since, sizeof out->since);
	card_get(map, "until", out->until, sizeof out->until);
	if (!(out->relation & (REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR)) || !mp_find(map, "staff", &id))
		return false;
	mp_get_fixed(&id, out->staff, SUBJECT_BYTES);
	if (!id.err && mp_find(map, "substitutes", &id))
		mp_get_fixed(&id, out->substitutes, SUBJECT_BYTES);
	return !id.err;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SUBJECT_BYTES);
}

static enum err parse_members(struct bytes body, struct group *out)
{
	struct mp_reader v;
	if (!mp_find(body, "members", &v))
		return ERR_OK;
	struct bytes ids = mp_get_bin(&v, RECORD_BYTES_MAX);
	size_t n = ids.n / SUBJECT_BYTES;
	out->members = n ? malloc(n * SUBJECT_BYTES) : NULL;
	if (!n)
		return ERR_OK;
	if (!out->members)
		return ERR_NO_MEMORY;
	memcpy(out->members, ids.p, n * SUBJECT_BYTES);
	qsort(out->members, n, SUBJECT_BYTES, by_bytes);
	out->member_count = n;
	return ERR_OK;
}

enum err group_parse(struct bytes body, struct group *out)
{
	char type[24];
	struct mp_reader list;
	*out = (struct group){0};
	if (!bytes_equal(mp_find_text(body, "kind"), bytes_text("class")))
		return ERR_BAD_FORM;
	card_get(body, "name", out->name, sizeof out->name);
	card_get(body, "course", out->course, sizeof out->course);
	card_get(body, "external", out->external, sizeof out->external);
	card_get(body, "type", type, sizeof type);
	out->type = group_type_of(type);
	if (out->type == GROUP_TYPES)
		return ERR_BAD_FORM;
	out->year = (uint16_t)mp_find_uint(body, "year", 0);
	out->pilot = flag(body, "pilot");
	out->closed = flag(body, "closed");
	if (mp_find(body, "staff", &list)) {
		uint32_t n = mp_get_array(&list);
		for (uint32_t i = 0; i < n && !list.err && out->staff_count < GROUP_STAFF_MAX; i++)
			out->staff_count += parse_assignment(mp_get_any(&list), &out->staff[out->staff_count]);
	}
	return parse_members(body, out);
}

void group_release(struct group *g)
{
	free(g->members);
	*g = (struct group){0};
}

enum err group_copy(struct group *out, const struct group *in)
{
	*out = *in;
	if (!in->member_count) {
		out->members = NULL;
		return ERR_OK;
	}
	out->members = malloc(in->member_count * SUBJECT_BYTES);
	if (!out->members)
		return ERR_NO_MEMORY;
	memcpy(out->members, in->members, in->member_count * SUBJECT_BYTES);
	return ERR_OK;
}

static enum err with_body(struct batch *b, const struct group *g, const struct actor *by,
			  enum err (*write)(struct batch *b, struct bytes body, uint8_t *subject), uint8_t *subject)
{
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	encode(g, by, &body);
	enum err e = body.err ? body.err : write(b, buf_bytes(&body), subject);
	buf_wipe(&body);
	return e;
}

enum err group_create(struct batch *b, const struct group *g, const struct actor *by, uint8_t subject[SUBJECT_BYTES])
{
	return with_body(b, g, by, card_open, subject);
}

enum err group_change(struct batch *b, const struct group *g, const struct actor *by)
{
	uint8_t subject[SUBJECT_BYTES];
	memcpy(subject, g->subject, sizeof subject);
	return with_body(b, g, by, card_change, subject);
}

bool group_has(const struct group *g, const uint8_t student[SUBJECT_BYTES], const struct person *p)
{
	if (g->type == GROUP_CLASS)
		return !g->closed && strcmp(g->name, p->class_name) == 0;
	return !g->closed && g->member_count && bsearch(student, g->members, g->member_count, SUBJECT_BYTES, by_bytes);
}

uint32_t group_relations(const struct group *g, const uint8_t staff[SUBJECT_BYTES], const char *day)
{
	uint32_t held = 0;
	for (size_t i = 0; i < g->staff_count; i++) {
		const struct assignment *a = &g->staff[i];
		if (memcmp(a->staff, staff, SUBJECT_BYTES) == 0 && date_holds(a->since, a->until, day))
			held |= a->relation;
	}
	return held;
}
