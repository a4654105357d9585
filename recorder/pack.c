#include "recorder/pack.h"

#include "recorder/reader.h"
#include "recorder/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

/* Method: which of the two files is the session is said by what lies there: the plain one
   as soon as it has its name (reader.h). So a plain one is made under another name and
   takes its own by a rename, and is removed only when the manifest lists the packed one.
   What lies there need not be what the manifest speaks of (somebody's zstd, a damaged
   copy): each file is read and found to be the session before the other is removed.

   The window is small, so that reading takes little memory and stays near the processor,
   and still holds two visits, which is what makes one visit's frames cost little after
   another's. Measured on clinic-100: 21.3 kB a visit, 20.4 with twice the window. */
#define PACK_LEVEL 19
#define PACK_WINDOW_LOG 20
#define PACK_PIECE_BYTES (128u << 10)

#define UNPACKED_AT_WORK RECORDING_SESSION FILE_NEIGHBOUR_SUFFIX

struct packer {
    ZSTD_CCtx *context;
    struct out_file file;
    char bytes[PACK_PIECE_BYTES];
};

/* Takes one piece in and writes what comes out; at the end until nothing is left. */
static enum err_code pack_piece(struct packer *packer, struct slice piece, ZSTD_EndDirective directive, struct err *err)
{
    ZSTD_inBuffer input = {piece.ptr, piece.len, 0};
    size_t left;
    do {
        ZSTD_outBuffer output = {packer->bytes, sizeof packer->bytes, 0};
        left = ZSTD_compressStream2(packer->context, &output, &input, directive);
        if (ZSTD_isError(left))
            return err_set(err, ERR_ENV, "%s: cannot be packed: %s", RECORDING_SESSION, ZSTD_getErrorName(left));
        out_file_add(&packer->file, (struct slice){packer->bytes, output.pos});
        TRY(out_file_flush(&packer->file, err));
    } while (input.pos < input.size || (directive == ZSTD_e_end && left));
    return ERR_OK;
}

static enum err_code pack_lines(struct packer *packer, struct reader *reader, struct err *err)
{
    struct slice line;
    for (;;) {
        TRY(reader_next_line(reader, &line, err));
        if (!line.ptr)
            return pack_piece(packer, SLICE_NONE, ZSTD_e_end, err);
        /* the newline stands behind the line in the reader's window */
        TRY(pack_piece(packer, (struct slice){line.ptr, line.len + 1}, ZSTD_e_continue, err));
    }
}

/* Ends a new file: written whole it is on the disk, otherwise it is gone. */
static enum err_code end_file(struct out_file *file, int dir_fd, enum err_code code, struct file_digest *ret_digest,
                              struct err *err)
{
    char name[sizeof file->name];
    memcpy(name, file->name, sizeof name);
    if (code == ERR_OK)
        code = out_file_sync(file, err);
    if (code == ERR_OK)
        return out_file_close(file, ret_digest, err);
    out_file_abandon(file);
    (void)unlinkat(dir_fd, name, 0);
    return code;
}

static enum err_code write_packed(const struct recording *recording, struct packer *packer,
                                  struct file_digest *ret_digest, struct err *err)
{
    struct reader reader;
    (void)unlinkat(recording->store.dir_fd, RECORDING_SESSION_PACKED, 0);
    TRY(out_file_open(&packer->file, recording->store.dir_fd, RECORDING_SESSION_PACKED, 4 * PACK_PIECE_BYTES, err));
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK) {
        (void)ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, PACK_LEVEL);
        (void)ZSTD_CCtx_setParameter(packer->context, ZSTD_c_windowLog, PACK_WINDOW_LOG);
        (void)ZSTD_CCtx_setPledgedSrcSize(packer->context, reader.size);
        code = pack_lines(packer, &reader, err);
    }
    reader_fini(&reader);
    return end_file(&packer->file, recording->store.dir_fd, code, ret_digest, err);
}

/* The packed session's plain bytes: into `file`, or nowhere, and their SHA-256. */
static enum err_code read_packed(const struct recording *recording, struct out_file *file, char ret_sha256[FILE_SHA256_TEXT],
                                 struct err *err)
{
    static char piece[PACK_PIECE_BYTES];
    crypto_hash_sha256_state sha256;
    unsigned char bytes[crypto_hash_sha256_BYTES];
    struct unpack *unpack = NULL;
    struct store_file packed;
    uint64_t size = 0;
    enum err_code code = store_open(&recording->store, RECORDING_SESSION_PACKED, FILE_STREAM_MAX, &packed, &size, err);
    if (code == ERR_OK)
        code = unpack_new(&packed, RECORDING_SESSION, &unpack, err);
    crypto_hash_sha256_init(&sha256);
    for (size_t got = 1; code == ERR_OK && got;) {
        code = unpack_read(unpack, piece, sizeof piece, &got, err);
        if (code != ERR_OK)
            break;
        crypto_hash_sha256_update(&sha256, (const unsigned char *)piece, got);
        if (file) {
            out_file_add(file, (struct slice){piece, got});
            code = out_file_flush(file, err);
        }
    }
    unpack_free(unpack);
    store_file_close(&packed);
    crypto_hash_sha256_final(&sha256, bytes);
    sodium_bin2hex(ret_sha256, FILE_SHA256_TEXT, bytes, sizeof bytes);
    return code;
}

