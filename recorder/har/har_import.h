/* A HAR made into a recording that holds requests and answers alone: network.ndjson in the
   words of the browser's own events, bodies/, and a state without cookies: answers are looked up
   without them, and the answers' own are set in the browser. It is a source for browser replay, and nothing else: its manifest
   requires the feature "network-only", by which a replay refuses it.

   Cookie values get stand-ins as in every recording; Authorization headers are left out. */
#ifndef RECORDER_HAR_IMPORT_H
#define RECORDER_HAR_IMPORT_H

#include "recorder/har/har_read.h"

struct har_import {
    const char *dir;       /* new or empty */
    const char *engine;    /* this program's version */
    struct slice settings; /* as a run at that site would have them */
    /* The bytes of a file that stands beside the HAR (Playwright's "attach"), into out; an
       error ends the import. */
    enum err_code (*attached)(void *ctx, struct slice name, struct str *out, struct err *err);
    void *ctx;
};

struct har_import_report {
    uint64_t requests, failed, without_body;
};

enum err_code har_import(const struct har *har, const struct har_import *options, struct har_import_report *ret_report,
                         struct err *err) MUST_USE;

#endif
