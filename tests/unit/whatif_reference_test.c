/* The proof of what-if: every single fault at every operation of three visits that were tried
   again (fixtures/clinic-100) and of a day of three visits (fixtures/clinic-3), in attempts 1 to
   3, against a reference that shares no code with the engine (tests/unit/reference.h): each
   visit's outcome, attempts, step and kind, and the instant of each start, retry and result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/sweep/schedule.h"
#include "engine/cli/whatif/whatif_run.h"
#include "engine/report/outcomes.h"
#include "tests/unit/reference_day.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX        ((size_t)4 << 20)
#define DIFFERENCES_MAX 5 /* that many are told, and then no more is run */

struct proof {
    struct recorded recorded;
    struct whatif whatif;
    struct whatif_terms terms;
    struct whatif_end end;
    struct reference_day_of day;
    struct reference_log log;
    struct str said, expected;
    size_t runs, struck, differ;
    struct err err;
};

static struct proof p;

/* Of a line what the reference tells too: not the sentence of an error, not a breaker's counts. */
static void take(void *ctx, struct slice line)
{
    struct str *said = ctx;
    bool breaker = slice_starts(line, SLICE("{\"type\":\"breaker\""));
    if (!breaker && !slice_starts(line, SLICE("{\"type\":\"visit_")) && !slice_starts(line, SLICE("{\"type\":\"retry\"")))
        return;
    const char *end = line.ptr + line.len, *from = slice_find(line, breaker ? SLICE(",\"delay\":") : SLICE(",\"error\":\""));
    const char *to = breaker ? end - 2 : slice_find(line, SLICE(",\"duration\":"));
    if (breaker && !from)
        from = slice_find(line, SLICE(",\"probesFailed\":"));
    if (!from)
        from = to = end;
    str_add(said, (struct slice){line.ptr, (size_t)(from - line.ptr)});
    str_add(said, (struct slice){to, (size_t)(end - to)});
}

static void tell(const char *title, const char *text)
{
    print_message("%s", title);
    for (size_t i = 0; text[i] && text[i] != '\n'; i++)
        print_message("%c", text[i]);
    print_message("\n");
}

static void tell_terms(void)
{
    print_message("  build/revisit whatif %s --log --set max_retries=%u --set timeout_multiplier=%u.%03u", p.recorded.run.path, p.terms.settings.max_retries,
                  p.terms.settings.multiplier_thousandths / 1000, p.terms.settings.multiplier_thousandths % 1000);
    if (p.terms.settings.visit_timeout.us)
        print_message(" --set visit_timeout=%llds", (long long)p.terms.settings.visit_timeout.us / 1000000);
    for (size_t i = 0; i < p.terms.fault_count; i++) {
        char text[FAULT_TEXT_MAX];
        (void)fault_format(&p.terms.faults[i], text);
        print_message(" --fault %s", text);
    }
    print_message("\n");
}

/* The first line in which the two differ. */
static void tell_difference(const char *outcome)
{
    const char *a = str_text(&p.expected), *b = str_text(&p.said), *line_a = a, *line_b = b;
    p.differ++;
    for (; *a && *a == *b; a++, b++)
        if (*a == '\n') {
            line_a = a + 1;
            line_b = b + 1;
        }
    tell_terms();
    tell("    expected ", line_a);
    tell("    came     ", line_b);
    print_message("    the batch: expected %s, came %s\n", p.log.outcome, outcome);
}

/* One run by both. */
static void compare(void)
{
    struct event_log log;
    err_init(&p.err);
    str_clear(&p.said);
    str_clear(&p.expected);
    event_log_init(&log, &p.said, take);
    enum err_code code = whatif_run(&p.recorded, &p.whatif, &p.terms, &log, &p.end, &p.err);
    event_log_fini(&log);
    if (code != ERR_OK) {
        tell_terms();
        fail_msg("%s", p.err.text);
    }
    p.runs++;
    reference_day_terms(&p.day, &p.recorded, &p.terms);
    reference_run(&p.day.day, &p.log);
    assert_true(p.log.count < REFERENCE_EVENTS_MAX);
    reference_log_format(&p.log, &p.recorded, &p.expected);
    const char *outcome = batch_outcome_name(p.end.run.summary.outcome);
    if (strcmp(str_text(&p.said), str_text(&p.expected)) != 0 || strcmp(outcome, p.log.outcome) != 0)
        tell_difference(outcome);
}

