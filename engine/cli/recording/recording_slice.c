/* revisit recording slice: the engine runs once more, over the entries of the chosen visits
   (recorder/study/excerpt.h), and that run is recorded. What comes out is a recording like any
   other; it is put in its place when a strict replay of it has given the log again. */
#include "engine/base/memory.h"
#include "engine/browser/browser.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/run/batch_cut.h"
#include "engine/cli/command.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/recorded.h"
#include "engine/cli/recording/recording_tools.h"
#include "engine/cli/shown.h"
#include "engine/mdland/operation.h"
#include "recorder/events.h"
#include "recorder/study/excerpt.h"
#include "recorder/record.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum slice_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/recording_slice.def"
};

#define PART_SUFFIX ".part"

struct slicing {
    const char *path, *visits, *to;
    char part[4096]; /* where it is made */
    bool part_made;
    struct recorded source, made;
    struct excerpt_visit kept[EXCERPT_VISITS_MAX];
    size_t kept_count;
    struct str batch_text, cut_text;
    struct batch_source cut_source;
    struct arena arena;
    struct batch *batch;
    struct excerpt *excerpt;
    struct record *record;
    struct browser *browser;
    struct event_log log;
    struct run_end end;
    struct events_check *check;
    struct err line_failed;
    bool cut; /* as the recorded run was: so is the slice */
};

static enum err_code parse(int argc, char **argv, struct slicing *s, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("recording slice", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum slice_option)option) {
        case SLICE_KEY: TRY(keys_name(optarg, err)); break;
        case SLICE_VISITS: s->visits = optarg; break;
        case SLICE_OUTPUT: s->to = optarg; break;
        }
    }
    if (optind + 1 != argc || !s->visits || !s->to)
        return err_set(err, ERR_USAGE, "recording slice: say which visits of which recording go where: "
                                       "revisit recording slice DIR --visits p3.v2,p4 -o NEW_DIR");
    s->path = argv[optind];
    if (!text_format(s->part, sizeof s->part, "%s%s", s->to, PART_SUFFIX))
        return err_set(err, ERR_USAGE, "recording slice: -o: the name is too long");
    return keys_load(err);
}

/* One item of the list: the visits of the batch that it means. */
static enum err_code choose(struct slicing *s, struct slice word, struct err *err)
{
    struct mark mark;
    struct slice step, whole = word;
    size_t found = 0;
    if (word.len > 2 && memcmp(word.ptr + word.len - 2, ".*", 2) == 0)
        word.len -= 2;
    if (!mark_parse(word, &mark, &step) || mark.patient == 0 || mark.attempt || step.len)
        return err_set(err, ERR_USAGE, "recording slice: --visits: %.*s is no visit: p3.v2, p4 or p4.*, parted by commas",
                       (int)(whole.len > 40 ? 40 : whole.len), whole.ptr);
    for (size_t i = 0; i < s->source.run.batch->visit_count; i++) {
        const struct batch_visit *visit = &s->source.run.batch->visits[i];
        uint32_t patient = s->source.run.batch->patients[visit->patient].number;
        if (patient != mark.patient || (mark.dos && visit->dos != mark.dos))
            continue;
        if (s->kept_count == EXCERPT_VISITS_MAX)
            return err_set(err, ERR_INPUT, "recording slice: more than %d visits are chosen", EXCERPT_VISITS_MAX);
        s->kept[s->kept_count++] = (struct excerpt_visit){patient, visit->dos};
        found++;
    }
    return found ? ERR_OK
                 : err_set(err, ERR_INPUT, "recording slice: --visits: %.*s is not among the visits of this recording; "
                                           "`revisit recording info %s` lists them",
                           SLICE_ARG(whole), s->path);
}

static enum err_code choose_all(struct slicing *s, struct err *err)
{
    for (const char *at = s->visits;;) {
        const char *end = strchrnul(at, ',');
        TRY(choose(s, (struct slice){at, (size_t)(end - at)}, err));
        if (!*end)
            return ERR_OK;
        at = end + 1;
    }
}

