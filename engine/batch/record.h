/* One record of a journal, and its text: the members of a JSON object, in this
   order, absent rather than null. Sequence, checksum and durability belong to the
   line around it (engine/world/journal_line.h). Records carry labels, step names
   and the site's opaque ids, never a name, a note or a code.

     run_start    format, batchId, batch, plan (hashes), total, wall, settings{}, forced[]
     pinned       patient, dos, row, visit
     intent       patient, dos, attempt, step
     result       patient, dos, attempt, step, verdict: proved | not_begun
     attempt_end  patient, dos, attempt, step, errorKind, outcome, duration
     latch        errorKind: the session is over, no change leaves any more
     breaker      state, probe
     run_end      at, outcome, errorKind, exit

   wall is the wall clock at the run's instant 0, microseconds since 1970 UTC; at and
   duration are milliseconds. An attempt_end without outcome is followed by another
   attempt of its visit. */
#ifndef ENGINE_BATCH_RECORD_H
#define ENGINE_BATCH_RECORD_H

#include "engine/batch/events.h"
#include "engine/mdland/visit.h"
#include "engine/policy/breaker.h"

#define JOURNAL_FORMAT 2
#define BATCH_ID_MAX 65
#define RUN_SETTINGS_MAX 4096

enum record_type {
#define X(id, name) id,
#include "engine/batch/record.def"
#undef X
};

enum verdict { VERDICT_PROVED, VERDICT_NOT_BEGUN };

/* What a run was begun with. */
struct run_start {
    char batch_id[BATCH_ID_MAX];
    uint64_t batch_hash; /* of the batch file's text */
    uint64_t plan_hash;  /* of its patients and visits alone: who, and which */
    uint32_t total;
    int64_t wall_us;
    char settings[RUN_SETTINGS_MAX]; /* a flat JSON object */
    /* Resumed although this differs from the run before. */
    bool forced_batch, forced_settings;
};

/* The run was a browser replay: what it calls done was done in no chart. */
bool run_start_is_offline(const struct run_start *start);

struct record {
    enum record_type type;
    struct visit_label visit;
    uint32_t attempt;
    enum step step;
    enum verdict verdict;
    enum kind kind;
    bool has_outcome;
    enum visit_outcome outcome;
    int64_t ms; /* attempt_end: duration; run_end: at */
    char row_id[SITE_ID_MAX], visit_id[SITE_ID_MAX];
    enum breaker_state breaker;
    uint32_t probe;
    enum batch_outcome ended;
    int exit_status;
    const struct run_start *start; /* run_start: borrowed when it is written */
};

/* The members, without braces; they stand in `scratch`, whose content is lost. SLICE_NONE
   out of memory. */
struct slice record_format(const struct record *record, struct str *scratch);
#define RECORD_BYTES_MAX (RUN_SETTINGS_MAX + 1024)

/* False for whatever record_format() does not write. Of a run_start the rest goes to
   *ret_start, and ret_record->start points there. */
bool record_parse(struct slice text, struct run_start *ret_start, struct record *ret_record) MUST_USE;

const char *record_name(enum record_type type);

#endif
