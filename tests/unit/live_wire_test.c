/* Time, commits and signals of the live wire: a wake before what came after the
   deadline, an item before a wake at the deadline, one clock for all; a commit is
   durable or says why not, once and for all; the second signal ends everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/crc32c.h"
#include "engine/live/live.h"
#include "engine/world/journal_line.h"
#include "tests/unit/live_fixture.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Faults of the system, laid over the calls that the wire makes. */

static int fdatasync_error, fdatasync_calls;
static size_t write_max = SIZE_MAX;
static int interrupted_calls; /* every second write is interrupted while it is not 0 */

int fdatasync(int fd)
{
    (void)fd;
    fdatasync_calls++;
    errno = fdatasync_error;
    return fdatasync_error ? -1 : 0;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    static int calls;
    if (interrupted_calls && calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, fd, bytes, size < write_max ? size : write_max);
}

static int setup(void **state)
{
    fdatasync_error = fdatasync_calls = interrupted_calls = 0;
    write_max = SIZE_MAX;
    return fixture_setup(state);
}

static void a_wake_tells_the_deadline_and_is_never_early(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, &(struct live_options){0});
    for (int64_t us = 0; us < 5000; us += 777) {
        struct instant deadline = {f->now.us + us};
        struct wire_item item = fixture_next_until(f, deadline);
        assert_int_equal(item.kind, WIRE_WAKE);
        assert_int_equal(item.asked.us, deadline.us);
        assert_true(item.at.us >= deadline.us);
        assert_int_equal(item.generation, 0);
    }
}

static void past_the_deadline_the_wake_comes_before_what_can_be_read(void **state)
{
    struct fixture *f = *state;
    int sign = fixture_sign(f);
    fixture_open_script(f, "printf 'late\\0' >&4; echo said >$HOME/../../sign; read x <&3");
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    fixture_await(sign);
    struct wire_item wake = fixture_next(f, 0);
    assert_int_equal(wake.kind, WIRE_WAKE);
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_int_equal(item.at.us, wake.at.us);
}

static void at_the_deadline_an_item_wins_and_before_it_the_wake(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "printf '1\\0002\\0003\\0' >&4; read x <&3");
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    struct wire_item first = fixture_next(f, 5000);
    assert_int_equal(first.kind, WIRE_BYTES);
    struct wire_item wake = fixture_next_until(f, (struct instant){first.at.us - 1});
    assert_int_equal(wake.kind, WIRE_WAKE);
    assert_int_equal(wake.at.us, first.at.us);
    struct wire_item second = fixture_next_until(f, first.at);
    assert_int_equal(second.kind, WIRE_BYTES);
    assert_memory_equal(second.bytes.ptr, "2", 1);
}

static void without_a_deadline_it_waits_for_the_item(void **state)
{
    struct fixture *f = *state;
    fixture_open_script(f, "sleep 0.1; printf 'x\\0' >&4; read x <&3");
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    struct wire_item item = fixture_next_until(f, INSTANT_NEVER);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_true(item.at.us >= 100000);
}

/* The journal. */

static struct wire_item commit(struct fixture *f, uint32_t id, const char *record)
{
    f->wire->ops->commit(f->wire, id, slice_of(record));
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_IO);
    assert_int_equal(item.io.id, id);
    return item;
}

static void open_journal(struct fixture *f, const char *path)
{
    fixture_open(f, &(struct live_options){.journal_path = path});
}

static size_t read_file(const char *path, char *ret_text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, ret_text, size);
    close(fd);
    assert_true(length >= 0);
    return (size_t)length;
}

