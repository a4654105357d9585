/* The run in miniature: its items and its acts, in step. Each wait of the acts takes
   one item. Entry numbers in the comments are those of session.ndjson. */
#include "tests/unit/recorder_script.h"

const char script_state[] = "{\"cookies\":[{\"domain\":\"127.0.0.1\",\"name\":\"ASP.NET_SessionId\",\"value\":\"" SCRIPT_SECRET
                            "\",\"path\":\"/\",\"expires\":-1},{\"name\":\"clinic\",\"value\":\"7\",\"domain\":\"127.0.0.1\","
                            "\"path\":\"/\"}],\"origins\":[{\"origin\":\"http://127.0.0.1\",\"localStorage\":"
                            "[{\"name\":\"token\",\"value\":\"" SCRIPT_LATE_SECRET "\"}]}]}";

static const struct wire_response answered = {
    .id = 3,
    .state = WIRE_HTTP_ANSWERED,
    .failure = WIRE_HTTP_OK,
    .status = 302,
    .headers = {{SLICE("Set-Cookie"), SLICE("ASP.NET_SessionId=" SCRIPT_LATE_SECRET "; path=/; HttpOnly")},
                {SLICE("X-Latin"), SLICE("caf\xe9")},
                {SLICE("Location"), SLICE("/main.aspx?clinic=7&x=\"1\"")}},
    .header_count = 3,
    .body = SLICE("<html>\n\t\"quoted\" \\ \xe4\xb8\xad\xe6\x96\x87 \x7f " SCRIPT_LATE_SECRET "</html>"),
};
static const struct wire_response binary = {
    .id = 4,
    .state = WIRE_HTTP_ANSWERED,
    .failure = WIRE_HTTP_SHORT,
    .status = 200,
    .body = SLICE("\x00\xff\xfe binary " SCRIPT_SECRET),
};
static const struct wire_response refused = {.id = 5, .state = WIRE_HTTP_NOT_SENT, .failure = WIRE_HTTP_REFUSED};

#define AT(us) .at = {us}, .generation = 1
const struct wire_item script_items[] = {
    {.kind = WIRE_BYTES, AT(1000), .bytes = SLICE("{\"id\":1,\"result\":{\"product\":\"HeadlessChrome/1.2.3\"}}")},
    {.kind = WIRE_BYTES, AT(1000), .bytes = SLICE("{\"id\":2,\"result\":{\"text\":\"a\\ud800b\\u0000\"}}")},
    {.kind = WIRE_BYTES, AT(2500), .bytes = SLICE("{\"id\":3,\n\"spread\":\"over lines\"}")},
    {.kind = WIRE_BYTES, AT(2500), .bytes = SLICE("not json \xff " SCRIPT_SECRET)},
    {.kind = WIRE_BYTES, AT(2600), .bytes = SLICE("")},
    {.kind = WIRE_WAKE, AT(5000001)},
    {.kind = WIRE_BYTES,
     AT(5000002),
     .bytes = SLICE("{\"method\":\"Fetch.requestPaused\",\"params\":{\"request\":{\"headers\":{\"Cookie\":\"a=" SCRIPT_SECRET
                    "; page=Fr0mThePage-77\"}},\"url\":\"http://127.0.0.1/?s=" SCRIPT_SECRET_ENCODED "\"}}")},
    {.kind = WIRE_IO, AT(5000002), .io = {7, 0}},
    {.kind = WIRE_HTTP, AT(5100000), .http = &answered},
    {.kind = WIRE_HTTP, AT(5100000), .http = &binary},
    {.kind = WIRE_HTTP, AT(5200000), .http = &refused},
    {.kind = WIRE_IO, AT(5200000), .io = {8, 28}},
    {.kind = WIRE_EOF, AT(5300000), .eof = {17}},
    {.kind = WIRE_EXIT, AT(5300000), .exit = {true, 9}},
    {.kind = WIRE_SIGNAL, .at = {5400000}, .signal = 15},
    {.kind = WIRE_REFUSED, .at = {5500000}, .generation = 2, .refused = 2},
    {.kind = WIRE_WAKE, .at = {9000000}, .generation = 2},
    {.kind = WIRE_IO, .at = {9000000}, .io = {9, 11}},
};
const size_t script_item_count = sizeof script_items / sizeof script_items[0];

