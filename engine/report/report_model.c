/* The log is walked once to lay the runs that it may hold one behind the other on one axis,
   and to chain the events of each visit; then each part of the model is written on its own. */
#include "engine/report/report.h"

#include "engine/base/json_out.h"
#include "engine/policy/timeout.h"
#include "engine/report/report_parts.h"
#include "engine/report/shell_word.h"

#include <stdlib.h>

#define PAUSE_MS 2000 /* drawn between two runs of one log */

static void index_fini(struct report_index *index)
{
    free(index->at_ms);
    free(index->next);
    free(index->first);
}

static void chain(const struct explain_log *log, uint32_t event, uint32_t *last, struct report_index *index)
{
    const struct explain_visit *visit = log->events[event].visit.patient ? explain_log_find(log, log->events[event].visit) : NULL;
    if (!visit)
        return;
    uint32_t place = (uint32_t)(visit - log->visits);
    if (index->first[place] == EXPLAIN_NONE)
        index->first[place] = event;
    else
        index->next[last[place]] = event;
    last[place] = event;
}

static enum err_code index_init(const struct explain_log *log, struct report_index *ret_index, struct err *err)
{
    size_t events = log->count + 1u, visits = log->visit_count + 1u;
    *ret_index = (struct report_index){.at_ms = calloc(events, sizeof(int64_t)), .next = malloc(events * sizeof(uint32_t)),
                                       .first = malloc(visits * sizeof(uint32_t))};
    uint32_t *last = malloc(visits * sizeof *last);
    if (!ret_index->at_ms || !ret_index->next || !ret_index->first || !last) {
        free(last);
        index_fini(ret_index);
        return err_set(err, ERR_ENV, "there is no memory for the events of this run");
    }
    memset(ret_index->next, 0xff, events * sizeof(uint32_t));
    memset(ret_index->first, 0xff, visits * sizeof(uint32_t));
    int64_t begin = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        if (log->events[i].kind == EXPLAIN_BATCH && i > 0)
            begin = ret_index->end_ms + PAUSE_MS;
        ret_index->at_ms[i] = begin + log->events[i].at_ms;
        if (ret_index->at_ms[i] > ret_index->end_ms)
            ret_index->end_ms = ret_index->at_ms[i];
        chain(log, i, last, ret_index);
    }
    free(last);
    return ERR_OK;
}

static void add_counts(struct json_out *j, const struct report_run *run, const struct report_counts *counts)
{
    json_out_int(j, "total", counts->total);
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        json_out_int(j, visit_outcome_name((enum visit_outcome)i), counts->outcomes[i]);
    json_out_int(j, "unended", counts->unended);
    json_out_int(j, "unseen", counts->unseen);
    if (counts->unseen) {
        json_out_int(j, "settled", run->log->settled);
        json_out_int(j, "settledFailed", run->log->settled_failed);
        json_out_int(j, "settledNeedsReview", run->log->settled_needs_review);
    }
    json_out_int(j, "retries", counts->retries);
    json_out_int(j, "doneByRetry", counts->done_by_retry);
    json_out_int(j, "totalMs", counts->total_ms);
    json_out_int(j, "visitP50Ms", counts->visit_p50_ms);
    json_out_int(j, "visitP99Ms", counts->visit_p99_ms);
}

static void add_word(struct json_out *j, const char *key, const char *path)
{
    CLEANUP_STR struct str word;
    str_init(&word, 32768);
    shell_word_add(&word, path);
    if (!str_full(&word))
        json_out_string(j, key, str_slice(&word));
}

static void add_head(struct json_out *j, const struct report_run *run, const struct report_counts *counts, const struct report_index *index)
{
    json_out_text(j, "path", run->path);
    add_word(j, "word", run->path);
    if (run->recording)
        add_word(j, "recording", run->recording);
    if (run->run_dir)
        add_word(j, "runDir", run->run_dir);
    if (run->multiplier_thousandths)
        json_out_int(j, "multiplier", run->multiplier_thousandths);
    json_out_bool(j, "cut", run->cut || !counts->summary);
    if (counts->summary)
        json_out_text(j, "outcome", counts->summary->word);
    if (counts->summary && counts->summary->error != KIND_NONE)
        json_out_text(j, "reason", kind_sentence(counts->summary->error));
    json_out_int(j, "endMs", index->end_ms);
    json_out_object(j, "counts");
    add_counts(j, run, counts);
    json_out_end_object(j);
}

static enum err_code add_run(struct json_out *j, const struct report_run *run, struct err *err)
{
    struct report_counts counts;
    struct report_index index;
    struct report_figures figures;
    TRY(report_count(run->log, &counts, err));
    TRY(report_figures(run->ops, run->op_count, run->multiplier_thousandths, &figures, err));
    TRY(index_init(run->log, &index, err));
    json_out_object(j, NULL);
    add_head(j, run, &counts, &index);
    report_add_visits(j, run, &index);
    report_add_marks(j, run, &index);
    report_add_figures(j, run, &figures);
    if (run->pages.len)
        json_out_raw(j, "explained", run->pages);
    json_out_end_object(j);
    index_fini(&index);
    return ERR_OK;
}

/* The tables that numbers in the runs point into. */
static void add_tables(struct json_out *j)
{
    json_out_array(j, "steps");
    for (int i = 0; i < STEP_COUNT; i++)
        json_out_text(j, NULL, step_name((enum step)i));
    json_out_end_array(j);
    json_out_array(j, "kinds");
    for (int i = 0; i <= KIND_SESSION_EXPIRED; i++) {
        json_out_array(j, NULL);
        json_out_text(j, NULL, kind_name((enum kind)i));
        json_out_text(j, NULL, kind_sentence((enum kind)i));
        json_out_end_array(j);
    }
    json_out_end_array(j);
    json_out_array(j, "operations");
    for (uint32_t i = 0; i <= OPERATION_COUNT; i++)
        json_out_text(j, NULL, report_operation_name(i));
    json_out_end_array(j);
    json_out_array(j, "ends");
    for (int i = 0; i < EXPLAIN_END_COUNT; i++)
        json_out_text(j, NULL, explain_end_name((enum explain_end)i));
    json_out_end_array(j);
}

enum err_code report_model(const struct report_run *runs, uint32_t count, const char *version, struct str *out, struct err *err)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_int(&j, "format", 1);
    json_out_text(&j, "version", version);
    add_tables(&j);
    json_out_array(&j, "runs");
    for (uint32_t i = 0; i < count; i++)
        TRY(add_run(&j, &runs[i], err));
    json_out_end_array(&j);
    json_out_end_object(&j);
    return str_full(out) ? err_set(err, ERR_ENV, "there is no memory for the report, or it is over %zu MB", REPORT_BYTES_MAX >> 20) : ERR_OK;
}
