/* A run in miniature for the recorder's tests: a scripted outside (struct wire) that
   gives items in order, and a scripted engine that makes requests, waits, and writes
   all it was told into a transcript. The same engine plays over the outside, over a
   recording of it, or over a replay; equal transcripts mean that it could not tell. */
#ifndef TESTS_UNIT_RECORDER_SCRIPT_H
#define TESTS_UNIT_RECORDER_SCRIPT_H

#include "engine/world/wire.h"

struct script_outside {
    struct wire wire;
    const struct wire_item *items; /* borrowed */
    size_t item_count, next_item;
    struct str seen; /* what came down: the requests, as text */
};

enum script_act_kind { ACT_MARK, ACT_START, ACT_SEND, ACT_HTTP, ACT_COMMIT, ACT_LOCK, ACT_KILL, ACT_NEXT };

struct script_act {
    enum script_act_kind kind;
    struct mark mark;
    struct slice text; /* message, or record */
    const struct wire_bulk *bulk;
    const struct wire_request *request;
    uint32_t id;
    struct instant deadline;
};

void script_outside_init(struct script_outside *outside, const struct wire_item *items, size_t count);
void script_outside_fini(struct script_outside *outside);

/* Plays acts over wire; the transcript is what next() told. Stops at an error. */
enum err_code script_play(struct wire *wire, const struct script_act *acts, size_t count, struct str *transcript,
                          struct err *err);

/* The run that most tests use: every kind of entry, two browsers, a secret, odd bytes. */
extern const struct script_act script_acts[];
extern const size_t script_act_count;
extern const struct wire_item script_items[];
extern const size_t script_item_count;
/* The same acts by an engine that was given the recorded state: it knows stand-ins
   only. Made once; lives as long as the test. */
const struct script_act *script_masked_acts(void);
/* The cookie value in it; nothing of a recording may hold it. */
#define SCRIPT_SECRET "Zx9%2FQ7-secret.VALUE-31337"
#define SCRIPT_SECRET_ENCODED "Zx9%252FQ7-secret.VALUE-31337"
/* One that the outside sets on the way. */
#define SCRIPT_LATE_SECRET "n3w-Session-4fT99"
extern const char script_state[];

/* A private directory under /tmp, removed with all in it by script_remove. */
void script_directory(char ret_path[64]);
size_t script_count_files(const char *dir); /* its entries */
void script_remove(const char *path);

/* Records script_acts into dir/rec, events included; asserts that all went well. */
void script_record(const char *dir, struct str *transcript);

/* The same, killed after `count` acts: the manifest stays open. */
void script_record_killed(const char *dir, size_t count, struct str *transcript);

/* Whole files, asserting success. */
void script_read(const char *dir, const char *name, struct str *out);
void script_write(const char *dir, const char *name, struct slice text);

/* The session of a recording as lines: change one, mend checksums, put it back. */
void script_edit_line(const char *dir, size_t line, struct slice from, struct slice to);
void script_delete_line(const char *dir, size_t line);
void script_swap_lines(const char *dir, size_t line);
/* Gives every line its number and its checksum anew. */
void script_mend(const char *dir);

#endif
