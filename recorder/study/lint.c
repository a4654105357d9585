#include "recorder/study/lint.h"

#include "engine/base/crc32c.h"
#include "engine/base/json_in.h"
#include "engine/base/memory.h"
#include "recorder/compare.h"
#include "recorder/cursor.h"
#include "recorder/payload.h"

#include <jansson.h>
#include <stdlib.h>

/* Method: requests are kept until they are answered; answers to page operations are kept by
   request and position - the visit, and how many requests of effects it has made - for as
   long as the visit lasts. Both are told apart by checksums: a finding is a hint. */

#define OPEN_MAX 4096
#define ANSWERS_MAX 8192

static const struct {
    const char *name, *sentence;
} kinds[] = {
#define X(id, name, sentence) [id] = {name, sentence},
#include "recorder/study/lint.def"
#undef X
};

const char *lint_name(enum lint_kind kind)
{
    return kinds[kind].name;
}

/* A command that has no reply yet, or an exchange. */
struct asked {
    bool is_http;
    uint64_t id, entry;
    uint32_t generation, call; /* checksum of operation and arguments; 0 = no call */
    struct instant given_up;   /* INSTANT_NEVER: it has no budget */
};

struct answered {
    uint32_t call, effects, digest;
    uint64_t entry;
    bool told;
};

struct pass {
    struct lint_report report;
    struct str *out;
    size_t giant_bytes;
    struct mark visit;
    uint32_t effects;    /* requests of effects in this visit */
    uint32_t generation; /* of the browser that runs */
    struct asked asked[OPEN_MAX];
    size_t asked_count;
    struct instant given_up; /* when the call made last is; an effect's exchange is its own */
    struct answered answered[ANSWERS_MAX];
    size_t answered_count;
};

static void tell(struct pass *p, enum lint_kind kind, const struct entry *entry, const char *file, const char *why)
{
    char name[DIVERGENCE_TEXT_MAX] = "";
    p->report.counts[kind]++;
    if (p->report.told == LINT_LIST_MAX)
        return;
    p->report.told++;
    if (!entry->base64)
        compare_name(entry->kind, entry->value, name);
    str_addf(p->out, "%s: entry %llu, %zu bytes, %s%s%.60s, in %.*s: %s%s%s\n", kinds[kind].name, (unsigned long long)entry->head.n,
             entry->text.len, entry_kind_name(entry->kind), name[0] ? " " : "", name, SLICE_ARG(entry->head.mark),
             strcmp(file, RECORDING_SESSION) == 0 ? "" : file, strcmp(file, RECORDING_SESSION) == 0 ? "" : ": ",
             why ? why : kinds[kind].sentence);
}

/* The number behind a literal; 0 when it is not there. */
static uint64_t number_behind(struct slice text, struct slice literal)
{
    uint64_t number = 0;
    const char *at = slice_find(text, literal);
    if (!at)
        return 0;
    struct slice rest = {at + literal.len, text.len - (size_t)(at - text.ptr) - literal.len};
    return cursor_number(&rest, UINT32_MAX, &number) ? number : 0;
}

static void remember(struct pass *p, const struct asked *asked)
{
    if (p->asked_count == OPEN_MAX)
        memmove(p->asked, p->asked + 1, --p->asked_count * sizeof *p->asked); /* the oldest is not answered any more */
    p->asked[p->asked_count++] = *asked;
}

static bool forget(struct pass *p, bool is_http, uint64_t id, uint32_t generation, struct asked *ret_asked)
{
    for (size_t i = p->asked_count; i-- > 0;) {
        *ret_asked = p->asked[i];
        if (ret_asked->is_http != is_http || ret_asked->id != id || (!is_http && ret_asked->generation != generation))
            continue;
        memmove(p->asked + i, p->asked + i + 1, (--p->asked_count - i) * sizeof *p->asked);
        return true;
    }
    return false;
}

