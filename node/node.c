#include "node/node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>
#include <uv.h>

#include "core/audit.h"
#include "core/erasure.h"
#include "core/greet.h"
#include "core/membership.h"
#include "core/paper.h"
#include "core/undo.h"
#include "node/api.h"
#include "node/assets.h"
#include "node/auth.h"
#include "node/dossiers.h"
#include "node/events.h"
#include "node/evidence.h"
#include "node/file_notes.h"
#include "node/handler.h"
#include "node/hasher.h"
#include "node/http_conn.h"
#include "node/idempotency.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "node/node_catalogue.h"
#include "node/peers.h"
#include "node/sd.h"
#include "node/summaries.h"
#include "node/sysexit.h"
#include "node/throttle.h"
#include "node/words.h"

enum { SWEEP_MS = 10 * 60 * 1000, FIRST_SWEEP_MS = 60 * 1000, SWEEP_ACCOUNTS = 64 };

/* What lives beside the node's parts: handles of the loop that only this file knows. */
struct running {
	struct node node;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt, hangup; /* the last when a terminal is closed */
	struct timer *watchdog, *sweep;
	int waiting; /* parts that are still to say that they stopped */
	char error[KEYRING_ERROR_BYTES];
	bool sweeping;
};

static const struct {
	const struct route *routes;
	const size_t *count;
} TABLES[] = {
	{network_routes, &network_route_count},	    {session_routes, &session_route_count},
	{school_routes, &school_route_count},	    {events_routes, &events_route_count},
	{student_routes, &student_route_count},	    {entry_routes, &entry_route_count},	    {class_routes, &class_route_count},
	{monitor_routes, &monitor_route_count},	    {public_routes, &public_route_count},
	{moderation_routes, &moderation_route_count}, {undo_routes, &undo_route_count},	    {work_routes, &work_route_count},
	{analysis_routes, &analysis_route_count},   {teacher_routes, &teacher_route_count},
	{journal_routes, &journal_route_count},	    {transfer_routes, &transfer_route_count},
	{import_routes, &import_route_count},	    {data_routes, &data_route_count},	    {erasure_routes, &erasure_route_count},
	{account_routes, &account_route_count},	    {accounts_routes, &accounts_route_count},
	{claims_routes, &claims_route_count},	    {people_routes, &people_route_count},
	{file_routes, &file_route_count},	    {archive_routes, &archive_route_count},
	{bulk_routes, &bulk_route_count},	    {search_routes, &search_route_count},   {routes_routes, &routes_route_count},
};

enum { TABLE_COUNT_ROUTES = sizeof TABLES / sizeof *TABLES };

/* --- the state that the loop reads ------------------------------------------------------------ */

int node_me(const struct node *n)
{
	return roster_find(&n->roster, n->opened.school.id);
}

static enum err reload_roster(struct node *n)
{
	struct txn t;
	struct bytes root;
	struct roster r = {0};
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	e = meta_get(&t, META_ROOT, &root) && root.n == SCHOOL_BYTES ? roster_load(&r, &t, root.p) : ERR_CORRUPT;
	if (!e && roster_find(&r, n->opened.school.id) == NO_SCHOOL)
		e = ERR_CORRUPT;
	txn_abort(&t);
	if (e) {
		roster_release(&r);
		return e;
	}
	roster_release(&n->roster);
	n->roster = r;
	return ERR_OK;
}

static enum err read_own_keys(struct node *n)
{
	struct txn t;
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	buf_init(&n->own_keys, GREET_KEYS_BYTES_MAX);
	e = greet_own_keys(&t, n->opened.school.id, &n->own_keys);
	txn_abort(&t);
	return e;
}

/* Signatures that were taken on an attestation, a few at a time behind everything else. */
struct audit_job {
	struct job job;
	struct node *node;
	struct audit_result result;
};

static void audit(struct node *n);

static enum err run_audit(struct batch *b, struct job *j)
{
	return audit_step(b, AUDIT_SIGNATURES, &((struct audit_job *)j)->result);
}

static void audited(struct job *j, enum err e)
{
	struct audit_job *a = (struct audit_job *)j;
	struct node *n = a->node;
	n->auditing = false;
	if (e)
		log_event(LEVEL_WARNING, "audit_failed", LOG_ERR(e));
	if (a->result.dropped)
		log_event(LEVEL_WARNING, "false_signatures", LOG_NUMBER("records", a->result.dropped));
	if (!e && a->result.behind)
		audit(n);
	free(a);
}

