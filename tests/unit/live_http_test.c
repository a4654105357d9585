/* HTTP through the live wire: what is sent is what was asked, once; and each way an
   exchange can fail is told by its own name, with the truth about how far the
   request came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/live/curl_library.h"
#include "engine/live/exchange.h"
#include "engine/live/exchange_failure.h"
#include "engine/live/live.h"
#include "tests/unit/live_fixture.h"
#include "tests/unit/live_server.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <semaphore.h>
#include <time.h>

#define LIMIT_MS 5000
#define SHORT_MS 300 /* for what must run into its timeout */

/* The lookup of a name in .hang: it lasts until it is let go, or ten seconds. */
static struct {
    sem_t begun, let_go, ended;
    atomic_bool has_ended;
} lookup;

static void hang_in_lookup(void)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 10;
    sem_post(&lookup.begun);
    while (sem_timedwait(&lookup.let_go, &limit) != 0 && errno == EINTR)
        ;
    lookup.has_ended = true;
    sem_post(&lookup.ended);
}

/* Laid over the one that libcurl calls. */
int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict ret_list)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &found, sizeof real);
    if (!name || !strstr(name, ".hang"))
        return real(name, service, hints, ret_list);
    hang_in_lookup();
    return EAI_AGAIN;
}

struct answer {
    enum wire_http_state state;
    enum wire_http_failure failure;
    uint32_t status;
};

/* The test's wire, the server's behaviour, and one request to it. */
static const struct wire_response *exchange(struct fixture *f, const char *url, struct wire_request *request, int64_t timeout_ms)
{
    if (!f->live)
        fixture_open(f, &(struct live_options){0});
    request->url = slice_of(url);
    request->timeout = duration_ms(timeout_ms);
    if (!request->method.len)
        request->method = SLICE("GET");
    f->wire->ops->http(f->wire, 7, request);
    struct wire_item item = fixture_next(f, LIMIT_MS);
    assert_int_equal(item.kind, WIRE_HTTP);
    assert_int_equal(item.http->id, 7);
    return item.http;
}

static void assert_answer(const struct wire_response *response, struct answer want)
{
    assert_int_equal(response->state, want.state);
    assert_int_equal(response->failure, want.failure);
    assert_int_equal(response->status, want.status);
}

/* A POST to a server that behaves so; the server must have seen it as often as said. */
static void assert_failure(struct fixture *f, struct server *server, const char *scheme, struct answer want, int connections)
{
    char url[64];
    server_start(server);
    assert_true(text_format(url, sizeof url, "%s://127.0.0.1:%u/save?x=1", scheme, server->port));
    struct wire_request request = {.method = SLICE("POST"), .body = SLICE("a=1")};
    const struct wire_response *response = exchange(f, url, &request, want.failure == WIRE_HTTP_TIMEOUT ? SHORT_MS : LIMIT_MS);
    server_stop(server);
    assert_answer(response, want);
    assert_int_equal(server->connections, connections);
    bool has_seen = slice_find((struct slice){server->request, server->request_len}, SLICE("POST")) != NULL;
    assert_true(has_seen <= (want.state != WIRE_HTTP_NOT_SENT));
}

#define PLAIN "http"
#define TLS "https"

static void an_answer_comes_whole(void **state)
{
    static struct server server = {
        .answer = SLICE("HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\nContent-Encoding: gzip\r\n"
                        "Content-Length: 5\r\n\r\nhe\0lo"),
        .end = SERVER_STAYS};
    server_start(&server);
    char url[64];
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {0};
    const struct wire_response *response = exchange(*state, url, &request, LIMIT_MS);
    server_stop(&server);
    assert_answer(response, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, 302});
    assert_int_equal(response->header_count, 6);
    assert_true(slice_equal(response->headers[0].name, SLICE("Location")));
    assert_true(slice_equal(response->headers[0].value, SLICE("/login")));
    assert_true(slice_equal(response->headers[1].value, SLICE("a=1")));
    assert_true(slice_equal(response->headers[2].value, SLICE("b=2")));
    assert_int_equal(response->headers[3].value.len, 0);
    assert_true(slice_equal(response->body, SLICE("he\0lo")));
    assert_int_equal(server.connections, 1);
}

