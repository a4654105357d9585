#include "engine/cli/manual/completion.h"

void completion_add_words(const struct manual_row *command, enum manual_takes takes, struct str *out)
{
    const char *word, *before = "";
    for (size_t i = 0; (word = manual_word(takes, i)); i++, before = " ")
        str_addf(out, "%s%s%s", before, word, takes == TAKES_SETTING ? "=" : "");
    for (const struct manual_row *page = command; takes == TAKES_PART && page; page = manual_after(page)) {
        if (!manual_is_part_of(page, command))
            continue;
        str_addf(out, "%s%s", before, page->name + strlen(command->name) + 1);
        before = " ";
    }
}

enum manual_takes completion_operand(const struct manual_row *page)
{
    const struct manual_row *row = manual_next(page, MANUAL_OPERAND);
    return row ? row->takes : TAKES_TEXT;
}

/* Where an aside begins: "; ", ": ", " (". */
static bool is_aside(const char *c)
{
    return ((c[0] == ';' || c[0] == ':') && c[1] == ' ') || (c[0] == ' ' && c[1] == '(');
}

void completion_add_text(const char *text, const char *escaped, const char *quote, struct str *out)
{
    for (const char *c = text; *c && (c == text || !is_aside(c)); c++) {
        if (*c == '\'') {
            str_add_text(out, quote);
            continue;
        }
        if (*c == '`')
            continue;
        if (strchr(escaped, *c))
            str_add_char(out, '\\');
        str_add_char(out, *c);
    }
}
