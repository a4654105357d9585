/* A schedule of faults as a file, to be kept beside a test:

       {
         "claim": "a note whose save hangs twice is saved by the third attempt",
         "faults": [
           "p2.v1.a1.saveSOAP:hang",
           "p2.v1.a2.saveSOAP:hang"
         ]
       }

   The claim is one sentence for the reader. Each fault stands in the short form of
   recorder/model/fault.h. `repeat`, which may stand between the two, is a command that shows what
   the claim says; nobody runs it from here. Another member is refused, so that a slip of
   the pen is seen. */
#ifndef RECORDER_SCHEDULE_FILE_H
#define RECORDER_SCHEDULE_FILE_H

#include "recorder/model/fault.h"

#define SCHEDULE_FILE_BYTES_MAX ((size_t)1 << 20)

/* The faults of a file's text, at most `max`; none is a schedule too. ERR_INPUT says line
   and byte where it is no JSON, otherwise the path: "faults[2]: ...". */
enum err_code schedule_file_read(struct slice text, size_t max, struct fault *ret_faults, size_t *ret_count, struct err *err) MUST_USE;

/* The inverse. `repeat` may be SLICE_NONE. */
void schedule_file_format(struct slice claim, struct slice repeat, const struct fault *faults, size_t count, struct str *out);

#endif