static void audit(struct node *n)
{
	struct audit_job *a = n->auditing || n->stopping ? NULL : calloc(1, sizeof *a);
	if (!a)
		return;
	*a = (struct audit_job){.job = {.run = run_audit, .done = audited, .bytes = sizeof *a}, .node = n};
	n->auditing = true;
	if (writer_submit(n->writer, &a->job)) {
		n->auditing = false; /* busy: the next commit with records asks again */
		free(a);
	}
}

/* What is kept in memory about the subjects that the commit touched. */
static void refresh(struct node *n, const struct commit *c)
{
	struct txn t;
	struct changes changes = {0};
	struct school *school = &n->opened.school;
	enum err e = txn_begin(&t, school->store, false);
	if (!e) {
		e = changes_read(&changes, &t, c->from, c->to);
		txn_abort(&t);
	}
	if (!e)
		e = people_index_refresh(&n->people, school, school->id, &changes);
	if (!e)
		e = structure_refresh(&n->structure, school, &changes);
	if (!e)
		e = experts_refresh(&n->experts, school, n->dossiers, &changes);
	if (!e)
		e = words_refresh(n, &changes);
	changes_release(&changes);
	if (e)
		log_event(LEVEL_ERROR, "people_failed", LOG_ERR(e));
}

static void committed(void *arg, const struct commit *c)
{
	struct node *n = arg;
	if (c->network_changed) {
		enum err e = reload_roster(n);
		if (e) {
			log_event(LEVEL_ERROR, "roster_failed", LOG_ERR(e));
			node_stop(n, EX_SOFTWARE);
			return;
		}
		dossiers_clear(n->dossiers);
	}
	if (c->forks) {
		metric_add(METRIC_FORKS, c->forks);
		log_event(LEVEL_WARNING, "two_histories", LOG_HEX("school", c->forked, SHORT_ID_BYTES), LOG_NUMBER("records", c->forks));
	}
	if (c->from < c->to) {
		refresh(n, c);
		audit(n);
	}
	events_committed(n->events, c);
	peers_committed(n->peers, c);
	evidence_committed(n->evidence, c);
}

static void broken(void *arg, enum err e)
{
	(void)e;
	node_stop(arg, EX_SOFTWARE);
}

