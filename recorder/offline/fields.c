#include "recorder/offline/fields.h"

#include <string.h>

static struct slice until(struct slice text, const char *stops)
{
    size_t len = 0;
    while (len < text.len && !strchr(stops, text.ptr[len]))
        len++;
    return (struct slice){text.ptr, len};
}

static struct slice after(struct slice text, size_t count)
{
    return count < text.len ? (struct slice){text.ptr + count, text.len - count} : SLICE("");
}

struct slice url_place(struct slice url)
{
    return until(url, "?#");
}

struct slice url_query(struct slice url)
{
    struct slice whole = until(url, "#"), place = url_place(url);
    return after(whole, place.len + 1);
}

struct slice url_path(struct slice url)
{
    struct slice place = url_place(url);
    const char *scheme = slice_find(place, SLICE("://"));
    if (!scheme)
        return place;
    struct slice rest = after(place, (size_t)(scheme + 3 - place.ptr));
    return after(rest, until(rest, "/").len);
}

/* Takes "name=value" off the front of a list joined by &. */
static bool take_pair(struct slice *list, struct slice *ret_name, struct slice *ret_value)
{
    if (list->len == 0)
        return false;
    struct slice pair = until(*list, "&");
    *list = after(*list, pair.len + 1);
    *ret_name = until(pair, "=");
    *ret_value = after(pair, ret_name->len + 1);
    return true;
}

static bool have_equal_names(struct slice a, struct slice b)
{
    struct slice name_a, name_b, value;
    bool more_a, more_b;
    do {
        more_a = take_pair(&a, &name_a, &value);
        more_b = take_pair(&b, &name_b, &value);
        if (more_a && more_b && !slice_equal(name_a, name_b))
            return false;
    } while (more_a && more_b);
    return more_a == more_b;
}

/* A form: names of few characters, and no byte that coding would have replaced. */
static bool is_form(struct slice body)
{
    struct slice rest = body, name, value;
    size_t count = 0;
    for (size_t i = 0; i < body.len; i++)
        if ((unsigned char)body.ptr[i] <= ' ' || (unsigned char)body.ptr[i] >= 0x7f || memchr("{}<>\"", body.ptr[i], 5))
            return false;
    while (take_pair(&rest, &name, &value) && ++count < FIELDS_MAX)
        if (name.len == 0 || name.len > 256)
            return false;
    return count > 0 && count < FIELDS_MAX && memchr(body.ptr, '=', body.len);
}

struct walk {
    field_visit visit;
    void *ctx;
    bool differs, ended;
};

static void tell(struct walk *walk, enum field_kind kind, struct slice name, struct slice asked, struct slice recorded)
{
    struct field_pair pair = {kind, name, asked, recorded};
    walk->differs = true;
    if (!walk->visit(walk->ctx, &pair))
        walk->ended = true;
}

static void compare_lists(struct walk *walk, enum field_kind kind, struct slice asked, struct slice recorded)
{
    struct slice name_a, name_r, value_a, value_r;
    if (slice_equal(asked, recorded))
        return;
    if (!have_equal_names(asked, recorded)) {
        tell(walk, FIELD_NAMES, kind == FIELD_QUERY ? SLICE("query") : SLICE("form"), asked, recorded);
        return;
    }
    while (!walk->ended && take_pair(&asked, &name_a, &value_a) && take_pair(&recorded, &name_r, &value_r))
        if (!slice_equal(value_a, value_r))
            tell(walk, kind, name_a, value_a, value_r);
}

/* The line that parts the pieces of a multipart body, drawn at random for each; empty
   when it is no such body. */
static struct slice boundary_of(struct slice body)
{
    struct slice line = until((struct slice){body.ptr, body.len < 200 ? body.len : 200}, "\r\n");
    return line.len > 2 && line.len < 200 && memcmp(line.ptr, "--", 2) == 0 ? line : SLICE_NONE;
}

static bool equal_but_boundary(struct slice a, struct slice b)
{
    struct slice line_a = boundary_of(a), line_b = boundary_of(b);
    if (line_a.len == 0 || line_a.len != line_b.len || a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len;) {
        bool both = slice_starts(after(a, i), line_a) && slice_starts(after(b, i), line_b);
        if (!both && a.ptr[i] != b.ptr[i])
            return false;
        i += both ? line_a.len : 1;
    }
    return true;
}

static void compare_bodies(struct walk *walk, const struct request_text *asked, const struct request_text *recorded)
{
    if (asked->has_body != recorded->has_body) {
        tell(walk, FIELD_BODY, SLICE(""), asked->body, recorded->body);
        return;
    }
    if (!asked->has_body || !asked->body_known || !recorded->body_known || slice_equal(asked->body, recorded->body))
        return;
    if (is_form(asked->body) && is_form(recorded->body))
        compare_lists(walk, FIELD_FORM, asked->body, recorded->body);
    else if (!equal_but_boundary(asked->body, recorded->body))
        tell(walk, FIELD_BODY, SLICE(""), asked->body, recorded->body);
}

bool fields_compare(const struct request_text *asked, const struct request_text *recorded, field_visit visit, void *ctx)
{
    struct walk walk = {.visit = visit, .ctx = ctx};
    compare_lists(&walk, FIELD_QUERY, url_query(asked->url), url_query(recorded->url));
    if (!walk.ended)
        compare_bodies(&walk, asked, recorded);
    return !walk.differs;
}

/* A name that a programmer gave, as far as one can tell. */
static bool is_plain_name(struct slice name)
{
    if (name.len == 0 || name.len > 48)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !memchr("_$-.[]:", c, 7))
            return false;
    }
    return !(name.ptr[0] >= '0' && name.ptr[0] <= '9');
}

void field_tell(const struct field_pair *pair, char ret_text[FIELD_TEXT_MAX])
{
    static const char *const words[] = {
        [FIELD_QUERY] = "query parameter", [FIELD_FORM] = "form field", [FIELD_BODY] = "body", [FIELD_NAMES] = "list of names in the"};
    bool is_named = is_plain_name(pair->name);
    if (!text_format(ret_text, FIELD_TEXT_MAX, "%s%s%.*s", words[pair->kind], is_named ? " " : "",
                     is_named ? (int)pair->name.len : 0, is_named ? pair->name.ptr : ""))
        ret_text[0] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void field_decode(struct slice value, struct str *out)
{
    for (size_t i = 0; i < value.len; i++) {
        int high = i + 2 < value.len && value.ptr[i] == '%' ? hex_digit(value.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value.ptr[i + 2]) : -1;
        if (low >= 0)
            i += 2;
        str_add_char(out, low >= 0 ? (char)(high << 4 | low) : value.ptr[i] == '+' ? ' ' : value.ptr[i]);
    }
}
