/* Classes and other groups: who is in them and who works with them; the turn of the year; taking back. */
#include <stdio.h>
#include <stdlib.h>

#include "core/card.h"
#include "core/undo.h"
#include "node/handler.h"
#include "node/looks.h"
#include "node/loop.h"
#include "proto/text.h"

/* --- showing ---------------------------------------------------------------------------------- */

static json_t *show_name(const struct node *n, const uint8_t *subject)
{
	const struct indexed_person *p = people_index_find(&n->people, subject);
	return json_pack("{s:o, s:s, s:s, s:s}", "id", json_hex(subject, SUBJECT_BYTES), "family", p ? p->person.family : "", "given",
			 p ? p->person.given : "", "patronymic", p ? p->person.patronymic : "");
}

static json_t *day_or_null(const char *day)
{
	return *day ? json_string(day) : json_null();
}

static json_t *show_assignment(const struct node *n, const struct assignment *a)
{
	bool substitutes = !sodium_is_zero(a->substitutes, SUBJECT_BYTES);
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "staff", show_name(n, a->staff), "relation", access_relation_name(a->relation),
			 "subject", a->course, "since", day_or_null(a->since), "until", day_or_null(a->until), "substitutes",
			 substitutes ? show_name(n, a->substitutes) : json_null());
}

static size_t count_students(const struct node *n, const struct group *g)
{
	size_t count = 0;
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[i];
		count += p->person.kind == PERSON_STUDENT && !p->former && group_has(g, p->subject, &p->person);
	}
	return count;
}

static json_t *show_group(const struct node *n, const struct group *g)
{
	json_t *staff = json_array();
	for (size_t i = 0; i < g->staff_count; i++)
		json_array_append_new(staff, show_assignment(n, &g->staff[i]));
	return json_pack("{s:o, s:s, s:s, s:s, s:b, s:b, s:i, s:o, s:I}", "id", json_hex(g->subject, SUBJECT_BYTES), "name", g->name, "type",
			 group_type_name(g->type), "subject", g->course, "pilot", g->pilot, "closed", g->closed, "year", g->year, "staff",
			 staff, "students", (json_int_t)count_students(n, g));
}

/* What a change of the card is told by. */
static void make_etag(struct node *n, const struct group *g, char out[2 * DIGEST_BYTES + 3])
{
	struct txn t;
	struct subject_digest d = {0};
	if (!txn_begin(&t, n->opened.store, false)) {
		d = digest_get(&t, g->subject);
		txn_abort(&t);
	}
	out[0] = '"';
	hex_encode(d.all.hash, DIGEST_BYTES, out + 1);
	strcat(out, "\"");
}

/* The administrator sees all; others the groups they have something to do with. */
static bool concerns(struct exchange *x, const struct group *g)
{
	struct permit p;
	if (x->caller.role == ROLE_ADMINISTRATOR || x->caller.role == ROLE_LOCAL)
		return true;
	permit_of(x, ABOUT_CLASS, g->subject, &p);
	return p.relations != 0;
}

static void get_classes(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *type = request_query(x->req, "type"), *closed = request_query(x->req, "closed");
	bool all = closed && strcmp(closed, "true") == 0;
	json_t *items = json_array();
	for (size_t i = 0; i < n->structure.count; i++) {
		const struct group *g = &n->structure.groups[n->structure.order[i]];
		if ((g->closed && !all) || (type && *type && strcmp(type, group_type_name(g->type)) != 0) || !concerns(x, g))
			continue;
		json_array_append_new(items, show_group(n, g));
	}
	reply_json(x, 200, json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)json_array_size(items)));
}

static json_t *show_members(struct exchange *x, const struct group *g)
{
	struct node *n = api_node(x);
	json_t *members = json_array();
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[n->people.order[i]];
		if (p->person.kind == PERSON_STUDENT && !p->former && group_has(g, p->subject, &p->person))
			json_array_append_new(members, show_name(n, p->subject));
	}
	return members;
}

