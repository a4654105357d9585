/* The charts alone: what is kept, counted and printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "recorder/model/ledger.h"

#include <stdlib.h>

static struct ledger *two_charts(void)
{
    void *memory = malloc(ledger_size_bytes(2));
    assert_non_null(memory);
    struct ledger *ledger = ledger_init(memory, 2);
    uint32_t patient = ledger_add_patient(ledger, SLICE("TEST, ALPHA"), SLICE("01/02/1903"));
    assert_int_equal(ledger_add_visit(ledger, patient, 2, SLICE("HF")), 0);
    assert_int_equal(ledger_add_visit(ledger, patient, 1, SLICE_NONE), 1);
    return ledger;
}

static struct ledger_request bill_of(uint32_t chart, int64_t due_ms)
{
    return (struct ledger_request){.change = LEDGER_BILL, .chart = chart, .due = {due_ms * 1000}};
}

static void a_chart_is_found_by_its_order_wherever_its_block_lies(void **state)
{
    (void)state;
    struct ledger *ledger = two_charts(), *moved = malloc(ledger_size_bytes(2));
    assert_non_null(moved);
    memcpy(moved, ledger, ledger_size_bytes(2));
    memset(ledger, 0xff, ledger_size_bytes(2));
    free(ledger);
    assert_ptr_equal(ledger_find(moved, 0, 2), &ledger_charts(moved)[0]);
    assert_ptr_equal(ledger_find(moved, 0, 1), &ledger_charts(moved)[1]);
    assert_null(ledger_find(moved, 0, 3));
    free(moved);
}

static void a_chart_prints_what_is_on_it_and_no_name(void **state)
{
    (void)state;
    struct ledger *ledger = two_charts();
    struct ledger_request codes = {.change = LEDGER_CODES, .chart = 1}, note = {.change = LEDGER_NOTE, .chart = 1, .note = 99};
    struct ledger_request bill = bill_of(1, 0);
    char icd[LEDGER_CODE_BYTES], cpt[LEDGER_CODE_BYTES];
    ledger_code(SLICE("S39.012A"), icd);
    ledger_code(SLICE("9781125595051"), cpt);
    assert_true(ledger_codes_add_icd(&codes.codes, icd));
    assert_true(ledger_codes_set_cpt(&codes.codes, cpt, 99));
    ledger_charts(ledger)[1].foreign_note = true;
    assert_true(ledger_apply(ledger, &codes) && ledger_apply(ledger, &note) && ledger_apply(ledger, &bill) && ledger_apply(ledger, &bill));
    struct str out CLEANUP_STR;
    str_init(&out, 4096);
    ledger_print(ledger, 1, &out);
    assert_string_equal(str_text(&out),
                        "{\"patient\":1,\"dos\":1,\"icd\":[\"S39.012A\"],\"cpt\":[{\"code\":\"9781125595051\",\"units\":99}],"
                        "\"note\":\"ours\",\"opens\":0,\"closes\":0,\"codeSaves\":1,\"noteSaves\":1,\"bills\":2,\"otherBills\":0,"
                        "\"overwritten\":1}\n");
    free(ledger);
}

static void a_reset_forgets_what_was_done_and_keeps_who_is_there(void **state)
{
    (void)state;
    struct ledger *ledger = two_charts();
    struct ledger_request bill = bill_of(0, 5);
    struct str before CLEANUP_STR, after CLEANUP_STR;
    str_init(&before, 4096);
    str_init(&after, 4096);
    ledger_print(ledger, 0, &before);
    assert_true(ledger_apply(ledger, &bill));
    ledger_send(ledger, &bill);
    ledger->expired = true;
    ledger_reset(ledger);
    ledger_print(ledger, 0, &after);
    assert_string_equal(str_text(&before), str_text(&after));
    assert_string_equal(ledger_charts(ledger)[1].visit_id, "5000002");
    assert_ptr_equal(ledger_find(ledger, 0, 1), &ledger_charts(ledger)[1]);
    assert_int_equal(ledger->in_flight_count, 0);
    assert_false(ledger->expired);
    free(ledger);
}

static void requests_land_when_they_are_due_and_the_first_one_where_there_is_no_room(void **state)
{
    (void)state;
    struct ledger *ledger = two_charts();
    for (uint32_t i = 0; i < LEDGER_IN_FLIGHT_MAX; i++) {
        struct ledger_request bill = bill_of(i % 2, 100 - i);
        ledger_send(ledger, &bill);
    }
    ledger_advance(ledger, (struct instant){92000});
    assert_int_equal(ledger->in_flight_count, LEDGER_IN_FLIGHT_MAX);
    ledger_advance(ledger, (struct instant){93000});
    assert_int_equal(ledger_charts(ledger)[1].bills, 1);
    struct ledger_request more = bill_of(0, 1000);
    ledger_send(ledger, &more);
    ledger_send(ledger, &more);
    assert_int_equal(ledger_charts(ledger)[0].bills, 1);
    ledger->expired = true;
    ledger_advance(ledger, (struct instant){2000000});
    assert_int_equal(ledger->refused_after_expiry, LEDGER_IN_FLIGHT_MAX);
    assert_int_equal(ledger_charts(ledger)[0].bills + ledger_charts(ledger)[1].bills, 2);
    free(ledger);
}

static void a_procedure_of_five_characters_fits_whatever_its_row_adds(void **state)
{
    (void)state;
    struct ledger_codes codes = {0};
    char plain[LEDGER_CODE_BYTES], modified[LEDGER_CODE_BYTES];
    ledger_code(SLICE("97811"), plain);
    ledger_code(SLICE("9781125"), modified);
    assert_true(ledger_codes_set_cpt(&codes, modified, 2));
    assert_int_equal(ledger_codes_units(&codes, plain), 2);
    assert_true(ledger_codes_set_cpt(&codes, plain, 3));
    assert_int_equal(codes.cpt_count, 1);
    assert_int_equal(ledger_codes_units(&codes, modified), 3);
    codes = (struct ledger_codes){0};
    assert_true(ledger_codes_set_cpt(&codes, plain, 1));
    assert_int_equal(ledger_codes_units(&codes, modified), 0);
}

static void digests_tell_texts_apart_and_are_neither_nothing_nor_foreign(void **state)
{
    (void)state;
    char text[64];
    uint64_t seen[64];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < 64; i++) {
        seen[i] = ledger_digest((struct slice){text, i});
        assert_true(seen[i] > LEDGER_FOREIGN_NOTE);
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    }
    uint64_t whole = ledger_digest((struct slice){text, 64});
    for (size_t i = 0; i < 64; i++) {
        text[i] ^= 1;
        assert_true(ledger_digest((struct slice){text, 64}) != whole);
        text[i] ^= 1;
    }
    assert_true(ledger_digest_quoted(SLICE("a\"b")) == ledger_digest(SLICE("a\\\"b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chart_is_found_by_its_order_wherever_its_block_lies),
        cmocka_unit_test(a_chart_prints_what_is_on_it_and_no_name),
        cmocka_unit_test(a_reset_forgets_what_was_done_and_keeps_who_is_there),
        cmocka_unit_test(requests_land_when_they_are_due_and_the_first_one_where_there_is_no_room),
        cmocka_unit_test(a_procedure_of_five_characters_fits_whatever_its_row_adds),
        cmocka_unit_test(digests_tell_texts_apart_and_are_neither_nothing_nor_foreign),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
