/*
 * assets - the interface, embedded in the binary and served from memory.
 */
#ifndef NODE_ASSETS_H
#define NODE_ASSETS_H

#include "node/route.h"

struct asset {
	const char *path; /* "/assets/app-1A2B.js" */
	const char *type;
	const char *etag; /* with its quotes */
	const unsigned char *data;
	size_t size;
	bool gzip;	/* data is gzip content */
	bool immutable; /* the name carries a hash of the content */
};

/* Generated at build. */
extern const struct asset assets[];
extern const size_t assets_count;

/*
 * The file at PATH of TABLE. A path without a dot is a page of the application, which finds its own
 * way from index.html. NULL: not found.
 */
const struct asset *asset_find(const struct asset *table, size_t n, const char *path);

/* For GET and HEAD of what is not the API: 200, 304 or 404. A router's fallback. */
void assets_serve(struct exchange *x);

#endif
