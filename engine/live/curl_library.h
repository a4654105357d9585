/* libcurl, loaded when it is first wanted. It brings thirty libraries along, and
   linking them costs every command eight milliseconds: more than the replay of a
   day takes when it does not need them. So the program is not linked with it; the
   functions of <curl/curl.h> that are used here are defined in curl_library.c and
   pass on to the library once it is there. */
#ifndef ENGINE_LIVE_CURL_LIBRARY_H
#define ENGINE_LIVE_CURL_LIBRARY_H

#include "engine/base/err.h"

/* Must have succeeded before any function of <curl/curl.h> is called; calling it again
   costs nothing. ERR_ENV says what to install. The library stays until the process ends. */
enum err_code curl_library_load(struct err *err) MUST_USE;

#endif
