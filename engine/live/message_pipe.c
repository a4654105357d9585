/* Reading: a portion is read behind what is left of an unfinished message, which
   is first moved to the front; taking advances. A byte is looked at once
   (`scanned`), so a message that comes in a thousand pieces costs no more than
   one that comes whole. Writing: messages are laid one behind another and
   written from the front. Large buffers are given back when they are empty. */
#include "engine/live/message_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PORTION_MAX (1u << 20)
#define ROOM_MIN (64u << 10)
#define KEPT_CAPACITY_MAX (4u << 20)
#define KERNEL_BUFFER_SIZE (1 << 20)

static void set_up_fd(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETPIPE_SZ, KERNEL_BUFFER_SIZE); /* fewer, larger reads; refused over the user's limit */
}

void message_pipe_open(struct message_pipe *pipe, int read_fd, int write_fd)
{
    *pipe = (struct message_pipe){.read_fd = read_fd, .write_fd = write_fd};
    set_up_fd(read_fd);
    set_up_fd(write_fd);
}

static void close_write_side(struct message_pipe *pipe)
{
    if (pipe->write_fd >= 0)
        close(pipe->write_fd);
    pipe->write_fd = -1;
    free(pipe->out.ptr);
    memset(&pipe->out, 0, sizeof pipe->out);
}

void message_pipe_close(struct message_pipe *pipe)
{
    close_write_side(pipe);
    if (pipe->read_fd >= 0)
        close(pipe->read_fd);
    free(pipe->in.ptr);
    *pipe = MESSAGE_PIPE_CLOSED;
}

/* A buffer of at least need bytes, grown by doubling up to max. */
static bool grow(char **ptr, size_t *capacity, size_t need, size_t max)
{
    if (need <= *capacity)
        return true;
    if (need > max)
        return false;
    size_t size = *capacity ? *capacity : ROOM_MIN;
    while (size < need)
        size *= 2;
    size = size < max ? size : max;
    char *grown = realloc(*ptr, size);
    if (!grown)
        return false;
    *ptr = grown;
    *capacity = size;
    return true;
}

/* Moves the unfinished message to the front; an empty large buffer is given back. */
static void settle_input(struct message_pipe *pipe)
{
    size_t rest = pipe->in.end - pipe->in.start;
    if (rest == 0 && pipe->in.capacity > KEPT_CAPACITY_MAX) {
        free(pipe->in.ptr);
        memset(&pipe->in, 0, sizeof pipe->in);
        return;
    }
    if (pipe->in.start && rest)
        memmove(pipe->in.ptr, pipe->in.ptr + pipe->in.start, rest);
    pipe->in.scanned -= pipe->in.start;
    pipe->in.start = 0;
    pipe->in.end = rest;
}

enum message_pipe_state message_pipe_fill(struct message_pipe *pipe)
{
    if (pipe->read_fd < 0)
        return MESSAGE_PIPE_ENDED;
    settle_input(pipe);
    for (size_t portion = 0; portion < PORTION_MAX;) {
        if (!grow(&pipe->in.ptr, &pipe->in.capacity, pipe->in.end + ROOM_MIN, MESSAGE_RECEIVED_MAX + ROOM_MIN))
            return MESSAGE_PIPE_FLOODED;
        ssize_t size = read(pipe->read_fd, pipe->in.ptr + pipe->in.end, pipe->in.capacity - pipe->in.end);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return MESSAGE_PIPE_EMPTY;
        if (size <= 0)
            return MESSAGE_PIPE_ENDED;
        pipe->in.end += (size_t)size;
        portion += (size_t)size;
    }
    return MESSAGE_PIPE_READABLE;
}

bool message_pipe_take(struct message_pipe *pipe, struct slice *ret_message)
{
    size_t unscanned = pipe->in.end - pipe->in.scanned;
    const char *nul = unscanned ? memchr(pipe->in.ptr + pipe->in.scanned, '\0', unscanned) : NULL;
    if (!nul) {
        pipe->in.scanned = pipe->in.end;
        return false;
    }
    const char *start = pipe->in.ptr + pipe->in.start;
    *ret_message = (struct slice){start, (size_t)(nul - start)};
    pipe->in.start = pipe->in.scanned = (size_t)(nul - pipe->in.ptr) + 1;
    return true;
}

