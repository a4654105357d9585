/* Every deadline of a run is of the monotonic clock. The wall clock is read once, for the
   date of a run; but TLS judges certificates by it. */
#include "engine/cli/doctor/look.h"

#include <sys/timex.h>
#include <time.h>

#define YEAR_FIRST 2025
#define YEAR_LAST 2099
#define RESOLUTION_NS_MAX 1000000

static void look_at_monotonic(struct findings *findings)
{
    struct timespec first, second, resolution = {.tv_sec = 1};
    bool is_read = clock_gettime(CLOCK_MONOTONIC, &first) == 0 && clock_gettime(CLOCK_MONOTONIC, &second) == 0;
    (void)clock_getres(CLOCK_MONOTONIC, &resolution);
    if (!is_read || second.tv_sec < first.tv_sec || (second.tv_sec == first.tv_sec && second.tv_nsec < first.tv_nsec))
        finding_add(findings, FINDING_BAD, "monotonic", "every deadline rests on it: try another machine or kernel",
                    "the monotonic clock cannot be read, or goes backwards");
    else if (resolution.tv_sec || resolution.tv_nsec > RESOLUTION_NS_MAX)
        finding_add(findings, FINDING_WARN, "monotonic", "use a kernel with high resolution timers", "the monotonic clock is coarser than a millisecond");
    else
        finding_ok(findings, "monotonic", "the monotonic clock goes on, in steps of %ld ns", resolution.tv_nsec);
}

/* A service may be kept from asking (ProtectClock=). */
static const char *kept_right(int state)
{
    return state < 0 ? "and the kernel does not say whether anything keeps the clock right" : "kept right from outside";
}

static void look_at_wall(const struct look_wish *wish, struct findings *findings)
{
    struct timespec now;
    struct tm date;
    bool is_read = clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &date);
    bool is_https = wish->has_base_url && strncmp(wish->settings.base_url, "https:", 6) == 0;
    struct timex asked = {.modes = 0};
    int year = is_read ? date.tm_year + 1900 : 0, state = adjtimex(&asked);
    if (year < YEAR_FIRST || year > YEAR_LAST)
        finding_add(findings, is_https ? FINDING_BAD : FINDING_WARN, "wall", "set the clock (timedatectl set-ntp true)",
                    "the wall clock says the year %d, in which every certificate is refused", year);
    else if (state == TIME_ERROR)
        finding_add(findings, FINDING_WARN, "wall", "no deadline rests on it, but dates of runs do: timedatectl set-ntp true",
                    "%04d-%02d-%02d, and nothing keeps the clock right", year, date.tm_mon + 1, date.tm_mday);
    else
        finding_ok(findings, "wall", "%04d-%02d-%02d, %s", year, date.tm_mon + 1, date.tm_mday, kept_right(state));
}

void look_at_clock(const struct look_wish *wish, struct findings *findings)
{
    look_at_monotonic(findings);
    look_at_wall(wish, findings);
}
