/* The frame is compared byte for byte, not parsed as JSON: a line that is not
   exactly what format() writes is damage. */
#include "engine/world/journal_line.h"

#include "engine/base/crc32c.h"

#define OPENING "{\"seq\":"
#define BEFORE_CRC ",\"crc\":\""
#define AFTER_CRC "\","

/* Of the digits of seq, then the record and its closing brace. */
static uint32_t checksum(struct slice digits, struct slice rest)
{
    return crc32c(crc32c(0, digits), rest);
}

void journal_line_format(struct str *out, uint64_t seq, struct slice record)
{
    char number[24];
    char crc_digits[CRC32C_DIGITS];
    ASSERT(text_format(number, sizeof number, "%llu", (unsigned long long)seq));
    uint32_t crc = checksum(slice_of(number), record);
    crc32c_format(crc32c(crc, SLICE("}")), crc_digits);
    str_add(out, SLICE(OPENING));
    str_add_text(out, number);
    str_add(out, SLICE(BEFORE_CRC));
    str_add(out, (struct slice){crc_digits, sizeof crc_digits});
    str_add(out, SLICE(AFTER_CRC));
    str_add(out, record);
    str_add(out, SLICE("}\n"));
}

/* Moves text past prefix; false when it does not begin so. */
static bool skip(struct slice *text, struct slice prefix)
{
    if (!slice_starts(*text, prefix))
        return false;
    text->ptr += prefix.len;
    text->len -= prefix.len;
    return true;
}

static struct slice skip_digits(struct slice *text)
{
    struct slice digits = {text->ptr, 0};
    while (text->len && text->ptr[0] >= '0' && text->ptr[0] <= '9') {
        digits.len++;
        text->ptr++;
        text->len--;
    }
    return digits;
}

bool journal_line_parse(struct slice line, uint64_t *ret_seq, struct slice *ret_record)
{
    uint64_t seq;
    uint32_t crc;
    if (!skip(&line, SLICE(OPENING)))
        return false;
    struct slice digits = skip_digits(&line);
    if (!slice_parse_u64(digits, UINT64_MAX, &seq) || (digits.len > 1 && digits.ptr[0] == '0'))
        return false;
    if (!skip(&line, SLICE(BEFORE_CRC)) || line.len < CRC32C_DIGITS)
        return false;
    struct slice crc_digits = {line.ptr, CRC32C_DIGITS};
    if (!crc32c_parse(crc_digits, &crc) || !skip(&line, crc_digits) || !skip(&line, SLICE(AFTER_CRC)))
        return false;
    if (line.len == 0 || line.ptr[line.len - 1] != '}' || checksum(digits, line) != crc)
        return false;
    *ret_seq = seq;
    *ret_record = (struct slice){line.ptr, line.len - 1};
    return true;
}

struct journal_walk journal_walk_begin(struct slice text)
{
    return (struct journal_walk){.text = text, .next_seq = 1};
}

/* Is there a sound line anywhere from `at` on? */
static bool any_sound(struct slice text, size_t at)
{
    uint64_t seq;
    struct slice record;
    while (at < text.len) {
        const char *newline = memchr(text.ptr + at, '\n', text.len - at);
        if (!newline)
            return false;
        size_t end = (size_t)(newline - text.ptr);
        if (journal_line_parse((struct slice){text.ptr + at, end - at}, &seq, &record))
            return true;
        at = end + 1;
    }
    return false;
}

enum journal_step journal_walk_next(struct journal_walk *walk, struct slice *ret_record)
{
    uint64_t seq;
    if (walk->sound_bytes == walk->text.len)
        return JOURNAL_END;
    struct slice rest = {walk->text.ptr + walk->sound_bytes, walk->text.len - walk->sound_bytes};
    const char *newline = memchr(rest.ptr, '\n', rest.len);
    if (!newline)
        return JOURNAL_TORN;
    struct slice line = {rest.ptr, (size_t)(newline - rest.ptr)};
    if (!journal_line_parse(line, &seq, ret_record))
        return any_sound(walk->text, walk->sound_bytes + line.len + 1) ? JOURNAL_DAMAGED : JOURNAL_TORN;
    if (seq != walk->next_seq)
        return JOURNAL_DAMAGED;
    walk->next_seq++;
    walk->sound_bytes += line.len + 1;
    return JOURNAL_LINE;
}
