/* What a measured piece took: wall and processor time, and the most memory that this
   process ever had. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

#define BENCH_TIMES_MAX 1000

struct bench_instant {
    int64_t wall_us, cpu_us;
};

struct bench_times {
    struct bench_instant took[BENCH_TIMES_MAX];
    int count;
};

struct bench_instant bench_now(void);
/* One more piece, which began then and ends now. */
void bench_times_add(struct bench_times *times, struct bench_instant began);
/* "wall_us":[...],"cpu_us":[...],"peak_kb":n on stdout. */
void bench_times_print(const struct bench_times *times);

#endif
