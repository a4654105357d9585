#include "engine/base/memory.h"

static bool has_failed;

void memory_note_failure(void)
{
    has_failed = true;
}

bool memory_has_failed(void)
{
    return has_failed;
}

void memory_forget_failure(void)
{
    has_failed = false;
}
