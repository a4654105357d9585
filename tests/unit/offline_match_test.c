/* Which recorded exchange answers a request: by what it asks, in the recorded order, with
   nothing that a page did not say itself explained away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/bodies.h"
#include "recorder/offline/token.h"
#include "tests/unit/recorder_script.h"

#define SITE "https://ehr.example"
#define WALL_US INT64_C(1700000000000000)

struct day {
    struct traffic traffic;
    struct exchange list[32];
    struct match *match;
    struct tokens tokens;
    struct store store;
    struct bodies bodies;
    char dir[64];
    char sha256[32][FILE_SHA256_TEXT];
};

static struct exchange *add(struct day *day, const char *method, const char *url, const char *posted, const char *body)
{
    static struct err err;
    size_t i = day->traffic.count++;
    struct exchange *e = &day->list[i];
    *e = (struct exchange){.line = 10 * i + 1, .ended_line = 10 * i + 5, .mark = SLICE("p1.v1.a1.openVisit"),
                           .method = slice_of(method), .url = slice_of(url), .has_posted = posted, .posted_known = true,
                           .has_answer = true, .status = 200, .end = TRAFFIC_ANSWERED, .asked_wall_us = WALL_US};
    if (posted)
        e->posted = slice_of(posted);
    err_init(&err);
    assert_int_equal(bodies_put(&day->bodies, slice_of(body), day->sha256[i], &err), ERR_OK);
    e->sha256 = slice_of(day->sha256[i]);
    return e;
}

static int set_up(void **state)
{
    static struct err err;
    struct day *day = calloc(1, sizeof *day);
    err_init(&err);
    script_directory(day->dir);
    day->store = store_of_directory(-1);
    int fd = -1;
    assert_int_equal(recording_make_directory(day->dir, &fd, &err), ERR_OK);
    day->store = store_of_directory(fd);
    assert_int_equal(bodies_open(&day->bodies, fd, &err), ERR_OK);
    day->traffic.list = day->list;
    *state = day;
    return 0;
}

static int tear_down(void **state)
{
    struct day *day = *state;
    match_free(day->match);
    tokens_fini(&day->tokens);
    bodies_close(&day->bodies);
    store_close(&day->store);
    script_remove(day->dir);
    free(day);
    return 0;
}

static void begin(struct day *day)
{
    tokens_init(&day->tokens, &day->traffic, &day->store);
    day->match = match_new(&day->traffic, tokens_explain, &day->tokens);
    assert_non_null(day->match);
    day->tokens.match = day->match;
}

static struct match_result ask(struct day *day, const char *method, const char *url, const char *posted)
{
    struct match_result result;
    struct request_text request = {slice_of(method), slice_of(url), posted ? slice_of(posted) : SLICE_NONE, posted, true};
    match_find(day->match, &request, false, &result);
    return result;
}

static void assert_given(struct match_result result, enum match_how how, const struct exchange *exchange)
{
    assert_int_equal(result.how, how);
    assert_ptr_equal(result.exchange, exchange);
}

static void assert_miss(struct match_result result, enum miss miss, const struct exchange *nearest)
{
    assert_int_equal(result.how, MATCH_NONE);
    assert_int_equal(result.miss, miss);
    assert_ptr_equal(result.exchange, nearest);
}

static void one_request_twice_gets_the_answers_in_their_order(void **state)
{
    struct day *day = *state;
    struct exchange *first = add(day, "GET", SITE "/list?day=1", NULL, "one"), *second = add(day, "GET", SITE "/list?day=1", NULL, "two");
    begin(day);
    assert_given(ask(day, "GET", SITE "/list?day=1", NULL), MATCH_SAME, first);
    assert_given(ask(day, "GET", SITE "/list?day=1#top", NULL), MATCH_SAME, second);
    assert_given(ask(day, "GET", SITE "/list?day=1", NULL), MATCH_REPEATED, second);
}

static void a_miss_names_the_nearest_request_and_the_field(void **state)
{
    struct day *day = *state;
    add(day, "POST", SITE "/save?id=1", "a=1&b=2&c=3", "far");
    struct exchange *near = add(day, "POST", SITE "/save?id=1", "a=1&b=5&c=9", "near");
    begin(day);
    struct match_result result = ask(day, "POST", SITE "/save?id=1", "a=1&b=5&c=33");
    assert_miss(result, MISS_FIELD_DIFFERS, near);
    assert_string_equal(result.field, "form field c");
    assert_int_equal(result.asked_bytes, 2);
    assert_int_equal(result.recorded_bytes, 1);
    assert_int_equal(result.differences, 1);
    assert_miss(ask(day, "GET", SITE "/other", NULL), MISS_UNSEEN, NULL);
    assert_miss(ask(day, "GET", "https://login.example/save", NULL), MISS_UNSEEN, &day->list[0]);
}

static void another_patient_or_day_is_never_explained_away(void **state)
{
    struct day *day = *state;
    struct exchange *page = add(day, "GET", SITE "/visit?patientID=2041700000000000000", NULL,
                                "<input name=who value=\"2041700000000000000\"><input name=day value=\"01/02/1903 long day\">");
    struct exchange *other = add(day, "GET", SITE "/visit?patientID=2041700000000000001", NULL,
                                 "<input name=who value=\"2041700000000000001\"><input name=day value=\"01/02/1904 long day\">");
    struct exchange *save = add(day, "POST", SITE "/save", "who=2041700000000000000&day=01%2F02%2F1903+long+day", "saved");
    begin(day);
    assert_given(ask(day, "GET", SITE "/visit?patientID=2041700000000000000", NULL), MATCH_SAME, page);
    assert_given(ask(day, "GET", SITE "/visit?patientID=2041700000000000001", NULL), MATCH_SAME, other);
    assert_miss(ask(day, "POST", SITE "/save", "who=2041700000000000001&day=01%2F02%2F1903+long+day"), MISS_FIELD_DIFFERS, save);
    assert_miss(ask(day, "POST", SITE "/save", "who=2041700000000000000&day=01%2F02%2F1904+long+day"), MISS_FIELD_DIFFERS, save);
    assert_miss(ask(day, "POST", SITE "/save", "day=01%2F02%2F1903+long+day&who=2041700000000000000"), MISS_FIELD_DIFFERS, save);
}

static void a_clock_and_a_random_number_explain_themselves(void **state)
{
    struct day *day = *state;
    struct exchange *poll = add(day, "GET", SITE "/poll?t=1700000000123&r=0.1234567890123&_=17", NULL, "");
    add(day, "GET", SITE "/poll?t=1500000000123&r=0.1234567890123&_=17", NULL, "");
    begin(day);
    assert_given(ask(day, "GET", SITE "/poll?t=1790000000999&r=0.9876543210987&_=44", NULL), MATCH_EXPLAINED, poll);
    /* the second is of no time at which it was sent */
    struct match_result result = ask(day, "GET", SITE "/poll?t=1790000001999&r=0.9876543210987&_=44", NULL);
    assert_int_equal(result.how, MATCH_REPEATED);
    assert_ptr_equal(result.exchange, poll);
}

