#include "engine/cli/login/state_sealed.h"

#include "engine/cli/input_file.h"
#include "recorder/seal/neighbour.h"
#include "recorder/seal/seal_walk.h"
#include "recorder/seal/seal_writer.h"
#include "recorder/seal/sealed.h"
#include "recorder/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code read_stream(struct sealed_stream *stream, struct str *ret_text, struct err *err)
{
    char piece[4096];
    enum err_code code = ERR_OK;
    for (size_t got = 1; code == ERR_OK && got;) {
        code = sealed_stream_read(stream, piece, sizeof piece, &got, err);
        if (code == ERR_OK)
            str_add(ret_text, (struct slice){piece, got});
        if (str_full(ret_text))
            code = err_set(err, ERR_INPUT, "is over the limit of %zu MiB", ret_text->max >> 20);
    }
    sodium_memzero(piece, sizeof piece);
    return code;
}

static enum err_code read_sealed(const char *path, struct str *ret_text, struct err *err)
{
    struct sealed *sealed = NULL;
    struct sealed_stream *stream = NULL;
    uint64_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    enum err_code code = sealed_open(fd, SEAL_STATE, store_keys(), &sealed, NULL, err);
    if (code == ERR_OK)
        code = sealed_stream_open(sealed, STATE_MEMBER, &stream, &size, err);
    if (code == ERR_OK)
        code = read_stream(stream, ret_text, err);
    sealed_stream_close(stream);
    sealed_close(sealed);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "%s", path);
}

enum err_code state_read(const char *path, struct str *ret_text, struct err *err)
{
    return store_path_is_sealed(path) ? read_sealed(path, ret_text, err) : input_file_read(path, ret_text, err);
}

/* By its header, for a recording is sealed too. */
static bool is_sealed_state(const char *path)
{
    static struct err ignored;
    struct seal_header header;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    err_init(&ignored);
    bool is_state = store_is_sealed(fd) && seal_header_read(fd, &header, &ignored) == ERR_OK && header.kind == SEAL_STATE;
    close(fd);
    return is_state;
}

enum err_code state_seal_check(const char *path, struct err *err)
{
    struct stat status;
    if (lstat(path, &status) != 0 || is_sealed_state(path))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s: is there, and is no sealed state: it is not replaced; name a new file", path);
}

static enum err_code write_sealed(const char *beside, struct slice text, const struct keys_to *to, struct err *err)
{
    struct seal_writer *writer = NULL;
    TRY(seal_writer_open(AT_FDCWD, beside, SEAL_STATE, to->list, to->count, &writer, err));
    if (seal_whole(writer, STATE_MEMBER, text, err) == ERR_OK)
        return seal_writer_close(writer, err);
    seal_writer_abandon(writer);
    return err->code;
}

enum err_code state_seal(const char *path, struct slice text, const struct keys_to *to, struct err *err)
{
    char beside[PATH_MAX];
    TRY(state_seal_check(path, err));
    if (!neighbour_name(path, beside, sizeof beside))
        return err_set(err, ERR_USAGE, "%.60s...: the path is too long", path);
    enum err_code code = write_sealed(beside, text, to, err);
    if (code == ERR_OK && rename(beside, path) != 0)
        code = err_set(err, ERR_ENV, "cannot be put in place: %s", strerror(errno));
    if (code == ERR_OK) {
        neighbour_sync(path);
        return ERR_OK;
    }
    (void)unlink(beside);
    return err_wrap(err, "%s", path);
}

void state_text_fini(struct str *text)
{
    if (text->ptr)
        sodium_memzero(text->ptr, text->capacity);
    str_fini(text);
}
