/*
 * Runs a fuzz target over every file of the directories named, so that what a fuzzer once found
 * stays fixed. Nothing to run is a failure: a corpus that got lost must not look like a success.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int replay_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISREG(st.st_mode)) {
		fclose(f);
		return 0;
	}
	/* Exactly as large as the input: a sanitizer sees every byte read beyond it. */
	uint8_t *data = malloc(st.st_size ? (size_t)st.st_size : 1);
	size_t n = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	if (n != (size_t)st.st_size) {
		perror(path);
		exit(1);
	}
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 1;
}

static int replay_directory(const char *path)
{
	DIR *d = opendir(path);
	if (!d) {
		perror(path);
		exit(1);
	}
	int inputs = 0;
	for (struct dirent *entry; (entry = readdir(d));) {
		char file[4096];
		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		if (*entry->d_name != '.')
			inputs += replay_file(file);
	}
	closedir(d);
	return inputs;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int inputs = 0;
	for (int i = 1; i < argc; i++)
		inputs += replay_directory(argv[i]);
	printf("%s: %d inputs replayed\n", name ? name + 1 : argv[0], inputs);
	return inputs == 0;
}
