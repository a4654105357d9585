#include "recorder/store.h"

#include "engine/base/crc32c.h"
#include "recorder/seal/seal_walk.h"
#include "recorder/seal/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct key_ring *keys_in_use;

void store_use_keys(const struct key_ring *keys)
{
    keys_in_use = keys;
}

const struct key_ring *store_keys(void)
{
    return keys_in_use;
}

struct store store_of_directory(int dir_fd)
{
    return (struct store){.dir_fd = dir_fd};
}

bool store_is_sealed(int fd)
{
    unsigned char front[SEAL_MAGIC_BYTES];
    ssize_t got = pread(fd, front, sizeof front, 0);
    return got > 0 && seal_is_magic(front, (size_t)got);
}

bool store_path_is_sealed(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool is_sealed = fd >= 0 && store_is_sealed(fd);
    if (fd >= 0)
        close(fd);
    return is_sealed;
}

enum err_code store_of_sealed(int fd, struct store *ret_store, struct err *err)
{
    *ret_store = (struct store){.dir_fd = -1};
    return sealed_open(fd, SEAL_RECORDING, keys_in_use, &ret_store->sealed, NULL, err);
}

void store_close(struct store *store)
{
    if (store->dir_fd >= 0)
        close(store->dir_fd);
    store->dir_fd = -1;
    sealed_close(store->sealed);
    store->sealed = NULL;
}

bool store_has(const struct store *store, const char *name)
{
    return store->sealed ? sealed_has(store->sealed, name) : file_exists(store->dir_fd, name);
}

static enum err_code open_stream(const struct store *store, const char *name, uint64_t max, struct store_file *file,
                                 uint64_t *ret_size, struct err *err)
{
    uint64_t size = 0;
    if (sealed_stream_open(store->sealed, name, &file->stream, &size, err) != ERR_OK)
        return err_wrap(err, "%s", name);
    if (size > max)
        return err_set(err, ERR_INPUT, "%s: has %llu bytes, over the limit of %llu", name, (unsigned long long)size,
                       (unsigned long long)max);
    *ret_size = size;
    return ERR_OK;
}

enum err_code store_open(const struct store *store, const char *name, uint64_t max, struct store_file *ret_file,
                         uint64_t *ret_size, struct err *err)
{
    *ret_file = (struct store_file){.fd = -1, .name = name};
    if (store->sealed)
        return open_stream(store, name, max, ret_file, ret_size, err);
    return file_open(store->dir_fd, name, max, &ret_file->fd, ret_size, err);
}

enum err_code store_file_read(struct store_file *file, char *to, size_t room, size_t *ret_got, struct err *err)
{
    ssize_t got;
    if (file->stream)
        return sealed_stream_read(file->stream, to, room, ret_got, err) == ERR_OK ? ERR_OK : err_wrap(err, "%s", file->name);
    do
        got = read(file->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_ENV, "%s: cannot read: %s", file->name, strerror(errno));
    *ret_got = (size_t)got;
    return ERR_OK;
}

/* A stream is read to get past it. */
static enum err_code pass_stream(struct store_file *file, uint64_t count, struct err *err)
{
    char passed[4096];
    for (size_t got = 1; count && got; count -= got)
        TRY(store_file_read(file, passed, count < sizeof passed ? (size_t)count : sizeof passed, &got, err));
    return ERR_OK;
}

enum err_code store_file_pass(struct store_file *file, uint64_t count, struct err *err)
{
    if (file->stream)
        return pass_stream(file, count, err);
    if (count && lseek(file->fd, (off_t)count, SEEK_CUR) < 0)
        return err_set(err, ERR_ENV, "%s: cannot seek: %s", file->name, strerror(errno));
    return ERR_OK;
}

void store_file_close(struct store_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    sealed_stream_close(file->stream);
    file->stream = NULL;
}

