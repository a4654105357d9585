/* revisit recording diff: two recordings, or two event logs, and where they part. */
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/sniff.h"
#include "recorder/study/diff.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

enum diff_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_diff.def"
};

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
    for (int option;;) {
        TRY(option_next("recording diff", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum diff_option)option) {
        case DIFF_KEY: TRY(keys_name(optarg, err)); break;
        case DIFF_ALL: options->all = true; break;
        case DIFF_IGNORE: TRY(add_ignored(optarg, &options->ignored, err)); break;
        }
    }
    if (optind + 2 != argc)
        return err_set(err, ERR_USAGE, "recording diff: name two recordings or two event logs: revisit recording diff A B");
    return keys_load(err);
}

static enum err_code look_at(const char *path, bool *ret_is_recording, struct err *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return err_set(err, ERR_INPUT, "%s: %s", path,
                       errno == ENOENT  ? "does not exist"
                       : errno == ELOOP ? "is a link that leads back to itself"
                                        : strerror(errno));
    *ret_is_recording = S_ISDIR(status.st_mode) || store_path_is_sealed(path);
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
        return err_set(err, ERR_INPUT, "%s is a recording and %s a file: compare two recordings, or two event logs (%s/%s)",
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
