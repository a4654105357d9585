/* The inside of a replay, shared by replay.c (all is well) and replay_diverge.c (it
   is not). Nobody else includes this. */
#ifndef RECORDER_REPLAY_STATE_H
#define RECORDER_REPLAY_STATE_H

#include "recorder/reader.h"
#include "recorder/replay.h"

struct replay {
    struct wire wire;
    struct recording *recording;
    struct reader reader;
    struct entry ahead; /* the next entry, when has_ahead */
    bool has_ahead;
    uint64_t consumed; /* entries */
    uint64_t sent;
    struct str scratch; /* what an item's slices point into, when not into the window */
    struct str line;    /* a request as the line that it would be */
    struct wire_response response;
    char mark[MARK_TEXT_MAX];
    size_t mark_len;
    struct instant now;
    uint32_t generation;
    bool page_noted; /* the note on page.js is made once */
    bool ended_early;
    bool has_diverged;
    struct divergence divergence;
    struct err failure; /* the first one; sticks */
    struct str notes;
};

/* The engine made a request (asked) where the recording has replay->ahead, or nothing. */
void replay_diverge_request(struct replay *replay, const struct entry *asked);
/* The engine waits where the recording has a request, or nothing, or another instant. */
void replay_diverge_wait(struct replay *replay, struct instant deadline);
/* The entry ahead is not the one that its number should be. */
void replay_diverge_sequence(struct replay *replay);
/* The engine has ended, the recording has not. */
void replay_diverge_ended(struct replay *replay);

/* Whether a request is the recorded one; bulks that may differ are passed over. */
bool replay_same_request(const struct entry *asked, const struct entry *recorded);
/* Whether two marks are in the same visit and attempt, whatever the step. */
bool replay_same_visit(struct slice a, struct slice b);

#endif
