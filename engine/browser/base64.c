/* Four characters by table, three bytes at once; the last group alone may be padded. */
#include "engine/browser/base64.h"

#define NOT_BASE64 0x80

/* Of each byte its six bits, or NOT_BASE64. */
static unsigned char value_of[256];

static void make_table(void)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memset(value_of, NOT_BASE64, sizeof value_of);
    for (unsigned char i = 0; i < 64; i++)
        value_of[(unsigned char)alphabet[i]] = i;
}

/* One whole group; false when a character of it is not of the alphabet. */
static inline bool decode_group(const unsigned char *text, char ret_bytes[3])
{
    unsigned char a = value_of[text[0]], b = value_of[text[1]], c = value_of[text[2]], d = value_of[text[3]];
    ret_bytes[0] = (char)(a << 2 | b >> 4);
    ret_bytes[1] = (char)(b << 4 | c >> 2);
    ret_bytes[2] = (char)(c << 6 | d);
    return !((a | b | c | d) & NOT_BASE64);
}

/* The last group, one or two '=' at its end. */
static bool decode_last(const unsigned char *text, struct str *out)
{
    size_t padding = text[3] != '=' ? 0 : text[2] == '=' ? 2 : 1;
    unsigned char group[4] = {text[0], text[1], padding == 2 ? 'A' : text[2], padding ? 'A' : text[3]};
    char bytes[3];
    if (!decode_group(group, bytes))
        return false;
    str_add(out, (struct slice){bytes, 3 - padding});
    return true;
}

bool base64_decode(struct slice text, struct str *out)
{
    const unsigned char *at = (const unsigned char *)text.ptr, *last = at + text.len - 4;
    char bytes[768];
    size_t have = 0;
    if (text.len % 4 != 0)
        return false;
    if (text.len == 0)
        return true;
    if (value_of['B'] != 1)
        make_table();
    for (; at < last; at += 4, have += 3) {
        if (have == sizeof bytes) {
            str_add(out, (struct slice){bytes, have});
            have = 0;
        }
        if (!decode_group(at, bytes + have))
            return false;
    }
    str_add(out, (struct slice){bytes, have});
    return decode_last(at, out);
}
