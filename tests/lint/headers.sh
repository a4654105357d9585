#!/bin/sh
# headers.sh ROOT: every header of engine/ and recorder/ compiles alone, by gcc and
# by clang, in any order and twice over, without what other files include first.
# Prints what the compilers say
# and one line a violation.
set -eu
cd "$1"
find engine recorder -name '*.h' | LC_ALL=C sort | xargs -P "$(nproc)" -I '{}' sh -c '
    for compiler in gcc clang; do
        printf "#include \"%s\"\n#include \"%s\"\n" "{}" "{}" |
            $compiler -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wstrict-prototypes -fsyntax-only -x c - 2>&1 ||
            { echo "{}:1: does not compile alone with $compiler"; exit 1; }
    done'
