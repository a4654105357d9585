/* What the tests of the live wire share: a wire in a folder of its own (as TMPDIR,
   so that private directories can be counted there), items with a time limit, and
   a count of what is left behind. Everything is static: each test is one file. */
#ifndef TESTS_UNIT_LIVE_FIXTURE_H
#define TESTS_UNIT_LIVE_FIXTURE_H

#include "engine/live/live.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNUSED_OK __attribute__((unused))

struct fixture {
    char folder[32];
    char file[128]; /* the last one that fixture_file() made */
    struct live *live;
    struct wire *wire;
    struct instant now; /* of the last item */
    struct err err;
};

UNUSED_OK static int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    memcpy(f->folder, "/tmp/live-test-XXXXXX", sizeof "/tmp/live-test-XXXXXX");
    err_init(&f->err);
    *state = f;
    unsetenv("XDG_RUNTIME_DIR");
    return mkdtemp(f->folder) && setenv("TMPDIR", f->folder, 1) == 0 ? 0 : -1;
}

UNUSED_OK static void fixture_close(struct fixture *f)
{
    live_close(f->live);
    f->live = NULL;
}

UNUSED_OK static int fixture_unlink(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

UNUSED_OK static int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    int failed = nftw(f->folder, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return failed;
}

UNUSED_OK static void fixture_open(struct fixture *f, const struct live_options *options)
{
    if (live_open(options, &f->live, &f->err) != ERR_OK)
        fail_msg("live_open: %s", f->err.text);
    f->wire = live_wire(f->live);
}

/* A file in the fixture's folder; the path lives until the next call. */
UNUSED_OK static const char *fixture_file(struct fixture *f, const char *name, const char *text, mode_t mode)
{
    assert_true(text_format(f->file, sizeof f->file, "%s/%s", f->folder, name));
    int fd = open(f->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode) | close(fd), 0);
    return f->file;
}

/* A wire whose browser is a shell script. */
UNUSED_OK static void fixture_open_script(struct fixture *f, const char *script)
{
    char text[1024];
    assert_true(text_format(text, sizeof text, "#!/bin/sh\n%s\n", script));
    fixture_open(f, &(struct live_options){.browser = fixture_file(f, "browser", text, 0700), .no_sandbox = true});
}

/* A sign that a script gives by writing to $HOME/../../sign; it waits there until it is
   seen. Made before the script is started, and awaited up to a limit. */
UNUSED_OK static int fixture_sign(struct fixture *f)
{
    char path[64];
    assert_true(text_format(path, sizeof path, "%s/sign", f->folder));
    assert_int_equal(mkfifo(path, 0600), 0);
    int sign = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(sign >= 0);
    return sign;
}

UNUSED_OK static void fixture_await(int sign)
{
    struct pollfd readable = {.fd = sign, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 5000), 1);
    close(sign);
}

UNUSED_OK static struct instant fixture_in(const struct fixture *f, int64_t ms)
{
    return instant_add(f->now, duration_ms(ms));
}

/* The next item; a wake after the limit is an item like any other. */
UNUSED_OK static struct wire_item fixture_next_until(struct fixture *f, struct instant deadline)
{
    struct wire_item item;
    if (f->wire->ops->next(f->wire, deadline, &item, &f->err) != ERR_OK)
        fail_msg("next: %s", f->err.text);
    assert_true(item.at.us >= f->now.us);
    f->now = item.at;
    return item;
}

UNUSED_OK static struct wire_item fixture_next(struct fixture *f, int64_t limit_ms)
{
    return fixture_next_until(f, fixture_in(f, limit_ms));
}

/* Nothing comes for a while. */
UNUSED_OK static void fixture_assert_silent(struct fixture *f)
{
    assert_int_equal(fixture_next(f, 50).kind, WIRE_WAKE);
}

/* Private directories that are there. */
UNUSED_OK static int fixture_directories(const struct fixture *f)
{
    int count = 0;
    DIR *listing = opendir(f->folder);
    assert_non_null(listing);
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
        count += strncmp(entry->d_name, "revisit-browser-", 16) == 0;
    closedir(listing);
    return count;
}

/* The parent of a process, from /proc/PID/stat; 0 where there is none. */
UNUSED_OK static pid_t fixture_parent(pid_t pid)
{
    char path[32], text[512] = "";
    assert_true(text_format(path, sizeof path, "/proc/%d/stat", pid));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    const char *after_name = size > 0 ? strrchr(text, ')') : NULL;
    return after_name ? (pid_t)strtol(after_name + 4, NULL, 10) : 0;
}

UNUSED_OK static bool fixture_is_descendant(pid_t pid)
{
    while (pid > 1 && pid != getpid())
        pid = fixture_parent(pid);
    return pid == getpid();
}

/* Calls found for every descendant of the test, zombies included; returns how many. */
UNUSED_OK static int fixture_each_process(void (*found)(pid_t))
{
    int count = 0;
    DIR *listing = opendir("/proc");
    assert_non_null(listing);
    for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid() || !fixture_is_descendant(pid))
            continue;
        count++;
        if (found)
            found(pid);
    }
    closedir(listing);
    return count;
}

UNUSED_OK static int fixture_processes(void)
{
    return fixture_each_process(NULL);
}

UNUSED_OK static void fixture_kill_if_child(pid_t pid)
{
    if (fixture_parent(pid) == getpid())
        kill(pid, SIGKILL);
}

/* kill -9 of the browser, from outside. */
UNUSED_OK static void fixture_kill_browser(void)
{
    fixture_each_process(fixture_kill_if_child);
}

UNUSED_OK static int fixture_descriptors(void)
{
    int count = 0;
    DIR *listing = opendir("/proc/self/fd");
    assert_non_null(listing);
    while (readdir(listing))
        count++;
    closedir(listing);
    return count;
}

UNUSED_OK static void fixture_limit_descriptors(int limit)
{
    struct rlimit current;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &current), 0);
    current.rlim_cur = (rlim_t)limit;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &current), 0);
}

#endif
