#include "node/sysexit.h"

#include <sysexits.h>

int exit_code(enum err e)
{
	switch (e) {
	case ERR_OK:
		return EX_OK;
	case ERR_BAD_REQUEST:
	case ERR_UNKNOWN_FIELD:
		return EX_USAGE;
	case ERR_UNAVAILABLE:
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
	case ERR_CLOSED:
		return EX_UNAVAILABLE;
	case ERR_CONFLICT:
		return EX_CANTCREAT;
	case ERR_LOCKED:
	case ERR_BUSY:
	case ERR_THROTTLED:
		return EX_TEMPFAIL;
	case ERR_PERMISSION:
	case ERR_FORBIDDEN:
	case ERR_NO_POWER:
		return EX_NOPERM;
	case ERR_CONFIG:
	case ERR_NOT_FOUND:
		return EX_CONFIG;
	case ERR_IO:
	case ERR_DISK_FULL:
		return EX_IOERR;
	case ERR_STORE:
	case ERR_NO_MEMORY:
		return EX_SOFTWARE;
	default:
		return EX_DATAERR;
	}
}
