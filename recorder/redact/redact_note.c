#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"

#include <stdlib.h>

/* Method: a note reaches the page as paragraphs, list items, table cells, and comes back as the editor
   wrote it. What stays the same in all that are its lines: what stands between markup, quotes and
   ends of lines. Each is known by a hash of its characters, blanks at its ends aside, and becomes
   the same words wherever it stands. */

#define LINE_MAX_CPS (1u << 20)
#define LINE_MIN_LETTERS 8 /* "Pain", "Plan:" are labels of pages too */

static bool is_break(uint32_t cp)
{
    return cp == '<' || cp == '>' || cp == '&' || cp == '"' || cp == '\'' || cp == '\n' || cp == '\r' || cp == '\t' ||
           cp == ';' || cp == '{' || cp == '}' || cp == '=' || cp == '|' || cp == '\\' || cp == 0xA0;
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == '+';
}

/* The next line from *at on, without blanks at its ends; false at the end of the text. */
static bool take_line(const struct redact_pass *p, size_t *at, size_t *ret_first, size_t *ret_count)
{
    size_t first = *at;
    while (first < p->count && (is_break(p->cps[first]) || is_blank(p->cps[first])))
        first++;
    size_t end = first;
    while (end < p->count && !is_break(p->cps[end]))
        end++;
    *at = end;
    while (end > first && is_blank(p->cps[end - 1]))
        end--;
    *ret_first = first;
    *ret_count = end - first;
    return first < p->count;
}

static uint64_t hash_line(const struct redact_pass *p, size_t first, size_t count)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = first; i < first + count; i++)
        hash = (hash ^ (is_blank(p->cps[i]) ? ' ' : p->cps[i])) * 1099511628211u;
    return hash;
}

static struct redact_line *find_line(const struct redact *r, uint64_t hash, size_t count)
{
    for (uint32_t i = r->line_buckets[hash % REDACT_LINE_BUCKETS]; i; i = r->lines[i].next)
        if (r->lines[i].hash == hash && r->lines[i].count == count)
            return &r->lines[i];
    return NULL;
}

bool redact_note(struct redact_pass *p, size_t *at)
{
    size_t first, count, end = *at;
    if (!take_line(p, &end, &first, &count)) {
        p->line_end = p->count;
        return false;
    }
    p->line_end = end;
    struct redact_line *line = count <= LINE_MAX_CPS ? find_line(p->r, hash_line(p, first, count), count) : NULL;
    if (!line)
        return false;
    redact_count(p, REDACT_NOTE);
    for (size_t i = 0; i < count && !p->r->scan; i++)
        if (letter_is_word(p->cps[first + i]))
            redact_put_like(p, first + i, line->cps[i]);
    *at = end;
    return true;
}

/* A word of the same length, or letters of the reserved range. */
static void draw_word(struct redact *r, const uint32_t *cps, size_t count, uint32_t *ret_cps)
{
    bool ascii = true;
    for (size_t i = 0; i < count; i++)
        ascii = ascii && letter_is_ascii(cps[i]);
    struct slice word = ascii ? phi_map_word_of_length(r->map, count, codebook_draw(r->book, 1u << 30)) : SLICE_NONE;
    struct codebook_value value = {CODEBOOK_WORD, cps, count};
    if (!word.len) {
        (void)codebook_stand_in(r->book, &value, ret_cps);
        return;
    }
    for (size_t i = 0; i < count; i++)
        ret_cps[i] = (unsigned char)word.ptr[i];
}

static void draw_number(struct redact *r, size_t count, uint32_t *ret_cps)
{
    for (size_t i = 0; i < count; i++)
        ret_cps[i] = count > 3 && i < 2 ? '9' : '0' + codebook_draw(r->book, 10);
}

static void draw_line(struct redact *r, const uint32_t *cps, size_t count, uint32_t *ret_cps)
{
    memcpy(ret_cps, cps, count * sizeof *cps);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && letter_is(cps[end]))
            end++;
        if (end > i)
            draw_word(r, cps + i, end - i, ret_cps + i);
        size_t digits = end;
        while (digits < count && letter_is_digit(cps[digits]))
            digits++;
        if (digits > end)
            draw_number(r, digits - end, ret_cps + end);
        i = digits > i ? digits : i + 1;
    }
}

static bool grow(struct redact *r)
{
    if (r->line_count + 1 < r->line_capacity)
        return true;
    uint32_t capacity = r->line_capacity ? r->line_capacity * 2 : 256;
    struct redact_line *lines = capacity > REDACT_LINES_MAX ? NULL : realloc(r->lines, capacity * sizeof *lines);
    if (!lines)
        return false;
    r->lines = lines;
    r->line_capacity = capacity;
    return true;
}

static void add_line(struct redact_pass *p, size_t first, size_t count)
{
    struct redact *r = p->r;
    uint64_t hash = hash_line(p, first, count);
    if (count > LINE_MAX_CPS || find_line(r, hash, count))
        return;
    uint32_t *cps = grow(r) ? malloc(count * sizeof *cps) : NULL;
    if (!cps) {
        r->full = true;
        return;
    }
    draw_line(r, p->cps + first, count, cps);
    uint32_t *bucket = &r->line_buckets[hash % REDACT_LINE_BUCKETS];
    r->lines[++r->line_count] = (struct redact_line){.hash = hash, .cps = cps, .count = (uint32_t)count, .next = *bucket};
    *bucket = r->line_count;
}

/* Of a short line what would not be let through anyway, now: what is learned later must not change what the
   clean batch was made from. */
static void know_parts(struct redact_pass *p, size_t first, size_t count)
{
    uint32_t digits[8];
    for (size_t at = first, end; at < first + count; at = end) {
        end = at + 1;
        if (!letter_is_word(p->cps[at]))
            continue;
        size_t groups = letter_is_digit(p->cps[at]) ? redact_know_groups(p, at) : 0;
        if (groups == 0 && letter_is_digit(p->cps[at]) && redact_find_date(p, at, digits))
            redact_know_date(p->r, digits);
        while (end < first + count && (end < groups || letter_is_word(p->cps[end])))
            end++;
        if (!groups)
            redact_learn_atom(p, at, end);
    }
}

void redact_add_note(struct redact_pass *p)
{
    for (size_t at = 0, first, count; take_line(p, &at, &first, &count);) {
        size_t letters = 0;
        for (size_t i = first; i < first + count; i++)
            letters += letter_is(p->cps[i]) ? 1 : 0;
        if (letters >= LINE_MIN_LETTERS)
            add_line(p, first, count);
        else
            know_parts(p, first, count);
    }
}
