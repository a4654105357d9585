#include "engine/cli/report_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code fail(struct err *err, const char *path, const char *what)
{
    return err_set(err, ERR_ENV, "%s: cannot be %s: %s", path, what, strerror(errno));
}

static enum err_code write_all(int fd, const char *path, struct slice text, struct err *err)
{
    while (text.len) {
        ssize_t wrote = write(fd, text.ptr, text.len);
        if (wrote < 0 && errno != EINTR)
            return fail(err, path, "written");
        text = wrote < 0 ? text : (struct slice){text.ptr + wrote, text.len - (size_t)wrote};
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0 || fsync(fd) != 0)
        return fail(err, path, "written");
    return ERR_OK;
}

enum err_code report_file_write(const char *path, struct slice text, struct err *err)
{
    char part[PATH_MAX];
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return err_set(err, ERR_ENV, "%s: is there and is no file: name another one", path);
    if (!text_format(part, sizeof part, "%s.XXXXXX", path))
        return err_set(err, ERR_ENV, "the path is too long");
    int fd = mkstemp(part);
    if (fd < 0)
        return fail(err, path, "made");
    enum err_code code = write_all(fd, path, text, err);
    if (close(fd) != 0 && code == ERR_OK)
        code = fail(err, path, "written");
    if (code == ERR_OK && rename(part, path) != 0)
        code = fail(err, path, "put in its place");
    if (code != ERR_OK)
        (void)unlink(part);
    return code;
}
