/* revisit recording export-har: what a page asked and was answered, for other programs. */
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/output_file.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/har/har_write.h"

#include <getopt.h>
#include <stdio.h>

enum export_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_export_har.def"
};

static void tell(const char *path, const char *output, const struct har_report *report)
{
    fprintf(stderr, "revisit: %s: %llu requests of %s\n", shown(output), (unsigned long long)report->entries, shown(path));
    for (enum har_loss loss = 0; loss < HAR_LOSSES; loss++)
        if (report->losses[loss])
            fprintf(stderr, "revisit: %s: %llu %s\n", shown(output), (unsigned long long)report->losses[loss], har_loss_sentence(loss));
}

static enum err_code export(const char *path, const char *output, struct err *err)
{
    static struct recording_suspect suspect;
    struct recording *recording = NULL;
    struct traffic *traffic = NULL;
    struct har_report report;
    CLEANUP_STR struct str text;
    str_init(&text, HAR_BYTES_MAX);
    if (recording_open_manifest(path, &recording, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    enum err_code code = traffic_read(recording, &traffic, err);
    if (code == ERR_OK)
        code = har_write(recording, traffic, REVISIT_VERSION, &text, &report, err);
    traffic_free(traffic);
    recording_close(recording);
    if (code != ERR_OK)
        return err_wrap(err, "recording %s", path);
    TRY(output_file_write(output, str_slice(&text), err));
    tell(path, output, &report);
    return ERR_OK;
}

enum err_code recording_export_har(int argc, char **argv, int *ret_status, struct err *err)
{
    const char *output = NULL;
    optind = 0;
    (void)ret_status;
    for (int option;;) {
        TRY(option_next("recording export-har", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum export_option)option) {
        case EXPORT_HAR_OUTPUT: output = optarg; break;
        case EXPORT_HAR_KEY: TRY(keys_name(optarg, err)); break;
        }
    }
    if (optind + 1 != argc || !output || !output[0])
        return err_set(err, ERR_USAGE, "recording export-har: which recording, and where to? revisit recording export-har REC -o FILE.har");
    TRY(keys_load(err));
    return export(argv[optind], output, err);
}
