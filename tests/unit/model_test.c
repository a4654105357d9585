/* The whole engine over the model: a clean batch, what each kind of fault does to it, and
   a process that dies and another that goes on. */
#include "tests/unit/model_run.h"

static void a_clean_batch_is_done_with_one_change_of_each_kind(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("");
    assert_all_done(r);
    struct model_counts counts = model_counts(&r->model);
    assert_int_equal(counts.effects, 9);
    assert_int_equal(counts.effects_without_intent, 0);
    assert_int_equal(counts.wrong_patient, 0);
    assert_int_equal(counts.starts, 1);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(ledger_charts(r->ledger)[i].opens, 1);
        assert_int_equal(ledger_charts(r->ledger)[i].closes, 1);
    }
    model_run_end(r);
}

static void the_same_schedule_gives_the_same_bytes(void **state)
{
    (void)state;
    const char *schedule = "p1.v2.saveSOAP:late_answer=16000 p2.v1.readBilling#2:stale_read openVisit#2:target_crash";
    struct model_run *r = model_run_under(schedule);
    struct str events CLEANUP_STR, journal CLEANUP_STR;
    str_init(&events, 1 << 20);
    str_init(&journal, 1 << 20);
    str_add(&events, str_slice(&r->events));
    str_add(&journal, str_slice(&r->journal));
    model_run_end(r);
    r = model_run_under(schedule);
    assert_string_equal(str_text(&events), str_text(&r->events));
    assert_string_equal(str_text(&journal), str_text(&r->journal));
    model_run_end(r);
}

/* What became of p1.v1, of two attempts more if need be; the others are done in any case
   but the last column's: the outcome of the whole. */
struct claim {
    const char *schedule, *said;
    uint32_t code_saves, note_saves, bills;
};

#define FAILED(step, kind) "\"outcome\":\"failed\",\"step\":\"" step "\",\"errorKind\":\"" kind "\""
#define RETRIED(step, kind) "\"step\":\"" step "\",\"errorKind\":\"" kind "\"}"
#define REVIEW "\"outcome\":\"needs_review\",\"step\":\"generateBilling\""
#define DONE "\"patient\":\"p1\",\"dos\":1,\"success\":true"

