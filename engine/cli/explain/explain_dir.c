#include "engine/cli/explain/explain_dir.h"

#include "engine/cli/input_file.h"
#include "engine/cli/settings.h"
#include "engine/live/journal_file.h"
#include "engine/report/tail.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#define ENTRIES_MAX 10000 /* of a run directory that are looked at */

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static bool holds(const char *dir, const char *name, char ret_path[PATH_MAX])
{
    if (!text_format(ret_path, PATH_MAX, "%s/%s", dir, name))
        ret_path[0] = '\0';
    return ret_path[0] && exists(ret_path);
}

/* Recordings that lie in the directory: the first one found, and how many. */
static enum err_code look_inside(const char *path, struct explain_place *place, struct err *err)
{
    char inner[PATH_MAX], manifest[PATH_MAX];
    uint32_t found = 0, seen = 0;
    DIR *dir = opendir(path);
    if (!dir)
        return err_set(err, ERR_ENV, "%s: cannot be read: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && seen++ < ENTRIES_MAX;) {
        bool named = entry->d_name[0] != '.' && text_format(inner, PATH_MAX, "%s/%s", path, entry->d_name);
        if (!named || !holds(inner, "manifest.json", manifest))
            continue;
        if (found++ == 0)
            memcpy(place->recording, inner, sizeof inner);
    }
    (void)closedir(dir);
    if (found > 1)
        return err_set(err, ERR_INPUT, "%s: holds %u recordings, one of each run: name one, as %s", path, found, place->recording);
    return ERR_OK;
}

enum err_code explain_dir_find(const char *path, struct explain_place *ret_place, struct err *err)
{
    struct stat info;
    char other[PATH_MAX];
    *ret_place = (struct explain_place){0};
    if (path[0] == '\0')
        return err_set(err, ERR_INPUT, "explain: an empty path: name a recording or a run directory");
    bool is_dir = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    bool has_journal = holds(path, "journal.ndjson", ret_place->journal), has_events = holds(path, "events.ndjson", ret_place->events);
    bool is_run = is_dir && !holds(path, "manifest.json", other) && (has_journal || has_events || holds(path, "lock", other));
    if (is_run)
        return look_inside(path, ret_place, err);
    if (!text_format(ret_place->recording, PATH_MAX, "%s", path))
        return err_set(err, ERR_INPUT, "the path is too long");
    if (is_dir && !holds(path, "manifest.json", other))
        return err_set(err, ERR_INPUT, "%s: neither a recording nor a run directory: it holds no manifest.json, journal.ndjson or events.ndjson",
                       path);
    return ERR_OK;
}

static void take_line(void *ctx, struct slice line)
{
    explain_log_take(ctx, line);
}

static enum err_code read_events(const char *path, struct explain_log *log, struct err *err)
{
    static struct tail tail; /* static: it is large, and there is one */
    static char bytes[65536];
    struct input_file file = {0};
    if (!exists(path))
        return ERR_OK;
    TRY(input_file_open(path, UINT64_MAX, &file, err));
    tail_init(&tail, log, take_line);
    for (uint64_t at = 0; at < file.size_bytes && err->code == ERR_OK;) {
        uint64_t rest = file.size_bytes - at;
        struct slice piece = {bytes, rest < sizeof bytes ? (size_t)rest : sizeof bytes};
        if (input_file_read_at(&file, at, bytes, piece.len, err) == ERR_OK)
            tail_feed(&tail, piece);
        at += piece.len;
    }
    if (tail.out_of_memory)
        (void)err_set(err, ERR_ENV, "out of memory");
    tail_fini(&tail);
    input_file_close(&file);
    return err->code;
}

static enum err_code read_journal(const char *path, struct journal *ret_journal, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, JOURNAL_FILE_MAX);
    struct stat info;
    if (stat(path, &info) != 0 || info.st_size == 0)
        return ERR_OK;
    TRY(input_file_read(path, &text, err));
    return journal_fold(str_slice(&text), ret_journal, err) == ERR_OK ? ERR_OK : err_wrap(err, "%s", path);
}

/* Settings that this version does not know are no reason to tell nothing. */
static uint32_t multiplier_of(const struct journal *journal)
{
    static struct settings settings; /* static, as the other: they are large, and there is one */
    static struct err unread;
    err_init(&unread);
    bool read = journal->runs && settings_parse(slice_of(journal->start.settings), &settings, &unread) == ERR_OK;
    return read ? settings.multiplier_thousandths : 0;
}

enum err_code explain_dir_read(const struct explain_place *place, struct explain_log *log, struct journal *ret_journal,
                               uint32_t *ret_multiplier, struct err *err)
{
    *ret_journal = (struct journal){0};
    *ret_multiplier = 0;
    TRY(read_journal(place->journal, ret_journal, err));
    TRY(read_events(place->events, log, err));
    *ret_multiplier = multiplier_of(ret_journal);
    return ERR_OK;
}

const char *explain_dir_journaled(const struct journal *journal, struct visit_label visit)
{
    static const char *const sentences[EFFECT_COUNT] = {
        [EFFECT_DIAGNOSIS] = "the codes were to be saved, and no proof that they are on the chart follows",
        [EFFECT_NOTE] = "the note was to be saved, and no proof that it is on the chart follows",
        [EFFECT_BILLING] = "the bill was to be created, and no proof that it is on the chart follows",
    };
    const struct visit_state *state = journal_find(journal, visit);
    for (int effect = EFFECT_COUNT; state && effect-- > 0;)
        if (state->facts.effects[effect] == EFFECT_INTENDED)
            return sentences[effect];
    return NULL;
}
