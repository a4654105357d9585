#!/bin/sh
# One recording gives one event log: whatever compiler and flags built the program,
# whatever the time zone, locale, environment and load, as often as one likes, and
# with the recorded log taken away. Each fixture is whole, its log has one SHA-256.
# Beside the log nothing is said, by no build: a sanitizer's report is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 2
BUILD=${BUILD-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/revisit-replay.XXXXXX") || exit 9
load=
trap '[ -z "$load" ] || kill $load 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
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

ENDED='revisit: the recorded run was ended by its environment: '

# outcome STATUS WHAT STDERR: in one line, for claim. Of the one sentence that a replay
# may say on stderr the cause is left out.
outcome() {
    printf 'status %s, %s, stderr "%s"' "$1" "$2" "$(printf %s "$3" | sed "1s/^\($ENDED\).*/\1.../" | head -c 2000)"
}

digest() { sha256sum | cut -d' ' -f1; }

# What replaying a fixture comes to; its log was printed by the recorded run.
wanted() { # FIXTURE WHAT
    case $(tail -n 1 "$1/events.ndjson") in
    *'"outcome":"environment"'*) outcome 0 "$2" "$ENDED" ;;
    *) outcome 0 "$2" '' ;;
    esac
}

# replayed FIXTURE COMMAND...: what `COMMAND replay FIXTURE` comes to.
replayed() {
    recording=$1
    shift
    "$@" replay "$recording" >"$work/log" 2>"$work/err"
    outcome $? "log $(digest <"$work/log")" "$(cat "$work/err")"
}

# The same with little room to write to: the reader takes one byte at a time and is
# soon behind.
sipped() {
    recording=$1
    shift
    {
        "$@" replay "$recording" 2>"$work/err"
        echo $? >"$work/status"
    } | nice -n 19 dd bs=1 2>/dev/null >"$work/log"
    outcome "$(cat "$work/status")" "log $(digest <"$work/log")" "$(cat "$work/err")"
}

verified() { # FIXTURE PROGRAM
    "$2" replay "$1" --verify >"$work/receipt" 2>"$work/err"
    outcome $? "$(head -n 1 "$work/receipt")" "$(cat "$work/err")"
}

builds="$BUILD build-O0 build-fuzz" # gcc -O3 and -O0, clang with ASan and UBSan
[ "${TORTURE-}" != full ] || builds="$builds build-clang build-O2"
for manifest in fixtures/*/manifest.json; do
    fixture=$(dirname "$manifest")
    want=$(wanted "$fixture" "log $(digest <"$fixture/events.ndjson")")
    equal=$(wanted "$fixture" "replayed $fixture: the event log equals the recorded one")
    for build in $builds; do
        for again in 1 2; do
            claim "$fixture by $build, time $again" "$want" "$(replayed "$fixture" "$build/revisit")" "$build/revisit replay $fixture"
        done
        claim "$fixture verified by $build" "$equal" "$(verified "$fixture" "$build/revisit")" "$build/revisit replay $fixture --verify"
    done
    claim "$fixture elsewhere on earth" "$want" "$(replayed "$fixture" env TZ=Pacific/Apia LC_ALL=tr_TR.UTF-8 LANG=ar_EG "$BUILD/revisit")" \
        "TZ=Pacific/Apia LC_ALL=tr_TR.UTF-8 $BUILD/revisit replay $fixture"
    claim "$fixture in another environment" "$want" \
        "$(replayed "$fixture" env -i TIMEOUT_MULTIPLIER=7 XDG_STATE_HOME=/nowhere HOME=/nowhere REVISIT_BROWSER=/nowhere "$BUILD/revisit")" \
        "env -i TIMEOUT_MULTIPLIER=7 $BUILD/revisit replay $fixture"
    "$BUILD/revisit" recording verify "$fixture" >"$work/receipt" 2>&1
    claim "$fixture whole" 0 $? "$BUILD/revisit recording verify $fixture"
    cp -r "$fixture" "$work/bare"
    rm "$work/bare/events.ndjson"
    claim "$fixture without its log" "$want" "$(replayed "$work/bare" "$BUILD/revisit")" "rm events.ndjson of a copy, then replay it"
    rm -rf "$work/bare"
done

# Under load: every processor busy, and little room to write to.
for _ in $(seq "$(nproc)"); do
    (while :; do :; done) &
    load="$load $!"
done
for manifest in fixtures/*/manifest.json; do
    fixture=$(dirname "$manifest")
    want=$(wanted "$fixture" "log $(digest <"$fixture/events.ndjson")")
    claim "$fixture under load" "$want" "$(sipped "$fixture" nice -n 19 "$BUILD/revisit")" \
        "nice -n 19 $BUILD/revisit replay $fixture | dd bs=1 | cmp - $fixture/events.ndjson"
done
printf '%d passed, %d failed\n' $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
