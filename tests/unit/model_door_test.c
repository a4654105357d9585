/* What the model's page shows and takes, its queue and its journal, by hand. */
#include "tests/unit/model_door.h"

#include <errno.h>

#define CODES "\"icd\":[{\"code\":\"M54.50\",\"name\":\"a \\\"]}\"}]"
#define NOTE "\"sections\":[\"<p>a</p>\",\"\",\"\",\"\"]"

static void a_row_is_opened_by_its_order_and_again_by_its_ids(void **state)
{
    (void)state;
    door_begin("");
    door_start();
    door_open(BETA, "{" BETA ",\"payer\":\"OPTUM\",\"order\":2}");
    assert_string_equal(answer_word(door.done.answer, "rowId"), "trt1000002");
    assert_string_equal(answer_word(door.done.answer, "visitId"), "5000002");
    assert_string_equal(answer_word(door.done.answer, "payer"), "differs");
    assert_false(door_says("billed"));
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, "{" BETA ",\"payer\":\"NONE\",\"rowId\":\"trt1000002\",\"visitId\":\"5000002\"}"), "");
    assert_string_equal(answer_word(door.done.answer, "payer"), "none");
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, "{" BETA ",\"payer\":\"HF\",\"rowId\":\"trt1000002\",\"visitId\":\"5000001\"}"), "visit_not_found");
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, "{" BETA ",\"payer\":\"HF\",\"rowId\":\"trt1000001\",\"visitId\":\"5000001\"}"), "visit_not_found");
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, "{" BETA ",\"payer\":\"HF\",\"order\":1}"), "visit_not_found");
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, "{" ALPHA ",\"payer\":\"HF\",\"order\":1}"), "element_not_found");
    door_end();
}

static void codes_are_on_the_chart_once_they_were_saved_and_not_before(void **state)
{
    (void)state;
    static const char look[] = "{" FIRST ",\"icd\":[\"M54.50\"],\"cpt\":[{\"code\":\"97810\",\"units\":12}]}";
    door_begin("");
    door_open_first();
    assert_string_equal(door_ask(OPERATION_NAVIGATE_ICD, "{" FIRST "}"), "");
    assert_string_equal(door_ask(OPERATION_ADD_ICD, "{" FIRST "," CODES "}"), "");
    assert_string_equal(door_ask(OPERATION_ADD_CPT, "{" FIRST ",\"cpt\":[{\"code\":\"97810\",\"name\":\"b\",\"units\":12}]}"), "");
    assert_string_equal(door_ask(OPERATION_SAVE_DIAGNOSIS, "{" FIRST "}"), "");
    assert_int_equal(door_request(), EFFECT_ANSWERED);
    assert_string_equal(door_ask(OPERATION_READ_DIAGNOSIS, look), "");
    assert_true(door_says("present"));
    assert_string_equal(door_ask(OPERATION_READ_DIAGNOSIS, "{" FIRST ",\"icd\":[\"M54.50\"],\"cpt\":[{\"code\":\"97810\",\"units\":1}]}"), "");
    assert_false(door_says("present"));
    assert_string_equal(door_ask(OPERATION_READ_DIAGNOSIS, "{" FIRST ",\"icd\":[\"M54.5\"],\"cpt\":[]}"), "");
    assert_false(door_says("present"));
    assert_int_equal(door_first()->code_saves, 1);
    door_end();
}

static void what_is_pending_is_the_page_s_alone(void **state)
{
    (void)state;
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_ICD, "{" FIRST "}");
    (void)door_ask(OPERATION_ADD_ICD, "{" FIRST "," CODES "}");
    (void)door_ask(OPERATION_READ_DIAGNOSIS, "{" FIRST ",\"icd\":[],\"cpt\":[]}"); /* loads the page anew */
    assert_string_equal(door_ask(OPERATION_SAVE_DIAGNOSIS, "{" FIRST "}"), "");
    assert_int_equal(door_first()->codes.icd_count, 0);
    (void)door_ask(OPERATION_NAVIGATE_PT_NOTE, "{" FIRST "}");
    (void)door_ask(OPERATION_FILL_SOAP, "{" FIRST "," NOTE "}");
    door_stop();
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_PT_NOTE, "{" FIRST "}");
    assert_string_equal(door_ask(OPERATION_SAVE_SOAP, "{" FIRST "}"), "unknown");
    assert_int_equal(door_request(), EFFECT_NO_REQUEST);
    assert_int_equal(door_first()->note_saves, 0);
    door_end();
}

static void a_note_is_equal_to_the_one_that_was_saved(void **state)
{
    (void)state;
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_PT_NOTE, "{" FIRST "}");
    assert_string_equal(door_ask(OPERATION_READ_NOTE, "{" FIRST "," NOTE "}"), "");
    assert_true(!door_says("equal") && door_says("empty"));
    (void)door_ask(OPERATION_FILL_SOAP, "{" FIRST "," NOTE "}");
    assert_string_equal(door_ask(OPERATION_SAVE_SOAP, "{" FIRST "}"), "");
    (void)door_ask(OPERATION_READ_NOTE, "{" FIRST "," NOTE "}");
    assert_true(door_says("equal") && !door_says("empty"));
    (void)door_ask(OPERATION_READ_NOTE, "{" FIRST ",\"sections\":[\"<p>b</p>\",\"\",\"\",\"\"]}");
    assert_true(!door_says("equal") && !door_says("empty"));
    door_end();
}

