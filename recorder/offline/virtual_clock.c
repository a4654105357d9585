#include "recorder/offline/virtual_clock.h"

#include "recorder/offline/offline_state.h"

static void send(struct offline *o, const char *params)
{
    (void)pages_send(o, "Emulation.setVirtualTimePolicy", slice_of(o->session), params);
}

void virtual_clock_reset(struct virtual_clock *clock)
{
    *clock = (struct virtual_clock){.on = clock->on};
}

void virtual_clock_begin(struct offline *o)
{
    char params[96];
    int64_t wall_s = o->recording->manifest.wall_us / 1000000;
    if (o->clock.on && text_format(params, sizeof params, "\"policy\":\"pause\",\"initialVirtualTime\":%lld", (long long)wall_s))
        send(o, params);
}

static void grant(struct offline *o)
{
    char params[96];
    const char *policy = o->clock.runs_through ? "advance" : "pauseIfNetworkFetchesPending";
    if (o->clock.is_granted || !text_format(params, sizeof params, "\"policy\":\"%s\",\"budget\":%d", policy, VIRTUAL_GRANT_MS))
        return;
    o->clock.is_granted = true;
    send(o, params);
}

static uint32_t *find(struct virtual_clock *clock, uint32_t id)
{
    for (size_t i = 0; i < VIRTUAL_CALLS_MAX; i++)
        if (clock->calls[i] == id)
            return &clock->calls[i];
    return NULL;
}

void virtual_clock_called(struct offline *o, uint32_t id)
{
    uint32_t *room = o->clock.on ? find(&o->clock, 0) : NULL;
    if (!room)
        return;
    *room = id;
    grant(o);
}

void virtual_clock_replied(struct offline *o, uint32_t id)
{
    uint32_t *call = o->clock.on && id ? find(&o->clock, id) : NULL;
    if (call)
        *call = 0;
}

void virtual_clock_expired(struct offline *o)
{
    bool is_awaited = false;
    o->clock.is_granted = false;
    for (size_t i = 0; i < VIRTUAL_CALLS_MAX; i++)
        is_awaited = is_awaited || o->clock.calls[i];
    if (is_awaited)
        grant(o);
}
