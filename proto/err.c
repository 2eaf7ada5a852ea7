#include "proto/err.h"
#include "proto/require.h"

static const struct {
	const char *name;
	const char *text;
	int status;
	enum peer_action action;
} errs[ERR_COUNT] = {
#define ERR(name, text, status, action) {#name, text, status, PEER_##action},
#include "proto/err.def"
#undef ERR
};

const char *err_name(enum err e)
{
	require((unsigned)e < ERR_COUNT);
	return errs[e].name;
}

const char *err_text(enum err e)
{
	require((unsigned)e < ERR_COUNT);
	return errs[e].text;
}

int err_http_status(enum err e)
{
	require((unsigned)e < ERR_COUNT);
	return errs[e].status;
}

enum peer_action err_peer_action(enum err e)
{
	require((unsigned)e < ERR_COUNT);
	return errs[e].action;
}

enum err err_from_wire(unsigned long long n)
{
	return n < ERR_COUNT ? (enum err)n : ERR_BAD_FORM;
}
