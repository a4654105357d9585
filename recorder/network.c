#include "recorder/network.h"

#include "engine/base/json_in.h"
#include "recorder/cursor.h"
#include "recorder/payload.h"
#include "recorder/recording.h"
#include "recorder/text.h"

#include <jansson.h>

/* Method: a message is ours when it ends in one of our sessions, answers one of our
   ids, or tells of our session coming and going. The two ends of a message say the
   first two without parsing; the third is told by two rare events. Only the engine's
   attach, those events and the answers to our own commands are ever parsed. */

void network_init(struct network *network, struct wire *inner, struct writer *writer, struct secrets *secrets,
                  struct cleaner *cleaner)
{
    memset(network, 0, sizeof *network);
    network->inner = inner;
    network->writer = writer;
    network->secrets = secrets;
    network->cleaner = cleaner;
    network->next_id = NETWORK_ID_FIRST;
    str_init(&network->scratch, ENTRY_LINE_MAX);
    str_init(&network->decoded, ENTRY_LINE_MAX);
}

void network_fini(struct network *network)
{
    str_fini(&network->scratch);
    str_fini(&network->decoded);
}

void network_reset(struct network *network)
{
    network->page_count = 0;
    memset(network->bodies, 0, sizeof network->bodies);
}

static json_t *parse(struct slice message)
{
    return json_in_load(message, JSON_ALLOW_NUL, NULL);
}

static bool copy_name(char ret_name[NETWORK_NAME_MAX], const json_t *value)
{
    const char *text = json_string_value(value);
    return text && text[0] && text_format(ret_name, NETWORK_NAME_MAX, "%s", text);
}

void network_sent(struct network *network, struct slice message)
{
    if (!slice_find(message, SLICE("\"Target.attachToTarget\"")) || network->page_count == NETWORK_PAGES_MAX)
        return;
    json_auto_t *root = parse(message);
    struct network_page *page = &network->pages[network->page_count];
    json_int_t id = json_integer_value(json_object_get(root, "id"));
    memset(page, 0, sizeof *page);
    if (id <= 0 || id >= NETWORK_ID_FIRST ||
        !copy_name(page->target, json_object_get(json_object_get(root, "params"), "targetId")))
        return;
    page->engine_attach = (uint32_t)id;
    network->page_count++;
}

/* Sends a command of ours; session "" is the browser's own. Returns its id. */
static uint32_t send_command(struct network *network, const char *method, const char *params, const char *session)
{
    CLEANUP_STR struct str message;
    uint32_t id = network->next_id++;
    str_init(&message, 4096);
    str_addf(&message, "{\"id\":%u,\"method\":\"%s\",\"params\":%s", id, method, params);
    if (session[0])
        str_addf(&message, ",\"sessionId\":\"%s\"", session);
    str_add_char(&message, '}');
    if (!str_full(&message))
        network->inner->ops->send(network->inner, str_slice(&message), NULL);
    return id;
}

static void attach(struct network *network, struct network_page *page)
{
    char params[NETWORK_NAME_MAX + 64];
    page->engine_attach = 0;
    if (text_format(params, sizeof params, "{\"targetId\":\"%s\",\"flatten\":true}", page->target))
        page->attach = send_command(network, "Target.attachToTarget", params, "");
}

/* The id of a reply, or 0. */
static uint32_t reply_id(struct slice message)
{
    uint64_t id = 0;
    if (!cursor_skip(&message, SLICE("{\"id\":")) || !cursor_number(&message, UINT32_MAX, &id))
        return 0;
    return (uint32_t)id;
}

/* The session that a message ends in; empty when it is the browser's. */
static struct slice session_of(struct slice message)
{
    static const struct slice key = SLICE(",\"sessionId\":\"");
    if (message.len < 2 || memcmp(message.ptr + message.len - 2, "\"}", 2) != 0)
        return SLICE_NONE;
    size_t end = message.len - 2, start = end;
    while (start > 0 && end - start < NETWORK_NAME_MAX && message.ptr[start - 1] != '"')
        start--;
    if (start < key.len || memcmp(message.ptr + start - key.len, key.ptr, key.len) != 0)
        return SLICE_NONE;
    return (struct slice){message.ptr + start, end - start};
}

