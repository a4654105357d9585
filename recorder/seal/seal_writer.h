/* Writes a sealed file (seal_format.h): members, one after the other or in turns, each
   compressed by a zstd stream of its own unless it is packed already. The file only grows.
   A flush brings what was added so far into the kernel, so that a killed writer leaves all
   of it to a salvage. Without seal_writer_close() the file has no end, and a reader says so. */
#ifndef RECORDER_SEAL_WRITER_H
#define RECORDER_SEAL_WRITER_H

#include "engine/base/str.h"
#include "recorder/seal/key.h"
#include "recorder/seal/seal_format.h"

struct seal_writer;

/* Members that may be begun and not finished at one time. */
#define SEAL_OPEN_MAX 8

/* Creates the file (mode 0600), which must not exist yet, sealed to `count` keys, 1 to
   SEAL_RECIPIENTS_MAX. path is relative to dir_fd. ret_writer is the caller's to close or
   abandon. ERR_ENV when the system failed, and so from all below. */
enum err_code seal_writer_open(int dir_fd, const char *path, enum seal_kind kind, const struct public_key *to,
                               size_t count, struct seal_writer **ret_writer, struct err *err);
/* Begins a member; name has at most SEAL_NAME_MAX bytes. ret_member is for the calls below. */
enum err_code seal_begin(struct seal_writer *writer, const char *name, enum seal_coding coding, uint32_t *ret_member,
                         struct err *err);
enum err_code seal_add(struct seal_writer *writer, uint32_t member, struct slice bytes, struct err *err);
enum err_code seal_flush(struct seal_writer *writer, uint32_t member, struct err *err);
enum err_code seal_finish(struct seal_writer *writer, uint32_t member, struct err *err);
/* A frame of another sealed file, as it stands there; all of them in order make the same file,
   and then no other call but close or abandon belongs between. Not for SEAL_END. */
enum err_code seal_copy_frame(struct seal_writer *writer, enum seal_frame type, uint32_t member, struct slice payload,
                              struct err *err);
/* A member in one call. */
enum err_code seal_whole(struct seal_writer *writer, const char *name, struct slice bytes, struct err *err);

/* Ends the file: on the disk when this returns ERR_OK. Every member is finished. Frees,
   whatever happens. */
enum err_code seal_writer_close(struct seal_writer *writer, struct err *err);
/* Leaves the file without its end. Frees; NULL is fine. */
void seal_writer_abandon(struct seal_writer *writer);

#endif
