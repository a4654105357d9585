/* One loop: wait, read the clock once, then see what every source has. Items that
   are ready at one reading are handed out one by one with that instant, and only
   when all are gone is there another wait. Requests that are answered here and
   now (a commit, a lock, a refused start) queue their item for the next reading, so that
   its instant holds the time they took. Order within a reading: answers to such
   requests, a signal, HTTP, then the browser in its own order. */
#include "engine/live/live.h"

#include "engine/base/memory.h"
#include "engine/live/browser.h"
#include "engine/live/curl_library.h"
#include "engine/live/exchange.h"
#include "engine/live/item_queue.h"
#include "engine/live/journal_file.h"
#include "engine/live/machine_lock.h"
#include "engine/live/private_dir.h"
#include "engine/live/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#define WAIT_MS_MAX (3600 * 1000)
/* How often an exit is looked for where the kernel cannot tell of it. */
#define EXIT_WATCH_MS 50
#define EXTRA_FDS_MAX 4

struct live {
    struct wire wire; /* first: the wire's functions cast back */
    const char *browser_name;
    bool no_sandbox;
    enum network_off network_off;
    int64_t origin_us;
    struct instant now;
    bool is_curl_up;
    CURLM *multi;
    struct exchange *exchanges; /* under way, or over and queued */
    size_t exchange_count;
    struct exchange *in_hand; /* its answer is with the caller until the next next() */
    struct item_queue queue;
    struct browser browser;
    uint32_t generation;
    struct journal_file journal;
    const char *lock_folder;
    struct machine_locks locks;
    int lock_holder; /* of the lock that was refused last; 0 = unknown */
    int signal_fd;
    int was_subreaper;
    struct err fault; /* ends the run at the next next() */
};

static struct live *live_of(struct wire *wire)
{
    return (struct live *)wire;
}

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct instant read_clock(const struct live *live)
{
    return (struct instant){clock_us() - live->origin_us};
}

static void push(struct live *live, const struct wire_item *item)
{
    if (!item_queue_push(&live->queue, item))
        err_set(&live->fault, ERR_INTERNAL, "more than %d requests wait for their answers to be taken", ITEM_QUEUE_MAX);
}

static void live_kill(struct wire *wire)
{
    struct live *live = live_of(wire);
    struct wire_item item;
    if (browser_stop(&live->browser, &item))
        push(live, &item);
}

/* What was asked without memory may lack a part. Nothing of it leaves. */
static bool has_memory(struct live *live)
{
    if (memory_has_failed())
        err_set(&live->fault, ERR_ENV, "out of memory");
    return !memory_has_failed();
}

static void live_start(struct wire *wire, const struct wire_launch *launch)
{
    struct live *live = live_of(wire);
    struct launch_wish wish = {.browser = live->browser_name, .headed = launch->headed, .no_sandbox = live->no_sandbox,
                               .network_off = live->network_off};
    live_kill(wire);
    if (!has_memory(live))
        return;
    int error = browser_start(&live->browser, ++live->generation, &wish);
    if (error)
        push(live, &(struct wire_item){.kind = WIRE_REFUSED, .generation = live->generation, .refused = error});
}

static void live_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct live *live = live_of(wire);
    if (has_memory(live))
        browser_send(&live->browser, live->now, message, bulk);
}

static void push_answer(struct live *live, struct exchange *exchange)
{
    push(live, &(struct wire_item){.kind = WIRE_HTTP, .http = exchange_answer(exchange)});
}

static void live_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct live *live = live_of(wire);
    if (!has_memory(live))
        return;
    bool is_room = live->exchange_count < LIVE_EXCHANGES_MAX;
    struct exchange *exchange = exchange_new(is_room ? live->multi : NULL, id, request);
    if (!exchange) {
        err_set(&live->fault, ERR_ENV, "no memory for an HTTP request");
        return;
    }
    exchange->next = live->exchanges;
    live->exchanges = exchange;
    live->exchange_count++;
    if (exchange->is_over)
        push_answer(live, exchange);
}

static void live_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct live *live = live_of(wire);
    int error = has_memory(live) ? journal_file_append(&live->journal, record) : ENOMEM;
    push(live, &(struct wire_item){.kind = WIRE_IO, .io = {.id = id, .error = error}});
}

