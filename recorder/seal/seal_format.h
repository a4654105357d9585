/* A sealed file, byte by byte. Numbers are little-endian.

     header   magic             8  89 R V T CR LF 1a LF
              crc               4  CRC-32C of the header from `size` on
              size              4  of the whole header
              format            2  1
              kind              2  what is inside: a recording, a session state
              recipients        2  how many
              reserved          2  0
              stream            24 header of the secret stream
              per recipient     4  version of the key
                                32 its public half
                                80 the stream key, crypto_box_seal'ed to it
     chunks   size              4  of what follows
              sealed            a message of crypto_secretstream_xchacha20poly1305

   The checksum tells damage from a file of another version; it protects nothing. What
   protects the header is that its BLAKE2b digest is the associated data of every message: a
   changed bit anywhere in it, and no message opens. Messages are bound to their order by the
   stream itself. The last one carries the stream's final tag, and nothing follows it.

   A message holds a frame: type 1, member 4, and

     SEAL_BEGIN   coding 1, name: a member begins; numbers count up from 0
     SEAL_DATA    bytes of the member: as they are, or a piece of its zstd stream
     SEAL_FINISH  plain size 8: the member is whole
     SEAL_END     the number of members: all are whole (the member is 0)

   Frames of different members stand in any order, so a file can be written while a run goes
   on, and read from front to back. A name that begins again takes the place of the member
   that had it: so a manifest is replaced in a file that only grows. */
#ifndef RECORDER_SEAL_FORMAT_H
#define RECORDER_SEAL_FORMAT_H

#include <sodium.h>
#include <stdint.h>

#define SEAL_MAGIC "\x89RVT\r\n\x1a\n"
#define SEAL_MAGIC_BYTES 8
#define SEAL_FORMAT 1
#define SEAL_RECIPIENTS_MAX 16
#define SEAL_DIGEST_BYTES 32
#define SEAL_BOX_BYTES (crypto_secretstream_xchacha20poly1305_KEYBYTES + crypto_box_SEALBYTES)

/* Offsets in the header. */
enum {
    SEAL_AT_CRC = 8,
    SEAL_AT_SIZE = 12,
    SEAL_AT_FORMAT = 16,
    SEAL_AT_KIND = 18,
    SEAL_AT_RECIPIENTS = 20,
    SEAL_AT_RESERVED = 22,
    SEAL_AT_STREAM = 24,
    SEAL_FRONT_BYTES = 48,
    SEAL_AT_PUBLIC = 4, /* in a recipient */
    SEAL_AT_BOX = 36,
    SEAL_RECIPIENT_BYTES = 116,
};
#define SEAL_HEADER_MAX (SEAL_FRONT_BYTES + SEAL_RECIPIENTS_MAX * SEAL_RECIPIENT_BYTES)

enum seal_frame { SEAL_BEGIN = 1, SEAL_DATA, SEAL_FINISH, SEAL_END };
enum seal_coding { SEAL_PLAIN = 0, SEAL_ZSTD = 1 };
#define SEAL_FRAME_HEAD 5
#define SEAL_PIECE_MAX (128u << 10)
#define SEAL_FRAME_MAX (SEAL_FRAME_HEAD + SEAL_PIECE_MAX)
#define SEAL_CHUNK_MAX (SEAL_FRAME_MAX + crypto_secretstream_xchacha20poly1305_ABYTES)
#define SEAL_CHUNK_MIN (SEAL_FRAME_HEAD + crypto_secretstream_xchacha20poly1305_ABYTES)
#define SEAL_MEMBERS_MAX 65536
#define SEAL_NAME_MAX 80

/* What is inside. */
enum seal_kind { SEAL_RECORDING = 1, SEAL_STATE = 2 };

_Static_assert(SEAL_BOX_BYTES == 80 && crypto_secretstream_xchacha20poly1305_HEADERBYTES == 24, "the layout above");

static inline void seal_put_u16(unsigned char *at, uint16_t number)
{
    at[0] = (unsigned char)number;
    at[1] = (unsigned char)(number >> 8);
}

static inline void seal_put_u32(unsigned char *at, uint32_t number)
{
    seal_put_u16(at, (uint16_t)number);
    seal_put_u16(at + 2, (uint16_t)(number >> 16));
}

static inline void seal_put_u64(unsigned char *at, uint64_t number)
{
    seal_put_u32(at, (uint32_t)number);
    seal_put_u32(at + 4, (uint32_t)(number >> 32));
}

static inline uint16_t seal_u16(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t seal_u32(const unsigned char *at)
{
    return seal_u16(at) | (uint32_t)seal_u16(at + 2) << 16;
}

static inline uint64_t seal_u64(const unsigned char *at)
{
    return seal_u32(at) | (uint64_t)seal_u32(at + 4) << 32;
}

#endif
