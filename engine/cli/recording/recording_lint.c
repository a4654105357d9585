/* revisit recording lint: what in a recording will surprise whoever works with it. */
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/study/lint.h"

#include <getopt.h>
#include <stdio.h>

enum lint_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_lint.def"
};

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
    printf("%s: ", shown(path));
    for (enum lint_kind kind = 0; kind < LINT_KINDS; kind++)
        printf("%s%llu %s", kind ? ", " : "", (unsigned long long)report.counts[kind], lint_name(kind));
    printf("%s\n", found > report.told ? "; the list is not whole" : "");
    *ret_status = found != 0;
    return ERR_OK;
}

enum err_code recording_lint(int argc, char **argv, int *ret_status, struct err *err)
{
    uint32_t giant_bytes = LINT_GIANT_BYTES;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording lint", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum lint_option)option) {
        case LINT_KEY: TRY(keys_name(optarg, err)); break;
        case LINT_GIANT_OF: TRY(command_number("--giant", optarg, 1, UINT32_MAX, &giant_bytes, err)); break;
        }
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "recording lint: name one recording: revisit recording lint DIR");
    TRY(keys_load(err));
    return lint(argv[optind], giant_bytes, ret_status, err);
}
