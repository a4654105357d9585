#include "recorder/verify.h"

#include "recorder/bodies.h"
#include "recorder/reader.h"

#include <string.h>

/* Method: the streams first, because they can say in which line the damage is; then
   every file as a whole, because a line that was taken out, put in or put elsewhere is
   damage too although each line is good. */

static enum err_code check_sequence(const struct reader *reader, const struct entry *entry, uint64_t want,
                                    struct err *err)
{
    if (entry->head.n == want)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s:%llu: entry %llu stands where entry %llu should", reader->name,
                   (unsigned long long)reader->line, (unsigned long long)entry->head.n, (unsigned long long)want);
}

static enum err_code read_lines(struct reader *reader, uint64_t *entries, struct err *err)
{
    struct entry entry;
    enum reader_found found;
    for (;;) {
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_END)
            return ERR_OK;
        TRY(check_sequence(reader, &entry, *entries + 1, err));
        ++*entries;
    }
}

/* All lines of a stream of entries; their number, and what is torn behind them. */
static enum err_code check_stream(const struct recording *recording, const char *name, uint64_t *ret_entries,
                                  uint64_t *ret_torn_bytes, uint64_t *ret_size, struct err *err)
{
    struct reader reader;
    *ret_entries = 0;
    enum err_code code = reader_open(&reader, &recording->store, name, 0, 1, err);
    if (code == ERR_OK)
        code = read_lines(&reader, ret_entries, err);
    *ret_torn_bytes = reader_torn_bytes(&reader);
    *ret_size = reader.size;
    reader_fini(&reader);
    return code;
}

static enum err_code check_session(const struct recording *recording, struct verify_report *report, struct err *err)
{
    const struct manifest *manifest = &recording->manifest;
    const struct manifest_file *listed = manifest_find(manifest, RECORDING_SESSION);
    uint64_t size = 0;
    TRY(check_stream(recording, RECORDING_SESSION, &report->entries, &report->torn_bytes, &size, err));
    if (manifest->status == MANIFEST_OPEN)
        return ERR_OK;
    if (report->entries < manifest->counts.entries && (!listed || size < listed->digest.size_bytes))
        return err_set(err, ERR_INPUT, "%s: cut after entry %llu of %llu; --salvage keeps the first %llu",
                       RECORDING_SESSION, (unsigned long long)report->entries,
                       (unsigned long long)manifest->counts.entries, (unsigned long long)report->entries);
    if (report->torn_bytes)
        return err_set(err, ERR_INTEGRITY, "%s:%llu: the last line has no end", RECORDING_SESSION,
                       (unsigned long long)report->entries + 1);
    return ERR_OK;
}

static enum err_code check_file(const struct recording *recording, const struct manifest_file *listed, struct err *err)
{
    struct file_digest found;
    /* packed, its lines were checked one by one, and the packed file is listed too */
    if (recording->manifest.packed && strcmp(listed->name, RECORDING_SESSION) == 0)
        return ERR_OK;
    TRY(store_digest(&recording->store, listed->name, &found, err));
    if (strcmp(found.sha256, listed->digest.sha256) == 0)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: bad SHA-256 (want %.12s..., got %.12s...): damaged or edited", listed->name,
                   listed->digest.sha256, found.sha256);
}

/* What unpacking says of a damaged file may be anything: when the file has its listed
   size and another digest, it is damage. */
static enum err_code blame_packed(const struct recording *recording, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, RECORDING_SESSION_PACKED);
    struct err digest;
    struct file_digest found;
    err_init(&digest);
    if (listed && store_digest(&recording->store, listed->name, &found, &digest) == ERR_OK &&
        found.size_bytes == listed->digest.size_bytes && check_file(recording, listed, &digest) == ERR_INTEGRITY)
        *err = digest;
    return err->code;
}

static enum err_code check_network(const struct recording *recording, struct verify_report *report, struct err *err)
{
    uint64_t entries = 0, torn = 0, size = 0, bodies = 0;
    if (!recording->manifest.network)
        return ERR_OK;
    TRY(check_stream(recording, RECORDING_NETWORK, &entries, &torn, &size, err));
    TRY(bodies_check(&recording->store, &bodies, err));
    report->files += bodies;
    if (recording->manifest.status == MANIFEST_CLOSED && bodies != recording->manifest.counts.bodies)
        return err_set(err, ERR_INTEGRITY, "%s: has %llu files, the manifest says %llu", RECORDING_BODIES,
                       (unsigned long long)bodies, (unsigned long long)recording->manifest.counts.bodies);
    return ERR_OK;
}

static enum err_code check_all(const struct recording *recording, struct verify_report *report, struct err *err)
{
    enum err_code session = check_session(recording, report, err);
    if (session != ERR_OK)
        return recording->manifest.packed ? blame_packed(recording, err) : session;
    TRY(check_network(recording, report, err));
    for (size_t i = 0; i < recording->manifest.file_count; i++)
        TRY(check_file(recording, &recording->manifest.files[i], err));
    report->files += recording->manifest.file_count + 1;
    return ERR_OK;
}

enum err_code recording_verify(const char *path, struct verify_report *ret_report, struct recording_suspect *suspect,
                               struct err *err)
{
    struct recording *recording = NULL;
    struct verify_report report = {0};
    TRY(recording_open_manifest(path, &recording, suspect, err));
    report.cut = recording_is_cut(recording);
    enum err_code code = check_all(recording, &report, err);
    recording_close(recording);
    if (code != ERR_OK)
        return err_wrap(err, "recording %s", path);
    *ret_report = report;
    return ERR_OK;
}
