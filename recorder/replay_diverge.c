#include "recorder/replay_state.h"

#include "recorder/compare.h"
#include "recorder/origin.h"
#include "recorder/payload.h"

/* The error path of a replay, where time does not matter much: the recording is read
   a second time, around the place of the divergence, for the entry that would have
   matched or comes nearest. Values are compared here and never copied into a report. */

#define SEARCH_ENTRIES_MAX 20000
#define SEARCH_BYTES_BACK ((uint64_t)16 << 20)

bool replay_same_request(const struct entry *asked, const struct entry *recorded)
{
    if (asked->kind != recorded->kind || asked->base64 != recorded->base64 ||
        !slice_equal(asked->value, recorded->value))
        return false;
    if (slice_equal(asked->bulk, recorded->bulk))
        return true;
    struct slice identity = payload_bulk_identity(asked->bulk);
    return slice_find(identity, SLICE("\"advisory\":true")) &&
           slice_equal(identity, payload_bulk_identity(recorded->bulk));
}

bool replay_same_visit(struct slice a, struct slice b)
{
    struct mark first, second;
    struct slice step;
    return mark_parse(a, &first, &step) && mark_parse(b, &second, &step) && first.patient == second.patient &&
           first.dos == second.dos && first.attempt == second.attempt;
}

static void copy_mark(char ret_mark[MARK_TEXT_MAX], struct slice mark)
{
    if (!text_format(ret_mark, MARK_TEXT_MAX, "%.*s", SLICE_ARG(mark)))
        ret_mark[0] = '\0';
}

/* A side that is an entry, or the request that would be one. */
static void fill_side(struct divergence_side *side, const struct entry *entry)
{
    char name[DIVERGENCE_TEXT_MAX] = "";
    if (!entry->base64)
        compare_name(entry->kind, entry->value, name);
    side->present = true;
    side->kind = entry->kind;
    copy_mark(side->mark, entry->head.mark);
    if (!text_format(side->what, sizeof side->what, "%s%s%.100s", entry_kind_name(entry->kind), name[0] ? " " : "", name))
        side->what[0] = '\0';
}

static void fill_wait(struct replay *replay, struct instant deadline, struct divergence_side *side)
{
    side->present = true;
    side->kind = ENTRY_WAKE;
    copy_mark(side->mark, (struct slice){replay->mark, replay->mark_len});
    bool fits = deadline.us == INSTANT_NEVER.us
                    ? text_format(side->what, sizeof side->what, "waits without a deadline")
                    : text_format(side->what, sizeof side->what, "waits until %lld us", (long long)deadline.us);
    ASSERT(fits);
}

static struct divergence *begin(struct replay *replay, enum divergence_reason reason)
{
    struct divergence *divergence = &replay->divergence;
    *divergence = (struct divergence){.reason = reason};
    if (replay->has_ahead) {
        divergence->entry = replay->ahead.head.n;
        divergence->line = replay->ahead.line;
        fill_side(&divergence->recorded, &replay->ahead);
    }
    return divergence;
}

static void finish(struct replay *replay)
{
    replay->has_diverged = true;
    (void)divergence_report(&replay->divergence, &replay->failure);
}

/* A cut recording ends where it ends: that is no divergence. */
static bool ends_early(struct replay *replay)
{
    if (replay->has_ahead || !recording_is_cut(replay->recording))
        return false;
    replay->ended_early = true;
    err_set(&replay->failure, ERR_DIVERGED, "the recording ends here, after entry %llu: the run was cut",
            (unsigned long long)replay->consumed);
    return true;
}

/* How near an entry comes to a request. */
enum nearness { NEAR_NOT, NEAR_KIND, NEAR_NAME, NEAR_NAME_AND_VISIT, NEAR_SAME };

struct search {
    const struct entry *asked;
    char name[DIVERGENCE_TEXT_MAX];
    enum nearness best;
    struct divergence_nearest *nearest;
    uint64_t at; /* number of the entry at hand, past which entries are still to come */
};

