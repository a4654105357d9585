/* What a file really is: our words for it, nothing for plain text and JSON, and a
   parent that survives whatever the looking child does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/cli/sniff.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES(literal) {(literal), sizeof(literal) - 1}

/* A ZIP whose first entry has this name, as a spreadsheet program writes it. */
#define ZIP_ENTRY(length, name) "PK\3\4\x14" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" length "\0\0\0" name

static void files_are_called_by_our_words(void **state)
{
    (void)state;
    static const struct {
        struct slice head;
        const char *words;
    } rows[] = {
        {BYTES("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"), "a PDF document"},
        {BYTES("RVTSEAL1\1\2\3"), "a sealed recording"},
        {BYTES("{\"log\":{\"version\":\"1.2\",\"creator\":{},\"entries\":[]}}"), "a HAR (HTTP archive)"},
        {BYTES("\xef\xbb\xbf\n { \"log\" : { \"pages\": [],\n \"entries\": ["), "a HAR (HTTP archive)"},
        {BYTES("<!DOCTYPE html>\n<p>%PDF-1.4</p>"), "an HTML page"},
        {BYTES("<html><body>%PDF-1.4"), "an HTML page"},
        {BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), "a gzip archive"},
        {BYTES("\x28\xb5\x2f\xfd\x24\5\x29\0\0hello"), "a zstd archive"},
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0"), "an image"},
        {BYTES(ZIP_ENTRY("\5", "x.txt") "hello, and enough more for libmagic to look"), "a ZIP archive"},
        {BYTES(ZIP_ENTRY("\x0f", "xl/workbook.xml") "<workbook/>, and enough more for libmagic"), "a spreadsheet (Excel)"},
        {BYTES("SQLite format 3\0\x10\0\1\1\0\x40\x20\x20\0\0\0\1\0\0\0\1"), "an SQLite database"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *words = sniff_bytes(rows[i].head);
        if (!words || strcmp(words, rows[i].words) != 0)
            fail_msg("row %zu: want \"%s\", got \"%s\"", i, rows[i].words, words ? words : "nothing");
    }
}

static void plain_text_and_json_have_no_better_name(void **state)
{
    (void)state;
    static const struct slice rows[] = {
        BYTES("{\"batchId\":\"x\",\"note\":\"%PDF-1.4\"}"), BYTES("[\"%PDF-1.4\"]"), BYTES("hello\n"), BYTES("x"), BYTES(""),
        BYTES("<note>%PDF-1.4</note>"), BYTES("\0\0\0\0"), BYTES("{\"patients\":[{\"log\":1}],\"x\":{\"log\":{\"entries\":[]}}}"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (sniff_bytes(rows[i]))
            fail_msg("row %zu: want nothing, got \"%s\"", i, sniff_bytes(rows[i]));
}

static void a_program_is_a_program(void **state)
{
    (void)state;
    assert_string_equal(sniff_file("/proc/self/exe"), "an ELF program");
}

static void what_is_no_file_has_no_name(void **state)
{
    (void)state;
    assert_null(sniff_file("/dev/zero"));
    assert_null(sniff_file("/tmp"));
    assert_null(sniff_file("/nonexistent"));
}

/* Under a ceiling of descriptors or memory the child fails; the parent answers nothing
   and lives. Each case in a process of its own, since limits do not come back. */
static void limited(int resource, rlim_t most)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit r = {most, most};
        setrlimit(resource, &r);
        const char *words = sniff_bytes(SLICE("%PDF-1.7\n"));
        _exit(words == NULL ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_that_fails_takes_nobody_along(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* a sanitizer wants memory and descriptors of its own */
#endif
    limited(RLIMIT_NOFILE, 3); /* no pipe */
    limited(RLIMIT_NOFILE, 0);
    limited(RLIMIT_AS, 4 << 20); /* libmagic cannot load its table */
}

static void the_error_names_the_file_once_and_what_it_is(void **state)
{
    (void)state;
    char path[] = "/tmp/sniff_test.XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "%PDF-1.7\n", 9), 9);
    close(fd);
    struct err err;
    char want[256];
    err_init(&err);
    assert_true(text_format(want, sizeof want, "%s: this is a PDF document: line 1", path));
    assert_int_equal(err_set(&err, ERR_INPUT, "line 1"), ERR_INPUT);
    assert_int_equal(sniff_explain(path, &err), ERR_INPUT);
    assert_string_equal(err.text, want);
    err_init(&err);
    err_set(&err, ERR_INPUT, "%s: line 1", path);
    assert_int_equal(sniff_explain(path, &err), ERR_INPUT);
    assert_string_equal(err.text, want);
    err_init(&err);
    err_set(&err, ERR_ENV, "the disk is gone");
    assert_int_equal(sniff_explain(path, &err), ERR_ENV);
    assert_null(strstr(err.text, "PDF"));
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_called_by_our_words),
        cmocka_unit_test(plain_text_and_json_have_no_better_name),
        cmocka_unit_test(a_program_is_a_program),
        cmocka_unit_test(what_is_no_file_has_no_name),
        cmocka_unit_test(a_child_that_fails_takes_nobody_along),
        cmocka_unit_test(the_error_names_the_file_once_and_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
