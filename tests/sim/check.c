/* What must hold: always (check_now), and once faults have stopped (check_final). */
#include <stdio.h>
#include <stdlib.h>

#include "core/erasure.h"
#include "core/leaf.h"
#include "core/manifest.h"
#include "core/scope.h"
#include "core/view.h"
#include "proto/mp.h"
#include "tests/sim/world.h"

/* Whether the school has the record; whole: with its body. */
static bool holds(struct world_school *s, const uint8_t *subject, const uint8_t *id, bool whole)
{
	struct txn t;
	struct cursor c;
	bool found = false;
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	cursor_open(&c, &t, T_LEAF);
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		found = memcmp(l.id, id, ID_BYTES) == 0 && leaf_record(&t, &l, &raw) && !record_read(raw, &r) && (r.has_body || !whole);
	}
	cursor_close(&c);
	txn_abort(&t);
	return found;
}

/* The custody of a student as one school sees it. */
static bool seen_by(struct world_school *s, const uint8_t *subject, struct custody_row *row)
{
	struct txn t;
	if (!s->up)
		return false;
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	bool known = view_custody(&t, subject, row);
	txn_abort(&t);
	return known;
}

static size_t keys_of(struct world_school *s, const uint8_t *subject, struct subject_keys *keys)
{
	struct txn t;
	fixture_must(txn_begin(&t, s->f.keys, false), "read keys");
	fixture_must(vault_load(&s->f.school.vault, &t, subject, keys), "keys");
	txn_abort(&t);
	return keys->count;
}

/* Whether the school ever kept the student or was released to, by anybody's chain records. */
static bool was_keeper(struct world *w, const uint8_t *subject, int school)
{
	struct chain_record *chain = malloc(CHAIN_RECORDS_MAX * sizeof *chain);
	bool was = false;
	for (size_t i = 0; i < w->school_count && !was; i++) {
		struct world_school *s = &w->schools[i];
		struct txn t;
		size_t n;
		struct custody c;
		if (!s->up)
			continue;
		fixture_must(txn_begin(&t, s->f.store, false), "read");
		fixture_must(chain_load(&t, subject, chain, &n), "chain");
		const struct roster *r = &s->f.school.roster;
		custody_walk(r, subject, chain, n, &c);
		int at = roster_find(r, w->schools[school].f.school.id);
		was = at != NO_SCHOOL && c.origin == at;
		for (size_t k = 0; k < c.step_count; k++)
			was |= c.steps[k].to == at;
		txn_abort(&t);
	}
	free(chain);
	return was;
}

/* No school may hold a key of a student that it never kept nor was promised. */
static void check_keys(struct world *w, bool deep)
{
	for (size_t i = 0; i < w->school_count; i++) {
		struct world_school *s = &w->schools[i];
		if (!s->up)
			continue;
		for (size_t k = 0; k < w->student_count; k++) {
			struct subject_keys keys;
			if (keys_of(s, w->students[k].subject, &keys) && !was_keeper(w, w->students[k].subject, (int)i))
				world_fail(w, "school %zu holds a key of student %zu that it only forwards", i, k);
			if (keys.count && deep) {
				/* nor may the key itself lie in anybody's records */
				for (size_t other = 0; other < w->school_count; other++) {
					struct txn t;
					struct cursor c;
					fixture_must(txn_begin(&t, w->schools[other].f.store, false), "read");
					cursor_open(&c, &t, T_REC);
					for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c))
						for (size_t n = 0; n < keys.count; n++)
							if (memmem(c.value.p, c.value.n, keys.keys[n].key, KEY_BYTES))
								world_fail(w, "a key of student %zu lies open at school %zu", k, other);
					cursor_close(&c);
					txn_abort(&t);
				}
			}
			subject_keys_wipe(&keys);
		}
	}
}

/*
 * What the manifest of that release names and the school lacks; -1 while it does not open. Read here
 * anew, so that a mistake in core/manifest.c does not hide itself.
 */
