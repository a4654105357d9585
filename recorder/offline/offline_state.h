/* The inside of browser replay, shared by its files: offline.c is the wire, pages.c the
   browser's targets and their paused requests, serve.c looks answers up and gives them. */
#ifndef RECORDER_OFFLINE_STATE_H
#define RECORDER_OFFLINE_STATE_H

#include "engine/world/mark.h"
#include "recorder/offline/match.h"
#include "recorder/offline/offline.h"
#include "recorder/offline/token.h"
#include "recorder/offline/virtual_clock.h"

#include <jansson.h>

/* Our commands: above the engine's, which count from 1, below those of the recorder
   (NETWORK_ID_FIRST). */
#define OFFLINE_ID_FIRST (1u << 29)
#define OFFLINE_ID_END (1u << 30)
#define OFFLINE_NAME_MAX 128
#define OFFLINE_PAUSED_MAX 1024
#define OFFLINE_SESSIONS_MAX 64
#define OFFLINE_ITEMS_MAX 64

/* A request that waits for its answer. */
struct paused {
    json_t *event; /* owned; NULL = free */
    char id[OFFLINE_NAME_MAX];
};

/* What next() owes, beside what comes from below. */
struct owed {
    struct wire_item item;             /* its http pointer is set when it goes out */
    const struct exchange *exchange;   /* of a WIRE_HTTP */
    uint32_t http_id;
};

struct offline {
    struct wire wire; /* first */
    struct wire *inner;
    const struct recording *recording;
    struct traffic *traffic;
    struct match *match;
    struct tokens tokens;
    struct virtual_clock clock;
    struct offline_counts counts;
    struct err fault; /* ends the run at the next next() */
    bool stopping; /* a signal has come */
    struct instant now;
    char mark[MARK_TEXT_MAX];
    uint32_t generation, next_id;
    char session[OFFLINE_NAME_MAX]; /* the engine's page; "" = none yet */
    struct paused paused[OFFLINE_PAUSED_MAX];
    char sessions[OFFLINE_SESSIONS_MAX][OFFLINE_NAME_MAX]; /* of targets beside it: ours alone */
    size_t session_count;
    struct owed owed[OFFLINE_ITEMS_MAX]; /* first in, first out */
    size_t owed_count;
    struct wire_response response; /* of the item in hand */
    struct str body, type, out, decoded, repaired;
};

/* serve.c */

/* Gives the paused request its answer by the command `id` on `session`. Frees event. */
void serve_paused(struct offline *o, uint32_t id, struct slice session, json_t *event);
/* Queues the answer to an exchange of the engine's own. */
void serve_http(struct offline *o, uint32_t id, const struct wire_request *request);
/* Fills the item that is owed first. */
void serve_fill_http(struct offline *o, const struct owed *owed, struct wire_item *ret_item);

/* pages.c */

void pages_reset(struct offline *o);
/* The engine sends this; true when it was dealt with and must not go down as it is. */
bool pages_take_command(struct offline *o, struct slice message);
/* A message comes up; true when it is none of the engine's. */
bool pages_take_message(struct offline *o, struct slice message);
/* Sends a command of ours; `params` is the inside of the object. */
uint32_t pages_send(struct offline *o, const char *method, struct slice session, const char *params);
json_t *pages_parse(struct offline *o, struct slice message);

#endif
