/* Transfers out and in: the family's code, the claim, the approval. */
#include <stdio.h>
#include <stdlib.h>

#include "node/handler.h"
#include "proto/text.h"

enum { TRANSFERS_SHOWN_MAX = 1000 };

static bool begin_both(struct node *n, struct txn *t, struct txn *keys)
{
	if (txn_begin(t, n->opened.store, false))
		return false;
	if (!txn_begin(keys, n->opened.keys, false))
		return true;
	txn_abort(t);
	return false;
}

static json_t *one(struct node *n, const uint8_t *id)
{
	struct shower w = handler_shower(n);
	struct txn t, keys;
	struct transfer tr;
	json_t *shown = NULL;
	if (!begin_both(n, &t, &keys))
		return NULL;
	if (transfer_find(&t, &n->opened.school.vault, &keys, &n->roster, w.now_ms, id, &tr))
		shown = show_transfer(&w, &tr);
	txn_abort(&keys);
	txn_abort(&t);
	return shown;
}

static void get_transfers(struct exchange *x)
{
	struct node *n = api_node(x);
	struct shower w = handler_shower(n);
	struct txn t, keys;
	struct transfer *all = calloc(TRANSFERS_SHOWN_MAX, sizeof *all);
	if (!all || !begin_both(n, &t, &keys)) {
		free(all);
		reply_error(x, ERR_STORE, NULL, NULL);
		return;
	}
	json_t *out = json_array(), *in = json_array();
	size_t count = transfer_list(&t, &n->opened.school.vault, &keys, &n->roster, w.now_ms, all, TRANSFERS_SHOWN_MAX);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(all[i].out ? out : in, show_transfer(&w, &all[i]));
	txn_abort(&keys);
	txn_abort(&t);
	free(all);
	reply_json(x, 200, json_pack("{s:o, s:o}", "outgoing", out, "incoming", in));
}

static void get_transfer(struct exchange *x)
{
	uint8_t id[SUBJECT_BYTES];
	if (!api_param_id(x, 0, id, sizeof id))
		return;
	json_t *shown = one(api_node(x), id);
	if (shown)
		reply_json(x, 200, shown);
	else
		reply_error(x, ERR_NOT_FOUND, "no such transfer", NULL);
}

struct transfer_write {
	struct api_write w;
	uint8_t student[SUBJECT_BYTES];
	uint8_t id[SUBJECT_BYTES];
	uint8_t code[CODE_BYTES];
	enum decline_reason reason;
	uint8_t keeper[SCHOOL_BYTES];
};

/* What is not found is told by its name. */
static enum err missed(struct api_write *w, enum err e, const char *what)
{
	if (e == ERR_NOT_FOUND)
		w->detail = what;
	return e;
}

static void reply_transfer(struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	json_t *shown = one(api_node(w->x), j->id);
	if (shown)
		reply_json(w->x, 202, shown);
	else
		reply_json(w->x, 202, json_object());
}

static void reply_code(struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	char text[TEXT_CODE_BYTES];
	json_t *shown = one(api_node(w->x), j->id);
	text_encode(bytes_of(j->code, sizeof j->code), text, sizeof text);
	reply_json(w->x, 201, json_pack("{s:o, s:s, s:O}", "transfer", shown, "code", text, "expires", json_object_get(shown, "expires")));
	sodium_memzero(text, sizeof text);
}

static enum err run_code(struct batch *b, struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	return missed(w, transfer_code(b, j->student, j->code, j->id), "no such student here");
}

static void post_code(struct exchange *x)
{
	const char *student = NULL;
	uint8_t subject[SUBJECT_BYTES];
	const struct input fields[] = {{"student", INPUT_LINE, REQUIRED, 2 * SUBJECT_BYTES, &student, 0}};
	if (!api_fields(x, fields, 1))
		return;
	if (!hex_decode(student, subject, sizeof subject)) {
		reply_error(x, ERR_INVALID, "the id from the student's page", "student");
		return;
	}
	struct transfer_write *j = api_write_new(x, sizeof *j, run_code, reply_code);
	if (!j)
		return;
	memcpy(j->student, subject, sizeof subject);
	api_write_start(&j->w);
}

static enum err run_claim(struct batch *b, struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	enum err e = transfer_claim(b, j->code, j->id);
	if (e)
		w->field = "code";
	return e;
}

