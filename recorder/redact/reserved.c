#include "recorder/redact/reserved.h"

#include "recorder/redact/letter.h"

#include <string.h>

static const struct {
    const char *word;
    bool surname;
} names[] = {
#define X(word, surname) {word, surname},
#include "recorder/redact/names.def"
#undef X
};

static const uint32_t ideographs[] = {0x6E2C, 0x8A66, 0x7BC4, 0x4F8B, 0x5B50};

uint32_t reserved_ideograph(uint32_t index)
{
    return ideographs[index % 5];
}

/* The next character of a text in UTF-8 that is known to be well formed. */
static uint32_t take_cp(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t count = *p < 0x80 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4;
    uint32_t cp = count == 1 ? *p : *p & (0x7Fu >> count);
    for (size_t k = 1; k < count; k++)
        cp = cp << 6 | (p[k] & 0x3Fu);
    *text += count;
    return cp;
}

static bool is_spelled(const char *word, const uint32_t *cps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!*word || letter_folded(take_cp(&word)) != letter_folded(cps[i]))
            return false;
    return !*word;
}

enum reserved_name reserved_name(const uint32_t *cps, size_t count)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_spelled(names[i].word, cps, count))
            return names[i].surname ? RESERVED_SURNAME : RESERVED_GIVEN;
    return RESERVED_NONE;
}

static bool is_consonant(uint32_t cp)
{
    return !strchr("aeiouyq", (int)letter_folded(cp));
}

/* Of those beyond ASCII. */
static bool is_reserved_foreign(uint32_t cp)
{
    for (size_t i = 0; i < 5; i++)
        if (cp == ideographs[i])
            return true;
    return letter_folded(cp) == 0xE9;
}

bool reserved_is_letters(const uint32_t *cps, size_t count)
{
    uint32_t first[2] = {0};
    size_t ascii = 0, foreign = 0;
    for (size_t i = 0; i < count; i++) {
        if (letter_is_ascii(cps[i])) {
            if (ascii < 2)
                first[ascii] = letter_folded(cps[i]);
            ascii++;
            continue;
        }
        if (letter_is(cps[i]) && !is_reserved_foreign(cps[i]))
            return false;
        foreign += letter_is(cps[i]) ? 1 : 0;
    }
    if (ascii == 2)
        return strchr("zqx", (int)first[0]) && is_consonant(first[1]);
    return ascii < 2 ? foreign > 0 : first[0] == 'z' && first[1] == 'q';
}

bool reserved_is_mixed(const uint32_t *cps, size_t count)
{
    uint32_t first[2] = {0};
    size_t letters = 0, digits = 0;
    for (size_t i = 0; i < count; i++) {
        letters += letter_is(cps[i]) ? 1 : 0;
        if (letter_is_digit(cps[i])) {
            if (digits < 2)
                first[digits] = cps[i];
            digits++;
        }
    }
    if (letters >= 2)
        return reserved_is_letters(cps, count);
    if (letters + digits < 4 || digits < 2)
        return true;
    return first[0] == '9' && first[1] == '9';
}

void reserved_date(const uint32_t *from, uint32_t *ret_to, uint32_t noise)
{
    bool long_month = from[4] == '1', long_day = from[6] != '0';
    uint32_t year = noise % 10, month, day;
    noise /= 10;
    month = long_month ? 10 + noise % 3 : 1 + noise % 9;
    noise /= long_month ? 3 : 9;
    day = long_day ? 10 + noise % 19 : 1 + noise % 9;
    const uint32_t digits[8] = {1, 9, 0, year, month / 10, month % 10, day / 10, day % 10};
    for (size_t i = 0; i < 8; i++)
        ret_to[i] = '0' + digits[i];
}
