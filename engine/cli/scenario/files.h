/* The scenarios that a command line names: files, and the *.yaml of folders, by name. */
#ifndef ENGINE_CLI_SCENARIO_FILES_H
#define ENGINE_CLI_SCENARIO_FILES_H

#include "engine/cli/scenario/problem.h"

#define SCENARIO_FILES_MAX 10000

struct scenario_files {
    char **paths; /* owned, each and all */
    size_t count, capacity;
};

/* A path: a folder with no scenario in it is a problem. ERR_ENV where the system failed. */
enum err_code scenario_files_add(struct scenario_files *files, const char *path, struct problems *problems,
                                 struct err *err) MUST_USE;
void scenario_files_fini(struct scenario_files *files);

#endif
