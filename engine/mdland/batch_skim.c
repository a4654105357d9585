/* One pass over strings. Doubt is cheap: a string that this cannot vouch for is left
   to jansson, so that the answer never depends on what is known here. */
#include "engine/mdland/batch_skim.h"

#include "engine/mdland/batch_note.h"

/* A string's inside from `begin`, as far as it is beyond doubt. */
struct inside {
    const char *end; /* at its closing quote; NULL in doubt */
    bool is_solid;   /* something in it is no blank */
};

static bool continues(const char *at, const char *end)
{
    return at < end && ((unsigned char)*at & 0xc0) == 0x80;
}

/* How long the character at `at` is, if it is surely one of jansson's; 0 in doubt. */
static size_t sure_character(const char *at, const char *end)
{
    unsigned char c = (unsigned char)*at;
    if (c < 0x80)
        return c >= 0x20;
    if (c >= 0xc2 && c <= 0xdf)
        return continues(at + 1, end) ? 2 : 0;
    bool three = c >= 0xe1 && c <= 0xef && c != 0xed;
    return three && continues(at + 1, end) && continues(at + 2, end) ? 3 : 0;
}

static size_t sure_escape(const char *at, const char *end)
{
    return end - at >= 2 && at[1] && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
}

static struct inside look_inside(const char *begin, const char *end)
{
    struct inside inside = {0};
    for (const char *at = begin; at < end;) {
        if (*at == '"') {
            inside.end = at;
            break;
        }
        bool escape = *at == '\\';
        size_t len = escape ? sure_escape(at, end) : sure_character(at, end);
        if (len == 0)
            break;
        inside.is_solid |= !escape && *at != ' ';
        at += len;
    }
    return inside;
}

static const char *string_end(const char *at, const char *end)
{
    for (; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at : end;
}

static bool is_section(struct slice key)
{
    return slice_equal(key, SLICE("subjective")) || slice_equal(key, SLICE("objective")) ||
           slice_equal(key, SLICE("assessment")) || slice_equal(key, SLICE("plan"));
}

/* True when the string from `begin` may go; *ret_end is at its closing quote. */
static bool may_go(const char *begin, const char *end, const char **ret_end)
{
    struct inside inside = look_inside(begin, end);
    *ret_end = inside.end;
    return inside.end && inside.is_solid && (size_t)(inside.end - begin) <= NOTE_TEXT_BYTES_MAX;
}

void batch_skim(struct slice text, struct str *ret_short)
{
    const char *end = text.ptr + text.len;
    const char *run = text.ptr;
    struct slice word = SLICE_NONE; /* the last string */
    bool is_value = false;          /* after a colon */
    for (const char *at = text.ptr; at < end; at++) {
        if (*at == ':' || *at == ',')
            is_value = *at == ':';
        if (*at != '"')
            continue;
        const char *close;
        if (is_value && is_section(word) && may_go(at + 1, end, &close)) {
            str_add(ret_short, (struct slice){run, (size_t)(at + 1 - run)});
            str_add_char(ret_short, 'x');
            run = close;
        } else {
            close = string_end(at + 1, end);
        }
        word = (struct slice){at + 1, (size_t)(close - at - 1)};
        is_value = false;
        at = close;
    }
    str_add(ret_short, (struct slice){run, (size_t)(end - run)});
}
