/* phi.map, rule by rule: for each that replaces something a text is made that only it protects. With the rule
   the text is gone, without it the text is there, and the scanner finds it. A rule that another one
   hides is found too: then nothing changes without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/redact/json_walk.h"
#include "recorder/redact/redact_entry.h"

#include <sodium.h>

#define WHO "Brontoval" /* made up, and outside of the reserved ranges */
#define TEXT_MAX 1024

struct rule_line {
    char place[16], message[64], field[96], rule[16];
};

/* The rules as they stand in the file; none when text is at its end. */
static bool next_rule(struct slice *text, struct rule_line *ret)
{
    while (text->len) {
        const char *end = memchr(text->ptr, '\n', text->len);
        size_t len = end ? (size_t)(end - text->ptr) : text->len;
        char line[512] = "", *parts[4] = {0}, *rest = line;
        assert_true(len < sizeof line);
        memcpy(line, text->ptr, len);
        text->ptr += len + (end ? 1 : 0);
        text->len -= len + (end ? 1 : 0);
        for (size_t i = 0; i < 4; i++)
            parts[i] = strsep(&rest, " ");
        if (!parts[3] || line[0] == '#' || strcmp(parts[0], "word") == 0)
            continue;
        snprintf(ret->place, sizeof ret->place, "%s", parts[0]);
        snprintf(ret->message, sizeof ret->message, "%s", parts[1]);
        snprintf(ret->field, sizeof ret->field, "%s", parts[2]);
        snprintf(ret->rule, sizeof ret->rule, "%s", parts[3]);
        return true;
    }
    return false;
}

/* A name that the pattern fits, and no narrower one. */
static void instance(const char *pattern, char *out, size_t size)
{
    size_t len = 0;
    for (const char *p = pattern; *p && len + 8 < size; p++) {
        if (*p != '*')
            out[len++] = *p;
        else if (p[1] == '.' || p[1] == '\0' || (p == pattern && p[1] >= 'A' && p[1] <= 'Z'))
            out[len++] = 'a';
    }
    out[len] = '\0';
}

/* {"params":{"list":[{"name":VALUE}]}} for params.list[].name */
static void build(const char *path, const char *value, char *out)
{
    char copy[128], closing[128] = "", *rest = copy;
    size_t len = 0;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part; (part = strsep(&rest, ".")) != NULL;) {
        size_t name = strlen(part);
        bool list = name > 2 && strcmp(part + name - 2, "[]") == 0;
        char more[128];
        len += (size_t)snprintf(out + len, TEXT_MAX - len, "{\"%.*s\":%s", (int)(list ? name - 2 : name), part, list ? "[" : "");
        snprintf(more, sizeof more, "%s}%s", list ? "]" : "", closing);
        memcpy(closing, more, sizeof closing);
    }
    snprintf(out + len, TEXT_MAX - len, "%s%s", value, closing);
}

/* What stands in the field, in the form that its rule deals with. */
static void value_for(const char *rule, char *out, size_t size)
{
    char coded[128];
    if (strcmp(rule, "headers") == 0)
        snprintf(out, size, "{\"X-Whose\":\"%s\"}", WHO);
    else if (strcmp(rule, "call") == 0)
        snprintf(out, size, "\"call({\\\"name\\\":\\\"%s\\\"},{\\\"budget\\\":1})\"", WHO);
    else if (strcmp(rule, "json") == 0)
        snprintf(out, size, "\"{\\\"value\\\":{\\\"x\\\":\\\"%s\\\"}}\"", WHO);
    else if (strcmp(rule, "cookies") == 0)
        snprintf(out, size, "\"whose=%s\"", WHO);
    else if (strcmp(rule, "date") == 0)
        snprintf(out, size, "\"11/23/1961\"");
    else if (strcmp(rule, "text") == 0)
        snprintf(out, size, "\"%s fell off a ladder.\"", WHO);
    else if (strcmp(rule, "base64") == 0) {
        sodium_bin2base64(coded, sizeof coded, (const unsigned char *)"name=" WHO, 14, sodium_base64_VARIANT_ORIGINAL);
        snprintf(out, size, "\"%s\"", coded);
    } else
        snprintf(out, size, "\"%s\"", WHO);
}

static const char *sign_of(const char *rule)
{
    return strcmp(rule, "date") == 0 ? "1961" : strcmp(rule, "base64") == 0 ? "cm9udG92YWw" : strcmp(rule, "text") == 0 ? "ladder" : WHO;
}

static enum phi_place place_of(const char *name)
{
    static const char *const names[] = {
#define PLACE(id, name, what) [id] = name,
#define RULE(id, name, what)
#include "recorder/redact/phi_map.def"
#undef PLACE
#undef RULE
    };
    for (size_t i = 0; i < PHI_PLACES; i++)
        if (strcmp(names[i], name) == 0)
            return (enum phi_place)i;
    fail_msg("no place %s", name);
    return PHI_PLACES;
}

