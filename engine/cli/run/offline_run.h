/* revisit run --replay-network: what takes the place of the site. The recording gives the
   base URL and the session's cookies, and answers every request (recorder/offline). */
#ifndef ENGINE_CLI_OFFLINE_RUN_H
#define ENGINE_CLI_OFFLINE_RUN_H

#include "engine/cli/settings.h"
#include "engine/live/live.h"
#include "recorder/offline/offline.h"

struct offline_run {
    const char *path; /* NULL: the run is a live one */
    bool virtual_time;
    char place[4096]; /* offline_run_place() */
    struct recording *recording;
    struct offline *offline;
};

/* The default directory of such a run, beside those of live ones and under another name, so
   that neither is ever taken for the other: <batchId>-offline-<n>. */
enum err_code offline_run_place(struct slice batch_id, char *ret_path, size_t size, struct err *err) MUST_USE;
/* Opens the recording, puts its site into settings and its storage state into ret_state
   (initialised by the caller). Errors name the recording. */
enum err_code offline_run_open(struct offline_run *run, struct settings *settings, struct str *ret_state, struct err *err) MUST_USE;
/* The wire over the live one; says on stderr what the browser has instead of a network. */
enum err_code offline_run_begin(struct offline_run *run, struct live *live, struct wire **ret_wire, struct err *err) MUST_USE;
/* Says on stderr how the requests were answered. */
void offline_run_tell(const struct offline_run *run);
void offline_run_close(struct offline_run *run);

#endif
