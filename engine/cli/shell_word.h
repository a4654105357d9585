/* A word of a command that is printed to be pasted into a shell. */
#ifndef ENGINE_CLI_SHELL_WORD_H
#define ENGINE_CLI_SHELL_WORD_H

#include "engine/base/str.h"

/* As it is where no shell makes anything of it, else in single quotes. */
void shell_word_add(struct str *out, const char *word);

#endif
