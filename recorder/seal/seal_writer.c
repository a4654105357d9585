#include "recorder/seal/seal_writer.h"

#include "engine/base/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

/* Method: a member's bytes go through its zstd stream into its piece; a piece that is full,
   or that is flushed, becomes one frame, one message and one write. Each write ends with a
   whole chunk, so what a kill leaves behind is a valid front of the file. The first failure
   sticks, for a file with a hole must not grow.

   The level is the fastest one: a page's frames repeat, so it loses little, and sealing must
   not cost a live run more than writing does. The window is small for the reader's sake. */
#define SEAL_LEVEL 1
#define SEAL_WINDOW_LOG 20

struct seal_member {
    bool open;
    uint32_t number;
    enum seal_coding coding;
    uint64_t plain_bytes;
    ZSTD_CCtx *context; /* owned; kept for the next member */
    size_t used;
    unsigned char *piece; /* owned: SEAL_PIECE_MAX bytes */
};

struct seal_writer {
    int fd;
    bool failed;
    uint32_t count; /* members begun */
    crypto_secretstream_xchacha20poly1305_state stream;
    unsigned char digest[SEAL_DIGEST_BYTES]; /* of the header */
    struct seal_member members[SEAL_OPEN_MAX];
    unsigned char frame[SEAL_FRAME_MAX];
    unsigned char chunk[4 + SEAL_CHUNK_MAX];
};

static enum err_code write_all(struct seal_writer *writer, const unsigned char *bytes, size_t size, struct err *err)
{
    while (size) {
        ssize_t written = write(writer->fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            writer->failed = true;
            return err_set(err, ERR_ENV, "cannot write the sealed file: %s", strerror(errno));
        }
        bytes += written;
        size -= (size_t)written;
    }
    return ERR_OK;
}

/* The frame whose payload of `size` bytes stands in writer->frame already. */
static enum err_code put_frame(struct seal_writer *writer, enum seal_frame type, uint32_t member, size_t size, struct err *err)
{
    unsigned long long sealed = 0;
    unsigned char tag = type == SEAL_END ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                         : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    if (writer->failed)
        return err_set(err, ERR_ENV, "cannot write the sealed file: an earlier write failed");
    writer->frame[0] = (unsigned char)type;
    seal_put_u32(writer->frame + 1, member);
    (void)crypto_secretstream_xchacha20poly1305_push(&writer->stream, writer->chunk + 4, &sealed, writer->frame,
                                                     SEAL_FRAME_HEAD + size, writer->digest, sizeof writer->digest, tag);
    seal_put_u32(writer->chunk, (uint32_t)sealed);
    return write_all(writer, writer->chunk, 4 + sealed, err);
}

/* Front, recipients, digest: all that stands before the first chunk. */
static enum err_code put_header(struct seal_writer *writer, enum seal_kind kind, const struct public_key *to, size_t count,
                                struct err *err)
{
    unsigned char header[SEAL_HEADER_MAX] = {0}, key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    size_t size = SEAL_FRONT_BYTES + count * SEAL_RECIPIENT_BYTES;
    int sealed = 0;
    memcpy(header, SEAL_MAGIC, SEAL_MAGIC_BYTES);
    seal_put_u32(header + SEAL_AT_SIZE, (uint32_t)size);
    seal_put_u16(header + SEAL_AT_FORMAT, SEAL_FORMAT);
    seal_put_u16(header + SEAL_AT_KIND, (uint16_t)kind);
    seal_put_u16(header + SEAL_AT_RECIPIENTS, (uint16_t)count);
    crypto_secretstream_xchacha20poly1305_keygen(key);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&writer->stream, header + SEAL_AT_STREAM, key);
    for (size_t i = 0; i < count; i++) {
        unsigned char *recipient = header + SEAL_FRONT_BYTES + i * SEAL_RECIPIENT_BYTES;
        seal_put_u32(recipient, to[i].version);
        memcpy(recipient + SEAL_AT_PUBLIC, to[i].bytes, KEY_BYTES);
        sealed |= crypto_box_seal(recipient + SEAL_AT_BOX, key, sizeof key, to[i].bytes);
    }
    sodium_memzero(key, sizeof key);
    seal_put_u32(header + SEAL_AT_CRC, crc32c(0, (struct slice){(char *)header + SEAL_AT_SIZE, size - SEAL_AT_SIZE}));
    (void)crypto_generichash(writer->digest, sizeof writer->digest, header, size, NULL, 0);
    return sealed == 0 ? write_all(writer, header, size, err)
                       : err_set(err, ERR_INTEGRITY, "a key to seal to is no point of the curve: take the public key from its backup");
}

