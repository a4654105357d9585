# Part of lint_test.sh: what compiled code reaches (symbols.txt), and that it was
# compiled behind engine/base/banned.h.
find engine recorder -name '*.c' | while read -r source; do
    deps=$BUILD/${source%.c}.d
    grep -qs engine/base/banned.h "$deps" || echo "$source:1: was not compiled behind engine/base/banned.h"
done >"$trees/out"
[ ! -s "$trees/out" ]
say $? "objects: every source was compiled behind the ban" "$trees/out"

holds symbols "$BUILD" "objects: nothing reaches clock, chance, environment, socket or file but those who may"

# An object in the place of engine/policy/ask.c or recorder/ask.c, from stdin.
planted() { # PATH
    new_tree
    mkdir -p "$tree/b/engine" "$tree/b/recorder" "$tree/b/$(dirname "$1")" "$tree/$(dirname "$1")"
    cat >"$tree/$1.c"
    gcc -std=gnu11 -D_GNU_SOURCE -O2 -c -o "$tree/b/$1.o" "$tree/$1.c" || echo "the planted source does not compile"
}
reaches() { # EXPECTED CLAIM
    grep -v '\.o : [^*]* #' "$lint/symbols.txt" >"$trees/symbols.txt"
    if (cd "$tree" && SYMBOLS=$trees/symbols.txt sh "$lint/symbols.sh" b >"$trees/out" 2>&1); then
        say 1 "$2: not noticed" "$trees/out"
    else
        grep -qE "$1" "$trees/out"
        say $? "$2" "$trees/out"
    fi
}
planted engine/policy/ask <<'C'
#include <time.h>
long ask(void);
long ask(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) ? 0 : now.tv_sec;
}
C
reaches '^engine/policy/ask.o:1: reaches clock_gettime' "objects: policy that reads the clock is caught"
planted engine/mdland/ask <<'C'
#include <stdlib.h>
extern char *(*const ask)(const char *);
char *(*const ask)(const char *) = getenv;
C
reaches 'reaches getenv' "objects: the environment behind a function pointer is caught"
planted recorder/ask <<'C'
#include <sys/socket.h>
int ask(void);
int ask(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
C
reaches 'reaches socket' "objects: a recorder that opens a socket is caught"
planted engine/live/ask <<'C'
#include <stdio.h>
int ask(char *text, const char *format, int n);
int ask(char *text, const char *format, int n)
{
    return (sprintf)(text, format, n);
}
C
reaches 'reaches sprintf, which is banned' "objects: a banned call in brackets is caught, in live too"
planted engine/browser/ask <<'C'
#include <fcntl.h>
static int connect(const char *path) { return open(path, O_RDONLY); }
int ask(void);
int ask(void)
{
    return connect("/dev/null");
}
C
reaches 'reaches open' "objects: a file opened behind a local function is caught"
planted engine/policy/ask <<'C'
#include <string.h>
size_t ask(const char *text);
size_t ask(const char *text)
{
    return strlen(text);
}
C
(cd "$tree" && SYMBOLS=$trees/symbols.txt sh "$lint/symbols.sh" b >"$trees/out" 2>&1)
say $? "objects: memory and text are everybody's" "$trees/out"
echo 'engine/policy/ask.o : open # planted' >>"$trees/symbols.txt"
(cd "$tree" && SYMBOLS=$trees/symbols.txt sh "$lint/symbols.sh" b >"$trees/out" 2>&1)
grep -q 'open is not used by engine/policy/ask.o any more' "$trees/out"
say $? "objects: a grant that nobody uses any more is caught" "$trees/out"
