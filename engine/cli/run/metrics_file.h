/* The metrics of a run as a file for a node exporter's textfile directory: written whole, when
   the run begins, at each visit's end but at most once a second of the run's time, and when it
   ends. A file that cannot be written hinders no run; it is told at the end. */
#ifndef ENGINE_CLI_METRICS_FILE_H
#define ENGINE_CLI_METRICS_FILE_H

#include "engine/report/metrics.h"

/* path NULL: nothing is folded or written. */
struct metrics_file {
    const char *path;
    int64_t began_us; /* wall clock at the run's instant 0 */
    struct metrics metrics;
    bool written;
    int64_t written_at_ms; /* the run's time */
    struct err failed;     /* the first failure; ERR_OK: none */
};

/* The next line of the event log. */
void metrics_file_take(struct metrics_file *file, struct slice line);
/* For a fold that was made elsewhere: writes it. */
enum err_code metrics_file_write(const char *path, const struct metrics *metrics, int64_t began_us, bool active,
                                 struct err *err) MUST_USE;

#endif
