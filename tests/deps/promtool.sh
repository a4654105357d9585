#!/bin/sh
# promtool.sh FILE: Debian's promtool, taken out of its package and put at FILE. The package is not installed: that would
# start a server here. Where promtool is on the PATH already nothing is done, and without apt there is none: the test of the metrics says so.
set -u
command -v promtool >/dev/null && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
work=$(mktemp -d "${TMPDIR:-/tmp}/promtool.XXXXXX") || exit 9
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq download prometheus) >"$work/log" 2>&1 ||
    { [ "$(id -u)" = 0 ] && apt-get -qq update >"$work/log" 2>&1 && (cd "$work" && apt-get -qq download prometheus) >"$work/log" 2>&1; }
if ! dpkg-deb -x "$work"/prometheus_*.deb "$work/root" 2>>"$work/log"; then
    echo "promtool cannot be had: $(tail -n 1 "$work/log")" >&2
    exit 0
fi
mv "$work/root/usr/bin/promtool" "$1"
