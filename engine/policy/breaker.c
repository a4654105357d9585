#include "engine/policy/breaker.h"

#define FIRST_WAIT_MS 30000

static const char *const state_names[] = {
#define X(id, name) [id] = name,
#include "engine/policy/breaker.def"
#undef X
};

static const char *const mode_names[] = {
    [BREAKER_AUTO] = "auto", [BREAKER_FORCED_CLOSED] = "closed", [BREAKER_FORCED_OPEN] = "open"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The index of a name; `count` where there is none such. */
static size_t find(struct slice name, const char *const names[], size_t count)
{
    size_t i = 0;
    while (i < count && !slice_equal(name, slice_of(names[i])))
        i++;
    return i;
}

const char *breaker_state_name(enum breaker_state state)
{
    return state_names[state];
}

bool breaker_state_parse(struct slice name, enum breaker_state *ret_state)
{
    size_t index = find(name, state_names, COUNT(state_names));
    if (index < COUNT(state_names))
        *ret_state = (enum breaker_state)index;
    return index < COUNT(state_names);
}

const char *breaker_mode_name(enum breaker_mode mode)
{
    return mode_names[mode];
}

bool breaker_mode_parse(struct slice name, enum breaker_mode *ret_mode)
{
    size_t index = find(name, mode_names, COUNT(mode_names));
    if (index < COUNT(mode_names))
        *ret_mode = (enum breaker_mode)index;
    return index < COUNT(mode_names);
}

void breaker_count_attempt(struct breaker *b, bool failed)
{
    b->attempts_failed = (b->attempts_failed << 1 | failed) & ((1u << BREAKER_WINDOW) - 1);
}

void breaker_count_visit(struct breaker *b, bool failed)
{
    b->visits_failed = failed ? b->visits_failed + 1 : 0;
}

static uint32_t count_bits(uint32_t bits)
{
    uint32_t count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

bool breaker_trips(const struct breaker *b)
{
    if (b->mode != BREAKER_AUTO)
        return b->mode == BREAKER_FORCED_OPEN;
    return b->visits_failed >= BREAKER_VISITS_MAX || count_bits(b->attempts_failed) >= BREAKER_WINDOW_FAILED_MAX;
}

/* The one setter: rows are where it stands, columns where it may go. */
static void go(struct breaker *b, enum breaker_state state)
{
    static const bool may[][BREAKER_STOPPED + 1] = {
        [BREAKER_CLOSED] = {[BREAKER_OPEN] = true, [BREAKER_STOPPED] = true},
        [BREAKER_OPEN] = {[BREAKER_HALF_OPEN] = true},
        [BREAKER_HALF_OPEN] = {[BREAKER_CLOSED] = true, [BREAKER_OPEN] = true, [BREAKER_STOPPED] = true},
        [BREAKER_STOPPED] = {false},
    };
    ASSERT(may[b->state][state]);
    b->state = state;
}

void breaker_open(struct breaker *b)
{
    go(b, b->mode == BREAKER_FORCED_OPEN ? BREAKER_STOPPED : BREAKER_OPEN);
}

void breaker_begin_probe(struct breaker *b)
{
    go(b, BREAKER_HALF_OPEN);
}

void breaker_end_probe(struct breaker *b, bool went_well)
{
    if (went_well) {
        go(b, BREAKER_CLOSED);
        *b = (struct breaker){.mode = b->mode};
        return;
    }
    b->probes_failed++;
    go(b, b->probes_failed < BREAKER_PROBES_MAX ? BREAKER_OPEN : BREAKER_STOPPED);
}

struct duration breaker_wait(const struct breaker *b)
{
    return duration_ms((int64_t)FIRST_WAIT_MS << b->probes_failed);
}
