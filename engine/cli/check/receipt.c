#include "engine/cli/check/receipt.h"

#include "engine/base/json_out.h"
#include "engine/cli/command.h"
#include "engine/cli/isolation.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <unistd.h>

_Static_assert(RECEIPT_DIGEST_TEXT == 2 * crypto_generichash_BYTES + 1, "hex, NUL-ended");

static void digest_text(struct slice text, char ret_digest[RECEIPT_DIGEST_TEXT])
{
    unsigned char digest[crypto_generichash_BYTES];
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)text.ptr, text.len, NULL, 0);
    sodium_bin2hex(ret_digest, RECEIPT_DIGEST_TEXT, digest, sizeof digest);
}

enum err_code receipt_binary(char ret_digest[RECEIPT_DIGEST_TEXT], struct err *err)
{
    static unsigned char piece[1 << 16];
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash_state state;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof digest);
    while (fd >= 0 && ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            (void)crypto_generichash_update(&state, piece, (unsigned long long)got);
    int cause = errno;
    if (fd >= 0)
        (void)close(fd);
    if (got < 0)
        return err_set(err, ERR_ENV, "/proc/self/exe: cannot be read: %s", strerror(cause));
    (void)crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(ret_digest, RECEIPT_DIGEST_TEXT, digest, sizeof digest);
    return ERR_OK;
}

static void begin(struct json_out *j, const char *path, const char *binary, const struct comparison *c, struct str *out)
{
    json_out_init(j, out);
    json_out_object(j, NULL);
    json_out_text(j, "recording", path);
    json_out_text(j, "verdict", c->code == ERR_OK ? "equal" : err_name(c->code));
    if (c->code != ERR_OK)
        json_out_text(j, "reason", c->reason);
    if (c->cut)
        json_out_bool(j, "cut", true);
    json_out_text(j, "engine", REVISIT_VERSION);
    json_out_text(j, "binary", binary);
}

static void add_files(const struct recording *recording, struct json_out *j)
{
    struct file_digest found;
    struct err err;
    err_init(&err);
    if (store_digest(&recording->store, RECORDING_MANIFEST, &found, &err) == ERR_OK)
        json_out_text(j, "manifest", found.sha256);
    json_out_array(j, "files");
    for (size_t i = 0; i < recording->manifest.file_count; i++) {
        json_out_object(j, NULL);
        json_out_text(j, "name", recording->manifest.files[i].name);
        json_out_text(j, "sha256", recording->manifest.files[i].digest.sha256);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_entries(const struct replay_run *run, struct json_out *j)
{
    struct replay_receipt receipt = replay_receipt(run->replay);
    uint64_t recorded = replay_recording(run->replay)->manifest.counts.entries;
    json_out_object(j, "entries");
    json_out_int(j, "recorded", (int64_t)recorded);
    json_out_int(j, "served", (int64_t)receipt.entries);
    json_out_int(j, "unused", recorded > receipt.entries ? (int64_t)(recorded - receipt.entries) : 0);
    json_out_int(j, "assumed", 0); /* a strict replay makes no answer up */
    json_out_end_object(j);
    json_out_int(j, "recordedMs", instant_to_ms(receipt.end));
    if (receipt.notes.len)
        json_out_string(j, "notes", receipt.notes);
}

/* As the kernel has it: 2 is a filter, and a file outside was tried. */
static void add_isolation(struct json_out *j)
{
    json_out_object(j, "isolation");
    json_out_bool(j, "seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
    json_out_bool(j, "noNewPrivileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    json_out_bool(j, "landlock", isolation_holds());
    json_out_end_object(j);
}

static void end(struct json_out *j, struct str *out)
{
    json_out_end_object(j);
    str_add_char(out, '\n');
}

void receipt_format(const struct comparison_plan *plan, const struct replay_run *run, const struct comparison *c, struct str *out)
{
    struct json_out j;
    char settings[RECEIPT_DIGEST_TEXT];
    begin(&j, plan->path, plan->binary, c, out);
    if (run->replay) {
        const struct recording *recording = replay_recording(run->replay);
        digest_text(str_slice(&recording->manifest.settings), settings);
        json_out_text(&j, "settings", settings);
        json_out_text(&j, "page", recording->manifest.page_digest);
        add_files(recording, &j);
        add_entries(run, &j);
    }
    add_isolation(&j);
    end(&j, out);
}

void receipt_format_lost(const char *path, const char *binary, const struct comparison *c, struct str *out)
{
    struct json_out j;
    begin(&j, path, binary, c, out);
    end(&j, out);
}
