#include "engine/cli/whatif/whatif_print.h"

#include "engine/base/json_out.h"
#include "engine/report/figures.h"

#define VISITS_SHOWN 20

uint32_t whatif_share(const struct recall *recall, enum recall_class class)
{
    uint64_t all = 0;
    for (int i = 0; i < RECALL_CLASS_COUNT; i++)
        all += recall_total(recall, (enum recall_class)i);
    return all ? (uint32_t)((recall_total(recall, class) * 2000 + all) / (2 * all)) : 0;
}

static void add_time_padded(int64_t ms, size_t width, struct str *out)
{
    CLEANUP_STR struct str text;
    str_init(&text, 64);
    figure_add_time(&text, ms);
    str_addf(out, "%*s", (int)width, str_text(&text));
}

static void print_counts(const struct whatif_sight *s, struct str *out)
{
    static const struct {
        const char *label;
        enum visit_outcome outcome;
    } rows[] = {{"done", VISIT_DONE},
                {"failed", VISIT_FAILED},
                {"needs review", VISIT_NEEDS_REVIEW},
                {"interrupted", VISIT_INTERRUPTED},
                {"not attempted", VISIT_NOT_ATTEMPTED},
                {"undecided", VISIT_UNDECIDED}};
    str_addf(out, "  %-16s %14s %14s\n", "", "recorded", "what if");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t before = s->before->counts[rows[i].outcome], after = s->after->counts[rows[i].outcome];
        if (before || after)
            str_addf(out, "  %-16s %14u %14u\n", rows[i].label, before, after);
    }
    str_addf(out, "  %-16s %14u %14u\n", "retries", s->before->retries, s->after->retries);
    str_addf(out, "  %-16s ", "batch time");
    add_time_padded(s->before->total_ms, 14, out);
    str_add_char(out, ' ');
    add_time_padded(s->after->total_ms, 14, out);
    for (uint32_t percent = 50; percent <= 99; percent += 49) {
        str_addf(out, "\n  a visit, p%-6u ", percent);
        add_time_padded(outcomes_percentile_ms(s->before, percent), 14, out);
        str_add_char(out, ' ');
        add_time_padded(outcomes_percentile_ms(s->after, percent), 14, out);
    }
    str_add_char(out, '\n');
}

static void add_visit(const struct outcome_visit *visit, struct str *out)
{
    if (!visit) {
        str_add_text(out, "no result");
        return;
    }
    str_add_text(out, visit_outcome_name(visit->outcome));
    if (visit->kind[0])
        str_addf(out, " (%s at %s)", visit->kind, visit->step);
    if (!visit->attempts)
        return;
    str_addf(out, " at attempt %u, ", visit->attempts);
    figure_add_time(out, visit->took_ms);
}

static void add_retries(const struct outcome_visit *visit, struct str *out)
{
    for (uint32_t i = 0; visit && i < visit->retry_count; i++) {
        const struct outcome_retry *retry = &visit->retries[i];
        str_addf(out, "           %s at %s, again after %lld ms\n", retry->kind, retry->step, (long long)retry->delay_ms);
    }
}

static void print_visits(const struct whatif_sight *s, struct str *out)
{
    size_t changed = 0;
    for (size_t i = 0; i < s->after->count; i++) {
        const struct outcome_visit *after = &s->after->visits[i], *before = outcomes_find(s->before, after->visit);
        if (before && outcome_equal(before, after))
            continue;
        if (changed++ == 0)
            str_add_text(out, "\n  visits that came out otherwise\n");
        if (changed > VISITS_SHOWN)
            continue;
        str_addf(out, "    p%u.v%-4u ", after->visit.patient, after->visit.dos);
        add_visit(before, out);
        str_add_text(out, "  ->  ");
        add_visit(after, out);
        str_add_char(out, '\n');
        add_retries(after, out);
    }
    for (size_t i = 0; i < s->before->count; i++)
        if (!outcomes_find(s->after, s->before->visits[i].visit))
            str_addf(out, "    p%u.v%-4u has no result here\n", s->before->visits[i].visit.patient, s->before->visits[i].visit.dos);
    if (changed > VISITS_SHOWN)
        str_addf(out, "    ... and %zu more\n", changed - VISITS_SHOWN);
}

static void print_rules(const struct recall *recall, struct str *out)
{
    for (int rule = 0; rule < RECALL_RULE_COUNT; rule++)
        if (recall->counts[rule])
            str_addf(out, "    %8llu %-9s %s\n", (unsigned long long)recall->counts[rule], recall_class_name(recall_class_of((enum recall_rule)rule)),
                     recall_rule_sentence((enum recall_rule)rule));
}