static void close_recording(void)
{
    whatif_close(&p.whatif);
    recorded_close(&p.recorded);
    reference_day_fini(&p.day);
    str_fini(&p.said);
    str_fini(&p.expected);
}

static void open_recording(const char *path)
{
    struct event_log log;
    p = (struct proof){0};
    str_init(&p.said, TEXT_MAX);
    str_init(&p.expected, TEXT_MAX);
    event_log_init(&log, &p.said, take);
    bool ready = recorded_open(&p.recorded, path, &p.err) == ERR_OK && recorded_play(&p.recorded, &log, &p.err) == ERR_OK &&
                 whatif_open(&p.whatif, &p.recorded.course, &p.err) == ERR_OK && reference_day_init(&p.day, &p.recorded);
    event_log_fini(&log);
    if (!ready)
        fail_msg("%s", p.err.text);
    p.terms.settings = p.recorded.run.settings;
}

static void sum_up(const char *what)
{
    print_message("%s: %zu runs of %s, %zu faults struck, %zu unlike the reference\n", what, p.runs, p.recorded.run.path, p.struck, p.differ);
    size_t differ = p.differ;
    close_recording();
    assert_int_equal(differ, 0);
}

static void with_nothing_changed_both_say_what_was_recorded(void **state)
{
    static const char *const recordings[] = {"fixtures/clinic-3", "fixtures/clinic-100"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        open_recording(recordings[i]);
        compare();
        sum_up("nothing changed");
    }
}

/* Signals and kills are not in its rules, nor a full disk. */
static bool is_predicted(enum fault_kind kind)
{
    return !fault_kills(kind) && kind != FAULT_SIGNAL && kind != FAULT_COMMIT_FAILS;
}

/* What a visit asks for; a browser's start, the account's lock and the look at the site are no part of it. */
static bool is_of_visit(enum fault_target target)
{
    return target != FAULT_AT_START && target != FAULT_AT_LOCK && target != FAULT_AT_HTTP;
}

/* How often one attempt of the visit comes to it. */
static uint32_t times_met(const struct course_visit *visit, enum fault_target target)
{
    uint32_t most = 0, count = 0, attempt = 0;
    for (uint32_t i = visit->first; i < visit->end; i++) {
        const struct exchange *exchange = &p.recorded.course.exchanges[i];
        count = exchange->mark.attempt == attempt ? count : 0;
        attempt = exchange->mark.attempt;
        count += exchange->target == target;
        most = count > most ? count : most;
    }
    return most;
}

static uint32_t attempts_of(const struct course_visit *visit)
{
    return p.recorded.course.exchanges[visit->end - 1].mark.attempt;
}

static bool is_soap_only(const struct course_visit *visit)
{
    return times_met(visit, FAULT_AT_OPERATION_NAVIGATE_CHECKOUT) == 0;
}

/* Attempts that were not recorded come about by a failure late in the one before. */
static void add_stumbles(const struct course_visit *visit, uint32_t attempt)
{
    p.terms.fault_count = 0;
    for (uint32_t before = attempts_of(visit); before < attempt; before++) {
        struct fault *fault = &p.terms.faults[p.terms.fault_count++];
        *fault = (struct fault){.patient = visit->patient, .dos = visit->dos, .attempt = before, .nth = 1, .kind = FAULT_MISSING_ELEMENT};
        fault->target = is_soap_only(visit) ? FAULT_AT_OPERATION_NAVIGATE_PT_NOTE : FAULT_AT_OPERATION_NAVIGATE_CHECKOUT;
    }
}

/* Sizes on either side of a budget, of its quadruple, and of what a site may ask for. */
static const uint32_t *sizes_of(enum fault_kind kind, size_t *ret_count)
{
    static const uint32_t none[] = {0}, ms[] = {16000, 400, 31000, 5000, 95000, 1, 14000, 62000}, seconds[] = {20, 0, 121}, seers[] = {0, 1, 2},
                          times[] = {3, 40, 500};
    *ret_count = 1;
    switch ((int)kind) {
    case FAULT_DELAY:
    case FAULT_LATE_ANSWER:
    case FAULT_LATE_EFFECT:
    case FAULT_LATE_EDITOR: *ret_count = 8; return ms;
    case FAULT_STATUS: *ret_count = 3; return seconds;
    case FAULT_SESSION_EXPIRED: *ret_count = 3; return seers;
    case FAULT_SLOW: *ret_count = 3; return times;
    }
    return none;
}

