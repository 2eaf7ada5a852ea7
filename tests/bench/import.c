/* A whole school's lists, read by the command of an administrator: as OneRoster, and as a plain table. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/daemon.h"
#include "tests/lib/rset.h"

enum { SCHOOL_STUDENTS = 1635, SCHOOL_STAFF = 78, FILE_BYTES = 1 << 26 };

/* Seconds of the command that checks a file and then writes it. */
static double import_file(const struct daemon *d, const char *kind, const char *path, size_t want)
{
	static char said[16 * 1024 * 1024];
	const char *argv[] = {d->program, "import", kind, path, "--apply", "--json", "--dir", DIR_HTTP, NULL};
	double began = bench_clock();
	daemon_command(argv, said, sizeof said);
	double took = bench_clock() - began;
	json_t *report = daemon_parse(said);
	if ((size_t)json_integer_value(json_object_get(json_object_get(report, "counts"), "new")) != want)
		bench_die(kind);
	json_decref(report);
	return took;
}

static void write_file(const char *path, struct bytes b)
{
	FILE *f = fopen(path, "w");
	if (!f || fwrite(b.p, 1, b.n, f) != b.n || fclose(f))
		bench_die(path);
}

/* Returns the number of groups the file has. */
static size_t write_roster(const char *path)
{
	struct rset s;
	struct buf zip;
	buf_init(&zip, FILE_BYTES);
	rset_large(&s, ONEROSTER_1_2, SCHOOL_STUDENTS, SCHOOL_STAFF);
	rset_pack(&s, &zip);
	write_file(path, buf_bytes(&zip));
	size_t groups = s.rows[3];
	buf_release(&zip);
	rset_release(&s);
	return groups;
}

static void write_table(const char *path)
{
	struct buf csv;
	buf_init(&csv, FILE_BYTES);
	buf_put_text(&csv, "Фамилия;Имя;Дата рождения;Класс;Родитель 1 фамилия;Родитель 1 имя\n");
	for (int i = 0; i < SCHOOL_STUDENTS; i++)
		buf_printf(&csv, "Таблицын%d;Имя;2012-03-14;%dА;Таблицына%d;Анна\n", i, 1 + i % 11, i);
	write_file(path, buf_bytes(&csv));
	buf_release(&csv);
}

void bench_import(const struct bench_options *o)
{
	static struct daemon d;
	if (!bench_wanted(o, "import_oneroster"))
		return;
	daemon_create(&d, o->estafeta);
	daemon_start(&d);
	size_t groups = write_roster(DIR_HTTP "/school.zip");
	double roster = import_file(&d, "oneroster", DIR_HTTP "/school.zip", SCHOOL_STUDENTS + SCHOOL_STAFF + groups);
	write_table(DIR_HTTP "/school.csv");
	double table = import_file(&d, "students", DIR_HTTP "/school.csv", SCHOOL_STUDENTS);
	printf("{\"name\":\"import_oneroster\",\"students\":%d,\"staff\":%d,\"groups\":%zu,\"check_and_apply_s\":%.2f,"
	       "\"csv_check_and_apply_s\":%.2f}\n",
	       SCHOOL_STUDENTS, SCHOOL_STAFF, groups, roster, table);
	fflush(stdout);
	daemon_remove();
}
