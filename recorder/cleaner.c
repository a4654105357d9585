#include "recorder/cleaner.h"

#include "recorder/recording.h"

#include <stdlib.h>

void cleaner_init(struct cleaner *cleaner)
{
    *cleaner = (struct cleaner){0};
    str_init(&cleaner->batch, RECORDING_BATCH_MAX);
    str_init(&cleaner->state, RECORDING_STATE_MAX);
    str_init(&cleaner->journal, RECORDING_JOURNAL_MAX);
}

void cleaner_fini(struct cleaner *cleaner)
{
    redact_free(cleaner->redact);
    phi_map_free(cleaner->map);
    free(cleaner->kinds);
    str_fini(&cleaner->batch);
    str_fini(&cleaner->state);
    str_fini(&cleaner->journal);
    cleaner_init(cleaner);
}

static enum err_code fail_memory(struct err *err)
{
    return err_set(err, ERR_ENV, "there is no memory to keep identities out of the recording");
}

static enum err_code open_rules(struct cleaner *cleaner, bool network, uint32_t room, struct err *err)
{
    if (phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &cleaner->map, err) != ERR_OK)
        return err_wrap(err, "phi.map");
    cleaner->redact = redact_new(cleaner->map, NULL);
    if (cleaner->redact && room)
        redact_limit(cleaner->redact, room);
    if (network)
        cleaner->kinds = calloc(1, sizeof *cleaner->kinds);
    return cleaner->redact && (cleaner->kinds || !network) ? ERR_OK : fail_memory(err);
}

enum err_code cleaner_open(struct cleaner *cleaner, const struct record_inputs *inputs, struct slice state, struct err *err)
{
    TRY(open_rules(cleaner, inputs->network, inputs->room, err));
    redact_site(cleaner->redact, inputs->settings);
    redact_wall(cleaner->redact, inputs->wall_us);
    str_add(&cleaner->batch, inputs->batch);
    str_add(&cleaner->state, state);
    str_add(&cleaner->journal, inputs->journal);
    if (str_full(&cleaner->batch) || str_full(&cleaner->state) || str_full(&cleaner->journal))
        return fail_memory(err);
    TRY(redact_run_batch(cleaner->redact, cleaner->batch.ptr, cleaner->batch.len, inputs->plan, NULL, err));
    redact_state(cleaner->redact, cleaner->state.ptr, cleaner->state.len);
    redact_journal(cleaner->redact, cleaner->journal.ptr, cleaner->journal.len);
    return cleaner_is_full(cleaner) ? fail_memory(err) : ERR_OK;
}

void cleaner_entry(struct cleaner *cleaner, struct writer *writer)
{
    size_t len = 0;
    char *line = cleaner->redact ? writer_last(writer, &len) : NULL;
    if (!line)
        return;
    if (!redact_line(cleaner->redact, line, len))
        cleaner->missed = true;
    writer_changed(writer);
}

void cleaner_network_entry(struct cleaner *cleaner, struct writer *writer)
{
    static const struct slice event = SLICE(",\"event\":");
    size_t len = 0;
    char *line = cleaner->redact ? writer_network_last(writer, &len) : NULL;
    if (!line)
        return;
    const char *value = slice_find((struct slice){line, len}, event);
    if (value)
        body_kinds_note(cleaner->kinds, (struct slice){value + event.len, len - (size_t)(value + event.len - line)});
    if (!redact_line(cleaner->redact, line, len))
        cleaner->missed = true;
}

bool cleaner_body(struct cleaner *cleaner, struct slice request_id, char *body, size_t len)
{
    if (!cleaner->redact)
        return true;
    const struct body_kind *kind = body_kinds_find(cleaner->kinds, request_id);
    return redact_body(cleaner->redact, kind ? slice_of(kind->media) : SLICE("?"), kind ? slice_of(kind->path) : SLICE("?"), body, len);
}

void cleaner_event(struct cleaner *cleaner, char *line, size_t len)
{
    if (cleaner->redact)
        redact_event(cleaner->redact, line, len);
}

bool cleaner_is_full(const struct cleaner *cleaner)
{
    return cleaner->redact && (cleaner->missed || redact_is_full(cleaner->redact));
}