/* A run for each of its sizes; at most so many of them, by turns. */
static void try_shape(struct fault fault, size_t sizes_max)
{
    size_t count, at = p.terms.fault_count++;
    const uint32_t *sizes = sizes_of(fault.kind, &count);
    for (size_t i = 0; i < count && i < sizes_max && p.differ < DIFFERENCES_MAX; i++) {
        p.terms.faults[at] = fault;
        p.terms.faults[at].size = sizes[(i + fault.attempt + (size_t)fault.target) % count];
        compare();
        p.struck += whatif_struck(&p.whatif, at) > 0;
    }
    p.terms.fault_count--;
}

static void try_target(const struct course_visit *visit, uint32_t attempt, enum fault_target target, size_t sizes_max)
{
    struct shape shapes[FAULT_KIND_COUNT * 2];
    size_t count = shapes_at(target, shapes);
    add_stumbles(visit, attempt);
    for (uint32_t nth = 1; nth <= times_met(visit, target); nth++)
        for (size_t i = 0; i < count; i++) {
            struct fault fault = {.patient = visit->patient, .dos = visit->dos, .attempt = attempt, .nth = nth, .target = target};
            fault.kind = shapes[i].kind;
            fault.taken = shapes[i].taken;
            if (is_predicted(fault.kind))
                try_shape(fault, sizes_max);
        }
}

static void try_visit(uint32_t patient, uint32_t dos, size_t sizes_max)
{
    const struct course_visit *visit = course_visit(&p.recorded.course, patient, dos);
    assert_non_null(visit);
    for (uint32_t attempt = 1; attempt <= 3; attempt++)
        for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++)
            if (is_of_visit(target))
                try_target(visit, attempt, target, sizes_max);
}

static void every_fault_of_a_day_of_three_visits_ends_as_the_reference_says(void **state)
{
    (void)state;
    open_recording("fixtures/clinic-3");
    try_visit(1, 1, 8);
    try_visit(1, 2, 8);
    try_visit(2, 1, 8);
    assert_true(p.struck > 6000);
    sum_up("every operation, kind and size, attempts 1 to 3");
}

/* The day goes on for three visits after this one, to show what a fault leaves behind; the rest
   would be the same each time. */
static void end_after(uint32_t patient, uint32_t dos)
{
    static struct batch batch;
    size_t count = 0;
    batch = *p.recorded.run.batch;
    while (batch.patients[batch.visits[count].patient].number != patient || batch.visits[count].dos != dos)
        count++;
    batch.visit_count = count + 4 < batch.visit_count ? count + 4 : batch.visit_count;
    p.recorded.run.batch = &batch;
    reference_day_fini(&p.day);
    assert_true(reference_day_init(&p.day, &p.recorded));
}

static void every_fault_of_the_visits_that_were_tried_again_ends_as_the_reference_says(void **state)
{
    (void)state;
    open_recording("fixtures/clinic-100");
    end_after(18, 1);
    try_visit(18, 1, 1);
    end_after(16, 1);
    try_visit(16, 1, 1);
    end_after(9, 1);
    try_visit(9, 1, 1);
    assert_true(p.struck > 2500);
    sum_up("every operation and kind, attempts 1 to 3");
}

/* Budgets of every class, halved and stretched; none, one and nine retries; a visit out of time. */
static void under_other_settings_faults_end_as_the_reference_says(void **state)
{
    static const struct {
        uint32_t multiplier, retries, visit_timeout_s;
    } settings[] = {{1500, 0, 0}, {500, 1, 0}, {333, 9, 0}, {2001, 2, 60}};
    (void)state;
    open_recording("fixtures/clinic-3");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        p.terms.settings.multiplier_thousandths = settings[i].multiplier;
        p.terms.settings.max_retries = settings[i].retries;
        p.terms.settings.visit_timeout = duration_ms(settings[i].visit_timeout_s * INT64_C(1000));
        try_visit(1, 2, 1);
    }
    sum_up("other settings");
}

