/* The machine's locks: one process has a name's lock, whichever user started it and
   however it ended; the name is in no directory listing, the holder is told to people
   and to nobody else; and whatever lies in the file's place, nothing of it is touched.
   Other processes are children that hold what they have until they are let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/live/live.h"
#include "engine/live/machine_lock.h"
#include "tests/unit/live_fixture.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAME "https://ehr.test 4711"

/* Somebody cleans up between open and flock, so often as is said here. */
static char removed_before_lock[192];
static int removals;

int flock(int fd, int operation)
{
    if (removals > 0 && removals-- > 0)
        unlink(removed_before_lock);
    return (int)syscall(SYS_flock, fd, operation);
}

static int setup(void **state)
{
    removals = 0;
    return fixture_setup(state);
}

static int acquire(struct machine_locks *locks, const struct fixture *f, const char *name, int *ret_holder)
{
    *ret_holder = -1;
    return machine_lock_acquire(locks, f->folder, slice_of(name), ret_holder);
}

/* Where the lock of a name lies: it is made, and it is the one file that was not there. */
static void path_of(const struct fixture *f, const char *name, char ret_path[192])
{
    struct machine_locks locks = {0};
    int holder;
    assert_int_equal(acquire(&locks, f, name, &holder), 0);
    DIR *listing = opendir(f->folder);
    assert_non_null(listing);
    ret_path[0] = '\0';
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        if (strncmp(entry->d_name, "revisit-", 8) == 0)
            assert_true(ret_path[0] == '\0' && text_format(ret_path, 192, "%s/%s", f->folder, entry->d_name));
    closedir(listing);
    machine_locks_close(&locks);
    assert_true(ret_path[0] != '\0');
}

/* A process that takes the lock, as another user where that is asked for, and tells
   what it got; 0 and it stays until it is ended. */
static pid_t other_process(const struct fixture *f, const char *name, uid_t user, int *ret_error)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody */
        struct machine_locks locks = {0};
        int holder, error = user && setuid(user) != 0 ? errno : acquire(&locks, f, name, &holder);
        if (write(ends[1], &error, sizeof error) == sizeof error)
            pause();
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], ret_error, sizeof *ret_error), sizeof *ret_error);
    close(ends[0]);
    return pid;
}

static void end_process(pid_t pid, int number)
{
    assert_int_equal(kill(pid, number), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static pid_t holding_process(const struct fixture *f, const char *name)
{
    int error;
    pid_t pid = other_process(f, name, 0, &error);
    assert_int_equal(error, 0);
    return pid;
}

static void a_lock_of_another_process_is_refused_and_its_holder_is_told(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    int holder;
    pid_t other = holding_process(f, NAME);
    assert_int_equal(acquire(&locks, f, NAME, &holder), EWOULDBLOCK);
    assert_int_equal(holder, other);
    assert_int_equal(locks.count, 0);
    end_process(other, SIGTERM);
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    machine_locks_close(&locks);
}

static void a_killed_holder_is_no_obstacle(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    int holder;
    end_process(holding_process(f, NAME), SIGKILL);
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    machine_locks_close(&locks);
}

static void the_same_name_twice_is_one_lock_and_names_do_not_meet(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    int holder, before = fixture_descriptors();
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    assert_int_equal(locks.count, 1);
    assert_int_equal(acquire(&locks, f, NAME "2", &holder), 0);
    pid_t third = holding_process(f, NAME "3");
    assert_int_equal(acquire(&locks, f, NAME "3", &holder), EWOULDBLOCK);
    int error;
    end_process(other_process(f, NAME, 0, &error), SIGKILL);
    assert_int_equal(error, EWOULDBLOCK);
    end_process(other_process(f, NAME "2", 0, &error), SIGKILL);
    assert_int_equal(error, EWOULDBLOCK);
    end_process(third, SIGKILL);
    machine_locks_close(&locks);
    assert_int_equal(fixture_descriptors(), before);
}

static void there_are_only_so_many(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    char name[2] = "a";
    int holder;
    for (int i = 0; i < MACHINE_LOCKS_MAX; i++, name[0]++)
        assert_int_equal(acquire(&locks, f, name, &holder), 0);
    assert_int_equal(acquire(&locks, f, name, &holder), ENOLCK);
    assert_int_equal(acquire(&locks, f, "a", &holder), 0);
    machine_locks_close(&locks);
}

static void the_file_is_for_all_users_and_tells_no_name(void **state)
{
    struct fixture *f = *state;
    char path[192], text[64] = "", want[64];
    struct stat status;
    struct machine_locks locks = {0};
    int holder;
    path_of(f, NAME, path);
    mode_t mask = umask(077);
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    assert_int_equal(umask(mask), 077);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0666);
    const char *file = strrchr(path, '/') + 1;
    assert_int_equal(strlen(file), strlen("revisit-") + 64 + strlen(".lock"));
    assert_int_equal(strspn(file + 8, "0123456789abcdef"), 64);
    assert_string_equal(file + 8 + 64, ".lock");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_true(text_format(want, sizeof want, "%d\n", (int)getpid()));
    assert_string_equal(text, want);
    machine_locks_close(&locks);
    assert_int_equal(stat(path, &status), -1); /* it is not left behind */
}

/* In a directory as /tmp is, with a file that is not theirs. */
static void another_user_finds_the_lock(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    int holder, error;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(f->folder, 01777), 0);
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    end_process(other_process(f, NAME, 65534, &error), SIGKILL);
    assert_int_equal(error, EWOULDBLOCK);
    machine_locks_close(&locks);
    end_process(other_process(f, NAME, 65534, &error), SIGKILL);
    assert_int_equal(error, 0);
    pid_t other = other_process(f, NAME "2", 65534, &error);
    assert_int_equal(error, 0);
    assert_int_equal(acquire(&locks, f, NAME "2", &holder), EWOULDBLOCK);
    assert_int_equal(holder, other);
    end_process(other, SIGKILL);
}

