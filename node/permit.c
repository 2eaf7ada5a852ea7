#include "node/permit.h"

#include <stdio.h>

#include "core/card.h"
#include "node/dossiers.h"
#include "node/looks.h"
#include "node/loop.h"

/* Of a work of the student's, or in a procedure of one of their groups. */
static bool is_expert(const struct node *n, const struct permit *p)
{
	if (experts_has(&n->experts, p->subject, p->who, p->today))
		return true;
	for (size_t i = 0; n->experts.count && i < n->structure.count; i++) {
		const struct group *g = &n->structure.groups[i];
		if (group_has(g, p->subject, &p->person->person) && experts_has(&n->experts, g->subject, p->who, p->today))
			return true;
	}
	return false;
}

static void to_student(struct node *n, struct permit *p)
{
	const struct indexed_person *s = p->person;
	p->relations |= structure_relations(&n->structure, s->subject, &s->person, s->former, p->who, p->today);
	if (!s->former && date_holds("", s->person.left, p->today) && is_expert(n, p))
		p->relations |= REL_EXPERT;
}

static void to_group(struct node *n, struct permit *p)
{
	p->relations |= group_relations(p->group, p->who, p->today);
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *s = &n->people.at[i];
		if (s->person.kind == PERSON_STUDENT && group_has(p->group, s->subject, &s->person))
			p->relations |= structure_relations(&n->structure, s->subject, &s->person, s->former, p->who, p->today) &
					(REL_SELF | REL_PARENT);
	}
	if (experts_has(&n->experts, p->subject, p->who, p->today))
		p->relations |= REL_EXPERT;
}

static bool find(struct node *n, struct permit *p)
{
	p->opened = true;
	switch (p->about) {
	case ABOUT_STUDENT:
	case ABOUT_TEACHER:
		p->person = people_index_find(&n->people, p->subject);
		return p->person && (p->person->person.kind == PERSON_STUDENT) == (p->about == ABOUT_STUDENT);
	case ABOUT_CLASS:
		p->group = structure_find(&n->structure, p->subject);
		return p->group != NULL;
	case ABOUT_SCHOOL:
		return true;
	case ABOUT_NETWORK:
	case ABOUT_COUNT:
		break;
	}
	return false;
}

static bool fill(struct node *n, enum role role, const uint8_t *who, struct permit *p)
{
	bool somebody;
	p->node = n;
	p->role = role;
	memcpy(p->who, who, SUBJECT_BYTES);
	date_of(clock_ms(), p->today);
	if (!find(n, p))
		return false;
	somebody = !sodium_is_zero(p->who, SUBJECT_BYTES);
	if (somebody && !n->experts.loaded && experts_load(&n->experts, &n->opened.school, n->dossiers))
		return false;
	if (p->role == ROLE_LOCAL)
		p->relations = REL_ALL;
	else if (p->role == ROLE_ADMINISTRATOR)
		p->relations = REL_ADMINISTRATOR;
	else if (somebody && p->about == ABOUT_STUDENT)
		to_student(n, p);
	else if (somebody && p->about == ABOUT_TEACHER)
		p->relations = memcmp(p->who, p->subject, SUBJECT_BYTES) == 0 && !p->person->former ? REL_SELF : 0;
	else if (somebody && p->about == ABOUT_CLASS)
		to_group(n, p);
	else if (somebody && p->about == ABOUT_SCHOOL && p->role == ROLE_TEACHER)
		p->relations = REL_TEACHER;
	p->relations &= access_relations(p->role);
	return true;
}

void permit_for(struct node *n, enum role role, const uint8_t who[SUBJECT_BYTES], enum about about,
		const uint8_t subject[SUBJECT_BYTES], struct permit *out)
{
	*out = (struct permit){.about = about};
	memcpy(out->subject, subject, SUBJECT_BYTES);
	if (!fill(n, role, who, out))
		out->relations = 0;
}

void permit_of(struct exchange *x, enum about about, const uint8_t subject[SUBJECT_BYTES], struct permit *out)
{
	permit_for(api_node(x), x->caller.role, x->caller.who, about, subject, out);
	memcpy(out->also, x->caller.also, SUBJECT_BYTES);
}

