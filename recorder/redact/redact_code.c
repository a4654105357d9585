#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"

#include <stdlib.h>

/* Words of the site's scripts and style sheets: they are the same for everybody, and pages call
   them by name. They count in bodies alone: what is judged in messages must not change when a script comes. Kept as sorted hashes: there are some ten thousand. */

#define CODE_WORDS_MAX (1u << 18)

static uint64_t hash_of(const uint32_t *cps, size_t count)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ letter_folded(cps[i])) * 1099511628211u;
    return hash;
}

void redact_in_body(struct redact *r, bool in_body)
{
    r->in_body = in_body;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

bool redact_in_code(const struct redact *r, const uint32_t *cps, size_t count)
{
    if (r->code_count == 0)
        return false;
    uint64_t hash = hash_of(cps, count), everywhere = ~hash;
    return bsearch(&everywhere, r->code, r->code_count, sizeof hash, compare) ||
           (r->in_body && bsearch(&hash, r->code, r->code_count, sizeof hash, compare));
}

static bool add(struct redact *r, uint64_t hash)
{
    if (r->code_count == r->code_capacity) {
        size_t capacity = r->code_capacity ? r->code_capacity * 2 : 4096;
        uint64_t *code = capacity > CODE_WORDS_MAX ? NULL : realloc(r->code, capacity * sizeof *code);
        if (!code)
            return false;
        r->code = code;
        r->code_capacity = capacity;
    }
    r->code[r->code_count++] = hash;
    return true;
}

/* In order, and each once. */
static void sort(struct redact *r)
{
    size_t kept = 0;
    qsort(r->code, r->code_count, sizeof *r->code, compare);
    for (size_t i = 0; i < r->code_count; i++)
        if (kept == 0 || r->code[kept - 1] != r->code[i])
            r->code[kept++] = r->code[i];
    r->code_count = kept;
}

/* Digits alone are no words. */
void redact_learn_code(struct redact *r, struct slice code)
{
    uint32_t cps[64];
    size_t count = 0;
    bool letters = false, room = true;
    for (size_t i = 0; i <= code.len && room; i++) {
        uint32_t cp = i < code.len ? (unsigned char)code.ptr[i] : 0;
        if (letter_is_ascii(cp) || letter_is_digit(cp)) {
            if (count < sizeof cps / sizeof *cps)
                cps[count] = cp;
            count++;
            letters = letters || letter_is_ascii(cp);
            continue;
        }
        if (letters && count <= sizeof cps / sizeof *cps)
            room = add(r, hash_of(cps, count));
        count = 0;
        letters = false;
    }
    sort(r);
}

void redact_add_harmless(struct redact *r, const uint32_t *cps, size_t count)
{
    if (!redact_in_code(r, cps, count) && add(r, ~hash_of(cps, count)))
        sort(r);
}