static long manifest_lacks(struct world_school *s, struct txn *t, const uint8_t *subject, const struct subject_keys *keys,
			   const struct chain_record *release)
{
	struct cursor c;
	struct buf plain;
	uint64_t named = 0;
	long lacks = 0;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	buf_init(&plain, RECORD_BYTES_MAX);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record rec;
		struct mp_reader hashes, ids;
		uint8_t hash[HASH_BYTES];
		if (leaf.type != RECORD_MANIFEST || !leaf_record(t, &leaf, &raw))
			continue;
		fixture_must(record_read(raw, &rec), "manifest");
		buf_reset(&plain);
		for (size_t k = 0; k < keys->count; k++)
			if (memcmp(keys->keys[k].id, rec.key_id, HASH_BYTES) == 0)
				fixture_must(record_open(&rec, keys->keys[k].key, &plain), "open manifest");
		if (memcmp(rec.author, release->record.author, SCHOOL_BYTES) != 0 || !mp_find(buf_bytes(&plain), "hashes", &hashes) ||
		    !mp_find(buf_bytes(&plain), "ids", &ids))
			continue;
		hash_of(hash, sizeof hash, DOMAIN_MANIFEST, mp_get_bin(&hashes, RECORD_BYTES_MAX));
		if (memcmp(hash, release->body.release.manifest, sizeof hash) != 0)
			continue;
		struct bytes list = mp_get_bin(&ids, RECORD_BYTES_MAX);
		named += list.n / ID_BYTES;
		for (size_t i = 0; i < list.n; i += ID_BYTES)
			lacks += !holds(s, subject, list.p + i, false);
	}
	cursor_close(&c);
	buf_wipe(&plain);
	return named == release->body.release.count ? lacks : -1;
}

/* Whoever is custodian by accept holds the whole manifest, readable. */
static void check_custodian(struct world *w, size_t i, size_t k)
{
	struct world_school *s = &w->schools[i];
	const uint8_t *subject = w->students[k].subject;
	struct custody_row row;
	struct walked *walk;
	struct txn t;
	struct subject_keys keys;
	if (!seen_by(s, subject, &row) || row.state != CUSTODY_HELD || memcmp(row.custodian, s->f.school.id, SCHOOL_BYTES) != 0)
		return;
	keys_of(s, subject, &keys);
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	fixture_must(custody_load(&walk, &t, &s->f.school.roster, subject), "chain");
	for (size_t step = 0; step < walk->custody.step_count; step++) {
		const struct custody_step *st = &walk->custody.steps[step];
		struct manifest_progress p;
		if (!st->accept || memcmp(st->accept->record.author, s->f.school.id, SCHOOL_BYTES) != 0)
			continue;
		long lacks = manifest_lacks(s, &t, subject, &keys, st->release);
		if (lacks)
			world_fail(w, "school %zu accepted student %zu without %ld records of the manifest", i, k, lacks);
		if (manifest_progress(&t, subject, &keys, st->release->record.author, st->release->body.release.manifest,
				      st->release->body.release.count, true, &p))
			world_fail(w, "school %zu accepted student %zu with bodies that do not open", i, k);
	}
	txn_abort(&t);
	subject_keys_wipe(&keys);
	free(walk);
}

void check_commit(struct world *w, int at)
{
	for (size_t k = 0; k < w->student_count; k++) {
		struct custody_row row;
		struct world_school *s = &w->schools[at];
		if (!seen_by(s, w->students[k].subject, &row) || row.state != CUSTODY_HELD ||
		    memcmp(row.custodian, s->f.school.id, SCHOOL_BYTES) != 0 ||
		    memcmp(row.head, w->students[k].head, ID_BYTES) == 0)
			continue;
		check_custodian(w, (size_t)at, k);
		memcpy(w->students[k].head, row.head, ID_BYTES);
	}
}

bool check_now(struct world *w)
{
	if (w->student_count && world_chance(w, 100)) {
		size_t k = world_random(w, w->student_count);
		check_custodian(w, world_random(w, w->school_count), k);
		check_keys(w, false);
	}
	return !w->failed[0];
}

/* At the end everybody has the same chain records, so one school's walk gives the truth. */
static int custodian_of(struct world *w, size_t k, bool *disputed)
{
	int found = -1;
	*disputed = false;
	for (size_t i = 0; i < w->school_count; i++) {
		struct custody_row row;
		if (!seen_by(&w->schools[i], w->students[k].subject, &row))
			continue;
		*disputed |= row.state == CUSTODY_DISPUTED;
		if (row.state != CUSTODY_NONE && row.state != CUSTODY_DISPUTED &&
		    memcmp(row.custodian, w->schools[i].f.school.id, SCHOOL_BYTES) == 0) {
			if (found >= 0)
				world_fail(w, "student %zu has two custodians: %d and %zu", k, found, i);
			found = (int)i;
		}
	}
	return found;
}

