/* A file that is written whole: under a name of its own beside the wanted one, and then put
   in its place. So a report is the old one or the new one, never a part. */
#ifndef ENGINE_CLI_REPORT_FILE_H
#define ENGINE_CLI_REPORT_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

/* ERR_ENV with path and cause; nothing is left behind then. A path that is no regular file is
   refused. */
enum err_code report_file_write(const char *path, struct slice text, struct err *err) MUST_USE;

#endif
