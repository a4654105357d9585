#include "tests/standin/render.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SCOPES_MAX = 4, NAME_MAX_BYTES = 64 };

struct scopes {
    const json_t *object[SCOPES_MAX];
    int count;
};

void render_html_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '&'    ? "&amp;"
                             : *text == '<'  ? "&lt;"
                             : *text == '>'  ? "&gt;"
                             : *text == '"'  ? "&quot;"
                             : *text == '\'' ? "&#39;"
                                             : NULL;

        if (entity)
            buf_text(out, entity);
        else
            buf_add(out, text, 1);
    }
}

void render_script_literal(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value ? value : json_null(), JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

    for (const char *c = need(text); *c; c++) {
        if (*c == '<' || *c == '>' || *c == '&')
            buf_printf(out, "\\u%04x", (unsigned)*c);
        else
            buf_add(out, c, 1);
    }
    free(text);
}

static const json_t *look_up(const struct scopes *scopes, const char *name)
{
    for (int i = scopes->count - 1; i >= 0; i--) {
        const json_t *value = json_object_get(scopes->object[i], name);

        if (value)
            return value;
    }
    return NULL;
}

static bool truthy(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_integer(value))
        return json_integer_value(value) != 0;
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return json_is_true(value) || json_is_object(value);
}

static void render_value(struct buf *out, const json_t *value, bool escaped)
{
    if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_string(value) && escaped)
        render_html_escaped(out, json_string_value(value));
    else if (json_is_string(value))
        buf_add(out, json_string_value(value), json_string_length(value));
}

/* The tag's text trimmed of its braces; 0 when it is too long to be one. */
static bool read_tag(const char *open, const char *close, char *ret_text)
{
    size_t len = (size_t)(close - open - 2);

    if (len >= NAME_MAX_BYTES)
        return false;
    memcpy(ret_text, open + 2, len);
    ret_text[len] = '\0';
    return true;
}

/* Where the section that begins at `text` closes: its {{/name}}. */
static const char *section_end(const char *text, const char *end, const char *name)
{
    char *closing = need_printf("{{/%s}}", name);
    const char *at = strstr(text, closing);

    free(closing);
    return at && at < end ? at : end;
}

static void render_part(struct buf *out, const char *text, const char *end, struct scopes *scopes);

static void render_section(struct buf *out, const char *text, const char *end, struct scopes *scopes,
                           const json_t *value)
{
    size_t i;
    json_t *element;

    if (!json_is_array(value)) {
        render_part(out, text, end, scopes);
        return;
    }
    if (scopes->count == SCOPES_MAX)
        return;
    json_array_foreach((json_t *)value, i, element)
    {
        scopes->object[scopes->count++] = element;
        render_part(out, text, end, scopes);
        scopes->count--;
    }
}

/* One tag that begins at `open`; where the text goes on. */
static const char *render_tag(struct buf *out, const char *open, const char *end, struct scopes *scopes)
{
    const char *close = strstr(open, "}}");
    char tag[NAME_MAX_BYTES];
    const json_t *value;
    const char *inner_end;
    bool shown;

    if (!close || close >= end || !read_tag(open, close, tag)) {
        buf_add(out, open, 2);
        return open + 2;
    }
    close += 2;
    if (*tag == '#' || *tag == '^') {
        inner_end = section_end(close, end, tag + 1);
        value = look_up(scopes, tag + 1);
        shown = truthy(value) == (*tag == '#');
        if (shown)
            render_section(out, close, inner_end, scopes, *tag == '#' ? value : NULL);
        return inner_end < end ? inner_end + strlen(tag) + 4 : end;
    }
    if (!strncmp(tag, "raw ", 4))
        render_value(out, look_up(scopes, tag + 4), false);
    else if (!strncmp(tag, "json ", 5))
        render_script_literal(out, look_up(scopes, tag + 5));
    else
        render_value(out, look_up(scopes, tag), true);
    return close;
}

static void render_part(struct buf *out, const char *text, const char *end, struct scopes *scopes)
{
    while (text < end) {
        const char *open = strstr(text, "{{");

        if (!open || open >= end) {
            buf_add(out, text, (size_t)(end - text));
            return;
        }
        buf_add(out, text, (size_t)(open - text));
        text = render_tag(out, open, end, scopes);
    }
}

void render(struct buf *out, const char *template_text, const json_t *data)
{
    struct scopes scopes = {{data}, 1};

    render_part(out, template_text, template_text + strlen(template_text), &scopes);
}
