#include "node/oneroster_table.h"

#include <stdio.h>

#include "core/date.h"
#include "node/import_csv.h"
#include "node/json.h"

/* Required in a version, or in both. */
enum { R11 = 1 << ONEROSTER_1_1, R12 = 1 << ONEROSTER_1_2, R = R11 | R12 };

struct column {
	const char *name;
	uint8_t required;
	const char *alias; /* seen elsewhere */
};

#define HEAD {"sourcedId", R, NULL}, {"status", 0, NULL}, {"dateLastModified", 0, NULL}
static const struct column orgs[] = {HEAD, {"name", R, NULL}, {"type", R, NULL}};
static const struct column sessions[] = {HEAD, {"title", R, NULL}, {"type", R, NULL}, {"startDate", R, NULL}, {"endDate", R, NULL},
					 {"parentSourcedId", 0, NULL}, {"schoolYear", R, NULL}};
static const struct column courses[] = {HEAD, {"schoolYearSourcedId", 0, NULL}, {"title", R, NULL}, {"courseCode", 0, NULL},
					{"orgSourcedId", 0, NULL}};
static const struct column classes[] = {HEAD, {"title", R, NULL}, {"courseSourcedId", R, NULL}, {"classType", R, NULL},
					{"schoolSourcedId", R, NULL}, {"termSourcedIds", R, "termSourcedId"}, {"metadata.type", 0, NULL},
					{"metadata.pilot", 0, NULL}};
static const struct column users[] = {HEAD, {"enabledUser", R, NULL}, {"orgSourcedIds", R11, NULL}, {"role", R11, NULL}, {"username", R, NULL},
				      {"givenName", R, NULL}, {"familyName", R, NULL}, {"middleName", 0, NULL}, {"agentSourcedIds", 0, "agents"},
				      {"metadata.position", 0, NULL}, {"metadata.relation", 0, NULL}};
static const struct column roles[] = {HEAD, {"userSourcedId", R, NULL}, {"roleType", R, NULL}, {"role", R, NULL}, {"beginDate", 0, NULL},
				      {"endDate", 0, NULL}, {"orgSourcedId", R, NULL}};
static const struct column demographics[] = {{"sourcedId", R, "userSourcedId"}, {"status", 0, NULL}, {"dateLastModified", 0, NULL},
					     {"birthDate", 0, "birthdate"}, {"sex", 0, NULL}};
static const struct column enrollments[] = {HEAD, {"classSourcedId", R, NULL}, {"schoolSourcedId", R, NULL}, {"userSourcedId", R, "userId"},
					    {"role", R, NULL}, {"primary", 0, NULL}, {"beginDate", 0, NULL}, {"endDate", 0, NULL},
					    {"metadata.relation", 0, NULL}, {"metadata.course", 0, NULL}};

static const struct {
	const char *name;
	const struct column *columns;
	size_t count;
} tables[ROSTER_READ] = {
#define TABLE(name, columns) {name, columns, sizeof columns / sizeof *columns}
	[ROSTER_ORGS] = TABLE("orgs", orgs),	      [ROSTER_SESSIONS] = TABLE("academicSessions", sessions),
	[ROSTER_COURSES] = TABLE("courses", courses), [ROSTER_CLASSES] = TABLE("classes", classes),
	[ROSTER_USERS] = TABLE("users", users),	      [ROSTER_ROLES] = TABLE("roles", roles),
	[ROSTER_DEMOGRAPHICS] = TABLE("demographics", demographics), [ROSTER_ENROLLMENTS] = TABLE("enrollments", enrollments),
#undef TABLE
};

static const char *const table_names[ROSTER_READ] = {"orgs.csv",  "academicSessions.csv", "courses.csv",      "classes.csv",
						     "users.csv", "roles.csv",		   "demographics.csv", "enrollments.csv"};

/* --- the manifest ----------------------------------------------------------------------------- */

static enum err manifest_fault(char why[200], size_t line, const char *what, const char *name)
{
	snprintf(why, 200, "manifest.csv line %zu: %s%s%.*s", line, what, *name ? " " : "", (int)text_fit(name, 60), name);
	return ERR_BAD_FORM;
}

