#include "engine/cli/sweep_arguments.h"

#include "engine/base/str.h"
#include "engine/cli/child.h"
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/sweep/crew.h"

#include <getopt.h>

#define SEEDS_DEFAULT 1000
#define FAULTS_DEFAULT 40

enum sweep_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/sweep.def"
};

/* Numbers that a person can type again; 0 is no seed but plain settings. */
static bool take_seed(struct slice text, uint64_t *ret_seed)
{
    return slice_parse_u64(text, INT64_MAX, ret_seed) && *ret_seed > 0;
}

static enum err_code take_seeds(const char *text, struct sweep_arguments *a, struct err *err)
{
    const char *dots = strstr(text, "..");
    if (!dots || !take_seed((struct slice){text, (size_t)(dots - text)}, &a->seed_from) || !take_seed(slice_of(dots + 2), &a->seed_to) ||
        a->seed_to < a->seed_from)
        return err_set(err, ERR_USAGE, "--seeds: two numbers are needed, from 1, the second not the smaller one: --seeds 1..1000");
    return ERR_OK;
}

static enum err_code take_one_seed(const char *text, struct sweep_arguments *a, struct err *err)
{
    if (!take_seed(slice_of(text), &a->seed_from))
        return err_set(err, ERR_USAGE, "--seed: a whole number from 1 is needed");
    a->seed_to = a->seed_from;
    return ERR_OK;
}

static enum err_code take_option(enum sweep_option option, const char *value, struct sweep_arguments *a, struct err *err)
{
    switch (option) {
    case SWEEP_SEEDS: return take_seeds(value, a, err);
    case SWEEP_SEED: return take_one_seed(value, a, err);
    case SWEEP_MAX_FAULTS: return command_number("--max-faults", value, 1, MODEL_FAULTS_MAX, &a->faults_max, err);
    case SWEEP_JOBS: return command_number("--jobs", value, 1, CREW_JOBS_MAX, &a->jobs, err);
    case SWEEP_SHRINK: a->shrink = true; return ERR_OK;
    case SWEEP_CELLS: a->cells = true; return ERR_OK;
    case SWEEP_LOG: a->log = true; return ERR_OK;
    case SWEEP_QUIET: a->quiet = true; return ERR_OK;
    case SWEEP_KEY: return keys_name(value, err);
    case SWEEP_OUT: a->out_dir = value; return ERR_OK;
    case SWEEP_SCHEDULE: a->schedule = value; return ERR_OK;
    case SWEEP_FAULTS: a->faults_path = value; return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code settle(struct sweep_arguments *a, struct err *err)
{
    bool one = a->schedule || a->faults_path;
    if (a->schedule && a->faults_path)
        return err_set(err, ERR_USAGE, "sweep: --schedule and --faults both say which faults: choose one");
    if (one && a->seed_to != a->seed_from)
        return err_set(err, ERR_USAGE, "sweep: one schedule is one run: --seed N gives its settings, --seeds has no meaning there");
    if (a->log && !one && (a->seed_from == 0 || a->seed_to != a->seed_from))
        return err_set(err, ERR_USAGE, "sweep: --log is of one run: it goes with --seed, --schedule or --faults");
    if (!one && a->seed_from == 0) {
        a->seed_from = 1;
        a->seed_to = SEEDS_DEFAULT;
    }
    uint64_t seeds = a->seed_to - a->seed_from + 1;
    a->jobs = a->jobs < seeds ? a->jobs : (uint32_t)seeds;
    return ERR_OK;
}

enum err_code sweep_arguments_parse(int argc, char **argv, struct sweep_arguments *ret_arguments, struct err *err)
{
    struct sweep_arguments a = {.faults_max = FAULTS_DEFAULT, .jobs = child_count(CREW_JOBS_MAX), .out_dir = "."};
    optind = 0;
    for (int option;;) {
        TRY(option_next("sweep", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum sweep_option)option, optarg, &a, err));
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "sweep: name one batch or recording: revisit sweep BATCH.json");
    a.path = argv[optind];
    TRY(settle(&a, err));
    TRY(keys_load(err));
    *ret_arguments = a;
    return ERR_OK;
}
