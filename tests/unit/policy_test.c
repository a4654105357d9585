/* The policy tables, written out a second time by hand: how long things may
   take, what is tried again and when. A number changed in one place only is a
   failure here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/policy/kind.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define ATTEMPT_MAX (RETRIES_MAX + 1)

static const struct {
    const char *name;
    enum budget_class budget;
    int64_t ms;
} budgets[] = {
    {"navigation", BUDGET_NAVIGATION, 15000}, {"element", BUDGET_ELEMENT, 10000}, {"network", BUDGET_NETWORK, 20000},
    {"save", BUDGET_SAVE, 15000},             {"billing", BUDGET_BILLING, 20000}, {"editor", BUDGET_EDITOR, 20000},
    {"close", BUDGET_CLOSE, 10000},           {"session", BUDGET_SESSION, 15000}, {"start", BUDGET_START, 15000},
};

static const struct {
    const char *name;
    enum kind kind;
    enum kind_class class;
} kinds[] = {
    {"timeout", KIND_TIMEOUT, CLASS_TRANSIENT},
    {"element_not_found", KIND_ELEMENT_NOT_FOUND, CLASS_TRANSIENT},
    {"network", KIND_NETWORK, CLASS_TRANSIENT},
    {"target_crashed", KIND_TARGET_CRASHED, CLASS_TRANSIENT},
    {"browser_gone", KIND_BROWSER_GONE, CLASS_TRANSIENT},
    {"dialog_blocked", KIND_DIALOG_BLOCKED, CLASS_TRANSIENT},
    {"too_late", KIND_TOO_LATE, CLASS_TRANSIENT},
    {"unknown", KIND_UNKNOWN, CLASS_TRANSIENT},
    {"patient_not_found", KIND_PATIENT_NOT_FOUND, CLASS_PERMANENT},
    {"visit_not_found", KIND_VISIT_NOT_FOUND, CLASS_PERMANENT},
    {"ambiguous", KIND_AMBIGUOUS, CLASS_PERMANENT},
    {"already_billed", KIND_ALREADY_BILLED, CLASS_PERMANENT},
    {"no_write_access", KIND_NO_WRITE_ACCESS, CLASS_PERMANENT},
    {"code_limit", KIND_CODE_LIMIT, CLASS_PERMANENT},
    {"save_rejected", KIND_SAVE_REJECTED, CLASS_PERMANENT},
    {"conflict", KIND_CONFLICT, CLASS_PERMANENT},
    {"wrong_patient", KIND_WRONG_PATIENT, CLASS_PERMANENT},
    {"bad_input", KIND_BAD_INPUT, CLASS_PERMANENT},
    {"undecided", KIND_UNDECIDED, CLASS_PERMANENT},
    {"session_expired", KIND_SESSION_EXPIRED, CLASS_FATAL},
};

static int64_t budget_us(enum budget_class budget, uint32_t attempt, uint32_t thousandths)
{
    return timeout_budget(budget, attempt, thousandths).us;
}

static void a_first_attempt_has_the_budget_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(budgets); i++) {
        assert_int_equal(budget_us(budgets[i].budget, 1, MULTIPLIER_ONE), budgets[i].ms * 1000);
        assert_string_equal(budget_name(budgets[i].budget), budgets[i].name);
    }
}

static void the_table_of_budgets_has_no_row_beyond_these(void **state)
{
    (void)state;
    const char *names[] = {
#define X(id, name, ms) name,
#include "engine/base/budget.def"
#undef X
    };
    assert_int_equal(COUNT(names), COUNT(budgets));
}

static void each_attempt_adds_half_of_the_first(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt <= ATTEMPT_MAX; attempt++)
        for (size_t i = 0; i < COUNT(budgets); i++)
            assert_int_equal(budget_us(budgets[i].budget, attempt, MULTIPLIER_ONE),
                             budgets[i].ms * 1000 + budgets[i].ms * 500 * (attempt - 1));
}

static void the_multiplier_scales_from_a_tenth_to_a_hundredfold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(budgets); i++) {
        assert_int_equal(budget_us(budgets[i].budget, 1, MULTIPLIER_MIN), budgets[i].ms * 100);
        assert_int_equal(budget_us(budgets[i].budget, 1, 2500), budgets[i].ms * 2500);
        assert_int_equal(budget_us(budgets[i].budget, 1, MULTIPLIER_MAX), budgets[i].ms * 100000);
    }
    assert_int_equal(MULTIPLIER_MIN, 100);
    assert_int_equal(MULTIPLIER_MAX, 100000);
}

static void half_a_millisecond_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(budget_us(BUDGET_NAVIGATION, 2, 101), 2273000); /* 2272.5 */
    assert_int_equal(budget_us(BUDGET_SAVE, 4, 103), 3863000);       /* 3862.5 */
    assert_int_equal(budget_us(BUDGET_START, 2, 1001), 22523000);    /* 22522.5 */
}

/* The definition itself: whole milliseconds, within half of one of the exact value,
   which is ms * thousandths * (attempt + 1) / 2000. */
