#include "engine/browser/base64.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four characters gives three bytes; '=' only at the very end. */
static bool decode_group(const char *text, bool is_last, struct str *out)
{
    size_t padding = !is_last || text[3] != '=' ? 0 : text[2] == '=' ? 2 : 1;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : value_of(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    str_add(out, (struct slice){bytes, 3 - padding});
    return true;
}

bool base64_decode(struct slice text, struct str *out)
{
    if (text.len % 4 != 0)
        return false;
    for (size_t at = 0; at < text.len; at += 4)
        if (!decode_group(text.ptr + at, at + 4 == text.len, out))
            return false;
    return true;
}