/* What is kept must be what the manifest says, before the other file goes. */
static enum err_code check_sha256(const struct recording *recording, const char *listed_as, const char *sha256,
                                  const char *name, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, listed_as);
    if (listed && strcmp(sha256, listed->digest.sha256) == 0)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: is not what the manifest says, and stays as it is: verify the recording first",
                   name);
}

static enum err_code check_file(const struct recording *recording, const char *name, struct err *err)
{
    struct file_digest found;
    TRY(store_digest(&recording->store, name, &found, err));
    return check_sha256(recording, name, found.sha256, name, err);
}

/* That the packed file holds the session. */
static enum err_code check_packed(const struct recording *recording, struct err *err)
{
    char sha256[FILE_SHA256_TEXT];
    TRY(read_packed(recording, NULL, sha256, err));
    return check_sha256(recording, RECORDING_SESSION, sha256, RECORDING_SESSION_PACKED, err);
}

static enum err_code write_manifest(const struct recording *recording, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, MANIFEST_BYTES_MAX);
    TRY(manifest_format(&recording->manifest, &text, err));
    return file_replace(recording->store.dir_fd, RECORDING_MANIFEST, str_slice(&text), err);
}

static enum err_code remove_file(const struct recording *recording, const char *name, struct err *err)
{
    if (unlinkat(recording->store.dir_fd, name, 0) == 0 || errno == ENOENT)
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s: cannot be removed: %s", name, strerror(errno));
}

static enum err_code pack_plain(struct recording *recording, struct file_digest *ret_digest, struct err *err)
{
    struct packer *packer = malloc(sizeof *packer);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    enum err_code code = ERR_OK;
    if (packer && context) {
        packer->context = context;
        code = write_packed(recording, packer, ret_digest, err);
    } else {
        code = err_set(err, ERR_ENV, "there is no memory to pack it");
    }
    ZSTD_freeCCtx(context);
    free(packer);
    return code == ERR_OK ? check_packed(recording, err) : code;
}

/* The plain file was to go, and is still there. */
static enum err_code finish_pack(const struct recording *recording, struct err *err)
{
    TRY(check_file(recording, RECORDING_SESSION_PACKED, err));
    TRY(check_packed(recording, err));
    return remove_file(recording, RECORDING_SESSION, err);
}

static enum err_code pack(struct recording *recording, struct err *err)
{
    struct file_digest digest;
    if (recording->manifest.packed && !store_has(&recording->store, RECORDING_SESSION))
        return err_set(err, ERR_USAGE, "is packed already");
    if (recording->manifest.packed)
        return finish_pack(recording, err);
    if (recording->manifest.status == MANIFEST_OPEN)
        return err_set(err, ERR_USAGE, "is still open: salvage it first");
    TRY(check_file(recording, RECORDING_SESSION, err));
    TRY(pack_plain(recording, &digest, err));
    recording->manifest.packed = true;
    manifest_add_file(&recording->manifest, RECORDING_SESSION_PACKED, &digest);
    TRY(write_manifest(recording, err));
    return remove_file(recording, RECORDING_SESSION, err);
}

static enum err_code write_plain(const struct recording *recording, struct err *err)
{
    struct out_file file;
    struct file_digest digest;
    char sha256[FILE_SHA256_TEXT];
    (void)unlinkat(recording->store.dir_fd, UNPACKED_AT_WORK, 0);
    TRY(out_file_open(&file, recording->store.dir_fd, UNPACKED_AT_WORK, 4 * PACK_PIECE_BYTES, err));
    enum err_code code = read_packed(recording, &file, sha256, err);
    if (code == ERR_OK)
        code = check_sha256(recording, RECORDING_SESSION, sha256, RECORDING_SESSION_PACKED, err);
    TRY(end_file(&file, recording->store.dir_fd, code, &digest, err));
    if (renameat(recording->store.dir_fd, UNPACKED_AT_WORK, recording->store.dir_fd, RECORDING_SESSION) == 0)
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s: cannot be put in place: %s", RECORDING_SESSION, strerror(errno));
}

static enum err_code unpack_session(struct recording *recording, struct err *err)
{
    if (!recording->manifest.packed && !store_has(&recording->store, RECORDING_SESSION_PACKED))
        return err_set(err, ERR_USAGE, "is not packed");
    if (!store_has(&recording->store, RECORDING_SESSION))
        TRY(write_plain(recording, err));
    TRY(check_file(recording, RECORDING_SESSION, err));
    if (recording->manifest.packed) {
        recording->manifest.packed = false;
        manifest_remove_file(&recording->manifest, RECORDING_SESSION_PACKED);
        TRY(write_manifest(recording, err));
    }
    return remove_file(recording, RECORDING_SESSION_PACKED, err);
}

static enum err_code change(const char *path, enum err_code (*how)(struct recording *, struct err *),
                            struct recording_suspect *suspect, struct err *err)
{
    struct recording *recording = NULL;
    if (store_path_is_sealed(path))
        return err_set(err, ERR_USAGE, "recording %s: is sealed, and packed inside: `revisit recording open` makes a directory of it first", path);
    TRY(recording_open_manifest(path, &recording, suspect, err));
    enum err_code code = how(recording, err);
    recording_close(recording);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "recording %s", path);
}

enum err_code recording_pack(const char *path, struct recording_suspect *suspect, struct err *err)
{
    return change(path, pack, suspect, err);
}

enum err_code recording_unpack(const char *path, struct recording_suspect *suspect, struct err *err)
{
    return change(path, unpack_session, suspect, err);
}
