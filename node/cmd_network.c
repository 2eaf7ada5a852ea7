#include "node/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { JOIN_WAIT_S = 60 };

#define DIR_FLAG(at) {"--dir", (at), NULL, "the node's directory"}
#define JSON_FLAG(at) {"--json", NULL, (at), "for scripts"}

static json_t *powers_of(const char *text)
{
	json_t *list = json_array();
	char copy[64];
	snprintf(copy, sizeof copy, "%s", text);
	char *save;
	for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save))
		json_array_append_new(list, json_string(p));
	return list;
}

static bool number(const char *text, long long *out)
{
	int end;
	return sscanf(text, "%lld%n", out, &end) == 1 && !text[end];
}

int cmd_invite(int argc, char **argv)
{
	const char *dir = NULL, *powers = "relay,admit", *depth = "0", *days = "14";
	bool json = false;
	char path[DATA_PATH_BYTES_MAX];
	long long depth_n, days_n;
	json_t *reply;
	int code;
	const struct flag flags[] = {
		DIR_FLAG(&dir),
		{"--powers", &powers, NULL, "of relay,admit,observe; by default relay, and admit with a depth"},
		{"--depth", &depth, NULL, "levels of schools that it may admit below itself (0)"},
		{"--days", &days, NULL, "how long the invitation stands (14)"},
		JSON_FLAG(&json),
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--depth N] [--powers LIST] [--days N]",
			     "Prints a single-use invitation. Whoever holds it can join: hand it over safely.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "invite takes no argument: %s", argv[1]);
	if (!number(depth, &depth_n) || !number(days, &days_n))
		return cmd_fail(EX_USAGE, "--depth and --days: say a number");
	if (depth_n == 0 && strcmp(powers, "relay,admit") == 0)
		powers = "relay";
	json_t *in = json_pack("{so sI sI }", "powers", powers_of(powers), "depth", (json_int_t)depth_n, "days",
			       (json_int_t)days_n);
	code = cmd_call(path, "POST", "/api/v1/network/invites", in, &reply);
	if (code)
		return code;
	if (json) {
		code = cmd_print_json(reply);
	} else {
		printf("%s\n", cmd_text(reply, "token"));
		fprintf(stderr, "Valid once, until %s; the new school calls %s.\nThere: estafeta join TOKEN\n",
			cmd_text(reply, "expires"), cmd_text(reply, "address"));
	}
	json_decref(reply);
	return code;
}

/* --- joining ---------------------------------------------------------------------------------- */

static const json_t *peer_of(const json_t *network, const char *id)
{
	size_t i;
	json_t *peer;
	json_array_foreach(json_object_get(network, "peers"), i, peer)
	{
		if (strcmp(cmd_text(json_object_get(peer, "school"), "id"), id) == 0)
			return peer;
	}
	return NULL;
}

static const json_t *my_entry(const json_t *network)
{
	size_t i;
	json_t *school;
	json_array_foreach(json_object_get(network, "schools"), i, school)
	{
		if (json_is_true(json_object_get(school, "me")))
			return school;
	}
	return NULL;
}

/* 0: go on waiting; 1: a member; 2: refused. */
static int look(const json_t *network, const char *id)
{
	const json_t *me = my_entry(network), *peer = peer_of(network, id);
	if (me && json_is_string(json_object_get(me, "parent")))
		return 1;
	return peer && strcmp(cmd_text(peer, "state"), "refused") == 0 ? 2 : 0;
}

static int wait_joined(const char *dir, const char *id, long long seconds)
{
	json_t *network = NULL;
	for (time_t end = time(NULL) + seconds;;) {
		int code = cmd_call(dir, "GET", "/api/v1/network", NULL, &network);
		if (code)
			return code;
		int seen = look(network, id);
		if (seen == 1) {
			const json_t *root = json_object_get(network, "root");
			printf("Joined: %s is a member of the network of %s.\n", cmd_text(my_entry(network), "name"),
			       cmd_text(root, "name"));
			puts("Next: estafeta status shows the link; records begin to flow by themselves.");
			json_decref(network);
			return EX_OK;
		}
		const json_t *reason = json_object_get(peer_of(network, id), "reason");
		if (seen == 2 || time(NULL) >= end) {
			code = cmd_fail(seen == 2 ? EX_NOPERM : EX_TEMPFAIL, seen == 2 ? "not admitted: %s" :
					"not yet (%s); the node goes on trying, see estafeta status", cmd_text(reason, "text"));
			json_decref(network);
			return code;
		}
		json_decref(network);
		usleep(100 * 1000);
	}
}

