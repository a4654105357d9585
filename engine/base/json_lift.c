/* The place of a string is its number among the string values: jansson keeps the members
   of an object in the order of the text, and a text in which a key appears twice is
   refused. A string before a colon is a key and is not counted. */
#include "engine/base/json_lift.h"

#define LONG_BYTES 48

/* Characters that stand for themselves, one byte each. */
static const bool is_plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

static bool continues(const char *at, const char *end)
{
    return at < end && ((unsigned char)*at & 0xc0) == 0x80;
}

/* How many bytes at `at` are surely good inside a string; 0 in doubt. */
static size_t sure_length(const char *at, const char *end)
{
    unsigned char c = (unsigned char)*at;
    if (c == '\\')
        return end - at >= 2 && at[1] && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
    if (c >= 0xc2 && c <= 0xdf)
        return continues(at + 1, end) ? 2 : 0;
    bool three = c >= 0xe1 && c <= 0xef && c != 0xed;
    return three && continues(at + 1, end) && continues(at + 2, end) ? 3 : 0;
}

/* The closing quote of the string whose inside begins at `at`; NULL when it has none.
   *ret_is_sure: nothing in it is in doubt. */
static const char *find_close(const char *at, const char *end, bool *ret_is_sure)
{
    *ret_is_sure = true;
    while (at < end && *at != '"') {
        if (is_plain[(unsigned char)*at]) {
            at++;
            continue;
        }
        size_t sure = sure_length(at, end);
        *ret_is_sure &= sure > 0;
        at += sure ? sure : *at == '\\' ? 2 : 1;
    }
    return at < end ? at : NULL;
}

static bool is_key(const char *behind, const char *end)
{
    while (behind < end && (*behind == ' ' || *behind == '\n' || *behind == '\r' || *behind == '\t'))
        behind++;
    return behind < end && *behind == ':';
}

bool json_lift_cut(struct slice text, struct json_lift *ret_lift, struct str *ret_short)
{
    const char *end = text.ptr + text.len, *run = text.ptr;
    size_t ordinal = 0;
    ret_lift->count = 0;
    for (const char *at = text.ptr; at < end && ret_lift->count < JSON_LIFT_MAX;) {
        const char *open = memchr(at, '"', (size_t)(end - at));
        bool is_sure;
        const char *close = open ? find_close(open + 1, end, &is_sure) : NULL;
        if (!close)
            break;
        at = close + 1;
        if (is_key(at, end))
            continue;
        if (is_sure && close - open > LONG_BYTES) {
            ret_lift->strings[ret_lift->count].inside = (struct slice){open + 1, (size_t)(close - open - 1)};
            ret_lift->strings[ret_lift->count++].ordinal = ordinal;
            str_add(ret_short, (struct slice){run, (size_t)(open + 1 - run)});
            run = close;
        }
        ordinal++;
    }
    str_add(ret_short, (struct slice){run, (size_t)(end - run)});
    return ret_lift->count > 0 && !str_full(ret_short);
}

static char unescape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    }
    return c;
}

static bool fill_string(json_t *value, struct slice inside, struct str *scratch)
{
    const char *at = inside.ptr, *end = inside.ptr + inside.len;
    const char *escape = memchr(at, '\\', inside.len);
    if (!escape)
        return json_string_setn_nocheck(value, inside.ptr, inside.len) == 0;
    str_clear(scratch);
    for (; escape; escape = memchr(at, '\\', (size_t)(end - at))) {
        str_add(scratch, (struct slice){at, (size_t)(escape - at)});
        str_add_char(scratch, unescape(escape[1]));
        at = escape + 2;
    }
    str_add(scratch, (struct slice){at, (size_t)(end - at)});
    return !str_full(scratch) && json_string_setn_nocheck(value, scratch->ptr, scratch->len) == 0;
}

struct filling {
    const struct json_lift *lift;
    size_t next;    /* string to put in place */
    size_t ordinal; /* of the next string value */
    struct str scratch;
};

/* As deep as json_in.h lets a text be. */
static bool fill(struct filling *f, json_t *value)
{
    if (f->next == f->lift->count)
        return true;
    if (json_is_string(value)) {
        if (f->ordinal++ != f->lift->strings[f->next].ordinal)
            return true;
        return fill_string(value, f->lift->strings[f->next++].inside, &f->scratch);
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!fill(f, json_array_get(value, i)))
            return false;
    for (void *member = json_object_iter(value); member; member = json_object_iter_next(value, member))
        if (!fill(f, json_object_iter_value(member)))
            return false;
    return true;
}

bool json_lift_fill(const struct json_lift *lift, json_t *root)
{
    struct filling f = {.lift = lift};
    str_init(&f.scratch, SIZE_MAX / 2);
    bool filled = fill(&f, root);
    str_fini(&f.scratch);
    return filled;
}