static void with_other_settings_alone_both_say_the_same_of_a_hundred_visits(void **state)
{
    (void)state;
    open_recording("fixtures/clinic-100");
    for (uint32_t n = 0; n < 60 && p.differ < DIFFERENCES_MAX; n++) {
        p.terms.settings.multiplier_thousandths = 200 + n / 4 * 150;
        p.terms.settings.max_retries = n % 4;
        compare();
    }
    sum_up("other settings alone");
}

/* Each visit fails at its first operation of that kind: the breaker opens, and its looks go well,
   or do not. */
static void try_storm(enum fault_target target, enum fault_kind kind, const char *looks)
{
    size_t count = 0;
    assert_int_equal(fault_parse_list(slice_of(looks), MODEL_FAULTS_MAX - 1, p.terms.faults, &count, &p.err), ERR_OK);
    p.terms.faults[count] = (struct fault){.patient = 0, .target = target, .kind = kind};
    p.terms.fault_count = count + 1;
    compare();
    p.struck += whatif_struck(&p.whatif, count) > 0;
}

static void the_breaker_opens_and_closes_and_stops_as_the_reference_says(void **state)
{
    static const char *const looks[] = {"", "run.http#2:hang run.http#3:status=100", "run.http#3:reset run.http#4:lost_request run.http#5:malformed",
                                        "run.http#2:status run.http#3:status=600 run.http#4:hang", "run.http#2:session_expired"};
    static const enum fault_kind kinds[] = {FAULT_MISSING_ELEMENT, FAULT_HANG, FAULT_BROWSER_GONE, FAULT_LOST_REQUEST};
    (void)state;
    open_recording("fixtures/clinic-100");
    for (enum fault_target target = FAULT_AT_OPERATION_SEARCH_PATIENT; target < FAULT_AT_START; target++)
        for (size_t i = 0; i < sizeof looks / sizeof *looks && p.differ < DIFFERENCES_MAX; i++)
            try_storm(target, kinds[(i + (size_t)target) % 4], looks[i]);
    assert_true(p.struck >= 80);
    sum_up("storms");
}

static const struct reference_event *result_of(size_t visit)
{
    for (size_t i = 0; i < p.log.count; i++)
        if (p.log.events[i].what == 'v' && p.log.events[i].visit == visit + 1)
            return &p.log.events[i];
    return NULL;
}

static bool ends_as_without(const struct outcome_visit *came, const struct reference_event *without)
{
    return strcmp(visit_outcome_name(came->outcome), without->outcome) == 0 && strcmp(came->kind, without->kind ? without->kind : "") == 0;
}

/* After a kill the next process goes on, and each visit ends as it would have; but a bill that was
   begun and is not on the chart is a person's. After a stop, or a full disk, nothing more is begun. */
static bool ends_as_it_must(const struct outcome_visit *came, size_t visit, size_t struck_at, const struct fault *fault)
{
    const struct reference_event *without = result_of(visit);
    bool bill = fault->target == FAULT_AT_OPERATION_GENERATE_BILLING || fault->target == FAULT_AT_COMMIT;
    if (!came) /* it was settled, and the process killed before it said so */
        return visit == struck_at && fault->target == FAULT_AT_COMMIT && fault->kind == FAULT_KILL_AFTER;
    if (ends_as_without(came, without) && (visit < struck_at || fault_kills(fault->kind)))
        return came->attempts == without->attempt || (visit == struck_at && came->attempts == fault->attempt);
    if (fault_kills(fault->kind))
        return visit == struck_at && bill && came->outcome == VISIT_NEEDS_REVIEW;
    if (visit > struck_at)
        return came->outcome == VISIT_NOT_ATTEMPTED;
    return visit == struck_at && came->attempts == fault->attempt && (came->outcome == VISIT_INTERRUPTED || ends_as_without(came, without));
}

static void take_outcome(void *ctx, struct slice line)
{
    outcomes_take(ctx, line);
}

