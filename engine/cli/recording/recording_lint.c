/* revisit recording lint: what in a recording will surprise whoever works with it. */
#include "engine/cli/command.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/sniff.h"
#include "recorder/study/lint.h"

#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: revisit recording lint DIR [--giant BYTES]\n"
    "\n"
    "Lists, with entry and size, a hundred at most: the same request answered differently while nothing was\n"
    "changed (a what-if that asks there again may be told either), answers that no replay uses (late, or to\n"
    "no request), bodies that are lost, and giants. A recording with findings is good, and replays.\n"
    "\n"
    "  --giant    an entry of more bytes is one; 1048576 unless given\n"
    "\n"
    "  revisit recording lint fixtures/clinic-3\n"
    "  revisit recording lint fixtures/hang-save --giant 12000\n"
    "\n"
    "Exit status: 0 nothing found, 1 something, 2 no recording, 7 damaged.\n";

enum { OPT_GIANT = 256 };

static const struct option OPTIONS[] = {{"giant", required_argument, NULL, OPT_GIANT}, {0}};

static enum err_code lint(const char *path, uint32_t giant_bytes, int *ret_status, struct err *err)
{
    static struct recording_suspect suspect;
    struct recording *recording = NULL;
    struct lint_report report;
    CLEANUP_STR struct str text;
    str_init(&text, LINT_TEXT_MAX);
    if (recording_open(path, &recording, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    enum err_code code = lint_recording(recording, giant_bytes, &text, &report, err);
    recording_close(recording);
    if (code != ERR_OK)
        return err_wrap(err, "recording %s", path);
    fputs(str_text(&text), stdout);
    uint64_t found = 0;
    for (enum lint_kind kind = 0; kind < LINT_KINDS; kind++)
        found += report.counts[kind];
    printf("%s: ", path);
    for (enum lint_kind kind = 0; kind < LINT_KINDS; kind++)
        printf("%s%llu %s", kind ? ", " : "", (unsigned long long)report.counts[kind], lint_name(kind));
    printf("%s\n", found > report.told ? "; the list is not whole" : "");
    *ret_status = found != 0;
    return ERR_OK;
}

enum err_code recording_lint(int argc, char **argv, int *ret_status, struct err *err)
{
    uint32_t giant_bytes = LINT_GIANT_BYTES;
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return ERR_OK;
    }
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (option != OPT_GIANT)
            return command_bad_option(option, argc, argv, "recording", err);
        TRY(command_number("--giant", optarg, 1, UINT32_MAX, &giant_bytes, err));
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "recording lint: name one recording: revisit recording lint DIR");
    return lint(argv[optind], giant_bytes, ret_status, err);
}
