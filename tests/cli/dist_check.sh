#!/bin/sh
# dist_check.sh TARBALL: unpacks it in two directories of different names, outside of
# any checkout, builds the program in both, and requires that it is the same bytes; then
# has the recorded day replayed there. What `make dist-check` runs; a minute or two.
set -eu
tarball=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/revisit-dist.XXXXXX")
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS
for place in one two/of-a-longer-name; do
    mkdir -p "$work/$place"
    tar --zstd -xf "$tarball" -C "$work/$place" --strip-components=1
    make -s -C "$work/$place" -j"$(nproc)" BUILD=build build/revisit >"$work/log" || { cat "$work/log"; exit 1; }
done
cmp "$work/one/build/revisit" "$work/two/of-a-longer-name/build/revisit"
sha256sum <"$work/one/build/revisit" | sed 's/  -/  revisit, the same from both directories/'
make -s -C "$work/two/of-a-longer-name" BUILD=build demo | sed -n '1,/visits, complete/p'
