#include "recorder/redact/redact_parts.h"

#include "recorder/redact/letter.h"
#include "recorder/redact/reserved.h"

/* Method: numbers that mean something together: a date, a telephone number, a social security
   number, an address of the net. They are looked for where a digit begins, before the digits are
   taken one by one. */

static bool is_digit_at(const struct redact_pass *p, size_t at)
{
    return at < p->count && letter_is_digit(p->cps[at]);
}

static size_t digits_at(const struct redact_pass *p, size_t at)
{
    size_t count = 0;
    while (is_digit_at(p, at + count))
        count++;
    return count;
}

static uint32_t cp_at(const struct redact_pass *p, size_t at)
{
    return at < p->count ? p->cps[at] : 0;
}

static unsigned number_at(const struct redact_pass *p, size_t at, size_t count)
{
    unsigned number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (p->cps[at + i] - '0');
    return number;
}

struct date_at {
    size_t at[3], len[3]; /* year, month, day */
    unsigned part[3];
    bool short_year;
    size_t end;
};

enum { YEAR, MONTH, DAY };

#define YEAR_MIN 1850
#define YEAR_MAX 2199

static bool is_plausible(const struct date_at *date)
{
    return date->part[YEAR] >= YEAR_MIN && date->part[YEAR] <= YEAR_MAX && date->part[MONTH] >= 1 && date->part[MONTH] <= 12 &&
           date->part[DAY] >= 1 && date->part[DAY] <= 31;
}

static void take_part(const struct redact_pass *p, struct date_at *date, int part, size_t at, size_t len)
{
    date->at[part] = at;
    date->len[part] = len;
    date->part[part] = number_at(p, at, len);
}

/* In two digits the years of a life end now: 00 to 09 are in the reserved range. */
static unsigned whole_year(const struct redact *r, unsigned two)
{
    if (two <= RESERVED_YEAR_LAST - RESERVED_YEAR_FIRST)
        return RESERVED_YEAR_FIRST + two;
    return (unsigned)(r->wall_year ? r->wall_year % 100 : 30) + 1 >= two ? 2000 + two : 1900 + two;
}

static bool parse_date(const struct redact_pass *p, size_t at, struct date_at *date)
{
    size_t first = digits_at(p, at), second, third;
    uint32_t separator = cp_at(p, at + first);
    if ((first != 1 && first != 2 && first != 4) || (separator != '/' && separator != '-' && separator != '.'))
        return false;
    second = digits_at(p, at + first + 1);
    size_t last = at + first + 1 + second + 1;
    if (second < 1 || second > 2 || cp_at(p, last - 1) != separator)
        return false;
    third = digits_at(p, last);
    date->end = last + third;
    date->short_year = false;
    if (first == 4) {
        take_part(p, date, YEAR, at, first);
        take_part(p, date, MONTH, at + first + 1, second);
        take_part(p, date, DAY, last, third);
        return third >= 1 && third <= 2 && is_plausible(date);
    }
    take_part(p, date, MONTH, at, first);
    take_part(p, date, DAY, at + first + 1, second);
    take_part(p, date, YEAR, last, third);
    date->short_year = third == 2 && separator == '/';
    if (date->short_year)
        date->part[YEAR] = whole_year(p->r, date->part[YEAR]);
    return (third == 4 || date->short_year) && is_plausible(date);
}

static void value_of(const struct date_at *date, uint32_t ret_value[8])
{
    unsigned number = date->part[YEAR] * 10000 + date->part[MONTH] * 100 + date->part[DAY];
    for (size_t i = 8; i-- > 0; number /= 10)
        ret_value[i] = '0' + number % 10;
}

bool redact_find_date(const struct redact_pass *p, size_t at, uint32_t ret_value[8])
{
    struct date_at date;
    if (!parse_date(p, at, &date))
        return false;
    value_of(&date, ret_value);
    return true;
}

static void put_part(struct redact_pass *p, const struct date_at *date, int part, unsigned number)
{
    for (size_t i = date->len[part]; i-- > 0; number /= 10)
        redact_put(p, date->at[part] + i, '0' + number % 10);
}

