/* Each function of curl_library.def has a pointer, filled in by name when the library
   is loaded, and a body that calls it. A call before that is our own bug. */
#include "engine/live/curl_library.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>

#define LIBRARY "libcurl.so.4"

#if LIBCURL_VERSION_NUM >= 0x080100
#define CURL_URL_READ const CURLU
#else
#define CURL_URL_READ CURLU
#endif

static void *library;

static struct {
#define X(result, name, parameters, arguments) __typeof__(name) *name;
#include "engine/live/curl_library.def"
#undef X
    __typeof__(curl_easy_setopt) *set;
    __typeof__(curl_easy_getinfo) *get;
} call;

static const struct {
    const char *name;
    void **place;
} symbols[] = {
#define X(result, name, parameters, arguments) {#name, (void **)&call.name},
#include "engine/live/curl_library.def"
#undef X
    {"curl_easy_setopt", (void **)&call.set},
    {"curl_easy_getinfo", (void **)&call.get},
};

enum err_code curl_library_load(struct err *err)
{
    if (library)
        return ERR_OK;
    void *opened = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!opened)
        return err_set(err, ERR_ENV, "%s cannot be loaded: install libcurl4", LIBRARY);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        *symbols[i].place = dlsym(opened, symbols[i].name);
        if (!*symbols[i].place) {
            dlclose(opened);
            return err_set(err, ERR_ENV, "%s is too old: it has no %s; install libcurl4 7.88 or later", LIBRARY,
                           symbols[i].name);
        }
    }
    library = opened;
    return ERR_OK;
}

/* The header may make a macro of a name, so each is in parentheses. */
#define X(result, name, parameters, arguments)                                                     \
    result(name) parameters                                                                        \
    {                                                                                              \
        ASSERT(library);                                                                           \
        return call.name arguments;                                                                \
    }
#include "engine/live/curl_library.def"
#undef X

/* The type of the argument follows from the option's number. */
CURLcode(curl_easy_setopt)(CURL *easy, CURLoption option, ...)
{
    CURLcode code;
    va_list arguments;
    ASSERT(library);
    va_start(arguments, option);
    if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
        code = call.set(easy, option, va_arg(arguments, curl_off_t));
    else if (option < CURLOPTTYPE_OBJECTPOINT)
        code = call.set(easy, option, va_arg(arguments, long));
    else
        code = call.set(easy, option, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}

CURLcode(curl_easy_getinfo)(CURL *easy, CURLINFO info, ...)
{
    va_list arguments;
    ASSERT(library);
    va_start(arguments, info);
    CURLcode code = call.get(easy, info, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}
