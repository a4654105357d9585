/* The tap's knife: the redactor of a recording that is being made, and its inputs as they are kept. What is
   written goes through it line by line, after it was laid out from the true values and before its
   checksum is of any use. */
#ifndef RECORDER_CLEANER_H
#define RECORDER_CLEANER_H

#include "recorder/record.h"
#include "recorder/redact/body_kind.h"
#include "recorder/redact/redact_entry.h"
#include "recorder/writer.h"

struct cleaner {
    struct redact *redact; /* NULL: nothing is replaced */
    struct phi_map *map;
    struct body_kinds *kinds; /* with --record-network */
    struct str batch, state, journal; /* clean */
    bool missed; /* a line that could not be read was not redacted */
};

void cleaner_init(struct cleaner *cleaner);
void cleaner_fini(struct cleaner *cleaner);
/* Learns from the inputs and makes their clean copies. state: as the recording keeps it, true values. */
enum err_code cleaner_open(struct cleaner *cleaner, const struct record_inputs *inputs, struct slice state, struct err *err);
/* The entry that was ended last, in the session or in the network's file. */
void cleaner_entry(struct cleaner *cleaner, struct writer *writer);
void cleaner_network_entry(struct cleaner *cleaner, struct writer *writer);
/* A body, in place; false: it is to be left out. */
bool cleaner_body(struct cleaner *cleaner, struct slice request_id, char *body, size_t len);
/* A line of the event log, in place. */
void cleaner_event(struct cleaner *cleaner, char *line, size_t len);
/* Something stands as it was, for want of memory or of room: nothing more may be written. */
bool cleaner_is_full(const struct cleaner *cleaner);

#endif
