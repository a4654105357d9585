#include "engine/cli/scenario/draft.h"

#include "engine/cli/scenario/replayed.h"
#include "engine/cli/scenario/value.h"
#include "engine/cli/shown.h"
#include "engine/world/mark.h"

struct draft {
    const char *path;
    struct replayed *replayed;
    struct story story;
    struct event_log log;
    struct visit_label only; /* zero: whatever is worth telling */
};

static void take_line(void *ctx, struct slice line)
{
    story_take(ctx, line);
}

static enum err_code parse_mark(struct draft *d, const char *text, struct err *err)
{
    struct mark mark;
    struct slice step;
    if (!text)
        return ERR_OK;
    if (!mark_parse(slice_of(text), &mark, &step) || !mark.patient || !mark.dos || mark.attempt || step.len)
        return err_set(err, ERR_USAGE, "--from RECORDING takes a visit, like p3.v2, or nothing more");
    d->only = (struct visit_label){mark.patient, mark.dos};
    return ERR_OK;
}

static enum err_code play(struct draft *d, struct err *err)
{
    TRY(replayed_open(d->path, &d->replayed, err));
    TRY(story_init(&d->story, d->replayed->recorded.run.batch, err));
    if (d->only.patient && !story_visit(&d->story, d->only.patient, d->only.dos))
        return err_set(err, ERR_USAGE, "the recording has no visit p%u.v%u to run", d->only.patient, d->only.dos);
    story_take_journal(&d->story, &d->replayed->recorded.run.found);
    story_begin_run(&d->story);
    event_log_init(&d->log, &d->story, take_line);
    enum err_code code = replayed_play(d->replayed, &d->log, err);
    event_log_fini(&d->log);
    return code;
}

static void add_thousandths(uint32_t number, struct str *out)
{
    char text[16];
    ASSERT(text_format(text, sizeof text, "%u.%03u", number / 1000, number % 1000));
    size_t length = strlen(text);
    while (text[length - 1] == '0')
        length--;
    length -= text[length - 1] == '.';
    str_addf(out, "%.*s", (int)length, text);
}

static void add_time(const char *key, struct duration time, struct str *out)
{
    if (!time.us)
        return;
    str_addf(out, "  %s: ", key);
    value_add_duration(out, duration_to_ms(time));
    str_add_char(out, '\n');
}

static void add_settings(const struct settings *s, struct str *out)
{
    str_add_text(out, "settings:   # as recorded\n  timeout_multiplier: ");
    add_thousandths(s->multiplier_thousandths, out);
    str_addf(out, "\n  max_retries: %u\n", s->max_retries);
    add_time("min_gap", s->min_gap, out);
    add_time("visit_timeout", s->visit_timeout, out);
    add_time("batch_timeout", s->batch_timeout, out);
    if (s->breaker != BREAKER_AUTO)
        str_addf(out, "  breaker: %s\n", breaker_mode_name(s->breaker));
}

static bool is_done(const struct visit_story *v)
{
    return strcmp(v->outcome, visit_outcome_name(VISIT_DONE)) == 0;
}

static bool is_told(const struct draft *d, const struct visit_story *v)
{
    if (d->only.patient)
        return v->visit.patient == d->only.patient && v->visit.dos == d->only.dos;
    return !is_done(v) || v->delays.len;
}

static void add_visit(const struct visit_story *v, struct str *out)
{
    str_addf(out, "  p%u.v%u:\n    outcome: %s\n    attempts: %u\n", v->visit.patient, v->visit.dos, v->outcome, v->attempts);
    if (!is_done(v))
        str_addf(out, "    step: %s\n    error: %s\n", v->step, v->error);
    str_addf(out, "    retried_after: [%s]\n    delays: [%s]\n", str_text(&v->retried), str_text(&v->delays));
}

static void add_claim(const struct draft *d, struct str *out)
{
    const struct visit_story *v = d->only.patient ? story_visit(&d->story, d->only.patient, d->only.dos) : NULL;
    str_add_text(out, "# Drafted from a recording. The claim is yours to write; the path is relative to this file.\n");
    if (v)
        str_addf(out, "claim: In this recording p%u.v%u is %s with %u attempt%s.\n", v->visit.patient, v->visit.dos, v->outcome,
                 v->attempts, v->attempts == 1 ? "" : "s");
    else
        str_addf(out, "claim: In this recording the %zu visits end as they were recorded.\n", d->story.count);
    str_addf(out, "recording: %s\n", shown(d->path));
}

static void write(const struct draft *d, struct str *out)
{
    bool complete = d->replayed->recorded.run.end.summary.total > 0;
    add_claim(d, out);
    add_settings(&d->replayed->recorded.run.settings, out);
    const struct visit_label *first = d->only.patient || !d->story.count ? NULL : &d->story.visits[0].visit;
    str_addf(out, "# faults: p%u.v%u.a1.saveSOAP:hang\nexpect:\n", first ? first->patient : d->only.patient, first ? first->dos : d->only.dos);
    for (size_t i = 0; i < d->story.count; i++)
        if (is_told(d, &d->story.visits[i]))
            add_visit(&d->story.visits[i], out);
    if (!d->only.patient)
        str_add_text(out, "  others: {outcome: done, attempts: 1}\n");
    if (complete && !d->replayed->recorded.course.cut)
        str_addf(out, "  batch: %s\n", batch_outcome_name(d->replayed->recorded.run.end.summary.outcome));
    str_add_text(out, "never: [billed twice, visit lost]\n");
}

enum err_code draft_write(const char *recording, const char *mark, struct str *out, struct err *err)
{
    struct draft d = {.path = recording};
    enum err_code code = parse_mark(&d, mark, err);
    if (code == ERR_OK)
        code = play(&d, err);
    if (code == ERR_OK)
        write(&d, out);
    story_fini(&d.story);
    replayed_close(d.replayed);
    return code;
}
