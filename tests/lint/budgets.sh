#!/bin/sh
# budgets.sh ROOT: a source file has at most 500 lines, a C function at most 70,
# and its statements stand at most three deep. A function is known by its shape: a
# brace alone in the first column opens it, one closes it; depth is read from the
# indent of if, for, while, switch and do, four blanks a level. Prints one line a
# violation.
set -eu
cd "$1"
# shellcheck disable=SC2046 # those of the four that are there
find $(ls -d engine recorder tests bench 2>/dev/null) \( -name node_modules -o -path tests/lint/planted \) -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.def' -o -name '*.js' -o -name '*.mjs' -o -name '*.sh' -o -path tests/run \) -print |
    LC_ALL=C sort | xargs awk '
    function fault(line, text) { print name ":" line ": " text; bad = 1 }
    function end_of_file() {
        if (last > 500) fault(1, last " lines (at most 500)")
        start = 0
    }
    FNR == 1 { if (NR > 1) end_of_file(); name = FILENAME; in_c = name ~ /\.[ch]$/ }
    { last = FNR }
    !in_c { next }
    /^\{/ { start = FNR; deepest = 0; next }
    /^\}/ && start {
        if (FNR - start - 1 > 70) fault(start, "a function of " FNR - start - 1 " lines (at most 70)")
        if (deepest > 3) fault(where, "statements stand " deepest " deep (at most 3)")
        start = 0
    }
    start && /^ +(\} )?(else )?(if|for|while|switch) ?\(/ || start && /^ +do \{/ {
        match($0, /^ +/)
        if (RLENGTH / 4 > deepest) { deepest = RLENGTH / 4; where = FNR }
    }
    END { if (NR) end_of_file(); exit bad }'
