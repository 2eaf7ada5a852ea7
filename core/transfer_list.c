/* Transfers as the two schools see them: for showing, nothing is decided here. */
#include <stdlib.h>

#include "core/local.h"
#include "core/manifest.h"
#include "core/transfer.h"

static uint64_t time_of(const struct chain_record *k)
{
	return record_time_ms(k->record.time);
}

static void say(struct transfer *out, const char *reason)
{
	size_t n = strlen(reason);
	memcpy(out->reason, reason, n + 1);
}

static const char *reason_name(uint64_t reason)
{
	return reason == DECLINE_BY_FAMILY ? "by_family" : reason == DECLINE_MISTAKE ? "mistake" : "other";
}

/* What became of the release that answers one of the claims. */
static bool follow_release(struct transfer *out, struct txn *t, const struct roster *r, const struct walked *student,
			   const uint8_t *claim)
{
	for (size_t i = 0; i < student->custody.step_count; i++) {
		const struct custody_step *s = &student->custody.steps[i];
		if (memcmp(s->release->body.release.claim, claim, ID_BYTES) != 0)
			continue;
		out->released_ms = time_of(s->release);
		out->has_school = true;
		memcpy(out->school, r->members[out->out ? s->to : s->from].id, SCHOOL_BYTES);
		bool cascade = local_get_cascade(t, out->student, s->release->record.id, &out->cascade_ms);
		switch (s->state) {
		case STEP_OPEN:
			out->state = !out->out ? TRANSFER_RECEIVING : cascade ? TRANSFER_IN_CASCADE : TRANSFER_RELEASED;
			out->total = s->release->body.release.count;
			out->have = out->out && cascade ? out->total : 0;
			break;
		case STEP_ACCEPTED:
			out->state = TRANSFER_ACCEPTED;
			out->accepted_ms = time_of(s->accept);
			out->have = out->total = s->release->body.release.count;
			break;
		case STEP_DECLINED:
			out->state = TRANSFER_DECLINED;
			say(out, "by_new_school");
			break;
		case STEP_VOID:
			out->state = TRANSFER_VOID;
			say(out, "by_ancestor");
			break;
		}
		if (student->custody.state == CUSTODY_DISPUTED && s->state == STEP_ACCEPTED)
			out->state = TRANSFER_DISPUTED;
		return true;
	}
	return false;
}

static void show_out(struct transfer *out, const struct local_code *code, struct txn *t, const struct roster *r, uint64_t now_ms,
		     const struct walked *claims, const struct walked *student)
{
	size_t n = 0;
	out->out = out->has_student = true;
	out->state = TRANSFER_CODE;
	memcpy(out->student, code->student, SUBJECT_BYTES);
	out->created_ms = code->created_ms;
	out->expires_ms = code->expires_ms;
	for (size_t i = 0; i < claims->count; i++) {
		const struct chain_record *k = &claims->chain[i];
		if (k->record.type == RECORD_DECLINE)
			say(out, reason_name(k->body.decline.reason));
		if (k->record.type != RECORD_CLAIM)
			continue;
		n++;
		out->claimed_ms = time_of(k);
		out->has_school = true;
		memcpy(out->school, k->record.author, SCHOOL_BYTES);
	}
	for (size_t i = 0; i < claims->count; i++)
		if (claims->chain[i].record.type == RECORD_CLAIM &&
		    follow_release(out, t, r, student, claims->chain[i].record.id))
			return;
	if (code->closed)
		out->state = n ? TRANSFER_DECLINED : TRANSFER_EXPIRED;
	else if (n == 0)
		out->state = now_ms >= code->expires_ms ? TRANSFER_EXPIRED : TRANSFER_CODE;
	else
		out->state = n == 1 ? TRANSFER_CLAIMED : TRANSFER_FROZEN;
	if (out->state == TRANSFER_FROZEN)
		say(out, "two_claims");
}

