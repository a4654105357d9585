#include "tests/unit/model_door.h"

#include <stdlib.h>

struct door door;

void door_begin(const char *schedule)
{
    size_t count;
    void *memory = malloc(ledger_size_bytes(4));
    assert_non_null(memory);
    door = (struct door){.ledger = ledger_init(memory, 4)};
    err_init(&door.err);
    uint32_t alpha = ledger_add_patient(door.ledger, SLICE("TEST, ALPHA"), SLICE("01/02/1903"));
    uint32_t beta = ledger_add_patient(door.ledger, SLICE("O'BETA \"icd\":["), SLICE("01/03/1903"));
    (void)ledger_add_visit(door.ledger, alpha, 1, SLICE("HF"));
    (void)ledger_add_visit(door.ledger, beta, 2, SLICE("HF"));
    assert_int_equal(fault_parse_list(slice_of(schedule), MODEL_FAULTS_MAX, door.faults, &count, &door.err), ERR_OK);
    model_init(&door.model, &(struct model_options){.ledger = door.ledger, .faults = door.faults, .fault_count = count});
    door.world = model_world(&door.model);
}

void door_end(void)
{
    free(door.ledger);
}

bool door_next(int64_t ms)
{
    struct instant deadline = instant_add(world_now(door.world), duration_ms(ms));
    assert_int_equal(door.world->ops->next(door.world, deadline, &door.done, &door.err), ERR_OK);
    return door.done.kind != COMPLETION_DEADLINE;
}

uint32_t door_submit(enum operation_id id, const char *args)
{
    struct op op = {.kind = OP_CALL};
    op.call = (struct op_call){
        .operation = operation_get(id),
        .args = slice_of(args),
        .budget = duration_ms(15000),
        .start_by_page_ms = door.start_by_ms,
        .nonce = slice_of(door.nonce),
        .http_timeout = duration_ms(60000),
    };
    return door.world->ops->submit(door.world, &op);
}

/* The kind of the answer, "" for a success. */
const char *door_ask(enum operation_id id, const char *args)
{
    uint32_t op = door_submit(id, args);
    assert_true(door_next(15000));
    assert_int_equal(door.done.kind, COMPLETION_RESULT);
    assert_int_equal(door.done.op, op);
    assert_non_null(door.done.answer);
    return door.done.answer->kind;
}

void door_start(void)
{
    struct op op = {.kind = OP_START};
    (void)door.world->ops->submit(door.world, &op);
    assert_true(door_next(15000));
    assert_int_equal(door.done.kind, COMPLETION_RESULT);
}

void door_stop(void)
{
    struct op op = {.kind = OP_STOP};
    (void)door.world->ops->submit(door.world, &op);
}

void door_open(const char *person, const char *args)
{
    char search[128];
    const char *dob = strstr(person, "\"dob\"");
    assert_true(text_format(search, sizeof search, "{%s}", dob));
    assert_string_equal(door_ask(OPERATION_OPEN_WAITING_ROOM, "{}"), "");
    assert_string_equal(door_ask(OPERATION_SEARCH_PATIENT, search), "");
    assert_true(text_format(search, sizeof search, "{%s}", person));
    assert_string_equal(door_ask(OPERATION_SELECT_PATIENT, search), "");
    assert_string_equal(door_ask(OPERATION_SORT_VISITS, "{}"), "");
    assert_string_equal(door_ask(OPERATION_OPEN_VISIT, args), "");
}

void door_open_first(void)
{
    door_start();
    door_open(ALPHA, "{" ALPHA ",\"payer\":\"HF\",\"order\":1}");
}

struct ledger_chart *door_first(void)
{
    return &ledger_charts(door.ledger)[0];
}

enum effect_request door_request(void)
{
    return door.world->ops->effect(door.world).request;
}

bool door_says(const char *name)
{
    bool flag = false;
    assert_true(answer_flag(door.done.answer, name, &flag));
    return flag;
}
