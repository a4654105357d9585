/* Chromium's renderers write over their arguments and their environment, so the
   working directory, which each inherits, is looked at first. What cannot be read
   is another user's, or has just ended. */
#include "engine/live/survivors.h"

#include "engine/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES_MAX (64u << 10)

/* Is path the directory, or below it? The kernel puts " (deleted)" after what is no more. */
static bool is_inside(struct slice path, struct slice dir)
{
    return slice_starts(path, dir) && (path.len == dir.len || path.ptr[dir.len] == '/' || path.ptr[dir.len] == ' ');
}

static bool is_ours(pid_t pid)
{
    char path[32];
    struct stat status;
    return text_format(path, sizeof path, "/proc/%d", pid) && stat(path, &status) == 0 && status.st_uid == geteuid();
}

static bool works_in(pid_t pid, struct slice dir)
{
    char link[32], path[4096];
    if (!text_format(link, sizeof link, "/proc/%d/cwd", pid))
        return false;
    ssize_t length = readlink(link, path, sizeof path);
    return length > 0 && is_inside((struct slice){path, (size_t)length}, dir);
}

/* The first part of what the process says of itself; a word that speaks of the directory is in it. */
static bool speaks_of(pid_t pid, const char *name, struct slice dir)
{
    static char text[TEXT_BYTES_MAX];
    char path[32];
    if (!text_format(path, sizeof path, "/proc/%d/%s", pid, name))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    return length > 0 && slice_find((struct slice){text, (size_t)length}, dir) != NULL;
}

void survivors_kill(const char *dir)
{
    struct slice place = slice_of(dir);
    DIR *listing = opendir("/proc");
    if (!listing)
        return;
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 1 || pid == getpid() || !is_ours(pid))
            continue;
        if (works_in(pid, place) || speaks_of(pid, "cmdline", place) || speaks_of(pid, "environ", place))
            kill(pid, SIGKILL);
    }
    closedir(listing);
}
