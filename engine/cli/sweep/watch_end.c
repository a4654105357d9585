/* Where a process has ended: its sums, and what it left on the disk. Where the run has:
   the charts against the batch and the outcomes. */
#include "engine/cli/sweep/watch.h"

#include "engine/world/journal_line.h"

/* Long enough for whatever was still on its way to a chart. */
#define LANDED_US (INT64_C(24) * 3600 * 1000000)

static int status_of(const struct watch *w, const struct batch_summary *summary)
{
    bool review = false, failed = false;
    switch (summary->outcome) {
    case BATCH_FATAL: return 3;
    case BATCH_BREAKER: return 4;
    case BATCH_STOPPED: return 5;
    case BATCH_ENVIRONMENT: return 9;
    case BATCH_COMPLETE:
    case BATCH_OUTCOME_COUNT: break;
    }
    for (uint32_t i = 0; i < w->clinic->visit_count; i++) {
        review |= w->visits[i].outcome == VISIT_NEEDS_REVIEW;
        failed |= w->visits[i].outcome == VISIT_FAILED;
    }
    return review ? 8 : failed ? 1 : 0;
}

static void judge_sums(struct watch *w, enum err_code code, const struct batch_summary *summary)
{
    bool fits = w->summaries == 1 && summary->settled == w->settled_before && summary->total == w->clinic->visit_count;
    for (enum visit_outcome outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++)
        fits &= summary->counts[outcome] == w->counts[outcome];
    MUST(w->v, INV_SUMS, fits, "%u summaries, %u settled before, not %u", w->summaries, summary->settled, w->settled_before);
    int status = run_exit_status(summary);
    MUST(w->v, INV_SUMS, status == status_of(w, summary), "exit status %d, not %d", status, status_of(w, summary));
    MUST(w->v, INV_SUMS, (code == ERR_ENV) == (summary->outcome == BATCH_ENVIRONMENT), "outcome %d with error %d", summary->outcome, code);
    MUST(w->v, INV_SUMS, w->commit_failed || (w->run_ended && w->run_end_exit == status), "the journal's end says %d, not %d",
         w->run_ended ? w->run_end_exit : -1, status);
}

void watch_run_ended(struct watch *w, enum err_code code, const struct err *err, const struct batch_summary *summary)
{
    MUST(w->v, INV_ENDS, code == ERR_OK || code == ERR_ENV, "error %d: %.100s", code, err->text);
    if (code != ERR_OK && code != ERR_ENV)
        return;
    for (uint32_t i = 0; i < w->clinic->visit_count; i++)
        MUST(w->v, INV_ONE_RESULT, w->visits[i].results == !w->visits[i].settled_before, "visit %u has %u results, settled before: %d",
             i + 1, w->visits[i].results, w->visits[i].settled_before);
    judge_sums(w, code, summary);
    MUST(w->v, INV_HALF_OPEN, w->breaker != BREAKER_HALF_OPEN || w->commit_failed, "the run is over");
    MUST(w->v, INV_LATCH, w->commit_failed || (!w->latch_due && (!w->told_in_step || w->latched)), "the run is over");
}

void watch_killed(struct watch *w)
{
    static const enum sometimes inside[] = {[EFFECT_DIAGNOSIS] = SOMETIMES_KILL_IN_CODES, [EFFECT_NOTE] = SOMETIMES_KILL_IN_NOTE,
                                            [EFFECT_BILLING] = SOMETIMES_KILL_IN_BILL};
    if (w->op && w->op_kind == OP_CALL && w->op_is_effect)
        reached(w->v, inside[w->intent_effect]);
    if (w->committing)
        reached(w->v, SOMETIMES_KILL_IN_COMMIT);
    if (w->runs > 1)
        reached(w->v, SOMETIMES_KILL_IN_RESUME);
}

void watch_recovered(struct watch *w, struct slice text)
{
    struct journal_walk walk = journal_walk_begin(text);
    struct slice record;
    enum journal_step step;
    uint64_t count = 0, digest = 0, digest_before = 0;
    while ((step = journal_walk_next(&walk, &record)) == JOURNAL_LINE) {
        digest_before = digest;
        digest = digest_more(digest, record);
        count++;
        MUST(w->v, INV_SEQUENCE, walk.next_seq == count + 1, "line %llu", (unsigned long long)count);
    }
    MUST(w->v, INV_SEQUENCE, step != JOURNAL_DAMAGED, "damaged after %llu lines", (unsigned long long)count);
    if (step == JOURNAL_TORN)
        reached(w->v, SOMETIMES_TORN);
    MUST(w->v, INV_ACKNOWLEDGED, count >= w->acknowledged, "%llu records, %llu were acknowledged", (unsigned long long)count,
         (unsigned long long)w->acknowledged);
    bool one_more = count == w->acknowledged + 1 && (w->committing || w->commit_failed) && digest == w->pending_digest;
    bool same = (one_more ? digest_before : digest) == w->acknowledged_digest;
    MUST(w->v, INV_PREFIX, same && count == w->acknowledged + one_more, "%llu records, %llu were acknowledged",
         (unsigned long long)count, (unsigned long long)w->acknowledged);
    if (one_more)
        watch_durable(w, &w->pending);
    for (uint32_t i = 0; i < w->clinic->visit_count; i++)
        w->visits[i].bill_cut |= w->visits[i].effects[EFFECT_BILLING] == EFFECT_INTENDED;
}

