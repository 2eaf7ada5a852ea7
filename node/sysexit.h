/*
 * sysexit - an error as an exit code of sysexits.h.
 */
#ifndef NODE_SYSEXIT_H
#define NODE_SYSEXIT_H

#include "proto/err.h"

int exit_code(enum err e);

#endif
