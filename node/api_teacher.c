/* The teacher's cabinet: growth by year, the development plan, lesson cards for the network. */
#include <stdlib.h>

#include "node/commons.h"
#include "node/handler.h"
#include "node/loop.h"
#include "proto/mp.h"

static const struct dossier *open_staff(struct exchange *x, struct permit *p)
{
	enum err e;
	if (!permit_path(x, p))
		return NULL;
	if (!(p->relations & (REL_SELF | REL_ADMINISTRATOR))) {
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return NULL;
	}
	const struct dossier *d = dossiers_get(api_node(x)->dossiers, p->subject, &e);
	if (!d)
		reply_error(x, e, NULL, NULL);
	return d;
}

/* --- growth ----------------------------------------------------------------------------------- */

static void add_number(json_t *o, const char *key, json_int_t more)
{
	json_object_set_new(o, key, json_integer(json_integer_value(json_object_get(o, key)) + more));
}

/* {section: entries} and the hours of each table, of one school year. */
static json_t *year_of(json_t *years, uint16_t period)
{
	size_t i;
	json_t *y;
	json_array_foreach(years, i, y)
	{
		if (json_integer_value(json_object_get(y, "period")) == period)
			return y;
		if (json_integer_value(json_object_get(y, "period")) > period)
			break;
	}
	y = json_pack("{s:i, s:i, s:{}, s:i, s:{}}", "period", period, "entries", 0, "sections", "hours", 0, "tables");
	json_array_insert_new(years, i, y);
	return y;
}

static json_t *teacher_growth(const struct catalogue *c, struct permit *p, const struct dossier *d)
{
	json_t *years = json_array();
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		const struct kind *k = catalogue_kind(c, e->row.kind);
		if (!k || !k->section || !entry_counts(e) || !permit_entry(p, d, e))
			continue;
		json_t *y = year_of(years, e->row.period);
		add_number(y, "entries", 1);
		add_number(json_object_get(y, "sections"), k->section, 1);
		if (k->measure != MEASURE_HOURS)
			continue;
		const struct field *f = kind_field(k, "hours");
		int64_t hours = entry_within(e, "hours", f->min, f->max, 0);
		const char *table = catalogue_table(c, k, hours);
		add_number(y, "hours", hours);
		if (table)
			add_number(json_object_get(y, "tables"), table, 1);
	}
	return years;
}

static void get_growth(struct exchange *x)
{
	struct permit p;
	const struct dossier *d = open_staff(x, &p);
	if (d)
		reply_json(x, 200, json_pack("{s:o}", "years", teacher_growth(api_node(x)->catalogue, &p, d)));
}

/* --- the development plan --------------------------------------------------------------------- */

enum { LEVEL_TO_IMPROVE = 1 };

static json_t *steps_for(const struct shower *w, const struct dossier *d, struct bytes item)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->count; i++)
		if (entry_is(&d->entries[i], "development_step") && entry_counts(&d->entries[i]) &&
		    bytes_equal(entry_text(&d->entries[i], "item"), item))
			json_array_append_new(list, show_entry(w, d, &d->entries[i]));
	return list;
}

/* What the latest self-rating found weak, with what is planned for it. */
static void get_development(struct exchange *x)
{
	struct permit p;
	const struct dossier *d = open_staff(x, &p);
	if (!d)
		return;
	struct shower w = handler_shower(api_node(x));
	const struct dossier_entry *rating = NULL;
	struct mp_reader v;
	for (size_t i = 0; i < d->count && !rating; i++)
		if (entry_is(&d->entries[i], "self_rating") && entry_counts(&d->entries[i]))
			rating = &d->entries[i];
	json_t *areas = json_array();
	if (rating && mp_find(rating->fields, "marks", &v)) {
		uint32_t n = mp_get_array(&v);
		for (uint32_t i = 0; i < n && !v.err; i++) {
			struct bytes mark = mp_get_any(&v), code = mp_find_text(mark, "code");
			uint64_t level = mp_find_uint(mark, "level", 0);
			if (level <= LEVEL_TO_IMPROVE)
				json_array_append_new(areas, json_pack("{s:o, s:o, s:I, s:o}", "code", show_text(code), "title",
								       show_text(mp_find_text(mark, "title")), "level", (json_int_t)level,
								       "steps", steps_for(&w, d, code)));
		}
	}
	reply_json(x, 200, json_pack("{s:o, s:o}", "rating", rating ? show_entry(&w, d, rating) : json_null(), "areas", areas));
}

