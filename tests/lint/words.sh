#!/bin/sh
# words.sh ROOT: what no file of the project says (work left undone, a place on
# one person's machine, a stranger's mail address), and what stands at the top.
# Prints one line a violation.
set -eu
cd "$1"
bad=0

# Text files; recordings hold what a browser said, and are judged elsewhere.
files() {
    find . \( -path './.git' -o -path './build*' -o -name node_modules -o -path './tests/lint/planted' -o -path './tests/lint/words.sh' \
        -o -path './fixtures/*/session.ndjson' -o -path './fixtures/*/network.ndjson' -o -path './fixtures/*/bodies' \) -prune \
        -o -type f ! -name '*.zst' ! -name package-lock.json -print | LC_ALL=C sort
}
# forbid WHY PATTERN
forbid() {
    found=$(files | xargs grep -nIE "$2" /dev/null || :)
    [ -z "$found" ] && return
    printf '%s\n' "$found" | sed "s|^\./||; s|\$|    [$1]|"
    bad=1
}
forbid 'say what is, or do it' '\b(TODO|FIXME|XXX|HACK)\b'
forbid "a path of one machine" '(^|[^[:alnum:]_.$-])/(work|farm|root|Users|home/[[:alnum:]]+)/'

for entry in $(ls -A); do
    case $entry in
    engine | recorder | fixtures | tests | bench | Makefile | README.md | LICENSE) ;;
    .git | .ci | .gitignore | .clang-format | build | build-*) ;;
    *) echo "$entry:1: the top level has no such entry"; bad=1 ;;
    esac
done
exit $bad
