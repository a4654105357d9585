#include "tests/unit/fake_world.h"

#include "engine/world/journal_line.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#define ANSWER_US 10000
#define SLOW_SERVER_MS 40000
#define LATE_US 15500000

static const char *const counted[] = {
    "validateSession", "probeSession", "openWaitingRoom", "searchPatient", "selectPatient",    "sortVisits",
    "openVisit",       "navigateICD",  "readDiagnosis",   "addICD",        "addCPT",           "saveDiagnosis",
    "navigatePTNote",  "readNote",     "fillSOAP",        "saveSOAP",      "navigateCheckout", "readBilling",
    "generateBilling", "closeVisit",   "start",           "commit",        "http",             "lock",
};

static struct fake_world *fake_of(struct world *world)
{
    return (struct fake_world *)world;
}

static const struct fake_fault *fault_for(struct fake_world *fake, const char *operation)
{
    uint32_t nth = 0;
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (strcmp(counted[i], operation) == 0)
            nth = ++fake->seen[i];
    for (size_t i = 0; i < fake->fault_count; i++)
        if (strcmp(fake->faults[i].operation, operation) == 0 && (fake->faults[i].nth == 0 || fake->faults[i].nth == nth))
            return &fake->faults[i];
    return NULL;
}

/* Puts a completion into the queue, in the order of its instant. */
static void push(struct fake_world *fake, struct completion completion, int64_t after_us, const char *text)
{
    ASSERT(fake->queued < FAKE_QUEUE_MAX);
    size_t at = fake->queued++;
    completion.at = (struct instant){fake->base.now.us + after_us};
    while (at > 0 && fake->queue[at - 1].completion.at.us > completion.at.us) {
        fake->queue[at] = fake->queue[at - 1];
        at--;
    }
    fake->queue[at].completion = completion;
    ASSERT(text_format(fake->queue[at].text, sizeof fake->queue[at].text, "%s", text ? text : ""));
}

static void answer(struct fake_world *fake, uint32_t op, int64_t after_us, const char *value)
{
    char text[256];
    ASSERT(text_format(text, sizeof text, "{\"ok\":true,\"clock\":%lld,\"nonce\":\"n%u\",\"session\":\"%s\",\"value\":%s}",
                       (long long)(fake->base.now.us + after_us) / 1000, fake->starts, fake->expired ? "expired" : "ok", value));
    push(fake, (struct completion){.kind = COMPLETION_RESULT, .op = op}, after_us, text);
}

static void answer_failure(struct fake_world *fake, uint32_t op, const char *kind)
{
    char text[256];
    ASSERT(text_format(text, sizeof text, "{\"ok\":false,\"clock\":1,\"nonce\":\"n%u\",\"session\":\"%s\",\"kind\":\"%s\"}",
                       fake->starts, fake->expired ? "expired" : "ok", kind));
    push(fake, (struct completion){.kind = COMPLETION_RESULT, .op = op}, ANSWER_US, text);
}

struct fake_chart *fake_world_chart(struct fake_world *world, const char *name, uint32_t order)
{
    for (size_t i = 0; i < world->chart_count; i++)
        if (world->charts[i].order == order && strcmp(world->charts[i].name, name) == 0)
            return &world->charts[i];
    ASSERT(world->chart_count < FAKE_VISITS_MAX);
    struct fake_chart *chart = &world->charts[world->chart_count++];
    *chart = (struct fake_chart){.order = order};
    ASSERT(text_format(chart->name, sizeof chart->name, "%s", name));
    return chart;
}

static void open_chart(struct fake_world *fake, const struct op_call *call)
{
    json_auto_t *args = json_loadb(call->args.ptr, call->args.len, JSON_REJECT_DUPLICATES, NULL);
    const char *pinned = json_string_value(json_object_get(args, "visitId"));
    if (fake->same_row && !pinned)
        fake->open = &fake->charts[0];
    else if (pinned)
        fake->open = &fake->charts[strtoul(pinned, NULL, 10) - 1];
    else
        fake->open = fake_world_chart(fake, json_string_value(json_object_get(args, "name")),
                                      (uint32_t)json_integer_value(json_object_get(args, "order")));
    fake->same_row = false;
    fake->open->opens++;
}

static void take_effect(struct fake_world *fake, const char *name)
{
    fake->request = EFFECT_ANSWERED;
    if (strcmp(name, "saveDiagnosis") == 0) {
        fake->open->codes = true;
        fake->open->code_saves++;
    } else if (strcmp(name, "saveSOAP") == 0) {
        fake->open->note = true;
        fake->open->note_saves++;
    } else {
        fake->open->bills++;
    }
}

