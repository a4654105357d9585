/* What a reply to an awaited command means. Nothing that a page could have
   written goes into a detail: errors of the protocol are recognized by their
   fixed sentences, and anything else is named by its number. */
#include "engine/browser/session.h"

static const struct {
    const char *sentence;
    enum failure_kind kind;
    bool page_lost; /* the page is gone, not only this call */
} errors[] = {
    {"Inspected target navigated or closed", FAILURE_NAVIGATED, false},
    {"Execution context was destroyed.", FAILURE_NAVIGATED, false},
    {"Cannot find default execution context", FAILURE_NAVIGATED, false},
    {"Cannot find context with specified id", FAILURE_NAVIGATED, false},
    {"Promise was collected", FAILURE_NAVIGATED, false},
    {"Target crashed", FAILURE_PROTOCOL, true},
    {"Session with given id not found.", FAILURE_PROTOCOL, true},
    {"Execution was terminated", FAILURE_PROTOCOL, false},
    {"Object reference chain is too long", FAILURE_PROTOCOL, false},
};

bool reply_take_error(struct browser *b, uint32_t op, const json_t *error, struct completion *ret_completion)
{
    struct slice message = json_slice(json_object_get(error, "message"));
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (!slice_equal(message, slice_of(errors[i].sentence)))
            continue;
        if (errors[i].page_lost)
            return page_lost(b, ret_completion);
        return completion_failure(ret_completion, op, errors[i].kind, errors[i].sentence);
    }
    long long code = json_integer_value(json_object_get(error, "code"));
    if (!text_format(b->detail, sizeof b->detail, "protocol error %lld", code))
        b->detail[0] = '\0';
    return completion_failure(ret_completion, op, FAILURE_PROTOCOL, b->detail);
}

/* The class of what was thrown, where it is one of the language's own: a
   ReferenceError says that page.js is not there. */
static const char *thrown_class(const json_t *details)
{
    static const char *const classes[] = {"ReferenceError", "TypeError", "SyntaxError", "RangeError", "Error"};
    struct slice name = json_slice(json_object_get(json_object_get(details, "exception"), "className"));
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (slice_equal(name, slice_of(classes[i])))
            return classes[i];
    return "exception";
}

bool reply_take_call(struct browser *b, uint32_t op, json_t *root, struct completion *ret_completion)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *thrown = json_object_get(result, "exceptionDetails");
    if (thrown)
        return completion_failure(ret_completion, op, FAILURE_THROWN, thrown_class(thrown));
    const json_t *value = json_object_get(json_object_get(result, "result"), "value");
    if (!json_is_string(value))
        return completion_failure(ret_completion, op, FAILURE_PROTOCOL, "the answer is not text");
    hold_reply(b, root);
    return completion_result(ret_completion, op, json_slice(value));
}
