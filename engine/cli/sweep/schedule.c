/* Swarm style: a seed first leaves out some kinds altogether, since what one kind does hides
   what another would have shown, and the more kinds there are the less each meets its like;
   then it draws how many faults, and each of them. */
#include "engine/cli/sweep/schedule.h"

struct chance {
    uint64_t state;
    bool out[FAULT_KIND_COUNT]; /* kinds that this seed does without */
};

static uint64_t draw(struct chance *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t below(struct chance *c, uint32_t end)
{
    return (uint32_t)(draw(c) % end);
}

static bool one_in(struct chance *c, uint32_t n)
{
    return below(c, n) == 0;
}

size_t shapes_at(enum fault_target target, struct shape ret_shapes[FAULT_KIND_COUNT * 2])
{
    size_t count = 0;
    for (enum fault_kind kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (!fault_applies(kind, target))
            continue;
        ret_shapes[count++] = (struct shape){target, kind, false};
        if (fault_has_taken(kind, target))
            ret_shapes[count++] = (struct shape){target, kind, true};
    }
    return count;
}

const struct shape *shapes_all(size_t *ret_count)
{
    static struct shape shapes[SHAPES_MAX];
    static size_t count;
    for (enum fault_target target = 0; count == 0 || (target > 0 && target < FAULT_TARGET_COUNT); target++) {
        ASSERT(count + FAULT_KIND_COUNT * 2 <= SHAPES_MAX);
        count += shapes_at(target, &shapes[count]);
    }
    *ret_count = count;
    return shapes;
}

/* Either side of a budget, of its quadruple, and of what the site may ask. */
uint32_t shape_size(enum fault_kind kind, uint64_t chance)
{
    static const uint32_t ms[] = {1, 400, 5000, 14000, 16000, 31000, 62000, 95000};
    static const uint32_t seconds[] = {0, 1, 3, 20, 119, 121, 600};
    static const uint32_t signal_ms[] = {0, 1, 150, 900, 2500};
    switch ((int)kind) {
    case FAULT_DELAY:
    case FAULT_LATE_ANSWER:
    case FAULT_LATE_EDITOR:
    case FAULT_LATE_EFFECT: return ms[chance % (sizeof ms / sizeof *ms)];
    case FAULT_STATUS: return seconds[chance % (sizeof seconds / sizeof *seconds)];
    case FAULT_SIGNAL: return signal_ms[chance % (sizeof signal_ms / sizeof *signal_ms)];
    case FAULT_SLOW: return 2 + chance % 200;
    case FAULT_SESSION_EXPIRED: return chance % 3;
    case FAULT_TORN_COMMIT: return chance % 180;
    }
    return 0;
}

bool kind_ends_process(enum fault_kind kind)
{
    return fault_kills(kind) || kind == FAULT_SIGNAL || kind == FAULT_SESSION_EXPIRED || kind == FAULT_COMMIT_FAILS ||
           kind == FAULT_LOCKED;
}

/* Targets that have few kinds, or that a run seldom comes to, have their share all the same. */
static struct shape draw_rare(struct chance *c)
{
    static const enum fault_target rare[] = {FAULT_AT_COMMIT, FAULT_AT_COMMIT, FAULT_AT_START, FAULT_AT_PING, FAULT_AT_FRAMES,
                                             FAULT_AT_HTTP, FAULT_AT_LOCK, FAULT_AT_OPERATION_PROBE_SESSION,
                                             FAULT_AT_OPERATION_VALIDATE_SESSION};
    struct shape at[FAULT_KIND_COUNT * 2];
    size_t count = shapes_at(rare[below(c, sizeof rare / sizeof *rare)], at);
    return at[below(c, (uint32_t)count)];
}

static struct shape draw_shape(struct chance *c)
{
    size_t count;
    const struct shape *shapes = shapes_all(&count);
    for (;;) {
        struct shape shape = one_in(c, 5) ? draw_rare(c) : shapes[below(c, (uint32_t)count)];
        /* A process that ends costs a whole resume: some are drawn again. */
        if (!c->out[shape.kind] && (!kind_ends_process(shape.kind) || one_in(c, 3)))
            return shape;
    }
}

/* Of these the one drawn, or one after it that this seed has; the first where it has none. */
static enum fault_kind choose(struct chance *c, const enum fault_kind *kinds, uint32_t count)
{
    uint32_t drawn = below(c, count);
    for (uint32_t i = 0; i < count; i++)
        if (!c->out[kinds[(drawn + i) % count]])
            return kinds[(drawn + i) % count];
    return kinds[0];
}

static void add(struct schedule *s, const struct chance *c, struct fault fault)
{
    if (s->count < s->max && !c->out[fault.kind])
        s->faults[s->count++] = fault;
}

/* A transient failure of attempt `attempt`, so that there is one after it. */
static struct fault stumble(struct chance *c, const struct fault *place, uint32_t attempt)
{
    bool needs_start = place->target == FAULT_AT_START || place->target == FAULT_AT_OPERATION_VALIDATE_SESSION;
    static const enum fault_target at[] = {FAULT_AT_OPERATION_SEARCH_PATIENT, FAULT_AT_OPERATION_OPEN_VISIT,
                                           FAULT_AT_OPERATION_NAVIGATE_PT_NOTE, FAULT_AT_OPERATION_OPEN_WAITING_ROOM};
    static const enum fault_kind kinds[] = {FAULT_MISSING_ELEMENT, FAULT_RESET, FAULT_HANG, FAULT_BROWSER_GONE};
    struct fault fault = {.patient = place->patient, .dos = place->dos, .attempt = attempt, .nth = 1};
    fault.target = at[below(c, 4)];
    fault.kind = needs_start ? FAULT_BROWSER_GONE : choose(c, kinds, 4);
    return fault;
}

/* The browser and the session are looked at only after a failure of the same attempt. */
static void add_companion(struct schedule *s, struct chance *c, const struct fault *place)
{
    struct fault fault = {.patient = place->patient, .dos = place->dos, .attempt = place->attempt, .nth = 1};
    fault.target = one_in(c, 2) ? FAULT_AT_OPERATION_NAVIGATE_PT_NOTE : FAULT_AT_OPERATION_READ_NOTE;
    static const enum fault_kind kinds[] = {FAULT_HANG, FAULT_RESET};
    fault.kind = place->target == FAULT_AT_PING ? FAULT_HANG : choose(c, kinds, 2);
    if (place->target == FAULT_AT_PING || place->target == FAULT_AT_FRAMES || place->target == FAULT_AT_OPERATION_PROBE_SESSION)
        add(s, c, fault);
}

static uint32_t draw_attempt(struct chance *c)
{
    uint32_t of_ten = below(c, 10);
    return of_ten < 6 ? 1 : of_ten < 8 ? 2 : 3;
}

static uint32_t draw_nth(struct chance *c, enum fault_target target)
{
    if (target == FAULT_AT_COMMIT)
        return 1 + below(c, 9);
    return one_in(c, 4) ? 2 + below(c, 2) : 1;
}

static void add_drawn(struct schedule *s, struct chance *c, const struct batch *batch)
{
    struct shape shape = draw_shape(c);
    const struct batch_visit *visit = &batch->visits[below(c, (uint32_t)batch->visit_count)];
    struct fault fault = {.target = shape.target, .kind = shape.kind, .taken = shape.taken};
    fault.nth = draw_nth(c, shape.target);
    if (shape.target == FAULT_AT_OPERATION_PROBE_SESSION || shape.target == FAULT_AT_PING || shape.target == FAULT_AT_FRAMES)
        fault.nth = 1;
    fault.size = shape_size(shape.kind, draw(c));
    if (kind_ends_process(shape.kind))
        fault.run = draw_attempt(c);
    if (shape.target == FAULT_AT_HTTP || (shape.target == FAULT_AT_COMMIT && one_in(c, 4))) {
        fault.patient = FAULT_OUTSIDE;
        fault.run = draw_attempt(c);
    } else if (shape.target != FAULT_AT_LOCK) {
        fault.attempt = draw_attempt(c);
        /* A browser is started for the first visit, and after it was lost. */
        bool of_start = shape.target == FAULT_AT_START || shape.target == FAULT_AT_OPERATION_VALIDATE_SESSION;
        if (of_start && fault.attempt == 1)
            visit = &batch->visits[0];
        fault.patient = visit->patient + 1;
        fault.dos = visit->dos;
    }
    for (uint32_t attempt = 1; attempt < fault.attempt; attempt++)
        add(s, c, stumble(c, &fault, attempt));
    if (fault.attempt)
        add_companion(s, c, &fault);
    add(s, c, fault);
}

/* Visit after visit fails, so that the breaker opens; half the time its looks fail too. */
static void add_storm(struct schedule *s, struct chance *c, const struct batch *batch)
{
    static const enum fault_kind kinds[] = {FAULT_MISSING_ELEMENT, FAULT_RESET, FAULT_HANG, FAULT_TARGET_CRASH};
    size_t visit = below(c, (uint32_t)batch->visit_count);
    struct fault fails = {.target = FAULT_AT_OPERATION_OPEN_VISIT, .kind = choose(c, kinds, 4)};
    for (uint32_t i = 0; i < 2 && visit < batch->visit_count; i++) {
        fails.patient = batch->visits[visit].patient + 1;
        add(s, c, fails);
        while (visit < batch->visit_count && batch->visits[visit].patient + 1 == fails.patient)
            visit++;
    }
    if (one_in(c, 2))
        return;
    struct shape at_http[FAULT_KIND_COUNT * 2];
    uint32_t count = (uint32_t)shapes_at(FAULT_AT_HTTP, at_http);
    bool down = !one_in(c, 3);
    for (uint32_t nth = 2; nth < 5; nth++) {
        struct fault fault = {.run = 1, .patient = FAULT_OUTSIDE, .target = FAULT_AT_HTTP, .nth = nth};
        fault.kind = down ? FAULT_STATUS : at_http[below(c, count)].kind;
        fault.size = shape_size(fault.kind, draw(c));
        add(s, c, fault);
    }
}

/* A stop is asked when an attempt has just failed; that the session is over is seen by the
   first to look after the wait, which is a new browser. */
static void add_to_wait(struct schedule *s, struct chance *c, struct fault *fault)
{
    bool stop = fault->kind == FAULT_SIGNAL;
    fault->target = stop ? FAULT_AT_OPERATION_OPEN_WAITING_ROOM : FAULT_AT_OPERATION_VALIDATE_SESSION;
    fault->attempt = stop ? 1 : 2;
    struct fault before = stumble(c, fault, 1);
    if (stop)
        before.target = fault->target;
    add(s, c, before);
}

/* A stop has a grace, which something must use up: what it finds under way hangs. */
static void add_hang(struct schedule *s, struct chance *c, struct fault place)
{
    place.kind = FAULT_HANG;
    place.size = 0;
    add(s, c, place);
}

/* What matters most is met too seldom by chance: an end of the process or of the session, or
   an unknown outcome, inside an effect, a record or the wait before a second attempt. */
static void add_focus(struct schedule *s, struct chance *c, const struct batch *batch)
{
    static const enum fault_target effects[] = {FAULT_AT_OPERATION_SAVE_DIAGNOSIS, FAULT_AT_OPERATION_SAVE_SOAP,
                                                FAULT_AT_OPERATION_GENERATE_BILLING};
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_KILL_AFTER, FAULT_SESSION_EXPIRED, FAULT_SIGNAL, FAULT_SESSION_EXPIRED,
                                            FAULT_LATE_EFFECT, FAULT_LOST_ANSWER, FAULT_TORN_COMMIT, FAULT_COMMIT_FAILS};
    const struct batch_visit *visit = &batch->visits[below(c, (uint32_t)batch->visit_count)];
    struct fault fault = {.patient = visit->patient + 1, .dos = visit->dos, .attempt = 1, .nth = 1};
    fault.target = effects[below(c, 3)];
    fault.kind = choose(c, kinds, 9);
    fault.size = shape_size(fault.kind, draw(c));
    fault.run = kind_ends_process(fault.kind);
    if (fault.kind == FAULT_TORN_COMMIT || fault.kind == FAULT_COMMIT_FAILS) {
        fault.target = FAULT_AT_COMMIT;
        fault.nth = draw_nth(c, FAULT_AT_COMMIT);
    } else if ((fault.kind == FAULT_SESSION_EXPIRED || fault.kind == FAULT_SIGNAL) && one_in(c, 2)) {
        add_to_wait(s, c, &fault);
    } else if (fault.kind == FAULT_SIGNAL) {
        add_hang(s, c, fault);
    }
    add(s, c, fault);
}