static struct network_page *page_of_session(struct network *network, struct slice session)
{
    for (size_t i = 0; i < network->page_count; i++)
        if (network->pages[i].session[0] && slice_equal(slice_of(network->pages[i].session), session))
            return &network->pages[i];
    return NULL;
}

static struct entry_head next_head(struct network *network, const struct entry_head *head)
{
    struct entry_head own = *head;
    own.n = ++network->entries;
    return own;
}

static void write_event(struct network *network, struct slice message, const struct entry_head *head)
{
    struct entry_head own = next_head(network, head);
    if (network->secrets) {
        secrets_learn_message(network->secrets, message);
        message = secrets_masked_message(network->secrets, message, &network->scratch);
    }
    payload_add_event(writer_network_begin(network->writer, &own), message);
    writer_network_end(network->writer);
    cleaner_network_entry(network->cleaner, network->writer);
}

/* The value of "requestId" in an event: where Chromium puts it, first. */
static bool request_of(struct slice message, struct slice *ret_request)
{
    static const struct slice key = SLICE("\"requestId\":\"");
    const char *at = slice_find(message, key);
    if (!at)
        return false;
    struct slice rest = {at + key.len, message.len - (size_t)(at + key.len - message.ptr)};
    return cursor_until(&rest, '"', ret_request) && ret_request->len > 0 && ret_request->len < NETWORK_NAME_MAX;
}

static void ask_body(struct network *network, struct slice message, const struct network_page *page)
{
    struct slice request;
    char params[NETWORK_NAME_MAX + 64];
    struct network_body *body = NULL;
    for (size_t i = 0; i < NETWORK_BODIES_MAX && !body; i++)
        if (network->bodies[i].id == 0)
            body = &network->bodies[i];
    if (!body || !request_of(message, &request) ||
        !text_format(body->request_id, sizeof body->request_id, "%.*s", SLICE_ARG(request)) ||
        !text_format(params, sizeof params, "{\"requestId\":\"%s\"}", body->request_id))
        return;
    body->id = send_command(network, "Network.getResponseBody", params, page->session);
}

/* Which events tell of the page's traffic; progress in bytes, priorities and policies
   do not. */
static bool is_kept(struct slice message)
{
    static const struct slice passed_over[] = {SLICE("{\"method\":\"Network.dataReceived\""),
                                               SLICE("{\"method\":\"Network.resourceChangedPriority\""),
                                               SLICE("{\"method\":\"Network.policyUpdated\"")};
    for (size_t i = 0; i < sizeof passed_over / sizeof passed_over[0]; i++)
        if (slice_starts(message, passed_over[i]))
            return false;
    return slice_starts(message, SLICE("{\"method\":\"Network."));
}

static void take_event(struct network *network, struct slice message, const struct network_page *page,
                       const struct entry_head *head)
{
    if (is_kept(message))
        write_event(network, message, head);
    if (slice_starts(message, SLICE("{\"method\":\"Network.loadingFinished\"")))
        ask_body(network, message, page);
}

/* The bytes of a body as the browser told them; false when it has it no more. */
static bool decode_body(struct network *network, json_t *result)
{
    json_t *text = json_object_get(result, "body");
    struct slice told = {json_string_value(text), json_string_length(text)};
    str_clear(&network->decoded);
    if (!told.ptr)
        return false;
    if (json_is_true(json_object_get(result, "base64Encoded")))
        return text_decode_base64(told, &network->decoded);
    str_add(&network->decoded, told);
    return !str_full(&network->decoded);
}

/* Into a file of its own, masked. False when there is none; sha256 is of the body all the same when it was left out
   by a rule. */
