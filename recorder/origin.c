#include "recorder/origin.h"

#include "engine/base/json_in.h"
#include "recorder/compare.h"
#include "recorder/payload.h"

/* Method: what the run was given is looked at first, then what came in, then what went
   out: a value that the engine repeats was received before it was sent. An answer, which
   the engine reads, goes before an event, which it mostly does not. A value counts
   only as a word of its own: 411 does not stand in 54112. An answer is named by what it
   answers, which a second reading finds by its id. */

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool holds_word(struct slice text, struct slice word)
{
    for (const char *at; (at = slice_find(text, word)) != NULL;) {
        const char *after = at + word.len, *end = text.ptr + text.len;
        bool begins = at == text.ptr || !is_word_char(at[-1]) || !is_word_char(word.ptr[0]);
        bool ends = after == end || !is_word_char(*after) || !is_word_char(word.ptr[word.len - 1]);
        if (begins && ends)
            return true;
        text = (struct slice){at + 1, (size_t)(end - at) - 1};
    }
    return false;
}

/* What an entry is, without its slices. */
struct found {
    uint64_t entry, line;
    uint32_t generation;
    enum entry_kind kind;
    uint64_t id; /* of the message; 0 = it has none */
    char mark[MARK_TEXT_MAX];
    char name[DIVERGENCE_TEXT_MAX];
};

static void keep(struct found *found, const struct entry *entry)
{
    *found = (struct found){.entry = entry->head.n,
                            .line = entry->line,
                            .generation = entry->head.generation,
                            .kind = entry->kind,
                            .id = payload_id(entry->value)};
    if (!text_format(found->mark, sizeof found->mark, "%.*s", SLICE_ARG(entry->head.mark)))
        found->mark[0] = '\0';
    compare_name(entry->kind, entry->value, found->name);
}

struct search {
    struct slice value;
    const struct found *answer; /* looking for what this answers; NULL: for the value */
    struct found answered, received, sent;
};

static struct found *place_of(struct search *search, const struct entry *entry)
{
    if (entry_kind_is_out(entry->kind))
        return &search->sent;
    return payload_id(entry->value) ? &search->answered : &search->received;
}

/* A request of the kind that this item answers. */
static bool is_answered_by(enum entry_kind request, enum entry_kind item)
{
    return (request == ENTRY_SEND && item == ENTRY_BYTES) || (request == ENTRY_HTTP_OUT && item == ENTRY_HTTP) ||
           ((request == ENTRY_COMMIT || request == ENTRY_LOCK) && item == ENTRY_IO);
}

static void look_for_request(struct search *search, const struct entry *entry)
{
    const struct found *answer = search->answer;
    bool of_browser = answer->kind == ENTRY_BYTES;
    if (is_answered_by(entry->kind, answer->kind) && payload_id(entry->value) == answer->id &&
        (!of_browser || entry->head.generation == answer->generation))
        keep(&search->sent, entry);
}

static void look_for_value(struct search *search, const struct entry *entry)
{
    struct found *found = place_of(search, entry);
    if (found->entry == 0 && !entry->base64 && holds_word(entry->value, search->value))
        keep(found, entry);
}

static void read_session(const struct recording *recording, uint64_t before, struct search *search)
{
    struct reader reader;
    struct err ignored;
    struct entry entry;
    enum reader_found found;
    err_init(&ignored);
    (void)reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, &ignored);
    while (ignored.code == ERR_OK && reader.offset < ORIGIN_BYTES_MAX && search->answered.entry == 0 &&
           reader_next(&reader, &entry, &found, &ignored) == ERR_OK && found == READER_ENTRY && entry.head.n < before)
        if (search->answer)
            look_for_request(search, &entry);
        else
            look_for_value(search, &entry);
    reader_fini(&reader);
}

