/* Whether a recording is what it was when it was written, and what of it can still be
   used when it is not. */
#ifndef RECORDER_VERIFY_H
#define RECORDER_VERIFY_H

#include "engine/base/err.h"
#include "recorder/recording.h"

struct verify_report {
    uint64_t files;      /* whose digests were compared */
    uint64_t entries;    /* of session.ndjson: whole, in sequence */
    bool cut;            /* the run did not come to its end, and the manifest says so */
    uint64_t torn_bytes; /* behind the last good entry (status open, or a salvage) */
    bool events_left_out; /* of a salvage: the event log is missing or damaged */
};

/* Every SHA-256, every line's checksum, every entry's number, every body's name.
   ERR_INTEGRITY names file and line of the first damage; ERR_INPUT when the session was
   cut ("cut after entry M") or the directory is no recording. suspect may be NULL. */
enum err_code recording_verify(const char *path, struct verify_report *ret_report, struct recording_suspect *suspect,
                               struct err *err);

/* Keeps the first whole entries of path's session in a new recording at `to`, marked as
   cut; its inputs must be undamaged. The event log comes along if it is what the manifest
   says; the network's part is left behind. The original is not touched. */
enum err_code recording_salvage(const char *path, const char *to, struct verify_report *ret_report,
                                struct recording_suspect *suspect, struct err *err);

#endif
