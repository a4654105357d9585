#include "recorder/clean/check.h"

#include "recorder/redact/body_kind.h"
#include "recorder/redact/redact_entry.h"

#include <stdlib.h>

/* Method: the redactor with its knife taken away (redact_scan()): what it would replace, although all that
   is reserved is left alone, is a finding. */

struct checking {
    struct recording *recording;
    struct redact *redact;
    struct body_kinds *kinds; /* owned */
    struct check_report *report;
    struct redact_counts seen; /* counted up to the last place */
    struct str text;
    struct str named; /* the names of the bodies that were looked at by what a line says of them, one after another */
};

static void note_place(struct checking *c, const char *file, uint64_t line)
{
    struct redact_counts now = redact_counts(c->redact);
    struct check_report *report = c->report;
    struct check_place place = {.line = line};
    bool any = false;
    for (size_t i = 0; i < REDACT_KINDS; i++) {
        place.found[i] = now.replaced[i] - c->seen.replaced[i];
        report->found[i] += place.found[i];
        report->certificate.findings += place.found[i];
        any = any || place.found[i];
    }
    c->seen = now;
    if (!any)
        return;
    if (report->place_count < CHECK_PLACES_MAX && text_format(place.file, sizeof place.file, "%s", file))
        report->places[report->place_count] = place;
    report->place_count++;
}

static enum err_code fail_memory(struct err *err)
{
    return err_set(err, ERR_ENV, "there is no memory to look through it");
}

static enum err_code take_text(struct checking *c, struct slice text, struct err *err)
{
    str_clear(&c->text);
    str_add(&c->text, text);
    c->report->certificate.size_bytes += text.len;
    return str_full(&c->text) ? fail_memory(err) : ERR_OK;
}

static enum err_code check_inputs(struct checking *c, struct err *err)
{
    const struct recording *recording = c->recording;
    str_clear(&c->text);
    TRY(recording_batch_read(recording, &c->text, err));
    c->report->certificate.size_bytes += c->text.len;
    redact_batch(c->redact, c->text.ptr, c->text.len);
    note_place(c, RECORDING_BATCH, 0);
    TRY(take_text(c, str_slice(&recording->state), err));
    redact_state(c->redact, c->text.ptr, c->text.len);
    note_place(c, RECORDING_STATE, 0);
    TRY(take_text(c, str_slice(&recording->journal), err));
    redact_journal(c->redact, c->text.ptr, c->text.len);
    note_place(c, RECORDING_JOURNAL, 0);
    return ERR_OK;
}

static enum err_code read_body(struct checking *c, const char *name, struct err *err)
{
    str_clear(&c->text);
    TRY(store_read(&c->recording->store, name, &c->text, err));
    c->report->certificate.size_bytes += c->text.len;
    return ERR_OK;
}

static enum err_code check_body(struct checking *c, const struct entry *entry, struct err *err)
{
    char name[96];
    struct slice request = slice_quoted_after(entry->value, SLICE("\"requestId\":\""));
    struct slice sha256 = slice_quoted_after(entry->value, SLICE("\"sha256\":\""));
    if (sha256.len == 0 || slice_find(entry->value, SLICE("\"dropped\":")))
        return ERR_OK;
    if (!text_format(name, sizeof name, "%s/%.*s", RECORDING_BODIES, SLICE_ARG(sha256)))
        return err_set(err, ERR_INPUT, "network.ndjson: a body has no name");
    str_add(&c->named, slice_of(name));
    TRY(read_body(c, name, err));
    const struct body_kind *kind = body_kinds_find(c->kinds, request);
    if (!redact_body(c->redact, kind ? slice_of(kind->media) : SLICE("?"), kind ? slice_of(kind->path) : SLICE("?"), c->text.ptr,
                     c->text.len))
        redact_text(c->redact, REDACT_ALL, c->text.ptr, c->text.len);
    note_place(c, name, 0);
    return ERR_OK;
}

static enum err_code check_entry(struct checking *c, const struct entry *entry, struct err *err)
{
    TRY(take_text(c, entry->text, err));
    char *line = c->text.ptr;
    if (entry->kind == ENTRY_EVENT && !entry->base64)
        body_kinds_note(c->kinds, entry->value);
    redact_entry(c->redact, entry->kind, entry->base64, line + (entry->value.ptr - entry->text.ptr), entry->value.len);
    return ERR_OK;
}

static enum err_code check_entries(struct checking *c, const char *name, struct reader *reader, struct err *err)
{
    struct entry entry;
    enum reader_found found;
    for (;;) {
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_END)
            return ERR_OK;
        TRY(check_entry(c, &entry, err));
        note_place(c, name, entry.line);
        if (entry.kind == ENTRY_BODY)
            TRY(check_body(c, &entry, err));
    }
}

static enum err_code check_events(struct checking *c, const char *name, struct reader *reader, struct err *err)
{
    struct slice text;
    for (uint64_t line = 1;; line++) {
        TRY(reader_next_line(reader, &text, err));
        if (!text.ptr)
            return ERR_OK;
        TRY(take_text(c, text, err));
        redact_event(c->redact, c->text.ptr, c->text.len);
        note_place(c, name, line);
    }
}

