/* A zstd file read as if it were not packed, piece by piece, in bounded memory: frames
   that ask for a window of more than 16 MiB are refused, and nothing is unpacked ahead
   of what the caller has room for. */
#ifndef RECORDER_UNPACK_H
#define RECORDER_UNPACK_H

#include "engine/base/err.h"
#include "recorder/store.h"

#include <stddef.h>
#include <stdint.h>

struct unpack;

#define UNPACK_WINDOW_LOG_MAX 24

/* file and name (static text without .zst, for messages) are borrowed. */
enum err_code unpack_new(struct store_file *file, const char *name, struct unpack **ret_unpack, struct err *err);
void unpack_free(struct unpack *unpack); /* NULL is fine */

/* What the first frame says of its unpacked size; 0 when it does not. Call before the
   first read. */
enum err_code unpack_size(struct unpack *unpack, uint64_t *ret_size, struct err *err);

/* Up to `room` bytes; ret_got 0 is the end. ERR_INTEGRITY when the file is damaged,
   ERR_INPUT when it is no zstd file, is cut, or is over the limit. */
enum err_code unpack_read(struct unpack *unpack, char *to, size_t room, size_t *ret_got, struct err *err);

#endif
