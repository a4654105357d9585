/* A command of the command line. It prints data on stdout, leaves what went
   wrong in err, and returns the exit status for the case that nothing did. Its options are
   those of its page (engine/cli/manual/option.h), and --help is answered before it is called. */
#ifndef ENGINE_CLI_COMMAND_H
#define ENGINE_CLI_COMMAND_H

#include "engine/base/clock.h"
#include "engine/base/err.h"

#include <stddef.h>
#include <stdint.h>

#define REVISIT_VERSION "0.1.0"

/* argv[0] is the command's name. */
#define GROUP(text)
#define X(name, function, line) int function(int argc, char **argv, struct err *err);
#include "engine/cli/command.def"
#undef X
#undef GROUP

/* A part of a command, as the `diff` of `recording diff`. argv[0] is the part's name. */
struct command_part {
    const char *name;
    enum err_code (*run)(int argc, char **argv, int *ret_status, struct err *err);
};

/* Runs the part that argv[1] names, and returns the exit status for the case that nothing went
   wrong. ERR_USAGE: there is none of that name (the nearest is told), or none is named, which
   `lacking` answers. */
int command_parts(const struct command_part *parts, size_t count, const char *lacking, int argc, char **argv, struct err *err);

/* A whole number for an option, or ERR_USAGE naming option and range. */
enum err_code command_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *ret_number,
                             struct err *err) MUST_USE;

/* A time for an option, a whole number with its unit: "500ms", "2s", "10m", "8h"; at
   least 1 ms and at most max_ms. */
enum err_code command_duration(const char *option, const char *text, int64_t max_ms, struct duration *ret_duration,
                               struct err *err) MUST_USE;

#endif
