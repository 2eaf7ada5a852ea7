#include "node/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/disk.h"
#include "node/keyring.h"
#include "proto/text.h"

enum {
	FRAME_HEAD_BYTES = 4 + 24,
	TAG_BYTES = 16,
	META_FIXED_BYTES = SUBJECT_BYTES + ACCOUNT_BYTES + 2 + 8,
	PATH_BYTES = DATA_PATH_BYTES_MAX + 16 + 2 * UPLOAD_ID_BYTES + 1,
};

static const uint64_t META_OFFSET = UINT64_MAX;

static enum err of_errno(int no)
{
	return no == ENOENT ? ERR_NOT_FOUND : no == ENOSPC || no == EDQUOT ? ERR_DISK_FULL : ERR_IO;
}

static void path_of(const char *dir, const uint8_t *id, char out[PATH_BYTES])
{
	char hex[2 * UPLOAD_ID_BYTES + 1];
	hex_encode(id, UPLOAD_ID_BYTES, hex);
	snprintf(out, PATH_BYTES, "%s/uploads/%s", dir, hex);
}

enum err uploads_make(const char *dir)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s/uploads", dir);
	return mkdir(path, 0700) == 0 || errno == EEXIST ? ERR_OK : of_errno(errno);
}

/* --- frames ----------------------------------------------------------------------------------- */

static void upload_key(uint8_t out[KEY_BYTES], const uint8_t *master, const uint8_t *id)
{
	hash_keyed(out, KEY_BYTES, DOMAIN_UPLOAD, bytes_of(master, KEY_BYTES), bytes_of(id, UPLOAD_ID_BYTES));
}

static void seal_frame(const uint8_t *master, const uint8_t *id, uint64_t offset, struct bytes piece, struct buf *out)
{
	uint8_t key[KEY_BYTES], ad[8];
	uint8_t *at = buf_extend(out, FRAME_HEAD_BYTES + piece.n + TAG_BYTES);
	if (!at)
		return;
	upload_key(key, master, id);
	put_u64(ad, offset);
	put_u32(at, (uint32_t)(piece.n + TAG_BYTES));
	randombytes_buf(at + 4, 24);
	crypto_aead_xchacha20poly1305_ietf_encrypt(at + FRAME_HEAD_BYTES, NULL, piece.p, piece.n, ad, sizeof ad, NULL, at + 4, key);
	sodium_memzero(key, sizeof key);
}

/* The frame at *at of an upload's file: its piece appended to out, unless NULL. */
static enum err open_frame(int fd, const uint8_t *master, const uint8_t *id, uint64_t *at, uint64_t size, uint64_t offset,
			   struct buf *out, size_t *n)
{
	uint8_t head[FRAME_HEAD_BYTES], key[KEY_BYTES], ad[8];
	struct buf sealed;
	if (size - *at < sizeof head || pread(fd, head, sizeof head, (off_t)*at) != (ssize_t)sizeof head)
		return ERR_TRUNCATED;
	size_t length = get_u32(head);
	if (length < TAG_BYTES || length > UPLOAD_PIECE_BYTES_MAX + TAG_BYTES)
		return ERR_CORRUPT;
	if (size - *at - sizeof head < length)
		return ERR_TRUNCATED;
	*n = length - TAG_BYTES;
	uint64_t body = *at + sizeof head;
	*at = body + length;
	if (!out)
		return ERR_OK;
	buf_init(&sealed, length);
	uint8_t *from = buf_extend(&sealed, length), *to = buf_extend(out, *n);
	enum err e = !from || !to ? ERR_NO_MEMORY : pread(fd, from, length, (off_t)body) == (ssize_t)length ? ERR_OK : ERR_IO;
	if (!e) {
		upload_key(key, master, id);
		put_u64(ad, offset);
		e = crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, from, length, ad, sizeof ad, head + 4, key) ? ERR_CORRUPT : ERR_OK;
		sodium_memzero(key, sizeof key);
	}
	buf_release(&sealed);
	return e;
}

static enum err read_meta(int fd, const uint8_t *master, uint64_t *at, uint64_t size, struct upload *u)
{
	struct buf meta;
	size_t n = 0;
	buf_init(&meta, UPLOAD_PIECE_BYTES_MAX);
	enum err e = open_frame(fd, master, u->id, at, size, META_OFFSET, &meta, &n);
	if (!e && (n < META_FIXED_BYTES || n > META_FIXED_BYTES + NAME_BYTES_MAX))
		e = ERR_CORRUPT;
	if (!e) {
		memcpy(u->subject, meta.p, SUBJECT_BYTES);
		memcpy(u->account, meta.p + SUBJECT_BYTES, ACCOUNT_BYTES);
		u->role = meta.p[SUBJECT_BYTES + ACCOUNT_BYTES];
		u->about = meta.p[SUBJECT_BYTES + ACCOUNT_BYTES + 1];
		u->size = get_u64(meta.p + META_FIXED_BYTES - 8);
		memcpy(u->name, meta.p + META_FIXED_BYTES, n - META_FIXED_BYTES);
		u->name[n - META_FIXED_BYTES] = '\0';
	}
	buf_wipe(&meta);
	return e == ERR_TRUNCATED ? ERR_CORRUPT : e;
}

/* Reads all of it: *end is where the next frame goes; what a crash left behind it is no frame. */
static enum err walk(int fd, const uint8_t *master, struct upload *u, struct buf *out, uint64_t *end)
{
	struct stat st;
	uint64_t at = 0;
	if (fstat(fd, &st) != 0)
		return ERR_IO;
	enum err e = read_meta(fd, master, &at, (uint64_t)st.st_size, u);
	u->received = 0;
	while (!e) {
		size_t n;
		*end = at;
		e = open_frame(fd, master, u->id, &at, (uint64_t)st.st_size, u->received, out, &n);
		if (!e)
			u->received += n;
	}
	return e == ERR_TRUNCATED ? ERR_OK : e;
}

