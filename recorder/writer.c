#include "recorder/writer.h"

#include "recorder/recording.h"
#include "recorder/seal/seal_writer.h"

#include <fcntl.h>
#include <unistd.h>

/* Method: inputs first, then the open manifest that vouches for them, then the two
   streams. A crash at any point leaves either no manifest (no recording) or a
   manifest whose every word is true.

   A sealed file holds the same as members, in the same order; its streams are members that
   stay begun until the close. */

static enum err_code add_file(struct writer *writer, const char *name, struct slice text, struct err *err)
{
    struct file_digest digest;
    if (writer->sealed) {
        file_digest_text(text, &digest);
        TRY(seal_whole(writer->sealed, name, text, err));
    } else {
        TRY(file_create(writer->dir_fd, name, text, &digest, err));
    }
    manifest_add_file(&writer->manifest, name, &digest);
    return ERR_OK;
}

static enum err_code write_manifest(struct writer *writer, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, MANIFEST_BYTES_MAX);
    TRY(manifest_format(&writer->manifest, &text, err));
    return writer->sealed ? seal_whole(writer->sealed, RECORDING_MANIFEST, str_slice(&text), err)
                          : file_replace(writer->dir_fd, RECORDING_MANIFEST, str_slice(&text), err);
}

static enum err_code open_stream(struct writer *writer, struct out_file *file, const char *name, size_t pending_max, struct err *err)
{
    return writer->sealed ? out_file_open_sealed(file, writer->sealed, name, pending_max, err)
                          : out_file_open(file, writer->dir_fd, name, pending_max, err);
}

static enum err_code write_start(struct writer *writer, const struct writer_inputs *inputs, struct err *err)
{
    TRY(add_file(writer, RECORDING_BATCH, inputs->batch, err));
    TRY(add_file(writer, RECORDING_STATE, inputs->state, err));
    if (inputs->journal.len)
        TRY(add_file(writer, RECORDING_JOURNAL, inputs->journal, err));
    TRY(open_stream(writer, &writer->session, RECORDING_SESSION, 2 * (size_t)ENTRY_LINE_MAX, err));
    TRY(open_stream(writer, &writer->events, RECORDING_EVENTS, 1u << 20, err));
    if (writer->manifest.network) {
        TRY(out_file_open(&writer->network, writer->dir_fd, RECORDING_NETWORK, 2 * (size_t)ENTRY_LINE_MAX, err));
        TRY(bodies_open(&writer->bodies, writer->dir_fd, err));
    }
    return write_manifest(writer, err);
}

static void copy_manifest(struct manifest *to, const struct manifest *from)
{
    *to = *from;
    str_init(&to->settings, from->settings.max);
    str_add(&to->settings, str_slice(&from->settings));
    to->status = MANIFEST_OPEN;
    to->counts = (struct manifest_counts){0};
    to->file_count = 0;
}

static void init(struct writer *writer, const struct manifest *manifest)
{
    *writer = (struct writer){.dir_fd = -1, .session.fd = -1, .events.fd = -1, .network.fd = -1, .bodies.dir_fd = -1};
    copy_manifest(&writer->manifest, manifest);
}

/* code: of making the place. */
static enum err_code begin_in(struct writer *writer, const char *path, enum err_code code, const struct writer_inputs *inputs, struct err *err)
{
    if (code == ERR_OK)
        code = write_start(writer, inputs, err);
    if (code != ERR_OK) {
        writer_abandon(writer);
        return err_wrap(err, "recording %s", path);
    }
    return ERR_OK;
}

enum err_code writer_open(struct writer *writer, const char *path, const struct manifest *manifest,
                          const struct writer_inputs *inputs, struct err *err)
{
    init(writer, manifest);
    enum err_code code = recording_make_directory(path, &writer->dir_fd, err);
    return begin_in(writer, path, code, inputs, err);
}

enum err_code writer_open_sealed(struct writer *writer, const char *path, const struct public_key *to, size_t count,
                                 const struct manifest *manifest, const struct writer_inputs *inputs, struct err *err)
{
    ASSERT(!manifest->network);
    init(writer, manifest);
    enum err_code code = seal_writer_open(AT_FDCWD, path, SEAL_RECORDING, to, count, &writer->sealed, err);
    return begin_in(writer, path, code, inputs, err);
}

static void count(struct writer *writer, enum entry_kind kind)
{
    writer->manifest.counts.entries++;
    if (entry_kind_is_out(kind))
        writer->manifest.counts.sent++;
    else
        writer->manifest.counts.received++;
}

struct str *writer_begin(struct writer *writer, enum entry_kind kind, const struct entry_head *head)
{
    struct str *line = &writer->session.pending;
    count(writer, kind);
    writer->entry_start = line->len;
    entry_begin(line, head);
    return line;
}