static void a_commit_is_a_line_with_number_and_checksum_and_is_synced(void **state)
{
    struct fixture *f = *state;
    char path[64], text[512], line[128];
    assert_true(text_format(path, sizeof path, "%s/journal.ndjson", f->folder));
    open_journal(f, path);
    int synced_at_open = fdatasync_calls;
    assert_int_equal(commit(f, 1, "\"type\":\"intent\",\"at\":5").io.error, 0);
    assert_int_equal(commit(f, 2, "\"type\":\"result\"").io.error, 0);
    assert_int_equal(fdatasync_calls, synced_at_open + 2);
    uint32_t crc = crc32c(0, SLICE("1\"type\":\"intent\",\"at\":5}"));
    assert_true(text_format(line, sizeof line, "{\"seq\":1,\"crc\":\"%08x\",\"type\":\"intent\",\"at\":5}\n", crc));
    size_t size = read_file(path, text, sizeof text);
    assert_memory_equal(text, line, strlen(line));
    struct slice second = {text + strlen(line), size - strlen(line) - 1}, record;
    uint64_t seq;
    assert_true(journal_line_parse(second, &seq, &record));
    assert_int_equal(seq, 2);
    assert_true(slice_equal(record, SLICE("\"type\":\"result\"")));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void every_flipped_bit_of_a_line_is_seen(void **state)
{
    (void)state;
    struct str CLEANUP_STR line;
    uint64_t seq;
    struct slice record;
    str_init(&line, 1000);
    journal_line_format(&line, 4711, SLICE("\"type\":\"intent\",\"step\":\"saveSOAP\""));
    struct slice text = {line.ptr, line.len - 1};
    assert_true(journal_line_parse(text, &seq, &record));
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        line.ptr[bit / 8] ^= (char)(1 << bit % 8);
        assert_false(journal_line_parse(text, &seq, &record));
        line.ptr[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t length = 0; length < text.len; length++)
        assert_false(journal_line_parse((struct slice){text.ptr, length}, &seq, &record));
}

/* A sound line, this tail behind it, and one commit: the tail must be gone and the number 2. */
static void assert_goes_on_after(struct fixture *f, struct slice tail)
{
    char text[512];
    struct str CLEANUP_STR old;
    str_init(&old, 1000);
    journal_line_format(&old, 1, SLICE("\"type\":\"a\""));
    size_t sound = old.len;
    const char *path = fixture_file(f, "journal.ndjson", str_text(&old), 0600);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, tail.ptr, tail.len), tail.len);
    close(fd);
    open_journal(f, path);
    assert_int_equal(commit(f, 1, "\"type\":\"b\"").io.error, 0);
    fixture_close(f);
    size_t size = read_file(path, text, sizeof text);
    uint64_t seq;
    struct slice record;
    assert_memory_equal(text, old.ptr, sound);
    assert_true(journal_line_parse((struct slice){text + sound, size - sound - 1}, &seq, &record));
    assert_int_equal(seq, 2);
    f->now = (struct instant){0};
}

static void a_resumed_journal_loses_its_torn_tail_and_counts_on(void **state)
{
    assert_goes_on_after(*state, SLICE(""));
    assert_goes_on_after(*state, SLICE("{\"seq\":2,\"crc\":\"0000"));
    assert_goes_on_after(*state, SLICE("{\"seq\":2,\"crc\":\"00000000\",\"type\":\"b\"}\n"));
    assert_goes_on_after(*state, SLICE("\0\0\0\n\0"));
}

static void damage_before_a_sound_line_is_not_cut_but_refused(void **state)
{
    struct fixture *f = *state;
    struct str CLEANUP_STR old;
    char text[512];
    str_init(&old, 1000);
    str_add_text(&old, "{\"seq\":1,\"crc\":\"00000000\",\"type\":\"a\"}\n");
    journal_line_format(&old, 2, SLICE("\"type\":\"b\""));
    const char *path = fixture_file(f, "journal.ndjson", str_text(&old), 0600);
    assert_int_equal(live_open(&(struct live_options){.journal_path = path}, &f->live, &f->err), ERR_INTEGRITY);
    assert_int_equal(read_file(path, text, sizeof text), old.len);
}

static void a_full_disk_is_told_and_stays_told(void **state)
{
    struct fixture *f = *state;
    open_journal(f, "/dev/full");
    assert_int_equal(commit(f, 1, "\"type\":\"a\"").io.error, ENOSPC);
    assert_int_equal(commit(f, 2, "\"type\":\"b\"").io.error, ENOSPC);
}

static void a_failed_sync_is_never_tried_again(void **state)
{
    struct fixture *f = *state;
    char path[64];
    assert_true(text_format(path, sizeof path, "%s/journal.ndjson", f->folder));
    open_journal(f, path);
    fdatasync_error = EIO;
    int calls = fdatasync_calls;
    assert_int_equal(commit(f, 1, "\"type\":\"a\"").io.error, EIO);
    fdatasync_error = 0;
    assert_int_equal(commit(f, 2, "\"type\":\"b\"").io.error, EIO);
    assert_int_equal(fdatasync_calls, calls + 1);
}

