#include "engine/cli/run/run_arguments.h"

#include "engine/cli/command.h"
#include "engine/policy/multiplier.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#include <getopt.h>
#include <stdlib.h>

const char run_usage[] =
    "usage: revisit run BATCH.json --base-url URL --state STATE.json [options]\n"
    "\n"
    "Enters the visits of the batch in the EHR at URL, through a Chromium of its own, and prints\n"
    "the event log on stdout, one JSON object a line.\n"
    "\n"
    "  --base-url URL      the clinic's node, as https://node.example\n"
    "  --state FILE        Playwright storage state of a logged-in session; cookies of URL's host are used\n"
    "  --record DIR        record the run into DIR (new or empty), to be replayed\n"
    "  --record-network    also record requests and bodies of the page\n"
    "  --run-dir DIR       where the journal and the event log go\n"
    "                      (default: the next $XDG_STATE_HOME/revisit/<batchId>-<n>, unless the last one\n"
    "                      has begun visits and is not finished)\n"
    "  --resume            finish the run in --run-dir (default: the last one of this batch): what is\n"
    "                      settled is not touched, what was begun is looked at first\n"
    "  --force             with --resume: although the batch's contents or the settings have changed\n"
    "  --max-retries N     0 to 9, default 2: tries after the first, each from the waiting room\n"
    "  --min-gap TIME      at least so long between the end of a visit and the next, like 2s\n"
    "  --visit-timeout TIME  one visit's attempts and waits, default 10m, or 10m times TIMEOUT_MULTIPLIER\n"
    "                      where that is more; it cuts no change of a chart\n"
    "  --batch-timeout TIME  stop after so long, as if by SIGTERM: 8h, 90m; resumable\n"
    "  --breaker MODE      auto (default): after 3 visits in a row have failed, wait and look at the site\n"
    "                      before the next; closed: never; open: begin no visit at all\n"
    "  --metrics FILE      numbers for a monitor (Prometheus text, for a node exporter's textfile directory),\n"
    "                      written whole after a visit, at most once a second, and at the end\n"
    "  --browser PATH      the Chromium to start (also $REVISIT_BROWSER)\n"
    "  --headed            show the browser's window\n"
    "  --no-sandbox        needed when run as root; never added by itself\n"
    "\n"
    "Environment: TIMEOUT_MULTIPLIER, 0.1 to 100, lengthens or shortens every timeout.\n"
    "The first SIGTERM, SIGINT or SIGHUP stops the run at the next safe point, within 25 s; a second\n"
    "one at once. Either way, and after a kill or a power cut, --resume goes on where it was.\n"
    "A recording holds what the page said, names and notes included: keep it as you keep charts.\n";

enum { OPT_BASE_URL = 256, OPT_STATE, OPT_RECORD, OPT_RECORD_NETWORK, OPT_RUN_DIR, OPT_MAX_RETRIES, OPT_BROWSER, OPT_HEADED, OPT_NO_SANDBOX,
       OPT_RESUME, OPT_FORCE, OPT_MIN_GAP, OPT_VISIT_TIMEOUT, OPT_BATCH_TIMEOUT, OPT_BREAKER, OPT_METRICS };

static const struct option OPTIONS[] = {
    {"base-url", required_argument, NULL, OPT_BASE_URL},
    {"state", required_argument, NULL, OPT_STATE},
    {"record", required_argument, NULL, OPT_RECORD},
    {"record-network", no_argument, NULL, OPT_RECORD_NETWORK},
    {"run-dir", required_argument, NULL, OPT_RUN_DIR},
    {"max-retries", required_argument, NULL, OPT_MAX_RETRIES},
    {"browser", required_argument, NULL, OPT_BROWSER},
    {"headed", no_argument, NULL, OPT_HEADED},
    {"no-sandbox", no_argument, NULL, OPT_NO_SANDBOX},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"force", no_argument, NULL, OPT_FORCE},
    {"min-gap", required_argument, NULL, OPT_MIN_GAP},
    {"visit-timeout", required_argument, NULL, OPT_VISIT_TIMEOUT},
    {"batch-timeout", required_argument, NULL, OPT_BATCH_TIMEOUT},
    {"breaker", required_argument, NULL, OPT_BREAKER},
    {"metrics", required_argument, NULL, OPT_METRICS},
    {0},
};

static enum err_code take_option(int option, int argc, char **argv, struct run_arguments *a, struct err *err)
{
    switch (option) {
    case OPT_BASE_URL: a->has_base_url = true; return settings_set_base_url(&a->settings, optarg, err);
    case OPT_STATE: a->state_path = optarg; return ERR_OK;
    case OPT_RECORD: a->record_dir = optarg; return ERR_OK;
    case OPT_RECORD_NETWORK: a->record_network = true; return ERR_OK;
    case OPT_RUN_DIR: a->run_dir = optarg; return ERR_OK;
    case OPT_MAX_RETRIES: return command_number("--max-retries", optarg, 0, RETRIES_MAX, &a->settings.max_retries, err);
    case OPT_BROWSER: a->browser = optarg; return ERR_OK;
    case OPT_HEADED: a->settings.headed = true; return ERR_OK;
    case OPT_NO_SANDBOX: a->no_sandbox = true; return ERR_OK;
    case OPT_RESUME: a->resume = true; return ERR_OK;
    case OPT_FORCE: a->force = true; return ERR_OK;
    case OPT_METRICS: a->metrics_path = optarg; return ERR_OK;
    case OPT_MIN_GAP:
        return command_duration("--min-gap", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.min_gap, err);
    case OPT_VISIT_TIMEOUT:
        return command_duration("--visit-timeout", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.visit_timeout, err);
    case OPT_BATCH_TIMEOUT:
        return command_duration("--batch-timeout", optarg, SETTINGS_DURATION_MS_MAX, &a->settings.batch_timeout, err);
    case OPT_BREAKER:
        if (breaker_mode_parse(slice_of(optarg), &a->settings.breaker))
            return ERR_OK;
        return err_set(err, ERR_USAGE, "--breaker: auto, closed or open is needed");
    }
    return command_bad_option(option, argc, argv, "run", err);
}

static enum err_code require_arguments(const struct run_arguments *a, struct err *err)
{
    if (!a->batch_path)
        return err_set(err, ERR_USAGE, "run: which batch? revisit run BATCH.json --base-url URL --state STATE.json");
    if (!a->has_base_url)
        return err_set(err, ERR_USAGE, "run: --base-url is needed: the clinic's node, as https://node.example");
    if (!a->state_path)
        return err_set(err, ERR_USAGE, "run: --state is needed: the storage state of a logged-in session");
    const char *const paths[] = {a->batch_path, a->state_path, a->record_dir, a->run_dir, a->browser, a->metrics_path};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (paths[i] && paths[i][0] == '\0')
            return err_set(err, ERR_USAGE, "run: an empty path: each of BATCH, --state, --record, --run-dir, --browser and --metrics names one");
    if (a->record_dir && a->run_dir && strcmp(a->record_dir, a->run_dir) == 0)
        return err_set(err, ERR_USAGE, "run: --record and --run-dir need a directory each");
    if (a->record_network && !a->record_dir)
        return err_set(err, ERR_USAGE, "run: --record-network goes with --record DIR");
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
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;)
        TRY(take_option(option, argc, argv, a, err));
    if (optind < argc)
        a->batch_path = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_USAGE, "run: one batch at a time");
    return require_arguments(a, err);
}
