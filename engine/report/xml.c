#include "engine/report/xml.h"

#include "engine/base/utf8.h"

static bool is_allowed(uint32_t code)
{
    return (code >= ' ' || code == '\t' || code == '\n' || code == '\r') && code != 0xfffe && code != 0xffff;
}

/* NULL: it stands for itself. */
static const char *escape_of(uint32_t code, bool in_attribute)
{
    switch (code) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\r': return "&#13;"; /* a parser would make it a line end */
    case '\t': return in_attribute ? "&#9;" : NULL;
    case '\n': return in_attribute ? "&#10;" : NULL;
    }
    return is_allowed(code) ? NULL : "\xef\xbf\xbd";
}

static void add(struct str *out, struct slice text, bool in_attribute)
{
    for (size_t length; text.len; text = (struct slice){text.ptr + length, text.len - length}) {
        uint32_t code = utf8_character(text, &length);
        bool broken = code == UTF8_REPLACEMENT && length == 1;
        const char *escape = broken ? "\xef\xbf\xbd" : escape_of(code, in_attribute);
        if (escape)
            str_add_text(out, escape);
        else
            str_add(out, (struct slice){text.ptr, length});
    }
}

void xml_add_text(struct str *out, struct slice text)
{
    add(out, text, false);
}

void xml_add_attribute(struct str *out, const char *name, struct slice value)
{
    str_addf(out, " %s=\"", name);
    add(out, value, true);
    str_add_char(out, '"');
}