/* One line of it: a property and its value. named: files that shall be there. */
static enum err take_property(struct roster_manifest *m, const struct csv *c, const struct archive *a, size_t *named, int *seen, char why[200])
{
	const char *property = c->field[0], *value = c->n > 1 ? c->field[1] : "";
	char file[ARCHIVE_NAME_BYTES_MAX];
	if (strcmp(property, "manifest.version") == 0) {
		*seen |= 1;
		return strcmp(value, "1.0") == 0 ? ERR_OK : manifest_fault(why, c->line, "manifest.version is not 1.0", "");
	}
	if (strcmp(property, "oneroster.version") == 0) {
		*seen |= 2;
		m->version = strcmp(value, "1.1") == 0 ? ONEROSTER_1_1 : ONEROSTER_1_2;
		return m->version == ONEROSTER_1_1 || strcmp(value, "1.2") == 0 ? ERR_OK
										: manifest_fault(why, c->line, "neither version 1.1 nor 1.2", "");
	}
	if (strncmp(property, "file.", 5) != 0)
		return ERR_OK;
	enum roster_mode mode = strcmp(value, "bulk") == 0 ? ROSTER_BULK : strcmp(value, "delta") == 0 ? ROSTER_DELTA : ROSTER_ABSENT;
	if (mode == ROSTER_ABSENT && strcmp(value, "absent") != 0)
		return manifest_fault(why, c->line, "absent, bulk or delta, not", value);
	snprintf(file, sizeof file, "%.50s.csv", property + 5);
	bool there = archive_find(a, file) != NULL;
	if (there != (mode != ROSTER_ABSENT))
		return manifest_fault(why, c->line, there ? "absent, but the archive has" : "the archive has no", file);
	*named += there;
	for (int i = 0; i < ROSTER_READ; i++)
		if (strcmp(property + 5, tables[i].name) == 0)
			m->mode[i] = mode;
	return ERR_OK;
}

enum err roster_manifest(struct roster_manifest *m, const struct archive *a, char why[200])
{
	const struct archive_file *f = archive_find(a, "manifest.csv");
	struct csv c;
	size_t named = 0;
	int seen = 0;
	bool more = false;
	*m = (struct roster_manifest){0};
	if (!f) {
		snprintf(why, 200, "the archive has no manifest.csv at its root");
		return ERR_BAD_FORM;
	}
	enum err e = csv_init(&c, f->text);
	if (!e)
		e = csv_next(&c, &more);
	if (!e && (!more || c.n < 2 || strcmp(c.field[0], "propertyName") != 0 || strcmp(c.field[1], "value") != 0))
		e = manifest_fault(why, 1, "propertyName,value is the header", "");
	while (!e && more) {
		e = csv_next(&c, &more);
		if (!e && more)
			e = take_property(m, &c, a, &named, &seen, why);
	}
	if (e && c.fault)
		manifest_fault(why, c.line, import_csv_fault(&c), "");
	csv_release(&c);
	if (!e && seen != 3)
		e = manifest_fault(why, 1, "manifest.version and oneroster.version are needed", "");
	if (!e && named + 1 != a->count) {
		snprintf(why, 200, "manifest.csv: the archive holds files that it does not name, or it names one twice");
		e = ERR_BAD_FORM;
	}
	return e == ERR_BAD_UTF8 ? ERR_BAD_FORM : e;
}

/* --- tables ----------------------------------------------------------------------------------- */

enum err roster_fault(struct roster_table *t, int column, const char *what)
{
	snprintf(t->why, 200, "%s line %zu: %s%s%s", t->name, t->csv.line, column >= 0 ? tables[t->file].columns[column].name : "",
		 column >= 0 ? ": " : "", what);
	return ERR_BAD_FORM;
}

static enum err csv_fault_of(struct roster_table *t, enum err e)
{
	if (e == ERR_NO_MEMORY)
		return e;
	if (t->csv.fault)
		snprintf(t->why, 200, "%s line %zu: %s", t->name, t->csv.line,
			 t->csv.fault == CSV_CP1251 ? "the text is not UTF-8" : import_csv_fault(&t->csv));
	return e == ERR_TOO_LARGE ? e : ERR_BAD_FORM;
}

static int column_of(const struct roster_table *t, const char *name)
{
	for (size_t i = 0; i < tables[t->file].count; i++) {
		const struct column *c = &tables[t->file].columns[i];
		if (strcmp(c->name, name) == 0 || (c->alias && strcmp(c->alias, name) == 0))
			return (int)i;
	}
	return -1;
}

