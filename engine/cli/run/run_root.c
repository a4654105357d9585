#include "engine/cli/run/run_root.h"

#include "engine/batch/journal.h"
#include "engine/cli/input_file.h"
#include "engine/cli/run/lock_holder.h"
#include "engine/live/journal_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define NUMBER_MAX 999999999u

static enum err_code find_path(char *ret_root, size_t size, struct err *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool fits = state && state[0] == '/'  ? text_format(ret_root, size, "%s/revisit", state)
                : home && home[0] == '/' ? text_format(ret_root, size, "%s/.local/state/revisit", home)
                                         : false;
    return fits ? ERR_OK : err_set(err, ERR_ENV, "neither $XDG_STATE_HOME nor $HOME says where runs are kept: give --run-dir");
}

/* 0: it is no run of the batch. */
static uint32_t number_of(struct slice name, struct slice batch_id)
{
    uint64_t number = 0;
    if (!slice_starts(name, batch_id) || name.len < batch_id.len + 2 || name.ptr[batch_id.len] != '-')
        return 0;
    struct slice digits = {name.ptr + batch_id.len + 1, name.len - batch_id.len - 1};
    return digits.ptr[0] != '0' && slice_parse_u64(digits, NUMBER_MAX, &number) ? (uint32_t)number : 0;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

enum err_code run_root_find(struct slice batch_id, struct run_root *ret_root, struct err *err)
{
    struct run_root root = {.last = 0};
    TRY(find_path(root.path, sizeof root.path, err));
    DIR *folder __attribute__((cleanup(close_folder))) = opendir(root.path);
    if (!folder && errno != ENOENT)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s; give --run-dir", root.path, strerror(errno));
    errno = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        uint32_t number = number_of(slice_of(entry->d_name), batch_id);
        root.last = number > root.last ? number : root.last;
    }
    if (folder && errno)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s; give --run-dir", root.path, strerror(errno));
    *ret_root = root;
    return ERR_OK;
}

enum err_code run_root_name(const struct run_root *root, struct slice batch_id, uint32_t number, char *ret_path, size_t size,
                            struct err *err)
{
    if (number > NUMBER_MAX)
        return err_set(err, ERR_ENV, "%s: too many runs of this batch: give --run-dir", root->path);
    if (!text_format(ret_path, size, "%s/%.*s-%u", root->path, SLICE_ARG(batch_id), number))
        return err_set(err, ERR_ENV, "the run directory's path is too long: give --run-dir");
    return ERR_OK;
}

/* Where the kernel does not tell who holds it, the journal does. */
static enum err_code refuse_running(const char *dir, struct err *err)
{
    static struct err unknown; /* static: it is large, and there is one */
    char lock[PATH_MAX];
    uint32_t process = 0;
    err_init(&unknown);
    if (!text_format(lock, sizeof lock, "%s/lock", dir) || lock_holder_find(lock, &process, &unknown) != ERR_OK || !process)
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s: another run of this batch is under way there (process %u): wait for it, or give --run-dir", dir,
                   process);
}

static enum err_code judge_journal(const char *dir, struct slice text, struct err *err)
{
    struct journal journal __attribute__((cleanup(journal_fini)));
    if (journal_fold(text, &journal, err) != ERR_OK)
        return err_wrap(err, "%s/journal.ndjson", dir);
    if (journal.visit_count == 0 || journal_is_finished(&journal))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s: a run of this batch was begun there and is not finished: go on with it by --resume, or give "
                                   "--run-dir to begin another beside it",
                   dir);
}

enum err_code run_root_judge(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    struct stat info;
    CLEANUP_STR struct str text;
    str_init(&text, JOURNAL_FILE_MAX);
    TRY(refuse_running(dir, err));
    if (!text_format(path, sizeof path, "%s/journal.ndjson", dir) || lstat(path, &info) != 0 || info.st_size == 0)
        return ERR_OK;
    TRY(input_file_read(path, &text, err));
    return judge_journal(dir, str_slice(&text), err);
}
