/* Consents, and the public pages that live by them: checked at every rendering, kept by nobody. */
#include <stdio.h>
#include <stdlib.h>

#include "core/consent.h"
#include "core/page.h"
#include "node/handler.h"
#include "node/loop.h"
#include "proto/text.h"

#define CLASS_SITE "class_site"
#define PERSONAL_PAGE "personal_page"

/* --- consents --------------------------------------------------------------------------------- */

static json_t *show_missing(uint32_t missing)
{
	json_t *list = json_array();
	if (missing & REL_PARENT)
		json_array_append_new(list, json_string(access_relation_name(REL_PARENT)));
	if (missing & REL_SELF)
		json_array_append_new(list, json_string(access_relation_name(REL_SELF)));
	return list;
}

static json_t *show_purposes(const struct permit *p, const struct dossier *d, const struct dossier_entry *e)
{
	const json_t *purposes = catalogue_items(p->node->catalogue, "consent_purpose");
	json_t *list = json_array();
	for (size_t i = 0; i < json_array_size(purposes); i++) {
		const char *code = json_string_value(json_object_get(json_array_get(purposes, i), "code"));
		uint32_t missing = consent_missing(d, &p->person->person, p->node->opened.school.id, code, e, p->today);
		json_array_append_new(list, json_pack("{s:s, s:b, s:o}", "purpose", code, "given", missing == 0, "missing", show_missing(missing)));
	}
	return list;
}

/* Every entry that could be published, and whose consent is missing for what. */
static void get_consents(struct exchange *x)
{
	struct permit p;
	enum err err;
	if (!permit_student(x, REL_SELF | REL_PARENT | REL_CLASS_TEACHER | REL_TUTOR, &p))
		return;
	const struct dossier *d = dossiers_get(api_node(x)->dossiers, p.subject, &err);
	if (!d) {
		reply_error(x, err, NULL, NULL);
		return;
	}
	json_t *items = json_array();
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *k = catalogue_kind(api_node(x)->catalogue, e->row.kind);
		if (!k || !k->publish || !entry_counts(e) || !permit_entry(&p, d, e))
			continue;
		json_t *fields = json_object(), *words = json_object();
		show_fields(e->fields, fields, words);
		json_array_append_new(items, json_pack("{s:o, s:s, s:o, s:o}", "entry", json_hex(e->row.id, ID_BYTES), "kind", e->row.kind, "title",
						       show_title(e->body, fields, words), "purposes", show_purposes(&p, d, e)));
		json_decref(fields);
		json_decref(words);
	}
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

/* --- opening and closing a page --------------------------------------------------------------- */

struct page_write {
	struct api_write w;
	struct page page;
	bool open;
};

static enum err run_page(struct batch *b, struct api_write *w)
{
	struct page_write *j = (struct page_write *)w;
	struct page now;
	if (!j->open) {
		page_close(&b->txn, j->page.subject);
		return b->txn.err;
	}
	if (page_of(&b->txn, j->page.subject, &now))
		memcpy(j->page.token, now.token, sizeof now.token);
	else
		seed_take(&b->seed, j->page.token, sizeof j->page.token);
	page_put(&b->txn, &j->page);
	return b->txn.err;
}

static json_t *show_page(const struct page *p)
{
	char text[2 * PAGE_TOKEN_BYTES + 1], address[16 + sizeof text];
	json_t *hidden = json_array();
	hex_encode(p->token, sizeof p->token, text);
	snprintf(address, sizeof address, "/p/%s", text);
	for (size_t i = 0; i < p->hidden_count; i++)
		json_array_append_new(hidden, json_hex(p->hidden[i], ID_BYTES));
	return json_pack("{s:b, s:s, s:s, s:o}", "open", true, "token", text, "address", address, "hidden", hidden);
}

static json_t *show_closed(void)
{
	return json_pack("{s:b, s:n, s:n, s:[]}", "open", false, "token", "address", "hidden");
}

static void reply_page(struct api_write *w)
{
	const struct page_write *j = (struct page_write *)w;
	reply_json(w->x, 200, j->open ? show_page(&j->page) : show_closed());
}