static void show_in(struct transfer *out, const struct local_claim *claim, const struct vault *v, struct txn *keys, struct txn *t,
		    const struct roster *r, const struct walked *claims, const struct walked *student)
{
	out->state = TRANSFER_CLAIMED;
	out->created_ms = out->claimed_ms = claim->created_ms;
	out->has_school = true;
	memcpy(out->school, claim->origin, SCHOOL_BYTES);
	if (claim->has_student && student) {
		struct subject_keys held;
		out->has_student = true;
		memcpy(out->student, claim->student, SUBJECT_BYTES);
		follow_release(out, t, r, student, claim->claim);
		if (out->state != TRANSFER_RECEIVING || vault_load(v, keys, claim->student, &held))
			return;
		const struct body_release *body = NULL;
		for (size_t i = 0; i < student->custody.step_count; i++)
			if (memcmp(student->custody.steps[i].release->body.release.claim, claim->claim, ID_BYTES) == 0)
				body = &student->custody.steps[i].release->body.release;
		struct manifest_progress p;
		if (body && manifest_progress(t, claim->student, &held, claim->origin, body->manifest, body->count, false, &p) !=
				    ERR_NO_MEMORY)
			out->have = p.have;
		subject_keys_wipe(&held);
		return;
	}
	for (size_t i = 0; i < claims->count; i++) {
		const struct chain_record *k = &claims->chain[i];
		if (k->record.type != RECORD_DECLINE || memcmp(k->record.author, claim->origin, SCHOOL_BYTES) != 0)
			continue;
		out->state = TRANSFER_DECLINED;
		say(out, reason_name(k->body.decline.reason));
	}
}

/* What a school on the way sees of a student's last release. */
static bool show_passing(struct transfer *out, struct txn *t, const struct roster *r)
{
	struct walked *w;
	if (custody_load(&w, t, r, out->id))
		return false;
	size_t n = w->custody.step_count;
	bool any = n > 0;
	if (any) {
		out->out = out->has_student = true;
		memcpy(out->student, out->id, SUBJECT_BYTES);
		out->created_ms = time_of(w->custody.steps[n - 1].release);
		follow_release(out, t, r, w, w->custody.steps[n - 1].release->body.release.claim);
	}
	free(w);
	return any;
}

bool transfer_find(struct txn *t, const struct vault *v, struct txn *keys, const struct roster *r, uint64_t now_ms, const uint8_t id[SUBJECT_BYTES], struct transfer *out)
{
	struct local_code code;
	struct local_claim claim;
	struct walked *claims = NULL, *student = NULL;
	*out = (struct transfer){0};
	memcpy(out->id, id, SUBJECT_BYTES);
	bool is_code = local_get_code(t, id, &code), is_claim = !is_code && local_get_claim(t, id, &claim);
	if (!is_code && !is_claim)
		return show_passing(out, t, r);
	enum err e = custody_load(&claims, t, r, id);
	if (!e && (is_code || claim.has_student))
		e = custody_load(&student, t, r, is_code ? code.student : claim.student);
	if (!e && is_code)
		show_out(out, &code, t, r, now_ms, claims, student);
	else if (!e)
		show_in(out, &claim, v, keys, t, r, claims, student);
	free(claims);
	free(student);
	return !e;
}

static size_t list_of(enum local_name name, struct txn *t, const struct vault *v, struct txn *keys, const struct roster *r, uint64_t now_ms, struct transfer out[], size_t max)
{
	uint8_t id[SUBJECT_BYTES];
	struct bytes row;
	size_t n = 0;
	for (bool on = local_next(t, name, NULL, 0, id, sizeof id, &row); on && n < max;
	     on = local_next(t, name, id, sizeof id, id, sizeof id, &row))
		n += transfer_find(t, v, keys, r, now_ms, id, &out[n]);
	return n;
}

size_t transfer_list(struct txn *t, const struct vault *v, struct txn *keys, const struct roster *r, uint64_t now_ms, struct transfer out[], size_t max)
{
	size_t n = list_of(LOCAL_CODE, t, v, keys, r, now_ms, out, max);
	return n + list_of(LOCAL_CLAIM, t, v, keys, r, now_ms, out + n, max - n);
}
