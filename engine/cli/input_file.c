/* open() does not block (O_NONBLOCK: a FIFO without a writer opens, and is then seen
   for what it is), fstat() decides, and only then is anything read. */
#include "engine/cli/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code cannot_open(const char *path, int error, struct err *err)
{
    struct stat link;
    switch (error) {
    case ENOENT:
        if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
            return err_set(err, ERR_INPUT, "%s: a link to a file that does not exist", path);
        return err_set(err, ERR_INPUT, "%s: no such file", path);
    case ELOOP:
        return err_set(err, ERR_INPUT, "%s: a link that leads in a circle", path);
    case ENXIO:
        return err_set(err, ERR_INPUT, "%s: a socket or a device, not a file", path);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
        return err_set(err, ERR_ENV, "%s: cannot be opened: %s", path, strerror(error));
    }
    return err_set(err, ERR_INPUT, "%s: cannot be opened: %s", path, strerror(error));
}

/* What stands there instead of a file. */
static const char *name_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "no regular file";
}

static enum err_code judge(const char *path, const struct stat *s, uint64_t size_bytes_max, struct err *err)
{
    if (!S_ISREG(s->st_mode))
        return err_set(err, ERR_INPUT, "%s: this is %s; a file is needed", path, name_of(s->st_mode));
    if (s->st_size == 0)
        return err_set(err, ERR_INPUT, "%s: the file is empty", path);
    if ((uint64_t)s->st_size > size_bytes_max)
        return err_set(err, ERR_INPUT, "%s: over the limit: %lld bytes, and at most %llu are read", path,
                       (long long)s->st_size, (unsigned long long)size_bytes_max);
    return ERR_OK;
}

enum err_code input_file_open(const char *path, uint64_t size_bytes_max, struct input_file *ret_file, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return cannot_open(path, errno, err);
    struct stat s;
    enum err_code code = fstat(fd, &s) == 0 ? judge(path, &s, size_bytes_max, err) : cannot_open(path, errno, err);
    if (code != ERR_OK) {
        close(fd);
        return code;
    }
    *ret_file = (struct input_file){.path = path, .fd = fd, .size_bytes = (uint64_t)s.st_size};
    return ERR_OK;
}

void input_file_close(struct input_file *file)
{
    if (file->path)
        close(file->fd);
    *file = (struct input_file){0};
}

enum err_code input_file_read_at(struct input_file *file, uint64_t offset, char *ret_bytes, size_t count,
                                 struct err *err)
{
    for (size_t have = 0; have < count;) {
        ssize_t got = pread(file->fd, ret_bytes + have, count - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_ENV, "%s: cannot be read: %s", file->path, strerror(errno));
        if (got == 0)
            return err_set(err, ERR_INPUT, "%s: the file became shorter while it was read", file->path);
        have += (size_t)got;
    }
    return ERR_OK;
}

static enum err_code source_read_at(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    return input_file_read_at(context, offset, ret_bytes, count, err);
}

struct batch_source input_file_source(struct input_file *file)
{
    return (struct batch_source){.context = file, .size_bytes = file->size_bytes, .lost = ERR_ENV, .read_at = source_read_at};
}

static enum err_code read_all(struct input_file *file, struct str *ret_text, struct err *err)
{
    char bytes[16384];
    for (uint64_t at = 0; at < file->size_bytes; at += sizeof bytes) {
        uint64_t rest = file->size_bytes - at;
        struct slice piece = {bytes, rest < sizeof bytes ? (size_t)rest : sizeof bytes};
        TRY(input_file_read_at(file, at, bytes, piece.len, err));
        str_add(ret_text, piece);
    }
    return str_full(ret_text) ? err_set(err, ERR_ENV, "%s: out of memory", file->path) : ERR_OK;
}

enum err_code input_file_read(const char *path, struct str *ret_text, struct err *err)
{
    struct input_file file;
    TRY(input_file_open(path, ret_text->max - ret_text->len, &file, err));
    enum err_code code = read_all(&file, ret_text, err);
    input_file_close(&file);
    return code;
}
