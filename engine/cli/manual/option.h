/* The options of a command, taken as its page in the manual lists them. A command has an enum of
   its own, made of the same rows, and switches over it without a default: the compiler finds
   what the page promises and the command does not know.

       enum report_option {
       #define OPTION(id, letter, name, argument, takes, text) id,
       #include "engine/cli/manual/report.def"
       };                                                                                        */
#ifndef ENGINE_CLI_MANUAL_OPTION_H
#define ENGINE_CLI_MANUAL_OPTION_H

#include "engine/base/err.h"

#define OPTION_END (-1)
#define OPTIONS_MAX 48 /* of one page */

/* The next option of argv: the number of its row on that page, from 0, or OPTION_END; its argument
   is in optarg, the first operand then at optind. ERR_USAGE for one that the page has not, and for
   one without its argument; the sentence begins with the page's name and says what was nearly
   it. Begin with optind = 0. */
enum err_code option_next(const char *page, int argc, char **argv, int *ret_option, struct err *err) MUST_USE;

#endif
