#include "recorder/sealed_recording.h"

#include "recorder/seal/neighbour.h"
#include "recorder/seal/seal_writer.h"
#include "recorder/seal/sealed.h"
#include "recorder/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Method: file by file in either direction, in pieces. What goes in is held to the manifest on
   its way, so that damage is not sealed in and found by somebody far away. */

#define PIECE_BYTES (128u << 10)

static const char *const names[] = {RECORDING_BATCH,          RECORDING_STATE,  RECORDING_JOURNAL, RECORDING_SESSION,
                                    RECORDING_SESSION_PACKED, RECORDING_EVENTS, RECORDING_NETWORK};
#define NAME_COUNT (sizeof names / sizeof *names)

struct sealing {
    const struct recording *recording;
    struct seal_writer *writer;
    struct sealed_report report;
    char piece[PIECE_BYTES];
};

/* The last part of the name, which is the digest of what is in the file; NULL when it is no body. */
static const char *body_of(const char *name)
{
    size_t folder = sizeof RECORDING_BODIES;
    return strncmp(name, RECORDING_BODIES "/", folder) == 0 ? name + folder : NULL;
}

/* Only what a recording has. */
static bool is_known(const char *name)
{
    const char *body = body_of(name);
    if (body)
        return strlen(body) == FILE_SHA256_TEXT - 1 && strspn(body, "0123456789abcdef") == FILE_SHA256_TEXT - 1;
    bool found = strcmp(name, RECORDING_MANIFEST) == 0;
    for (size_t i = 0; i < NAME_COUNT; i++)
        found |= strcmp(name, names[i]) == 0;
    return found;
}

static enum err_code add_bytes(struct sealing *s, struct store_file *file, uint32_t member, struct file_digesting *found, struct err *err)
{
    for (size_t got = 1; got;) {
        TRY(store_file_read(file, s->piece, sizeof s->piece, &got, err));
        struct slice piece = {s->piece, got};
        file_digest_add(found, piece);
        TRY(seal_add(s->writer, member, piece, err));
    }
    return ERR_OK;
}

static enum err_code check_file(const struct sealing *s, const char *name, const struct file_digest *found, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&s->recording->manifest, name);
    const char *body = body_of(name);
    if (body && strcmp(body, found->sha256) != 0)
        return err_set(err, ERR_INTEGRITY, "%s: is not what its name says, the SHA-256 of what is in it: it is not sealed", name);
    if (!listed || (found->crc32c == listed->digest.crc32c && found->size_bytes == listed->digest.size_bytes))
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: is not what the manifest says: `revisit recording verify` tells more; it is not sealed", name);
}

static enum err_code add_file(void *ctx, const char *name, struct err *err)
{
    struct sealing *s = ctx;
    struct store_file file;
    struct file_digesting digesting;
    struct file_digest found;
    uint64_t size = 0;
    uint32_t member = 0;
    size_t length = strlen(name), suffix = sizeof FILE_NEIGHBOUR_SUFFIX - 1;
    if (length > suffix && strcmp(name + length - suffix, FILE_NEIGHBOUR_SUFFIX) == 0)
        return ERR_OK; /* a killed recorder was at it */
    if (!is_known(name))
        return err_set(err, ERR_INPUT, "%s: is no file of a recording: move it elsewhere; nothing is sealed", name);
    file_digest_begin(&digesting);
    bool is_packed = strcmp(name, RECORDING_SESSION_PACKED) == 0;
    enum err_code code = store_open(&s->recording->store, name, FILE_STREAM_MAX, &file, &size, err);
    if (code == ERR_OK)
        code = seal_begin(s->writer, name, is_packed ? SEAL_PLAIN : SEAL_ZSTD, &member, err);
    if (code == ERR_OK)
        code = add_bytes(s, &file, member, &digesting, err);
    store_file_close(&file);
    TRY(code);
    file_digest_end(&digesting, &found);
    TRY(check_file(s, name, &found, err));
    s->report.files++;
    s->report.size_bytes += found.size_bytes;
    return seal_finish(s->writer, member, err);
}

/* The manifest that vouches for the rest comes first, as in a recording that is being written. */
static enum err_code add_files(struct sealing *s, struct err *err)
{
    const struct store *store = &s->recording->store;
    TRY(add_file(s, RECORDING_MANIFEST, err));
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (store_has(store, names[i]))
            TRY(add_file(s, names[i], err));
    return s->recording->manifest.network ? store_each(store, RECORDING_BODIES, add_file, s, err) : ERR_OK;
}

static enum err_code seal_into(struct sealing *s, const char *beside, const struct public_key *keys, size_t count, struct err *err)
{
    TRY(seal_writer_open(AT_FDCWD, beside, SEAL_RECORDING, keys, count, &s->writer, err));
    if (add_files(s, err) == ERR_OK)
        return seal_writer_close(s->writer, err);
    seal_writer_abandon(s->writer);
    return err->code;
}