static void take_send(struct pass *p, const struct entry *entry)
{
    static const struct slice call = SLICE("__revisit.call("), options = SLICE(",{\\\"budget\\\":");
    const char *begin = slice_find(entry->value, call);
    struct slice rest = begin ? (struct slice){begin, entry->value.len - (size_t)(begin - entry->value.ptr)} : SLICE_NONE;
    const char *end = begin ? slice_find(rest, options) : NULL;
    uint64_t budget_ms = number_behind(rest, options);
    struct asked asked = {
        .id = payload_id(entry->value),
        .entry = entry->head.n,
        .generation = entry->head.generation,
        .call = end ? crc32c(0, (struct slice){begin, (size_t)(end - begin)}) | 1 : 0,
        .given_up = budget_ms ? (struct instant){entry->head.at.us + (int64_t)budget_ms * 1000} : INSTANT_NEVER,
    };
    remember(p, &asked);
    if (end)
        p->given_up = asked.given_up;
}

/* The answer without the page's clock and document, which differ each time. */
static uint32_t digest_of(struct slice value)
{
    static const struct slice clock = SLICE("\\\"clock\\\":"), behind = SLICE("\\\"session\\\":"), result = SLICE("\"result\":");
    const char *begin = slice_find(value, result), *end = value.ptr + value.len, *own = slice_find(value, clock);
    const char *after = own ? slice_find((struct slice){own, (size_t)(end - own)}, behind) : NULL;
    if (!begin)
        begin = value.ptr;
    if (!after)
        return crc32c(0, (struct slice){begin, (size_t)(end - begin)});
    uint32_t crc = crc32c(0, (struct slice){begin, (size_t)(own - begin)});
    return crc32c(crc, (struct slice){after, (size_t)(end - after)});
}

static void compare_answers(struct pass *p, const struct entry *entry, uint32_t call)
{
    char why[160];
    uint32_t digest = digest_of(entry->value);
    for (size_t i = 0; i < p->answered_count; i++) {
        struct answered *other = &p->answered[i];
        if (other->call != call || other->effects != p->effects)
            continue;
        if (other->digest == digest || other->told)
            return;
        other->told = true;
        if (!text_format(why, sizeof why, "%s: entry %llu", kinds[LINT_AMBIGUOUS].sentence, (unsigned long long)other->entry))
            why[0] = '\0';
        tell(p, LINT_AMBIGUOUS, entry, RECORDING_SESSION, why);
        return;
    }
    if (p->answered_count < ANSWERS_MAX)
        p->answered[p->answered_count++] = (struct answered){call, p->effects, digest, entry->head.n, false};
}

static void take_reply(struct pass *p, const struct entry *entry, uint64_t id)
{
    struct asked asked;
    if (!forget(p, false, id, entry->head.generation, &asked))
        tell(p, LINT_UNUSED, entry, RECORDING_SESSION, "it answers no request");
    else if (instant_before(asked.given_up, entry->head.at))
        tell(p, LINT_UNUSED, entry, RECORDING_SESSION, "it came after its request was given up, and was ignored");
    else if (asked.call)
        compare_answers(p, entry, asked.call);
}

static void take_bytes(struct pass *p, const struct entry *entry)
{
    uint64_t id = entry->base64 ? 0 : payload_id(entry->value);
    if (entry->head.generation != p->generation)
        tell(p, LINT_UNUSED, entry, RECORDING_SESSION, "it is of a browser that was gone");
    else if (id)
        take_reply(p, entry, id);
}

static bool says(const struct entry *entry, struct slice literal)
{
    return slice_find(entry->value, literal) != NULL;
}

/* The POST of an effect goes with the call made last, other exchanges with none. */
static void take_http_out(struct pass *p, const struct entry *entry)
{
    bool is_effect = says(entry, SLICE("\"method\":\"POST\""));
    struct asked asked = {.is_http = true, .id = payload_id(entry->value), .given_up = is_effect ? p->given_up : INSTANT_NEVER};
    p->effects += is_effect;
    remember(p, &asked);
}

