/* Text for other programs to read: XML that is well-formed whatever it holds, words that a
   shell takes as they are, lines that do nothing to a terminal. */
#include "engine/base/utf8.h"
#include "engine/report/junit.h"
#include "engine/report/shell_word.h"
#include "engine/report/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void is_text(const char *text, size_t length, const char *expected)
{
    CLEANUP_STR struct str out;
    str_init(&out, 4096);
    xml_add_text(&out, (struct slice){text, length});
    assert_string_equal(str_text(&out), expected);
}
#define IS_TEXT(literal, expected) is_text(literal, sizeof(literal) - 1, expected)

static void markup_is_escaped(void **state)
{
    (void)state;
    IS_TEXT("a<b>&\"c\"]]>", "a&lt;b&gt;&amp;&quot;c&quot;]]&gt;");
    IS_TEXT("two\nlines\t\r", "two\nlines\t&#13;");
}

static void what_xml_cannot_hold_is_replaced(void **state)
{
    (void)state;
    IS_TEXT("\x01\x1b[0m", "\xef\xbf\xbd\xef\xbf\xbd[0m");
    IS_TEXT("a\0b", "a\xef\xbf\xbd" "b");
    IS_TEXT("\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd");
    IS_TEXT("\xc3(\xff\xed\xa0\x80", "\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    IS_TEXT("\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd", "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd");
}

static void an_attribute_keeps_its_blanks(void **state)
{
    (void)state;
    CLEANUP_STR struct str out;
    str_init(&out, 4096);
    xml_add_attribute(&out, "name", SLICE("a\tb\n\"'"));
    assert_string_equal(str_text(&out), " name=\"a&#9;b&#10;&quot;'\"");
}

static void is_word(const char *word, const char *expected)
{
    CLEANUP_STR struct str out;
    str_init(&out, 4096);
    shell_word_add(&out, word);
    assert_string_equal(str_text(&out), expected);
}

static void a_shell_takes_a_word_as_it_is(void **state)
{
    (void)state;
    is_word("fixtures/clinic-3", "fixtures/clinic-3");
    is_word("", "''");
    is_word("a b", "'a b'");
    is_word("it's $HOME", "'it'\\''s $HOME'");
    is_word("a\nb'\\\x1b", "$'a\\x0ab\\'\\\\\\x1b'");
    is_word("\xe2\x80\xae", "$'\\xe2\\x80\\xae'");
    is_word("M\xc3\xbcller", "'M\xc3\xbcller'");
}

static void a_line_does_nothing_to_a_terminal(void **state)
{
    (void)state;
    CLEANUP_STR struct str out;
    str_init(&out, 4096);
    utf8_add_visible(&out, SLICE("a\x1b]0;x\x07\r\n\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xff\xc3\xa9"));
    assert_string_equal(str_text(&out), "a?]0;x????????\xc3\xa9");
}

static void sums_count_each_case_once(void **state)
{
    (void)state;
    CLEANUP_STR struct str out;
    struct junit_case cases[] = {
        {.visit = {.visit = {1, 1}, .retry_count = 1, .retries = {{.step = "saveSOAP", .kind = "timeout", .delay_ms = 2000}}}},
        {.visit = {.visit = {1, 2}}, .result = JUNIT_FAILED, .took_us = 1500},
        {.visit = {.visit = {2, 1}}, .result = JUNIT_SKIPPED},
    };
    struct junit_suite suites[] = {
        {.name = "one", .cases = cases, .count = 3, .failed = true, .kind = "diverged", .reason = "r", .story = "s", .took_us = 2000},
        {.name = "two", .failed = true, .error = true, .kind = "integrity", .reason = "r", .story = "s"},
        {.name = "three", .cases = cases, .count = 1, .failed = true, .kind = "diverged", .reason = "r", .story = "s"},
        {.name = "four", .not_tried = true},
    };
    str_init(&out, 65536);
    junit_format(suites, 4, &out);
    assert_non_null(strstr(str_text(&out), "<testsuites name=\"revisit check\" tests=\"7\" failures=\"2\" errors=\"1\" skipped=\"2\" time=\"0.002\">"));
    assert_non_null(strstr(str_text(&out), "<testcase name=\"p1.v2\" classname=\"one\" time=\"0.001\">"));
    assert_non_null(strstr(str_text(&out), "<testcase name=\"recording\" classname=\"three\""));
    assert_non_null(strstr(str_text(&out), "<flakyFailure message=\"attempt 1: timeout at saveSOAP; tried again after 2000 ms\" type=\"timeout\">"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_is_escaped),
        cmocka_unit_test(what_xml_cannot_hold_is_replaced),
        cmocka_unit_test(an_attribute_keeps_its_blanks),
        cmocka_unit_test(a_shell_takes_a_word_as_it_is),
        cmocka_unit_test(a_line_does_nothing_to_a_terminal),
        cmocka_unit_test(sums_count_each_case_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
