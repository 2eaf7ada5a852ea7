#include "node/draft.h"

#include <stdio.h>

#include "core/card.h"
#include "core/monitor.h"
#include "node/dossiers.h"
#include "node/loop.h"
#include "node/roles.h"
#include "node/words.h"
#include "proto/mp.h"
#include "proto/text.h"

static bool wrong(struct fault *f, enum err e, const char *field, const char *why)
{
	f->err = e;
	snprintf(f->field, sizeof f->field, "%s", field);
	snprintf(f->why, sizeof f->why, "%s", why);
	return false;
}

bool draft_kind(const struct permit *p, const char *code, const struct kind **kind, enum relation *relation, struct fault *f)
{
	*kind = catalogue_kind(p->node->catalogue, code);
	if (!*kind || (*kind)->about != p->about || !permit_kind(p, *kind, VERB_SEE))
		return wrong(f, ERR_INVALID, "kind", "a kind of the catalogue for this subject, see /api/v1/catalogue");
	*relation = permit_kind(p, *kind, VERB_WRITE);
	return *relation ? true : wrong(f, ERR_FORBIDDEN, "kind", "the catalogue says who writes entries of this kind");
}

/* Control characters in any text, however deep. */
static bool clean(const json_t *v)
{
	const char *name;
	json_t *inner;
	size_t i;
	if (json_is_string(v))
		return text_clean(json_string_value(v), true);
	json_object_foreach((json_t *)(uintptr_t)v, name, inner)
	{
		if (!text_clean(name, false) || !clean(inner))
			return false;
	}
	json_array_foreach(v, i, inner)
	{
		if (!clean(inner))
			return false;
	}
	return true;
}

/* A poll asks every teacher who works with the student, unless it says whom. */
static void ask_teachers(const struct permit *p, const struct kind *kind, json_t *values)
{
	const struct node *n = p->node;
	if (strcmp(kind->code, "poll") != 0 || json_array_size(json_object_get(values, "asked")))
		return;
	json_t *asked = json_array();
	for (size_t i = 0; i < n->people.count; i++) {
		const struct indexed_person *s = &n->people.at[i];
		if (roles_teacher(&n->people, s->subject, clock_ms()) &&
		    structure_relations(&n->structure, p->subject, &p->person->person, false, s->subject, p->today))
			json_array_append_new(asked, json_hex(s->subject, SUBJECT_BYTES));
	}
	json_object_set_new(values, "asked", asked);
}

static bool encode(const struct permit *p, const struct kind *kind, json_t *values, struct buf *out, struct fault *f)
{
	const char *bad = NULL, *name;
	char why[CATALOGUE_WHY_BYTES] = "", at[NAME_BYTES_MAX] = "fields";
	json_t *v;
	enum err e = ERR_OK;
	json_object_foreach(values, name, v)
	{
		if (!e && (!text_clean(name, false) || !clean(v))) {
			e = ERR_INVALID;
			bad = name;
			snprintf(why, sizeof why, "control characters, and those that turn the direction of text, are not accepted");
		}
	}
	if (!e)
		e = catalogue_encode(p->node->catalogue, kind, values, out, &bad, why);
	if (bad)
		snprintf(at, sizeof at, "fields.%.*s", (int)text_fit(bad, 100), bad);
	return e ? wrong(f, e, at, why) : true;
}

/* Here today as what the field asks for, and not whom the entry is about. */
static bool may_be_named(const struct permit *p, const struct field *field, const json_t *person)
{
	uint8_t id[SUBJECT_BYTES];
	const char *text = json_string_value(person);
	return text && hex_decode(text, id, sizeof id) && memcmp(id, p->subject, SUBJECT_BYTES) != 0 &&
	       (roles_person(&p->node->people, id, clock_ms()) & field->who) != 0;
}

/* Whether a field says just what it said in what is replaced. */
static bool stays(const struct dossier_entry *old, struct bytes fields, const char *code)
{
	struct mp_reader was, is;
	return old && mp_find(old->fields, code, &was) && mp_find(fields, code, &is) && bytes_equal(mp_get_any(&was), mp_get_any(&is));
}

static bool check_persons(const struct permit *p, const struct kind *kind, const json_t *values, const struct dossier_entry *old,
			  struct bytes fields, struct fault *f)
{
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		if (!field->who || stays(old, fields, field->code))
			continue;
		const json_t *v = json_object_get(values, field->code);
		bool fits = !json_string_length(v) || may_be_named(p, field, v);
		for (size_t k = 0; k < json_array_size(v); k++)
			fits &= may_be_named(p, field, json_array_get(v, k));
		if (fits)
			continue;
		char at[NAME_BYTES_MAX], why[CATALOGUE_WHY_BYTES];
		snprintf(at, sizeof at, "fields.%s", field->code);
		snprintf(why, sizeof why, "somebody who is here today:%s%s%s", field->who >> ROLE_TEACHER & 1 ? " a teacher," : "",
			 field->who >> ROLE_PARENT & 1 ? " a parent," : "", field->who >> ROLE_STUDENT & 1 ? " another student," : "");
		why[strlen(why) - 1] = '\0';
		return wrong(f, ERR_INVALID, at, why);
	}
	return true;
}

/*
 * A rating within a procedure: of a group that the student is in, of a competence it asks about, and
 * where the caller is only an expert, one it names.
 */
