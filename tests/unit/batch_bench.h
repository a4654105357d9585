/* One run of a small batch - three visits of two patients - by the whole engine over
   a door for tests, and what came of it. There is one bench, used again by each run. */
#ifndef TESTS_UNIT_BATCH_BENCH_H
#define TESTS_UNIT_BATCH_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/batch/runner.h"
#include "tests/unit/fake_world.h"

struct bench {
    struct fake_world world;
    struct arena arena;
    struct slice text;
    struct batch_source source;
    struct event_log log;
    struct str events;
    struct run_end end;
    struct journal found; /* on a resume: the fold before it */
    struct err err;
    enum err_code code;
};

struct terms {
    uint32_t max_retries, multiplier_thousandths;
    int64_t min_gap_ms, batch_timeout_ms;
    enum breaker_mode breaker;
};

struct bench *run_under(const struct fake_fault *faults, size_t fault_count, struct terms terms);
/* Another run over the same charts, from what the journal of the one before holds. Its log
   is a new one. */
struct bench *resume_under(struct bench *b, const struct fake_fault *faults, size_t fault_count, struct terms terms);
struct bench *run_with(const struct fake_fault *faults, size_t fault_count, uint32_t max_retries);
void done_with(struct bench *b);

/* With the faults named, two retries and the plain timeouts. */
#define RUN(...)                                                                                                       \
    ({                                                                                                                 \
        static const struct fake_fault faults_[] = {__VA_ARGS__};                                                      \
        run_with(faults_, sizeof faults_ / sizeof *faults_, 2);                                                        \
    })

/* The same for a run that goes on with the one on the bench. */
#define RESUME(b, ...)                                                                                                 \
    ({                                                                                                                 \
        static const struct fake_fault faults_[] = {__VA_ARGS__};                                                      \
        resume_under(b, faults_, sizeof faults_ / sizeof *faults_, (struct terms){2, 1000, 0, 0, BREAKER_AUTO});       \
    })

/* How many lines of the log hold these words. */
uint32_t lines_with(const struct bench *b, const char *part);
void assert_event(const struct bench *b, const char *part);
/* What must hold in every ending. */
void assert_laws(const struct bench *b);

#endif
