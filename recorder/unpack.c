#include "recorder/unpack.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define UNPACK_INPUT_BYTES (128u << 10)

struct unpack {
    struct store_file *file;
    const char *name;
    ZSTD_DCtx *context; /* owned */
    ZSTD_inBuffer input;
    size_t wanted; /* 0 when a frame has just ended */
    char bytes[UNPACK_INPUT_BYTES];
};

enum err_code unpack_new(struct store_file *file, const char *name, struct unpack **ret_unpack, struct err *err)
{
    struct unpack *unpack = malloc(sizeof *unpack);
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!unpack || !context) {
        free(unpack);
        ZSTD_freeDCtx(context);
        return err_set(err, ERR_ENV, "%s.zst: there is no memory to unpack it", name);
    }
    (void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG_MAX);
    unpack->file = file;
    unpack->name = name;
    unpack->context = context;
    unpack->input = (ZSTD_inBuffer){unpack->bytes, 0, 0};
    unpack->wanted = 1;
    *ret_unpack = unpack;
    return ERR_OK;
}

void unpack_free(struct unpack *unpack)
{
    if (!unpack)
        return;
    ZSTD_freeDCtx(unpack->context);
    free(unpack);
}

/* More packed bytes; size 0 at the file's end. */
static enum err_code fill(struct unpack *unpack, struct err *err)
{
    size_t got = 0;
    TRY(store_file_read(unpack->file, unpack->bytes, sizeof unpack->bytes, &got, err));
    unpack->input = (ZSTD_inBuffer){unpack->bytes, got, 0};
    return ERR_OK;
}

enum err_code unpack_size(struct unpack *unpack, uint64_t *ret_size, struct err *err)
{
    TRY(fill(unpack, err));
    unsigned long long size = ZSTD_getFrameContentSize(unpack->bytes, unpack->input.size);
    if (size == ZSTD_CONTENTSIZE_ERROR)
        return err_set(err, ERR_INPUT, "%s.zst: is no zstd file", unpack->name);
    *ret_size = size == ZSTD_CONTENTSIZE_UNKNOWN ? 0 : size;
    return ERR_OK;
}

static enum err_code fail_unpack(const struct unpack *unpack, size_t result, struct err *err)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return err_set(err, ERR_INPUT, "%s.zst: is over the limit: it asks for more than %u MiB to be unpacked", unpack->name,
                       1u << (UNPACK_WINDOW_LOG_MAX - 20));
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        return err_set(err, ERR_ENV, "%s.zst: there is no memory to unpack it", unpack->name);
    return err_set(err, ERR_INTEGRITY, "%s.zst: cannot be unpacked (%s): damaged", unpack->name, ZSTD_getErrorName(result));
}

enum err_code unpack_read(struct unpack *unpack, char *to, size_t room, size_t *ret_got, struct err *err)
{
    ZSTD_outBuffer output = {to, room, 0};
    while (output.pos == 0) {
        if (unpack->input.pos == unpack->input.size) {
            TRY(fill(unpack, err));
            if (unpack->input.size == 0 && unpack->wanted != 0)
                return err_set(err, ERR_INPUT, "%s.zst: is cut: its end is missing; `revisit recording verify DIR --salvage NEW_DIR` keeps the rest", unpack->name);
            if (unpack->input.size == 0)
                break;
        }
        size_t result = ZSTD_decompressStream(unpack->context, &output, &unpack->input);
        if (ZSTD_isError(result))
            return fail_unpack(unpack, result, err);
        unpack->wanted = result;
    }
    *ret_got = output.pos;
    return ERR_OK;
}
