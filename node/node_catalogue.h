/*
 * node_catalogue - the catalogue as shipped, compiled in from configs/catalogue,
 * so that a node is one file.
 */
#ifndef NODE_NODE_CATALOGUE_H
#define NODE_NODE_CATALOGUE_H

#include "core/catalogue.h"

/* NULL, and error says where and why (CATALOGUE_WHY_BYTES). The caller frees it. */
struct catalogue *node_catalogue(char *error);

#endif
