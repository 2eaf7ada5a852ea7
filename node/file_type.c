#include "node/file_type.h"

#include <stdio.h>
#include <utf8proc.h>


static const struct {
	const char *magic;
	size_t n;
	const char *name;
} TYPES[FILE_TYPES] = {
	[FILE_PDF] = {"%PDF-", 5, "application/pdf"},
	[FILE_JPEG] = {"\xff\xd8\xff", 3, "image/jpeg"},
	[FILE_PNG] = {"\x89PNG\r\n\x1a\n", 8, "image/png"},
};

enum file_type file_type_of(struct bytes content)
{
	for (int t = FILE_UNKNOWN + 1; t < FILE_TYPES; t++)
		if (content.n >= TYPES[t].n && memcmp(content.p, TYPES[t].magic, TYPES[t].n) == 0)
			return (enum file_type)t;
	return FILE_UNKNOWN;
}

const char *file_type_name(enum file_type t)
{
	return TYPES[t].name;
}

/* --- JPEG ------------------------------------------------------------------------------------- */

enum { MARKER_SOI = 0xd8, MARKER_EOI = 0xd9, MARKER_SOS = 0xda, MARKER_APP1 = 0xe1, MARKER_TEM = 0x01, MARKER_RST0 = 0xd0, MARKER_RST7 = 0xd7 };

static bool stands_alone(uint8_t marker)
{
	return marker == MARKER_TEM || (marker >= MARKER_RST0 && marker <= MARKER_RST7);
}

/* Where the coded data from `at` on ends: at the next marker that is no part of it. */
static size_t coded_end(struct bytes in, size_t at)
{
	for (; at + 1 < in.n; at++)
		if (in.p[at] == 0xff && in.p[at + 1] != 0 && in.p[at + 1] != 0xff && !stands_alone(in.p[at + 1]))
			return at;
	return in.n;
}

enum err file_strip_jpeg(struct bytes in, struct buf *out)
{
	size_t at = 2;
	bool picture = false;
	if (in.n < 4 || in.p[0] != 0xff || in.p[1] != MARKER_SOI)
		return ERR_MEDIA_TYPE;
	buf_put(out, in.p, 2);
	while (at < in.n) {
		if (in.n - at < 2 || in.p[at] != 0xff)
			return ERR_MEDIA_TYPE;
		uint8_t marker = in.p[at + 1];
		if (marker == 0xff) { /* fill */
			at++;
			continue;
		}
		if (marker == MARKER_EOI || stands_alone(marker)) {
			buf_put(out, in.p + at, 2);
			at += 2;
			if (marker == MARKER_EOI)
				break;
			continue;
		}
		if (marker == 0 || marker == MARKER_SOI || in.n - at < 4)
			return ERR_MEDIA_TYPE;
		size_t n = get_u16(in.p + at + 2);
		if (n < 2 || in.n - at - 2 < n)
			return ERR_MEDIA_TYPE;
		size_t end = at + 2 + n;
		if (marker == MARKER_SOS) {
			end = coded_end(in, end);
			picture = true;
		}
		if (marker != MARKER_APP1)
			buf_put(out, in.p + at, end - at);
		at = end;
	}
	return picture ? out->err : ERR_MEDIA_TYPE;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool turns(utf8proc_int32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void file_name_clean(const char *name, char out[NAME_BYTES_MAX + 1])
{
	const char *last = name;
	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == '\\')
			last = p + 1;
	while (*last == '.' || *last == ' ')
		last++;
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)last;
	size_t n = 0;
	while (*p) {
		utf8proc_int32_t c;
		utf8proc_ssize_t used = utf8proc_iterate(p, -1, &c);
		bool bad = used <= 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || turns(c);
		size_t take = bad ? 1 : (size_t)used;
		if (n + take > NAME_BYTES_MAX)
			break;
		if (bad)
			out[n] = '_';
		else
			memcpy(out + n, p, take);
		n += take;
		p += used <= 0 ? 1 : used;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	if (n == 0)
		snprintf(out, NAME_BYTES_MAX + 1, "file");
}

void file_disposition(const char *name, struct buf *out)
{
	buf_put_text(out, "attachment; filename*=UTF-8''");
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '.' || *p == '-' || *p == '_';
		if (plain)
			buf_put_byte(out, *p);
		else
			buf_printf(out, "%%%02X", *p);
	}
	buf_put_byte(out, 0);
}