static void short_and_interrupted_writes_make_whole_lines(void **state)
{
    struct fixture *f = *state;
    char path[64], text[512];
    assert_true(text_format(path, sizeof path, "%s/journal.ndjson", f->folder));
    open_journal(f, path);
    write_max = 1;
    interrupted_calls = 1;
    assert_int_equal(commit(f, 1, "\"type\":\"a\"").io.error, 0);
    size_t size = read_file(path, text, sizeof text);
    uint64_t seq;
    struct slice record;
    assert_true(journal_line_parse((struct slice){text, size - 1}, &seq, &record));
}

static void a_record_over_the_ceiling_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[64];
    size_t size = JOURNAL_LINE_MAX;
    char *record = malloc(size + 1);
    memset(record, 'x', size);
    record[size] = '\0';
    assert_true(text_format(path, sizeof path, "%s/journal.ndjson", f->folder));
    open_journal(f, path);
    assert_int_equal(commit(f, 1, record).io.error, EMSGSIZE);
    free(record);
}

static void assert_cannot_open(struct fixture *f, const char *path, const char *word)
{
    int before = fixture_descriptors();
    struct live_options options = {.journal_path = path};
    assert_int_equal(live_open(&options, &f->live, &f->err), ERR_ENV);
    assert_null(f->live);
    assert_non_null(strstr(f->err.text, path));
    assert_non_null(strstr(f->err.text, word));
    assert_int_equal(fixture_descriptors(), before);
    err_init(&f->err);
}

static void a_journal_that_cannot_be_opened_says_so_and_leaves_nothing_open(void **state)
{
    struct fixture *f = *state;
    assert_cannot_open(f, "/nonexistent/journal.ndjson", "No such file");
    assert_cannot_open(f, f->folder, "directory");
}

static void without_a_journal_a_commit_is_answered(void **state)
{
    struct fixture *f = *state;
    fixture_open(f, &(struct live_options){0});
    assert_int_equal(commit(f, 9, "\"type\":\"a\"").io.error, 0);
}

/* Signals: a process of its own holds the wire, the test sends. */

struct holder {
    pid_t pid;
    int reports; /* one byte for each thing that it has seen */
};

static void report(int fd, char what)
{
    ssize_t written = write(fd, &what, 1);
    (void)written;
}

_Noreturn static void hold(struct fixture *f, int reports, bool is_stuck)
{
    fixture_open_script(f, "printf 'up\\0' >&4; exec sleep 60");
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    struct wire_item item = fixture_next(f, 5000);
    report(reports, item.kind == WIRE_BYTES ? 'u' : '?');
    while (is_stuck)
        pause();
    item = fixture_next(f, 20000);
    report(reports, item.kind == WIRE_SIGNAL && item.signal == SIGTERM ? 's' : '?');
    item = fixture_next(f, 20000);
    report(reports, '?');
    _exit(99);
}

static char next_report(const struct holder *holder)
{
    char what = 0;
    ssize_t size = read(holder->reports, &what, 1);
    return size == 1 ? what : '.';
}

static struct holder start_holder(struct fixture *f, bool is_stuck)
{
    int reports[2];
    assert_int_equal(pipe(reports), 0);
    struct holder holder = {.pid = fork(), .reports = reports[0]};
    assert_true(holder.pid >= 0);
    if (holder.pid == 0)
        hold(f, reports[1], is_stuck);
    close(reports[1]);
    assert_int_equal(next_report(&holder), 'u');
    return holder;
}

static int end_of(const struct holder *holder)
{
    int status;
    assert_int_equal(waitpid(holder->pid, &status, 0), holder->pid);
    close(holder->reports);
    return status;
}

static void the_first_signal_is_an_item_and_the_second_ends_it_all(void **state)
{
    struct fixture *f = *state;
    struct holder holder = start_holder(f, false);
    assert_int_equal(fixture_directories(f), 1);
    kill(holder.pid, SIGTERM);
    assert_int_equal(next_report(&holder), 's');
    assert_int_equal(fixture_directories(f), 1);
    kill(holder.pid, SIGINT);
    int status = end_of(&holder);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(fixture_processes(), 0);
}

static void the_second_signal_ends_a_program_that_is_stuck(void **state)
{
    struct fixture *f = *state;
    struct holder holder = start_holder(f, true);
    kill(holder.pid, SIGINT); /* two of one number might become one */
    kill(holder.pid, SIGTERM);
    int status = end_of(&holder);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(fixture_directories(f), 0);
}

