#include "engine/cli/until.h"

#include "engine/base/json_out.h"
#include "engine/base/nearest.h"

#include <stdio.h>

static struct until *until_of(const struct world *world)
{
    return (struct until *)world;
}

/* Kept out of line, whatever the compiler thinks of an empty function. */
__attribute__((noinline, used)) void replay_at_mark(const char *mark)
{
    __asm__ volatile("" : : "r"(mark) : "memory");
}

static enum err_code check_step(const struct until *until, struct err *err)
{
    CLEANUP_STR struct str steps;
    struct nearest near;
    str_init(&steps, 4096);
    nearest_init(&near, until->asked_step);
    for (int i = STEP_NONE + 1; i < STEP_COUNT; i++) {
        if (slice_equal(until->asked_step, slice_of(step_name((enum step)i))))
            return ERR_OK;
        str_addf(&steps, "%s%s", steps.len ? ", " : "", step_name((enum step)i));
        nearest_try(&near, step_name((enum step)i));
    }
    return err_set(err, ERR_USAGE, "replay: --until: %.*s is no step%s; they are %s; an operation inside one takes a number: readNote#1",
                   SLICE_ARG(until->asked_step), nearest_hint(&near, ""), str_text(&steps));
}

static enum err_code not_an_operation(const struct until *until, struct err *err)
{
    CLEANUP_STR struct str names;
    struct nearest near;
    str_init(&names, 4096);
    nearest_init(&near, until->asked_step);
    for (int i = 0; i < FAULT_TARGET_COUNT; i++) {
        str_addf(&names, "%s%s", i ? ", " : "", fault_target_name((enum fault_target)i));
        nearest_try(&near, fault_target_name((enum fault_target)i));
    }
    return err_set(err, ERR_USAGE, "replay: --until: %.*s is no operation%s; they are %s", SLICE_ARG(until->asked_step),
                   nearest_hint(&near, ""), str_text(&names));
}

/* The number behind '#' makes the last word an operation's name. */
static enum err_code parse_call(struct until *until, struct slice nth, struct err *err)
{
    uint64_t number = 0;
    if (!slice_parse_u64(nth, UINT32_MAX, &number) || number == 0)
        return err_set(err, ERR_USAGE, "replay: --until: behind # stands which time, a number from 1: saveSOAP#1");
    for (int i = 0; i < FAULT_TARGET_COUNT; i++)
        if (slice_equal(until->asked_step, slice_of(fault_target_name((enum fault_target)i))))
            until->asked_target = (enum fault_target)i;
    if (until->asked_target == FAULT_TARGET_COUNT)
        return not_an_operation(until, err);
    until->calls_left = (uint32_t)number;
    until->asked_step = (struct slice){0};
    return ERR_OK;
}

enum err_code until_parse(struct until *until, const char *text, struct err *err)
{
    const char *hash = strchr(text, '#');
    struct slice place = {until->text, hash ? (size_t)(hash - text) : strlen(text)};
    until->asked_target = FAULT_TARGET_COUNT;
    if (text_format(until->text, sizeof until->text, "%s", text) && mark_parse(place, &until->asked, &until->asked_step)) {
        if (hash)
            return parse_call(until, slice_of(hash + 1), err);
        return until->asked_step.len ? check_step(until, err) : ERR_OK;
    }
    return err_set(err, ERR_USAGE, "replay: --until takes a place in a run: p3.v2.a1.saveSOAP (patient 3, visit 2, attempt 1, "
                                   "step), its end left out or not, or run.preflight; or p3.v2.a1.readNote#2, an operation the second time");
}

/* Is the mark in hand the one asked for, as far as that goes? */
static bool is_asked(const struct until *until, const struct mark *mark)
{
    const struct mark *asked = &until->asked;
    return mark->patient == asked->patient && (!asked->dos || mark->dos == asked->dos) &&
           (!asked->attempt || mark->attempt == asked->attempt) &&
           (!until->asked_step.len || (mark->step && slice_equal(slice_of(mark->step), until->asked_step)));
}

static void reach(struct until *until)
{
    until->reached = true;
    replay_at_mark(until->text);
}

static void take_up(struct until *until, const struct mark *mark)
{
    struct visit_label label = {mark->patient, mark->dos};
    bool same = until->visit.visit.patient == label.patient && until->visit.visit.dos == label.dos;
    if (mark->patient == 0 || same)
        return;
    const struct visit_state *found = until->found ? journal_find(until->found, label) : NULL;
    until->visit = found ? *found : (struct visit_state){.visit = label};
}

