#include "recorder/seal/sealed.h"

#include "engine/base/str.h"
#include "recorder/seal/seal_walk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Method: the first pass leaves for each member where its frames begin and how the stream
   stood there, so a member is opened in its place and not from the front. Of the stream's
   state that is its nonce alone: the key stays the same, because no message but the last
   tells it to change (seal_walk.c refuses such a tag). */

/* As of packed sessions (recorder/unpack.h). */
#define SEAL_READ_WINDOW_LOG_MAX 24

struct sealed_member {
    char name[SEAL_NAME_MAX + 1];
    enum seal_coding coding;
    bool finished;
    uint32_t number;
    uint64_t plain_bytes;
    uint64_t offset, chunk_number; /* behind its SEAL_BEGIN */
    unsigned char nonce[sizeof((crypto_secretstream_xchacha20poly1305_state *)0)->nonce];
};

struct sealed {
    struct seal_walk *walk; /* owned; in locked memory */
    int fd;                 /* owned */
    struct sealed_member *members; /* owned */
    size_t count, capacity;
    bool cut;
    uint64_t end; /* of what is good */
};

struct sealed_stream {
    struct seal_walk *walk; /* owned */
    const struct sealed_member *member; /* borrowed, as is sealed */
    const struct sealed *sealed;
    ZSTD_DCtx *context; /* owned; NULL: not packed */
    ZSTD_inBuffer input;
    size_t wanted; /* 0 when the zstd frame has ended */
    uint64_t plain_bytes;
    bool finished;
};

static enum err_code fail_memory(struct err *err)
{
    return err_set(err, ERR_ENV, "there is no memory to open a sealed file");
}

static enum err_code fail_frame(struct err *err)
{
    return err_set(err, ERR_INTEGRITY, "its parts do not fit together: it was made by something else");
}

/* "session.ndjson", "bodies/4711": a folder at most, and no name that leads elsewhere. */
static bool is_name(struct slice name)
{
    size_t slashes = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        bool is_mark = (c == '.' || c == '/') && i > 0 && i + 1 < name.len && name.ptr[i - 1] != '.' && name.ptr[i - 1] != '/';
        slashes += c == '/';
        if (!is_word && !is_mark)
            return false;
    }
    return slashes <= 1;
}

static struct sealed_member *make_room(struct sealed *sealed, struct err *err)
{
    if (sealed->count < sealed->capacity)
        return &sealed->members[sealed->count];
    size_t capacity = sealed->capacity ? sealed->capacity * 2 : 16;
    struct sealed_member *members = realloc(sealed->members, capacity * sizeof *members);
    if (!members) {
        (void)fail_memory(err);
        return NULL;
    }
    sealed->members = members;
    sealed->capacity = capacity;
    return &members[sealed->count];
}

static enum err_code take_begin(struct sealed *sealed, const struct seal_frame_read *frame, struct err *err)
{
    struct slice name = {frame->payload.ptr + 1, frame->payload.len - 1};
    unsigned char coding = (unsigned char)frame->payload.ptr[0];
    if (sealed->count == SEAL_MEMBERS_MAX)
        return err_set(err, ERR_INPUT, "is over the limit of %d files in one", SEAL_MEMBERS_MAX);
    if (frame->member != sealed->count || (coding != SEAL_PLAIN && coding != SEAL_ZSTD) || !is_name(name))
        return fail_frame(err);
    struct sealed_member *member = make_room(sealed, err);
    if (!member)
        return err->code;
    *member = (struct sealed_member){.coding = coding, .number = frame->member, .offset = sealed->walk->offset,
                                     .chunk_number = sealed->walk->chunk_number};
    memcpy(member->name, name.ptr, name.len);
    memcpy(member->nonce, sealed->walk->stream.nonce, sizeof member->nonce);
    sealed->count++;
    return ERR_OK;
}

static enum err_code take_frame(struct sealed *sealed, const struct seal_frame_read *frame, struct err *err)
{
    if (frame->type == SEAL_BEGIN)
        return take_begin(sealed, frame, err);
    if (frame->type == SEAL_END)
        return seal_u32((const unsigned char *)frame->payload.ptr) == sealed->count ? ERR_OK : fail_frame(err);
    if (frame->member >= sealed->count || sealed->members[frame->member].finished)
        return fail_frame(err);
    if (frame->type == SEAL_FINISH) {
        sealed->members[frame->member].finished = true;
        sealed->members[frame->member].plain_bytes = seal_u64((const unsigned char *)frame->payload.ptr);
    }
    return ERR_OK;
}

