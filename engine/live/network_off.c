#include "engine/live/network_off.h"

#include "engine/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everybody is himself in there. Without it a browser finds that its files are nobody's. */
static bool write_map(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t len = strlen(text);
    bool written = fd >= 0 && write(fd, text, len) == (ssize_t)len;
    if (fd >= 0)
        close(fd);
    return written;
}

static bool enter_user_namespace(void)
{
    char users[64], groups[64];
    unsigned int user = geteuid(), group = getegid();
    return text_format(users, sizeof users, "%u %u 1", user, user) && text_format(groups, sizeof groups, "%u %u 1", group, group) &&
           unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_map("/proc/self/setgroups", "deny") &&
           write_map("/proc/self/uid_map", users) && write_map("/proc/self/gid_map", groups);
}

bool network_off_enter(enum network_off network_off)
{
    switch (network_off) {
    case NETWORK_OFF_NAMESPACE: return unshare(CLONE_NEWNET) == 0;
    case NETWORK_OFF_USER_NAMESPACE: return enter_user_namespace();
    case NETWORK_ON:
    case NETWORK_OFF_FLAGS: return true;
    }
    return false;
}

static bool is_permitted(enum network_off network_off)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(network_off_enter(network_off) ? 0 : 1);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum network_off network_off_find(void)
{
    if (is_permitted(NETWORK_OFF_NAMESPACE))
        return NETWORK_OFF_NAMESPACE;
    return is_permitted(NETWORK_OFF_USER_NAMESPACE) ? NETWORK_OFF_USER_NAMESPACE : NETWORK_OFF_FLAGS;
}
