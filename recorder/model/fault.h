/* A fault: where in a run something goes wrong, and what. One vocabulary for whatever
   can misbehave on demand (recorder/model/model.h), and one short form, so that a schedule that
   broke something can be printed, kept and pasted back:

       p3.v2.a1.saveSOAP:hang
       p1.v1.generateBilling#2:late_effect=31000
       r2.p1.v1.commit#3:torn_commit=17        of the second process of the run
       run.http:status=30                      outside any visit
       saveDiagnosis#*:reset,taken             wherever it is called, each time

   PLACE[#NTH]:KIND[=SIZE][,taken]. A place is [rN.][pN[.vN][.aN].|run.]TARGET: a page
   operation of engine/mdland/ops.def, or one of start, commit, http, lock, ping, frames.
   What is left out means any. NTH counts within the place, from 1, which is meant when it
   is left out; `*` is each. Several stand in one text, parted by blanks. */
#ifndef RECORDER_FAULT_H
#define RECORDER_FAULT_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/world/world.h"

#include <stdint.h>

enum fault_kind {
#define X(id, name, where, sentence) id,
#include "recorder/model/fault.def"
#undef X
    FAULT_KIND_COUNT
};

enum fault_target {
#define X(id, name, budget, effect, target) FAULT_AT_##id,
#include "engine/mdland/ops.def"
#undef X
    FAULT_AT_START, /* a browser is started and opens the main page */
    FAULT_AT_COMMIT,
    FAULT_AT_HTTP,
    FAULT_AT_LOCK,
    FAULT_AT_PING,
    FAULT_AT_FRAMES,
    FAULT_TARGET_COUNT
};

/* Groups of targets, as bits. */
#define FAULT_BIT(target)   (1u << (target))
#define FAULT_WHERE_EFFECT  (FAULT_BIT(FAULT_AT_OPERATION_SAVE_DIAGNOSIS) | FAULT_BIT(FAULT_AT_OPERATION_SAVE_SOAP) | FAULT_WHERE_BILL)
#define FAULT_WHERE_CALL    (FAULT_BIT(FAULT_AT_START) - 1)
/* What is about a visit: from its opening to its bill. */
#define FAULT_WHERE_VISIT   (FAULT_BIT(FAULT_AT_OPERATION_CLOSE_VISIT) - FAULT_BIT(FAULT_AT_OPERATION_OPEN_VISIT))
#define FAULT_WHERE_READ                                                                                               \
    (FAULT_BIT(FAULT_AT_OPERATION_READ_DIAGNOSIS) | FAULT_BIT(FAULT_AT_OPERATION_READ_NOTE) |                          \
     FAULT_BIT(FAULT_AT_OPERATION_READ_BILLING) | FAULT_WHERE_OPEN)
#define FAULT_WHERE_OPEN    FAULT_BIT(FAULT_AT_OPERATION_OPEN_VISIT)
#define FAULT_WHERE_BILL    FAULT_BIT(FAULT_AT_OPERATION_GENERATE_BILLING)
#define FAULT_WHERE_CLOSES  (FAULT_WHERE_BILL | FAULT_BIT(FAULT_AT_OPERATION_READ_BILLING))
#define FAULT_WHERE_FIND    (FAULT_BIT(FAULT_AT_OPERATION_SEARCH_PATIENT) | FAULT_BIT(FAULT_AT_OPERATION_SELECT_PATIENT))
#define FAULT_WHERE_EDITOR  (FAULT_BIT(FAULT_AT_OPERATION_NAVIGATE_PT_NOTE) | FAULT_BIT(FAULT_AT_OPERATION_READ_NOTE))
#define FAULT_WHERE_START   FAULT_BIT(FAULT_AT_START)
#define FAULT_WHERE_COMMIT  FAULT_BIT(FAULT_AT_COMMIT)
#define FAULT_WHERE_LOCK    FAULT_BIT(FAULT_AT_LOCK)
#define FAULT_WHERE_PAGE    (FAULT_WHERE_CALL | FAULT_WHERE_START)
#define FAULT_WHERE_NET     (FAULT_WHERE_PAGE | FAULT_BIT(FAULT_AT_HTTP))
#define FAULT_WHERE_WORK    FAULT_WHERE_NET
#define FAULT_WHERE_BROWSER (FAULT_WHERE_PAGE | FAULT_BIT(FAULT_AT_PING) | FAULT_BIT(FAULT_AT_FRAMES))
#define FAULT_WHERE_ASKED   (FAULT_WHERE_NET | FAULT_BIT(FAULT_AT_PING) | FAULT_BIT(FAULT_AT_FRAMES))
#define FAULT_WHERE_ANY     (FAULT_BIT(FAULT_TARGET_COUNT) - 1)

#define FAULT_OUTSIDE UINT32_MAX /* as patient: "run", the time outside any visit */

struct fault {
    uint32_t run;     /* number of the process, from 1; 0 = any. A kill with 0 is of the first */
    uint32_t patient; /* from 1; 0 = anywhere; FAULT_OUTSIDE */
    uint32_t dos;     /* 0 = any */
    uint32_t attempt; /* 0 = any */
    enum fault_target target;
    uint32_t nth;     /* from 1, within the place; 0 = each */
    enum fault_kind kind;
    uint32_t size;    /* what the kind's sentence has in brackets: ms, s or bytes */
    bool taken;       /* the effect reaches the chart all the same */
};

#define FAULT_TEXT_MAX 128
#define FAULT_SIZE_MAX 100000000u

/* One fault in its short form. ERR_INPUT says what does not fit, and for a kind that
   cannot happen at this target that. */
enum err_code fault_parse(struct slice text, struct fault *ret_fault, struct err *err) MUST_USE;

/* Several, parted by blanks or newlines; at most `max`. */
enum err_code fault_parse_list(struct slice text, size_t max, struct fault *ret_faults, size_t *ret_count,
                               struct err *err) MUST_USE;

/* The inverse; returns the length. */
size_t fault_format(const struct fault *fault, char ret_text[FAULT_TEXT_MAX]);
void fault_format_list(const struct fault *faults, size_t count, struct str *out);

const char *fault_kind_name(enum fault_kind kind);
/* What it does, and in brackets what its size is. */
const char *fault_kind_sentence(enum fault_kind kind);
const char *fault_target_name(enum fault_target target);
/* The target that a page operation of this name is; FAULT_TARGET_COUNT: none. */
enum fault_target fault_target_of(const char *operation);
/* The target that an op is; FAULT_TARGET_COUNT: none. */
enum fault_target fault_target_of_op(const struct op *op);
/* Can this kind happen at this target? For whoever makes schedules. */
bool fault_applies(enum fault_kind kind, enum fault_target target);
bool fault_has_size(enum fault_kind kind);
bool fault_has_taken(enum fault_kind kind, enum fault_target target);
/* Does the process end by it? */
bool fault_kills(enum fault_kind kind);

#endif
