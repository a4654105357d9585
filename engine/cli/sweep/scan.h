/* Reads the engine's own lines where they stand: their keys come in a fixed order and
   their texts hold no escapes, so a line is taken apart from left to right, a key at a
   time, without a parser and without memory. */
#ifndef ENGINE_CLI_SWEEP_SCAN_H
#define ENGINE_CLI_SWEEP_SCAN_H

#include "engine/base/str.h"

struct scan {
    const char *at, *end;
};

static inline struct scan scan_of(struct slice text)
{
    return (struct scan){text.ptr, text.ptr + text.len};
}

/* Takes the word off when it stands next. */
static inline bool scan_word(struct scan *s, struct slice word)
{
    if ((size_t)(s->end - s->at) < word.len || memcmp(s->at, word.ptr, word.len) != 0)
        return false;
    s->at += word.len;
    return true;
}

/* A number, 0 where none stands. */
static inline int64_t scan_number(struct scan *s)
{
    bool negative = s->at < s->end && *s->at == '-';
    int64_t number = 0;
    s->at += negative;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        number = number * 10 + (*s->at - '0');
    return negative ? -number : number;
}

/* The rest of a text and its closing quote. */
static inline struct slice scan_text(struct scan *s)
{
    struct slice text = {s->at, 0};
    while (s->at + text.len < s->end && text.ptr[text.len] != '"')
        text.len++;
    s->at += text.len + (s->at + text.len < s->end);
    return text;
}

/* `,"key":` and the number after it; false when another key stands there. */
static inline bool scan_int(struct scan *s, struct slice key, int64_t *ret_number)
{
    if (!scan_word(s, key))
        return false;
    *ret_number = scan_number(s);
    return true;
}

static inline bool scan_string(struct scan *s, struct slice key, struct slice *ret_text)
{
    if (!scan_word(s, key))
        return false;
    *ret_text = scan_text(s);
    return true;
}

#define KEY(name) SLICE(",\"" name "\":")
#define TEXT_KEY(name) SLICE(",\"" name "\":\"")

#endif
