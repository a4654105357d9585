#include "engine/cli/scenario/stage.h"

#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#define JOURNAL_BYTES_MAX ((size_t)64 << 20)
/* A batch of 500 with every retry used asks a tenth of it. */
#define TURNS_MAX ((uint64_t)1 << 24)
/* What is on its way when all runs have ended arrives before the charts are looked at. */
#define AFTER_MS ((int64_t)3600 * 1000)

static void take_setting(struct settings *s, const struct item *item)
{
    int64_t number = item->value.number;
    switch ((int)item->row) {
    case ROW_MULTIPLIER: s->multiplier_thousandths = (uint32_t)number; return;
    case ROW_MAX_RETRIES: s->max_retries = (uint32_t)number; return;
    case ROW_MIN_GAP: s->min_gap = duration_ms(number); return;
    case ROW_VISIT_TIMEOUT: s->visit_timeout = duration_ms(number); return;
    case ROW_BATCH_TIMEOUT: s->batch_timeout = duration_ms(number); return;
    case ROW_BREAKER: s->breaker = (enum breaker_mode)number; return;
    }
}

static enum err_code settle_settings(struct stage *stage, struct err *err)
{
    const struct scenario *s = stage->scenario;
    stage->settings = (struct settings){.max_retries = RETRIES_DEFAULT, .multiplier_thousandths = MULTIPLIER_ONE};
    if (!text_format(stage->settings.base_url, BASE_URL_MAX, "https://ehr.invalid"))
        return err_set(err, ERR_INTERNAL, "a URL is too long");
    if (s->replayed)
        stage->settings = s->replayed->recorded.run.settings;
    for (size_t i = 0; i < s->items.count; i++)
        take_setting(&stage->settings, &s->items.item[i]);
    settings_format(&stage->settings, &stage->settings_text);
    return str_full(&stage->settings_text) ? err_set(err, ERR_ENV, "out of memory") : ERR_OK;
}

enum err_code stage_open(struct stage *stage, struct scenario *scenario, struct story *story, bool faults, struct err *err)
{
    *stage = (struct stage){.scenario = scenario, .story = story, .faults = faults};
    str_init(&stage->journal, JOURNAL_BYTES_MAX);
    str_init(&stage->settings_text, SETTINGS_BYTES_MAX);
    TRY(settle_settings(stage, err));
    if (!scenario->replayed) {
        ledger_reset(scenario->roster.clinic.ledger);
        return ERR_OK;
    }
    TRY(replayed_play(scenario->replayed, NULL, err));
    const struct recorded *recorded = &scenario->replayed->recorded;
    str_add(&stage->journal, str_slice(&replay_recording(recorded->run.replay)->journal));
    story_take_journal(story, &recorded->run.found);
    return str_full(&stage->journal) ? err_set(err, ERR_ENV, "out of memory") : ERR_OK;
}

void stage_close(struct stage *stage)
{
    str_fini(&stage->journal);
    str_fini(&stage->settings_text);
}

static size_t fault_count(const struct stage *stage)
{
    return stage->faults ? stage->scenario->fault_count : 0;
}

static struct world *begin_model(struct stage *stage, uint32_t run)
{
    model_init(&stage->model, &(struct model_options){
        .ledger = stage->scenario->roster.clinic.ledger,
        .faults = stage->scenario->faults,
        .fault_count = fault_count(stage),
        .run = run,
        .journal = &stage->journal,
        .turns_max = TURNS_MAX,
    });
    return model_world(&stage->model);
}

static struct world *begin_whatif(struct stage *stage, uint32_t run)
{
    struct whatif *whatif = &stage->scenario->replayed->whatif;
    stage->options = (struct whatif_options){
        .faults = stage->scenario->faults, .fault_count = fault_count(stage), .journal = &stage->journal};
    return run == 1 ? whatif_begin(whatif, &stage->options) : whatif_resume(whatif, run);
}

struct world *stage_begin(struct stage *stage, uint32_t run)
{
    struct world *world = stage->scenario->replayed ? begin_whatif(stage, run) : begin_model(stage, run);
    return counting_init(&stage->counting, world, stage->story);
}

struct run_plan stage_plan(const struct stage *stage, const struct journal *found)
{
    static const struct state no_cookies;
    const struct scenario *s = stage->scenario;
    struct slice text = str_slice(&stage->settings_text);
    struct run_plan plan = s->replayed ? recorded_plan(&s->replayed->recorded, &stage->settings, text)
                                       : settings_plan(&stage->settings, text, s->batch, &no_cookies, 0);
    plan.found = found ? found : plan.found;
    return plan;
}

bool stage_was_killed(const struct stage *stage, enum err_code code)
{
    const struct replayed *replayed = stage->scenario->replayed;
    if (!replayed)
        return model_killed(&stage->model);
    return (code == ERR_UNREADABLE && whatif_killed(&replayed->whatif)) || (code == ERR_DIVERGED && whatif_ended(&replayed->whatif));
}

uint32_t stage_struck(const struct stage *stage, size_t fault)
{
    if (fault >= fault_count(stage))
        return 0;
    const struct replayed *replayed = stage->scenario->replayed;
    return replayed ? whatif_struck(&replayed->whatif, fault) : model_struck(&stage->model, fault);
}

void stage_login(struct stage *stage)
{
    ledger_login(stage->scenario->roster.clinic.ledger);
}

void stage_wait(struct stage *stage, int64_t ms)
{
    struct ledger *ledger = stage->scenario->roster.clinic.ledger;
    ledger_advance(ledger, instant_add(ledger->now, duration_ms(ms)));
}

void stage_look_at_charts(struct stage *stage)
{
    struct story *story = stage->story;
    if (stage->scenario->replayed) {
        replayed_breaches(stage->scenario->replayed, story);
        return;
    }
    stage_wait(stage, AFTER_MS);
    breaches_of_charts(&story->breaches, &stage->scenario->roster.clinic);
    for (size_t i = 0; i < story->count; i++)
        if (ledger_charts(stage->scenario->roster.clinic.ledger)[i].bills &&
            strcmp(story->visits[i].outcome, visit_outcome_name(VISIT_FAILED)) == 0)
            breach_note(&story->breaches, NEVER_FAILED_BILLED, story->visits[i].visit, 0);
}

void stage_look_at_run(struct stage *stage, uint32_t run)
{
    if (stage->scenario->replayed)
        return;
    struct model_counts counts = model_counts(&stage->model);
    if (counts.effects_after_expiry)
        breach_note(&stage->story->breaches, NEVER_CHANGE_EXPIRED, (struct visit_label){0}, run);
    if (counts.effects_without_intent)
        breach_note(&stage->story->breaches, NEVER_NO_INTENT, (struct visit_label){0}, run);
}