static enum err_code put_in_place(const char *beside, const char *to, struct err *err)
{
    if (renameat2(AT_FDCWD, beside, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return ERR_OK;
    return err_set(err, errno == EEXIST ? ERR_USAGE : ERR_ENV, "cannot be put in place: %s", strerror(errno));
}

static enum err_code seal_to(struct sealing *s, const char *to, const struct public_key *keys, size_t count, struct err *err)
{
    char beside[4096];
    struct stat status;
    if (lstat(to, &status) == 0)
        return err_set(err, ERR_USAGE, "%s: is there already, and is not replaced: name a new file", to);
    if (!neighbour_name(to, beside, sizeof beside))
        return err_set(err, ERR_USAGE, "%.60s...: the path is too long", to);
    enum err_code code = seal_into(s, beside, keys, count, err);
    if (code == ERR_OK)
        code = put_in_place(beside, to, err);
    if (code == ERR_OK) {
        neighbour_sync(to);
        return ERR_OK;
    }
    (void)unlink(beside);
    return err_wrap(err, "%s", to);
}

enum err_code recording_seal(const char *path, const char *to, const struct public_key *keys, size_t count,
                             struct sealed_report *ret_report, struct recording_suspect *suspect, struct err *err)
{
    static struct sealing s; /* static: it is large, and there is one */
    struct recording *recording = NULL;
    TRY(recording_open_manifest(path, &recording, suspect, err));
    s = (struct sealing){.recording = recording};
    enum err_code code = seal_to(&s, to, keys, count, err);
    recording_close(recording);
    if (code != ERR_OK)
        return err_wrap(err, "recording %s", path);
    *ret_report = s.report;
    return ERR_OK;
}

static enum err_code copy_stream(struct sealed_stream *stream, struct out_file *file, struct sealed_report *report, struct err *err)
{
    static char piece[PIECE_BYTES];
    for (size_t got = 1; got;) {
        TRY(sealed_stream_read(stream, piece, sizeof piece, &got, err));
        out_file_add(file, (struct slice){piece, got});
        report->size_bytes += got;
        TRY(out_file_flush(file, err));
    }
    report->files++;
    return ERR_OK;
}

static enum err_code write_member(const struct sealed *sealed, const char *name, int dir_fd, struct sealed_report *report, struct err *err)
{
    struct sealed_stream *stream = NULL;
    struct out_file file;
    struct file_digest digest;
    uint64_t size = 0;
    if (!is_known(name))
        return err_set(err, ERR_INPUT, "holds a file that no recording has");
    if (strncmp(name, RECORDING_BODIES "/", sizeof RECORDING_BODIES) == 0 && mkdirat(dir_fd, RECORDING_BODIES, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_ENV, "%s: cannot make the directory: %s", RECORDING_BODIES, strerror(errno));
    TRY(out_file_open(&file, dir_fd, name, 4 * PIECE_BYTES, err));
    enum err_code code = sealed_stream_open(sealed, name, &stream, &size, err);
    if (code == ERR_OK && size > FILE_STREAM_MAX)
        code = err_set(err, ERR_INPUT, "has %llu bytes, over the limit of %llu", (unsigned long long)size, (unsigned long long)FILE_STREAM_MAX);
    if (code == ERR_OK)
        code = copy_stream(stream, &file, report, err);
    sealed_stream_close(stream);
    if (code == ERR_OK)
        return out_file_close(&file, &digest, err);
    out_file_abandon(&file);
    return err_wrap(err, "%s", name);
}

/* What was written of a file that could not be opened whole is not left lying there. */
static void remove_members(const struct sealed *sealed, int dir_fd)
{
    for (size_t i = 0; i < sealed_count(sealed); i++)
        (void)unlinkat(dir_fd, sealed_name(sealed, i), 0);
    (void)unlinkat(dir_fd, RECORDING_BODIES, AT_REMOVEDIR);
}

static enum err_code write_members(const struct sealed *sealed, const char *to, struct sealed_report *report, struct err *err)
{
    int dir_fd = -1;
    enum err_code code = recording_make_directory(to, &dir_fd, err);
    if (code != ERR_OK)
        return err_wrap(err, "%s", to);
    for (size_t i = 0; code == ERR_OK && i < sealed_count(sealed); i++)
        code = write_member(sealed, sealed_name(sealed, i), dir_fd, report, err);
    if (code != ERR_OK)
        remove_members(sealed, dir_fd);
    close(dir_fd);
    return code;
}

enum err_code recording_unseal(const char *path, const char *to, bool salvage, struct sealed_report *ret_report,
                               struct err *err)
{
    struct sealed_report report = {0};
    struct sealed *sealed = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_INPUT : ERR_ENV, "recording %s: cannot be opened: %s", path, strerror(errno));
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || !store_is_sealed(fd)) {
        close(fd);
        return err_set(err, ERR_INPUT, "recording %s: is no sealed file", path);
    }
    enum err_code code = sealed_open(fd, SEAL_RECORDING, store_keys(), &sealed, salvage ? &report.cut : NULL, err);
    if (code == ERR_OK)
        code = write_members(sealed, to, &report, err);
    sealed_close(sealed);
    if (code != ERR_OK)
        return err_wrap(err, "recording %s", path);
    *ret_report = report;
    return ERR_OK;
}
