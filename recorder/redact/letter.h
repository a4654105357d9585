/* What redaction takes for a letter, and the class that a stand-in keeps: its case and the
   room that it takes in UTF-8. */
#ifndef RECORDER_REDACT_LETTER_H
#define RECORDER_REDACT_LETTER_H

#include <stdbool.h>
#include <stdint.h>

static inline bool letter_is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

static inline bool letter_is_ascii(uint32_t cp)
{
    return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
}

/* Beyond ASCII all but punctuation, signs, private use and what is no character. */
static inline bool letter_is_foreign(uint32_t cp)
{
    return cp >= 0xC0 && cp != 0xD7 && cp != 0xF7 && !(cp >= 0x2000 && cp < 0x2E80) && !(cp >= 0x3000 && cp < 0x3040) &&
           !(cp >= 0xD800 && cp < 0xF900) && !(cp >= 0xFE00 && cp < 0xFE70) && !(cp >= 0xFF00 && cp < 0xFF10) && cp < 0xFFF0;
}

static inline bool letter_is(uint32_t cp)
{
    return letter_is_ascii(cp) || letter_is_foreign(cp);
}

static inline bool letter_is_word(uint32_t cp)
{
    return letter_is_digit(cp) || letter_is(cp);
}

/* Written without blanks between words: a name stands inside a longer run of letters. */
static inline bool letter_is_unspaced(uint32_t cp)
{
    return cp >= 0x2E80;
}

static inline bool letter_is_upper(uint32_t cp)
{
    return (cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE) || (cp >= 0x100 && cp < 0x180 && (cp & 1) == 0);
}

static inline uint32_t letter_folded(uint32_t cp)
{
    if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE))
        return cp + 0x20;
    return cp >= 0x100 && cp < 0x180 ? cp | 1 : cp;
}

#endif
