#include "engine/cli/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code cannot(const char *path, int cause, struct err *err)
{
    return err_set(err, ERR_ENV, "%s: cannot be written: %s", path, strerror(cause));
}

static bool write_whole(int fd, struct slice text)
{
    while (text.len) {
        ssize_t written = write(fd, text.ptr, text.len);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            text = (struct slice){text.ptr + written, text.len - (size_t)written};
    }
    return true;
}

/* 0, or the errno. */
static int put(const char *path, int flags, struct slice text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return errno;
    int cause = write_whole(fd, text) ? 0 : errno;
    return close(fd) != 0 && !cause ? errno : cause;
}

static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

enum err_code output_file_write(const char *path, struct slice text, struct err *err)
{
    char neighbour[PATH_MAX];
    if (is_special(path)) {
        int cause = put(path, 0, text);
        return cause ? cannot(path, cause, err) : ERR_OK;
    }
    if (!text_format(neighbour, sizeof neighbour, "%s.new", path))
        return cannot(path, ENAMETOOLONG, err);
    int cause = put(neighbour, O_CREAT | O_TRUNC | O_NOFOLLOW, text);
    if (!cause && rename(neighbour, path) != 0)
        cause = errno;
    if (!cause)
        return ERR_OK;
    (void)unlink(neighbour);
    return cannot(path, cause, err);
}

enum err_code output_file_append(const char *path, struct slice text, struct err *err)
{
    int cause = put(path, O_CREAT | O_APPEND, text);
    return cause ? cannot(path, cause, err) : ERR_OK;
}
