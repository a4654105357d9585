/* seal_bench RECORDING SEALED [TIMES]: seals a recording into the file, and opens that again up
   to its last byte, in turns; tells, as one line of JSON, the plain bytes and the processor time
   of either, the median of all turns. */
#include "bench/clock.h"
#include "recorder/sealed_recording.h"
#include "recorder/store.h"
#include "recorder/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int by_cpu(const void *a, const void *b)
{
    int64_t left = ((const struct bench_instant *)a)->cpu_us, right = ((const struct bench_instant *)b)->cpu_us;
    return left < right ? -1 : left > right;
}

static long long median(struct bench_times *times)
{
    qsort(times->took, (size_t)times->count, sizeof times->took[0], by_cpu);
    return (long long)times->took[times->count / 2].cpu_us;
}

/* Every member is decrypted and unpacked. */
static enum err_code read_file(void *ctx, const char *name, struct err *err)
{
    uint64_t size = 0;
    uint32_t crc = 0;
    return store_crc32c(ctx, name, &size, &crc, err);
}

static enum err_code open_all(const char *sealed, struct err *err)
{
    static const char *const names[] = {RECORDING_MANIFEST, RECORDING_BATCH, RECORDING_STATE, RECORDING_SESSION, RECORDING_EVENTS};
    struct recording *recording = NULL;
    enum err_code code = recording_open_manifest(sealed, &recording, NULL, err);
    for (size_t i = 0; code == ERR_OK && i < sizeof names / sizeof *names; i++)
        if (store_has(&recording->store, names[i]))
            code = read_file(&recording->store, names[i], err);
    recording_close(recording);
    return code;
}

static enum err_code turn(const char *path, const char *sealed, const struct key_ring *ring, struct bench_times *seals,
                          struct bench_times *opens, struct sealed_report *report, struct err *err)
{
    (void)unlink(sealed);
    struct bench_instant began = bench_now();
    TRY(recording_seal(path, sealed, &ring->pairs[0].half, 1, report, NULL, err));
    bench_times_add(seals, began);
    began = bench_now();
    TRY(open_all(sealed, err));
    bench_times_add(opens, began);
    return ERR_OK;
}

int main(int argc, char **argv)
{
    static struct bench_times seals, opens;
    static struct err err;
    struct sealed_report report = {0};
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
    if (argc < 3 || argc > 4 || count < 1 || count > BENCH_TIMES_MAX) {
        fputs("usage: seal_bench RECORDING SEALED [TIMES]\n", stderr);
        return 2;
    }
    err_init(&err);
    struct key_ring *ring = key_ring_new();
    enum err_code code = ring ? key_ring_add(ring, 1, 0, &err) : ERR_ENV;
    store_use_keys(ring);
    for (long i = 0; code == ERR_OK && i < count; i++)
        code = turn(argv[1], argv[2], ring, &seals, &opens, &report, &err);
    key_ring_free(ring);
    if (code != ERR_OK) {
        fprintf(stderr, "seal_bench: %s\n", err.text);
        return err_exit_status(code);
    }
    printf("{\"bytes\":%llu,\"seal_us\":%lld,\"open_us\":%lld}\n", (unsigned long long)report.size_bytes, median(&seals), median(&opens));
    return 0;
}