static void on_mark(struct world *world, const struct mark *mark)
{
    struct until *until = until_of(world);
    until->inner->ops->mark(until->inner, mark);
    if (until->reached)
        return;
    until->at = *mark;
    take_up(until, mark);
    if (until->asked_target == FAULT_TARGET_COUNT && is_asked(until, mark))
        reach(until);
}

/* What is about to be journaled of the visit in hand. */
static void note_record(struct until *until, struct slice text)
{
    static struct run_start start; /* static: it is large, and nobody keeps it */
    struct record record;
    bool ours = record_parse(text, &start, &record) && record.visit.patient == until->visit.visit.patient &&
                record.visit.dos == until->visit.visit.dos;
    if (ours && record.visit.patient && visit_may(&until->visit, &record))
        visit_apply(&until->visit, &record);
}

static void note_op(struct until *until, uint32_t id, const struct op *op)
{
    if (op->kind == OP_START || op->kind == OP_STOP)
        until->op_count = 0; /* what was asked of the browser that was is never answered */
    until->generation += op->kind == OP_START;
    if (op->kind == OP_COMMIT)
        note_record(until, op->record);
    if (id == 0)
        return;
    if (until->op_count == UNTIL_OPS_MAX) {
        until->ops_untold++;
        return;
    }
    struct until_op *kept = &until->ops[until->op_count++];
    *kept = (struct until_op){.id = id, .kind = op->kind, .since = world_now(until->inner), .budget_end = INSTANT_NEVER};
    if (op->kind == OP_CALL) {
        kept->operation = op->call.operation->name;
        kept->budget_end = instant_add(kept->since, op->call.budget);
    } else if (op->kind == OP_HTTP) {
        kept->budget_end = instant_add(kept->since, op->http.timeout);
    }
}

static uint32_t on_submit(struct world *world, const struct op *op)
{
    struct until *until = until_of(world);
    uint32_t id = until->inner->ops->submit(until->inner, op);
    note_op(until, id, op);
    if (until->reached || until->asked_target == FAULT_TARGET_COUNT || fault_target_of_op(op) != until->asked_target ||
        !is_asked(until, &until->at))
        return id;
    if (--until->calls_left == 0)
        reach(until);
    return id;
}

static void on_give_up(struct world *world, uint32_t op)
{
    struct until *until = until_of(world);
    for (size_t i = 0; i < until->op_count; i++)
        until->ops[i].given_up |= until->ops[i].id == op;
    until->inner->ops->give_up(until->inner, op);
}

static struct effect_report on_effect(const struct world *world)
{
    const struct world *inner = until_of(world)->inner;
    return inner->ops->effect(inner);
}

static const char *on_silence(struct world *world)
{
    struct world *inner = until_of(world)->inner;
    return inner->ops->silence(inner);
}

static void forget_op(struct until *until, uint32_t id)
{
    size_t kept = 0;
    for (size_t i = 0; i < until->op_count; i++)
        if (id == 0 || until->ops[i].id != id)
            until->ops[kept++] = until->ops[i];
    until->op_count = kept;
}

static enum err_code on_next(struct world *world, struct instant deadline, struct completion *ret_completion, struct err *err)
{
    struct until *until = until_of(world);
    if (until->reached) {
        until->stopped = true;
        return err_set(err, ERR_DIVERGED, "stopped at %s, as was asked", until->text);
    }
    enum err_code code = until->inner->ops->next(until->inner, deadline, ret_completion, err);
    until->world.now = until->inner->now;
    if (code == ERR_OK)
        forget_op(until, ret_completion->op);
    return code;
}

static const struct world_ops until_ops = {
    .submit = on_submit,
    .give_up = on_give_up,
    .effect = on_effect,
    .mark = on_mark,
    .next = on_next,
    .silence = on_silence,
};

struct world *until_open(struct until *until, struct world *inner, const struct journal *found)
{
    until->world = (struct world){.ops = &until_ops, .now = inner->now};
    until->inner = inner;
    until->found = found;
    tail_init(&until->events, NULL, NULL);
    return &until->world;
}

void until_fini(struct until *until)
{
    if (until->inner)
        tail_fini(&until->events);
}

void until_event(struct until *until, struct slice line)
{
    tail_feed(&until->events, line);
}

static const char *const op_names[] = {
    [OP_START] = "start of a browser", [OP_STOP] = "stop of the browser", [OP_CALL] = "call",
    [OP_ANSWER] = "answer to a dialog", [OP_FRAMES] = "look at the frames", [OP_PING] = "ping of the browser",
    [OP_HTTP] = "HTTP request", [OP_COMMIT] = "journal record", [OP_LOCK] = "lock",
};
static const char *const effect_names[] = {
    [EFFECT_DIAGNOSIS] = "saveDiagnosis", [EFFECT_NOTE] = "saveSOAP", [EFFECT_BILLING] = "generateBilling"};
