/* The frames' addresses, by the browser's own account. */
#include "tests/unit/browser_script.h"

static void frames_of_the_page_and_of_other_processes_are_listed(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_kind(s, OP_FRAMES);
    was_sent(s, "send {\"id\":11,\"method\":\"Target.getTargets\",\"params\":{}}\n" COMMAND(12, "Page.getFrameTree", ""));
    arrives(s, "{\"id\":12,\"result\":{\"frameTree\":{\"frame\":{\"id\":\"A\",\"url\":\"https://ehr.test/main.aspx\"},"
               "\"childFrames\":[{\"frame\":{\"url\":\"https://ehr.test/w\",\"name\":\"work\\\"area0\"},\"childFrames\":"
               "[{\"frame\":{\"name\":\"deep\",\"url\":\"chrome-error://chromewebdata/\",\"unreachableUrl\":\"https://x\"}}]},"
               "{\"frame\":{\"name\":\"last\",\"url\":\"about:blank\"}}]}}" ON_SESSION);
    arrives(s, "{\"id\":11,\"result\":{\"targetInfos\":["
               "{\"type\":\"page\",\"url\":\"https://ehr.test/main.aspx\",\"browserContextId\":\"C0\"},"
               "{\"type\":\"iframe\",\"url\":\"https://login.test/\",\"browserContextId\":\"C0\"},"
               "{\"type\":\"iframe\",\"url\":\"https://other.test/\",\"browserContextId\":\"C1\"}]}}");
    results(s, op,
            "{\"frames\":[\"https://ehr.test/main.aspx\",\"https://ehr.test/w\",\"chrome-error://chromewebdata/\",\"about:blank\","
            "\"https://login.test/\"]}");
    script_free(s);
}

/* Without an escape in it the tree is not parsed. */
static void a_plain_frame_tree_is_listed_alike(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_kind(s, OP_FRAMES);
    arrives(s, "{\"id\":11,\"result\":{\"targetInfos\":[{\"type\":\"iframe\",\"url\":\"https://login.test/\",\"browserContextId\":\"C0\"}]}}");
    arrives(s, "{\"id\":12,\"result\":{\"frameTree\":{\"frame\":{\"id\":\"A\",\"url\":\"https://ehr.test/main.aspx\",\"name\":\"url\"},"
               "\"childFrames\":[{\"frame\":{\"url\":\"\",\"name\":\"work area0\"},\"childFrames\":"
               "[{\"frame\":{\"unreachableUrl\":\"https://x\",\"url\":\"chrome-error://chromewebdata/\"}}]}]}}" ON_SESSION);
    results(s, op, "{\"frames\":[\"https://login.test/\",\"https://ehr.test/main.aspx\",\"\",\"chrome-error://chromewebdata/\"]}");
    script_free(s);
}

static void frames_that_cannot_be_read_fail_by_name(void **state)
{
    (void)state;
    static const char *const replies[][2] = {
        {"{\"id\":11,\"result\":{\"targetInfos\":[]}}", "{\"id\":12,\"result\":{}}"},
        {"{\"id\":11,\"result\":{}}", "{\"id\":12,\"result\":{\"frameTree\":{}}}"},
        {"{\"id\":11,\"result\":{\"targetInfos\":[]}}", "{\"id\":12,\"result\":"},
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct script *s = script_up();
        uint32_t op = submit_kind(s, OP_FRAMES);
        arrives(s, replies[i][0]);
        arrives(s, replies[i][1]);
        fails(s, op, FAILURE_PROTOCOL, "the frame tree cannot be read");
        comes(s, COMPLETION_DEADLINE);
        script_free(s);
    }
    struct script *s = script_up();
    uint32_t op = submit_kind(s, OP_FRAMES);
    arrives(s, "{\"id\":12,\"error\":{\"code\":-32000,\"message\":\"?\"}}");
    arrives(s, "{\"id\":11,\"result\":{\"targetInfos\":[]}}");
    fails(s, op, FAILURE_PROTOCOL, "protocol error -32000");
    comes(s, COMPLETION_DEADLINE);
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_the_page_and_of_other_processes_are_listed),
        cmocka_unit_test(a_plain_frame_tree_is_listed_alike),
        cmocka_unit_test(frames_that_cannot_be_read_fail_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
