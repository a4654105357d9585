/* A browser behind the live wire: that it starts and answers, and that however it
   ends, its end is told once and in order and nothing of it is left: no process, no
   directory, no descriptor. Most cases use a shell script in the browser's place,
   which can end at any byte; two use the real Chromium. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/live/browser_path.h"
#include "engine/live/live.h"
#include "tests/unit/live_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void start(struct fixture *f)
{
    f->wire->ops->start(f->wire, &(struct wire_launch){.headed = false});
}

static void send_text(struct fixture *f, const char *text)
{
    f->wire->ops->send(f->wire, slice_of(text), NULL);
}

static void assert_message(const struct wire_item *item, const char *text)
{
    assert_int_equal(item->kind, WIRE_BYTES);
    assert_int_equal(item->bytes.len, strlen(text));
    assert_memory_equal(item->bytes.ptr, text, strlen(text));
}

static void assert_exit(const struct wire_item *item, uint32_t generation, bool signaled, int code)
{
    assert_int_equal(item->kind, WIRE_EXIT);
    assert_int_equal(item->generation, generation);
    assert_int_equal(item->exit.signaled, signaled);
    assert_int_equal(item->exit.code, code);
}

static void messages_come_before_the_end_of_the_pipe_and_that_before_the_exit(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "printf 'one\\0two\\0rest' >&4; exit 3");
    start(f);
    struct wire_item first = fixture_next(f, 5000);
    assert_message(&first, "one");
    assert_int_equal(first.generation, 1);
    struct wire_item second = fixture_next(f, 5000);
    assert_message(&second, "two");
    struct wire_item third = fixture_next(f, 5000);
    assert_int_equal(third.kind, WIRE_EOF);
    assert_int_equal(third.eof.dropped_bytes, 4);
    struct wire_item fourth = fixture_next(f, 5000);
    assert_exit(&fourth, 1, false, 3);
    assert_true(first.at.us <= second.at.us && second.at.us <= third.at.us && third.at.us <= fourth.at.us);
    assert_int_equal(fixture_directories(f), 0);
    fixture_assert_silent(f);
}

static void many_messages_of_one_poll_carry_one_instant(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "i=0; while [ $i -lt 1000 ]; do printf \"m$i\\0\"; i=$((i+1)); done >$HOME/all; cat $HOME/all >&4; read x <&3");
    start(f);
    int64_t at_us[1000];
    for (int i = 0; i < 1000; i++) {
        char text[16];
        struct wire_item item = fixture_next(f, 5000);
        assert_true(text_format(text, sizeof text, "m%d", i));
        assert_message(&item, text);
        at_us[i] = item.at.us;
    }
    int instants = 1;
    for (int i = 1; i < 1000; i++)
        instants += at_us[i] != at_us[i - 1];
    assert_true(instants < 20);
}

static void a_message_and_its_bulk_arrive_whole(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    /* Echoes as many bytes as it is told, NUL included. */
    fixture_open_script(f, "head -c 30 <&3 >&4; read x <&3");
    start(f);
    struct wire_bulk raw = {.name = "page.js", .bytes = SLICE("RAW"), .encoding = WIRE_BULK_RAW, .at = 3};
    struct wire_bulk coded = {.name = "body", .bytes = SLICE("a\0b?"), .encoding = WIRE_BULK_BASE64, .at = 3};
    f->wire->ops->send(f->wire, SLICE("{\"\"}"), &raw);
    f->wire->ops->send(f->wire, SLICE("{{\"\"}"), &coded);
    f->wire->ops->send(f->wire, SLICE("{plain}"), NULL);
    item = fixture_next(f, 5000);
    assert_message(&item, "{\"\"RAW}");
    item = fixture_next(f, 5000);
    assert_message(&item, "{{\"YQBiPw==\"}");
    item = fixture_next(f, 5000);
    assert_message(&item, "{plain}");
}

static void a_large_message_passes_both_ways(void **state)
{
    struct fixture *f = *state;
    size_t size = 9u << 20;
    char *text = malloc(size);
    fixture_open_script(f, "head -c 9437185 <&3 >&4; read x <&3");
    memset(text, 'x', size);
    start(f);
    f->wire->ops->send(f->wire, (struct slice){text, size}, NULL);
    struct wire_item item = fixture_next(f, 20000);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_int_equal(item.bytes.len, size);
    assert_memory_equal(item.bytes.ptr, text, size);
    free(text);
}