/* --- lesson cards for the network ------------------------------------------------------------- */

struct publication {
	struct api_write w;
	struct buf fields;
	const struct kind *kind;
	char author[NAME_BYTES_MAX + 1];
	uint8_t entry[ID_BYTES];
};

static enum err run_publication(struct batch *b, struct api_write *w)
{
	struct publication *j = (struct publication *)w;
	return commons_publish(b, j->kind, buf_bytes(&j->fields), j->author, j->entry);
}

static void reply_publication(struct api_write *w)
{
	reply_json(w->x, 201, json_pack("{s:o}", "entry", json_hex(((struct publication *)w)->entry, ID_BYTES)));
}

static void finish_publication(struct api_write *w)
{
	buf_release(&((struct publication *)w)->fields);
}

/* The first version's id stays the card's name, so that a later one takes its place everywhere. */
static const uint8_t *first_version(const struct dossier *d, const struct dossier_entry *e)
{
	for (size_t hops = 0; e->replacing && hops < d->count; hops++) {
		const struct dossier_entry *older = dossier_find(d, e->replaces);
		if (!older)
			break;
		e = older;
	}
	return e->row.id;
}

/* The fields without the files, which stay at the school. */
static void put_fields(struct bytes fields, struct buf *out)
{
	struct mp_reader v, files;
	mp_read(&v, fields);
	uint32_t n = mp_get_map(&v), left_out = mp_find(fields, "files", &files);
	mp_put_map(out, n - left_out);
	for (uint32_t i = 0; i < n && !v.err; i++) {
		struct bytes key = mp_get_text(&v, NAME_BYTES_MAX), value = mp_get_any(&v);
		if (bytes_equal(key, bytes_text("files")))
			continue;
		mp_put_text(out, key);
		buf_put(out, value.p, value.n);
	}
}

static void post_publication(struct exchange *x)
{
	struct permit p;
	uint8_t id[ID_BYTES];
	struct node *n = api_node(x);
	const struct dossier *d = open_staff(x, &p);
	if (!d || !api_param_id(x, 1, id, sizeof id))
		return;
	const struct dossier_entry *e = dossier_find(d, id);
	if (!e || !entry_is(e, "lesson_card") || !entry_counts(e) || !(p.relations & REL_SELF)) {
		reply_error(x, ERR_NOT_FOUND, "no lesson card of yours", NULL);
		return;
	}
	struct publication *j = api_write_new(x, sizeof *j, run_publication, reply_publication);
	if (!j)
		return;
	j->w.finish = finish_publication;
	j->kind = catalogue_kind(n->catalogue, "published_card");
	buf_init(&j->fields, COMMONS_BYTES_MAX);
	put_fields(e->fields, &j->fields);
	memcpy(j->entry, first_version(d, e), ID_BYTES);
	accounts_full_name(p.person->person.family, p.person->person.given, p.person->person.patronymic, j->author);
	api_write_start(&j->w);
}

static void get_commons(struct exchange *x)
{
	const char *kind = request_query(x->req, "kind");
	struct txn t;
	if (!api_read(x, &t))
		return;
	json_t *items = commons_list(&t, &api_node(x)->roster, kind && *kind ? kind : NULL);
	txn_abort(&t);
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

const struct route teacher_routes[] = {
	{METHOD_GET, "/api/v1/staff/{id}/growth", AREA_RECORDS, BODY_NONE, 0, get_growth},
	{METHOD_GET, "/api/v1/staff/{id}/development", AREA_RECORDS, BODY_NONE, 0, get_development},
	{METHOD_POST, "/api/v1/staff/{id}/entries/{entry}/publication", AREA_RECORDS, BODY_NONE, 0, post_publication},
	{METHOD_GET, "/api/v1/commons", AREA_ANALYSIS, BODY_NONE, 0, get_commons},
};
const size_t teacher_route_count = sizeof teacher_routes / sizeof *teacher_routes;
