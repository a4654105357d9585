/* A browser without a network: what is found is what a process then really has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/live/browser_path.h"
#include "engine/live/launch.h"
#include "tests/unit/live_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* A server of this machine, on any port. */
static int listen_here(struct sockaddr_in *ret_address)
{
    socklen_t size = sizeof *ret_address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)ret_address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret_address, &size), 0);
    return fd;
}

static void assert_reaches(struct fixture *f, bool is_cut_off)
{
    struct sockaddr_in address;
    char script[256];
    int server = listen_here(&address);
    assert_true(text_format(script, sizeof script,
                            "#!/bin/bash\n(exec 5<>/dev/tcp/127.0.0.1/%d) 2>/dev/null && printf 'reached\\0' >&4 || printf 'none\\0' >&4\n"
                            "printf \"$(id -u)\\0\" >&4; read x <&3\n",
                            ntohs(address.sin_port)));
    fixture_open(f, &(struct live_options){
                        .browser = fixture_file(f, "browser", script, 0700), .no_sandbox = true, .no_network = is_cut_off});
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    struct wire_item item = fixture_next(f, 10000);
    assert_int_equal(item.kind, WIRE_BYTES);
    bool is_namespace = live_network_off(f->live) == NETWORK_OFF_NAMESPACE || live_network_off(f->live) == NETWORK_OFF_USER_NAMESPACE;
    assert_string_equal(item.bytes.ptr, is_namespace ? "none" : "reached");
    item = fixture_next(f, 10000);
    assert_int_equal(atol(item.bytes.ptr), getuid()); /* its own files are its own */
    close(server);
}

static void a_browser_reaches_no_server_of_its_own_machine(void **state)
{
    assert_reaches(*state, true);
}

static void a_browser_of_a_live_run_reaches_one(void **state)
{
    assert_reaches(*state, false);
}

static bool has_flag(const struct launch *launch, const char *flag)
{
    for (size_t i = 0; i < launch->arg_count; i++)
        if (strcmp(launch->argv[i], flag) == 0)
            return true;
    return false;
}

static void where_no_namespace_is_permitted_its_flags_keep_it_in(void **state)
{
    (void)state;
    struct launch_wish wish = {.browser = "/bin/sh", .no_sandbox = true};
    struct launch launch;
    assert_int_equal(launch_init(&launch, &wish, "/tmp"), 0);
    assert_true(has_flag(&launch, "--no-proxy-server"));
    assert_false(has_flag(&launch, "--proxy-server=socks5://127.0.0.1:9"));
    wish.network_off = NETWORK_OFF_FLAGS;
    assert_int_equal(launch_init(&launch, &wish, "/tmp"), 0);
    assert_false(has_flag(&launch, "--no-proxy-server"));
    assert_true(has_flag(&launch, "--proxy-server=socks5://127.0.0.1:9"));
    assert_true(has_flag(&launch, "--proxy-bypass-list=<-loopback>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_browser_reaches_no_server_of_its_own_machine, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_browser_of_a_live_run_reaches_one, fixture_setup, fixture_teardown),
        cmocka_unit_test(where_no_namespace_is_permitted_its_flags_keep_it_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