static const char *const state_names[] = {
    [EFFECT_UNTOUCHED] = "untouched", [EFFECT_INTENDED] = "intended", [EFFECT_PROVED] = "proved"};

static void print_ops(const struct until *until, struct str *out)
{
    for (size_t i = 0; i < until->op_count; i++) {
        const struct until_op *op = &until->ops[i];
        str_addf(out, "  in flight  %s%s%s, since %lld us", op_names[op->kind], op->operation ? " " : "",
                 op->operation ? op->operation : "", (long long)op->since.us);
        if (op->budget_end.us != INSTANT_NEVER.us)
            str_addf(out, ", its budget to %lld us", (long long)op->budget_end.us);
        str_addf(out, "%s\n", op->given_up ? ", given up" : "");
    }
    if (until->op_count == 0)
        str_add(out, SLICE("  in flight  nothing\n"));
    if (until->ops_untold)
        str_addf(out, "  in flight  %llu more\n", (unsigned long long)until->ops_untold);
}

static size_t first_event(const struct until *until)
{
    return until->events.count > UNTIL_EVENTS ? until->events.count - UNTIL_EVENTS : 0;
}

static void print_lines(const struct until *until, const char *mark, uint64_t entry, struct str *out)
{
    const struct mark *at = &until->at;
    str_addf(out, "%s\n  instant    %lld us, entry %llu of the recording\n", mark, (long long)world_now(&until->world).us,
             (unsigned long long)entry);
    if (at->patient)
        str_addf(out, "  visit      patient %u, visit %u, attempt %u, step %s\n", at->patient, at->dos, at->attempt,
                 at->step ? at->step : "none");
    str_addf(out, "  browser    generation %u\n", until->generation);
    print_ops(until, out);
    for (size_t i = 0; at->patient && i < EFFECT_COUNT; i++)
        str_addf(out, "  effect     %s %s\n", effect_names[i], state_names[until->visit.facts.effects[i]]);
    for (size_t i = first_event(until); i < until->events.count; i++) {
        struct slice line = tail_at(&until->events, i);
        str_addf(out, "  event      %.*s\n", SLICE_ARG(line));
    }
}

static void print_json_ops(const struct until *until, struct json_out *json)
{
    json_out_array(json, "inFlight");
    for (size_t i = 0; i < until->op_count; i++) {
        const struct until_op *op = &until->ops[i];
        json_out_object(json, NULL);
        json_out_text(json, "what", op_names[op->kind]);
        if (op->operation)
            json_out_text(json, "operation", op->operation);
        json_out_int(json, "since", op->since.us);
        if (op->budget_end.us != INSTANT_NEVER.us)
            json_out_int(json, "budgetTo", op->budget_end.us);
        json_out_bool(json, "givenUp", op->given_up);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

static void print_json_visit(const struct until *until, struct json_out *json)
{
    const struct mark *at = &until->at;
    if (at->patient == 0)
        return;
    json_out_int(json, "patient", at->patient);
    json_out_int(json, "dos", at->dos);
    json_out_int(json, "attempt", at->attempt);
    if (at->step)
        json_out_text(json, "step", at->step);
    json_out_object(json, "effects");
    for (size_t i = 0; i < EFFECT_COUNT; i++)
        json_out_text(json, effect_names[i], state_names[until->visit.facts.effects[i]]);
    json_out_end_object(json);
}

static void print_json(const struct until *until, const char *mark, uint64_t entry, struct str *out)
{
    struct json_out json;
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_text(&json, "mark", mark);
    json_out_int(&json, "at", world_now(&until->world).us);
    json_out_int(&json, "entry", (int64_t)entry);
    json_out_int(&json, "generation", until->generation);
    print_json_visit(until, &json);
    print_json_ops(until, &json);
    json_out_array(&json, "events");
    for (size_t i = first_event(until); i < until->events.count; i++)
        json_out_raw(&json, NULL, tail_at(&until->events, i));
    json_out_end_array(&json);
    json_out_end_object(&json);
    str_add_char(out, '\n');
}

void until_print(const struct until *until, uint64_t entry, bool json, struct str *out)
{
    char mark[MARK_TEXT_MAX];
    (void)mark_format(&until->at, mark);
    if (json)
        print_json(until, mark, entry, out);
    else
        print_lines(until, mark, entry, out);
}
