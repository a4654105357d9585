/* Instants as a HAR has them: ISO 8601, "2026-11-25T14:26:52.123Z". */
#ifndef RECORDER_HAR_TIME_H
#define RECORDER_HAR_TIME_H

#include "engine/base/str.h"

#define HAR_TIME_SIZE 32

/* us: since 1970 UTC, up to the year 9999; what is out of that is told as 1970. */
void har_time_format(int64_t us, char ret_text[HAR_TIME_SIZE]);
/* With a fraction of any length, and Z or an offset like +05:30. False when it is none. */
bool har_time_parse(struct slice text, int64_t *ret_us);

#endif
