#include "recorder/bodies.h"

#include "recorder/recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum err_code bodies_open(struct bodies *bodies, int recording_dir_fd, struct err *err)
{
    *bodies = (struct bodies){.dir_fd = -1};
    if (mkdirat(recording_dir_fd, RECORDING_BODIES, 0700) != 0)
        return err_set(err, ERR_ENV, "%s: cannot make the directory: %s", RECORDING_BODIES, strerror(errno));
    bodies->dir_fd = openat(recording_dir_fd, RECORDING_BODIES, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (bodies->dir_fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot open the directory: %s", RECORDING_BODIES, strerror(errno));
    return ERR_OK;
}

enum err_code bodies_put(struct bodies *bodies, struct slice body, char ret_sha256[FILE_SHA256_TEXT], struct err *err)
{
    struct file_digest digest;
    file_digest_text(body, &digest);
    memcpy(ret_sha256, digest.sha256, FILE_SHA256_TEXT);
    if (file_exists(bodies->dir_fd, digest.sha256))
        return ERR_OK;
    if (file_replace(bodies->dir_fd, digest.sha256, body, err) != ERR_OK)
        return err_wrap(err, RECORDING_BODIES);
    bodies->count++;
    return ERR_OK;
}

void bodies_close(struct bodies *bodies)
{
    if (bodies->dir_fd >= 0)
        close(bodies->dir_fd);
    bodies->dir_fd = -1;
}

/* What a killed recorder was at is no body yet. */
static bool is_body(const char *name)
{
    size_t len = strlen(name), suffix_len = sizeof FILE_NEIGHBOUR_SUFFIX - 1;
    bool is_unfinished = len > suffix_len && strcmp(name + len - suffix_len, FILE_NEIGHBOUR_SUFFIX) == 0;
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_unfinished;
}

static enum err_code check_body(int dir_fd, const char *name, struct err *err)
{
    struct file_digest found;
    TRY(file_digest_of(dir_fd, name, &found, err));
    if (strcmp(found.sha256, name) == 0)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: bad SHA-256 (got %.12s...): damaged or edited", name, found.sha256);
}

enum err_code bodies_check(int recording_dir_fd, uint64_t *ret_count, struct err *err)
{
    int fd = openat(recording_dir_fd, RECORDING_BODIES, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int cause = errno;
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_INPUT, "%s: cannot be listed: %s", RECORDING_BODIES, strerror(cause));
    }
    enum err_code code = ERR_OK;
    *ret_count = 0;
    for (struct dirent *entry; code == ERR_OK && (entry = readdir(dir)) != NULL;) {
        if (!is_body(entry->d_name))
            continue;
        code = check_body(fd, entry->d_name, err);
        ++*ret_count;
    }
    closedir(dir);
    return code == ERR_OK ? ERR_OK : err_wrap(err, RECORDING_BODIES);
}
