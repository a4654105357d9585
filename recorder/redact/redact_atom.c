#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"
#include "recorder/redact/reserved.h"

/* Method: an atom is a run of letters and digits. Letters alone are a word, or words written
   together by capital letters ("patientName"); with digits they are runs of each, and only
   where a run of letters is not to be let through is the whole one replaced, so that "trt4711"
   and "4711" keep belonging together. */

#define LISTED_WORD_MAX 64

static size_t put_utf8(char *to, uint32_t cp)
{
    size_t size = view_utf8_size(cp);
    if (size == 1) {
        to[0] = (char)cp;
        return 1;
    }
    for (size_t k = size; k-- > 1; cp >>= 6)
        to[k] = (char)(0x80 | (cp & 0x3F));
    to[0] = (char)((0xF00u >> size & 0xFF) | cp);
    return size;
}

bool redact_is_listed(const struct redact_pass *p, size_t at, size_t count)
{
    char word[LISTED_WORD_MAX];
    size_t len = 0;
    for (size_t i = at; i < at + count; i++) {
        if (len + 4 > LISTED_WORD_MAX)
            return false;
        len += put_utf8(word + len, letter_folded(p->cps[i]));
    }
    return phi_map_has_word(p->r->map, (struct slice){word, len});
}

static bool is_lower(const struct redact_pass *p, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++)
        if (!letter_is_ascii(p->cps[i]) || letter_is_upper(p->cps[i]))
            return false;
    return true;
}

static size_t atom_start(const struct redact_pass *p, size_t end)
{
    while (end > 0 && letter_is_word(p->cps[end - 1]))
        end--;
    return end;
}

static size_t atom_end(const struct redact_pass *p, size_t at)
{
    while (at < p->count && letter_is_word(p->cps[at]))
        at++;
    return at;
}

#define GAP_MAX 3 /* characters between words of one name */

/* The atom before, or behind, that is no further than a gap; false when there is none. */
static bool before(const struct redact_pass *p, size_t at, size_t *ret_at, size_t *ret_count)
{
    size_t end = at;
    while (end > 0 && at - end < GAP_MAX && !letter_is_word(p->cps[end - 1]))
        end--;
    *ret_at = atom_start(p, end);
    *ret_count = end - *ret_at;
    return *ret_count > 0;
}

static bool behind(const struct redact_pass *p, size_t end, size_t *ret_at, size_t *ret_count)
{
    size_t at = end;
    while (at < p->count && at - end < GAP_MAX && !letter_is_word(p->cps[at]))
        at++;
    *ret_at = at;
    *ret_count = atom_end(p, at) - at;
    return *ret_count > 0;
}

#define NAME_WORDS_MAX 4

/* A given name is an invented person's when a reserved surname stands near. */
static bool has_surname_near(const struct redact_pass *p, size_t at, size_t count)
{
    size_t word = at, len = 0, end = at + count;
    for (int i = 0; i < NAME_WORDS_MAX && before(p, word, &word, &len); i++)
        if (reserved_name(p->cps + word, len) == RESERVED_SURNAME || reserved_is_letters(p->cps + word, len))
            return true;
    for (int i = 0; i < NAME_WORDS_MAX && behind(p, end, &word, &len); i++) {
        if (reserved_name(p->cps + word, len) == RESERVED_SURNAME || reserved_is_letters(p->cps + word, len))
            return true;
        end = word + len;
    }
    return false;
}

static bool has_unspaced(const struct redact_pass *p, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++)
        if (letter_is_unspaced(p->cps[i]))
            return true;
    return false;
}

bool redact_is_allowed(const struct redact_pass *p, size_t at, size_t count)
{
    const uint32_t *cps = p->cps + at;
    if ((count <= 2 && !has_unspaced(p, at, count)) || reserved_is_letters(cps, count) || redact_is_listed(p, at, count) ||
        redact_in_code(p->r, cps, count))
        return true;
    enum reserved_name name = reserved_name(cps, count);
    return name == RESERVED_SURNAME || (name == RESERVED_GIVEN && has_surname_near(p, at, count));
}

static bool is_neighbour_known(const struct redact_pass *p, size_t at, size_t count)
{
    size_t word, len;
    return (before(p, at, &word, &len) && redact_knows(p, CODEBOOK_WORD, word, len)) ||
           (behind(p, at + count, &word, &len) && redact_knows(p, CODEBOOK_WORD, word, len));
}

static bool is_known_word(const struct redact_pass *p, size_t at, size_t count)
{
    if (count < 2 || !redact_knows(p, CODEBOOK_WORD, at, count))
        return false;
    if (count == 2)
        return is_neighbour_known(p, at, count);
    return !(is_lower(p, at, count) && redact_is_listed(p, at, count));
}

/* Where the next word of a run begins: at a capital behind a small letter, or at the last of
   several capitals ("patientID", "SOAPtext" has none). */