/* Who works with the class, or rates it in a procedure, sees who is in it; families do not. */
static void put_members(struct exchange *x, const struct group *g, json_t *shown)
{
	struct permit p;
	permit_of(x, ABOUT_CLASS, g->subject, &p);
	json_object_set_new(shown, "relations", permit_relations(&p));
	if (!(p.relations & (REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR | REL_EXPERT | REL_ADMINISTRATOR)))
		return;
	json_object_set_new(shown, "members", show_members(x, g));
	if (!looks_near(&p))
		looks_note_list(x);
}

static void reply_group(struct exchange *x, int status, const struct group *g)
{
	char etag[2 * DIGEST_BYTES + 3];
	json_t *shown = show_group(api_node(x), g);
	put_members(x, g, shown);
	make_etag(api_node(x), g, etag);
	reply_header(x, "ETag", etag);
	reply_json(x, status, shown);
}

static void get_class(struct exchange *x)
{
	struct permit p;
	if (permit_path(x, &p))
		reply_group(x, 200, p.group);
}

/* --- writing ---------------------------------------------------------------------------------- */

struct group_write {
	struct api_write w;
	struct group group;
	struct acting by;
	bool fresh, matches; /* matches: only if the digest is still that one */
	uint8_t digest[DIGEST_BYTES];
};

static enum err run_group(struct batch *b, struct api_write *w)
{
	struct group_write *j = (struct group_write *)w;
	struct actor by = acting_actor(&j->by);
	if (j->matches) {
		enum err stale = batch_view(b, j->group.subject);
		struct subject_digest now = digest_get(&b->txn, j->group.subject);
		if (stale || memcmp(now.all.hash, j->digest, DIGEST_BYTES) != 0)
			return stale ? stale : ERR_PRECONDITION;
	}
	enum err e = j->fresh ? group_create(b, &j->group, &by, j->group.subject) : group_change(b, &j->group, &by);
	memcpy(w->journal.subject, j->group.subject, SUBJECT_BYTES);
	return e;
}

static void reply_written(struct api_write *w)
{
	struct group_write *j = (struct group_write *)w;
	struct node *n = api_node(w->x);
	struct changes one = {.subjects = &j->group.subject, .count = 1};
	/* the commit is told to the index after this reply */
	enum err e = structure_refresh(&n->structure, &n->opened.school, &one);
	const struct group *g = e ? NULL : structure_find(&n->structure, j->group.subject);
	char location[80];
	hex_encode(j->group.subject, SUBJECT_BYTES, location + snprintf(location, sizeof location, "/api/v1/classes/"));
	if (j->fresh)
		reply_header(w->x, "Location", location);
	if (g)
		reply_group(w->x, j->fresh ? 201 : 200, g);
	else
		reply_error(w->x, ERR_STORE, NULL, NULL);
}

static void finish_group(struct api_write *w)
{
	group_release(&((struct group_write *)w)->group);
}

static bool person_of(struct exchange *x, const char *text, enum person_kind kind, uint8_t out[SUBJECT_BYTES], const char *field)
{
	if (hex_decode(text, out, SUBJECT_BYTES)) {
		const struct indexed_person *p = people_index_find(&api_node(x)->people, out);
		if (p && p->person.kind == kind && !p->former)
			return true;
	}
	reply_error(x, ERR_INVALID, kind == PERSON_STAFF ? "the id of a member of staff here" : "the id of a student here", field);
	return false;
}

