/*
 * config - the node's configuration: an INI file against one table of keys. A key unknown or given
 * twice, or a value that cannot be, is an error with file and line; nothing is guessed.
 */
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "node/log.h"
#include "proto/limits.h"

enum { HOST_NAME_BYTES = 254, CONFIG_ERROR_BYTES = 512 };

/* port 0: none. */
struct address {
	char host[HOST_NAME_BYTES]; /* a name or an IP address, without brackets */
	uint16_t port;
};

struct config {
	struct address http_listen;
	char hosts[CONFIG_HOSTS_MAX][HOST_NAME_BYTES];
	size_t hosts_n;
	bool insecure_lan;
	bool secure_cookies;
	struct address peer_listen;
	struct address peer_advertise;
	int64_t map_size_mb;
	int64_t erasure_delay_h;
	enum log_level level;
};

struct config_key {
	const char *section;
	const char *name;
	const char *value; /* the default */
};

/* The table, for those who hold the documentation to it; a row with NULLs ends it. */
const struct config_key *config_keys(void);

void config_defaults(struct config *c);

/*
 * Over the defaults. NAME stands in messages: on CONFIG, ERROR holds "name:line: what is wrong",
 * or without the line where the fault is between keys.
 */
MUST_USE enum err config_parse(struct config *c, const char *name, struct bytes text,
			       char error[CONFIG_ERROR_BYTES]);

/* Reads the file; a missing or oversized one is CONFIG too. */
MUST_USE enum err config_load(struct config *c, const char *path, char error[CONFIG_ERROR_BYTES]);

/* "host:port" or "[::1]:port", the port from 1 to 65535. */
bool address_parse(const char *text, struct address *out);

bool address_is_loopback(const struct address *a);

#endif