static bool is_state(const struct watched *visit, const struct visit_state *state)
{
    bool same = visit->charged == state->attempts && visit->settled == state->settled && visit->pinned == state->facts.pinned;
    for (enum effect effect = 0; effect < EFFECT_COUNT; effect++)
        same &= visit->effects[effect] == state->facts.effects[effect];
    return same && (!visit->settled || visit->outcome == state->outcome);
}

void watch_folded(struct watch *w, const struct journal *found)
{
    static const struct visit_state nothing;
    for (uint32_t i = 0; i < w->clinic->visit_count; i++) {
        const struct batch_visit *visit = &w->clinic->batch->visits[i];
        const struct visit_state *state = journal_find(found, (struct visit_label){visit->patient + 1, visit->dos});
        MUST(w->v, INV_FOLD, is_state(&w->visits[i], state ? state : &nothing), "visit %u", i + 1);
    }
    bool same = found->records == w->acknowledged && (found->runs == 0 || found->latched == w->latched || !w->run_started) &&
                journal_is_finished(found) == (found->runs > 0 && watch_is_finished(w));
    MUST(w->v, INV_FOLD, same, "%llu records, latched %d", (unsigned long long)found->records, found->latched);
}

void watch_nothing_done(struct watch *w)
{
    MUST(w->v, INV_RESUME_TWICE, w->looks + w->probes == 0 && w->op == 0 && w->counts[VISIT_DONE] == 0 && !w->any_visit_ended,
         "%u looks", w->looks);
}

char watch_outcome(const struct watched *visit)
{
    static const char letters[] = "dfrin";
    return visit->settled ? letters[visit->outcome] : '-';
}

static bool has_codes(const struct ledger_codes *on_chart, const struct ledger_codes *expected)
{
    if (on_chart->icd_count != expected->icd_count || on_chart->cpt_count != expected->cpt_count)
        return false;
    for (uint32_t i = 0; i < expected->icd_count; i++)
        if (!ledger_codes_have_icd(on_chart, expected->icd[i]))
            return false;
    for (uint32_t i = 0; i < expected->cpt_count; i++)
        if (ledger_codes_units(on_chart, expected->cpt[i].code) != expected->cpt[i].units)
            return false;
    return true;
}

static void judge_done(struct watch *w, const struct watched *visit, const struct ledger_chart *chart, uint32_t index)
{
    const struct expected *expected = &w->clinic->expected[index];
    bool note = chart->note == expected->note || chart->foreign_note;
    bool codes = visit->soap_only ? chart->codes.icd_count + chart->codes.cpt_count == 0 : has_codes(&chart->codes, &expected->codes);
    MUST(w->v, INV_CHART, (note && codes) || w->clinic->recorded, "visit %u: the note is %d, the codes %d", index + 1, note, codes);
    /* Somebody else's bill, made while it was not known what became of ours, looks like ours. */
    bool by_other = !visit->soap_only && chart->other_bills;
    MUST(w->v, INV_BILL_TOLD, chart->bills == !visit->soap_only || by_other, "visit %u is done with %u bills", index + 1, chart->bills);
}

static void judge_chart(struct watch *w, uint32_t index)
{
    const struct watched *visit = &w->visits[index];
    const struct ledger_chart *chart = &ledger_charts(w->clinic->ledger)[index];
    MUST(w->v, INV_NEVER_LOST, visit->settled, "visit %u", index + 1);
    MUST(w->v, INV_BILLED_ONCE, chart->bills <= 1, "visit %u has %u bills", index + 1, chart->bills);
    bool intended = chart->code_saves <= visit->intents[EFFECT_DIAGNOSIS] && chart->note_saves <= visit->intents[EFFECT_NOTE] &&
                    chart->bills <= visit->intents[EFFECT_BILLING];
    MUST(w->v, INV_INTENDED, intended, "visit %u: %u, %u, %u changes", index + 1, chart->code_saves, chart->note_saves, chart->bills);
    if (!visit->settled)
        return;
    if (visit->outcome == VISIT_DONE)
        judge_done(w, visit, chart, index);
    if (visit->outcome == VISIT_FAILED)
        MUST(w->v, INV_BILL_TOLD, chart->bills == 0, "visit %u failed and is billed", index + 1);
}

void watch_all_ended(struct watch *w)
{
    struct ledger *ledger = w->clinic->ledger;
    ledger_advance(ledger, (struct instant){ledger->now.us + LANDED_US});
    for (uint32_t i = 0; i < w->clinic->visit_count; i++)
        judge_chart(w, i);
}
