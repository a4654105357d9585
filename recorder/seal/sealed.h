/* A sealed file, open for reading. Opening goes through all of it once and authenticates every
   byte before anything is used, its end included; what is read after that is authenticated
   again, for the file may change meanwhile. A member is a stream: nothing is unpacked ahead of
   what the caller has room for, and nothing decrypted reaches a file.

   That a file opens says that nobody changed it since it was sealed, not who sealed it: who
   has the public key can. So what is in it is as little trusted as a recording from anywhere. */
#ifndef RECORDER_SEALED_H
#define RECORDER_SEALED_H

#include "engine/base/str.h"
#include "recorder/seal/key.h"
#include "recorder/seal/seal_format.h"

struct sealed;
struct sealed_stream;

/* Takes fd over, also when it fails. keys may be NULL, and is needed no longer than the call.
   ERR_INTEGRITY: no key opens it, damaged, cut. ERR_INPUT: of another kind, a newer format,
   over a limit. ret_cut: NULL, or the file may be cut or damaged, and then tells whether it
   is: what stands before is there, of the last members the front. */
enum err_code sealed_open(int fd, enum seal_kind kind, const struct key_ring *keys, struct sealed **ret_sealed,
                          bool *ret_cut, struct err *err);
void sealed_close(struct sealed *sealed); /* wipes; NULL is fine */

/* How many members there are, and their names in the order of their beginning. */
size_t sealed_count(const struct sealed *sealed);
const char *sealed_name(const struct sealed *sealed, size_t index);
bool sealed_has(const struct sealed *sealed, const char *name);

/* ERR_INPUT when there is no such member. ret_size: its plain size; 0 = not known, in a cut
   file. The stream is the caller's to close, and sealed must outlive it. */
enum err_code sealed_stream_open(const struct sealed *sealed, const char *name, struct sealed_stream **ret_stream,
                                 uint64_t *ret_size, struct err *err);
/* Up to `room` bytes; ret_got 0 is the end. Errors name neither file nor member. */
enum err_code sealed_stream_read(struct sealed_stream *stream, char *to, size_t room, size_t *ret_got, struct err *err);
void sealed_stream_close(struct sealed_stream *stream); /* wipes; NULL is fine */

#endif
