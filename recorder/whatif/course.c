/* What was taken is worked out backwards, visit by visit: each effect whose outcome its own
   answer leaves open is settled by the next look at the chart, and where none follows it
   counts as not taken. Then positions are written forwards. */
#include "recorder/whatif/course.h"

#include "engine/base/memory.h"

#include <stdlib.h>

void course_init(struct course *course)
{
    *course = (struct course){0};
    arena_init(&course->arena, COURSE_BYTES_MAX);
}

void course_fini(struct course *course)
{
    free(course->exchanges);
    free(course->passages);
    free(course->visits);
    arena_fini(&course->arena);
}

/* A longer table with the same content; NULL, and `full`, when there is none. */
static void *lengthen(struct course *course, void *table, uint32_t *room, uint32_t room_max, size_t element_bytes)
{
    uint32_t wanted = *room ? *room * 2 : 256;
    void *longer = wanted > room_max ? NULL : realloc(table, wanted * element_bytes);
    course->full |= !longer;
    if (longer)
        *room = wanted;
    return longer;
}

struct exchange *course_add_exchange(struct course *course)
{
    if (course->exchange_count == course->exchange_room) {
        void *longer = lengthen(course, course->exchanges, &course->exchange_room, COURSE_EXCHANGES_MAX, sizeof *course->exchanges);
        if (!longer)
            return NULL;
        course->exchanges = longer;
    }
    struct exchange *exchange = &course->exchanges[course->exchange_count++];
    *exchange = (struct exchange){.ended = INSTANT_NEVER, .given_up = INSTANT_NEVER, .request_ended = INSTANT_NEVER};
    return exchange;
}

struct passage *course_add_passage(struct course *course, enum passage_kind kind, struct instant at, uint32_t exchange)
{
    if (course->passage_count == course->passage_room) {
        void *longer = lengthen(course, course->passages, &course->passage_room, COURSE_EXCHANGES_MAX * 4, sizeof *course->passages);
        if (!longer)
            return NULL;
        course->passages = longer;
    }
    struct passage *passage = &course->passages[course->passage_count++];
    *passage = (struct passage){.kind = kind, .at = at, .exchange = exchange};
    return passage;
}

static struct course_visit *add_visit(struct course *course, const struct mark *mark, uint32_t first)
{
    if (course->visit_count == course->visit_room) {
        void *longer = lengthen(course, course->visits, &course->visit_room, COURSE_EXCHANGES_MAX, sizeof *course->visits);
        if (!longer)
            return NULL;
        course->visits = longer;
    }
    struct course_visit *visit = &course->visits[course->visit_count++];
    *visit = (struct course_visit){.patient = mark->patient, .dos = mark->dos, .first = first};
    return visit;
}

static size_t answer_bytes(size_t value_count)
{
    return offsetof(struct answer, values) + value_count * sizeof(struct answer_value);
}

const struct answer *course_keep_answer(struct course *course, const struct answer *answer)
{
    struct answer *kept = arena_alloc(&course->arena, answer_bytes(answer->value_count));
    course->full |= !kept;
    if (kept)
        memcpy(kept, answer, answer_bytes(answer->value_count));
    return kept;
}

void course_answer(const struct exchange *exchange, struct answer *ret_answer)
{
    memcpy(ret_answer, exchange->answer, answer_bytes(exchange->answer->value_count));
}

static bool is_yes(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->value_count; i++)
        if (strcmp(answer->values[i].name, name) == 0)
            return answer->values[i].flag;
    return false;
}

/* Which part of the chart a target looks at, and what it calls it; 0: none. */
static unsigned part_read(enum fault_target target, const char **ret_name)
{
    static const struct {
        unsigned part;
        const char *name;
    } reads[FAULT_TARGET_COUNT] = {
        [FAULT_AT_OPERATION_READ_DIAGNOSIS] = {CHART_CODES, "present"},
        [FAULT_AT_OPERATION_READ_NOTE] = {CHART_NOTE, "equal"},
        [FAULT_AT_OPERATION_READ_BILLING] = {CHART_BILL, "billed"},
        [FAULT_AT_OPERATION_OPEN_VISIT] = {CHART_BILL, "billed"},
    };
    *ret_name = reads[target].name;
    return reads[target].part;
}

unsigned course_part_changed(enum fault_target target)
{
    switch ((int)target) {
    case FAULT_AT_OPERATION_SAVE_DIAGNOSIS: return CHART_CODES;
    case FAULT_AT_OPERATION_SAVE_SOAP: return CHART_NOTE;
    case FAULT_AT_OPERATION_GENERATE_BILLING: return CHART_BILL;
    }
    return 0;
}

bool course_reads(const struct exchange *exchange, unsigned *ret_part, bool *ret_there)
{
    const char *name;
    if (exchange->kind != OP_CALL || exchange->end != EXCHANGE_RESULT || exchange->answer->kind[0])
        return false;
    *ret_part = part_read(exchange->target, &name);
    *ret_there = *ret_part && is_yes(exchange->answer, name);
    return *ret_part != 0;
}

/* Does its own answer say that it took place? */
static bool succeeded(const struct exchange *exchange)
{
    return exchange->end == EXCHANGE_RESULT && exchange->answer->valid && !exchange->answer->kind[0];
}

