#!/bin/sh
# The driver itself, on small suites in a directory of their own: what it counts as
# passed and as failed, its last line and its exit status. Reports in TAP.
set -u
cd "$(dirname "$0")/.." || exit 2
driver=$PWD/run
tree=$(mktemp -d "${TMPDIR:-/tmp}/revisit-driver.XXXXXX") || exit 9
trap 'rm -rf "$tree"' EXIT
number=0 failed=0
unset ONLY SHOW

# expect STATUS LAST-LINE PATTERN CLAIM: one program, on stdin, as the unit suite.
expect() {
    rm -rf "$tree/tests"
    mkdir -p "$tree/tests/unit"
    cp "$driver" "$tree/tests/run"
    cat >"$tree/tests/unit/a_test.sh"
    LIMIT=1 BUILD=none "$tree/tests/run" unit >"$tree/out" 2>&1
    status=$?
    number=$((number + 1))
    if [ $status = "$1" ] && [ "$(tail -n 1 "$tree/out")" = "$2" ] && grep -qE "$3" "$tree/out"; then
        echo "ok $number - $4"
    else
        failed=$((failed + 1))
        echo "not ok $number - $4"
        echo "  expected status $1, last line '$2', a line like '$3'; got status $status and:"
        sed 's/^/  /' "$tree/out"
    fi
}

expect 0 '2 passed, 0 failed' '^ok +unit/a_test +2 ' 'TAP lines are counted' <<'T'
echo 'ok 1 - a'; echo 'ok 2 - b'; echo '1..2'
T
expect 1 '1 passed, 1 failed' '^FAIL +unit/a_test +1 failed, 1 passed' 'a TAP failure is counted' <<'T'
echo 'ok 1 - a'; echo 'not ok 2 - b'; exit 1
T
expect 1 '1 passed, 1 failed' 'not ok 2 - b' 'a failure that exits 0 is a failure all the same' <<'T'
echo 'ok 1 - a'; echo 'not ok 2 - b'
T
expect 0 '3 passed, 0 failed' '^ok ' "cmocka's closing lines are counted, of each group" <<'T'
echo '[  PASSED  ] 2 test(s).'; echo '[  PASSED  ] 1 test(s).'
T
expect 1 '1 passed, 2 failed' '^FAIL ' "cmocka's failures are counted" <<'T'
echo '[  PASSED  ] 1 test(s).'; echo '[  FAILED  ] 2 test(s), listed below:'; echo '[  FAILED  ] b'; exit 2
T
expect 0 '5 passed, 0 failed' '^ok ' "node's own count is taken, not its lines" <<'T'
echo 'ok 1 - a file'; echo '# pass 5'; echo '# fail 0'
T
expect 0 '7 passed, 0 failed' '^ok ' 'a closing line of our own form is taken' <<'T'
echo 'ok 1 - a'; echo '7 passed, 0 failed'
T
expect 1 '1 passed, 1 failed' 'ended with status 139' 'a crash after success is a failure' <<'T'
echo 'ok 1 - a'; ulimit -c 0; kill -SEGV $$
T
expect 1 '0 passed, 1 failed' 'still running after 1 s' 'a program that runs out of time has failed' <<'T'
sleep 20
T
expect 1 '1 passed, 1 failed' 'still running after 1 s' 'also when it counted something first' <<'T'
echo 'ok 1 - a'; sleep 20
T
expect 1 '0 passed, 1 failed' 'counted no test' 'a program without a test is a failure' <<'T'
echo 'nothing to see'
T
expect 1 '0 passed, 1 failed' 'counted no test' 'skipped tests are no tests' <<'T'
echo 'ok 1 - a # SKIP no browser'
T
expect 1 '0 passed, 1 failed' 'again: BUILD=none sh tests/unit/a_test.sh' 'a failure says what to type to see it again' <<'T'
echo 'not ok 1 - a'
T
expect 1 '0 passed, 1 failed' 'ended with status 1' 'a program that reads its input finds none' <<'T'
read -r line && echo "ok 1 - $line"
T

rm -rf "$tree/tests/unit"
BUILD=none "$tree/tests/run" unit >"$tree/out" 2>&1
status=$?
number=$((number + 1))
if [ $status = 1 ] && [ "$(cat "$tree/out")" = '0 passed, 0 failed' ]; then
    echo "ok $number - a run of nothing is no success"
else
    failed=$((failed + 1))
    echo "not ok $number - a run of nothing is no success"
fi
mkdir -p "$tree/tests/unit"
echo 'int main(void) { return 0; }' >"$tree/tests/unit/b_test.c"
BUILD=none "$tree/tests/run" unit >"$tree/out" 2>&1
number=$((number + 1))
if [ "$(tail -n 1 "$tree/out")" = '0 passed, 1 failed' ] && grep -q 'unit/b_test .*not built' "$tree/out"; then
    echo "ok $number - a C test that was not built is a failure"
else
    failed=$((failed + 1))
    echo "not ok $number - a C test that was not built is a failure"
    sed 's/^/  /' "$tree/out"
fi
echo "1..$number"
[ $failed = 0 ]
