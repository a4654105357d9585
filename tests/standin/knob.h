/* The settings of the stand-in, by name (knob.def is the list). One set for
   the whole server, read and written under its lock. */
#ifndef TESTS_STANDIN_KNOB_H
#define TESTS_STANDIN_KNOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

void knob_init(void); /* every knob at its default */
void knob_fini(void);
const char *knob_text(const char *name);
bool knob_is(const char *name, const char *value);
long knob_int(const char *name);
/* Merges an object; true/false count as on/off. NULL, or a sentence to free: then nothing was changed. */
char *knob_merge(const json_t *object);
/* New references. */
json_t *knob_values(void);
json_t *knob_describe(void);
json_t *knob_propose(uint64_t seed); /* a legal random combination of the seeded knobs */

#endif
