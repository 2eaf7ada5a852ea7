/* A student with a whole school life changes school through one relay, all in memory: what it costs to compute. */
#include <stdio.h>

#include "core/transfer.h"
#include "core/view.h"
#include "tests/bench/bench.h"
#include "tests/lib/link.h"

enum { RECORDS = 550 };

static const uint64_t now = 1790000000000;

static struct custody_row seen(struct fixture *f, const uint8_t *student)
{
	struct txn t;
	struct custody_row row = {0};
	fixture_must(txn_begin(&t, f->store, false), "read");
	view_custody(&t, student, &row);
	txn_abort(&t);
	return row;
}

void bench_transfer(void)
{
	struct fixture relay, old, new;
	struct link up, down;
	struct batch b;
	uint8_t student[SUBJECT_BYTES], id[ID_BYTES], code[CODE_BYTES], claim[SUBJECT_BYTES];
	fixture_create(&relay, 1, "Опорная школа", now);
	fixture_create(&old, 2, "Школа", now);
	fixture_create(&new, 3, "Школа", now);
	fixture_join(&relay, &old, POWER_RELAY, 0, now);
	fixture_join(&relay, &new, POWER_RELAY, 0, now);
	fixture_share_network(&relay, &old, now);
	fixture_batch(&old, &b, now);
	fixture_student(&old, &b, 1, student);
	for (unsigned i = 0; i < RECORDS; i++)
		fixture_entry(&b, student, i, id);
	fixture_must(batch_commit(&b), "enrol");
	link_open(&up, &old, &relay, now);
	link_open(&down, &new, &relay, now);
	link_pump(&up);
	link_pump(&down);
	unsigned before = up.volleys + down.volleys;
	double cpu = bench_cpu();
	fixture_batch(&old, &b, now);
	fixture_must(transfer_code(&b, student, code, claim), "code");
	link_work(&up, 0, &b);
	fixture_batch(&new, &b, now);
	fixture_must(transfer_claim(&b, code, claim), "claim");
	link_work(&down, 0, &b);
	/* what one link brought the relay, the other must hear of: as from one writer */
	for (int i = 0; i < 2; i++) {
		link_pump(&down);
		link_tell(&up, 1);
		link_pump(&up);
		link_tell(&down, 1);
	}
	fixture_batch(&old, &b, now);
	fixture_must(transfer_approve(&b, claim), "approve");
	link_work(&up, 0, &b);
	for (int i = 0; i < 4; i++) {
		link_pump(&up);
		link_tell(&down, 1);
		link_pump(&down);
		link_tell(&up, 1);
	}
	cpu = bench_cpu() - cpu;
	struct custody_row row = seen(&old, student);
	bool moved = row.state == CUSTODY_HELD && memcmp(row.custodian, new.school.id, SCHOOL_BYTES) == 0;
	printf("{\"name\":\"transfer\",\"records\":%d,\"moved\":%s,\"cpu_ms\":%.1f,\"round_trips\":%.1f}\n", RECORDS,
	       moved ? "true" : "false", cpu * 1e3, (up.volleys + down.volleys - before) / 2.0);
	link_close(&up);
	link_close(&down);
	fixture_close(&relay);
	fixture_close(&old);
	fixture_close(&new);
	if (!moved)
		bench_die("the student did not arrive");
}