static void check_links(struct world *w)
{
	for (size_t i = 0; i < w->link_count; i++) {
		struct link *l = &w->links[i];
		uint8_t root[2][DIGEST_BYTES];
		uint64_t count[2];
		if (!l->up) {
			world_fail(w, "link %zu is down after quiet", i);
			return;
		}
		for (int k = 0; k < 2; k++) {
			struct txn t;
			struct sync_status st;
			fixture_must(txn_begin(&t, w->schools[l->school[k]].f.store, false), "read");
			sync_root(l->side[k].sync, &t, root[k], &count[k]);
			txn_abort(&t);
			sync_status(l->side[k].sync, &st);
			if (!st.complete)
				world_fail(w, "link %d-%d is not complete at %d: %s", l->school[0], l->school[1], l->school[k],
					   err_name(st.reason));
		}
		if (memcmp(root[0], root[1], DIGEST_BYTES) != 0)
			world_fail(w, "roots of link %d-%d differ: %llu and %llu records", l->school[0], l->school[1],
				   (unsigned long long)count[0], (unsigned long long)count[1]);
	}
}

/* What custody says each neighbour pair shares must be held on both sides, and nothing else anywhere. */
static void check_holdings(struct world *w, size_t k)
{
	struct chain_record *chain = malloc(CHAIN_RECORDS_MAX * sizeof *chain);
	const uint8_t *subject = w->students[k].subject;
	bool disputed;
	int keeper = custodian_of(w, k, &disputed);
	if (keeper < 0 && !disputed) {
		world_fail(w, "student %zu has no custodian", k);
		free(chain);
		return;
	}
	for (size_t i = 0; i < w->school_count; i++) {
		struct world_school *s = &w->schools[i];
		struct txn t;
		struct share shares[SHARES_MAX];
		struct custody c;
		size_t n;
		fixture_must(txn_begin(&t, s->f.store, false), "read");
		fixture_must(chain_load(&t, subject, chain, &n), "chain");
		const struct roster *r = &s->f.school.roster;
		int me = roster_find(r, s->f.school.id);
		custody_walk(r, subject, chain, n, &c);
		size_t shared = custody_shares(r, &c, chain, n, me, shares);
		struct subject_digest own = digest_get(&t, subject);
		uint32_t mine = own.all.count, former = own.former.count, chained = own.chain.count;
		txn_abort(&t);
		bool origin_or_on_route = shared > 0 || me == c.custodian || me == c.origin;
		if (mine > 0 && !origin_or_on_route)
			world_fail(w, "school %zu holds %u records of student %zu without a grant", i, mine, k);
		for (size_t x = 0; x < shared; x++) {
			for (size_t o = 0; o < w->school_count; o++) {
				struct world_school *p = &w->schools[o];
				if (memcmp(p->f.school.id, r->members[shares[x].peer].id, SCHOOL_BYTES) != 0)
					continue;
				fixture_must(txn_begin(&t, p->f.store, false), "read");
				struct subject_digest d = digest_get(&t, subject);
				txn_abort(&t);
				if (shares[x].right >= RIGHT_FORWARD ? d.all.count < mine
				    : shares[x].right == RIGHT_FORMER ? d.former.count != former : d.chain.count != chained)
					world_fail(w, "school %zu holds %u of the %u records of student %zu that school %zu grants it",
						   o, d.all.count, mine, k, i);
			}
		}
	}
	free(chain);
}

/* Whether the school's records name the file, to somebody who gets that selection of them. */
static bool names_to(struct txn *t, const struct blob_row *row, const struct custody *c, const struct roster *r, enum right right)
{
	struct selection which = {.mode = right >= RIGHT_FORWARD ? MODE_ALL : right == RIGHT_FORMER ? MODE_FORMER : MODE_NONE};
	if (c->custodian != NO_SCHOOL)
		memcpy(which.custodian, r->members[c->custodian].id, AUTHOR_BYTES);
	return blob_rows_find(t, row->subject, row->id, &which, NULL);
}

