#!/bin/sh
# planted.sh: plants each bug of the engine that tests/mutants/mutants.txt has for the sweep,
# and lets `revisit sweep` look for it: within 60 s on two processes a law must break, the
# first schedule that is told must be cut to at most 3 faults, and each printed command alone
# must break the same law again. 19 of 20 must be found. Run from the root; prints TAP and counts.
# LAW=words: those alone. ONE=1: for the bug that is planted in BUILD; SEEDS and WITHIN in place
# of these numbers.
set -u
BUILD=${BUILD-build}
export BUILD

# What was found, to standard output; status 1 when it was.
look() {
    rm -rf "$BUILD/found"
    mkdir "$BUILD/found"
    timeout "${WITHIN-60}" "$BUILD/revisit" sweep fixtures/batches/clinic-100.json --seeds "${SEEDS-1..2000}" --jobs 2 --shrink --out "$BUILD/found" \
        >"$BUILD/found/said" 2>"$BUILD/found/rate"
    [ $? = 1 ] || { tail -n 3 "$BUILD/found/said" "$BUILD/found/rate"; return 0; }
    laws=$(sed -n 's/^violated  *\([a-z_]*\):.*/\1/p' "$BUILD/found/said")
    [ -n "$laws" ] || { echo 'nothing was violated'; return 0; }
    most=$(sed -n 's/^  shrunk .* to \([0-9]*\), in .*/\1/p' "$BUILD/found/said" | head -n 1)
    [ "${most:-99}" -le 3 ] || { echo "shrunk to ${most:-nothing}"; grep -A7 '^violated' "$BUILD/found/said"; return 0; }
    # Each command as it is printed; the program is the one in BUILD.
    sed -n 's/^  again  *revisit /"$BUILD"\/revisit /p' "$BUILD/found/said" >"$BUILD/found/commands"
    [ "$(wc -l <"$BUILD/found/commands")" = "$(echo "$laws" | wc -l)" ] || { echo 'a violation without a command'; return 0; }
    for law in $laws; do
        read -r command
        sh -c "$command" >"$BUILD/found/again" 2>&1
        [ $? = 1 ] && grep -q "^violated  *$law:" "$BUILD/found/again" || { echo "not again: $command"; return 0; }
    done <"$BUILD/found/commands"
    echo "not ok - found: $(echo $laws), first by $most faults"
    return 1
}
if [ -n "${ONE-}" ]; then
    look
    exit
fi

work=$BUILD/planted
rm -rf "$work"
mkdir -p "$work/rows" || exit 9
awk -v rows="$work/rows" -v only="${LAW-}" '
    BEGIN { RS = ""; FS = "\n" }
    {
        file = ""; run = ""; text = ""
        for (i = 1; i <= NF; i++) {
            if ($i ~ /^file:/) file = $i
            if ($i ~ /^run:/) run = $i
            if ($i !~ /^(#|run:|caught:)/) text = text $i "\n"
        }
        # A journal file and a cut that is compared with an uncut run are not the sweep'"'"'s.
        if (run !~ /^run: sweep\// || file !~ /engine\// || file ~ /engine\/live/ || $0 ~ /cut_is_uncut/ || index($0, only) == 0) next
        name = sprintf("%s/%03d", rows, ++n)
        printf "%srun: ONE=1 sh tests/sweep/planted.sh\ncaught: found:\n", text > name
        close(name)
    }' tests/mutants/mutants.txt
found=0 total=0
for row in "$work"/rows/*; do
    name=$(basename "$row")
    total=$((total + 1))
    if sh tests/mutants/plant.sh "$row" "$work/$name" >"$work/$name.tap"; then
        found=$((found + 1))
        echo "# $(sed -n 's/^bug: *//p' "$row"): $(sed -n 's/^not ok - found: //p' "$work/$name/log")"
    else
        sed 's/^/# /' "$work/$name.tap"
    fi
    rm -rf "$work/$name"
done
# A list that has grown short proves nothing.
least=20
[ -z "${LAW-}" ] || least=1
verdict='not ok'
[ $((found * 20)) -ge $((total * 19)) ] && [ $total -ge $least ] && verdict=ok
echo "$verdict 1 - $found of $total planted bugs were found, of at least $least"
echo 1..1
[ "$verdict" = ok ]