static enum nearness nearness_of(const struct search *search, const struct entry *entry)
{
    char name[DIVERGENCE_TEXT_MAX];
    if (entry->kind != search->asked->kind)
        return NEAR_NOT;
    if (replay_same_request(search->asked, entry))
        return NEAR_SAME;
    if (search->name[0] == '\0' || entry->base64)
        return NEAR_KIND;
    compare_name(entry->kind, entry->value, name);
    if (strcmp(name, search->name) != 0)
        return NEAR_KIND;
    return replay_same_visit(entry->head.mark, search->asked->head.mark) ? NEAR_NAME_AND_VISIT : NEAR_NAME;
}

static void tell_why_not(const struct search *search, enum nearness nearness, const struct entry *entry,
                         char ret_why[DIVERGENCE_TEXT_MAX])
{
    bool fits = true;
    if (nearness != NEAR_SAME) {
        char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
        bool named = compare_values(search->asked->value, entry->value, field, ours, theirs);
        bool same = named && strcmp(field, "id") == 0;
        fits = same    ? text_format(ret_why, DIVERGENCE_TEXT_MAX, "the same, but another time: its id differs")
               : named ? text_format(ret_why, DIVERGENCE_TEXT_MAX, "its %.120s differs", field)
                       : text_format(ret_why, DIVERGENCE_TEXT_MAX, "its value differs");
    } else if (search->at && entry->head.n >= search->at) {
        fits = entry->head.n == search->at
                   ? text_format(ret_why, DIVERGENCE_TEXT_MAX, "it is of another visit, attempt, browser or instant")
                   : text_format(ret_why, DIVERGENCE_TEXT_MAX, "the same, but %llu entries come before it",
                                 (unsigned long long)(entry->head.n - search->at));
    } else {
        fits = text_format(ret_why, DIVERGENCE_TEXT_MAX, "the same, but it was taken already");
    }
    ASSERT(fits);
}

static void look_at(struct search *search, const struct entry *entry)
{
    enum nearness nearness = nearness_of(search, entry);
    if (nearness <= search->best)
        return;
    search->best = nearness;
    search->nearest->entry = entry->head.n;
    search->nearest->line = entry->line;
    copy_mark(search->nearest->mark, entry->head.mark);
    tell_why_not(search, nearness, entry, search->nearest->why_not);
}

/* Looks at entries from offset on, `count` of them at most, none at or past `limit`. */
static void search_from(struct replay *replay, struct search *search, uint64_t offset, uint64_t line, uint64_t limit,
                        uint64_t count)
{
    struct reader reader;
    struct err ignored;
    struct entry entry;
    enum reader_found found;
    err_init(&ignored);
    (void)reader_open(&reader, &replay->recording->store, RECORDING_SESSION, offset, line, &ignored);
    while (ignored.code == ERR_OK && count-- && reader.offset < limit && search->best != NEAR_SAME &&
           reader_next(&reader, &entry, &found, &ignored) == ERR_OK && found == READER_ENTRY)
        look_at(search, &entry);
    reader_fini(&reader);
}

static void search_nearest(struct replay *replay, const struct entry *asked, struct search *search)
{
    uint64_t here = replay->has_ahead ? replay->ahead.offset : replay->reader.offset;
    *search = (struct search){.asked = asked, .nearest = &replay->divergence.nearest, .at = replay->divergence.entry};
    if (!asked->base64)
        compare_name(asked->kind, asked->value, search->name);
    if (replay->has_ahead)
        search_from(replay, search, here, replay->ahead.line, UINT64_MAX, SEARCH_ENTRIES_MAX);
    if (search->best != NEAR_SAME && here <= SEARCH_BYTES_BACK)
        search_from(replay, search, 0, 1, here, UINT64_MAX);
}

/* The requests are equal; when or of which browser they are made is not. */
static void fill_head(struct divergence *divergence, const struct entry_head *asked, const struct entry_head *recorded)
{
    bool generation = asked->generation != recorded->generation;
    long long ours = generation ? asked->generation : asked->at.us;
    long long theirs = generation ? recorded->generation : recorded->at.us;
    ASSERT(text_format(divergence->field, sizeof divergence->field, generation ? "gen" : "at") &&
           text_format(divergence->engine.shape, sizeof divergence->engine.shape, "%lld", ours) &&
           text_format(divergence->recorded.shape, sizeof divergence->recorded.shape, "%lld", theirs));
}

