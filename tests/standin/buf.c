#include "tests/standin/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *need(void *memory)
{
    if (memory)
        return memory;
    fputs("standin: out of memory\n", stderr);
    abort();
}

void buf_fini(struct buf *buf)
{
    free(buf->at);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->at)
        buf->at[0] = '\0';
}

static void buf_room(struct buf *buf, size_t more)
{
    size_t wanted = buf->len + more + 1;
    size_t capacity = buf->capacity ? buf->capacity : 256;

    if (wanted <= buf->capacity)
        return;
    if (more > BUF_MAX || wanted > BUF_MAX) {
        fputs("standin: a buffer past its ceiling\n", stderr);
        abort();
    }
    while (capacity < wanted)
        capacity *= 2;
    buf->at = need(realloc(buf->at, capacity));
    buf->capacity = capacity;
}

void buf_add(struct buf *buf, const char *bytes, size_t len)
{
    buf_room(buf, len);
    if (len)
        memcpy(buf->at + buf->len, bytes, len);
    buf->len += len;
    buf->at[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

static void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    char *text = NULL;
    int len = vasprintf(&text, format, args);

    if (len < 0)
        need(NULL);
    buf_add(buf, text, (size_t)len);
    free(text);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

char *need_printf(const char *format, ...)
{
    struct buf buf = {0};
    va_list args;

    va_start(args, format);
    buf_vprintf(&buf, format, args);
    va_end(args);
    return buf.at;
}

const char *buf_str(const struct buf *buf)
{
    return buf->at ? buf->at : "";
}

int buf_file(struct buf *buf, const char *path)
{
    char chunk[16384];
    size_t got;
    FILE *file = fopen(path, "rb");
    int failed;

    if (!file)
        return -1;
    buf_add(buf, "", 0);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(buf, chunk, got);
    failed = ferror(file);
    fclose(file);
    return failed ? -1 : 0;
}