static void format_value(struct fake_world *fake, const char *name, char ret_value[128])
{
    const char *flag = NULL;
    bool value = false;
    if (strcmp(name, "readDiagnosis") == 0) {
        flag = "present";
        value = fake->open->codes;
    } else if (strcmp(name, "readNote") == 0) {
        flag = fake->open->foreign_note ? "empty\":false,\"equal" : fake->open->note ? "empty\":false,\"equal" : "empty\":true,\"equal";
        value = fake->open->note;
    } else if (strcmp(name, "readBilling") == 0) {
        flag = "billed";
        value = fake->open->bills > 0;
    }
    bool fits = true;
    if (flag)
        fits = text_format(ret_value, 128, "{\"%s\":%s}", flag, value ? "true" : "false");
    else if (strcmp(name, "openVisit") == 0)
        fits = text_format(ret_value, 128, "{\"rowId\":\"trt%zu\",\"visitId\":\"%zu\",\"billed\":%s,\"payer\":\"%s\"}",
                           (size_t)(fake->open - fake->charts) + 1, (size_t)(fake->open - fake->charts) + 1,
                           fake->open->bills ? "true" : "false", fake->other_payer ? "differs" : "match");
    else if (strcmp(name, "validateSession") == 0)
        fits = text_format(ret_value, 128, "{\"doctorId\":\"42\"}");
    else if (strcmp(name, "probeSession") == 0)
        fits = text_format(ret_value, 128, "{\"session\":\"%s\"}", fake->expired ? "expired" : "ok");
    else
        fits = text_format(ret_value, 128, "{}");
    ASSERT(fits);
}

/* True when the fault has said all there is to say. */
static bool misbehave(struct fake_world *fake, const struct fake_fault *fault, const struct op_call *call, uint32_t op)
{
    bool effect = call->operation->is_effect;
    switch (fault->kind) {
    case FAKE_TYPED: answer_failure(fake, op, fault->detail); return true;
    case FAKE_SILENT: return true;
    case FAKE_LOST_ANSWER:
        if (effect)
            take_effect(fake, call->operation->name);
        fake->request = EFFECT_SENT;
        return true;
    case FAKE_SLOW_SERVER:
        fake->request = EFFECT_IN_FLIGHT;
        fake->exchange_ends = instant_add(fake->base.now, duration_ms(SLOW_SERVER_MS));
        fake->in_flight = call->operation->name;
        fake->in_flight_chart = fake->open;
        return true;
    case FAKE_FOREIGN_NOTE:
        if (fake->open) {
            fake->open->foreign_note = true;
            fake->open->note = false;
        }
        return false;
    case FAKE_OTHER_PAYER: fake->other_payer = true; return false;
    case FAKE_SAME_ROW: fake->same_row = fake->chart_count > 0; return false;
    case FAKE_LOST_BILL: fake->request = EFFECT_SENT; return true;
    case FAKE_NOT_TAKEN:
        fake->request = EFFECT_ANSWERED;
        answer(fake, op, ANSWER_US, "{}");
        return true;
    case FAKE_LATE:
        if (effect)
            take_effect(fake, call->operation->name);
        answer(fake, op, LATE_US, "{}");
        return true;
    case FAKE_CRASH: push(fake, (struct completion){.kind = COMPLETION_CRASH}, ANSWER_US, NULL); return true;
    case FAKE_GONE:
        fake->running = false;
        push(fake, (struct completion){.kind = COMPLETION_GONE}, ANSWER_US, NULL);
        return true;
    case FAKE_EXPIRED:
        fake->expired = true;
        answer_failure(fake, op, "timeout");
        return true;
    case FAKE_SIGNAL: push(fake, (struct completion){.kind = COMPLETION_SIGNAL, .signal = 15}, 1, NULL); return false;
    case FAKE_SIGNAL_LOST:
        push(fake, (struct completion){.kind = COMPLETION_SIGNAL, .signal = 15}, 1, NULL);
        if (effect)
            take_effect(fake, call->operation->name);
        fake->request = EFFECT_SENT;
        return true;
    case FAKE_DIALOG:
        push(fake, (struct completion){.kind = COMPLETION_DIALOG, .dialog = {SLICE("confirm"), slice_of(fault->detail)}}, 1, NULL);
        return false;
    case FAKE_KILL:
    case FAKE_BUSY:
    case FAKE_HELD:
    case FAKE_COMMIT_FAILS: return false;
    }
    return false;
}

