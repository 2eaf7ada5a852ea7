/* Students and staff are enrolled and corrected: the person records. */
#include <stdio.h>

#include "core/date.h"
#include "core/leaf.h"
#include "node/handler.h"
#include "node/loop.h"
#include "proto/text.h"

/* --- shown ------------------------------------------------------------------------------------ */

static json_t *date_or_null(const char *day)
{
	return *day ? json_string(day) : json_null();
}

static json_t *show_guardian(const struct guardian *g)
{
	return json_pack("{so ss ss ss ss so}", "id", json_hex(g->id, SUBJECT_BYTES), "family", g->family, "given", g->given, "patronymic",
			 g->patronymic, "relation", g->relation, "until", date_or_null(g->until));
}

void handler_private(uint32_t relations, const struct indexed_person *p, json_t *card)
{
	if (!(relations & REL_PRIVATE))
		return;
	json_t *guardians = json_array();
	for (size_t i = 0; i < p->person.guardian_count; i++)
		json_array_append_new(guardians, show_guardian(&p->person.guardians[i]));
	json_object_set_new(card, "guardians", guardians);
	json_object_set_new(card, "joined", date_or_null(p->person.joined));
	json_object_set_new(card, "left", date_or_null(p->person.left));
}

/* NULL: the store failed. */
static json_t *show_staff(struct node *n, const struct indexed_person *p)
{
	struct txn t;
	if (txn_begin(&t, n->opened.store, false))
		return NULL;
	struct subject_digest d = digest_get(&t, p->subject);
	txn_abort(&t);
	return json_pack("{so ss ss ss ss so so so}", "id", json_hex(p->subject, SUBJECT_BYTES), "family", p->person.family, "given",
			 p->person.given, "patronymic", p->person.patronymic, "position", p->person.position, "joined",
			 date_or_null(p->person.joined), "left", date_or_null(p->person.left), "etag", json_hex(d.all.hash, DIGEST_BYTES));
}

/* As the administrator sees them. */
static json_t *show_whole(struct node *n, const struct indexed_person *p)
{
	json_t *shown = p->person.kind == PERSON_STUDENT ? handler_card(n, p) : show_staff(n, p);
	if (shown && p->person.kind == PERSON_STUDENT)
		handler_private(REL_ADMINISTRATOR, p, shown);
	return shown;
}

/* --- read ------------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

/* NULL, or the field at fault. A new guardian's id stays zeros. */
static const char *read_guardian(const json_t *o, const struct person *old, struct guardian *out)
{
	const char *id = NULL, *family = NULL, *given = NULL, *patronymic = NULL, *relation = NULL, *until = NULL, *bad = NULL;
	const struct input fields[] = {
		{"id", INPUT_LINE, OPTIONAL, 2 * SUBJECT_BYTES, &id, 0},
		{"family", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &family, 0},
		{"given", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &given, 0},
		{"patronymic", INPUT_LINE, OPTIONAL, PERSON_TEXT_MAX - 1, &patronymic, 0},
		{"relation", INPUT_LINE, OPTIONAL, sizeof out->relation - 1, &relation, 0},
		{"until", INPUT_DATE, OPTIONAL, 10, &until, 0},
	};
	if (json_fields(o, fields, sizeof fields / sizeof *fields, &bad))
		return bad ? bad : "";
	if (id && !hex_decode(id, out->id, sizeof out->id))
		return "id";
	copy_text(out->family, sizeof out->family, family);
	copy_text(out->given, sizeof out->given, given);
	copy_text(out->patronymic, sizeof out->patronymic, patronymic);
	copy_text(out->relation, sizeof out->relation, relation);
	copy_text(out->until, sizeof out->until, until);
	const struct guardian *before = id && old ? person_guardian(old, out->id) : NULL;
	if (before)
		copy_text(out->external, sizeof out->external, before->external);
	return NULL;
}

static bool read_guardians(struct exchange *x, const json_t *list, const struct person *old, struct person *out)
{
	char at[100];
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct guardian *g = &out->guardians[i];
		const char *bad = read_guardian(json_array_get(list, i), old, g);
		bool twice = !bad && !sodium_is_zero(g->id, sizeof g->id) && person_guardian(out, g->id);
		if (!bad && !twice) {
			out->guardian_count++;
			continue;
		}
		snprintf(at, sizeof at, "guardians.%zu.%.*s", i, (int)text_fit(twice ? "id" : bad, 60), twice ? "id" : bad);
		reply_error(x, ERR_INVALID, NULL, at);
		return false;
	}
	return true;
}