/* None, a quarter, half or three quarters of the kinds, but never all. */
static void leave_out(struct chance *c)
{
    uint32_t quarters = below(c, 4), kept = below(c, FAULT_KIND_COUNT);
    for (uint32_t kind = 0; kind < FAULT_KIND_COUNT; kind++)
        c->out[kind] = below(c, 4) < quarters && kind != kept;
}

/* A few, some, or as many as there may be. */
static uint32_t draw_count(struct chance *c, uint32_t max)
{
    uint32_t some = max < 20 ? max : 20;
    switch (below(c, 4)) {
    case 0: return 1 + below(c, max < 5 ? max : 5);
    case 1: return 1 + below(c, max);
    }
    return 1 + some / 2 + below(c, some - some / 2);
}

void schedule_random(uint64_t seed, const struct batch *batch, uint32_t max, struct schedule *ret_schedule)
{
    struct chance c = {.state = seed};
    ASSERT(max >= 1 && max <= MODEL_FAULTS_MAX);
    leave_out(&c);
    ret_schedule->count = 0;
    ret_schedule->max = max;
    uint32_t wanted = draw_count(&c, max);
    if (one_in(&c, 4))
        add_storm(ret_schedule, &c, batch);
    if (!one_in(&c, 8))
        add_focus(ret_schedule, &c, batch);
    while (ret_schedule->count < wanted)
        add_drawn(ret_schedule, &c, batch);
}