static void tell_received(const struct recording *recording, const struct found *item, char *ret_origin)
{
    struct search search = {.answer = item};
    if (item->id)
        read_session(recording, item->entry, &search);
    const char *name = search.sent.name[0] ? search.sent.name : entry_kind_name(search.sent.kind);
    bool fits = search.sent.entry
                    ? text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value came in entry %llu, the answer to %.60s of %s",
                                  (unsigned long long)item->entry, name, search.sent.mark)
                    : text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value came in entry %llu, %s%s%.60s in %s",
                                  (unsigned long long)item->entry, entry_kind_name(item->kind), item->name[0] ? " " : "", item->name,
                                  item->mark);
    if (!fits)
        ret_origin[0] = '\0';
}

static void tell_sent(const struct found *request, char *ret_origin)
{
    if (!text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value is the engine's own, first sent in entry %llu, %s%s%.60s in %s",
                     (unsigned long long)request->entry, entry_kind_name(request->kind), request->name[0] ? " " : "", request->name,
                     request->mark))
        ret_origin[0] = '\0';
}

/* The path of the first string or number of a tree that is the value. */
static bool find_path(const json_t *root, struct slice value, char path[DIVERGENCE_TEXT_MAX])
{
    const char *key;
    json_t *child;
    size_t index, length = strlen(path);
    struct slice text = {json_string_value(root), json_string_length(root)};
    if (json_is_string(root))
        return slice_equal(text, value);
    json_object_foreach((json_t *)root, key, child)
    {
        compare_add_step(path, key, 0);
        if (find_path(child, value, path))
            return true;
        path[length] = '\0';
    }
    json_array_foreach(root, index, child)
    {
        compare_add_step(path, NULL, index);
        if (find_path(child, value, path))
            return true;
        path[length] = '\0';
    }
    return false;
}

static bool tell_batch(const struct recording *recording, struct slice value, char *ret_origin)
{
    CLEANUP_STR struct str batch;
    struct err ignored;
    char path[DIVERGENCE_TEXT_MAX] = "";
    err_init(&ignored);
    str_init(&batch, RECORDING_BATCH_MAX);
    if (recording_batch_read(recording, &batch, &ignored) != ERR_OK || !holds_word(str_slice(&batch), value))
        return false;
    json_auto_t *root = batch.len <= JSON_IN_TEXT_BYTES_MAX ? json_in_load(str_slice(&batch), 0, NULL) : NULL;
    bool is_placed = root && find_path(root, value, path);
    return text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value stands in %s%s%.100s", RECORDING_BATCH,
                       is_placed ? " at " : "", is_placed ? path : "");
}

/* Values that the engine makes of what it was given. */
static bool tell_made(const char *field, char *ret_origin)
{
    static const struct {
        const char *prefix, *source;
    } made[] = {
        {"record.batch", "is a digest of the recorded " RECORDING_BATCH ": the one here is another"},
        {"record.plan", "is a digest of the patients and visits in the recorded " RECORDING_BATCH ": those here are others"},
        {"record.settings", "stood in the recorded " RECORDING_MANIFEST ", under settings"},
        {"record.wall", "stood in the recorded " RECORDING_MANIFEST ", as wall"},
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        size_t length = strlen(made[i].prefix);
        if (strncmp(field, made[i].prefix, length) == 0 && (field[length] == '\0' || field[length] == '.'))
            return text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value %s", made[i].source);
    }
    return false;
}

void origin_tell(const struct recording *recording, const char *field, struct slice value, uint64_t before,
                 char ret_origin[DIVERGENCE_TEXT_MAX])
{
    ret_origin[0] = '\0';
    if (tell_made(field, ret_origin) || value.len < ORIGIN_VALUE_MIN || tell_batch(recording, value, ret_origin))
        return;
    if (holds_word(str_slice(&recording->state), value)) {
        (void)!text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value stands in %s", RECORDING_STATE);
        return;
    }
    struct search search = {.value = value};
    read_session(recording, before, &search);
    if (search.answered.entry || search.received.entry)
        tell_received(recording, search.answered.entry ? &search.answered : &search.received, ret_origin);
    else if (search.sent.entry)
        tell_sent(&search.sent, ret_origin);
    else
        (void)!text_format(ret_origin, DIVERGENCE_TEXT_MAX, "the recorded value is the engine's own: no entry before holds it");
}