static void post_claim(struct exchange *x)
{
	const char *text = NULL;
	uint8_t code[CODE_BYTES];
	const struct input fields[] = {{"code", INPUT_LINE, REQUIRED, 200, &text, 0}};
	if (!api_fields(x, fields, 1))
		return;
	enum err e = text_decode(text, code, sizeof code);
	if (e) {
		bool form = e == ERR_BAD_FORM;
		reply_error(x, form ? ERR_INVALID : e, form ? "40 characters from the family's sheet" : NULL, "code");
		return;
	}
	struct transfer_write *j = api_write_new(x, sizeof *j, run_claim, reply_transfer);
	if (j) {
		memcpy(j->code, code, sizeof code);
		api_write_start(&j->w);
	}
	sodium_memzero(code, sizeof code);
}

static enum err run_approve(struct batch *b, struct api_write *w)
{
	return missed(w, transfer_approve(b, ((struct transfer_write *)w)->id), "no such transfer here");
}

static enum err run_decline(struct batch *b, struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	return missed(w, transfer_decline(b, j->id, j->reason), "no such transfer here");
}

/* At the two schools by the transfer's id; at their common ancestor by the student's. */
static enum err run_void(struct batch *b, struct api_write *w)
{
	return missed(w, transfer_void(b, ((struct transfer_write *)w)->id), "no such transfer or student here");
}

static enum err run_resolve(struct batch *b, struct api_write *w)
{
	struct transfer_write *j = (struct transfer_write *)w;
	return missed(w, transfer_resolve(b, j->id, j->keeper), "that school did not accept this student");
}

/* At the common ancestor, by the student's id: which of the schools that accepted keeps the record. */
static void post_resolve(struct exchange *x)
{
	const char *school = NULL;
	uint8_t id[SUBJECT_BYTES], chosen[SCHOOL_BYTES];
	const struct input fields[] = {{"school", INPUT_LINE, REQUIRED, 2 * SCHOOL_BYTES, &school, 0}};
	if (!api_param_id(x, 0, id, sizeof id) || !api_fields(x, fields, 1))
		return;
	if (!hex_decode(school, chosen, sizeof chosen)) {
		reply_error(x, ERR_INVALID, NULL, "school");
		return;
	}
	struct transfer_write *j = api_write_new(x, sizeof *j, run_resolve, reply_transfer);
	if (!j)
		return;
	memcpy(j->id, id, sizeof id);
	memcpy(j->keeper, chosen, sizeof chosen);
	api_write_start(&j->w);
}

/* Records carry the reason as a code only: no word about a child's circumstances travels in clear. */
static void act(struct exchange *x, enum err (*run)(struct batch *b, struct api_write *w))
{
	const char *reason = NULL;
	uint8_t id[SUBJECT_BYTES];
	const struct input fields[] = {{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0}};
	if (!api_param_id(x, 0, id, sizeof id) || !api_fields(x, fields, 1))
		return;
	struct transfer_write *j = api_write_new(x, sizeof *j, run, reply_transfer);
	if (!j)
		return;
	memcpy(j->id, id, sizeof id);
	j->reason = !reason			       ? DECLINE_OTHER
		    : strcmp(reason, "by_family") == 0 ? DECLINE_BY_FAMILY
		    : strcmp(reason, "mistake") == 0   ? DECLINE_MISTAKE
						       : DECLINE_OTHER;
	api_write_start(&j->w);
}

static void post_approve(struct exchange *x)
{
	act(x, run_approve);
}

static void post_decline(struct exchange *x)
{
	act(x, run_decline);
}

static void post_void(struct exchange *x)
{
	act(x, run_void);
}

const struct route transfer_routes[] = {
	{METHOD_GET, "/api/v1/transfers", AREA_TRANSFERS, BODY_NONE, 0, get_transfers},
	{METHOD_POST, "/api/v1/transfers/codes", AREA_TRANSFERS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_code},
	{METHOD_POST, "/api/v1/transfers/claims", AREA_TRANSFERS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_claim},
	{METHOD_GET, "/api/v1/transfers/{id}", AREA_TRANSFERS, BODY_NONE, 0, get_transfer},
	{METHOD_POST, "/api/v1/transfers/{id}/approve", AREA_TRANSFERS, BODY_JSON_OR_NONE, HTTP_BODY_BYTES_MAX, post_approve},
	{METHOD_POST, "/api/v1/transfers/{id}/decline", AREA_TRANSFERS, BODY_JSON_OR_NONE, HTTP_BODY_BYTES_MAX, post_decline},
	{METHOD_POST, "/api/v1/transfers/{id}/void", AREA_TRANSFERS, BODY_JSON_OR_NONE, HTTP_BODY_BYTES_MAX, post_void},
	{METHOD_POST, "/api/v1/transfers/{id}/resolve", AREA_TRANSFERS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_resolve},
};
const size_t transfer_route_count = sizeof transfer_routes / sizeof *transfer_routes;
