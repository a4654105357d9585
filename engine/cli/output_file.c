#include "engine/cli/output_file.h"

#include "engine/cli/descriptor.h"
#include "recorder/seal/neighbour.h"

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

/* 0, or the errno. mode: of a file that is made. */
static int put(const char *path, int flags, mode_t mode, struct slice text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, mode);
    if (fd < 0)
        return errno;
    int cause = descriptor_write(fd, text) && (fsync(fd) == 0 || errno == EINVAL) ? 0 : errno; /* EINVAL: nothing to sync */
    return close(fd) != 0 && !cause ? errno : cause;
}

static int put_beside(const char *neighbour, mode_t mode, struct slice text)
{
    int cause = put(neighbour, O_CREAT | O_EXCL | O_NOFOLLOW, 0600, text);
    return !cause && mode != 0600 && chmod(neighbour, mode) != 0 ? errno : cause;
}

/* A file that is replaced keeps its mode. */
static enum err_code write_whole(const char *path, mode_t mode, struct slice text, struct err *err)
{
    char neighbour[PATH_MAX];
    struct stat info;
    bool there = stat(path, &info) == 0;
    if (there && !S_ISREG(info.st_mode)) {
        int cause = put(path, 0, 0, text);
        return cause ? cannot(path, cause, err) : ERR_OK;
    }
    if (!neighbour_name(path, neighbour, sizeof neighbour))
        return cannot(path, ENAMETOOLONG, err);
    int cause = put_beside(neighbour, there ? info.st_mode & 0777 : mode, text);
    if (!cause && rename(neighbour, path) != 0)
        cause = errno;
    if (!cause)
        return ERR_OK;
    (void)unlink(neighbour);
    return cannot(path, cause, err);
}

enum err_code output_file_write(const char *path, struct slice text, struct err *err)
{
    return write_whole(path, 0600, text, err);
}

enum err_code output_file_publish(const char *path, struct slice text, struct err *err)
{
    return write_whole(path, 0644, text, err);
}

enum err_code output_file_append(const char *path, struct slice text, struct err *err)
{
    int cause = put(path, O_CREAT | O_APPEND, 0600, text);
    return cause ? cannot(path, cause, err) : ERR_OK;
}
