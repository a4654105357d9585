/* Two requests to one address, field by field: the parameters of the query, the fields of
   a posted form, or the body as bytes. Names and values are compared as they were sent,
   percent-coding and all; what a page made twice it spelled the same way twice. */
#ifndef RECORDER_OFFLINE_FIELDS_H
#define RECORDER_OFFLINE_FIELDS_H

#include "engine/base/str.h"

#include <stdbool.h>

#define FIELDS_MAX 4096
#define FIELD_TEXT_MAX 96

struct request_text {
    struct slice method, url;
    struct slice body;
    bool has_body;
    bool body_known; /* false: there was one, and nobody knows which */
};

/* What of a URL comes before its query and fragment, and the query. */
struct slice url_place(struct slice url);
struct slice url_query(struct slice url);
/* The path alone, for messages: neither host nor query. */
struct slice url_path(struct slice url);

enum field_kind { FIELD_QUERY, FIELD_FORM, FIELD_BODY, FIELD_NAMES };

/* One thing in which two requests differ. Slices are of the requests. */
struct field_pair {
    enum field_kind kind;
    struct slice name;         /* of the parameter or field; empty for a whole */
    struct slice asked, recorded;
};

/* Called for each difference, in order; false ends the walk. */
typedef bool (*field_visit)(void *ctx, const struct field_pair *pair);

/* Both have the same place. True when nothing differs; false also when visit ended it. A
   body that is not known is like any other. */
bool fields_compare(const struct request_text *asked, const struct request_text *recorded, field_visit visit, void *ctx);

/* "query parameter mode", "form field __VIEWSTATE", "body": a name that is long or odd is
   left out, for it may be a value. */
void field_tell(const struct field_pair *pair, char ret_text[FIELD_TEXT_MAX]);

/* The bytes that a value says: %XX and + undone. */
void field_decode(struct slice value, struct str *out);

#endif
