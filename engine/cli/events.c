/* revisit events: what the event log of a run may say. */
#include "engine/base/json_in.h"
#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/cli/manual/manual.h"
#include "engine/cli/manual/option.h"
#include "engine/report/event_schema.h"

#include <getopt.h>
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)

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

static enum err_code refuse(const char *what, struct err *err)
{
    struct nearest near;
    const char *known;
    nearest_init(&near, slice_of(what));
    for (size_t i = 0; (known = manual_word(TAKES_EVENTS_WHAT, i)); i++)
        nearest_try(&near, known);
    return err_set(err, ERR_USAGE, "events: say what to print%s: revisit events schema, or revisit events list", nearest_hint(&near, ""));
}

static enum err_code work(int argc, char **argv, struct str *out, struct err *err)
{
    int option;
    optind = 0;
    TRY(option_next("events", argc, argv, &option, err)); /* there is none */
    const char *what = optind + 1 == argc ? argv[optind] : "";
    if (strcmp(what, "list") == 0) {
        event_schema_list(out);
        return ERR_OK;
    }
    if (strcmp(what, "schema") == 0)
        return print_schema(out, err);
    return refuse(what, err);
}

int command_events(int argc, char **argv, struct err *err)
{
    CLEANUP_STR struct str out;
    str_init(&out, TEXT_BYTES_MAX);
    if (work(argc, argv, &out, err) == ERR_OK)
        fputs(str_text(&out), stdout);
    return 0;
}
