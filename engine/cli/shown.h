/* A name from outside - a path, a word of the command line - as it may stand on a terminal: on
   one line, a '?' for each byte that would do something there instead of showing itself. */
#ifndef ENGINE_CLI_SHOWN_H
#define ENGINE_CLI_SHOWN_H

#include <stdio.h>

/* Good until the fourth call from here. A name of more than 8 KiB is called that. */
const char *shown(const char *name);

/* An error's text: it goes on in lines that begin with a blank, and any other line end is one
   that a name brought. */
void shown_message(FILE *out, const char *message);

#endif
