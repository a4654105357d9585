/* The manual as rows: commands, their parts, options, operands, examples and exit statuses, each
   written once, in engine/cli/manual/PAGE.def. From here come what a command takes (option.h), its
   --help and the man pages (page.h), and what a shell completes (completion.h).

   A page is its first row, of kind MANUAL_PAGE; its other rows follow it up to the next page. */
#ifndef ENGINE_CLI_MANUAL_MANUAL_H
#define ENGINE_CLI_MANUAL_MANUAL_H

#include <stdbool.h>
#include <stddef.h>

/* What an option's argument, or an operand, is: for completion. The words of those that are
   one of a few are manual_word()'s. */
enum manual_takes {
    TAKES_NOTHING,
    TAKES_TEXT, /* nobody can guess */
    TAKES_FILE,
    TAKES_DIR,
    TAKES_BREAKER,
    TAKES_SETTING, /* a name, and "=" */
    TAKES_EVENTS_WHAT,
    TAKES_SUBJECT, /* of doctor */
    TAKES_SHELL,
    TAKES_SECTION, /* of the man pages */
    TAKES_TOPIC,   /* or a command */
    TAKES_PART,    /* a part of this command */
};

enum manual_kind {
    MANUAL_PAGE,
    MANUAL_USAGE,
    MANUAL_EXAMPLE,
    MANUAL_ABOUT,
    MANUAL_OPERAND,
    MANUAL_HEADING,
    MANUAL_OPTION,
    MANUAL_VARIABLE,
    MANUAL_EXIT,
    MANUAL_NOTE
};

struct manual_row {
    enum manual_kind kind;
    const char *name;     /* of a page, an option (without --), a variable; an example's command */
    const char *text;     /* NULL: an option that is told nowhere. Of a page: its line, NULL for a command */
    const char *argument; /* of an option; NULL: none */
    enum manual_takes takes;
    char letter; /* of an option; 0: none */
    int status;  /* of an exit */
};

/* The pages, in their order: the first one, and the one after `page`; NULL: there is no more. */
const struct manual_row *manual_first(void);
const struct manual_row *manual_after(const struct manual_row *page);
/* "run", "recording diff"; NULL: there is no such page. */
const struct manual_row *manual_find(const char *name);
/* The page that these arguments begin to name: of a command's part when there is one. argv[0] is
   the command. NULL: none. */
const struct manual_row *manual_find_arguments(int argc, char **argv);
/* One line of what the command or part is for. */
const char *manual_line(const struct manual_row *page);
/* Is it a part of that command's page? */
bool manual_is_part_of(const struct manual_row *page, const struct manual_row *command);

/* The next row of that kind on this page, after `row` (the page itself to begin with); NULL: none. */
const struct manual_row *manual_next(const struct manual_row *row, enum manual_kind kind);

/* The index-th word that stands there; NULL after the last, and where it is no word of a few.
   TAKES_PART has none here: manual_is_part_of() tells them. */
const char *manual_word(enum manual_takes takes, size_t index);

#endif
