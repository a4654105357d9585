#include "recorder/seal/reseal.h"

#include "recorder/seal/neighbour.h"
#include "recorder/seal/seal_walk.h"
#include "recorder/seal/seal_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Method: frames are opened and sealed again as they are; nothing is unpacked. */

#define RESEAL_PATH_MAX 4096

static enum err_code open_file(const char *path, int *ret_fd, struct err *err)
{
    struct stat status;
    unsigned char front[SEAL_MAGIC_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0)
        return err_set(err, errno == ENOENT || errno == ELOOP || errno == EACCES ? ERR_INPUT : ERR_ENV, "cannot be opened: %s", strerror(errno));
    ssize_t got = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? pread(fd, front, sizeof front, 0) : -1;
    if (got < 0 || !seal_is_magic(front, (size_t)got)) {
        close(fd);
        return err_set(err, ERR_INPUT, "is no sealed file");
    }
    *ret_fd = fd;
    return ERR_OK;
}

/* Recipients of the new file, each once. False when nothing changes. */
static bool change_recipients(const struct seal_header *header, const struct key_ring *ring, struct public_key *ret_to, size_t *ret_count)
{
    bool changed = false;
    *ret_count = 0;
    for (size_t i = 0; i < header->count; i++) {
        const struct key_pair *pair = key_ring_find(ring, header->to[i].bytes);
        struct public_key key = pair ? ring->pairs[0].half : header->to[i];
        bool is_there = false;
        changed |= memcmp(key.bytes, header->to[i].bytes, KEY_BYTES) != 0;
        for (size_t k = 0; k < *ret_count; k++)
            is_there |= memcmp(ret_to[k].bytes, key.bytes, KEY_BYTES) == 0;
        if (!is_there)
            ret_to[(*ret_count)++] = key;
    }
    return changed;
}

static bool has_ours(const struct seal_header *header, const struct key_ring *ring)
{
    bool found = false;
    for (size_t i = 0; i < header->count; i++)
        found |= key_ring_find(ring, header->to[i].bytes) != NULL;
    return found;
}

static enum err_code read_header(const char *path, int *ret_fd, struct seal_header *ret_header, struct err *err)
{
    int fd = -1;
    enum err_code code = open_file(path, &fd, err);
    if (code == ERR_OK)
        code = seal_header_read(fd, ret_header, err);
    if (code == ERR_OK) {
        *ret_fd = fd;
        return ERR_OK;
    }
    if (fd >= 0)
        close(fd);
    return err_wrap(err, "%s", path);
}

enum err_code reseal_is_current(const char *path, const struct key_ring *ring, bool *ret_current, struct err *err)
{
    struct public_key to[SEAL_RECIPIENTS_MAX];
    struct seal_header header;
    size_t count = 0;
    int fd = -1;
    TRY(read_header(path, &fd, &header, err));
    close(fd);
    if (!has_ours(&header, ring))
        return err_set(err, ERR_INTEGRITY, "%s: is sealed to no version of this key: name the key that opens it, or leave the file out", path);
    *ret_current = !change_recipients(&header, ring, to, &count);
    return ERR_OK;
}

static enum err_code copy_frames(struct seal_walk *walk, struct seal_writer *writer, struct err *err)
{
    struct seal_frame_read frame;
    for (;;) {
        TRY(seal_walk_next(walk, &frame, err));
        if (frame.type == SEAL_END)
            return ERR_OK;
        if (writer)
            TRY(seal_copy_frame(writer, frame.type, frame.member, frame.payload, err));
    }
}

/* From front to end: into the writer, or only to see that it opens. */
static enum err_code walk_file(int fd, const struct seal_header *header, const struct key_ring *ring, struct seal_writer *writer, struct err *err)
{
    struct seal_walk *walk = seal_walk_new(fd);
    if (!walk)
        return err_set(err, ERR_ENV, "there is no memory to seal");
    enum err_code code = seal_walk_begin(walk, header, ring, err);
    if (code == ERR_OK)
        code = copy_frames(walk, writer, err);
    seal_walk_free(walk);
    return code;
}

static enum err_code write_beside(int fd, const struct seal_header *header, const struct key_ring *ring, const char *beside, struct err *err)
{
    struct public_key to[SEAL_RECIPIENTS_MAX];
    struct seal_writer *writer = NULL;
    size_t count = 0;
    (void)change_recipients(header, ring, to, &count);
    TRY(seal_writer_open(AT_FDCWD, beside, header->kind, to, count, &writer, err));
    if (walk_file(fd, header, ring, writer, err) == ERR_OK)
        return seal_writer_close(writer, err);
    seal_writer_abandon(writer);
    return err->code;
}

static enum err_code read_back(const char *beside, const struct key_ring *ring, struct err *err)
{
    struct seal_header header;
    int fd = -1;
    TRY(read_header(beside, &fd, &header, err));
    enum err_code code = walk_file(fd, &header, ring, NULL, err);
    close(fd);
    return code;
}

static enum err_code replace(int fd, const struct seal_header *header, const char *path, const char *beside, const struct key_ring *ring, struct err *err)
{
    TRY(write_beside(fd, header, ring, beside, err));
    TRY(read_back(beside, ring, err));
    if (rename(beside, path) != 0)
        return err_set(err, ERR_ENV, "cannot be put in place: %s", strerror(errno));
    neighbour_sync(path); /* before the next file is begun */
    return ERR_OK;
}

enum err_code reseal(const char *path, const struct key_ring *ring, struct err *err)
{
    char beside[RESEAL_PATH_MAX];
    struct seal_header header;
    int fd = -1;
    if (!neighbour_name(path, beside, sizeof beside))
        return err_set(err, ERR_USAGE, "%.60s...: the path is too long", path);
    TRY(read_header(path, &fd, &header, err));
    enum err_code code = replace(fd, &header, path, beside, ring, err);
    close(fd);
    if (code == ERR_OK)
        return ERR_OK;
    (void)unlink(beside);
    return err_wrap(err, "%s", path);
}
