/* revisit status: a look at a run from outside. Nothing is made, locked or written in the
   directory, which may be read-only and in use.

   Whether a process holds it is asked before the journal is read and again after it: a
   run that ends or begins in between is then not taken for one that was killed. A resume
   cuts a torn line off the journal; who reads meanwhile may see damage that there is
   not, so that damage counts once it has been seen three times. */
#include "engine/report/status.h"

#include "engine/cli/command.h"
#include "engine/cli/input_file.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/run/lock_holder.h"
#include "engine/cli/run/metrics_file.h"
#include "engine/live/journal_file.h"
#include "engine/report/status_stream.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum status_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/status.def"
};

#define JOURNAL_READS 3

struct look {
    const char *dir; /* "-" = stdin */
    bool json;
    uint32_t lines;
    const char *metrics_path; /* NULL: none */
    struct metrics metrics;
    char journal_path[PATH_MAX], events_path[PATH_MAX], lock_path[PATH_MAX];
    struct str text; /* the journal */
    struct journal journal;
    struct status_stream stream;
    struct status status;
    struct tail tail;
};

static enum err_code take_option(enum status_option option, struct look *look, struct err *err)
{
    switch (option) {
    case STATUS_JSON: look->json = true; return ERR_OK;
    case STATUS_LINES: return command_number("--lines", optarg, 0, TAIL_LINES_MAX, &look->lines, err);
    case STATUS_METRICS:
        look->metrics_path = optarg;
        return optarg[0] ? ERR_OK : err_set(err, ERR_USAGE, "--metrics: an empty path names no file");
    }
    return ERR_OK;
}

static enum err_code parse_arguments(int argc, char **argv, struct look *look, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("status", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum status_option)option, look, err));
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "status: name one run directory, or - for stdin: revisit status RUN_DIR");
    look->dir = argv[optind];
    return ERR_OK;
}

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static enum err_code name_files(struct look *look, struct err *err)
{
    if (!text_format(look->journal_path, PATH_MAX, "%s/journal.ndjson", look->dir) ||
        !text_format(look->events_path, PATH_MAX, "%s/events.ndjson", look->dir) ||
        !text_format(look->lock_path, PATH_MAX, "%s/lock", look->dir))
        return err_set(err, ERR_INPUT, "the path is too long");
    return ERR_OK;
}