/* A whole person out of the body; false: it has replied. old: whose place it takes, or NULL. */
static bool read_person(struct exchange *x, enum person_kind kind, const struct person *old, struct person *out)
{
	const char *family = NULL, *given = NULL, *patronymic = NULL, *birth = NULL, *class_name = NULL, *joined = NULL, *left = NULL,
		   *position = NULL;
	json_t *guardians = NULL;
	const struct input student[] = {
		{"family", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &family, 0},
		{"given", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &given, 0},
		{"patronymic", INPUT_LINE, OPTIONAL, PERSON_TEXT_MAX - 1, &patronymic, 0},
		{"birth_date", INPUT_DATE, OPTIONAL, 10, &birth, 0},
		{"class", INPUT_LINE, OPTIONAL, CLASS_NAME_MAX - 1, &class_name, 0},
		{"joined", INPUT_DATE, OPTIONAL, 10, &joined, 0},
		{"left", INPUT_DATE, OPTIONAL, 10, &left, 0},
		{"guardians", INPUT_LIST, OPTIONAL, GUARDIANS_MAX, &guardians, 0},
	};
	const struct input staff[] = {
		{"family", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &family, 0},
		{"given", INPUT_LINE, REQUIRED, PERSON_TEXT_MAX - 1, &given, 0},
		{"patronymic", INPUT_LINE, OPTIONAL, PERSON_TEXT_MAX - 1, &patronymic, 0},
		{"position", INPUT_LINE, OPTIONAL, PERSON_TEXT_MAX - 1, &position, 0},
		{"joined", INPUT_DATE, OPTIONAL, 10, &joined, 0},
		{"left", INPUT_DATE, OPTIONAL, 10, &left, 0},
	};
	bool is_student = kind == PERSON_STUDENT;
	if (!api_fields(x, is_student ? student : staff, is_student ? sizeof student / sizeof *student : sizeof staff / sizeof *staff))
		return false;
	if (birth && !date_begun(birth, clock_ms())) {
		reply_error(x, ERR_INVALID, "a day to come", "birth_date");
		return false;
	}
	*out = (struct person){.kind = kind};
	copy_text(out->family, sizeof out->family, family);
	copy_text(out->given, sizeof out->given, given);
	copy_text(out->patronymic, sizeof out->patronymic, patronymic);
	copy_text(out->birth, sizeof out->birth, birth);
	copy_text(out->class_name, sizeof out->class_name, class_name);
	copy_text(out->position, sizeof out->position, position);
	copy_text(out->joined, sizeof out->joined, joined);
	copy_text(out->left, sizeof out->left, left);
	copy_text(out->external, sizeof out->external, old ? old->external : NULL);
	if (!is_student && old) /* what this form does not show stays */
		copy_text(out->birth, sizeof out->birth, old->birth);
	return read_guardians(x, guardians, old, out);
}

/* --- written ---------------------------------------------------------------------------------- */

struct person_write {
	struct api_write w;
	struct person person;
	struct acting by;
	bool fresh, matches; /* matches: only if the digest is still the one below */
	uint8_t subject[SUBJECT_BYTES], etag[DIGEST_BYTES];
};

static enum err run_person(struct batch *b, struct api_write *w)
{
	struct person_write *j = (struct person_write *)w;
	struct actor by = acting_actor(&j->by);
	struct person p = j->person; /* a second try gives new ids */
	for (size_t i = 0; i < p.guardian_count; i++)
		if (sodium_is_zero(p.guardians[i].id, SUBJECT_BYTES))
			seed_take(&b->seed, p.guardians[i].id, SUBJECT_BYTES);
	if (j->matches) {
		enum err e = batch_view(b, j->subject);
		if (e)
			return e;
		struct subject_digest d = digest_get(&b->txn, j->subject);
		if (memcmp(d.all.hash, j->etag, DIGEST_BYTES) != 0)
			return ERR_PRECONDITION;
	}
	enum err e = j->fresh ? person_enrol(b, &p, &by, j->subject) : person_change(b, j->subject, &p, &by);
	sodium_memzero(&p, sizeof p);
	memcpy(w->journal.subject, j->subject, SUBJECT_BYTES);
	return e;
}

static void reply_person(struct api_write *w)
{
	struct person_write *j = (struct person_write *)w;
	struct node *n = w->node;
	bool student = j->person.kind == PERSON_STUDENT;
	/* the commit is told to the index after this reply */
	enum err e = people_index_update(&n->people, &n->opened.school, n->opened.school.id, j->subject);
	const struct indexed_person *p = e ? NULL : people_index_find(&n->people, j->subject);
	char location[80];
	if (j->fresh) {
		int at = snprintf(location, sizeof location, student ? "/api/v1/students/" : "/api/v1/staff/");
		hex_encode(j->subject, SUBJECT_BYTES, location + at);
		reply_header(w->x, "Location", location);
	}
	json_t *shown = p ? show_whole(n, p) : NULL;
	if (!shown) {
		reply_error(w->x, ERR_STORE, NULL, NULL);
		return;
	}
	reply_json(w->x, j->fresh ? 201 : 200, shown);
}

