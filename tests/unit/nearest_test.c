/* The nearest word of a table, and what counts as near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/nearest.h"

static void check(const char *typed, const char *expected, const char *const *words)
{
    struct nearest near;
    nearest_init(&near, slice_of(typed));
    for (; *words; words++)
        nearest_try(&near, *words);
    if (!expected && near.word)
        fail_msg("%s is near to nothing, but %s was found", typed, near.word);
    if (expected && (!near.word || strcmp(near.word, expected) != 0))
        fail_msg("%s: %s is nearest, but %s was found", typed, expected, near.word ? near.word : "nothing");
}
#define CHECK(typed, expected, ...) check(typed, expected, (const char *const[]){__VA_ARGS__, NULL})

static void a_letter_too_many_too_few_or_another_is_near(void **state)
{
    (void)state;
    CHECK("replayy", "replay", "report", "replay");
    CHECK("repla", "replay", "report", "replay");
    CHECK("replax", "replay", "report", "replay");
}

/* Without the exchange "hnag" would be as far from "hang" as from "snug", the first one tried. */
static void two_letters_exchanged_are_one_mistake(void **state)
{
    (void)state;
    CHECK("hnag", "hang", "snug", "hang");
    CHECK("staet", "state", "stat_et", "state");
    CHECK("ab", "ba", "cd", "ba");
}

static void the_nearest_wins_and_of_equals_the_first(void **state)
{
    (void)state;
    CHECK("min_gaps", "min_gap", "max_gap", "min_gap");
    CHECK("bat", "cat", "cat", "hat");
    CHECK("tests", "test", "test", "testsuite");
}

static void a_word_that_holds_it_is_as_near_as_one_letter(void **state)
{
    (void)state;
    CHECK("retries", "max-retries", "metrics", "max-retries");
    CHECK("retries", "retriez", "retriez", "max-retries");
}

static void what_shares_nothing_is_not_near(void **state)
{
    (void)state;
    CHECK("zzz", NULL, "run", "status");
    CHECK("", NULL, "a", "ab");
    CHECK("xy", NULL, "run", "ab");
    CHECK("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void the_hint_has_what_stands_in_front(void **state)
{
    struct nearest near;
    (void)state;
    nearest_init(&near, SLICE("jsno"));
    nearest_try(&near, "json");
    assert_string_equal(nearest_hint(&near, "--"), "; did you mean --json?");
    nearest_init(&near, SLICE("jsno"));
    assert_string_equal(nearest_hint(&near, "--"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_too_many_too_few_or_another_is_near),
        cmocka_unit_test(two_letters_exchanged_are_one_mistake),
        cmocka_unit_test(the_nearest_wins_and_of_equals_the_first),
        cmocka_unit_test(a_word_that_holds_it_is_as_near_as_one_letter),
        cmocka_unit_test(what_shares_nothing_is_not_near),
        cmocka_unit_test(the_hint_has_what_stands_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
