/* Text becomes HTML in two passes of one writer: the first only counts, so that the
   result is a single piece of the arena. Blanks at the ends of a line go, because the
   editor's own parser drops them and the note is read back and compared. */
#include "engine/mdland/batch_note.h"

static const char *const section_keys[NOTE_SECTION_COUNT] = {
    [NOTE_SUBJECTIVE] = "subjective",
    [NOTE_OBJECTIVE] = "objective",
    [NOTE_ASSESSMENT] = "assessment",
    [NOTE_PLAN] = "plan",
};

/* Counts, and writes where ptr is given. */
struct writer {
    char *ptr;
    size_t len;
};

static void put(struct writer *w, struct slice text)
{
    if (w->ptr && text.len)
        memcpy(w->ptr + w->len, text.ptr, text.len);
    w->len += text.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static struct slice trim(struct slice line)
{
    while (line.len && is_blank(line.ptr[line.len - 1]))
        line.len--;
    while (line.len && is_blank(line.ptr[0])) {
        line.ptr++;
        line.len--;
    }
    return line;
}

static struct slice escape_of(char c)
{
    switch (c) {
    case '&':
        return SLICE("&amp;");
    case '<':
        return SLICE("&lt;");
    case '>':
        return SLICE("&gt;");
    }
    return SLICE_NONE;
}

static void put_escaped(struct writer *w, struct slice line)
{
    size_t run = 0;
    for (size_t i = 0; i < line.len; i++) {
        struct slice escape = escape_of(line.ptr[i]);
        if (!escape.ptr)
            continue;
        put(w, (struct slice){line.ptr + run, i - run});
        put(w, escape);
        run = i + 1;
    }
    put(w, (struct slice){line.ptr + run, line.len - run});
}

/* Up to the next line end, which is taken off too. */
static struct slice take_line(struct slice *rest)
{
    struct slice line = *rest;
    for (size_t i = 0; i < 2 && line.len; i++) {
        const char *end = memchr(line.ptr, "\n\r"[i], line.len);
        line.len = end ? (size_t)(end - line.ptr) : line.len;
    }
    size_t taken = line.len + (line.len < rest->len);
    *rest = (struct slice){rest->ptr + taken, rest->len - taken};
    return line;
}

static void put_lines(struct writer *w, struct slice text)
{
    while (text.len) {
        struct slice line = trim(take_line(&text));
        if (line.len == 0)
            continue;
        put(w, SLICE("<p>"));
        put_escaped(w, line);
        put(w, SLICE("</p>"));
    }
}

/* ptr is NULL when the arena refuses. */
static struct slice html_of(struct slice text, struct arena *arena)
{
    struct writer counter = {0};
    put_lines(&counter, text);
    struct writer w = {.ptr = arena_alloc(arena, counter.len + 1)};
    if (!w.ptr)
        return SLICE_NONE;
    put_lines(&w, text);
    return (struct slice){w.ptr, w.len};
}

static bool is_blank_text(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_blank(text.ptr[i]) && text.ptr[i] != '\n' && text.ptr[i] != '\r')
            return false;
    return true;
}

/* The section in one of the two forms; empty when that form has none. */
static struct slice section_in(const struct batch_object *generated, const char *form, const char *key, size_t max)
{
    json_t *sections = json_object_get(generated->json, form);
    if (!json_is_object(sections))
        return SLICE_NONE;
    struct batch_object in = {sections, batch_place_member(&generated->place, form), generated->problems};
    struct slice text = field_text(&in, key, FIELD_OPTIONAL);
    if (text.len > max) {
        field_problem(&in, key, "over the limit: the section is too long");
        return SLICE("-");
    }
    return is_blank_text(text) ? SLICE_NONE : text;
}

static bool take_section(const struct batch_object *generated, const char *key, struct arena *arena,
                         struct slice *ret_html)
{
    struct slice html = section_in(generated, "html", key, NOTE_HTML_BYTES_MAX);
    if (html.ptr) {
        *ret_html = arena_copy(arena, html);
        return ret_html->ptr != NULL;
    }
    struct slice text = section_in(generated, "soap", key, NOTE_TEXT_BYTES_MAX);
    *ret_html = html_of(text, arena);
    if (!text.ptr) {
        struct batch_place soap = batch_place_member(&generated->place, "soap");
        batch_problem_at(generated->problems, &soap, key, "missing or blank, and there is no html for it");
    }
    return ret_html->ptr != NULL;
}

bool batch_note_parse(const struct batch_object *visit, struct arena *arena, struct slice ret_html[NOTE_SECTION_COUNT])
{
    struct batch_object generated = {
        .json = field_object(visit, "generated", FIELD_REQUIRED),
        .place = batch_place_member(&visit->place, "generated"),
        .problems = visit->problems,
    };
    if (!generated.json)
        return true;
    json_t *soap = field_object(&generated, "soap", FIELD_OPTIONAL);
    json_t *html = field_object(&generated, "html", FIELD_OPTIONAL);
    if (!soap && !html) {
        batch_problem(visit->problems, &generated.place, "must hold soap or html with the four sections");
        return true;
    }
    for (size_t i = 0; i < NOTE_SECTION_COUNT; i++)
        if (!take_section(&generated, section_keys[i], arena, &ret_html[i]))
            return false;
    return true;
}
