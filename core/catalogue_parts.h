/*
 * catalogue_parts - what the three files of the catalogue share: catalogue.c looks
 * things up, catalogue_load.c reads declarations, catalogue_encode.c makes fields.
 */
#ifndef CORE_CATALOGUE_PARTS_H
#define CORE_CATALOGUE_PARTS_H

#include "core/catalogue.h"

struct catalogue {
	json_t *all; /* {"kinds": [...], "lists": {code: {"editable", "groups", "items"}}, "rules": [...]} */
	struct kind *kinds;
	size_t kind_count;
	struct rules rules;
};

enum about catalogue_about(const char *name);
const json_t *catalogue_find_item(const struct catalogue *c, const char *list, const char *code);

#endif
