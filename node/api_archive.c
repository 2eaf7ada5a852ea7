/* What an archive of the whole school is made of: every subject that this node can open. */
#include "core/card.h"
#include "node/handler.h"
#include "node/looks.h"
#include "node/loop.h"
#include "proto/mp.h"

static const char *kind_of(struct node *n, struct txn *t, struct txn *keys, const uint8_t *subject, char out[24])
{
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	buf_init(&card, RECORD_BYTES_MAX);
	enum err e = card_read(&n->opened.school, t, keys, subject, &card, author);
	card_get(buf_bytes(&card), "kind", out, 24);
	buf_wipe(&card);
	return e || !*out ? NULL : out;
}

static void get_archive(struct exchange *x)
{
	struct node *n = api_node(x);
	struct txn t, keys;
	uint8_t subject[SUBJECT_BYTES];
	char kind[24];
	if (!api_read(x, &t))
		return;
	enum err e = txn_begin(&keys, n->opened.school.vault.store, false);
	if (e) {
		txn_abort(&t);
		reply_error(x, e, NULL, NULL);
		return;
	}
	json_t *items = json_array();
	for (bool on = vault_next(&keys, NULL, subject); on; on = vault_next(&keys, subject, subject))
		if (kind_of(n, &t, &keys, subject, kind))
			json_array_append_new(items, json_pack("{s:s, s:o}", "about", kind, "id", json_hex(subject, SUBJECT_BYTES)));
	txn_abort(&keys);
	txn_abort(&t);
	looks_note_list(x);
	reply_json(x, 200, json_pack("{s:o, s:o}", "items", items, "school", api_school_ref(&n->roster, n->opened.school.id)));
}

static void get_one(struct exchange *x)
{
	struct node *n = api_node(x);
	uint8_t subject[SUBJECT_BYTES];
	struct buf out;
	if (!api_param_id(x, 0, subject, sizeof subject))
		return;
	struct shower w = handler_shower(n);
	json_t *export = show_export(&w, subject);
	if (!export) {
		reply_error(x, ERR_NOT_FOUND, "nothing here that opens", NULL);
		return;
	}
	looks_note_list(x);
	buf_init(&out, HTTP_BUNDLE_BYTES_MAX);
	json_write(&out, export);
	json_decref(export);
	if (out.err)
		reply_error(x, out.err, NULL, NULL);
	else
		reply_bytes(x, 200, "application/json", NULL, buf_bytes(&out));
	buf_wipe(&out);
}

const struct route archive_routes[] = {
	{METHOD_GET, "/api/v1/archive", AREA_CONTROL, BODY_NONE, 0, get_archive},
	{METHOD_GET, "/api/v1/archive/{id}", AREA_CONTROL, BODY_NONE, 0, get_one},
};
const size_t archive_route_count = sizeof archive_routes / sizeof *archive_routes;
