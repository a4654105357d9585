#!/bin/sh
# What Debian 12 must have: `install.sh build` for building and replaying (no
# browser), `install.sh test` for everything. Looks first, and says nothing when
# nothing is missing. As root it installs; otherwise it prints the one line to
# run and exits 9. A Node of version 18 or later with npm counts from wherever it
# comes.
set -u

build='gcc libc6-dev make libcurl4-openssl-dev libjansson-dev libmagic-dev libsodium-dev libyaml-dev libzstd-dev'
test="$build binutils pkg-config git zstd systemd strace libcmocka-dev libmicrohttpd-dev clang libclang-rt-14-dev groff-base chromium-headless-shell"

case ${1-} in
build) want=$build ;;
test) want=$test ;;
*) echo "usage: tests/deps/install.sh build|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian: going on, in the belief that the likes of these are there: $want" >&2
    exit 0
fi

# The names in $want that dpkg does not know as installed.
missing() {
    # shellcheck disable=SC2086 # a list of names
    { printf '%s\n' $want; dpkg-query -W -f '=${Package} ${db:Status-Status}\n' $want 2>/dev/null; } |
        awk '/^=/ { if ($2 == "installed") delete want[substr($1, 2)]; next }
             { want[$1]; order[++n] = $1 }
             END { for (i = 1; i <= n; i++) if (order[i] in want) printf " %s", order[i] }'
}

node_is_there() {
    command -v npm >/dev/null || return 1
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    [ "${version%%.*}" -ge 18 ]
}

packages=$(missing)
if [ "$1" = test ] && ! node_is_there; then
    packages="$packages nodejs npm ca-certificates"
fi
[ -n "$packages" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Missing:$packages. Run this, then try again:" >&2
    echo "  sudo apt-get install --no-install-recommends$packages" >&2
    exit 9
fi
echo "Installing:$packages" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages; } </dev/null >&2; then
    echo "apt-get could not install:$packages" >&2
    exit 9
fi
if [ "$1" = test ] && ! node_is_there; then
    echo "Node is too old here: version 18 or later is wanted, with npm" >&2
    exit 9
fi