struct terms schedule_terms(uint64_t seed)
{
    static const uint32_t retries[] = {2, 2, 2, 2, 2, 1, 0, 3};
    static const uint32_t multipliers[] = {1000, 1000, 1000, 1000, 500, 2000};
    struct terms terms = {.max_retries = 2, .multiplier_thousandths = 1000};
    struct chance c = {.state = ~seed};
    if (seed == 0)
        return terms;
    terms.max_retries = retries[below(&c, 8)];
    terms.multiplier_thousandths = multipliers[below(&c, 6)];
    if (one_in(&c, 4))
        terms.min_gap = duration_ms(2000);
    if (one_in(&c, 30))
        terms.batch_timeout = duration_ms(60000 + below(&c, 600000));
    return terms;
}

void schedule_settle(uint64_t seed, struct journey_plan *plan)
{
    static const int64_t paces[] = {0, 0, 0, 1, 4, 8};
    struct chance c = {.state = seed ^ UINT64_C(0x5eed)};
    plan->seed = seed;
    plan->terms = schedule_terms(seed);
    plan->resume_after = seed % 8 == 0;
    plan->latency = (struct model_latency){0};
    if (seed == 0)
        return;
    /* In quarters of the model's own; 0: those. */
    int64_t effect = paces[below(&c, 6)], navigation = paces[below(&c, 6)];
    plan->latency.effect = (struct duration){effect * 100000};
    plan->latency.navigation = (struct duration){navigation * 75000};
}
