/* Lines are counted only when a place must be named: keeping a table of them would
   cost every good batch for the sake of the bad one. */
#include "engine/mdland/batch_source.h"

#include "engine/base/json_in.h"

static enum err_code text_read_at(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    const struct slice *text = context;
    if (offset > text->len || count > text->len - offset)
        return err_set(err, ERR_INTERNAL, "read past the end of the batch");
    if (count)
        memcpy(ret_bytes, text->ptr + offset, count);
    return ERR_OK;
}

struct batch_source batch_source_of(const struct slice *text)
{
    return (struct batch_source){.context = (void *)text, .size_bytes = text->len, .lost = ERR_ENV, .read_at = text_read_at};
}

enum err_code batch_source_read(const struct batch_source *source, uint64_t offset, char *ret_bytes, size_t count,
                                struct err *err)
{
    return source->read_at(source->context, offset, ret_bytes, count, err);
}

static enum err_code line_of(const struct batch_source *source, uint64_t place, size_t *ret_line, struct err *err)
{
    char bytes[4096];
    size_t line = 1;
    for (uint64_t at = 0; at < place;) {
        size_t count = place - at < sizeof bytes ? (size_t)(place - at) : sizeof bytes;
        TRY(batch_source_read(source, at, bytes, count, err));
        line += json_in_line((struct slice){bytes, count}, count) - 1;
        at += count;
    }
    *ret_line = line;
    return ERR_OK;
}

enum err_code batch_source_refuse(const struct batch_source *source, enum err_code code, const char *why,
                                  uint64_t place, struct err *err)
{
    size_t line;
    TRY(line_of(source, place < source->size_bytes ? place : source->size_bytes, &line, err));
    return err_set(err, code, "line %zu, byte %llu: %s", line, (unsigned long long)place, why);
}

enum err_code batch_no_memory(struct err *err)
{
    return err_set(err, ERR_ENV, "out of memory while reading the batch");
}
