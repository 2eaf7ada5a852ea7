#include "node/assets.h"

static const struct asset *find(const struct asset *table, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].path, path) == 0)
			return &table[i];
	return NULL;
}

const struct asset *asset_find(const struct asset *table, size_t n, const char *path)
{
	const struct asset *a = find(table, n, path);
	return a || strchr(path, '.') ? a : find(table, n, "/index.html");
}

static bool etag_matches(const char *header, const char *etag)
{
	return header && (strcmp(header, "*") == 0 || strstr(header, etag));
}

/* Every browser takes gzip, so there is no other form to offer. */
void assets_serve(struct exchange *x)
{
	const struct asset *a = asset_find(assets, assets_count, x->req->path);
	if (!a) {
		reply_error(x, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	const char *cache = a->immutable ? "public, max-age=31536000, immutable" : "no-cache";
	reply_header(x, "ETag", a->etag);
	if (etag_matches(request_header(x->req, "if-none-match"), a->etag)) {
		reply_bytes(x, 304, NULL, cache, bytes_of(NULL, 0));
		return;
	}
	if (a->gzip) {
		reply_header(x, "Content-Encoding", "gzip");
		reply_header(x, "Vary", "Accept-Encoding");
	}
	reply_bytes(x, 200, a->type, cache, bytes_of(a->data, a->size));
}
