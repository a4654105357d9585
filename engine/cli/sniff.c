/* First what we know better than libmagic: our own sealed files, HAR (to libmagic
   just JSON), and HTML, which libmagic calls a PDF as soon as `%PDF-` stands near
   its beginning. Then libmagic in a forked child, which loads it: nobody else has a
   use for it. The child cannot take us down:
   its memory, processor time and file sizes are limited, every descriptor but the
   pipe is closed, and after a second it is killed. What it answers is looked up in
   a table, so that no byte of the file or of libmagic reaches a sentence. */
#include "engine/cli/sniff.h"

#include "engine/cli/input_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <magic.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES ((size_t)256 << 10)
#define CHILD_MEMORY_BYTES ((rlim_t)256 << 20)
#define CHILD_MS_MAX 1000
#define WORD_BYTES_MAX 128

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SHADOW_MEMORY
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW_MEMORY
#endif

static void limit(int resource, rlim_t most)
{
    struct rlimit r = {most, most};
    (void)setrlimit(resource, &r);
}

static void limit_child(int answer_fd)
{
    (void)dup2(answer_fd, STDIN_FILENO);
    close_range(STDIN_FILENO + 1, ~0u, 0);
#ifndef HAS_SHADOW_MEMORY /* a sanitizer's shadow alone is terabytes */
    limit(RLIMIT_AS, CHILD_MEMORY_BYTES);
#endif
    limit(RLIMIT_CPU, 1);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    signal(SIGPIPE, SIG_DFL);
}

/* The child: one MIME type into what is now descriptor 0. */
_Noreturn static void answer(struct slice head, int answer_fd)
{
    limit_child(answer_fd);
    void *library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
    __typeof__(magic_open) *open_magic = library ? (__typeof__(open_magic))dlsym(library, "magic_open") : NULL;
    __typeof__(magic_load) *load = library ? (__typeof__(load))dlsym(library, "magic_load") : NULL;
    __typeof__(magic_buffer) *look_at = library ? (__typeof__(look_at))dlsym(library, "magic_buffer") : NULL;
    magic_t magic = open_magic && load && look_at ? open_magic(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS) : NULL;
    if (!magic || load(magic, NULL) != 0)
        _exit(1);
    const char *type = look_at(magic, head.ptr, head.len);
    if (!type || write(STDIN_FILENO, type, strlen(type)) < 0)
        _exit(1);
    _exit(0);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What comes through the pipe until its end; false when that takes too long. */
static bool read_answer(int fd, char ret_word[WORD_BYTES_MAX])
{
    size_t have = 0;
    for (int64_t end = now_ms() + CHILD_MS_MAX;;) {
        int64_t left = end - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int count = left > 0 ? poll(&ready, 1, (int)left) : 0;
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || have == WORD_BYTES_MAX - 1)
            return false;
        ssize_t got = read(fd, ret_word + have, WORD_BYTES_MAX - 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            ret_word[have] = '\0';
            return got == 0 && have > 0;
        }
        have += (size_t)got;
    }
}

static bool ask_libmagic(struct slice head, char ret_word[WORD_BYTES_MAX])
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        answer(head, ends[1]);
    close(ends[1]);
    bool answered = child > 0 && read_answer(ends[0], ret_word);
    close(ends[0]);
    if (child < 0)
        return false;
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return answered;
}

static const char *words_of(const char *type)
{
    static const struct {
        const char *type, *words;
    } known[] = {
#define X(mime, text) {mime, text},
#include "engine/cli/sniff.def"
#undef X
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t len = strlen(known[i].type);
        bool is_group = known[i].type[len - 1] == '/';
        if (is_group ? strncmp(type, known[i].type, len) == 0 : strcmp(type, known[i].type) == 0)
            return known[i].words;
    }
    return NULL;
}

static struct slice skip_blanks(struct slice text)
{
    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        text = (struct slice){text.ptr + 3, text.len - 3};
    while (text.len && strchr(" \t\r\n", text.ptr[0]) && text.ptr[0]) {
        text.ptr++;
        text.len--;
    }
    return text;
}

static struct slice first(struct slice text, size_t len)
{
    return (struct slice){text.ptr, text.len < len ? text.len : len};
}

/* JSON whose first key is `log` and that speaks of entries, pages or a creator soon. */
static bool is_har(struct slice text)
{
    if (text.len == 0 || text.ptr[0] != '{')
        return false;
    struct slice inside = skip_blanks((struct slice){text.ptr + 1, text.len - 1});
    struct slice start = first(text, 4096);
    return slice_starts(inside, SLICE("\"log\"")) &&
           (slice_find(text, SLICE("\"entries\"")) || slice_find(start, SLICE("\"creator\"")));
}

static bool is_html(struct slice text)
{
    static const char *const marks[] = {"<!doctype html", "<html", "<head", "<body", "<script", "<table", "<div", "<p>", NULL};
    struct slice start = first(text, 1024);
    for (const char *const *mark = marks; *mark && text.len && text.ptr[0] == '<'; mark++)
        if (slice_contains_nocase(start, slice_of(*mark)))
            return true;
    return false;
}

/* libmagic takes whatever holds these words near the top for a document. */
static bool is_markup_or_json(struct slice text)
{
    return text.len && strchr("<{[", text.ptr[0]) != NULL && text.ptr[0];
}

const char *sniff_bytes(struct slice head)
{
    struct slice text = skip_blanks(head);
    char type[WORD_BYTES_MAX];
    if (slice_starts(head, SLICE("RVTSEAL1")))
        return "a sealed recording";
    if (is_har(text))
        return "a HAR (HTTP archive)";
    if (is_html(text))
        return "an HTML page";
    if (!ask_libmagic(head, type))
        return NULL;
    bool is_text = strncmp(type, "text/", 5) == 0 || strcmp(type, "application/x-ndjson") == 0;
    if (is_markup_or_json(text) && !is_text)
        return NULL;
    if (strcmp(type, "application/zip") == 0 && slice_find(head, SLICE("xl/workbook.xml")))
        return "a spreadsheet (Excel)";
    return words_of(type);
}

const char *sniff_file(const char *path)
{
    struct err err;
    err_init(&err);
    struct input_file file;
    if (input_file_open(path, INT64_MAX, &file, &err) != ERR_OK)
        return NULL;
    size_t len = file.size_bytes < HEAD_BYTES ? (size_t)file.size_bytes : HEAD_BYTES;
    char *head = malloc(len);
    bool have = head && input_file_read_at(&file, 0, head, len, &err) == ERR_OK;
    const char *words = have ? sniff_bytes((struct slice){head, len}) : NULL;
    free(head);
    input_file_close(&file);
    return words;
}

/* Takes a leading "<path>: " off, so that it is not said twice. */
static void drop_path(const char *path, struct err *err)
{
    size_t len = strlen(path);
    if (strncmp(err->text, path, len) == 0 && strncmp(err->text + len, ": ", 2) == 0)
        memmove(err->text, err->text + len + 2, strlen(err->text + len + 2) + 1);
}

enum err_code sniff_explain(const char *path, struct err *err)
{
    const char *words = err->code == ERR_INPUT ? sniff_file(path) : NULL;
    drop_path(path, err);
    if (words)
        return err_wrap(err, "%s: this is %s", path, words);
    return err_wrap(err, "%s", path);
}

enum err_code sniff_suspect(const char *path, struct err *err)
{
    const char *words = path[0] && err->code == ERR_INPUT ? sniff_file(path) : NULL;
    return words ? err_wrap(err, "%s: this is %s", path, words) : err->code;
}
