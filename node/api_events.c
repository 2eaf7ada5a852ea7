#include "node/api.h"
#include "node/events.h"

static void stream(struct exchange *x)
{
	events_follow(api_node(x)->events, x);
}

const struct route events_routes[] = {
	{METHOD_GET, "/api/v1/events", AREA_OWN, BODY_NONE, 0, stream},
};
const size_t events_route_count = sizeof events_routes / sizeof *events_routes;
