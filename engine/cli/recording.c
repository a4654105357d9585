/* revisit recording: what a recording is, whether it is whole, what of a damaged
   one can still be used, and how it takes less room. */
#include "engine/base/str.h"
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "recorder/pack.h"
#include "recorder/reader.h"
#include "recorder/study/survey.h"
#include "recorder/verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

enum verify_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_verify.def"
};

static enum err_code verify(const char *path, const char *salvage, struct err *err)
{
    static struct recording_suspect suspect;
    struct verify_report report = {0};
    enum err_code code = salvage ? recording_salvage(path, salvage, &report, &suspect, err)
                                 : recording_verify(path, &report, &suspect, err);
    if (code != ERR_OK)
        return sniff_suspect(suspect.path, err);
    if (salvage)
        printf("salvaged %s into %s: the first %llu entries, %llu bytes behind them left out%s\n", shown(path), shown(salvage),
               (unsigned long long)report.entries, (unsigned long long)report.torn_bytes,
               report.events_left_out ? "; the event log is damaged or missing, and left out" : "");
    else
        printf("%s: whole: %llu files, %llu entries%s\n", shown(path), (unsigned long long)report.files,
               (unsigned long long)report.entries, report.cut ? "; the run was cut, and the recording ends with it" : "");
    return ERR_OK;
}

static const char *status_text(enum manifest_status status)
{
    switch (status) {
    case MANIFEST_OPEN: return "open (the run was cut)";
    case MANIFEST_CLOSED: return "closed";
    case MANIFEST_CUT: return "salvaged (the run was cut)";
    }
    return "";
}

/* What stands in the session. A damaged one is no reason not to tell what the manifest
   says: `verify` judges. */
static enum err_code print_survey(const struct recording *recording, struct err *err)
{
    static struct err failed; /* static: it is large, and there is one */
    struct survey survey;
    CLEANUP_STR struct str text;
    str_init(&text, 16u << 20);
    err_init(&failed);
    if (survey_read(recording, &survey, &failed) == ERR_OK) {
        if (recording->manifest.status != MANIFEST_OPEN && survey.entries < recording->manifest.counts.entries)
            str_addf(&text, "  session    cut after entry %llu: `revisit recording verify REC --salvage NEW_DIR` keeps those\n",
                     (unsigned long long)survey.entries);
        survey_print(&survey, &text);
    } else
        str_addf(&text, "  visits     not told: %s\n", failed.text);
    survey_fini(&survey);
    if (failed.code == ERR_ENV)
        return err_set(err, ERR_ENV, "%s", failed.text);
    fputs(str_text(&text), stdout);
    return ERR_OK;
}

static enum err_code info(const char *path, struct err *err)
{
    static struct recording_suspect suspect;
    struct recording *recording = NULL;
    if (recording_open_manifest(path, &recording, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    const struct manifest *m = &recording->manifest;
    printf("%s\n", shown(path));
    printf("  format     %d, by revisit %s\n", RECORDING_FORMAT, m->engine);
    printf("  status     %s\n", status_text(m->status));
    printf("  browser    %s\n", m->browser[0] ? m->browser : m->status == MANIFEST_CLOSED ? "none was started" : "not known");
    printf("  settings   %s\n", str_text(&m->settings));
    if (m->status == MANIFEST_OPEN) {
        printf("  entries    not counted: `revisit recording verify` counts them\n");
    } else {
        printf("  entries    %llu (%llu sent, %llu received)\n", (unsigned long long)m->counts.entries,
               (unsigned long long)m->counts.sent, (unsigned long long)m->counts.received);
        printf("  events     %llu\n", (unsigned long long)m->counts.events);
    }
    if (m->slice[0])
        printf("  slice      %s\n", m->slice);
    printf("  network    %s\n", m->network ? "recorded" : "not recorded");
    printf("  replaced   %s\n", m->redaction);
    enum err_code code = print_survey(recording, err);
    recording_close(recording);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "recording %s", path);
}

static enum err_code print_lines(struct reader *reader, struct err *err)
{
    struct slice line;
    do {
        TRY(reader_next_line(reader, &line, err));
        if (line.ptr && (fwrite(line.ptr, 1, line.len, stdout) != line.len || putchar('\n') == EOF))
            return errno == EPIPE ? ERR_OK : err_set(err, ERR_ENV, "stdout cannot be written: %s", strerror(errno));
    } while (line.ptr);
    return ERR_OK;
}

static enum err_code cat(const char *path, struct err *err)
{
    static struct recording_suspect suspect;
    struct recording *recording = NULL;
    struct reader reader;
    if (recording_open_manifest(path, &recording, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK)
        code = print_lines(&reader, err);
    reader_fini(&reader);
    recording_close(recording);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "recording %s", path);
}

static enum err_code pack(const char *path, struct err *err)
{
    static struct recording_suspect suspect;
    return recording_pack(path, &suspect, err) == ERR_OK ? ERR_OK : sniff_suspect(suspect.path, err);
}

static enum err_code unpack(const char *path, struct err *err)
{
    static struct recording_suspect suspect;
    return recording_unpack(path, &suspect, err) == ERR_OK ? ERR_OK : sniff_suspect(suspect.path, err);
}

/* What is left of the command line is one recording. */
static enum err_code one_path(const char *page, int argc, char **argv, const char **ret_path, struct err *err)
{
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "%s: name one recording: revisit %s DIR", page, page);
    *ret_path = argv[optind];
    return ERR_OK;
}

static enum err_code run_verify(int argc, char **argv, int *ret_status, struct err *err)
{
    const char *salvage = NULL, *path = NULL;
    (void)ret_status;
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording verify", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum verify_option)option) {
        case VERIFY_KEY: TRY(keys_name(optarg, err)); break;
        case VERIFY_SALVAGE: salvage = optarg; break;
        }
    }
    TRY(one_path("recording verify", argc, argv, &path, err));
    TRY(keys_load(err));
    return verify(path, salvage, err);
}

/* Those that take a recording and no option but --key, if that. */
static enum err_code plain_part(const char *page, int argc, char **argv, enum err_code (*run)(const char *path, struct err *err),
                                struct err *err)
{
    int option = 0;
    const char *path = NULL;
    optind = 0;
    while (option != OPTION_END) {
        TRY(option_next(page, argc, argv, &option, err));
        if (option != OPTION_END)
            TRY(keys_name(optarg, err));
    }
    TRY(one_path(page, argc, argv, &path, err));
    TRY(keys_load(err));
    return run(path, err);
}

#define PLAIN_PART(name)                                                                                                         \
    static enum err_code run_##name(int argc, char **argv, int *ret_status, struct err *err)                                     \
    {                                                                                                                            \
        (void)ret_status;                                                                                                        \
        return plain_part("recording " #name, argc, argv, name, err);                                                            \
    }
PLAIN_PART(info)
PLAIN_PART(cat)
PLAIN_PART(pack)
PLAIN_PART(unpack)

static const struct command_part parts[] = {
    {"info", run_info},
    {"verify", run_verify},
    {"cat", run_cat},
    {"pack", run_pack},
    {"unpack", run_unpack},
    {"check", recording_checked},
    {"seal", recording_seal_command},
    {"open", recording_open_command},
    {"diff", recording_diff},
    {"lint", recording_lint},
    {"redact", recording_redacted},
    {"slice", recording_slice},
    {"export-har", recording_export_har},
    {"import-har", recording_import_har},
};

int command_recording(int argc, char **argv, struct err *err)
{
    return command_parts(parts, sizeof parts / sizeof *parts, "say what to do with which recording: revisit recording verify DIR", argc,
                         argv, err);
}
