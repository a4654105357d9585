#include "engine/cli/check/comparison.h"

#include "engine/cli/descriptor.h"

#include "engine/base/memory.h"
#include "engine/cli/check/cases.h"
#include "engine/cli/check/receipt.h"
#include "engine/cli/isolation.h"
#include "engine/cli/phi_map_file.h"
#include "engine/cli/replay_run.h"
#include "recorder/verify.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

struct comparing {
    const struct comparison_plan *plan;
    struct replay_run run;
    struct cases cases;
    struct event_log log;
    struct comparison comparison;
    struct str receipt;
    struct timespec began;
};

static int64_t since_us(const struct timespec *began)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - began->tv_sec) * 1000000 + (now.tv_nsec - began->tv_nsec) / 1000;
}

static void take_line(void *ctx, struct slice line)
{
    struct comparing *r = ctx;
    bool well = r->run.check_failed.code == ERR_OK;
    replay_run_check(&r->run, line);
    if (r->plan->cases)
        cases_take(&r->cases, line, well && r->run.check_failed.code != ERR_OK, since_us(&r->began));
}

/* Every checksum, where the receipt is to say so; else those of what a replay opens. */
static enum err_code open_it(struct comparing *r, struct err *err)
{
    struct verify_report report;
    if (r->plan->receipt)
        TRY(recording_verify(r->plan->path, &report, NULL, err));
    struct isolation isolation = {.reads = {r->plan->path}};
    TRY(replay_run_open(&r->run, r->plan->path, true, err));
    if (r->plan->clean)
        TRY(require_clean(replay_recording(r->run.replay), err));
    return isolation_begin(&isolation, err);
}

static enum err_code replay_it(struct comparing *r, struct err *err)
{
    TRY(open_it(r, err));
    r->comparison.visits = (uint32_t)r->run.batch->visit_count;
    TRY(replay_run_play(&r->run, &r->log, err));
    TRY(replay_run_finish(&r->run, err));
    r->comparison.cut = replay_ended_early(r->run.replay);
    return ERR_OK;
}

/* The number behind "FILE:" in the first line of a story. */
static uint64_t line_in(const char *story)
{
    uint64_t line = 0;
    const char *at = strstr(story, ".ndjson:");
    at = at ? at + strlen(".ndjson:") : NULL;
    return at && slice_parse_u64((struct slice){at, strspn(at, "0123456789")}, UINT64_MAX, &line) ? line : 0;
}

static void add_place(const struct divergence *d, struct str *out)
{
    const char *mark = d->engine.present ? d->engine.mark : d->recorded.mark;
    if (d->entry)
        str_addf(out, ", at entry %llu", (unsigned long long)d->entry);
    else
        str_add_text(out, ", at the end of the recording");
    if (d->field[0])
        str_addf(out, ", field %s", d->field);
    if (mark[0])
        str_addf(out, ", in %s", mark);
}

static void explain(struct comparing *r, const struct err *err)
{
    struct comparison *v = &r->comparison;
    const struct divergence *d = r->run.replay ? replay_divergence(r->run.replay) : NULL;
    CLEANUP_STR struct str reason;
    str_init(&reason, COMPARISON_REASON_MAX - 1);
    v->code = memory_has_failed() && err->code != ERR_OK ? ERR_ENV : err->code;
    memcpy(v->story, err->text, sizeof v->story);
    if (v->code == ERR_OK)
        return;
    d = v->code == ERR_DIVERGED ? d : NULL;
    v->by_log = v->code == ERR_DIVERGED && !d;
    v->line = d && d->line ? d->line : line_in(v->story);
    str_add(&reason, (struct slice){err->text, strcspn(err->text, "\n")});
    if (d)
        add_place(d, &reason);
    if (!text_format(v->reason, sizeof v->reason, "%s", str_text(&reason)) || str_full(&reason) || !v->reason[0])
        ASSERT(text_format(v->reason, sizeof v->reason, "%.*s", COMPARISON_REASON_MAX / 2, err->text));
}

static void judge(struct comparing *r)
{
    struct err err;
    err_init(&err);
    (void)replay_it(r, &err);
    explain(r, &err);
    if (r->plan->cases && r->run.batch)
        cases_finish(&r->cases, r->comparison.code != ERR_OK, r->run.batch, &r->run.found, since_us(&r->began));
    if (r->plan->receipt)
        receipt_format(r->plan, &r->run, &r->comparison, &r->receipt);
    r->comparison.took_us = since_us(&r->began);
    r->comparison.case_count = r->cases.count;
    r->comparison.receipt_len = r->receipt.len;
}

bool comparison_make(const struct comparison_plan *plan, int fd)
{
    static struct comparing r; /* static: it is large, and there is one a process */
    r.plan = plan;
    (void)clock_gettime(CLOCK_MONOTONIC, &r.began);
    str_init(&r.receipt, COMPARISON_RECEIPT_MAX);
    cases_init(&r.cases, 0);
    event_log_init(&r.log, &r, take_line);
    judge(&r);
    bool whole = !r.cases.full && !str_full(&r.receipt) && descriptor_write(fd, (struct slice){(const char *)&r.comparison, sizeof r.comparison}) &&
                 descriptor_write(fd, (struct slice){(const char *)r.cases.list, r.cases.count * sizeof *r.cases.list}) &&
                 descriptor_write(fd, (struct slice){str_text(&r.receipt), r.receipt.len});
    event_log_fini(&r.log);
    cases_fini(&r.cases);
    str_fini(&r.receipt);
    replay_run_close(&r.run);
    return whole;
}
