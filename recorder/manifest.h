/* manifest.json: what a recording is, in one small file. It is written twice: as
   `open` when recording starts and as `closed` at the end (`cut` by a salvage), each
   time whole and by a rename. Its first field is a CRC-32C of all that follows, so
   that damage to it is told from a file of another kind or another version. */
#ifndef RECORDER_MANIFEST_H
#define RECORDER_MANIFEST_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "recorder/file.h"
#include "recorder/payload.h"

#include <stdbool.h>
#include <stdint.h>

/* The newest format that this program reads, and the one that it writes. */
#define RECORDING_FORMAT 1
#define MANIFEST_BYTES_MAX (1u << 20)
#define MANIFEST_TEXT_MAX 256
#define MANIFEST_FILES_MAX 16

/* Names and all else that says whose it is (recorder/redact), or cookies alone. */
#define REDACTION_ALL "identities and cookies"
#define REDACTION_COOKIES "cookies"
#define REDACTION_NONE "nothing"

enum manifest_status { MANIFEST_OPEN, MANIFEST_CLOSED, MANIFEST_CUT };

struct manifest_file {
    char name[80];
    struct file_digest digest;
};

struct manifest_counts {
    uint64_t entries;
    uint64_t sent;     /* out entries */
    uint64_t received; /* in entries */
    uint64_t events;   /* lines of events.ndjson */
    uint64_t bodies;   /* files under bodies/ */
    uint32_t last;     /* entry_numberless() of the last entry: tells a session that was cut
                          from one that somebody took a line out of */
};

/* What `revisit recording check` found, when it found nothing: the recording is clean. */
struct manifest_certificate {
    char rules[BULK_DIGEST_TEXT]; /* the hash of phi.map (phi_map_hash()); "" = there is no certificate */
    uint64_t size_bytes;          /* scanned */
    uint64_t findings;
};

struct manifest {
    enum manifest_status status;
    char engine[MANIFEST_TEXT_MAX];  /* version */
    char browser[MANIFEST_TEXT_MAX]; /* version, as the browser says it; "" = not known */
    struct str settings;             /* owned: a flat JSON object, in the order it was given */
    uint64_t seed;
    int64_t wall_us; /* the wall clock at the run's instant 0, microseconds since 1970 UTC */
    char page_name[MANIFEST_TEXT_MAX];
    uint64_t page_size_bytes;
    char page_digest[BULK_DIGEST_TEXT];
    char redaction[MANIFEST_TEXT_MAX];   /* what is known to be replaced: REDACTION_... */
    struct manifest_certificate certificate;
    char predecessor[MANIFEST_TEXT_MAX]; /* the run that this one resumes; "" = none */
    char slice[MANIFEST_TEXT_MAX];       /* what it was cut from, in words; "" = it was not */
    bool network;
    bool network_only; /* no run was recorded, a HAR was made into it: feature "network-only" */
    bool packed; /* session.ndjson is there as session.ndjson.zst: feature "zstd" */
    struct manifest_counts counts; /* zeros while open */
    struct manifest_file files[MANIFEST_FILES_MAX];
    size_t file_count;
};

void manifest_init(struct manifest *manifest);
void manifest_fini(struct manifest *manifest);

void manifest_add_file(struct manifest *manifest, const char *name, const struct file_digest *digest);
void manifest_remove_file(struct manifest *manifest, const char *name);
/* NULL when the manifest does not list it. */
const struct manifest_file *manifest_find(const struct manifest *manifest, const char *name);

/* The file's text, newline at the end. */
enum err_code manifest_format(const struct manifest *manifest, struct str *out, struct err *err);
/* ERR_INPUT when text is no manifest, or one of a newer format or with a required
   feature that is not known here; ERR_INTEGRITY when its checksum does not fit.
   ret_manifest must be initialised; it is to be finished either way. */
enum err_code manifest_parse(struct slice text, struct manifest *ret_manifest, struct err *err);

#endif
