/* revisit completion: a script for a shell. */
#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/cli/manual/completion.h"
#include "engine/cli/manual/option.h"

#include <getopt.h>
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)

static enum err_code write_script(const char *shell, struct str *out, struct err *err)
{
    static const struct {
        const char *name;
        void (*write)(struct str *out);
    } shells[] = {
#define X(name, function) {name, function},
#include "engine/cli/manual/shell.def"
#undef X
    };
    struct nearest near;
    nearest_init(&near, slice_of(shell));
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].write(out);
            return ERR_OK;
        }
        nearest_try(&near, shells[i].name);
    }
    return err_set(err, ERR_USAGE, "completion: there is none for %.40s%s; bash, zsh and fish are known", shell, nearest_hint(&near, ""));
}

static enum err_code work(int argc, char **argv, struct str *out, struct err *err)
{
    int option;
    optind = 0;
    TRY(option_next("completion", argc, argv, &option, err));
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "completion: name one shell: revisit completion bash, zsh or fish");
    return write_script(argv[optind], out, err);
}

int command_completion(int argc, char **argv, struct err *err)
{
    CLEANUP_STR struct str out;
    str_init(&out, TEXT_BYTES_MAX);
    if (work(argc, argv, &out, err) != ERR_OK)
        return 0;
    if (str_full(&out))
        (void)err_set(err, ERR_ENV, "completion: out of memory");
    else
        fputs(str_text(&out), stdout);
    return 0;
}
