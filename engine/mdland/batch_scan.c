/* A pushdown over bytes. Each open bracket has a role; only the roles on the way
   to patients[] and visits[] matter. A byte belongs to the document, to a patient,
   or to a visit (the level), and is copied to that level's short text, runs at a
   time; a visit's bytes are copied nowhere. An element of a cut list reaches from
   its first byte that is no blank to its last before the comma or the bracket. */
#include "engine/mdland/batch_scan.h"

#include "engine/mdland/batch_input.h"

#include <stdlib.h>

enum role {
    ROLE_OBJECT, /* some other object */
    ROLE_ARRAY,
    ROLE_ROOT,
    ROLE_DATA,
    ROLE_PATIENTS, /* [ */
    ROLE_PATIENT,
    ROLE_VISITS /* [ */
};

enum key { KEY_OTHER, KEY_DATA, KEY_PATIENTS, KEY_VISITS };

void batch_scan_init(struct batch_scan *s)
{
    *s = (struct batch_scan){0};
    str_init(&s->document, BATCH_DOCUMENT_TEXT_MAX);
    str_init(&s->patient, BATCH_PATIENT_TEXT_MAX);
}

void batch_scan_fini(struct batch_scan *s)
{
    str_fini(&s->document);
    str_fini(&s->patient);
    free(s->patients.items);
    free(s->visits.items);
    s->patients = s->visits = (struct extents){0};
}

static bool refuse(struct batch_scan *s, const char *why)
{
    s->code = ERR_INPUT;
    s->why = why;
    return false;
}

static bool no_memory(struct batch_scan *s)
{
    s->code = ERR_ENV;
    s->why = "out of memory";
    return false;
}

static bool add_extent(struct batch_scan *s, struct extents *list, struct extent extent)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct extent *grown = reallocarray(list->items, capacity, sizeof *grown);
        if (!grown)
            return no_memory(s);
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = extent;
    return true;
}

/* The short text that takes the bytes in hand; NULL inside a visit. */
static struct str *sink_of(struct batch_scan *s)
{
    switch (s->level) {
    case SCAN_DOCUMENT:
        return &s->document;
    case SCAN_PATIENT:
        return &s->patient;
    case SCAN_VISIT:
        break;
    }
    return NULL;
}

static bool copy_run(struct batch_scan *s, const char *from, const char *to)
{
    struct str *sink = sink_of(s);
    if (!sink || from == to)
        return true;
    struct slice run = {from, (size_t)(to - from)};
    if (run.len > sink->max - sink->len)
        return refuse(s, s->level == SCAN_PATIENT ? "over the limit: a patient without its visits is longer than 1 MiB"
                                                  : "over the limit: the batch without its patients is longer than 1 MiB");
    str_add(sink, run);
    return str_full(sink) ? no_memory(s) : true;
}

static uint8_t top_role(const struct batch_scan *s)
{
    return s->depth ? s->roles[s->depth - 1] : ROLE_OBJECT;
}

/* The level of the elements of the list that is open innermost; DOCUMENT when that is
   no list to cut. */
static enum scan_level list_level(const struct batch_scan *s)
{
    switch (top_role(s)) {
    case ROLE_PATIENTS:
        return SCAN_PATIENT;
    case ROLE_VISITS:
        return SCAN_VISIT;
    }
    return SCAN_DOCUMENT;
}

static uint8_t role_of(struct batch_scan *s, char bracket)
{
    uint8_t parent = top_role(s);
    bool top = parent == ROLE_ROOT || parent == ROLE_DATA;
    if (bracket == '{') {
        if (s->depth == 0)
            return ROLE_ROOT;
        if (parent == ROLE_PATIENTS)
            return ROLE_PATIENT;
        return parent == ROLE_ROOT && s->key == KEY_DATA ? ROLE_DATA : ROLE_OBJECT;
    }
    if (top && s->key == KEY_PATIENTS) {
        s->lists++;
        return ROLE_PATIENTS;
    }
    return parent == ROLE_PATIENT && s->key == KEY_VISITS ? ROLE_VISITS : ROLE_ARRAY;
}

static bool open_bracket(struct batch_scan *s, char c)
{
    if (s->depth == JSON_IN_DEPTH_MAX)
        return refuse(s, "over the limit: nested deeper than 128");
    uint8_t role = role_of(s, c);
    if (s->lists > 1)
        return refuse(s, "a second list of patients");
    s->roles[s->depth++] = role;
    s->key = KEY_OTHER;
    s->word_len = sizeof s->word;
    return true;
}

static bool close_bracket(struct batch_scan *s, char c)
{
    uint8_t role = top_role(s);
    bool is_list = role == ROLE_ARRAY || role == ROLE_PATIENTS || role == ROLE_VISITS;
    if (s->depth == 0 || is_list != (c == ']'))
        return refuse(s, "a closing bracket that does not fit");
    s->depth--;
    s->key = KEY_OTHER;
    return true;
}

/* The first byte of an element of a cut list: 0 stands for it. */
static bool begin_element(struct batch_scan *s, enum scan_level level)
{
    struct extents *list = level == SCAN_PATIENT ? &s->patients : &s->visits;
    if (level == SCAN_PATIENT && list->count == BATCH_PATIENTS_MAX)
        return refuse(s, "over the limit: more than 20000 patients");
    if (level == SCAN_VISIT && s->visit_total == BATCH_VISITS_MAX)
        return refuse(s, "over the limit: more than 50000 visits");
    static const char zero[] = "0";
    if (!copy_run(s, zero, zero + 1))
        return false;
    s->level = level;
    s->begun[level] = s->offset;
    if (level == SCAN_PATIENT) {
        str_clear(&s->patient);
        s->visits.count = 0;
    }
    return true;
}

