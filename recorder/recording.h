/* A recording on disk: a directory that is private to its user (0700, files 0600), or one
   sealed file that holds the same (sealed_recording.h).

     manifest.json   what it is (manifest.h)
     batch.json      the batch as it was given
     state.json      the storage state, cookie values replaced by stand-ins
     journal.ndjson  the journal as it was found, when the run was a resumed one
     session.ndjson  all that crossed the wire (entry.h, payload.h)
     events.ndjson   the event log of the run
     network.ndjson  with --record-network: what the page asked of the net
     bodies/SHA256   and what it was answered

   Opening reads the manifest, the state and the journal, and goes once through the
   batch, each against the manifest's checksum. The batch stays a file: it may be a
   hundred times the size of all else that a replay holds. session.ndjson is read as a
   stream (reader.h), events.ndjson only to compare (events.h). */
#ifndef RECORDER_RECORDING_H
#define RECORDER_RECORDING_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "recorder/manifest.h"
#include "recorder/reader.h"

#define RECORDING_MANIFEST "manifest.json"
#define RECORDING_BATCH "batch.json"
#define RECORDING_STATE "state.json"
#define RECORDING_JOURNAL "journal.ndjson"
#define RECORDING_SESSION "session.ndjson"
#define RECORDING_SESSION_PACKED RECORDING_SESSION READER_PACKED_SUFFIX
#define RECORDING_EVENTS "events.ndjson"
#define RECORDING_NETWORK "network.ndjson"
#define RECORDING_BODIES "bodies"

#define RECORDING_BATCH_MAX (128u << 20)
#define RECORDING_STATE_MAX (4u << 20)
#define RECORDING_JOURNAL_MAX (64u << 20)

struct recording {
    struct store store;
    struct manifest manifest;
    struct store_file batch; /* open unless the recording was opened by its manifest only */
    struct str batch_text;   /* of a sealed recording: all of it, for it is read in no order */
    uint64_t batch_size_bytes;
    struct str state;
    struct str journal; /* empty when the run had none to begin with */
};

/* When an open fails because a file is not what it should be, the file that somebody
   may want to look at to say what it really is; "" when there is none. */
struct recording_suspect {
    char path[4096];
};

/* Opens the directory at path and reads its inputs. ret_recording is the caller's to
   close. Errors: ERR_INPUT (no recording, cut, too new, over a limit), ERR_INTEGRITY
   (a checksum), ERR_ENV. suspect may be NULL. Of a sealed file every byte was authenticated
   before this returns. A recording whose writer was killed
   (status open) or that was salvaged (cut) opens like any other. */
enum err_code recording_open(const char *path, struct recording **ret_recording, struct recording_suspect *suspect,
                             struct err *err);
/* Manifest only: for verify and salvage, which look at the files themselves. */
enum err_code recording_open_manifest(const char *path, struct recording **ret_recording,
                                      struct recording_suspect *suspect, struct err *err);
void recording_close(struct recording *recording); /* NULL is fine */

/* A whole input by its name, held to the manifest; for those who opened that alone. */
enum err_code recording_read_input(const struct recording *recording, const char *name, struct str *out, struct err *err);

/* `count` bytes of the batch from `offset`, both within batch_size_bytes; ERR_INPUT when
   the file has become shorter since it was checked. */
enum err_code recording_batch_read_at(const struct recording *recording, uint64_t offset, char *ret_bytes,
                                      size_t count, struct err *err);
/* The whole batch, for those who cannot do with less; out's ceiling is at least
   RECORDING_BATCH_MAX. */
enum err_code recording_batch_read(const struct recording *recording, struct str *out, struct err *err);

/* The run that was recorded did not come to its end: replay it to its last entry. */
bool recording_is_cut(const struct recording *recording);

/* Makes an empty private directory at path, or takes an empty one that is there. */
enum err_code recording_make_directory(const char *path, int *ret_dir_fd, struct err *err);

#endif
