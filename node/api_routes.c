/* What this node answers to, from the table that it answers by. */
#include <ctype.h>

#include "node/api.h"

static json_t *area_name(enum area area)
{
	static const char *const names[] = {
#define AREA(NAME, see, write) #NAME,
#include "core/access.def"
#undef AREA
	};
	char text[32];
	size_t n = 0;
	for (const char *p = names[area]; *p && n + 1 < sizeof text; p++)
		text[n++] = (char)tolower((unsigned char)*p);
	text[n] = '\0';
	return json_string(text);
}

static void get_routes(struct exchange *x)
{
	json_t *items = json_array();
	for (size_t i = 0; i < x->router->n; i++) {
		const struct route *r = &x->router->routes[i];
		json_array_append_new(items, json_pack("{s:s, s:s, s:o}", "method", http_method_name(r->method), "pattern", r->pattern,
						       "area", area_name(r->area)));
	}
	reply_json(x, 200, json_pack("{s:o}", "items", items));
}

const struct route routes_routes[] = {
	{METHOD_GET, "/api/v1/routes", AREA_CONTROL, BODY_NONE, 0, get_routes},
};
const size_t routes_route_count = sizeof routes_routes / sizeof *routes_routes;
