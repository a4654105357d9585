/* `revisit recording redact`: a recording that lies there, written anew with everything replaced that
   is somebody's (recorder/redact). It is the code of the tap (record.h) over the lines as they
   were written. One that is certified already comes out as it was. */
#ifndef RECORDER_CLEAN_REWRITE_H
#define RECORDER_CLEAN_REWRITE_H

#include "recorder/recording.h"
#include "recorder/redact/redact.h"

struct rewrite {
    const char *path, *new_path; /* new_path: as for a new recording */
    const struct phi_map *map;
    const unsigned char *seed; /* for tests; NULL: the system's */
    uint32_t room; /* for tests: of the codebook; 0: what there is */
    /* The hash of a batch's plan as journal records carry it, 16 hex digits: only the engine
       knows how it is made. NULL: there is none to exchange. */
    enum err_code (*plan)(void *ctx, struct slice batch, char ret_hex[17], struct err *err);
    void *ctx;
};

/* ret_counts: what was replaced. On an error there is nothing at new_path, but where packing or the last manifest failed: there what is
   there is clean. */
enum err_code recording_redact(const struct rewrite *rewrite, struct redact_counts *ret_counts,
                               struct recording_suspect *suspect, struct err *err);

#endif
