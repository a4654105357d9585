#!/bin/sh
# One recording gives one event log: whatever compiler and flags built the program,
# whatever the time zone, locale, environment and load, as often as one likes, and
# with the recorded log taken away. Each fixture is whole, its log has one SHA-256.
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/revisit-replay.XXXXXX") || exit 9
load=
trap '[ -z "$load" ] || kill $load 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0

# claim WHAT WANT GOT COMMAND
claim() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not ok - %s: want %s, got %s\n    again: %s\n' "$1" "$2" "$3" "$4"
    fi
}

# log_of FIXTURE COMMAND...: the digest of what COMMAND replay FIXTURE prints.
log_of() {
    fixture=$1
    shift
    "$@" replay "$fixture" 2>"$work/err" | sha256sum | cut -d' ' -f1
}

for manifest in fixtures/*/manifest.json; do
    fixture=$(dirname "$manifest")
    want=$(sha256sum <"$fixture/events.ndjson" | cut -d' ' -f1)
    for build in "$BUILD" build-clang build-O0 build-O3 build-asan; do
        for again in 1 2; do
            claim "$fixture by $build, time $again" "$want" "$(log_of "$fixture" "$build/revisit")" "$build/revisit replay $fixture"
        done
    done
    claim "$fixture elsewhere on earth" "$want" "$(log_of "$fixture" env TZ=Pacific/Apia LC_ALL=tr_TR.UTF-8 LANG=ar_EG "$BUILD/revisit")" \
        "TZ=Pacific/Apia LC_ALL=tr_TR.UTF-8 $BUILD/revisit replay $fixture"
    claim "$fixture in another environment" "$want" \
        "$(log_of "$fixture" env -i TIMEOUT_MULTIPLIER=7 XDG_STATE_HOME=/nowhere HOME=/nowhere REVISIT_BROWSER=/nowhere "$BUILD/revisit")" \
        "env -i TIMEOUT_MULTIPLIER=7 $BUILD/revisit replay $fixture"
    "$BUILD/revisit" replay "$fixture" --verify >"$work/receipt" 2>&1
    claim "$fixture verified" 0 $? "$BUILD/revisit replay $fixture --verify"
    "$BUILD/revisit" recording verify "$fixture" >"$work/receipt" 2>&1
    claim "$fixture whole" 0 $? "$BUILD/revisit recording verify $fixture"
    cp -r "$fixture" "$work/bare"
    rm "$work/bare/events.ndjson"
    claim "$fixture without its log" "$want" "$(log_of "$work/bare" "$BUILD/revisit")" "rm events.ndjson of a copy, then replay it"
    rm -rf "$work/bare"
done

# Under load: both processors busy, and little room to write to.
(while :; do :; done) &
load=$!
(while :; do :; done) &
load="$load $!"
for fixture in fixtures/clinic-3 fixtures/hang-save fixtures/lost-billing-answer; do
    want=$(sha256sum <"$fixture/events.ndjson" | cut -d' ' -f1)
    claim "$fixture under load" "$want" "$(log_of "$fixture" nice -n 19 "$BUILD/revisit")" "$BUILD/revisit replay $fixture"
done
printf '%d passed, %d failed\n' $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