bool node_advertised(const struct node *n, char out[300])
{
	const struct address *a = &n->keyring.config.peer_advertise;
	const char *host = a->host;
	uint16_t port = a->port;
	if (!port) {
		host = n->keyring.config.peer_listen.host;
		port = n->peer_port;
	}
	if (!port || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
		return false;
	snprintf(out, 300, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
	return true;
}

/* --- stopping --------------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *h)
{
	(void)h;
}

static void writer_done(void *arg)
{
	struct running *r = arg;
	timer_free(r->watchdog);
	uv_close((uv_handle_t *)&r->terminate, on_handle_closed);
	uv_close((uv_handle_t *)&r->interrupt, on_handle_closed);
	uv_close((uv_handle_t *)&r->hangup, on_handle_closed);
}

/* The writer stops last: the others may still hand it something. */
static void part_done(void *arg)
{
	struct running *r = arg;
	if (--r->waiting == 0)
		writer_stop(r->node.writer, writer_done, r);
}

void node_stop(struct node *n, int exit_code)
{
	struct running *r = (struct running *)n;
	if (n->exit_code == EX_OK)
		n->exit_code = exit_code;
	if (n->stopping)
		return;
	n->stopping = true;
	sd_notify("STOPPING=1");
	log_event(LEVEL_INFO, "stopping");
	timer_free(r->sweep);
	r->sweep = NULL;
	events_stop(n->events);
	r->waiting = 4;
	hasher_stop(n->hasher, part_done, r);
	n->hasher = NULL;
	http_server_stop(n->web, part_done, r);
	http_server_stop(n->control, part_done, r);
	peers_stop(n->peers, part_done, r);
}

static void on_signal(uv_signal_t *s, int number)
{
	log_event(LEVEL_INFO, "signal", LOG_NUMBER("number", number));
	node_stop(s->data, EX_OK);
}

/* The disk gave way under the map: nothing can be saved, and nothing acknowledged is lost. */
static void on_sigbus(int number)
{
	static const char TEXT[] = "estafeta: SIGBUS: the disk is full or failing, or the store's file was cut; see estafeta fsck\n";
	(void)number;
	ssize_t written = write(STDERR_FILENO, TEXT, sizeof TEXT - 1);
	_exit(written < 0 ? EX_IOERR : EX_SOFTWARE);
}

/* --- time ------------------------------------------------------------------------------------- */

static void on_watchdog(void *arg)
{
	(void)arg;
	sd_notify("WATCHDOG=1");
}

struct sweep_job {
	struct job job;
	struct node *node;
	uint8_t erased[SWEEP_ACCOUNTS][ACCOUNT_BYTES];
	size_t erased_count;
};

/* A school that may sign no more keeps its journal for itself. */
static enum err say_journal_head(struct batch *b)
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	int me = e ? NO_SCHOOL : roster_find(r, b->school->id);
	if (e || me == NO_SCHOOL)
		return e;
	struct actor by = {.name = r->members[me].name, .role = "узел", .school = r->members[me].name};
	e = journal_head_due(b, &by);
	return e == ERR_REVOKED || e == ERR_KEYS_CHANGED ? ERR_OK : e;
}

static enum err run_sweep(struct batch *b, struct job *j)
{
	struct sweep_job *s = (struct sweep_job *)j;
	j->wrote = true;
	s->erased_count = account_sweep_erased(&b->txn, &b->school->vault, s->erased, SWEEP_ACCOUNTS);
	auth_sweep(&b->txn, b->now_ms);
	paper_sweep(&b->txn, b->now_ms);
	idempotency_sweep(&b->txn, b->now_ms);
	undo_sweep(&b->txn, b->now_ms);
	file_notes_sweep(&b->txn, b->now_ms);
	enum err e = b->txn.err ? b->txn.err : membership_belong_due(b);
	if (!e)
		e = membership_renew_due(b);
	if (!e)
		e = erasure_due(b);
	return e ? e : say_journal_head(b);
}

static void swept(struct job *j, enum err e)
{
	struct sweep_job *s = (struct sweep_job *)j;
	struct node *n = s->node;
	if (e)
		log_event(LEVEL_WARNING, "sweep_failed", LOG_ERR(e));
	if (!e && !n->stopping)
		evidence_sweep(n->evidence);
	for (size_t i = 0; !e && i < s->erased_count; i++)
		accounts_forget(&n->accounts, s->erased[i]);
	free(s);
}

static void on_sweep(void *arg)
{
	struct running *r = arg;
	struct sweep_job *j = calloc(1, sizeof *j);
	if (!j)
		return;
	*j = (struct sweep_job){.job = {.run = run_sweep, .done = swept, .bytes = sizeof *j}, .node = &r->node};
	if (writer_submit(r->node.writer, &j->job))
		free(j);
}

/* --- starting --------------------------------------------------------------------------------- */

static void observe(void *app, const char *pattern, int status, uint64_t duration_ns)
{
	struct node *n = app;
	(void)pattern;
	metric_add(status < 300 ? METRIC_HTTP_2XX : status < 400 ? METRIC_HTTP_3XX : status < 500 ? METRIC_HTTP_4XX : METRIC_HTTP_5XX, 1);
	metric_time(METRIC_HTTP_SECONDS, duration_ns);
	if (!n->stopping) /* each server ends by itself then, and one may answer when the other is gone */
		metric_set(METRIC_HTTP_CONNECTIONS, (int64_t)http_server_connections(n->web));
}

/* Nobody reads what the last request opened. */
static bool before(struct exchange *x)
{
	dossiers_trim(((struct node *)x->app)->dossiers);
	return idempotency_before(x);
}

static enum err make_router(struct node *n)
{
	struct config *c = &n->keyring.config;
	size_t count = 0, at = 0;
	for (int i = 0; i < TABLE_COUNT_ROUTES; i++)
		count += *TABLES[i].count;
	struct route *routes = calloc(count, sizeof *routes);
	if (!routes)
		return ERR_NO_MEMORY;
	for (int i = 0; i < TABLE_COUNT_ROUTES; i++)
		for (size_t k = 0; k < *TABLES[i].count; k++)
			routes[at++] = TABLES[i].routes[k];
	n->host_names[n->hosts.n++] = "localhost";
	n->host_names[n->hosts.n++] = c->http_listen.host;
	for (size_t i = 0; i < c->hosts_n; i++)
		n->host_names[n->hosts.n++] = c->hosts[i];
	n->hosts.name = n->host_names;
	n->hosts.any_address = c->insecure_lan;
	n->router = (struct router){.routes = routes, .n = count, .fallback = assets_serve, .authenticate = auth_check,
				    .observe = observe, .before = before, .replied = idempotency_replied,
				    .app = n, .hosts = &n->hosts};
	return ERR_OK;
}

/* "address:port" over what the configuration says; here the port may be 0. */
static bool override(const char *text, struct address *out)
{
	if (!text)
		return true;
	size_t n = strlen(text);
	char with_port[HOST_NAME_BYTES + 8];
	if (n < 3 || n >= sizeof with_port || strcmp(text + n - 2, ":0") != 0)
		return address_parse(text, out);
	snprintf(with_port, sizeof with_port, "%.*s1", (int)n - 1, text);
	bool ok = address_parse(with_port, out);
	out->port = 0;
	return ok;
}

static enum err fail(struct running *r, const char *what, const char *why, enum err e)
{
	snprintf(r->error, sizeof r->error, "%.300s: %.200s", what, why);
	return e;
}

static enum err cannot_listen(struct running *r, const char *section, const struct address *a, const char *why, enum err e)
{
	char what[300];
	snprintf(what, sizeof what, "[%s] listen = %s:%u", section, a->host, a->port);
	return fail(r, what, why, e == ERR_CONFIG ? e : ERR_UNAVAILABLE);
}

static enum err listen_all(struct running *r)
{
	struct node *n = &r->node;
	const struct config *c = &n->keyring.config;
	char path[DATA_PATH_BYTES_MAX], ports[64];
	const char *why = "";
	enum err e = keyring_path(n->keyring.dir, "control.sock", path);
	if (!e)
		e = http_server_listen_unix(n->control, path, &why);
	if (e)
		return fail(r, path, why, e);
	e = http_server_listen_tcp(n->web, c->http_listen.host, c->http_listen.port, &why);
	if (e)
		return cannot_listen(r, "http", &c->http_listen, why, e);
	if (*c->peer_listen.host && (e = peers_listen(n->peers, c->peer_listen.host, c->peer_listen.port, &why)))
		return cannot_listen(r, "peer", &c->peer_listen, why, e);
	n->http_port = http_server_port(n->web);
	n->peer_port = peers_port(n->peers);
	snprintf(ports, sizeof ports, "http=%u\npeer=%u\n", n->http_port, n->peer_port);
	/* a full disk must not keep what can be read from being read */
	e = keyring_write_file(n->keyring.dir, "ports", bytes_text(ports));
	if (e)
		log_event(LEVEL_WARNING, "ports_not_written", LOG_ERR(e));
	return ERR_OK;
}

static enum err make_parts(struct running *r)
{
	struct node *n = &r->node;
	struct writer_options o = {.committed = committed, .broken = broken, .arg = n};
	enum err e = make_router(n);
	if (e)
		return e;
	n->writer = writer_new(n->loop, &n->opened.school, &o);
	n->events = events_new(n);
	n->idempotency = idempotency_new(n);
	n->summaries = summaries_new(n);
	n->hasher = hasher_new(n->loop);
	n->throttle = throttle_new();
	n->peers = peers_new(n);
	n->web = http_server_new(n->loop, &n->router);
	n->control = http_server_new(n->loop, &n->router);
	r->watchdog = timer_new(n->loop, on_watchdog, n);
	r->sweep = timer_new(n->loop, on_sweep, r);
	bool all = n->hasher && n->throttle && n->writer && n->events && n->idempotency && n->summaries && n->peers && n->web &&
		   n->control && r->watchdog && r->sweep;
	return all ? ERR_OK : ERR_NO_MEMORY;
}

static void begin(struct running *r)
{
	struct node *n = &r->node;
	char id[10];
	uint64_t watchdog_ms = sd_watchdog_ms();
	if (watchdog_ms)
		timer_start(r->watchdog, watchdog_ms, watchdog_ms);
	timer_start(r->sweep, FIRST_SWEEP_MS, SWEEP_MS);
	peers_start(n->peers);
	n->ready = true;
	if (!clock_right(clock_ms()))
		log_event(LEVEL_WARNING, "clock_wrong", LOG_TEXT("what", "the clock of this machine stands before this program was made"));
	sodium_bin2hex(id, sizeof id, n->opened.school.id, 4);
	log_event(LEVEL_INFO, "listening", LOG_TEXT("school", id), LOG_TEXT("http", n->keyring.config.http_listen.host),
		  LOG_NUMBER("http_port", n->http_port), LOG_NUMBER("peer_port", n->peer_port));
	sd_notify("READY=1");
}

/* What cannot be cleared from the files today is tried again at the next start. */
static enum err compact(struct running *r)
{
	enum err e = keyring_compact(&r->node.keyring, &r->node.opened, r->error);
	if (e && e != ERR_CORRUPT) {
		log_event(LEVEL_WARNING, "compaction_failed", LOG_ERR(e));
		*r->error = '\0';
	}
	return e == ERR_CORRUPT ? e : ERR_OK;
}

static enum err open_all(struct running *r, const struct node_options *o)
{
	struct node *n = &r->node;
	struct config *c = &n->keyring.config;
	enum err e = keyring_open(&n->keyring, o->dir, r->error);
	if (e)
		return e;
	log_init(c->level);
	if (!override(o->http_listen, &c->http_listen))
		return fail(r, "--http", "say address:port", ERR_BAD_REQUEST);
	if (!override(o->peer_listen, &c->peer_listen))
		return fail(r, "--peer", "say address:port", ERR_BAD_REQUEST);
	if (!c->insecure_lan && !address_is_loopback(&c->http_listen))
		return fail(r, "--http", "open to the network without encryption; say insecure_lan = yes to allow it", ERR_CONFIG);
	n->catalogue = node_catalogue(r->error);
	if (!n->catalogue)
		return ERR_CONFIG;
	e = keyring_open_school(&n->keyring, &n->opened, r->error);
	if (!e)
		e = compact(r);
	if (!e)
		e = reload_roster(n);
	if (!e)
		e = read_own_keys(n);
	n->dossiers = e ? NULL : dossiers_new(&n->opened.school);
	if (!e && !n->dossiers)
		e = ERR_NO_MEMORY;
	if (!e)
		e = people_index_load(&n->people, &n->opened.school, n->opened.school.id);
	if (!e)
		e = structure_load(&n->structure, &n->opened.school);
	if (!e)
		e = accounts_load(&n->accounts, n->opened.store, &n->opened.school.vault);
	if (!e)
		e = words_apply(n);
	if (!e)
		e = evidence_new(n, &n->evidence);
	return e;
}

static void release_state(struct node *n)
{
	roster_release(&n->roster);
	people_index_release(&n->people);
	structure_release(&n->structure);
	experts_release(&n->experts);
	dossiers_free(n->dossiers);
	accounts_release(&n->accounts);
	evidence_free(n->evidence);
	catalogue_free(n->catalogue);
	buf_release(&n->own_keys);
}

static void release(struct running *r)
{
	struct node *n = &r->node;
	char path[DATA_PATH_BYTES_MAX];
	/* what never ran is closed like what did */
	uv_run(&r->loop, UV_RUN_DEFAULT);
	writer_free(n->writer);
	peers_free(n->peers);
	events_free(n->events);
	idempotency_free(n->idempotency);
	summaries_free(n->summaries);
	throttle_free(n->throttle);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	int busy = uv_loop_close(&r->loop);
	if (busy)
		log_event(LEVEL_ERROR, "loop_busy", LOG_NUMBER("code", busy));
	free((void *)(uintptr_t)n->router.routes);
	release_state(n);
	if (n->ready && keyring_path(n->keyring.dir, "ports", path) == ERR_OK)
		unlink(path);
	keyring_close_school(&n->opened);
	keyring_close(&n->keyring);
}

int node_run(const struct node_options *o)
{
	struct running *r = calloc(1, sizeof *r);
	if (!r)
		return EX_OSERR;
	struct node *n = &r->node;
	n->keyring.lock = -1;
	n->loop = &r->loop;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGBUS, on_sigbus);
	enum err e = open_all(r, o);
	if (e) {
		fprintf(stderr, "estafeta: %s\n", *r->error ? r->error : err_text(e));
		release_state(n);
		keyring_close_school(&n->opened);
		keyring_close(&n->keyring);
		free(r);
		return exit_code(e);
	}
	uv_loop_init(&r->loop);
	uv_signal_init(&r->loop, &r->terminate);
	uv_signal_init(&r->loop, &r->interrupt);
	uv_signal_init(&r->loop, &r->hangup);
	r->terminate.data = r->interrupt.data = r->hangup.data = n;
	uv_signal_start(&r->terminate, on_signal, SIGTERM);
	uv_signal_start(&r->interrupt, on_signal, SIGINT);
	struct sigaction hangup;
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* else nohup */
		uv_signal_start(&r->hangup, on_signal, SIGHUP);
	e = make_parts(r);
	if (e) { /* memory short at the very start: nothing runs that would have to be stopped */
		fprintf(stderr, "estafeta: %s\n", err_text(e));
		_exit(EX_OSERR);
	}
	e = listen_all(r);
	if (e) {
		fprintf(stderr, "estafeta: %s\n", r->error);
		node_stop(n, exit_code(e));
	} else {
		begin(r);
	}
	release(r);
	int code = n->exit_code;
	free(r);
	return code;
}