/* Whose page it is to open: a student's is the family's, a class's its class teacher's. */
static bool may_open(struct exchange *x, struct permit *p)
{
	if (!permit_path(x, p))
		return false;
	uint32_t may = p->about == ABOUT_CLASS ? REL_CLASS_TEACHER | REL_TUTOR : REL_SELF | REL_PARENT;
	if (p->relations & may)
		return true;
	reply_error(x, ERR_NOT_FOUND, NULL, NULL);
	return false;
}

static void put_page(struct exchange *x)
{
	struct permit p;
	bool open = false;
	json_t *hidden = NULL;
	const struct input fields[] = {
		{"open", INPUT_BOOL, REQUIRED, 0, &open, 0},
		{"hidden", INPUT_LIST, OPTIONAL, PAGE_HIDDEN_MAX, &hidden, 0},
	};
	if (!may_open(x, &p) || !api_fields(x, fields, 2))
		return;
	if (hidden && p.about != ABOUT_TEACHER) {
		reply_error(x, ERR_INVALID, "consents decide what this page shows; only a teacher's page leaves entries out", "hidden");
		return;
	}
	struct page_write *j = api_write_new(x, sizeof *j, run_page, reply_page);
	if (!j)
		return;
	j->open = open;
	j->page.about = p.about;
	memcpy(j->page.subject, p.subject, SUBJECT_BYTES);
	for (size_t i = 0; i < json_array_size(hidden); i++) {
		const char *id = json_string_value(json_array_get(hidden, i));
		if (!id || !hex_decode(id, j->page.hidden[j->page.hidden_count++], ID_BYTES)) {
			reply_error(x, ERR_INVALID, "ids of entries", "hidden");
			api_write_drop(&j->w);
			return;
		}
	}
	api_write_start(&j->w);
}

static void get_page(struct exchange *x)
{
	struct permit p;
	struct page page;
	struct txn t;
	if (!may_open(x, &p) || !api_read(x, &t))
		return;
	bool open = page_of(&t, p.subject, &page);
	txn_abort(&t);
	reply_json(x, 200, open ? show_page(&page) : show_closed());
}

/* --- what the world sees ---------------------------------------------------------------------- */

/* A given name and an initial: enough for those who know the child, too little for others. */
static json_t *short_name(const struct person *p)
{
	char name[2 * PERSON_TEXT_MAX];
	size_t initial = *p->family ? 1 : 0;
	while (initial && (p->family[initial] & 0xc0) == 0x80)
		initial++;
	snprintf(name, sizeof name, "%s %.*s.", p->given, (int)initial, p->family);
	return json_string(name);
}

/* Nothing but what an achievement says: no ids, no authors, no history. */
static json_t *show_public(const struct dossier_entry *e)
{
	static const char *const leave_out[] = {"files", "note", "team_id", "goal", "teacher"};
	json_t *fields = json_object(), *words = json_object();
	show_fields(e->fields, fields, words);
	json_t *title = show_title(e->body, fields, words);
	for (size_t i = 0; i < sizeof leave_out / sizeof *leave_out; i++)
		json_object_del(fields, leave_out[i]);
	return json_pack("{s:s, s:o, s:o, s:o, s:i}", "kind", e->row.kind, "title", title, "fields", fields, "words", words, "period",
			 e->row.period);
}

static json_t *published(struct node *n, const struct indexed_person *s, const char *purpose, const char *today)
{
	enum err err;
	const struct dossier *d = dossiers_get(n->dossiers, s->subject, &err);
	json_t *list = json_array();
	for (size_t i = 0; d && i < d->count; i++)
		if (consent_published(n->catalogue, d, &s->person, n->opened.school.id, purpose, &d->entries[i], today))
			json_array_append_new(list, show_public(&d->entries[i]));
	return list;
}

