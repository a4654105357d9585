/* The text of a batch, and how a place in it is named. */
#ifndef ENGINE_MDLAND_BATCH_SOURCE_H
#define ENGINE_MDLAND_BATCH_SOURCE_H

#include "engine/mdland/batch_input.h"

enum err_code batch_source_read(const struct batch_source *source, uint64_t offset, char *ret_bytes, size_t count,
                                struct err *err) MUST_USE;

/* The text is no JSON, or passes a limit, at byte `place`: "line 3, byte 47: <why>". The
   text is read again to count its lines, since this ends the command. */
enum err_code batch_source_refuse(const struct batch_source *source, enum err_code code, const char *why,
                                  uint64_t place, struct err *err);

enum err_code batch_no_memory(struct err *err);

#endif
