/* The writing end of a recording: the directory or the sealed file, what is in it, its manifest. It writes
   what it is given; what crosses the wire comes from record.h. Until writer_close()
   the manifest says `open`, and whatever is in the directory is a valid prefix. */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include "recorder/bodies.h"
#include "recorder/entry.h"
#include "recorder/file.h"
#include "recorder/manifest.h"
#include "recorder/seal/key.h"

struct writer {
    int dir_fd;                 /* owned; -1 = it is a sealed file */
    struct seal_writer *sealed; /* owned; NULL = it is a directory */
    struct manifest manifest;
    struct out_file session;
    struct out_file events;
    struct out_file network; /* open when manifest.network */
    struct bodies bodies;
    size_t entry_start;   /* in session.pending, of the entry being written */
    size_t network_start; /* the same of network.pending */
};

/* The inputs as they are kept: the state is masked already. */
struct writer_inputs {
    struct slice batch;
    struct slice state;
    struct slice journal; /* empty: the run is not a resumed one */
};

/* Makes the directory and all files with what is known at the start. The manifest's
   members up to `predecessor` are taken from `manifest`. On an error nothing is open. */
enum err_code writer_open(struct writer *writer, const char *path, const struct manifest *manifest,
                          const struct writer_inputs *inputs, struct err *err);

/* The same into one sealed file at path, which must not exist, and nothing plain anywhere: it grows with each flush
   and is never changed in place; the last manifest takes the place of the first by its name. Without
   manifest.network. A kill leaves what recording_unseal() salvages up to the last flush. */
enum err_code writer_open_sealed(struct writer *writer, const char *path, const struct public_key *to, size_t count,
                                 const struct manifest *manifest, const struct writer_inputs *inputs, struct err *err);

/* An entry: begin, payload_add_..., end. It stays in memory until the flush. */
struct str *writer_begin(struct writer *writer, enum entry_kind kind, const struct entry_head *head);
void writer_end(struct writer *writer);
/* The entry that was ended last, without newline, to be changed in place before the flush; its length and layout
   stay. `ptr` is NULL when there is none. writer_changed() is due then, with the checksum made anew (entry_seal). */
char *writer_last(struct writer *writer, size_t *ret_len);
void writer_changed(struct writer *writer);
char *writer_network_last(struct writer *writer, size_t *ret_len);
/* A line that stands already, newline excluded, checksum included. */
void writer_add_line(struct writer *writer, enum entry_kind kind, struct slice line);
void writer_add_network_line(struct writer *writer, struct slice line);
/* An entry for network.ndjson, which has numbers of its own. */
struct str *writer_network_begin(struct writer *writer, const struct entry_head *head);
void writer_network_end(struct writer *writer);
/* All entries are in the kernel, or ERR_ENV. */
enum err_code writer_flush(struct writer *writer, struct err *err);
/* One line of the event log, newline excluded: in the kernel on return. */
enum err_code writer_event(struct writer *writer, struct slice line, struct err *err);

/* Writes the last manifest with `status` and closes. writer->manifest may be filled in
   further before (browser version). Frees everything whatever happens. */
enum err_code writer_close(struct writer *writer, enum manifest_status status, struct err *err);
/* What was written goes, the directory at path too, and nothing is open. */
void writer_discard(struct writer *writer, const char *path);
/* Leaves the recording as it stands, open. */
void writer_abandon(struct writer *writer);

#endif
