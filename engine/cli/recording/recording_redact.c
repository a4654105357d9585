/* revisit recording redact: a recording without anybody in it, that replays as before. */
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/phi_map_file.h"
#include "engine/cli/plan_hash.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/clean/rewrite.h"

#include <getopt.h>
#include <stdio.h>

enum redact_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_redact.def"
};

static enum err_code redact(struct rewrite *options, const char *rules, struct err *err)
{
    static struct recording_suspect suspect;
    struct redact_counts counts;
    struct phi_map *map = NULL;
    TRY(phi_map_open(rules, &map, err));
    options->map = map;
    enum err_code code = recording_redact(options, &counts, &suspect, err);
    phi_map_free(map);
    if (code != ERR_OK)
        return sniff_suspect(suspect.path, err);
    printf("%s: replaced %llu words, %llu numbers, %llu codes, %llu dates, %llu lines of notes, %llu packed texts in %llu bytes\n",
           shown(options->new_path), (unsigned long long)counts.replaced[REDACT_WORD], (unsigned long long)counts.replaced[REDACT_NUMBER],
           (unsigned long long)counts.replaced[REDACT_MIXED], (unsigned long long)counts.replaced[REDACT_DATE],
           (unsigned long long)counts.replaced[REDACT_NOTE], (unsigned long long)counts.replaced[REDACT_PACKED],
           (unsigned long long)counts.bytes);
    if (counts.shared)
        printf("%s: %llu stand-ins were given twice, for want of others as short\n", shown(options->new_path),
               (unsigned long long)counts.shared);
    return ERR_OK;
}

enum err_code recording_redacted(int argc, char **argv, int *ret_status, struct err *err)
{
    struct rewrite options = {.plan = plan_hash};
    const char *rules = NULL;
    (void)ret_status;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording redact", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum redact_option)option) {
        case REDACT_OUTPUT: options.new_path = optarg; break;
        case REDACT_PHI_MAP: rules = optarg; break;
        case REDACT_KEY: TRY(keys_name(optarg, err)); break;
        }
    }
    if (optind + 1 != argc || !options.new_path)
        return err_set(err, ERR_USAGE, "recording redact: say which recording goes where: revisit recording redact REC -o NEW_DIR");
    TRY(keys_load(err));
    options.path = argv[optind];
    return redact(&options, rules, err);
}
