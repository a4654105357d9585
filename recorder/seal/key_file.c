#include "recorder/seal/key_file.h"

#include "recorder/seal/neighbour.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Method: what is checked is the file that is open, not the path, so nothing can be put in
   its place between the check and the reading. The text goes through one locked buffer. */

static enum err_code fail_open(const char *path, struct err *err)
{
    int cause = errno;
    if (cause == ENOENT || cause == ENOTDIR)
        return err_set(err, ERR_INTEGRITY, "key %s: is missing: name another, or make one with `revisit key new`", path);
    if (cause == ELOOP)
        return err_set(err, ERR_INTEGRITY, "key %s: is a link: name the file that it leads to", path);
    if (cause == EACCES)
        return err_set(err, ERR_INTEGRITY, "key %s: may not be read by this user: it belongs to another", path);
    if (cause == ENXIO || cause == ENAMETOOLONG)
        return err_set(err, ERR_INTEGRITY, "key %s: is no file", path);
    return err_set(err, ERR_ENV, "key %s: cannot open: %s", path, strerror(cause));
}

static enum err_code check_secret(const char *path, const struct stat *status, enum key_place place, struct err *err)
{
    unsigned mode = status->st_mode & 07777, others = place == KEY_CREDENTIAL ? 0007u : 0077u;
    bool is_ours = status->st_uid == geteuid() || (place == KEY_CREDENTIAL && status->st_uid == 0);
    if (!is_ours)
        return err_set(err, ERR_INTEGRITY, "key %s: belongs to another user (%u): chown it to the one who runs this", path, (unsigned)status->st_uid);
    if (mode & others)
        return err_set(err, ERR_INTEGRITY, "key %s: others may read or write it (mode %04o): chmod 600 it, and rotate it if they may have", path, mode);
    if (status->st_nlink > 1)
        return err_set(err, ERR_INTEGRITY, "key %s: has %lu names (hard links): copy it and remove the others", path, (unsigned long)status->st_nlink);
    return ERR_OK;
}

static enum err_code check_public(const char *path, const struct stat *status, struct err *err)
{
    unsigned mode = status->st_mode & 07777;
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return err_set(err, ERR_INTEGRITY, "key %s: belongs to another user (%u): compare its id with the secret key's, then chown it", path, (unsigned)status->st_uid);
    if (mode & 0022)
        return err_set(err, ERR_INTEGRITY, "key %s: others may replace it (mode %04o): compare its id with the secret key's, then chmod 644 it", path, mode);
    return ERR_OK;
}

static enum err_code check_size(const char *path, const struct stat *status, struct err *err)
{
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_INTEGRITY, "key %s: is no file", path);
    if (status->st_size == 0 || status->st_size > KEY_FILE_MAX)
        return err_set(err, ERR_INTEGRITY, "key %s: has %lld bytes, which no key file has: take the key from its backup", path, (long long)status->st_size);
    return ERR_OK;
}

/* Up to KEY_FILE_MAX bytes into the caller's buffer. */
static enum err_code read_text(int fd, const char *path, char *to, size_t *ret_size, struct err *err)
{
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, to + have, KEY_FILE_MAX - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_ENV, "key %s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    *ret_size = have;
    return ERR_OK;
}

static enum err_code open_key(const char *path, int *ret_fd, struct stat *ret_status, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_open(path, err);
    enum err_code code = fstat(fd, ret_status) == 0 ? check_size(path, ret_status, err)
                                                    : err_set(err, ERR_ENV, "key %s: cannot look at it: %s", path, strerror(errno));
    if (code == ERR_OK)
        *ret_fd = fd;
    else
        close(fd);
    return code;
}

static enum err_code read_ring(int fd, const char *path, struct key_ring *ring, struct err *err)
{
    size_t size = 0;
    char *text = sodium_malloc(KEY_FILE_MAX);
    if (!text)
        return err_set(err, ERR_ENV, "key %s: there is no memory that can be guarded", path);
    enum err_code code = read_text(fd, path, text, &size, err);
    if (code == ERR_OK && key_ring_parse((struct slice){text, size}, ring, err) != ERR_OK)
        code = err_wrap(err, "key %s", path);
    sodium_free(text);
    return code;
}

enum err_code key_file_read(const char *path, enum key_place place, struct key_ring **ret_ring, struct err *err)
{
    int fd = -1;
    struct stat status;
    TRY(open_key(path, &fd, &status, err));
    struct key_ring *ring = key_ring_new();
    enum err_code code = ring ? check_secret(path, &status, place, err)
                              : err_set(err, ERR_ENV, "key %s: there is no memory that can be guarded", path);
    if (code == ERR_OK)
        code = read_ring(fd, path, ring, err);
    close(fd);
    if (code == ERR_OK)
        *ret_ring = ring;
    else
        key_ring_free(ring);
    return code;
}

