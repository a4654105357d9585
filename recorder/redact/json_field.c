#include "recorder/redact/json_walk.h"

#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

/* What each rule does. A string's inside stands escaped; views undo that (view.h), so only
   JSON within JSON needs more: it is unescaped into a copy, dealt with there, and what became
   different is carried back byte by byte. */

#define EMBEDDED_MAX (16u << 20)

/* Where each byte of the unescaped copy came from. */
struct origin {
    uint32_t at;
    bool escaped;
};

static size_t unescape(const char *text, size_t len, char *copy, struct origin *origins)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    size_t made = 0;
    for (size_t i = 0; i < len; i++, made++) {
        const char *letter = text[i] == '\\' && i + 1 < len ? memchr(letters, text[i + 1], sizeof letters - 1) : NULL;
        origins[made] = (struct origin){(uint32_t)i, letter != NULL};
        copy[made] = letter ? values[letter - letters] : text[i];
        i += letter ? 1 : 0;
    }
    return made;
}

/* The walk changes letters and digits for such: a byte that was escaped is none. */
static void carry_back(const char *copy, size_t len, const struct origin *origins, char *text)
{
    for (size_t i = 0; i < len; i++)
        if (!origins[i].escaped)
            text[origins[i].at] = copy[i];
}

static void embedded(struct json_walk *w, char *text, size_t len)
{
    struct json_walk inner = {.redact = w->redact, .place = PHI_OPERATION, .message = SLICE("*"), .task = w->task};
    struct origin *origins = len <= EMBEDDED_MAX ? malloc((len + 1) * sizeof *origins) : NULL;
    char *copy = origins ? malloc(len + 1) : NULL;
    if (copy) {
        size_t made = unescape(text, len, copy, origins);
        json_walk(&inner, copy, made);
        carry_back(copy, made, origins, text);
    } else {
        redact_text(w->redact, REDACT_ALL, text, len);
    }
    free(copy);
    free(origins);
}

/* The last "},{" ends the arguments; the options behind are the engine's own numbers. */
static void call(struct json_walk *w, char *text, size_t len)
{
    static const char mark[] = "},{";
    size_t end = len;
    for (size_t i = len; i-- > 0 && end == len;)
        if (len - i >= sizeof mark - 1 && memcmp(text + i, mark, sizeof mark - 1) == 0)
            end = i;
    redact_text(w->redact, REDACT_KNOWN, text, end);
}

/* Set-Cookie says more than names and values. */
static bool is_attribute(const char *name, size_t len)
{
    static const char *const attributes[] = {"path", "domain", "expires", "max-age", "samesite", "priority"};
    while (len && *name == ' ') {
        name++;
        len--;
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (strlen(attributes[i]) == len && strncasecmp(name, attributes[i], len) == 0)
            return true;
    return false;
}

static void cookies(struct json_walk *w, char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        char *end = memchr(text + at, ';', len - at);
        size_t part = end ? (size_t)(end - text) - at : len - at;
        char *equals = memchr(text + at, '=', part);
        if (equals && !is_attribute(text + at, (size_t)(equals - (text + at)))) {
            size_t value = part - (size_t)(equals + 1 - (text + at));
            redact_learn_id(w->redact, equals + 1, value);
            redact_text(w->redact, REDACT_ALL, equals + 1, value);
        }
        at += part + 1;
    }
}

