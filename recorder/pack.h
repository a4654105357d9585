/* A recording in less room: session.ndjson becomes session.ndjson.zst, about a fifteenth
   of its size, and the manifest requires the feature "zstd". What is in it stays the
   same, byte for byte; a packed recording is used like any other. */
#ifndef RECORDER_PACK_H
#define RECORDER_PACK_H

#include "recorder/recording.h"

/* Packs a closed or cut recording in place. Until the new manifest is in place the plain
   file stays, so a crash leaves a whole recording either way. ERR_USAGE when it is packed
   already or still open, ERR_INTEGRITY when it is damaged. suspect may be NULL. */
enum err_code recording_pack(const char *path, struct recording_suspect *suspect, struct err *err);

#endif