static int open_upload(const char *dir, const uint8_t *id, int flags)
{
	char path[PATH_BYTES];
	path_of(dir, id, path);
	return open(path, flags | O_CLOEXEC | O_NOFOLLOW);
}

/* --- the life of one -------------------------------------------------------------------------- */

static size_t count(const char *dir)
{
	char path[PATH_BYTES];
	size_t n = 0;
	snprintf(path, sizeof path, "%s/uploads", dir);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static enum err write_frame(int fd, const struct buf *frame, uint64_t at)
{
	for (size_t done = 0; done < frame->n;) {
		ssize_t n = pwrite(fd, frame->p + done, frame->n - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? of_errno(errno) : ERR_IO;
		done += (size_t)n;
	}
	return fdatasync(fd) == 0 ? ERR_OK : of_errno(errno);
}

enum err upload_create(const char *dir, const uint8_t master[KEY_BYTES], const struct upload *u)
{
	uint8_t meta[META_FIXED_BYTES + NAME_BYTES_MAX];
	char path[PATH_BYTES];
	struct buf frame;
	size_t name = strlen(u->name);
	if (count(dir) >= UPLOADS_MAX)
		return ERR_QUOTA;
	if (!disk_has_room(dir, 3 * u->size)) /* here, and sealed beside it */
		return ERR_DISK_FULL;
	memcpy(meta, u->subject, SUBJECT_BYTES);
	memcpy(meta + SUBJECT_BYTES, u->account, ACCOUNT_BYTES);
	meta[SUBJECT_BYTES + ACCOUNT_BYTES] = u->role;
	meta[SUBJECT_BYTES + ACCOUNT_BYTES + 1] = u->about;
	put_u64(meta + META_FIXED_BYTES - 8, u->size);
	memcpy(meta + META_FIXED_BYTES, u->name, name);
	buf_init(&frame, UPLOAD_PIECE_BYTES_MAX);
	seal_frame(master, u->id, META_OFFSET, bytes_of(meta, META_FIXED_BYTES + name), &frame);
	sodium_memzero(meta, sizeof meta);
	path_of(dir, u->id, path);
	enum err e = frame.err;
	int fd = e ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (!e)
		e = fd < 0 ? of_errno(errno) : write_frame(fd, &frame, 0);
	if (fd >= 0)
		close(fd);
	if (e && fd >= 0)
		unlink(path);
	buf_release(&frame);
	snprintf(path, sizeof path, "%s/uploads", dir);
	return e ? e : keyring_sync_dir(path);
}

enum err upload_read(const char *dir, const uint8_t master[KEY_BYTES], struct upload *u)
{
	uint64_t end;
	int fd = open_upload(dir, u->id, O_RDONLY);
	if (fd < 0)
		return of_errno(errno);
	enum err e = walk(fd, master, u, NULL, &end);
	close(fd);
	return e;
}

static enum err check_piece(const struct upload *u, uint64_t offset, struct bytes piece)
{
	if (offset > u->size || piece.n > u->size - offset)
		return ERR_BODY_TOO_LARGE;
	if (offset != u->received)
		return ERR_CONFLICT;
	if (piece.n == 0 || (piece.n < UPLOAD_PIECE_BYTES_MIN && offset + piece.n != u->size))
		return ERR_INVALID;
	return ERR_OK;
}

enum err upload_append(const char *dir, const uint8_t master[KEY_BYTES], struct upload *u, uint64_t offset, struct bytes piece)
{
	uint64_t end = 0;
	struct buf frame;
	int fd = open_upload(dir, u->id, O_RDWR);
	if (fd < 0)
		return of_errno(errno);
	enum err e = walk(fd, master, u, NULL, &end);
	bool there = !e && piece.n && offset <= u->received && piece.n <= u->received - offset;
	if (!e && !there)
		e = check_piece(u, offset, piece);
	if (!e && !there) {
		buf_init(&frame, UPLOAD_PIECE_BYTES_MAX + FRAME_HEAD_BYTES + TAG_BYTES);
		seal_frame(master, u->id, offset, piece, &frame);
		e = frame.err ? frame.err : ftruncate(fd, (off_t)end) == 0 ? write_frame(fd, &frame, end) : ERR_IO;
		buf_release(&frame);
		if (!e)
			u->received += piece.n;
	}
	close(fd);
	return e;
}

enum err upload_open(const char *dir, const uint8_t master[KEY_BYTES], const struct upload *u, struct buf *out)
{
	uint64_t end;
	struct upload again = *u;
	int fd = open_upload(dir, u->id, O_RDONLY);
	if (fd < 0)
		return of_errno(errno);
	enum err e = walk(fd, master, &again, out, &end);
	close(fd);
	return e;
}

void upload_remove(const char *dir, const uint8_t id[UPLOAD_ID_BYTES])
{
	char path[PATH_BYTES];
	path_of(dir, id, path);
	unlink(path);
}

void uploads_sweep(const char *dir, uint64_t now_ms)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s/uploads", dir);
	DIR *d = opendir(path);
	if (!d)
		return;
	for (struct dirent *at; (at = readdir(d));) {
		uint8_t id[UPLOAD_ID_BYTES];
		struct stat st;
		if (!hex_decode(at->d_name, id, sizeof id))
			continue;
		path_of(dir, id, path);
		if (lstat(path, &st) == 0 && now_ms > (uint64_t)st.st_mtime * 1000 + (uint64_t)UPLOAD_S * 1000)
			unlink(path);
	}
	closedir(d);
}
