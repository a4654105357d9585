/* Text. A slice is borrowed bytes with a length (no NUL promised). A str is an
   owned, growing, NUL-ended buffer that is born with a ceiling: what would
   grow past it is refused and remembered, never cut silently. Check
   str_full() once at the end instead of after every append. */
#ifndef ENGINE_BASE_STR_H
#define ENGINE_BASE_STR_H

#include "engine/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
#define SLICE_NONE ((struct slice){NULL, 0})
/* For printf's "%.*s". */
#define SLICE_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

struct slice slice_of(const char *text); /* text: NUL-ended, not NULL */
/* Here, because most comparisons are decided by their lengths. */
static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_starts(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

/* The first place of needle in text, or NULL. */
const char *slice_find(struct slice text, struct slice needle);
/* What stands between the first `key` of the text and the next quote; empty when there is
   none. Inside a JSON string quotes are escaped, so a key that ends in one is a member's. */
struct slice slice_quoted_after(struct slice text, struct slice key);
bool slice_contains_nocase(struct slice text, struct slice needle); /* ASCII case */
/* Whole text as a decimal number without sign, at most max; false if it is not. */
bool slice_parse_u64(struct slice text, uint64_t max, uint64_t *ret_number);

struct str {
    char *ptr; /* NUL-ended; owned; NULL until the first append */
    size_t len;
    size_t capacity;
    size_t max; /* bytes, NUL not counted */
    bool full;  /* an append was refused: by the ceiling or by malloc */
};

void str_init(struct str *s, size_t max);
void str_fini(struct str *s);
void str_clear(struct str *s); /* keeps the memory, forgets `full` */
/* Where there is no room yet: makes it, or marks the str full. */
void str_add_growing(struct str *s, struct slice text);

/* Here, because nearly every addition finds room: an event line is made of fifty. */
static inline void str_add(struct str *s, struct slice text)
{
    if (s->full || text.len >= s->capacity - s->len || text.len > s->max - s->len) {
        str_add_growing(s, text);
        return;
    }
    if (text.len)
        memcpy(s->ptr + s->len, text.ptr, text.len);
    s->len += text.len;
    s->ptr[s->len] = '\0';
}

static inline void str_add_char(struct str *s, char c)
{
    str_add(s, (struct slice){&c, 1});
}

static inline void str_add_text(struct str *s, const char *text)
{
    str_add(s, (struct slice){text, strlen(text)});
}

void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_add_u64(struct str *s, uint64_t number); /* decimal; the fast path of the event log */
void str_add_i64(struct str *s, int64_t number);
bool str_full(const struct str *s);
struct slice str_slice(const struct str *s);
const char *str_text(const struct str *s); /* "" when empty */

/* snprintf that fails rather than cuts: false and "" when it does not fit. */
bool text_format(char *ret_text, size_t size, const char *fmt, ...) MUST_USE PRINTF_LIKE(3, 4);

#define CLEANUP_STR __attribute__((cleanup(str_fini)))

#endif
