#include "engine/cli/manual/completion.h"

static const char HEAD[] =
    "# bash completion of revisit, made by: revisit completion bash\n"
    "_revisit_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_revisit_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); }\n"
    "_revisit_dirs() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); }\n"
    "_revisit_starts() { compopt -o nospace 2>/dev/null; _revisit_words \"$1\"; }\n"
    "_revisit()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} page=${COMP_WORDS[1]}\n"
    "    COMPREPLY=()\n"
    "    # --option=value comes as three words\n"
    "    if [ \"$cur\" = = ]; then cur=; elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi\n";

static const char TAIL[] = "}\n"
                           "complete -F _revisit revisit\n";

/* A call that fills COMPREPLY, or `:`. */
static void add_call(const struct manual_row *page, enum manual_takes takes, struct str *out)
{
    switch (takes) {
    case TAKES_NOTHING:
    case TAKES_TEXT: str_add_char(out, ':'); return;
    case TAKES_FILE: str_add_text(out, "_revisit_files"); return;
    case TAKES_DIR: str_add_text(out, "_revisit_dirs"); return;
    case TAKES_BREAKER:
    case TAKES_SETTING:
    case TAKES_EVENTS_WHAT:
    case TAKES_SUBJECT:
    case TAKES_SHELL:
    case TAKES_SECTION:
    case TAKES_TOPIC:
    case TAKES_PART: break;
    }
    str_add_text(out, takes == TAKES_SETTING ? "_revisit_starts '" : "_revisit_words '");
    completion_add_words(page, takes, out);
    str_add_char(out, '\'');
}

static void add_parts(struct str *out)
{
    str_add_text(out, "    case \"$page ${COMP_WORDS[2]}\" in\n");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        if (strchr(page->name, ' '))
            str_addf(out, "    '%s') ((COMP_CWORD == 2)) || page='%s' ;;\n", page->name, page->name);
    str_add_text(out, "    esac\n");
}

static void add_commands(struct str *out)
{
    str_add_text(out, "    if ((COMP_CWORD == 1)); then _revisit_words '");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        if (!strchr(page->name, ' '))
            str_addf(out, "%s ", page->name);
    str_add_text(out, "--help --version'; return; fi\n");
}

static void add_arguments(struct str *out)
{
    str_add_text(out, "    case \"$page $prev\" in\n");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));) {
            if (!row->argument || !row->text)
                continue;
            str_addf(out, "    '%s --%s'", page->name, row->name);
            if (row->letter)
                str_addf(out, " | '%s -%c'", page->name, row->letter);
            str_add_text(out, ") ");
            add_call(page, row->takes, out);
            str_add_text(out, "; return ;;\n");
        }
    str_add_text(out, "    esac\n");
}

static void add_options(const struct manual_row *page, struct str *out)
{
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));) {
        if (!row->text)
            continue;
        str_addf(out, "--%s ", row->name);
        if (row->letter)
            str_addf(out, "-%c ", row->letter);
    }
    str_add_text(out, "--help");
}

void completion_bash(struct str *out)
{
    str_add_text(out, HEAD);
    add_commands(out);
    add_parts(out);
    add_arguments(out);
    str_add_text(out, "    case $page:$cur in\n");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page)) {
        str_addf(out, "    '%s:-'*) _revisit_words '", page->name);
        add_options(page, out);
        str_addf(out, "' ;;\n    '%s:'*) ", page->name);
        add_call(page, completion_operand(page), out);
        str_add_text(out, " ;;\n");
    }
    str_add_text(out, "    esac\n");
    str_add_text(out, TAIL);
}
