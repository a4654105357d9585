/* An argument in a command that is shown to be pasted into a shell. */
#ifndef ENGINE_REPORT_SHELL_WORD_H
#define ENGINE_REPORT_SHELL_WORD_H

#include "engine/base/str.h"

/* As it is where no shell reads anything into it, else in quotes; one with what does not
   show in $'...', so that it stays on its line. */
void shell_word_add(struct str *out, const char *word);

#endif
