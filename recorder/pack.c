#include "recorder/pack.h"

#include "recorder/reader.h"

#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

/* The window is small enough for the reader's limit and holds several visits, which is
   what makes one visit's frames cost little after another's. */
#define PACK_LEVEL 19
#define PACK_WINDOW_LOG 23
#define PACK_PIECE_BYTES (128u << 10)

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

static enum err_code pack_session(const struct recording *recording, struct packer *packer, struct file_digest *digest,
                                  struct err *err)
{
    struct reader reader;
    TRY(out_file_open(&packer->file, recording->dir_fd, RECORDING_SESSION_PACKED, 4 * PACK_PIECE_BYTES, err));
    enum err_code code = reader_open(&reader, recording->dir_fd, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK) {
        (void)ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, PACK_LEVEL);
        (void)ZSTD_CCtx_setParameter(packer->context, ZSTD_c_windowLog, PACK_WINDOW_LOG);
        (void)ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1);
        (void)ZSTD_CCtx_setPledgedSrcSize(packer->context, reader.size);
        code = pack_lines(packer, &reader, err);
    }
    reader_fini(&reader);
    if (code == ERR_OK)
        return out_file_close(&packer->file, digest, err);
    out_file_abandon(&packer->file);
    (void)unlinkat(recording->dir_fd, RECORDING_SESSION_PACKED, 0);
    return code;
}

static enum err_code write_manifest(struct recording *recording, const struct file_digest *digest, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, MANIFEST_BYTES_MAX);
    recording->manifest.packed = true;
    manifest_add_file(&recording->manifest, RECORDING_SESSION_PACKED, digest);
    TRY(manifest_format(&recording->manifest, &text, err));
    TRY(file_replace(recording->dir_fd, RECORDING_MANIFEST, str_slice(&text), err));
    (void)unlinkat(recording->dir_fd, RECORDING_SESSION, 0);
    return ERR_OK;
}

/* The plain file will be gone: what takes its place must be what was recorded. */
static enum err_code check_plain(const struct recording *recording, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, RECORDING_SESSION);
    struct file_digest found;
    TRY(file_digest_of(recording->dir_fd, RECORDING_SESSION, &found, err));
    if (listed && strcmp(found.sha256, listed->digest.sha256) == 0)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: is not what the manifest says, and stays as it is: verify the recording first",
                   RECORDING_SESSION);
}

static enum err_code pack(struct recording *recording, struct err *err)
{
    struct file_digest digest;
    if (recording->manifest.packed)
        return err_set(err, ERR_USAGE, "is packed already");
    if (recording->manifest.status == MANIFEST_OPEN)
        return err_set(err, ERR_USAGE, "is still open: salvage it first");
    TRY(check_plain(recording, err));
    (void)unlinkat(recording->dir_fd, RECORDING_SESSION_PACKED, 0);
    struct packer *packer = malloc(sizeof *packer);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    enum err_code code = ERR_OK;
    if (packer && context) {
        packer->context = context;
        code = pack_session(recording, packer, &digest, err);
    } else {
        code = err_set(err, ERR_ENV, "there is no memory to pack it");
    }
    ZSTD_freeCCtx(context);
    free(packer);
    return code == ERR_OK ? write_manifest(recording, &digest, err) : code;
}

enum err_code recording_pack(const char *path, struct recording_suspect *suspect, struct err *err)
{
    struct recording *recording = NULL;
    TRY(recording_open_manifest(path, &recording, suspect, err));
    enum err_code code = pack(recording, err);
    recording_close(recording);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "recording %s", path);
}
