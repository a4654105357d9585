#include "engine/cli/doctor/look.h"

#include "engine/cli/library.h"

static void add_library(const struct library *library, struct findings *findings)
{
    bool is_curl = strcmp(library->name, "libcurl") == 0;
    if (!library->version && is_curl)
        finding_add(findings, FINDING_BAD, library->name, "install libcurl4", "it cannot be loaded, and a run sends every change of a chart by it");
    else if (!library->version)
        finding_add(findings, FINDING_WARN, library->name, "install libmagic1",
                    "it cannot be loaded, so a file that is not what it should be is refused without saying what it is");
    else if (library->is_old)
        finding_add(findings, FINDING_WARN, library->name, "upgrade it, or run make test here first", "%s is older than %s, the oldest that was tried",
                    library->version, library->floor);
    else
        finding_ok(findings, library->name, "%s%s%s", library->version, library->trap[0] ? ": it " : "", library->trap);
}

static void add_tls(const struct look_wish *wish, struct findings *findings)
{
    bool is_wanted = wish->has_base_url && strncmp(wish->settings.base_url, "https:", 6) == 0;
    const char *tls = library_tls();
    if (tls[0])
        finding_ok(findings, "TLS", "%s", tls);
    else
        finding_add(findings, is_wanted ? FINDING_BAD : FINDING_WARN, "TLS", "install libcurl4, which is built with OpenSSL",
                    "this libcurl speaks no https");
}

void look_at_libraries(const struct look_wish *wish, struct findings *findings)
{
    struct library libraries[LIBRARY_COUNT];
    library_look(libraries);
    for (size_t i = 0; i < LIBRARY_COUNT; i++)
        add_library(&libraries[i], findings);
    add_tls(wish, findings);
}
