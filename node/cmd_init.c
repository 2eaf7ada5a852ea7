#include "node/cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/json.h"

enum { ANSWER_BYTES = 512 };

/* Asks on the terminal for what the flags lack; false at the end of input. */
static bool ask(const char *question, const char **value, char answer[ANSWER_BYTES])
{
	if (*value || !isatty(STDIN_FILENO))
		return true;
	fprintf(stderr, "%s: ", question);
	if (!fgets(answer, ANSWER_BYTES, stdin))
		return false;
	answer[strcspn(answer, "\r\n")] = '\0';
	*value = answer;
	return true;
}

static int check(const struct keyring_new *n)
{
	struct address a;
	if (!n->card.name || !n->card.name[strspn(n->card.name, " ")])
		return cmd_fail(EX_USAGE, "say the school's name: --name \"School 12\"");
	if (!text_clean(n->card.name, false) || strlen(n->card.name) > NAME_BYTES_MAX)
		return cmd_fail(EX_USAGE, "--name: too long, or not plain text in UTF-8");
	if (!text_clean(n->card.region, false) || strlen(n->card.region) > 100)
		return cmd_fail(EX_USAGE, "--region: too long, or not plain text in UTF-8");
	if (!text_clean(n->card.district, false) || strlen(n->card.district) > 100)
		return cmd_fail(EX_USAGE, "--district: too long, or not plain text in UTF-8");
	if (n->http_listen && !address_parse(n->http_listen, &a))
		return cmd_fail(EX_USAGE, "--http: say address:port, such as 127.0.0.1:8480");
	if (n->peer_listen && !address_parse(n->peer_listen, &a))
		return cmd_fail(EX_USAGE, "--peer: say address:port, such as 0.0.0.0:8490");
	if (n->advertise && !address_parse(n->advertise, &a))
		return cmd_fail(EX_USAGE, "--advertise: say host:port, such as school12.example:8490");
	return 0;
}

static int told(const char *dir, const struct keyring_new *n, const char *link)
{
	printf("A node for %s stands in %s\n\n", n->card.name, dir);
	printf("1. Print %s/recovery-sheet.txt, put it into the safe, then delete the file.\n", dir);
	printf("2. Start the node:      estafeta run --dir %s\n", dir);
	printf("3. Open within 24 h:    http://%s/start#%s\n", n->http_listen ? n->http_listen : "127.0.0.1:8480", link);
	printf("   The link works once; another one: estafeta admin-link --dir %s\n", dir);
	return fflush(stdout) ? EX_IOERR : EX_OK;
}

int cmd_init(int argc, char **argv)
{
	const char *dir = NULL;
	struct keyring_new n = {0};
	char path[DATA_PATH_BYTES_MAX], error[KEYRING_ERROR_BYTES], link[64], answers[3][ANSWER_BYTES];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "where to make it ($ESTAFETA_DIR, /var/lib/estafeta, ./estafeta-data)"},
		{"--name", &n.card.name, NULL, "the school's name"},
		{"--region", &n.card.region, NULL, "its region"},
		{"--district", &n.card.district, NULL, "its federal district"},
		{"--http", &n.http_listen, NULL, "address:port of the web interface (127.0.0.1:8480)"},
		{"--peer", &n.peer_listen, NULL, "address:port for other schools (0.0.0.0:8490)"},
		{"--advertise", &n.advertise, NULL, "host:port under which other schools reach this node"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR] [--name NAME] [--region REGION] [--district DISTRICT] ...",
			     "Makes a new node, and asks for what is not given. It founds a network of its own\n"
			     "until it joins one.", &code);
	if (left < 0)
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "init takes no argument: %s", argv[1]);
	code = cmd_dir(dir, path);
	if (code)
		return code;
	if (!ask("Name of the school", &n.card.name, answers[0]) || !ask("Region", &n.card.region, answers[1]) ||
	    !ask("Federal district", &n.card.district, answers[2]))
		return cmd_fail(EX_USAGE, "no answer; nothing was made");
	n.card.region = n.card.region ? n.card.region : "";
	n.card.district = n.card.district ? n.card.district : "";
	code = check(&n);
	if (code)
		return code;
	enum err e = keyring_create(path, &n, link, error);
	if (e)
		return cmd_fail(e == ERR_PERMISSION ? EX_CANTCREAT : exit_code(e), "%s", error);
	code = told(path, &n, link);
	sodium_memzero(link, sizeof link);
	return code;
}