/* In thousandths; something is never shown as nothing. */
static void add_share(uint32_t share, bool any, struct str *out)
{
    if (any && !share)
        str_add_text(out, "< 0.1 %");
    else
        str_addf(out, "%u.%u %%", share / 10, share % 10);
}

static void print_answers(const struct whatif_sight *s, struct str *out)
{
    const struct recall *recall = whatif_recall(s->whatif);
    str_add_text(out, "\n  answers");
    for (int i = 0; i < RECALL_CLASS_COUNT; i++) {
        enum recall_class class = (enum recall_class)i;
        uint64_t count = recall_total(recall, class);
        if (class == RECALL_ALL_NONE && !count)
            continue;
        str_addf(out, "%s %llu %s (", i ? "," : "", (unsigned long long)count, recall_class_name(class));
        add_share(whatif_share(recall, class), count > 0, out);
        str_add_char(out, ')');
    }
    str_add_char(out, '\n');
    print_rules(recall, out);
    char at[MARK_TEXT_MAX];
    if (recall->first_assumed.us == INSTANT_NEVER.us)
        return;
    (void)mark_format(&recall->assumed_at, at);
    str_addf(out, "    the first assumed one at %s, ", at);
    figure_add_time(out, instant_to_ms(recall->first_assumed));
    str_add_text(out, " into the run\n");
}

static void print_course(const struct whatif_sight *s, struct str *out)
{
    struct instant at;
    struct mark mark;
    char text[MARK_TEXT_MAX];
    if (s->same_log)
        str_add_text(out, "  the event log equals the recorded one\n");
    if (!whatif_left(s->whatif, &at, &mark)) {
        str_add_text(out, "  it kept to the recording from its beginning to its end\n");
    } else {
        (void)mark_format(&mark, text);
        str_addf(out, "  it left the recording at %s, ", text);
        figure_add_time(out, instant_to_ms(at));
        str_add_text(out, " into the run\n");
    }
    if (s->end->cut)
        str_add_text(out, "  the recording is of a run that was cut: it ends there\n");
    if (s->end->run.late_replies)
        str_addf(out, "  late answers, counted and ignored: %llu\n", (unsigned long long)s->end->run.late_replies);
    if (s->end->processes > 1)
        str_addf(out, "  it took %u processes, each after the first resumed from the journal\n", s->end->processes);
    for (size_t i = 0; i < s->terms->fault_count; i++) {
        char fault[FAULT_TEXT_MAX];
        (void)fault_format(&s->terms->faults[i], fault);
        if (!s->end->struck[i])
            str_addf(out, "  never struck: %s\n", fault);
    }
}

void whatif_print(const struct whatif_sight *s, struct str *out)
{
    print_course(s, out);
    str_add_char(out, '\n');
    print_counts(s, out);
    print_visits(s, out);
    print_answers(s, out);
}

void whatif_print_told(const struct recall_told *told, struct str *out)
{
    char mark[MARK_TEXT_MAX];
    (void)mark_format(told->mark, mark);
    str_addf(out, "%-36s %9lld ms  %-16s %-9s %s\n", mark, (long long)instant_to_ms(told->at), fault_target_name(told->target),
             recall_class_name(recall_class_of(told->rule)), recall_rule_sentence(told->rule));
}

static void add_run(struct json_out *j, const char *name, const struct outcomes *o)
{
    json_out_object(j, name);
    json_out_text(j, "outcome", o->outcome);
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        json_out_int(j, visit_outcome_name((enum visit_outcome)i), o->counts[i]);
    json_out_int(j, "retries", o->retries);
    json_out_int(j, "totalMs", o->total_ms);
    json_out_int(j, "visitP50Ms", outcomes_percentile_ms(o, 50));
    json_out_int(j, "visitP99Ms", outcomes_percentile_ms(o, 99));
    json_out_end_object(j);
}

static void add_changed(struct json_out *j, const char *name, const struct outcome_visit *visit)
{
    json_out_object(j, name);
    json_out_text(j, "outcome", visit ? visit_outcome_name(visit->outcome) : "none");
    if (visit && visit->kind[0]) {
        json_out_text(j, "step", visit->step);
        json_out_text(j, "errorKind", visit->kind);
    }
    json_out_int(j, "attempt", visit ? visit->attempts : 0);
    json_out_int(j, "duration", visit ? visit->took_ms : 0);
    json_out_array(j, "delays");
    for (uint32_t i = 0; visit && i < visit->retry_count; i++)
        json_out_int(j, NULL, visit->retries[i].delay_ms);
    json_out_end_array(j);
    json_out_end_object(j);
}

