/* revisit recording: what a recording is, whether it is whole, what of a damaged
   one can still be used, and how it takes less room. */
#include "engine/base/str.h"
#include "engine/cli/command.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/sniff.h"
#include "recorder/pack.h"
#include "recorder/reader.h"
#include "recorder/study/survey.h"
#include "recorder/verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: revisit recording info DIR\n"
    "       revisit recording verify DIR [--salvage NEW_DIR]\n"
    "       revisit recording cat DIR\n"
    "       revisit recording pack|unpack DIR\n"
    "       revisit recording diff A B ...\n"
    "       revisit recording slice REC ...\n"
    "       revisit recording lint REC ...\n"
    "\n"
    "  info       what was recorded: versions, settings, counts, browsers, visits, the largest entries\n"
    "  verify     check every SHA-256, every line's checksum and every entry's number\n"
    "  --salvage  keep the whole entries of a damaged or cut recording in NEW_DIR; it replays to there\n"
    "  cat        all that crossed the wire, an entry a line, packed or not\n"
    "  pack       keep the session compressed, in a twentieth of its room; it replays as before\n"
    "  unpack     the plain session again, byte for byte\n"
    "  diff       where two recordings, or two event logs, first differ (it has a help of its own)\n"
    "  slice      a smaller recording, of some visits, that still replays (it has a help of its own)\n"
    "  lint       what in it may surprise: repeats answered differently, what is never used, lost bodies, giants\n"
    "\n"
    "Exit status: 0 whole, 1 of diff, slice and lint: see their help, 2 no recording or cut, 7 damaged.\n";

enum { OPT_SALVAGE = 256 };

static const struct option OPTIONS[] = {{"salvage", required_argument, NULL, OPT_SALVAGE}, {0}};

static enum err_code verify(const char *path, const char *salvage, struct err *err)
{
    static struct recording_suspect suspect;
    struct verify_report report = {0};
    enum err_code code = salvage ? recording_salvage(path, salvage, &report, &suspect, err)
                                 : recording_verify(path, &report, &suspect, err);
    if (code != ERR_OK)
        return sniff_suspect(suspect.path, err);
    if (salvage)
        printf("salvaged %s into %s: the first %llu entries, %llu bytes behind them left out%s\n", path, salvage,
               (unsigned long long)report.entries, (unsigned long long)report.torn_bytes,
               report.events_left_out ? "; the event log is damaged or missing, and left out" : "");
    else
        printf("%s: whole: %llu files, %llu entries%s\n", path, (unsigned long long)report.files,
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
    if (survey_read(recording, &survey, &failed) == ERR_OK)
        survey_print(&survey, &text);
    else
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
    printf("%s\n", path);
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

static enum err_code pack(const char *path, bool is_unpack, struct err *err)
{
    static struct recording_suspect suspect;
    enum err_code code = is_unpack ? recording_unpack(path, &suspect, err) : recording_pack(path, &suspect, err);
    return code == ERR_OK ? ERR_OK : sniff_suspect(suspect.path, err);
}

static enum err_code dispatch(int argc, char **argv, struct err *err)
{
    const char *salvage = NULL;
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (option != OPT_SALVAGE)
            return command_bad_option(option, argc, argv, "recording", err);
        salvage = optarg;
    }
    if (optind + 2 != argc)
        return err_set(err, ERR_USAGE, "recording: say what to do with which recording: revisit recording verify DIR");
    const char *what = argv[optind], *path = argv[optind + 1];
    if (strcmp(what, "verify") == 0)
        return verify(path, salvage, err);
    if (salvage)
        return err_set(err, ERR_USAGE, "recording: --salvage goes with verify; see revisit recording --help");
    if (strcmp(what, "info") == 0)
        return info(path, err);
    if (strcmp(what, "cat") == 0)
        return cat(path, err);
    if (strcmp(what, "pack") == 0)
        return pack(path, false, err);
    if (strcmp(what, "unpack") == 0)
        return pack(path, true, err);
    return err_set(err, ERR_USAGE, "recording: there is no '%s' here; see revisit recording --help", what);
}

/* Those that have options of their own. */
static const struct {
    const char *name;
    enum err_code (*run)(int argc, char **argv, int *ret_status, struct err *err);
} tools[] = {
    {"diff", recording_diff},
    {"lint", recording_lint},
    {"slice", recording_slice},
};

int command_recording(int argc, char **argv, struct err *err)
{
    for (size_t i = 0; argc > 1 && i < sizeof tools / sizeof *tools; i++)
        if (strcmp(argv[1], tools[i].name) == 0) {
            int status = 0;
            (void)tools[i].run(argc - 1, argv + 1, &status, err);
            return status;
        }
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return 0;
    }
    (void)dispatch(argc, argv, err);
    return 0;
}
