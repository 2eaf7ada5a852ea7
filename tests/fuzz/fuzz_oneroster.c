/*
 * Any archive is refused with a reason or becomes a plan whose rows add up, twice the same. Input that is no ZIP is taken
 * as its files, "=name" before each, so that the fuzzer need not learn to deflate.
 */
#include <stdlib.h>

#include "node/archive.h"
#include "node/http.h"
#include "node/node_catalogue.h"
#include "node/oneroster.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint64_t now = 1795608000000; /* 2026-11-25 12:00 UTC */

/* One student with a guardian, one teacher, one class, brought by an earlier set. */
static struct import_base held(void)
{
	static struct catalogue *catalogue;
	static char folded[3][64] = {"орлов петр ильич", "физикова мария петровна", "зайцев олег "};
	static struct indexed_person at[3] = {
		{.subject = {1}, .person = {.kind = PERSON_STUDENT, .family = "Орлов", .given = "Пётр", .class_name = "7А", .external = "s1",
					    .guardian_count = 1, .guardians = {{.id = {9}, .family = "Орлова", .given = "Ольга", .external = "p1"}}}},
		{.subject = {2}, .person = {.kind = PERSON_STAFF, .family = "Физикова", .given = "Мария", .external = "t1"}},
		{.subject = {3}, .person = {.kind = PERSON_STUDENT, .family = "Зайцев", .given = "Олег"}},
	};
	static size_t order[3] = {0, 1, 2}, one[1];
	static uint8_t members[1][SUBJECT_BYTES] = {{1}};
	static struct group group = {.subject = {4}, .name = "Физика 7", .type = GROUP_SUBJECT, .external = "g1", .year = 2026, .staff_count = 1,
				     .staff = {{.staff = {2}, .relation = REL_TEACHER, .course = "physics"}}, .member_count = 1, .members = members};
	static struct people_index people = {.at = at, .count = 3, .order = order};
	static struct structure structure = {.groups = &group, .count = 1, .order = one};
	if (!catalogue) {
		char error[CATALOGUE_WHY_BYTES];
		for (int i = 0; i < 3; i++) {
			at[i].folded = folded[i];
			at[i].custody.state = CUSTODY_HELD;
		}
		catalogue = node_catalogue(error);
		require(catalogue != NULL);
	}
	return (struct import_base){.people = &people, .structure = &structure, .catalogue = catalogue, .now_ms = now};
}

static void pack(const uint8_t *data, size_t n, struct buf *zip)
{
	struct archive_file files[ARCHIVE_FILES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < n && count < ARCHIVE_FILES_MAX; i++) {
		if (data[i] != '=' || (i && data[i - 1] != '\n'))
			continue;
		struct archive_file *f = &files[count];
		size_t name = 0;
		while (i + 1 + name < n && data[i + 1 + name] != '\n' && name < sizeof f->name - 1)
			name++;
		memcpy(f->name, data + i + 1, name);
		f->name[name] = 0;
		i += name + 1;
		size_t from = i < n ? i + 1 : n, to = from;
		while (to < n && !(data[to] == '=' && data[to - 1] == '\n'))
			to++;
		f->text = bytes_of(data + from, to - from);
		i = to - 1;
		bool twice = !name;
		for (size_t k = 0; k < count; k++)
			twice |= strcmp(files[k].name, f->name) == 0;
		count += !twice && !memchr(f->name, '\xff', name);
	}
	if (archive_write(files, count, zip))
		buf_reset(zip);
}

static enum err plan(struct bytes zip, char digest[33], size_t counts[IMPORT_OUTCOMES])
{
	struct import_plan p;
	struct import_base b = held();
	char why[200];
	enum err e = oneroster_plan(&p, zip, NULL, &b, why);
	if (e) {
		require(strlen(why) > 0 && utf8_valid(bytes_text(why)));
	} else {
		size_t sum = 0;
		for (int i = 0; i < IMPORT_OUTCOMES; i++)
			sum += p.counts[i];
		require(sum == p.count);
		require(p.truncated || json_array_size(p.report) == p.count);
		memcpy(digest, p.digest, 33);
		memcpy(counts, p.counts, sizeof p.counts);
	}
	import_release(&p);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf zip;
	char digests[2][33];
	size_t counts[2][IMPORT_OUTCOMES];
	if (n > 1 << 16)
		return 0;
	buf_init(&zip, 1 << 20);
	if (n > 3 && memcmp(data, "PK\3\4", 4) == 0)
		buf_put(&zip, data, n);
	else
		pack(data, n, &zip);
	if (!plan(buf_bytes(&zip), digests[0], counts[0])) {
		require(plan(buf_bytes(&zip), digests[1], counts[1]) == ERR_OK);
		require(strcmp(digests[0], digests[1]) == 0);
		require(memcmp(counts[0], counts[1], sizeof counts[0]) == 0);
	}
	buf_release(&zip);
	return 0;
}
