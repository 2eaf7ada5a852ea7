#include "node/api.h"

#include <stdlib.h>

#include "node/evidence.h"
#include "node/loop.h"
#include "node/metrics.h"

enum { CLASSES_MAX = 512 };

/* What the people come to that this school keeps. */
struct totals {
	uint64_t students, staff;
	const char *classes[CLASSES_MAX];
	size_t class_count;
};

static void note_class(struct totals *s, const char *name)
{
	for (size_t i = 0; i < s->class_count; i++)
		if (strcmp(s->classes[i], name) == 0)
			return;
	if (*name && s->class_count < CLASSES_MAX)
		s->classes[s->class_count++] = name;
}

static int compare_classes(const void *a, const void *b)
{
	return class_compare(*(const char *const *)a, *(const char *const *)b);
}

static void count_people(const struct people_index *people, struct totals *s)
{
	for (size_t i = 0; i < people->count; i++) {
		const struct indexed_person *p = &people->at[i];
		if (p->former)
			continue;
		if (p->person.kind == PERSON_STAFF) {
			s->staff++;
		} else {
			s->students++;
			note_class(s, p->person.class_name);
		}
	}
	qsort(s->classes, s->class_count, sizeof *s->classes, compare_classes);
}

static json_t *show_backup(struct txn *t)
{
	struct bytes v;
	if (!meta_get(t, META_BACKUP, &v) || v.n != 16)
		return json_null();
	return json_pack("{so sI}", "time", json_time(get_u64(v.p)), "bytes", (json_int_t)get_u64(v.p + 8));
}

static void get_school(struct exchange *x)
{
	struct node *n = api_node(x);
	const struct roster *r = &n->roster;
	const struct member *me = &r->members[node_me(n)];
	struct txn t;
	if (!api_read(x, &t))
		return;
	uint64_t records = txn_count(&t, T_REC);
	bool ours = x->caller.role == ROLE_ADMINISTRATOR || x->caller.role == ROLE_LOCAL;
	json_t *backup = ours ? show_backup(&t) : json_null();
	txn_abort(&t);
	struct totals s = {0};
	count_people(&n->people, &s);
	json_t *classes = json_array();
	for (size_t i = 0; i < s.class_count; i++)
		json_array_append_new(classes, json_string(s.classes[i]));
	json_t *o = api_school_ref(r, me->id);
	json_t *more = json_pack("{ss so so ss sI sI sI so so so so}", "district", me->district, "root", api_school_ref(r, r->root),
				 "powers", api_powers(me->powers), "version", ESTAFETA_VERSION, "students",
				 (json_int_t)s.students, "staff", (json_int_t)s.staff, "records", (json_int_t)records,
				 "classes", classes, "time", json_time(clock_ms()), "incarnation",
				 json_hex(n->opened.school.incarnation, INCARNATION_BYTES), "backup", backup);
	json_object_update(o, more);
	json_decref(more);
	reply_json(x, 200, o);
}

static void health(struct exchange *x)
{
	struct node *n = api_node(x);
	bool well = n->ready && !n->stopping;
	reply_bytes(x, well ? 200 : 503, "text/plain", NULL, bytes_text(well ? "ok\n" : n->stopping ? "stopping\n" : "starting\n"));
}

static void metrics(struct exchange *x)
{
	struct node *n = api_node(x);
	struct buf text;
	struct txn t;
	if (!api_read(x, &t))
		return;
	metric_set(METRIC_RECORDS, (int64_t)txn_count(&t, T_REC));
	txn_abort(&t);
	metric_set(METRIC_STORE_BYTES, (int64_t)store_bytes(n->opened.store));
	struct blobs_count files = blobs_count(evidence_blobs(n->evidence));
	metric_set(METRIC_FILES_HELD, (int64_t)files.held);
	metric_set(METRIC_FILES_MISSING, (int64_t)files.missing);
	metric_set(METRIC_FILES_BYTES, (int64_t)files.bytes);
	buf_init(&text, HTTP_BODY_BYTES_MAX);
	metrics_write(&text);
	if (text.err)
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
	else
		reply_bytes(x, 200, "text/plain; version=0.0.4", NULL, buf_bytes(&text));
	buf_release(&text);
}

const struct route school_routes[] = {
	{METHOD_GET, "/api/v1/school", AREA_OWN, BODY_NONE, 0, get_school},
	{METHOD_GET, "/healthz", AREA_PUBLIC, BODY_NONE, 0, health},
	{METHOD_GET, "/metrics", AREA_PUBLIC, BODY_NONE, 0, metrics},
};
const size_t school_route_count = sizeof school_routes / sizeof *school_routes;
