#include "engine/cli/library.h"

#include "engine/cli/command.h"
#include "engine/live/curl_library.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <jansson.h>
#include <sodium.h>
#include <yaml.h>
#include <zstd.h>

static const curl_version_info_data *curl_info(void)
{
    static struct err failed; /* static: it is large, and its words are said where libcurl is needed */
    err_init(&failed);
    return curl_library_load(&failed) == ERR_OK ? curl_version_info(CURLVERSION_NOW) : NULL;
}

static const char *curl_version_in_use(void)
{
    const curl_version_info_data *info = curl_info();
    return info ? info->version : NULL;
}

const char *library_tls(void)
{
    const curl_version_info_data *info = curl_info();
    return info && info->ssl_version ? info->ssl_version : "";
}

/* libmagic counts 544 for 5.44. */
static const char *magic_version_in_use(void)
{
    static char text[16];
    void *library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
    int (*version)(void) = library ? (int (*)(void))dlsym(library, "magic_version") : NULL;
    int number = version ? version() : 0;
    return number > 0 && text_format(text, sizeof text, "%d.%02d", number / 100, number % 100) ? text : NULL;
}

/* Numbers and dots, compared number by number; what follows them is of a packager. */
static bool is_older(const char *version, const char *floor)
{
    while (*floor) {
        size_t digits = strspn(version, "0123456789"), floor_digits = strspn(floor, "0123456789");
        uint64_t number = 0, least = 0;
        if (!slice_parse_u64((struct slice){version, digits}, UINT32_MAX, &number) ||
            !slice_parse_u64((struct slice){floor, floor_digits}, UINT32_MAX, &least))
            return digits == 0;
        if (number != least)
            return number < least;
        version += digits + (version[digits] == '.');
        floor += floor_digits + (floor[floor_digits] == '.');
    }
    return false;
}

void library_look(struct library ret_libraries[LIBRARY_COUNT])
{
    const struct library found[] = {
#define X(name, floor, version, trap) {name, version, floor, trap, false},
#include "engine/cli/library.def"
#undef X
    };
    _Static_assert(sizeof found / sizeof *found == LIBRARY_COUNT, "a row a library");
    for (size_t i = 0; i < LIBRARY_COUNT; i++) {
        ret_libraries[i] = found[i];
        ret_libraries[i].is_old = found[i].version && is_older(found[i].version, found[i].floor);
    }
}

void library_print_versions(struct str *out)
{
    struct library libraries[LIBRARY_COUNT];
    library_look(libraries);
    str_add_text(out, "revisit " REVISIT_VERSION "\n");
    for (size_t i = 0; i < LIBRARY_COUNT; i++)
        str_addf(out, "  %-10s %s\n", libraries[i].name, libraries[i].version ? libraries[i].version : "not there");
}
