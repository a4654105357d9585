/* revisit doctor: is this machine fit for a run? Each thing that a run rests on is tried,
   and what is wrong is told with its remedy, before a batch meets it. */
#include "engine/cli/command.h"
#include "engine/cli/doctor/look.h"
#include "engine/policy/timeout.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: revisit doctor [SUBJECT...] [options]\n"
    "\n"
    "  revisit doctor\n"
    "  revisit doctor --base-url https://node.example --state state.json --run-dir /var/lib/revisit/monday\n"
    "  revisit doctor clock directories --json\n"
    "\n"
    "Tries what a run rests on, and says of each thing how it stands and what to do: browser (it is\n"
    "started, and opens a blank page), libraries, kernel, directories, clock, site. Subjects choose;\n"
    "all by default. Nothing is left behind, and of the site only its main page is asked for.\n"
    "\n"
    "  --base-url URL      also ask the site, as a run does before its batch\n"
    "  --state FILE        with the session of this storage state: is it still good?\n"
    "  --run-dir DIR       where runs will be kept (default: $XDG_STATE_HOME/revisit)\n"
    "  --browser PATH      the Chromium to start (also $REVISIT_BROWSER)\n"
    "  --headed            a browser that can show a window\n"
    "  --no-sandbox        as a run as root needs it\n"
    "  --json              one object on one line: findings[] with name, level (ok, warn, bad), what, remedy\n"
    "\n"
    "Exit status: 0 nothing would stop a run, 9 something would, 2 usage.\n";

enum { OPT_BASE_URL = 256, OPT_STATE, OPT_RUN_DIR, OPT_BROWSER, OPT_HEADED, OPT_NO_SANDBOX, OPT_JSON };

static const struct option OPTIONS[] = {
    {"base-url", required_argument, NULL, OPT_BASE_URL},
    {"state", required_argument, NULL, OPT_STATE},
    {"run-dir", required_argument, NULL, OPT_RUN_DIR},
    {"browser", required_argument, NULL, OPT_BROWSER},
    {"headed", no_argument, NULL, OPT_HEADED},
    {"no-sandbox", no_argument, NULL, OPT_NO_SANDBOX},
    {"json", no_argument, NULL, OPT_JSON},
    {0},
};

static const struct {
    const char *name;
    void (*look)(const struct look_wish *wish, struct findings *findings);
} subjects[] = {
#define X(name, function) {name, function},
#include "engine/cli/doctor/subject.def"
#undef X
};
#define SUBJECT_COUNT (sizeof subjects / sizeof *subjects)

struct doctor {
    struct look_wish wish;
    bool chosen[SUBJECT_COUNT];
    bool json;
    struct findings findings;
};

static enum err_code take_path(const char *option, const char *path, const char **ret_path, struct err *err)
{
    if (!path[0])
        return err_set(err, ERR_USAGE, "%s: an empty path names nothing", option);
    *ret_path = path;
    return ERR_OK;
}

static enum err_code take_option(int option, int argc, char **argv, struct doctor *d, struct err *err)
{
    switch (option) {
    case OPT_BASE_URL: d->wish.has_base_url = true; return settings_set_base_url(&d->wish.settings, optarg, err);
    case OPT_STATE: return take_path("--state", optarg, &d->wish.state_path, err);
    case OPT_RUN_DIR: return take_path("--run-dir", optarg, &d->wish.run_dir, err);
    case OPT_BROWSER: return take_path("--browser", optarg, &d->wish.browser, err);
    case OPT_HEADED: d->wish.settings.headed = true; return ERR_OK;
    case OPT_NO_SANDBOX: d->wish.no_sandbox = true; return ERR_OK;
    case OPT_JSON: d->json = true; return ERR_OK;
    }
    return command_bad_option(option, argc, argv, "doctor", err);
}

static enum err_code choose(const char *name, struct doctor *d, struct err *err)
{
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        if (strcmp(subjects[i].name, name) == 0) {
            d->chosen[i] = true;
            return ERR_OK;
        }
    return err_set(err, ERR_USAGE, "doctor: '%s' is no subject: browser, libraries, kernel, directories, clock, site", name);
}

static enum err_code parse_arguments(int argc, char **argv, struct doctor *d, struct err *err)
{
    const char *browser = getenv("REVISIT_BROWSER");
    d->wish.browser = browser && browser[0] ? browser : NULL;
    d->wish.settings.multiplier_thousandths = MULTIPLIER_ONE;
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;)
        TRY(take_option(option, argc, argv, d, err));
    bool all = optind == argc;
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        d->chosen[i] = all;
    for (int i = optind; i < argc; i++)
        TRY(choose(argv[i], d, err));
    if (d->wish.state_path && !d->wish.has_base_url)
        return err_set(err, ERR_USAGE, "doctor: --state goes with --base-url: cookies are of a host");
    return ERR_OK;
}

int command_doctor(int argc, char **argv, struct err *err)
{
    static struct doctor d; /* static: it is large, and there is one */
    CLEANUP_STR struct str out;
    str_init(&out, (size_t)1 << 20);
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return 0;
    }
    if (parse_arguments(argc, argv, &d, err) != ERR_OK)
        return 0;
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        if (d.chosen[i])
            subjects[i].look(&d.wish, &d.findings);
    if (d.json)
        findings_format_json(&d.findings, &out);
    else
        findings_print(&d.findings, &out);
    fputs(str_text(&out), stdout);
    int status = findings_status(&d.findings);
    findings_fini(&d.findings);
    return status;
}