static void add_student(json_t *people, struct node *n, const struct indexed_person *s, const char *purpose, const char *today)
{
	/* who left can no longer log in to withdraw a consent */
	bool here = !s->former && date_holds("", s->person.left, today);
	json_t *entries = here ? published(n, s, purpose, today) : json_array();
	if (json_array_size(entries))
		json_array_append_new(people, json_pack("{s:o, s:O}", "name", short_name(&s->person), "entries", entries));
	json_decref(entries);
}

static bool is_hidden(const struct page *p, const uint8_t *id)
{
	for (size_t i = 0; i < p->hidden_count; i++)
		if (memcmp(p->hidden[i], id, ID_BYTES) == 0)
			return true;
	return false;
}

static void add_teacher(json_t *people, struct node *n, const struct indexed_person *s, const struct page *page)
{
	enum err err;
	const struct dossier *d = dossiers_get(n->dossiers, s->subject, &err);
	char name[3 * PERSON_TEXT_MAX];
	json_t *list = json_array();
	for (size_t i = 0; d && i < d->count; i++) {
		const struct kind *k = catalogue_kind(n->catalogue, d->entries[i].row.kind);
		if (k && k->publish && entry_counts(&d->entries[i]) && !is_hidden(page, d->entries[i].row.id))
			json_array_append_new(list, show_public(&d->entries[i]));
	}
	snprintf(name, sizeof name, "%s %s %s", s->person.family, s->person.given, s->person.patronymic);
	if (json_array_size(list))
		json_array_append_new(people, json_pack("{s:s, s:O}", "name", name, "entries", list));
	json_decref(list);
}

static json_t *show_people(struct node *n, const struct page *page, const char *today, const char **title)
{
	const struct indexed_person *s = people_index_find(&n->people, page->subject);
	const struct group *g = page->about == ABOUT_CLASS ? structure_find(&n->structure, page->subject) : NULL;
	json_t *people = json_array();
	*title = "";
	if (page->about == ABOUT_STUDENT && s) {
		add_student(people, n, s, PERSONAL_PAGE, today);
	} else if (page->about == ABOUT_TEACHER && s && !s->former && date_holds("", s->person.left, today)) {
		add_teacher(people, n, s, page);
	} else if (g && !g->closed) {
		*title = g->name;
		for (size_t i = 0; i < n->people.count; i++) {
			s = &n->people.at[n->people.order[i]];
			if (s->person.kind == PERSON_STUDENT && group_has(g, s->subject, &s->person))
				add_student(people, n, s, CLASS_SITE, today);
		}
	}
	return people;
}

static void get_public(struct exchange *x)
{
	struct node *n = api_node(x);
	uint8_t token[PAGE_TOKEN_BYTES];
	struct page page;
	struct txn t;
	char today[DATE_BYTES];
	const char *title = "";
	if (!api_param_id(x, 0, token, sizeof token) || !api_read(x, &t))
		return;
	bool open = page_find(&t, token, &page);
	txn_abort(&t);
	date_of(clock_ms(), today);
	json_t *people = open ? show_people(n, &page, today, &title) : NULL;
	if (!json_array_size(people)) { /* nothing is permitted: there is no page */
		json_decref(people);
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	int me = node_me(n);
	reply_json(x, 200, json_pack("{s:s, s:s, s:s, s:o}", "about", about_name(page.about), "title", title, "school",
				     me == NO_SCHOOL ? "" : n->roster.members[me].name, "people", people));
}

#define PAGE_OF(path) {METHOD_GET, path, AREA_RECORDS, BODY_NONE, 0, get_page}, {METHOD_PUT, path, AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, put_page}

const struct route public_routes[] = {
	{METHOD_GET, "/api/v1/students/{id}/consents", AREA_RECORDS, BODY_NONE, 0, get_consents},
	PAGE_OF("/api/v1/students/{id}/page"),
	PAGE_OF("/api/v1/staff/{id}/page"),
	PAGE_OF("/api/v1/classes/{id}/page"),
	{METHOD_GET, "/api/v1/public/{token}", AREA_PUBLIC, BODY_NONE, 0, get_public},
};
const size_t public_route_count = sizeof public_routes / sizeof *public_routes;
