/* The breaker as a table: what opens it, how long it waits, what a probe decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/policy/breaker.h"

/* attempts: a letter each, f(ailed) or w(ell); visits the same. */
static struct breaker counted(const char *attempts, const char *visits)
{
    struct breaker b = {0};
    for (; *attempts; attempts++)
        breaker_count_attempt(&b, *attempts == 'f');
    for (; *visits; visits++)
        breaker_count_visit(&b, *visits == 'f');
    return b;
}

static void three_visits_in_a_row_or_ten_of_twenty_attempts_open_it(void **state)
{
    (void)state;
    static const struct {
        const char *attempts, *visits;
        bool trips;
    } rows[] = {
        {"", "", false},
        {"", "ff", false},
        {"", "fff", true},
        {"", "ffwff", false},
        {"", "ffwfff", true},
        {"fffffffff", "", false},
        {"ffffffffff", "", true},
        {"fwfwfwfwfwfwfwfwfwf", "", true},
        {"fwfwfwfwfwfwfwfwfw", "", false},
        {"fffffffffwwwwwwwwwwwf", "", false}, /* the first has left the window */
        {"fffffffffwwwwwwwwwwf", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct breaker b = counted(rows[i].attempts, rows[i].visits);
        if (breaker_trips(&b) != rows[i].trips)
            fail_msg("attempts %s, visits %s: expected %s", rows[i].attempts, rows[i].visits, rows[i].trips ? "open" : "closed");
    }
}

static void it_waits_30_then_60_then_120_seconds_and_stops_after_the_third_probe(void **state)
{
    (void)state;
    static const int64_t seconds[] = {30, 60, 120};
    struct breaker b = counted("", "fff");
    breaker_open(&b);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(b.state, BREAKER_OPEN);
        assert_int_equal(breaker_wait(&b).us, seconds[i] * 1000000);
        breaker_begin_probe(&b);
        assert_int_equal(b.state, BREAKER_HALF_OPEN);
        breaker_end_probe(&b, false);
    }
    assert_int_equal(b.state, BREAKER_STOPPED);
}

static void a_probe_that_goes_well_closes_it_and_forgets_everything(void **state)
{
    (void)state;
    struct breaker b = counted("ffffffffff", "fff");
    breaker_open(&b);
    breaker_begin_probe(&b);
    breaker_end_probe(&b, false);
    breaker_begin_probe(&b);
    breaker_end_probe(&b, true);
    assert_int_equal(b.state, BREAKER_CLOSED);
    assert_false(breaker_trips(&b));
    breaker_count_visit(&b, true);
    breaker_count_visit(&b, true);
    assert_false(breaker_trips(&b));
    breaker_count_visit(&b, true);
    breaker_open(&b);
    assert_int_equal(breaker_wait(&b).us, 30000000);
}

static void an_operator_may_force_it(void **state)
{
    (void)state;
    struct breaker closed = counted("ffffffffff", "ffff"), open = {.mode = BREAKER_FORCED_OPEN};
    closed.mode = BREAKER_FORCED_CLOSED;
    assert_false(breaker_trips(&closed));
    assert_true(breaker_trips(&open));
    breaker_open(&open);
    assert_int_equal(open.state, BREAKER_STOPPED);
}

static void names_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (enum breaker_state s = BREAKER_CLOSED; s <= BREAKER_STOPPED; s++) {
        enum breaker_state read = BREAKER_CLOSED;
        assert_true(breaker_state_parse(slice_of(breaker_state_name(s)), &read));
        assert_int_equal(read, s);
    }
    enum breaker_mode mode;
    assert_true(breaker_mode_parse(SLICE("open"), &mode));
    assert_int_equal(mode, BREAKER_FORCED_OPEN);
    assert_false(breaker_mode_parse(SLICE("half_open"), &mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_visits_in_a_row_or_ten_of_twenty_attempts_open_it),
        cmocka_unit_test(it_waits_30_then_60_then_120_seconds_and_stops_after_the_third_probe),
        cmocka_unit_test(a_probe_that_goes_well_closes_it_and_forgets_everything),
        cmocka_unit_test(an_operator_may_force_it),
        cmocka_unit_test(names_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