/* What both sides tell without a shape: "mark", "kind". */
static void name_field(struct divergence *divergence, const char *field)
{
    ASSERT(text_format(divergence->field, sizeof divergence->field, "%s", field));
}

static void fill_field(struct divergence *divergence, const struct entry *asked, const struct entry *recorded)
{
    if (replay_same_request(asked, recorded)) {
        fill_head(divergence, &asked->head, &recorded->head);
        return;
    }
    if (!slice_equal(asked->value, recorded->value)) {
        (void)compare_values(asked->value, recorded->value, divergence->field, divergence->engine.shape,
                             divergence->recorded.shape);
        return;
    }
    (void)compare_values(asked->bulk, recorded->bulk, divergence->field, divergence->engine.shape,
                         divergence->recorded.shape);
    memmove(divergence->field + 5, divergence->field, sizeof divergence->field - 6);
    memcpy(divergence->field, "bulk.", 5);
}

/* Where the recorded value came from: told by its text, which is never shown. */
static void fill_origin(struct replay *replay, const struct entry *asked)
{
    CLEANUP_STR struct str text;
    struct divergence *divergence = &replay->divergence;
    str_init(&text, ENTRY_LINE_MAX);
    compare_recorded_text(asked->value, replay->ahead.value, &text);
    if (!str_full(&text))
        origin_tell(replay->recording, divergence->field, str_slice(&text), divergence->entry, divergence->origin);
}

static enum divergence_reason reason_of(const struct replay *replay, const struct entry *asked, enum nearness nearest)
{
    const struct entry *ahead = &replay->ahead;
    if (!replay->has_ahead)
        return DIVERGED_EXHAUSTED;
    if (!replay_same_visit(asked->head.mark, ahead->head.mark))
        return DIVERGED_WRONG_VISIT;
    if (replay_same_request(asked, ahead))
        return DIVERGED_FIELD_DIFFERS;
    if (nearest == NEAR_SAME)
        return DIVERGED_WRONG_ORDER;
    if (ahead->kind != asked->kind)
        return DIVERGED_UNSEEN;
    char name[DIVERGENCE_TEXT_MAX] = "", other[DIVERGENCE_TEXT_MAX] = "";
    compare_name(asked->kind, asked->value, name);
    compare_name(ahead->kind, ahead->value, other);
    return strcmp(name, other) == 0 ? DIVERGED_FIELD_DIFFERS : DIVERGED_UNSEEN;
}

void replay_diverge_request(struct replay *replay, const struct entry *asked)
{
    struct search search;
    if (ends_early(replay))
        return;
    struct divergence *divergence = begin(replay, DIVERGED_EXHAUSTED);
    fill_side(&divergence->engine, asked);
    search_nearest(replay, asked, &search);
    divergence->reason = reason_of(replay, asked, search.best);
    if (divergence->reason == DIVERGED_WRONG_VISIT) {
        name_field(divergence, "mark");
    } else if (!replay->has_ahead || replay->ahead.kind != asked->kind) {
        name_field(divergence, "kind");
    } else {
        fill_field(divergence, asked, &replay->ahead);
    }
    if (divergence->reason == DIVERGED_FIELD_DIFFERS)
        fill_origin(replay, asked);
    finish(replay);
}

static void fill_nearest(struct divergence *divergence, const struct entry *entry, const char *why_not)
{
    divergence->nearest.entry = entry->head.n;
    divergence->nearest.line = entry->line;
    copy_mark(divergence->nearest.mark, entry->head.mark);
    ASSERT(text_format(divergence->nearest.why_not, sizeof divergence->nearest.why_not, "%s", why_not));
}

