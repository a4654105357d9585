/* revisit events: what the event log of a run may say. */
#include "engine/base/json_in.h"
#include "engine/cli/command.h"
#include "engine/report/event_schema.h"

#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: revisit events schema | list\n"
    "\n"
    "  revisit events schema                        a JSON Schema (2020-12) of one line of an event log\n"
    "  revisit events list                          every event and its keys, a line each\n"
    "  revisit events schema > events.schema.json   for a validator, which is given each line\n"
    "\n"
    "The event log is what `revisit run` and `revisit replay` print: one JSON object a line. Schema and list\n"
    "are made from the table that its writers are held to. The schema refuses keys that it does not know:\n"
    "a reader that is to live with later versions should not.\n"
    "\n"
    "Exit status: 0 printed, 2 usage.\n";

#define TEXT_BYTES_MAX ((size_t)1 << 20)

static const struct option OPTIONS[] = {{0}};

static enum err_code print_schema(struct str *out, struct err *err)
{
    CLEANUP_STR struct str line;
    str_init(&line, TEXT_BYTES_MAX);
    event_schema_format(&line);
    json_auto_t *schema = json_in_load(str_slice(&line), JSON_REJECT_DUPLICATES, NULL);
    if (!schema || !json_in_print(schema, JSON_INDENT(2), out))
        return err_set(err, ERR_ENV, "out of memory");
    str_add_char(out, '\n');
    return ERR_OK;
}

static enum err_code work(int argc, char **argv, struct str *out, struct err *err)
{
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;)
        return command_bad_option(option, argc, argv, "events", err);
    const char *what = optind + 1 == argc ? argv[optind] : "";
    if (strcmp(what, "list") == 0) {
        event_schema_list(out);
        return ERR_OK;
    }
    if (strcmp(what, "schema") == 0)
        return print_schema(out, err);
    return err_set(err, ERR_USAGE, "events: say what to print: revisit events schema, or revisit events list");
}

int command_events(int argc, char **argv, struct err *err)
{
    CLEANUP_STR struct str out;
    str_init(&out, TEXT_BYTES_MAX);
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return 0;
    }
    if (work(argc, argv, &out, err) == ERR_OK)
        fputs(str_text(&out), stdout);
    return 0;
}