bool message_pipe_has_more(const struct message_pipe *pipe)
{
    size_t unscanned = pipe->in.end - pipe->in.scanned;
    return unscanned && memchr(pipe->in.ptr + pipe->in.scanned, '\0', unscanned);
}

size_t message_pipe_rest(const struct message_pipe *pipe)
{
    return pipe->in.end - pipe->in.start;
}

static void put(struct message_pipe *pipe, struct slice text)
{
    if (text.len)
        memcpy(pipe->out.ptr + pipe->out.end, text.ptr, text.len);
    pipe->out.end += text.len;
}

static void put_base64(struct message_pipe *pipe, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    char *out = pipe->out.ptr + pipe->out.end;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned group = (unsigned)in[i] << 16 | (left > 1 ? (unsigned)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    pipe->out.end = (size_t)(out - pipe->out.ptr);
}

static size_t bulk_size(const struct wire_bulk *bulk)
{
    if (!bulk)
        return 0;
    return bulk->encoding == WIRE_BULK_RAW ? bulk->bytes.len : (bulk->bytes.len + 2) / 3 * 4;
}

static void put_bulk(struct message_pipe *pipe, const struct wire_bulk *bulk)
{
    if (bulk->encoding == WIRE_BULK_RAW)
        put(pipe, bulk->bytes);
    else
        put_base64(pipe, bulk->bytes);
}

static void settle_output(struct message_pipe *pipe)
{
    size_t rest = pipe->out.end - pipe->out.start;
    if (pipe->out.start && rest)
        memmove(pipe->out.ptr, pipe->out.ptr + pipe->out.start, rest);
    pipe->out.start = 0;
    pipe->out.end = rest;
}

bool message_pipe_send(struct message_pipe *pipe, struct slice message, const struct wire_bulk *bulk)
{
    if (pipe->write_fd < 0)
        return true;
    size_t at = bulk ? bulk->at : message.len;
    ASSERT(at <= message.len);
    if (message.len > MESSAGE_SENT_MAX || bulk_size(bulk) > MESSAGE_SENT_MAX - message.len)
        return false;
    size_t size = message.len + bulk_size(bulk) + 1;
    if (pipe->out.end + size > pipe->out.capacity)
        settle_output(pipe);
    if (!grow(&pipe->out.ptr, &pipe->out.capacity, pipe->out.end + size, MESSAGE_QUEUE_MAX))
        return false;
    put(pipe, (struct slice){message.ptr, at});
    if (bulk)
        put_bulk(pipe, bulk);
    put(pipe, (struct slice){message.ptr + at, message.len - at});
    put(pipe, (struct slice){"", 1});
    message_pipe_flush(pipe);
    return true;
}

bool message_pipe_wants_write(const struct message_pipe *pipe)
{
    return pipe->write_fd >= 0 && pipe->out.end > pipe->out.start;
}

/* All is written: start at the front again, and give a large buffer back. */
static void reset_output(struct message_pipe *pipe)
{
    pipe->out.start = pipe->out.end = 0;
    if (pipe->out.capacity <= KEPT_CAPACITY_MAX)
        return;
    free(pipe->out.ptr);
    memset(&pipe->out, 0, sizeof pipe->out);
}

void message_pipe_flush(struct message_pipe *pipe)
{
    while (message_pipe_wants_write(pipe)) {
        ssize_t size = write(pipe->write_fd, pipe->out.ptr + pipe->out.start, pipe->out.end - pipe->out.start);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size < 0) {
            close_write_side(pipe);
            return;
        }
        pipe->out.start += (size_t)size;
    }
    if (pipe->write_fd >= 0)
        reset_output(pipe);
}
