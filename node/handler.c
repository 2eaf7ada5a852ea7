#include "node/handler.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/loop.h"

struct shower handler_shower(struct node *n)
{
	return (struct shower){.school = &n->opened.school,
			       .roster = &n->roster,
			       .catalogue = n->catalogue,
			       .people = &n->people,
			       .now_ms = clock_ms()};
}

size_t handler_limit(struct exchange *x)
{
	const char *text = request_query(x->req, "limit");
	char *end;
	if (!text)
		return 50;
	unsigned long n = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && n >= 1 && n <= 200)
		return n;
	reply_error(x, ERR_INVALID, "a number from 1 to 200", "limit");
	return 0;
}

/*
 * Students and parents may ask about themselves and their children. What of it they see, who else sees it and who
 * may change it are the kinds' to say (access_kind); until the handlers ask them, that is the administrator's alone.
 */
static bool related(const struct exchange *x, const struct indexed_person *p)
{
	const struct caller *c = &x->caller;
	bool safe = x->req->method == METHOD_GET || x->req->method == METHOD_HEAD;
	if (c->role == ROLE_ADMINISTRATOR || c->role == ROLE_LOCAL)
		return true;
	if (c->role == ROLE_STUDENT)
		return safe && memcmp(p->subject, c->who, SUBJECT_BYTES) == 0;
	const struct guardian *g = c->role == ROLE_PARENT ? person_guardian(&p->person, c->who) : NULL;
	return safe && g && roles_stands_for(p, g, clock_ms());
}

const struct indexed_person *handler_student(struct exchange *x, uint8_t subject[SUBJECT_BYTES])
{
	if (!api_param_id(x, 0, subject, SUBJECT_BYTES))
		return NULL;
	const struct indexed_person *p = people_index_find(&api_node(x)->people, subject);
	if (!p || p->person.kind != PERSON_STUDENT || !related(x, p)) {
		reply_error(x, ERR_NOT_FOUND, "no such student here", NULL);
		return NULL;
	}
	return p;
}

void handler_acting(const struct exchange *x, struct acting *out)
{
	const struct node *n = api_node(x);
	int me = node_me(n);
	snprintf(out->name, sizeof out->name, "%s", x->caller.name[0] ? x->caller.name : "Администратор");
	snprintf(out->school, sizeof out->school, "%s", me == NO_SCHOOL ? "" : n->roster.members[me].name);
}

struct actor acting_actor(const struct acting *a)
{
	return (struct actor){a->name, "администратор", a->school, NULL};
}
