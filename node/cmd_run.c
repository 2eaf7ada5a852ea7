#include "node/cmd.h"

#include "node/node.h"

int cmd_run(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	struct node_options o = {0};
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory ($ESTAFETA_DIR, /var/lib/estafeta, ./estafeta-data)"},
		{"--http", &o.http_listen, NULL, "address:port of the web interface, instead of the configuration's; port 0 picks one"},
		{"--peer", &o.peer_listen, NULL, "address:port for other schools, likewise"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR] [--http ADDRESS:PORT] [--peer ADDRESS:PORT]",
			     "Runs the node until SIGTERM. The ports in use stand in DIR/ports.", &code);
	if (left < 0)
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "run takes no argument: %s", argv[1]);
	code = cmd_dir(dir, path);
	o.dir = path;
	return code ? code : node_run(&o);
}