static const struct claim claims[] = {
    {"p1.v1.readNote:delay=5000", DONE, 1, 1, 1},
    {"p1.v1.readNote:delay=25000", RETRIED("saveSOAP", "timeout"), 1, 1, 1},
    {"p1.v1.saveSOAP:delay=25000", RETRIED("saveSOAP", "timeout"), 1, 1, 1},
    {"p1.v1.openVisit:slow=40", DONE, 1, 1, 1},
    {"p1.v1.openVisit:slow=60", RETRIED("openVisit", "timeout"), 1, 1, 1},
    {"p1.v1.generateBilling:hang", RETRIED("generateBilling", "timeout"), 1, 1, 1},
    {"p1.v1.generateBilling:hang,taken", RETRIED("generateBilling", "timeout"), 1, 1, 1},
    {"p1.v1.openVisit:hang", RETRIED("openVisit", "timeout"), 1, 1, 1},
    {"p1.v1.readNote:stuck", "\"step\":\"saveSOAP\",\"duration\":35040,", 1, 1, 1},
    {"p1.v1.readNote:freeze", "\"step\":\"saveSOAP\",\"duration\":23000,", 1, 1, 1},
    {"p1.v1.saveSOAP:freeze,taken", RETRIED("saveSOAP", "timeout"), 1, 1, 1},
    {"p1.v1.saveSOAP:late_answer=14000", DONE, 1, 1, 1},
    {"p1.v1.saveSOAP:late_answer=16000", RETRIED("saveSOAP", "timeout"), 1, 1, 1},
    {"p1.v1.saveDiagnosis:late_effect=5000", DONE, 1, 1, 1},
    {"p1.v1.saveDiagnosis:late_effect=31000", RETRIED("saveDiagnosis", "timeout"), 1, 1, 1},
    {"p1.v1.generateBilling:late_effect=31000", RETRIED("generateBilling", "timeout"), 1, 1, 1},
    {"p1.v1.generateBilling:late_effect=90000", REVIEW, 1, 1, 1},
    {"p1.v1.generateBilling:lost_answer", RETRIED("generateBilling", "timeout"), 1, 1, 1},
    {"p1.v1.generateBilling:lost_request", RETRIED("generateBilling", "network"), 1, 1, 1},
    {"p1.v1.searchPatient:lost_request", RETRIED("searchPatient", "network"), 1, 1, 1},
    {"p1.v1.saveSOAP:status=30", "\"attempt\":2,\"delay\":30000,\"step\":\"saveSOAP\",\"errorKind\":\"network\"", 1, 1, 1},
    {"run.http:status=3", DONE, 1, 1, 1},
    {"p1.v1.saveSOAP:reset", RETRIED("saveSOAP", "network"), 1, 1, 1},
    {"p1.v1.generateBilling:reset", REVIEW, 1, 1, 0},
    {"p1.v1.generateBilling:reset,taken", RETRIED("generateBilling", "network"), 1, 1, 1},
    {"p1.v1.generateBilling:short_body", RETRIED("generateBilling", "network"), 1, 1, 1},
    {"p1.v1.navigateICD:short_body", RETRIED("navigateICD", "network"), 1, 1, 1},
    {"p1.v1.readDiagnosis:malformed", RETRIED("saveDiagnosis", "unknown"), 1, 1, 1},
    {"p1.v1.navigateICD:status", RETRIED("navigateICD", "timeout"), 1, 1, 1},
    {"p1.v1.navigateICD:reset", RETRIED("navigateICD", "network"), 1, 1, 1},
    {"p1.v1.searchPatient:status", RETRIED("searchPatient", "network"), 1, 1, 1},
    {"p1.v1.generateBilling:malformed", REVIEW, 1, 1, 0},
    {"p1.v1.generateBilling:malformed,taken", RETRIED("generateBilling", "unknown"), 1, 1, 1},
    {"p1.v1.saveSOAP:rejected", FAILED("saveSOAP", "save_rejected"), 1, 0, 0},
    {"p1.v1.saveDiagnosis:conflict", FAILED("saveDiagnosis", "conflict"), 0, 0, 0},
    {"p1.v1.openVisit:no_write_access", FAILED("openVisit", "no_write_access"), 0, 0, 0},
    {"p1.v1.addICD:no_write_access", FAILED("addICD", "no_write_access"), 0, 0, 0},
    {"p1.v1.saveSOAP:no_write_access", FAILED("saveSOAP", "no_write_access"), 1, 0, 0},
    {"p1.v1.generateBilling:no_write_access", "\"needs_review\",\"step\":\"generateBilling\",\"errorKind\":\"no_write_access\"", 1, 1, 0},
    {"p1.v1.readNote:dialog", "\"dialog\":\"unknown\",\"kind\":\"confirm\",\"length\":22,\"answer\":\"accepted\"", 1, 1, 1},
    {"p1.v1.saveSOAP:dialog", RETRIED("saveSOAP", "dialog_blocked"), 1, 1, 1},
    {"p1.v1.saveSOAP:dialog,taken", DONE, 1, 1, 1},
    {"start:dialog", DONE, 1, 1, 1},
    {"p1.v1.fillSOAP:missing_element", RETRIED("fillSOAP", "element_not_found"), 1, 1, 1},
    {"p1.v1.navigatePTNote:late_editor=5000", DONE, 1, 1, 1},
    {"p1.v1.navigatePTNote:late_editor=60000", RETRIED("navigatePTNote", "element_not_found"), 1, 1, 1},
    {"p1.v1.readNote#2:stale_read", DONE, 1, 1, 1},
    {"p1.v1.a1.readBilling#*:stale_read", REVIEW, 1, 1, 1},
    {"p1.v1.saveSOAP:silent_loss", RETRIED("saveSOAP", "unknown"), 1, 1, 1},
    {"p1.v1.generateBilling:silent_loss", REVIEW, 1, 1, 0},
    {"p1.v1.openVisit:duplicate_rows", FAILED("openVisit", "ambiguous"), 0, 0, 0},
    {"p1.v1.generateBilling:closes_itself", DONE, 1, 1, 1},
    {"p1.v1.readBilling#2:closes_itself", DONE, 1, 1, 1},
    {"p1.v1.readBilling:closes_itself", RETRIED("generateBilling", "element_not_found"), 1, 1, 1},
    {"p1.v1.readNote:session_expired", "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"", 1, 0, 0},
    {"p1.v1.saveSOAP:session_expired=1", "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"", 1, 0, 0},
    {"p1.v1.saveSOAP:session_expired=2", "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"", 1, 0, 0},
    {"run.http:session_expired", "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"", 0, 0, 0},
    {"p1.v1.saveSOAP:target_crash", RETRIED("saveSOAP", "target_crashed"), 1, 1, 1},
    {"p1.v1.saveSOAP:target_crash,taken", RETRIED("saveSOAP", "target_crashed"), 1, 1, 1},
    {"p1.v1.generateBilling:browser_gone,taken", RETRIED("generateBilling", "browser_gone"), 1, 1, 1},
    {"p1.v1.commit#2:browser_gone", RETRIED("saveDiagnosis", "browser_gone"), 1, 1, 1},
    {"p1.v1.saveSOAP:pipe_closed,taken", RETRIED("saveSOAP", "browser_gone"), 1, 1, 1},
    {"p1.v1.openVisit:billed_by_other", FAILED("openVisit", "already_billed"), 0, 0, 0},
    {"p1.v1.saveDiagnosis:billed_by_other", FAILED("saveDiagnosis", "save_rejected"), 0, 0, 0},
    {"p1.v1.navigateCheckout:billed_by_other", FAILED("generateBilling", "already_billed"), 1, 1, 0},
    {"p1.v1.navigateICD:foreign_note", FAILED("saveSOAP", "conflict"), 1, 0, 0},
    {"p1.v1.openVisit:other_payer", FAILED("openVisit", "bad_input"), 0, 0, 0},
    {"p1.v1.selectPatient:patient_missing", FAILED("selectPatient", "patient_not_found"), 0, 0, 0},
    {"p1.v1.selectPatient:patient_missing", "birth date: the results of the patient search", 0, 0, 0},
    {"p1.v1.saveSOAP:rejected", "refused the save: the PT Note page", 1, 0, 0},
    {"start:no_start", RETRIED("startBrowser", "browser_gone"), 1, 1, 1},
    {"start:hang", RETRIED("startBrowser", "timeout"), 1, 1, 1},
    {"start:freeze", RETRIED("startBrowser", "browser_gone"), 1, 1, 1},
    {"start:reset", RETRIED("startBrowser", "network"), 1, 1, 1},
    {"p1.v1.readNote:signal", "\"outcome\":\"interrupted\"", 1, 0, 0},
    {"p1.v1.saveSOAP:signal=2000", "\"outcome\":\"stopped\"", 1, 1, 1},
    {"p1.v1.commit#4:commit_fails", "\"outcome\":\"environment\"", 1, 0, 0},
    {"lock:locked", "\"outcome\":\"environment\"", 0, 0, 0},
    {"p1.v1.saveSOAP:kill", "\"type\":\"visit_start\"", 1, 0, 0},
    {"p1.v1.saveSOAP:kill_after", "\"type\":\"visit_start\"", 1, 1, 0},
    {"p1.v1.commit#4:torn_commit=5", "\"type\":\"visit_start\"", 1, 0, 0},
};

static void assert_claim(const struct claim *claim)
{
    struct model_run *r = model_run_under(claim->schedule);
    const struct ledger_chart *chart = model_run_chart(r, 1, 1);
    bool fits = model_run_lines(r, claim->said) > 0 && model_struck(&r->model, 0) > 0 && chart->code_saves == claim->code_saves &&
                chart->note_saves == claim->note_saves && chart->bills == claim->bills;
    if (!fits)
        fail_msg("%s: expected %s and %u, %u, %u changes, got %u, %u, %u and\n%s%s", claim->schedule, claim->said,
                 claim->code_saves, claim->note_saves, claim->bills, chart->code_saves, chart->note_saves, chart->bills,
                 str_text(&r->events), r->err.text);
    struct model_counts counts = model_counts(&r->model);
    assert_int_equal(counts.effects_without_intent + counts.effects_after_expiry + counts.wrong_patient, 0);
    assert_int_equal(model_killed(&r->model), fault_kills(r->faults[0].kind));
    assert_true(r->code != ERR_INTERNAL);
    model_run_end(r);
}

static void each_fault_does_what_its_sentence_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        assert_claim(&claims[i]);
}

static void there_is_a_claim_for_every_kind_of_fault(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        bool found = false;
        for (size_t i = 0; i < sizeof claims / sizeof *claims && !found; i++) {
            struct fault fault;
            struct err err;
            err_init(&err);
            assert_int_equal(fault_parse(slice_of(claims[i].schedule), &fault, &err), ERR_OK);
            found = fault.kind == (enum fault_kind)kind;
        }
        if (!found)
            fail_msg("no claim for %s", fault_kind_name((enum fault_kind)kind));
    }
}

static void a_fault_strikes_where_it_is_put_and_as_often(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v2.a2.readNote:signal p2.v1.readNote#2:delay=1000 readNote#*:delay=1 "
                                          "readNote#7:hang run.readNote#*:hang readNote#2:delay=1 r2.readNote:hang");
    static const uint32_t struck[] = {0, 1, 6, 0, 0, 1, 0}; /* two looks at each of three notes */
    for (size_t i = 0; i < sizeof struck / sizeof *struck; i++)
        assert_int_equal(model_struck(&r->model, i), struck[i]);
    assert_all_done(r);
    model_run_end(r);
}

/* False: there is no such place in a clean run. */
static bool is_finished_after(const char *schedule)
{
    struct model_run *r = model_run_under(schedule);
    bool struck = model_killed(&r->model);
    assert_int_equal(r->code, struck ? ERR_UNREADABLE : ERR_OK);
    if (struck)
        model_run_go(r, schedule);
    bool review = model_run_lines(r, REVIEW) == 1;
    uint32_t done = r->end.summary.counts[VISIT_DONE] + r->end.summary.earlier[VISIT_DONE];
    if (r->code != ERR_OK || done != (review ? 2 : 3))
        fail_msg("%s, then another process: %s%s", schedule, str_text(&r->events), r->err.text);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t bills = ledger_charts(r->ledger)[i].bills;
        assert_true(bills == 1 || (review && bills == 0));
    }
    model_run_end(r);
    return struck;
}

