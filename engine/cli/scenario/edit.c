#include "engine/cli/scenario/edit.h"

#include "engine/cli/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines edit_lines(struct slice text, const struct edit *edits, size_t count)
{
    struct lines lines = {edits[0].start, edits[0].end};
    for (size_t i = 0; i < count; i++) {
        lines.start = edits[i].start < lines.start ? edits[i].start : lines.start;
        lines.end = edits[i].end > lines.end ? edits[i].end : lines.end;
    }
    while (lines.start > 0 && text.ptr[lines.start - 1] != '\n')
        lines.start--;
    while (lines.end < text.len && (lines.end == lines.start || text.ptr[lines.end - 1] != '\n'))
        lines.end++;
    return lines;
}

void edit_apply(struct slice text, struct lines lines, const struct edit *edits, size_t count, struct str *out)
{
    size_t at = lines.start;
    for (size_t i = 0; i < count; i++) {
        str_add(out, (struct slice){text.ptr + at, edits[i].start - at});
        str_add(out, edits[i].text);
        at = edits[i].end;
    }
    str_add(out, (struct slice){text.ptr + at, lines.end - at});
}

static enum err_code is_unchanged(const char *path, struct slice text, struct err *err)
{
    CLEANUP_STR struct str now;
    str_init(&now, SCENARIO_BYTES_MAX);
    TRY(input_file_read(path, &now, err));
    if (!slice_equal(str_slice(&now), text))
        return err_set(err, ERR_INPUT, "%s: the file has changed meanwhile: run it again", path);
    return ERR_OK;
}

static bool write_whole(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno != EINTR)
            return false;
        size_t passed = wrote > 0 ? (size_t)wrote : 0;
        bytes = (struct slice){bytes.ptr + passed, bytes.len - passed};
    }
    return true;
}

static enum err_code replace(const char *path, struct slice bytes, struct err *err)
{
    char temporary[PATH_MAX];
    struct stat info;
    if (!text_format(temporary, sizeof temporary, "%s.new", path))
        return err_set(err, ERR_INPUT, "%s: the path is too long", path);
    if (stat(path, &info) != 0)
        return err_set(err, ERR_ENV, "%s: %s", path, strerror(errno));
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, info.st_mode & 0777);
    if (fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot be made: %s", temporary, strerror(errno));
    bool whole = fchmod(fd, info.st_mode & 0777) == 0 && write_whole(fd, bytes);
    whole = close(fd) == 0 && whole;
    if (whole && rename(temporary, path) == 0)
        return ERR_OK;
    int why = errno;
    (void)unlink(temporary);
    return err_set(err, ERR_ENV, "%s: cannot be written: %s", path, strerror(why));
}

enum err_code edit_write(const char *path, struct slice text, const struct edit *edits, size_t count, struct err *err)
{
    CLEANUP_STR struct str changed;
    str_init(&changed, ROSTER_TEXT_BYTES_MAX);
    edit_apply(text, (struct lines){0, text.len}, edits, count, &changed);
    if (str_full(&changed))
        return err_set(err, ERR_ENV, "out of memory");
    TRY(is_unchanged(path, text, err));
    return replace(path, str_slice(&changed), err);
}
