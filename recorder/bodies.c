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
    return !is_unfinished;
}

struct bodies_met {
    const struct store *store;
    uint64_t count;
};

static enum err_code check_body(void *ctx, const char *path, struct err *err)
{
    struct bodies_met *met = ctx;
    const char *name = path + sizeof RECORDING_BODIES;
    struct file_digest found;
    if (!is_body(name))
        return ERR_OK;
    met->count++;
    TRY(store_digest(met->store, path, &found, err));
    if (strcmp(found.sha256, name) == 0)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: bad SHA-256 (got %.12s...): damaged or edited", path, found.sha256);
}

enum err_code bodies_check(const struct store *store, uint64_t *ret_count, struct err *err)
{
    struct bodies_met met = {.store = store};
    enum err_code code = store_each(store, RECORDING_BODIES, check_body, &met, err);
    *ret_count = met.count;
    return code;
}
