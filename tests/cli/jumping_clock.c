/* A wall clock that jumps by CLOCK_STEP seconds at every look, put before libc's own by
   LD_PRELOAD. The monotonic clock is left alone, or goes CLOCK_RATE times as fast from its first
   look on. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t jump(void)
{
    static time_t sum;
    const char *step = getenv("CLOCK_STEP");
    sum += step ? atol(step) : 0;
    return sum;
}

static void hasten(struct timespec *now)
{
    static long long first_ns;
    const char *rate = getenv("CLOCK_RATE");
    long long ns = now->tv_sec * 1000000000LL + now->tv_nsec;
    if (!rate)
        return;
    if (!first_ns)
        first_ns = ns;
    ns = first_ns + (ns - first_ns) * atol(rate);
    *now = (struct timespec){ns / 1000000000, ns % 1000000000};
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += jump();
    if (status == 0 && clock == CLOCK_MONOTONIC)
        hasten(now);
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return -1;
    *now = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec t;
    time_t now = clock_gettime(CLOCK_REALTIME, &t) == 0 ? t.tv_sec : (time_t)-1;
    if (ret)
        *ret = now;
    return now;
}
