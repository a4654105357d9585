/* A recording as what a sweep runs over: its course is told as long as a run keeps to it,
   and what follows the first fault is answered from what was recorded (recorder/whatif/whatif.h). */
#ifndef ENGINE_CLI_SWEEP_RECORDING_H
#define ENGINE_CLI_SWEEP_RECORDING_H

#include "engine/cli/recorded.h"
#include "engine/cli/sweep/journey.h"
#include "recorder/whatif/whatif.h"

struct sweep_recording {
    struct recorded recorded;
    struct whatif whatif;
    struct str settings;
};

bool sweep_is_recording(const char *path);

/* Zeroed before. ERR_INPUT also for a recording whose run was cut, resumed another one, did not
   come to the end of its batch, or had settings that the laws do not know. sweep_recording_close() is due in any case. */
enum err_code sweep_recording_open(struct sweep_recording *r, const char *path, struct err *err) MUST_USE;
/* Its world; its settings are those of every run, but for what a seed draws. */
struct stage sweep_recording_stage(struct sweep_recording *r);
void sweep_recording_close(struct sweep_recording *r);

#endif