static void take_http(struct pass *p, const struct entry *entry)
{
    struct asked asked;
    if (!forget(p, true, payload_id(entry->value), 0, &asked))
        tell(p, LINT_UNUSED, entry, RECORDING_SESSION, "it answers no request");
    else if (instant_before(asked.given_up, entry->head.at))
        tell(p, LINT_LATE, entry, RECORDING_SESSION, "it ended after its step had given it up; the next attempt waits for that");
    if (says(entry, SLICE("\"failure\":\"short\"")))
        tell(p, LINT_LOST, entry, RECORDING_SESSION, "the answer ended before its body was whole");
    else if (says(entry, SLICE("\"failure\":\"too_large\"")))
        tell(p, LINT_LOST, entry, RECORDING_SESSION, "the answer was over the limit, and is not kept");
}

static void take_visit(struct pass *p, const struct entry *entry)
{
    struct mark mark;
    struct slice step;
    if (!mark_parse(entry->head.mark, &mark, &step) || (mark.patient == p->visit.patient && mark.dos == p->visit.dos))
        return;
    p->visit = mark;
    p->effects = 0;
    p->answered_count = 0;
}

static void take_entry(struct pass *p, const struct entry *entry)
{
    take_visit(p, entry);
    if (entry->text.len > p->giant_bytes)
        tell(p, LINT_GIANT, entry, RECORDING_SESSION, NULL);
    if (entry->kind == ENTRY_START) {
        p->generation = entry->head.generation;
    } else if (entry->kind == ENTRY_KILL) {
        p->generation = 0;
    } else if (entry->kind == ENTRY_SEND && !entry->base64) {
        take_send(p, entry);
    } else if (entry->kind == ENTRY_HTTP_OUT) {
        take_http_out(p, entry);
    } else if (entry->kind == ENTRY_BYTES) {
        take_bytes(p, entry);
    } else if (entry->kind == ENTRY_HTTP) {
        take_http(p, entry);
    }
}

/* A body by its name: 64 hex digits, or the recorder had it no more. */
static void take_body(struct pass *p, const struct recording *recording, const struct entry *entry)
{
    char path[sizeof RECORDING_BODIES + FILE_SHA256_TEXT + 1];
    json_auto_t *root = json_in_load(entry->value, 0, NULL);
    const char *sha256 = json_string_value(json_object_get(root, "sha256"));
    if (!sha256)
        tell(p, LINT_LOST, entry, RECORDING_NETWORK, "the browser had the body no more");
    else if (strchr(sha256, '/') || !text_format(path, sizeof path, "%s/%s", RECORDING_BODIES, sha256) || !store_has(&recording->store, path))
        tell(p, LINT_LOST, entry, RECORDING_NETWORK, "its file is missing");
}

static void take_network(struct pass *p, const struct recording *recording, const struct entry *entry)
{
    if (entry->text.len > p->giant_bytes)
        tell(p, LINT_GIANT, entry, RECORDING_NETWORK, NULL);
    if (entry->kind == ENTRY_BODY && !entry->base64)
        take_body(p, recording, entry);
}

static enum err_code read_file(struct pass *p, const struct recording *recording, const char *name, struct err *err)
{
    struct reader reader;
    struct entry entry;
    enum reader_found found = READER_ENTRY;
    bool is_session = strcmp(name, RECORDING_SESSION) == 0;
    enum err_code code = reader_open(&reader, &recording->store, name, 0, 1, err);
    while (code == ERR_OK && found == READER_ENTRY) {
        code = reader_next(&reader, &entry, &found, err);
        if (code != ERR_OK || found == READER_END)
            break;
        if (is_session)
            take_entry(p, &entry);
        else
            take_network(p, recording, &entry);
    }
    reader_fini(&reader);
    return code;
}

enum err_code lint_recording(const struct recording *recording, size_t giant_bytes, struct str *out, struct lint_report *ret_report,
                             struct err *err)
{
    struct pass *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(err, ERR_ENV, "there is no memory to look at the recording");
    p->out = out;
    p->giant_bytes = giant_bytes;
    enum err_code code = read_file(p, recording, RECORDING_SESSION, err);
    if (code == ERR_OK && recording->manifest.network)
        code = read_file(p, recording, RECORDING_NETWORK, err);
    if (code == ERR_OK && (str_full(out) || memory_has_failed()))
        code = err_set(err, ERR_ENV, "there is no memory to tell what was found");
    *ret_report = p->report;
    free(p);
    return code;
}