static enum err_code check_stream(struct checking *c, const char *name,
                                  enum err_code (*check)(struct checking *, const char *, struct reader *, struct err *),
                                  struct err *err)
{
    struct reader reader;
    enum err_code code = reader_open(&reader, &c->recording->store, name, 0, 1, err);
    if (code == ERR_OK)
        code = check(c, name, &reader, err);
    reader_fini(&reader);
    return code;
}

/* A body that no line tells of: nobody says what it is. */
static enum err_code check_unnamed(void *ctx, const char *path, struct err *err)
{
    struct checking *c = ctx;
    if (slice_find(str_slice(&c->named), slice_of(path)))
        return ERR_OK;
    TRY(read_body(c, path, err));
    redact_text(c->redact, REDACT_ALL, c->text.ptr, c->text.len);
    note_place(c, path, 0);
    return ERR_OK;
}

static enum err_code check_network(struct checking *c, struct err *err)
{
    TRY(check_stream(c, RECORDING_NETWORK, check_entries, err));
    if (str_full(&c->named))
        return fail_memory(err);
    return store_each(&c->recording->store, RECORDING_BODIES, check_unnamed, c, err);
}

/* The manifest's texts are of those that the rules keep, as the event log's are: the batch's own name, settings, versions. They
   are looked at for what is known. */
static enum err_code check_manifest(struct checking *c, struct err *err)
{
    const struct manifest *manifest = &c->recording->manifest;
    const struct slice texts[] = {slice_of(manifest->predecessor), slice_of(manifest->slice), slice_of(manifest->browser),
                                  str_slice(&manifest->settings)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        str_clear(&c->text);
        str_add(&c->text, texts[i]);
        if (str_full(&c->text))
            return fail_memory(err);
        redact_text(c->redact, REDACT_KNOWN, c->text.ptr, c->text.len);
    }
    note_place(c, RECORDING_MANIFEST, 0);
    return ERR_OK;
}

static enum err_code check_all(struct checking *c, struct err *err)
{
    const struct manifest *manifest = &c->recording->manifest;
    redact_site(c->redact, str_slice(&manifest->settings));
    if (c->report->redacted)
        redact_trust(c->redact);
    redact_scan(c->redact);
    TRY(check_inputs(c, err));
    TRY(check_stream(c, RECORDING_SESSION, check_entries, err));
    if (store_has(&c->recording->store, RECORDING_EVENTS))
        TRY(check_stream(c, RECORDING_EVENTS, check_events, err));
    if (manifest->network)
        TRY(check_network(c, err));
    TRY(check_manifest(c, err));
    return redact_is_full(c->redact) ? fail_memory(err) : ERR_OK;
}

static enum err_code keep_certificate(struct recording *recording, const struct check_report *report, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, MANIFEST_BYTES_MAX);
    struct manifest_certificate none = {0};
    recording->manifest.certificate = report->certificate.findings ? none : report->certificate;
    TRY(manifest_format(&recording->manifest, &text, err));
    return file_replace(recording->store.dir_fd, RECORDING_MANIFEST, str_slice(&text), err);
}

static enum err_code check(struct checking *c, bool keep, struct err *err)
{
    if (c->recording->manifest.status == MANIFEST_OPEN && keep)
        return err_set(err, ERR_USAGE, "is still open, or its run was killed: `revisit recording verify --salvage` makes it one that can be certified");
    TRY(check_all(c, err));
    c->report->kept = keep && !c->recording->store.sealed;
    return c->report->kept ? keep_certificate(c->recording, c->report, err) : ERR_OK;
}

enum err_code recording_check(const char *path, const struct phi_map *map, bool keep, struct check_report *ret_report,
                              struct recording_suspect *suspect, struct err *err)
{
    *ret_report = (struct check_report){0};
    struct checking c = {.kinds = calloc(1, sizeof *c.kinds), .redact = redact_new(map, NULL), .report = ret_report};
    str_init(&c.text, ENTRY_LINE_MAX);
    str_init(&c.named, ENTRY_LINE_MAX);
    ASSERT(text_format(ret_report->certificate.rules, sizeof ret_report->certificate.rules, "%s", phi_map_hash(map)));
    enum err_code code = c.kinds && c.redact ? ERR_OK : fail_memory(err);
    if (code == ERR_OK)
        code = recording_open(path, &c.recording, suspect, err);
    if (code == ERR_OK) {
        ret_report->redacted = strcmp(c.recording->manifest.redaction, REDACTION_ALL) == 0;
        code = check(&c, keep, err);
        if (code != ERR_OK)
            (void)err_wrap(err, "recording %s", path);
    }
    recording_close(c.recording);
    redact_free(c.redact);
    free(c.kinds);
    str_fini(&c.text);
    str_fini(&c.named);
    return code;
}

enum err_code recording_require_clean(const struct recording *recording, const struct phi_map *map, struct err *err)
{
    const struct manifest_certificate *certificate = &recording->manifest.certificate;
    if (!certificate->rules[0] || certificate->findings)
        return err_set(err, ERR_INTEGRITY, "carries no certificate that it is clean: `revisit recording check` gives it one");
    if (strcmp(certificate->rules, phi_map_hash(map)) != 0)
        return err_set(err, ERR_INTEGRITY,
                       "was found clean by other rules (%.12s..., these are %.12s...): `revisit recording check` looks again",
                       certificate->rules, phi_map_hash(map));
    return ERR_OK;
}
