#include "tests/unit/batch_bench.h"

#define VISIT(dos)                                                                                                     \
    "{\"dos\":" #dos ",\"status\":\"done\",\"noteType\":\"TX\",\"icdCodes\":[{\"code\":\"M54.50\",\"name\":\"x\"}],"     \
    "\"cptCodes\":[{\"code\":\"97810\",\"name\":\"y\",\"units\":1}],\"generated\":{\"soap\":{\"subjective\":\"a\","    \
    "\"objective\":\"b\",\"assessment\":\"c\",\"plan\":\"d\"}}}"

static const char BATCH[] = "{\"batchId\":\"t\",\"patients\":["
                            "{\"name\":\"TEST, ALPHA\",\"dob\":\"01/02/1903\",\"visits\":[" VISIT(1) "," VISIT(2) "]},"
                            "{\"name\":\"TEST, BETA\",\"dob\":\"01/03/1903\",\"visits\":[" VISIT(1) "]}]}";

static void take_line(void *ctx, struct slice line)
{
    str_add(&((struct bench *)ctx)->events, line);
}

static void run(struct bench *b, struct terms terms, const struct journal *found)
{
    struct batch *batch;
    err_init(&b->err);
    arena_init(&b->arena, BATCH_ARENA_BYTES);
    b->text = SLICE(BATCH);
    b->source = batch_source_of(&b->text);
    str_init(&b->events, 1 << 20);
    assert_int_equal(batch_open(&b->source, &b->arena, &batch, &b->err), ERR_OK);
    event_log_init(&b->log, b, take_line);
    struct run_plan plan = {
        .batch = batch,
        .base_url = SLICE("http://127.0.0.1:1"),
        .max_retries = terms.max_retries,
        .multiplier_thousandths = terms.multiplier_thousandths,
        .min_gap = duration_ms(terms.min_gap_ms),
        .batch_timeout = duration_ms(terms.batch_timeout_ms),
        .breaker = terms.breaker,
        .found = found,
    };
    b->code = run_batch(&plan, &b->world.base, &b->log, &b->end, &b->err);
    arena_fini(&b->arena);
    event_log_fini(&b->log);
}

struct bench *run_under(const struct fake_fault *faults, size_t fault_count, struct terms terms)
{
    static struct bench b;
    b = (struct bench){0};
    fake_world_init(&b.world, faults, fault_count);
    run(&b, terms, NULL);
    return &b;
}

struct bench *resume_under(struct bench *b, const struct fake_fault *faults, size_t fault_count, struct terms terms)
{
    str_fini(&b->events);
    journal_fini(&b->found);
    err_init(&b->err);
    assert_int_equal(journal_fold(str_slice(&b->world.journal), &b->found, &b->err), ERR_OK);
    b->world.journal.len -= b->found.torn_bytes;
    fake_world_restart(&b->world, faults, fault_count, b->found.records);
    run(b, terms, &b->found);
    return b;
}

struct bench *run_with(const struct fake_fault *faults, size_t fault_count, uint32_t max_retries)
{
    return run_under(faults, fault_count, (struct terms){max_retries, 1000, 0, 0, BREAKER_AUTO});
}

void done_with(struct bench *b)
{
    str_fini(&b->events);
    str_fini(&b->world.journal);
    journal_fini(&b->found);
}

uint32_t lines_with(const struct bench *b, const char *part)
{
    uint32_t count = 0;
    struct slice rest = str_slice(&b->events);
    for (const char *hit; (hit = slice_find(rest, slice_of(part)));) {
        count++;
        rest = (struct slice){hit + 1, rest.len - (size_t)(hit + 1 - rest.ptr)};
    }
    return count;
}

void assert_event(const struct bench *b, const char *part)
{
    if (lines_with(b, part) == 0) {
        print_message("expected an event with: %s\nthe log:\n%s", part, str_text(&b->events));
        fail();
    }
}

void assert_laws(const struct bench *b)
{
    const struct batch_summary *s = &b->end.summary;
    uint32_t sum = 0;
    for (size_t i = 0; i < VISIT_OUTCOME_COUNT; i++)
        sum += s->counts[i];
    assert_int_equal(sum + s->settled, s->total);
    assert_int_equal(lines_with(b, "\"visit_result\""), s->total - s->settled);
    assert_int_equal(lines_with(b, "\"batch_summary\""), 1);
    assert_int_equal(b->world.intents_unanswered, 0);
    assert_int_equal(b->world.calls_after_expiry, 0);
    for (size_t i = 0; i < b->world.chart_count; i++) {
        assert_true(b->world.charts[i].code_saves <= 1);
        assert_true(b->world.charts[i].note_saves <= 1);
        assert_true(b->world.charts[i].bills <= 1);
    }
}

