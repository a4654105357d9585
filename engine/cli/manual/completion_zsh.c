#include "engine/cli/manual/completion.h"

/* Inside '...[here]...' of a specification for _arguments. */
#define ESCAPED "[]:\\"
#define QUOTE "'\\''"

static const char HEAD[] = "#compdef revisit\n"
                           "# zsh completion of revisit, made by: revisit completion zsh\n"
                           "_revisit() {\n"
                           "  local page=$words[2]\n"
                           "  local -a commands\n"
                           "  commands=(\n";

static const char CHOOSE[] = "  )\n"
                             "  if (( CURRENT == 2 )); then\n"
                             "    _describe -t commands command commands\n"
                             "    return\n"
                             "  fi\n"
                             "  shift words; (( CURRENT-- ))\n"
                             "  case \"$page $words[2]\" in\n";

static const char TAIL[] = "  esac\n"
                           "}\n"
                           "if [[ $funcstack[1] == _revisit ]]; then _revisit \"$@\"; else compdef _revisit revisit; fi\n";

/* What follows the second colon. */
static void add_action(const struct manual_row *page, enum manual_takes takes, struct str *out)
{
    switch (takes) {
    case TAKES_NOTHING:
    case TAKES_TEXT: return;
    case TAKES_FILE: str_add_text(out, "_files"); return;
    case TAKES_DIR: str_add_text(out, "_files -/"); return;
    case TAKES_BREAKER:
    case TAKES_SETTING:
    case TAKES_EVENTS_WHAT:
    case TAKES_SUBJECT:
    case TAKES_SHELL:
    case TAKES_SECTION:
    case TAKES_TOPIC:
    case TAKES_PART: break;
    }
    str_add_text(out, takes == TAKES_SETTING ? "compadd -S \"\" -- " : "(");
    completion_add_words(page, takes, out);
    str_add_text(out, takes == TAKES_SETTING ? "" : ")");
}

static void add_option(const struct manual_row *page, const struct manual_row *row, const char *spelled, struct str *out)
{
    str_addf(out, " \\\n      '%s[", spelled);
    completion_add_text(row->text, ESCAPED, QUOTE, out);
    str_add_char(out, ']');
    if (row->argument) {
        str_addf(out, ":%s:", row->argument);
        add_action(page, row->takes, out);
    }
    str_add_char(out, '\'');
}

static void add_page(const struct manual_row *page, struct str *out)
{
    char spelled[64];
    str_addf(out, "  ('%s')\n    _arguments", page->name);
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));) {
        if (!row->text)
            continue;
        ASSERT(text_format(spelled, sizeof spelled, "--%s", row->name));
        add_option(page, row, spelled, out);
        ASSERT(text_format(spelled, sizeof spelled, "-%c", row->letter));
        if (row->letter)
            add_option(page, row, spelled, out);
    }
    str_add_text(out, " \\\n      '--help[what it does, and its options]' \\\n      '*:operand:");
    add_action(page, completion_operand(page), out);
    str_add_text(out, "' ;;\n");
}

void completion_zsh(struct str *out)
{
    str_add_text(out, HEAD);
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page)) {
        if (strchr(page->name, ' '))
            continue;
        str_addf(out, "    '%s:", page->name);
        completion_add_text(manual_line(page), ESCAPED, QUOTE, out);
        str_add_text(out, "'\n");
    }
    str_add_text(out, CHOOSE);
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        if (strchr(page->name, ' '))
            str_addf(out, "  ('%s') (( CURRENT > 2 )) && { page='%s'; shift words; (( CURRENT-- )) } ;;\n", page->name, page->name);
    str_add_text(out, "  esac\n  case $page in\n");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        add_page(page, out);
    str_add_text(out, TAIL);
}