/* A posted body, or a piece of one. */
static void base64(struct json_walk *w, char *text, size_t len)
{
    size_t made = 0, room = len / 4 * 3 + 3;
    char *bytes = malloc(room), *coded = malloc(len + 5);
    bool good = bytes && coded &&
                sodium_base642bin((unsigned char *)bytes, room, text, len, NULL, &made, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
    if (!good) {
        redact_text(w->redact, REDACT_ALL, text, len);
    } else {
        if (w->posted_true)
            str_add(w->posted_true, (struct slice){bytes, made});
        redact_text(w->redact, REDACT_WORDS, bytes, made);
        if (w->posted_clean)
            str_add(w->posted_clean, (struct slice){bytes, made});
        sodium_bin2base64(coded, len + 5, (unsigned char *)bytes, made, sodium_base64_VARIANT_ORIGINAL);
        memcpy(text, coded, len);
    }
    free(bytes);
    free(coded);
}

/* Headers as they were sent, lines in one string; the first says the protocol and how it went. */
static void header_lines(struct json_walk *w, char *text, size_t len)
{
    static const struct slice stop = SLICE("\\r\\n");
    bool first = true;
    while (len) {
        const char *end = slice_find((struct slice){text, len}, stop);
        size_t line = end ? (size_t)(end - text) : len;
        char *colon = first ? NULL : memchr(text, ':', line);
        if (colon)
            json_walk_header(w->redact, (struct slice){text, (size_t)(colon - text)}, colon + 1, line - (size_t)(colon + 1 - text));
        else
            redact_text(w->redact, REDACT_WORDS, text, line);
        line += end ? stop.len : 0;
        text += line;
        len -= line;
        first = false;
    }
}

static void name(struct json_walk *w, char *text, size_t len)
{
    redact_learn_name(w->redact, text, len);
    redact_text(w->redact, REDACT_KNOWN, text, len);
}

static void mask(struct json_walk *w, enum phi_rule rule, char *text, size_t len)
{
    switch (rule) {
    case PHI_KEEP: return;
    case PHI_HEADERS: header_lines(w, text, len); return;
    case PHI_TEXT: /* its lines are learned before, or are to stay */
    case PHI_KNOWN: redact_text(w->redact, REDACT_KNOWN, text, len); return;
    case PHI_WORDS: redact_text(w->redact, REDACT_WORDS, text, len); return;
    case PHI_NAME: name(w, text, len); return;
    case PHI_DATE:
        redact_learn_date(w->redact, text, len);
        redact_text(w->redact, REDACT_KNOWN, text, len);
        return;
    case PHI_ID:
        redact_learn_id(w->redact, text, len);
        redact_text(w->redact, REDACT_WORDS, text, len);
        return;
    case PHI_TOKEN:
        redact_learn_id(w->redact, text, len);
        redact_text(w->redact, REDACT_ALL, text, len);
        return;
    case PHI_COOKIES: cookies(w, text, len); return;
    case PHI_CALL: call(w, text, len); return;
    case PHI_JSON: embedded(w, text, len); return;
    case PHI_BASE64: base64(w, text, len); return;
    case PHI_DROP:
    case PHI_OPAQUE:
    case PHI_RULES: redact_text(w->redact, REDACT_ALL, text, len); return;
    }
}

static void add_person(struct json_walk_people *people, bool reserved)
{
    if (people->count == people->capacity) {
        size_t capacity = people->capacity ? people->capacity * 2 : 64;
        unsigned char *list = realloc(people->reserved, capacity);
        if (!list) {
            people->full = true;
            return;
        }
        people->reserved = list;
        people->capacity = capacity;
    }
    people->reserved[people->count++] = reserved;
}

static bool is_reserved_person(const struct json_walk *w)
{
    const struct json_walk_people *people = w->people;
    return people && !people->full && w->patients > 0 && w->patients <= people->count && people->reserved[w->patients - 1];
}

void json_field(struct json_walk *w, enum phi_rule rule, char *text, size_t len)
{
    switch (w->task) {
    case JSON_WALK_MASK: mask(w, rule, text, len); return;
    case JSON_WALK_LEARN_PEOPLE:
        if (rule == PHI_NAME && w->people)
            add_person(w->people, redact_name_is_reserved(w->redact, text, len));
        if (rule == PHI_NAME)
            redact_learn_name(w->redact, text, len);
        else if (rule == PHI_DATE)
            redact_learn_date(w->redact, text, len);
        else if (rule == PHI_ID || rule == PHI_TOKEN || rule == PHI_OPAQUE)
            redact_learn_id(w->redact, text, len);
        return;
    case JSON_WALK_LEARN_NOTES:
        if (rule == PHI_TEXT && is_reserved_person(w))
            redact_learn_harmless(w->redact, text, len);
        else if (rule == PHI_TEXT)
            redact_learn_note(w->redact, text, len);
        return;
    }
}
