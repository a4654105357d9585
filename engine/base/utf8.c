#include "engine/base/utf8.h"

size_t utf8_length(const unsigned char *text, size_t left)
{
    unsigned char c = text[0];
    size_t want = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (want == 0 || want > left)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && text[1] < 0xa0) || (c == 0xed && text[1] > 0x9f) || (c == 0xf0 && text[1] < 0x90) ||
        (c == 0xf4 && text[1] > 0x8f))
        return 0;
    return want;
}

uint32_t utf8_character(struct slice text, size_t *ret_length)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t length = utf8_length(bytes, text.len);
    *ret_length = length ? length : 1;
    if (!length)
        return UTF8_REPLACEMENT;
    uint32_t code = bytes[0] & first_bits[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3f);
    return code;
}

bool utf8_shows(struct slice text, size_t *ret_length)
{
    uint32_t code = utf8_character(text, ret_length);
    bool control = code < ' ' || (code >= 0x7f && code < 0xa0);
    bool turns = (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return !control && !turns && code != 0x2028 && code != 0x2029 && code != UTF8_REPLACEMENT;
}

void utf8_add_visible(struct str *out, struct slice text)
{
    for (size_t length; text.len; text = (struct slice){text.ptr + length, text.len - length})
        if (utf8_shows(text, &length))
            str_add(out, (struct slice){text.ptr, length});
        else
            str_add_char(out, '?');
}
