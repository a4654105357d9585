/* What the command line says of a run. */
#ifndef ENGINE_CLI_RUN_ARGUMENTS_H
#define ENGINE_CLI_RUN_ARGUMENTS_H

#include "engine/cli/key/keys.h"
#include "engine/cli/settings.h"

struct run_arguments {
    const char *batch_path, *state_path;
    const char *record_dir; /* NULL: not recorded */
    const char *record_raw;   /* NULL: none; else sealed to the keys below */
    struct keys_to seal_to;
    const char *metrics_path; /* NULL: none */
    const char *run_dir;    /* NULL: the default place */
    const char *browser;    /* NULL: the usual names */
    const char *replay_network; /* NULL: the run is a live one */
    struct settings settings;
    bool record_network, no_sandbox, has_base_url, resume, force, virtual_time, quiet, verbose;
};

/* ERR_USAGE with what is missing or wrong. $TIMEOUT_MULTIPLIER and
   $REVISIT_BROWSER are read here and nowhere else. */
enum err_code run_arguments_parse(int argc, char **argv, struct run_arguments *ret_arguments, struct err *err) MUST_USE;

#endif
