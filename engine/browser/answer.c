/* Chromium writes {"id":N,"result":{"result":{"type":"string","value":"..."}},"sessionId":"..."}.
   Quotes inside the text are escaped, so its end is the first bare one. */
#include "engine/browser/answer.h"

static bool is_harmless(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

static char unescape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    }
    return '\0';
}

/* From behind the opening quote; *ret_rest is what follows the closing one. */
static bool read_string(const char *at, const char *end, struct str *out, struct slice *ret_rest)
{
    str_clear(out);
    for (const char *run = at; at < end; at++) {
        if (*at == '"') {
            str_add(out, (struct slice){run, (size_t)(at - run)});
            *ret_rest = (struct slice){at + 1, (size_t)(end - at - 1)};
            return !str_full(out);
        }
        if (*at == '\\') {
            char c = at + 1 < end ? unescape(at[1]) : '\0';
            if (!c)
                return false;
            str_add(out, (struct slice){run, (size_t)(at - run)});
            str_add_char(out, c);
            run = ++at + 1;
        } else if (!is_harmless((unsigned char)*at)) {
            return false;
        }
    }
    return false;
}

bool answer_read_text(struct slice reply, struct str *out)
{
    struct slice head = SLICE(",\"result\":{\"result\":{\"type\":\"string\",\"value\":\""), rest;
    const char *comma = reply.len ? memchr(reply.ptr, ',', reply.len) : NULL;
    const char *end = reply.ptr + reply.len;
    if (!comma || !slice_starts((struct slice){comma, (size_t)(end - comma)}, head))
        return false;
    return read_string(comma + head.len, end, out, &rest) && slice_starts(rest, SLICE("}},\"sessionId\":\""));
}