#define FIELD "<input type=\"hidden\" name=\"__VIEWSTATE\" value=\""

static void a_token_is_taken_where_it_came_from_the_same_place(void **state)
{
    struct day *day = *state;
    struct exchange *early = add(day, "GET", SITE "/codes?id=7", NULL, FIELD "AAAAAAAAAAAAAAAAAAAA+1==\">");
    add(day, "GET", SITE "/codes?id=7", NULL, FIELD "BBBBBBBBBBBBBBBBBBBB+2==\">");
    struct exchange *save = add(day, "POST", SITE "/codes?id=7", "__VIEWSTATE=BBBBBBBBBBBBBBBBBBBB%2B2%3D%3D&code=M54.2", "saved");
    begin(day);
    /* a page that never came in this run */
    assert_miss(ask(day, "POST", SITE "/codes?id=7", "__VIEWSTATE=AAAAAAAAAAAAAAAAAAAA%2B1%3D%3D&code=M54.2"), MISS_FIELD_DIFFERS, save);
    assert_given(ask(day, "GET", SITE "/codes?id=7", NULL), MATCH_SAME, early);
    assert_miss(ask(day, "POST", SITE "/codes?id=7", "__VIEWSTATE=AAAAAAAAAAAAAAAAAAAA%2B1%3D%3D&code=M54.3"), MISS_FIELD_DIFFERS, save);
    assert_miss(ask(day, "POST", SITE "/codes?id=7", "__VIEWSTATE=CCCCCCCCCCCCCCCCCCCC%2B1%3D%3D&code=M54.2"), MISS_FIELD_DIFFERS, save);
    assert_given(ask(day, "POST", SITE "/codes?id=7", "__VIEWSTATE=AAAAAAAAAAAAAAAAAAAA%2B1%3D%3D&code=M54.2"), MATCH_EXPLAINED, save);
}