static void note_call(struct fake_world *fake, const struct op_call *call)
{
    size_t used = strlen(fake->commands);
    ASSERT(text_format(fake->commands + used, sizeof fake->commands - used, "%s\n", call->operation->name));
    fake->calls_after_expiry += fake->expired && strcmp(call->operation->name, "probeSession") != 0;
    if (!call->operation->is_effect)
        return;
    fake->effects_called++;
    fake->request = EFFECT_NO_REQUEST;
    fake->intents_unanswered += !fake->intent_durable;
    fake->intent_durable = false;
}

static void call_operation(struct fake_world *fake, const struct op_call *call, uint32_t op)
{
    const char *name = call->operation->name;
    char value[128];
    note_call(fake, call);
    const struct fake_fault *fault = fault_for(fake, name);
    if (fault && misbehave(fake, fault, call, op))
        return;
    if (strcmp(name, "openVisit") == 0)
        open_chart(fake, call);
    if (call->operation->is_effect)
        take_effect(fake, name);
    if (fake->expired && strcmp(name, "probeSession") != 0) {
        answer_failure(fake, op, "timeout");
        return;
    }
    format_value(fake, name, value);
    fake->other_payer = false;
    answer(fake, op, ANSWER_US, value);
}

/* The line as it is written, as much of it as a kill leaves. */
static void write_line(struct fake_world *fake, struct slice record, const struct fake_fault *fault)
{
    CLEANUP_STR struct str line;
    str_init(&line, 1 << 16);
    journal_line_format(&line, ++fake->journal_seq, record);
    struct slice written = str_slice(&line);
    fake->killed = fault && fault->kind == FAKE_KILL;
    if (fake->killed) {
        size_t count = strtoul(fault->detail, NULL, 10);
        written.len = count < written.len ? count : written.len;
    }
    str_add(&fake->journal, written);
}

static void commit(struct fake_world *fake, const struct op *op, uint32_t id)
{
    const struct fake_fault *fault = fault_for(fake, "commit");
    bool fails = fault && fault->kind == FAKE_COMMIT_FAILS;
    fake->commits++;
    if (!fails)
        write_line(fake, op->record, fault);
    if (fault && fault->kind == FAKE_SIGNAL)
        push(fake, (struct completion){.kind = COMPLETION_SIGNAL, .signal = 15}, 50, NULL);
    if (fault && fault->kind == FAKE_CRASH) {
        fake->running = false;
        push(fake, (struct completion){.kind = COMPLETION_CRASH}, 50, NULL);
    }
    fake->intent_durable = !fails && slice_find(op->record, SLICE("\"type\":\"intent\"")) != NULL;
    push(fake, (struct completion){.kind = COMPLETION_IO, .op = id, .io_error = fails ? ENOSPC : 0}, 100, NULL);
}

static void lock(struct fake_world *fake, struct slice name, uint32_t id)
{
    const struct fake_fault *fault = fault_for(fake, "lock");
    ASSERT(text_format(fake->lock_name, sizeof fake->lock_name, "%.*s", SLICE_ARG(name)));
    push(fake, (struct completion){.kind = COMPLETION_IO, .op = id, .io_error = fault ? EWOULDBLOCK : 0}, 100, NULL);
}

static void start(struct fake_world *fake, uint32_t id)
{
    const struct fake_fault *fault = fault_for(fake, "start");
    fake->starts++;
    fake->open = NULL;
    /* The browser is there, and its page never opens; or it says nothing at all. */
    fake->running = !fault || fault->kind == FAKE_SILENT;
    if (fault && (fault->kind == FAKE_SILENT || fault->kind == FAKE_GONE))
        return;
    if (fault)
        push(fake, (struct completion){.kind = COMPLETION_FAILURE, .op = id, .failure = {FAILURE_LAUNCH, SLICE("ENOENT")}}, ANSWER_US, NULL);
    else
        push(fake, (struct completion){.kind = COMPLETION_RESULT, .op = id}, ANSWER_US, "{}");
}

static void http(struct fake_world *fake, uint32_t id)
{
    const struct fake_fault *fault = fault_for(fake, "http");
    if (fault && fault->kind == FAKE_SIGNAL) {
        push(fake, (struct completion){.kind = COMPLETION_SIGNAL, .signal = 15}, 1000, NULL);
        push(fake, (struct completion){.kind = COMPLETION_HTTP, .op = id, .http = &fake->response}, 60000000, NULL);
        return;
    }
    fake->response = (struct wire_response){.state = WIRE_HTTP_ANSWERED, .status = 200, .body = SLICE("<iframe id=workarea0>")};
    if (fault && fault->kind == FAKE_EXPIRED)
        fake->response.body = SLICE("<input type=\"password\">");
    else if (fault && fault->kind == FAKE_BUSY)
        fake->response = (struct wire_response){.state = WIRE_HTTP_ANSWERED, .status = 503, .header_count = 1,
                                                .headers = {{SLICE("Retry-After"), slice_of(fault->detail)}}};
    else if (fault)
        fake->response = (struct wire_response){.state = WIRE_HTTP_NOT_SENT, .failure = WIRE_HTTP_REFUSED};
    push(fake, (struct completion){.kind = COMPLETION_HTTP, .op = id, .http = &fake->response}, ANSWER_US, NULL);
}

