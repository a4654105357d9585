#include "recorder/redact/json_walk.h"

#include <stdlib.h>

/* Method: a cursor goes over the text, a path grows and shrinks with it. Only the insides of strings
   are ever written to, and they keep their length. */

static bool take_value(struct json_walk *w);

static void skip_blanks(struct json_walk *w)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\n' || *w->at == '\t' || *w->at == '\r'))
        w->at++;
}

static bool skip(struct json_walk *w, char c)
{
    skip_blanks(w);
    if (w->at == w->end || *w->at != c)
        return false;
    w->at++;
    return true;
}

static char peek(struct json_walk *w)
{
    skip_blanks(w);
    return w->at < w->end ? *w->at : '\0';
}

/* The inside of the string that begins here. */
static bool take_string(struct json_walk *w, char **ret_text, size_t *ret_len)
{
    if (!skip(w, '"'))
        return false;
    *ret_text = w->at;
    for (; w->at < w->end; w->at++) {
        if (*w->at == '"') {
            *ret_len = (size_t)(w->at++ - *ret_text);
            return true;
        }
        if (*w->at == '\\' && w->at + 1 < w->end)
            w->at++;
    }
    return false;
}

static enum phi_rule rule_here(const struct json_walk *w, bool *ret_listed)
{
    struct slice path = {w->path, w->path_len};
    if (path.len && path.ptr[0] == '.') {
        path.ptr++;
        path.len--;
    }
    return phi_map_rule(redact_map(w->redact), w->place, w->message, path, ret_listed);
}

/* A member's name as a part of the path; one that is too long, or is no name, is "?". */
static void push(struct json_walk *w, struct slice part)
{
    bool plain = part.len > 0 && part.len <= 64;
    for (size_t i = 0; i < part.len && plain; i++)
        plain = (unsigned char)part.ptr[i] > ' ' && part.ptr[i] != '.' && part.ptr[i] != '\\';
    if (!plain)
        part = SLICE("?");
    if (w->path_len + part.len + 1 > JSON_WALK_PATH_MAX)
        return;
    w->path[w->path_len++] = '.';
    memcpy(w->path + w->path_len, part.ptr, part.len);
    w->path_len += part.len;
}

void json_walk_header(struct redact *redact, struct slice name, char *value, size_t len)
{
    char lower[64];
    struct json_walk own = {.redact = redact, .place = PHI_HEADER};
    bool fits = name.len <= sizeof lower;
    for (size_t i = 0; i < name.len && fits; i++)
        lower[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 0x20 : name.ptr[i]);
    enum phi_rule rule = phi_map_rule(redact_map(redact), PHI_HEADER, fits ? (struct slice){lower, name.len} : SLICE("?"), SLICE(""), NULL);
    json_field(&own, rule, value, len);
}

/* [name, value, ...] */
static bool take_header_pair(struct json_walk *w)
{
    char *name, *value;
    size_t name_len, value_len;
    if (!skip(w, '[') || !take_string(w, &name, &name_len) || !skip(w, ',') || !take_string(w, &value, &value_len))
        return false;
    if (skip(w, ',')) { /* in base64: there is no text to look at */
        char *what;
        size_t len;
        if (!take_string(w, &what, &len))
            return false;
        redact_text(w->redact, REDACT_WORDS, value, value_len);
        w->judged = w->at;
        return skip(w, ']');
    }
    json_walk_header(w->redact, (struct slice){name, name_len}, value, value_len);
    w->judged = w->at;
    return skip(w, ']');
}

/* {"name":..,"value":..} of a list, or {"Name":"value",...} */
static bool take_header_object(struct json_walk *w, bool listed)
{
    struct slice name = SLICE_NONE;
    if (!skip(w, '{'))
        return false;
    while (!skip(w, '}')) {
        char *key, *value;
        size_t key_len, len;
        if (!take_string(w, &key, &key_len) || !skip(w, ':') || !take_string(w, &value, &len))
            return false;
        struct slice own = {key, key_len};
        if (listed && slice_equal(own, SLICE("name")))
            name = (struct slice){value, len};
        else
            json_walk_header(w->redact, listed ? name : own, value, len);
        w->judged = w->at;
        (void)skip(w, ',');
    }
    return true;
}

static bool take_headers(struct json_walk *w)
{
    if (peek(w) == '{')
        return take_header_object(w, false);
    if (!skip(w, '['))
        return false;
    while (!skip(w, ']')) {
        if (!(peek(w) == '{' ? take_header_object(w, true) : take_header_pair(w)))
            return false;
        (void)skip(w, ',');
    }
    return true;
}

/* The protocols' own names stay; those of a batch, or of what a page answered, may be anybody's. */
static void mask_key(struct json_walk *w, char *key, size_t len)
{
    if (w->task == JSON_WALK_MASK && (w->place == PHI_BATCH || w->place == PHI_OPERATION))
        redact_text(w->redact, REDACT_WORDS, key, len);
}

