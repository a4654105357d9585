#include "recorder/verify.h"

#include "recorder/reader.h"
#include "recorder/writer.h"

/* Method: a recording is written anew from the entries that are good, by the same
   writer that wrote the first one, so that what comes out is a recording like any
   other. The first line that is damaged, torn or out of sequence ends it. */

static enum err_code copy_entries(struct reader *reader, struct writer *writer, uint64_t *entries, struct err *err)
{
    struct err damage;
    struct entry entry;
    enum reader_found found;
    for (;;) {
        err_init(&damage);
        if (reader_next(reader, &entry, &found, &damage) != ERR_OK)
            return damage.code == ERR_ENV ? err_set(err, ERR_ENV, "%s", damage.text) : ERR_OK;
        if (found == READER_END || entry.head.n != *entries + 1)
            return ERR_OK;
        writer_add_line(writer, entry.kind, entry.text);
        TRY(writer_flush(writer, err));
        ++*entries;
    }
}

static enum err_code copy_session(const struct recording *recording, struct writer *writer,
                                  struct verify_report *report, struct err *err)
{
    struct reader reader;
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK)
        code = copy_entries(&reader, writer, &report->entries, err);
    report->torn_bytes = reader.size - reader.offset;
    reader_fini(&reader);
    return code;
}

/* Of a log that is not what the manifest says no line can be trusted: they have no
   checksums of their own. A killed recorder's is not listed, and is taken as it is. */
static enum err_code judge_events(const struct recording *recording, bool *ret_usable, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, RECORDING_EVENTS);
    struct file_digest found;
    bool usable = store_has(&recording->store, RECORDING_EVENTS);
    if (usable && listed) {
        TRY(store_digest(&recording->store, RECORDING_EVENTS, &found, err));
        usable = strcmp(found.sha256, listed->digest.sha256) == 0;
    }
    *ret_usable = usable;
    return ERR_OK;
}

/* Whole lines of the log. */
static enum err_code copy_events(const struct recording *recording, struct writer *writer, struct err *err)
{
    struct reader reader;
    struct slice line = {NULL, 0};
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_EVENTS, 0, 1, err);
    do {
        if (code == ERR_OK)
            code = reader_next_line(&reader, &line, err);
        if (code == ERR_OK && line.ptr)
            code = writer_event(writer, line, err);
    } while (code == ERR_OK && line.ptr);
    reader_fini(&reader);
    return code;
}

static enum err_code copy_all(const struct recording *recording, const char *to, struct verify_report *report,
                              struct err *err)
{
    struct writer writer;
    struct manifest manifest = recording->manifest;
    bool has_events = false;
    CLEANUP_STR struct str batch;
    str_init(&batch, RECORDING_BATCH_MAX);
    TRY(recording_batch_read(recording, &batch, err));
    struct writer_inputs inputs = {str_slice(&batch), str_slice(&recording->state), str_slice(&recording->journal)};
    manifest.network = false;
    TRY(writer_open(&writer, to, &manifest, &inputs, err));
    enum err_code code = copy_session(recording, &writer, report, err);
    if (code == ERR_OK)
        code = judge_events(recording, &has_events, err);
    if (code == ERR_OK && has_events)
        code = copy_events(recording, &writer, err);
    report->events_left_out = !has_events;
    if (code == ERR_OK)
        return writer_close(&writer, MANIFEST_CUT, err);
    writer_abandon(&writer);
    return code;
}

enum err_code recording_salvage(const char *path, const char *to, struct verify_report *ret_report,
                                struct recording_suspect *suspect, struct err *err)
{
    struct recording *recording = NULL;
    struct verify_report report = {.cut = true};
    TRY(recording_open(path, &recording, suspect, err));
    enum err_code code = copy_all(recording, to, &report, err);
    report.files = recording->manifest.file_count;
    recording_close(recording);
    if (code != ERR_OK)
        return err_wrap(err, "salvage %s", path);
    *ret_report = report;
    return ERR_OK;
}
