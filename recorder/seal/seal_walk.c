#include "recorder/seal/seal_walk.h"

#include "engine/base/crc32c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool seal_is_magic(const unsigned char *bytes, size_t size)
{
    int flipped = 0;
    if (size < SEAL_MAGIC_BYTES)
        return false;
    for (size_t i = 0; i < SEAL_MAGIC_BYTES; i++)
        for (unsigned bits = bytes[i] ^ (unsigned char)SEAL_MAGIC[i]; bits; bits &= bits - 1)
            flipped++;
    return flipped <= 4;
}

/* Up to `want` bytes from an offset: fewer only at the file's end. */
static enum err_code read_at(int fd, uint64_t offset, unsigned char *to, size_t want, size_t *ret_got, struct err *err)
{
    size_t have = 0;
    while (have < want) {
        ssize_t got = pread(fd, to + have, want - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_ENV, "cannot read the sealed file: %s", strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    *ret_got = have;
    return ERR_OK;
}

static enum err_code fail_header(struct err *err)
{
    return err_set(err, ERR_INTEGRITY, "its header is damaged: nothing of it can be opened; take it from its backup");
}

/* The checksum first: then what differs from what this reads was written so. */
static enum err_code check_header(const unsigned char *bytes, size_t got, struct err *err)
{
    size_t size = got >= SEAL_FRONT_BYTES ? seal_u32(bytes + SEAL_AT_SIZE) : 0;
    if (size < SEAL_FRONT_BYTES || size > got || memcmp(bytes, SEAL_MAGIC, SEAL_MAGIC_BYTES) != 0 ||
        seal_u32(bytes + SEAL_AT_CRC) != crc32c(0, (struct slice){(const char *)bytes + SEAL_AT_SIZE, size - SEAL_AT_SIZE}))
        return fail_header(err);
    if (seal_u16(bytes + SEAL_AT_FORMAT) != SEAL_FORMAT)
        return err_set(err, ERR_INPUT, "is sealed in format %u, this revisit reads %d: take a newer revisit",
                       seal_u16(bytes + SEAL_AT_FORMAT), SEAL_FORMAT);
    size_t count = seal_u16(bytes + SEAL_AT_RECIPIENTS);
    if (count == 0 || count > SEAL_RECIPIENTS_MAX || size != SEAL_FRONT_BYTES + count * SEAL_RECIPIENT_BYTES ||
        seal_u16(bytes + SEAL_AT_RESERVED) != 0)
        return fail_header(err);
    return ERR_OK;
}

enum err_code seal_header_read(int fd, struct seal_header *ret_header, struct err *err)
{
    size_t got = 0;
    memset(ret_header, 0, sizeof *ret_header);
    TRY(read_at(fd, 0, ret_header->bytes, sizeof ret_header->bytes, &got, err));
    TRY(check_header(ret_header->bytes, got, err));
    ret_header->size_bytes = seal_u32(ret_header->bytes + SEAL_AT_SIZE);
    ret_header->kind = seal_u16(ret_header->bytes + SEAL_AT_KIND);
    ret_header->count = seal_u16(ret_header->bytes + SEAL_AT_RECIPIENTS);
    for (size_t i = 0; i < ret_header->count; i++) {
        const unsigned char *recipient = ret_header->bytes + SEAL_FRONT_BYTES + i * SEAL_RECIPIENT_BYTES;
        ret_header->to[i].version = seal_u32(recipient);
        memcpy(ret_header->to[i].bytes, recipient + SEAL_AT_PUBLIC, KEY_BYTES);
    }
    return ERR_OK;
}

/* To whom it is sealed, so that the right key can be found. */
static enum err_code fail_key(const struct seal_header *header, bool has_keys, struct err *err)
{
    char ids[3 * (KEY_ID_TEXT + 24)] = "", id[KEY_ID_TEXT];
    size_t length = 0;
    for (size_t i = 0; i < header->count && i < 3; i++) {
        key_id(header->to[i].bytes, id);
        ASSERT(text_format(ids + length, sizeof ids - length, "%s%s (version %u)", i ? ", " : "", id, header->to[i].version));
        length = strlen(ids);
    }
    return err_set(err, ERR_INTEGRITY, "is sealed to key %s%s: %s", ids, header->count > 3 ? " and others" : "",
                   has_keys ? "the key file given holds none of them; `revisit key show FILE` lists what one holds"
                            : "name the key file with --key");
}

static enum err_code open_box(const struct seal_header *header, const struct key_ring *keys, unsigned char *ret_key, struct err *err)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct key_pair *pair = key_ring_find(keys, header->to[i].bytes);
        const unsigned char *box = header->bytes + SEAL_FRONT_BYTES + i * SEAL_RECIPIENT_BYTES + SEAL_AT_BOX;
        if (!pair)
            continue;
        if (crypto_box_seal_open(ret_key, box, SEAL_BOX_BYTES, pair->half.bytes, pair->secret) != 0)
            return fail_header(err);
        return ERR_OK;
    }
    return fail_key(header, keys != NULL, err);
}

