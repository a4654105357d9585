/* A directory is locked just after it is made, so a sweeper may come between. Then
   either the sweeper has the lock, or the directory is gone when we have it (no
   links left); in both cases we make another. Removal reads directories with
   getdents64 into a buffer on the stack instead of opendir, so that the second
   signal's handler may call it. Entries removed while reading may hide others
   on some file systems: passes are repeated until the directory itself goes. */
#include "engine/live/private_dir.h"

#include "engine/base/str.h"
#include "engine/live/survivors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "revisit-browser-"
#define MAKE_TRIES 8
#define REMOVE_TRIES 40
#define REMOVE_PAUSE_MS 50
#define DEPTH_MAX 32

static const char *const parts[] = {"home", "profile", "tmp", "run"};

static bool is_usable_base(const char *path)
{
    struct stat status;
    return path && path[0] == '/' && strlen(path) + sizeof PREFIX + 6 < PRIVATE_DIR_PATH_MAX &&
           stat(path, &status) == 0 && S_ISDIR(status.st_mode) && access(path, W_OK | X_OK) == 0;
}

enum base { BASE_RUNTIME, BASE_TEMPORARY, BASE_LAST, BASE_COUNT };

/* NULL where it is not usable; in order of preference. */
static const char *base_path(enum base base)
{
    const char *path = "/tmp";
    if (base != BASE_LAST)
        path = getenv(base == BASE_RUNTIME ? "XDG_RUNTIME_DIR" : "TMPDIR");
    return is_usable_base(path) ? path : NULL;
}

static const char *best_base_path(void)
{
    for (enum base base = 0; base < BASE_LAST; base++)
        if (base_path(base))
            return base_path(base);
    return "/tmp";
}

/* Locks the directory at path; EAGAIN when a sweeper was faster. */
static int lock_directory(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? EAGAIN : errno;
    struct stat status;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &status) != 0 || status.st_nlink == 0) {
        close(fd);
        return EAGAIN;
    }
    *ret_fd = fd;
    return 0;
}

static int make_parts(int fd)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (mkdirat(fd, parts[i], 0700) != 0)
            return errno;
    return 0;
}

static int make_once(const char *base, struct private_dir *dir)
{
    if (!text_format(dir->path, sizeof dir->path, "%s/" PREFIX "XXXXXX", base))
        return ENAMETOOLONG;
    if (!mkdtemp(dir->path))
        return errno;
    int error = lock_directory(dir->path, &dir->fd);
    if (error) {
        if (error != EAGAIN)
            rmdir(dir->path);
        return error;
    }
    error = make_parts(dir->fd);
    if (error)
        private_dir_remove(dir);
    return error;
}

int private_dir_make(struct private_dir *ret_dir)
{
    const char *base = best_base_path();
    int error = EAGAIN;
    for (int i = 0; i < MAKE_TRIES && error == EAGAIN; i++) {
        *ret_dir = (struct private_dir){.fd = -1};
        error = make_once(base, ret_dir);
    }
    return error;
}

static void remove_contents(int dir_fd, int depth);

static void remove_entry(int dir_fd, const char *name, int depth)
{
    if (unlinkat(dir_fd, name, 0) == 0 || (errno != EISDIR && errno != EPERM) || depth == DEPTH_MAX)
        return;
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        remove_contents(fd, depth + 1);
        close(fd);
    }
    unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static void remove_contents(int dir_fd, int depth)
{
    _Alignas(struct dirent64) char buffer[2048];
    lseek(dir_fd, 0, SEEK_SET);
    for (;;) {
        ssize_t size = getdents64(dir_fd, buffer, sizeof buffer);
        if (size <= 0)
            return;
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(buffer + at);
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                remove_entry(dir_fd, entry->d_name, depth);
            at += entry->d_reclen;
        }
    }
}

bool private_dir_remove(struct private_dir *dir)
{
    if (dir->fd < 0)
        return true;
    bool is_gone = false;
    for (int i = 0; i < REMOVE_TRIES && !is_gone; i++) {
        if (i > 1)
            nanosleep(&(struct timespec){.tv_nsec = REMOVE_PAUSE_MS * 1000000L}, NULL);
        remove_contents(dir->fd, 0);
        is_gone = rmdir(dir->path) == 0 || errno == ENOENT;
    }
    close(dir->fd);
    dir->fd = -1;
    return is_gone;
}

static void sweep_entry(int base_fd, const char *base, const char *name)
{
    struct stat status;
    if (fstatat(base_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid())
        return;
    struct private_dir dir = {.fd = -1};
    if (!text_format(dir.path, sizeof dir.path, "%s/%s", base, name))
        return;
    if (lock_directory(dir.path, &dir.fd) != 0)
        return;
    survivors_kill(dir.path);
    private_dir_remove(&dir);
}

static void sweep_base(const char *base)
{
    DIR *listing = opendir(base);
    if (!listing)
        return;
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) == 0)
            sweep_entry(dirfd(listing), base, entry->d_name);
    closedir(listing);
}

void private_dir_sweep(void)
{
    for (enum base base = 0; base < BASE_COUNT; base++)
        if (base_path(base))
            sweep_base(base_path(base));
}