static void a_request_goes_out_as_it_was_given(void **state)
{
    static struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .end = SERVER_STAYS};
    server_start(&server);
    char url[64], want[512];
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/a/../b?q=%%20", server.port));
    struct wire_request request = {
        .method = SLICE("POST"),
        .headers = {{SLICE("Cookie"), SLICE("s=1; t=2")},
                    {SLICE("X-Empty"), SLICE("")},
                    {SLICE("Content-Length"), SLICE("99")},
                    {SLICE("Connection"), SLICE("keep-alive")},
                    {SLICE("content-type"), SLICE("application/json; charset=utf-8")}},
        .header_count = 5,
        .body = SLICE("{\"n\":\"\0\"}"),
    };
    const struct wire_response *response = exchange(*state, url, &request, LIMIT_MS);
    server_stop(&server);
    unsetenv("http_proxy");
    assert_answer(response, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, 200});
    assert_true(text_format(want, sizeof want,
                            "POST /a/../b?q=%%20 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nCookie: s=1; t=2\r\nX-Empty:\r\n"
                            "content-type: application/json; charset=utf-8\r\nContent-Length: 9\r\n\r\n{\"n\":\"",
                            server.port));
    size_t head = strlen(want);
    assert_memory_equal(server.request, want, head);
    assert_int_equal(server.request_len, head + 3);
    assert_memory_equal(server.request + head, "\0\"}", 3);
}

static void a_large_post_is_sent_without_asking_first(void **state)
{
    static char body[60000];
    static struct server server = {.answer = SLICE("HTTP/1.0 200 OK\r\n\r\nto the end"), .end = SERVER_CLOSES};
    memset(body, 'b', sizeof body);
    server_start(&server);
    char url[64];
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {.method = SLICE("POST"), .body = {body, sizeof body}};
    const struct wire_response *response = exchange(*state, url, &request, LIMIT_MS);
    server_stop(&server);
    assert_answer(response, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, 200});
    assert_true(slice_equal(response->body, SLICE("to the end")));
    assert_null(slice_find((struct slice){server.request, server.request_len}, SLICE("Expect")));
}

static void a_chunked_answer_loses_its_chunks_and_its_trailer(void **state)
{
    static struct server server = {
        .answer = SLICE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n"),
        .end = SERVER_STAYS};
    server_start(&server);
    char url[64];
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {0};
    const struct wire_response *response = exchange(*state, url, &request, LIMIT_MS);
    server_stop(&server);
    assert_answer(response, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, 200});
    assert_true(slice_equal(response->body, SLICE("abcde")));
    assert_int_equal(response->header_count, 1);
}

static void a_refused_connection_has_sent_nothing(void **state)
{
    struct server server = {0};
    server_start(&server);
    server_stop(&server);
    char url[64];
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {0};
    assert_answer(exchange(*state, url, &request, LIMIT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_REFUSED, 0});
}

static void an_unknown_name_has_sent_nothing(void **state)
{
    struct wire_request request = {0};
    /* A label of 64 letters is no name, so nobody is asked for it. */
    const char *url = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/";
    assert_answer(exchange(*state, url, &request, LIMIT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_DNS, 0});
}

static void a_resolver_that_hangs_holds_up_neither_the_timeout_nor_the_close(void **state)
{
    struct fixture *f = *state;
    struct wire_request request = {0};
    assert_int_equal(sem_init(&lookup.begun, 0, 0) | sem_init(&lookup.let_go, 0, 0) | sem_init(&lookup.ended, 0, 0), 0);
    assert_answer(exchange(f, "http://host.hang/", &request, SHORT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_TIMEOUT, 0});
    fixture_close(f);
    assert_false(lookup.has_ended);
    assert_int_equal(sem_wait(&lookup.begun), 0);
    sem_post(&lookup.let_go);
    assert_int_equal(sem_wait(&lookup.ended), 0);
}

