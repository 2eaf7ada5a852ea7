/* The configuration's table, its documentation, and files that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/config.h"
#include "node/disk.h"

static void files(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *error; /* what the message begins with; NULL: fine */
	} CASES[] = {
	    {"", NULL},
	    {"# nothing\n[http]\n; still nothing\nlisten = 127.0.0.1:1\n", NULL},
	    {"[http]\nlisten = [::1]:65535\n[peer]\nlisten =\nadvertise = node.school.example:8490",
	     NULL},
	    {"[http]\nhosts = A.example, b.example\nsecure_cookies = yes\n", NULL},
	    {"[http]\nlisten = 0.0.0.0:80\ninsecure_lan = yes\n", NULL},
	    {"[http]\nlisten = 0.0.0.0:80\n", "f: [http] listen"},
	    {"[http]\nlisten = 127.0.0.1:0\n", "f:2: listen must be"},
	    {"[http]\n\nlisten = 127.0.0.1:65536\n", "f:3: listen must be"},
	    {"[http]\nlisten = 127.0.0.1:80x\n", "f:2: listen must be"},
	    {"[http]\nlisten = 127.0.0.1\n", "f:2: listen must be"},
	    {"[http]\nlisten = 127.0.0.1:\n", "f:2: listen must be"},
	    {"[http]\nlisten = :80\n", "f:2: listen must be"},
	    {"[http]\nlisten = ::1:80\n", "f:2: listen must be"},
	    {"[http]\nlisten = [x]:80\n", "f:2: listen must be"},
	    {"[http]\nlisten =\n", "f:2: listen must be"},
	    {"[http]\nhosts = a,,b\n", "f:2: hosts must be"},
	    {"[http]\nhosts = a,\n", "f:2: hosts must be"},
	    {"[http]\nhosts = a b\n", "f:2: hosts must be"},
	    {"[http]\nsecure_cookies = maybe\n", "f:2: secure_cookies must be yes or no"},
	    {"[store]\nmap_size_mb = 15\n", "f:2: map_size_mb must be"},
	    {"[store]\nmap_size_mb = -1\n", "f:2: map_size_mb must be"},
	    {"[records]\nerasure_delay_hours = 0\n", NULL},
	    {"[records]\nerasure_delay_hours = 8761\n", "f:2: erasure_delay_hours must be"},
	    {"[log]\nlevel = loud\n", "f:2: level must be"},
	    {"[http]\nlisten = 127.0.0.1:1\nport = 2\n", "f:3: unknown key: port"},
	    {"[htpp]\nlisten = 127.0.0.1:1\n", "f:2: unknown key: listen"},
	    {"listen = 127.0.0.1:1\n", "f:1: unknown key: listen"},
	    {"[log]\nlevel = info\n\n[log]\nlevel = debug\n", "f:5: given twice: level"},
	    {"[http]\nlisten = 127.0.0.1:1\n  listen = 127.0.0.1:2\n", "f:3: given twice: listen"},
	    {"[http]\nnonsense\n", "f:2: neither"},
	    {"[http\n", "f:1: neither"},
	    {"[http]\r\nlisten = 127.0.0.1:1\r\n", "f:1: a carriage return"},
	    {"\xef\xbb\xbf[http]\n", "f:1: a byte order mark"},
	    {"[log]\nlevel = info\x01\n", "f:2: a control character"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct config c;
		char error[CONFIG_ERROR_BYTES];
		enum err e = config_parse(&c, "f", bytes_text(CASES[i].text), error);
		if ((e != ERR_OK) != (CASES[i].error != NULL))
			fail_msg("%s -> %s", CASES[i].text, error);
		if (CASES[i].error && strncmp(error, CASES[i].error, strlen(CASES[i].error)) != 0)
			fail_msg("%s -> %s", CASES[i].text, error);
	}
	struct config c;
	char error[CONFIG_ERROR_BYTES];
	assert_int_equal(config_parse(&c, "f", bytes_of("[log]\n\0", 7), error), ERR_CONFIG);
	assert_string_equal(error, "f:2: a zero byte");
	struct buf b;
	buf_init(&b, 1000);
	buf_put_text(&b, "[log]\n#");
	for (int i = 0; i < CONFIG_LINE_BYTES_MAX; i++)
		buf_put_byte(&b, 'x');
	assert_int_equal(config_parse(&c, "f", buf_bytes(&b), error), ERR_CONFIG);
	assert_string_equal(error, "f:2: the line is too long");
	buf_release(&b);
	assert_int_equal(config_load(&c, "/nonexistent/x.conf", error), ERR_CONFIG);
	assert_string_equal(error, "/nonexistent/x.conf: No such file or directory");
}

