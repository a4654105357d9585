#!/bin/sh
# layers.sh ROOT: every #include "..." under engine/ and recorder/ follows an arrow
# of layers.txt, names its file from the root, and a source has its own header
# first. Prints one line a violation.
set -eu
table=$(cd "$(dirname "$0")" && pwd)/layers.txt
cd "$1"
find engine recorder -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort | xargs grep -Hn '^[[:space:]]*#[[:space:]]*include' /dev/null |
    awk -v table="$table" '
    BEGIN {
        while ((getline line < table) > 0) {
            if (line ~ /^#/) continue
            n = split(line, word)
            known[word[1]]
            for (i = 2; i <= n; i++) allowed[word[1], word[i]]
        }
    }
    function folder_of(path) { sub(/\/[^\/]*$/, "", path); return path }
    function fault(text) { print file ":" number ": " text; bad = 1 }
    {
        split($0, part, ":")
        file = part[1]; number = part[2]; from = folder_of(file)
        first = !(file in seen); seen[file]
        own = file; sub(/\.c$/, ".h", own)
        if (!match($0, /"[^"]*"/)) {
            if (first && own != file && (getline line < own) >= 0) fault("includes its own header, " own ", not first")
            next
        }
        to = substr($0, RSTART + 1, RLENGTH - 2); folder = folder_of(to)
        # replay.c may begin with replay_state.h, which has replay.h in it
        stem = own; sub(/\.h$/, "_", stem)
        if (first && own != file && to != own && index(to, stem) != 1 && (getline line < own) >= 0)
            fault("includes its own header, " own ", not first")
        if (!(from in known)) fault("the folder " from " is not in tests/lint/layers.txt")
        else if (to !~ /\// || to ~ /\.\.\//) fault("\"" to "\" is not a path from the root")
        else if (folder != from && !((from, folder) in allowed) && !((from, to) in allowed) && !((from, "*") in allowed))
            fault(from " must not include " to)
    }
    END { exit bad }'