static void a_save_is_answered_as_often_as_it_was_recorded(void **state)
{
    struct day *day = *state;
    struct exchange *save = add(day, "POST", SITE "/save", "a=1", "saved");
    begin(day);
    assert_given(ask(day, "POST", SITE "/save", "a=1"), MATCH_SAME, save);
    assert_miss(ask(day, "POST", SITE "/save", "a=1"), MISS_EXHAUSTED, save);
}

static void what_a_save_changed_is_not_shown_before_it_nor_what_was_before_after_it(void **state)
{
    struct day *day = *state;
    struct exchange *before = add(day, "GET", SITE "/chart", NULL, "empty"), *again = add(day, "GET", SITE "/chart", NULL, "empty still");
    struct exchange *save = add(day, "POST", SITE "/save", "a=1", "saved"), *after = add(day, "GET", SITE "/chart", NULL, "full");
    begin(day);
    assert_given(ask(day, "GET", SITE "/chart", NULL), MATCH_SAME, before);
    assert_given(ask(day, "GET", SITE "/chart", NULL), MATCH_SAME, again);
    assert_given(ask(day, "GET", SITE "/chart", NULL), MATCH_REPEATED, again);
    assert_given(ask(day, "POST", SITE "/save", "a=1"), MATCH_SAME, save);
    assert_given(ask(day, "GET", SITE "/chart", NULL), MATCH_SAME, after);
    assert_given(ask(day, "GET", SITE "/chart", NULL), MATCH_REPEATED, after);
}

static void an_answer_that_a_save_has_overtaken_is_a_miss(void **state)
{
    struct day *day = *state;
    struct exchange *early = add(day, "GET", SITE "/chart", NULL, "empty"), *save = add(day, "POST", SITE "/save", "a=1", "saved");
    struct exchange *late = add(day, "GET", SITE "/bill", NULL, "shown");
    begin(day);
    struct match_result result = ask(day, "GET", SITE "/bill", NULL);
    assert_miss(result, MISS_WRONG_ORDER, late);
    assert_ptr_equal(result.blocking, save);
    assert_given(ask(day, "POST", SITE "/save", "a=1"), MATCH_SAME, save);
    result = ask(day, "GET", SITE "/chart", NULL);
    assert_miss(result, MISS_WRONG_ORDER, early);
    assert_null(result.blocking);
    assert_given(ask(day, "GET", SITE "/bill", NULL), MATCH_SAME, late);
}

static void requests_that_were_under_way_together_have_no_order(void **state)
{
    struct day *day = *state;
    struct exchange *frame = add(day, "GET", SITE "/frame", NULL, "one"), *save = add(day, "POST", SITE "/save", "a=1", "saved");
    frame->ended_line = save->line + 1;
    begin(day);
    assert_given(ask(day, "POST", SITE "/save", "a=1"), MATCH_SAME, save);
    assert_given(ask(day, "GET", SITE "/frame", NULL), MATCH_SAME, frame);
}

