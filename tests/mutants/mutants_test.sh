#!/bin/sh
# Plants bugs of mutants.txt, several at a time, and requires that the test of each
# notices: a check that cannot fail is no check. Prints TAP. The first bug of every law
# is planted, with MUTANTS=full all of them, with LAW=retry those whose law or words hold
# that text; that a row still finds something to change is looked at for all.
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD-build}
export BUILD
work=$BUILD/mutants
rm -rf "$work"
mkdir -p "$work/rows" || exit 9

awk -v rows="$work/rows" -v only="${LAW-}" -v full="${MUTANTS-}" '
    BEGIN { RS = ""; FS = "\n" }
    {
        text = ""
        for (i = 1; i <= NF; i++) if ($i !~ /^#/) text = text $i "\n"
        law = text
        sub(/\n.*/, "", law)
        if (text == "" || index(text, only) == 0) next
        if (only == "" && full != "full" && seen[law]++) next
        name = sprintf("%s/%03d", rows, ++n)
        printf "%s", text > name
        close(name)
    }' tests/mutants/mutants.txt

ls "$work/rows" >"$work/names"
# More at a time than there are processors: those that want a browser mostly wait.
xargs -P $(($(nproc) + 2)) -I '{}' sh -c "sh tests/mutants/plant.sh '$work/rows/{}' '$work/{}' >'$work/{}.tap'" <"$work/names"

# Prints the one result of a row. Where planting died, or was never begun, there is none.
result() { # NAME
    cat "$work/$1.tap" 2>/dev/null
    [ "$(grep -cE '^(not )?ok - ' "$work/$1.tap" 2>/dev/null)" = 1 ] ||
        echo "not ok - $(sed -n 's/^bug: *//p' "$work/rows/$1") (row $1): planted without a result"
}

results() {
    [ -s "$work/names" ] || echo "not ok - no row of mutants.txt holds \"${LAW-}\""
    while read -r name; do result "$name"; done <"$work/names"
}

# The control: a change that breaks nothing must be reported as not caught, one that
# changes nothing as such, and a row without a result as that.
control() { # FIELD-SED EXPECTED CLAIM
    printf 'law: control\nbug: none\nfile: engine/policy/retry.c\nsed: %s\nrun: unit/policy_test\ncaught: policy\n' "$1" >"$work/rows/control"
    sh tests/mutants/plant.sh "$work/rows/control" "$work/control" >"$work/control.log"
    if grep -q '^not ok - control' "$work/control.log" && grep -q "$2" "$work/control.log"; then
        echo "ok - control: $3"
    else
        echo "not ok - control: $3"
        sed 's/^/  /' "$work/control.log"
    fi >>"$work/control.tap"
}
control '1s|^|/* harmless */ |' 'not caught: the test passes' 'a change without a bug is not taken for caught'
control 's/no such words here//' 'finds nothing to change' 'a row that no longer applies is noticed'

printf 'bug: none\n' | tee "$work/rows/silent" >"$work/rows/absent"
: >"$work/silent.tap"
if [ "$(for name in silent absent; do result $name; done | grep -c '^not ok - .*without a result')" = 2 ]; then
    echo "ok - control: a row without a result is noticed"
else
    echo "not ok - control: a row without a result is noticed"
fi >>"$work/control.tap"

# Rows that are not planted today must not have gone stale by then.
stale() {
    sed -nE '/^(file|sed): /p' tests/mutants/mutants.txt | while read -r field value; do
        case $field in
        file:) file=$value ;;
        sed:) ! sed -E "$value" "$file" 2>/dev/null | cmp -s - "$file" || echo "  $file: $value" ;;
        esac
    done
}
stale >"$work/stale"
[ -s "$work/stale" ] && verdict="not ok" || verdict=ok
echo "$verdict - every row finds something to change" | cat - "$work/stale" >>"$work/control.tap"

{ results; cat "$work/control.tap"; } | awk '
    /^ok - /     { sub(/^ok/, "ok " ++n) }
    /^not ok - / { sub(/^not ok/, "not ok " ++n); bad = 1 }
    { print }
    END { print "1.." n + 0; exit bad || !n }'
