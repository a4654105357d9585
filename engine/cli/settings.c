#include "engine/cli/settings.h"

#include "engine/base/json_in.h"
#include "engine/base/json_out.h"
#include "engine/base/memory.h"
#include "engine/live/curl_library.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>

static void curl_text_free(char **text)
{
    curl_free(*text);
}

static void curl_url_free(CURLU **url)
{
    curl_url_cleanup(*url);
}

#define CLEANUP_CURL_TEXT __attribute__((cleanup(curl_text_free)))

static enum err_code bad_url(struct err *err, const char *why)
{
    return err_set(err, ERR_USAGE, "--base-url: %s; it looks like https://node.example or http://127.0.0.1:8080", why);
}

enum err_code settings_set_base_url(struct settings *s, const char *text, struct err *err)
{
    TRY(curl_library_load(err));
    CURLU *url __attribute__((cleanup(curl_url_free))) = curl_url();
    CLEANUP_CURL_TEXT char *scheme = NULL;
    CLEANUP_CURL_TEXT char *host = NULL;
    CLEANUP_CURL_TEXT char *port = NULL;
    CLEANUP_CURL_TEXT char *path = NULL;
    CLEANUP_CURL_TEXT char *extra = NULL;
    if (!url || curl_url_set(url, CURLUPART_URL, text, 0) || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) || curl_url_get(url, CURLUPART_PATH, &path, 0))
        return bad_url(err, "it is not a URL");
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
        return bad_url(err, "only http and https can be used");
    if (curl_url_get(url, CURLUPART_USER, &extra, 0) == CURLUE_OK || curl_url_get(url, CURLUPART_QUERY, &extra, 0) == CURLUE_OK ||
        curl_url_get(url, CURLUPART_FRAGMENT, &extra, 0) == CURLUE_OK)
        return bad_url(err, "it must have no user, query or fragment");
    if (strcmp(path, "/") != 0)
        return bad_url(err, "it must name the host alone, without a path");
    bool has_port = curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT) == CURLUE_OK;
    for (char *c = host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (host[strlen(host) - 1] == '.')
        host[strlen(host) - 1] = '\0';
    if (!host[0])
        return bad_url(err, "it names no host");
    if (!text_format(s->base_url, sizeof s->base_url, "%s://%s%s%s", scheme, host, has_port ? ":" : "", has_port ? port : "") ||
        !text_format(s->host, sizeof s->host, "%s", host))
        return bad_url(err, "it is too long");
    return ERR_OK;
}

void settings_format(const struct settings *s, struct str *out)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "base_url", s->base_url);
    json_out_int(&j, "max_retries", s->max_retries);
    json_out_int(&j, "timeout_multiplier_thousandths", s->multiplier_thousandths);
    json_out_bool(&j, "headed", s->headed);
    if (s->min_gap.us)
        json_out_int(&j, "min_gap_ms", duration_to_ms(s->min_gap));
    if (s->visit_timeout.us)
        json_out_int(&j, "visit_timeout_ms", duration_to_ms(s->visit_timeout));
    if (s->batch_timeout.us)
        json_out_int(&j, "batch_timeout_ms", duration_to_ms(s->batch_timeout));
    if (s->breaker != BREAKER_AUTO)
        json_out_text(&j, "breaker", breaker_mode_name(s->breaker));
    if (s->replay_network)
        json_out_bool(&j, "replay_network", true);
    json_out_end_object(&j);
}

static bool take_number(const json_t *root, const char *key, uint32_t min, uint32_t max, uint32_t *ret_number)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
        return false;
    *ret_number = (uint32_t)json_integer_value(value);
    return true;
}

static bool take_duration(const json_t *root, const char *key, struct duration *ret_duration)
{
    const json_t *value = json_object_get(root, key);
    if (!value)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > SETTINGS_DURATION_MS_MAX)
        return false;
    *ret_duration = duration_ms(json_integer_value(value));
    return true;
}

static bool take_breaker(const json_t *root, enum breaker_mode *ret_mode)
{
    const json_t *value = json_object_get(root, "breaker");
    return !value || (json_is_string(value) && breaker_mode_parse(slice_of(json_string_value(value)), ret_mode));
}

/* The host of a URL as settings_set_base_url() leaves it, which is why it needs no library:
   a replay has libcurl not even loaded. False when it was never made there. */
static bool take_base_url(struct settings *s, const char *url)
{
    const char *host = strncmp(url, "http://", 7) == 0 ? url + 7 : strncmp(url, "https://", 8) == 0 ? url + 8 : "";
    const char *port = strrchr(host, ':');
    size_t len = strlen(host);
    if (len == 0 || strcspn(host, "/?#@") != len)
        return false;
    if (port && strspn(port + 1, "0123456789") == strlen(port + 1))
        len = (size_t)(port - host);
    return len > 0 && text_format(s->base_url, sizeof s->base_url, "%s", url) &&
           text_format(s->host, sizeof s->host, "%.*s", (int)len, host);
}

enum err_code settings_parse(struct slice json, struct settings *ret_settings, struct err *err)
{
    struct settings s = {0};
    json_auto_t *root = json_in_load(json, JSON_REJECT_DUPLICATES, NULL);
    const char *url = json_string_value(json_object_get(root, "base_url"));
    bool whole = url && take_base_url(&s, url) && take_number(root, "max_retries", 0, RETRIES_MAX, &s.max_retries) &&
                 take_number(root, "timeout_multiplier_thousandths", MULTIPLIER_MIN, MULTIPLIER_MAX, &s.multiplier_thousandths) &&
                 json_is_boolean(json_object_get(root, "headed")) && take_duration(root, "min_gap_ms", &s.min_gap) &&
                 take_duration(root, "visit_timeout_ms", &s.visit_timeout) &&
                 take_duration(root, "batch_timeout_ms", &s.batch_timeout) && take_breaker(root, &s.breaker);
    if (!root && memory_has_failed())
        return err_set(err, ERR_ENV, "there is no memory to read the settings");
    if (!whole)
        return err_set(err, ERR_INPUT, "the settings in the manifest are not those of this version");
    s.headed = json_is_true(json_object_get(root, "headed"));
    s.replay_network = json_is_true(json_object_get(root, "replay_network"));
    *ret_settings = s;
    return ERR_OK;
}

struct run_plan settings_plan(const struct settings *settings, struct slice text, const struct batch *batch,
                              const struct state *state, int64_t wall_us)
{
    return (struct run_plan){
        .batch = batch,
        .cookies = state->cookies,
        .cookie_count = state->cookie_count,
        .settings = text,
        .wall_us = wall_us,
        .base_url = slice_of(settings->base_url),
        .max_retries = settings->max_retries,
        .multiplier_thousandths = settings->multiplier_thousandths,
        .headed = settings->headed,
        .min_gap = settings->min_gap,
        .visit_timeout = settings->visit_timeout,
        .batch_timeout = settings->batch_timeout,
        .breaker = settings->breaker,
    };
}