/* The next in entry past the request that stands in the way. */
static void find_next_in(struct replay *replay, struct divergence_nearest *nearest)
{
    struct reader reader;
    struct err ignored;
    struct entry entry;
    enum reader_found found;
    err_init(&ignored);
    (void)reader_open(&reader, &replay->recording->store, RECORDING_SESSION, replay->ahead.offset, replay->ahead.line,
                      &ignored);
    for (int left = SEARCH_ENTRIES_MAX; ignored.code == ERR_OK && left && nearest->entry == 0; left--) {
        if (reader_next(&reader, &entry, &found, &ignored) != ERR_OK || found == READER_END)
            break;
        if (entry_kind_is_out(entry.kind))
            continue;
        nearest->entry = entry.head.n;
        nearest->line = entry.line;
        copy_mark(nearest->mark, entry.head.mark);
        ASSERT(text_format(nearest->why_not, sizeof nearest->why_not, "the next item, but %llu requests come before it",
                           (unsigned long long)(entry.head.n - replay->ahead.head.n)));
    }
    reader_fini(&reader);
}

/* The item ahead is there, but not at the time that the engine waits for. */
static void fill_deadline(struct divergence *divergence, const struct entry *ahead)
{
    bool wake = ahead->kind == ENTRY_WAKE;
    bool fits = text_format(divergence->field, sizeof divergence->field, "deadline");
    fits = fits && (wake ? text_format(divergence->recorded.shape, sizeof divergence->recorded.shape,
                                       "a wake that was asked for %.*s us", SLICE_ARG(ahead->value))
                         : text_format(divergence->recorded.shape, sizeof divergence->recorded.shape,
                                       "comes later, at %lld us", (long long)ahead->head.at.us));
    ASSERT(fits);
    fill_nearest(divergence, ahead, "its instant differs");
}

void replay_diverge_wait(struct replay *replay, struct instant deadline)
{
    if (ends_early(replay))
        return;
    struct slice mark = {replay->mark, replay->mark_len};
    struct divergence *divergence = begin(replay, DIVERGED_EXHAUSTED);
    fill_wait(replay, deadline, &divergence->engine);
    if (replay->has_ahead && !replay_same_visit(mark, replay->ahead.head.mark)) {
        divergence->reason = DIVERGED_WRONG_VISIT;
        name_field(divergence, "mark");
        fill_nearest(divergence, &replay->ahead, "it is of another visit or attempt");
    } else if (replay->has_ahead && entry_kind_is_out(replay->ahead.kind)) {
        divergence->reason = DIVERGED_WRONG_ORDER;
        name_field(divergence, "kind");
        find_next_in(replay, &divergence->nearest);
    } else if (replay->has_ahead) {
        divergence->reason = DIVERGED_FIELD_DIFFERS;
        fill_deadline(divergence, &replay->ahead);
    } else {
        name_field(divergence, "kind");
    }
    finish(replay);
}

void replay_diverge_sequence(struct replay *replay)
{
    uint64_t want = replay->consumed + 1, have = replay->ahead.head.n;
    struct divergence *divergence = begin(replay, have > want ? DIVERGED_UNSEEN : DIVERGED_WRONG_ORDER);
    divergence->engine.present = true;
    copy_mark(divergence->engine.mark, (struct slice){replay->mark, replay->mark_len});
    bool fits = text_format(divergence->engine.what, sizeof divergence->engine.what, "needs entry %llu",
                            (unsigned long long)want);
    fits = fits && text_format(divergence->field, sizeof divergence->field, "n");
    fits = fits && text_format(divergence->recorded.shape, sizeof divergence->recorded.shape,
                               have > want ? "entry %llu is missing before it" : "entry %llu should stand here",
                               (unsigned long long)want);
    fill_nearest(divergence, &replay->ahead, "it is out of sequence");
    ASSERT(fits);
    finish(replay);
}

void replay_diverge_ended(struct replay *replay)
{
    struct divergence *divergence = begin(replay, DIVERGED_WRONG_ORDER);
    divergence->engine.present = true;
    copy_mark(divergence->engine.mark, (struct slice){replay->mark, replay->mark_len});
    ASSERT(text_format(divergence->engine.what, sizeof divergence->engine.what, "has ended"));
    name_field(divergence, "kind");
    fill_nearest(divergence, &replay->ahead, "it was never asked for");
    finish(replay);
}
