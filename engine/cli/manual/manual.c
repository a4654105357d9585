#include "engine/cli/manual/manual.h"

#include "engine/cli/manual/topic.h"
#include "engine/cli/settings.h"
#include "engine/policy/breaker.h"

#include <string.h>

static const struct manual_row rows[] = {
#define MANUAL_WHOLE
#define PAGE(name_) {.kind = MANUAL_PAGE, .name = name_},
#define PART(name_, line) {.kind = MANUAL_PAGE, .name = name_, .text = line},
#define USAGE(text_) {.kind = MANUAL_USAGE, .text = text_},
#define EXAMPLE(command, text_) {.kind = MANUAL_EXAMPLE, .name = command, .text = text_},
#define ABOUT(text_) {.kind = MANUAL_ABOUT, .text = text_},
#define OPERAND(takes_) {.kind = MANUAL_OPERAND, .takes = takes_},
#define HEADING(text_) {.kind = MANUAL_HEADING, .text = text_},
#define OPTION(id, letter_, name_, argument_, takes_, text_)                                                                     \
    {.kind = MANUAL_OPTION, .letter = letter_, .name = name_, .argument = argument_, .takes = takes_, .text = text_},
#define VARIABLE(name_, text_) {.kind = MANUAL_VARIABLE, .name = name_, .text = text_},
#define EXIT(status_, text_) {.kind = MANUAL_EXIT, .status = status_, .text = text_},
#define NOTE(text_) {.kind = MANUAL_NOTE, .text = text_},
#include "engine/cli/manual/pages.def"
    {.kind = MANUAL_PAGE}, /* ends the last one */
};

static const struct {
    const char *name, *line;
} commands[] = {
#define GROUP(text)
#define X(name, function, line) {name, line},
#include "engine/cli/command.def"
#undef X
#undef GROUP
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

const struct manual_row *manual_first(void)
{
    return rows;
}

const struct manual_row *manual_after(const struct manual_row *page)
{
    do
        page++;
    while (page->kind != MANUAL_PAGE);
    return page->name ? page : NULL;
}

const struct manual_row *manual_find(const char *name)
{
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        if (strcmp(page->name, name) == 0)
            return page;
    return NULL;
}

bool manual_is_part_of(const struct manual_row *page, const struct manual_row *command)
{
    size_t len = strlen(command->name);
    return strncmp(page->name, command->name, len) == 0 && page->name[len] == ' ';
}

const struct manual_row *manual_find_arguments(int argc, char **argv)
{
    const struct manual_row *command = argc > 0 ? manual_find(argv[0]) : NULL;
    if (!command || argc < 2)
        return command;
    for (const struct manual_row *page = command; page; page = manual_after(page))
        if (manual_is_part_of(page, command) && strcmp(page->name + strlen(command->name) + 1, argv[1]) == 0)
            return page;
    return command;
}

const char *manual_line(const struct manual_row *page)
{
    for (size_t i = 0; !page->text && i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, page->name) == 0)
            return commands[i].line;
    return page->text ? page->text : "";
}

const struct manual_row *manual_next(const struct manual_row *row, enum manual_kind kind)
{
    do
        row++;
    while (row->kind != kind && row->kind != MANUAL_PAGE);
    return row->kind == kind && kind != MANUAL_PAGE ? row : NULL;
}

static const char *word_of(const char *const *words, size_t count, size_t index)
{
    return index < count ? words[index] : NULL;
}
#define WORD_OF(words, index) word_of(words, sizeof words / sizeof *words, index)

static const char *topic_or_command(size_t index)
{
    size_t topics = topic_count();
    if (index < topics)
        return topic_name(index);
    return index - topics < COMMAND_COUNT ? commands[index - topics].name : NULL;
}

const char *manual_word(enum manual_takes takes, size_t index)
{
    static const char *const shells[] = {
#define X(name, function) name,
#include "engine/cli/manual/shell.def"
#undef X
    };
    static const char *const subjects[] = {
#define X(name, function) name,
#include "engine/cli/doctor/subject.def"
#undef X
    };
    static const char *const sections[] = {"1", "5", "7"}, *const what[] = {"schema", "list"};
    switch (takes) {
    case TAKES_NOTHING:
    case TAKES_TEXT:
    case TAKES_FILE:
    case TAKES_DIR:
    case TAKES_PART: return NULL;
    case TAKES_BREAKER: return index <= BREAKER_FORCED_OPEN ? breaker_mode_name((enum breaker_mode)index) : NULL;
    case TAKES_SETTING: return settings_name(index);
    case TAKES_EVENTS_WHAT: return WORD_OF(what, index);
    case TAKES_SUBJECT: return WORD_OF(subjects, index);
    case TAKES_SHELL: return WORD_OF(shells, index);
    case TAKES_SECTION: return WORD_OF(sections, index);
    case TAKES_TOPIC: return topic_or_command(index);
    }
    return NULL;
}
