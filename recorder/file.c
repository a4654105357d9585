#include "recorder/file.h"

#include "engine/base/crc32c.h"
#include "recorder/seal/seal_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Method: every byte that leaves goes through a digest, so that size, lines and both
   digests are known at the close without reading back. A short write is taken up
   where it stopped, EINTR is no error, and the first failure sticks: the file then
   ends in the middle of a line, and more must not be put behind that. */

void file_digest_begin(struct file_digesting *digesting)
{
    digesting->digest = (struct file_digest){0};
    crypto_hash_sha256_init(&digesting->sha256);
}

void file_digest_add(struct file_digesting *digesting, struct slice text)
{
    struct file_digest *digest = &digesting->digest;
    if (text.len == 0)
        return;
    crypto_hash_sha256_update(&digesting->sha256, (const unsigned char *)text.ptr, text.len);
    digest->crc32c = crc32c(digest->crc32c, text);
    digest->size_bytes += text.len;
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        digest->lines++;
        at++;
    }
}

void file_digest_end(struct file_digesting *digesting, struct file_digest *ret_digest)
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&digesting->sha256, bytes);
    sodium_bin2hex(digesting->digest.sha256, sizeof digesting->digest.sha256, bytes, sizeof bytes);
    *ret_digest = digesting->digest;
}

void file_digest_text(struct slice text, struct file_digest *ret_digest)
{
    struct file_digesting digesting;
    file_digest_begin(&digesting);
    file_digest_add(&digesting, text);
    file_digest_end(&digesting, ret_digest);
}

static enum err_code fail_env(struct err *err, const char *name, const char *verb)
{
    int cause = errno;
    return err_set(err, ERR_ENV, "%s: cannot %s: %s", name, verb, strerror(cause));
}

static void out_file_init(struct out_file *file, const char *name, size_t pending_max)
{
    *file = (struct out_file){.fd = -1};
    ASSERT(text_format(file->name, sizeof file->name, "%s", name));
    str_init(&file->pending, pending_max);
    file_digest_begin(&file->digesting);
}

enum err_code out_file_open(struct out_file *file, int dir_fd, const char *name, size_t pending_max, struct err *err)
{
    out_file_init(file, name, pending_max);
    file->fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return file->fd < 0 ? fail_env(err, name, "create") : ERR_OK;
}

enum err_code out_file_open_sealed(struct out_file *file, struct seal_writer *sealed, const char *name, size_t pending_max,
                                   struct err *err)
{
    out_file_init(file, name, pending_max);
    TRY(seal_begin(sealed, name, SEAL_ZSTD, &file->member, err));
    file->sealed = sealed;
    return ERR_OK;
}

void out_file_add(struct out_file *file, struct slice text)
{
    str_add(&file->pending, text);
}

static enum err_code write_all(int fd, const char *name, struct slice text, struct err *err)
{
    while (text.len) {
        ssize_t written = write(fd, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_env(err, name, "write");
        text.ptr += written;
        text.len -= (size_t)written;
    }
    return ERR_OK;
}

static enum err_code write_member(struct out_file *file, struct slice text, struct err *err)
{
    enum err_code code = seal_add(file->sealed, file->member, text, err);
    if (code == ERR_OK)
        code = seal_flush(file->sealed, file->member, err);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "%s", file->name);
}

enum err_code out_file_flush(struct out_file *file, struct err *err)
{
    if (str_full(&file->pending))
        return err_set(err, ERR_ENV, "%s: cannot write: a line is over %zu MiB, or there is no memory for it",
                       file->name, file->pending.max >> 20);
    struct slice text = str_slice(&file->pending);
    if (file->failed)
        return err_set(err, ERR_ENV, "%s: cannot write: an earlier write failed", file->name);
    if (text.len == 0)
        return ERR_OK;
    enum err_code code = file->sealed ? write_member(file, text, err) : write_all(file->fd, file->name, text, err);
    file->failed = code != ERR_OK;
    if (file->failed)
        return code;
    file_digest_add(&file->digesting, text);
    str_clear(&file->pending);
    return ERR_OK;
}

