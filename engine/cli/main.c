/* The composition root: it finds the command, and turns what the command says
   into a sentence on stderr and an exit status. Before anything else it makes
   sure that this process can leave no core file, that what it makes is its user's
   alone, and that 0, 1 and 2 are open. */
#include "engine/cli/command.h"
#include "engine/base/memory.h"
#include "engine/base/nearest.h"
#include "engine/base/str.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/library.h"
#include "engine/cli/manual/page.h"
#include "engine/cli/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, struct err *err);
} commands[] = {
#define GROUP(text)
#define X(name, function, line) {name, function},
#include "engine/cli/command.def"
#undef X
#undef GROUP
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)
#define HELP_BYTES_MAX ((size_t)1 << 20)

/* `argv` begins with a command, or argc is 0: all of them. */
static void print_help(int argc, char **argv, FILE *out)
{
    CLEANUP_STR struct str text;
    str_init(&text, HELP_BYTES_MAX);
    const struct manual_row *page = manual_find_arguments(argc, argv);
    if (page)
        page_help(page, &text);
    else
        page_overview(&text);
    fputs(str_text(&text), out);
}

/* Charts and cookies are in this process's memory. */
static void forbid_core_files(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/* jansson would open /dev/urandom at its first object. The kernel gave random bytes at
   the start: pages cannot guess which keys collide. No order depends on the seed. */
static void seed_json(void)
{
    const char *bytes = (const char *)getauxval(AT_RANDOM);
    uint32_t seed = 1;
    if (bytes)
        memcpy(&seed, bytes, sizeof seed);
    json_object_seed(seed ? seed : 1);
}

/* A file that is opened while 0, 1 or 2 is free would take its number, and what is
   meant for the terminal would be written into it. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* the lowest number that is free: this one */
}

static void print_versions(void)
{
    CLEANUP_STR struct str text;
    str_init(&text, 4096);
    library_print_versions(&text);
    fputs(str_text(&text), stdout);
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* A reader that went away is no error; a disk that is full is, also where it was full in the middle
   and what stands in the buffer now can be written. */
static int flush_stdout(int status)
{
    bool whole = fflush(stdout) == 0 && !ferror(stdout);
    int error = errno;
    if (whole || status != 0 || reader_is_gone())
        return status;
    fprintf(stderr, "revisit: stdout cannot be written: %s\n", strerror(error ? error : EIO));
    return err_exit_status(ERR_ENV);
}

/* Without memory a good file may have looked bad, and a good replay diverged. */
static int judge_error(const struct err *err)
{
    if (!memory_has_failed() || err->code == ERR_ENV)
        return err_exit_status(err->code);
    fputs("revisit: there was not enough memory: what is said above may be due to that alone\n", stderr);
    return err_exit_status(ERR_ENV);
}

static int run_command(size_t index, int argc, char **argv)
{
    static struct err err; /* static: it is large, and there is one */
    err_init(&err);
    if (wants_help(argc, argv) && manual_find(commands[index].name)) {
        print_help(argc, argv, stdout);
        return flush_stdout(0);
    }
    int status = commands[index].run(argc, argv, &err);
    keys_drop();
    if (err.code == ERR_OK)
        return flush_stdout(status);
    (void)fflush(stdout);
    fputs("revisit: ", stderr);
    shown_message(stderr, err.text);
    fputc('\n', stderr);
    return judge_error(&err);
}

static int refuse_command(const char *name)
{
    struct nearest near;
    nearest_init(&near, slice_of(name));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        nearest_try(&near, commands[i].name);
    fprintf(stderr, "revisit: there is no command '%s'%s; revisit --help lists them\n", shown(name), nearest_hint(&near, ""));
    return err_exit_status(ERR_USAGE);
}

int main(int argc, char **argv)
{
    forbid_core_files();
    (void)umask(077);
    seed_json();
    fill_standard_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    opterr = 0;
    if (argc < 2) {
        print_help(0, NULL, stderr);
        return err_exit_status(ERR_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(0, NULL, stdout);
        return flush_stdout(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_versions();
        return flush_stdout(0);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(i, argc - 1, argv + 1);
    return refuse_command(argv[1]);
}
