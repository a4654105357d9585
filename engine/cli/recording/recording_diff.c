/* revisit recording diff: two recordings, or two event logs, and where they part. */
#include "engine/cli/command.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/sniff.h"
#include "recorder/study/diff.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

static const char USAGE[] =
    "usage: revisit recording diff A B [--all] [--ignore NAME,...]\n"
    "\n"
    "A and B are two recordings, or two event logs (files). Prints where they first differ: the entry or\n"
    "line, what was equal before it, the field, and both sides; never a value of a page.\n"
    "\n"
    "  --all      a list, of 100 differences at most; what only one side has is passed over there\n"
    "  --ignore   fields that may differ, by name: at, gen, mark, duration, sessionId, base_url, ...\n"
    "\n"
    "  revisit recording diff yesterday today\n"
    "  revisit recording diff yesterday/events.ndjson today/events.ndjson --all --ignore at,duration,totalMs\n"
    "\n"
    "Exit status: 0 equal, 1 different, 2 no recordings, no logs, or one of each, 7 damaged.\n";

enum { OPT_ALL = 256, OPT_IGNORE };

static const struct option OPTIONS[] = {{"all", no_argument, NULL, OPT_ALL}, {"ignore", required_argument, NULL, OPT_IGNORE}, {0}};

/* Takes the list apart where it stands. */
static enum err_code add_ignored(char *list, struct compare_names *names, struct err *err)
{
    for (char *name = list, *end; name; name = end) {
        end = strchr(name, ',');
        if (end)
            *end++ = '\0';
        if (!compare_is_plain_name(name))
            return err_set(err, ERR_USAGE, "recording diff: --ignore takes names of fields, parted by commas: at,gen,duration");
        if (names->count == COMPARE_NAMES_MAX)
            return err_set(err, ERR_USAGE, "recording diff: --ignore takes at most %d names", COMPARE_NAMES_MAX);
        names->names[names->count++] = name;
    }
    return ERR_OK;
}

static enum err_code parse(int argc, char **argv, struct diff_options *options, struct err *err)
{
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (option != OPT_ALL && option != OPT_IGNORE)
            return command_bad_option(option, argc, argv, "recording", err);
        options->all |= option == OPT_ALL;
        if (option == OPT_IGNORE)
            TRY(add_ignored(optarg, &options->ignored, err));
    }
    return optind + 2 == argc ? ERR_OK
                              : err_set(err, ERR_USAGE, "recording diff: name two recordings or two event logs: "
                                                        "revisit recording diff A B");
}

static enum err_code look_at(const char *path, bool *ret_is_directory, struct err *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return err_set(err, ERR_INPUT, "%s: %s", path,
                       errno == ENOENT  ? "does not exist"
                       : errno == ELOOP ? "is a link that leads back to itself"
                                        : strerror(errno));
    *ret_is_directory = S_ISDIR(status.st_mode);
    return ERR_OK;
}

static enum err_code compare(const char *a, const char *b, const struct diff_options *options, struct str *out,
                             struct diff_result *ret_result, struct err *err)
{
    static struct recording_suspect suspect;
    bool first = false, second = false;
    TRY(look_at(a, &first, err));
    TRY(look_at(b, &second, err));
    if (first != second)
        return err_set(err, ERR_INPUT, "%s is a directory and %s a file: compare two recordings, or two event logs (%s/%s)",
                       first ? a : b, first ? b : a, first ? a : b, RECORDING_EVENTS);
    if (!first)
        return diff_event_logs(a, b, options, out, ret_result, err);
    enum err_code code = diff_recordings(a, b, options, out, ret_result, &suspect, err);
    return code == ERR_OK ? code : sniff_suspect(suspect.path, err);
}

enum err_code recording_diff(int argc, char **argv, int *ret_status, struct err *err)
{
    struct diff_options options = {0};
    struct diff_result result = {0};
    CLEANUP_STR struct str text;
    str_init(&text, DIFF_TEXT_MAX);
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return ERR_OK;
    }
    TRY(parse(argc, argv, &options, err));
    TRY(compare(argv[optind], argv[optind + 1], &options, &text, &result, err));
    fputs(str_text(&text), stdout);
    if (result.more)
        printf("... and there may be more: the list ends after %d\n", DIFF_LIST_MAX);
    if (result.differences == 0)
        printf("equal: %llu entries, %llu events\n", (unsigned long long)result.entries, (unsigned long long)result.events);
    *ret_status = result.differences != 0;
    return ERR_OK;
}
