/* Going through a sealed file, frame by frame. A frame is handed on only after its message
   was authenticated, with all before it; past the first damage there are none. */
#ifndef RECORDER_SEAL_WALK_H
#define RECORDER_SEAL_WALK_H

#include "engine/base/str.h"
#include "recorder/seal/key.h"
#include "recorder/seal/seal_format.h"

/* What the header says, before anything is opened with it: good for messages only. */
struct seal_header {
    uint16_t kind;
    size_t count;
    size_t size_bytes;
    struct public_key to[SEAL_RECIPIENTS_MAX]; /* created is not known */
    unsigned char bytes[SEAL_HEADER_MAX];
};

struct seal_walk {
    int fd;                /* borrowed */
    uint64_t offset;       /* in the file, of the next chunk */
    uint64_t chunk_number; /* of the last one, from 1 */
    crypto_secretstream_xchacha20poly1305_state stream;
    crypto_secretstream_xchacha20poly1305_state begun; /* as it was in front of the first chunk */
    unsigned char digest[SEAL_DIGEST_BYTES];
    bool ended;
    size_t ahead_start, ahead_end; /* read and not used, in ahead */
    unsigned char *frame; /* owned: SEAL_FRAME_MAX bytes, plain text */
    size_t frame_used;    /* the most that ever stood in it */
    unsigned char *ahead; /* owned: SEAL_AHEAD_BYTES, sealed */
};
#define SEAL_AHEAD_BYTES (2 * SEAL_CHUNK_MAX)

struct seal_frame_read {
    enum seal_frame type;
    uint32_t member;
    struct slice payload; /* good until the next call */
};

/* The first bytes are those of a sealed file, or nearly: a few flipped bits are damage to one. */
bool seal_is_magic(const unsigned char *bytes, size_t size);

/* ERR_INTEGRITY when the header is damaged, ERR_INPUT when it is of a newer format. */
enum err_code seal_header_read(int fd, struct seal_header *ret_header, struct err *err);

/* In locked memory, for it holds the key of the stream; NULL when there is none. */
struct seal_walk *seal_walk_new(int fd);
void seal_walk_free(struct seal_walk *walk); /* wipes; NULL is fine */

/* Readies a new walk to begin behind the header. keys may be NULL: ERR_INTEGRITY, as when
   none of them opens the file. */
enum err_code seal_walk_begin(struct seal_walk *walk, const struct seal_header *header,
                              const struct key_ring *keys, struct err *err);
/* The next frame; after SEAL_END there is none, and it is the file's end. ERR_INTEGRITY names
   the chunk and its offset. */
enum err_code seal_walk_next(struct seal_walk *walk, struct seal_frame_read *ret_frame, struct err *err);

#endif