enum err_code seal_writer_open(int dir_fd, const char *path, enum seal_kind kind, const struct public_key *to,
                               size_t count, struct seal_writer **ret_writer, struct err *err)
{
    ASSERT(count >= 1 && count <= SEAL_RECIPIENTS_MAX);
    struct seal_writer *writer = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *writer);
    if (!writer)
        return err_set(err, ERR_ENV, "there is no memory to seal");
    memset(writer, 0, sizeof *writer);
    writer->fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err_code code = ERR_OK;
    if (writer->fd < 0)
        code = err_set(err, errno == EEXIST ? ERR_USAGE : ERR_ENV, "%s: cannot create: %s", path, strerror(errno));
    if (code == ERR_OK)
        code = put_header(writer, kind, to, count, err);
    if (code == ERR_OK)
        *ret_writer = writer;
    else
        seal_writer_abandon(writer);
    return code;
}

static enum err_code prepare(struct seal_member *member, struct err *err)
{
    if (!member->context)
        member->context = ZSTD_createCCtx();
    if (!member->piece)
        member->piece = malloc(SEAL_PIECE_MAX);
    if (!member->context || !member->piece)
        return err_set(err, ERR_ENV, "there is no memory to seal");
    (void)ZSTD_CCtx_reset(member->context, ZSTD_reset_session_and_parameters);
    (void)ZSTD_CCtx_setParameter(member->context, ZSTD_c_compressionLevel, SEAL_LEVEL);
    (void)ZSTD_CCtx_setParameter(member->context, ZSTD_c_windowLog, SEAL_WINDOW_LOG);
    return ERR_OK;
}

enum err_code seal_begin(struct seal_writer *writer, const char *name, enum seal_coding coding, uint32_t *ret_member,
                         struct err *err)
{
    size_t length = strlen(name), slot = 0;
    ASSERT(length >= 1 && length <= SEAL_NAME_MAX);
    while (slot < SEAL_OPEN_MAX && writer->members[slot].open)
        slot++;
    ASSERT(slot < SEAL_OPEN_MAX);
    if (writer->count == SEAL_MEMBERS_MAX)
        return err_set(err, ERR_ENV, "a sealed file holds at most %d files", SEAL_MEMBERS_MAX);
    struct seal_member *member = &writer->members[slot];
    TRY(prepare(member, err));
    member->open = true;
    member->number = writer->count++;
    member->coding = coding;
    member->plain_bytes = 0;
    member->used = 0;
    writer->frame[SEAL_FRAME_HEAD] = (unsigned char)coding;
    memcpy(writer->frame + SEAL_FRAME_HEAD + 1, name, length);
    *ret_member = member->number;
    return put_frame(writer, SEAL_BEGIN, member->number, 1 + length, err);
}

static struct seal_member *find(struct seal_writer *writer, uint32_t number)
{
    for (size_t i = 0; i < SEAL_OPEN_MAX; i++)
        if (writer->members[i].open && writer->members[i].number == number)
            return &writer->members[i];
    ASSERT(!"a member that was begun and not finished");
    return NULL;
}

static enum err_code put_piece(struct seal_writer *writer, struct seal_member *member, struct err *err)
{
    if (member->used == 0)
        return ERR_OK;
    memcpy(writer->frame + SEAL_FRAME_HEAD, member->piece, member->used);
    size_t size = member->used;
    member->used = 0;
    return put_frame(writer, SEAL_DATA, member->number, size, err);
}

static enum err_code add_plain(struct seal_writer *writer, struct seal_member *member, struct slice bytes, struct err *err)
{
    while (bytes.len) {
        size_t room = SEAL_PIECE_MAX - member->used, take = bytes.len < room ? bytes.len : room;
        memcpy(member->piece + member->used, bytes.ptr, take);
        member->used += take;
        bytes = (struct slice){bytes.ptr + take, bytes.len - take};
        if (member->used == SEAL_PIECE_MAX)
            TRY(put_piece(writer, member, err));
    }
    return ERR_OK;
}

