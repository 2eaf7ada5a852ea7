#include "node/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/client.h"

/* --- flags ------------------------------------------------------------------------------------ */

static int help(const char *name, const struct flag *flags, const char *usage, const char *about)
{
	printf("Usage: estafeta %s %s\n\n%s\n\n", name, usage, about);
	for (const struct flag *f = flags; f->name; f++)
		printf("  %-12s %-8s %s\n", f->name, f->value ? "VALUE" : "", f->help);
	printf("  %-12s %-8s this text\n", "--help", "");
	return EX_OK;
}

static const struct flag *find(const struct flag *flags, const char *arg, size_t n)
{
	for (const struct flag *f = flags; f->name; f++)
		if (strlen(f->name) == n && strncmp(f->name, arg, n) == 0)
			return f;
	return NULL;
}

int cmd_flags(int argc, char **argv, const struct flag *flags, const char *usage, const char *about, int *code)
{
	int left = 1;
	bool over = false;
	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];
		if (over || arg[0] != '-' || !arg[1]) {
			argv[left++] = arg;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			over = true;
			continue;
		}
		if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
			*code = help(argv[0], flags, usage, about);
			return -1;
		}
		const char *equals = strchr(arg, '=');
		const struct flag *f = find(flags, arg, equals ? (size_t)(equals - arg) : strlen(arg));
		if (!f || (!f->value && equals) || (f->value && !equals && i + 1 == argc)) {
			*code = f ? cmd_fail(EX_USAGE, f->value ? "%s: %s lacks its value" : "%s: %s takes no value", argv[0], f->name)
				  : cmd_fail(EX_USAGE, "%s: unknown option %s; see estafeta %s --help", argv[0], arg, argv[0]);
			return -1;
		}
		if (f->on)
			*f->on = true;
		if (f->value)
			*f->value = equals ? equals + 1 : argv[++i];
	}
	return left - 1;
}

/* --- saying ----------------------------------------------------------------------------------- */

int cmd_fail(int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("estafeta: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return code;
}

int cmd_fail_err(enum err e, const char *what)
{
	return cmd_fail(exit_code(e), "%s: %s", what, err_text(e));
}

int cmd_print_json(json_t *value)
{
	int bad = json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	return bad || fflush(stdout) ? EX_IOERR : EX_OK;
}

const char *cmd_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

/* --- the node --------------------------------------------------------------------------------- */

int cmd_dir(const char *option, char out[DATA_PATH_BYTES_MAX])
{
	/* an unset variable in a script must not mean another node */
	if (option && !*option)
		return cmd_fail(EX_USAGE, "--dir is empty");
	enum err e = keyring_dir(option, out);
	return e ? cmd_fail(EX_USAGE, "the directory's path is too long") : 0;
}

/* The exit code for an error that the node answered with. */
static int code_of(const json_t *problem, int status)
{
	const char *code = cmd_text(problem, "code");
	for (int e = 0; e < ERR_COUNT; e++) {
		const char *name = err_name((enum err)e), *c = code;
		while (*name && *c && (*name | 0x20) == (*c | 0x20)) {
			name++;
			c++;
		}
		if (!*name && !*c && *code)
			return e == ERR_NOT_FOUND ? EX_DATAERR : exit_code((enum err)e);
	}
	return status >= 500 ? EX_SOFTWARE : EX_DATAERR;
}

int cmd_problem(const char *what, const json_t *problem, int status)
{
	const char *title = cmd_text(problem, "title"), *detail = cmd_text(problem, "detail"), *field = cmd_text(problem, "field");
	return cmd_fail(code_of(problem, status), "%s%s%s%s%s%s%s", what ? what : "", what ? ": " : "", field, *field ? ": " : "",
			*title ? title : "the node's answer says no reason", *detail ? ": " : "", detail);
}

int cmd_call(const char *dir, const char *method, const char *target, json_t *in, json_t **out)
{
	char path[DATA_PATH_BYTES_MAX];
	int status;
	*out = NULL;
	if (keyring_path(dir, "control.sock", path)) {
		json_decref(in);
		return cmd_fail(EX_USAGE, "the directory's path is too long");
	}
	enum err e = client_json(path, method, target, in, &status, out);
	if (e == ERR_UNAVAILABLE)
		return cmd_fail(EX_UNAVAILABLE, "no node is running on %s; start it with: estafeta run --dir %s", dir, dir);
	if (e)
		return cmd_fail_err(e, path);
	if (status < 300)
		return 0;
	int code = cmd_problem(NULL, *out, status);
	json_decref(*out);
	*out = NULL;
	return code;
}

int cmd_school(const char *dir, const char *text, bool whole_name, char id[65])
{
	json_t *network;
	size_t i, found = 0;
	json_t *school;
	if (!*text)
		return cmd_fail(EX_USAGE, "the school's name is empty");
	if (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64) {
		strcpy(id, text);
		return 0;
	}
	int code = cmd_call(dir, "GET", "/api/v1/network", NULL, &network);
	if (code)
		return code;
	json_array_foreach(json_object_get(network, "schools"), i, school)
	{
		const char *name = cmd_text(school, "name");
		if (strcasecmp(cmd_text(school, "short"), text) != 0 && (whole_name ? strcmp(name, text) != 0 : !strstr(name, text)))
			continue;
		snprintf(id, 65, "%s", cmd_text(school, "id"));
		found++;
	}
	json_decref(network);
	if (found == 1)
		return 0;
	return cmd_fail(EX_DATAERR, found ? "%s: more than one school is called so; give its short id" : "%s: no such school in the network", text);
}