static size_t hump_end(const struct redact_pass *p, size_t at, size_t end)
{
    for (size_t i = at + 1; i < end; i++) {
        bool upper = letter_is_upper(p->cps[i]);
        if (upper && !letter_is_upper(p->cps[i - 1]))
            return i;
        if (upper && i + 1 < end && !letter_is_upper(p->cps[i + 1]))
            return i;
    }
    return end;
}

enum letters { LETTERS_STAY, LETTERS_KNOWN, LETTERS_KNOWN_INSIDE, LETTERS_UNKNOWN };

static enum letters judge_humps(const struct redact_pass *p, size_t at, size_t end)
{
    bool known = false, unknown = false;
    if (hump_end(p, at, end) == end)
        return LETTERS_UNKNOWN;
    for (size_t hump = at, next; hump < end; hump = next) {
        next = hump_end(p, hump, end);
        bool is_known = next - hump > 2 && is_known_word(p, hump, next - hump);
        known = known || is_known;
        unknown = unknown || (!is_known && !redact_is_allowed(p, hump, next - hump));
    }
    if (unknown && p->mode != REDACT_KNOWN)
        return LETTERS_UNKNOWN;
    return known ? LETTERS_KNOWN_INSIDE : unknown ? LETTERS_UNKNOWN : LETTERS_STAY;
}

static enum letters judge_letters(const struct redact_pass *p, size_t at, size_t end)
{
    if (is_known_word(p, at, end - at))
        return LETTERS_KNOWN;
    if (redact_is_allowed(p, at, end - at))
        return LETTERS_STAY;
    return judge_humps(p, at, end);
}

bool redact_is_wordlike(const struct redact_pass *p, size_t at, size_t end)
{
    return judge_letters(p, at, end) != LETTERS_UNKNOWN;
}

static void put_letters(struct redact_pass *p, enum letters judged, size_t at, size_t end)
{
    if (judged == LETTERS_KNOWN || (judged == LETTERS_UNKNOWN && p->mode != REDACT_KNOWN)) {
        redact_put_value(p, CODEBOOK_WORD, at, end - at);
        return;
    }
    if (judged != LETTERS_KNOWN_INSIDE)
        return;
    for (size_t hump = at, next; hump < end; hump = next) {
        next = hump_end(p, hump, end);
        if (is_known_word(p, hump, next - hump))
            redact_put_value(p, CODEBOOK_WORD, hump, next - hump);
    }
}

/* Words in a script without blanks: names stand inside. */
static void put_unspaced(struct redact_pass *p, size_t at, size_t end)
{
    size_t rest = at; /* what is no name so far */
    for (size_t i = at; i < end;) {
        size_t found = 0;
        for (size_t k = 0; k < p->r->unspaced_count; k++) {
            const struct redact_unspaced *name = &p->r->unspaced[k];
            if (name->count > found && name->count <= end - i && memcmp(name->cps, p->cps + i, name->count * sizeof *name->cps) == 0)
                found = name->count;
        }
        if (!found) {
            i++;
            continue;
        }
        redact_put_value(p, CODEBOOK_WORD, i, found);
        if (rest < i && p->mode == REDACT_WORDS && !redact_is_allowed(p, rest, i - rest))
            redact_put_value(p, CODEBOOK_WORD, rest, i - rest);
        i += found;
        rest = i;
    }
    if (rest < end && p->mode == REDACT_WORDS && !redact_is_allowed(p, rest, end - rest))
        redact_put_value(p, CODEBOOK_WORD, rest, end - rest);
}

#define ROUND_MAX 6

/* 1000, 15000: how long a page waits, how large something is. Longer ones number something. */
static bool is_round(const uint32_t *cps, size_t count)
{
    return count <= ROUND_MAX && cps[count - 1] == '0' && cps[count - 2] == '0' && cps[count - 3] == '0';
}

#define MONTH_BEFORE_MAX 16

/* "16 Jul 2000", "July 16, 2000": round, and a year. */
static bool follows_month(const struct redact_pass *p, size_t at)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (size_t i = at > MONTH_BEFORE_MAX ? at - MONTH_BEFORE_MAX : 0; i + 3 < at; i++)
        for (size_t m = 0; m < sizeof months - 1 && !(i && letter_is(p->cps[i - 1])); m += 3)
            if (letter_folded(p->cps[i]) == (uint32_t)months[m] && letter_folded(p->cps[i + 1]) == (uint32_t)months[m + 1] &&
                letter_folded(p->cps[i + 2]) == (uint32_t)months[m + 2])
                return true;
    return false;
}

static bool is_reserved_year(const uint32_t *cps, size_t count)
{
    return count == 4 && cps[0] == '1' && cps[1] == '9' && cps[2] == '0';
}