/* Takes all of bytes; unless the directive is to go on, also all that zstd holds back. */
static enum err_code add_packed(struct seal_writer *writer, struct seal_member *member, struct slice bytes,
                                ZSTD_EndDirective directive, struct err *err)
{
    ZSTD_inBuffer input = {bytes.ptr, bytes.len, 0};
    size_t left;
    do {
        ZSTD_outBuffer output = {member->piece, SEAL_PIECE_MAX, member->used};
        left = ZSTD_compressStream2(member->context, &output, &input, directive);
        if (ZSTD_isError(left))
            return err_set(err, ERR_ENV, "cannot be packed: %s", ZSTD_getErrorName(left));
        member->used = output.pos;
        if (member->used == SEAL_PIECE_MAX)
            TRY(put_piece(writer, member, err));
    } while (input.pos < input.size || (directive != ZSTD_e_continue && left));
    return ERR_OK;
}

static enum err_code add(struct seal_writer *writer, struct seal_member *member, struct slice bytes,
                         ZSTD_EndDirective directive, struct err *err)
{
    member->plain_bytes += bytes.len;
    return member->coding == SEAL_ZSTD ? add_packed(writer, member, bytes, directive, err)
                                       : add_plain(writer, member, bytes, err);
}

enum err_code seal_add(struct seal_writer *writer, uint32_t member, struct slice bytes, struct err *err)
{
    return add(writer, find(writer, member), bytes, ZSTD_e_continue, err);
}

enum err_code seal_flush(struct seal_writer *writer, uint32_t number, struct err *err)
{
    struct seal_member *member = find(writer, number);
    TRY(add(writer, member, SLICE_NONE, ZSTD_e_flush, err));
    return put_piece(writer, member, err);
}

enum err_code seal_finish(struct seal_writer *writer, uint32_t number, struct err *err)
{
    struct seal_member *member = find(writer, number);
    TRY(add(writer, member, SLICE_NONE, ZSTD_e_end, err));
    TRY(put_piece(writer, member, err));
    member->open = false;
    seal_put_u64(writer->frame + SEAL_FRAME_HEAD, member->plain_bytes);
    return put_frame(writer, SEAL_FINISH, member->number, 8, err);
}

enum err_code seal_copy_frame(struct seal_writer *writer, enum seal_frame type, uint32_t member, struct slice payload,
                              struct err *err)
{
    ASSERT(type != SEAL_END && payload.len <= SEAL_PIECE_MAX);
    writer->count += type == SEAL_BEGIN;
    memcpy(writer->frame + SEAL_FRAME_HEAD, payload.ptr, payload.len);
    return put_frame(writer, type, member, payload.len, err);
}

enum err_code seal_whole(struct seal_writer *writer, const char *name, struct slice bytes, struct err *err)
{
    uint32_t member = 0;
    TRY(seal_begin(writer, name, SEAL_ZSTD, &member, err));
    TRY(seal_add(writer, member, bytes, err));
    return seal_finish(writer, member, err);
}

enum err_code seal_writer_close(struct seal_writer *writer, struct err *err)
{
    for (size_t i = 0; i < SEAL_OPEN_MAX; i++)
        ASSERT(!writer->members[i].open);
    seal_put_u32(writer->frame + SEAL_FRAME_HEAD, writer->count);
    enum err_code code = put_frame(writer, SEAL_END, 0, 4, err);
    if (code == ERR_OK && fsync(writer->fd) != 0)
        code = err_set(err, ERR_ENV, "cannot sync the sealed file: %s", strerror(errno));
    seal_writer_abandon(writer);
    return code;
}

void seal_writer_abandon(struct seal_writer *writer)
{
    if (!writer)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    for (size_t i = 0; i < SEAL_OPEN_MAX; i++) {
        struct seal_member *member = &writer->members[i];
        ZSTD_freeCCtx(member->context);
        if (member->piece)
            sodium_memzero(member->piece, SEAL_PIECE_MAX);
        free(member->piece);
    }
    sodium_free(writer);
}
