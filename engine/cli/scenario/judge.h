/* What a trial came to, held against what its scenario claims: a finding for each claim
   that does not hold, and the change of the file's text that would make it hold. */
#ifndef ENGINE_CLI_SCENARIO_JUDGE_H
#define ENGINE_CLI_SCENARIO_JUDGE_H

#include "engine/cli/scenario/trial.h"

struct edit {
    size_t start, end; /* bytes of the file: replaced by */
    struct slice text; /* NUL-ended, in the judgement's arena */
};

/* A claim that does not hold. */
struct finding {
    uint32_t line, column;
    struct slice what;  /* "p1.v1.attempts" */
    struct slice words; /* for a person, where there is nothing to paste; or empty */
    size_t edit, edit_count; /* among the judgement's */
};

struct judgement {
    struct arena arena;
    struct finding *findings; /* in the arena; in the order of the file */
    size_t count, capacity;
    struct edit *edits;
    size_t edit_count, edit_capacity;
};

enum err_code judgement_init(struct judgement *judgement, const struct scenario *scenario, struct err *err) MUST_USE;
void judgement_fini(struct judgement *judgement);

/* Adds what does not hold of this trial. */
enum err_code judge_trial(struct judgement *judgement, const struct scenario *scenario, const struct trial *trial,
                           struct err *err) MUST_USE;
/* Faults that never struck, which are claimed to matter. */
enum err_code judge_faults(struct judgement *judgement, const struct scenario *scenario, const struct trial *trial,
                           struct err *err) MUST_USE;

/* A finding in words alone. */
enum err_code judgement_note(struct judgement *judgement, const struct node *at, const char *what, const char *words,
                           struct err *err) MUST_USE;

#endif