static void live_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct live *live = live_of(wire);
    int error = has_memory(live) ? machine_lock_acquire(&live->locks, live->lock_folder, name, &live->lock_holder) : ENOMEM;
    push(live, &(struct wire_item){.kind = WIRE_IO, .io = {.id = id, .error = error}});
}

static void live_mark(struct wire *wire, const struct mark *mark)
{
    (void)wire, (void)mark; /* marks are for those who record */
}

static int wait_ms(const struct live *live, struct instant deadline)
{
    struct instant until = deadline;
    if (item_queue_has_any(&live->queue))
        return 0;
    if (live->browser.is_present && !live->browser.has_exited)
        until = instant_min(until, live->browser.kill_at);
    int64_t left_us = instant_since(until, read_clock(live)).us;
    int64_t left_ms = left_us <= 0 ? 0 : left_us / 1000 + (left_us % 1000 != 0);
    int64_t limit_ms = live->browser.process.pid && live->browser.process.exit_fd < 0 ? EXIT_WATCH_MS : WAIT_MS_MAX;
    return (int)(left_ms < limit_ms ? left_ms : limit_ms);
}

static unsigned int watched(const struct live *live, struct curl_waitfd ret_fds[EXTRA_FDS_MAX])
{
    const struct browser *browser = &live->browser;
    unsigned int count = 0;
    ret_fds[count++] = (struct curl_waitfd){.fd = live->signal_fd, .events = CURL_WAIT_POLLIN};
    if (browser->pipe.read_fd >= 0)
        ret_fds[count++] = (struct curl_waitfd){.fd = browser->pipe.read_fd, .events = CURL_WAIT_POLLIN};
    if (message_pipe_wants_write(&browser->pipe))
        ret_fds[count++] = (struct curl_waitfd){.fd = browser->pipe.write_fd, .events = CURL_WAIT_POLLOUT};
    if (browser->process.exit_fd >= 0)
        ret_fds[count++] = (struct curl_waitfd){.fd = browser->process.exit_fd, .events = CURL_WAIT_POLLIN};
    return count;
}

static void collect_exchanges(struct live *live)
{
    int left;
    for (CURLMsg *note; (note = curl_multi_info_read(live->multi, &left));) {
        if (note->msg != CURLMSG_DONE)
            continue;
        push_answer(live, exchange_finish(note->easy_handle, note->data.result));
    }
}

static void collect(struct live *live)
{
    struct wire_item item = {.kind = WIRE_SIGNAL};
    if (signals_take(&item.signal))
        push(live, &item);
    collect_exchanges(live);
    browser_work(&live->browser, live->now);
    item_queue_release(&live->queue);
}

static enum err_code wait_and_collect(struct live *live, struct instant deadline, struct err *err)
{
    struct curl_waitfd fds[EXTRA_FDS_MAX];
    int running;
    unsigned int count = watched(live, fds);
    CURLMcode code = curl_multi_poll(live->multi, fds, count, wait_ms(live, deadline), NULL);
    live->now = read_clock(live);
    if (code == CURLM_OK)
        code = curl_multi_perform(live->multi, &running);
    if (code != CURLM_OK)
        return err_set(err, ERR_ENV, "cannot wait for browser and network: %s", curl_multi_strerror(code));
    collect(live);
    return ERR_OK;
}

/* The exchange whose answer goes out leaves the list; it stays until the next next(). */
static void take_in_hand(struct live *live, const struct wire_response *answer)
{
    struct exchange **at = &live->exchanges;
    while (&(*at)->answer != answer)
        at = &(*at)->next;
    live->in_hand = *at;
    *at = live->in_hand->next;
    live->exchange_count--;
}

static bool take(struct live *live, struct wire_item *ret_item)
{
    if (item_queue_has_due(&live->queue))
        *ret_item = item_queue_take(&live->queue);
    else if (!browser_take(&live->browser, ret_item))
        return false;
    ret_item->at = live->now;
    ret_item->more = item_queue_has_due(&live->queue) || message_pipe_has_more(&live->browser.pipe);
    if (ret_item->kind == WIRE_HTTP)
        take_in_hand(live, ret_item->http);
    return true;
}