static void a_command_over_the_ceiling_kills_the_browser(void **state)
{
    struct fixture *f = *state;
    size_t size = (64u << 20) + 1;
    char *text = calloc(1, size);
    fixture_open_script(f, "read x <&3");
    start(f);
    f->wire->ops->send(f->wire, (struct slice){text, size}, NULL);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, true, SIGKILL);
    free(text);
}

static void commands_that_nobody_reads_pile_up_to_a_ceiling(void **state)
{
    struct fixture *f = *state;
    size_t size = 16u << 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    fixture_open_script(f, "exec sleep 60");
    start(f);
    for (int i = 0; i < 9; i++)
        f->wire->ops->send(f->wire, (struct slice){text, size}, NULL);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_EOF);
    free(text);
}

static void a_reply_without_end_kills_the_browser(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "printf 'first\\0' >&4; tr '\\0' x </dev/zero >&4");
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_message(&item, "first");
    item = fixture_next(f, 30000);
    assert_int_equal(item.kind, WIRE_EOF);
    assert_true(item.eof.dropped_bytes >= (128u << 20));
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, true, SIGKILL);
}

static void a_killed_browser_says_nothing_more_but_its_exit(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "printf 'one\\0two\\0' >&4; exec sleep 60");
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_message(&item, "one");
    f->wire->ops->kill(f->wire);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(fixture_processes(), 0);
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, true, SIGKILL);
    fixture_assert_silent(f);
}

static void a_grandchild_dies_with_the_browser_and_leaves_no_zombie(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "(sleep 60 & sleep 61 & printf 'up\\0' >&4; wait) & wait");
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_message(&item, "up");
    assert_true(fixture_processes() >= 3);
    f->wire->ops->kill(f->wire);
    assert_int_equal(fixture_processes(), 0);
}

static void a_grandchild_that_holds_the_pipe_does_not_delay_the_end(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "mkfifo $HOME/away; setsid sh -c 'echo up >$HOME/away; exec sleep 20' & read x <$HOME/away; printf 'up\\0' >&4");
    start(f);
    struct wire_item item = fixture_next(f, 3000);
    assert_message(&item, "up");
    item = fixture_next(f, 3000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 3000);
    assert_exit(&item, 1, false, 0);
    fixture_kill_browser(); /* the one that got away */
    assert_true(waitpid(-1, NULL, 0) > 0);
}

static void a_browser_that_closes_its_pipe_and_stays_is_killed(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "exec 3<&- 4>&-; sleep 60");
    start(f);
    struct wire_item item = fixture_next(f, 3000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 6000);
    assert_exit(&item, 1, true, SIGKILL);
    assert_int_equal(fixture_directories(f), 0);
}

static void a_browser_that_reads_no_more_is_killed(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "exec 3<&-; printf 'deaf\\0' >&4; sleep 60");
    start(f);
    struct wire_item item = fixture_next(f, 3000);
    assert_message(&item, "deaf");
    send_text(f, "hello");
    item = fixture_next(f, 6000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 3000);
    assert_exit(&item, 1, true, SIGKILL);
}

static void a_start_kills_the_browser_before_it_and_counts(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "printf 'up\\0' >&4; exec sleep 60");
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.generation, 1);
    start(f);
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, true, SIGKILL);
    item = fixture_next(f, 5000);
    assert_message(&item, "up");
    assert_int_equal(item.generation, 2);
    assert_int_equal(fixture_directories(f), 1);
}

static void what_is_sent_to_no_browser_is_dropped(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "exit 0");
    send_text(f, "nobody there");
    f->wire->ops->kill(f->wire);
    fixture_assert_silent(f);
}

static void assert_refused(struct fixture *f, int error)
{
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_REFUSED);
    assert_int_equal(item.generation, 1);
    assert_int_equal(item.refused, error);
    send_text(f, "nobody there");
    fixture_assert_silent(f);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(fixture_processes(), 0);
}

static void a_missing_browser_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, &(struct live_options){.browser = "/nonexistent/browser", .no_sandbox = true});
    assert_refused(f, ENOENT);
}

