/* One event of the Network domain, folded into the traffic. */
#ifndef RECORDER_TRAFFIC_EVENT_H
#define RECORDER_TRAFFIC_EVENT_H

#include "recorder/traffic/traffic.h"

#include <jansson.h>

/* The last exchange of that request id; NULL = there is none. */
struct exchange *traffic_find(const struct traffic *traffic, struct slice request_id);
/* False out of memory. `event` is {"method","params"}; what is no event of an exchange is
   passed over. */
bool traffic_take_event(struct traffic *traffic, const struct entry *entry, const json_t *event) MUST_USE;
bool traffic_take_body(struct traffic *traffic, const struct entry *entry, const json_t *body) MUST_USE;

#endif
