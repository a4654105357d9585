#include "recorder/text.h"

#include "engine/base/utf8.h"

#include <sodium.h>

/* A recorded session is nearly all ASCII: eight bytes at a time are looked at
   for a set high bit, and the exact rules apply to the rest only. */
static size_t ascii_run(const unsigned char *text, size_t left)
{
    size_t at = 0;
    for (; at + 8 <= left; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if (word & 0x8080808080808080u)
            break;
    }
    while (at < left && text[at] < 0x80)
        at++;
    return at;
}

bool text_is_utf8(struct slice text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t at = 0;
    while (at < text.len) {
        at += ascii_run(bytes + at, text.len - at);
        if (at == text.len)
            return true;
        size_t length = utf8_length(bytes + at, text.len - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

/* A byte under 0x20 anywhere in the word: the classic borrow test. */
static bool has_control(struct slice text)
{
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word;
        memcpy(&word, text.ptr + at, sizeof word);
        if ((word - 0x2020202020202020u) & ~word & 0x8080808080808080u)
            return true;
    }
    for (; at < text.len; at++)
        if ((unsigned char)text.ptr[at] < 0x20)
            return true;
    return false;
}

bool text_is_one_line(struct slice text)
{
    return !has_control(text) && text_is_utf8(text);
}

bool text_is_json_line(struct slice text)
{
    return text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}' && text_is_one_line(text);
}

#define BASE64 sodium_base64_VARIANT_ORIGINAL

void text_add_base64(struct str *out, struct slice bytes)
{
    /* Whole groups of three at a time, so that no piece but the last is padded. */
    char piece[4 * 1024 + 1];
    for (size_t at = 0; at < bytes.len; at += 3072) {
        size_t length = bytes.len - at < 3072 ? bytes.len - at : 3072;
        sodium_bin2base64(piece, sizeof piece, (const unsigned char *)bytes.ptr + at, length, BASE64);
        str_add_text(out, piece);
    }
}

bool text_decode_base64(struct slice text, struct str *out)
{
    size_t before = out->len;
    unsigned char piece[3072];
    if (text.len % 4 != 0)
        return false;
    for (size_t at = 0; at < text.len; at += 4096) {
        size_t length = text.len - at < 4096 ? text.len - at : 4096, made = 0;
        const char *end = NULL;
        bool good = sodium_base642bin(piece, sizeof piece, text.ptr + at, length, NULL, &made, &end, BASE64) == 0 &&
                    end == text.ptr + at + length && (made == 3072 || at + length == text.len);
        if (good)
            str_add(out, (struct slice){(const char *)piece, made});
        if (!good || str_full(out)) {
            out->len = before;
            return false;
        }
    }
    return true;
}

static bool take_hex4(struct slice text, size_t at, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    if (at + 4 > text.len)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret_unit = unit;
    return true;
}

static void add_code_point(struct str *out, uint32_t c)
{
    char text[4];
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; c >>= 6)
        text[i] = (char)(0x80 | (c & 0x3f));
    text[0] = (char)(lead[length] | c);
    str_add(out, (struct slice){text, length});
}

/* The escape at text[at] = '\\'; returns the bytes it takes, 0 when it is broken. */
static size_t add_escape(struct slice text, size_t at, struct str *out)
{
    if (at + 1 >= text.len)
        return 0;
    static const char letters[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    const char *letter = memchr(letters, text.ptr[at + 1], sizeof letters - 1);
    if (letter) {
        str_add_char(out, meaning[letter - letters]);
        return 2;
    }
    uint32_t high = 0, low = 0;
    if (text.ptr[at + 1] != 'u' || !take_hex4(text, at + 2, &high))
        return 0;
    if (high < 0xd800 || high > 0xdfff) {
        add_code_point(out, high);
        return 6;
    }
    if (high > 0xdbff || at + 12 > text.len || text.ptr[at + 6] != '\\' || text.ptr[at + 7] != 'u' ||
        !take_hex4(text, at + 8, &low) || low < 0xdc00 || low > 0xdfff)
        return 0;
    add_code_point(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    return 12;
}

bool text_unescape(struct slice inside, struct str *out)
{
    size_t at = 0;
    while (at < inside.len) {
        const char *escape = memchr(inside.ptr + at, '\\', inside.len - at);
        size_t run = escape ? (size_t)(escape - inside.ptr) - at : inside.len - at;
        str_add(out, (struct slice){inside.ptr + at, run});
        at += run;
        if (!escape)
            break;
        size_t length = add_escape(inside, at, out);
        if (length == 0)
            return false;
        at += length;
    }
    return !str_full(out);
}
