/* Two recordings, or two event logs, side by side: where they first differ, or a list of
   the differences. Both are streams: nothing of a file is held but what is at hand. What
   is told of values is what a divergence tells: paths, shapes, numbers, our own words. */
#ifndef RECORDER_DIFF_H
#define RECORDER_DIFF_H

#include "engine/base/str.h"
#include "recorder/compare.h"
#include "recorder/recording.h"

/* A list is no longer than this. */
#define DIFF_LIST_MAX 100
/* How far an entry of one side is looked for on the other, to tell what was put in or
   taken out from what was changed. */
#define DIFF_WINDOW_ENTRIES 200
#define DIFF_TEXT_MAX (1u << 20)

struct diff_options {
    bool all;                     /* a list, and not the first difference alone */
    struct compare_names ignored; /* at, gen, mark, n, and members of values and events, by name */
};

struct diff_result {
    uint64_t differences; /* told; 0 = equal */
    bool more;            /* the list is full: there may be more */
    uint64_t entries, events; /* equal ones, where both sides were read to the end */
};

/* Two recordings. What is told is appended to out, whose ceiling is DIFF_TEXT_MAX. Errors as
   recording_open() and reader_next(). suspect may be NULL. */
enum err_code diff_recordings(const char *a, const char *b, const struct diff_options *options, struct str *out,
                              struct diff_result *ret_result, struct recording_suspect *suspect, struct err *err);
/* Two files that are event logs; another is ERR_INPUT. */
enum err_code diff_event_logs(const char *a, const char *b, const struct diff_options *options, struct str *out,
                              struct diff_result *ret_result, struct err *err);

#endif
