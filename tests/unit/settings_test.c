/* What a run was told goes into the manifest and comes back the same - without
   libcurl, which took the URL apart in the first place and which no replay loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/cli/settings.h"
#include "engine/live/curl_library.h"

#include <dlfcn.h>

static void assert_comes_back(const char *given, const char *base_url, const char *host)
{
    struct settings told = {.max_retries = 2, .multiplier_thousandths = 1000}, back;
    CLEANUP_STR struct str text;
    struct err err;
    err_init(&err);
    str_init(&text, SETTINGS_BYTES_MAX);
    if (settings_set_base_url(&told, given, &err) != ERR_OK)
        fail_msg("%s: %s", given, err.text);
    settings_format(&told, &text);
    if (settings_parse(str_slice(&text), &back, &err) != ERR_OK)
        fail_msg("%s: %s", given, err.text);
    assert_string_equal(told.base_url, base_url);
    assert_string_equal(told.host, host);
    assert_string_equal(back.base_url, base_url);
    assert_string_equal(back.host, host);
}

static void a_base_url_comes_back_with_its_host(void **state)
{
    (void)state;
    assert_comes_back("http://127.0.0.1:36363", "http://127.0.0.1:36363", "127.0.0.1");
    assert_comes_back("https://Node.Example/", "https://node.example", "node.example");
    assert_comes_back("http://[::1]:8080/", "http://[::1]:8080", "[::1]");
    assert_comes_back("http://[fe80::1]", "http://[fe80::1]", "[fe80::1]");
}

static void one_site_has_one_spelling(void **state)
{
    (void)state;
    assert_comes_back("https://node.example:443", "https://node.example", "node.example");
    assert_comes_back("https://Node.Example.:443/", "https://node.example", "node.example");
    assert_comes_back("http://node.example.:80", "http://node.example", "node.example");
    assert_comes_back("http://node.example:443", "http://node.example:443", "node.example");
    assert_comes_back("https://node.example.:80/", "https://node.example:80", "node.example");
    assert_comes_back("https://[::1]:443", "https://[::1]", "[::1]");
}

static void a_base_url_that_no_run_wrote_is_refused(void **state)
{
    static const char *const urls[] = {"", "http://", "https://:80", "ftp://node.example", "http://a/b", "http://u@a"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        CLEANUP_STR struct str text;
        struct settings settings;
        struct err err;
        err_init(&err);
        str_init(&text, SETTINGS_BYTES_MAX);
        str_addf(&text, "{\"base_url\":\"%s\",\"max_retries\":2,\"timeout_multiplier_thousandths\":1000,\"headed\":false}", urls[i]);
        if (settings_parse(str_slice(&text), &settings, &err) != ERR_INPUT)
            fail_msg("\"%s\" was taken", urls[i]);
    }
}

static bool libcurl_is_loaded(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD);
    if (library)
        dlclose(library);
    return library != NULL;
}

/* Goes first: what is loaded stays. */
static void libcurl_is_loaded_when_it_is_wanted(void **state)
{
    static const char text[] = "{\"base_url\":\"http://127.0.0.1:1\",\"max_retries\":2,"
                               "\"timeout_multiplier_thousandths\":1000,\"headed\":false}";
    struct settings settings;
    struct err err;
    (void)state;
    err_init(&err);
    assert_int_equal(settings_parse(SLICE(text), &settings, &err), ERR_OK);
    assert_false(libcurl_is_loaded());
    assert_int_equal(curl_library_load(&err), ERR_OK);
    assert_int_equal(curl_library_load(&err), ERR_OK);
    assert_true(libcurl_is_loaded());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libcurl_is_loaded_when_it_is_wanted),
        cmocka_unit_test(a_base_url_comes_back_with_its_host),
        cmocka_unit_test(one_site_has_one_spelling),
        cmocka_unit_test(a_base_url_that_no_run_wrote_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
