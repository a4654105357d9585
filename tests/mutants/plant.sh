#!/bin/sh
# plant.sh RECORD DIR: plants the bug that the file RECORD describes (see
# mutants.txt) in a copy of one source, builds in DIR only what depends on it,
# links the rest of $BUILD, and runs the test that must notice. Prints one TAP line
# without a number; on failure, indented, why.
set -u
record=$1 dir=$2
field() { sed -n "s/^$1: *//p" "$record"; }
law=$(field law) bug=$(field bug) file=$(field file) run=$(field run) caught=$(field caught)
mkdir -p "$dir/$(dirname "$file")"

end() { # STATUS WHY
    if [ "$1" = 0 ]; then
        echo "ok - $law: $bug ($run: $caught)"
    else
        echo "not ok - $law: $bug ($run: $caught)"
        printf '  %s\n' "$2"
        tail -n 40 "$dir/log" 2>/dev/null | sed 's/^/  | /'
    fi
    exit "$1"
}

[ -n "$law" ] && [ -n "$bug" ] && [ -n "$run" ] && [ -n "$caught" ] || end 1 "a field is missing in: $(cat "$record")"
[ -f "$file" ] || end 1 "there is no $file"
sed -E "$(field sed)" "$file" >"$dir/$file" 2>"$dir/log" || end 1 "the sed expression is wrong"
! cmp -s "$file" "$dir/$file" || end 1 "the change finds nothing to change in $file: mend the row"

# The sources that $file reaches, as the compiler saw it.
dependents() {
    case $file in
    *.js) ;;
    *.c) echo "${file%.c}" ;;
    *) (cd "$BUILD" && grep -rlE --include='*.d' "(^|[ /])$file( |:|\$)" engine recorder tests) | sed 's/\.d$//' ;;
    esac
}
flags=$(cat "$BUILD/.flags")
compile() { # STEM SOURCE: the source may be the changed one; changed headers come first
    mkdir -p "$dir/$(dirname "$1")"
    case $1 in
    engine/base/*) allow=-DBANNED_ALLOW_SNPRINTF ;;
    engine/live/* | engine/cli/*) allow=-DBANNED_ALLOW_GETENV ;;
    *) allow= ;;
    esac
    # The flags begin with the compiler; -I$dir goes before every other -I.
    # shellcheck disable=SC2086
    set -- "$1" "$2" $flags
    stem=$1 source=$2 compiler=$3
    shift 3
    $compiler -I"$dir" "$@" $allow -c -o "$dir/$stem.o" "$source" >>"$dir/log" 2>&1 ||
        end 1 "the changed source does not compile"
}
changed=
for stem in $(dependents); do
    source=$stem.c
    [ -f "$source" ] || continue
    [ ! -f "$dir/$source" ] || source=$dir/$source
    compile "$stem" "$source"
    changed="$changed $dir/$stem.o"
done
case $file in
*.js)
    parts=$(ls engine/mdland/page/*.js | LC_ALL=C sort | sed "s|^$file\$|$dir/$file|")
    make -s "BUILD=$dir" "PAGE_PARTS=$(echo $parts)" "$dir/page_script.c" >>"$dir/log" 2>&1 || end 1 "page.js cannot be made"
    compile page_script "$dir/page_script.c"
    changed="$dir/page_script.o"
    ;;
esac
[ -n "$changed" ] || end 1 "nothing that is compiled depends on $file"

# The object of stem $1: the changed one, or that of the build.
object() { if [ -f "$dir/$1.o" ]; then echo "$dir/$1.o"; else echo "$BUILD/$1.o"; fi; }
link() { # PROGRAM OBJECTS-AND-LIBRARIES...: changed objects first, so that no library's own is taken
    program=$1
    shift
    # shellcheck disable=SC2086
    $flags -o "$program" "$@" $(cat "$BUILD/.libs") >>"$dir/log" 2>&1 || end 1 "the changed program does not link"
}
others() { # changed objects that are in the libraries, not in some other program
    for o in $changed; do
        case $o in
        */tests/unit/*_test.o | */tests/replay/*_test.o | */tests/sweep/* | */tests/torture/* | */engine/cli/main.o) ;;
        *) echo "$o" ;;
        esac
    done
}
: >"$dir/log"
case $run in
unit/* | replay/*)
    mkdir -p "$dir/tests/$(dirname "$run")"
    link "$dir/tests/$run" "$(object "tests/$run")" $(others | grep -v /engine/cli/) "$BUILD/libtests.a" \
        $(! grep -q '"engine/cli/' "tests/$run.c" || { others | grep /engine/cli/; echo "$BUILD/libcli.a"; }) "$BUILD/librevisit.a" -lcmocka
    command=$dir/tests/$run
    ;;
sweep/*)
    sweep=$(for source in tests/sweep/*.c; do object "${source%.c}"; done)
    # shellcheck disable=SC2086 # lists
    link "$dir/sweep" $sweep $(others | grep -vE '/tests/|/engine/cli/[^/]+$') "$BUILD/libcli.a" "$BUILD/librevisit.a"
    command="$dir/sweep ${run#sweep/}"
    ;;
*)
    for thing in "$BUILD"/*; do
        [ "$(basename "$thing")" != mutants ] || continue
        [ -e "$dir/$(basename "$thing")" ] || ln -s "$(realpath "$thing")" "$dir/$(basename "$thing")"
    done
    rm -f "$dir/revisit"
    link "$dir/revisit" "$(object engine/cli/main)" $(others | grep -v /tests/) "$BUILD/libcli.a" "$BUILD/librevisit.a"
    case $run in
    *tests/torture/* | *tests/live/model_same*)
        rm -f "$dir/torture"
        mkdir "$dir/torture"
        ln -s "$(realpath "$BUILD")"/torture/*.so "$dir/torture"
        link "$dir/torture/modelled_run" "$BUILD/tests/torture/modelled_run.o" "$BUILD/tests/torture/charts.o" $(others | grep -v /tests/) \
            "$BUILD/libcli.a" "$BUILD/librevisit.a"
        ;;
    *tests/canary/corpus*)
        rm -f "$dir/redact_pages"
        link "$dir/redact_pages" "$BUILD/tests/canary/redact_pages.o" $(others | grep -vE '/tests/|/engine/cli/') "$BUILD/librevisit.a"
        ;;
    esac
    command=$run
    ;;
esac

BUILD=$dir timeout -k 5 300 sh -c "$command" >"$dir/log" 2>&1 </dev/null
status=$?
[ $status != 0 ] || end 1 "not caught: the test passes with the bug in place"
grep -E '(FAILED|not ok|✖)' "$dir/log" | grep -qE "$caught" || end 1 "failed (status $status), but not where it should have: $caught"
end 0
