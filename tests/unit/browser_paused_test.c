/* A paused request read by its places must be the one that its JSON says, and what is
   laid out otherwise must be left to the parser. */
#include "tests/unit/browser_script.h"

#include "engine/browser/paused.h"

#define HEAD "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"job-1.0\",\"request\":{\"url\":\"https://ehr.test/e/ov_ptnote2018.aspx\","
#define TAIL ",\"initialPriority\":\"High\"},\"frameId\":\"" TARGET "\"}" ON_SESSION
/* As Chromium lays a POST out: its body as text, then in base64 ("a=1&b=2"). */
#define BODIES ",\"postData\":\"a=1&b=2\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YT0xJmI9Mg==\"}]"
#define POST HEAD "\"method\":\"POST\",\"headers\":{\"Accept\":\"*/*\"}" BODIES TAIL

static void a_get_is_told_by_its_head(void **state)
{
    static const char *const harmless[] = {
        HEAD "\"method\":\"GET\",\"headers\":{}" TAIL,
        HEAD "\"method\":\"HEAD\",",
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"job-1.0\",\"request\":{\"url\":\"https://ehr.test/?q=\\\"\\\\\",\"method\":\"OPTIONS\",",
    };
    static const char *const others[] = {
        POST,
        HEAD "\"method\":\"GETX\",\"headers\":{}" TAIL,
        HEAD "\"headers\":{\"method\":\"GET\"},\"method\":\"POST\"" TAIL,
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"job-1.0\",\"request\":{\"url\":\"https://ehr.test/\\\",\\\"method\\\":\\\"GET\\\",\",\"method\":\"POST\",",
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"frameId\":\"F\",\"requestId\":\"job-1.0\"",
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"job-1.0",
    };
    struct slice id;
    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        assert_true(paused_is_harmless(slice_of(harmless[i]), &id));
        assert_true(slice_equal(id, SLICE("job-1.0")));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (paused_is_harmless(slice_of(others[i]), &id))
            fail_msg("taken for harmless: %s", others[i]);
}

static bool is_cut(const char *text, struct slice *ret_base64)
{
    struct str CLEANUP_STR shorter;
    str_init(&shorter, 1u << 20);
    if (!paused_cut_body(slice_of(text), &shorter, ret_base64))
        return false;
    json_auto_t *root = json_loadb(shorter.ptr, shorter.len, JSON_REJECT_DUPLICATES, NULL);
    return paused_is_cut(root);
}

static void both_bodies_are_cut_and_one_is_kept(void **state)
{
    static const char *const texts[] = {
        POST,
        HEAD "\"method\":\"POST\",\"headers\":{\"postData\":\"x\",\"hasPostData\":\"true\"}" BODIES TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{\"postData\":\"\\\",\\\"hasPostData\\\":true,\"}" BODIES TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"postData\":\"\\\\\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YT0xJmI9Mg==\"}]" TAIL,
    };
    struct slice base64;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!is_cut(texts[i], &base64))
            fail_msg("not cut: %s", texts[i]);
        assert_true(slice_equal(base64, SLICE("YT0xJmI9Mg==")));
    }
}

static void another_layout_is_left_to_the_parser(void **state)
{
    static const char *const texts[] = {
        HEAD "\"method\":\"POST\",\"headers\":{}" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"postData\":\"a\"" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YQ==\"}]" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"postData\":\"a\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YQ==\"},{\"bytes\":\"YQ==\"}]" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"postData\":\"a\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"\\/\\/==\"}]" TAIL,
        HEAD "\"method\":\"POST\",\"other\":{\"x\":1" BODIES "}" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{},\"postData\":\"a\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YQ",
    };
    struct slice base64;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (is_cut(texts[i], &base64))
            fail_msg("cut: %s", texts[i]);
}

static void a_post_is_forwarded_whichever_way_it_was_read(void **state)
{
    static const char *const texts[] = {
        POST,
        HEAD "\"method\":\"POST\",\"headers\":{\"Accept\":\"*/*\"},\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YT0xJmI9Mg==\"}]" TAIL,
        HEAD "\"method\":\"POST\",\"headers\":{\"Accept\":\"*/*\"},\"other\":{\"x\":1,\"postData\":\"no\",\"hasPostData\":true,"
             "\"postDataEntries\":[{\"bytes\":\"bm8=\"}]},\"postData\":\"a=1&b=2\"" TAIL,
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct script *s = script_up();
        submit_call(s, &operation_save, "{}");
        str_clear(&s->log);
        arrives(s, texts[i]);
        comes(s, COMPLETION_DEADLINE);
        was_sent(s, "http 5 POST https://ehr.test/e/ov_ptnote2018.aspx 15000ms [Accept: */*] body=a=1&b=2\n");
        script_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_is_told_by_its_head),
        cmocka_unit_test(both_bodies_are_cut_and_one_is_kept),
        cmocka_unit_test(another_layout_is_left_to_the_parser),
        cmocka_unit_test(a_post_is_forwarded_whichever_way_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
