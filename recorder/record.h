/* Recording: a wire on top of another wire. Every request on its way down and every
   item on its way up becomes an entry. Before the engine acts on an item - makes a
   request, tells an event, or waits - that item and all before it are in the kernel: of
   items that come at once (wire_item.more) the last one takes the others there. A
   request over HTTP, a commit or a lock leaves only after its own entry is there. Writing that fails ends the run: the next call of next() says
   ERR_ENV and names the file, and no request passes any more.

   The engine sees the true values, the recording their stand-ins. Two recordings of one run are two
   records on one another, each a wire like others: the one that writes true values (RECORD_TRUE) stands
   on top of the clean one and takes no network, for that is asked for by the lower one. */
#ifndef RECORDER_RECORD_H
#define RECORDER_RECORD_H

#include "engine/base/err.h"
#include "engine/world/wire.h"

struct public_key;
struct record;

/* What is replaced in all that is written; the engine sees true values always. */
enum record_redaction {
    RECORD_CLEAN, /* whatever is somebody's (recorder/redact) */
    RECORD_COPY,  /* cookie values (secrets.h): what is recorded was a recording before, or a test's */
    RECORD_TRUE,  /* nothing: only for a file that is sealed as it is written */
};

struct record_inputs {
    const char *dir;         /* must not exist, or be empty; its parent must exist */
    const struct public_key *seal_to; /* with it dir is a sealed file, written as the run goes on; it must not exist */
    size_t seal_to_count;             /* 0 = a directory; RECORD_TRUE is for a sealed file alone, and that has no network */
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
    enum record_redaction redaction;
    uint32_t room; /* RECORD_CLEAN, for tests: of the codebook; 0 = what there is */
    const char *redacted; /* RECORD_COPY: what was replaced before, for the manifest; NULL = cookies */
    /* RECORD_CLEAN: the hash of a batch's plan as journal records carry it (16 hex digits), for a clean batch has
       another one. NULL: the run makes no such records. */
    enum err_code (*plan)(void *ctx, struct slice batch, char ret_hex[17], struct err *err);
};

/* Makes the directory, or the sealed file. inner is borrowed and must outlive the record. Texts are copied. */
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
