#include "tests/lib/rset.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/archive.h"
#include "node/csv.h"

#define HEAD "sourcedId,status,dateLastModified,"
static const struct {
	const char *name, *columns[ONEROSTER_VERSIONS];
} tables[RSET_TABLES] = {
	{"orgs", {HEAD "name,type,identifier,parentSourcedId", HEAD "name,type,identifier,parentSourcedId"}},
	{"academicSessions",
	 {HEAD "title,type,startDate,endDate,parentSourcedId,schoolYear", HEAD "title,type,startDate,endDate,parentSourcedId,schoolYear"}},
	{"courses",
	 {HEAD "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
	  HEAD "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes"}},
	{"classes",
	 {HEAD "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
	  HEAD "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"}},
	{"users",
	 {HEAD "enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
	       "password",
	  HEAD "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
	       "userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns"}},
	{"roles", {"", HEAD "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId"}},
	{"demographics",
	 {HEAD "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
	       "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
	       "publicSchoolResidenceStatus",
	  HEAD "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
	       "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
	       "publicSchoolResidenceStatus"}},
	{"enrollments",
	 {HEAD "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
	  HEAD "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"}},
};

static void die(const char *what, const char *which)
{
	fprintf(stderr, "rset: %s %s\n", what, which);
	abort();
}

void rset_begin(struct rset *s, enum oneroster_version version)
{
	*s = (struct rset){.version = version};
	for (int i = 0; i < RSET_TABLES; i++) {
		buf_init(&s->text[i], 64 * 1024 * 1024);
		buf_printf(&s->text[i], "%s\r\n", tables[i].columns[version]);
	}
}

void rset_release(struct rset *s)
{
	for (int i = 0; i < RSET_TABLES; i++)
		buf_release(&s->text[i]);
}

void rset_row(struct rset *s, const char *table, const char *values)
{
	int t = 0;
	while (t < RSET_TABLES && strcmp(tables[t].name, table) != 0)
		t++;
	if (t == RSET_TABLES)
		die("no table", table);
	if (!*tables[t].columns[s->version])
		return;
	struct csv_writer w = {.out = &s->text[t], .separator = ','};
	for (const char *c = tables[t].columns[s->version]; *c; c += strcspn(c, ","), c += *c == ',') {
		size_t n = strcspn(c, ",");
		char cell[256] = "";
		for (const char *v = values; *v; v += strcspn(v, ";"), v += *v == ';')
			if (strncmp(v, c, n) == 0 && v[n] == '=')
				snprintf(cell, sizeof cell, "%.*s", (int)strcspn(v + n + 1, ";"), v + n + 1);
		csv_put(&w, cell);
	}
	csv_end_row(&w);
	s->rows[t]++;
}

void rset_replace(struct rset *s, const char *from, const char *to)
{
	bool found = false;
	for (int i = 0; i < RSET_TABLES; i++) {
		struct buf b;
		buf_put_byte(&s->text[i], 0);
		const char *text = (const char *)s->text[i].p, *at = strstr(text, from);
		if (!at || (!s->rows[i] && i != 0)) {
			s->text[i].n--;
			continue;
		}
		buf_init(&b, s->text[i].max);
		buf_put(&b, text, (size_t)(at - text));
		buf_put_text(&b, to);
		buf_put_text(&b, at + strlen(from));
		buf_release(&s->text[i]);
		s->text[i] = b;
		found = true;
	}
	if (!found)
		die("nowhere", from);
}

void rset_pack(const struct rset *s, struct buf *zip)
{
	struct archive_file files[RSET_TABLES + 1];
	struct buf manifest;
	size_t n = 1;
	buf_init(&manifest, 4096);
	buf_printf(&manifest, "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,%s\r\n", s->version == ONEROSTER_1_1 ? "1.1" : "1.2");
	for (int i = 0; i < RSET_TABLES; i++) {
		if (*tables[i].columns[s->version])
			buf_printf(&manifest, "file.%s,%s\r\n", tables[i].name, !s->rows[i] ? "absent" : s->delta ? "delta" : "bulk");
		if (!s->rows[i])
			continue;
		snprintf(files[n].name, sizeof files[n].name, "%s.csv", tables[i].name);
		files[n++].text = buf_bytes(&s->text[i]);
	}
	snprintf(files[0].name, sizeof files[0].name, "manifest.csv");
	files[0].text = buf_bytes(&manifest);
	if (manifest.err || archive_write(files, n, zip))
		die("cannot pack", "");
	buf_release(&manifest);
}

static void add_user(struct rset *s, const char *id, const char *role, const char *rest)
{
	char row[512];
	snprintf(row, sizeof row, "sourcedId=%s;enabledUser=true;orgSourcedIds=o;username=%s;role=%s;%s", id, id, role, rest);
	rset_row(s, "users", row);
	snprintf(row, sizeof row, "sourcedId=r-%s;userSourcedId=%s;roleType=primary;role=%s;orgSourcedId=o", id, id, role);
	rset_row(s, "roles", row);
}

static void enrol(struct rset *s, const char *class, const char *user, const char *rest)
{
	char row[512];
	snprintf(row, sizeof row, "sourcedId=e-%s-%s;classSourcedId=%s;schoolSourcedId=o;userSourcedId=%s;%s", class, user, class, user, rest);
	rset_row(s, "enrollments", row);
}

