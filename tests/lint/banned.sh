# Part of lint_test.sh: each banned call fails to compile, by gcc and by clang, and
# every object was compiled with the header that bans it.
banned='sprintf vsprintf snprintf vsnprintf strcpy stpcpy strcat strncpy strncat gets alloca atoi atol atoll atof sscanf
    strtok strtok_r time clock localtime localtime_r gmtime ctime rand srand random srandom getenv secure_getenv'
# shellcheck disable=SC2089
system_headers='stdio.h stdlib.h string.h time.h unistd.h sys/time.h sys/stat.h sys/resource.h signal.h poll.h curl/curl.h jansson.h zstd.h sodium.h
    magic.h'

compiles() { # COMPILER FLAGS... < source
    "$@" -std=gnu11 -D_GNU_SOURCE -I. -Wall -Werror -include engine/base/banned.h -fsyntax-only -x c - >"$trees/out" 2>&1
}
for compiler in gcc clang; do
    # shellcheck disable=SC2086
    printf '#include <%s>\n' $system_headers | compiles $compiler
    say $? "banned: the libraries' headers compile behind the ban ($compiler)" "$trees/out"
    missed=
    for call in $banned; do
        printf 'void f(char *text);\nvoid f(char *text)\n{\n    (void)%s(text, 0);\n}\n' "$call" | compiles $compiler
        grep -q "${call}_is_banned" "$trees/out" || missed="$missed $call"
    done
    printf '%s\n' "$missed" >"$trees/out"
    [ -z "$missed" ]
    say $? "banned: every banned call fails to compile and says so ($compiler)" "$trees/out"
    printf 'int f(char *t);\nint f(char *t)\n{\n    return snprintf(t, 2, "a");\n}\n' | compiles $compiler -DBANNED_ALLOW_SNPRINTF
    say $? "banned: base may make its formatting of snprintf ($compiler)" "$trees/out"
    printf 'char *f(void);\nchar *f(void)\n{\n    return getenv("HOME");\n}\n' | compiles $compiler -DBANNED_ALLOW_GETENV
    say $? "banned: live and cli may read the environment ($compiler)" "$trees/out"
done
