#include "engine/base/str.h"

#include "engine/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

const char *slice_find(struct slice text, struct slice needle)
{
    if (text.len < needle.len)
        return NULL;
    return memmem(text.ptr, text.len, needle.ptr, needle.len);
}

struct slice slice_quoted_after(struct slice text, struct slice key)
{
    const char *found = slice_find(text, key);
    if (!found)
        return SLICE_NONE;
    const char *start = found + key.len;
    const char *end = memchr(start, '"', (size_t)(text.ptr + text.len - start));
    return end ? (struct slice){start, (size_t)(end - start)} : SLICE_NONE;
}

bool slice_contains_nocase(struct slice text, struct slice needle)
{
    for (size_t i = 0; i + needle.len <= text.len; i++)
        if (strncasecmp(text.ptr + i, needle.ptr, needle.len) == 0)
            return true;
    return false;
}

bool slice_parse_u64(struct slice text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0, max_tenth = max / 10;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (number > max_tenth || (number == max_tenth && digit > max % 10))
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

void str_init(struct str *s, size_t max)
{
    *s = (struct str){.max = max};
}

void str_fini(struct str *s)
{
    free(s->ptr);
    *s = (struct str){.max = s->max};
}

void str_clear(struct str *s)
{
    s->len = 0;
    s->full = false;
    if (s->ptr)
        s->ptr[0] = '\0';
}

/* Room for `more` bytes and the NUL, by doubling; false marks the str full. */
static bool make_room(struct str *s, size_t more)
{
    if (s->full || more > s->max - s->len) {
        s->full = true;
        return false;
    }
    size_t need = s->len + more + 1;
    if (need <= s->capacity)
        return true;
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    char *grown = realloc(s->ptr, capacity);
    if (!grown) {
        memory_note_failure();
        s->full = true;
        return false;
    }
    s->ptr = grown;
    s->capacity = capacity;
    return true;
}

void str_add_growing(struct str *s, struct slice text)
{
    if (!make_room(s, text.len))
        return;
    if (text.len)
        memcpy(s->ptr + s->len, text.ptr, text.len);
    s->len += text.len;
    s->ptr[s->len] = '\0';
}

void str_addf(struct str *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    int length = vasprintf(&text, fmt, args);
    va_end(args);
    if (length < 0) {
        memory_note_failure();
        s->full = true;
        return;
    }
    str_add(s, (struct slice){text, (size_t)length});
    free(text);
}

void str_add_u64(struct str *s, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    str_add(s, (struct slice){digits + at, sizeof digits - at});
}

void str_add_i64(struct str *s, int64_t number)
{
    if (number < 0)
        str_add_char(s, '-');
    str_add_u64(s, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

bool str_full(const struct str *s)
{
    return s->full;
}

struct slice str_slice(const struct str *s)
{
    return (struct slice){s->ptr, s->len};
}

const char *str_text(const struct str *s)
{
    return s->ptr ? s->ptr : "";
}

bool text_format(char *ret_text, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(ret_text, size, fmt, args);
    va_end(args);
    bool fits = length >= 0 && (size_t)length < size;
    if (!fits && size)
        ret_text[0] = '\0';
    return fits;
}
