/* A visit's text made short for judging: nine tenths of it are note sections, and all
   that judging asks of a section is that it is a good string with something in it.
   Measured on clinic-100: the batch opens in 2.2 ms of CPU instead of 5.6. */
#ifndef ENGINE_MDLAND_BATCH_SKIM_H
#define ENGINE_MDLAND_BATCH_SKIM_H

#include "engine/base/str.h"

/* Appends `text`, with the value of each "subjective", "objective", "assessment" and "plan"
   replaced by "x" where it is beyond doubt: a string that is not blank, of plain
   characters, one-letter escapes and well-formed UTF-8, within the length of a note.
   Any other string, and any text that is no JSON, stays as it is. */
void batch_skim(struct slice text, struct str *ret_short);

#endif
