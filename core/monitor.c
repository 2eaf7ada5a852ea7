#include "core/monitor.h"

#include "proto/mp.h"

const struct dossier_entry *monitor_procedure(const struct dossier *d, const uint8_t *id)
{
	const struct dossier_entry *e = dossier_find(d, id);
	return e && entry_is(e, "procedure") && entry_stands(e) ? e : NULL;
}

void procedure_until(const struct dossier_entry *e, char out[DATE_BYTES])
{
	bytes_string(entry_text(e, "experts_until"), out, DATE_BYTES);
	if (!*out)
		bytes_string(entry_text(e, "date"), out, DATE_BYTES);
}

bool procedure_expert(const struct dossier_entry *e, const uint8_t who[SUBJECT_BYTES], const char *day)
{
	char until[DATE_BYTES];
	procedure_until(e, until);
	return strcmp(day, until) <= 0 && entry_names(e, "experts", who);
}

static bool rated(const struct dossier *class_dossier, const struct dossier_entry *procedure, const struct dossier *student,
		  const uint8_t who[SUBJECT_BYTES], struct bytes competence)
{
	for (size_t i = 0; i < student->count; i++) {
		const struct dossier_entry *e = &student->entries[i];
		uint8_t in[ID_BYTES], author[SUBJECT_BYTES];
		if (entry_stands(e) && entry_id(e, "procedure", in, sizeof in) && dossier_follows(class_dossier, procedure->row.id, in) &&
		    bytes_equal(entry_text(e, "competence"), competence) && dossier_first_author(student, e, author) &&
		    memcmp(author, who, SUBJECT_BYTES) == 0)
			return true;
	}
	return false;
}

bool procedure_rated(const struct dossier *class_dossier, const struct dossier_entry *procedure, const struct dossier *student,
		     const uint8_t who[SUBJECT_BYTES])
{
	struct mp_reader v;
	bool all = true;
	if (!mp_find(procedure->fields, "competences", &v))
		return true;
	uint32_t n = mp_get_array(&v);
	for (uint32_t i = 0; i < n && !v.err && all; i++)
		all = rated(class_dossier, procedure, student, who, mp_find_text(mp_get_any(&v), "code"));
	return all;
}

bool entry_lists(const struct dossier_entry *e, const char *field, struct bytes code)
{
	struct mp_reader v;
	if (!mp_find(e->fields, field, &v))
		return false;
	uint32_t n = mp_get_array(&v);
	for (uint32_t i = 0; i < n && !v.err; i++)
		if (bytes_equal(mp_find_text(mp_get_any(&v), "code"), code))
			return true;
	return false;
}
