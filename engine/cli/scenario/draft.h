/* A scenario drafted from a recording: what it says of a visit - by the event log of a strict
   replay - written down as what is expected, for a person to go on from. */
#ifndef ENGINE_CLI_SCENARIO_DRAFT_H
#define ENGINE_CLI_SCENARIO_DRAFT_H

#include "engine/base/str.h"

/* mark: "p3.v2"; NULL: the visits that were not done at their first attempt. ERR_USAGE when
   the recording has no such visit; errors of the recording are its own. */
enum err_code draft_write(const char *recording, const char *mark, struct str *out, struct err *err) MUST_USE;

#endif
