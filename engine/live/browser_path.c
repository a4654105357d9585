/* The usual places are tried in order of preference. A script in a system bin
   folder is replaced by the binary it is known to start; a script anywhere else
   is what the user asked for and stays. */
#include "engine/live/browser_path.h"

#include "engine/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHROMIUM_FOLDER "/usr/lib/chromium/"
#define SEARCH_PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

struct known_browser {
    const char *name;
    const char *binary; /* what a script of that name starts */
    bool can_be_headed;
};

static const struct known_browser known_browsers[] = {
    {"chromium-headless-shell", CHROMIUM_FOLDER "chromium-headless-shell", false},
    {"chromium", CHROMIUM_FOLDER "chromium", true},
    {"chromium-browser", CHROMIUM_FOLDER "chromium", true},
    {"google-chrome-stable", "/opt/google/chrome/chrome", true},
    {"google-chrome", "/opt/google/chrome/chrome", true},
};

#define KNOWN_COUNT (sizeof known_browsers / sizeof known_browsers[0])

static int check_executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    return S_ISREG(status.st_mode) && access(path, X_OK) == 0 ? 0 : EACCES;
}

static bool is_script(const char *path)
{
    char head[2] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, head, sizeof head);
    close(fd);
    return size == 2 && head[0] == '#' && head[1] == '!';
}

static bool is_in_system_folder(const char *path, const char *name)
{
    size_t length = (size_t)(name - path);
    struct slice folder = {path, length};
    return slice_equal(folder, SLICE("/usr/bin/")) || slice_equal(folder, SLICE("/bin/"));
}

/* The binary behind a known script, or path itself. */
static const char *behind_script(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    if (!is_in_system_folder(path, name) || !is_script(path))
        return path;
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(name, known_browsers[i].name) == 0 && check_executable(known_browsers[i].binary) == 0)
            return known_browsers[i].binary;
    return path;
}

static int take_path(const char *path, char ret_path[PATH_MAX])
{
    int error = check_executable(path);
    if (error)
        return error;
    return text_format(ret_path, PATH_MAX, "%s", behind_script(path)) ? 0 : ENAMETOOLONG;
}

static int look_up(const char *name, char ret_path[PATH_MAX])
{
    const char *folder = getenv("PATH");
    if (!folder || !*folder)
        folder = SEARCH_PATH_DEFAULT;
    int error = ENOENT;
    while (*folder) {
        size_t length = strcspn(folder, ":");
        char path[PATH_MAX];
        if (folder[0] == '/' && text_format(path, sizeof path, "%.*s/%s", (int)length, folder, name)) {
            int this_error = take_path(path, ret_path);
            if (this_error == 0)
                return 0;
            if (this_error != ENOENT && this_error != ENOTDIR)
                error = this_error;
        }
        folder += length + (folder[length] == ':');
    }
    return error;
}

int browser_path_find(const char *wanted, bool headed, char ret_path[PATH_MAX])
{
    if (wanted && strchr(wanted, '/'))
        return take_path(wanted, ret_path);
    if (wanted)
        return *wanted ? look_up(wanted, ret_path) : ENOENT;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const struct known_browser *known = &known_browsers[i];
        if (headed && !known->can_be_headed)
            continue;
        if (take_path(known->binary, ret_path) == 0 || look_up(known->name, ret_path) == 0)
            return 0;
    }
    return ENOENT;
}
