#include "engine/cli/check/found.h"

#include "engine/base/str.h"
#include "recorder/recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a session packs into, about: only the order of the replays rests on it. */
#define PACKED_TIMES 12
#define FOUND_SEALED_SUFFIX ".rvt"

static uint64_t size_of(int dir_fd, const char *name)
{
    struct stat info;
    return fstatat(dir_fd, name, &info, 0) == 0 ? (uint64_t)info.st_size : 0;
}

static bool is_there(int dir_fd, const char *name)
{
    struct stat info;
    return fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_recording(int dir_fd)
{
    return is_there(dir_fd, RECORDING_MANIFEST) || is_there(dir_fd, RECORDING_SESSION) || is_there(dir_fd, RECORDING_SESSION_PACKED);
}

/* fd: of the directory, or of the sealed file. */
static enum err_code keep(struct found *found, int fd, const char *name, struct err *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return err_set(err, ERR_ENV, "%s: cannot be looked at: %s", name, strerror(errno));
    if (found->count == FOUND_MAX)
        return err_set(err, ERR_INPUT, "check: over the limit: more than %d recordings", FOUND_MAX);
    if (found->count == found->capacity) {
        size_t capacity = found->capacity ? found->capacity * 2 : 64;
        struct found_recording *grown = reallocarray(found->recordings, capacity, sizeof *grown);
        if (!grown)
            return err_set(err, ERR_ENV, "out of memory");
        found->recordings = grown;
        found->capacity = capacity;
    }
    uint64_t packed = size_of(fd, RECORDING_SESSION_PACKED), plain = size_of(fd, RECORDING_SESSION);
    if (S_ISREG(info.st_mode))
        packed = (uint64_t)info.st_size;
    struct found_recording recording = {.name = strdup(name), .size_bytes = plain ? plain : packed * PACKED_TIMES,
                                        .device = info.st_dev, .inode = info.st_ino};
    if (!recording.name)
        return err_set(err, ERR_ENV, "out of memory");
    found->recordings[found->count++] = recording;
    return ERR_OK;
}

static bool is_sealed_name(const char *name)
{
    size_t length = strlen(name), suffix = sizeof FOUND_SEALED_SUFFIX - 1;
    return length > suffix && strcmp(name + length - suffix, FOUND_SEALED_SUFFIX) == 0;
}

/* Takes the descriptor, of a file with that name. What is no sealed recording after all fails
   when it is replayed, and is not passed over. */
static enum err_code keep_sealed(struct found *found, int fd, const char *name, struct err *err)
{
    struct stat info;
    bool is_file = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    enum err_code code = is_file ? keep(found, fd, name, err) : ERR_OK;
    if (fd >= 0)
        (void)close(fd);
    return code;
}

static enum err_code look(struct found *found, int dir_fd, const char *name, int depth, struct err *err);

/* Takes the descriptor. */
static enum err_code look_inside(struct found *found, int dir_fd, const char *name, int depth, struct err *err)
{
    DIR *dir = fdopendir(dir_fd);
    enum err_code code = ERR_OK;
    if (!dir) {
        (void)close(dir_fd);
        return err_set(err, ERR_ENV, "%s: cannot be read: %s", name, strerror(errno));
    }
    for (struct dirent *entry; code == ERR_OK && (entry = readdir(dir));) {
        char path[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        bool is_sealed = is_sealed_name(entry->d_name);
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | (is_sealed ? 0 : O_DIRECTORY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && (errno == ENOTDIR || errno == ELOOP || errno == ENOENT))
            continue;
        if (!text_format(path, sizeof path, "%s%s%s", name, name[strlen(name) - 1] == '/' ? "" : "/", entry->d_name))
            code = err_set(err, ERR_INPUT, "%s: the path is too long", name);
        else if (fd < 0)
            code = err_set(err, ERR_ENV, "%s: cannot be read: %s", path, strerror(errno));
        if (code == ERR_OK)
            code = is_sealed ? keep_sealed(found, fd, path, err) : look(found, fd, path, depth + 1, err);
        else if (fd >= 0)
            (void)close(fd);
    }
    (void)closedir(dir);
    return code;
}

/* Takes the descriptor. */
static enum err_code look(struct found *found, int dir_fd, const char *name, int depth, struct err *err)
{
    enum err_code code;
    if (!is_recording(dir_fd) && depth < FOUND_DEPTH_MAX)
        return look_inside(found, dir_fd, name, depth, err);
    code = depth < FOUND_DEPTH_MAX ? keep(found, dir_fd, name, err)
                                   : err_set(err, ERR_INPUT, "%s: over the limit: more than %d directories deep", name, FOUND_DEPTH_MAX);
    (void)close(dir_fd);
    return code;
}

/* "./fixtures//" and "fixtures" are one name. */
static bool tidy(const char *path, char ret_name[PATH_MAX])
{
    size_t length = 0;
    while (path[0] == '.' && path[1] == '/')
        for (path++; path[0] == '/';)
            path++;
    for (; *path; path++)
        if (path[0] != '/' || (path[1] != '/' && (path[1] != '\0' || length == 0))) {
            if (length + 1 == PATH_MAX)
                return false;
            ret_name[length++] = *path;
        }
    if (length == 0)
        ret_name[length++] = '.';
    ret_name[length] = '\0';
    return true;
}

enum err_code found_add(struct found *found, const char *path, struct err *err)
{
    char name[PATH_MAX];
    if (!path[0])
        return err_set(err, ERR_USAGE, "check: an empty path names no directory");
    bool is_sealed = is_sealed_name(path);
    int fd = open(path, O_RDONLY | (is_sealed ? 0 : O_DIRECTORY) | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
        return err_set(err, ERR_INPUT, "%s: %s", path, errno == ENOENT ? "does not exist" : "is no directory");
    if (fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s", path, strerror(errno));
    if (tidy(path, name))
        return is_sealed ? keep_sealed(found, fd, name, err) : look(found, fd, name, 0, err);
    (void)close(fd);
    return err_set(err, ERR_INPUT, "%s: the path is too long", path);
}

static int by_name(const void *a, const void *b)
{
    const struct found_recording *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Of those that are one, the first by name stays: the order before this is by name. */
static bool is_kept(const struct found *found, size_t count, const struct found_recording *recording)
{
    for (size_t i = 0; i < count; i++)
        if (found->recordings[i].device == recording->device && found->recordings[i].inode == recording->inode)
            return true;
    return false;
}

void found_sort(struct found *found)
{
    size_t kept = 0;
    if (found->count)
        qsort(found->recordings, found->count, sizeof *found->recordings, by_name);
    for (size_t i = 0; i < found->count; i++)
        if (is_kept(found, kept, &found->recordings[i]))
            free(found->recordings[i].name);
        else
            found->recordings[kept++] = found->recordings[i];
    found->count = kept;
}

static uint32_t part_of(const char *name, uint32_t n)
{
    unsigned char digest[crypto_generichash_BYTES];
    uint64_t number = 0;
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)name, strlen(name), NULL, 0);
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | digest[i];
    return (uint32_t)(number % n) + 1;
}

void found_keep_shard(struct found *found, uint32_t i, uint32_t n)
{
    size_t kept = 0;
    for (size_t k = 0; k < found->count; k++)
        if (part_of(found->recordings[k].name, n) == i)
            found->recordings[kept++] = found->recordings[k];
        else
            free(found->recordings[k].name);
    found->count = kept;
}

void found_fini(struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        free(found->recordings[i].name);
    free(found->recordings);
    *found = (struct found){0};
}
