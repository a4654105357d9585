/* Another key for a sealed file: each recipient that is an older version of a ring's key
   becomes its newest, others stay. The new file has a stream key of its own, is written
   beside the old one, read back whole, and takes its place by a rename: killed anywhere, the
   old file or the new is there, and the same call again goes on. */
#ifndef RECORDER_RESEAL_H
#define RECORDER_RESEAL_H

#include "recorder/seal/key.h"

/* Whether the file is sealed to the ring's newest key and to none of its older ones.
   ERR_INTEGRITY when it is sealed to none of the ring at all; else as below. */
enum err_code reseal_is_current(const char *path, const struct key_ring *ring, bool *ret_current, struct err *err);
/* ERR_INTEGRITY when the ring does not open it, or it is damaged; ERR_INPUT when it is no
   sealed file; ERR_ENV. Then it stays as it was. Errors begin with the path. */
enum err_code reseal(const char *path, const struct key_ring *ring, struct err *err);

#endif
