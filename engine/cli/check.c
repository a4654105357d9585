/* revisit check: every recording under some directories, replayed and held to what was
   recorded, each in a process of its own. Results are told as they come; files that are
   written are in the order of names, however many processes there were. */
#include "engine/cli/check/receipt.h"
#include "engine/cli/check/tell.h"
#include "engine/cli/child.h"
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/live_line.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/output_file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <time.h>

enum check_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/check.def"
};

#define SHARDS_MAX 10000
#define TEXT_BYTES_MAX ((size_t)512 << 20)

struct check_run {
    struct found found;
    struct pool_result *results; /* owned */
    struct tell tell;
    struct str out;
    const char *junit, *receipts, *step_summary; /* NULL: none */
    bool github, fail_fast, json, clean;
    uint32_t jobs, shard, shards;
    char binary[RECEIPT_DIGEST_TEXT];
    struct timespec began;
};

static enum err_code parse_shard(const char *text, struct check_run *c, struct err *err)
{
    const char *slash = strchr(text, '/');
    uint64_t i = 0, n = 0;
    if (!slash || !slice_parse_u64(slice_of(slash + 1), SHARDS_MAX, &n) ||
        !slice_parse_u64((struct slice){text, (size_t)(slash - text)}, n, &i) || i < 1)
        return err_set(err, ERR_USAGE, "--shard: I/N is needed, like 2/4: I from 1 to N, N at most %d", SHARDS_MAX);
    c->shard = (uint32_t)i;
    c->shards = (uint32_t)n;
    return ERR_OK;
}

static enum err_code take_file(const char *option, const char *path, const char **ret_path, struct err *err)
{
    if (!path[0])
        return err_set(err, ERR_USAGE, "%s: an empty path names no file", option);
    *ret_path = path;
    return ERR_OK;
}

static enum err_code take_option(enum check_option option, struct check_run *c, struct err *err)
{
    switch (option) {
    case CHECK_QUIET: c->tell.quiet = true; return ERR_OK;
    case CHECK_JSON: c->json = true; return ERR_OK;
    case CHECK_KEY: return keys_name(optarg, err);
    case CHECK_TAP: c->tell.tap = true; return ERR_OK;
    case CHECK_JUNIT: return take_file("--junit", optarg, &c->junit, err);
    case CHECK_RECEIPTS: return take_file("--receipts", optarg, &c->receipts, err);
    case CHECK_GITHUB: c->github = true; return ERR_OK;
    case CHECK_STEP_SUMMARY: return take_file("--step-summary", optarg, &c->step_summary, err);
    case CHECK_SHARD: return parse_shard(optarg, c, err);
    case CHECK_REQUIRE_CLEAN: c->clean = true; return ERR_OK;
    case CHECK_FAIL_FAST: c->fail_fast = true; return ERR_OK;
    case CHECK_JOBS: return command_number("--jobs", optarg, 1, POOL_JOBS_MAX, &c->jobs, err);
    }
    return ERR_OK;
}

static enum err_code parse_arguments(int argc, char **argv, struct check_run *c, struct err *err)
{
    c->jobs = child_count(POOL_JOBS_MAX);
    optind = 0;
    for (int option;;) {
        TRY(option_next("check", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum check_option)option, c, err));
    }
    if (c->json + c->tell.tap + c->tell.quiet > 1)
        return err_set(err, ERR_USAGE, "check: --json, --tap and --quiet print different things: choose one");
    if (optind == argc)
        return err_set(err, ERR_USAGE, "check: name directories with recordings: revisit check fixtures");
    TRY(keys_load(err));
    for (int i = optind; i < argc; i++)
        TRY(found_add(&c->found, argv[i], err));
    found_sort(&c->found);
    if (c->found.count == 0)
        return err_set(err, ERR_INPUT, "%s: there is no recording: none of its directories has a manifest.json", argv[optind]);
    if (c->shards)
        found_keep_shard(&c->found, c->shard, c->shards);
    return ERR_OK;
}

static int64_t since_us(const struct timespec *began)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - began->tv_sec) * 1000000 + (now.tv_nsec - began->tv_nsec) / 1000;
}

static void flush_text(struct check_run *c)
{
    (void)fwrite(str_text(&c->out), 1, c->out.len, stdout);
    (void)fflush(stdout);
    str_clear(&c->out);
}

/* Also of one whose process left nothing. */
static void add_receipt(const struct check_run *c, size_t index, struct str *out)
{
    const struct pool_result *result = &c->results[index];
    if (result->comparison && result->receipt.len)
        str_add(out, result->receipt);
    else if (result->comparison)
        receipt_format_lost(c->found.recordings[index].name, c->binary, result->comparison, out);
}

static void tell_one(struct check_run *c, size_t index)
{
    if (c->json)
        add_receipt(c, index, &c->out);
    else
        tell_result(&c->tell, c->found.recordings[index].name, c->results[index].comparison, &c->out);
    flush_text(c);
}

