/* revisit doctor: is this machine fit for a run? Each thing that a run rests on is tried,
   and what is wrong is told with its remedy, before a batch meets it. */
#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/cli/doctor/look.h"
#include "engine/cli/manual/option.h"
#include "engine/policy/timeout.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum doctor_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/doctor.def"
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

static enum err_code take_option(enum doctor_option option, struct doctor *d, struct err *err)
{
    switch (option) {
    case DOCTOR_BASE_URL: d->wish.has_base_url = true; return settings_set_base_url(&d->wish.settings, optarg, err);
    case DOCTOR_STATE: return take_path("--state", optarg, &d->wish.state_path, err);
    case DOCTOR_KEY: return take_path("--key", optarg, &d->wish.key, err);
    case DOCTOR_RUN_DIR: return take_path("--run-dir", optarg, &d->wish.run_dir, err);
    case DOCTOR_BROWSER: return take_path("--browser", optarg, &d->wish.browser, err);
    case DOCTOR_HEADED: d->wish.settings.headed = true; return ERR_OK;
    case DOCTOR_NO_SANDBOX: d->wish.no_sandbox = true; return ERR_OK;
    case DOCTOR_JSON: d->json = true; return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code choose(const char *name, struct doctor *d, struct err *err)
{
    struct nearest near;
    nearest_init(&near, slice_of(name));
    for (size_t i = 0; i < SUBJECT_COUNT; i++) {
        nearest_try(&near, subjects[i].name);
        if (strcmp(subjects[i].name, name) == 0) {
            d->chosen[i] = true;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_USAGE, "doctor: '%s' is no subject: browser, libraries, kernel, directories, clock, site, key%s", name,
                   nearest_hint(&near, ""));
}

static enum err_code parse_arguments(int argc, char **argv, struct doctor *d, struct err *err)
{
    const char *browser = getenv("REVISIT_BROWSER");
    d->wish.browser = browser && browser[0] ? browser : NULL;
    d->wish.settings.multiplier_thousandths = MULTIPLIER_ONE;
    optind = 0;
    for (int option;;) {
        TRY(option_next("doctor", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum doctor_option)option, d, err));
    }
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
