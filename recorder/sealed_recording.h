/* A recording as one sealed file, and as a directory again. What is in it stays the same, byte
   for byte; only who has the key can read it. What seals needs the public half alone, so it
   can write what it cannot read. */
#ifndef RECORDER_SEALED_RECORDING_H
#define RECORDER_SEALED_RECORDING_H

#include "recorder/recording.h"
#include "recorder/seal/key.h"

struct sealed_report {
    uint64_t files, size_bytes; /* what went in, or came out, plain */
    bool cut;                   /* of a salvage: the end, or more, is missing */
};

/* Seals the recording at path into a new file at to. It is written under another name and
   takes its own when it is whole and on the disk. ERR_INTEGRITY when a file of the recording
   is not what its manifest says, ERR_USAGE when there is something at `to`. */
enum err_code recording_seal(const char *path, const char *to, const struct public_key *keys, size_t count,
                             struct sealed_report *ret_report, struct recording_suspect *suspect, struct err *err);

/* Opens the sealed file at path into a new directory at to, by the keys in use
   (store_use_keys()). Nothing is written unless all of the file is undamaged; with salvage
   what stands before the damage or the cut is. ERR_INTEGRITY as sealed_open(). */
enum err_code recording_unseal(const char *path, const char *to, bool salvage, struct sealed_report *ret_report,
                               struct err *err);

#endif