struct seal_walk *seal_walk_new(int fd)
{
    struct seal_walk *walk = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *walk);
    unsigned char *buffers = malloc(SEAL_FRAME_MAX + SEAL_AHEAD_BYTES);
    if (!walk || !buffers) {
        sodium_free(walk);
        free(buffers);
        return NULL;
    }
    memset(walk, 0, sizeof *walk);
    walk->fd = fd;
    walk->frame = buffers;
    walk->ahead = buffers + SEAL_FRAME_MAX;
    return walk;
}

void seal_walk_free(struct seal_walk *walk)
{
    if (!walk)
        return;
    sodium_memzero(walk->frame, walk->frame_used);
    free(walk->frame);
    sodium_free(walk);
}

enum err_code seal_walk_begin(struct seal_walk *walk, const struct seal_header *header, const struct key_ring *keys,
                              struct err *err)
{
    unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    walk->offset = header->size_bytes;
    TRY(open_box(header, keys, key, err));
    int begun = crypto_secretstream_xchacha20poly1305_init_pull(&walk->stream, header->bytes + SEAL_AT_STREAM, key);
    sodium_memzero(key, sizeof key);
    walk->begun = walk->stream;
    (void)crypto_generichash(walk->digest, sizeof walk->digest, header->bytes, header->size_bytes, NULL, 0);
    return begun == 0 ? ERR_OK : fail_header(err);
}

static enum err_code fail_chunk(const struct seal_walk *walk, const char *what, struct err *err)
{
    return err_set(err, ERR_INTEGRITY, "chunk %llu, at byte %llu: %s", (unsigned long long)walk->chunk_number + 1,
                   (unsigned long long)walk->offset, what);
}

static enum err_code fail_cut(const struct seal_walk *walk, struct err *err)
{
    return fail_chunk(walk, "the file is cut, or its writer was killed: `revisit recording open FILE --key KEY -o DIR --salvage` keeps what stands before", err);
}

static enum err_code fail_damage(const struct seal_walk *walk, struct err *err)
{
    return fail_chunk(walk, "is damaged, or not where it was written: take the file from its backup", err);
}

/* At least `want` bytes at hand, or the file's end is reached. */
static enum err_code look_ahead(struct seal_walk *walk, size_t want, size_t *ret_have, struct err *err)
{
    size_t have = walk->ahead_end - walk->ahead_start, got = 0;
    if (have < want) {
        memmove(walk->ahead, walk->ahead + walk->ahead_start, have);
        TRY(read_at(walk->fd, walk->offset + have, walk->ahead + have, SEAL_AHEAD_BYTES - have, &got, err));
        walk->ahead_start = 0;
        walk->ahead_end = have + got;
    }
    *ret_have = have + got;
    return ERR_OK;
}

/* Type, tag and length fit together. */
static bool is_frame(enum seal_frame type, bool is_last, size_t payload)
{
    switch (type) {
    case SEAL_BEGIN: return !is_last && payload >= 2 && payload <= 1 + SEAL_NAME_MAX;
    case SEAL_DATA: return !is_last && payload >= 1;
    case SEAL_FINISH: return !is_last && payload == 8;
    case SEAL_END: return is_last && payload == 4;
    }
    return false;
}

static enum err_code open_chunk(struct seal_walk *walk, const unsigned char *sealed, size_t size, struct seal_frame_read *ret_frame,
                                struct err *err)
{
    unsigned char tag = 0;
    unsigned long long got = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&walk->stream, walk->frame, &got, &tag, sealed, size, walk->digest,
                                                   sizeof walk->digest) != 0)
        return fail_damage(walk, err);
    if (got > walk->frame_used)
        walk->frame_used = got;
    bool is_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    *ret_frame = (struct seal_frame_read){walk->frame[0], seal_u32(walk->frame + 1),
                                          {(char *)walk->frame + SEAL_FRAME_HEAD, got - SEAL_FRAME_HEAD}};
    if ((!is_last && tag != crypto_secretstream_xchacha20poly1305_TAG_MESSAGE) ||
        !is_frame(ret_frame->type, is_last, ret_frame->payload.len))
        return fail_chunk(walk, "is none that this revisit knows", err);
    walk->ended = is_last;
    return ERR_OK;
}

enum err_code seal_walk_next(struct seal_walk *walk, struct seal_frame_read *ret_frame, struct err *err)
{
    size_t have = 0;
    if (walk->ended)
        return fail_chunk(walk, "stands behind the end of the sealed file", err);
    TRY(look_ahead(walk, 4, &have, err));
    if (have < 4)
        return fail_cut(walk, err);
    size_t size = seal_u32(walk->ahead + walk->ahead_start);
    if (size < SEAL_CHUNK_MIN || size > SEAL_CHUNK_MAX)
        return fail_damage(walk, err);
    TRY(look_ahead(walk, 4 + size, &have, err));
    if (have < 4 + size)
        return fail_cut(walk, err);
    TRY(open_chunk(walk, walk->ahead + walk->ahead_start + 4, size, ret_frame, err));
    walk->ahead_start += 4 + size;
    walk->offset += 4 + size;
    walk->chunk_number++;
    if (!walk->ended)
        return ERR_OK;
    TRY(look_ahead(walk, 1, &have, err));
    return have == 0 ? ERR_OK : fail_chunk(walk, "stands behind the end of the sealed file", err);
}