static bool check_procedure(const struct permit *p, const struct kind *kind, enum relation relation, struct bytes fields, struct fault *f)
{
	const struct node *n = p->node;
	struct dossier_entry draft = {.fields = fields};
	const struct field *field = kind_field(kind, "procedure");
	uint8_t id[ID_BYTES];
	if (!field || field->type != FIELD_ENTRY || p->about != ABOUT_STUDENT)
		return true;
	if (!entry_id(&draft, "procedure", id, sizeof id))
		return relation != REL_EXPERT ? true
					      : wrong(f, ERR_INVALID, "fields.procedure", "the procedure that you were named an expert for");
	for (size_t i = 0; i < n->structure.count; i++) {
		const struct group *g = &n->structure.groups[i];
		enum err e;
		if (!group_has(g, p->subject, &p->person->person))
			continue;
		const struct dossier *d = dossiers_get(n->dossiers, g->subject, &e);
		const struct dossier_entry *procedure = d ? monitor_procedure(d, id) : NULL;
		if (!procedure)
			continue;
		if (relation == REL_EXPERT && !procedure_expert(procedure, p->who, p->today))
			return wrong(f, ERR_NOT_ASKED, "fields.procedure", "");
		return entry_lists(procedure, "competences", entry_text(&draft, "competence"))
			       ? true
			       : wrong(f, ERR_INVALID, "fields.competence", "one of the competences that the procedure asks about");
	}
	return wrong(f, ERR_INVALID, "fields.procedure", "a procedure of one of the student's groups");
}

/* A mark by who is no more than a subject teacher is in a subject of theirs. */
static bool check_mark(const struct permit *p, const struct kind *kind, enum relation relation, struct bytes fields, struct fault *f)
{
	struct dossier_entry draft = {.fields = fields};
	char course[CODE_TEXT_MAX];
	if (p->about != ABOUT_STUDENT || relation != REL_TEACHER || p->relations & (REL_CLASS_TEACHER | REL_TUTOR) ||
	    !kind_field(kind, "subject") || !kind_field(kind, "mark"))
		return true;
	bytes_string(entry_text(&draft, "subject"), course, sizeof course);
	return !*course || structure_teaches(&p->node->structure, p->subject, &p->person->person, p->who, course, p->today)
		       ? true
		       : wrong(f, ERR_INVALID, "fields.subject", "a subject that you teach this student");
}

/* What names an entry of the school's own names a template for this kind that stands. */
static bool check_template(const struct permit *p, const struct kind *kind, const struct dossier_entry *old, struct bytes fields,
			   struct fault *f)
{
	const struct node *n = p->node;
	struct dossier_entry draft = {.fields = fields};
	uint8_t id[ID_BYTES], school[SUBJECT_BYTES];
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		char at[NAME_BYTES_MAX];
		enum err e;
		if (field->type != FIELD_ENTRY || field->of != ABOUT_SCHOOL || p->about == ABOUT_SCHOOL ||
		    !entry_id(&draft, field->code, id, sizeof id) || stays(old, fields, field->code))
			continue;
		const struct dossier *d = words_subject(n, school, &e) ? dossiers_get(n->dossiers, school, &e) : NULL;
		if (e)
			return wrong(f, e, "", "");
		const struct dossier_entry *named = d ? dossier_find(d, id) : NULL;
		const struct kind *of = named && entry_stands(named) ? catalogue_kind(n->catalogue, named->row.kind) : NULL;
		if (of && of->template_of && strcmp(of->template_of, kind->code) == 0)
			continue;
		snprintf(at, sizeof at, "fields.%s", field->code);
		return wrong(f, ERR_INVALID, at, "a template of the school's for entries of this kind");
	}
	return true;
}

/* NULL where it is not there: life refuses that. */
static const struct dossier_entry *find_replaced(const struct permit *p, const uint8_t *replaces)
{
	enum err e;
	const struct dossier *d = replaces && p->opened ? dossiers_get(p->node->dossiers, p->subject, &e) : NULL;
	return d ? dossier_find(d, replaces) : NULL;
}

bool draft_fields(const struct permit *p, const struct kind *kind, enum relation relation, json_t *values, const uint8_t *replaces,
		  struct buf *out, struct fault *f)
{
	const char *bad, *why;
	ask_teachers(p, kind, values);
	if (strcmp(kind->code, "list_item") == 0 && words_check(p->node, values, &bad, &why))
		return wrong(f, ERR_INVALID, bad, why);
	if (!encode(p, kind, values, out, f))
		return false;
	const struct dossier_entry *old = find_replaced(p, replaces);
	struct bytes fields = buf_bytes(out);
	return check_persons(p, kind, values, old, fields, f) && check_procedure(p, kind, relation, fields, f) &&
	       check_mark(p, kind, relation, fields, f) && check_template(p, kind, old, fields, f);
}

/* The field may be the kind's own code, which life says without its place. */
void draft_refused(const struct kind *kind, const struct life *l, enum err e, struct fault *f)
{
	bool bare = l->field && kind_field(kind, l->field);
	f->err = e;
	snprintf(f->field, sizeof f->field, "%s%s", bare ? "fields." : "", l->field ? l->field : "");
	snprintf(f->why, sizeof f->why, "%s", l->detail ? l->detail : "");
}
