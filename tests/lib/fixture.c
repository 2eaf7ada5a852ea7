#include "tests/lib/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/succession.h"
#include "proto/mp.h"
#include "proto/require.h"

static char root[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_root(void)
{
	if (!root[0]) {
		const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
		snprintf(root, sizeof root, "%s/estafeta-XXXXXX", tmp);
		if (!mkdtemp(root))
			abort();
		atexit(remove_root);
	}
	return root;
}

void fixture_must(enum err e, const char *what)
{
	if (!e)
		return;
	fprintf(stderr, "%s: %s (%s)\n", what, err_name(e), err_text(e));
	abort();
}

static void open_stores(struct fixture *f, bool create)
{
	char path[160];
	struct store_options o = {.map_bytes = (size_t)1 << 30, .create = create, .no_sync = true};
	snprintf(path, sizeof path, "%s/store", f->dir);
	mkdir(path, 0700);
	fixture_must(store_open(&f->store, path, &o), "open store");
	snprintf(path, sizeof path, "%s/keys", f->dir);
	mkdir(path, 0700);
	fixture_must(store_open(&f->keys, path, &o), "open keys");
}

void fixture_create(struct fixture *f, unsigned n, const char *name, uint64_t now_ms)
{
	uint8_t seed[32];
	static unsigned made;
	*f = (struct fixture){0};
	snprintf(f->dir, sizeof f->dir, "%s/%u-%u", fixture_root(), made++, n);
	mkdir(f->dir, 0700);
	put_u32(f->seed.key, n);
	f->seed.key[31] = 1;
	seed_take(&f->seed, f->master, sizeof f->master);
	seed_take(&f->seed, f->identity.sign_seed, 32);
	seed_take(&f->seed, f->identity.kx_secret, 32);
	seed_take(&f->seed, f->recovery_secret, 32);
	crypto_scalarmult_base(f->identity.recovery, f->recovery_secret);
	succession_from(f->identity.next, f->recovery_secret, 1);
	seed_take(&f->seed, seed, sizeof seed);
	open_stores(f, true);
	struct school_card card = {name, "Удмуртская Республика", "Приволжский"};
	fixture_must(school_create(f->store, f->keys, f->master, &f->identity, &card, now_ms, seed), "create");
	fixture_must(school_open(&f->school, f->store, f->keys, f->master, &f->identity), "open");
	f->open = true;
}

void fixture_open(struct fixture *f)
{
	open_stores(f, false);
	fixture_must(school_open(&f->school, f->store, f->keys, f->master, &f->identity), "open");
	f->open = true;
}

void fixture_close(struct fixture *f)
{
	if (!f->open)
		return;
	school_close(&f->school);
	store_close(f->store);
	store_close(f->keys);
	f->open = false;
}

void fixture_batch(struct fixture *f, struct batch *b, uint64_t now_ms)
{
	uint8_t seed[32];
	seed_take(&f->seed, seed, sizeof seed);
	fixture_must(batch_begin(b, &f->school, now_ms, seed), "begin");
}

void fixture_share_network(struct fixture *from, struct fixture *to, uint64_t now_ms)
{
	struct txn t;
	struct cursor c;
	struct batch b;
	fixture_must(txn_begin(&t, from->store, false), "read");
	fixture_batch(to, &b, now_ms);
	cursor_open(&c, &t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		struct record r;
		fixture_must(record_read(c.value, &r), "record");
		if (r.cls != CLASS_NETWORK)
			continue;
		enum err e = batch_admit(&b, c.value, PROOF_SIGNATURE);
		if (e != ERR_DUPLICATE && e != ERR_UNKNOWN_AUTHOR)
			fixture_must(e, "admit");
	}
	cursor_close(&c);
	txn_abort(&t);
	fixture_must(batch_commit(&b), "commit");
}

void fixture_join(struct fixture *parent, struct fixture *child, uint32_t powers, uint32_t depth, uint64_t now_ms)
{
	struct batch b;
	char name[32];
	snprintf(name, sizeof name, "Школа %s", strrchr(child->dir, '-') + 1);
	static const struct {
		const char *region, *district;
	} places[] = {
		{"Удмуртская Республика", "Приволжский"}, {"Республика Татарстан", "Приволжский"},
		{"Пермский край", "Приволжский"},	  {"Воронежская область", "Центральный"},
		{"Тульская область", "Центральный"},	  {"Санкт-Петербург", "Северо-Западный"},
		{"Республика Коми", "Северо-Западный"},	  {"Свердловская область", "Уральский"},
		{"Челябинская область", "Уральский"},	  {"Новосибирская область", "Сибирский"},
		{"Республика Саха (Якутия)", "Дальневосточный"}, {"Ростовская область", "Южный"},
	};
	const unsigned at = (unsigned)atoi(strrchr(child->dir, '-') + 1) % (sizeof places / sizeof *places);
	struct membership_terms terms = {.name = name, .region = places[at].region, .district = places[at].district,
					 .powers = powers, .depth = depth, .after_ms = 0, .before_ms = UINT64_MAX >> 1};
	fixture_batch(parent, &b, now_ms);
	fixture_must(membership_certify(&b, child->school.id, &terms), "certify");
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(child, &b, now_ms);
	fixture_must(membership_join(&b, parent->school.root), "join");
	fixture_must(membership_belong(&b, parent->school.id), "belong");
	fixture_must(batch_commit(&b), "commit");
	fixture_share_network(parent, child, now_ms);
	fixture_share_network(child, parent, now_ms);
}

void fixture_student(struct fixture *f, struct batch *b, unsigned n, uint8_t subject[SUBJECT_BYTES])
{
	struct person p = {.kind = PERSON_STUDENT, .birth = "2014-05-06", .class_name = "5А"};
	struct actor by = {"Иванова Мария Петровна", "classteacher", "Школа", NULL, NULL};
	(void)f;
	snprintf(p.family, sizeof p.family, "Ученик%u", n);
	snprintf(p.given, sizeof p.given, "Имя");
	fixture_must(person_enrol(b, &p, &by, subject), "enrol");
}

void fixture_entry(struct batch *b, const uint8_t *subject, unsigned n, uint8_t id[ID_BYTES])
{
	struct actor by = {"Иванова Мария Петровна", "classteacher", "Школа", NULL, NULL};
	struct buf fields;
	char text[32];
	snprintf(text, sizeof text, "Олимпиада %u", n);
	buf_init(&fields, 1024);
	mp_put_map(&fields, 1);
	mp_put_key(&fields, "name");
	mp_put_text(&fields, bytes_text(text));
	struct entry_draft d = {.kind = "achievement", .title = "Достижение", .fields = buf_bytes(&fields),
				.period = (uint16_t)(2020 + n % 5)};
	fixture_must(entry_write(b, subject, &d, &by, id), "entry");
	buf_release(&fields);
}

struct custody_row fixture_custody(struct fixture *f, const uint8_t *subject)
{
	struct custody_row row;
	struct txn t;
	fixture_must(txn_begin(&t, f->store, false), "read");
	require(view_custody(&t, subject, &row));
	txn_abort(&t);
	return row;
}

static void hash_derived(struct txn *t, uint8_t out[HASH_BYTES])
{
	static const enum table derived[] = {T_DIGEST, T_SCOPE, T_VIEW, T_DENY};
	struct hash h;
	hash_start(&h, "test rows", HASH_BYTES, (struct bytes){0});
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		struct cursor c;
		cursor_open(&c, t, derived[i]);
		for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
			hash_add(&h, c.key.p, c.key.n);
			hash_add(&h, c.value.p, c.value.n);
		}
		cursor_close(&c);
	}
	hash_end(&h, out);
}

bool fixture_rebuilds(struct fixture *f, uint64_t now_ms)
{
	uint8_t kept[HASH_BYTES], made[HASH_BYTES];
	struct batch b;
	fixture_batch(f, &b, now_ms);
	hash_derived(&b.txn, kept);
	fixture_must(batch_reindex(&b), "reindex");
	hash_derived(&b.txn, made);
	batch_abort(&b);
	return memcmp(kept, made, sizeof kept) == 0;
}
