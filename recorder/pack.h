/* A recording in less room: session.ndjson becomes session.ndjson.zst, about a twentieth
   of its size, and the manifest requires the feature "zstd". What is in it stays the
   same, byte for byte; a packed recording is used like any other, and unpacking gives
   the directory as it was.

   Either way the new file is written, synced and read back before the manifest speaks of
   it, and the old one goes last: killed anywhere, a whole recording is left, and the same
   call again finishes what was begun. Whatever lies there, a file is removed only when the
   other was read and is what the manifest says. suspect may be NULL. */
#ifndef RECORDER_PACK_H
#define RECORDER_PACK_H

#include "recorder/recording.h"

/* ERR_USAGE when it is packed already or still open, ERR_INTEGRITY when it is damaged. */
enum err_code recording_pack(const char *path, struct recording_suspect *suspect, struct err *err);
/* ERR_USAGE when it is not packed, ERR_INTEGRITY when it is damaged. */
enum err_code recording_unpack(const char *path, struct recording_suspect *suspect, struct err *err);

#endif