static void a_process_that_does_not_hold_it_is_not_told(void **state)
{
    struct fixture *f = *state;
    char path[192], dead[16];
    struct machine_locks locks = {0};
    int holder;
    path_of(f, NAME, path);
    pid_t gone = holding_process(f, NAME "2");
    end_process(gone, SIGKILL);
    assert_true(text_format(dead, sizeof dead, "%d\n", (int)gone));
    const char *const texts[] = {dead, "", "\n", "0\n", "1", "-1\n", "x\n", "99999999999\n", "1\n2\n", "111111111111111111111111\n"};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666); /* whose holder has not written yet */
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, texts[i], strlen(texts[i]), 0), strlen(texts[i]));
        assert_int_equal(acquire(&locks, f, NAME, &holder), EWOULDBLOCK);
        if (holder != 0)
            fail_msg("\"%s\" is taken for process %d", texts[i], holder);
    }
    close(fd);
}

static void what_lies_in_the_place_is_refused_and_not_touched(void **state)
{
    struct fixture *f = *state;
    char path[192], text[16] = "";
    struct machine_locks locks = {0};
    int holder;
    path_of(f, NAME, path);
    const char *mine = fixture_file(f, "mine", "my own words", 0600);
    enum { LINK, DANGLING, DIRECTORY, FIFO, SECOND_NAME, PLACES };
    static const int errors[PLACES] = {ELOOP, ELOOP, EISDIR, EEXIST, EEXIST};
    for (int place = 0; place < PLACES; place++) {
        if (place > 0)
            assert_int_equal(remove(path), 0);
        int made = place == LINK        ? symlink(mine, path)
                   : place == DANGLING  ? symlink("nowhere", path)
                   : place == DIRECTORY ? mkdir(path, 0777)
                   : place == FIFO      ? mkfifo(path, 0666)
                                        : link(mine, path);
        assert_int_equal(made, 0);
        assert_int_equal(acquire(&locks, f, NAME, &holder), errors[place]);
        assert_int_equal(locks.count, 0);
    }
    int fd = open(mine, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof text), 12);
    close(fd);
    assert_string_equal(text, "my own words");
}

static void a_file_that_is_cleared_away_before_it_is_locked_is_made_again(void **state)
{
    struct fixture *f = *state;
    struct machine_locks locks = {0};
    int holder, error;
    path_of(f, NAME, removed_before_lock);
    removals = 2;
    assert_int_equal(acquire(&locks, f, NAME, &holder), 0);
    assert_int_equal(removals, 0);
    end_process(other_process(f, NAME, 0, &error), SIGKILL);
    assert_int_equal(error, EWOULDBLOCK);
    machine_locks_close(&locks);
    removals = 1000; /* by somebody who does not stop */
    assert_int_equal(acquire(&locks, f, NAME, &holder), ESTALE);
}

