#include "node/archive.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

/* Letters, digits and . - _ in a name of its own: no folders, and nothing that a screen would take for a command. */
static bool name_fine(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n < ARCHIVE_NAME_BYTES_MAX && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == n;
}

const struct archive_file *archive_find(const struct archive *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->file[i].name, name) == 0)
			return &a->file[i];
	return NULL;
}

/* Reads until its end or the limit, and believes no size. */
static enum err read_all(zip_t *z, zip_uint64_t index, struct buf *out, char why[200])
{
	zip_file_t *f = zip_fopen_index(z, index, 0);
	zip_int64_t n = -1;
	uint8_t part[16384];
	if (f)
		while ((n = zip_fread(f, part, sizeof part)) > 0 && !out->err)
			buf_put(out, part, (size_t)n);
	if (f)
		zip_fclose(f);
	if (out->err == ERR_TOO_LARGE)
		snprintf(why, 200, "the archive unpacks to more than %d MiB", ARCHIVE_UNPACKED_BYTES_MAX >> 20);
	else if (n < 0)
		snprintf(why, 200, "the archive is damaged");
	return out->err ? out->err : n < 0 ? ERR_BAD_FORM : ERR_OK;
}

static enum err read_file(struct archive *a, zip_t *z, zip_uint64_t index, size_t at[ARCHIVE_FILES_MAX], char why[200])
{
	zip_stat_t st;
	const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
	if (zip_stat_index(z, index, 0, &st) || (st.valid & needed) != needed) {
		snprintf(why, 200, "the archive is damaged");
		return ERR_BAD_FORM;
	}
	if (!name_fine(st.name)) {
		snprintf(why, 200, "entry %u of the archive: files lie at its root, with plain names", (unsigned)index + 1);
		return ERR_BAD_FORM;
	}
	if (archive_find(a, st.name)) {
		snprintf(why, 200, "%s: stands in the archive twice", st.name);
		return ERR_BAD_FORM;
	}
	bool coded = st.valid & ZIP_STAT_ENCRYPTION_METHOD && st.encryption_method != ZIP_EM_NONE;
	if (coded || (st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE)) {
		snprintf(why, 200, coded ? "%s: is encrypted" : "%s: packed in a way that is not read here", st.name);
		return ERR_BAD_FORM;
	}
	if (st.size > ARCHIVE_UNPACKED_BYTES_MAX - a->text.n) {
		snprintf(why, 200, "the archive unpacks to more than %d MiB", ARCHIVE_UNPACKED_BYTES_MAX >> 20);
		return ERR_TOO_LARGE;
	}
	struct archive_file *f = &a->file[a->count];
	snprintf(f->name, sizeof f->name, "%s", st.name);
	at[a->count] = a->text.n;
	enum err e = read_all(z, index, &a->text, why);
	f->text.n = a->text.n - at[a->count];
	a->count += !e;
	return e;
}

enum err archive_read(struct archive *a, struct bytes zip, char why[200])
{
	zip_error_t error;
	size_t at[ARCHIVE_FILES_MAX];
	*a = (struct archive){0};
	buf_init(&a->text, ARCHIVE_UNPACKED_BYTES_MAX);
	snprintf(why, 200, "this is no sound ZIP archive");
	zip_error_init(&error);
	zip_source_t *source = zip_source_buffer_create(zip.p, zip.n, 0, &error);
	zip_t *z = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
	zip_error_fini(&error);
	if (!z) {
		if (source)
			zip_source_free(source);
		return source ? ERR_BAD_FORM : ERR_NO_MEMORY;
	}
	zip_int64_t n = zip_get_num_entries(z, 0);
	enum err e = ERR_OK;
	if (n < 0 || n > ARCHIVE_FILES_MAX) {
		snprintf(why, 200, "the archive holds more than %d files", ARCHIVE_FILES_MAX);
		e = ERR_TOO_LARGE;
	}
	for (zip_int64_t i = 0; i < n && !e; i++)
		e = read_file(a, z, (zip_uint64_t)i, at, why);
	zip_discard(z);
	for (size_t i = 0; i < a->count; i++) /* the buffer moved while it grew */
		a->file[i].text.p = a->text.p ? a->text.p + at[i] : (const uint8_t *)"";
	if (!e)
		why[0] = 0;
	return e;
}

void archive_release(struct archive *a)
{
	buf_wipe(&a->text);
	*a = (struct archive){0};
}

static enum err copy_out(zip_source_t *made, struct buf *out)
{
	zip_int64_t n = -1;
	uint8_t part[16384];
	if (zip_source_open(made))
		return ERR_NO_MEMORY;
	while ((n = zip_source_read(made, part, sizeof part)) > 0)
		buf_put(out, part, (size_t)n);
	zip_source_close(made);
	return n < 0 ? ERR_IO : out->err;
}

enum err archive_write(const struct archive_file *files, size_t count, struct buf *out)
{
	zip_error_t error;
	zip_error_init(&error);
	zip_source_t *made = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_t *z = made ? zip_open_from_source(made, ZIP_TRUNCATE, &error) : NULL;
	zip_error_fini(&error);
	if (!z) {
		if (made)
			zip_source_free(made);
		return ERR_NO_MEMORY;
	}
	zip_source_keep(made);
	enum err e = ERR_OK;
	for (size_t i = 0; i < count && !e; i++) {
		zip_source_t *text = zip_source_buffer(z, files[i].text.p, files[i].text.n, 0);
		if (!text || zip_file_add(z, files[i].name, text, ZIP_FL_ENC_UTF_8) < 0) {
			if (text)
				zip_source_free(text);
			e = ERR_NO_MEMORY;
		}
	}
	if (e)
		zip_discard(z);
	else if (zip_close(z)) {
		zip_discard(z);
		e = ERR_NO_MEMORY;
	}
	if (!e)
		e = copy_out(made, out);
	zip_source_free(made);
	return e;
}
