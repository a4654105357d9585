#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one place, with str.c, where vsnprintf may truncate: here a cut sentence
   ends in "..." so that nobody takes it for the whole. */
static void format_cut(char *ret_text, size_t size, const char *fmt, va_list args)
{
    int length = vsnprintf(ret_text, size, fmt, args);
    if (length >= 0 && (size_t)length >= size)
        memcpy(ret_text + size - 4, "...", 4);
}

void err_init(struct err *e)
{
    e->code = ERR_OK;
    e->text[0] = '\0';
}

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (e->code != ERR_OK)
        return e->code;
    e->code = code;
    va_list args;
    va_start(args, fmt);
    format_cut(e->text, sizeof e->text, fmt, args);
    va_end(args);
    return code;
}

enum err_code err_wrap(struct err *e, const char *fmt, ...)
{
    char context[512];
    va_list args;
    va_start(args, fmt);
    format_cut(context, sizeof context, fmt, args);
    va_end(args);
    size_t head = strlen(context);
    size_t tail = strlen(e->text);
    if (head + 2 + tail + 1 > sizeof e->text)
        tail = sizeof e->text - head - 3;
    memmove(e->text + head + 2, e->text, tail);
    memcpy(e->text, context, head);
    memcpy(e->text + head, ": ", 2);
    e->text[head + 2 + tail] = '\0';
    return e->code;
}

const char *err_name(enum err_code code)
{
    static const char *const names[] = {
#define X(code, name, status) [code] = name,
#include "engine/base/err.def"
#undef X
    };
    return names[code];
}

int err_exit_status(enum err_code code)
{
    static const int statuses[] = {
#define X(code, name, status) [code] = status,
#include "engine/base/err.def"
#undef X
    };
    return statuses[code];
}

_Noreturn void assert_failed(const char *file, int line, const char *claim)
{
    fprintf(stderr, "revisit: internal error at %s:%d: %s\n", file, line, claim);
    abort();
}
