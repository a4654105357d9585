/* Reading: a line, its checksum (reader.h), its value parsed, the event folded. */
#include "recorder/traffic/traffic.h"

#include "engine/base/json_in.h"
#include "engine/base/memory.h"
#include "engine/base/surrogate.h"
#include "recorder/text.h"
#include "recorder/traffic/traffic_event.h"

#include <stdlib.h>
#include <strings.h>

static enum err_code no_memory(struct err *err)
{
    return err_set(err, ERR_INPUT, "%s: over the limit: it needs more than %zu MiB of memory", RECORDING_NETWORK,
                   TRAFFIC_MEMORY_MAX >> 20);
}

/* The value of the entry: a message that stands in base64 is decoded first. */
static json_t *parse(const struct entry *entry, struct str *decoded, struct str *repaired)
{
    struct slice text = entry->value;
    str_clear(decoded);
    if (entry->base64) {
        if (!text_decode_base64(entry->value, decoded))
            return NULL;
        text = str_slice(decoded);
    }
    return json_in_load(surrogates_repaired(text, repaired), JSON_ALLOW_NUL, NULL);
}

static enum err_code take_entry(struct traffic *traffic, const struct entry *entry, struct str *decoded, struct str *repaired,
                                struct err *err)
{
    json_auto_t *value = parse(entry, decoded, repaired);
    if (!value && memory_has_failed())
        return err_set(err, ERR_ENV, "there is no memory to read it");
    if (!value || (entry->kind != ENTRY_EVENT && entry->kind != ENTRY_BODY))
        return err_set(err, ERR_INPUT, "%s:%llu: is no event of the network", RECORDING_NETWORK,
                       (unsigned long long)entry->line);
    bool taken = entry->kind == ENTRY_EVENT ? traffic_take_event(traffic, entry, value) : traffic_take_body(traffic, entry, value);
    return taken ? ERR_OK : no_memory(err);
}

static enum err_code read_entries(struct traffic *traffic, struct reader *reader, struct err *err)
{
    CLEANUP_STR struct str decoded, repaired;
    str_init(&decoded, ENTRY_LINE_MAX);
    str_init(&repaired, ENTRY_LINE_MAX);
    for (;;) {
        struct entry entry;
        enum reader_found found;
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_END)
            return ERR_OK;
        TRY(take_entry(traffic, &entry, &decoded, &repaired, err));
    }
}

enum err_code traffic_read(const struct recording *recording, struct traffic **ret_traffic, struct err *err)
{
    struct reader reader;
    *ret_traffic = NULL;
    if (!recording->manifest.network)
        return err_set(err, ERR_INPUT, "it holds no requests: only a run recorded with --record-network has %s and bodies",
                       RECORDING_NETWORK);
    struct traffic *traffic = calloc(1, sizeof *traffic);
    if (!traffic)
        return err_set(err, ERR_ENV, "out of memory");
    *ret_traffic = traffic;
    arena_init(&traffic->arena, TRAFFIC_MEMORY_MAX);
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_NETWORK, 0, 1, err);
    if (code == ERR_OK)
        code = read_entries(traffic, &reader, err);
    reader_fini(&reader);
    return code;
}

void traffic_free(struct traffic *traffic)
{
    if (!traffic)
        return;
    arena_fini(&traffic->arena);
    free(traffic->list);
    free(traffic);
}

enum err_code traffic_body(const struct store *store, struct slice sha256, struct str *out, struct err *err)
{
    char name[sizeof RECORDING_BODIES + 1 + FILE_SHA256_TEXT];
    struct file_digest found;
    str_clear(out);
    if (sha256.len != FILE_SHA256_TEXT - 1 || memchr(sha256.ptr, '/', sha256.len) || memchr(sha256.ptr, '.', sha256.len) ||
        !text_format(name, sizeof name, "%s/%.*s", RECORDING_BODIES, SLICE_ARG(sha256)))
        return err_set(err, ERR_INPUT, "%s: names a body that is no SHA-256", RECORDING_NETWORK);
    TRY(store_read(store, name, out, err));
    file_digest_text(str_slice(out), &found);
    if (slice_equal(slice_of(found.sha256), sha256))
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: bad SHA-256 (got %.12s...): damaged or edited", name, found.sha256);
}

struct slice traffic_header_find(const struct traffic_headers *headers, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < headers->count; i++)
        if (headers->list[i].name.len == len && strncasecmp(headers->list[i].name.ptr, name, len) == 0)
            return headers->list[i].value;
    return SLICE_NONE;
}

bool traffic_is_cacheable(const struct exchange *exchange)
{
    struct slice control = traffic_header_find(&exchange->answered, "cache-control");
    static const struct slice never[] = {SLICE("no-store"), SLICE("no-cache"), SLICE("max-age=0")};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (slice_contains_nocase(control, never[i]))
            return false;
    return slice_contains_nocase(control, SLICE("max-age=")) || slice_contains_nocase(control, SLICE("immutable"));
}

bool traffic_is_same_answer(const struct exchange *a, const struct exchange *b)
{
    bool bodies_differ = a->sha256.len && b->sha256.len && !slice_equal(a->sha256, b->sha256);
    return a->has_answer && b->has_answer && a->status == b->status && !bodies_differ;
}

const struct exchange *traffic_with_body(const struct traffic *traffic, const struct exchange *exchange)
{
    struct slice length = traffic_header_find(&exchange->answered, "content-length");
    if (exchange->sha256.len)
        return exchange;
    if (!traffic_is_cacheable(exchange) || exchange->has_posted)
        return NULL;
    for (size_t i = 0; i < traffic->count; i++) {
        const struct exchange *e = &traffic->list[i];
        if (e->sha256.len && !e->has_posted && slice_equal(e->method, exchange->method) && slice_equal(e->url, exchange->url) &&
            traffic_is_same_answer(e, exchange) && slice_equal(length, traffic_header_find(&e->answered, "content-length")))
            return e;
    }
    return NULL;
}

bool traffic_expects_body(const struct exchange *exchange)
{
    bool has_none = exchange->status == 204 || (exchange->status >= 300 && exchange->status < 400) || exchange->status < 200 ||
                    slice_equal(traffic_header_find(&exchange->answered, "content-length"), SLICE("0"));
    return exchange->has_answer && exchange->end != TRAFFIC_FAILED && exchange->end != TRAFFIC_CANCELED && !has_none;
}