void writer_end(struct writer *writer)
{
    struct str *pending = &writer->session.pending;
    entry_end(pending, writer->entry_start);
    if (str_full(pending))
        return;
    size_t start = writer->entry_start;
    writer->manifest.counts.last = entry_numberless((struct slice){pending->ptr + start, pending->len - start - 1});
}

static char *last_line(struct str *pending, size_t start, size_t *ret_len)
{
    if (str_full(pending) || pending->len <= start)
        return NULL;
    *ret_len = pending->len - start - 1;
    return pending->ptr + start;
}

char *writer_last(struct writer *writer, size_t *ret_len)
{
    return last_line(&writer->session.pending, writer->entry_start, ret_len);
}

char *writer_network_last(struct writer *writer, size_t *ret_len)
{
    return last_line(&writer->network.pending, writer->network_start, ret_len);
}

void writer_changed(struct writer *writer)
{
    size_t len = 0;
    const char *line = writer_last(writer, &len);
    if (line)
        writer->manifest.counts.last = entry_numberless((struct slice){line, len});
}

void writer_add_line(struct writer *writer, enum entry_kind kind, struct slice line)
{
    count(writer, kind);
    writer->manifest.counts.last = entry_numberless(line);
    out_file_add(&writer->session, line);
    out_file_add(&writer->session, SLICE("\n"));
}

void writer_add_network_line(struct writer *writer, struct slice line)
{
    out_file_add(&writer->network, line);
    out_file_add(&writer->network, SLICE("\n"));
}

struct str *writer_network_begin(struct writer *writer, const struct entry_head *head)
{
    struct str *line = &writer->network.pending;
    writer->network_start = line->len;
    entry_begin(line, head);
    return line;
}

void writer_network_end(struct writer *writer)
{
    entry_end(&writer->network.pending, writer->network_start);
}

enum err_code writer_flush(struct writer *writer, struct err *err)
{
    TRY(out_file_flush(&writer->session, err));
    return writer->manifest.network ? out_file_flush(&writer->network, err) : ERR_OK;
}

enum err_code writer_event(struct writer *writer, struct slice line, struct err *err)
{
    out_file_add(&writer->events, line);
    out_file_add(&writer->events, SLICE("\n"));
    writer->manifest.counts.events++;
    return out_file_flush(&writer->events, err);
}

static enum err_code close_stream(struct writer *writer, struct out_file *file, struct err *err)
{
    struct file_digest digest;
    TRY(out_file_close(file, &digest, err));
    manifest_add_file(&writer->manifest, file->name, &digest);
    return ERR_OK;
}

enum err_code writer_close(struct writer *writer, enum manifest_status status, struct err *err)
{
    enum err_code code = close_stream(writer, &writer->session, err);
    if (code == ERR_OK)
        code = close_stream(writer, &writer->events, err);
    if (code == ERR_OK && writer->manifest.network) {
        writer->manifest.counts.bodies = writer->bodies.count;
        code = close_stream(writer, &writer->network, err);
    }
    if (code == ERR_OK) {
        writer->manifest.status = status;
        code = write_manifest(writer, err);
    }
    if (code == ERR_OK && writer->sealed) {
        struct seal_writer *sealed = writer->sealed;
        writer->sealed = NULL;
        code = seal_writer_close(sealed, err);
    }
    writer_abandon(writer);
    return code;
}

static enum err_code discard_body(void *ctx, const char *path, struct err *err)
{
    const struct writer *writer = ctx;
    (void)err;
    (void)unlinkat(writer->dir_fd, path, 0);
    return ERR_OK;
}

void writer_discard(struct writer *writer, const char *path)
{
    static const char *const names[] = {RECORDING_MANIFEST, RECORDING_BATCH,  RECORDING_STATE,  RECORDING_JOURNAL,
                                        RECORDING_SESSION,  RECORDING_EVENTS, RECORDING_NETWORK};
    struct store store = {.dir_fd = writer->dir_fd};
    struct err ignored;
    err_init(&ignored);
    if (writer->dir_fd < 0)
        return;
    (void)store_each(&store, RECORDING_BODIES, discard_body, writer, &ignored);
    (void)unlinkat(writer->dir_fd, RECORDING_BODIES, AT_REMOVEDIR);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlinkat(writer->dir_fd, names[i], 0);
    writer_abandon(writer);
    (void)unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

void writer_abandon(struct writer *writer)
{
    out_file_abandon(&writer->session);
    out_file_abandon(&writer->events);
    out_file_abandon(&writer->network);
    bodies_close(&writer->bodies);
    manifest_fini(&writer->manifest);
    if (writer->dir_fd >= 0)
        close(writer->dir_fd);
    writer->dir_fd = -1;
    seal_writer_abandon(writer->sealed);
    writer->sealed = NULL;
}
