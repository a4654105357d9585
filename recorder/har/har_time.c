/* Civil dates, by the eras of 400 years that repeat exactly; a year begins in March, so that
   its odd day is its last. */
#include "recorder/har/har_time.h"

#include "recorder/cursor.h"

#define SECOND_US 1000000
#define YEAR_10000_S INT64_C(253402300800)

static int64_t day_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2), era = y / 400, in_era = y % 400;
    int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void date_of(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = day + 719468, era = z / 146097, in_era = z % 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153;
    *ret_day = (int)(in_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

void har_time_format(int64_t us, char ret_text[HAR_TIME_SIZE])
{
    int year, month, day;
    int64_t s = us > 0 && us / SECOND_US < YEAR_10000_S ? us / SECOND_US : 0, ms = s ? us % SECOND_US / 1000 : 0, in_day = s % 86400;
    date_of(s / 86400, &year, &month, &day);
    ASSERT(text_format(ret_text, HAR_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, (int)(in_day / 3600),
                       (int)(in_day / 60 % 60), (int)(in_day % 60), (int)ms));
}

/* Exactly `count` digits. */
static bool take_digits(struct slice *rest, size_t count, int64_t *ret_number)
{
    uint64_t number;
    struct slice digits = {rest->ptr, count};
    if (rest->len < count || !slice_parse_u64(digits, INT64_MAX, &number))
        return false;
    *rest = (struct slice){rest->ptr + count, rest->len - count};
    *ret_number = (int64_t)number;
    return true;
}

static bool take_fraction(struct slice *rest, int64_t *ret_us)
{
    int64_t us = 0, unit = SECOND_US / 10;
    size_t i = 1;
    if (rest->len == 0 || (rest->ptr[0] != '.' && rest->ptr[0] != ','))
        return true;
    for (; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++, unit /= 10)
        us += unit * (rest->ptr[i] - '0');
    *rest = (struct slice){rest->ptr + i, rest->len - i};
    *ret_us = us;
    return i > 1;
}

/* Minutes east of Greenwich. */
static bool take_zone(struct slice rest, int64_t *ret_minutes)
{
    int64_t hours, minutes;
    *ret_minutes = 0;
    if (slice_equal(rest, SLICE("Z")))
        return true;
    if (rest.len < 5 || (rest.ptr[0] != '+' && rest.ptr[0] != '-'))
        return false;
    int sign = rest.ptr[0] == '-' ? -1 : 1;
    rest = (struct slice){rest.ptr + 1, rest.len - 1};
    if (!take_digits(&rest, 2, &hours))
        return false;
    (void)cursor_skip(&rest, SLICE(":"));
    if (!take_digits(&rest, 2, &minutes) || rest.len || hours > 14 || minutes > 59)
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool har_time_parse(struct slice text, int64_t *ret_us)
{
    int64_t year, month, day, hour, minute, second, us = 0, zone;
    bool laid_out = take_digits(&text, 4, &year) && cursor_skip(&text, SLICE("-")) && take_digits(&text, 2, &month) &&
                    cursor_skip(&text, SLICE("-")) && take_digits(&text, 2, &day) && cursor_skip(&text, SLICE("T")) &&
                    take_digits(&text, 2, &hour) && cursor_skip(&text, SLICE(":")) && take_digits(&text, 2, &minute) &&
                    cursor_skip(&text, SLICE(":")) && take_digits(&text, 2, &second) && take_fraction(&text, &us) && take_zone(text, &zone);
    if (!laid_out || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    *ret_us = ((day_of(year, month, day) * 24 + hour) * 60 + minute - zone) * 60 * SECOND_US + second * SECOND_US + us;
    return *ret_us >= 0;
}
