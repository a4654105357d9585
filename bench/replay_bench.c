/* replay_bench RECORDING [TIMES]: replays in this process and tells, as one line of JSON,
   the wall and processor time of each replay, what was replayed, and the most memory. */
#include "bench/clock.h"
#include "bench/replay_run.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct err err;
    struct replay_run seen = {0};
    static struct bench_times times;
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    if (argc < 2 || argc > 3 || count < 1 || count > BENCH_TIMES_MAX) {
        fputs("usage: replay_bench RECORDING [TIMES]\n", stderr);
        return 2;
    }
    for (long i = 0; i < count; i++) {
        struct bench_instant began = bench_now();
        err_init(&err);
        if (replay_run(argv[1], &seen, &err) != ERR_OK) {
            fprintf(stderr, "replay_bench: %s\n", err.text);
            return err_exit_status(err.code);
        }
        bench_times_add(&times, began);
    }
    printf("{\"entries\":%llu,\"bytes\":%llu,\"events\":%llu,", (unsigned long long)seen.entries,
           (unsigned long long)seen.size_bytes, (unsigned long long)seen.events);
    bench_times_print(&times);
    puts("}");
    return 0;
}
