/* Replaying: the bottom wire that gives back what was recorded, and nothing else. Each
   request must be, byte for byte and at its instant, the next entry of the recording; each wait gets the
   next entry, at its instant, without waiting. At the first difference the replay
   stops for good: next() returns ERR_DIVERGED with the report of divergence.h, and
   goes on returning it. It invents no answer, opens no socket, writes no file.

   Requests cannot fail (wire.h), so a divergence in one is told by the next call of
   next(), or by replay_finish(). */
#ifndef RECORDER_REPLAY_H
#define RECORDER_REPLAY_H

#include "engine/base/err.h"
#include "engine/world/wire.h"
#include "recorder/divergence.h"
#include "recorder/recording.h"

struct replay;

/* What a replay saw, for the receipt. Slices live as long as the replay. */
struct replay_receipt {
    uint64_t entries; /* consumed, in all */
    uint64_t sent;
    uint64_t received;
    uint64_t size_bytes;   /* of session.ndjson, read */
    struct instant end;    /* of the last entry: simulated time */
    bool ended_early;
    struct slice notes; /* lines: what was other than recorded and did not matter; may be empty */
};

/* path: a recording. Errors as recording_open(); a session that is shorter than its
   manifest says is ERR_INPUT, "cut after entry M". suspect may be NULL. */
enum err_code replay_open(const char *path, struct replay **ret_replay, struct recording_suspect *suspect,
                          struct err *err);
void replay_close(struct replay *replay); /* NULL is fine */

struct wire *replay_wire(struct replay *replay);
/* Batch, state, journal, settings, seed of the run: all that the engine needs. */
const struct recording *replay_recording(const struct replay *replay);

/* To be called when the engine has ended: a divergence not told yet, or entries that
   were never asked for, are ERR_DIVERGED. */
enum err_code replay_finish(struct replay *replay, struct err *err);

/* The recording was cut and the replay came to its last entry: then next() returns
   ERR_DIVERGED only because it must return something, and this is true. */
bool replay_ended_early(const struct replay *replay);
/* NULL unless the replay diverged. */
const struct divergence *replay_divergence(const struct replay *replay);
struct replay_receipt replay_receipt(const struct replay *replay);

#endif
