/* Runs of a small batch - three visits of two patients - by the whole engine over the model
   of the EHR, under a schedule of faults in its short form; and what came of them. */
#ifndef TESTS_UNIT_MODEL_RUN_H
#define TESTS_UNIT_MODEL_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/batch/runner.h"
#include "recorder/model/model.h"

struct model_run {
    struct ledger *ledger;
    struct model model;
    struct fault faults[MODEL_FAULTS_MAX];
    size_t fault_count;
    uint32_t processes;
    struct str journal, events; /* of all processes; of the last one */
    uint32_t max_retries;          /* 2 unless a test says otherwise, */
    struct duration visit_timeout; /* and 0: as the table says */
    struct journal found;
    struct run_end end;
    struct err err;
    enum err_code code;
};

/* There is one, used again by each. The charts are empty. */
struct model_run *model_run_begin(void);
void model_run_end(struct model_run *r);

/* One process more: begins the batch, or goes on with it, under the schedule. */
void model_run_go(struct model_run *r, const char *schedule);
/* Both in one. */
struct model_run *model_run_under(const char *schedule);

/* Patients and visits count from 1, as in a mark. */
struct ledger_chart *model_run_chart(struct model_run *r, uint32_t patient, uint32_t dos);
uint32_t model_run_lines(const struct model_run *r, const char *part);
void assert_said(const struct model_run *r, const char *part);
/* Every visit is done, with one save of each and one bill. */
void assert_all_done(const struct model_run *r);

#endif
