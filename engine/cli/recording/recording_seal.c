/* revisit recording seal, open: a recording as one file that only a key opens, and back. */
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/sealed_recording.h"

#include <getopt.h>
#include <stdio.h>

enum seal_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_seal.def"
};

enum open_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_open.def"
};

static enum err_code seal(const char *path, const char *to_path, struct keys_to *to, struct err *err)
{
    static struct recording_suspect suspect;
    struct sealed_report report = {0};
    TRY(keys_to_load(to, err));
    if (recording_seal(path, to_path, to->list, to->count, &report, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    printf("sealed %s into %s: %llu files, %llu bytes\n", shown(path), shown(to_path), (unsigned long long)report.files, (unsigned long long)report.size_bytes);
    for (size_t i = 0; i < to->count; i++) {
        char id[KEY_ID_TEXT];
        key_id(to->list[i].bytes, id);
        printf("  to version %u of key %s\n", to->list[i].version, id);
    }
    return ERR_OK;
}

enum err_code recording_seal_command(int argc, char **argv, int *ret_status, struct err *err)
{
    struct keys_to to = {0};
    const char *to_path = NULL;
    (void)ret_status;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording seal", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum seal_option)option) {
        case SEAL_TO: TRY(keys_to_name(&to, optarg, err)); break;
        case SEAL_OUTPUT: to_path = optarg; break;
        }
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "recording seal: name one recording: revisit recording seal REC --to PUBLIC_KEY -o FILE.rvt");
    if (to.named == 0)
        return err_set(err, ERR_USAGE, "recording seal: --to is needed: the public half of a key; `revisit key new` makes one");
    if (!to_path || !to_path[0])
        return err_set(err, ERR_USAGE, "recording seal: -o is needed: the file to make");
    return seal(argv[optind], to_path, &to, err);
}

static enum err_code open_sealed(const char *path, const char *dir, bool salvage, struct err *err)
{
    struct sealed_report report = {0};
    TRY(recording_unseal(path, dir, salvage, &report, err));
    printf("opened %s into %s: %llu files, %llu bytes%s\n", shown(path), shown(dir), (unsigned long long)report.files, (unsigned long long)report.size_bytes,
           report.cut ? "; it is damaged or its end is missing: what stood before that is there, and `revisit recording verify` says what that is" : "");
    return ERR_OK;
}

enum err_code recording_open_command(int argc, char **argv, int *ret_status, struct err *err)
{
    const char *dir = NULL, *key = NULL;
    bool salvage = false;
    (void)ret_status;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording open", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum open_option)option) {
        case OPEN_KEY: TRY(keys_name(key = optarg, err)); break;
        case OPEN_SALVAGE: salvage = true; break;
        case OPEN_OUTPUT: dir = optarg; break;
        }
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "recording open: name one sealed file: revisit recording open FILE.rvt --key KEY -o DIR");
    if (!key)
        return err_set(err, ERR_USAGE, "recording open: --key is needed: the secret key that it is sealed to");
    if (!dir || !dir[0])
        return err_set(err, ERR_USAGE, "recording open: -o is needed: the directory to make");
    TRY(keys_load(err));
    return open_sealed(argv[optind], dir, salvage, err);
}