static bool end_visit(struct batch_scan *s, struct extent where)
{
    if (where.size_bytes > BATCH_VISIT_TEXT_MAX)
        return refuse(s, "over the limit: a visit is longer than 4 MiB");
    s->level = SCAN_PATIENT;
    s->visit_total++;
    return add_extent(s, &s->visits, where);
}

static bool end_patient(struct batch_scan *s, struct extent where, struct err *err)
{
    s->level = SCAN_DOCUMENT;
    struct scanned_patient patient = {
        .index = s->patients.count,
        .text = str_slice(&s->patient),
        .where = where,
        .visits = s->visits.items,
        .visit_count = s->visits.count,
    };
    if (!add_extent(s, &s->patients, where))
        return false;
    return s->on_patient(s->context, &patient, err) == ERR_OK;
}

/* At a comma or bracket of the list whose elements are of this level. */
static bool end_element(struct batch_scan *s, enum scan_level level, struct err *err)
{
    struct extent where = {s->begun[level], s->solid_end - s->begun[level]};
    return level == SCAN_VISIT ? end_visit(s, where) : end_patient(s, where, err);
}

static uint8_t key_of(const struct batch_scan *s)
{
    struct slice word = {s->word, s->word_len};
    if (s->word_len >= sizeof s->word)
        return KEY_OTHER;
    if (slice_equal(word, SLICE("data")))
        return KEY_DATA;
    if (slice_equal(word, SLICE("patients")))
        return KEY_PATIENTS;
    return slice_equal(word, SLICE("visits")) ? KEY_VISITS : KEY_OTHER;
}

/* The bytes of a string up to its closing quote; returns the first byte not taken. */
static const char *take_string(struct batch_scan *s, const char *at, const char *end)
{
    const char *from = at;
    for (; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        if (s->escaped) {
            s->escaped = false;
        } else if (c == '\\') {
            s->escaped = true;
        } else if (c == '"') {
            s->in_string = false;
            break;
        }
        if (c < 0x20) {
            s->offset += (uint64_t)(at - from);
            refuse(s, "a line break or control character inside a string; is a quote missing?");
            return at;
        }
        if (s->word_len < sizeof s->word)
            s->word[s->word_len++] = *at;
    }
    at += at < end;
    s->offset += (uint64_t)(at - from);
    s->solid_end = s->offset;
    return at;
}

static bool take_structure(struct batch_scan *s, char c)
{
    switch (c) {
    case '"':
        s->in_string = true;
        s->word_len = 0;
        break;
    case ':':
        s->key = key_of(s);
        break;
    case ',':
        s->key = KEY_OTHER;
        break;
    case '{':
    case '[':
        return open_bracket(s, c);
    case '}':
    case ']':
        return close_bracket(s, c);
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* One byte outside strings that is no blank. *run is where the bytes not yet copied
   begin; a cut copies up to here first. */
static bool take_byte(struct batch_scan *s, const char *at, const char **run, struct err *err)
{
    enum scan_level list = list_level(s);
    bool inside = list != SCAN_DOCUMENT && s->level == list;
    bool ends = *at == ',' || *at == ']';
    if (inside && ends) {
        if (s->level == SCAN_PATIENT && !copy_run(s, *run, at))
            return false;
        *run = at;
        if (!end_element(s, list, err))
            return false;
    } else if (list != SCAN_DOCUMENT && !inside && !ends) {
        if (!copy_run(s, *run, at) || !begin_element(s, list))
            return false;
        *run = at;
    }
    return take_structure(s, *at);
}

static const char *wrong_start(unsigned char c)
{
    if (c == '{')
        return NULL;
    if (c == 0xef)
        return "a byte order mark; save the file as UTF-8 without it";
    if (c >= 0xfe)
        return "this is UTF-16; save the file as UTF-8";
    return "a batch is one JSON object, and this begins otherwise";
}

/* One byte outside strings. */
static bool take_outside(struct batch_scan *s, const char *at, const char **run, struct err *err)
{
    if (is_blank(*at))
        return true;
    const char *wrong = s->solid_end == 0 ? wrong_start((unsigned char)*at) : NULL;
    if (wrong)
        return refuse(s, wrong);
    if (!take_byte(s, at, run, err))
        return false;
    s->solid_end = s->offset + 1;
    return true;
}

static enum err_code refused(const struct batch_scan *s, const struct err *err)
{
    return s->why ? s->code : err->code;
}

enum err_code batch_scan_feed(struct batch_scan *s, struct slice text, struct err *err)
{
    const char *at = text.ptr;
    const char *run = at;
    const char *end = at + text.len;
    while (at < end) {
        if (s->in_string) {
            at = take_string(s, at, end);
            if (s->why)
                return s->code;
            continue;
        }
        if (!take_outside(s, at, &run, err))
            return refused(s, err);
        at++;
        s->offset++;
    }
    return copy_run(s, run, end) ? ERR_OK : s->code;
}

enum err_code batch_scan_end(struct batch_scan *s)
{
    if (s->depth == 0 && !s->in_string && s->solid_end > 0)
        return ERR_OK;
    refuse(s, s->solid_end ? "the text ends too early" : "there is no text");
    return ERR_INPUT;
}

uint64_t batch_scan_place(uint64_t start, const struct extent *cut, size_t count, size_t at)
{
    uint64_t place = start + at;
    for (size_t i = 0; i < count && cut[i].offset < place; i++)
        place += cut[i].size_bytes - 1;
    return place;
}
