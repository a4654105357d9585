/* The looks of `revisit doctor`: each does in earnest, and on a small scale, what a run
   would do - starts the browser, forbids itself the network, locks and syncs a file, asks
   the site - and leaves nothing behind. What it found is a finding; it never fails. */
#ifndef ENGINE_CLI_DOCTOR_LOOK_H
#define ENGINE_CLI_DOCTOR_LOOK_H

#include "engine/cli/doctor/finding.h"
#include "engine/cli/settings.h"

struct look_wish {
    const char *browser;    /* NULL: the usual names */
    const char *run_dir;    /* NULL: where runs are kept */
    const char *state_path; /* NULL: the site is asked without a session */
    const char *key;        /* NULL: none is looked at; as --key or --seal-to would name it */
    struct settings settings;
    bool has_base_url, no_sandbox;
};

#define X(name, function) void function(const struct look_wish *wish, struct findings *findings);
#include "engine/cli/doctor/subject.def"
#undef X

#endif
