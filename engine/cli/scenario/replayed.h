/* The recording of a scenario, replayed once, strictly, and then run otherwise as often as is
   wanted. */
#ifndef ENGINE_CLI_SCENARIO_REPLAYED_H
#define ENGINE_CLI_SCENARIO_REPLAYED_H

#include "engine/cli/recorded.h"
#include "engine/cli/scenario/never.h"
#include "engine/cli/scenario/story.h"
#include "recorder/whatif/whatif.h"

struct replayed {
    struct recorded recorded;
    struct whatif whatif;
    bool played;
};

/* Its inputs alone; errors name the recording. *ret_replayed is to be closed whatever comes. */
enum err_code replayed_open(const char *path, struct replayed **ret_replayed, struct err *err) MUST_USE;
/* The strict replay, unless there was one already. `log`: what takes its lines, or NULL. */
enum err_code replayed_play(struct replayed *replayed, struct event_log *log, struct err *err) MUST_USE;
void replayed_close(struct replayed *replayed); /* NULL: nothing */

/* Answers of the last run that the recording does not hold. */
uint64_t replayed_assumed(const struct replayed *replayed);
/* What the charts of the last run show, as far as a recording tells. */
void replayed_breaches(const struct replayed *replayed, struct story *story);

#endif
