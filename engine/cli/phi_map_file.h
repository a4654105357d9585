/* The rules of redaction that a command goes by: those that are compiled in, or a file's. */
#ifndef ENGINE_CLI_PHI_MAP_FILE_H
#define ENGINE_CLI_PHI_MAP_FILE_H

#include "recorder/recording.h"
#include "recorder/redact/phi_map.h"

/* path NULL: the ones compiled in. Errors name the file. phi_map_free() is the caller's. */
enum err_code phi_map_open(const char *path, struct phi_map **ret_map, struct err *err) MUST_USE;
/* --require-clean: ERR_INTEGRITY unless the recording is certified by the rules compiled in. */
enum err_code require_clean(const struct recording *recording, struct err *err) MUST_USE;

#endif
