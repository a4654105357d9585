/* revisit recording check: is anybody in it? */
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/phi_map_file.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/clean/check.h"

#include <getopt.h>
#include <stdio.h>

enum check_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_check.def"
};

static const char *const kinds[REDACT_KINDS] = {
    [REDACT_WORD] = "words", [REDACT_NUMBER] = "numbers", [REDACT_MIXED] = "codes",
    [REDACT_DATE] = "dates", [REDACT_NOTE] = "notes",     [REDACT_PACKED] = "packed texts",
};

static void print_found(const uint64_t found[REDACT_KINDS])
{
    const char *separator = "";
    for (size_t i = 0; i < REDACT_KINDS; i++) {
        if (!found[i])
            continue;
        printf("%s%llu %s", separator, (unsigned long long)found[i], kinds[i]);
        separator = ", ";
    }
    putchar('\n');
}

static void print_places(const char *path, const struct check_report *report)
{
    for (size_t i = 0; i < report->place_count && i < CHECK_PLACES_MAX; i++) {
        const struct check_place *place = &report->places[i];
        if (place->line)
            printf("%s/%s:%llu: ", shown(path), shown(place->file), (unsigned long long)place->line);
        else
            printf("%s/%s: ", shown(path), shown(place->file));
        print_found(place->found);
    }
    if (report->place_count > CHECK_PLACES_MAX)
        printf("%s: and %llu places more\n", shown(path), (unsigned long long)(report->place_count - CHECK_PLACES_MAX));
}

static enum err_code check(const char *path, const struct phi_map *map, int *ret_status, struct err *err)
{
    static struct recording_suspect suspect;
    static struct check_report report; /* static: it is large, and there is one */
    if (recording_check(path, map, true, &report, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    print_places(path, &report);
    if (report.certificate.findings) {
        printf("%s: not clean: ", shown(path));
        print_found(report.found);
        printf("%s: %s\n", shown(path), report.redacted ? "it was redacted by other rules" : "`revisit recording redact` makes one that is clean");
        *ret_status = 1;
        return ERR_OK;
    }
    printf("%s: clean: 0 findings in %llu bytes by rules %s\n", shown(path), (unsigned long long)report.certificate.size_bytes,
           report.certificate.rules);
    if (!report.kept)
        printf("%s: is sealed, and keeps no certificate: `revisit recording open` it, check that, and seal it again\n", path);
    return ERR_OK;
}

enum err_code recording_checked(int argc, char **argv, int *ret_status, struct err *err)
{
    const char *rules = NULL;
    struct phi_map *map = NULL;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording check", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum check_option)option) {
        case RECORDING_CHECK_PHI_MAP: rules = optarg; break;
        case RECORDING_CHECK_KEY: TRY(keys_name(optarg, err)); break;
        }
    }
    if (optind >= argc)
        return err_set(err, ERR_USAGE, "recording check: name a recording: revisit recording check DIR");
    TRY(keys_load(err));
    TRY(phi_map_open(rules, &map, err));
    enum err_code code = ERR_OK;
    for (int i = optind; i < argc && code == ERR_OK; i++)
        code = check(argv[i], map, ret_status, err);
    phi_map_free(map);
    return code;
}
