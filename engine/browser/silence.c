/* Why nothing comes. The heads of the last events are kept unparsed, and only
   when somebody asks are they read again, oldest first, for what is still open:
   a navigation of the main frame that has not committed, or frames that began
   to load and have not stopped. */
#include "engine/browser/session.h"

#define LOADING_MAX 256

struct outlook {
    const char *main_frame;
    bool navigating; /* the main frame */
    struct slice loading[LOADING_MAX];
    size_t loading_count;
};

void silence_push(struct browser *b, struct slice text)
{
    size_t place = b->ring.pushed++ % RING_COUNT;
    size_t len = text.len < RING_HEAD_MAX ? text.len : RING_HEAD_MAX;
    b->ring.heads[place].len = (uint16_t)len;
    memcpy(b->ring.heads[place].text, text.ptr, len);
}

static void note_started(struct outlook *o, struct slice frame)
{
    for (size_t i = 0; i < o->loading_count; i++)
        if (slice_equal(o->loading[i], frame))
            return;
    if (o->loading_count < LOADING_MAX)
        o->loading[o->loading_count++] = frame;
}

static void note_stopped(struct outlook *o, struct slice frame)
{
    for (size_t i = 0; i < o->loading_count; i++)
        if (slice_equal(o->loading[i], frame))
            o->loading[i] = o->loading[--o->loading_count];
}

static void read_head(struct outlook *o, struct slice head)
{
    struct slice method = slice_quoted_after(head, SLICE("{\"method\":\""));
    struct slice frame = slice_quoted_after(head, SLICE("\"params\":{\"frameId\":\""));
    if (frame.len == 0)
        frame = slice_quoted_after(head, SLICE("\"params\":{\"frame\":{\"id\":\""));
    bool is_main = slice_equal(frame, slice_of(o->main_frame));
    if (slice_equal(method, SLICE("Page.frameStartedNavigating")))
        o->navigating |= is_main;
    else if (slice_equal(method, SLICE("Page.frameNavigated")))
        o->navigating &= !is_main;
    else if (slice_equal(method, SLICE("Page.frameStartedLoading")))
        note_started(o, frame);
    else if (slice_equal(method, SLICE("Page.frameStoppedLoading"))) {
        note_stopped(o, frame);
        o->navigating &= !is_main;
    } else if (slice_equal(method, SLICE("Page.frameDetached")))
        note_stopped(o, frame);
}

static const char *say_from_ring(const struct browser *b)
{
    struct outlook o = {.main_frame = b->target};
    uint64_t first = b->ring.pushed > RING_COUNT ? b->ring.pushed - RING_COUNT : 0;
    for (uint64_t i = first; i < b->ring.pushed; i++) {
        size_t place = i % RING_COUNT;
        read_head(&o, (struct slice){b->ring.heads[place].text, b->ring.heads[place].len});
    }
    if (o.navigating)
        return "the page's navigation got no answer";
    if (o.loading_count)
        return "a frame began to load and did not stop";
    return "the page's script is busy, or waits for the application";
}

const char *silence_say(const struct browser *b)
{
    switch (b->stage) {
    case STAGE_NONE: return "no browser is running";
    case STAGE_GONE: return "the browser has ended";
    case STAGE_LOST: return "the page crashed, or never opened";
    case STAGE_STARTING: return b->session[0] ? "the page did not open" : "the browser did not answer its first commands";
    case STAGE_UP: break;
    }
    if (b->dialog_open)
        return "a dialog is open";
    if (b->fence.in_flight)
        return "the effect's request has no answer yet";
    return say_from_ring(b);
}
