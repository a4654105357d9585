/* A file that a user wants written: whole, by a neighbour (recorder/seal/neighbour.h) and a rename, so that
   whoever reads it sees the old text or the new, never a part. What is there and is no regular
   file (a pipe, /dev/stdout) is written into as it is. */
#ifndef ENGINE_CLI_OUTPUT_FILE_H
#define ENGINE_CLI_OUTPUT_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

/* For its user alone, unless another mode stands there already. ERR_ENV, with the path and the
   cause; nothing is left beside it then. */
enum err_code output_file_write(const char *path, struct slice text, struct err *err) MUST_USE;
/* The same for all to read: for what other users' programs fetch, like a monitor. */
enum err_code output_file_publish(const char *path, struct slice text, struct err *err) MUST_USE;
/* At its end, made where it is not there; not by a rename: others write there too. */
enum err_code output_file_append(const char *path, struct slice text, struct err *err) MUST_USE;

#endif