static void values(void **state)
{
	(void)state;
	struct config c;
	char error[CONFIG_ERROR_BYTES];
	static const char TEXT[] = "[http]\nlisten = [::1]:81\nhosts = A.example , b.example\n"
				   "secure_cookies = yes\n[peer]\nlisten =\n"
				   "advertise = Node.example:82\n[store]\nmap_size_mb = 100\n"
				   "[log]\nlevel = debug\n";
	assert_int_equal(config_parse(&c, "f", bytes_text(TEXT), error), ERR_OK);
	assert_string_equal(c.http_listen.host, "::1");
	assert_int_equal(c.http_listen.port, 81);
	assert_int_equal(c.hosts_n, 2);
	assert_string_equal(c.hosts[0], "a.example");
	assert_string_equal(c.hosts[1], "b.example");
	assert_true(c.secure_cookies);
	assert_int_equal(c.peer_listen.port, 0);
	assert_string_equal(c.peer_advertise.host, "node.example");
	assert_int_equal(c.map_size_mb, 100);
	assert_int_equal(c.level, LEVEL_DEBUG);
}

/* Case 75: the directory may not lie on another machine. */
static void disks(void **state)
{
	(void)state;
	static const struct {
		unsigned long type;
		const char *name;
	} CASES[] = {
	    {0x6969, "NFS"}, {0xff534d42, "SMB"}, {0xfe534d42, "SMB"}, {0x01021997, "9P"},
	    {0xef53, NULL},	 {0x58465342, NULL},	{0x9123683e, NULL}, {0x01021994, NULL}, /* ext4, XFS, btrfs, tmpfs */
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		const char *name = disk_remote_type(CASES[i].type);
		if (!name != !CASES[i].name || (name && strcmp(name, CASES[i].name) != 0))
			fail_msg("%lx: %s", CASES[i].type, name ? name : "local");
	}
	assert_null(disk_remote("/proc"));
	assert_null(disk_remote("/nonexistent"));
	assert_true(disk_has_room("/tmp", 1));
	assert_false(disk_has_room("/proc", 1));
}

/* Each key stands in configs/estafeta.conf, under its section, with its default. */
static void documented(void **state)
{
	(void)state;
	static const char PATH[] = "configs/estafeta.conf";
	struct config loaded, defaults;
	char error[CONFIG_ERROR_BYTES];
	config_defaults(&defaults);
	assert_int_equal(config_load(&loaded, PATH, error), ERR_OK);
	assert_memory_equal(&loaded, &defaults, sizeof loaded);

	FILE *f = fopen(PATH, "r");
	char line[256], section[64] = "";
	bool explained = false;
	const struct config_key *key = config_keys();
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#') {
			explained = true;
		} else if (*line == '[') {
			snprintf(section, sizeof section, "%.*s", (int)strcspn(line + 1, "]"),
				 line + 1);
			explained = false;
		} else if (*line) {
			char want[128];
			assert_non_null(key->name);
			snprintf(want, sizeof want, "%s =%s%s", key->name, *key->value ? " " : "",
				 key->value);
			assert_string_equal(line, want);
			assert_string_equal(section, key->section);
			assert_true(explained);
			explained = false;
			key++;
		}
	}
	fclose(f);
	assert_null(key->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files),
	    cmocka_unit_test(values),
	    cmocka_unit_test(disks),
	    cmocka_unit_test(documented),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