static bool read_assignment(struct exchange *x, const json_t *o, size_t i, struct assignment *out)
{
	const char *staff = NULL, *relation = NULL, *course = "", *since = "", *until = "", *substitutes = NULL, *bad = NULL;
	char at[80];
	const struct input fields[] = {
		{"staff", INPUT_LINE, REQUIRED, 2 * SUBJECT_BYTES, &staff, 0}, {"relation", INPUT_LINE, REQUIRED, 24, &relation, 0},
		{"subject", INPUT_LINE, OPTIONAL, CODE_TEXT_MAX - 1, &course, 0}, {"since", INPUT_DATE, OPTIONAL, 10, &since, 0},
		{"until", INPUT_DATE, OPTIONAL, 10, &until, 0}, {"substitutes", INPUT_LINE, OPTIONAL, 2 * SUBJECT_BYTES, &substitutes, 0},
	};
	enum err e = json_is_object(o) ? json_fields(o, fields, sizeof fields / sizeof *fields, &bad) : ERR_INVALID;
	snprintf(at, sizeof at, "staff.%zu.%.40s", i, bad ? bad : "");
	if (e) {
		reply_error(x, e, NULL, at);
		return false;
	}
	*out = (struct assignment){.relation = access_relation(relation)};
	if (!(out->relation & (REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR))) {
		snprintf(at, sizeof at, "staff.%zu.relation", i);
		reply_error(x, ERR_INVALID, "teacher, class_teacher or tutor", at);
		return false;
	}
	if (*course && !catalogue_word(api_node(x)->catalogue, "school_subject", course, "ru")) {
		snprintf(at, sizeof at, "staff.%zu.subject", i);
		reply_error(x, ERR_INVALID, "a code of the list school_subject", at);
		return false;
	}
	snprintf(at, sizeof at, "staff.%zu.staff", i);
	if (!person_of(x, staff, PERSON_STAFF, out->staff, at))
		return false;
	snprintf(at, sizeof at, "staff.%zu.substitutes", i);
	if (substitutes && !person_of(x, substitutes, PERSON_STAFF, out->substitutes, at))
		return false;
	snprintf(out->course, sizeof out->course, "%s", course);
	snprintf(out->since, sizeof out->since, "%s", since);
	snprintf(out->until, sizeof out->until, "%s", until);
	return true;
}

static bool read_members(struct exchange *x, const json_t *list, struct group *g)
{
	size_t n = json_array_size(list);
	g->members = n ? malloc(n * SUBJECT_BYTES) : NULL;
	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		char at[32];
		snprintf(at, sizeof at, "members.%zu", i);
		if (!g->members || !person_of(x, id ? id : "", PERSON_STUDENT, g->members[i], at))
			return false;
		g->member_count++;
	}
	return true;
}

