#include "tests/standin/draw.h"

#include <string.h>

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t draw(uint64_t seed, const char *purpose, uint64_t count)
{
    uint64_t x = mix(seed);

    for (; *purpose; purpose++)
        x = mix(x ^ (unsigned char)*purpose);
    return mix(x ^ count);
}

unsigned draw_below(uint64_t seed, const char *purpose, uint64_t count, unsigned limit)
{
    return (unsigned)(draw(seed, purpose, count) % limit);
}

static void draw_from(const char *alphabet, uint64_t x, char *ret_text, size_t len)
{
    size_t letters = strlen(alphabet);

    for (size_t i = 0; i < len; i++) {
        x = mix(x + i);
        ret_text[i] = alphabet[x % letters];
    }
    ret_text[len] = '\0';
}

void draw_token(uint64_t seed, const char *purpose, uint64_t count, char *ret_text, size_t len)
{
    draw_from("abcdefghijklmnopqrstuvwxyz012345", draw(seed, purpose, count), ret_text, len);
}

void draw_base64(uint64_t seed, const char *purpose, uint64_t count, char *ret_text, size_t len)
{
    draw_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", draw(seed, purpose, count),
              ret_text, len);
}

unsigned draw_latency_permille(uint64_t seed, const char *purpose, uint64_t count)
{
    static const unsigned quantile[32] = {310,  400,  460,  520,  570,  620,  670,  710,  750,  790,  830,
                                          870,  910,  940,  970,  1000, 1040, 1090, 1150, 1220, 1300, 1400,
                                          1510, 1640, 1800, 2000, 2250, 2600, 3100, 3900, 5200, 7000};
    uint64_t x = draw(seed, purpose, count);

    if (x % 100 == 0)
        return 9000 + (unsigned)((x >> 8) % 16000);
    return quantile[(x >> 16) % 32];
}
