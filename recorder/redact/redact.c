#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"
#include "recorder/redact/reserved.h"

#include <sodium.h>
#include <stdlib.h>

/* Method: one walk over the characters of the top layer. At each place the largest thing that
   begins there is taken: a line of a note, the site's own address, base64, a date, grouped
   numbers, and at last an atom. What was put is seen by nobody who comes later in the walk: judged is the
   text as it was. */

struct redact *redact_new(const struct phi_map *map, const unsigned char *seed)
{
    struct redact *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->map = map;
    r->book = codebook_new(seed);
    if (!r->book) {
        free(r);
        return NULL;
    }
    for (size_t i = 0; i < REDACT_DEPTH_MAX; i++)
        view_init(&r->views[i]);
    return r;
}

void redact_free(struct redact *r)
{
    if (!r)
        return;
    codebook_free(r->book);
    for (size_t i = 0; i < REDACT_DEPTH_MAX; i++) {
        view_fini(&r->views[i]);
        free(r->cps[i]);
        free(r->bytes[i]);
    }
    for (uint32_t i = 1; i <= r->line_count; i++)
        free(r->lines[i].cps);
    free(r->lines);
    free(r->code);
    sodium_memzero(r, sizeof *r);
    free(r);
}

const struct phi_map *redact_map(const struct redact *r)
{
    return r->map;
}

void redact_trust(struct redact *r)
{
    r->trust = true;
}

void redact_scan(struct redact *r)
{
    r->scan = true;
}

#define US_PER_YEAR 31556952000000

void redact_wall(struct redact *r, int64_t wall_us)
{
    r->wall_year = wall_us > 0 ? 1970 + wall_us / US_PER_YEAR : 0;
}

void redact_site(struct redact *r, struct slice url)
{
    const char *begin = slice_find(url, SLICE("://"));
    if (!begin)
        return;
    begin += 3;
    size_t len = 0, room = (size_t)(url.ptr + url.len - begin);
    while (len < room && len < REDACT_SITE_MAX && begin[len] != '/' && begin[len] != '"')
        len++;
    memcpy(r->site, begin, len);
    r->site_len = len;
}

void redact_count(struct redact_pass *p, enum redact_kind kind)
{
    p->changes++;
    p->r->counts.replaced[kind]++;
}

void redact_put(struct redact_pass *p, size_t at, uint32_t cp)
{
    if (!p->r->scan && cp != p->cps[at] && view_can_put(p->view, at, cp))
        view_put(p->view, at, cp);
}

static uint32_t in_case_of(uint32_t like, uint32_t cp)
{
    if (!letter_is_upper(like))
        return cp;
    return (cp >= 'a' && cp <= 'z') || cp == 0xE9 ? cp - 0x20 : cp;
}

/* "&#65;" has no room for 'd' (100): it becomes 'D' (68). */
void redact_put_like(struct redact_pass *p, size_t at, uint32_t cp)
{
    cp = in_case_of(p->cps[at], cp);
    if (!view_can_put(p->view, at, cp) && cp >= 'a' && cp <= 'z')
        cp -= 0x20;
    redact_put(p, at, cp);
}

bool redact_knows(const struct redact_pass *p, enum codebook_kind kind, size_t at, size_t count)
{
    struct codebook_value value = {kind, p->cps + at, count};
    return p->r->knows_any && codebook_knows(p->r->book, &value);
}

static enum redact_kind counted_as(enum codebook_kind kind)
{
    switch (kind) {
    case CODEBOOK_WORD: return REDACT_WORD;
    case CODEBOOK_NUMBER: return REDACT_NUMBER;
    case CODEBOOK_MIXED: return REDACT_MIXED;
    case CODEBOOK_DATE: return REDACT_DATE;
    }
    return REDACT_MIXED;
}

#define PIECE_MAX 4096 /* of a run of letters without end, each such piece has a stand-in of its own */

void redact_put_value(struct redact_pass *p, enum codebook_kind kind, size_t at, size_t count)
{
    uint32_t stand_in[PIECE_MAX];
    redact_count(p, counted_as(kind));
    while (count && !p->r->scan) {
        size_t piece = count < PIECE_MAX ? count : PIECE_MAX;
        struct codebook_value value = {kind, p->cps + at, piece};
        if (!codebook_stand_in(p->r->book, &value, stand_in)) {
            p->r->full = true;
            return;
        }
        for (size_t i = 0; i < piece; i++)
            redact_put_like(p, at + i, stand_in[i]);
        at += piece;
        count -= piece;
    }
}

/* The site's own host and port. */
static bool is_site(const struct redact_pass *p, size_t at)
{
    const struct redact *r = p->r;
    if (r->site_len == 0 || p->count - at < r->site_len || p->cps[at] != (unsigned char)r->site[0])
        return false;
    for (size_t i = 1; i < r->site_len; i++)
        if (p->cps[at + i] != (unsigned char)r->site[i])
            return false;
    return at + r->site_len == p->count || !letter_is_word(p->cps[at + r->site_len]);
}

