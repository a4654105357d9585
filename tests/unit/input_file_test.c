/* Files that a user names: what is no file is refused at once, by name and cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/cli/input_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/input_file_test.XXXXXX";
static char path[128];

static const char *in_dir(const char *name)
{
    assert_true(text_format(path, sizeof path, "%s/%s", dir, name));
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_dir(name), "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    static const char *const names[] = {"full", "one", "empty", "fifo", "dangling", "loop", "closed", "socket"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_dir(names[i]));
    return rmdir(dir);
}

static void refused(const char *file_path, const char *why)
{
    struct err err;
    err_init(&err);
    struct input_file file = {0};
    alarm(2); /* a read that waits would otherwise hang the test */
    enum err_code code = input_file_open(file_path, 1000, &file, &err);
    alarm(0);
    assert_int_equal(code, ERR_INPUT);
    assert_null(file.path);
    if (strncmp(err.text, file_path, strlen(file_path)) != 0 || !strstr(err.text, why))
        fail_msg("want \"%s: ...%s...\", got \"%s\"", file_path, why, err.text);
}

static void what_is_no_file_is_refused_by_name_and_cause(void **state)
{
    (void)state;
    put("empty", "");
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    assert_int_equal(symlink("nowhere", in_dir("dangling")), 0);
    assert_int_equal(symlink("loop", in_dir("loop")), 0);
    refused(in_dir("empty"), "the file is empty");
    refused(in_dir("fifo"), "this is a FIFO");
    refused(in_dir("dangling"), "a link to a file that does not exist");
    refused(in_dir("loop"), "a link that leads in a circle");
    refused(in_dir("absent"), "no such file");
    refused(dir, "this is a directory");
    refused("/dev/zero", "this is a device");
    refused("/dev/null", "this is a device");
    refused("/proc/self/status", "the file is empty");
    refused("", "no such file");
}

static void a_socket_is_refused(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(text_format(address.sun_path, sizeof address.sun_path, "%s", in_dir("socket")));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    refused(in_dir("socket"), "a socket or a device");
    close(fd);
}

static void a_file_without_permission_is_refused(void **state)
{
    (void)state;
    put("closed", "{}");
    chmod(in_dir("closed"), 0);
    if (geteuid() == 0)
        skip(); /* root may read it */
    refused(in_dir("closed"), "Permission denied");
}

static void a_file_over_the_ceiling_is_refused(void **state)
{
    (void)state;
    put("full", "");
    assert_int_equal(truncate(in_dir("full"), 1001), 0);
    refused(in_dir("full"), "over the limit: 1001 bytes, and at most 1000 are read");
}

static void one_byte_is_read(void **state)
{
    (void)state;
    put("one", "x");
    struct err err;
    err_init(&err);
    struct str text CLEANUP_STR;
    str_init(&text, 10);
    assert_int_equal(input_file_read(in_dir("one"), &text, &err), ERR_OK);
    assert_string_equal(str_text(&text), "x");
}

static void a_file_is_read_whole_and_in_pieces(void **state)
{
    (void)state;
    struct str want CLEANUP_STR, text CLEANUP_STR;
    str_init(&want, 1 << 20);
    str_init(&text, 1 << 20);
    for (int i = 0; i < 20000; i++)
        str_add_u64(&want, (uint64_t)i);
    put("full", str_text(&want));
    struct err err;
    err_init(&err);
    assert_int_equal(input_file_read(in_dir("full"), &text, &err), ERR_OK);
    assert_true(slice_equal(str_slice(&want), str_slice(&text)));
    struct input_file file;
    assert_int_equal(input_file_open(in_dir("full"), 1 << 20, &file, &err), ERR_OK);
    struct batch_source source = input_file_source(&file);
    char bytes[10];
    assert_int_equal(source.size_bytes, want.len);
    assert_int_equal(source.read_at(source.context, 5000, bytes, 10, &err), ERR_OK);
    assert_memory_equal(bytes, want.ptr + 5000, 10);
    input_file_close(&file);
    input_file_close(&file);
}

static void a_file_that_becomes_shorter_is_an_error(void **state)
{
    (void)state;
    put("full", "0123456789");
    struct err err;
    err_init(&err);
    struct input_file file;
    char bytes[10];
    assert_int_equal(input_file_open(in_dir("full"), 1000, &file, &err), ERR_OK);
    assert_int_equal(truncate(in_dir("full"), 4), 0);
    assert_int_equal(input_file_read_at(&file, 0, bytes, 10, &err), ERR_INPUT);
    assert_non_null(strstr(err.text, "became shorter"));
    input_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused_by_name_and_cause),
        cmocka_unit_test(a_socket_is_refused),
        cmocka_unit_test(a_file_without_permission_is_refused),
        cmocka_unit_test(a_file_over_the_ceiling_is_refused),
        cmocka_unit_test(one_byte_is_read),
        cmocka_unit_test(a_file_is_read_whole_and_in_pieces),
        cmocka_unit_test(a_file_that_becomes_shorter_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
