#include "engine/cli/run/resume.h"

#include "engine/base/json_in.h"
#include "engine/batch/runner.h"
#include "engine/cli/input_file.h"
#include "engine/cli/settings.h"
#include "engine/cli/shown.h"
#include "engine/live/journal_file.h"
#include "engine/report/shell_word.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum err_code read_journal(const struct run_dir *dir, struct str *ret_text, struct err *err)
{
    struct stat status;
    str_init(ret_text, JOURNAL_FILE_MAX);
    if (lstat(dir->journal, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        return ERR_OK;
    return input_file_read(dir->journal, ret_text, err);
}

static const char *differing_key(const char *before, const char *now, char ret_key[64])
{
    json_auto_t *a = json_in_load(slice_of(before), 0, NULL);
    json_auto_t *b = json_in_load(slice_of(now), 0, NULL);
    json_t *const both[][2] = {{a, b}, {b, a}};
    for (size_t i = 0; i < 2; i++) {
        const char *key;
        json_t *value;
        json_object_foreach(both[i][0], key, value)
            if (!json_equal(value, json_object_get(both[i][1], key)) && text_format(ret_key, 64, "%s", key))
                return ret_key;
    }
    return "a setting";
}

static enum err_code judge(const struct resume *resume, const struct batch *batch, struct slice settings, bool force,
                           struct err *err)
{
    const struct run_start *before = &resume->journal.start;
    char key[64];
    if (run_start_is_offline(before))
        return err_set(err, ERR_INPUT, "this run was a browser replay: a recording answered it, and no site was touched. Leave out "
                                       "--resume and give another --run-dir, and the batch is run at the site");
    CLEANUP_STR struct str now;
    str_init(&now, SETTINGS_BYTES_MAX);
    str_add(&now, settings);
    if (before->plan_hash != batch_plan_hash(batch))
        return err_set(err, ERR_INPUT, "this run is of a batch with other patients or visits: resume it with its own batch, or "
                                       "begin a run of this one without --resume");
    if (before->batch_hash != batch->hash && !force)
        return err_set(err, ERR_INPUT, "the batch file is not the one that this run was begun with, though patients and visits "
                                       "are the same: give that one, or add --force to go on with this one");
    if (strcmp(before->settings, str_text(&now)) != 0 && !force)
        return err_set(err, ERR_INPUT, "%s is not what this run was begun with: give the same settings, or add --force to go on "
                                       "with these",
                       differing_key(before->settings, str_text(&now), key));
    return ERR_OK;
}

enum err_code resume_open(const struct run_dir *dir, const struct batch *batch, struct slice settings, bool force,
                          struct resume *ret_resume, struct err *err)
{
    *ret_resume = (struct resume){0};
    TRY(read_journal(dir, &ret_resume->text, err));
    if (journal_fold(str_slice(&ret_resume->text), &ret_resume->journal, err) != ERR_OK)
        return err_wrap(err, "%s", dir->journal);
    if (ret_resume->journal.torn_bytes)
        fprintf(stderr, "revisit: %s ended in a torn line (%zu bytes), which nothing was done on: it is dropped\n", shown(dir->journal),
                ret_resume->journal.torn_bytes);
    if (ret_resume->journal.runs && judge(ret_resume, batch, settings, force, err) != ERR_OK)
        return err_wrap(err, "%s", dir->path);
    return ERR_OK;
}

void resume_fini(struct resume *resume)
{
    journal_fini(&resume->journal);
    str_fini(&resume->text);
}

bool resume_is_finished(const struct resume *resume)
{
    return resume->journal.ended && journal_is_finished(&resume->journal);
}

void resume_say_finished(const struct resume *resume, const struct run_dir *dir)
{
    fprintf(stderr, "revisit: %s: this run is finished (%u done, %u failed, %u for review): nothing was left to do\n", shown(dir->path),
            journal_count(&resume->journal, VISIT_DONE), journal_count(&resume->journal, VISIT_FAILED),
            journal_count(&resume->journal, VISIT_NEEDS_REVIEW));
}

int resume_exit_status(const struct resume *resume)
{
    struct batch_summary summary = {.outcome = BATCH_COMPLETE};
    for (enum visit_outcome outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++)
        summary.earlier[outcome] = journal_count(&resume->journal, outcome);
    return run_exit_status(&summary);
}

static void add_word(struct str *out, const char *word)
{
    str_add_char(out, ' ');
    shell_word_add(out, word);
}

/* A recording has a directory of its own, and these are given anew. */
static bool is_left_out(const char *word, bool *ret_has_value)
{
    static const char *const options[] = {"--run-dir", "--record", "--record-raw", "--seal-to", "--resume", "--force"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        size_t len = strlen(options[i]);
        if (strncmp(word, options[i], len) != 0 || (word[len] && word[len] != '='))
            continue;
        *ret_has_value = i < 4 && !word[len];
        return true;
    }
    return strcmp(word, "--record-network") == 0;
}

void resume_offer(int argc, char **argv, const struct run_dir *dir, struct str *out)
{
    const char *multiplier = getenv("TIMEOUT_MULTIPLIER");
    str_add_text(out, "to go on:");
    if (multiplier)
        str_addf(out, " TIMEOUT_MULTIPLIER=%s", multiplier);
    str_add_text(out, " revisit run");
    for (int i = 1; i < argc; i++) {
        bool has_value = false;
        if (is_left_out(argv[i], &has_value))
            i += has_value;
        else
            add_word(out, argv[i]);
    }
    str_add_text(out, " --resume --run-dir");
    add_word(out, dir->path);
    str_add_char(out, '\n');
}
