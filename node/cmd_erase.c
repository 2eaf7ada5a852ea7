#include <stdio.h>
#include <string.h>

#include "node/cmd.h"

static int list(const char *dir, bool json)
{
	json_t *all, *item, *holder;
	size_t i, k;
	int code = cmd_call(dir, "GET", "/api/v1/erasures", NULL, &all);
	if (code)
		return code;
	if (json) {
		code = cmd_print_json(all);
		json_decref(all);
		return code;
	}
	json_array_foreach(json_object_get(all, "items"), i, item)
	{
		bool done = json_is_string(json_object_get(item, "erased"));
		printf("%s  ordered %s, %s %s\n", cmd_text(item, "id"), cmd_text(item, "ordered"), done ? "erased" : "due", cmd_text(item, done ? "erased" : "due"));
		json_array_foreach(json_object_get(item, "holders"), k, holder)
		{
			const char *receipt = cmd_text(holder, "receipt");
			printf("    %s: %s\n", cmd_text(json_object_get(holder, "school"), "name"), *receipt ? receipt : "no receipt yet");
		}
	}
	if (json_is_true(json_object_get(all, "compaction_due")))
		puts("Bytes of what was erased may lie in free pages of the files until the node is started anew.");
	json_decref(all);
	return EX_OK;
}

static bool is_id(const char *text, size_t n)
{
	return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

int cmd_erase(int argc, char **argv)
{
	const char *dir = NULL;
	bool undo = false, json = false;
	char path[DATA_PATH_BYTES_MAX], target[200];
	json_t *reply;
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--cancel", NULL, &undo, "take back the order to erase that student"},
		{"--json", NULL, &json, "for scripts"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "list | STUDENT [ENTRY] [--cancel]",
			     "list            orders that stand, and what was erased, with the receipts of every holder\n"
			     "STUDENT         orders the whole record of a student (id from the student's page) to be erased\n"
			     "                here and at every school; carried out after the delay of the configuration\n"
			     "STUDENT ENTRY   erases one entry (id from the API), at once and for good",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left == 1 && strcmp(argv[1], "list") == 0 && !undo)
		return list(path, json);
	if (left < 1 || left > 2 || (left == 2 && undo))
		return cmd_fail(EX_USAGE, "say list, a student, or a student and an entry; see estafeta erase --help");
	if (!is_id(argv[1], 32))
		return cmd_fail(EX_USAGE, "%s: not a student's id as it stands on the student's page", argv[1]);
	if (left == 2 && !is_id(argv[2], 64))
		return cmd_fail(EX_USAGE, "%s: not an entry's id", argv[2]);
	if (left == 2)
		snprintf(target, sizeof target, "/api/v1/students/%s/entries/%s/erase", argv[1], argv[2]);
	else
		snprintf(target, sizeof target, "/api/v1/students/%s/erasure", argv[1]);
	code = cmd_call(path, undo ? "DELETE" : "POST", target, NULL, &reply);
	if (code)
		return code;
	if (json && reply)
		code = cmd_print_json(reply);
	else if (undo)
		puts("The order is taken back.");
	else if (left == 2 || strcmp(cmd_text(reply, "due"), cmd_text(reply, "ordered")) == 0)
		puts("Erased here; every other holder follows.");
	else
		printf("To be erased at %s. Until then: estafeta erase %s --cancel\n", cmd_text(reply, "due"), argv[1]);
	json_decref(reply);
	return code;
}