/* The last fault of the terms is one that the reference leaves out. */
static void compare_outcomes(struct outcomes *came, size_t struck_at)
{
    struct event_log log;
    const struct fault *fault = &p.terms.faults[p.terms.fault_count - 1];
    outcomes_clear(came);
    event_log_init(&log, came, take_outcome);
    enum err_code code = whatif_run(&p.recorded, &p.whatif, &p.terms, &log, &p.end, &p.err);
    event_log_fini(&log);
    bool struck = p.end.processes > 1 || whatif_struck(&p.whatif, p.terms.fault_count - 1);
    reference_day_terms(&p.day, &p.recorded, &p.terms);
    p.day.day.fault_count--;
    reference_run(&p.day.day, &p.log);
    bool same = code == ERR_OK;
    for (size_t i = 0; same && i < p.recorded.course.visit_count; i++) {
        struct visit_label label = {p.recorded.course.visits[i].patient, p.recorded.course.visits[i].dos};
        same = ends_as_it_must(outcomes_find(came, label), i, struck ? struck_at : SIZE_MAX, fault);
    }
    p.runs++;
    p.struck += struck;
    p.differ += !same;
    if (!same)
        tell_terms();
}

static void try_stops(struct outcomes *came, size_t index, uint32_t attempt, enum fault_target target)
{
    struct shape shapes[FAULT_KIND_COUNT * 2];
    const struct course_visit *visit = &p.recorded.course.visits[index];
    size_t count = shapes_at(target, shapes);
    add_stumbles(visit, attempt);
    struct fault *fault = &p.terms.faults[p.terms.fault_count++];
    for (uint32_t nth = 1; nth <= times_met(visit, target); nth++)
        for (size_t i = 0; i < count && p.differ < DIFFERENCES_MAX; i++) {
            *fault = (struct fault){.patient = visit->patient, .dos = visit->dos, .attempt = attempt, .nth = nth, .target = target};
            fault->kind = shapes[i].kind;
            fault->size = fault->kind == FAULT_TORN_COMMIT ? 40 : 0;
            if (!is_predicted(fault->kind))
                compare_outcomes(came, index);
        }
}

static void try_stops_of(struct outcomes *came, size_t index)
{
    for (uint32_t attempt = 1; attempt <= 3; attempt++)
        for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++)
            if (is_of_visit(target))
                try_stops(came, index, attempt, target);
}

static void a_stop_or_a_kill_anywhere_leaves_the_outcomes_that_the_reference_has_without(void **state)
{
    struct outcomes came;
    (void)state;
    outcomes_init(&came);
    open_recording("fixtures/clinic-3");
    for (size_t index = 0; index < p.recorded.course.visit_count; index++)
        try_stops_of(&came, index);
    outcomes_fini(&came);
    sum_up("outcomes of stops and kills");
}

static void read_source(const char *path, struct str *ret_text)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    str_clear(ret_text);
    for (int c; (c = fgetc(file)) != EOF;)
        str_add_char(ret_text, (char)c);
    (void)fclose(file);
}

static void the_rules_are_at_most_80_lines_and_nothing_of_the_reference_is_the_engines(void **state)
{
    static const char *const sources[] = {"tests/unit/reference.c",       "tests/unit/reference_visit.c", "tests/unit/reference_site.c",
                                          "tests/unit/reference.h",       "tests/unit/reference_parts.h", "tests/unit/reference_site.h"};
    CLEANUP_STR struct str text;
    size_t lines = 0;
    (void)state;
    str_init(&text, TEXT_MAX);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        read_source(sources[i], &text);
        assert_null(strstr(str_text(&text), "#include \"engine/"));
        assert_null(strstr(str_text(&text), "#include \"recorder/"));
        for (size_t at = 0; i == 0 && at < text.len; at++)
            lines += text.ptr[at] == '\n';
    }
    assert_in_range(lines, 20, 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_are_at_most_80_lines_and_nothing_of_the_reference_is_the_engines),
        cmocka_unit_test(with_nothing_changed_both_say_what_was_recorded),
        cmocka_unit_test(every_fault_of_a_day_of_three_visits_ends_as_the_reference_says),
        cmocka_unit_test(every_fault_of_the_visits_that_were_tried_again_ends_as_the_reference_says),
        cmocka_unit_test(under_other_settings_faults_end_as_the_reference_says),
        cmocka_unit_test(with_other_settings_alone_both_say_the_same_of_a_hundred_visits),
        cmocka_unit_test(a_stop_or_a_kill_anywhere_leaves_the_outcomes_that_the_reference_has_without),
        cmocka_unit_test(the_breaker_opens_and_closes_and_stops_as_the_reference_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