enum err roster_open(struct roster_table *t, enum roster_file file, const struct roster_manifest *m, const struct archive *a, char why[200])
{
	*t = (struct roster_table){.file = file, .name = table_names[file], .mode = m->mode[file], .version = m->version, .why = why};
	const struct archive_file *f = archive_find(a, t->name);
	bool more = false;
	if (t->mode == ROSTER_ABSENT)
		return ERR_OK;
	enum err e = csv_init(&t->csv, f->text);
	if (!e)
		e = csv_next(&t->csv, &more);
	if (e)
		return csv_fault_of(t, e);
	csv_trim(&t->csv);
	for (size_t i = 0; i < ROSTER_COLUMNS_MAX; i++)
		t->at[i] = -1;
	for (size_t i = 0; i < t->csv.n; i++) {
		int column = column_of(t, t->csv.field[i]);
		if (column >= 0 && t->at[column] >= 0)
			return roster_fault(t, column, "stands there twice");
		if (column >= 0)
			t->at[column] = (int)i;
	}
	for (size_t i = 0; i < tables[file].count; i++)
		if (t->at[i] < 0 && tables[file].columns[i].required & 1 << t->version)
			return roster_fault(t, (int)i, "this column is missing");
	for (int i = COLUMN_STATUS; i <= COLUMN_MODIFIED; i++)
		if (t->mode == ROSTER_DELTA && t->at[i] < 0)
			return roster_fault(t, i, "this column is missing, and the file is a delta");
	return ERR_OK;
}

void roster_close(struct roster_table *t)
{
	csv_release(&t->csv);
}

const char *roster_cell(const struct roster_table *t, int column)
{
	int at = t->at[column];
	const char *s = at >= 0 && (size_t)at < t->csv.n ? t->csv.field[at] : "";
	while (*s == ' ')
		s++;
	return s + csv_defused(s);
}

enum err roster_date(struct roster_table *t, int column, char out[DATE_BYTES])
{
	const char *s = roster_cell(t, column);
	out[0] = 0;
	if (!*s)
		return ERR_OK;
	size_t n = strlen(s);
	if (n > 10 && s[10] != 'T' && s[10] != ' ')
		return roster_fault(t, column, "no day of the calendar");
	snprintf(out, DATE_BYTES, "%.10s", s);
	return date_valid(out) ? ERR_OK : roster_fault(t, column, "no day of the calendar");
}

enum err roster_word(struct roster_table *t, int column, const char *words)
{
	const char *s = roster_cell(t, column);
	size_t n = strlen(s);
	for (const char *w = words; *s && *w; w += strcspn(w, "|"), w += *w == '|')
		if (strncmp(w, s, n) == 0 && (w[n] == '|' || !w[n]))
			return ERR_OK;
	return *s ? roster_fault(t, column, "none of the values allowed") : ERR_OK;
}

static enum err check_row(struct roster_table *t)
{
	char day[DATE_BYTES];
	t->deleted = strcmp(roster_cell(t, COLUMN_STATUS), "tobedeleted") == 0;
	for (size_t i = 0; i < tables[t->file].count; i++) {
		bool needed = tables[t->file].columns[i].required & 1 << t->version;
		/* of what is to be deleted, the id is enough */
		if (needed && (i == COLUMN_ID || !t->deleted) && !*roster_cell(t, (int)i))
			return roster_fault(t, (int)i, "this value is missing");
		if (!text_clean(roster_cell(t, (int)i), false))
			return roster_fault(t, (int)i, "control characters");
	}
	for (int i = COLUMN_STATUS; i <= COLUMN_MODIFIED; i++)
		if (t->mode == ROSTER_DELTA && !*roster_cell(t, i))
			return roster_fault(t, i, "this value is missing, and the file is a delta");
	if (strlen(roster_cell(t, COLUMN_ID)) > 255)
		return roster_fault(t, COLUMN_ID, "too long");
	enum err e = roster_word(t, COLUMN_STATUS, "active|tobedeleted|inactive");
	return e ? e : roster_date(t, COLUMN_MODIFIED, day);
}

enum err roster_next(struct roster_table *t, bool *more)
{
	*more = false;
	if (t->mode == ROSTER_ABSENT)
		return ERR_OK;
	enum err e = csv_next(&t->csv, more);
	csv_trim(&t->csv);
	return e ? csv_fault_of(t, e) : *more ? check_row(t) : ERR_OK;
}
