/* Any bytes as a batch. It must end, without a sanitizer's word; and the scan that
   cuts a batch into pieces must agree with jansson about the whole: what batch_open
   takes, jansson takes too, and every visit of the plan opens. A second cut of the
   same bytes at other places gives the same answer. */
#include "engine/base/json_in.h"
#include "engine/mdland/batch_input.h"
#include "engine/mdland/batch_scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_visits(const struct batch *batch)
{
    for (size_t i = 0; i < batch->visit_count; i++) {
        struct arena arena CLEANUP_ARENA;
        arena_init(&arena, VISIT_ARENA_BYTES);
        struct visit *visit;
        struct err err;
        err_init(&err);
        ASSERT(batch_visit_open(batch, i, &arena, &visit, &err) == ERR_OK);
        ASSERT(visit->dos == batch->visits[i].dos);
    }
}

static void check_json(struct slice text)
{
    struct json_in_fault fault;
    json_auto_t *root = json_in_try(text, &json_in_limits_file, &fault);
    ASSERT(root || strncmp(fault.why, "over the limit", 14) == 0);
}

static enum err_code ignore_patient(void *context, const struct scanned_patient *patient, struct err *err)
{
    (void)err;
    *(size_t *)context += patient->visit_count;
    return ERR_OK;
}

/* The scan fed `step` bytes at a time: how many visits, or SIZE_MAX when it refuses. */
static size_t scan(struct slice text, size_t step, uint64_t *ret_offset)
{
    struct batch_scan s __attribute__((cleanup(batch_scan_fini)));
    size_t visits = 0;
    struct err err;
    err_init(&err);
    batch_scan_init(&s);
    s.on_patient = ignore_patient;
    s.context = &visits;
    enum err_code code = ERR_OK;
    for (size_t at = 0; at < text.len && code == ERR_OK; at += step) {
        size_t rest = text.len - at;
        code = batch_scan_feed(&s, (struct slice){text.ptr + at, rest < step ? rest : step}, &err);
    }
    if (code == ERR_OK)
        code = batch_scan_end(&s);
    *ret_offset = s.offset;
    return code == ERR_OK ? visits : SIZE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct batch_source source = batch_source_of(&text);
    struct arena arena CLEANUP_ARENA;
    arena_init(&arena, BATCH_ARENA_BYTES);
    struct batch *batch;
    struct err err;
    err_init(&err);
    if (batch_open(&source, &arena, &batch, &err) == ERR_OK) {
        check_json(text);
        check_visits(batch);
    } else {
        ASSERT(err.code == ERR_INPUT && err.text[0]);
    }
    uint64_t whole, bytewise;
    ASSERT(scan(text, size + 1, &whole) == scan(text, 1, &bytewise));
    ASSERT(whole == bytewise);
    return 0;
}
