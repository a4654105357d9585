/* The parts of `revisit recording` that have options, and a help, of their own. argv[0] is
   the part's name. Each prints its help when it is asked for. *ret_status: the exit status
   when nothing went wrong. */
#ifndef ENGINE_CLI_RECORDING_TOOLS_H
#define ENGINE_CLI_RECORDING_TOOLS_H

#include "engine/base/err.h"

enum err_code recording_checked(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_diff(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_export_har(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_import_har(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_lint(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_redacted(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_open_command(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_seal_command(int argc, char **argv, int *ret_status, struct err *err);
enum err_code recording_slice(int argc, char **argv, int *ret_status, struct err *err);

#endif