static void a_bad_address_has_sent_nothing(void **state)
{
    static const char *const urls[] = {"", "no scheme", "ftp://127.0.0.1/", "file:///etc/passwd", "http://user@127.0.0.1/", "http://127.0.0.1:99999/"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct wire_request request = {0};
        assert_answer(exchange(*state, urls[i], &request, LIMIT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_BAD_URL, 0});
    }
}

static void a_header_that_breaks_its_line_is_never_sent(void **state)
{
    static const struct wire_header headers[] = {
        {SLICE("X"), SLICE("1\r\nY: 2")}, {SLICE("X: 1\r\nY"), SLICE("2")}, {SLICE(""), SLICE("2")}, {SLICE("X"), SLICE("a\0b")}};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct wire_request request = {.headers = {headers[i]}, .header_count = 1};
        assert_answer(exchange(*state, "http://127.0.0.1:1/", &request, LIMIT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_OTHER, 0});
    }
}

static void a_failed_handshake_has_sent_nothing(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 400 Bad Request\r\n\r\n"), .end = SERVER_CLOSES, .answers_unread = true};
    assert_failure(*state, &server, TLS, (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_TLS, 0}, 1);
}

static void a_handshake_that_never_ends_times_out_unsent(void **state)
{
    struct server server = {.end = SERVER_STAYS, .answers_unread = true};
    assert_failure(*state, &server, TLS, (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_TIMEOUT, 0}, 1);
}

static void silence_is_a_timeout_of_a_sent_request(void **state)
{
    struct server server = {.end = SERVER_STAYS};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_SENT, WIRE_HTTP_TIMEOUT, 0}, 1);
}

static void a_close_without_an_answer_is_empty_and_not_tried_again(void **state)
{
    struct server server = {.end = SERVER_CLOSES};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_SENT, WIRE_HTTP_EMPTY, 0}, 1);
}

static void a_reset_without_an_answer_is_a_reset_and_not_tried_again(void **state)
{
    struct server server = {.end = SERVER_RESETS};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_SENT, WIRE_HTTP_RESET, 0}, 1);
}

static void a_body_cut_off_is_short(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .end = SERVER_CLOSES};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_SHORT, 200}, 1);
}

static void a_chunk_cut_off_is_short(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"), .end = SERVER_CLOSES};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_SHORT, 200}, 1);
}

static void a_head_cut_off_is_no_answer(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-"), .end = SERVER_CLOSES};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_SENT, WIRE_HTTP_SHORT, 200}, 1);
}

static void a_reset_in_the_body_is_a_reset(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .end = SERVER_RESETS};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_RESET, 200}, 1);
}

static void a_body_that_drips_without_end_times_out(void **state)
{
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\n\r\n"), .end = SERVER_DRIPS};
    assert_failure(*state, &server, PLAIN, (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_TIMEOUT, 200}, 1);
}

static void what_is_not_http_is_malformed(void **state)
{
    static const struct slice answers[] = {SLICE("SSH-2.0-OpenSSH_9\r\n\r\n"), SLICE("HTTP/1.1 2\r\n\r\n"), SLICE("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
                                           SLICE("HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n")};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct server server = {.answer = answers[i], .end = SERVER_CLOSES};
        server_start(&server);
        char url[64];
        assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
        struct wire_request request = {0};
        const struct wire_response *response = exchange(*state, url, &request, LIMIT_MS);
        server_stop(&server);
        assert_int_equal(response->state, WIRE_HTTP_SENT);
        assert_int_equal(response->failure, WIRE_HTTP_MALFORMED);
    }
}

/* Answers with `head`, then `part` as often as said; expects that failure. */
static void assert_swollen(struct fixture *f, const char *head, const char *part, size_t times, enum wire_http_failure failure)
{
    struct str CLEANUP_STR text;
    str_init(&text, 64u << 20);
    str_add_text(&text, head);
    for (size_t i = 0; i < times; i++)
        str_add_text(&text, part);
    assert_false(str_full(&text));
    struct server server = {.answer = str_slice(&text), .end = SERVER_CLOSES};
    server_start(&server);
    char url[64];
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {0};
    const struct wire_response *response = exchange(f, url, &request, LIMIT_MS);
    server_stop(&server);
    assert_int_equal(response->failure, failure);
}

