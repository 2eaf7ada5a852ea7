/* Whether something may be published: whose consent it needs, by age, and what each consent reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/consent.h"
#include "tests/lib/room.h"

enum { MOTHER = 4, FATHER = 5, STRANGER = 6 };

static struct room room;
static struct person person;
static const uint8_t *work, *other;

#define ENTRY_FIELDS "{\"name\":\"О\",\"section\":\"sport\"}"

static int open_room(void **state)
{
	(void)state;
	room_open(&room);
	person = (struct person){.kind = PERSON_STUDENT, .birth = "2014-11-25", .guardian_count = 2};
	memcpy(person.guardians[0].id, room_who(MOTHER), SUBJECT_BYTES);
	memcpy(person.guardians[1].id, room_who(FATHER), SUBJECT_BYTES);
	work = room_wrote(&room, &(struct says){"achievement", 1, REL_TEACHER, ENTRY_FIELDS});
	other = room_wrote(&room, &(struct says){"achievement", 1, REL_TEACHER, ENTRY_FIELDS});
	fixture_must(room_judge(&room, NULL, "achievement", work, 2, "confirm", NULL, NULL), "confirm");
	return 0;
}

static int close_room(void **state)
{
	(void)state;
	room_close(&room);
	return 0;
}

/* who 0: the student themselves. */
static const uint8_t *consents(unsigned who, const char *purpose, const uint8_t *entry)
{
	char fields[100] = "{\"purpose\":\"";
	strcat(strcat(fields, purpose), entry ? "\",\"entry\":\"%s\"}" : "\"}");
	if (who)
		return room_wrote(&room, &(struct says){"consent", who, REL_PARENT, fields, {entry}});
	/* the student's own id is the subject's */
	static uint8_t id[ID_BYTES];
	struct batch b;
	struct buf out;
	const char *bad;
	char why[CATALOGUE_WHY_BYTES];
	const struct kind *k = catalogue_kind(room.catalogue, "consent");
	json_t *o = json_pack("{s:s}", "purpose", purpose);
	buf_init(&out, RECORD_BYTES_MAX);
	fixture_must(catalogue_encode(room.catalogue, k, o, &out, &bad, why), "encode");
	fixture_batch(&room.f, &b, room.now_ms += 1000);
	struct life l = {.batch = &b, .subject = room.student, .by = {"Имя", "учащийся", "Школа", room.student}, .relation = REL_SELF, .today = ROOM_TODAY};
	fixture_must(life_write(&l, &(struct life_draft){.kind = k, .fields = buf_bytes(&out)}, id), "consent");
	fixture_must(batch_commit(&b), "commit");
	buf_release(&out);
	json_decref(o);
	return id;
}

static uint32_t missing_of(const uint8_t *entry, const char *purpose, const uint8_t *school)
{
	struct dossier d;
	room_dossier(&room, &d);
	uint32_t missing = consent_missing(&d, &person, school ? school : room.f.school.id, purpose, dossier_find(&d, entry), ROOM_TODAY);
	dossier_close(&d);
	return missing;
}

static bool published(const uint8_t *entry)
{
	struct dossier d;
	room_dossier(&room, &d);
	bool is = consent_published(room.catalogue, &d, &person, room.f.school.id, "class_site", dossier_find(&d, entry), ROOM_TODAY);
	dossier_close(&d);
	return is;
}

static void whose_it_needs_by_age(void **state)
{
	static const struct {
		const char *what, *birth;
		uint32_t needed;
	} CASES[] = {
		{"of eleven", "2015-06-01", REL_PARENT},
		{"a day before fourteen", "2012-11-26", REL_PARENT},
		{"fourteen today", "2012-11-25", REL_PARENT | REL_SELF},
		{"a day before eighteen", "2008-11-26", REL_PARENT | REL_SELF},
		{"eighteen today", "2008-11-25", REL_SELF},
		{"of an age nobody wrote down", "", REL_PARENT | REL_SELF},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		strcpy(person.birth, CASES[i].birth);
		if (missing_of(work, "class_site", NULL) != CASES[i].needed)
			fail_msg("%s", CASES[i].what);
	}
}

static void both_from_fourteen_on_one_parent_is_enough(void **state)
{
	(void)state;
	strcpy(person.birth, "2012-11-25");
	consents(FATHER, "class_site", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_SELF);
	assert_false(published(work));
	consents(0, "class_site", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), 0);
	assert_true(published(work));
	/* of age: the parents' no longer counts, nor is it needed */
	strcpy(person.birth, "2008-11-25");
	assert_true(published(work));
}

static void by_whom(void **state)
{
	(void)state;
	consents(STRANGER, "class_site", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_PARENT);
	/* whose time has ended took their word along; the other parent's stands by itself */
	consents(FATHER, "class_site", NULL);
	strcpy(person.guardians[1].until, ROOM_TODAY);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_PARENT);
	strcpy(person.guardians[1].until, "2026-11-26");
	assert_int_equal(missing_of(work, "class_site", NULL), 0);
	strcpy(person.guardians[1].until, ROOM_TODAY);
	consents(MOTHER, "class_site", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), 0);
	/* the child's own is not a parent's */
	strcpy(person.guardians[0].until, ROOM_TODAY);
	consents(0, "class_site", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_PARENT);
}

static void for_what_and_to_whom(void **state)
{
	static const uint8_t elsewhere[SCHOOL_BYTES] = {7};
	(void)state;
	consents(MOTHER, "personal_page", NULL);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_PARENT);
	assert_int_equal(missing_of(work, "personal_page", NULL), 0);
	assert_int_equal(missing_of(work, "personal_page", elsewhere), REL_PARENT);
	/* for one entry: no other, nor a version that takes its place */
	consents(MOTHER, "class_site", other);
	assert_int_equal(missing_of(work, "class_site", NULL), REL_PARENT);
	assert_int_equal(missing_of(other, "class_site", NULL), 0);
	const uint8_t *fresh = room_wrote(&room, &(struct says){"achievement", 1, REL_TEACHER, ENTRY_FIELDS, .replaces = other});
	assert_int_equal(missing_of(fresh, "class_site", NULL), REL_PARENT);
}

static void withdrawn_it_ends_at_once(void **state)
{
	(void)state;
	const uint8_t *all = consents(MOTHER, "class_site", NULL), *one = consents(FATHER, "class_site", work);
	assert_true(published(work));
	fixture_must(room_retract(&room, "consent", all, MOTHER, REL_PARENT), "withdraw");
	assert_true(published(work));
	fixture_must(room_retract(&room, "consent", one, FATHER, REL_PARENT), "withdraw");
	assert_false(published(work));
}

static void only_what_counts_and_may_be(void **state)
{
	(void)state;
	consents(MOTHER, "class_site", NULL);
	const uint8_t *goal = room_wrote(&room, &(struct says){"goal", 3, REL_SELF, "{\"sort\":\"other\",\"name\":\"Ц\",\"stage\":\"planned\"}"});
	assert_true(published(work));
	assert_false(published(other)); /* not confirmed */
	assert_false(published(goal)); /* a kind that is never published */
	fixture_must(room_judge(&room, NULL, "achievement", work, 2, "return", NULL, NULL), "return");
	assert_false(published(work));
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(whose_it_needs_by_age),
		ROOM(both_from_fourteen_on_one_parent_is_enough),
		ROOM(by_whom),
		ROOM(for_what_and_to_whom),
		ROOM(withdrawn_it_ends_at_once),
		ROOM(only_what_counts_and_may_be),
	};
	return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
