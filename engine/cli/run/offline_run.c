#include "engine/cli/run/offline_run.h"

#include "engine/cli/run/run_root.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"

#include <stdio.h>

/* Of the recorded settings the site alone counts: the rest is said by the command line. */
static enum err_code take_site(const struct recording *recording, struct settings *settings, struct err *err)
{
    struct settings recorded;
    TRY(settings_parse(str_slice(&recording->manifest.settings), &recorded, err));
    memcpy(settings->base_url, recorded.base_url, sizeof settings->base_url);
    memcpy(settings->host, recorded.host, sizeof settings->host);
    return ERR_OK;
}

enum err_code offline_run_open(struct offline_run *run, struct settings *settings, struct str *ret_state, struct err *err)
{
    static struct recording_suspect suspect;
    if (recording_open_manifest(run->path, &run->recording, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    enum err_code code = take_site(run->recording, settings, err);
    if (code == ERR_OK)
        code = recording_read_input(run->recording, RECORDING_STATE, ret_state, err);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "recording %s", run->path);
}

enum err_code offline_run_place(struct slice batch_id, char *ret_path, size_t size, struct err *err)
{
    struct run_root root;
    char name[BATCH_ID_MAX + 16];
    if (!text_format(name, sizeof name, "%.*s-offline", SLICE_ARG(batch_id)))
        return err_set(err, ERR_INPUT, "the batch's id is too long for a directory: give --run-dir");
    TRY(run_root_find(slice_of(name), &root, err));
    return run_root_name(&root, slice_of(name), root.last + 1, ret_path, size, err);
}

static const char *what_it_has(enum network_off network_off)
{
    switch (network_off) {
    case NETWORK_OFF_NAMESPACE: return "a network namespace of its own, with nothing in it";
    case NETWORK_OFF_USER_NAMESPACE: return "a user and a network namespace of its own, with nothing in it";
    case NETWORK_OFF_FLAGS:
        return "no name that resolves and a proxy that is nowhere, by its own flags: the kernel permits no network namespace here";
    case NETWORK_ON: return "the network";
    }
    return "";
}

enum err_code offline_run_begin(struct offline_run *run, struct live *live, struct wire **ret_wire, struct err *err)
{
    struct offline_options options = {.inner = live_wire(live), .recording = run->recording, .virtual_time = run->virtual_time};
    if (offline_open(&options, &run->offline, err) != ERR_OK)
        return err_wrap(err, "recording %s", run->path);
    fprintf(stderr, "revisit: browser replay: every request is answered from %s; the browser has %s\n", shown(run->path),
            what_it_has(live_network_off(live)));
    *ret_wire = offline_wire(run->offline);
    return ERR_OK;
}

void offline_run_tell(const struct offline_run *run)
{
    if (!run->offline)
        return;
    struct offline_counts c = offline_counts(run->offline);
    fprintf(stderr, "revisit: browser replay: %llu requests answered (%llu are recorded; how many a page makes depends on when it is "
                    "left), %llu of them once more, %llu with another clock, number or token than recorded, %llu as failures",
            (unsigned long long)c.answered, (unsigned long long)c.recorded, (unsigned long long)c.repeated, (unsigned long long)c.explained,
            (unsigned long long)c.failed);
    if (c.held)
        fprintf(stderr, "; %llu were left without an answer, as recorded", (unsigned long long)c.held);
    if (c.emptied)
        fprintf(stderr, "; %llu had a body that redaction left out: it was given empty", (unsigned long long)c.emptied);
    if (c.stopped)
        fprintf(stderr, "; %llu after the stop were refused, for the recorded run went on there", (unsigned long long)c.stopped);
    if (c.icons)
        fprintf(stderr, "; %llu wishes of the browser for an icon were refused", (unsigned long long)c.icons);
    fputc('\n', stderr);
}

void offline_run_close(struct offline_run *run)
{
    offline_close(run->offline);
    recording_close(run->recording);
    run->offline = NULL;
    run->recording = NULL;
}