static void a_browser_that_is_no_program_is_refused_by_exec(void **state)
{
    struct fixture *f = *state;
    const char *path = fixture_file(f, "browser", "\x7f" "ELF but not really", 0700);
    fixture_open(f, &(struct live_options){.browser = path, .no_sandbox = true});
    assert_refused(f, ENOEXEC);
}

static void a_browser_that_may_not_be_executed_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *path = fixture_file(f, "browser", "#!/bin/sh\n", 0600);
    fixture_open(f, &(struct live_options){.browser = path, .no_sandbox = true});
    assert_refused(f, EACCES);
}

static void root_without_the_option_is_refused(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        skip();
    const char *path = fixture_file(f, "browser", "#!/bin/sh\n", 0700);
    fixture_open(f, &(struct live_options){.browser = path});
    assert_refused(f, EPERM);
}

static void the_browser_inherits_nothing_of_ours(void **state)
{
    struct fixture *f = *state;
    int fd = dup2(0, 77); /* without close-on-exec: a careless caller's */
    assert_int_equal(fd, 77);
    setenv("REVISIT_TEST_SECRET", "hunter2", 1);
    fixture_open_script(f, "{ env; ls /proc/$$/fd; ulimit -c; umask; pwd; } >&4; printf '\\0' >&4; read x <&3");
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_null(slice_find(item.bytes, SLICE("SECRET")));
    assert_null(slice_find(item.bytes, SLICE("\n77\n")));
    char home[128];
    assert_true(text_format(home, sizeof home, "HOME=%s/revisit-browser-", f->folder));
    assert_non_null(slice_find(item.bytes, slice_of(home)));
    assert_non_null(slice_find(item.bytes, SLICE("\n0\n0077\n")));
    unsetenv("REVISIT_TEST_SECRET");
    close(fd);
}

static void directories_of_the_dead_are_swept_and_of_the_living_kept(void **state)
{
    struct fixture *f = *state;
    char dead[128], living[128], other[128], inside[160];
    assert_true(text_format(dead, sizeof dead, "%s/revisit-browser-aaaaaa", f->folder));
    assert_true(text_format(living, sizeof living, "%s/revisit-browser-bbbbbb", f->folder));
    assert_true(text_format(other, sizeof other, "%s/unrelated", f->folder));
    assert_true(text_format(inside, sizeof inside, "%s/profile", dead));
    assert_int_equal(mkdir(dead, 0700) | mkdir(living, 0700) | mkdir(other, 0700) | mkdir(inside, 0700), 0);
    assert_int_equal(symlink(other, "ignored") == 0 ? unlink("ignored") : 0, 0);
    int lock = open(living, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    fixture_open_script(f, "exit 0");
    assert_int_equal(access(dead, F_OK), -1);
    assert_int_equal(access(living, F_OK), 0);
    assert_int_equal(access(other, F_OK), 0);
    close(lock);
}

static void removal_follows_no_link(void **state)
{
    struct fixture *f = *state;
    char script[256], kept[128];
    assert_true(text_format(kept, sizeof kept, "%s/kept", f->folder));
    assert_int_equal(mkdir(kept, 0700), 0);
    const char *file = fixture_file(f, "kept/file", "here", 0600);
    assert_true(text_format(script, sizeof script, "ln -s %s $HOME/link; mkdir -p $HOME/a/b/c; : >$HOME/a/b/c/d; exit 0", kept));
    fixture_open_script(f, script);
    start(f);
    assert_int_equal(fixture_next(f, 5000).kind, WIRE_EOF);
    assert_int_equal(fixture_next(f, 5000).kind, WIRE_EXIT);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(access(file, F_OK), 0);
}

static void a_closed_wire_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    int before = fixture_descriptors();
    fixture_open_script(f, "printf 'up\\0' >&4; exec sleep 60");
    start(f);
    assert_int_equal(fixture_next(f, 5000).kind, WIRE_BYTES);
    fixture_close(f);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(fixture_processes(), 0);
    assert_int_equal(fixture_descriptors(), before);
}