static void a_chart_takes_twelve_diagnoses(void **state)
{
    (void)state;
    static const char eleven[] = "\"A10\",\"A11\",\"A12\",\"A13\",\"A14\",\"A15\",\"A16\",\"A17\",\"A18\",\"A19\",\"A20\"";
    char args[512];
    door_begin("");
    for (size_t i = 10; i < 21; i++) {
        char text[8], code[LEDGER_CODE_BYTES];
        assert_true(text_format(text, sizeof text, "A%zu", i));
        ledger_code(slice_of(text), code);
        assert_true(ledger_codes_add_icd(&door_first()->codes, code));
    }
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_ICD, "{" FIRST "}");
    assert_string_equal(door_ask(OPERATION_ADD_ICD, "{" FIRST ",\"icd\":[{\"code\":\"B1\",\"name\":\"x\"},{\"code\":\"A10\",\"name\":\"x\"},{\"code\":\"B2\",\"name\":\"x\"}]}"), "code_limit");
    assert_string_equal(door_ask(OPERATION_ADD_ICD, "{" FIRST ",\"icd\":[{\"code\":\"B1\",\"name\":\"x\"},{\"code\":\"A10\",\"name\":\"x\"}]}"), "");
    assert_string_equal(door_ask(OPERATION_SAVE_DIAGNOSIS, "{" FIRST "}"), "");
    assert_true(text_format(args, sizeof args, "{" FIRST ",\"icd\":[%s,\"B1\"],\"cpt\":[]}", eleven));
    (void)door_ask(OPERATION_READ_DIAGNOSIS, args);
    assert_true(door_says("present"));
    door_end();
}

static void a_change_is_refused_where_the_person_or_the_visit_is_another(void **state)
{
    (void)state;
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    assert_string_equal(door_ask(OPERATION_GENERATE_BILLING, "{\"visitId\":\"5000002\"," ALPHA "}"), "wrong_patient");
    assert_string_equal(door_ask(OPERATION_GENERATE_BILLING, "{\"visitId\":\"5000001\"," BETA "}"), "wrong_patient");
    assert_string_equal(door_ask(OPERATION_READ_BILLING, "{\"visitId\":\"5000001\"," BETA "}"), "wrong_patient");
    assert_int_equal(door_request(), EFFECT_NO_REQUEST);
    assert_int_equal(model_counts(&door.model).wrong_patient, 2);
    (void)door_ask(OPERATION_CLOSE_VISIT, "{}");
    assert_string_equal(door_ask(OPERATION_GENERATE_BILLING, "{" FIRST "}"), "element_not_found");
    assert_string_equal(door.done.answer->what, "visit");
    assert_int_equal(door_first()->bills, 0);
    door_end();
}

static void an_answer_at_exactly_its_deadline_wins(void **state)
{
    (void)state;
    door_begin("");
    door_start();
    (void)door_submit(OPERATION_OPEN_WAITING_ROOM, "{}");
    assert_false(door_next(19));
    assert_true(door_next(1));
    door_end();
}

static void at_one_instant_the_one_that_was_asked_first_comes_first(void **state)
{
    (void)state;
    door_begin("");
    door_start();
    struct op ping = {.kind = OP_PING}, frames = {.kind = OP_FRAMES};
    uint32_t one = door.world->ops->submit(door.world, &ping), two = door.world->ops->submit(door.world, &frames);
    assert_true(door_next(1000));
    assert_int_equal(door.done.op, one);
    assert_true(door_next(0));
    assert_int_equal(door.done.op, two);
    door_end();
}

static void an_engine_that_waits_for_nothing_or_without_end_is_told(void **state)
{
    (void)state;
    door_begin("openWaitingRoom:hang");
    door_start();
    (void)door_submit(OPERATION_OPEN_WAITING_ROOM, "{}");
    assert_int_equal(door.world->ops->next(door.world, INSTANT_NEVER, &door.done, &door.err), ERR_INTERNAL);
    door_end();
    door_begin("");
    door.model.options.turns_max = 10;
    for (int i = 0; i < 10; i++)
        assert_false(door_next(1));
    assert_int_equal(door.world->ops->next(door.world, world_now(door.world), &door.done, &door.err), ERR_INTERNAL);
    door_end();
}

static void a_page_that_is_gone_answers_nothing_and_its_browser_does(void **state)
{
    (void)state;
    struct op ping = {.kind = OP_PING};
    door_begin("openWaitingRoom:target_crash");
    door_start();
    (void)door_submit(OPERATION_OPEN_WAITING_ROOM, "{}");
    assert_true(door_next(1000));
    assert_int_equal(door.done.kind, COMPLETION_CRASH);
    (void)door_submit(OPERATION_OPEN_WAITING_ROOM, "{}");
    assert_false(door_next(60000));
    (void)door.world->ops->submit(door.world, &ping);
    assert_true(door_next(1000));
    door_end();
}

