/* Calls that this program never makes. The Makefile includes this header before
   every source file of engine/ and recorder/: a banned call is an undeclared
   name that says what to use instead. A function pointer to one, or one behind a
   macro, is found in the object files by tests/lint.

   The headers that declare them come first, so that they compile as they are.
   Nothing but this file says who may: engine/base makes its own formatting of
   snprintf (BANNED_ALLOW_SNPRINTF), live and cli read the environment
   (BANNED_ALLOW_GETENV); the Makefile sets both by folder. */
#ifndef ENGINE_BASE_BANNED_H
#define ENGINE_BASE_BANNED_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <wchar.h>

/* They write past an end, or cut without a word. */
#undef sprintf
#define sprintf(...) sprintf_is_banned_use_text_format_or_str_addf
#undef vsprintf
#define vsprintf(...) vsprintf_is_banned_use_text_format_or_str_addf
#undef strcpy
#define strcpy(...) strcpy_is_banned_use_text_format_or_a_str
#undef stpcpy
#define stpcpy(...) stpcpy_is_banned_use_text_format_or_a_str
#undef strcat
#define strcat(...) strcat_is_banned_use_a_str
#undef strncpy
#define strncpy(...) strncpy_is_banned_use_text_format
#undef strncat
#define strncat(...) strncat_is_banned_use_a_str
#undef gets
#define gets(...) gets_is_banned_use_a_reader_with_a_limit
#undef alloca
#define alloca(...) alloca_is_banned_use_an_arena
#ifndef BANNED_ALLOW_SNPRINTF
#undef snprintf
#define snprintf(...) snprintf_is_banned_use_text_format
#undef vsnprintf
#define vsnprintf(...) vsnprintf_is_banned_use_text_format
#endif

/* They take anything for a number, or keep a place between calls. */
#undef atoi
#define atoi(...) atoi_is_banned_use_slice_parse_u64
#undef atol
#define atol(...) atol_is_banned_use_slice_parse_u64
#undef atoll
#define atoll(...) atoll_is_banned_use_slice_parse_u64
#undef atof
#define atof(...) atof_is_banned_as_are_floats_use_slice_parse_u64
#undef sscanf
#define sscanf(...) sscanf_is_banned_use_slice_parse_u64
#undef strtok
#define strtok(...) strtok_is_banned_use_slices
#undef strtok_r
#define strtok_r(...) strtok_r_is_banned_use_slices

/* Time and chance are inputs. */
#undef time
#define time(...) time_is_banned_instants_come_with_completions
#undef clock
#define clock(...) clock_is_banned_instants_come_with_completions
#undef localtime
#define localtime(...) localtime_is_banned_time_zones_reach_no_output
#undef localtime_r
#define localtime_r(...) localtime_r_is_banned_time_zones_reach_no_output
#undef gmtime
#define gmtime(...) gmtime_is_banned_use_gmtime_r
#undef ctime
#define ctime(...) ctime_is_banned_time_zones_reach_no_output
#undef rand
#define rand(...) rand_is_banned_use_a_stream_of_the_seed
#undef srand
#define srand(...) srand_is_banned_use_a_stream_of_the_seed
#undef random
#define random(...) random_is_banned_use_a_stream_of_the_seed
#undef srandom
#define srandom(...) srandom_is_banned_use_a_stream_of_the_seed

/* The environment reaches cli and live, and through them the settings. */
#ifndef BANNED_ALLOW_GETENV
#undef getenv
#define getenv(...) getenv_is_banned_here_settings_come_from_cli
#undef secure_getenv
#define secure_getenv(...) secure_getenv_is_banned_here_settings_come_from_cli
#endif

#endif
