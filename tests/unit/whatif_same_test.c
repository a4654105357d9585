/* One schedule, two worlds: over a recording (recorder/whatif/whatif.h) and over the modelled EHR
   (recorder/model/model.h), each fault at each operation of one visit ends each visit of the batch
   in the same way, after the same tries, for the same reasons and after the same delays. The
   model is held to the stand-in (tests/live/model_same), so the three agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/input_file.h"
#include "engine/cli/sweep/clinic.h"
#include "engine/cli/sweep/schedule.h"
#include "engine/cli/whatif/whatif_run.h"
#include "recorder/model/schedule_file.h"

#include <dirent.h>
#include <stdlib.h>

#define RECORDING "fixtures/clinic-3"
#define SCHEDULES "fixtures/schedules"

struct bench {
    struct recorded recorded;
    struct whatif whatif;
    struct whatif_terms terms;
    struct whatif_end end;
    struct ledger *ledger;
    struct model model;
    struct outcomes recalled, modelled;
    struct event_log log;
    struct err err;
};

static struct bench b;

static void take(void *ctx, struct slice line)
{
    outcomes_take(ctx, line);
}

static void run_recalled(void)
{
    outcomes_clear(&b.recalled);
    event_log_init(&b.log, &b.recalled, take);
    err_init(&b.err);
    enum err_code code = whatif_run(&b.recorded, &b.whatif, &b.terms, &b.log, &b.end, &b.err);
    event_log_fini(&b.log);
    if (code != ERR_OK)
        fail_msg("over the recording: %s", b.err.text);
}

/* Process by process, as whatif_run() does it. */
static void run_modelled(void)
{
    struct str journal;
    struct journal found = {0};
    struct run_plan plan = recorded_plan(&b.recorded, &b.terms.settings, SLICE("{}"));
    str_init(&journal, 1u << 20);
    outcomes_clear(&b.modelled);
    event_log_init(&b.log, &b.modelled, take);
    ledger_reset(b.ledger);
    for (uint32_t run = 1;; run++) {
        struct run_end end;
        struct model_options options = {.ledger = b.ledger, .faults = b.terms.faults, .fault_count = b.terms.fault_count, .run = run, .journal = &journal};
        model_init(&b.model, &options);
        err_init(&b.err);
        enum err_code code = run_batch(&plan, model_world(&b.model), &b.log, &end, &b.err);
        if (code == ERR_OK || !model_killed(&b.model))
            break;
        journal_fini(&found);
        found = (struct journal){0};
        err_init(&b.err);
        assert_int_equal(journal_fold(str_slice(&journal), &found, &b.err), ERR_OK);
        plan.found = &found;
    }
    journal_fini(&found);
    event_log_fini(&b.log);
    str_fini(&journal);
}

static void say(const char *world, const struct outcome_visit *visit)
{
    print_message("  %s: p%u.v%u %s attempt %u %s %s, %u retries", world, visit->visit.patient, visit->visit.dos,
                  visit_outcome_name(visit->outcome), visit->attempts, visit->kind, visit->step, visit->retry_count);
    for (uint32_t i = 0; i < visit->retry_count; i++)
        print_message(" [%s at %s, %lld]", visit->retries[i].kind, visit->retries[i].step, (long long)visit->retries[i].delay_ms);
    print_message("\n");
}

/* True when both worlds ended alike. */
static bool same(const struct fault *fault)
{
    char text[FAULT_TEXT_MAX];
    bool equal = b.recalled.count == b.modelled.count && strcmp(b.recalled.outcome, b.modelled.outcome) == 0;
    for (size_t i = 0; equal && i < b.recalled.count; i++)
        equal = outcome_equal(&b.recalled.visits[i], &b.modelled.visits[i]);
    if (equal)
        return true;
    (void)fault_format(fault, text);
    print_message("%s: %s, %s\n", text, b.recalled.outcome, b.modelled.outcome);
    for (size_t i = 0; i < b.recalled.count && i < b.modelled.count; i++) {
        if (outcome_equal(&b.recalled.visits[i], &b.modelled.visits[i]))
            continue;
        say("recording", &b.recalled.visits[i]);
        say("model", &b.modelled.visits[i]);
    }
    return false;
}

/* Where it strikes: in an attempt of p2.v1, or, outside any visit, wherever it is met first. */
static bool is_outside(enum fault_target target)
{
    return target == FAULT_AT_START || target == FAULT_AT_HTTP || target == FAULT_AT_LOCK;
}

static struct fault fault_of(const struct shape *shape, uint32_t attempt)
{
    struct fault fault = {.patient = 2, .dos = 1, .attempt = attempt, .target = shape->target, .nth = 1, .kind = shape->kind, .taken = shape->taken};
    if (is_outside(shape->target))
        fault.patient = fault.dos = fault.attempt = 0;
    fault.size = fault_has_size(fault.kind) ? shape_size(fault.kind, attempt) : 0;
    return fault;
}

