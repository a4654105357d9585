/* Whether this process has been refused memory. A text that could not grow and a value that
   could not be read are told to whoever asked, but not everybody on the way up can tell it
   from a text that is over its limit or a message that is nonsense. So it is noted here, for
   good; and where something would leave the process - a
   request, a record, a verdict on a recording - nothing leaves after that. A run that ends so
   can be gone on with. */
#ifndef ENGINE_BASE_MEMORY_H
#define ENGINE_BASE_MEMORY_H

#include <stdbool.h>

/* An allocation has failed. */
void memory_note_failure(void);
bool memory_has_failed(void);
/* For tests, which go on. */
void memory_forget_failure(void);

#endif
