#include "engine/base/json_out.h"

#include "engine/base/utf8.h"

void json_out_init(struct json_out *j, struct str *out)
{
    *j = (struct json_out){.out = out};
}

static void add_control(struct str *out, unsigned char c)
{
    switch (c) {
    case '\n': str_add(out, SLICE("\\n")); return;
    case '\r': str_add(out, SLICE("\\r")); return;
    case '\t': str_add(out, SLICE("\\t")); return;
    }
    static const char hex[] = "0123456789abcdef";
    char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    str_add(out, (struct slice){text, sizeof text});
}

/* What stands in a string as it is: ASCII without controls, quote and backslash. */
static const bool is_plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

#define EACH_BYTE(c) (0x0101010101010101u * (c))

/* Are eight bytes all plain? Bit 7 of a byte is set where it is not: by itself, below a
   blank, or zero once the character to be found has been taken out by XOR. */
static bool eight_are_plain(const unsigned char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    uint64_t quote = word ^ EACH_BYTE('"'), backslash = word ^ EACH_BYTE('\\'), del = word ^ EACH_BYTE(0x7f);
    uint64_t odd = word | ((word - EACH_BYTE(' ')) & ~word) | ((quote - EACH_BYTE(1)) & ~quote) |
                   ((backslash - EACH_BYTE(1)) & ~backslash) | ((del - EACH_BYTE(1)) & ~del);
    return (odd & EACH_BYTE(0x80)) == 0;
}

/* Where the next character stands that is not plain, from i on. */
static size_t skip_plain(const unsigned char *text, size_t len, size_t i)
{
    while (len - i >= sizeof(uint64_t) && eight_are_plain(text + i))
        i += sizeof(uint64_t);
    while (i < len && is_plain[text[i]])
        i++;
    return i;
}

void json_out_quote(struct str *out, struct slice value)
{
    const unsigned char *text = (const unsigned char *)value.ptr;
    size_t start = 0;
    str_add_char(out, '"');
    for (size_t i = skip_plain(text, value.len, 0); i < value.len; i = skip_plain(text, value.len, i)) {
        unsigned char c = text[i];
        size_t length = utf8_length(text + i, value.len - i);
        bool separator = length == 3 && text[i] == 0xe2 && text[i + 1] == 0x80 && (text[i + 2] & 0xfe) == 0xa8;
        if (length > 1 && !separator) {
            i += length;
            continue;
        }
        str_add(out, (struct slice){value.ptr + start, i - start});
        if (separator)
            str_add(out, text[i + 2] == 0xa8 ? SLICE("\\u2028") : SLICE("\\u2029"));
        else if (length == 0)
            str_add(out, SLICE("\\ufffd"));
        else if (c == '"')
            str_add(out, SLICE("\\\""));
        else if (c == '\\')
            str_add(out, SLICE("\\\\"));
        else
            add_control(out, c);
        i += length ? length : 1;
        start = i;
    }
    if (start < value.len)
        str_add(out, (struct slice){value.ptr + start, value.len - start});
    str_add_char(out, '"');
}

static void begin_value(struct json_out *j, const char *key)
{
    if (j->wants_comma[j->depth])
        str_add_char(j->out, ',');
    j->wants_comma[j->depth] = true;
    if (key) {
        str_add_char(j->out, '"');
        str_add_text(j->out, key);
        str_add(j->out, SLICE("\":"));
    }
}

static void open_level(struct json_out *j, const char *key, char bracket)
{
    begin_value(j, key);
    str_add_char(j->out, bracket);
    ASSERT(j->depth + 1 < JSON_OUT_DEPTH_MAX);
    j->wants_comma[++j->depth] = false;
}

static void close_level(struct json_out *j, char bracket)
{
    ASSERT(j->depth > 0);
    j->depth--;
    str_add_char(j->out, bracket);
}

void json_out_object(struct json_out *j, const char *key)
{
    open_level(j, key, '{');
}

void json_out_array(struct json_out *j, const char *key)
{
    open_level(j, key, '[');
}

void json_out_end_object(struct json_out *j)
{
    close_level(j, '}');
}

void json_out_end_array(struct json_out *j)
{
    close_level(j, ']');
}

void json_out_string(struct json_out *j, const char *key, struct slice value)
{
    begin_value(j, key);
    json_out_quote(j->out, value);
}

void json_out_text(struct json_out *j, const char *key, const char *value)
{
    json_out_string(j, key, slice_of(value));
}

void json_out_int(struct json_out *j, const char *key, int64_t value)
{
    begin_value(j, key);
    str_add_i64(j->out, value);
}

void json_out_bool(struct json_out *j, const char *key, bool value)
{
    begin_value(j, key);
    str_add(j->out, value ? SLICE("true") : SLICE("false"));
}

void json_out_raw(struct json_out *j, const char *key, struct slice value)
{
    begin_value(j, key);
    str_add(j->out, value);
}
