/* Any bytes as a schedule of faults. What parses formats to a text that parses to the same
   faults; what does not leaves a sentence. */
#include "recorder/model/fault.h"

#define FAULTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(const struct fault *a, const struct fault *b)
{
    return a->run == b->run && a->patient == b->patient && a->dos == b->dos && a->attempt == b->attempt &&
           a->target == b->target && a->nth == b->nth && a->kind == b->kind && a->size == b->size && a->taken == b->taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault faults[FAULTS_MAX], again[FAULTS_MAX];
    size_t count, count_again;
    struct err err;
    err_init(&err);
    if (fault_parse_list((struct slice){(const char *)data, size}, FAULTS_MAX, faults, &count, &err) != ERR_OK) {
        ASSERT(err.text[0]);
        return 0;
    }
    struct str text CLEANUP_STR;
    str_init(&text, FAULTS_MAX * FAULT_TEXT_MAX);
    fault_format_list(faults, count, &text);
    ASSERT(!str_full(&text));
    ASSERT(fault_parse_list(str_slice(&text), FAULTS_MAX, again, &count_again, &err) == ERR_OK && count_again == count);
    for (size_t i = 0; i < count; i++)
        ASSERT(is_same(&faults[i], &again[i]));
    return 0;
}
