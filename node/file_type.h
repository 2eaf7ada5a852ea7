/*
 * file_type - what an uploaded file is, by its first bytes and nothing else; a photograph without
 * the place it was taken at; a name that names nothing but a file. Nothing here decodes.
 */
#ifndef NODE_FILE_TYPE_H
#define NODE_FILE_TYPE_H

#include "proto/buf.h"
#include "proto/limits.h"

enum file_type { FILE_UNKNOWN, FILE_PDF, FILE_JPEG, FILE_PNG, FILE_TYPES };

enum file_type file_type_of(struct bytes content);

/* "application/pdf", ...; NULL for unknown. */
const char *file_type_name(enum file_type t);

/*
 * Appends the JPEG without its APP1 segments (EXIF, XMP: where, when and by whom it was taken) and
 * without what follows its end. MEDIA_TYPE: its segments do not add up, or there
 * is no picture among them.
 */
enum err file_strip_jpeg(struct bytes jpeg, struct buf *out) MUST_USE;

/* The last part of a path, without control and direction characters, at most NAME_BYTES_MAX bytes, never empty. */
void file_name_clean(const char *name, char out[NAME_BYTES_MAX + 1]);

/* "attachment; filename*=UTF-8''...". */
void file_disposition(const char *name, struct buf *out);

#endif