static enum err_code replay_all(struct check_run *c, struct pool *pool, struct err *err)
{
    for (;;) {
        size_t index;
        bool there;
        TRY(pool_next(pool, &index, &there, err));
        if (!there)
            return ERR_OK;
        tell_one(c, index);
        if (c->fail_fast && c->results[index].comparison->code != ERR_OK)
            pool_begin_no_more(pool);
    }
}

static void add_story(const char *name, const struct comparison *c, struct str *out)
{
    str_add_text(out, c->story);
    str_add_text(out, "\nlook closer: ");
    tell_command(name, c, out);
    str_add_char(out, '\n');
}

static enum err_code write_junit(const struct check_run *c, struct err *err)
{
    CLEANUP_STR struct str text;
    size_t count = c->found.count;
    struct junit_suite *suites = calloc(count + 1, sizeof *suites);
    struct str *stories = calloc(count + 1, sizeof *stories);
    str_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; suites && stories && i < count; i++) {
        const struct comparison *v = c->results[i].comparison;
        str_init(&stories[i], ERR_TEXT_MAX + 65536);
        if (v)
            add_story(c->found.recordings[i].name, v, &stories[i]);
        suites[i] = (struct junit_suite){.name = c->found.recordings[i].name, .not_tried = !v};
        if (!v)
            continue;
        suites[i].cases = c->results[i].cases;
        suites[i].count = v->case_count;
        suites[i].failed = v->code != ERR_OK;
        suites[i].error = v->code != ERR_DIVERGED;
        suites[i].kind = err_name(v->code);
        suites[i].reason = v->reason;
        suites[i].story = str_text(&stories[i]);
        suites[i].took_us = v->took_us;
    }
    if (suites && stories)
        junit_format(suites, count, &text);
    bool whole = suites && stories && !str_full(&text);
    for (size_t i = 0; stories && i < count; i++)
        str_fini(&stories[i]);
    free(stories);
    free(suites);
    return whole ? output_file_write(c->junit, str_slice(&text), err) : err_set(err, ERR_ENV, "%s: out of memory", c->junit);
}

static enum err_code write_receipts(const struct check_run *c, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < c->found.count; i++)
        add_receipt(c, i, &text);
    return str_full(&text) ? err_set(err, ERR_ENV, "%s: out of memory", c->receipts)
                           : output_file_write(c->receipts, str_slice(&text), err);
}

static enum err_code write_files(struct check_run *c, const struct tell_sums *sums, struct err *err)
{
    CLEANUP_STR struct str markdown;
    str_init(&markdown, TEXT_BYTES_MAX);
    if (c->junit)
        TRY(write_junit(c, err));
    if (c->receipts)
        TRY(write_receipts(c, err));
    if (!c->step_summary)
        return ERR_OK;
    tell_markdown(&c->found, c->results, sums, &markdown);
    return output_file_append(c->step_summary, str_slice(&markdown), err);
}

static enum err_code work(struct check_run *c, struct err *err)
{
    struct pool *pool = NULL;
    c->results = calloc(c->found.count + 1, sizeof *c->results);
    if (!c->results)
        return err_set(err, ERR_ENV, "out of memory");
    bool receipts = c->receipts || c->json;
    if (receipts)
        TRY(receipt_binary(c->binary, err));
    struct pool_plan plan = {.found = &c->found, .jobs = c->jobs, .cases = c->junit, .receipts = receipts, .clean = c->clean, .binary = c->binary,
                             .results = c->results};
    if (!c->json)
        tell_begin(&c->tell, c->found.count, &c->out);
    flush_text(c);
    enum err_code code = pool_open(&plan, &pool, err);
    if (code == ERR_OK)
        code = replay_all(c, pool, err);
    pool_close(pool);
    TRY(code);
    struct tell_sums sums = tell_count(&c->found, c->results);
    sums.took_us = since_us(&c->began);
    if (!c->json)
        tell_end(&c->tell, &c->found, c->results, &sums, &c->out);
    if (c->github)
        tell_annotations(&c->found, c->results, &c->out);
    flush_text(c);
    return write_files(c, &sums, err);
}

static void take_down(struct check_run *c)
{
    for (size_t i = 0; c->results && i < c->found.count; i++)
        free(c->results[i].comparison);
    free(c->results);
    found_fini(&c->found);
    str_fini(&c->out);
}

int command_check(int argc, char **argv, struct err *err)
{
    static struct check_run c;
    int status = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &c.began);
    str_init(&c.out, TEXT_BYTES_MAX);
    c.tell.colours = live_line_colours(STDOUT_FILENO);
    if (parse_arguments(argc, argv, &c, err) == ERR_OK && work(&c, err) == ERR_OK)
        status = tell_status(&c.found, c.results);
    take_down(&c);
    return status;
}
