#!/bin/sh
# symbols.sh BUILD: what the objects under BUILD/engine and BUILD/recorder ask of
# libraries is what symbols.txt (or $SYMBOLS) grants them. A call that _FORTIFY_SOURCE
# made another (__memcpy_chk) is judged by the name it was written with. Names that one of our
# own objects defines for others are not asked of a library; objects whose source
# is gone are passed over. Run from the root. Prints one line a violation.
set -eu
table=${SYMBOLS-$(cd "$(dirname "$0")" && pwd)/symbols.txt}
root=$PWD
cd "$1"
objects=$(find engine recorder -name '*.o' | LC_ALL=C sort | while read -r object; do
    [ ! -e "$root/${object%.o}.c" ] || echo "$object"
done)
[ -n "$objects" ] || { echo "$1:1: no objects here: build first"; exit 1; }
# shellcheck disable=SC2086 # a list of names
nm -A -P $objects $(ls page_script.o report_parts.o phi_map_text.o 2>/dev/null) | sed 's/@[^ ]*//; s/ __\([a-z]*\)_chk / \1 /; s/ __\(open[a-z]*\)_2 / \1 /' | awk -v table="$table" '
    function glob(text) { gsub(/[.+]/, "\\\\&", text); gsub(/\*/, ".*", text); return "^" text "$" }
    BEGIN {
        while ((getline line < table) > 0) {
            row++
            if (line ~ /^(#|$)/) continue
            if (line !~ / : .* # /) { print "symbols.txt:" row ": a row is OBJECTS : SYMBOLS # why"; bad = 1; continue }
            sub(/ # .*/, "", line)
            split(line, side, " : ")
            objects_of[row] = side[1]; symbols_of[row] = side[2]
        }
    }
    { object = $1; sub(/:$/, "", object) }
    $3 != "U" && $3 != "w" { if ($3 ~ /^[A-Z]$/) ours[$2]; next }
    { asked[++n] = object SUBSEP $2 }
    function matches(text, globs,    word, count, i) {
        count = split(globs, word, " ")
        for (i = 1; i <= count; i++) if (text ~ glob(word[i])) return 1
        return 0
    }
    # 1 granted, 0 not named, -1 refused
    function verdict(object, symbol,    r, w, word, count, found) {
        for (r in objects_of) {
            if (!((r, object) in row_fits)) row_fits[r, object] = matches(object, objects_of[r])
            if (!row_fits[r, object]) continue
            count = split(symbols_of[r], word, " ")
            for (w = 1; w <= count; w++) {
                if (word[w] ~ /^!/ && symbol ~ glob(substr(word[w], 2))) return -1
                if (word[w] !~ /^!/ && symbol ~ glob(word[w])) { found = 1; used[r, word[w]] }
            }
        }
        return found + 0
    }
    END {
        for (i = 1; i <= n; i++) {
            split(asked[i], part, SUBSEP)
            if (part[2] in ours) continue
            said = verdict(part[1], part[2])
            if (said == 1) continue
            print part[1] ":1: reaches " part[2] (said ? ", which is banned everywhere" : ", which symbols.txt does not grant it")
            bad = 1
        }
        for (r in objects_of) {
            if (objects_of[r] ~ /\*/) continue
            count = split(symbols_of[r], word, " ")
            for (w = 1; w <= count; w++)
                if (!((r, word[w]) in used)) { print "symbols.txt:" r ": " word[w] " is not used by " objects_of[r] " any more"; bad = 1 }
        }
        exit bad
    }'