static void arguments_that_no_engine_writes_are_bad_input(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{", "{}", "{\"visitId\":\"5000001\"}", "{" FIRST, "{" FIRST ",\"icd\":", "{" FIRST ",\"icd\":[", "{" FIRST ",\"icd\":[\"",
        "{" FIRST ",\"icd\":[\"M54.50\"", "{" FIRST ",\"icd\":[\"M54.50\"]", "{" FIRST ",\"icd\":[\"M54.50\"],\"cpt\":[{\"code\":\"97810\"}]}",
        "{" FIRST ",\"icd\":[\"MUCH-TOO-LONG-A-CODE\"],\"cpt\":[]}", "{" FIRST ",\"icd\":[7],\"cpt\":[]}",
        "{" FIRST ",\"icd\":[\"M54.50\"],\"cpt\":[{\"code\":\"97810\",\"units\":}]}", "{\"visitId\":\"12345678901234567890\"," ALPHA "}",
    };
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_ICD, "{" FIRST "}");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcmp(door_ask(OPERATION_READ_DIAGNOSIS, bad[i]), "bad_input") != 0)
            fail_msg("%s: %s", bad[i], door.done.answer->kind);
    door_end();
}

static void latencies_vary_with_the_seed_and_only_with_it(void **state)
{
    (void)state;
    int64_t took[3];
    for (size_t i = 0; i < 3; i++) {
        door_begin("");
        door.model.options.seed = i < 2 ? 7 : 8;
        door_open_first();
        took[i] = world_now(door.world).us;
        door_end();
    }
    assert_int_equal(took[0], took[1]);
    assert_int_not_equal(took[0], took[2]);
}

static int keep_nothing(void *ctx, struct slice record)
{
    ++*(uint32_t *)ctx;
    return record.len > 5 ? EIO : 0;
}

static void commit_with(struct slice record, int expected)
{
    struct op op = {.kind = OP_COMMIT, .record = record};
    (void)door.world->ops->submit(door.world, &op);
    assert_true(door_next(1000));
    assert_int_equal(door.done.kind, COMPLETION_IO);
    assert_int_equal(door.done.io_error, expected);
}

static void the_journal_goes_on_where_its_last_sound_line_ends(void **state)
{
    (void)state;
    struct str journal CLEANUP_STR;
    str_init(&journal, 120);
    str_add_text(&journal, "{\"seq\":1,\"cr");
    door_begin("");
    model_init(&door.model, &(struct model_options){.ledger = door.ledger, .journal = &journal});
    commit_with(SLICE("\"a\":1"), 0);
    size_t one = journal.len;
    assert_int_equal(one, 33);
    str_add_text(&journal, "{\"seq\":2,");
    model_init(&door.model, &(struct model_options){.ledger = door.ledger, .journal = &journal});
    assert_int_equal(journal.len, one);
    commit_with(SLICE("\"b\":2"), 0);
    assert_non_null(slice_find(str_slice(&journal), SLICE("{\"seq\":2,")));
    commit_with(SLICE("\"c\":\"longer than what is left of its room\""), ENOSPC);
    assert_int_equal(journal.len, 2 * one);
    door_end();
}

static void a_sink_of_the_caller_s_own_says_what_became_of_a_record(void **state)
{
    (void)state;
    uint32_t calls = 0;
    door_begin("");
    model_init(&door.model, &(struct model_options){.ledger = door.ledger, .commit = keep_nothing, .commit_ctx = &calls});
    commit_with(SLICE("\"a\":1"), 0);
    commit_with(SLICE("\"a\":12"), EIO);
    assert_int_equal(calls, 2);
    door_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_opened_by_its_order_and_again_by_its_ids),
        cmocka_unit_test(codes_are_on_the_chart_once_they_were_saved_and_not_before),
        cmocka_unit_test(what_is_pending_is_the_page_s_alone),
        cmocka_unit_test(a_note_is_equal_to_the_one_that_was_saved),
        cmocka_unit_test(a_chart_takes_twelve_diagnoses),
        cmocka_unit_test(a_change_is_refused_where_the_person_or_the_visit_is_another),
        cmocka_unit_test(an_answer_at_exactly_its_deadline_wins),
        cmocka_unit_test(at_one_instant_the_one_that_was_asked_first_comes_first),
        cmocka_unit_test(an_engine_that_waits_for_nothing_or_without_end_is_told),
        cmocka_unit_test(a_page_that_is_gone_answers_nothing_and_its_browser_does),
        cmocka_unit_test(arguments_that_no_engine_writes_are_bad_input),
        cmocka_unit_test(latencies_vary_with_the_seed_and_only_with_it),
        cmocka_unit_test(the_journal_goes_on_where_its_last_sound_line_ends),
        cmocka_unit_test(a_sink_of_the_caller_s_own_says_what_became_of_a_record),
    };
    return cmocka_run_group_tests_name("model door", tests, NULL, NULL);
}
