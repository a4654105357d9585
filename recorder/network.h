/* --record-network: what the page asked of the net, and what it was answered, taken on
   a CDP session of the recorder's own. A second session on the same page gets the
   Network events while the engine's session keeps its traffic and its ids, so the
   engine cannot tell that it is watched, and session.ndjson holds none of this.

   The recorder's commands have ids from NETWORK_ID_FIRST on, which the browser layer
   never uses. It attaches when the engine's own attach has been answered, enables
   Network there, and fetches the body of each answer once it is whole. A body that the
   browser no longer has is noted as missing; nothing here can fail the run but the
   writing of its files. */
#ifndef RECORDER_NETWORK_H
#define RECORDER_NETWORK_H

#include "engine/world/wire.h"
#include "recorder/cleaner.h"
#include "recorder/secrets.h"
#include "recorder/writer.h"

#define NETWORK_ID_FIRST (1u << 30)
#define NETWORK_PAGES_MAX 16
#define NETWORK_BODIES_MAX 1024
#define NETWORK_NAME_MAX 128

/* A page that is watched, or is about to be. */
struct network_page {
    char target[NETWORK_NAME_MAX];
    char session[NETWORK_NAME_MAX]; /* the recorder's; "" until the attach is answered */
    uint32_t engine_attach;         /* id of the engine's attach; 0 once it is answered */
    uint32_t attach;                /* id of ours; 0 before it is sent and once answered */
};

/* A body that was asked for. */
struct network_body {
    uint32_t id; /* of the command; 0 = free */
    char request_id[NETWORK_NAME_MAX];
};

struct network {
    struct wire *inner;      /* borrowed, as are writer and secrets */
    struct writer *writer;
    struct secrets *secrets; /* NULL: cookie values are not its business */
    struct cleaner *cleaner; /* borrowed */
    struct network_page pages[NETWORK_PAGES_MAX];
    size_t page_count;
    struct network_body bodies[NETWORK_BODIES_MAX];
    uint32_t next_id;
    uint64_t entries;
    struct str scratch, decoded;
};

void network_init(struct network *network, struct wire *inner, struct writer *writer, struct secrets *secrets,
                  struct cleaner *cleaner);
void network_fini(struct network *network);

/* The engine sends this message: its attaches are looked for. */
void network_sent(struct network *network, struct slice message);
/* The browser is gone, or a new one was started: nothing of the old one counts. */
void network_reset(struct network *network);
/* An item from below. True when it is the recorder's own traffic: then it has been dealt
   with, and the engine must not see it. head is where it would stand (n aside). */
bool network_takes(struct network *network, const struct wire_item *item, const struct entry_head *head,
                   struct err *err);

#endif
