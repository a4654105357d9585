#include "engine/cli/isolation.h"

#include "engine/base/str.h"
#include "recorder/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A sanitizer's leak checker looks at the process from outside when it ends. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAK_CHECKER_READS "/proc"
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define LEAK_CHECKER_READS "/proc"
#endif

static void add(const char *path, bool write, struct landlock_place *places, size_t *count)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        places[(*count)++] = (struct landlock_place){.fd = fd, .write = write};
}

/* It is written by a neighbour and a rename: what is opened is its directory. */
static void add_output(const char *path, struct landlock_place *places, size_t *count)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash)
        add(".", true, places, count);
    else if (text_format(directory, sizeof directory, "%.*s", (int)(slash - path) + 1, path))
        add(directory, true, places, count);
}

enum err_code isolation_begin(const struct isolation *isolation, struct err *err)
{
    struct landlock_place places[ISOLATION_READS_MAX + 2];
    size_t count = 0;
    bool held;
    for (size_t i = 0; i < ISOLATION_READS_MAX; i++)
        if (isolation->reads[i] && isolation->reads[i][0])
            add(isolation->reads[i], false, places, &count);
#ifdef LEAK_CHECKER_READS
    add(LEAK_CHECKER_READS, false, places, &count);
#endif
    if (isolation->output)
        add_output(isolation->output, places, &count);
    enum err_code code = landlock_confine(places, count, &held, err);
    while (count)
        (void)close(places[--count].fd);
    return code;
}

bool isolation_holds(void)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool refused = fd < 0 && errno == EACCES;
    if (fd >= 0)
        (void)close(fd);
    return refused;
}