int cmd_join(int argc, char **argv)
{
	const char *dir = NULL, *wait = NULL;
	char path[DATA_PATH_BYTES_MAX], id[65];
	long long seconds = JOIN_WAIT_S;
	json_t *reply;
	int code;
	const struct flag flags[] = {
		DIR_FLAG(&dir),
		{"--wait", &wait, NULL, "seconds to wait for the certificate (60)"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "TOKEN", "Joins the network of the school that made the invitation.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "give one invitation: estafeta join TOKEN");
	if (wait && !number(wait, &seconds))
		return cmd_fail(EX_USAGE, "--wait: say a number of seconds");
	code = cmd_call(path, "POST", "/api/v1/network/join", json_pack("{ss}", "token", argv[1]), &reply);
	if (code)
		return code;
	snprintf(id, sizeof id, "%s", cmd_text(json_object_get(reply, "school"), "id"));
	json_decref(reply);
	return wait_joined(path, id, seconds);
}

/* --- showing ---------------------------------------------------------------------------------- */

static void print_peer(const json_t *peer)
{
	const json_t *school = json_object_get(peer, "school"), *reason = json_object_get(peer, "reason");
	const json_t *out = json_object_get(peer, "out"), *in = json_object_get(peer, "in");
	bool complete = json_is_true(json_object_get(peer, "complete"));
	printf("  %s  %s\n", cmd_text(school, "short"), cmd_text(school, "name"));
	printf("      %s, %s%s%s\n", cmd_text(peer, "relation"), cmd_text(peer, "state"),
	       json_is_string(json_object_get(peer, "address")) ? ", at " : "", cmd_text(peer, "address"));
	printf("      %s", complete ? "complete: both sides hold the same" : "not complete");
	if (json_is_object(reason))
		printf(": %s", cmd_text(reason, "text"));
	printf("\n      sent %lld, waiting %lld; received %lld, missing %lld\n",
	       (long long)json_integer_value(json_object_get(out, "sent")),
	       (long long)json_integer_value(json_object_get(out, "pending")),
	       (long long)json_integer_value(json_object_get(in, "received")),
	       (long long)json_integer_value(json_object_get(peer, "missing")));
	if (json_is_string(json_object_get(peer, "last_success")))
		printf("      last in agreement %s\n", cmd_text(peer, "last_success"));
	if (json_is_string(json_object_get(peer, "next_attempt")))
		printf("      next call %s\n", cmd_text(peer, "next_attempt"));
}

static void print_peers(const json_t *network)
{
	const json_t *peers = json_object_get(network, "peers");
	size_t i;
	json_t *peer;
	puts(json_array_size(peers) ? "Links:" : "Links: none");
	json_array_foreach((json_t *)(uintptr_t)peers, i, peer)
	{
		print_peer(peer);
	}
}

int cmd_status(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	char path[DATA_PATH_BYTES_MAX];
	json_t *school, *network;
	int code;
	const struct flag flags[] = {DIR_FLAG(&dir), JSON_FLAG(&json), {0}};
	int left = cmd_flags(argc, argv, flags, "[--json]", "How the node and its links stand.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "status takes no argument: %s", argv[1]);
	code = cmd_call(path, "GET", "/api/v1/school", NULL, &school);
	if (code)
		return code;
	code = cmd_call(path, "GET", "/api/v1/network", NULL, &network);
	if (code) {
		json_decref(school);
		return code;
	}
	if (json) {
		json_t *both = json_pack("{sO sO}", "school", school, "network", network);
		code = cmd_print_json(both);
		json_decref(both);
	} else {
		printf("%s  %s\n", cmd_text(school, "short"), cmd_text(school, "name"));
		printf("Network of %s, %zu schools\n", cmd_text(json_object_get(network, "root"), "name"),
		       json_array_size(json_object_get(network, "schools")));
		printf("%lld students, %lld staff, %lld records\n", (long long)json_integer_value(json_object_get(school, "students")),
		       (long long)json_integer_value(json_object_get(school, "staff")),
		       (long long)json_integer_value(json_object_get(school, "records")));
		print_peers(network);
	}
	json_decref(school);
	json_decref(network);
	return code;
}

int cmd_peer(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	char path[DATA_PATH_BYTES_MAX], id[65], target[128];
	json_t *reply;
	int code;
	const struct flag flags[] = {DIR_FLAG(&dir), JSON_FLAG(&json), {0}};
	int left = cmd_flags(argc, argv, flags, "list | set SCHOOL HOST:PORT",
			     "Lists the neighbours, or says where one is to be found. SCHOOL is an id, its short\n"
			     "form, or a part of the name.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left == 1 && strcmp(argv[1], "list") == 0) {
		code = cmd_call(path, "GET", "/api/v1/network", NULL, &reply);
		if (code)
			return code;
		if (json)
			code = cmd_print_json(json_object_get(reply, "peers"));
		else
			print_peers(reply);
		json_decref(reply);
		return code;
	}
	if (left != 3 || strcmp(argv[1], "set") != 0)
		return cmd_fail(EX_USAGE, "say peer list, or peer set SCHOOL HOST:PORT");
	if ((code = cmd_school(path, argv[2], false, id)))
		return code;
	snprintf(target, sizeof target, "/api/v1/network/peers/%s", id);
	code = cmd_call(path, "PUT", target, json_pack("{ss}", "address", argv[3]), &reply);
	if (code)
		return code;
	if (json)
		code = cmd_print_json(reply);
	else
		print_peer(reply);
	json_decref(reply);
	return code;
}

int cmd_terms(int argc, char **argv)
{
	const char *dir = NULL, *powers = "relay", *depth = "0", *days = "730";
	char path[DATA_PATH_BYTES_MAX], id[65], target[160];
	long long depth_n, days_n;
	json_t *reply;
	int code;
	const struct flag flags[] = {
		DIR_FLAG(&dir),
		{"--powers", &powers, NULL, "of relay,admit,observe (relay)"},
		{"--depth", &depth, NULL, "levels of schools that it may admit below itself (0)"},
		{"--days", &days, NULL, "how long the certificate stands (730)"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "SCHOOL [--powers LIST] [--depth N] [--days N]",
			     "Gives a school directly below this one a new certificate. They are renewed by themselves when half of\n"
			     "their time is over; this is for other terms.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "say which school: estafeta terms SCHOOL");
	if (!number(depth, &depth_n) || !number(days, &days_n))
		return cmd_fail(EX_USAGE, "--depth and --days: say a number");
	if ((code = cmd_school(path, argv[1], true, id)))
		return code;
	snprintf(target, sizeof target, "/api/v1/network/schools/%s/terms", id);
	json_t *in = json_pack("{so sI sI}", "powers", powers_of(powers), "depth", (json_int_t)depth_n, "days", (json_int_t)days_n);
	code = cmd_call(path, "PUT", target, in, &reply);
	if (code)
		return code;
	printf("Certified: %s  %s, until %s\n", cmd_text(reply, "short"), cmd_text(reply, "name"), cmd_text(reply, "valid_until"));
	json_decref(reply);
	return EX_OK;
}

int cmd_revoke(int argc, char **argv)
{
	const char *dir = NULL, *reason = NULL;
	char path[DATA_PATH_BYTES_MAX], id[65], target[160];
	json_t *reply;
	int code;
	const struct flag flags[] = {DIR_FLAG(&dir), {"--reason", &reason, NULL, "why"}, {0}};
	int left = cmd_flags(argc, argv, flags, "SCHOOL",
			     "Ends the membership of a school that stands below this one. Its records stay. SCHOOL is an id,\n"
			     "its short form, or the whole name: this cannot be taken back.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "say which school: estafeta revoke SCHOOL");
	if ((code = cmd_school(path, argv[1], true, id)))
		return code;
	snprintf(target, sizeof target, "/api/v1/network/schools/%s/revoke", id);
	code = cmd_call(path, "POST", target, json_pack("{ss*}", "reason", reason), &reply);
	if (code)
		return code;
	printf("Revoked: %s  %s\n", cmd_text(reply, "short"), cmd_text(reply, "name"));
	json_decref(reply);
	return EX_OK;
}

int cmd_admin_link(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	char path[DATA_PATH_BYTES_MAX];
	json_t *reply;
	int code;
	const struct flag flags[] = {DIR_FLAG(&dir), JSON_FLAG(&json), {0}};
	int left = cmd_flags(argc, argv, flags, "", "Prints a link that opens the interface as administrator, once, within 24 h.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "admin-link takes no argument: %s", argv[1]);
	code = cmd_call(path, "POST", "/api/v1/session/links", NULL, &reply);
	if (code)
		return code;
	if (json)
		code = cmd_print_json(reply);
	else
		printf("%s\n", cmd_text(reply, "url"));
	json_decref(reply);
	return code;
}
