#include "engine/cli/manual/completion.h"

#define ESCAPED "\\"
#define QUOTE "\\'"

static const char HEAD[] = "# fish completion of revisit, made by: revisit completion fish\n"
                           "function __revisit_at\n"
                           "    set -l words (commandline -opc)\n"
                           "    set -l page $words[2]\n"
                           "    contains -- \"$words[2] $words[3]\"";

static const char AT[] = "; and set page \"$words[2] $words[3]\"\n"
                         "    test \"$page\" = \"$argv\"\n"
                         "end\n"
                         "complete -c revisit -f\n"
                         "complete -c revisit -n '__revisit_at \"\"' -l version -d 'The version'\n"
                         "complete -c revisit -l help -d 'What it does, and its options'\n";

static void add_what(const struct manual_row *page, enum manual_takes takes, bool of_option, struct str *out)
{
    switch (takes) {
    case TAKES_NOTHING: return;
    case TAKES_TEXT: str_add_text(out, of_option ? " -x" : ""); return;
    case TAKES_FILE: str_add_text(out, of_option ? " -r -F" : " -F"); return;
    case TAKES_DIR: str_addf(out, "%s -a '(__fish_complete_directories)'", of_option ? " -x" : ""); return;
    case TAKES_BREAKER:
    case TAKES_SETTING:
    case TAKES_EVENTS_WHAT:
    case TAKES_SUBJECT:
    case TAKES_SHELL:
    case TAKES_SECTION:
    case TAKES_TOPIC:
    case TAKES_PART: break;
    }
    str_addf(out, "%s -a '", of_option ? " -x" : "");
    completion_add_words(page, takes, out);
    str_add_char(out, '\'');
}

static void add_page(const struct manual_row *page, struct str *out)
{
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));) {
        if (!row->text)
            continue;
        str_addf(out, "complete -c revisit -n '__revisit_at %s' -l %s", page->name, row->name);
        if (row->letter)
            str_addf(out, " -s %c", row->letter);
        add_what(page, row->takes, true, out);
        str_add_text(out, " -d '");
        completion_add_text(row->text, ESCAPED, QUOTE, out);
        str_add_text(out, "'\n");
    }
    enum manual_takes operand = completion_operand(page);
    if (operand == TAKES_TEXT)
        return;
    str_addf(out, "complete -c revisit -n '__revisit_at %s'", page->name);
    add_what(page, operand, false, out);
    str_add_char(out, '\n');
}

void completion_fish(struct str *out)
{
    str_add_text(out, HEAD);
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        if (strchr(page->name, ' '))
            str_addf(out, " '%s'", page->name);
    str_add_text(out, AT);
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page)) {
        if (strchr(page->name, ' '))
            continue;
        str_addf(out, "complete -c revisit -n '__revisit_at \"\"' -a %s -d '", page->name);
        completion_add_text(manual_line(page), ESCAPED, QUOTE, out);
        str_add_text(out, "'\n");
    }
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        add_page(page, out);
}
