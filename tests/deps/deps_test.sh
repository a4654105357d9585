#!/bin/sh
# The installer of packages, with a dpkg-query, an apt-get and an id of our own
# making in front of the real ones: nothing is installed here. Reports in TAP.
set -u
cd "$(dirname "$0")" || exit 2
box=$(mktemp -d "${TMPDIR:-/tmp}/revisit-deps.XXXXXX") || exit 9
trap 'rm -rf "$box"' EXIT
number=0 failed=0
mkdir "$box/bin"
fake() { # NAME, its text on stdin
    { echo '#!/bin/sh'; cat; } >"$box/bin/$1"
    chmod +x "$box/bin/$1"
}
# dpkg-query -W -f FORMAT NAMES...: all but $MISSING are installed; $REMOVED leave their configuration
fake dpkg-query <<'F'
shift 3
for name; do
    case " $MISSING " in *" $name "*) continue ;; esac
    case " $REMOVED " in *" $name "*) echo "=$name config-files"; continue ;; esac
    echo "=$name installed"
done
F
fake id <<'F'
echo "$USER_ID"
F
fake apt-get <<'F'
echo "$*" >>"$LOG"
[ "${APT_FAILS-}" != "$2" ]
F
fake node <<'F'
echo "$NODE_VERSION"
F
fake npm </dev/null
export LOG="$box/log" MISSING='' REMOVED='' USER_ID=1000 NODE_VERSION=v18.19.0 APT_FAILS=''
PATH=$box/bin:$PATH

# expect STATUS OUTPUT-PATTERN APT-PATTERN CLAIM ASSIGNMENTS... -- ARGUMENT; an empty pattern wants silence
expect() {
    want=$1 pattern=$2 apt=$3 claim=$4
    shift 4
    : >"$LOG"
    env "$@" >"$box/out" 2>&1
    status=$?
    number=$((number + 1))
    if [ $status = "$want" ] && shows "$box/out" "$pattern" && shows "$LOG" "$apt"; then
        echo "ok $number - $claim"
    else
        failed=$((failed + 1))
        echo "not ok $number - $claim (status $status)"
        sed 's/^/  /' "$box/out" "$LOG"
    fi
}
shows() { if [ -z "$2" ]; then [ ! -s "$1" ]; else grep -qE -- "$2" "$1"; fi; }

expect 0 '' '' 'nothing is said or done when all is there' sh install.sh test
expect 9 '^  sudo apt-get install --no-install-recommends libjansson-dev$' '' 'one line to run is printed for the missing one' \
    MISSING=libjansson-dev sh install.sh build
expect 9 'libjansson-dev' '' 'a package that was removed but left its configuration is missing' \
    REMOVED=libjansson-dev sh install.sh build
expect 0 '' '' 'building wants no browser' MISSING=chromium-headless-shell sh install.sh build
expect 9 'chromium-headless-shell' '' 'testing wants one' MISSING=chromium-headless-shell sh install.sh test
expect 0 'Installing: gcc libzstd-dev' 'install -y --no-install-recommends gcc libzstd-dev$' 'root installs what is missing, and no more' \
    USER_ID=0 "MISSING=gcc libzstd-dev" sh install.sh build
expect 9 'could not install: gcc' 'update' 'an update that fails ends with 9' USER_ID=0 MISSING=gcc APT_FAILS=update sh install.sh build
expect 9 'could not install: gcc' 'install' 'an install that fails ends with 9' USER_ID=0 MISSING=gcc APT_FAILS=install sh install.sh build
expect 0 '' '' 'a Node from elsewhere will do' NODE_VERSION=v22.1.0 "MISSING=nodejs npm" sh install.sh test
expect 9 'nodejs npm' '' 'an old Node will not' NODE_VERSION=v16.20.2 sh install.sh test
expect 2 'usage' '' 'anything else is a question of usage' sh install.sh all
echo "1..$number"
[ $failed = 0 ]
