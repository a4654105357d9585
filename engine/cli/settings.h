/* What a run was told, beyond its batch and its state: the part of the command
   line that the course of a run depends on. It is kept in a recording's manifest
   as a flat JSON object, and a replay takes it from there and from nowhere else. */
#ifndef ENGINE_CLI_SETTINGS_H
#define ENGINE_CLI_SETTINGS_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/batch/runner.h"
#include "engine/cli/run/state_file.h"


#include <stdint.h>

#define BASE_URL_MAX 1024
#define HOST_MAX 256
#define SETTINGS_BYTES_MAX ((size_t)4000) /* a journal's line holds them too */
#define SETTINGS_DURATION_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

struct settings {
    char base_url[BASE_URL_MAX]; /* scheme://host[:port], no slash at the end */
    char host[HOST_MAX];         /* the host alone, lower case */
    uint32_t max_retries;
    uint32_t multiplier_thousandths;
    bool headed;
    struct duration min_gap;       /* zero: none */
    struct duration visit_timeout; /* zero: as the table of timeouts says */
    struct duration batch_timeout; /* zero: none */
    enum breaker_mode breaker;
    bool replay_network; /* the run never met the site: a recording answered for it */
};

/* Takes --base-url apart: http or https, a host, no path but "/", no user, no
   query. One site has one spelling - lower case, no dot at the end, no port that is the
   scheme's own - for the account's lock is named by it. ERR_USAGE says what is wrong. */
enum err_code settings_set_base_url(struct settings *s, const char *url, struct err *err) MUST_USE;

/* What is as by default is left out, so that an older recording has today's meaning. */
void settings_format(const struct settings *s, struct str *out);
/* The plan of a run that was told this, or of its replay: `text` is what settings_format()
   wrote of them, wall_us the wall clock at the run's instant 0. It borrows everything. */
struct run_plan settings_plan(const struct settings *settings, struct slice text, const struct batch *batch,
                              const struct state *state, int64_t wall_us);

/* Changes one setting, named as a person names it: timeout_multiplier=1.5, max_retries,
   visit_timeout=120s, batch_timeout, min_gap, breaker; a time of 0 is none. ERR_USAGE says what is wrong. */
enum err_code settings_apply(struct settings *s, const char *name, const char *value, struct err *err) MUST_USE;
/* The settings that it changes, from 0; NULL after the last. And what each is. */
const char *settings_name(size_t index);
const char *settings_sentence(size_t index);

enum err_code settings_parse(struct slice json, struct settings *ret_settings, struct err *err) MUST_USE;

#endif