enum err_code public_key_file_read(const char *path, struct public_key *ret_key, struct err *err)
{
    char text[KEY_FILE_MAX];
    size_t size = 0;
    int fd = -1;
    struct stat status;
    TRY(open_key(path, &fd, &status, err));
    enum err_code code = check_public(path, &status, err);
    if (code == ERR_OK)
        code = read_text(fd, path, text, &size, err);
    close(fd);
    if (code == ERR_OK && public_key_parse((struct slice){text, size}, ret_key, err) != ERR_OK)
        code = err_wrap(err, "key %s", path);
    sodium_memzero(text, sizeof text); /* somebody may have named a secret key */
    return code;
}

enum err_code key_file_lock(const char *path, int *ret_fd, struct err *err)
{
    int fd = -1;
    struct stat locked, now;
    TRY(open_key(path, &fd, &locked, err));
    bool is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    /* who held it may have put another file in its place */
    if (is_free && stat(path, &now) == 0 && now.st_ino == locked.st_ino && now.st_dev == locked.st_dev) {
        *ret_fd = fd;
        return ERR_OK;
    }
    close(fd);
    return err_set(err, ERR_ENV, "key %s: is being rotated by another process: wait for that one", path);
}

static bool write_text(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        size -= (size_t)written;
    }
    return fsync(fd) == 0;
}

static enum err_code name_public(const char *path, char ret_path[KEY_PATH_MAX], struct err *err)
{
    if (text_format(ret_path, KEY_PATH_MAX, "%s" KEY_PUBLIC_SUFFIX, path))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "key %.60s...: its path is too long", path);
}

/* A new file of that mode, whatever the umask; on the disk when this returns ERR_OK. */
static enum err_code create_open(const char *path, mode_t mode, const char *text, size_t size, int *ret_fd, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_USAGE, "key %s: is there already, and is not replaced: name a new file", path);
    if (fd < 0)
        return err_set(err, ERR_ENV, "key %s: cannot create: %s", path, strerror(errno));
    if (write_text(fd, text, size) && fchmod(fd, mode) == 0) {
        *ret_fd = fd;
        return ERR_OK;
    }
    int cause = errno;
    close(fd);
    (void)unlink(path);
    return err_set(err, ERR_ENV, "key %s: cannot write: %s", path, strerror(cause));
}

/* The new file is locked before it has the name, so there is no moment in which another could
   lock it; lock NULL: it needs none. */
static enum err_code replace(const char *path, mode_t mode, const char *text, size_t size, int *lock, struct err *err)
{
    char beside[KEY_PATH_MAX];
    int fd = -1;
    if (!neighbour_name(path, beside, sizeof beside))
        return err_set(err, ERR_USAGE, "key %.60s...: its path is too long", path);
    TRY(create_open(beside, mode, text, size, &fd, err));
    if ((lock && flock(fd, LOCK_EX | LOCK_NB) != 0) || rename(beside, path) != 0) {
        int cause = errno;
        close(fd);
        (void)unlink(beside); /* it may hold the secret */
        return err_set(err, ERR_ENV, "key %s: cannot be put in place: %s", path, strerror(cause));
    }
    neighbour_sync(path);
    close(lock ? *lock : fd);
    if (lock)
        *lock = fd;
    return ERR_OK;
}

static enum err_code create(const char *path, mode_t mode, const char *text, size_t size, int *lock, struct err *err)
{
    int fd = -1;
    (void)lock; /* a file that is new is nobody's yet */
    TRY(create_open(path, mode, text, size, &fd, err));
    close(fd);
    return ERR_OK;
}

typedef enum err_code put_file(const char *path, mode_t mode, const char *text, size_t size, int *lock, struct err *err);

/* Both halves by `put`, the secret one first. */
static enum err_code put_both(const char *path, const struct key_ring *ring, put_file *put, int *lock, struct err *err)
{
    char public_path[KEY_PATH_MAX], public_text[512];
    TRY(name_public(path, public_path, err));
    char *text = sodium_malloc(KEY_FILE_MAX);
    if (!text)
        return err_set(err, ERR_ENV, "key %s: there is no memory that can be guarded", path);
    enum err_code code = put(path, 0600, text, key_ring_format(ring, text), lock, err);
    sodium_free(text);
    TRY(code);
    code = put(public_path, 0644, public_text, public_key_format(&ring->pairs[0].half, public_text), NULL, err);
    if (code != ERR_OK && put == create)
        (void)unlink(path);
    return code;
}

enum err_code key_file_create(const char *path, const struct key_ring *ring, struct err *err)
{
    char public_path[KEY_PATH_MAX];
    TRY(name_public(path, public_path, err));
    if (access(public_path, F_OK) == 0)
        return err_set(err, ERR_USAGE, "key %s: is there already, and is not replaced: name a new file", public_path);
    TRY(put_both(path, ring, create, NULL, err));
    neighbour_sync(path);
    return ERR_OK;
}

enum err_code key_file_replace(const char *path, const struct key_ring *ring, int *lock, struct err *err)
{
    return put_both(path, ring, replace, lock, err);
}