static bool keep_body(struct network *network, const struct network_body *body, char sha256[FILE_SHA256_TEXT], struct err *err)
{
    struct file_digest digest;
    struct str *text = &network->decoded;
    if (network->secrets)
        secrets_mask(network->secrets, text->ptr, text->len);
    file_digest_text(str_slice(text), &digest);
    bool wanted = cleaner_body(network->cleaner, slice_of(body->request_id), text->ptr, text->len);
    if (cleaner_is_full(network->cleaner)) {
        (void)err_set(err, ERR_ENV, "%s: there is no memory, or no room in the codebook, to keep identities out of a body", RECORDING_BODIES);
        return false;
    }
    if (wanted) {
        if (bodies_put(&network->writer->bodies, str_slice(text), sha256, err) == ERR_OK)
            return true;
        sha256[0] = '\0';
        return false;
    }
    memcpy(sha256, digest.sha256, FILE_SHA256_TEXT);
    return false;
}

static void take_body(struct network *network, struct network_body *body, struct slice message,
                      const struct entry_head *head, struct err *err)
{
    char sha256[FILE_SHA256_TEXT] = "";
    json_auto_t *root = parse(message);
    bool known = decode_body(network, json_object_get(root, "result"));
    bool kept = known && keep_body(network, body, sha256, err);
    struct entry_head own = next_head(network, head);
    payload_add_body(writer_network_begin(network->writer, &own), slice_of(body->request_id), network->decoded.len,
                     sha256[0] ? sha256 : NULL, !kept);
    writer_network_end(network->writer);
    body->id = 0;
}

/* A reply to one of our commands. */
static void take_reply(struct network *network, uint32_t id, struct slice message, const struct entry_head *head,
                       struct err *err)
{
    for (size_t i = 0; i < network->page_count; i++)
        if (network->pages[i].attach == id) {
            network->pages[i].attach = 0;
            return;
        }
    for (size_t i = 0; i < NETWORK_BODIES_MAX; i++)
        if (network->bodies[i].id == id) {
            take_body(network, &network->bodies[i], message, head, err);
            return;
        }
}

/* Target.attachedToTarget comes before the reply to the attach. Our attach was sent
   after the engine's had been answered, so the next one for its target is ours. */
static bool takes_attached(struct network *network, struct slice message)
{
    if (!slice_starts(message, SLICE("{\"method\":\"Target.attachedToTarget\"")))
        return false;
    json_auto_t *root = parse(message);
    json_t *params = json_object_get(root, "params");
    const char *target = json_string_value(json_object_get(json_object_get(params, "targetInfo"), "targetId"));
    for (size_t i = 0; target && i < network->page_count; i++) {
        struct network_page *page = &network->pages[i];
        if (page->attach == 0 || page->session[0] || strcmp(page->target, target) != 0)
            continue;
        if (copy_name(page->session, json_object_get(params, "sessionId")))
            (void)send_command(network, "Network.enable", "{}", page->session);
        return true;
    }
    return false;
}

static bool takes_detached(struct network *network, struct slice message)
{
    if (!slice_starts(message, SLICE("{\"method\":\"Target.detachedFromTarget\"")))
        return false;
    json_auto_t *root = parse(message);
    const char *session = json_string_value(json_object_get(json_object_get(root, "params"), "sessionId"));
    struct network_page *page = session ? page_of_session(network, slice_of(session)) : NULL;
    if (!page)
        return false;
    *page = network->pages[--network->page_count];
    return true;
}

static bool takes_message(struct network *network, struct slice message, const struct entry_head *head,
                          struct err *err)
{
    uint32_t id = reply_id(message);
    if (id >= NETWORK_ID_FIRST) {
        take_reply(network, id, message, head, err);
        return true;
    }
    const struct network_page *page = page_of_session(network, session_of(message));
    if (page) {
        take_event(network, message, page, head);
        return true;
    }
    for (size_t i = 0; id && i < network->page_count; i++)
        if (network->pages[i].engine_attach == id)
            attach(network, &network->pages[i]);
    return id == 0 && (takes_attached(network, message) || takes_detached(network, message));
}

bool network_takes(struct network *network, const struct wire_item *item, const struct entry_head *head,
                   struct err *err)
{
    switch (item->kind) {
    case WIRE_BYTES: return takes_message(network, item->bytes, head, err);
    case WIRE_EOF:
    case WIRE_EXIT:
    case WIRE_REFUSED: network_reset(network); return false;
    case WIRE_HTTP:
    case WIRE_SIGNAL:
    case WIRE_WAKE:
    case WIRE_IO: return false;
    }
    return false;
}