/*
 * Evidence files: the custodian has what its records name, and so has whoever gets those records; what no
 * record names is nowhere; and no file opens for who only forwards it.
 */
static void check_files(struct world *w)
{
	for (size_t i = 0; i < w->school_count; i++) {
		struct world_school *s = &w->schools[i];
		const struct roster *r = &s->f.school.roster;
		struct walked *walk;
		struct blob_row row = {.size = 0};
		struct txn t;
		fixture_must(txn_begin(&t, s->f.store, false), "read");
		while (blob_rows_next(&t, &row, false)) {
			struct share shares[SHARES_MAX];
			fixture_must(custody_load(&walk, &t, r, row.subject), "chain");
			int me = roster_find(r, s->f.school.id);
			size_t n = custody_shares(r, &walk->custody, walk->chain, walk->count, me, shares);
			bool here = files_has(s, row.id);
			if (walk->custody.custodian == me && !here)
				world_fail(w, "school %zu keeps a student whose file it has not", i);
			for (size_t k = 0; k < n; k++) {
				if (!names_to(&t, &row, &walk->custody, r, shares[k].right))
					continue;
				for (size_t o = 0; o < w->school_count; o++)
					if (memcmp(w->schools[o].f.school.id, r->members[shares[k].peer].id, SCHOOL_BYTES) == 0 &&
					    (!here || !files_has(&w->schools[o], row.id)))
						world_fail(w, "schools %zu and %zu share a file that one of them has not", i, o);
			}
			free(walk);
		}
		txn_abort(&t);
		size_t whole = 0; /* a part may stay where the link was closed over it */
		for (size_t f = 0; f < s->file_count; f++) {
			whole += s->files[f].whole;
			if (!blobs_named(s->blobs, s->files[f].id))
				world_fail(w, "school %zu has a file that no record names", i);
			if (s->files[f].whole && blob_check(s->files[f].id, bytes_of(s->files[f].bytes, s->files[f].n)))
				world_fail(w, "school %zu has a file that is damaged", i);
		}
		if (blobs_count(s->blobs).held != whole)
			world_fail(w, "school %zu counts %llu files and has %zu", i, (unsigned long long)blobs_count(s->blobs).held, whole);
	}
}

/* What is erased is erased everywhere: bodies; of a whole student all but the chain, and every key. */
static bool forgotten(struct world *w, const uint8_t *subject)
{
	for (size_t i = 0; i < w->school_count; i++) {
		struct custody_row row;
		if (seen_by(&w->schools[i], subject, &row) && row.state == CUSTODY_ERASED)
			return true;
	}
	return false;
}

/* Whether the erase counts where the student is now; while its eraser is custodian it must. */
static bool erased_by_custodian(struct world *w, int eraser, const uint8_t *subject, const uint8_t *id)
{
	for (size_t k = 0; k < w->student_count; k++) {
		bool disputed, counts;
		struct txn t;
		if (memcmp(w->students[k].subject, subject, SUBJECT_BYTES) != 0)
			continue;
		int keeper = custodian_of(w, k, &disputed);
		if (keeper == eraser || keeper < 0)
			return true;
		fixture_must(txn_begin(&t, w->schools[keeper].f.store, false), "read");
		counts = erasure_denies(&t, subject, id);
		txn_abort(&t);
		return counts;
	}
	return false;
}

