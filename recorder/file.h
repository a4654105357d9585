/* Files of a recording, at both ends. An output is a file of a directory or a member of a
   sealed file; it is buffered, digested as it goes (SHA-256, CRC-32C, size, lines) and
   reaches the kernel at a flush; it is never
   synced: a recording survives the process, the journal survives the machine. An
   input is opened only if it is a regular file under a limit: a FIFO, a device, a
   directory or a link to nowhere is an error at once, never a wait. */
#ifndef RECORDER_FILE_H
#define RECORDER_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#define FILE_SHA256_TEXT 65
/* Sessions and logs are read as streams: their limit is one of sense, not of memory. */
#define FILE_STREAM_MAX ((uint64_t)64 << 30)

/* What is known of a finished file. */
struct file_digest {
    uint64_t size_bytes;
    uint64_t lines;
    uint32_t crc32c;
    char sha256[FILE_SHA256_TEXT]; /* hex, NUL-ended */
};

/* A digest in the making. */
struct file_digesting {
    struct file_digest digest;
    crypto_hash_sha256_state sha256;
};

void file_digest_begin(struct file_digesting *digesting);
void file_digest_add(struct file_digesting *digesting, struct slice text);
void file_digest_end(struct file_digesting *digesting, struct file_digest *ret_digest);
void file_digest_text(struct slice text, struct file_digest *ret_digest);

struct seal_writer;

struct out_file {
    int fd; /* owned; -1 = not open, or a member */
    struct seal_writer *sealed; /* borrowed; NULL = it is a file of its own */
    uint32_t member;            /* in sealed */
    char name[80];
    struct str pending; /* whole lines, not yet in the kernel */
    bool failed;        /* a write failed: nothing more is written */
    struct file_digesting digesting;
};

/* Creates the file (mode 0600), which must not exist yet. pending_max bounds what
   stands between two flushes. */
enum err_code out_file_open(struct out_file *file, int dir_fd, const char *name, size_t pending_max, struct err *err);
/* Begins a member of the sealed file, which must outlive it. A close finishes the member, an
   abandon leaves it without its end. */
enum err_code out_file_open_sealed(struct out_file *file, struct seal_writer *sealed, const char *name, size_t pending_max,
                                   struct err *err);
/* Appends text; it may wait in memory until the flush. */
void out_file_add(struct out_file *file, struct slice text);
/* All that was added is in the kernel when this returns ERR_OK; ERR_ENV otherwise. */
enum err_code out_file_flush(struct out_file *file, struct err *err);
/* What was flushed is on the disk when this returns ERR_OK. Not for a member. */
enum err_code out_file_sync(struct out_file *file, struct err *err);
/* Flushes, closes and tells the digest. The file is closed whatever happens. */
enum err_code out_file_close(struct out_file *file, struct file_digest *ret_digest, struct err *err);
/* Closes without a flush; harmless on a file that is not open. */
void out_file_abandon(struct out_file *file);

/* A whole small file, in one call. */
enum err_code file_create(int dir_fd, const char *name, struct slice text, struct file_digest *ret_digest,
                          struct err *err);
/* The same by a neighbour and a rename: name holds the old text or the new, never a part. */
#define FILE_NEIGHBOUR_SUFFIX ".new"
enum err_code file_replace(int dir_fd, const char *name, struct slice text, struct err *err);

/* Opens for reading; ERR_INPUT with the cause when it is no regular file or larger
   than max. ret_fd is the caller's to close. */
enum err_code file_open(int dir_fd, const char *name, uint64_t max, int *ret_fd, uint64_t *ret_size, struct err *err);
bool file_exists(int dir_fd, const char *name);
/* Exactly `count` bytes from `offset`, or an error: ERR_INPUT when the file is shorter. */
enum err_code file_read_at(int fd, const char *name, uint64_t offset, char *ret_bytes, size_t count, struct err *err);

#endif
