#include "engine/cli/run/run_arguments.h"

#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/manual.h"
#include "engine/cli/manual/option.h"
#include "engine/policy/multiplier.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#include <getopt.h>
#include <stdlib.h>

enum run_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/run.def"
};

static enum err_code refuse_breaker(const char *given, struct err *err)
{
    struct nearest near;
    const char *known;
    nearest_init(&near, slice_of(given));
    for (size_t i = 0; (known = manual_word(TAKES_BREAKER, i)); i++)
        nearest_try(&near, known);
    return err_set(err, ERR_USAGE, "--breaker: auto, closed or open is needed%s", nearest_hint(&near, ""));
}

static enum err_code take_option(enum run_option option, struct run_arguments *a, struct err *err)
{
    switch (option) {
    case RUN_BASE_URL: a->has_base_url = true; return settings_set_base_url(&a->settings, optarg, err);
    case RUN_STATE: a->state_path = optarg; return ERR_OK;
    case RUN_KEY: return keys_name(optarg, err);
    case RUN_RECORD: a->record_dir = optarg; return ERR_OK;
    case RUN_RECORD_RAW: a->record_raw = optarg; return ERR_OK;
    case RUN_SEAL_TO: return keys_to_name(&a->seal_to, optarg, err);
    case RUN_RECORD_NETWORK: a->record_network = true; return ERR_OK;
    case RUN_RUN_DIR: a->run_dir = optarg; return ERR_OK;
    case RUN_MAX_RETRIES: return command_number("--max-retries", optarg, 0, RETRIES_MAX, &a->settings.max_retries, err);
    case RUN_BROWSER: a->browser = optarg; return ERR_OK;
    case RUN_HEADED: a->settings.headed = true; return ERR_OK;
    case RUN_NO_SANDBOX: a->no_sandbox = true; return ERR_OK;
    case RUN_RESUME: a->resume = true; return ERR_OK;
    case RUN_QUIET: a->quiet = true; return ERR_OK;
    case RUN_VERBOSE: a->verbose = true; return ERR_OK;
    case RUN_FORCE: a->force = true; return ERR_OK;
    case RUN_METRICS: a->metrics_path = optarg; return ERR_OK;
    case RUN_REPLAY_NETWORK: a->replay_network = optarg; a->settings.replay_network = true; return ERR_OK;
    case RUN_VIRTUAL_TIME: a->virtual_time = true; return ERR_OK;
    case RUN_MIN_GAP:
        return command_duration("--min-gap", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.min_gap, err);
    case RUN_VISIT_TIMEOUT:
        return command_duration("--visit-timeout", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.visit_timeout, err);
    case RUN_BATCH_TIMEOUT:
        return command_duration("--batch-timeout", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.batch_timeout, err);
    case RUN_BREAKER:
        if (breaker_mode_parse(slice_of(optarg), &a->settings.breaker))
            return ERR_OK;
        return refuse_breaker(optarg, err);
    }
    return ERR_OK;
}

/* What the recording says in their place, and what makes no sense without a site. */
static enum err_code refuse_beside_replay(const struct run_arguments *a, struct err *err)
{
    if (a->has_base_url || a->state_path)
        return err_set(err, ERR_USAGE, "run: --replay-network takes the site and its session from the recording: leave out --base-url "
                                       "and --state");
    if (a->resume)
        return err_set(err, ERR_USAGE, "run: --resume goes on at a site; a run with --replay-network is begun again instead");
    return ERR_OK;
}

static enum err_code require_site(const struct run_arguments *a, struct err *err)
{
    if (a->replay_network)
        return refuse_beside_replay(a, err);
    if (a->virtual_time)
        return err_set(err, ERR_USAGE, "run: --virtual-time goes with --replay-network: a site has a clock of its own");
    if (!a->has_base_url)
        return err_set(err, ERR_USAGE, "run: --base-url is needed: the clinic's node, as https://node.example");
    if (!a->state_path)
        return err_set(err, ERR_USAGE, "run: --state is needed: the storage state of a logged-in session");
    return ERR_OK;
}

/* What is recorded, and where to. */
static enum err_code require_places(const struct run_arguments *a, struct err *err)
{
    if (a->record_dir && a->run_dir && strcmp(a->record_dir, a->run_dir) == 0)
        return err_set(err, ERR_USAGE, "run: --record and --run-dir need a directory each");
    if (a->record_network && !a->record_dir)
        return err_set(err, ERR_USAGE, "run: --record-network goes with --record DIR");
    if (a->record_raw && a->seal_to.named == 0)
        return err_set(err, ERR_USAGE, "run: --record-raw is written sealed or not at all: add --seal-to PUBLIC_KEY, the public half of a "
                                       "key; `revisit key new` makes one");
    if (a->seal_to.named && !a->record_raw)
        return err_set(err, ERR_USAGE, "run: --seal-to goes with --record-raw FILE; a recording that is there is sealed by `revisit "
                                       "recording seal`");
    if (a->record_raw && ((a->record_dir && strcmp(a->record_raw, a->record_dir) == 0) || (a->run_dir && strcmp(a->record_raw, a->run_dir) == 0)))
        return err_set(err, ERR_USAGE, "run: --record-raw names a file of its own, not the directory of --record or --run-dir");
    return ERR_OK;
}

static enum err_code require_arguments(const struct run_arguments *a, struct err *err)
{
    if (!a->batch_path)
        return err_set(err, ERR_USAGE, "run: which batch? revisit run BATCH.json --base-url URL --state STATE.json");
    TRY(require_site(a, err));
    const char *const paths[] = {a->batch_path, a->state_path, a->replay_network, a->record_dir, a->record_raw, a->run_dir, a->browser, a->metrics_path};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (paths[i] && paths[i][0] == '\0')
            return err_set(err, ERR_USAGE, "run: an empty path: each of BATCH, --state, --replay-network, --record, --record-raw, --run-dir, --browser and --metrics names one");
    TRY(require_places(a, err));
    if (a->quiet && a->verbose)
        return err_set(err, ERR_USAGE, "run: --quiet and --verbose say the opposite: choose one");
    if (a->force && !a->resume)
        return err_set(err, ERR_USAGE, "run: --force goes with --resume");
    return ERR_OK;
}

enum err_code run_arguments_parse(int argc, char **argv, struct run_arguments *ret_arguments, struct err *err)
{
    struct run_arguments *a = ret_arguments;
    *a = (struct run_arguments){.settings = {.max_retries = RETRIES_DEFAULT, .multiplier_thousandths = MULTIPLIER_ONE}};
    const char *multiplier = getenv("TIMEOUT_MULTIPLIER");
    if (multiplier)
        TRY(multiplier_parse(slice_of(multiplier), &a->settings.multiplier_thousandths, err));
    const char *browser = getenv("REVISIT_BROWSER");
    a->browser = browser && browser[0] ? browser : NULL;
    optind = 0;
    for (int option;;) {
        TRY(option_next("run", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum run_option)option, a, err));
    }
    if (optind < argc)
        a->batch_path = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_USAGE, "run: one batch at a time");
    TRY(require_arguments(a, err));
    if (a->seal_to.named)
        TRY(keys_to_load(&a->seal_to, err));
    return keys_load(err);
}
