/* A replay opens no socket and starts no program: the kernel ends one that tries.
   Each attempt is made in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/seccomp.h"

static int earlier_socket = -1;

static void forbid(void)
{
    struct err err;
    err_init(&err);
    if (seccomp_forbid_network(&err) != ERR_OK)
        _exit(9);
}

static void attempt_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void attempt_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    (void)connect(earlier_socket, (struct sockaddr *)&to, sizeof to);
}

static void attempt_send(void)
{
    (void)send(earlier_socket, "x", 1, 0);
}

static void attempt_exec(void)
{
    char *argv[] = {"true", NULL};
    (void)execv("/bin/true", argv);
}

/* What a replay does do. */
static void attempt_files_and_memory(void)
{
    char text[64];
    int fd = open("/proc/self/status", O_RDONLY);
    void *memory = malloc(1 << 24);
    if (fd < 0 || read(fd, text, sizeof text) <= 0 || !memory)
        _exit(8);
    free(memory);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    (void)waitpid(child, NULL, 0);
}

/* The child's status after forbid() and the attempt. */
static int status_of(void (*attempt)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        forbid();
        attempt();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_killed(void (*attempt)(void))
{
    int status = status_of(attempt);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void a_planted_socket_dies(void **state)
{
    (void)state;
    assert_killed(attempt_socket);
}

static void a_planted_connect_on_an_older_socket_dies(void **state)
{
    (void)state;
    earlier_socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(earlier_socket >= 0);
    assert_killed(attempt_connect);
    assert_killed(attempt_send);
    close(earlier_socket);
}

static void a_planted_program_dies(void **state)
{
    (void)state;
    assert_killed(attempt_exec);
}

static void files_memory_and_children_go_on(void **state)
{
    (void)state;
    int status = status_of(attempt_files_and_memory);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_socket_dies),
        cmocka_unit_test(a_planted_connect_on_an_older_socket_dies),
        cmocka_unit_test(a_planted_program_dies),
        cmocka_unit_test(files_memory_and_children_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
