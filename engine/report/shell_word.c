#include "engine/report/shell_word.h"

#include "engine/base/utf8.h"

static bool shows(struct slice text)
{
    for (size_t length; text.len; text = (struct slice){text.ptr + length, text.len - length})
        if (!utf8_shows(text, &length))
            return false;
    return true;
}

static void add_escaped(struct str *out, struct slice text)
{
    for (size_t length; text.len; text = (struct slice){text.ptr + length, text.len - length}) {
        bool plain = utf8_shows(text, &length);
        if (text.ptr[0] == '\'' || text.ptr[0] == '\\')
            str_add_char(out, '\\');
        for (size_t i = 0; !plain && i < length; i++)
            str_addf(out, "\\x%02x", (unsigned char)text.ptr[i]);
        if (plain)
            str_add(out, (struct slice){text.ptr, length});
    }
}

static void add_quoted(struct str *out, const char *word)
{
    for (; *word; word++)
        if (*word == '\'')
            str_add_text(out, "'\\''");
        else
            str_add_char(out, *word);
}

void shell_word_add(struct str *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
    bool visible = shows(slice_of(word));
    if (word[0] && strspn(word, plain) == strlen(word)) {
        str_add_text(out, word);
        return;
    }
    str_add_text(out, visible ? "'" : "$'");
    if (visible)
        add_quoted(out, word);
    else
        add_escaped(out, slice_of(word));
    str_add_char(out, '\'');
}