static void running_out_of_descriptors_refuses_the_start(void **state)
{
    struct fixture *f = *state;
    int taken[256], count = 0;
    fixture_open_script(f, "exit 0");
    fixture_limit_descriptors(fixture_descriptors() + 8);
    for (; count < 256 && (taken[count] = dup(0)) >= 0; count++)
        ;
    for (int free_fds = 0; free_fds < 3; free_fds++)
        close(taken[--count]);
    start(f);
    struct wire_item item = fixture_next(f, 5000);
    while (count)
        close(taken[--count]);
    fixture_limit_descriptors(1024);
    assert_int_equal(item.kind, WIRE_REFUSED);
    assert_int_equal(item.refused, EMFILE);
    assert_int_equal(fixture_directories(f), 0);
}

static void open_chromium(struct fixture *f)
{
    char path[PATH_MAX];
    if (browser_path_find(NULL, false, path) != 0)
        skip();
    fixture_open(f, &(struct live_options){.no_sandbox = true});
    start(f);
    send_text(f, "{\"id\":1,\"method\":\"Browser.getVersion\"}");
    struct wire_item item = fixture_next(f, 20000);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_true(slice_starts(item.bytes, SLICE("{\"id\":1,\"result\":")));
    assert_non_null(slice_find(item.bytes, SLICE("Chrome/")));
}

static void chromium_answers_and_is_gone_after_the_kill(void **state)
{
    struct fixture *f = *state;
    int before = fixture_descriptors();
    open_chromium(f);
    assert_true(fixture_processes() > 1);
    assert_int_equal(fixture_directories(f), 1);
    f->wire->ops->kill(f->wire);
    assert_int_equal(fixture_processes(), 0);
    assert_int_equal(fixture_directories(f), 0);
    struct wire_item item = fixture_next(f, 1000);
    assert_exit(&item, 1, true, SIGKILL);
    fixture_close(f);
    assert_int_equal(fixture_descriptors(), before);
}

static void chromium_killed_from_outside_gives_eof_and_exit(void **state)
{
    struct fixture *f = *state;
    open_chromium(f);
    fixture_kill_browser();
    struct wire_item item = fixture_next(f, 5000);
    while (item.kind == WIRE_BYTES)
        item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, true, SIGKILL);
    assert_int_equal(fixture_processes(), 0);
    assert_int_equal(fixture_directories(f), 0);
}

static void chromium_told_to_close_ends_with_status_0(void **state)
{
    struct fixture *f = *state;
    open_chromium(f);
    send_text(f, "{\"id\":2,\"method\":\"Browser.close\"}");
    struct wire_item item = fixture_next(f, 5000);
    while (item.kind == WIRE_BYTES)
        item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_EOF);
    item = fixture_next(f, 5000);
    assert_exit(&item, 1, false, 0);
    assert_int_equal(fixture_directories(f), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_come_before_the_end_of_the_pipe_and_that_before_the_exit),
        TEST(many_messages_of_one_poll_carry_one_instant),
        TEST(a_message_and_its_bulk_arrive_whole),
        TEST(a_large_message_passes_both_ways),
        TEST(a_command_over_the_ceiling_kills_the_browser),
        TEST(commands_that_nobody_reads_pile_up_to_a_ceiling),
        TEST(a_reply_without_end_kills_the_browser),
        TEST(a_killed_browser_says_nothing_more_but_its_exit),
        TEST(a_grandchild_dies_with_the_browser_and_leaves_no_zombie),
        TEST(a_grandchild_that_holds_the_pipe_does_not_delay_the_end),
        TEST(a_browser_that_closes_its_pipe_and_stays_is_killed),
        TEST(a_browser_that_reads_no_more_is_killed),
        TEST(a_start_kills_the_browser_before_it_and_counts),
        TEST(what_is_sent_to_no_browser_is_dropped),
        TEST(a_missing_browser_is_refused),
        TEST(a_browser_that_is_no_program_is_refused_by_exec),
        TEST(a_browser_that_may_not_be_executed_is_refused),
        TEST(root_without_the_option_is_refused),
        TEST(the_browser_inherits_nothing_of_ours),
        TEST(directories_of_the_dead_are_swept_and_of_the_living_kept),
        TEST(removal_follows_no_link),
        TEST(a_closed_wire_leaves_nothing),
        TEST(running_out_of_descriptors_refuses_the_start),
        TEST(chromium_answers_and_is_gone_after_the_kill),
        TEST(chromium_killed_from_outside_gives_eof_and_exit),
        TEST(chromium_told_to_close_ends_with_status_0),
    };
    return cmocka_run_group_tests_name("live browser", tests, NULL, NULL);
}
