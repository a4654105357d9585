#include "engine/cli/shell_word.h"

void shell_word_add(struct str *out, const char *word)
{
    const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
    if (word[0] && strspn(word, plain) == strlen(word)) {
        str_add_text(out, word);
        return;
    }
    str_add_char(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            str_add_text(out, "'\\''");
        else
            str_add_char(out, *word);
    str_add_char(out, '\'');
}
