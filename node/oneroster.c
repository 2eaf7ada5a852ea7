/* What a OneRoster archive means, as rows of a plan. */
#include "node/oneroster_intake.h"

enum err oneroster_plan(struct import_plan *p, struct bytes zip, const char *school, const struct import_base *base, char why[200])
{
	struct intake r = {.p = p, .why = why};
	why[0] = 0;
	enum err e = import_begin(p, "oneroster", base);
	if (!e)
		e = archive_read(&r.archive, zip, why);
	if (!e)
		e = roster_manifest(&r.m, &r.archive, why);
	if (!e)
		e = intake_read(&r, school && *school ? school : NULL);
	if (!e)
		e = intake_people(&r);
	if (!e)
		e = intake_classes(&r);
	if (!e && p->text.err)
		e = p->text.err;
	intake_release(&r);
	return e ? e : import_finish(p, zip);
}
