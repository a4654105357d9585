/* A directory is looked at with a file of our own: made, written, made durable, locked,
   and removed. Where the directory is not there yet, the nearest one above it is. */
#include "engine/cli/doctor/look.h"

#include "engine/cli/run/run_root.h"
#include "engine/live/machine_lock.h"
#include "engine/live/private_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MIB (1ull << 20)
/* A day of 100 visits is a recording of 40 MB. */
#define ROOM_BAD (64 * MIB)
#define ROOM_WARN (1024 * MIB)
#define SHARED_MEMORY_MIN (256 * MIB)
#define SMB_MAGIC_NUMBER 0xff534d42u

/* The part of the path that is there: cut in place, at least "/" or ".". */
static void cut_to_existing(char *path)
{
    struct stat info;
    while (stat(path, &info) != 0 && errno == ENOENT) {
        char *slash = strrchr(path, '/');
        if (!slash) {
            ASSERT(text_format(path, 2, "."));
            return;
        }
        slash[slash == path] = '\0';
        if (slash == path)
            return;
    }
}

/* Is the file at fd locked for whoever opens it anew? Then flock() means something here. */
static bool lock_holds(int fd, const char *path)
{
    int other = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool holds = other >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && flock(other, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (other >= 0)
        close(other);
    return holds;
}

/* What a journal asks of a file; NULL, or what failed, with errno. */
static const char *try_file(int fd, const char *path, const char *folder)
{
    if (write(fd, "revisit\n", 8) != 8)
        return "cannot be written into";
    if (fdatasync(fd) != 0)
        return "does not make a file durable";
    errno = 0;
    if (!lock_holds(fd, path))
        return "keeps no lock (flock)";
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = dir >= 0 && fsync(dir) == 0;
    if (dir >= 0)
        close(dir);
    return synced || errno == EACCES ? NULL : "does not make a file's name durable";
}

/* True when a journal could be kept in the folder; else it is told. */
static bool try_folder(const char *name, const char *folder, struct findings *findings)
{
    char path[PATH_MAX];
    if (!text_format(path, sizeof path, "%s/.revisit-doctor-%d", folder, (int)getpid())) {
        finding_add(findings, FINDING_BAD, name, "name a shorter one with --run-dir", "%s: the path is too long", folder);
        return false;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        finding_add(findings, FINDING_BAD, name, "give it to the user that runs this, or name another with --run-dir",
                    "%s: nothing can be made there (%s)", folder, strerror(errno));
        return false;
    }
    const char *failed = try_file(fd, path, folder);
    if (failed)
        finding_add(findings, FINDING_BAD, name, "name a directory on a local disk with --run-dir", "%s: it %s%s%s", folder, failed,
                    errno ? ": " : "", errno ? strerror(errno) : "");
    close(fd);
    (void)unlink(path);
    return !failed;
}

/* What a file system is, where that matters to a journal; NULL: it does not. */
static const char *weakness(const char *folder)
{
    struct statfs info;
    if (statfs(folder, &info) != 0)
        return NULL;
    switch ((unsigned long)info.f_type) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC: return "in memory, so a power cut takes the journal with it";
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB_MAGIC_NUMBER:
    case SMB2_SUPER_MAGIC: return "on a network, so locks and durable writes are as good as its server";
    }
    return NULL;
}

static void look_at_room(const char *folder, struct findings *findings)
{
    struct statvfs info;
    if (statvfs(folder, &info) != 0)
        return;
    unsigned long long room = (unsigned long long)info.f_bavail * info.f_frsize;
    if (room >= ROOM_WARN)
        finding_ok(findings, "room", "%llu MB are free there, and a recorded day of 100 visits takes 40", room / MIB);
    else
        finding_add(findings, room < ROOM_BAD ? FINDING_BAD : FINDING_WARN, "room", "make room, or name another with --run-dir",
                    "%s: %llu MB are free, and a recorded day of 100 visits takes 40", folder, room / MIB);
}

/* Of a folder in which a journal could be kept. */
static void tell_runs(const char *path, const char *folder, struct findings *findings)
{
    struct stat info;
    bool is_there = stat(path, &info) == 0;
    const char *weak = weakness(folder);
    if (is_there && (info.st_mode & 077))
        finding_add(findings, FINDING_WARN, "runs", "chmod 700 it", "%s: others can look into it (mode %03o)", path,
                    (unsigned)info.st_mode & 0777);
    else if (weak)
        finding_add(findings, FINDING_WARN, "runs", "name a directory on a local disk with --run-dir", "%s: it is %s", folder, weak);
    else
        finding_ok(findings, "runs", "%s%s: written, made durable and locked in", path, is_there ? "" : " (to be made)");
}

static void look_at_runs(const struct look_wish *wish, struct findings *findings)
{
    static struct run_root root; /* static: they are large */
    static struct err failed;
    char folder[PATH_MAX];
    err_init(&failed);
    if (!wish->run_dir && run_root_find(SLICE("batch"), &root, &failed) != ERR_OK) {
        finding_take(findings, FINDING_BAD, "runs", &failed);
        return;
    }
    const char *path = wish->run_dir ? wish->run_dir : root.path;
    if (!text_format(folder, sizeof folder, "%s", path)) {
        finding_add(findings, FINDING_BAD, "runs", "name a shorter one with --run-dir", "the path is too long");
        return;
    }
    cut_to_existing(folder);
    if (!try_folder("runs", folder, findings))
        return;
    tell_runs(path, folder, findings);
    look_at_room(folder, findings);
}

static void look_at_profile(struct findings *findings)
{
    struct private_dir dir = {.fd = -1};
    int error = private_dir_make(&dir);
    if (error)
        finding_add(findings, FINDING_BAD, "profile", "let $XDG_RUNTIME_DIR, $TMPDIR or /tmp be writable",
                    "no private directory can be made for the browser (%s)", strerror(error));
    else
        finding_ok(findings, "profile", "%.*s holds the browser's, and is emptied after it",
                   (int)(strrchr(dir.path, '/') - dir.path), dir.path);
    if (!error)
        (void)private_dir_remove(&dir);
}

static void look_at_shared_memory(struct findings *findings)
{
    struct statvfs info;
    bool is_there = statvfs("/dev/shm", &info) == 0;
    unsigned long long room = is_there ? (unsigned long long)info.f_bavail * info.f_frsize : 0;
    if (room >= SHARED_MEMORY_MIN)
        finding_ok(findings, "memory", "/dev/shm has %llu MB for the browser", room / MIB);
    else
        finding_ok(findings, "memory", "/dev/shm has %llu MB: the browser keeps its shared memory in files", room / MIB);
}

static void look_at_locks(struct findings *findings)
{
    static struct machine_locks locks; /* static: they are large */
    int holder = 0;
    const char *folder = machine_lock_folder();
    int error = machine_lock_acquire(&locks, folder, SLICE("doctor"), &holder);
    machine_locks_close(&locks);
    if (error == 0 || error == EWOULDBLOCK)
        finding_ok(findings, "locks", "%s holds the locks of EHR accounts", folder);
    else
        finding_add(findings, FINDING_BAD, "locks", "let it be writable, as it is for every user (mode 1777)",
                    "%s: no lock can be taken there (%s)", folder, strerror(error));
}

void look_at_directories(const struct look_wish *wish, struct findings *findings)
{
    look_at_runs(wish, findings);
    look_at_profile(findings);
    look_at_shared_memory(findings);
    look_at_locks(findings);
}