static bool is_reserved(const struct date_at *date)
{
    return date->part[YEAR] >= RESERVED_YEAR_FIRST && date->part[YEAR] <= RESERVED_YEAR_LAST;
}

#define SERVICE_YEARS 4

/* Of service: the order among them must stay, for a page sorts its visits by them, and a replay in a
   browser goes by that order. So the year alone moves. */
static bool is_of_service(const struct redact *r, const struct date_at *date)
{
    int64_t away = (int64_t)date->part[YEAR] - r->wall_year;
    return r->wall_year && away >= -SERVICE_YEARS && away <= SERVICE_YEARS;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && year != 1900;
}

static void put_service(struct redact_pass *p, const struct date_at *date)
{
    unsigned year = (unsigned)(1905 + (int64_t)date->part[YEAR] - p->r->wall_year);
    put_part(p, date, YEAR, year);
    if (date->part[MONTH] == 2 && date->part[DAY] == 29 && !is_leap(year))
        put_part(p, date, DAY, 28);
}

static void put_birth(struct redact_pass *p, const struct date_at *date)
{
    uint32_t from[8], to[8];
    struct codebook_value value = {CODEBOOK_DATE, from, 8};
    value_of(date, from);
    if (!codebook_stand_in(p->r->book, &value, to))
        return;
    unsigned parts[3] = {0};
    for (size_t i = 0; i < 8; i++) {
        unsigned *part = &parts[i < 4 ? YEAR : i < 6 ? MONTH : DAY];
        *part = *part * 10 + (to[i] - '0');
    }
    put_part(p, date, YEAR, parts[YEAR]);
    put_part(p, date, MONTH, parts[MONTH]);
    put_part(p, date, DAY, parts[DAY]);
}

/* Two digits may be of either century: whichever is known. */
static bool is_known(const struct redact_pass *p, struct date_at *date)
{
    uint32_t from[8];
    struct codebook_value value = {CODEBOOK_DATE, from, 8};
    unsigned year = date->part[YEAR];
    for (int i = 0; i < 2; i++) {
        value_of(date, from);
        if (codebook_knows(p->r->book, &value))
            return true;
        if (!date->short_year)
            break;
        date->part[YEAR] = year >= 2000 ? year - 100 : year + 100;
    }
    date->part[YEAR] = year;
    return false;
}

size_t redact_date(struct redact_pass *p, size_t at)
{
    struct date_at date;
    if (!parse_date(p, at, &date))
        return 0;
    bool known = is_known(p, &date);
    if (!known && p->mode == REDACT_KNOWN)
        return 0;
    if (!known && is_reserved(&date))
        return date.end;
    redact_count(p, REDACT_DATE);
    if (p->r->scan)
        return date.end;
    if (!known && is_of_service(p->r, &date))
        put_service(p, &date);
    else
        put_birth(p, &date);
    return date.end;
}

#define GROUPS_MAX 8
#define GROUP_DIGITS_MAX 32
#define GROUPED_DIGITS_MIN 7

struct groups {
    size_t count, digits, end;
    size_t at[GROUP_DIGITS_MAX]; /* of each digit */
    size_t len[GROUPS_MAX];
    uint32_t separator; /* of all but a bracket; 0 = they differ */
};

static void take_group(const struct redact_pass *p, struct groups *groups, size_t at, size_t len)
{
    groups->len[groups->count++] = len;
    for (size_t i = 0; i < len && groups->digits < GROUP_DIGITS_MAX; i++)
        groups->at[groups->digits++] = at + i;
    groups->end = at + len;
    (void)p;
}

/* Digits, one separator, digits, ...; behind a closing bracket a blank may stand too. */
static void parse_groups(const struct redact_pass *p, size_t at, struct groups *groups)
{
    *groups = (struct groups){0};
    for (size_t len; groups->count < GROUPS_MAX && (len = digits_at(p, at)) > 0 && groups->digits + len <= GROUP_DIGITS_MAX;) {
        take_group(p, groups, at, len);
        at = groups->end;
        uint32_t separator = cp_at(p, at);
        bool bracket = separator == ')' && groups->count == 1;
        if (separator != '-' && separator != '.' && separator != ' ' && !bracket)
            break;
        at += bracket && cp_at(p, at + 1) == ' ' ? 2 : 1;
        if (!is_digit_at(p, at) || bracket)
            continue;
        groups->separator = groups->count == 1 || groups->separator == separator ? separator : 0;
    }
}