static void treat(struct redact *redact, const struct rule_line *line, char *text)
{
    char message[64], field[128], value[256];
    enum phi_place place = place_of(line->place);
    instance(line->message, message, sizeof message);
    instance(line->field, field, sizeof field);
    value_for(line->rule, value, sizeof value);
    if (place == PHI_HEADER) {
        snprintf(text, TEXT_MAX, "%s", strcmp(line->rule, "cookies") == 0 ? "whose=" WHO : WHO);
        json_walk_header(redact, slice_of(message), text, strlen(text));
        return;
    }
    if (place == PHI_BODY) {
        snprintf(text, TEXT_MAX, "<p>%s</p>", WHO);
        if (!redact_body(redact, slice_of(message), slice_of(field), text, strlen(text)))
            text[0] = '\0';
        return;
    }
    build(field, value, text);
    if (place == PHI_BATCH) {
        redact_batch(redact, text, strlen(text));
        return;
    }
    struct json_walk walk = {.redact = redact, .place = place, .message = slice_of(message)};
    json_walk(&walk, text, strlen(text));
}

/* The text under the map as it is, or without rule `without`; `scanned`: under a scanner with the whole map. */
static bool is_there(const struct rule_line *line, size_t without, bool *ret_found)
{
    struct err err;
    struct phi_map *map = NULL, *whole = NULL;
    char text[TEXT_MAX], name[] = WHO;
    err_init(&err);
    assert_int_equal(phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &map, &err), ERR_OK);
    assert_int_equal(phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &whole, &err), ERR_OK);
    if (without != SIZE_MAX)
        phi_map_override(map, without, PHI_KEEP);
    struct redact *redact = redact_new(map, NULL), *scanner = redact_new(whole, NULL);
    if (strcmp(line->rule, "known") == 0 || strcmp(line->rule, "call") == 0)
        redact_learn_name(redact, name, strlen(name));
    treat(redact, line, text);
    bool there = strstr(text, sign_of(line->rule)) != NULL;
    redact_trust(scanner);
    redact_scan(scanner);
    treat(scanner, line, text);
    struct redact_counts counts = redact_counts(scanner);
    *ret_found = false;
    for (size_t i = 0; i < REDACT_KINDS; i++)
        *ret_found = *ret_found || counts.replaced[i];
    redact_free(redact);
    redact_free(scanner);
    phi_map_free(map);
    phi_map_free(whole);
    return there;
}

/* What only the redactor can know, a scanner cannot find. */
static bool is_seen_by_scanner(const char *rule)
{
    static const char *const blind[] = {"known", "call", "text", "name", "drop"};
    for (size_t i = 0; i < sizeof blind / sizeof *blind; i++)
        if (strcmp(rule, blind[i]) == 0)
            return false;
    return true;
}

static void without_any_one_rule_something_is_left(void **state)
{
    struct slice text = {phi_map_text, phi_map_text_size};
    struct rule_line line;
    size_t tried = 0;
    (void)state;
    for (size_t i = 0; next_rule(&text, &line); i++) {
        bool found;
        if (strcmp(line.rule, "keep") == 0)
            continue;
        tried++;
        if (is_there(&line, SIZE_MAX, &found))
            fail_msg("%s %s %s %s lets it through", line.place, line.message, line.field, line.rule);
        if (is_seen_by_scanner(line.rule) && !found)
            fail_msg("%s %s %s %s: the scanner does not see what is left", line.place, line.message, line.field, line.rule);
        /* headers without their rule are opaque, unless a wider rule lets them through */
        if (strcmp(line.rule, "headers") != 0 && !is_there(&line, i, &found))
            fail_msg("%s %s %s %s does nothing: another rule is before it", line.place, line.message, line.field, line.rule);
    }
    assert_true(tried > 60);
}

static void what_no_rule_knows_is_opaque(void **state)
{
    static const struct rule_line unknown[] = {{"cdp", "Nowhere.seen", "params.what", "words"},
                                               {"batch", "*", "patients[].nickname", "words"},
                                               {"body", "application/octet-stream", "*", "words"},
                                               {"http", "*", "trailer", "words"},
                                               {"state", "*", "origins[].origin", "words"}};
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        bool found;
        assert_false(is_there(&unknown[i], SIZE_MAX, &found));
        assert_true(found);
    }
}

/* What is no JSON, or goes on behind it, is text. */
static void what_is_no_json_is_judged_as_text(void **state)
{
    static const char *const texts[] = {
        "brontoval kessimer", "{} BRONTOVAL", "[1] \"brontoval\"", "1 brontoval", "12brontoval", "truebrontoval", "\"brontoval", "{\"a\":\"brontoval",
        "{\"brontoval\" 1}", "{\"a\":brontoval}", "[[\"x\",\"brontoval\"", "-brontoval", "1.brontoval", "null,brontoval"};
    struct err err;
    struct phi_map *map = NULL;
    (void)state;
    err_init(&err);
    assert_int_equal(phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &map, &err), ERR_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[TEXT_MAX];
        struct redact *redact = redact_new(map, NULL);
        struct json_walk walk = {.redact = redact, .place = PHI_OPERATION, .message = SLICE("*")};
        snprintf(text, sizeof text, "%s", texts[i]);
        json_walk(&walk, text, strlen(text));
        if (strcasestr(text, WHO) || strlen(text) != strlen(texts[i]))
            fail_msg("%s became %s", texts[i], text);
        redact_free(redact);
    }
    phi_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_any_one_rule_something_is_left),
        cmocka_unit_test(what_no_rule_knows_is_opaque),
        cmocka_unit_test(what_is_no_json_is_judged_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