static bool is_number_allowed(const struct redact_pass *p, size_t at, size_t count)
{
    const uint32_t *cps = p->cps + at;
    return count <= 3 || (is_round(cps, count) && !(count == 4 && follows_month(p, at))) || is_reserved_year(cps, count) || redact_is_listed(p, at, count) ||
           (p->r->trust && reserved_is_mixed(cps, count));
}

static void put_number(struct redact_pass *p, size_t at, size_t count)
{
    if ((count > 3 && redact_knows(p, CODEBOOK_NUMBER, at, count)) ||
        (p->mode != REDACT_KNOWN && !is_number_allowed(p, at, count)))
        redact_put_value(p, CODEBOOK_NUMBER, at, count);
}

static size_t run_end(const struct redact_pass *p, size_t at, size_t end)
{
    size_t i = at;
    while (i < end && letter_is_digit(p->cps[i]) == letter_is_digit(p->cps[at]))
        i++;
    return i;
}

#define MIXED_RUNS_MAX 2
#define MIXED_SHORT_MAX 5

/* Letters that nobody knows, or many short runs: a serial number, a key, a plate. */
static bool is_mixed_unknown(const struct redact_pass *p, size_t at, size_t end)
{
    size_t runs = 0;
    for (size_t run = at, next; run < end; run = next, runs++) {
        next = run_end(p, run, end);
        if (!letter_is_digit(p->cps[run]) && judge_letters(p, run, next) == LETTERS_UNKNOWN)
            return true;
    }
    return runs > MIXED_RUNS_MAX && end - at > MIXED_SHORT_MAX;
}

static void put_mixed(struct redact_pass *p, size_t at, size_t end)
{
    bool judged = p->mode != REDACT_KNOWN;
    if (redact_knows(p, CODEBOOK_MIXED, at, end - at)) {
        redact_put_value(p, CODEBOOK_MIXED, at, end - at);
        return;
    }
    if (judged && (redact_is_listed(p, at, end - at) || redact_in_code(p->r, p->cps + at, end - at) ||
                   (p->r->trust && reserved_is_mixed(p->cps + at, end - at))))
        return;
    if (judged && is_mixed_unknown(p, at, end)) {
        redact_put_value(p, CODEBOOK_MIXED, at, end - at);
        return;
    }
    for (size_t run = at, next; run < end; run = next) {
        next = run_end(p, run, end);
        if (letter_is_digit(p->cps[run]))
            put_number(p, run, next - run);
        else
            put_letters(p, judge_letters(p, run, next), run, next);
    }
}

void redact_learn_atom(struct redact_pass *p, size_t at, size_t end)
{
    size_t digits = 0;
    for (size_t i = at; i < end; i++)
        digits += letter_is_digit(p->cps[i]) ? 1 : 0;
    bool mixed = digits && digits < end - at;
    if (mixed && (redact_is_listed(p, at, end - at) || (p->r->trust && reserved_is_mixed(p->cps + at, end - at))))
        return;
    if (mixed && is_mixed_unknown(p, at, end)) {
        redact_know(p->r, CODEBOOK_MIXED, p->cps + at, end - at);
        return;
    }
    for (size_t run = at, next; run < end; run = next) { /* "trt4711": the number is the id */
        next = run_end(p, run, end);
        bool number = letter_is_digit(p->cps[run]);
        if (number && !is_number_allowed(p, run, next - run))
            redact_know(p->r, CODEBOOK_NUMBER, p->cps + run, next - run);
        else if (!number && !mixed && judge_letters(p, run, next) == LETTERS_UNKNOWN)
            redact_know(p->r, CODEBOOK_WORD, p->cps + run, next - run);
    }
}

#define UNMARKED_MAX 3 /* so short that a stand-in carries no mark */

static void put_all(struct redact_pass *p, enum codebook_kind kind, size_t at, size_t end)
{
    const uint32_t *cps = p->cps + at;
    bool marked = end - at <= UNMARKED_MAX || reserved_is_letters(cps, end - at) ||
                  (kind != CODEBOOK_WORD && reserved_is_mixed(cps, end - at));
    if (!(p->r->trust && marked))
        redact_put_value(p, kind, at, end - at);
}

void redact_atom(struct redact_pass *p, size_t at, size_t end)
{
    size_t digits = 0;
    for (size_t i = at; i < end; i++)
        digits += letter_is_digit(p->cps[i]) ? 1 : 0;
    enum codebook_kind kind = digits == 0 ? CODEBOOK_WORD : digits == end - at ? CODEBOOK_NUMBER : CODEBOOK_MIXED;
    if (p->mode == REDACT_ALL)
        put_all(p, kind, at, end);
    else if (kind == CODEBOOK_NUMBER)
        put_number(p, at, end - at);
    else if (kind == CODEBOOK_MIXED)
        put_mixed(p, at, end);
    else if (has_unspaced(p, at, end - at))
        put_unspaced(p, at, end);
    else if (p->mode != REDACT_KNOWN || p->r->knows_any)
        put_letters(p, judge_letters(p, at, end), at, end);
}
