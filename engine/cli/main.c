/* The composition root: it finds the command, and turns what the command says
   into a sentence on stderr and an exit status. Before anything else it makes
   sure that this process can leave no core file and takes no locale. */
#include "engine/cli/command.h"
#include "engine/base/str.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, struct err *err);
    const char *line;
} commands[] = {
#define X(name, function, line) {name, function, line},
#include "engine/cli/command.def"
#undef X
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(FILE *out)
{
    fputs("revisit " REVISIT_VERSION ": runs batches of clinic visits in a web EHR, and makes every run replayable\n\n"
          "usage: revisit COMMAND ...        revisit COMMAND --help tells more\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].line);
    fputs("\nData goes to stdout, messages to stderr. Exit status: 0 all done, 1 some visits failed,\n"
          "2 usage or bad input, 3 session expired, 4 too many failures, 5 stopped (resumable),\n"
          "6 replay diverged, 7 damaged file or key, 8 some visits need review, 9 environment\n"
          "(browser, disk, lock, network), 70 internal error.\n",
          out);
}

/* Charts and cookies are in this process's memory. */
static void forbid_core_files(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

bool command_wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

enum err_code command_bad_option(int argc, char **argv, const char *command, struct err *err)
{
    const char *given = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    return err_set(err, ERR_USAGE, "revisit %s: %s is not an option here, or lacks its value: see revisit %s --help", command,
                   given, command);
}

enum err_code command_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *ret_number,
                             struct err *err)
{
    uint64_t number = 0;
    if (!slice_parse_u64(slice_of(text), max, &number) || number < min)
        return err_set(err, ERR_USAGE, "%s: a whole number from %u to %u is needed", option, min, max);
    *ret_number = (uint32_t)number;
    return ERR_OK;
}

static int run_command(size_t index, int argc, char **argv)
{
    static struct err err; /* static: it is large, and there is one */
    err_init(&err);
    int status = commands[index].run(argc, argv, &err);
    if (fflush(stdout) != 0 && err.code == ERR_OK && status == 0)
        (void)err_set(&err, ERR_ENV, "stdout cannot be written");
    if (err.code == ERR_OK)
        return status;
    fprintf(stderr, "revisit: %s\n", err.text);
    return err_exit_status(err.code);
}

int main(int argc, char **argv)
{
    forbid_core_files();
    (void)signal(SIGPIPE, SIG_IGN);
    opterr = 0;
    if (argc < 2) {
        print_help(stderr);
        return err_exit_status(ERR_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("revisit " REVISIT_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(i, argc - 1, argv + 1);
    fprintf(stderr, "revisit: there is no command '%s'; revisit --help lists them\n", argv[1]);
    return err_exit_status(ERR_USAGE);
}
