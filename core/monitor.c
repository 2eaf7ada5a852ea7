#include "core/monitor.h"

#include "proto/mp.h"

const struct dossier_entry *monitor_procedure(const struct dossier *d, const uint8_t *id)
{
	const struct dossier_entry *e = dossier_find(d, id);
	return e && entry_is(e, "procedure") && entry_stands(e) ? e : NULL;
}

bool procedure_expert(const struct dossier_entry *e, const uint8_t who[SUBJECT_BYTES], const char *day)
{
	char until[DATE_BYTES];
	bytes_string(entry_text(e, "experts_until"), until, sizeof until);
	if (!*until)
		bytes_string(entry_text(e, "date"), until, sizeof until);
	return strcmp(day, until) <= 0 && entry_names(e, "experts", who);
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
