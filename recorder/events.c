#include "recorder/events.h"

#include "recorder/compare.h"
#include "recorder/reader.h"

#include <stdlib.h>

/* Method: the recorded log is read as a stream beside the replayed one. Only when they
   part is it asked which of the two is to blame: the recorded file's checksum says. */

struct events_check {
    const struct recording *recording; /* borrowed */
    struct reader reader;
    uint64_t given; /* replayed lines */
};

enum err_code events_check_open(const struct recording *recording, struct events_check **ret_check, struct err *err)
{
    struct events_check *check = calloc(1, sizeof *check);
    if (!check)
        return err_set(err, ERR_ENV, "there is no memory to compare event logs");
    check->recording = recording;
    if (reader_open(&check->reader, &recording->store, RECORDING_EVENTS, 0, 1, err) != ERR_OK) {
        events_check_close(check);
        return err->code;
    }
    *ret_check = check;
    return ERR_OK;
}

void events_check_close(struct events_check *check)
{
    if (!check)
        return;
    reader_fini(&check->reader);
    free(check);
}

/* The recorded file against its manifest; line is where the logs part. */
static enum err_code check_file(const struct events_check *check, uint64_t line, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&check->recording->manifest, RECORDING_EVENTS);
    struct file_digest found;
    if (!listed)
        return ERR_OK;
    TRY(store_digest(&check->recording->store, RECORDING_EVENTS, &found, err));
    if (found.crc32c == listed->digest.crc32c && found.size_bytes == listed->digest.size_bytes)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s:%llu: bad checksum of the file (want %08x, got %08x): damaged or edited",
                   RECORDING_EVENTS, (unsigned long long)line, listed->digest.crc32c, found.crc32c);
}

static enum err_code fail_difference(const struct events_check *check, struct slice replayed, struct slice recorded,
                                     struct err *err)
{
    char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    unsigned long long line = (unsigned long long)check->reader.line;
    bool named = compare_values(replayed, recorded, field, ours, theirs);
    return err_set(err, ERR_DIVERGED,
                   "%s:%llu: the replayed log differs%s%s: it has %s, the recorded one %s", RECORDING_EVENTS, line,
                   named ? " in " : "", named ? field : "", ours, theirs);
}

enum err_code events_check_line(struct events_check *check, struct slice line, struct err *err)
{
    struct slice recorded;
    check->given++;
    TRY(reader_next_line(&check->reader, &recorded, err));
    if (recorded.ptr && slice_equal(line, recorded))
        return ERR_OK;
    if (!recorded.ptr && recording_is_cut(check->recording))
        return ERR_OK;
    TRY(check_file(check, check->reader.line + (recorded.ptr ? 0 : 1), err));
    if (recorded.ptr)
        return fail_difference(check, line, recorded, err);
    return err_set(err, ERR_DIVERGED, "%s: the recorded log ends after line %llu, the replayed one goes on",
                   RECORDING_EVENTS, (unsigned long long)check->reader.line);
}

uint64_t events_check_uncompared(const struct events_check *check)
{
    return check->given > check->reader.line ? check->given - check->reader.line : 0;
}

enum err_code events_check_finish(struct events_check *check, bool cut, struct err *err)
{
    struct slice left;
    TRY(reader_next_line(&check->reader, &left, err));
    if (left.ptr && cut)
        return ERR_OK;
    TRY(check_file(check, check->reader.line + (left.ptr ? 0 : 1), err));
    if (left.ptr)
        return err_set(err, ERR_DIVERGED, "%s:%llu: the replayed log ends here, the recorded one goes on",
                       RECORDING_EVENTS, (unsigned long long)check->reader.line);
    return ERR_OK;
}
