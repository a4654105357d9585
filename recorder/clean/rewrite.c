#include "recorder/clean/rewrite.h"

#include "recorder/pack.h"
#include "recorder/redact/body_kind.h"
#include "recorder/redact/redact_entry.h"
#include "recorder/writer.h"

#include <stdlib.h>

/* Method: inputs first, because the batch says who is in it; then the session line by line, each in
   a copy that keeps its length; then the event log and the network. */

struct rewriting {
    const struct rewrite *options;
    struct recording *recording;
    struct redact *redact;
    struct writer writer;
    struct body_kinds *kinds; /* owned */
    struct str batch, state, journal, line, body;
};

static enum err_code fail_full(struct err *err)
{
    return err_set(err, ERR_ENV, "there is no memory, or no room in the codebook, for all that is to be replaced");
}

/* Due after all that was redacted and before any of it is written: what there was no room for stands as it was. */
static enum err_code need_all(const struct rewriting *r, struct err *err)
{
    return redact_is_full(r->redact) ? fail_full(err) : ERR_OK;
}

/* Numbers are trusted to be stand-ins where a certificate says so, and no further. */
static bool was_certified(const struct manifest *manifest)
{
    return manifest->certificate.rules[0] && manifest->certificate.findings == 0 && strcmp(manifest->redaction, REDACTION_ALL) == 0;
}

static enum err_code clean_inputs(struct rewriting *r, struct err *err)
{
    const struct manifest *manifest = &r->recording->manifest;
    redact_site(r->redact, str_slice(&manifest->settings));
    redact_wall(r->redact, manifest->wall_us);
    if (was_certified(manifest))
        redact_trust(r->redact);
    TRY(recording_batch_read(r->recording, &r->batch, err));
    TRY(redact_run_batch(r->redact, r->batch.ptr, r->batch.len, r->options->plan, r->options->ctx, err));
    str_add(&r->state, str_slice(&r->recording->state));
    str_add(&r->journal, str_slice(&r->recording->journal));
    if (str_full(&r->state) || str_full(&r->journal))
        return fail_full(err);
    redact_state(r->redact, r->state.ptr, r->state.len);
    redact_journal(r->redact, r->journal.ptr, r->journal.len);
    return need_all(r, err);
}

static enum err_code open_new(struct rewriting *r, struct err *err)
{
    struct manifest manifest = r->recording->manifest;
    struct writer_inputs inputs = {str_slice(&r->batch), str_slice(&r->state), str_slice(&r->journal)};
    manifest.packed = false;
    manifest.certificate = (struct manifest_certificate){0};
    if (!text_format(manifest.redaction, sizeof manifest.redaction, REDACTION_ALL))
        return err_set(err, ERR_INTERNAL, "the name of the redaction is too long");
    return writer_open(&r->writer, r->options->new_path, &manifest, &inputs, err);
}

/* A copy of the line to work on. */
static char *copy_line(struct rewriting *r, struct slice text)
{
    str_clear(&r->line);
    str_add(&r->line, text);
    return str_full(&r->line) ? NULL : r->line.ptr;
}

static enum err_code clean_entry(struct rewriting *r, const struct entry *entry, struct err *err)
{
    char *line = copy_line(r, entry->text);
    if (!line)
        return fail_full(err);
    bool whole = redact_line(r->redact, line, r->line.len);
    TRY(need_all(r, err));
    return whole ? ERR_OK : err_set(err, ERR_INTERNAL, "an entry that was read cannot be read again");
}

static enum err_code clean_session(struct rewriting *r, struct reader *reader, struct err *err)
{
    struct entry entry;
    enum reader_found found;
    for (;;) {
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_END)
            return ERR_OK;
        TRY(clean_entry(r, &entry, err));
        writer_add_line(&r->writer, entry.kind, str_slice(&r->line));
        TRY(writer_flush(&r->writer, err));
    }
}

static enum err_code clean_events(struct rewriting *r, struct reader *reader, struct err *err)
{
    struct slice text;
    for (;;) {
        TRY(reader_next_line(reader, &text, err));
        if (!text.ptr)
            return ERR_OK;
        char *line = copy_line(r, text);
        if (!line)
            return fail_full(err);
        redact_event(r->redact, line, r->line.len);
        TRY(need_all(r, err));
        TRY(writer_event(&r->writer, str_slice(&r->line), err));
    }
}

