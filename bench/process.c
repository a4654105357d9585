/* process TIMES COMMAND...: runs a command so often and tells, as one line of JSON, what
   each run took as a whole process: wall time, time to its first byte of output, its own
   processor time, that of it and all it waited for, and the most memory it had. */
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 1000

extern char **environ;

struct taken {
    int64_t wall_us, first_us, cpu_us, tree_us;
    long peak_kb;
    int status;
};

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Reads the output to its end; the instant of its first byte, or of its end. */
static int64_t drain(int fd)
{
    static char bytes[1 << 16];
    int64_t first_us = 0;
    for (ssize_t got = 1; got > 0;) {
        got = read(fd, bytes, sizeof bytes);
        if (!first_us)
            first_us = now_us();
    }
    return first_us;
}

/* Of a process that has ended and is not waited for yet: nanoseconds on a processor, of
   its main thread, which is the one that does the work here. */
static int64_t own_cpu_us(pid_t pid)
{
    char path[64];
    uint64_t ns = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%" SCNu64, &ns) != 1)
        ns = 0;
    if (file)
        fclose(file);
    return (int64_t)(ns / 1000);
}

static int64_t micros(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static bool run(char **command, struct taken *ret_taken)
{
    int ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int64_t began_us = now_us();
    int failed = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return false;
    }
    ret_taken->first_us = drain(ends[0]) - began_us;
    close(ends[0]);
    siginfo_t ended;
    struct rusage used;
    (void)waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT);
    ret_taken->wall_us = now_us() - began_us;
    ret_taken->cpu_us = own_cpu_us(pid);
    (void)wait4(pid, &ret_taken->status, 0, &used);
    ret_taken->tree_us = micros(used.ru_utime) + micros(used.ru_stime);
    ret_taken->peak_kb = used.ru_maxrss;
    return true;
}

static void print_list(const char *name, const struct taken *taken, int count, size_t member)
{
    printf("\"%s\":[", name);
    for (int i = 0; i < count; i++)
        printf("%s%" PRId64, i ? "," : "", *(const int64_t *)(const void *)((const char *)&taken[i] + member));
    printf("],");
}

int main(int argc, char **argv)
{
    static struct taken taken[TIMES_MAX];
    int count = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;
    long peak_kb = 0;
    if (count < 1 || count > TIMES_MAX) {
        fputs("usage: process TIMES COMMAND...\n", stderr);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        if (!run(argv + 2, &taken[i]))
            return 9;
        if (taken[i].peak_kb > peak_kb)
            peak_kb = taken[i].peak_kb;
    }
    int status = taken[count - 1].status;
    putchar('{');
    print_list("wall_us", taken, count, offsetof(struct taken, wall_us));
    print_list("first_us", taken, count, offsetof(struct taken, first_us));
    print_list("cpu_us", taken, count, offsetof(struct taken, cpu_us));
    print_list("tree_us", taken, count, offsetof(struct taken, tree_us));
    printf("\"peak_kb\":%ld,\"exit\":%d}\n", peak_kb, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
