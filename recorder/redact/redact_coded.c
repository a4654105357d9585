#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"
#include "recorder/text.h"

#include <stdlib.h>

/* Method: a run of base64's letters may be text in disguise. It is decoded from each of its
   first four letters on, since what stands before may belong to something else, and counts as
   text when all of it reads as such. What was changed in it is coded again where it stood; the
   bits beside stay. What is packed by gzip or zstd is not opened: every letter of it is replaced. */

#define RUN_MIN 16

static int sextet(uint32_t cp)
{
    if (cp >= 'A' && cp <= 'Z')
        return (int)cp - 'A';
    if (cp >= 'a' && cp <= 'z')
        return (int)cp - 'a' + 26;
    if (letter_is_digit(cp))
        return (int)cp - '0' + 52;
    if (cp == '+' || cp == '-')
        return 62;
    return cp == '/' || cp == '_' ? 63 : -1;
}

static bool reserve(struct redact *r, int depth, size_t len)
{
    if (r->bytes_capacity[depth] >= len)
        return true;
    char *bytes = realloc(r->bytes[depth], len);
    if (!bytes) {
        r->full = true;
        return false;
    }
    r->bytes[depth] = bytes;
    r->bytes_capacity[depth] = len;
    return true;
}

/* Whole bytes of the letters from `at`, `letters` of them. */
static size_t decode(const struct redact_pass *p, size_t at, size_t letters, char *bytes)
{
    uint32_t bits = 0;
    size_t have = 0, len = 0;
    for (size_t i = 0; i < letters; i++) {
        bits = bits << 6 | (uint32_t)sextet(p->cps[at + i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[len++] = (char)(bits >> have);
        }
    }
    return len;
}

static uint32_t letter_of(uint32_t bits, uint32_t like)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    bool of_urls = like == '-' || like == '_';
    if (bits < 62)
        return (unsigned char)letters[bits];
    return bits == 62 ? (of_urls ? '-' : '+') : (of_urls ? '_' : '/');
}

/* Puts the bytes back; of the last letter the bits beyond the last byte stay. */
static void encode(struct redact_pass *p, size_t at, size_t letters, const char *bytes, size_t len, uint32_t like)
{
    for (size_t i = 0; i < letters; i++) {
        uint32_t bits = 0, old = (uint32_t)sextet(p->cps[at + i]);
        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            bool beyond = bit / 8 >= len;
            uint32_t one = beyond ? old >> (5 - bit % 6) & 1 : (uint32_t)((unsigned char)bytes[bit / 8] >> (7 - bit % 8) & 1);
            bits = bits << 1 | one;
        }
        if (bits != old)
            redact_put(p, at + i, letter_of(bits, like));
    }
}

