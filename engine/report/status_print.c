/* For people: first what a person must do - look at charts - then what failed, then
   how to go on. For programs: everything. */
#include "engine/report/status.h"

#include "engine/base/json_out.h"
#include "engine/world/mark.h"

#define REVIEWS_SHOWN 10
#define OTHERS_SHOWN 6
#define LINE_BYTES_SHOWN 400
#define PIECE_BYTES_MAX (8u * TAIL_LINE_BYTES_MAX)

#define TIME_SIZE 32

/* The civil date of a day counted from 1970: years of 400 repeat exactly, and one that
   begins in March has its odd day at its end. */
static void date_of(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = day + 719468, era = z / 146097, in_era = z % 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153;
    *ret_day = (int)(in_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

/* ISO 8601, UTC, to the millisecond; false when there is none to tell. */
static bool time_format(int64_t us, char ret_text[TIME_SIZE])
{
    const int64_t second = 1000000, year_10000 = 253402300800;
    int year, month, day;
    if (us <= 0 || us / second >= year_10000)
        return false;
    int64_t s = us / second, in_day = s % 86400;
    date_of(s / 86400, &year, &month, &day);
    return text_format(ret_text, TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, (int)(in_day / 3600),
                       (int)(in_day / 60 % 60), (int)(in_day % 60), (int)(us % second / 1000));
}

/* A terminal takes nothing from it but what is to be read: all that is not plain ASCII
   becomes a question mark. */
static void add_plain(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        str_add_char(out, text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?');
}

static void print_reason(const struct status *s, struct str *out)
{
    static const char *const reasons[] = {
        [BATCH_COMPLETE] = "every visit was tried",
        [BATCH_FATAL] = "",
        [BATCH_BREAKER] = "the site failed visit after visit, and the breaker stopped the run",
        [BATCH_STOPPED] = "it was stopped",
        [BATCH_ENVIRONMENT] = "its environment broke (browser, disk, network)",
    };
    switch (s->end) {
    case STATUS_NO_END: return;
    case STATUS_KILLED: str_add_text(out, ": it was killed: its journal has no end, and no process holds it"); return;
    case STATUS_CUT: str_add_text(out, ": the stream ended before its batch_summary"); return;
    case STATUS_TOLD: break;
    }
    if (s->outcome == BATCH_STOPPED && s->kind == KIND_TIMEOUT)
        str_add_text(out, ": it was out of time");
    else
        str_addf(out, ": %s", s->kind != KIND_NONE ? kind_sentence(s->kind) : reasons[s->outcome]);
}

static void print_times(const struct status *s, struct str *out)
{
    char text[TIME_SIZE];
    if (s->state == STATUS_IDLE || !time_format(s->started_us, text))
        return;
    str_addf(out, "  run %u, begun %s", s->runs, text);
    if (time_format(s->finished_us, text))
        str_addf(out, ", ended %s", text);
    if (s->has_exit)
        str_addf(out, ", exit status %d", s->exit_status);
    str_add_char(out, '\n');
}

static void print_head(const struct status *s, struct str *out)
{
    if (s->batch_id[0]) {
        add_plain(out, slice_of(s->batch_id));
        str_add_text(out, ": ");
    }
    str_add_text(out, status_state_name(s->state));
    print_reason(s, out);
    if (s->state == STATUS_IDLE)
        str_add_text(out, ": no run has begun");
    if (s->state == STATUS_RUNNING)
        str_addf(out, ": process %u", s->holder);
    str_add_char(out, '\n');
    if (s->is_offline)
        str_add_text(out, "  a browser replay: a recording answered, and nothing was done in any chart\n");
    print_times(s, out);
    if (s->holder && s->state != STATUS_RUNNING)
        str_addf(out, "  process %u holds the directory: that run is about to leave it, or another to begin\n", s->holder);
}

static void print_progress(const struct status *s, struct str *out)
{
    static const char *const words[VISIT_OUTCOME_COUNT] = {"done", "failed", "for review", "interrupted", "not attempted", "undecided"};
    if (!s->total)
        return;
    str_addf(out, "  %u of %u visits settled", s->settled, s->total);
    const char *between = ": ";
    for (size_t i = 0; i < VISIT_OUTCOME_COUNT; i++) {
        if (!s->counts[i])
            continue;
        str_addf(out, "%s%u %s", between, s->counts[i], words[i]);
        between = ", ";
    }
    str_add_char(out, '\n');
    for (size_t i = 0; i < s->visit_count; i++)
        if (s->visits[i].running)
            str_addf(out, "  now at p%u.v%u\n", s->visits[i].visit.patient, s->visits[i].visit.dos);
}

static void print_visit(const struct status_visit *v, struct str *out)
{
    str_addf(out, "  p%u.v%u  %s", v->visit.patient, v->visit.dos, visit_outcome_name(v->outcome));
    if (v->kind != KIND_NONE)
        str_addf(out, ": %s at %s", kind_name(v->kind), step_name(v->step));
    str_addf(out, ", %u attempt%s%s\n", v->attempts, v->attempts == 1 ? "" : "s",
             v->outcome == VISIT_FAILED && !v->settled ? "; it will be tried again" : "");
}

/* Visits that ended so, under a heading, the first ones named. */
static void print_those(const struct status *s, bool (*is_one)(const struct status_visit *v), const char *heading, size_t shown,
                        struct str *out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->visit_count; i++) {
        if (s->visits[i].running || !is_one(&s->visits[i]))
            continue;
        if (count == 0)
            str_add_text(out, heading);
        if (count++ < shown)
            print_visit(&s->visits[i], out);
    }
    if (count > shown)
        str_addf(out, "  ... and %zu more: --json lists all\n", count - shown);
}

static bool needs_review(const struct status_visit *v)
{
    return v->outcome == VISIT_NEEDS_REVIEW;
}

static bool may_stand_billed(const struct status_visit *v)
{
    return v->maybe_billed && v->outcome != VISIT_NEEDS_REVIEW;
}

static bool has_failed(const struct status_visit *v)
{
    return v->outcome == VISIT_FAILED;
}

static void print_how_to_go_on(const struct status *s, const char *dir, struct str *out)
{
    if (!status_is_resumable(s))
        return;
    str_add_text(out, "to go on, with the batch and the options of the run:\n  revisit run BATCH.json --base-url URL --state STATE.json "
                      "--resume --run-dir ");
    add_plain(out, dir ? slice_of(dir) : SLICE("RUN_DIR"));
    str_add_char(out, '\n');
}

static void print_tail(const struct tail *tail, size_t lines, struct str *out)
{
    size_t count = lines < tail->count ? lines : tail->count;
    if (count)
        str_addf(out, "the last %zu line%s:\n", count, count == 1 ? "" : "s");
    for (size_t i = tail->count - count; i < tail->count; i++) {
        struct slice line = tail_at(tail, i);
        bool cut = line.len > LINE_BYTES_SHOWN;
        str_add_text(out, "  ");
        add_plain(out, (struct slice){line.ptr, cut ? LINE_BYTES_SHOWN : line.len});
        str_add_text(out, cut ? "...\n" : "\n");
    }
}

void status_print(const struct status *s, const char *dir, const struct tail *tail, size_t lines, struct str *out)
{
    print_head(s, out);
    print_progress(s, out);
    print_those(s, needs_review, "look at these charts before anything of theirs is billed again:\n", REVIEWS_SHOWN, out);
    print_those(s, may_stand_billed, "a bill may stand on these charts; --resume looks before it acts:\n", REVIEWS_SHOWN, out);
    print_those(s, has_failed, "failed:\n", OTHERS_SHOWN, out);
    print_how_to_go_on(s, dir, out);
    print_tail(tail, lines, out);
}

static const char *end_name(const struct status *s)
{
    switch (s->end) {
    case STATUS_NO_END: return NULL;
    case STATUS_TOLD: return batch_outcome_name(s->outcome);
    case STATUS_KILLED: return "killed";
    case STATUS_CUT: return "cut";
    }
    return NULL;
}

static void add_time(struct json_out *j, const char *key, int64_t us)
{
    char text[TIME_SIZE];
    if (time_format(us, text))
        json_out_text(j, key, text);
}

static void add_head(struct json_out *j, const struct status *s)
{
    const char *end = end_name(s);
    if (s->batch_id[0])
        json_out_text(j, "batchId", s->batch_id);
    if (s->is_offline)
        json_out_bool(j, "offline", true);
    json_out_text(j, "status", status_state_name(s->state));
    if (end)
        json_out_text(j, "outcome", end);
    if (s->end == STATUS_TOLD && s->kind != KIND_NONE)
        json_out_text(j, "errorKind", kind_name(s->kind));
    add_time(j, "startedAt", s->started_us);
    add_time(j, "finishedAt", s->finished_us);
    if (s->has_exit)
        json_out_int(j, "exitCode", s->exit_status);
    json_out_bool(j, "resumable", status_is_resumable(s));
    if (s->holder)
        json_out_int(j, "process", s->holder);
    if (s->torn_bytes)
        json_out_int(j, "tornBytes", (int64_t)s->torn_bytes);
}

static void add_counts(struct json_out *j, const struct status *s)
{
    /* No run directory holds an undecided visit. */
    static const char *const keys[] = {"succeeded", "failed", "needsReview", "interrupted", "notAttempted"};
    json_out_int(j, "runs", s->runs);
    json_out_int(j, "total", s->total);
    json_out_int(j, "settled", s->settled);
    json_out_int(j, "running", s->running);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_out_int(j, keys[i], s->counts[i]);
}

static void add_visit(struct json_out *j, const struct status_visit *v)
{
    char label[MARK_TEXT_MAX];
    struct mark mark = {.patient = v->visit.patient};
    size_t length = mark_format(&mark, label);
    json_out_object(j, NULL);
    json_out_string(j, "patient", (struct slice){label, length});
    json_out_int(j, "dos", v->visit.dos);
    json_out_bool(j, "success", !v->running && v->outcome == VISIT_DONE);
    json_out_text(j, "outcome", v->running ? "running" : visit_outcome_name(v->outcome));
    if (v->kind != KIND_NONE) {
        json_out_text(j, "step", step_name(v->step));
        json_out_text(j, "errorKind", kind_name(v->kind));
    }
    if (v->timed)
        json_out_int(j, "duration", v->duration_ms);
    json_out_int(j, "attempts", v->attempts);
    json_out_bool(j, "settled", v->settled);
    if (v->maybe_billed)
        json_out_bool(j, "maybeBilled", true);
    json_out_end_object(j);
}

static bool write_piece(const struct status_sink *sink, struct str *text)
{
    if (str_full(text))
        return false;
    sink->write(sink->ctx, str_slice(text));
    str_clear(text);
    return true;
}

/* Each piece is far smaller than its ceiling: a byte of a line is six in JSON at most. */
bool status_print_json(const struct status *s, const struct tail *tail, const struct status_sink *sink)
{
    struct json_out j;
    CLEANUP_STR struct str text;
    str_init(&text, PIECE_BYTES_MAX);
    json_out_init(&j, &text);
    json_out_object(&j, NULL);
    add_head(&j, s);
    add_counts(&j, s);
    json_out_array(&j, "visitResults");
    for (size_t i = 0; i < s->visit_count; i++) {
        add_visit(&j, &s->visits[i]);
        if (!write_piece(sink, &text))
            return false;
    }
    json_out_end_array(&j);
    json_out_array(&j, "lines");
    for (size_t i = 0; i < tail->count; i++) {
        json_out_string(&j, NULL, tail_at(tail, i));
        if (!write_piece(sink, &text))
            return false;
    }
    json_out_end_array(&j);
    json_out_end_object(&j);
    str_add_char(&text, '\n');
    return write_piece(sink, &text);
}
