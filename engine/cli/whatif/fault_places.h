/* Whether faults can strike at all: what one names must be in the batch, or it would strike
   nowhere and all would seem well. */
#ifndef ENGINE_CLI_FAULT_PLACES_H
#define ENGINE_CLI_FAULT_PLACES_H

#include "engine/mdland/batch_input.h"
#include "recorder/model/fault.h"

/* ERR_INPUT names the first whose visit the batch does not run. */
enum err_code fault_places_check(const struct fault *faults, size_t count, const struct batch *batch, struct err *err) MUST_USE;

#endif
