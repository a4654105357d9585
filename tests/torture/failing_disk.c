/* Preloaded into a program: the files whose path ends with $DISK_FILE (journal.ndjson where
   it is not given) are on a bad disk.
     DISK_PIECE=N        a read or write does at most N bytes
     DISK_EINTR=N        each is interrupted N times before it does anything
     DISK_PAUSE_US=N     it sleeps after each write and sync
     DISK_FAIL_WRITE=N   the N-th write fails, and all after it that are tried; so
     DISK_FAIL_SYNC=N    the N-th fdatasync or fsync - but that one alone: a second one on the
                         same file would succeed and prove nothing
     DISK_ERRNO=N        with this errno (EIO)
     DISK_SKIP_SYNC=1    a sync does nothing: a kill loses no page of the kernel's
     DISK_COUNTS=FILE    tells what was asked for (counts.h) */
#include "tests/torture/counts.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { WRITES, SYNCS, FAILED, WRITES_AFTER, SYNCS_AFTER, READS };

#define FILES_MAX 1024

static struct {
    const char *file;
    unsigned long piece, interruptions, pause_us, fail_write, fail_sync;
    int error;
    bool skip_sync;
} disk;
static counts *seen;
static bool is_bad[FILES_MAX];
static unsigned long interrupted; /* in a row */

static unsigned long number_of(const char *variable, unsigned long absent)
{
    const char *text = getenv(variable);
    return text ? strtoul(text, NULL, 10) : absent;
}

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("DISK_FILE");
    disk.file = file ? file : "journal.ndjson";
    disk.piece = number_of("DISK_PIECE", (unsigned long)-1);
    disk.interruptions = number_of("DISK_EINTR", 0);
    disk.pause_us = number_of("DISK_PAUSE_US", 0);
    disk.fail_write = number_of("DISK_FAIL_WRITE", 0);
    disk.fail_sync = number_of("DISK_FAIL_SYNC", 0);
    disk.error = (int)number_of("DISK_ERRNO", EIO);
    disk.skip_sync = number_of("DISK_SKIP_SYNC", 0);
    seen = counts_open("DISK_COUNTS");
}

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        _exit(111);
    return function;
}

static bool concerns(int fd)
{
    return seen && fd >= 0 && fd < FILES_MAX && is_bad[fd];
}

static int take_note(const char *path, int fd)
{
    size_t length = strlen(path), end = disk.file ? strlen(disk.file) : 0;
    if (fd >= 0 && fd < FILES_MAX)
        is_bad[fd] = disk.file && length >= end && strcmp(path + length - end, disk.file) == 0;
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return take_note(path, ((int (*)(const char *, int, ...))next("open"))(path, flags, mode));
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES_MAX)
        is_bad[fd] = false;
    return ((int (*)(int))next("close"))(fd);
}

/* Whether the call gets through to the disk; otherwise errno is set. */
static bool is_interrupted(void)
{
    if (interrupted == disk.interruptions) {
        interrupted = 0;
        return false;
    }
    interrupted++;
    errno = EINTR;
    return true;
}

static void rest_a_while(void)
{
    int kept = errno;
    if (disk.pause_us)
        usleep((useconds_t)disk.pause_us);
    errno = kept;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = next("write");
    if (!concerns(fd))
        return real(fd, bytes, size);
    if ((*seen)[FAILED])
        ++(*seen)[WRITES_AFTER];
    if (is_interrupted())
        return -1;
    if (++(*seen)[WRITES] >= disk.fail_write && disk.fail_write) {
        ++(*seen)[FAILED];
        errno = disk.error;
        return -1;
    }
    ssize_t done = real(fd, bytes, size < disk.piece ? size : disk.piece);
    rest_a_while();
    return done;
}

static bool is_read_interrupted(void)
{
    ++(*seen)[READS];
    return is_interrupted();
}

ssize_t read(int fd, void *bytes, size_t size)
{
    ssize_t (*real)(int, void *, size_t) = next("read");
    if (!concerns(fd))
        return real(fd, bytes, size);
    return is_read_interrupted() ? -1 : real(fd, bytes, size < disk.piece ? size : disk.piece);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t (*real)(int, void *, size_t, off_t) = next("pread");
    if (!concerns(fd))
        return real(fd, bytes, size, offset);
    return is_read_interrupted() ? -1 : real(fd, bytes, size < disk.piece ? size : disk.piece, offset);
}

static int sync_by(const char *name, int fd)
{
    int (*real)(int) = next(name);
    if (!concerns(fd))
        return real(fd);
    if ((*seen)[FAILED])
        ++(*seen)[SYNCS_AFTER];
    if (++(*seen)[SYNCS] == disk.fail_sync) {
        ++(*seen)[FAILED];
        errno = disk.error;
        return -1;
    }
    int result = disk.skip_sync ? 0 : real(fd);
    rest_a_while();
    return result;
}

int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}

int fsync(int fd)
{
    return sync_by("fsync", fd);
}
