#include "engine/cli/whatif/fault_places.h"

static bool is_there(const struct fault *fault, const struct batch *batch)
{
    bool there = fault->patient == 0 || fault->patient == FAULT_OUTSIDE;
    for (size_t v = 0; v < batch->visit_count && !there; v++)
        there = batch->visits[v].patient + 1 == fault->patient && (!fault->dos || batch->visits[v].dos == fault->dos);
    return there;
}

enum err_code fault_places_check(const struct fault *faults, size_t count, const struct batch *batch, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        char text[FAULT_TEXT_MAX];
        if (is_there(&faults[i], batch))
            continue;
        (void)fault_format(&faults[i], text);
        return err_set(err, ERR_INPUT, "%s: the batch runs no such visit", text);
    }
    return ERR_OK;
}