static void every_budget_is_rounded_once_to_the_nearest_millisecond(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(budgets); i++)
        for (uint32_t attempt = 1; attempt <= ATTEMPT_MAX; attempt++)
            for (uint32_t thousandths = MULTIPLIER_MIN; thousandths <= MULTIPLIER_MAX; thousandths += 37) {
                int64_t got_us = budget_us(budgets[i].budget, attempt, thousandths);
                int64_t exact = budgets[i].ms * thousandths * (attempt + 1);
                int64_t got = got_us / 1000 * 2000;
                assert_int_equal(got_us % 1000, 0);
                assert_true(got - 1000 <= exact && exact < got + 1000);
            }
}

static void a_visit_has_ten_minutes_and_a_small_multiplier_does_not_shorten_them(void **state)
{
    (void)state;
    assert_int_equal(timeout_visit(MULTIPLIER_ONE).us, INT64_C(600000000));
    assert_int_equal(timeout_visit(MULTIPLIER_MIN).us, INT64_C(600000000));
    assert_int_equal(timeout_visit(1500).us, INT64_C(900000000));
    assert_int_equal(timeout_visit(MULTIPLIER_MAX).us, INT64_C(60000000000));
}

static void every_kind_has_its_class_its_name_and_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_string_equal(kind_name(kinds[i].kind), kinds[i].name);
        assert_int_equal(kind_class_of(kinds[i].kind), kinds[i].class);
        assert_true(strlen(kind_sentence(kinds[i].kind)) > 10);
    }
}

static void the_table_of_kinds_has_no_row_beyond_these(void **state)
{
    (void)state;
    const char *names[] = {
#define X(id, name, class, sentence) name,
#include "engine/policy/kind.def"
#undef X
    };
    assert_int_equal(COUNT(names), COUNT(kinds) + 1);
    assert_string_equal(names[0], "none");
}

static void a_kind_is_found_by_its_whole_name_only(void **state)
{
    (void)state;
    enum kind kind = KIND_CONFLICT;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_true(kind_parse(slice_of(kinds[i].name), &kind));
        assert_int_equal(kind, kinds[i].kind);
    }
    kind = KIND_CONFLICT;
    assert_false(kind_parse(SLICE("none"), &kind));
    assert_false(kind_parse(SLICE(""), &kind));
    assert_false(kind_parse(SLICE("time"), &kind));
    assert_false(kind_parse(SLICE("timeouts"), &kind));
    assert_false(kind_parse(SLICE("Timeout"), &kind));
    assert_int_equal(kind, KIND_CONFLICT);
}

static void retry_gives_up_after_the_third_attempt_by_default(void **state)
{
    (void)state;
    assert_int_equal(RETRIES_DEFAULT, 2);
    assert_true(retry_allowed(KIND_TIMEOUT, 1, RETRIES_DEFAULT));
    assert_true(retry_allowed(KIND_TIMEOUT, 2, RETRIES_DEFAULT));
    assert_false(retry_allowed(KIND_TIMEOUT, 3, RETRIES_DEFAULT));
}

static void only_transient_failures_are_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(retry_allowed(kinds[i].kind, 1, RETRIES_MAX), kinds[i].class == CLASS_TRANSIENT);
    assert_false(retry_allowed(KIND_NONE, 1, RETRIES_MAX));
}

static void a_visit_has_one_attempt_more_than_it_has_retries(void **state)
{
    (void)state;
    assert_int_equal(RETRIES_MAX, 9);
    for (uint32_t retries = 0; retries <= RETRIES_MAX; retries++) {
        uint32_t attempts = 1;
        while (retry_allowed(KIND_NETWORK, attempts, retries))
            attempts++;
        assert_int_equal(attempts, retries + 1);
    }
}

static void the_wait_before_attempt_n_is_two_to_the_power_of_n_less_one_seconds(void **state)
{
    (void)state;
    const int64_t seconds[] = {2, 4, 8, 16, 32, 64, 128, 256, 512};
    assert_int_equal(COUNT(seconds), RETRIES_MAX);
    for (uint32_t attempt = 2; attempt <= ATTEMPT_MAX; attempt++)
        assert_int_equal(retry_delay(attempt).us, seconds[attempt - 2] * 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_attempt_has_the_budget_of_the_table),
        cmocka_unit_test(the_table_of_budgets_has_no_row_beyond_these),
        cmocka_unit_test(each_attempt_adds_half_of_the_first),
        cmocka_unit_test(the_multiplier_scales_from_a_tenth_to_a_hundredfold),
        cmocka_unit_test(half_a_millisecond_is_rounded_up),
        cmocka_unit_test(every_budget_is_rounded_once_to_the_nearest_millisecond),
        cmocka_unit_test(a_visit_has_ten_minutes_and_a_small_multiplier_does_not_shorten_them),
        cmocka_unit_test(every_kind_has_its_class_its_name_and_a_sentence),
        cmocka_unit_test(the_table_of_kinds_has_no_row_beyond_these),
        cmocka_unit_test(a_kind_is_found_by_its_whole_name_only),
        cmocka_unit_test(retry_gives_up_after_the_third_attempt_by_default),
        cmocka_unit_test(only_transient_failures_are_tried_again),
        cmocka_unit_test(a_visit_has_one_attempt_more_than_it_has_retries),
        cmocka_unit_test(the_wait_before_attempt_n_is_two_to_the_power_of_n_less_one_seconds),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