bool permit_path(struct exchange *x, struct permit *out)
{
	struct txn t;
	*out = (struct permit){.about = api_about(x)};
	memcpy(out->also, x->caller.also, SUBJECT_BYTES);
	if (out->about == ABOUT_SCHOOL) {
		if (!api_read(x, &t))
			return false;
		bool opened = card_school(&t, out->subject);
		txn_abort(&t);
		if (!fill(api_node(x), x->caller.role, x->caller.who, out) || !out->relations) {
			reply_error(x, ERR_NOT_FOUND, NULL, NULL);
			return false;
		}
		out->opened = opened;
		return true;
	}
	if (!api_param_id(x, 0, out->subject, SUBJECT_BYTES))
		return false;
	if (fill(api_node(x), x->caller.role, x->caller.who, out) && out->relations) {
		looks_note(x, out);
		return true;
	}
	reply_error(x, ERR_NOT_FOUND, out->about == ABOUT_STUDENT ? "no such student here" : NULL, NULL);
	return false;
}

const struct indexed_person *permit_student(struct exchange *x, uint32_t relations, struct permit *p)
{
	struct permit own;
	if (!p)
		p = &own;
	if (!permit_path(x, p))
		return NULL;
	if (p->relations & relations)
		return p->person;
	reply_error(x, ERR_NOT_FOUND, "no such student here", NULL);
	return NULL;
}

enum relation permit_kind(const struct permit *p, const struct kind *k, enum verb verb)
{
	return k->about == p->about ? access_kind(p->role, p->relations, &k->access, verb) : 0;
}

enum relation permit_judge(const struct permit *p, const struct kind *k, const struct dossier_entry *e)
{
	enum relation r = permit_kind(p, k, VERB_CONFIRM);
	if (r || e->row.status != ENTRY_LATE || p->about != ABOUT_STUDENT || p->role != ROLE_TEACHER)
		return r;
	return p->relations & REL_CLASS_TEACHER ? REL_CLASS_TEACHER : p->relations & REL_TUTOR ? REL_TUTOR : 0;
}

/* An expert sees the work they were named for, the naming, and what they wrote themselves. */
static bool expert_sees(const struct permit *p, const struct dossier *d, const struct dossier_entry *e)
{
	uint8_t who[SUBJECT_BYTES];
	if (life_appointed(d, e->row.id, p->who, p->today) || entry_is(e, "procedure"))
		return true;
	if (entry_is(e, "expertise") && entry_id(e, "expert", who, sizeof who) && memcmp(who, p->who, SUBJECT_BYTES) == 0)
		return true;
	return body_who(e->body, who) && memcmp(who, p->who, SUBJECT_BYTES) == 0;
}

bool permit_entry(void *permit, const struct dossier *d, const struct dossier_entry *e)
{
	const struct permit *p = permit;
	const struct kind *k = catalogue_kind(p->node->catalogue, e->row.kind);
	if (p->role == ROLE_LOCAL)
		return true;
	if (!k) /* of a newer school: for those who see the child whole */
		return (p->relations & (REL_SELF | REL_PARENT | REL_CLASS_TEACHER | REL_TUTOR)) != 0;
	enum relation r = permit_kind(p, k, VERB_SEE);
	return r && (r != REL_EXPERT || expert_sees(p, d, e));
}

void permit_acting(const struct exchange *x, const struct permit *p, enum relation relation, struct acting *out)
{
	handler_acting(x, out);
	const char *role = relation != REL_SELF		  ? access_relation_title(relation)
			   : p->about == ABOUT_TEACHER ? access_relation_title(REL_TEACHER)
						       : "учащийся";
	if (relation && x->caller.role != ROLE_LOCAL)
		snprintf(out->role, sizeof out->role, "%s", role);
}

void handler_acting(const struct exchange *x, struct acting *out)
{
	const struct node *n = api_node(x);
	int me = node_me(n);
	*out = (struct acting){0};
	memcpy(out->who, x->caller.who, SUBJECT_BYTES);
	memcpy(out->also, x->caller.also, SUBJECT_BYTES);
	snprintf(out->name, sizeof out->name, "%s", x->caller.name[0] ? x->caller.name : "Администратор");
	snprintf(out->role, sizeof out->role, "%s", access_relation_title(REL_ADMINISTRATOR));
	snprintf(out->school, sizeof out->school, "%s", me == NO_SCHOOL ? "" : n->roster.members[me].name);
}

struct actor acting_actor(const struct acting *a)
{
	bool known = !sodium_is_zero(a->who, sizeof a->who), other = !sodium_is_zero(a->also, sizeof a->also);
	return (struct actor){a->name, a->role, a->school, known ? a->who : NULL, other ? a->also : NULL};
}
