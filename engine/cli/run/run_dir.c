#include "engine/cli/run/run_dir.h"

#include "engine/cli/run/run_root.h"
#include "engine/live/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs of a batch that begin at the same instant. */
#define STARTS_AT_ONCE_MAX 100

static enum err_code make_folder(const char *path, bool *ret_made, struct err *err)
{
    int error = folder_make(path, ret_made);
    return error ? err_set(err, ERR_ENV, "%s: cannot be made: %s; name another place with --run-dir", path, strerror(error)) : ERR_OK;
}

static enum err_code make_parents(const char *path, struct err *err)
{
    char part[PATH_MAX];
    bool made;
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (!text_format(part, sizeof part, "%.*s", (int)(slash - path), path))
            return err_set(err, ERR_ENV, "the run directory's path is too long");
        TRY(make_folder(part, &made, err));
    }
    return ERR_OK;
}

/* The one after the last becomes ours; where somebody was faster, his is the last. */
static enum err_code make_default(struct run_dir *dir, struct slice batch_id, struct err *err)
{
    struct run_root root;
    for (int i = 0; i < STARTS_AT_ONCE_MAX; i++) {
        bool made;
        TRY(run_root_find(batch_id, &root, err));
        if (root.last) {
            TRY(run_root_name(&root, batch_id, root.last, dir->path, sizeof dir->path, err));
            TRY(run_root_judge(dir->path, err));
        }
        TRY(run_root_name(&root, batch_id, root.last + 1, dir->path, sizeof dir->path, err));
        TRY(make_parents(dir->path, err));
        TRY(make_folder(dir->path, &made, err));
        if (made)
            return ERR_OK;
    }
    return err_set(err, ERR_ENV, "%s: too many runs of this batch begin at once: give --run-dir", root.path);
}

static enum err_code find_last(struct run_dir *dir, struct slice batch_id, struct err *err)
{
    struct run_root root;
    TRY(run_root_find(batch_id, &root, err));
    if (root.last)
        return run_root_name(&root, batch_id, root.last, dir->path, sizeof dir->path, err);
    return err_set(err, ERR_INPUT, "%s: there is no run of this batch to resume", root.path);
}

static enum err_code take_named(struct run_dir *dir, const char *path, struct err *err)
{
    if (!text_format(dir->path, sizeof dir->path, "%s", path))
        return err_set(err, ERR_ENV, "the run directory's path is too long");
    return ERR_OK;
}

static enum err_code make_named(struct run_dir *dir, const char *path, struct err *err)
{
    bool made;
    TRY(take_named(dir, path, err));
    TRY(make_parents(dir->path, err));
    TRY(make_folder(dir->path, &made, err));
    int error = made ? 0 : folder_sync_name(dir->path); /* who made it may not have come so far */
    if (error == 0 || error == EACCES)                  /* in a folder that we may not read we have made nothing */
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s: cannot be made durable: %s", dir->path, strerror(error));
}

static enum err_code refuse_held(struct run_dir *dir, struct err *err)
{
    char holder[32] = "";
    ssize_t length = pread(dir->lock_fd, holder, sizeof holder - 1, 0);
    for (ssize_t i = 0; i < length; i++)
        if (holder[i] < '0' || holder[i] > '9')
            holder[i] = '\0';
    return err_set(err, ERR_ENV, "%s: another run holds it (process %s); wait for it, or give another --run-dir", dir->path,
                   holder[0] ? holder : "unknown");
}

static enum err_code lock(struct run_dir *dir, struct err *err)
{
    char text[PATH_MAX + 32];
    if (!text_format(text, sizeof text, "%s/lock", dir->path))
        return err_set(err, ERR_ENV, "the run directory's path is too long");
    dir->lock_fd = open(text, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (dir->lock_fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot be opened: %s", text, strerror(errno));
    if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return refuse_held(dir, err);
    if (!text_format(text, sizeof text, "%d\n", (int)getpid()) || ftruncate(dir->lock_fd, 0) != 0 ||
        pwrite(dir->lock_fd, text, strlen(text), 0) != (ssize_t)strlen(text))
        return err_set(err, ERR_ENV, "%s: the lock cannot be written: %s", dir->path, strerror(errno));
    return ERR_OK;
}

static enum err_code name_files(struct run_dir *dir, char *ret_events, size_t size, struct err *err)
{
    if (!text_format(dir->journal, sizeof dir->journal, "%s/journal.ndjson", dir->path) ||
        !text_format(ret_events, size, "%s/events.ndjson", dir->path))
        return err_set(err, ERR_ENV, "the run directory's path is too long");
    return ERR_OK;
}

/* A kill may have torn the last line: what comes next begins one of its own. */
static void end_torn_line(int fd)
{
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
        (void)!write(fd, "\n", 1);
}

static enum err_code open_events(struct run_dir *dir, const char *path, struct err *err)
{
    dir->events_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (dir->events_fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot be opened: %s", path, strerror(errno));
    end_torn_line(dir->events_fd);
    return ERR_OK;
}

/* Nothing is made in a directory that holds no run. */
static enum err_code judge_journal(const struct run_dir *dir, bool resume, struct err *err)
{
    struct stat info;
    bool exists = stat(dir->journal, &info) == 0;
    if (resume && !exists)
        return err_set(err, ERR_INPUT, "%s: there is no run to resume (no journal.ndjson); leave --resume out to begin one",
                       dir->path);
    if (!resume && exists && info.st_size > 0)
        return err_set(err, ERR_ENV, "%s: it holds the journal of an earlier run; add --resume to finish that one, or give "
                                     "another --run-dir",
                       dir->path);
    return ERR_OK;
}

static enum err_code fill(struct run_dir *dir, const char *path, struct slice batch_id, bool resume, struct err *err)
{
    char events[PATH_MAX + 32];
    if (resume)
        TRY(path ? take_named(dir, path, err) : find_last(dir, batch_id, err));
    else
        TRY(path ? make_named(dir, path, err) : make_default(dir, batch_id, err));
    TRY(name_files(dir, events, sizeof events, err));
    TRY(resume ? judge_journal(dir, resume, err) : ERR_OK);
    TRY(lock(dir, err));
    TRY(judge_journal(dir, resume, err));
    return open_events(dir, events, err);
}

enum err_code run_dir_open(const char *path, struct slice batch_id, bool resume, struct run_dir *ret_dir,
                           struct err *err)
{
    *ret_dir = (struct run_dir){.events_fd = -1, .lock_fd = -1};
    enum err_code code = fill(ret_dir, path, batch_id, resume, err);
    if (code != ERR_OK)
        run_dir_close(ret_dir);
    return code;
}

void run_dir_close(struct run_dir *dir)
{
    if (dir->events_fd >= 0)
        close(dir->events_fd);
    if (dir->lock_fd >= 0)
        close(dir->lock_fd);
    dir->events_fd = dir->lock_fd = -1;
}
