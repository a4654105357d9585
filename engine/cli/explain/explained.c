#include "engine/cli/explain/explained.h"

#include "engine/cli/explain/explain_facts.h"

bool explained_has_recording(const struct explained *e)
{
    return e->place.recording[0] != '\0';
}

static void take_line(void *ctx, struct slice line)
{
    explain_log_take(ctx, line);
}

/* A recording that ends within a step: what that step waits for is what there is to tell. */
static void pend(struct explained *e)
{
    const struct course *course = &e->recorded.course;
    const struct exchange *last = NULL;
    for (uint32_t i = course->exchange_count; !last && i-- > 0;)
        if (course->exchanges[i].kind == OP_CALL || course->exchanges[i].kind == OP_START)
            last = &course->exchanges[i];
    if (!last || last->mark.patient == 0 || last->end != EXCHANGE_SILENT || !last->mark.step)
        return;
    struct explain_event step = {.kind = EXPLAIN_STEP, .pending = true, .at_ms = instant_to_ms(course->end), .attempt = last->mark.attempt};
    step.visit = (struct visit_label){last->mark.patient, last->mark.dos};
    step.ms = duration_to_ms(instant_since(course->end, last->at));
    for (int i = 0; i < STEP_COUNT; i++)
        if (strcmp(step_name((enum step)i), last->mark.step) == 0)
            step.step = (enum step)i;
    const struct explain_visit *visit = explain_log_find(&e->log, step.visit);
    if (visit && visit->result == EXPLAIN_NONE)
        explain_log_pend(&e->log, &step);
}

static enum err_code isolate(const struct explained *e, struct err *err)
{
    return e->isolation ? isolation_begin(e->isolation, err) : ERR_OK;
}

static enum err_code play(struct explained *e, struct err *err)
{
    event_log_init(&e->lines, &e->log, take_line);
    TRY(recorded_open(&e->recorded, e->place.recording, err));
    TRY(isolate(e, err));
    e->recorded.watch = explain_watch_open;
    e->recorded.watch_ctx = &e->watch;
    TRY(recorded_play(&e->recorded, &e->lines, err));
    e->multiplier = e->recorded.run.settings.multiplier_thousandths;
    if (e->recorded.course.cut)
        pend(e);
    if (e->watch.full)
        return err_set(err, ERR_ENV, "there is no memory for what the pages of this recording said");
    return explain_cure_open(&e->cures, &e->recorded, err);
}

enum err_code explained_read(struct explained *e, struct err *err)
{
    if (explained_has_recording(e)) {
        TRY(play(e, err));
    } else {
        TRY(explain_dir_read(&e->place, &e->log, &e->journal, &e->multiplier, err));
        TRY(isolate(e, err));
    }
    if (e->log.full)
        return err_set(err, ERR_ENV, "there is no memory for the events of this run");
    explain_log_judge(&e->log, e->multiplier);
    return ERR_OK;
}

enum err_code explained_page(struct explained *e, const struct explain_visit *visit, struct explain_page *ret_page, struct err *err)
{
    *ret_page = (struct explain_page){.log = &e->log, .visit = visit, .path = e->path, .multiplier_thousandths = e->multiplier};
    if (!explained_has_recording(e)) {
        ret_page->journaled = explain_dir_journaled(&e->journal, visit->visit);
        return ERR_OK;
    }
    ret_page->recording = e->place.recording;
    const struct explain_wait *of_main = &ret_page->waits[0];
    for (uint32_t i = 0; i < visit->trouble_count; i++) {
        explain_facts(&e->recorded, &e->watch, &e->log.events[visit->troubles[i]], &ret_page->waits[i]);
        if (visit->troubles[i] == visit->main)
            of_main = &ret_page->waits[i];
    }
    return explain_cure_find(&e->cures, &e->log, visit, of_main, &ret_page->cure, err);
}

struct explain_head explained_head(const struct explained *e)
{
    struct explain_head head = {.log = &e->log, .path = e->path};
    head.recording = explained_has_recording(e) ? e->place.recording : NULL;
    head.cut = explained_has_recording(e) ? e->recorded.course.cut : e->journal.runs > 0 && !e->journal.ended;
    head.cause = e->recorded.run.run_ended.code != ERR_OK ? e->recorded.run.run_ended.text : NULL;
    return head;
}

void explained_close(struct explained *e)
{
    explain_cure_close(&e->cures);
    if (e->recorded.run.path)
        recorded_close(&e->recorded);
    explain_watch_fini(&e->watch);
    event_log_fini(&e->lines);
    explain_log_fini(&e->log);
    journal_fini(&e->journal);
}
