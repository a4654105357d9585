/* What a line of the event log may be, for programs and for people: both are made from
   engine/batch/event.def, which the writers of events are held to. */
#ifndef ENGINE_REPORT_EVENT_SCHEMA_H
#define ENGINE_REPORT_EVENT_SCHEMA_H

#include "engine/base/str.h"

/* A JSON Schema (2020-12) of one line, on one line. Another key than the table has is refused. */
void event_schema_format(struct str *out);
/* Every event and its keys, a line each. */
void event_schema_list(struct str *out);

#endif
