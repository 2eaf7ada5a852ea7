#include "node/show.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/leaf.h"
#include "core/local.h"
#include "node/api.h"
#include "proto/text.h"

/* --- students --------------------------------------------------------------------------------- */

static const char *custody_name(const struct shower *w, struct txn *t, const struct indexed_person *p)
{
	const struct custody_row *c = &p->custody;
	uint64_t ms;
	switch (c->state) {
	case CUSTODY_NONE:
		return "void";
	case CUSTODY_DISPUTED:
		return "disputed";
	case CUSTODY_RELEASED:
		if (memcmp(c->to, w->school->id, SCHOOL_BYTES) == 0)
			return "arriving";
		if (p->former)
			return "transferred";
		return local_get_cascade(t, p->subject, c->release, &ms) ? "in_cascade" : "released";
	case CUSTODY_ERASED:
		return "erased";
	case CUSTODY_HELD:
		break;
	}
	return p->former ? "transferred" : "enrolled";
}

json_t *show_student(const struct shower *w, struct txn *t, const struct indexed_person *p)
{
	const struct custody_row *c = &p->custody;
	struct subject_digest d = digest_get(t, p->subject);
	char etag[2 * DIGEST_BYTES + 1];
	hex_encode(d.all.hash, DIGEST_BYTES, etag);
	bool read_only = p->former || c->state != CUSTODY_HELD;
	uint32_t total = c->unconfirmed + c->confirmed + c->returned + c->other;
	return json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:{s:I, s:I, s:I, s:I}, s:s}", "id",
			 json_hex(p->subject, SUBJECT_BYTES), "family", p->person.family, "given", p->person.given, "patronymic",
			 p->person.patronymic, "birth_date", p->person.birth[0] ? json_string(p->person.birth) : json_null(),
			 "class", p->person.class_name, "custody", custody_name(w, t, p), "read_only", read_only, "entries", "total",
			 (json_int_t)total, "unconfirmed", (json_int_t)c->unconfirmed, "confirmed", (json_int_t)c->confirmed,
			 "returned", (json_int_t)c->returned, "etag", etag);
}

/* --- transfers -------------------------------------------------------------------------------- */

static const char *const state_names[] = {
	[TRANSFER_CODE] = "code",	  [TRANSFER_CLAIMED] = "claimed",	[TRANSFER_FROZEN] = "frozen",
	[TRANSFER_RELEASED] = "released", [TRANSFER_IN_CASCADE] = "in_cascade", [TRANSFER_RECEIVING] = "receiving",
	[TRANSFER_ACCEPTED] = "accepted", [TRANSFER_DECLINED] = "declined",	[TRANSFER_VOID] = "void",
	[TRANSFER_DISPUTED] = "disputed", [TRANSFER_EXPIRED] = "expired",
};

static void add_step(json_t *steps, const char *name, uint64_t done_ms, bool done, bool ended, bool *waiting, const char *waits_for)
{
	const char *state = done ? "done" : ended && !*waiting ? "failed" : ended || *waiting ? "later" : "now";
	bool now = strcmp(state, "now") == 0;
	json_array_append_new(steps, json_pack("{s:s, s:s, s:o, s:o}", "name", name, "state", state, "time", json_time(done_ms),
					       "waits_for", now && waits_for ? json_string(waits_for) : json_null()));
	*waiting |= !done;
}

static json_t *show_steps(const struct transfer *t)
{
	bool ended = t->state == TRANSFER_DECLINED || t->state == TRANSFER_VOID || t->state == TRANSFER_EXPIRED ||
		     t->state == TRANSFER_DISPUTED || t->state == TRANSFER_FROZEN;
	bool waiting = false, accepted = t->state == TRANSFER_ACCEPTED;
	json_t *steps = json_array();
	if (t->out) {
		add_step(steps, "code", t->created_ms, true, ended, &waiting, NULL);
		add_step(steps, "claim", t->claimed_ms, t->claimed_ms != 0, ended, &waiting, "family");
		add_step(steps, "approval", t->released_ms, t->released_ms != 0, ended, &waiting, "our_approval");
		add_step(steps, "cascade", t->cascade_ms, t->cascade_ms || accepted, ended, &waiting, "parent_link");
		add_step(steps, "accept", t->accepted_ms, accepted, ended, &waiting, "accept");
	} else {
		add_step(steps, "claim", t->claimed_ms, t->claimed_ms != 0, ended, &waiting, NULL);
		add_step(steps, "approval", t->released_ms, t->released_ms != 0, ended, &waiting, "old_school_approval");
		add_step(steps, "receive", t->accepted_ms, accepted, ended, &waiting, "records");
		add_step(steps, "accept", t->accepted_ms, accepted, ended, &waiting, "accept");
	}
	return steps;
}

json_t *show_transfer(const struct shower *w, const struct transfer *t)
{
	const struct indexed_person *p = t->has_student ? people_index_find(w->people, t->student) : NULL;
	json_t *student = !t->has_student ? json_null()
					  : json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", json_hex(t->student, SUBJECT_BYTES), "family",
						      p ? p->person.family : "", "given", p ? p->person.given : "", "patronymic",
						      p ? p->person.patronymic : "", "class", p ? p->person.class_name : "");
	bool safe = t->out && (t->state == TRANSFER_IN_CASCADE || t->state == TRANSFER_ACCEPTED);
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "id", json_hex(t->id, SUBJECT_BYTES), "direction",
			 t->out ? "out" : "in", "state", state_names[t->state], "student", student, "school",
			 t->has_school ? api_school_ref(w->roster, t->school) : json_null(), "created", json_time(t->created_ms),
			 "expires", json_time(t->expires_ms), "safe_to_switch_off", safe, "progress",
			 t->total ? json_pack("{s:I, s:I}", "have", (json_int_t)t->have, "total", (json_int_t)t->total) : json_null(),
			 "steps", show_steps(t), "reason", t->reason[0] ? json_string(t->reason) : json_null());
}