static void add_visits(struct json_out *j, const struct whatif_sight *s)
{
    json_out_array(j, "changed");
    for (size_t i = 0; i < s->after->count; i++) {
        const struct outcome_visit *after = &s->after->visits[i], *before = outcomes_find(s->before, after->visit);
        if (before && outcome_equal(before, after))
            continue;
        char label[MARK_TEXT_MAX];
        struct mark mark = {.patient = after->visit.patient};
        json_out_object(j, NULL);
        json_out_string(j, "patient", (struct slice){label, mark_format(&mark, label)});
        json_out_int(j, "dos", after->visit.dos);
        add_changed(j, "recorded", before);
        add_changed(j, "whatIf", after);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_settings(struct json_out *j, const struct settings *settings)
{
    json_out_object(j, "settings");
    json_out_int(j, "timeoutMultiplierThousandths", settings->multiplier_thousandths);
    json_out_int(j, "maxRetries", settings->max_retries);
    json_out_int(j, "visitTimeoutMs", duration_to_ms(settings->visit_timeout));
    json_out_int(j, "batchTimeoutMs", duration_to_ms(settings->batch_timeout));
    json_out_int(j, "minGapMs", duration_to_ms(settings->min_gap));
    json_out_text(j, "breaker", breaker_mode_name(settings->breaker));
    json_out_end_object(j);
}

static void add_left(struct json_out *j, const struct whatif_sight *s)
{
    struct instant at;
    struct mark mark;
    char text[MARK_TEXT_MAX];
    if (!whatif_left(s->whatif, &at, &mark))
        return;
    json_out_string(j, "leftAt", (struct slice){text, mark_format(&mark, text)});
    json_out_int(j, "leftAtMs", instant_to_ms(at));
}

void whatif_print_json(const struct whatif_sight *s, struct str *out)
{
    struct json_out j;
    const struct recall *recall = whatif_recall(s->whatif);
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    add_settings(&j, &s->terms->settings);
    json_out_bool(&j, "sameLog", s->same_log);
    add_left(&j, s);
    json_out_int(&j, "processes", s->end->processes);
    json_out_int(&j, "lateReplies", (int64_t)s->end->run.late_replies);
    add_run(&j, "recorded", s->before);
    add_run(&j, "whatIf", s->after);
    json_out_object(&j, "answers");
    for (int i = 0; i < RECALL_CLASS_COUNT; i++)
        json_out_int(&j, recall_class_name((enum recall_class)i), (int64_t)recall_total(recall, (enum recall_class)i));
    json_out_end_object(&j);
    add_visits(&j, s);
    json_out_end_object(&j);
    str_add_char(out, '\n');
}

void whatif_print_head(int width, struct str *out)
{
    str_addf(out, "%-*s %5s %6s %6s %8s %9s %7s %13s %9s %9s %8s %8s %8s\n", width, "", "done", "failed", "review", "not done",
             "undecided", "retries", "batch time", "p50", "p99", "recorded", "planted", "assumed");
}

static void add_share_padded(const struct recall *recall, enum recall_class class, struct str *out)
{
    CLEANUP_STR struct str text;
    str_init(&text, 32);
    add_share(whatif_share(recall, class), recall_total(recall, class) > 0, &text);
    str_addf(out, " %8s", str_text(&text));
}

void whatif_print_row(const char *label, int width, const struct outcomes *o, const struct recall *recall, struct str *out)
{
    str_addf(out, "%-*s %5u %6u %6u %8u %9u %7u ", width, label, o->counts[VISIT_DONE], o->counts[VISIT_FAILED],
             o->counts[VISIT_NEEDS_REVIEW], o->counts[VISIT_INTERRUPTED] + o->counts[VISIT_NOT_ATTEMPTED], o->counts[VISIT_UNDECIDED],
             o->retries);
    add_time_padded(o->total_ms, 13, out);
    str_add_char(out, ' ');
    add_time_padded(outcomes_percentile_ms(o, 50), 9, out);
    str_add_char(out, ' ');
    add_time_padded(outcomes_percentile_ms(o, 99), 9, out);
    if (recall) {
        add_share_padded(recall, RECALL_ALL_RECORDED, out);
        add_share_padded(recall, RECALL_ALL_PLANTED, out);
        add_share_padded(recall, RECALL_ALL_ASSUMED, out);
    }
    str_add_char(out, '\n');
}
