/* revisit help: topics, commands, and both as man pages. `events` is a topic and a command: the topic is
   told, for the command tells itself by --help. */
#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/manual/page.h"
#include "engine/cli/manual/topic.h"

#include <getopt.h>
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)

enum help_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/help.def"
};

static enum err_code write_man(const char *section, struct str *out, struct err *err)
{
    if (strcmp(section, "1") == 0)
        page_man(out);
    else if (strcmp(section, "5") == 0)
        topic_man_recording(out);
    else if (strcmp(section, "7") == 0)
        topic_man_events(out);
    else
        return err_set(err, ERR_USAGE, "help: --man: 1, 5 or 7 is needed");
    return ERR_OK;
}

static enum err_code refuse_word(const char *word, struct err *err)
{
    struct nearest near;
    const char *known;
    nearest_init(&near, slice_of(word));
    for (size_t i = 0; (known = manual_word(TAKES_TOPIC, i)); i++)
        nearest_try(&near, known);
    return err_set(err, ERR_USAGE, "help: there is no command or topic '%s'%s; revisit help lists them", word, nearest_hint(&near, ""));
}

static enum err_code write_about(int argc, char **argv, struct str *out, struct err *err)
{
    if (argc == 0) {
        page_overview(out);
        return ERR_OK;
    }
    if (topic_write(argv[0], out))
        return ERR_OK;
    const struct manual_row *page = manual_find_arguments(argc, argv);
    if (!page)
        return refuse_word(argv[0], err);
    page_help(page, out);
    return ERR_OK;
}

static enum err_code work(int argc, char **argv, struct str *out, struct err *err)
{
    const char *section = NULL;
    optind = 0;
    for (int option;;) {
        TRY(option_next("help", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum help_option)option) {
        case HELP_MAN: section = optarg; break;
        }
    }
    return section ? write_man(section, out, err) : write_about(argc - optind, argv + optind, out, err);
}

int command_help(int argc, char **argv, struct err *err)
{
    CLEANUP_STR struct str out;
    str_init(&out, TEXT_BYTES_MAX);
    if (work(argc, argv, &out, err) != ERR_OK)
        return 0;
    if (str_full(&out))
        (void)err_set(err, ERR_ENV, "help: out of memory");
    else
        fputs(str_text(&out), stdout);
    return 0;
}
