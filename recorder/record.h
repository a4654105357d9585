/* Recording: a wire on top of another wire. Every request on its way down and every
   item on its way up becomes an entry. Before the engine acts on an item - makes a
   request, tells an event, or waits - that item and all before it are in the kernel: of
   items that come at once (wire_item.more) the last one takes the others there. A
   request over HTTP, a commit or a lock leaves only after its own entry is there. Writing that fails ends the run: the next call of next() says
   ERR_ENV and names the file, and no request passes any more.

   The engine sees the true cookie values, the recording their stand-ins (secrets.h). */
#ifndef RECORDER_RECORD_H
#define RECORDER_RECORD_H

#include "engine/base/err.h"
#include "engine/world/wire.h"

struct record;

struct record_inputs {
    const char *dir;         /* must not exist, or be empty; its parent must exist */
    struct slice batch;      /* the file's text */
    struct slice state;      /* the storage state's text, true values; may be empty */
    struct slice journal;    /* the journal as found, on a resume; else empty */
    struct slice settings;   /* a flat JSON object, one line: all that steers the run */
    const char *engine;      /* version */
    const char *predecessor; /* name of the run that this one resumes; "" = none */
    const char *slice;       /* of what it is a part, in words; NULL = it is no slice */
    uint64_t seed;
    int64_t wall_us; /* the wall clock at instant 0 */
    const char *page_name;
    struct slice page; /* page.js: kept as name, size and digest */
    bool network;      /* --record-network */
};

/* Makes the directory. inner is borrowed and must outlive the record. Texts are copied. */
enum err_code record_open(const struct record_inputs *inputs, struct wire *inner, struct record **ret_record,
                          struct err *err);
/* The wire that the browser layer is to use in place of inner. */
struct wire *record_wire(struct record *record);
/* One line of the event log, without newline; written at once, cookie values masked. */
enum err_code record_event(struct record *record, struct slice line, struct err *err);
/* Ends the recording: manifest `closed`. browser is its version as it told it, "" when
   it never did. Frees the record, whatever happens. */
enum err_code record_close(struct record *record, const char *browser, struct err *err);
/* Leaves what there is, manifest `open`, as a kill would. Frees; NULL is fine. */
void record_abandon(struct record *record);

#endif