static void check_erased(struct world *w)
{
	for (size_t k = 0; k < w->student_count; k++) {
		const uint8_t *subject = w->students[k].subject;
		bool gone = forgotten(w, subject);
		bool disputed;
		/* an accept that outweighs a decline or void takes the erase back with the custody */
		if (w->students[k].forgotten && !gone && custodian_of(w, k, &disputed) == w->students[k].keeper)
			world_fail(w, "student %zu was erased, and stands again", k);
		for (size_t i = 0; gone && i < w->school_count; i++) {
			struct subject_keys keys;
			struct custody_row row;
			struct txn t;
			if (keys_of(&w->schools[i], subject, &keys))
				world_fail(w, "school %zu still has a key of the erased student %zu", i, k);
			subject_keys_wipe(&keys);
			fixture_must(txn_begin(&t, w->schools[i].f.store, false), "read");
			struct subject_digest d = digest_get(&t, subject);
			txn_abort(&t);
			if (d.all.count != d.chain.count)
				world_fail(w, "school %zu still holds records of the erased student %zu", i, k);
			if (d.chain.count && seen_by(&w->schools[i], subject, &row) && row.state != CUSTODY_ERASED)
				world_fail(w, "school %zu has not heard that student %zu was erased", i, k);
		}
	}
	for (size_t i = 0; i < w->school_count; i++)
		for (size_t n = 0; n < w->schools[i].acked_count; n++)
			for (size_t o = 0; w->schools[i].erased[n] && o < w->school_count; o++)
				if (holds(&w->schools[o], w->schools[i].acked_subject[n], w->schools[i].acked[n], true) &&
				    erased_by_custodian(w, (int)i, w->schools[i].acked_subject[n], w->schools[i].acked[n]))
					world_fail(w, "school %zu still has a body that school %zu erased", o, i);
}

/* Whether a school erased that entry, and was heard. */
static bool entry_erased(struct world *w, const struct world_evidence *v)
{
	for (size_t i = 0; i < w->school_count; i++)
		for (size_t n = 0; n < w->schools[i].acked_count; n++)
			if (w->schools[i].erased[n] && memcmp(w->schools[i].acked[n], v->entry, ID_BYTES) == 0)
				return erased_by_custodian(w, (int)i, v->subject, v->entry);
	return false;
}

/* An erased entry's file is nowhere; read from what the workload did, not from rows. */
static void check_erased_files(struct world *w)
{
	for (size_t k = 0; k < w->evidence_count; k++) {
		const struct world_evidence *v = &w->evidence[k];
		if (!forgotten(w, v->subject) && !entry_erased(w, v))
			continue;
		for (size_t i = 0; i < w->school_count; i++)
			if (files_has(&w->schools[i], v->file))
				world_fail(w, "school %zu still has the file of an entry that was erased", i);
	}
}

/* Nothing that was reported as written is lost: the writer has it, and the custodian has it. */
static void check_acked(struct world *w)
{
	for (size_t i = 0; i < w->school_count; i++)
		for (size_t n = 0; n < w->schools[i].acked_count; n++)
			if (!forgotten(w, w->schools[i].acked_subject[n]) &&
			    !holds(&w->schools[i], w->schools[i].acked_subject[n], w->schools[i].acked[n], false))
				world_fail(w, "school %zu lost a record that it had confirmed", i);
	for (size_t k = 0; k < w->student_count; k++) {
		bool disputed;
		int keeper = forgotten(w, w->students[k].subject) ? -1 : custodian_of(w, k, &disputed);
		for (size_t i = 0; keeper >= 0 && i < w->school_count; i++)
			for (size_t n = 0; n < w->schools[i].acked_count; n++)
				if (memcmp(w->schools[i].acked_subject[n], w->students[k].subject, SUBJECT_BYTES) == 0 &&
				    !holds(&w->schools[keeper], w->students[k].subject, w->schools[i].acked[n], false))
					world_fail(w, "the custodian %d of student %zu lacks a record written at school %zu", keeper, k, i);
	}
}

/* Views are what a rebuild gives, byte for byte. */
static void check_views(struct world *w)
{
	for (size_t i = 0; i < w->school_count && i < 6; i++)
		if (!fixture_rebuilds(&w->schools[i].f, w->now_ms))
			world_fail(w, "the rows of school %zu differ from a rebuild", i);
}

bool check_final(struct world *w)
{
	for (size_t i = 0; i < w->school_count; i++)
		if (!w->schools[i].up)
			world_fail(w, "school %zu is down", i);
	if (!w->failed[0])
		check_links(w);
	for (size_t k = 0; k < w->student_count && !w->failed[0]; k++) {
		for (size_t i = 0; i < w->school_count; i++)
			check_custodian(w, i, k);
		check_holdings(w, k);
	}
	if (!w->failed[0])
		check_acked(w);
	if (!w->failed[0])
		check_erased(w);
	if (!w->failed[0])
		check_files(w);
	if (!w->failed[0])
		check_erased_files(w);
	if (!w->failed[0])
		check_keys(w, true);
	if (!w->failed[0])
		check_views(w);
	return !w->failed[0];
}
