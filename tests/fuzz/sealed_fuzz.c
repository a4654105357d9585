/* Any bytes as a sealed file, as frames inside a good one, and as a key file. Bytes that were
   not sealed never open; frames that were, by somebody who wants to do harm, give an index, a
   text or a sentence, and nothing without a bound. The first byte says which. */
#include "recorder/seal/seal_writer.h"
#include "recorder/seal/sealed.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define READ_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key_ring *ring(void)
{
    static struct key_ring *made;
    struct err err;
    err_init(&err);
    if (!made) {
        made = key_ring_new();
        ASSERT(made && key_ring_add(made, 1, 0, &err) == ERR_OK);
    }
    return made;
}

static void read_all(const struct sealed *sealed)
{
    static char piece[4096];
    for (size_t i = 0; i < sealed_count(sealed) && i < 8; i++) {
        struct sealed_stream *stream = NULL;
        struct err err;
        uint64_t plain = 0;
        size_t read = 0, got = 1;
        err_init(&err);
        enum err_code code = sealed_stream_open(sealed, sealed_name(sealed, i), &stream, &plain, &err);
        while (code == ERR_OK && got && read < READ_MAX) {
            code = sealed_stream_read(stream, piece, sizeof piece, &got, &err);
            read += code == ERR_OK ? got : 0;
        }
        ASSERT(code == ERR_OK ? got || read == plain || plain == 0 : err.text[0] != '\0');
        sealed_stream_close(stream);
    }
}

/* fd is taken. */
static enum err_code try_file(int fd, bool salvage)
{
    struct sealed *sealed = NULL;
    struct err err;
    bool cut = false;
    err_init(&err);
    enum err_code code = sealed_open(fd, SEAL_RECORDING, ring(), &sealed, salvage ? &cut : NULL, &err);
    ASSERT(code == ERR_OK || err.text[0]);
    if (code == ERR_OK)
        read_all(sealed);
    sealed_close(sealed);
    return code;
}

static void as_file(const uint8_t *data, size_t size)
{
    for (int salvage = 0; salvage < 2; salvage++) {
        int fd = memfd_create("sealed", MFD_CLOEXEC);
        ASSERT(write(fd, data, size) == (ssize_t)size);
        ASSERT(try_file(fd, salvage) != ERR_OK);
    }
}

/* Rows of: type, member, length, payload. */
static void as_frames(const uint8_t *data, size_t size)
{
    struct seal_writer *writer = NULL;
    struct err err;
    char path[64];
    err_init(&err);
    ASSERT(text_format(path, sizeof path, "/dev/shm/sealed-fuzz-%d", (int)getpid()));
    (void)unlink(path);
    ASSERT(seal_writer_open(AT_FDCWD, path, SEAL_RECORDING, &ring()->pairs[0].half, 1, &writer, &err) == ERR_OK);
    while (size >= 3) {
        size_t length = data[2] < size - 3 ? data[2] : size - 3;
        ASSERT(seal_copy_frame(writer, data[0] % 4 == SEAL_END % 4 ? SEAL_DATA : (enum seal_frame)(data[0] % 4), data[1],
                               (struct slice){(const char *)data + 3, length}, &err) == ERR_OK);
        data += 3 + length;
        size -= 3 + length;
    }
    ASSERT(seal_writer_close(writer, &err) == ERR_OK);
    for (int salvage = 0; salvage < 2; salvage++)
        (void)try_file(open(path, O_RDONLY | O_CLOEXEC), salvage);
    (void)unlink(path);
}

static void as_key(const uint8_t *data, size_t size)
{
    struct key_ring *got = key_ring_new();
    struct public_key key;
    struct err err;
    struct slice text = {(const char *)data, size};
    err_init(&err);
    ASSERT(key_ring_parse(text, got, &err) == ERR_OK ? got->count > 0 : err.text[0] != '\0');
    err_init(&err);
    ASSERT(public_key_parse(text, &key, &err) == ERR_OK ? key.version > 0 : err.text[0] != '\0');
    key_ring_free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    switch (data[0] % 3) {
    case 0: as_file(data + 1, size - 1); break;
    case 1: as_frames(data + 1, size - 1); break;
    default: as_key(data + 1, size - 1); break;
    }
    return 0;
}