/* A recording keeps a journal as well: the one that its run found. */
static enum err_code judge_directory(struct look *look, struct err *err)
{
    struct stat info;
    char manifest[PATH_MAX];
    if (look->dir[0] == '\0')
        return err_set(err, ERR_INPUT, "status: an empty path: name the run directory");
    if (stat(look->dir, &info) != 0)
        return err_set(err, errno == EACCES || errno == EIO ? ERR_ENV : ERR_INPUT, "%s: %s", look->dir, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return err_set(err, ERR_INPUT, "%s: not a directory: a run directory is needed, or - to read an event log from stdin",
                       look->dir);
    if (access(look->dir, R_OK | X_OK) != 0)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s", look->dir, strerror(errno));
    TRY(name_files(look, err));
    if (exists(look->lock_path))
        return ERR_OK;
    if (text_format(manifest, sizeof manifest, "%s/manifest.json", look->dir) && exists(manifest))
        return err_set(err, ERR_INPUT, "%s: a recording, not a run directory: revisit recording info tells of it", look->dir);
    if (!exists(look->journal_path))
        return err_set(err, ERR_INPUT, "%s: not a run directory: it holds neither a journal.ndjson nor a lock", look->dir);
    return ERR_OK;
}

/* Is there something to read? A directory in which no run has come so far has none. */
static enum err_code has_text(const char *path, bool *ret_has, struct err *err)
{
    struct stat info;
    *ret_has = false;
    if (stat(path, &info) != 0 && errno == ENOENT && !exists(path))
        return ERR_OK;
    if (access(path, R_OK) != 0 && errno == EACCES)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s", path, strerror(errno));
    *ret_has = stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > 0;
    return ERR_OK;
}

static enum err_code read_journal_once(struct look *look, struct err *err)
{
    bool has;
    journal_fini(&look->journal);
    str_clear(&look->text);
    TRY(has_text(look->journal_path, &has, err));
    if (has)
        TRY(input_file_read(look->journal_path, &look->text, err));
    if (journal_fold(str_slice(&look->text), &look->journal, err) != ERR_OK)
        return err_wrap(err, "%s", look->journal_path);
    return ERR_OK;
}

static enum err_code read_journal(struct look *look, struct err *err)
{
    for (int i = 1; i < JOURNAL_READS; i++) {
        if (read_journal_once(look, err) == ERR_OK)
            return ERR_OK;
        err_init(err);
    }
    return read_journal_once(look, err);
}

/* Where the last lines begin: found from the end, in pieces. An endless line is given up
   after as many bytes as all lines together may have. */
static enum err_code find_last_lines(struct input_file *file, uint64_t *ret_start, struct err *err)
{
    char bytes[16384];
    const uint64_t reach = (uint64_t)TAIL_LINES_MAX * TAIL_LINE_BYTES_MAX;
    uint64_t floor = file->size_bytes > reach ? file->size_bytes - reach : 0;
    size_t newlines = 0;
    *ret_start = floor ? file->size_bytes : 0;
    for (uint64_t end = file->size_bytes; end > floor;) {
        size_t len = end - floor < sizeof bytes ? (size_t)(end - floor) : sizeof bytes;
        end -= len;
        TRY(input_file_read_at(file, end, bytes, len, err));
        for (size_t i = len; i-- > 0;) {
            if (bytes[i] != '\n')
                continue;
            if (floor || newlines == TAIL_LINES_MAX)
                *ret_start = end + i + 1;
            if (newlines++ == TAIL_LINES_MAX)
                return ERR_OK;
        }
    }
    return ERR_OK;
}

static enum err_code feed_lines(struct look *look, struct input_file *file, struct err *err)
{
    char bytes[16384];
    uint64_t at = 0;
    if (!look->metrics_path) /* they are a fold of all lines */
        TRY(find_last_lines(file, &at, err));
    while (at < file->size_bytes) {
        uint64_t rest = file->size_bytes - at;
        struct slice piece = {bytes, rest < sizeof bytes ? (size_t)rest : sizeof bytes};
        TRY(input_file_read_at(file, at, bytes, piece.len, err));
        tail_feed(&look->tail, piece);
        at += piece.len;
    }
    return ERR_OK;
}

/* A line that has no newline yet is still being written. */
static enum err_code read_lines(struct look *look, struct err *err)
{
    struct input_file file = {0};
    bool has;
    TRY(has_text(look->events_path, &has, err));
    if (!has)
        return ERR_OK;
    TRY(input_file_open(look->events_path, UINT64_MAX, &file, err));
    enum err_code code = feed_lines(look, &file, err);
    input_file_close(&file);
    return code;
}

static void fold_line(void *ctx, struct slice line)
{
    struct look *look = ctx;
    metrics_take(&look->metrics, line);
}

static enum err_code look_at_directory(struct look *look, struct err *err)
{
    uint32_t before, after;
    TRY(judge_directory(look, err));
    if (look->metrics_path)
        look->tail.line = fold_line;
    TRY(lock_holder_find(look->lock_path, &before, err));
    TRY(read_journal(look, err));
    TRY(read_lines(look, err));
    TRY(lock_holder_find(look->lock_path, &after, err));
    TRY(status_of_journal(str_slice(&look->text), &look->journal, after ? after : before, &look->status, err));
    if (look->tail.count)
        status_take_last_event(&look->status, tail_at(&look->tail, look->tail.count - 1));
    return ERR_OK;
}

static void take_line(void *ctx, struct slice line)
{
    struct look *look = ctx;
    status_stream_take(&look->stream, line);
    metrics_take(&look->metrics, line);
}

static enum err_code look_at_stdin(struct look *look, struct err *err)
{
    char bytes[65536];
    look->tail.line = take_line;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_ENV, "stdin: cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        tail_feed(&look->tail, (struct slice){bytes, (size_t)got});
    }
    tail_end(&look->tail);
    if (status_stream_end(&look->stream, &look->status, err) != ERR_OK)
        return err_wrap(err, "stdin");
    return ERR_OK;
}

static void print_piece(void *ctx, struct slice piece)
{
    (void)ctx;
    (void)fwrite(piece.ptr, 1, piece.len, stdout);
}

static enum err_code print(struct look *look, struct err *err)
{
    const char *dir = strcmp(look->dir, "-") == 0 ? NULL : look->dir;
    const struct status_sink sink = {NULL, print_piece};
    CLEANUP_STR struct str text;
    str_init(&text, 1u << 20);
    if (look->tail.out_of_memory)
        return err_set(err, ERR_ENV, "out of memory");
    if (look->json)
        return status_print_json(&look->status, &look->tail, &sink) ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
    status_print(&look->status, dir, &look->tail, look->lines, &text);
    if (str_full(&text))
        return err_set(err, ERR_ENV, "out of memory");
    fputs(str_text(&text), stdout);
    return ERR_OK;
}

int command_status(int argc, char **argv, struct err *err)
{
    static struct look look; /* static: it is large, and there is one */
    if (parse_arguments(argc, argv, &look, err) != ERR_OK)
        return 0;
    str_init(&look.text, JOURNAL_FILE_MAX);
    tail_init(&look.tail, &look, NULL);
    enum err_code code = strcmp(look.dir, "-") == 0 ? look_at_stdin(&look, err) : look_at_directory(&look, err);
    if (code == ERR_OK)
        code = print(&look, err);
    if (code == ERR_OK && look.metrics_path)
        code = metrics_file_write(look.metrics_path, &look.metrics, look.status.started_us, look.status.state == STATUS_RUNNING, err);
    ASSERT(code == err->code);
    status_stream_fini(&look.stream);
    status_fini(&look.status);
    tail_fini(&look.tail);
    journal_fini(&look.journal);
    str_fini(&look.text);
    return 0;
}