static void reply_changed(struct api_write *w)
{
	struct person_write *j = (struct person_write *)w;
	const struct indexed_person *p = people_index_find(&w->node->people, j->subject);
	json_t *now = p ? show_whole(w->node, p) : NULL;
	if (now)
		handler_changed(w->x, now);
	else
		reply_error(w->x, ERR_PRECONDITION, NULL, NULL);
}

static struct person_write *write_new(struct exchange *x, enum person_kind kind, const struct person *old)
{
	struct person_write *j = api_write_new(x, sizeof *j, run_person, reply_person);
	if (!j)
		return NULL;
	if (!read_person(x, kind, old, &j->person)) {
		api_write_drop(&j->w);
		return NULL;
	}
	handler_acting(x, &j->by);
	return j;
}

static void post(struct exchange *x, enum person_kind kind)
{
	struct person_write *j = write_new(x, kind, NULL);
	if (!j)
		return;
	j->fresh = true;
	api_write_start(&j->w);
}

/* "..." or bare; false where there is one of another form: it can match nothing. */
static bool read_etag(const char *match, uint8_t out[DIGEST_BYTES])
{
	char text[2 * DIGEST_BYTES + 1];
	size_t n = strlen(match), quoted = match[0] == '"';
	if (n != 2 * DIGEST_BYTES + 2 * quoted)
		return false;
	memcpy(text, match + quoted, 2 * DIGEST_BYTES);
	text[2 * DIGEST_BYTES] = '\0';
	return hex_decode(text, out, DIGEST_BYTES);
}

static bool is_etag(const json_t *shown, const uint8_t etag[DIGEST_BYTES])
{
	char text[2 * DIGEST_BYTES + 1];
	const char *now = json_string_value(json_object_get(shown, "etag"));
	hex_encode(etag, DIGEST_BYTES, text);
	return now && strcmp(now, text) == 0;
}

static void put(struct exchange *x, enum person_kind kind)
{
	uint8_t subject[SUBJECT_BYTES];
	const char *match = request_header(x->req, "if-match");
	if (!api_param_id(x, 0, subject, sizeof subject))
		return;
	const struct indexed_person *old = people_index_find(&api_node(x)->people, subject);
	if (!old || old->person.kind != kind) {
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	struct person_write *j = write_new(x, kind, &old->person);
	if (!j)
		return;
	memcpy(j->subject, subject, sizeof subject);
	j->matches = match && strcmp(match, "*") != 0;
	j->w.changed = reply_changed;
	json_t *now = j->matches ? show_whole(api_node(x), old) : NULL;
	if (j->matches && (!read_etag(match, j->etag) || !is_etag(now, j->etag))) {
		handler_changed(x, now);
		api_write_drop(&j->w);
		return;
	}
	json_decref(now);
	api_write_start(&j->w);
}

static void post_student(struct exchange *x)
{
	post(x, PERSON_STUDENT);
}

static void put_student(struct exchange *x)
{
	put(x, PERSON_STUDENT);
}

static void post_staff(struct exchange *x)
{
	post(x, PERSON_STAFF);
}

static void put_staff(struct exchange *x)
{
	put(x, PERSON_STAFF);
}

/* To the administrator, and to themselves. */
static void get_staff(struct exchange *x)
{
	struct permit p;
	if (!permit_path(x, &p))
		return;
	json_t *shown = show_staff(api_node(x), p.person);
	if (shown)
		reply_json(x, 200, shown);
	else
		reply_error(x, ERR_STORE, NULL, NULL);
}

const struct route people_routes[] = {
	{METHOD_POST, "/api/v1/students", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, post_student},
	{METHOD_PUT, "/api/v1/students/{id}", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, put_student},
	{METHOD_POST, "/api/v1/staff", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, post_staff},
	{METHOD_GET, "/api/v1/staff/{id}", AREA_RECORDS, BODY_NONE, 0, get_staff},
	{METHOD_PUT, "/api/v1/staff/{id}", AREA_PEOPLE, BODY_JSON, HTTP_BODY_BYTES_MAX, put_staff},
};
const size_t people_route_count = sizeof people_routes / sizeof *people_routes;