static const struct wire_bulk page = {.name = "page.js", .bytes = SLICE("void 0;"), .at = 12, .advisory = true};
static const struct wire_bulk body = {
    .name = "body", .bytes = SLICE("answer " SCRIPT_SECRET), .encoding = WIRE_BULK_BASE64, .at = 3};
static const struct wire_request post = {
    .method = SLICE("POST"),
    .url = SLICE("http://127.0.0.1:1/ov_ptnote.aspx"),
    .headers = {{SLICE("Cookie"), SLICE("ASP.NET_SessionId=" SCRIPT_SECRET)}, {SLICE("Accept"), SLICE("*/*")}},
    .header_count = 2,
    .body = SLICE("__VIEWSTATE=abc&note=well&sid=" SCRIPT_SECRET_ENCODED),
    .timeout = {15000000},
};

#define NEXT(us) {.kind = ACT_NEXT, .deadline = {us}}
#define SEND(literal) {.kind = ACT_SEND, .text = SLICE(literal)}
const struct script_act script_acts[] = {
    {.kind = ACT_START},                                                             /* 1 */
    SEND("{\"id\":1,\"method\":\"Browser.getVersion\"}"),                            /* 2 */
    NEXT(15000000),                                                                  /* 3 */
    {.kind = ACT_SEND, .text = SLICE("{\"id\":2,\"x\":\"\"}"), .bulk = &page},       /* 4 */
    SEND("{\"id\":3,\"method\":\"Storage.setCookies\",\"params\":{\"cookies\":[{\"name\":\"ASP.NET_SessionId\",\"value\":\""
         SCRIPT_SECRET "\"},{\"name\":\"clinic\",\"value\":\"7\"}]}}"),              /* 5 */
    NEXT(15000000),                                                                  /* 6 */
    NEXT(15000000),                                                                  /* 7 */
    NEXT(15000000),                                                                  /* 8 */
    NEXT(15000000),                                                                  /* 9 */
    {.kind = ACT_MARK, .mark = {3, 2, 1, "searchPatient"}},
    SEND("{\"id\":4,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":\"__revisit.call(\\\"searchPatient\\\", "
         "{\\\"dob\\\":\\\"01/02/1950\\\"}, {\\\"budget\\\":20000})\",\"awaitPromise\":true}}"), /* 10 */
    NEXT(5000000),                                                                   /* 11: a wake */
    {.kind = ACT_MARK, .mark = {3, 2, 2, "saveSOAP"}},
    NEXT(INT64_MAX),                                                                 /* 12 */
    {.kind = ACT_COMMIT, .id = 7, .text = SLICE("\"kind\":\"intent\",\"visit\":\"p3.v2\"")}, /* 13 */
    NEXT(6000000),                                                                   /* 14 */
    {.kind = ACT_HTTP, .id = 3, .request = &post},                                   /* 15 */
    {.kind = ACT_HTTP, .id = 4, .request = &post},                                   /* 16 */
    NEXT(6000000),                                                                   /* 17 */
    NEXT(6000000),                                                                   /* 18 */
    NEXT(6000000),                                                                   /* 19 */
    {.kind = ACT_SEND, .text = SLICE("{\"id\":5}"), .bulk = &body},                  /* 20 */
    SEND("no json"),                                                                 /* 21 */
    {.kind = ACT_COMMIT, .id = 8, .text = SLICE("\"odd\":\"\x01\"")},                /* 22 */
    NEXT(6000000),                                                                   /* 23 */
    NEXT(6000000),                                                                   /* 24 */
    {.kind = ACT_KILL},                                                              /* 25 */
    NEXT(6000000),                                                                   /* 26 */
    NEXT(6000000),                                                                   /* 27 */
    {.kind = ACT_MARK, .mark = {4, 0, 0, NULL}},
    {.kind = ACT_START},                                                             /* 28 */
    NEXT(6000000),                                                                   /* 29 */
    NEXT(8999999),                                                                   /* 30 */
    {.kind = ACT_LOCK, .id = 9, .text = SLICE("http://127.0.0.1:1/ \"4711\"\n")},      /* 31 */
    NEXT(9000001),                                                                   /* 32: another process has it */
    {.kind = ACT_KILL},                                                              /* 33 */
};
const size_t script_act_count = sizeof script_acts / sizeof script_acts[0];