static uint32_t kills_at(enum fault_target target, const char *kill)
{
    for (uint32_t nth = 1;; nth++) {
        char schedule[FAULT_TEXT_MAX];
        assert_true(text_format(schedule, sizeof schedule, "%s#%u:%s", fault_target_name(target), nth, kill));
        if (!is_finished_after(schedule))
            return nth - 1;
    }
}

/* At every operation and commit of a clean run, and in the middle of every line: the next
   process ends it, and a bill is made once, or is for a person to look at. */
static void killed_anywhere_the_next_process_finishes(void **state)
{
    (void)state;
    static const char *const torn[] = {"torn_commit", "torn_commit=1", "torn_commit=30", "torn_commit=999"};
    uint32_t killed = 0;
    for (int target = 0; target < FAULT_TARGET_COUNT; target++) {
        killed += kills_at((enum fault_target)target, "kill");
        killed += kills_at((enum fault_target)target, "kill_after");
    }
    assert_true(killed > 150);
    for (size_t i = 0; i < sizeof torn / sizeof *torn; i++)
        assert_true(kills_at(FAULT_AT_COMMIT, torn[i]) > 20);
}

static void a_request_that_was_sent_lands_after_its_process_is_gone(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v1.saveSOAP:late_effect=18000 p1.v1.a2.start:kill");
    assert_true(model_killed(&r->model));
    assert_int_equal(model_run_chart(r, 1, 1)->note_saves, 1);
    model_run_end(r);
    r = model_run_under("p1.v1.generateBilling:late_effect=900000 p1.v2.start:kill p1.v1.a2.start:kill");
    assert_true(model_killed(&r->model));
    assert_int_equal(model_run_chart(r, 1, 1)->bills, 0);
    assert_int_equal(r->ledger->in_flight_count, 1);
    model_run_go(r, "");
    assert_said(r, REVIEW);
    assert_int_equal(model_run_chart(r, 1, 1)->bills, 0);
    ledger_advance(r->ledger, instant_add(r->ledger->now, duration_ms(900000)));
    assert_int_equal(model_run_chart(r, 1, 1)->bills, 1);
    model_run_end(r);
}