static uint32_t fake_submit(struct world *world, const struct op *op)
{
    struct fake_world *fake = fake_of(world);
    if (op->kind == OP_ANSWER)
        return 0;
    if (op->kind == OP_STOP) {
        fake->stops++;
        fake->running = false;
        fake->queued = 0;
        return 0;
    }
    uint32_t id = ++fake->next_op;
    switch (op->kind) {
    case OP_START: start(fake, id); break;
    case OP_CALL:
        if (fake->running)
            call_operation(fake, &op->call, id);
        break;
    case OP_FRAMES:
        push(fake, (struct completion){.kind = COMPLETION_RESULT, .op = id}, ANSWER_US, "{\"frames\":[]}");
        break;
    case OP_HTTP: http(fake, id); break;
    case OP_COMMIT: commit(fake, op, id); break;
    case OP_LOCK: lock(fake, op->lock, id); break;
    case OP_PING:
        if (fake->running)
            push(fake, (struct completion){.kind = COMPLETION_RESULT, .op = id}, 100, "{}");
        break;
    case OP_STOP:
    case OP_ANSWER: break;
    }
    return id;
}

static void fake_give_up(struct world *world, uint32_t op)
{
    (void)world;
    (void)op;
}

static struct effect_report fake_effect(const struct world *world)
{
    return (struct effect_report){.request = ((const struct fake_world *)world)->request};
}

static void fake_mark(struct world *world, const struct mark *mark)
{
    (void)world;
    (void)mark;
}

/* What a slow server was asked to do is done now. */
static void land(struct fake_world *fake)
{
    if (fake->request != EFFECT_IN_FLIGHT || instant_before(fake->base.now, fake->exchange_ends))
        return;
    struct fake_chart *open = fake->open;
    fake->open = fake->in_flight_chart;
    take_effect(fake, fake->in_flight);
    fake->open = open;
}

static enum err_code fake_next(struct world *world, struct instant deadline, struct completion *ret, struct err *err)
{
    struct fake_world *fake = fake_of(world);
    if (fake->killed)
        return err_set(err, ERR_UNREADABLE, "killed");
    if (fake->queued == 0 || instant_before(deadline, fake->queue[0].completion.at)) {
        if (deadline.us == INSTANT_NEVER.us)
            return err_set(err, ERR_INTERNAL, "the engine waits for ever");
        *ret = (struct completion){.kind = COMPLETION_DEADLINE, .at = deadline};
        if (fake->base.now.us < deadline.us)
            fake->base.now = deadline;
        land(fake);
        return ERR_OK;
    }
    *ret = fake->queue[0].completion;
    memcpy(fake->delivered, fake->queue[0].text, sizeof fake->delivered);
    if (ret->kind == COMPLETION_RESULT)
        ret->result = slice_of(fake->delivered);
    memmove(&fake->queue[0], &fake->queue[1], --fake->queued * sizeof fake->queue[0]);
    fake->base.now = ret->at;
    land(fake);
    return ERR_OK;
}

static const char *fake_silence(struct world *world)
{
    (void)world;
    return "nothing";
}

void fake_world_init(struct fake_world *world, const struct fake_fault *faults, size_t fault_count)
{
    static const struct world_ops ops = {fake_submit, fake_give_up, fake_effect, fake_mark, fake_next, fake_silence};
    *world = (struct fake_world){.base = {.ops = &ops}, .faults = faults, .fault_count = fault_count};
    str_init(&world->journal, 1 << 20);
}

void fake_world_restart(struct fake_world *world, const struct fake_fault *faults, size_t fault_count, uint64_t journal_seq)
{
    struct fake_world before = *world;
    fake_world_init(world, faults, fault_count);
    world->journal = before.journal;
    world->journal_seq = journal_seq;
    world->chart_count = before.chart_count;
    memcpy(world->charts, before.charts, sizeof world->charts);
}

uint32_t fake_world_calls(const struct fake_world *world, const char *operation)
{
    uint32_t count = 0;
    size_t length = strlen(operation);
    for (const char *line = world->commands; *line; line = strchr(line, '\n') + 1)
        count += strncmp(line, operation, length) == 0 && line[length] == '\n';
    return count;
}