static enum err_code open_source(struct slicing *s, struct err *err)
{
    TRY(recorded_open(&s->source, s->path, err));
    TRY(choose_all(s, err));
    const struct recording *recording = replay_recording(s->source.run.replay);
    TRY(recording_batch_read(recording, &s->batch_text, err));
    TRY(batch_cut(str_slice(&s->batch_text), s->kept, s->kept_count, &s->cut_text, err));
    static struct slice cut; /* the source borrows it */
    cut = str_slice(&s->cut_text);
    s->cut_source = batch_source_of(&cut);
    arena_init(&s->arena, BATCH_ARENA_BYTES);
    if (batch_open(&s->cut_source, &s->arena, &s->batch, err) != ERR_OK)
        return err_wrap(err, "%s, cut", RECORDING_BATCH);
    if (excerpt_open(recording, s->kept, s->kept_count, &s->excerpt, err) != ERR_OK)
        return err_wrap(err, "recording %s", s->path);
    return ERR_OK;
}

static enum err_code open_record(struct slicing *s, struct err *err)
{
    const struct recording *recording = replay_recording(s->source.run.replay);
    const struct manifest *manifest = &recording->manifest;
    char words[MANIFEST_TEXT_MAX];
    if (!text_format(words, sizeof words, "%.120s of %llu entries (last %08x)", s->visits, (unsigned long long)excerpt_entries(s->excerpt),
                     excerpt_last(s->excerpt)))
        words[0] = '\0';
    struct record_inputs inputs = {
        .dir = s->part,
        .batch = str_slice(&s->cut_text),
        .state = str_slice(&recording->state),
        .journal = str_slice(&recording->journal),
        .settings = str_slice(&manifest->settings),
        .engine = REVISIT_VERSION,
        .predecessor = manifest->predecessor,
        .slice = words,
        .seed = manifest->seed,
        .wall_us = manifest->wall_us,
        .redaction = RECORD_COPY,
        .redacted = manifest->redaction,
        .page_name = "page.js",
        .page = {page_script, page_script_size},
    };
    s->part_made = true;
    return record_open(&inputs, excerpt_wire(s->excerpt), &s->record, err);
}

static void record_line(void *ctx, struct slice line)
{
    struct slicing *s = ctx;
    if (s->line_failed.code == ERR_OK)
        (void)record_event(s->record, (struct slice){line.ptr, line.len - 1}, &s->line_failed);
}

static enum err_code run(struct slicing *s, struct err *err)
{
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    const struct recording *recording = replay_recording(s->source.run.replay);
    TRY(open_record(s, err));
    s->browser = browser_new(record_wire(s->record), &page);
    if (!s->browser)
        return err_set(err, ERR_ENV, "out of memory");
    struct run_plan plan = recorded_plan(&s->source, &s->source.run.settings, str_slice(&recording->manifest.settings));
    plan.batch = s->batch;
    event_log_init(&s->log, s, record_line);
    enum err_code code = run_batch(&plan, browser_world(s->browser), &s->log, &s->end, err);
    event_log_fini(&s->log);
    if (code == ERR_ENV && s->end.summary.outcome == BATCH_ENVIRONMENT && s->line_failed.code == ERR_OK)
        err_init(err); /* as the recorded run ended */
    if (err->code == ERR_OK && s->line_failed.code != ERR_OK)
        *err = s->line_failed;
    s->cut = err->code == ERR_DIVERGED && excerpt_ended(s->excerpt);
    if (s->cut) {
        err_init(err);
        record_abandon(s->record);
        s->record = NULL;
        return ERR_OK;
    }
    TRY(err->code);
    struct record *record = s->record;
    s->record = NULL;
    return record_close(record, recording->manifest.browser, err);
}

static void check_line(void *ctx, struct slice line)
{
    struct slicing *s = ctx;
    if (s->line_failed.code == ERR_OK)
        (void)events_check_line(s->check, (struct slice){line.ptr, line.len - 1}, &s->line_failed);
}

