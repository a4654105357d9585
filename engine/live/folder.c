#include "engine/live/folder.h"

#include "engine/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_sync_name(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 0;
    const char *text = slash ? (length ? path : "/") : ".";
    if (!text_format(folder, sizeof folder, "%.*s", length ? length : 1, text))
        return ENAMETOOLONG;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

int folder_make(const char *path, bool *ret_made)
{
    *ret_made = mkdir(path, 0700) == 0;
    if (*ret_made)
        return folder_sync_name(path);
    return errno == EEXIST ? 0 : errno;
}
