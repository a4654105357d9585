#include "bench/clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

struct bench_instant bench_now(void)
{
    struct timespec wall, cpu;
    (void)clock_gettime(CLOCK_MONOTONIC, &wall);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (struct bench_instant){(int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000,
                                  (int64_t)cpu.tv_sec * 1000000 + cpu.tv_nsec / 1000};
}

void bench_times_add(struct bench_times *times, struct bench_instant began)
{
    struct bench_instant now = bench_now();
    times->took[times->count++] = (struct bench_instant){now.wall_us - began.wall_us, now.cpu_us - began.cpu_us};
}

void bench_times_print(const struct bench_times *times)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    for (int i = 0; i < times->count; i++)
        printf("%s%lld", i ? "," : "\"wall_us\":[", (long long)times->took[i].wall_us);
    for (int i = 0; i < times->count; i++)
        printf("%s%lld", i ? "," : "],\"cpu_us\":[", (long long)times->took[i].cpu_us);
    printf("],\"peak_kb\":%ld", used.ru_maxrss);
}
