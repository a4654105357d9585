#!/bin/sh
# Holds the tree to its own rules: each check runs on the project, on a small clean
# tree (it must pass) and on trees with one planted violation (it must name it).
# Reports in TAP. A check alone: sh tests/lint/layers.sh .
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD-build}
lint=$PWD/tests/lint
trees=$(mktemp -d "${TMPDIR:-/tmp}/revisit-lint.XXXXXX") || exit 9
trap 'rm -rf "$trees"' EXIT
number=0 failed=0

say() { # STATUS CLAIM [OUTPUT-FILE]
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $number - $2"
    [ -z "${3-}" ] || sed 's/^/  /' "$3"
}

# The project passes check $1, run on $2.
holds() {
    sh "$lint/$1.sh" "$2" >"$trees/out" 2>&1
    say $? "$3" "$trees/out"
}

# A clean tree in $tree, to plant in.
new_tree() {
    tree=$trees/tree
    rm -rf "$tree"
    mkdir -p "$tree/engine/base" "$tree/engine/policy" "$tree/engine/browser" "$tree/recorder" "$tree/tests" "$tree/bench"
    printf '#ifndef A_H\n#define A_H\nint a(void);\n#endif\n' >"$tree/engine/base/a.h"
    printf '#include "engine/base/a.h"\n\nint a(void)\n{\n    return 1;\n}\n' >"$tree/engine/base/a.c"
}

# Check $1 names a violation that reads like $2 in the tree as it stands.
catches() {
    if sh "$lint/$1.sh" "$tree" >"$trees/out" 2>&1; then
        say 1 "$3: not noticed" "$trees/out"
    else
        grep -qE "$2" "$trees/out"
        say $? "$3" "$trees/out"
    fi
}
accepts() {
    sh "$lint/$1.sh" "$tree" >"$trees/out" 2>&1
    say $? "$2" "$trees/out"
}

for check in layers budgets words headers; do
    new_tree
    accepts $check "$check: a clean tree passes"
done

holds layers . "layers: every include follows an arrow"
new_tree; printf '#include "engine/policy/p.h"\n' >"$tree/engine/base/b.c"
catches layers '^engine/base/b.c:1: .*engine/policy' "layers: base that includes policy is caught"
new_tree; printf '#include <stdio.h>\n  #  include   "engine/live/live.h"\n' >"$tree/engine/browser/b.h"
catches layers '^engine/browser/b.h:2: .*engine/live' "layers: browser that includes live is caught, however it is written"
new_tree; printf '#include "engine/mdland/visit.h"\n' >"$tree/recorder/r.c"
catches layers '^recorder/r.c:1: ' "layers: a recorder that knows a visit is caught"
new_tree; mkdir -p "$tree/recorder/model"; printf '#include "engine/mdland/ops.def"\n' >"$tree/recorder/model/r.c"
accepts layers "layers: a recorder may read the table of operations"
new_tree; printf '#include "a.h"\n' >"$tree/engine/base/b.c"
catches layers '^engine/base/b.c:1: .*from the root' "layers: a path that is not from the root is caught"
new_tree; printf '#include <stdio.h>\n#include "engine/base/a.h"\n' >"$tree/engine/base/a.c"
catches layers '^engine/base/a.c:1: .*own header' "layers: a source whose own header is not first is caught"
new_tree; mkdir "$tree/engine/extra"; printf '#include "engine/base/a.h"\n' >"$tree/engine/extra/x.c"
catches layers '^engine/extra/x.c:1: .*engine/extra' "layers: a folder that nobody placed is caught"

body() { # COUNT lines of a function's body
    awk -v count="$1" 'BEGIN { print "int big(void)\n{"; while (count-- > 0) print "    ;"; print "}" }'
}
holds budgets . "budgets: files, functions and nesting keep within theirs"
new_tree; body 70 >"$tree/engine/base/b.c"
accepts budgets "budgets: a function of 70 lines passes"
new_tree; body 71 >"$tree/engine/base/b.c"
catches budgets '^engine/base/b.c:2: a function of 71' "budgets: a function of 71 lines is caught"
new_tree; seq 500 | sed 's/.*/int a&;/' >"$tree/recorder/b.c"
accepts budgets "budgets: a file of 500 lines passes"
new_tree; seq 501 | sed 's/.*/int a&;/' >"$tree/recorder/b.c"
catches budgets '^recorder/b.c:1: 501 lines' "budgets: a file of 501 lines is caught"
new_tree
printf 'void f(int a)\n{\n    if (a)\n        for (;;)\n            while (a) {\n                if (a)\n                    return;\n            }\n}\n' \
    >"$tree/engine/base/b.c"
catches budgets '^engine/base/b.c:6: .*4 deep' "budgets: statements four deep are caught"

holds words . "words: nothing left undone, no place on one machine, a known top level"
work_left=TO""DO
new_tree; printf '/* %s: later */\n' $work_left >"$tree/engine/base/b.c"
catches words '^engine/base/b.c:1:' "words: a note of work left undone is caught"
new_tree; printf 'see "%s/alice/notes"\n' /home >"$tree/engine/base/b.c"
catches words '^engine/base/b.c:1:' "words: a path of one machine is caught"
new_tree; : >"$tree/NOTES"
catches words '^NOTES:1:' "words: a strange entry at the top is caught"

holds headers . "headers: every one compiles alone, by gcc and by clang"
new_tree; printf '#ifndef B_H\n#define B_H\nsize_t b(void);\n#endif\n' >"$tree/engine/base/b.h"
catches headers '^engine/base/b.h:1: does not compile alone' "headers: one that leans on others is caught"
new_tree; printf 'struct b {\n    int b;\n};\n' >"$tree/engine/base/b.h"
catches headers '^engine/base/b.h:1: does not compile alone' "headers: one without a guard is caught"

. "$lint/banned.sh"
. "$lint/objects.sh"

echo "1..$number"
[ $failed = 0 ]