enum err_code out_file_sync(struct out_file *file, struct err *err)
{
    TRY(out_file_flush(file, err));
    return fdatasync(file->fd) == 0 ? ERR_OK : fail_env(err, file->name, "sync");
}

void out_file_abandon(struct out_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->sealed = NULL;
    str_fini(&file->pending);
}

enum err_code out_file_close(struct out_file *file, struct file_digest *ret_digest, struct err *err)
{
    enum err_code code = out_file_flush(file, err);
    if (file->sealed && code == ERR_OK)
        code = seal_finish(file->sealed, file->member, err);
    if (!file->sealed && close(file->fd) != 0 && code == ERR_OK)
        code = fail_env(err, file->name, "close");
    file->fd = -1;
    out_file_abandon(file);
    if (code == ERR_OK)
        file_digest_end(&file->digesting, ret_digest);
    return code;
}

enum err_code file_create(int dir_fd, const char *name, struct slice text, struct file_digest *ret_digest,
                          struct err *err)
{
    struct out_file file;
    TRY(out_file_open(&file, dir_fd, name, SIZE_MAX / 2, err));
    out_file_add(&file, text);
    return out_file_close(&file, ret_digest, err);
}

enum err_code file_replace(int dir_fd, const char *name, struct slice text, struct err *err)
{
    char neighbour[96];
    struct file_digest digest;
    ASSERT(text_format(neighbour, sizeof neighbour, "%s" FILE_NEIGHBOUR_SUFFIX, name));
    (void)unlinkat(dir_fd, neighbour, 0);
    TRY(file_create(dir_fd, neighbour, text, &digest, err));
    if (renameat(dir_fd, neighbour, dir_fd, name) != 0)
        return fail_env(err, name, "put in place");
    return ERR_OK;
}

/* Why an open failed, in words that tell a missing file from a link to nowhere. */
static enum err_code fail_open(struct err *err, int dir_fd, const char *name)
{
    int cause = errno;
    struct stat status;
    bool link = fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    if (cause == ENOENT && link)
        return err_set(err, ERR_INPUT, "%s: is a link to a file that does not exist", name);
    if (cause == ENOENT)
        return err_set(err, ERR_INPUT, "%s: is missing", name);
    if (cause == ELOOP)
        return err_set(err, ERR_INPUT, "%s: is a link that leads back to itself", name);
    if (cause == ENXIO)
        return err_set(err, ERR_INPUT, "%s: is a socket or a device without a driver, not a file", name);
    if (cause == EACCES)
        return err_set(err, ERR_INPUT, "%s: may not be read by this user", name);
    return err_set(err, ERR_ENV, "%s: cannot open: %s", name, strerror(cause));
}

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

enum err_code file_open(int dir_fd, const char *name, uint64_t max, int *ret_fd, uint64_t *ret_size, struct err *err)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_open(err, dir_fd, name);
    struct stat status;
    enum err_code code = ERR_OK;
    if (fstat(fd, &status) != 0)
        code = fail_env(err, name, "look at");
    else if (!S_ISREG(status.st_mode))
        code = err_set(err, ERR_INPUT, "%s: is %s, not a regular file", name, kind_of(status.st_mode));
    else if ((uint64_t)status.st_size > max)
        code = err_set(err, ERR_INPUT, "%s: has %lld bytes, over the limit of %llu", name, (long long)status.st_size,
                       (unsigned long long)max);
    if (code != ERR_OK) {
        close(fd);
        return code;
    }
    *ret_fd = fd;
    *ret_size = (uint64_t)status.st_size;
    return ERR_OK;
}

bool file_exists(int dir_fd, const char *name)
{
    struct stat status;
    return fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

enum err_code file_read_at(int fd, const char *name, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    for (size_t have = 0; have < count;) {
        ssize_t got = pread(fd, ret_bytes + have, count - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_env(err, name, "read");
        if (got == 0)
            return err_set(err, ERR_INPUT, "%s: became shorter while it was read", name);
        have += (size_t)got;
    }
    return ERR_OK;
}
