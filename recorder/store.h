/* Where the files of a recording are read from. What reads one asks the store for it by
   name and gets its bytes from the front on, whether the store is a directory or
   one sealed file (seal/sealed.h), of which nothing is decrypted but what is read, and that
   never to a file. A file that cannot be had is told by its name: ERR_INPUT when it is
   missing, no regular file or over its limit, ERR_INTEGRITY when it was sealed and is
   damaged, ERR_ENV when the system failed. */
#ifndef RECORDER_STORE_H
#define RECORDER_STORE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "recorder/file.h"

#include <stdbool.h>
#include <stdint.h>

struct key_ring;
struct sealed;
struct sealed_stream;

struct store {
    int dir_fd; /* the directory; owned, or AT_FDCWD: names are paths; -1 = it is a sealed file */
    struct sealed *sealed; /* owned; NULL = it is a directory */
};

/* The keys that open sealed files, from now on, in this process; borrowed. A secret is of the
   process, like its user: it is named once, by who runs it, and not by each part in between. */
void store_use_keys(const struct key_ring *keys);
const struct key_ring *store_keys(void); /* NULL = none */

/* dir_fd is taken over. */
struct store store_of_directory(int dir_fd);
/* Whether the open file looks like a sealed one. */
bool store_is_sealed(int fd);
bool store_path_is_sealed(const char *path);
/* fd is taken over, also when this fails; errors as sealed_open(), for a recording. */
enum err_code store_of_sealed(int fd, struct store *ret_store, struct err *err);
void store_close(struct store *store);
bool store_has(const struct store *store, const char *name);

/* One file, open for reading. Zeroed with fd -1 it is closed. */
struct store_file {
    int fd;                       /* owned; -1 = none */
    struct sealed_stream *stream; /* owned; of a sealed store */
    const char *name; /* for messages; borrowed */
};

/* ret_size: of the file as it is now. The caller closes ret_file, also when this fails. */
enum err_code store_open(const struct store *store, const char *name, uint64_t max, struct store_file *ret_file,
                         uint64_t *ret_size, struct err *err);
/* Up to `room` bytes; ret_got 0 is the end. */
enum err_code store_file_read(struct store_file *file, char *to, size_t room, size_t *ret_got, struct err *err);
/* Goes `count` bytes on from where it is. */
enum err_code store_file_pass(struct store_file *file, uint64_t count, struct err *err);
/* The CRC-32C of what is left of it. */
enum err_code store_file_crc32c(struct store_file *file, uint32_t *ret_crc, struct err *err);
void store_file_close(struct store_file *file);

/* Calls for every file of a folder of the store, in no order, with its path ("bodies/...");
   the first error ends it. */
enum err_code store_each(const struct store *store, const char *folder,
                         enum err_code (*meet)(void *ctx, const char *path, struct err *err), void *ctx, struct err *err);

/* Reads a whole file into out, whose ceiling is the limit. */
enum err_code store_read(const struct store *store, const char *name, struct str *out, struct err *err);
/* Reads the file once, in pieces, for its digest. */
enum err_code store_digest(const struct store *store, const char *name, struct file_digest *ret_digest, struct err *err);
/* The same for its size and CRC-32C alone. */
enum err_code store_crc32c(const struct store *store, const char *name, uint64_t *ret_size, uint32_t *ret_crc,
                           struct err *err);

#endif