/* Every shape of fault, and before it those given: returns how many struck. */
static size_t sweep_shapes(const struct fault *before, uint32_t attempt, bool ret_kinds[FAULT_KIND_COUNT])
{
    size_t count, struck = 0, differ = 0;
    const struct shape *shapes = shapes_all(&count);
    for (size_t i = 0; i < count; i++) {
        struct fault fault = fault_of(&shapes[i], attempt);
        if (before && is_outside(fault.target))
            continue;
        b.terms.fault_count = 0;
        if (before)
            b.terms.faults[b.terms.fault_count++] = *before;
        b.terms.faults[b.terms.fault_count++] = fault;
        run_recalled();
        run_modelled();
        bool hit = b.end.struck[b.terms.fault_count - 1] > 0;
        struck += hit;
        ret_kinds[fault.kind] |= hit;
        differ += !same(&fault);
    }
    assert_int_equal(differ, 0);
    return struck;
}

static void every_fault_ends_each_visit_alike(void **state)
{
    (void)state;
    bool kinds[FAULT_KIND_COUNT] = {false};
    assert_true(sweep_shapes(NULL, 1, kinds) > 400);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        if (!kinds[kind])
            fail_msg("never struck: %s", fault_kind_name((enum fault_kind)kind));
}

/* After a first attempt that saved codes and note: the second walks again, from another
   position. */
static void every_fault_of_a_second_attempt_ends_each_visit_alike(void **state)
{
    (void)state;
    struct fault before;
    bool kinds[FAULT_KIND_COUNT] = {false};
    assert_int_equal(fault_parse(SLICE("p2.v1.a1.navigateCheckout:missing_element"), &before, &b.err), ERR_OK);
    assert_true(sweep_shapes(&before, 2, kinds) > 200);
}

static void read_schedule(const char *name)
{
    char path[512];
    struct str text;
    str_init(&text, SCHEDULE_FILE_BYTES_MAX);
    err_init(&b.err);
    assert_true(text_format(path, sizeof path, SCHEDULES "/%s", name));
    if (input_file_read(path, &text, &b.err) != ERR_OK ||
        schedule_file_read(str_slice(&text), MODEL_FAULTS_MAX, b.terms.faults, &b.terms.fault_count, &b.err) != ERR_OK)
        fail_msg("%s: %s", name, b.err.text);
    str_fini(&text);
}

static void run_schedule(const char *name, bool ret_kinds[FAULT_KIND_COUNT])
{
    read_schedule(name);
    run_recalled();
    run_modelled();
    for (size_t i = 0; i < b.terms.fault_count; i++) {
        ret_kinds[b.terms.faults[i].kind] = true;
        if (!b.end.struck[i])
            fail_msg("%s: fault %zu never struck", name, i + 1);
    }
    if (!same(&b.terms.faults[0]))
        fail_msg("%s: other ends over the recording than over the model", name);
}

static void every_kind_has_a_schedule_that_strikes_and_ends_each_visit_alike(void **state)
{
    (void)state;
    bool kinds[FAULT_KIND_COUNT] = {false};
    struct dirent **files;
    int count = scandir(SCHEDULES, &files, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (strstr(files[i]->d_name, ".json"))
            run_schedule(files[i]->d_name, kinds);
        free(files[i]);
    }
    free(files);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        if (!kinds[kind])
            fail_msg("no schedule has a %s", fault_kind_name((enum fault_kind)kind));
}

static int set_up(void **state)
{
    (void)state;
    struct event_log log;
    event_log_init(&log, &b.modelled, take);
    bool ready = recorded_open(&b.recorded, RECORDING, &b.err) == ERR_OK && recorded_play(&b.recorded, &log, &b.err) == ERR_OK &&
                 whatif_open(&b.whatif, &b.recorded.course, &b.err) == ERR_OK;
    event_log_fini(&log);
    if (!ready)
        print_error("%s\n", b.err.text);
    b.terms.settings = b.recorded.run.settings;
    b.ledger = ledger_init(malloc(ledger_size_bytes((uint32_t)b.recorded.run.batch->visit_count)), (uint32_t)b.recorded.run.batch->visit_count);
    clinic_fill(b.ledger, b.recorded.run.batch);
    return ready ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    whatif_close(&b.whatif);
    recorded_close(&b.recorded);
    outcomes_fini(&b.recalled);
    outcomes_fini(&b.modelled);
    free(b.ledger);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fault_ends_each_visit_alike),
                                       cmocka_unit_test(every_fault_of_a_second_attempt_ends_each_visit_alike),
                                       cmocka_unit_test(every_kind_has_a_schedule_that_strikes_and_ends_each_visit_alike)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
