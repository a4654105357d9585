/* What became of one replay. It is made in a process of its own and goes to the parent as it
   lies in memory, since both ends are one program: the struct, the cases, the receipt. */
#ifndef ENGINE_CLI_CHECK_COMPARISON_H
#define ENGINE_CLI_CHECK_COMPARISON_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/report/junit.h"
#include "recorder/manifest.h"

#define COMPARISON_REASON_MAX 640
#define COMPARISON_RECEIPT_MAX ((size_t)1 << 20)

struct comparison {
    enum err_code code; /* ERR_OK: equal; ERR_DIVERGED; else why it could not be replayed */
    char story[ERR_TEXT_MAX];
    char reason[COMPARISON_REASON_MAX]; /* the story on one line, with the place */
    uint64_t line;  /* of the file in which it is seen; 0: not known */
    bool by_log;    /* the event logs differ, and no entry of the session */
    bool cut;       /* the recorded run was cut, and is equal up to there */
    uint32_t visits; /* of the batch; 0: not known */
    int64_t took_us;
    size_t case_count, receipt_len; /* what follows */
};

struct comparison_plan {
    const char *path;
    bool cases;   /* for JUnit */
    bool clean;   /* refused unless it is certified to be */
    bool receipt; /* then every checksum is looked at too */
    const char *binary; /* its BLAKE2b, for the receipt */
};

/* Replays it in this process, which can open no socket after that, and writes what came of
   it. False when that could not be written. */
bool comparison_make(const struct comparison_plan *plan, int fd);

#define COMPARISON_BYTES_MAX (sizeof(struct comparison) + OUTCOMES_VISITS_MAX * sizeof(struct junit_case) + COMPARISON_RECEIPT_MAX)

#endif
