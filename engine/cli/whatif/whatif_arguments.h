/* What `revisit whatif` is asked: a recording, changed settings, faults, and how to tell. */
#ifndef ENGINE_CLI_WHATIF_ARGUMENTS_H
#define ENGINE_CLI_WHATIF_ARGUMENTS_H

#include "engine/cli/whatif/whatif_run.h"

#define WHATIF_SETS_MAX   16
#define WHATIF_AXES_MAX   4
#define WHATIF_VALUES_MAX 32

/* One setting of a matrix, with the values that it takes. */
struct whatif_axis {
    const char *name;
    char *values[WHATIF_VALUES_MAX]; /* in the argument's own text */
    size_t count;
};

struct whatif_arguments {
    const char *path;
    bool allow_assumed, log, answers, json;
    const char *sets[WHATIF_SETS_MAX]; /* "name=value" */
    size_t set_count;
    struct whatif_axis axes[WHATIF_AXES_MAX];
    size_t axis_count;
    struct fault faults[MODEL_FAULTS_MAX];
    size_t fault_count;
};

enum err_code whatif_arguments_parse(int argc, char **argv, struct whatif_arguments *ret_arguments, struct err *err) MUST_USE;

/* The settings that the sets make of these. */
enum err_code whatif_arguments_apply(const struct whatif_arguments *a, struct settings *settings, struct err *err) MUST_USE;

#endif
