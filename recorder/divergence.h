/* Where and why a replay left its recording. It tells places, kinds and shapes of
   values ("string of 812 bytes"), never the values: they are somebody's chart. The
   one exception are instants and generations, which are the engine's own. */
#ifndef RECORDER_DIVERGENCE_H
#define RECORDER_DIVERGENCE_H

#include "engine/base/err.h"
#include "engine/world/mark.h"
#include "recorder/entry.h"

enum divergence_reason {
#define X(id, name, sentence) id,
#include "recorder/divergence.def"
#undef X
};

#define DIVERGENCE_TEXT_MAX 160

/* One side: what the engine did, or what the recording has there. */
struct divergence_side {
    bool present;
    enum entry_kind kind;
    char mark[MARK_TEXT_MAX];
    char what[DIVERGENCE_TEXT_MAX];  /* "send Runtime.evaluate searchPatient", "wait", "bytes" */
    char shape[DIVERGENCE_TEXT_MAX]; /* of the value that differs; "" when no field is named */
};

/* The entry that would have matched, or comes nearest; entry 0 = none was found. */
struct divergence_nearest {
    uint64_t entry;
    uint64_t line;
    char mark[MARK_TEXT_MAX];
    char why_not[DIVERGENCE_TEXT_MAX];
};

struct divergence {
    enum divergence_reason reason;
    uint64_t entry; /* number of the entry at hand; 0 = the recording is at its end */
    uint64_t line;  /* its line in session.ndjson */
    char field[DIVERGENCE_TEXT_MAX]; /* path of what differs: "params.expression"; "" = none */
    char origin[DIVERGENCE_TEXT_MAX]; /* where the recorded value came from; "" = not looked for */
    struct divergence_side engine;
    struct divergence_side recorded;
    struct divergence_nearest nearest;
};

/* ERR_DIVERGED with the whole story in several lines; returns the code. */
enum err_code divergence_report(const struct divergence *divergence, struct err *err);

#endif
