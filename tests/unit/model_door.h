/* The model asked through the door by hand, over two charts: p1.v1 of ALPHA and p2.v2 of
   BETA. There is one door, begun and ended by each test. */
#ifndef TESTS_UNIT_MODEL_DOOR_H
#define TESTS_UNIT_MODEL_DOOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/mdland/operation.h"
#include "recorder/model/model.h"

#define ALPHA "\"name\":\"TEST, ALPHA\",\"dob\":\"01/02/1903\""
#define BETA "\"name\":\"O'BETA \\\"icd\\\":[\",\"dob\":\"01/03/1903\""
#define FIRST "\"visitId\":\"5000001\"," ALPHA

struct door {
    struct ledger *ledger;
    struct model model;
    struct fault faults[MODEL_FAULTS_MAX];
    struct world *world;
    char nonce[NONCE_MAX + 1]; /* given along with each call; empty: none */
    int64_t start_by_ms;
    struct completion done;    /* the last one */
    struct err err;
};

extern struct door door;

void door_begin(const char *schedule);
void door_end(void);
/* The next completion, into door.done; false when none comes in so many ms. */
bool door_next(int64_t ms);
uint32_t door_submit(enum operation_id id, const char *args);
/* Calls, and waits for the answer: its kind, "" for a success. */
const char *door_ask(enum operation_id id, const char *args);
void door_start(void);
void door_stop(void);
/* From the waiting room to the row that the arguments of openVisit name. */
void door_open(const char *person, const char *args);
/* A browser, and ALPHA's visit. */
void door_open_first(void);
struct ledger_chart *door_first(void);
enum effect_request door_request(void);
/* A yes or no of the last answer. */
bool door_says(const char *name);

#endif
