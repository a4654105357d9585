/* A recording opened to be run again in other ways than its own: its inputs, and the course
   of its run (recorder/whatif/course.h), made by one strict replay. */
#ifndef ENGINE_CLI_RECORDED_H
#define ENGINE_CLI_RECORDED_H

#include "engine/cli/replay_run.h"
#include "recorder/whatif/course.h"

struct recorded {
    struct replay_run run; /* with its inputs, and how the recorded run ended */
    struct arena visits;   /* the batch's visits, each opened once */
    struct course course;
    /* What recorded_play() puts between the recording and all that reads it: it hands on
       whatever passes. NULL: nothing. Set after recorded_open(). */
    struct wire *(*watch)(void *ctx, struct wire *behind);
    void *watch_ctx;
};

/* Opens it and reads its inputs; errors name the recording and its file. From here on this
   process opens no socket. recorded_close() is due in any case. */
enum err_code recorded_open(struct recorded *r, const char *path, struct err *err) MUST_USE;
/* The strict replay: event lines go to `log`. A recording of a run that was cut is replayed
   to its last entry, and one whose environment broke to that; both are no errors. */
enum err_code recorded_play(struct recorded *r, struct event_log *log, struct err *err) MUST_USE;
void recorded_close(struct recorded *r);

/* The plan of a run over it with these settings; `text` is what settings_format() wrote. */
struct run_plan recorded_plan(const struct recorded *r, const struct settings *settings, struct slice text);

#endif