static size_t atom_end(const struct redact_pass *p, size_t at)
{
    while (at < p->count && letter_is_word(p->cps[at]))
        at++;
    return at;
}

static bool is_path(uint32_t cp)
{
    return letter_is_ascii(cp) || letter_is_digit(cp) || cp == '/' || cp == '.' || cp == '_' || cp == '-' || cp == ':';
}

static bool ends_in(const struct redact_pass *p, size_t at, size_t end, const char *suffix)
{
    size_t len = strlen(suffix);
    for (size_t i = 0; i < len && end - at > len; i++)
        if (p->cps[end - len + i] != (unsigned char)suffix[i])
            return false;
    return end - at > len;
}

/* The path of a script, a style sheet, a font: the site's own, the same for everybody, and asked for by words that stand
   in scripts. What nobody knows may stay in it. */
static void look_for_static(struct redact_pass *p, size_t at)
{
    static const char *const suffixes[] = {".js", ".css", ".woff", ".woff2", ".ttf"};
    bool slash = at > 0 && p->cps[at - 1] == '/';
    size_t end = at;
    for (; end < p->count && is_path(p->cps[end]); end++)
        slash = slash || p->cps[end] == '/';
    p->path_end = end;
    p->in_static = false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        p->in_static = p->in_static || (slash && ends_in(p, at, end, suffixes[i]));
}

static size_t take_thing(struct redact_pass *p, size_t at);

/* As take_thing(), with what is known alone replaced. */
static size_t take_known(struct redact_pass *p, size_t at)
{
    p->mode = REDACT_KNOWN;
    size_t end = take_thing(p, at);
    p->mode = REDACT_WORDS;
    return end;
}

/* What begins at this letter or digit, which is the first of its run. Returns its end. */
static size_t take_thing(struct redact_pass *p, size_t at)
{
    size_t end = 0;
    if (p->mode == REDACT_WORDS && at >= p->path_end)
        look_for_static(p, at);
    if (p->mode == REDACT_WORDS && p->in_static && at < p->path_end)
        return take_known(p, at);
    if (is_site(p, at))
        return at + p->r->site_len;
    if (at >= p->coded_end && p->mode != REDACT_ALL)
        end = redact_coded(p, at);
    if (end == 0 && letter_is_digit(p->cps[at]) && p->mode != REDACT_ALL) {
        end = redact_date(p, at);
        if (end == 0)
            end = redact_groups(p, at);
    }
    if (end)
        return end;
    end = atom_end(p, at);
    redact_atom(p, at, end);
    return end;
}

/* In front of base64 that is within a word's reach ('+' or '/' may come first). */
static void walk(struct redact_pass *p)
{
    for (size_t i = 0; i < p->count;) {
        if (p->r->line_count && i >= p->line_end && redact_note(p, &i))
            continue;
        i = letter_is_word(p->cps[i]) ? take_thing(p, i) : i + 1;
    }
}

static bool copy_cps(struct redact *r, struct redact_pass *p)
{
    if (r->cps_capacity[p->depth] < p->count) {
        uint32_t *cps = realloc(r->cps[p->depth], p->count * sizeof *cps);
        if (!cps)
            return false;
        r->cps[p->depth] = cps;
        r->cps_capacity[p->depth] = p->count;
    }
    for (size_t i = 0; i < p->count; i++)
        r->cps[p->depth][i] = view_at(p->view, i);
    p->cps = r->cps[p->depth];
    return true;
}

static bool open_pass(struct redact *r, enum redact_mode mode, char *text, size_t len, int depth, struct redact_pass *p)
{
    struct view *view = &r->views[depth];
    view_open(view, text, len);
    *p = (struct redact_pass){.r = r, .mode = mode, .depth = depth, .view = view, .count = view_count(view)};
    if (!view->full && copy_cps(r, p))
        return true;
    r->full = true;
    return false;
}

void redact_nested(struct redact *r, enum redact_mode mode, char *text, size_t len, int depth, uint64_t *ret_changes)
{
    struct redact_pass p;
    if (open_pass(r, mode, text, len, depth, &p))
        walk(&p);
    *ret_changes = p.changes;
}

void redact_text(struct redact *r, enum redact_mode mode, char *text, size_t len)
{
    uint64_t changes;
    r->counts.bytes += len;
    if (len && !(mode == REDACT_KNOWN && !r->knows_any && !r->line_count))
        redact_nested(r, mode, text, len, 0, &changes);
}

/* Learning: one walk over the atoms. */

