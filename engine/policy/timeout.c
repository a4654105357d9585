#include "engine/policy/timeout.h"

static const struct {
    const char *name;
    int64_t ms;
} budgets[] = {
#define X(id, name, ms) [id] = {name, ms},
#include "engine/base/budget.def"
#undef X
};

#define VISIT_MS 600000

struct duration timeout_budget(enum budget_class budget, uint32_t attempt, uint32_t multiplier_thousandths)
{
    /* (1 + (n - 1) / 2) = (n + 1) / 2, hence the 2 in the divisor. */
    int64_t scaled = budgets[budget].ms * multiplier_thousandths * (attempt + 1);
    int64_t divisor = MULTIPLIER_ONE * 2;
    return duration_ms((scaled + divisor / 2) / divisor);
}

struct duration timeout_visit(uint32_t multiplier_thousandths)
{
    uint32_t factor = multiplier_thousandths > MULTIPLIER_ONE ? multiplier_thousandths : MULTIPLIER_ONE;
    return duration_ms((int64_t)VISIT_MS * factor / MULTIPLIER_ONE);
}

const char *budget_name(enum budget_class budget)
{
    return budgets[budget].name;
}
