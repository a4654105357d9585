/* "Did you mean ...?": the word of a table that is nearest to what was typed, when one is near.
   Distance is the number of letters to add, drop, change or exchange with their neighbour
   (Damerau and Levenshtein, each letter touched once). Near is a distance of at most a third
   of the letters typed and one more, 2 for short words; a word that holds what was typed is at 1.
   Of words equally near the first one tried wins. */
#ifndef ENGINE_BASE_NEAREST_H
#define ENGINE_BASE_NEAREST_H

#include "engine/base/str.h"

#define NEAREST_WORD_MAX 40 /* longer words are near to nothing */

struct nearest {
    struct slice typed; /* borrowed */
    const char *word;   /* borrowed; NULL: none is near */
    size_t distance;    /* private: the next word has to be nearer than this */
    char hint[NEAREST_WORD_MAX + 32];
};

void nearest_init(struct nearest *nearest, struct slice typed);
void nearest_try(struct nearest *nearest, const char *word);

/* "; did you mean WORD?" with `before` in front of the word ("--" of an option), or "" when none is near. Lives as long
   as *nearest. */
const char *nearest_hint(struct nearest *nearest, const char *before);

#endif
