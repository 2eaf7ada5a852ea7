#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/cmd.h"
#include "node/node.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} COMMANDS[] = {
	{"init", cmd_init, "make a new node"},
	{"run", cmd_run, "run the node"},
	{"invite", cmd_invite, "make an invitation for another school"},
	{"join", cmd_join, "join a network with an invitation"},
	{"peer", cmd_peer, "list neighbours, say where one is"},
	{"status", cmd_status, "how the node and its links stand"},
	{"admin-link", cmd_admin_link, "a new one-time link for the administrator"},
	{"terms", cmd_terms, "new powers or a new term for a school below"},
	{"revoke", cmd_revoke, "end the membership of a school below"},
	{"transfer", cmd_transfer, "a student changes school"},
	{"bundle", cmd_bundle, "write records to a file, to be carried by hand"},
	{"ingest", cmd_ingest, "take in such a file"},
	{"backup", cmd_backup, "copy the store"},
	{"restore", cmd_restore, "put a copy in place"},
	{"recover", cmd_recover, "open the students' keys with the recovery sheet"},
	{"rotate", cmd_rotate, "change the school's keys"},
	{"fsck", cmd_fsck, "check every record and index"},
	{"reindex", cmd_reindex, "make the indices anew"},
	{"import", cmd_import, "people and classes from CSV, or a OneRoster archive"},
	{"export", cmd_export, "all that is held about a student"},
	{"archive", cmd_archive, "the whole school in plain files"},
	{"erase", cmd_erase, "forget an entry, or a student, for good and everywhere"},
	{"verify", cmd_verify, "check an exported file or an archive"},
	{"demo", cmd_demo, "show a small network at work"},
};

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static int usage(FILE *out, int code)
{
	fputs("Usage: estafeta COMMAND ...\n\n", out);
	for (int i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-12s %s\n", COMMANDS[i].name, COMMANDS[i].help);
	fputs("\nestafeta COMMAND --help says more. Exit codes are those of sysexits.h.\n", out);
	return code;
}

int main(int argc, char **argv)
{
	if (sodium_init() < 0)
		return EX_SOFTWARE;
	umask(077);
	if (argc < 2)
		return usage(stderr, EX_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout, EX_OK);
	if (strcmp(argv[1], "--version") == 0) {
		puts("estafeta " ESTAFETA_VERSION);
		return EX_OK;
	}
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(COMMANDS[i].name, argv[1]) == 0)
			return COMMANDS[i].run(argc - 1, argv + 1);
	return cmd_fail(EX_USAGE, "%s: no such command; see estafeta --help", argv[1]);
}