static void an_answer_that_comes_after_its_caller_has_gone_is_a_late_reply(void **state)
{
    (void)state;
    static const char *const late[] = {"p1.v1.readNote:late_answer=24000", "p1.v1.readNote:delay=24000"};
    for (size_t i = 0; i < 2; i++) {
        struct model_run *r = model_run_under(late[i]);
        assert_all_done(r);
        assert_int_equal(r->end.late_replies, 1);
        model_run_end(r);
    }
}

static void after_expiry_nothing_reaches_a_chart_until_a_person_logs_in(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v1.saveSOAP:session_expired");
    assert_int_equal(r->ledger->refused_after_expiry, 1);
    model_run_go(r, "");
    assert_said(r, "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"");
    assert_int_equal(model_run_chart(r, 1, 1)->note_saves, 0);
    model_login(&r->model);
    model_run_go(r, "");
    assert_all_done(r);
    model_run_end(r);
}

static void a_visit_that_cannot_be_written_to_was_opened_all_the_same(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v1.openVisit:no_write_access");
    assert_int_equal(model_run_chart(r, 1, 1)->opens, 1);
    assert_int_equal(model_run_chart(r, 1, 1)->closes, 1);
    model_run_end(r);
}

/* Where its answer has shown the bill already, nothing is opened again. */
static void a_visit_that_closes_itself_is_opened_again_only_to_be_read(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v1.readBilling#2:closes_itself p1.v2.generateBilling:closes_itself");
    assert_int_equal(model_run_chart(r, 1, 1)->opens, 1);
    assert_int_equal(model_run_chart(r, 1, 2)->opens, 2);
    assert_all_done(r);
    model_run_end(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_batch_is_done_with_one_change_of_each_kind),
        cmocka_unit_test(the_same_schedule_gives_the_same_bytes),
        cmocka_unit_test(each_fault_does_what_its_sentence_says),
        cmocka_unit_test(there_is_a_claim_for_every_kind_of_fault),
        cmocka_unit_test(a_fault_strikes_where_it_is_put_and_as_often),
        cmocka_unit_test(killed_anywhere_the_next_process_finishes),
        cmocka_unit_test(a_request_that_was_sent_lands_after_its_process_is_gone),
        cmocka_unit_test(an_answer_that_comes_after_its_caller_has_gone_is_a_late_reply),
        cmocka_unit_test(after_expiry_nothing_reaches_a_chart_until_a_person_logs_in),
        cmocka_unit_test(a_visit_that_cannot_be_written_to_was_opened_all_the_same),
        cmocka_unit_test(a_visit_that_closes_itself_is_opened_again_only_to_be_read),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