/* The body that the line tells of; the line is made anew with the clean one's name. */
static enum err_code clean_body(struct rewriting *r, const struct entry *entry, struct err *err)
{
    char name[96], sha256[FILE_SHA256_TEXT];
    struct slice request = slice_quoted_after(entry->value, SLICE("\"requestId\":\""));
    struct slice old = slice_quoted_after(entry->value, SLICE("\"sha256\":\""));
    if (!copy_line(r, entry->text))
        return fail_full(err);
    if (old.len + 1 != FILE_SHA256_TEXT || slice_find(entry->value, SLICE("\"dropped\":")))
        return ERR_OK;
    if (!text_format(name, sizeof name, "%s/%.*s", RECORDING_BODIES, SLICE_ARG(old)))
        return err_set(err, ERR_INPUT, "network.ndjson: a body has no name");
    str_clear(&r->body);
    TRY(store_read(&r->recording->store, name, &r->body, err));
    const struct body_kind *kind = body_kinds_find(r->kinds, request);
    if (!redact_body(r->redact, kind ? slice_of(kind->media) : SLICE("?"), kind ? slice_of(kind->path) : SLICE("?"),
                     r->body.ptr, r->body.len)) {
        r->line.len -= 2; /* the braces of value and line */
        str_add(&r->line, SLICE(",\"dropped\":true}}"));
        entry_seal(r->line.ptr, r->line.len);
        return ERR_OK;
    }
    TRY(need_all(r, err));
    TRY(bodies_put(&r->writer.bodies, str_slice(&r->body), sha256, err));
    memcpy(r->line.ptr + (old.ptr - entry->text.ptr), sha256, old.len);
    entry_seal(r->line.ptr, r->line.len);
    return ERR_OK;
}

static enum err_code clean_network(struct rewriting *r, struct reader *reader, struct err *err)
{
    struct entry entry;
    enum reader_found found;
    for (;;) {
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_END)
            return ERR_OK;
        if (entry.kind == ENTRY_EVENT && !entry.base64)
            body_kinds_note(r->kinds, entry.value);
        if (entry.kind == ENTRY_BODY)
            TRY(clean_body(r, &entry, err));
        else
            TRY(clean_entry(r, &entry, err));
        writer_add_network_line(&r->writer, str_slice(&r->line));
        TRY(writer_flush(&r->writer, err));
    }
}

static enum err_code clean_stream(struct rewriting *r, const char *name,
                                  enum err_code (*clean)(struct rewriting *, struct reader *, struct err *), struct err *err)
{
    struct reader reader;
    enum err_code code = reader_open(&reader, &r->recording->store, name, 0, 1, err);
    if (code == ERR_OK)
        code = clean(r, &reader, err);
    reader_fini(&reader);
    return code;
}

static enum err_code clean_streams(struct rewriting *r, struct err *err)
{
    TRY(clean_stream(r, RECORDING_SESSION, clean_session, err));
    if (store_has(&r->recording->store, RECORDING_EVENTS))
        TRY(clean_stream(r, RECORDING_EVENTS, clean_events, err));
    if (r->recording->manifest.network)
        TRY(clean_stream(r, RECORDING_NETWORK, clean_network, err));
    return need_all(r, err);
}

static enum err_code run(struct rewriting *r, struct err *err)
{
    TRY(clean_inputs(r, err));
    TRY(open_new(r, err));
    if (clean_streams(r, err) != ERR_OK) {
        writer_discard(&r->writer, r->options->new_path);
        return err->code;
    }
    enum manifest_status status = r->recording->manifest.status;
    if (status == MANIFEST_OPEN) {
        writer_abandon(&r->writer);
        return ERR_OK;
    }
    return writer_close(&r->writer, status, err);
}

static void init(struct rewriting *r, const struct rewrite *options)
{
    *r = (struct rewriting){.options = options, .kinds = calloc(1, sizeof *r->kinds)};
    r->redact = redact_new(options->map, options->seed);
    if (r->redact && options->room)
        redact_limit(r->redact, options->room);
    str_init(&r->batch, RECORDING_BATCH_MAX);
    str_init(&r->state, RECORDING_STATE_MAX);
    str_init(&r->journal, RECORDING_JOURNAL_MAX);
    str_init(&r->line, ENTRY_LINE_MAX);
    str_init(&r->body, ENTRY_LINE_MAX);
}

static void fini(struct rewriting *r)
{
    redact_free(r->redact);
    free(r->kinds);
    str_fini(&r->batch);
    str_fini(&r->state);
    str_fini(&r->journal);
    str_fini(&r->line);
    str_fini(&r->body);
    recording_close(r->recording);
}

enum err_code recording_redact(const struct rewrite *options, struct redact_counts *ret_counts,
                               struct recording_suspect *suspect, struct err *err)
{
    struct rewriting r;
    bool packed = false;
    init(&r, options);
    enum err_code code = r.redact && r.kinds ? ERR_OK : fail_full(err);
    if (code == ERR_OK)
        code = recording_open(options->path, &r.recording, suspect, err);
    if (code == ERR_OK) {
        packed = r.recording->manifest.packed;
        code = run(&r, err);
        if (code != ERR_OK)
            (void)err_wrap(err, "recording %s", options->path);
    }
    if (code == ERR_OK)
        *ret_counts = redact_counts(r.redact);
    fini(&r);
    return code == ERR_OK && packed ? recording_pack(options->new_path, suspect, err) : code;
}