static void a_killed_engine_takes_its_browser_along_and_is_cleaned_up_after(void **state)
{
    struct fixture *f = *state;
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the orphan is seen here */
    struct holder holder = start_holder(f, true);
    kill(holder.pid, SIGKILL);
    assert_true(WIFSIGNALED(end_of(&holder)));
    int end_of_browser;
    assert_true(waitpid(-1, &end_of_browser, 0) > 0);
    assert_true(WIFSIGNALED(end_of_browser)); /* it has not slept its minute out */
    assert_int_equal(fixture_directories(f), 1);
    fixture_open(f, &(struct live_options){0});
    assert_int_equal(fixture_directories(f), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* Stopped, as a process that does not see its browser die. */
static pid_t start_bystander(const char *dir)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0 && chdir(dir) == 0)
        raise(SIGSTOP);
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    return pid;
}

static void what_still_runs_in_a_dead_ones_directory_is_killed(void **state)
{
    struct fixture *f = *state;
    char dead[128], near[128];
    assert_true(text_format(dead, sizeof dead, "%s/revisit-browser-aaaaaa", f->folder));
    assert_true(text_format(near, sizeof near, "%s/revisit-browser-aaaaaab", f->folder));
    assert_int_equal(mkdir(dead, 0700) | mkdir(near, 0700), 0);
    int lock = open(near, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    pid_t left = start_bystander(dead), living = start_bystander(near);
    fixture_open(f, &(struct live_options){0});
    kill(left, SIGCONT);
    kill(living, SIGCONT);
    assert_int_equal(waitpid(left, &status, 0), left);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(access(dead, F_OK), -1);
    assert_int_equal(waitpid(living, &status, 0), living);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(lock);
}

static void assert_ignored(int number)
{
    struct sigaction now;
    assert_int_equal(sigaction(number, NULL, &now), 0);
    assert_true(now.sa_handler == SIG_IGN);
}

static void a_closed_wire_gives_the_signals_back(void **state)
{
    struct fixture *f = *state;
    signal(SIGTERM, SIG_IGN);
    fixture_open(f, &(struct live_options){0});
    kill(getpid(), SIGTERM);
    struct wire_item item = fixture_next(f, 1000);
    assert_int_equal(item.kind, WIRE_SIGNAL);
    assert_int_equal(item.signal, SIGTERM);
    fixture_close(f);
    assert_ignored(SIGTERM);
    signal(SIGTERM, SIG_DFL);
}

static void what_nohup_or_the_shell_has_set_aside_stays_aside(void **state)
{
    struct fixture *f = *state;
    static const int numbers[] = {SIGHUP, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        signal(numbers[i], SIG_IGN);
        fixture_open(f, &(struct live_options){0});
        kill(getpid(), numbers[i]);
        fixture_assert_silent(f);
        fixture_close(f);
        assert_ignored(numbers[i]);
        signal(numbers[i], SIG_DFL);
        f->now = (struct instant){0};
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wake_tells_the_deadline_and_is_never_early),
        TEST(past_the_deadline_the_wake_comes_before_what_can_be_read),
        TEST(at_the_deadline_an_item_wins_and_before_it_the_wake),
        TEST(without_a_deadline_it_waits_for_the_item),
        TEST(a_commit_is_a_line_with_number_and_checksum_and_is_synced),
        cmocka_unit_test(every_flipped_bit_of_a_line_is_seen),
        TEST(a_resumed_journal_loses_its_torn_tail_and_counts_on),
        TEST(damage_before_a_sound_line_is_not_cut_but_refused),
        TEST(a_full_disk_is_told_and_stays_told),
        TEST(a_failed_sync_is_never_tried_again),
        TEST(short_and_interrupted_writes_make_whole_lines),
        TEST(a_record_over_the_ceiling_is_refused),
        TEST(a_journal_that_cannot_be_opened_says_so_and_leaves_nothing_open),
        TEST(without_a_journal_a_commit_is_answered),
        TEST(the_first_signal_is_an_item_and_the_second_ends_it_all),
        TEST(the_second_signal_ends_a_program_that_is_stuck),
        TEST(a_killed_engine_takes_its_browser_along_and_is_cleaned_up_after),
        TEST(what_still_runs_in_a_dead_ones_directory_is_killed),
        TEST(a_closed_wire_gives_the_signals_back),
        TEST(what_nohup_or_the_shell_has_set_aside_stays_aside),
    };
    return cmocka_run_group_tests_name("live wire", tests, NULL, NULL);
}