/* Text, also with a NUL at each other byte; what was cut at either end may spoil one character there. */
static bool is_text(const char *bytes, size_t len)
{
    size_t nuls = 0, first = 0, end = len;
    while (first < len && first < 3 && ((unsigned char)bytes[first] & 0xC0) == 0x80)
        first++;
    while (end > first && len - end < 3 && (unsigned char)bytes[end - 1] >= 0x80)
        end--;
    for (size_t i = first; i < end; i++) {
        unsigned char c = (unsigned char)bytes[i];
        nuls += c == 0 ? 1 : 0;
        if ((c > 0 && c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F)
            return false;
    }
    if (nuls)
        return nuls <= (len + 1) / 2 && nuls >= len / 3;
    return text_is_utf8((struct slice){bytes + first, end - first});
}

#define SHORT_MAX 24

/* A serial number of capitals and digits often decodes to some text. One that was meant has hardly a sign in seven, and hardly
   ever no small letter in its base64. */
static bool is_plausible(const struct redact_pass *p, size_t at, size_t end, const char *bytes, size_t len)
{
    size_t signs = 0, small = 0;
    for (size_t i = 0; i < len; i++)
        signs += (unsigned char)bytes[i] < 0x80 && bytes[i] > ' ' && !letter_is_word((unsigned char)bytes[i]) ? 1 : 0;
    for (size_t i = at; i < end; i++)
        small += p->cps[i] >= 'a' && p->cps[i] <= 'z' ? 1 : 0;
    return len >= SHORT_MAX || (signs * 7 <= len && small);
}

/* "eClinic/ov_helper12" is of the same letters, and may decode to anything. */
static bool is_plain_words(const struct redact_pass *p, size_t at, size_t end)
{
    for (size_t i = at; i < end;) {
        size_t word = i;
        while (i < end && letter_is_ascii(p->cps[i]))
            i++;
        if (i > word && !redact_is_wordlike(p, word, i))
            return false;
        i += i == word ? 1 : 0;
    }
    return true;
}

static bool is_packed(const char *bytes, size_t len)
{
    return len >= 4 && (memcmp(bytes, "\x1f\x8b\x08", 3) == 0 || memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0 ||
                        memcmp(bytes, "PK\x03\x04", 4) == 0);
}

/* Marked as a stand-in (reserved.h), so that the next look leaves it: "zqz9z", "zz9", "9999". */
static void put_marked(struct redact_pass *p, size_t at, size_t end)
{
    size_t letters = 0, seen = 0;
    for (size_t i = at; i < end; i++)
        letters += letter_is_digit(p->cps[i]) ? 0 : 1;
    for (size_t i = at; i < end; i++) {
        bool digit = letter_is_digit(p->cps[i]);
        seen += digit ? 0 : 1;
        redact_put(p, i, digit ? '9' : seen == 2 && letters > 2 ? 'q' : 'z');
    }
}

static void put_packed(struct redact_pass *p, size_t at, size_t end)
{
    redact_count(p, REDACT_PACKED);
    if (p->r->scan)
        return;
    /* the magic number goes too: it is no packed text any more, and the next look finds none */
    for (size_t word = at, next; word < end; word = next + 1) {
        for (next = word; next < end && letter_is_word(p->cps[next]);)
            next++;
        put_marked(p, word, next);
    }
}

static uint32_t alphabet_of(const struct redact_pass *p, size_t at, size_t end)
{
    for (size_t i = at; i < end; i++)
        if (p->cps[i] == '-' || p->cps[i] == '_')
            return '-';
    return '+';
}

/* From this letter of the run on: true when what it holds was dealt with. In what may be no text who is known is looked for all
   the same. */
static bool open_at(struct redact_pass *p, size_t run, size_t at, size_t end)
{
    struct redact *r = p->r;
    uint64_t changes = 0;
    size_t letters = end - at;
    if (!reserve(r, p->depth, letters))
        return false;
    char *bytes = r->bytes[p->depth];
    size_t len = decode(p, at, letters, bytes);
    if (is_packed(bytes, len)) {
        put_packed(p, run, end);
        return true;
    }
    if (p->depth + 1 == REDACT_DEPTH_MAX || !is_text(bytes, len) || is_plain_words(p, at, end))
        return false;
    bool plausible = is_plausible(p, at, end, bytes, len);
    redact_nested(r, plausible ? p->mode : REDACT_KNOWN, bytes, len, p->depth + 1, &changes);
    p->changes += changes;
    if (changes && !r->scan)
        encode(p, at, letters, bytes, len, alphabet_of(p, at, end));
    return plausible;
}

/* What decodes to a text may be none: "AAAAAAAA+Kessimer". */
static void put_known(struct redact_pass *p, size_t run, size_t end)
{
    enum redact_mode mode = p->mode;
    p->mode = REDACT_KNOWN;
    for (size_t word = run, next; word < end; word = next + 1) {
        for (next = word; next < end && letter_is_word(p->cps[next]);)
            next++;
        if (next > word)
            redact_atom(p, word, next);
    }
    p->mode = mode;
}

size_t redact_coded(struct redact_pass *p, size_t at)
{
    size_t end = at;
    while (end < p->count && sextet(p->cps[end]) >= 0)
        end++;
    p->coded_end = end;
    if (end - at < RUN_MIN)
        return 0;
    for (size_t shift = 0; shift < 4; shift++)
        if (open_at(p, at, at + shift, end)) {
            put_known(p, at, end);
            return end;
        }
    return 0;
}
