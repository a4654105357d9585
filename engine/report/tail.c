/* A line is gathered in `open` and changes places with the oldest of the ring when its
   newline comes: no line is copied, and the memory of old ones is used again. */
#include "engine/report/tail.h"

void tail_init(struct tail *tail, void *ctx, void (*line)(void *ctx, struct slice line))
{
    *tail = (struct tail){.ctx = ctx, .line = line};
    for (size_t i = 0; i < TAIL_LINES_MAX; i++)
        str_init(&tail->lines[i], TAIL_LINE_BYTES_MAX);
    str_init(&tail->open, TAIL_LINE_BYTES_MAX);
}

void tail_fini(struct tail *tail)
{
    for (size_t i = 0; i < TAIL_LINES_MAX; i++)
        str_fini(&tail->lines[i]);
    str_fini(&tail->open);
    tail->count = tail->next = 0;
}

static void extend(struct tail *tail, struct slice piece)
{
    size_t room = TAIL_LINE_BYTES_MAX - tail->open.len;
    tail->cut |= piece.len > room;
    str_add(&tail->open, (struct slice){piece.ptr, piece.len < room ? piece.len : room});
    tail->out_of_memory |= str_full(&tail->open);
}

static void close_line(struct tail *tail)
{
    if (!tail->cut && tail->line)
        tail->line(tail->ctx, str_slice(&tail->open));
    struct str oldest = tail->lines[tail->next];
    tail->lines[tail->next] = tail->open;
    tail->open = oldest;
    str_clear(&tail->open);
    tail->cut = false;
    tail->next = (tail->next + 1) % TAIL_LINES_MAX;
    tail->count += tail->count < TAIL_LINES_MAX;
}

void tail_feed(struct tail *tail, struct slice bytes)
{
    while (bytes.len) {
        const char *newline = memchr(bytes.ptr, '\n', bytes.len);
        size_t len = newline ? (size_t)(newline - bytes.ptr) : bytes.len;
        extend(tail, (struct slice){bytes.ptr, len});
        if (!newline)
            return;
        close_line(tail);
        bytes = (struct slice){newline + 1, bytes.len - len - 1};
    }
}

void tail_end(struct tail *tail)
{
    if (tail->open.len)
        close_line(tail);
}

struct slice tail_at(const struct tail *tail, size_t i)
{
    size_t oldest = tail->count < TAIL_LINES_MAX ? 0 : tail->next;
    return str_slice(&tail->lines[(oldest + i) % TAIL_LINES_MAX]);
}