static bool has_lengths(const struct groups *groups, size_t a, size_t b, size_t c)
{
    return groups->count == 3 && groups->len[0] == a && groups->len[1] == b && groups->len[2] == c;
}

static bool is_address(const struct redact_pass *p, const struct groups *groups, size_t at)
{
    if (groups->count != 4 || groups->separator != '.')
        return false;
    for (size_t i = 0; i < 4; i++) {
        if (groups->len[i] > 3 || number_at(p, at, groups->len[i]) > 255)
            return false;
        at += groups->len[i] + 1;
    }
    return true;
}

/* 127.0.0.1 and 0.0.0.0 are everybody's. */
static bool is_own_address(const struct redact_pass *p, size_t at)
{
    unsigned first = number_at(p, at, digits_at(p, at));
    return first == 127 || first == 0;
}

static bool is_listed_number(const struct redact_pass *p, size_t at, size_t end)
{
    char text[GROUP_DIGITS_MAX + GROUPS_MAX];
    if (end - at > sizeof text)
        return false;
    for (size_t i = at; i < end; i++)
        text[i - at] = (char)p->cps[i];
    return phi_map_has_word(p->r->map, (struct slice){text, end - at});
}

static bool is_grouped(const struct redact_pass *p, const struct groups *groups, size_t at)
{
    if (groups->count < 2)
        return false;
    if (has_lengths(groups, 3, 3, 4) || has_lengths(groups, 3, 2, 4) || is_address(p, groups, at))
        return true;
    bool dashes = groups->separator == '-', dots = groups->separator == '.' && groups->count > 2;
    return (dashes || dots) && groups->digits >= GROUPED_DIGITS_MIN;
}

static bool find_groups(const struct redact_pass *p, size_t at, struct groups *groups, uint32_t digits[GROUP_DIGITS_MAX])
{
    parse_groups(p, at, groups);
    if (!is_grouped(p, groups, at) || (groups->end < p->count && letter_is(p->cps[groups->end])))
        return false;
    for (size_t i = 0; i < groups->digits; i++)
        digits[i] = p->cps[groups->at[i]];
    return true;
}

/* What may stay although it is grouped so. */
static bool is_grouped_allowed(const struct redact_pass *p, const struct groups *groups, const uint32_t *digits, size_t at)
{
    return (is_address(p, groups, at) && is_own_address(p, at)) || is_listed_number(p, at, groups->end) ||
           (p->r->trust && reserved_is_mixed(digits, groups->digits));
}

size_t redact_know_groups(struct redact_pass *p, size_t at)
{
    struct groups groups;
    uint32_t digits[GROUP_DIGITS_MAX];
    if (!find_groups(p, at, &groups, digits))
        return 0;
    if (!is_grouped_allowed(p, &groups, digits, at))
        redact_know(p->r, CODEBOOK_NUMBER, digits, groups.digits);
    return groups.end;
}

size_t redact_groups(struct redact_pass *p, size_t at)
{
    struct groups groups;
    uint32_t digits[GROUP_DIGITS_MAX], stand_in[GROUP_DIGITS_MAX];
    if (!find_groups(p, at, &groups, digits))
        return 0;
    struct codebook_value value = {CODEBOOK_NUMBER, digits, groups.digits};
    if (!codebook_knows(p->r->book, &value)) {
        if (p->mode == REDACT_KNOWN)
            return 0;
        if (is_grouped_allowed(p, &groups, digits, at))
            return groups.end;
    }
    redact_count(p, REDACT_NUMBER);
    if (p->r->scan || !codebook_stand_in(p->r->book, &value, stand_in))
        return groups.end;
    for (size_t i = 0; i < groups.digits; i++)
        redact_put(p, groups.at[i], stand_in[i]);
    return groups.end;
}
