/* `revisit recording check`: every text of a recording is looked at by the rules that redaction goes by,
   escapes and base64 undone, for whatever looks like somebody's and lies outside the reserved
   ranges (recorder/redact/reserved.h). What it says when it finds nothing is the recording's
   certificate, which is kept in the manifest; the manifest's digests bind it to the files. Bodies that no line names are
   looked at as what nobody knows; of the manifest those texts alone that somebody chose, and for what is known alone. Files that
   are no part of a recording are passed over. */
#ifndef RECORDER_CLEAN_CHECK_H
#define RECORDER_CLEAN_CHECK_H

#include "recorder/recording.h"
#include "recorder/redact/redact.h"

#define CHECK_PLACES_MAX 20

/* A line, or a body, in which something was found: what, never which. */
struct check_place {
    char file[96];
    uint64_t line; /* 0: the file as a whole */
    uint64_t found[REDACT_KINDS];
};

struct check_report {
    struct manifest_certificate certificate;
    uint64_t found[REDACT_KINDS];
    struct check_place places[CHECK_PLACES_MAX]; /* the first of them */
    uint64_t place_count;                        /* of all */
    bool redacted; /* the manifest says that it was: only then are marked numbers stand-ins */
    bool kept;     /* the manifest was written anew */
};

/* keep: a certificate without findings is written into the manifest, and an older one goes
   when there are. A recording that is still open gets none: ERR_USAGE. One sealed file stays as it is: whoever has it
   cannot write to it. */
enum err_code recording_check(const char *path, const struct phi_map *map, bool keep, struct check_report *ret_report,
                              struct recording_suspect *suspect, struct err *err);

/* ERR_INTEGRITY unless the manifest holds a certificate of these rules without findings. */
enum err_code recording_require_clean(const struct recording *recording, const struct phi_map *map, struct err *err);

#endif