static bool is_patient(const struct json_walk *w)
{
    static const struct slice suffix = SLICE(".patients[]");
    return w->people && w->path_len >= suffix.len &&
           memcmp(w->path + w->path_len - suffix.len, suffix.ptr, suffix.len) == 0;
}

static bool take_object(struct json_walk *w)
{
    if (!skip(w, '{'))
        return false;
    w->patients += is_patient(w) ? 1 : 0;
    while (!skip(w, '}')) {
        char *key;
        size_t len, before = w->path_len;
        bool listed = false;
        if (!take_string(w, &key, &len) || !skip(w, ':'))
            return false;
        push(w, (struct slice){key, len});
        (void)rule_here(w, &listed);
        if (!listed && peek(w) != '{' && peek(w) != '[')
            mask_key(w, key, len);
        w->judged = w->at;
        if (!take_value(w))
            return false;
        w->path_len = before;
        if (!skip(w, ',') && peek(w) != '}')
            return false;
    }
    return true;
}

static bool take_array(struct json_walk *w)
{
    size_t before = w->path_len;
    if (!skip(w, '['))
        return false;
    if (w->path_len + 2 <= JSON_WALK_PATH_MAX) {
        memcpy(w->path + w->path_len, "[]", 2);
        w->path_len += 2;
    }
    while (!skip(w, ']')) {
        if (!take_value(w) || (!skip(w, ',') && peek(w) != ']'))
            return false;
    }
    w->path_len = before;
    return true;
}

static bool take_digits(struct json_walk *w)
{
    const char *from = w->at;
    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > from;
}

static bool take_one_of(struct json_walk *w, const char *letters)
{
    if (w->at == w->end || !memchr(letters, *w->at, strlen(letters)))
        return false;
    w->at++;
    return true;
}

/* A nought in front is let pass: stand-ins had one. */
static bool take_number(struct json_walk *w, bool *ret_digits)
{
    *ret_digits = !take_one_of(w, "-");
    if (!take_digits(w))
        return false;
    if (take_one_of(w, ".")) {
        *ret_digits = false;
        if (!take_digits(w))
            return false;
    }
    if (!take_one_of(w, "eE"))
        return true;
    *ret_digits = false;
    (void)take_one_of(w, "+-");
    return take_digits(w);
}

static bool take_word(struct json_walk *w)
{
    static const struct slice words[] = {SLICE("true"), SLICE("false"), SLICE("null")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_starts((struct slice){w->at, (size_t)(w->end - w->at)}, words[i])) {
            w->at += words[i].len;
            return true;
        }
    return false;
}

/* Nothing else begins where a number or a word ended: "12ALPHA" is none. */
static bool at_end_of_scalar(const struct json_walk *w)
{
    return w->at == w->end || memchr(",]} \n\t\r", *w->at, 7);
}

/* Numbers are the machine's, but for what a rule calls an id, and in a batch what no rule
   knows. A number must not begin with a nought. Anything else is no JSON. */
static bool take_scalar(struct json_walk *w)
{
    char *from = w->at;
    bool listed = false, digits = false;
    if (!(take_word(w) || take_number(w, &digits)) || !at_end_of_scalar(w))
        return false;
    enum phi_rule rule = rule_here(w, &listed);
    bool is_value = rule == PHI_ID || rule == PHI_TOKEN || (listed && rule == PHI_OPAQUE) || (!listed && w->place == PHI_BATCH);
    size_t len = (size_t)(w->at - from);
    if (digits && is_value && len > 1) {
        json_field(w, rule, from, len);
        if (*from == '0')
            *from = '1';
    }
    w->judged = w->at;
    return true;
}

static bool take_value(struct json_walk *w)
{
    char *text, next = peek(w);
    size_t len;
    bool listed = false;
    if (++w->depth > JSON_WALK_DEPTH_MAX)
        return false;
    bool good;
    enum phi_rule rule = next == '"' || next == '{' || next == '[' ? rule_here(w, &listed) : PHI_KEEP;
    if (listed && rule == PHI_HEADERS && next != '"') {
        good = take_headers(w);
    } else if (next == '"') {
        good = take_string(w, &text, &len);
        if (good) {
            json_field(w, rule, text, len);
            w->judged = w->at;
        }
    } else {
        good = next == '{' ? take_object(w) : next == '[' ? take_array(w) : take_scalar(w);
    }
    w->depth--;
    return good;
}

void json_walk(struct json_walk *w, char *text, size_t len)
{
    w->at = w->judged = text;
    w->end = text + len;
    w->path_len = 0;
    w->patients = 0;
    w->depth = 0;
    bool whole = take_value(w);
    skip_blanks(w);
    if ((whole && w->at == w->end) || w->task != JSON_WALK_MASK)
        return;
    redact_text(w->redact, REDACT_WORDS, w->judged, (size_t)(w->end - w->judged));
}