static enum err_code each_entry(DIR *dir, const char *folder,
                                enum err_code (*meet)(void *ctx, const char *path, struct err *err), void *ctx, struct err *err)
{
    char path[512];
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            return err_set(err, ERR_ENV, "%s: cannot be listed to its end: %s", folder, strerror(errno));
        if (!entry)
            return ERR_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ASSERT(text_format(path, sizeof path, "%s/%s", folder, entry->d_name));
        TRY(meet(ctx, path, err));
    }
}

static enum err_code each_member(const struct sealed *sealed, const char *folder,
                                 enum err_code (*meet)(void *ctx, const char *path, struct err *err), void *ctx, struct err *err)
{
    size_t length = strlen(folder);
    for (size_t i = 0; i < sealed_count(sealed); i++) {
        const char *path = sealed_name(sealed, i);
        if (strncmp(path, folder, length) == 0 && path[length] == '/')
            TRY(meet(ctx, path, err));
    }
    return ERR_OK;
}

enum err_code store_each(const struct store *store, const char *folder,
                         enum err_code (*meet)(void *ctx, const char *path, struct err *err), void *ctx, struct err *err)
{
    if (store->sealed)
        return each_member(store->sealed, folder, meet, ctx, err);
    int fd = openat(store->dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int cause = errno;
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_INPUT, "%s: cannot be listed: %s", folder, strerror(cause));
    }
    enum err_code code = each_entry(dir, folder, meet, ctx, err);
    closedir(dir);
    return code;
}

/* Hands the file's pieces to `take` until its end. */
static enum err_code read_pieces(struct store_file *file, bool (*take)(void *, struct slice), void *taker,
                                 struct err *err)
{
    static _Thread_local char piece[64 * 1024];
    enum err_code code = ERR_OK;
    for (size_t got = 1; code == ERR_OK && got;) {
        code = store_file_read(file, piece, sizeof piece, &got, err);
        if (code == ERR_OK && got && !take(taker, (struct slice){piece, got}))
            code = err_set(err, ERR_INPUT, "%s: grows past its limit while it is read", file->name);
    }
    if (file->stream)
        sodium_memzero(piece, sizeof piece);
    return code;
}

static enum err_code read_whole(const struct store *store, const char *name, uint64_t max, uint64_t *ret_size,
                                bool (*take)(void *, struct slice), void *taker, struct err *err)
{
    struct store_file file;
    enum err_code code = store_open(store, name, max, &file, ret_size, err);
    if (code == ERR_OK)
        code = read_pieces(&file, take, taker, err);
    store_file_close(&file);
    return code;
}

static bool take_into_str(void *out, struct slice piece)
{
    str_add(out, piece);
    return !str_full(out);
}

enum err_code store_read(const struct store *store, const char *name, struct str *out, struct err *err)
{
    uint64_t size = 0;
    return read_whole(store, name, out->max, &size, take_into_str, out, err);
}

static bool take_into_digest(void *digesting, struct slice piece)
{
    file_digest_add(digesting, piece);
    return true;
}

enum err_code store_digest(const struct store *store, const char *name, struct file_digest *ret_digest, struct err *err)
{
    struct file_digesting digesting;
    uint64_t size = 0;
    file_digest_begin(&digesting);
    TRY(read_whole(store, name, UINT64_MAX, &size, take_into_digest, &digesting, err));
    file_digest_end(&digesting, ret_digest);
    return ERR_OK;
}

static bool take_into_crc(void *crc, struct slice piece)
{
    *(uint32_t *)crc = crc32c(*(uint32_t *)crc, piece);
    return true;
}

enum err_code store_file_crc32c(struct store_file *file, uint32_t *ret_crc, struct err *err)
{
    *ret_crc = 0;
    return read_pieces(file, take_into_crc, ret_crc, err);
}

enum err_code store_crc32c(const struct store *store, const char *name, uint64_t *ret_size, uint32_t *ret_crc,
                           struct err *err)
{
    uint32_t crc = 0;
    TRY(read_whole(store, name, FILE_STREAM_MAX, ret_size, take_into_crc, &crc, err));
    *ret_crc = crc;
    return ERR_OK;
}
