#include "engine/cli/run/metrics_file.h"

#include "engine/cli/command.h"
#include "engine/cli/output_file.h"

#define WRITE_EVERY_MS 1000

enum err_code metrics_file_write(const char *path, const struct metrics *metrics, int64_t began_us, bool active, struct err *err)
{
    CLEANUP_STR struct str text;
    struct metrics_run run = {.began_us = began_us, .active = active, .version = REVISIT_VERSION};
    str_init(&text, METRICS_TEXT_MAX);
    metrics_format(metrics, &run, &text);
    return str_full(&text) ? err_set(err, ERR_ENV, "%s: out of memory", path) : output_file_publish(path, str_slice(&text), err);
}

static bool is_due(const struct metrics_file *f, struct slice line)
{
    if (!f->written || f->metrics.ended)
        return true;
    return slice_starts(line, SLICE("{\"type\":\"visit_result\"")) && f->metrics.at_ms - f->written_at_ms >= WRITE_EVERY_MS;
}

void metrics_file_take(struct metrics_file *f, struct slice line)
{
    struct err err;
    if (!f->path)
        return;
    metrics_take(&f->metrics, line);
    if (!is_due(f, line))
        return;
    f->written = true;
    f->written_at_ms = f->metrics.at_ms;
    err_init(&err);
    if (metrics_file_write(f->path, &f->metrics, f->began_us, !f->metrics.ended, &err) != ERR_OK && f->failed.code == ERR_OK)
        f->failed = err;
}
