/* revisit recording import-har: what somebody else recorded, as a source for browser replay. */
#include "engine/cli/command.h"
#include "engine/cli/input_file.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/settings.h"
#include "engine/cli/sniff.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"
#include "recorder/har/har_import.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>

enum import_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_import_har.def"
};

/* Beside the HAR, and nowhere else. */
static enum err_code read_attached(void *ctx, struct slice name, struct str *out, struct err *err)
{
    const char *har = ctx, *slash = strrchr(har, '/');
    char path[PATH_MAX];
    if (name.ptr[0] == '.' || memchr(name.ptr, '/', name.len) || memchr(name.ptr, '\0', name.len))
        return err_set(err, ERR_INPUT, "it names a file that does not stand beside it");
    if (!text_format(path, sizeof path, "%.*s%.*s", slash ? (int)(slash - har) + 1 : 0, har, SLICE_ARG(name)))
        return err_set(err, ERR_INPUT, "it names a file with a path that is too long");
    return input_file_read(path, out, err);
}

static enum err_code take_site(const struct har *har, struct str *ret_settings, struct err *err)
{
    struct settings settings = {.max_retries = RETRIES_DEFAULT, .multiplier_thousandths = MULTIPLIER_ONE};
    char url[BASE_URL_MAX];
    struct slice site = har_site(har);
    if (!text_format(url, sizeof url, "%.*s", SLICE_ARG(site)) || settings_set_base_url(&settings, url, err) != ERR_OK)
        return err_set(err, ERR_INPUT, "the first request's URL names no site");
    settings_format(&settings, ret_settings);
    return ERR_OK;
}

static enum err_code import(const char *path, const char *dir, const struct har *har, struct err *err)
{
    CLEANUP_STR struct str settings;
    struct har_import_report report;
    str_init(&settings, SETTINGS_BYTES_MAX);
    TRY(take_site(har, &settings, err));
    struct har_import options = {
        .dir = dir, .engine = REVISIT_VERSION, .settings = str_slice(&settings), .attached = read_attached, .ctx = (void *)path};
    TRY(har_import(har, &options, &report, err));
    fprintf(stderr, "revisit: %s: %llu requests of %s", dir, (unsigned long long)report.requests, path);
    if (report.failed)
        fprintf(stderr, ", %llu of them failed", (unsigned long long)report.failed);
    if (report.without_body)
        fprintf(stderr, "; %llu answers are there without a body: a browser replay that asks for one ends", (unsigned long long)report.without_body);
    fputc('\n', stderr);
    return ERR_OK;
}

static enum err_code read_and_import(const char *path, const char *dir, struct err *err)
{
    CLEANUP_STR struct str text;
    struct har har;
    str_init(&text, HAR_TEXT_MAX);
    TRY(input_file_read(path, &text, err));
    enum err_code code = har_open(str_slice(&text), &har, err);
    if (code != ERR_OK) {
        har_close(&har);
        return sniff_explain(path, err);
    }
    code = import(path, dir, &har, err);
    har_close(&har);
    return code == ERR_INPUT ? err_wrap(err, "%s", path) : code == ERR_OK ? ERR_OK : err_wrap(err, "%s", dir);
}

enum err_code recording_import_har(int argc, char **argv, int *ret_status, struct err *err)
{
    const char *dir = NULL;
    optind = 0;
    (void)ret_status;
    for (int option;;) {
        TRY(option_next("recording import-har", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum import_option)option) {
        case IMPORT_HAR_OUTPUT: dir = optarg; break;
        }
    }
    if (optind + 1 != argc || !dir || !dir[0])
        return err_set(err, ERR_USAGE, "recording import-har: which HAR, and where to? revisit recording import-har FILE -o NEW_DIR");
    return read_and_import(argv[optind], dir, err);
}