/* Whoever gives a lock back removes its file: nobody may hold one that has no name. */
static void two_never_hold_it_though_its_file_comes_and_goes(void **state)
{
    enum { CHILDREN = 4, TURNS = 300 };
    struct fixture *f = *state;
    struct turns {
        int taken, nameless;
    } turns;
    int said[2], taken = 0;
    assert_int_equal(pipe(said), 0);
    for (int child = 0; child < CHILDREN; child++) {
        if (fork() != 0)
            continue;
        turns = (struct turns){0, 0};
        for (int i = 0; i < TURNS; i++) {
            struct machine_locks locks = {0};
            struct stat held, there;
            int holder;
            if (acquire(&locks, f, NAME, &holder) != 0)
                continue;
            turns.taken++;
            turns.nameless += fstat(locks.held[0].fd, &held) != 0 || stat(locks.held[0].path, &there) != 0 || held.st_ino != there.st_ino;
            machine_locks_close(&locks);
        }
        _exit(write(said[1], &turns, sizeof turns) == sizeof turns ? 0 : 1);
    }
    for (int child = 0; child < CHILDREN; child++) {
        assert_int_equal(read(said[0], &turns, sizeof turns), sizeof turns);
        taken += turns.taken;
        assert_int_equal(turns.nameless, 0);
        assert_int_not_equal(wait(NULL), -1);
    }
    close(said[0]);
    close(said[1]);
    assert_true(taken >= TURNS / 2);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct machine_locks locks = {0};
    int holder;
    (void)state;
    assert_int_equal(machine_lock_acquire(&locks, "/nowhere/at/all", SLICE(NAME), &holder), ENOENT);
}

static void every_user_looks_in_the_same_place(void **state)
{
    struct stat status;
    (void)state;
    setenv("TMPDIR", "/nowhere", 1);
    assert_true(strcmp(machine_lock_folder(), "/run/lock") == 0 || strcmp(machine_lock_folder(), "/tmp") == 0);
    assert_int_equal(stat(machine_lock_folder(), &status), 0);
    assert_true(S_ISDIR(status.st_mode) && status.st_mode & S_IWOTH);
}

/* Through the wire. */

static struct wire_item lock_by_wire(struct fixture *f, uint32_t id)
{
    f->wire->ops->lock(f->wire, id, SLICE(NAME));
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_IO);
    assert_int_equal(item.io.id, id);
    assert_int_equal(item.generation, 0);
    return item;
}

static void the_wire_answers_and_keeps_the_lock_until_it_is_closed(void **state)
{
    struct fixture *f = *state;
    int error;
    pid_t other = holding_process(f, NAME);
    fixture_open(f, &(struct live_options){.lock_folder = f->folder});
    assert_int_equal(live_lock_holder(f->live), 0);
    assert_int_equal(lock_by_wire(f, 1).io.error, EWOULDBLOCK);
    assert_int_equal(live_lock_holder(f->live), other);
    end_process(other, SIGKILL);
    assert_int_equal(lock_by_wire(f, 2).io.error, 0);
    assert_int_equal(lock_by_wire(f, 3).io.error, 0);
    end_process(other_process(f, NAME, 0, &error), SIGKILL);
    assert_int_equal(error, EWOULDBLOCK);
    fixture_close(f);
    end_process(holding_process(f, NAME), SIGKILL);
}

/* A browser that outlived us for an instant would keep the next run out. */
static void a_browser_does_not_inherit_the_lock(void **state)
{
    struct fixture *f = *state;
    char script[96];
    fixture_file(f, "browser",
                 "#!/bin/sh\nls -l /proc/$$/fd >$HOME/list; grep -c '[.]lock' $HOME/list >$HOME/count\n"
                 "printf '%s\\0' \"$(cat $HOME/count)\" >&4; read x <&3\n", 0700);
    assert_true(text_format(script, sizeof script, "%s/browser", f->folder));
    fixture_open(f, &(struct live_options){.browser = script, .no_sandbox = true, .lock_folder = f->folder});
    assert_int_equal(lock_by_wire(f, 1).io.error, 0);
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    struct wire_item item = fixture_next(f, 5000);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_true(slice_equal(item.bytes, SLICE("0")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lock_of_another_process_is_refused_and_its_holder_is_told),
        TEST(a_killed_holder_is_no_obstacle),
        TEST(the_same_name_twice_is_one_lock_and_names_do_not_meet),
        TEST(there_are_only_so_many),
        TEST(the_file_is_for_all_users_and_tells_no_name),
        TEST(another_user_finds_the_lock),
        TEST(a_process_that_does_not_hold_it_is_not_told),
        TEST(what_lies_in_the_place_is_refused_and_not_touched),
        TEST(a_file_that_is_cleared_away_before_it_is_locked_is_made_again),
        TEST(two_never_hold_it_though_its_file_comes_and_goes),
        TEST(a_folder_that_is_not_there_is_told),
        TEST(every_user_looks_in_the_same_place),
        TEST(the_wire_answers_and_keeps_the_lock_until_it_is_closed),
        TEST(a_browser_does_not_inherit_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