static void frame(struct rset *s, enum oneroster_version version)
{
	rset_begin(s, version);
	rset_row(s, "orgs", "sourcedId=o;name=Школа;type=school");
	rset_row(s, "academicSessions", "sourcedId=y;title=Год;type=schoolYear;startDate=2026-09-01;endDate=2027-06-01;schoolYear=2027");
	rset_row(s, "courses", "sourcedId=ch;title=Классный час;orgSourcedId=o");
	rset_row(s, "courses", "sourcedId=cp;title=Физика;orgSourcedId=o");
}

void rset_small(struct rset *s, enum oneroster_version version)
{
	frame(s, version);
	rset_row(s, "classes", "sourcedId=k7;title=7А;courseSourcedId=ch;classType=homeroom;schoolSourcedId=o;termSourcedIds=y");
	rset_row(s, "classes", "sourcedId=k5;title=5Б;courseSourcedId=ch;classType=homeroom;schoolSourcedId=o;termSourcedIds=y");
	rset_row(s, "classes", "sourcedId=g1;title=Физика 7;courseSourcedId=cp;classType=scheduled;schoolSourcedId=o;termSourcedIds=y");
	add_user(s, "s1", "student", "familyName=Орлов;givenName=Пётр;middleName=Ильич;agentSourcedIds=p1,p2");
	add_user(s, "s2", "student", "familyName=Орлова;givenName=Анна;middleName=Ильинична;agentSourcedIds=p1");
	add_user(s, "s3", "student", "familyName=Зайцев;givenName=Олег");
	add_user(s, "t1", "teacher", "familyName=Физикова;givenName=Мария;middleName=Петровна");
	add_user(s, "a1", version == ONEROSTER_1_1 ? "administrator" : "principal", "familyName=Главная;givenName=Елена");
	add_user(s, "p1", "parent", "familyName=Орлова;givenName=Ольга;agentSourcedIds=s1,s2");
	add_user(s, "p2", "guardian", "familyName=Орлов;givenName=Илья");
	rset_row(s, "demographics", "sourcedId=s1;birthDate=2013-04-05;sex=male");
	enrol(s, "k7", "s1", "role=student;beginDate=2020-09-01;endDate=2027-06-01");
	enrol(s, "k5", "s2", "role=student");
	enrol(s, "k7", "s3", "role=student");
	enrol(s, "k7", "t1", "role=teacher;primary=true;beginDate=2026-09-01");
	enrol(s, "g1", "t1", "role=teacher");
	enrol(s, "g1", "s1", "role=student");
	enrol(s, "g1", "s3", "role=student");
}

void rset_large(struct rset *s, enum oneroster_version version, int students, int teachers)
{
	enum { GROUPS = 4, CLASS_SIZE = 27 };
	int classes = (students + CLASS_SIZE - 1) / CLASS_SIZE;
	char a[64], b[64], row[256];
	frame(s, version);
	for (int i = 0; i < teachers; i++) {
		snprintf(a, sizeof a, "t%d", i);
		snprintf(row, sizeof row, "familyName=Учителев%d;givenName=Иван;middleName=Ильич", i);
		add_user(s, a, "teacher", row);
	}
	for (int k = 0; k < classes; k++) {
		snprintf(row, sizeof row, "sourcedId=k%d;title=%d-%d;courseSourcedId=ch;classType=homeroom;schoolSourcedId=o;termSourcedIds=y", k,
			 1 + k % 11, k / 11);
		rset_row(s, "classes", row);
		snprintf(a, sizeof a, "k%d", k);
		snprintf(b, sizeof b, "t%d", k % teachers);
		enrol(s, a, b, "role=teacher;primary=true");
		for (int g = 0; g < GROUPS; g++) {
			snprintf(row, sizeof row, "sourcedId=g%d-%d;title=Группа %d-%d;courseSourcedId=cp;classType=scheduled;schoolSourcedId=o;termSourcedIds=y",
				 k, g, k, g);
			rset_row(s, "classes", row);
			snprintf(a, sizeof a, "g%d-%d", k, g);
			snprintf(b, sizeof b, "t%d", (k + g) % teachers);
			enrol(s, a, b, "role=teacher");
		}
	}
	for (int i = 0; i < students; i++) {
		snprintf(b, sizeof b, "s%d", i);
		snprintf(row, sizeof row, "familyName=Учеников%d;givenName=Пётр;middleName=Олегович;agentSourcedIds=p%d,q%d", i, i, i);
		add_user(s, b, "student", row);
		snprintf(a, sizeof a, "p%d", i);
		snprintf(row, sizeof row, "familyName=Учеников%d;givenName=Олег", i);
		add_user(s, a, "parent", row);
		snprintf(a, sizeof a, "q%d", i);
		snprintf(row, sizeof row, "familyName=Ученикова%d;givenName=Анна", i);
		add_user(s, a, "parent", row);
		snprintf(row, sizeof row, "sourcedId=s%d;birthDate=20%02d-03-%02d", i, 8 + i % 10, 1 + i % 28);
		rset_row(s, "demographics", row);
		snprintf(a, sizeof a, "k%d", i % classes);
		enrol(s, a, b, "role=student");
		for (int g = 0; g < GROUPS; g++) {
			snprintf(a, sizeof a, "g%d-%d", i % classes, g);
			enrol(s, a, b, "role=student");
		}
	}
}