/* The request over what the group was; false: it has replied. */
static bool read_group(struct exchange *x, struct group *g)
{
	const char *name = NULL, *type = "class", *course = "";
	int64_t year = 0;
	json_t *staff = NULL, *members = NULL;
	char today[DATE_BYTES];
	const struct input fields[] = {
		{"name", INPUT_LINE, REQUIRED, GROUP_NAME_MAX - 1, &name, 0},
		{"type", INPUT_LINE, OPTIONAL, 24, &type, 0},
		{"subject", INPUT_LINE, OPTIONAL, CODE_TEXT_MAX - 1, &course, 0},
		{"pilot", INPUT_BOOL, OPTIONAL, 0, &g->pilot, 0},
		{"closed", INPUT_BOOL, OPTIONAL, 0, &g->closed, 0},
		{"year", INPUT_INTEGER, OPTIONAL, 2200, &year, 1900},
		{"staff", INPUT_LIST, OPTIONAL, GROUP_STAFF_MAX, &staff, 0},
		{"members", INPUT_LIST, OPTIONAL, GROUP_MEMBERS_MAX, &members, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return false;
	g->type = group_type_of(type);
	if (g->type == GROUP_TYPES) {
		reply_error(x, ERR_INVALID, "class, subject or extracurricular", "type");
		return false;
	}
	if (*course && !catalogue_word(api_node(x)->catalogue, "school_subject", course, "ru")) {
		reply_error(x, ERR_INVALID, "a code of the list school_subject", "subject");
		return false;
	}
	if (g->type == GROUP_CLASS && strlen(name) >= sizeof ((struct person *)0)->class_name) {
		reply_error(x, ERR_INVALID, "a class name of at most 23 bytes, as students have it", "name");
		return false;
	}
	const struct group *same = g->type == GROUP_CLASS ? structure_class(&api_node(x)->structure, name) : NULL;
	if (same && memcmp(same->subject, g->subject, SUBJECT_BYTES) != 0) {
		reply_error(x, ERR_CONFLICT, "there is a class of that name", "name");
		return false;
	}
	if (g->type == GROUP_CLASS && json_array_size(members)) {
		reply_error(x, ERR_INVALID, "a class has those students whose own record names it", "members");
		return false;
	}
	date_of(clock_ms(), today);
	snprintf(g->name, sizeof g->name, "%s", name);
	snprintf(g->course, sizeof g->course, "%s", course);
	g->year = (uint16_t)(year ? year : date_school_year(today));
	for (size_t i = 0; i < json_array_size(staff); i++, g->staff_count++)
		if (!read_assignment(x, json_array_get(staff, i), i, &g->staff[i]))
			return false;
	return read_members(x, members, g);
}

static void say_changed(struct exchange *x, const struct group *g)
{
	json_t *now = show_group(api_node(x), g);
	json_object_set_new(now, "members", show_members(x, g));
	handler_changed(x, now);
}

static void reply_changed(struct api_write *w)
{
	struct group_write *j = (struct group_write *)w;
	const struct group *now = structure_find(&w->node->structure, j->group.subject);
	if (now)
		say_changed(w->x, now);
	else
		reply_error(w->x, ERR_PRECONDITION, NULL, NULL);
}

/* match: the If-Match that held a moment ago, and must hold in the batch; NULL: whatever is there. */
static void write_group(struct exchange *x, const struct group *now, const char *match)
{
	struct group_write *j = api_write_new(x, sizeof *j, run_group, reply_written);
	if (!j)
		return;
	j->w.finish = finish_group;
	j->w.changed = reply_changed;
	j->fresh = !now;
	if (match) {
		char digest[2 * DIGEST_BYTES + 1];
		snprintf(digest, sizeof digest, "%s", match + 1); /* without its quotes */
		j->matches = hex_decode(digest, j->digest, DIGEST_BYTES);
	}
	if (now) {
		memcpy(j->group.subject, now->subject, SUBJECT_BYTES);
		memcpy(j->group.external, now->external, sizeof now->external);
	}
	handler_acting(x, &j->by);
	if (read_group(x, &j->group))
		api_write_start(&j->w);
	else
		api_write_drop(&j->w);
}

static void post_class(struct exchange *x)
{
	write_group(x, NULL, NULL);
}

static void put_class(struct exchange *x)
{
	const char *match = request_header(x->req, "if-match");
	struct permit p;
	char etag[2 * DIGEST_BYTES + 3];
	if (!permit_path(x, &p))
		return;
	make_etag(api_node(x), p.group, etag);
	if (match && strcmp(match, etag) != 0)
		say_changed(x, p.group);
	else
		write_group(x, p.group, match);
}

/* --- the turn of the year --------------------------------------------------------------------- */

/* "9Б" becomes "10Б"; false where the name begins with no number, or the school ends there. */
static bool next_name(const char *name, char out[GROUP_NAME_MAX])
{
	enum { LAST_GRADE = 11 };
	char *rest;
	long grade = strtol(name, &rest, 10);
	if (rest == name || grade < 0 || grade >= LAST_GRADE)
		return false;
	snprintf(out, GROUP_NAME_MAX, "%ld%s", grade + 1, rest);
	return true;
}

/* What becomes of a class, and of a student in it. */
struct class_turn {
	uint8_t subject[SUBJECT_BYTES];
	char name[GROUP_NAME_MAX];
	bool closed;
};

struct student_turn {
	uint8_t subject[SUBJECT_BYTES];
	char class_name[CLASS_NAME_MAX]; /* "": they leave */
};

struct promotion {
	struct api_write w;
	struct acting by;
	uint16_t year;
	char leaving_day[DATE_BYTES];
	struct class_turn *classes;
	struct student_turn *students;
	size_t class_count, student_count;
	uint8_t id[UNDO_ID_BYTES];
};

static enum err turn_class(struct batch *b, const struct promotion *j, const struct class_turn *turn, const struct actor *by)
{
	struct group g = {0};
	struct buf card;
	buf_init(&card, RECORD_BYTES_MAX);
	enum err e = card_in_batch(b, turn->subject, &card);
	if (!e)
		e = group_parse(buf_bytes(&card), &g);
	memcpy(g.subject, turn->subject, SUBJECT_BYTES);
	snprintf(g.name, sizeof g.name, "%s", turn->name);
	g.closed = turn->closed;
	g.year = j->year;
	if (!e)
		e = group_change(b, &g, by);
	group_release(&g);
	buf_release(&card);
	return e;
}

/* Who went to another school meanwhile, or is no more, is none of ours. */
static enum err turn_student(struct batch *b, const struct promotion *j, const struct student_turn *turn, const struct actor *by)
{
	struct person p;
	struct buf card;
	buf_init(&card, RECORD_BYTES_MAX);
	enum err e = card_in_batch(b, turn->subject, &card);
	if (!e)
		e = person_parse(buf_bytes(&card), &p);
	if (!e && turn->class_name[0])
		snprintf(p.class_name, sizeof p.class_name, "%s", turn->class_name);
	else if (!e)
		snprintf(p.left, sizeof p.left, "%s", j->leaving_day);
	if (!e)
		e = person_change(b, turn->subject, &p, by);
	sodium_memzero(&p, sizeof p);
	buf_wipe(&card);
	bool gone = e == ERR_READ_ONLY || e == ERR_NOT_FOUND || e == ERR_ERASED || e == ERR_DISPUTED;
	return gone ? ERR_OK : e;
}

static enum err run_promotion(struct batch *b, struct api_write *w)
{
	struct promotion *j = (struct promotion *)w;
	struct actor by = acting_actor(&j->by);
	struct undo undo = {0};
	enum err e = ERR_OK;
	b->undo = &undo;
	for (size_t i = 0; i < j->class_count && !e; i++)
		e = turn_class(b, j, &j->classes[i], &by);
	for (size_t i = 0; i < j->student_count && !e; i++)
		e = turn_student(b, j, &j->students[i], &by);
	b->undo = NULL;
	if (!e)
		e = undo_save(b, &undo, "promotion", j->id);
	undo_release(&undo);
	return e;
}

static void reply_promotion(struct api_write *w)
{
	struct promotion *j = (struct promotion *)w;
	reply_json(w->x, 201, json_pack("{s:o, s:I, s:I}", "id", json_hex(j->id, sizeof j->id), "classes", (json_int_t)j->class_count,
					"students", (json_int_t)j->student_count));
}

static void finish_promotion(struct api_write *w)
{
	struct promotion *j = (struct promotion *)w;
	free(j->classes);
	free(j->students);
}

static void propose(struct exchange *x)
{
	struct node *n = api_node(x);
	char today[DATE_BYTES], name[GROUP_NAME_MAX];
	json_t *classes = json_array();
	date_of(clock_ms(), today);
	for (size_t i = 0; i < n->structure.count; i++) {
		const struct group *g = &n->structure.groups[n->structure.order[i]];
		if (g->type != GROUP_CLASS || g->closed)
			continue;
		bool on = next_name(g->name, name);
		json_array_append_new(classes, json_pack("{s:o, s:s, s:o, s:I}", "id", json_hex(g->subject, SUBJECT_BYTES), "now", g->name,
							 "becomes", on ? json_string(name) : json_null(), "students",
							 (json_int_t)count_students(n, g)));
	}
	reply_json(x, 200, json_pack("{s:i, s:o}", "year", date_school_year(today) + 1, "classes", classes));
}

/* What becomes of a student: the class of the same new name, another class, or leaving. */
static const char *exception_of(const json_t *exceptions, const uint8_t *subject, bool *found)
{
	char id[2 * SUBJECT_BYTES + 1];
	hex_encode(subject, SUBJECT_BYTES, id);
	const json_t *v = json_object_get(exceptions, id);
	*found = v != NULL;
	return json_string_value(v);
}

static void plan_class(const struct node *n, struct promotion *j, const struct group *g, const char *becomes, const json_t *exceptions)
{
	struct class_turn *turn = &j->classes[j->class_count++];
	memcpy(turn->subject, g->subject, SUBJECT_BYTES);
	turn->closed = !becomes;
	snprintf(turn->name, sizeof turn->name, "%s", becomes ? becomes : g->name);
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *p = &n->people.at[i];
		bool excepted;
		if (p->person.kind != PERSON_STUDENT || p->former || !group_has(g, p->subject, &p->person) || p->person.left[0] ||
		    p->custody.state != CUSTODY_HELD)
			continue;
		const char *other = exception_of(exceptions, p->subject, &excepted), *to = excepted ? other : becomes;
		struct student_turn *student = &j->students[j->student_count++];
		memcpy(student->subject, p->subject, SUBJECT_BYTES);
		snprintf(student->class_name, sizeof student->class_name, "%s", to ? to : "");
	}
}

/* null, or what a class may be called. */
static bool is_becoming(const json_t *v)
{
	const char *name = json_string_value(v);
	return json_is_null(v) || (name && name[strspn(name, " ")] && strlen(name) < sizeof ((struct person *)0)->class_name &&
				   text_clean(name, false));
}

static bool is_planned(const struct promotion *j, const struct group *g)
{
	for (size_t i = 0; i < j->class_count; i++)
		if (memcmp(j->classes[i].subject, g->subject, SUBJECT_BYTES) == 0)
			return true;
	return false;
}

/* Whether the class that j->classes[at] becomes has a name of its own, among those planned and those left as they are. */
static bool has_own_name(const struct node *n, const struct promotion *j, size_t at)
{
	const struct class_turn *turn = &j->classes[at];
	const struct group *there = structure_class(&n->structure, turn->name);
	if (turn->closed)
		return true;
	if (there && !is_planned(j, there))
		return false;
	for (size_t i = 0; i < at; i++)
		if (!j->classes[i].closed && strcmp(j->classes[i].name, turn->name) == 0)
			return false;
	return true;
}

/* {class id: its new name, or null for those who graduate}; exceptions {student id: class name, or null}. */
static enum err plan(struct exchange *x, struct promotion *j, int64_t year, const json_t *classes, const json_t *exceptions,
		     char bad[NAME_BYTES_MAX], const char **why)
{
	struct node *n = api_node(x);
	const char *id;
	json_t *v;
	j->year = (uint16_t)year;
	snprintf(j->leaving_day, sizeof j->leaving_day, "%04d-09-01", (int)year);
	j->classes = calloc(json_object_size(classes) + 1, sizeof *j->classes);
	j->students = calloc(n->people.count + 1, sizeof *j->students);
	if (!j->classes || !j->students)
		return ERR_NO_MEMORY;
	json_object_foreach((json_t *)(uintptr_t)classes, id, v)
	{
		uint8_t subject[SUBJECT_BYTES];
		const char *becomes = json_string_value(v);
		const struct group *g = hex_decode(id, subject, sizeof subject) ? structure_find(&n->structure, subject) : NULL;
		snprintf(bad, NAME_BYTES_MAX, "classes.%.64s", id);
		*why = "an open class, once, and its new name or null";
		if (!g || g->type != GROUP_CLASS || g->closed || is_planned(j, g) || !is_becoming(v))
			return ERR_INVALID;
		plan_class(n, j, g, becomes, exceptions);
	}
	json_object_foreach((json_t *)(uintptr_t)exceptions, id, v)
	{
		snprintf(bad, NAME_BYTES_MAX, "exceptions.%.64s", id);
		*why = "the name of a class, at most 23 bytes without control characters, or null";
		if (!is_becoming(v))
			return ERR_INVALID;
	}
	for (size_t i = 0; i < j->class_count; i++) {
		hex_encode(j->classes[i].subject, SUBJECT_BYTES, bad + snprintf(bad, NAME_BYTES_MAX, "classes."));
		*why = "another open class has that name, or would have";
		if (!has_own_name(n, j, i))
			return ERR_CONFLICT;
	}
	return ERR_OK;
}

static void promote(struct exchange *x)
{
	int64_t year = 0;
	json_t *classes = NULL, *exceptions = NULL;
	char bad[NAME_BYTES_MAX] = "";
	const char *why = NULL;
	const struct input fields[] = {
		{"year", INPUT_INTEGER, REQUIRED, 2200, &year, 1900},
		{"classes", INPUT_OBJECT, REQUIRED, 0, &classes, 0},
		{"exceptions", INPUT_OBJECT, OPTIONAL, 0, &exceptions, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	struct promotion *j = api_write_new(x, sizeof *j, run_promotion, reply_promotion);
	if (!j)
		return;
	j->w.finish = finish_promotion;
	handler_acting(x, &j->by);
	enum err e = plan(x, j, year, classes, exceptions, bad, &why);
	if (!e) {
		api_write_start(&j->w);
		return;
	}
	reply_error(x, e, why, bad);
	api_write_drop(&j->w);
}

/* --- taking back ------------------------------------------------------------------------------ */

static void get_changes(struct exchange *x)
{
	struct txn t;
	struct undo_row row;
	json_t *items = json_array();
	if (!api_read(x, &t))
		return;
	for (bool on = undo_next(&t, NULL, &row); on; on = undo_next(&t, row.id, &row))
		json_array_append_new(items, json_pack("{s:o, s:s, s:o, s:I}", "id", json_hex(row.id, sizeof row.id), "what", row.what,
						       "time", json_time(row.time_ms), "cards", (json_int_t)row.count));
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

struct undo_write {
	struct api_write w;
	struct acting by;
	uint8_t id[UNDO_ID_BYTES];
	struct undo_report report;
};

static enum err run_undo(struct batch *b, struct api_write *w)
{
	struct undo_write *j = (struct undo_write *)w;
	struct actor by = acting_actor(&j->by);
	return undo_apply(b, j->id, &by, &j->report);
}

static void reply_undo(struct api_write *w)
{
	const struct undo_report *r = &((struct undo_write *)w)->report;
	reply_json(w->x, 200, json_pack("{s:I, s:I}", "undone", (json_int_t)r->undone, "kept", (json_int_t)r->kept));
}

static void delete_change(struct exchange *x)
{
	uint8_t id[UNDO_ID_BYTES];
	if (!api_param_id(x, 0, id, sizeof id))
		return;
	struct undo_write *j = api_write_new(x, sizeof *j, run_undo, reply_undo);
	if (!j)
		return;
	memcpy(j->id, id, sizeof id);
	handler_acting(x, &j->by);
	api_write_start(&j->w);
}

const struct route class_routes[] = {
	{METHOD_GET, "/api/v1/classes", AREA_PEOPLE, BODY_NONE, 0, get_classes},
	{METHOD_POST, "/api/v1/classes", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, post_class},
	{METHOD_GET, "/api/v1/classes/{id}", AREA_PEOPLE, BODY_NONE, 0, get_class},
	{METHOD_PUT, "/api/v1/classes/{id}", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, put_class},
	{METHOD_GET, "/api/v1/promotions", AREA_EXCHANGE, BODY_NONE, 0, propose},
	{METHOD_POST, "/api/v1/promotions", AREA_EXCHANGE, BODY_JSON, HTTP_BODY_BYTES_MAX, promote},
	{METHOD_GET, "/api/v1/changes", AREA_EXCHANGE, BODY_NONE, 0, get_changes},
	{METHOD_DELETE, "/api/v1/changes/{id}", AREA_EXCHANGE, BODY_NONE, 0, delete_change},
};
const size_t class_route_count = sizeof class_routes / sizeof *class_routes;
