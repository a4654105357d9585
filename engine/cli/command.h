/* A command of the command line. It prints data on stdout, leaves what went
   wrong in err, and returns the exit status for the case that nothing did. */
#ifndef ENGINE_CLI_COMMAND_H
#define ENGINE_CLI_COMMAND_H

#include "engine/base/clock.h"
#include "engine/base/err.h"

#include <stdint.h>

#define REVISIT_VERSION "0.1.0"

/* argv[0] is the command's name. */
#define GROUP(text)
#define X(name, function, line) int function(int argc, char **argv, struct err *err);
#include "engine/cli/command.def"
#undef X
#undef GROUP

/* True when one of the arguments is --help or -h: the caller prints its usage. */
bool command_wants_help(int argc, char **argv);

/* The sentence for what getopt_long refused: ERR_USAGE. `option` is what it returned;
   ":" begins its list of short options, so that ':' tells a value that lacks. */
enum err_code command_bad_option(int option, int argc, char **argv, const char *command, struct err *err);

/* A whole number for an option, or ERR_USAGE naming option and range. */
enum err_code command_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *ret_number,
                             struct err *err) MUST_USE;

/* A time for an option, a whole number with its unit: "500ms", "2s", "10m", "8h"; at
   least 1 ms and at most max_ms. */
enum err_code command_duration(const char *option, const char *text, int64_t max_ms, struct duration *ret_duration,
                               struct err *err) MUST_USE;

#endif