static void a_patient_may_be_left_out(void **state)
{
    struct day *day = *state;
    add(day, "POST", SITE "/save", "a=1", "saved");
    struct exchange *other = add(day, "GET", SITE "/chart?id=2", NULL, "shown");
    other->mark = SLICE("p2.v1.a1.openVisit");
    begin(day);
    assert_given(ask(day, "GET", SITE "/chart?id=2", NULL), MATCH_SAME, other);
}

static void what_caches_keep_and_what_never_changes_is_given_at_any_time(void **state)
{
    static struct traffic_header keep = {SLICE("Cache-Control"), SLICE("public, max-age=3600")};
    struct day *day = *state;
    struct exchange *script = add(day, "GET", SITE "/a.js", NULL, "1"), *blank = add(day, "GET", SITE "/blank.html", NULL, "");
    add(day, "GET", SITE "/blank.html", NULL, "");
    script->answered = (struct traffic_headers){&keep, 1};
    struct exchange *save = add(day, "POST", SITE "/save", "a=1", "saved");
    begin(day);
    assert_given(ask(day, "POST", SITE "/save", "a=1"), MATCH_SAME, save);
    for (int i = 0; i < 4; i++) {
        assert_ptr_equal(ask(day, "GET", SITE "/a.js", NULL).exchange, script);
        assert_ptr_equal(ask(day, "GET", SITE "/blank.html", NULL).exchange, blank);
    }
}

static void a_random_boundary_is_no_difference(void **state)
{
    struct day *day = *state;
    struct exchange *sent = add(day, "POST", SITE "/upload", "------AAAA\r\nname=a\r\n\r\n1\r\n------AAAA--\r\n", "taken");
    begin(day);
    assert_miss(ask(day, "POST", SITE "/upload", "------BBBB\r\nname=a\r\n\r\n2\r\n------BBBB--\r\n"), MISS_FIELD_DIFFERS, sent);
    assert_given(ask(day, "POST", SITE "/upload", "------BBBB\r\nname=a\r\n\r\n1\r\n------BBBB--\r\n"), MATCH_SAME, sent);
}

static void a_field_is_told_without_a_value_in_it(void **state)
{
    (void)state;
    char text[FIELD_TEXT_MAX];
    static const struct {
        struct field_pair pair;
        const char *told;
    } rows[] = {
        {{FIELD_QUERY, SLICE("mode"), SLICE(""), SLICE("")}, "query parameter mode"},
        {{FIELD_FORM, SLICE("ctl00$txtNote"), SLICE(""), SLICE("")}, "form field ctl00$txtNote"},
        {{FIELD_FORM, SLICE("TEST%20ALPHA"), SLICE(""), SLICE("")}, "form field"},
        {{FIELD_QUERY, SLICE("01021903"), SLICE(""), SLICE("")}, "query parameter"},
        {{FIELD_BODY, SLICE(""), SLICE(""), SLICE("")}, "body"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        field_tell(&rows[i].pair, text);
        assert_string_equal(text, rows[i].told);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_request_twice_gets_the_answers_in_their_order),
        TEST(a_miss_names_the_nearest_request_and_the_field),
        TEST(another_patient_or_day_is_never_explained_away),
        TEST(a_clock_and_a_random_number_explain_themselves),
        TEST(a_token_is_taken_where_it_came_from_the_same_place),
        TEST(a_save_is_answered_as_often_as_it_was_recorded),
        TEST(what_a_save_changed_is_not_shown_before_it_nor_what_was_before_after_it),
        TEST(an_answer_that_a_save_has_overtaken_is_a_miss),
        TEST(requests_that_were_under_way_together_have_no_order),
        TEST(a_patient_may_be_left_out),
        TEST(what_caches_keep_and_what_never_changes_is_given_at_any_time),
        TEST(a_random_boundary_is_no_difference),
        cmocka_unit_test(a_field_is_told_without_a_value_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