static enum err_code walk_through(struct sealed *sealed, struct err *err)
{
    struct seal_frame_read frame;
    while (!sealed->walk->ended) {
        TRY(seal_walk_next(sealed->walk, &frame, err));
        TRY(take_frame(sealed, &frame, err));
        sealed->end = sealed->walk->offset;
    }
    for (size_t i = 0; i < sealed->count; i++)
        if (!sealed->members[i].finished)
            return fail_frame(err);
    return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct sealed_member *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : left->number < right->number ? -1 : left->number > right->number;
}

/* Sorted by name; of one name the last counts, in a cut file the last that is whole. */
static void make_index(struct sealed *sealed)
{
    if (sealed->count)
        qsort(sealed->members, sealed->count, sizeof *sealed->members, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < sealed->count; i++) {
        const struct sealed_member *member = &sealed->members[i];
        bool is_same = kept && strcmp(sealed->members[kept - 1].name, member->name) == 0;
        if (!is_same)
            sealed->members[kept++] = *member;
        else if (member->finished || !sealed->members[kept - 1].finished)
            sealed->members[kept - 1] = *member;
    }
    sealed->count = kept;
}

static enum err_code check_kind(const struct seal_header *header, enum seal_kind kind, struct err *err)
{
    if (header->kind == kind)
        return ERR_OK;
    const char *what = header->kind == SEAL_STATE ? "a sealed session state" : header->kind == SEAL_RECORDING ? "a sealed recording" : "sealed, and of a kind that this revisit does not know";
    return err_set(err, ERR_INPUT, "is %s; %s is needed here", what, kind == SEAL_STATE ? "a session state" : "a recording");
}

static enum err_code open_all(struct sealed *sealed, enum seal_kind kind, const struct key_ring *keys, bool *ret_cut, struct err *err)
{
    struct seal_header header;
    TRY(seal_header_read(sealed->fd, &header, err));
    TRY(check_kind(&header, kind, err));
    TRY(seal_walk_begin(sealed->walk, &header, keys, err));
    enum err_code code = walk_through(sealed, err);
    if (ret_cut && code == ERR_INTEGRITY) {
        err_init(err);
        sealed->cut = true;
        code = ERR_OK;
    }
    if (ret_cut)
        *ret_cut = sealed->cut;
    if (code == ERR_OK)
        make_index(sealed);
    return code;
}

enum err_code sealed_open(int fd, enum seal_kind kind, const struct key_ring *keys, struct sealed **ret_sealed,
                          bool *ret_cut, struct err *err)
{
    struct sealed *sealed = calloc(1, sizeof *sealed);
    if (!sealed) {
        close(fd);
        return fail_memory(err);
    }
    sealed->fd = fd;
    sealed->walk = seal_walk_new(fd);
    enum err_code code = sealed->walk ? open_all(sealed, kind, keys, ret_cut, err) : fail_memory(err);
    if (code == ERR_OK)
        *ret_sealed = sealed;
    else
        sealed_close(sealed);
    return code;
}

void sealed_close(struct sealed *sealed)
{
    if (!sealed)
        return;
    seal_walk_free(sealed->walk);
    close(sealed->fd);
    free(sealed->members);
    free(sealed);
}

size_t sealed_count(const struct sealed *sealed)
{
    return sealed->count;
}

const char *sealed_name(const struct sealed *sealed, size_t index)
{
    return sealed->members[index].name;
}

static int to_name(const void *name, const void *member)
{
    return strcmp(name, ((const struct sealed_member *)member)->name);
}

static const struct sealed_member *find(const struct sealed *sealed, const char *name)
{
    return sealed->count ? bsearch(name, sealed->members, sealed->count, sizeof *sealed->members, to_name) : NULL;
}

bool sealed_has(const struct sealed *sealed, const char *name)
{
    return find(sealed, name) != NULL;
}

/* A walk that stands behind the member's beginning. */
static enum err_code open_walk(struct sealed_stream *stream, struct err *err)
{
    const struct seal_walk *first = stream->sealed->walk;
    struct seal_walk *walk = seal_walk_new(stream->sealed->fd);
    if (!walk)
        return fail_memory(err);
    walk->stream = walk->begun = first->begun;
    memcpy(walk->stream.nonce, stream->member->nonce, sizeof stream->member->nonce);
    memcpy(walk->digest, first->digest, sizeof walk->digest);
    walk->offset = stream->member->offset;
    walk->chunk_number = stream->member->chunk_number;
    stream->walk = walk;
    return ERR_OK;
}

