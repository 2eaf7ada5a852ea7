/*
 * node - everything that runs, and who owns it.
 *
 * Two threads touch the school. The worker's batches own opened.school and its
 * roster; the loop's thread reads the store through read transactions that end
 * in the same callback, and the roster below, its own copy as of the last
 * commit it was told of; so with the people and the accounts. Of opened.school the loop reads only what never
 * changes while the node runs: id, incarnation, keys, vault.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "core/catalogue.h"
#include "core/structure.h"
#include "node/accounts.h"
#include "node/keyring.h"
#include "node/experts.h"
#include "node/looks.h"
#include "node/people_index.h"
#include "node/route.h"
#include "node/steps.h"
#include "node/writer.h"

struct peers;
struct events;
struct idempotency;
struct dossiers;
struct summaries;
struct hasher;
struct throttle;
struct evidence;
struct http_server;
struct uv_loop_s;

/* The version as text, and as a greeting says it. */
#define ESTAFETA_VERSION "1.0.0"
#define ESTAFETA_PROGRAM (1u << 24 | 0u << 16 | 0u)

struct node {
	struct keyring keyring;
	struct opened opened;
	struct uv_loop_s *loop;
	struct writer *writer;
	struct peers *peers;
	struct events *events;
	struct idempotency *idempotency;
	struct hasher *hasher;
	struct throttle *throttle; /* of passwords and codes on paper */
	struct http_server *web, *control;
	struct router router;
	struct http_hosts hosts;
	const char *host_names[CONFIG_HOSTS_MAX + 2];

	struct roster roster; /* the loop's */
	struct catalogue *catalogue;
	struct people_index people; /* as of the last commit told of */
	struct structure structure; /* likewise */
	struct dossiers *dossiers;
	struct summaries *summaries;
	struct experts experts;
	struct steps steps;
	struct looks looks;
	struct accounts accounts;
	struct evidence *evidence;
	struct buf own_keys;  /* our key log, as AUTH carries it */
	uint16_t http_port, peer_port;
	bool touching; /* a session's refresh is under way */
	bool auditing; /* an audit job is under way */
	bool ready, stopping;

	/* wrong one-time links */
	uint32_t wrong_links;
	uint64_t wrong_since_ms;

	int exit_code;
};

struct node_options {
	const char *dir;
	/* over the configuration when not NULL: "address:port"; port 0 picks a free one */
	const char *http_listen, *peer_listen;
};

/* Runs until a signal or a failure; returns a sysexits code. */
int node_run(const struct node_options *o);

/* Begins the graceful stop. exit_code: what node_run shall return. */
void node_stop(struct node *n, int exit_code);

/* Our index in the loop's roster. */
int node_me(const struct node *n);

/* host:port to put into invitations; false when there is none to give. */
bool node_advertised(const struct node *n, char out[300]);

#endif
