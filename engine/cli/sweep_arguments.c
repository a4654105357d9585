#include "engine/cli/sweep_arguments.h"

#include "engine/base/str.h"
#include "engine/cli/command.h"
#include "engine/cli/sweep/crew.h"

#include <getopt.h>
#include <unistd.h>

#define SEEDS_DEFAULT 1000
#define FAULTS_DEFAULT 40

const char sweep_usage[] =
    "usage: revisit sweep BATCH.json|RECORDING [--seeds A..B] [--shrink] [options]\n"
    "       revisit sweep BATCH.json|RECORDING --schedule 'p3.v2.a1.saveSOAP:hang ...' | --faults FILE\n"
    "\n"
    "Runs the batch over a model of the EHR, once a seed, with faults that the seed draws, through\n"
    "every kill, stop and resume to its end; and holds every step against some fifty laws: nothing\n"
    "billed twice, nothing lost, no change after the session is over. Each seed leaves out some kinds\n"
    "of fault altogether, and draws number, places, sizes, settings and latencies. A seed gives the\n"
    "same run, and a sweep the same output, on any machine. Nothing is waited for: time is virtual.\n"
    "Over a recording, a run is told what was recorded up to the first fault, and from there on is\n"
    "answered as by revisit whatif; its settings are the recorded ones, but for retries and time limit.\n"
    "\n"
    "  --seeds A..B      the seeds, default 1..1000; --seed N: that one\n"
    "  --max-faults N    of a seed, 1 to 128, default 40\n"
    "  --shrink          cut each schedule that is told down to what breaks the law, and write it to a file\n"
    "  --out DIR         where those files go, default the current directory\n"
    "  --jobs N          processes, default one a processor\n"
    "  --cells           also print which operation, kind of fault and attempt were never hit\n"
    "  --schedule TEXT   one run with these faults; --seed N: with that seed's settings and latencies\n"
    "  --faults FILE     the same, the faults from a file: {\"claim\": \"...\", \"faults\": [...]}\n"
    "  --log             of one run: its event log first\n"
    "\n"
    "A violation is told with its law, its seed and a command that repeats it, the first two of each\n"
    "law; the rest are counted. From 500 seeds on, over a batch of 20 visits with bills, with 20 faults\n"
    "or more, a sweep also fails when something that should come up never did: a breaker half open, a kill inside\n"
    "an effect, a session that ends in a wait or in a frame.\n"
    "\n"
    "  revisit sweep monday.json --seeds 1..500 --shrink\n"
    "  revisit sweep monday.json --seed 412\n"
    "  revisit sweep recordings/monday --seeds 1..500\n"
    "  revisit sweep monday.json --schedule 'p5.v1.a1.generateBilling:lost_answer' --log\n"
    "\n"
    "Exit status: 0 every law held, 1 a law was broken or something never came up, 2 usage or bad\n"
    "input, 9 environment.\n";

enum { OPT_SEEDS = 256, OPT_SEED, OPT_FAULTS_MAX, OPT_SHRINK, OPT_OUT, OPT_JOBS, OPT_CELLS, OPT_SCHEDULE, OPT_FAULTS, OPT_LOG };

static const struct option OPTIONS[] = {
    {"seeds", required_argument, NULL, OPT_SEEDS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"max-faults", required_argument, NULL, OPT_FAULTS_MAX},
    {"shrink", no_argument, NULL, OPT_SHRINK},
    {"out", required_argument, NULL, OPT_OUT},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"cells", no_argument, NULL, OPT_CELLS},
    {"schedule", required_argument, NULL, OPT_SCHEDULE},
    {"faults", required_argument, NULL, OPT_FAULTS},
    {"log", no_argument, NULL, OPT_LOG},
    {0},
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

static enum err_code take_option(int option, const char *value, struct sweep_arguments *a, struct err *err)
{
    switch (option) {
    case OPT_SEEDS: return take_seeds(value, a, err);
    case OPT_SEED: return take_one_seed(value, a, err);
    case OPT_FAULTS_MAX: return command_number("--max-faults", value, 1, MODEL_FAULTS_MAX, &a->faults_max, err);
    case OPT_JOBS: return command_number("--jobs", value, 1, CREW_JOBS_MAX, &a->jobs, err);
    case OPT_SHRINK: a->shrink = true; return ERR_OK;
    case OPT_CELLS: a->cells = true; return ERR_OK;
    case OPT_LOG: a->log = true; return ERR_OK;
    case OPT_OUT: a->out_dir = value; return ERR_OK;
    case OPT_SCHEDULE: a->schedule = value; return ERR_OK;
    case OPT_FAULTS: a->faults_path = value; return ERR_OK;
    }
    return ERR_OK;
}

static uint32_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > CREW_JOBS_MAX ? CREW_JOBS_MAX : (uint32_t)count;
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
    struct sweep_arguments a = {.faults_max = FAULTS_DEFAULT, .jobs = processors(), .out_dir = "."};
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (option < OPT_SEEDS)
            return command_bad_option(option, argc, argv, "sweep", err);
        TRY(take_option(option, optarg, &a, err));
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "sweep: name one batch or recording: revisit sweep BATCH.json");
    a.path = argv[optind];
    TRY(settle(&a, err));
    *ret_arguments = a;
    return ERR_OK;
}