enum err_code sealed_stream_open(const struct sealed *sealed, const char *name, struct sealed_stream **ret_stream,
                                 uint64_t *ret_size, struct err *err)
{
    const struct sealed_member *member = find(sealed, name);
    if (!member)
        return err_set(err, ERR_INPUT, "is missing");
    struct sealed_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return fail_memory(err);
    stream->sealed = sealed;
    stream->member = member;
    stream->wanted = 1;
    enum err_code code = open_walk(stream, err);
    if (code == ERR_OK && member->coding == SEAL_ZSTD && !(stream->context = ZSTD_createDCtx()))
        code = fail_memory(err);
    if (code != ERR_OK) {
        sealed_stream_close(stream);
        return code;
    }
    if (stream->context)
        (void)ZSTD_DCtx_setParameter(stream->context, ZSTD_d_windowLogMax, SEAL_READ_WINDOW_LOG_MAX);
    *ret_size = member->plain_bytes;
    *ret_stream = stream;
    return ERR_OK;
}

static enum err_code finish(struct sealed_stream *stream, struct err *err)
{
    stream->finished = true;
    if (stream->plain_bytes != stream->member->plain_bytes || (stream->context && stream->wanted != 0))
        return fail_frame(err);
    return ERR_OK;
}

/* The member's next bytes, as they are sealed, or its end. */
static enum err_code fill(struct sealed_stream *stream, struct err *err)
{
    struct seal_frame_read frame;
    for (;;) {
        if (stream->sealed->cut && stream->walk->offset >= stream->sealed->end) {
            stream->finished = true; /* what is there of it */
            return ERR_OK;
        }
        TRY(seal_walk_next(stream->walk, &frame, err));
        if (frame.type == SEAL_END)
            return fail_frame(err);
        if (frame.type == SEAL_BEGIN || frame.member != stream->member->number)
            continue;
        if (frame.type == SEAL_FINISH)
            return finish(stream, err);
        stream->input = (ZSTD_inBuffer){frame.payload.ptr, frame.payload.len, 0};
        return ERR_OK;
    }
}

static enum err_code fail_zstd(size_t result, struct err *err)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return err_set(err, ERR_INPUT, "is over the limit: it asks for more than %u MiB to be unpacked", 1u << (SEAL_READ_WINDOW_LOG_MAX - 20));
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        return fail_memory(err);
    return fail_frame(err);
}

/* What stands in the input already: 0 when that makes no byte. */
static enum err_code take(struct sealed_stream *stream, char *to, size_t room, size_t *ret_got, struct err *err)
{
    *ret_got = 0;
    ZSTD_outBuffer output = {to, room, 0};
    if (stream->context && stream->wanted == 0 && stream->input.pos == stream->input.size)
        return ERR_OK; /* between two frames there is nothing that zstd holds back */
    if (stream->context) {
        size_t result = ZSTD_decompressStream(stream->context, &output, &stream->input);
        if (ZSTD_isError(result))
            return fail_zstd(result, err);
        stream->wanted = result;
        *ret_got = output.pos;
        return ERR_OK;
    }
    size_t have = stream->input.size - stream->input.pos, count = have < room ? have : room;
    if (count)
        memcpy(to, (const char *)stream->input.src + stream->input.pos, count);
    stream->input.pos += count;
    *ret_got = count;
    return ERR_OK;
}

enum err_code sealed_stream_read(struct sealed_stream *stream, char *to, size_t room, size_t *ret_got, struct err *err)
{
    size_t got = 0;
    while (!stream->finished && got == 0) {
        if (stream->input.src)
            TRY(take(stream, to, room, &got, err));
        if (got == 0)
            TRY(fill(stream, err));
    }
    stream->plain_bytes += got;
    if (stream->member->finished && stream->plain_bytes > stream->member->plain_bytes)
        return fail_frame(err); /* none of what was not announced is handed out */
    *ret_got = got;
    return ERR_OK;
}

void sealed_stream_close(struct sealed_stream *stream)
{
    if (!stream)
        return;
    seal_walk_free(stream->walk);
    ZSTD_freeDCtx(stream->context);
    free(stream);
}
