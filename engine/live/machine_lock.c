/* An existing file is opened without O_CREAT: the kernel refuses that flag to those
   who do not own the file, in a directory like these (fs.protected_regular). So opening
   and making are two calls, and who loses the race between them goes round again. The
   holder's process id is written into the file as a courtesy; nothing is decided by it. */
#include "engine/live/machine_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 8
#define OPEN_FLAGS (O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)
#define PID_TEXT_MAX 16

const char *machine_lock_folder(void)
{
    struct stat status;
    bool is_shared = stat("/run/lock", &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & S_IWOTH) &&
                     access("/run/lock", W_OK | X_OK) == 0;
    return is_shared ? "/run/lock" : "/tmp";
}

/* The mask is laid aside for the one call: a file that had its mode only afterwards
   would for a moment refuse the other users. */
static int open_or_make(const char *path)
{
    int fd = open(path, OPEN_FLAGS);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    mode_t mask = umask(0);
    fd = open(path, OPEN_FLAGS | O_CREAT | O_EXCL, 0666);
    umask(mask);
    if (fd < 0 && errno == EEXIST)
        errno = ESTALE;
    return fd;
}

/* Links: none when the file was removed before it was locked; two when somebody gave a
   file of ours this name, to have it written over. */
static int check_file(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (status.st_nlink == 0)
        return ESTALE;
    return S_ISREG(status.st_mode) && status.st_nlink == 1 ? 0 : EEXIST;
}

/* A holder that has just begun has not written yet: what stands there may be of a dead one. */
static int read_holder(int fd)
{
    char text[PID_TEXT_MAX];
    uint64_t pid;
    ssize_t size = pread(fd, text, sizeof text, 0);
    if (size < 2 || text[size - 1] != '\n' || !slice_parse_u64((struct slice){text, (size_t)size - 1}, INT_MAX, &pid))
        return 0;
    return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (int)pid : 0;
}

/* The lock is held all the same where the disk is full. */
static void write_holder(int fd)
{
    char text[PID_TEXT_MAX];
    ASSERT(text_format(text, sizeof text, "%d\n", (int)getpid()));
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, text, strlen(text), 0);
}

/* ESTALE: to be tried again. */
static int lock_once(const char *path, int *ret_fd, int *ret_holder)
{
    int fd = open_or_make(path);
    if (fd < 0)
        return errno;
    int error = flock(fd, LOCK_EX | LOCK_NB) == 0 ? check_file(fd) : errno;
    if (error == EWOULDBLOCK)
        *ret_holder = read_holder(fd);
    if (error) {
        close(fd);
        return error;
    }
    write_holder(fd);
    *ret_fd = fd;
    return 0;
}

static int lock_path(const char *path, int *ret_fd, int *ret_holder)
{
    int error = ESTALE;
    for (int i = 0; i < TRIES && error == ESTALE; i++)
        error = lock_once(path, ret_fd, ret_holder);
    return error;
}

static bool is_held(const struct machine_locks *locks, const unsigned char *digest)
{
    for (size_t i = 0; i < locks->count; i++)
        if (memcmp(locks->held[i].digest, digest, MACHINE_LOCK_DIGEST_BYTES) == 0)
            return true;
    return false;
}

int machine_lock_acquire(struct machine_locks *locks, const char *folder, struct slice name, int *ret_holder)
{
    struct machine_lock lock;
    char hex[2 * MACHINE_LOCK_DIGEST_BYTES + 1];
    crypto_generichash(lock.digest, sizeof lock.digest, (const unsigned char *)name.ptr, name.len, NULL, 0);
    if (is_held(locks, lock.digest))
        return 0;
    if (locks->count == MACHINE_LOCKS_MAX)
        return ENOLCK;
    sodium_bin2hex(hex, sizeof hex, lock.digest, sizeof lock.digest);
    if (!text_format(lock.path, sizeof lock.path, "%s/revisit-%s.lock", folder, hex))
        return ENAMETOOLONG;
    int error = lock_path(lock.path, &lock.fd, ret_holder);
    if (error == 0)
        locks->held[locks->count++] = lock;
    return error;
}

void machine_locks_close(struct machine_locks *locks)
{
    while (locks->count) {
        struct machine_lock *lock = &locks->held[--locks->count];
        (void)unlink(lock->path); /* while it is still held: nobody else has it */
        close(lock->fd);
    }
}
