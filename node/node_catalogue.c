#include "node/node_catalogue.h"

#include <stdio.h>

/* The files' own bytes, put in by the assembler; the Makefile knows that this object depends on them. */
#define EMBED(name, path)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		".global catalogue_" #name "\n"                                                    \
		"catalogue_" #name ":\n"                                                           \
		".incbin \"" path "\"\n"                                                           \
		".global catalogue_" #name "_end\n"                                                \
		"catalogue_" #name "_end:\n"                                                       \
		".previous\n");                                                                    \
	extern const uint8_t catalogue_##name[], catalogue_##name##_end[]

EMBED(lists, "configs/catalogue/lists.json");
EMBED(student, "configs/catalogue/student.json");
EMBED(monitoring, "configs/catalogue/monitoring.json");
EMBED(route, "configs/catalogue/route.json");
EMBED(teacher, "configs/catalogue/teacher.json");
EMBED(school, "configs/catalogue/school.json");
EMBED(rules_of_all, "configs/catalogue/rules.json");

static const struct {
	const char *file;
	const uint8_t *from, *to;
} files[] = {
	{"lists.json", catalogue_lists, catalogue_lists_end},
	{"student.json", catalogue_student, catalogue_student_end},
	{"monitoring.json", catalogue_monitoring, catalogue_monitoring_end},
	{"route.json", catalogue_route, catalogue_route_end},
	{"teacher.json", catalogue_teacher, catalogue_teacher_end},
	{"school.json", catalogue_school, catalogue_school_end},
	{"rules.json", catalogue_rules_of_all, catalogue_rules_of_all_end},
};

struct catalogue *node_catalogue(char *error)
{
	struct catalogue *c = catalogue_new();
	enum err e = c ? ERR_OK : ERR_NO_MEMORY;
	for (size_t i = 0; i < sizeof files / sizeof *files && !e; i++)
		e = catalogue_add(c, files[i].file, bytes_of(files[i].from, (size_t)(files[i].to - files[i].from)), error);
	if (!e)
		e = catalogue_finish(c, error);
	if (!e)
		return c;
	if (e == ERR_NO_MEMORY)
		snprintf(error, CATALOGUE_WHY_BYTES, "%s", err_text(e));
	catalogue_free(c);
	return NULL;
}
