/* The event log of a replay against the recorded one, line by line as it comes. A
   difference is told by line and field, never by value. */
#ifndef RECORDER_EVENTS_H
#define RECORDER_EVENTS_H

#include "engine/base/err.h"
#include "recorder/recording.h"

struct events_check;

/* Opens events.ndjson of the recording, which must outlive the check. */
enum err_code events_check_open(const struct recording *recording, struct events_check **ret_check, struct err *err);
/* The next replayed line, without newline. ERR_DIVERGED names the first line that
   differs; ERR_INTEGRITY when it is the recorded log that was damaged. Of a recording
   that was cut the log may end before the replay does. */
enum err_code events_check_line(struct events_check *check, struct slice line, struct err *err);
/* Of a recording that was cut: lines given for which the recorded log has none. */
uint64_t events_check_uncompared(const struct events_check *check);
/* All lines were given: nothing may be left of the recorded log, unless `cut`. */
enum err_code events_check_finish(struct events_check *check, bool cut, struct err *err);
void events_check_close(struct events_check *check); /* NULL is fine */

#endif
