#include "core/poll.h"

#include "proto/mp.h"

static const struct dossier_entry *answer_of(const struct dossier *d, const struct dossier_entry *poll, const uint8_t *who)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dossier_entry *e = &d->entries[i];
		uint8_t id[ID_BYTES], author[SUBJECT_BYTES];
		if (entry_is(e, "observation") && entry_counts(e) && entry_id(e, "poll", id, sizeof id) &&
		    memcmp(id, poll->row.id, ID_BYTES) == 0 && body_who(e->body, author) && memcmp(author, who, SUBJECT_BYTES) == 0)
			return e;
	}
	return NULL;
}

void poll_of(struct poll *out, const struct dossier *d, const struct dossier_entry *entry, const char *today)
{
	struct mp_reader v;
	*out = (struct poll){.entry = entry};
	bytes_string(entry_text(entry, "deadline"), out->deadline, sizeof out->deadline);
	out->open = strcmp(today, out->deadline) <= 0;
	if (!mp_find(entry->fields, "asked", &v))
		return;
	uint32_t n = mp_get_array(&v);
	for (uint32_t i = 0; i < n && !v.err && out->asked_count < POLL_ASKED_MAX; i++) {
		uint8_t *who = out->asked[out->asked_count];
		mp_get_fixed(&v, who, SUBJECT_BYTES);
		out->answers[out->asked_count] = answer_of(d, entry, who);
		out->answered += out->answers[out->asked_count++] != NULL;
	}
}

struct tally poll_tally(const struct poll *p, struct bytes competence, int64_t top)
{
	struct tally t = {0};
	for (size_t i = 0; i < p->asked_count; i++) {
		struct mp_reader v;
		if (!p->answers[i] || !mp_find(p->answers[i]->fields, "marks", &v))
			continue;
		uint32_t n = mp_get_array(&v);
		for (uint32_t k = 0; k < n && !v.err; k++) {
			struct bytes mark = mp_get_any(&v);
			uint64_t level = mp_find_uint(mark, "level", UINT64_MAX);
			if (level <= (uint64_t)top && bytes_equal(mp_find_text(mark, "code"), competence)) {
				t.sum += (int64_t)level;
				t.n++;
			}
		}
	}
	return t;
}

bool poll_waits(const struct poll *p, const uint8_t who[SUBJECT_BYTES])
{
	for (size_t i = 0; i < p->asked_count && p->open; i++)
		if (!p->answers[i] && memcmp(p->asked[i], who, SUBJECT_BYTES) == 0)
			return true;
	return false;
}