/* What was made must replay, strictly, to the log that it holds. */
static enum err_code verify(struct slicing *s, struct err *err)
{
    TRY(recorded_open(&s->made, s->part, err));
    TRY(events_check_open(replay_recording(s->made.run.replay), &s->check, err));
    event_log_init(&s->log, s, check_line);
    enum err_code code = recorded_play(&s->made, &s->log, err);
    event_log_fini(&s->log);
    TRY(code);
    if (s->line_failed.code != ERR_OK)
        return err_set(err, s->line_failed.code, "%s", s->line_failed.text);
    return events_check_finish(s->check, s->cut, err);
}

static enum err_code put_in_place(struct slicing *s, struct err *err)
{
    if (rename(s->part, s->to) != 0)
        return err_set(err, ERR_ENV, "%s: cannot be put in its place: %s", s->to, strerror(errno));
    s->part_made = false;
    return ERR_OK;
}

/* All that a recording of ours can hold. */
static void remove_part(const struct slicing *s)
{
    static const char *const names[] = {RECORDING_MANIFEST, RECORDING_MANIFEST FILE_NEIGHBOUR_SUFFIX, RECORDING_BATCH, RECORDING_STATE,
                                        RECORDING_JOURNAL, RECORDING_SESSION, RECORDING_EVENTS};
    int dir_fd = open(s->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dir_fd >= 0 && i < sizeof names / sizeof *names; i++)
        (void)unlinkat(dir_fd, names[i], 0);
    if (dir_fd >= 0)
        close(dir_fd);
    (void)rmdir(s->part);
}

static enum err_code make(struct slicing *s, struct err *err)
{
    int dir_fd = -1;
    TRY(open_source(s, err));
    if (access(s->to, F_OK) == 0) {
        if (recording_make_directory(s->to, &dir_fd, err) != ERR_OK)
            return err_wrap(err, "%s", s->to);
        close(dir_fd);
    }
    if (access(s->part, F_OK) == 0)
        return err_set(err, ERR_USAGE, "recording slice: %s is there already, from one that was cut off: remove it", s->part);
    TRY(run(s, err));
    if (verify(s, err) != ERR_OK)
        return err_wrap(err, "what was made of it does not replay");
    return put_in_place(s, err);
}

static void report(const struct slicing *s)
{
    printf("%s: %zu of %zu visits: %llu of %llu entries; it replays%s\n", shown(s->to), s->kept_count, s->source.run.batch->visit_count,
           (unsigned long long)replay_receipt(s->made.run.replay).entries, (unsigned long long)excerpt_entries(s->excerpt),
           s->cut ? ", to where the run was cut" : "");
}

static void take_down(struct slicing *s)
{
    events_check_close(s->check);
    record_abandon(s->record);
    if (s->part_made)
        remove_part(s);
    browser_free(s->browser);
    excerpt_close(s->excerpt);
    recorded_close(&s->made);
    recorded_close(&s->source);
    arena_fini(&s->arena);
    str_fini(&s->batch_text);
    str_fini(&s->cut_text);
}

enum err_code recording_slice(int argc, char **argv, int *ret_status, struct err *err)
{
    static struct slicing s; /* static: it is large, and there is one */
    TRY(parse(argc, argv, &s, err));
    str_init(&s.batch_text, RECORDING_BATCH_MAX);
    str_init(&s.cut_text, RECORDING_BATCH_MAX);
    enum err_code code = make(&s, err);
    if (code == ERR_OK)
        report(&s);
    if (code == ERR_DIVERGED && !memory_has_failed()) {
        const char *why = s.excerpt ? excerpt_failure(s.excerpt) : NULL;
        fprintf(stderr, "revisit: recording %s: %s alone cannot be replayed: %s\n", shown(s.path), s.visits, why ? why : err->text);
        err_init(err);
        *ret_status = 1;
    }
    take_down(&s);
    return err->code;
}