static enum err_code wake(const struct live *live, struct instant deadline, struct wire_item *ret_item)
{
    *ret_item = (struct wire_item){.kind = WIRE_WAKE, .at = live->now, .asked = deadline};
    return ERR_OK;
}

static enum err_code live_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct live *live = live_of(wire);
    exchange_free(live->in_hand, live->multi);
    live->in_hand = NULL;
    for (bool has_waited = false;; has_waited = true) {
        if (!has_memory(live) || live->fault.code != ERR_OK)
            return err_set(err, live->fault.code, "%s", live->fault.text);
        if (instant_before(deadline, live->now))
            return wake(live, deadline, ret_item);
        if (take(live, ret_item))
            return ERR_OK;
        if (has_waited && !instant_before(live->now, deadline))
            return wake(live, deadline, ret_item);
        TRY(wait_and_collect(live, deadline, err));
    }
}

static const struct wire_ops live_ops = {
    .start = live_start,
    .send = live_send,
    .kill = live_kill,
    .http = live_http,
    .commit = live_commit,
    .lock = live_lock,
    .mark = live_mark,
    .next = live_next,
};

static enum err_code open_parts(struct live *live, const struct live_options *options, struct err *err)
{
    int error = signals_open(&live->signal_fd);
    if (error)
        return err_set(err, ERR_ENV, "cannot watch for signals: %s", strerror(error));
    signals_last_words(options->last_words);
    TRY(curl_library_load(err));
    live->is_curl_up = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    live->multi = live->is_curl_up ? curl_multi_init() : NULL;
    if (!live->multi)
        return err_set(err, ERR_ENV, "libcurl cannot be set up: out of memory or file descriptors");
    error = journal_file_open(&live->journal, options->journal_path);
    if (error == EBADMSG)
        return err_set(err, ERR_INTEGRITY, "the journal %s is damaged before its end: it cannot be continued",
                       options->journal_path);
    if (error)
        return err_set(err, ERR_ENV, "cannot open the journal %s: %s", options->journal_path, strerror(error));
    return ERR_OK;
}

enum err_code live_open(const struct live_options *options, struct live **ret_live, struct err *err)
{
    struct live *live = calloc(1, sizeof *live);
    if (!live)
        return err_set(err, ERR_ENV, "out of memory");
    live->wire.ops = &live_ops;
    live->browser_name = options->browser;
    live->no_sandbox = options->no_sandbox;
    live->network_off = options->no_network ? network_off_find() : NETWORK_ON;
    live->lock_folder = options->lock_folder ? options->lock_folder : machine_lock_folder();
    live->origin_us = clock_us();
    live->signal_fd = live->journal.fd = -1;
    browser_init(&live->browser);
    prctl(PR_GET_CHILD_SUBREAPER, &live->was_subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    enum err_code code = open_parts(live, options, err);
    if (code != ERR_OK) {
        live_close(live);
        return code;
    }
    private_dir_sweep();
    *ret_live = live;
    return ERR_OK;
}

struct wire *live_wire(struct live *live)
{
    return &live->wire;
}

enum network_off live_network_off(const struct live *live)
{
    return live->network_off;
}

int live_lock_holder(const struct live *live)
{
    return live->lock_holder;
}

static void free_exchanges(struct live *live)
{
    exchange_free(live->in_hand, live->multi);
    while (live->exchanges) {
        struct exchange *exchange = live->exchanges;
        live->exchanges = exchange->next;
        exchange_free(exchange, live->multi);
    }
}

void live_close(struct live *live)
{
    struct wire_item unsaid;
    if (!live)
        return;
    browser_stop(&live->browser, &unsaid);
    free_exchanges(live);
    if (live->multi)
        curl_multi_cleanup(live->multi);
    if (live->is_curl_up)
        curl_global_cleanup();
    journal_file_close(&live->journal);
    machine_locks_close(&live->locks);
    if (live->signal_fd >= 0)
        signals_close();
    prctl(PR_SET_CHILD_SUBREAPER, live->was_subreaper);
    free(live);
}
