#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cmd.h"

static int show_line(const json_t *t, bool out)
{
	const json_t *student = json_object_get(t, "student"), *school = json_object_get(t, "school"), *step;
	size_t i;
	const char *waits = "";
	json_array_foreach(json_object_get(t, "steps"), i, step)
	{
		if (strcmp(cmd_text(step, "state"), "now") == 0)
			waits = cmd_text(step, "waits_for");
	}
	printf("%s  %-3s %-10s %-40s %s %s%s%s%s\n", cmd_text(t, "id"), out ? "out" : "in", cmd_text(t, "state"), cmd_text(school, "name"),
	       cmd_text(student, "family"), cmd_text(student, "given"), *waits ? "  (waits for " : "", waits, *waits ? ")" : "");
	if (json_is_true(json_object_get(t, "safe_to_switch_off")) && strcmp(cmd_text(t, "state"), "in_cascade") == 0)
		printf("%34s in cascade: this node may be switched off\n", "");
	return EX_OK;
}

static int list(const char *dir, bool json)
{
	json_t *all, *t;
	size_t i;
	int code = cmd_call(dir, "GET", "/api/v1/transfers", NULL, &all);
	if (code)
		return code;
	if (json) {
		code = cmd_print_json(all);
	} else {
		json_array_foreach(json_object_get(all, "outgoing"), i, t)
		{
			show_line(t, true);
		}
		json_array_foreach(json_object_get(all, "incoming"), i, t)
		{
			show_line(t, false);
		}
	}
	json_decref(all);
	return code;
}

static int make_code(const char *dir, const char *student, bool json)
{
	json_t *reply;
	int code = cmd_call(dir, "POST", "/api/v1/transfers/codes", json_pack("{s:s}", "student", student), &reply);
	if (code)
		return code;
	if (json) {
		code = cmd_print_json(reply);
	} else {
		printf("%s\n", cmd_text(reply, "code"));
		fprintf(stderr, "For the family, shown this once. Valid until %s.\n", cmd_text(reply, "expires"));
	}
	json_decref(reply);
	return code;
}

static int step(const char *dir, const char *verb, const char *id, const char *reason, bool json)
{
	char target[200];
	json_t *reply, *body = reason ? json_pack("{s:s}", "reason", reason) : json_object();
	if (strlen(id) > 64 || strspn(id, "0123456789abcdef") != strlen(id)) {
		json_decref(body);
		return cmd_fail(EX_DATAERR, "%s: not the id of a transfer; see estafeta transfer list", id);
	}
	snprintf(target, sizeof target, "/api/v1/transfers/%s/%s", id, verb);
	int code = cmd_call(dir, "POST", target, body, &reply);
	if (code)
		return code;
	code = json ? cmd_print_json(reply) : json_object_size(reply) ? show_line(reply, strcmp(cmd_text(reply, "direction"), "out") == 0) : EX_OK;
	json_decref(reply);
	return code;
}

static int claim(const char *dir, const char *text, bool json)
{
	json_t *reply;
	int code = cmd_call(dir, "POST", "/api/v1/transfers/claims", json_pack("{s:s}", "code", text), &reply);
	if (code)
		return code;
	code = json ? cmd_print_json(reply) : show_line(reply, false);
	json_decref(reply);
	return code;
}

static int resolve(const char *dir, const char *student, const char *school, bool json)
{
	char target[200], id[65];
	json_t *reply;
	int code = cmd_school(dir, school, true, id);
	if (code)
		return code;
	if (strlen(student) != 32 || strspn(student, "0123456789abcdef") != 32)
		return cmd_fail(EX_DATAERR, "%s: not the id of a student", student);
	snprintf(target, sizeof target, "/api/v1/transfers/%s/resolve", student);
	code = cmd_call(dir, "POST", target, json_pack("{s:s}", "school", id), &reply);
	if (code)
		return code;
	code = json ? cmd_print_json(reply) : show_line(reply, true);
	json_decref(reply);
	return code;
}

int cmd_transfer(int argc, char **argv)
{
	const char *dir = NULL, *reason = NULL;
	bool json = false;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--reason", &reason, NULL, "by_family, mistake or other, for decline"},
		{"--json", NULL, &json, "for scripts"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags,
			     "list | code STUDENT | claim CODE | approve TRANSFER | decline TRANSFER | void ID | resolve STUDENT SCHOOL",
			     "list     all transfers, with what each waits for\n"
			     "code     at the old school: the family's one-time code for a student (id from the student's page)\n"
			     "claim    at the new school: enter the family's code\n"
			     "approve  at the old school: release the student to the school that claimed\n"
			     "decline  at either school: refuse the claim, or give the record back\n"
			     "void     at the old school: take a code back; at the nearest school above both, with the\n"
			     "         student's id: end a release that nobody answers\n"
			     "resolve  at that school above: two schools accepted, this one keeps the record",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (reason && strcmp(reason, "by_family") != 0 && strcmp(reason, "mistake") != 0 && strcmp(reason, "other") != 0)
		return cmd_fail(EX_USAGE, "--reason: say by_family, mistake or other");
	const char *verb = left > 0 ? argv[1] : "";
	if (left == 1 && strcmp(verb, "list") == 0)
		return list(path, json);
	if (left == 2 && strcmp(verb, "code") == 0)
		return make_code(path, argv[2], json);
	if (left == 2 && strcmp(verb, "claim") == 0)
		return claim(path, argv[2], json);
	if (left == 2 && (strcmp(verb, "approve") == 0 || strcmp(verb, "decline") == 0 || strcmp(verb, "void") == 0))
		return step(path, verb, argv[2], reason, json);
	if (left == 3 && strcmp(verb, "resolve") == 0)
		return resolve(path, argv[2], argv[3], json);
	return cmd_fail(EX_USAGE, *verb ? "transfer %s: no such step, or not its arguments; see estafeta transfer --help"
					: "say which step%s; see estafeta transfer --help", verb);
}