static void ceilings_hold_however_the_answer_is_framed(void **state)
{
    static const char k[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"; /* 64 bytes */
    size_t at_limit = (8u << 20) / 64;
    assert_swollen(*state, "HTTP/1.1 200 OK\r\n\r\n", k, at_limit, WIRE_HTTP_OK);
    assert_swollen(*state, "HTTP/1.1 200 OK\r\n\r\n", k, at_limit + 1, WIRE_HTTP_TOO_LARGE);
    assert_swollen(*state, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", k, at_limit + 1, WIRE_HTTP_TOO_LARGE);
    char chunk[80];
    assert_true(text_format(chunk, sizeof chunk, "40\r\n%s\r\n", k));
    assert_swollen(*state, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, at_limit + 1, WIRE_HTTP_TOO_LARGE);
    assert_swollen(*state, "HTTP/1.1 200 OK\r\nX: ", "0123456789abcdef", 200000 / 16, WIRE_HTTP_TOO_LARGE);
    assert_swollen(*state, "HTTP/1.1 200 OK\r\n", "A: 1\r\n", 65, WIRE_HTTP_MALFORMED);
    assert_swollen(*state, "", "HTTP/1.1 100 Continue\r\n\r\n", 20000, WIRE_HTTP_TOO_LARGE);
}

static void exchanges_run_side_by_side_and_one_too_many_is_not_sent(void **state)
{
    struct fixture *f = *state;
    struct server server = {.end = SERVER_STAYS};
    char url[64];
    server_start(&server);
    fixture_open(f, &(struct live_options){0});
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {.method = SLICE("GET"), .url = slice_of(url), .timeout = duration_ms(SHORT_MS)};
    for (uint32_t id = 1; id <= LIVE_EXCHANGES_MAX + 1; id++)
        f->wire->ops->http(f->wire, id, &request);
    struct wire_item first = fixture_next(f, LIMIT_MS);
    assert_int_equal(first.http->id, LIVE_EXCHANGES_MAX + 1);
    assert_answer(first.http, (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_OTHER, 0});
    for (int i = 0; i < LIVE_EXCHANGES_MAX; i++) {
        struct wire_item item = fixture_next(f, LIMIT_MS);
        assert_int_equal(item.kind, WIRE_HTTP);
        assert_int_equal(item.http->failure, WIRE_HTTP_TIMEOUT);
    }
    server_stop(&server);
    fixture_assert_silent(f);
}

static void a_wire_closes_in_the_middle_of_an_exchange(void **state)
{
    struct fixture *f = *state;
    struct server server = {.end = SERVER_STAYS};
    char url[64];
    server_start(&server);
    int before = fixture_descriptors();
    fixture_open(f, &(struct live_options){0});
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    struct wire_request request = {.method = SLICE("GET"), .url = slice_of(url), .timeout = duration_ms(60000)};
    f->wire->ops->http(f->wire, 1, &request);
    assert_int_equal(fixture_next(f, 50).kind, WIRE_WAKE);
    fixture_close(f);
    server_stop(&server);
    assert_true(fixture_descriptors() <= before);
}

/* A connection that is kept is one that libcurl may try again on. */
static void no_connection_outlives_its_exchange(void **state)
{
    struct fixture *f = *state;
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .end = SERVER_STAYS};
    char url[64];
    struct wire_request first = {0}, request = {0};
    assert_answer(exchange(f, "http://127.0.0.1:1/", &first, LIMIT_MS), (struct answer){WIRE_HTTP_NOT_SENT, WIRE_HTTP_REFUSED, 0});
    int before = fixture_descriptors();
    server_start(&server);
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    assert_answer(exchange(f, url, &request, LIMIT_MS), (struct answer){WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, 200});
    server_stop(&server);
    assert_int_equal(fixture_descriptors(), before);
}

static CURLcode run_handle(CURLM *multi)
{
    int running = 1, left = 0;
    while (running) {
        assert_int_equal(curl_multi_perform(multi, &running), CURLM_OK);
        assert_int_equal(curl_multi_poll(multi, NULL, 0, 100, NULL), CURLM_OK);
    }
    CURLMsg *message = curl_multi_info_read(multi, &left);
    assert_non_null(message);
    return message->data.result;
}

static void a_handle_that_runs_again_sends_nothing(void **state)
{
    struct fixture *f = *state;
    struct server server = {.end = SERVER_CLOSES};
    char url[64];
    server_start(&server);
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    assert_int_equal(curl_library_load(&f->err), ERR_OK);
    CURLM *multi = curl_multi_init();
    struct wire_request request = {.method = SLICE("POST"), .url = slice_of(url), .body = SLICE("a=1"), .timeout = duration_ms(LIMIT_MS)};
    struct exchange *once = exchange_new(multi, 1, &request);
    assert_int_equal(run_handle(multi), CURLE_GOT_NOTHING);
    assert_int_equal(curl_multi_remove_handle(multi, once->easy), CURLM_OK);
    assert_int_equal(curl_multi_add_handle(multi, once->easy), CURLM_OK);
    assert_int_equal(run_handle(multi), CURLE_ABORTED_BY_CALLBACK);
    exchange_free(once, multi);
    curl_multi_cleanup(multi);
    server_stop(&server);
}

static void an_end_after_the_request_is_named_by_what_had_come(void **state)
{
    (void)state;
    struct exchange_end end = {.code = CURLE_RECV_ERROR, .may_be_sent = true};
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_EMPTY);
    end.has_answer_begun = true;
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_SHORT);
    end.os_errno = ECONNRESET;
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_RESET);
    end.trouble = WIRE_HTTP_TOO_LARGE;
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_TOO_LARGE);
    end = (struct exchange_end){.code = CURLE_OK};
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_EMPTY);
    end = (struct exchange_end){.code = CURLE_COULDNT_CONNECT, .os_errno = EHOSTUNREACH};
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_CONNECT);
    end = (struct exchange_end){.code = CURLE_PEER_FAILED_VERIFICATION};
    assert_int_equal(exchange_failure(&end), WIRE_HTTP_TLS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_comes_whole),
        TEST(a_request_goes_out_as_it_was_given),
        TEST(a_large_post_is_sent_without_asking_first),
        TEST(a_chunked_answer_loses_its_chunks_and_its_trailer),
        TEST(a_refused_connection_has_sent_nothing),
        TEST(an_unknown_name_has_sent_nothing),
        TEST(a_resolver_that_hangs_holds_up_neither_the_timeout_nor_the_close),
        TEST(a_bad_address_has_sent_nothing),
        TEST(a_header_that_breaks_its_line_is_never_sent),
        TEST(a_failed_handshake_has_sent_nothing),
        TEST(a_handshake_that_never_ends_times_out_unsent),
        TEST(silence_is_a_timeout_of_a_sent_request),
        TEST(a_close_without_an_answer_is_empty_and_not_tried_again),
        TEST(a_reset_without_an_answer_is_a_reset_and_not_tried_again),
        TEST(a_body_cut_off_is_short),
        TEST(a_chunk_cut_off_is_short),
        TEST(a_head_cut_off_is_no_answer),
        TEST(a_reset_in_the_body_is_a_reset),
        TEST(a_body_that_drips_without_end_times_out),
        TEST(what_is_not_http_is_malformed),
        TEST(ceilings_hold_however_the_answer_is_framed),
        TEST(exchanges_run_side_by_side_and_one_too_many_is_not_sent),
        TEST(a_wire_closes_in_the_middle_of_an_exchange),
        TEST(no_connection_outlives_its_exchange),
        TEST(a_handle_that_runs_again_sends_nothing),
        cmocka_unit_test(an_end_after_the_request_is_named_by_what_had_come),
    };
    return cmocka_run_group_tests_name("live http", tests, NULL, NULL);
}