void redact_know(struct redact *r, enum codebook_kind kind, const uint32_t *cps, size_t count)
{
    struct codebook_value value = {kind, cps, count};
    codebook_know(r->book, &value);
    r->knows_any = true;
}

static bool next_atom(const struct redact_pass *p, size_t *at, size_t *ret_first)
{
    while (*at < p->count && !letter_is_word(p->cps[*at]))
        ++*at;
    *ret_first = *at;
    *at = atom_end(p, *at);
    return *ret_first < p->count;
}

bool redact_name_is_reserved(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    bool surname = false;
    if (!open_pass(r, REDACT_KNOWN, text, len, 0, &p))
        return false;
    for (size_t at = 0, first; next_atom(&p, &at, &first);) {
        enum reserved_name name = reserved_name(p.cps + first, at - first);
        bool mark = reserved_is_letters(p.cps + first, at - first);
        if (!mark && name == RESERVED_NONE && at - first > 1)
            return false;
        surname = surname || mark || name == RESERVED_SURNAME;
    }
    return surname;
}

static void learn_unspaced(struct redact *r, const uint32_t *cps, size_t count)
{
    struct redact_unspaced *name = r->unspaced + r->unspaced_count;
    if (count > sizeof name->cps / sizeof *name->cps)
        return;
    if (r->unspaced_count == REDACT_UNSPACED_MAX) {
        r->full = true;
        return;
    }
    memcpy(name->cps, cps, count * sizeof *cps);
    name->count = count;
    r->unspaced_count++;
}

void redact_learn_name(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    if (redact_name_is_reserved(r, text, len) || !open_pass(r, REDACT_KNOWN, text, len, 0, &p))
        return;
    for (size_t at = 0, first; next_atom(&p, &at, &first);) {
        if (letter_is_unspaced(p.cps[first]))
            learn_unspaced(r, p.cps + first, at - first);
        if (at - first > 1 || letter_is_unspaced(p.cps[first]))
            redact_know(r, CODEBOOK_WORD, p.cps + first, at - first);
    }
}

/* The forms of a date that are one number: 19620311, 03111962. */
static void learn_compact(struct redact *r, const uint32_t date[8])
{
    static const size_t orders[2][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {4, 5, 6, 7, 0, 1, 2, 3}};
    uint32_t to[8];
    struct codebook_value value = {CODEBOOK_DATE, date, 8};
    if (!codebook_stand_in(r->book, &value, to))
        return;
    for (size_t k = 0; k < 2; k++) {
        uint32_t from_number[8], to_number[8];
        for (size_t i = 0; i < 8; i++) {
            from_number[i] = date[orders[k][i]];
            to_number[i] = to[orders[k][i]];
        }
        struct codebook_value number = {CODEBOOK_NUMBER, from_number, 8};
        codebook_give(r->book, &number, to_number);
    }
}

void redact_know_date(struct redact *r, const uint32_t date[8])
{
    if (date[0] == '1' && date[1] == '9' && date[2] == '0') /* reserved */
        return;
    redact_know(r, CODEBOOK_DATE, date, 8);
    learn_compact(r, date);
}

void redact_learn_date(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    uint32_t date[8];
    if (!open_pass(r, REDACT_KNOWN, text, len, 0, &p))
        return;
    for (size_t i = 0; i < p.count; i++) {
        if (!letter_is_digit(p.cps[i]) || !redact_find_date(&p, i, date))
            continue;
        redact_know_date(r, date);
        return;
    }
}

void redact_learn_id(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    if (!open_pass(r, REDACT_WORDS, text, len, 0, &p))
        return;
    for (size_t at = 0, first; next_atom(&p, &at, &first);)
        redact_learn_atom(&p, first, at);
}

void redact_learn_note(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    if (open_pass(r, REDACT_KNOWN, text, len, 0, &p))
        redact_add_note(&p);
}

void redact_learn_harmless(struct redact *r, char *text, size_t len)
{
    struct redact_pass p;
    if (!open_pass(r, REDACT_WORDS, text, len, 0, &p))
        return;
    for (size_t at = 0, first; next_atom(&p, &at, &first);) {
        bool letters = true;
        for (size_t i = first; i < at; i++)
            letters = letters && letter_is(p.cps[i]);
        if (letters && !redact_is_allowed(&p, first, at - first))
            redact_add_harmless(r, p.cps + first, at - first);
    }
}

void redact_pair(struct redact *r, struct slice from, struct slice to)
{
    codebook_pair(r->book, from, to);
    r->knows_any = true;
}

struct redact_counts redact_counts(const struct redact *r)
{
    struct redact_counts counts = r->counts;
    counts.shared = codebook_shared(r->book);
    return counts;
}

void redact_limit(struct redact *r, uint32_t values)
{
    codebook_limit(r->book, values);
}

bool redact_is_full(const struct redact *r)
{
    return r->full || codebook_is_full(r->book);
}
