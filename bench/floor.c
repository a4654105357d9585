/* floor RECORDING [TIMES [bare]]: the least that any replay of this recording must do with
   the same libraries: read the files, unpack what is packed, check every line's CRC-32C, and
   let jansson parse the batch and what of the wire an engine consumes: replies that say
   something, the text that an operation answered, paused requests that carry a body,
   dialogs. No request is made, nothing is compared, nothing decided. `bare` leaves jansson out too:
   reading, unpacking and checksums alone. */
#include "bench/clock.h"
#include "engine/base/crc32c.h"
#include "engine/browser/paused.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define WINDOW_BYTES (256u << 10)
#define LINE_BYTES_MAX (16u << 20)

struct floor {
    const char *path;
    bool bare;
    int fd;
    ZSTD_DCtx *context; /* NULL: the session is plain */
    ZSTD_inBuffer packed;
    char *packed_bytes, *window;
    size_t start, end, capacity;
    uint64_t entries, bytes, parsed, parsed_bytes;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static int open_file(const char *dir, const char *name)
{
    char path[4096];
    if (!text_format(path, sizeof path, "%s/%s", dir, name))
        fail("the path is too long");
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void parse(struct floor *f, struct slice text)
{
    if (f->bare)
        return;
    json_t *root = json_loadb(text.ptr, text.len, 0, NULL);
    json_t *result = json_object_get(json_object_get(root, "result"), "result");
    const char *answer = json_string_value(json_object_get(result, "value"));
    f->parsed++;
    f->parsed_bytes += text.len;
    if (answer)
        json_decref(json_loadb(answer, json_string_length(json_object_get(result, "value")), 0, NULL));
    json_decref(root);
}

static void parse_file(struct floor *f, const char *name)
{
    struct stat status;
    int fd = open_file(f->path, name);
    if (fd < 0 || fstat(fd, &status) != 0)
        fail("a file of the recording is missing");
    char *text = malloc((size_t)status.st_size + 1);
    if (!text || read(fd, text, (size_t)status.st_size) != status.st_size)
        fail("a file cannot be read");
    close(fd);
    struct slice whole = {text, (size_t)status.st_size};
    (void)crc32c(0, whole);
    parse(f, whole);
    free(text);
}

static bool is_consumed(struct slice message)
{
    struct slice request_id;
    if (slice_starts(message, SLICE("{\"id\":")))
        return !slice_find((struct slice){message.ptr, message.len < 48 ? message.len : 48}, SLICE("\"result\":{},"));
    if (slice_starts(message, SLICE("{\"method\":\"Fetch.requestPaused\"")))
        return !paused_is_harmless(message, &request_id);
    return slice_starts(message, SLICE("{\"method\":\"Page.javascriptDialogOpening\""));
}

static void take_line(struct floor *f, struct slice line)
{
    static const struct slice key = {",\"bytes\":", 9};
    uint32_t carried;
    if (line.len < 18 || !crc32c_parse((struct slice){line.ptr + 8, 8}, &carried) ||
        crc32c(0, (struct slice){line.ptr + 18, line.len - 18}) != carried)
        fail("a line is damaged");
    f->entries++;
    const char *found = slice_find((struct slice){line.ptr, line.len < 160 ? line.len : 160}, key);
    if (!found)
        return;
    struct slice message = {found + key.len, line.len - (size_t)(found - line.ptr) - key.len - 1};
    if (is_consumed(message))
        parse(f, message);
}

static size_t read_some(struct floor *f, char *to, size_t room)
{
    ZSTD_outBuffer output = {to, room, 0};
    if (!f->context) {
        ssize_t got = read(f->fd, to, room);
        return got > 0 ? (size_t)got : 0;
    }
    while (output.pos == 0) {
        if (f->packed.pos == f->packed.size) {
            ssize_t got = read(f->fd, f->packed_bytes, WINDOW_BYTES);
            f->packed = (ZSTD_inBuffer){f->packed_bytes, got > 0 ? (size_t)got : 0, 0};
            if (got <= 0)
                return 0;
        }
        if (ZSTD_isError(ZSTD_decompressStream(f->context, &output, &f->packed)))
            fail("the packed session is damaged");
    }
    return output.pos;
}

/* More text behind what is there; the rest of a line comes to the front. */
static bool fill(struct floor *f)
{
    memmove(f->window, f->window + f->start, f->end - f->start);
    f->end -= f->start;
    f->start = 0;
    if (f->end + WINDOW_BYTES > f->capacity) {
        f->capacity += WINDOW_BYTES;
        f->window = f->capacity < LINE_BYTES_MAX ? realloc(f->window, f->capacity) : NULL;
        if (!f->window)
            fail("a line is too long");
    }
    size_t got = read_some(f, f->window + f->end, WINDOW_BYTES);
    f->end += got;
    f->bytes += got;
    return got > 0;
}

static void read_session(struct floor *f)
{
    do {
        char *newline;
        while ((newline = memchr(f->window + f->start, '\n', f->end - f->start)) != NULL) {
            take_line(f, (struct slice){f->window + f->start, (size_t)(newline - f->window) - f->start});
            f->start = (size_t)(newline - f->window) + 1;
        }
    } while (fill(f));
}

static void go(struct floor *f)
{
    f->fd = open_file(f->path, "session.ndjson");
    if (f->fd < 0) {
        f->fd = open_file(f->path, "session.ndjson.zst");
        f->context = ZSTD_createDCtx();
        f->packed_bytes = malloc(WINDOW_BYTES);
    }
    f->capacity = 2 * WINDOW_BYTES;
    f->window = malloc(f->capacity);
    if (f->fd < 0 || !f->window || (f->context && !f->packed_bytes))
        fail("there is no session, or no memory");
    parse_file(f, "manifest.json");
    parse_file(f, "state.json");
    parse_file(f, "batch.json");
    read_session(f);
    close(f->fd);
    ZSTD_freeDCtx(f->context);
    free(f->packed_bytes);
    free(f->window);
}

int main(int argc, char **argv)
{
    static struct bench_times times;
    struct floor last = {0};
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    bool bare = argc == 4 && strcmp(argv[3], "bare") == 0;
    if (argc < 2 || argc > 3 + bare || count < 1 || count > BENCH_TIMES_MAX) {
        fputs("usage: floor RECORDING [TIMES [bare]]\n", stderr);
        return 2;
    }
    for (long i = 0; i < count; i++) {
        struct bench_instant began = bench_now();
        last = (struct floor){.path = argv[1], .bare = bare};
        go(&last);
        bench_times_add(&times, began);
    }
    printf("{\"entries\":%llu,\"bytes\":%llu,\"parsed\":%llu,\"parsed_bytes\":%llu,", (unsigned long long)last.entries,
           (unsigned long long)last.bytes, (unsigned long long)last.parsed, (unsigned long long)last.parsed_bytes);
    bench_times_print(&times);
    puts("}");
    return 0;
}
