#include "engine/cli/shown.h"

#include "engine/base/utf8.h"

#define AT_ONCE 4
#define NAME_BYTES_MAX 8192

const char *shown(const char *name)
{
    static struct str names[AT_ONCE];
    static unsigned next;
    struct str *text = &names[next++ % AT_ONCE];
    str_fini(text);
    str_init(text, NAME_BYTES_MAX);
    utf8_add_visible(text, slice_of(name));
    return str_full(text) ? "(a name too long to show)" : str_text(text);
}

void shown_message(FILE *out, const char *message)
{
    struct slice text = slice_of(message);
    for (size_t length; text.len; text = (struct slice){text.ptr + length, text.len - length}) {
        bool goes_on = text.ptr[0] == '\n' && text.ptr[1] == ' ';
        bool plain = utf8_shows(text, &length) || goes_on;
        (void)fwrite(plain ? text.ptr : "?", 1, plain ? length : 1, out);
    }
}