/* From the last to the first: what the look that follows shows of each part. */
static void settle_effects(struct course *course, struct course_visit *visit)
{
    unsigned seen = 0, there = 0, part;
    bool shows;
    for (uint32_t i = visit->end; i-- > visit->first;) {
        struct exchange *exchange = &course->exchanges[i];
        if (course_reads(exchange, &part, &shows)) {
            seen |= part;
            there |= shows ? part : 0; /* one look of several is enough: it may have landed late */
        }
        part = exchange->kind == OP_CALL ? course_part_changed(exchange->target) : 0;
        if (part == 0)
            continue;
        exchange->taken = exchange->sent && ((seen & there & part) || (!(seen & part) && succeeded(exchange)));
        seen &= ~part;
        there &= ~part;
    }
    visit->before = (uint8_t)(seen & there);
}

static void write_positions(struct course *course, const struct course_visit *visit)
{
    unsigned position = visit->before;
    for (uint32_t i = visit->first; i < visit->end; i++) {
        struct exchange *exchange = &course->exchanges[i];
        exchange->position = (uint8_t)position;
        if (exchange->taken)
            position |= course_part_changed(exchange->target);
    }
}

/* The exchanges of a visit follow each other: a visit is run once in a process. */
static enum err_code find_visits(struct course *course, struct err *err)
{
    struct course_visit *visit = NULL;
    for (uint32_t i = 0; i < course->exchange_count; i++) {
        const struct mark *mark = &course->exchanges[i].mark;
        if (mark->patient == 0)
            continue;
        if (!visit || visit->patient != mark->patient || visit->dos != mark->dos)
            visit = add_visit(course, mark, i);
        if (!visit)
            return err_set(err, ERR_ENV, "out of memory");
        visit->end = i + 1;
    }
    return ERR_OK;
}

static bool changes_page(const struct exchange *exchange)
{
    bool probes = exchange->target == FAULT_AT_OPERATION_PROBE_SESSION;
    return exchange->kind == OP_START || exchange->kind == OP_STOP || (exchange->kind == OP_CALL && !probes);
}

/* An answer that came after it was given up is its own only if nothing else was done to the
   page in between. */
static void find_disturbed(struct course *course)
{
    for (uint32_t i = 0; i < course->exchange_count; i++) {
        struct exchange *late = &course->exchanges[i];
        if (late->kind != OP_CALL || late->given_up.us == INSTANT_NEVER.us || late->ended.us == INSTANT_NEVER.us)
            continue;
        for (uint32_t k = i + 1; k < course->exchange_count && instant_before(course->exchanges[k].at, late->ended); k++)
            late->disturbed |= changes_page(&course->exchanges[k]);
    }
}

/* What was open at the cut may have been answered right after it. */
static void mark_unknown(struct course *course)
{
    for (uint32_t i = 0; i < course->exchange_count; i++) {
        struct exchange *exchange = &course->exchanges[i];
        exchange->unknown = exchange->end == EXCHANGE_SILENT && exchange->given_up.us == INSTANT_NEVER.us;
    }
}

struct duration page_patience(struct duration budget)
{
    int64_t tenth_us = budget.us / 10, most_us = 500000;
    return (struct duration){budget.us - (tenth_us < most_us ? tenth_us : most_us)};
}

/* The page's clock may run a little behind ours. */
#define CLOCK_SLACK_US 100000

bool exchange_ran_out(const struct exchange *exchange)
{
    bool in_time = exchange->given_up.us == INSTANT_NEVER.us;
    if (exchange->kind != OP_CALL || exchange->end != EXCHANGE_RESULT || !in_time || !exchange->answer->kind[0])
        return false;
    return instant_since(exchange->ended, exchange->at).us >= page_patience(exchange->budget).us - CLOCK_SLACK_US;
}

enum err_code course_finish(struct course *course, bool cut, struct err *err)
{
    if (course->full || memory_has_failed())
        return err_set(err, ERR_ENV, "there is no memory for what this recording holds, or it holds more than %u operations",
                       COURSE_EXCHANGES_MAX);
    TRY(find_visits(course, err));
    for (uint32_t i = 0; i < course->visit_count; i++) {
        settle_effects(course, &course->visits[i]);
        write_positions(course, &course->visits[i]);
    }
    find_disturbed(course);
    if (course->passage_count)
        course->end = course->passages[course->passage_count - 1].at;
    course->cut = cut;
    if (cut)
        mark_unknown(course);
    return ERR_OK;
}

/* Patients are run in the order of their numbers, the visits of one in any. */
const struct course_visit *course_visit(const struct course *course, uint32_t patient, uint32_t dos)
{
    uint32_t low = 0, high = course->visit_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (course->visits[middle].patient < patient)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < course->visit_count && course->visits[low].patient == patient; low++)
        if (course->visits[low].dos == dos)
            return &course->visits[low];
    return NULL;
}

struct duration course_took(const struct course *course, enum fault_target target)
{
    for (uint32_t i = 0; i < course->exchange_count; i++) {
        const struct exchange *exchange = &course->exchanges[i];
        if (exchange->target == target && exchange->ended.us != INSTANT_NEVER.us && exchange->ended.us > exchange->at.us)
            return instant_since(exchange->ended, exchange->at);
    }
    return (struct duration){0};
}
