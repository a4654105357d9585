/* Method: exchanges sorted by (method, place); a request looks through those of its own
   place. A hash of query and body says nearly always that two are equal without a look. */
#include "recorder/offline/match.h"

#include <stdlib.h>
#include <strings.h>

struct match {
    const struct traffic *traffic;
    match_explains explains;
    void *ctx;
    uint32_t *sorted; /* owned, as are the others: indices by place, then by order */
    uint64_t *place_hash;
    uint64_t *rest_hash;
    bool *used;
    uint32_t *given; /* indices, in the order they were given */
    size_t given_count, given_capacity;
    uint32_t *unsafe; /* indices of requests that may change the site, in order */
    size_t unsafe_count;
    size_t unsafe_done; /* how many at the front are all used */
    int64_t fence;      /* index of the last of them that was answered; -1 = none */
};

static const struct {
    const char *name, *sentence;
} misses[] = {
#define X(id, name, sentence) [id] = {name, sentence},
#include "recorder/offline/miss.def"
#undef X
};

const char *miss_name(enum miss miss)
{
    return misses[miss].name;
}

const char *miss_sentence(enum miss miss)
{
    return misses[miss].sentence;
}

static uint64_t hash_add(uint64_t hash, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return (hash ^ 0xff) * UINT64_C(1099511628211);
}

#define HASH_SEED UINT64_C(14695981039346656037)

static uint64_t hash_place(struct slice method, struct slice url)
{
    return hash_add(hash_add(HASH_SEED, method), url_place(url));
}

static uint64_t hash_rest(const struct request_text *text)
{
    return hash_add(hash_add(HASH_SEED, url_query(text->url)), text->has_body ? text->body : SLICE_NONE);
}

static struct request_text text_of(const struct exchange *e)
{
    return (struct request_text){e->method, e->url, e->posted, e->has_posted, e->posted_known};
}

static bool is_safe(struct slice method)
{
    return slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD")) || slice_equal(method, SLICE("OPTIONS"));
}

static int by_place(const void *a, const void *b, void *ctx)
{
    const struct match *match = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (match->place_hash[x] != match->place_hash[y])
        return match->place_hash[x] < match->place_hash[y] ? -1 : 1;
    return x < y ? -1 : 1;
}

static void fill(struct match *match)
{
    for (uint32_t i = 0; i < match->traffic->count; i++) {
        const struct exchange *e = &match->traffic->list[i];
        struct request_text text = text_of(e);
        match->sorted[i] = i;
        match->place_hash[i] = hash_place(e->method, e->url);
        match->rest_hash[i] = hash_rest(&text);
        if (!is_safe(e->method))
            match->unsafe[match->unsafe_count++] = i;
    }
    qsort_r(match->sorted, match->traffic->count, sizeof *match->sorted, by_place, match);
}

struct match *match_new(const struct traffic *traffic, match_explains explains, void *ctx)
{
    struct match *match = calloc(1, sizeof *match);
    size_t count = traffic->count ? traffic->count : 1;
    if (!match)
        return NULL;
    *match = (struct match){.traffic = traffic, .explains = explains, .ctx = ctx, .fence = -1};
    match->sorted = calloc(count, sizeof *match->sorted);
    match->place_hash = calloc(count, sizeof *match->place_hash);
    match->rest_hash = calloc(count, sizeof *match->rest_hash);
    match->used = calloc(count, sizeof *match->used);
    match->unsafe = calloc(count, sizeof *match->unsafe);
    if (!match->sorted || !match->place_hash || !match->rest_hash || !match->used || !match->unsafe) {
        match_free(match);
        return NULL;
    }
    fill(match);
    return match;
}

void match_free(struct match *match)
{
    if (!match)
        return;
    free(match->sorted);
    free(match->place_hash);
    free(match->rest_hash);
    free(match->used);
    free(match->unsafe);
    free(match->given);
    free(match);
}

/* The first place in `sorted` of that hash. */
static size_t lower_bound(const struct match *match, uint64_t hash)
{
    size_t low = 0, high = match->traffic->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (match->place_hash[match->sorted[middle]] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether the earlier one was still under way when the later one was asked. */
static bool overlap(const struct exchange *a, const struct exchange *b)
{
    const struct exchange *first = a->line < b->line ? a : b, *second = first == a ? b : a;
    return first->ended_line > second->line;
}

static struct slice patient_of(struct slice mark)
{
    const char *dot = mark.len ? memchr(mark.ptr, '.', mark.len) : NULL;
    return (struct slice){mark.ptr, dot ? (size_t)(dot - mark.ptr) : mark.len};
}

/* The first unanswered request before i that may change the site, was over when i was asked,
   and is of the same patient: others may be left out of a batch. */
static const struct exchange *blocking(const struct match *match, uint32_t i)
{
    const struct exchange *list = match->traffic->list;
    for (size_t at = match->unsafe_done; at < match->unsafe_count && match->unsafe[at] < i; at++) {
        uint32_t j = match->unsafe[at];
        if (!match->used[j] && !overlap(&list[j], &list[i]) &&
            slice_equal(patient_of(list[j].mark), patient_of(list[i].mark)))
            return &list[j];
    }
    return NULL;
}

static bool is_past(const struct match *match, uint32_t i)
{
    const struct exchange *list = match->traffic->list;
    return match->fence >= 0 && (int64_t)i < match->fence && !overlap(&list[i], &list[match->fence]);
}

/* What a request goes through the exchanges of its place with. */
struct search {
    struct match *match;
    const struct request_text *request;
    uint64_t rest_hash;
    const struct exchange *recorded; /* at hand */
    size_t differences;
    bool unexplained;
    struct field_pair first; /* the first difference that is not explained */
    /* the best of each kind so far: 1 + index, 0 = none */
    uint32_t same, explained, same_out_of_turn, same_used, explained_used, nearest;
    uint32_t same_any;
    size_t same_count;
    bool all_same;
    size_t nearest_differences;
    struct field_pair nearest_first;
};

static bool on_difference(void *ctx, const struct field_pair *pair)
{
    struct search *s = ctx;
    s->differences++;
    bool is_value = pair->kind == FIELD_QUERY || pair->kind == FIELD_FORM;
    if (is_value && s->match->explains && s->match->explains(s->match->ctx, s->recorded, pair))
        return true;
    if (!s->unexplained)
        s->first = *pair;
    s->unexplained = true;
    return true;
}

static void note_same(struct search *s, uint32_t i)
{
    const struct exchange *list = s->match->traffic->list;
    s->all_same = s->same_any == 0 || (s->all_same && traffic_is_same_answer(&list[i], &list[s->same_any - 1]));
    bool is_given_up = s->same_any && list[s->same_any - 1].end == TRAFFIC_CANCELED;
    s->same_any = s->same_any && !is_given_up ? s->same_any : i + 1;
    s->same_count++;
}

static void weigh(struct search *s, uint32_t i)
{
    struct match *match = s->match;
    s->recorded = &match->traffic->list[i];
    s->differences = 0;
    s->unexplained = false;
    struct request_text recorded = text_of(s->recorded);
    bool is_same = match->rest_hash[i] == s->rest_hash || fields_compare(s->request, &recorded, on_difference, s);
    if (!is_same && s->unexplained) {
        bool is_nearer = s->nearest == 0 || s->differences < s->nearest_differences;
        if (is_nearer) {
            s->nearest = i + 1;
            s->nearest_differences = s->differences;
            s->nearest_first = s->first;
        }
        return;
    }
    if (is_same)
        note_same(s, i);
    uint32_t *slot = is_same ? &s->same : &s->explained;
    if (match->used[i])
        *(is_same ? &s->same_used : &s->explained_used) = i + 1;
    else if (is_past(match, i) || blocking(match, i))
        s->same_out_of_turn = s->same_out_of_turn ? s->same_out_of_turn : i + 1;
    else if (*slot == 0)
        *slot = i + 1;
}

/* Answers that are the same whenever they are asked for. */
static uint32_t constant(const struct search *s)
{
    const struct exchange *e = s->same_any ? &s->match->traffic->list[s->same_any - 1] : NULL;
    bool is_constant = e && is_safe(e->method) && (traffic_is_cacheable(e) || (s->same_count > 1 && s->all_same));
    return is_constant ? s->same_any : 0;
}

/* Nothing that may change the site was answered since that answer. */
static bool is_repeatable(const struct match *match, uint32_t one_more)
{
    return one_more && is_safe(match->traffic->list[one_more - 1].method) && (int64_t)one_more - 1 > match->fence;
}

static void give(struct match *match, uint32_t i)
{
    match->used[i] = true;
    if (!is_safe(match->traffic->list[i].method))
        match->fence = i;
    while (match->unsafe_done < match->unsafe_count && match->used[match->unsafe[match->unsafe_done]])
        match->unsafe_done++;
    if (match->given_count == match->given_capacity) {
        size_t capacity = match->given_capacity ? 2 * match->given_capacity : 256;
        uint32_t *grown = reallocarray(match->given, capacity, sizeof *grown);
        if (!grown)
            return; /* a token may then not explain itself: a miss, never a wrong answer */
        match->given = grown;
        match->given_capacity = capacity;
    }
    match->given[match->given_count++] = i;
}

static void tell_miss(const struct search *s, struct match_result *result)
{
    const struct exchange *list = s->match->traffic->list;
    uint32_t used = s->same_used ? s->same_used : s->explained_used;
    uint32_t at = s->same_out_of_turn ? s->same_out_of_turn : used ? used : s->nearest;
    result->exchange = at ? &list[at - 1] : NULL;
    result->miss = s->same_out_of_turn ? MISS_WRONG_ORDER : used ? MISS_EXHAUSTED : at ? MISS_FIELD_DIFFERS : MISS_UNSEEN;
    if (result->miss == MISS_WRONG_ORDER)
        result->blocking = blocking(s->match, at - 1);
    if (result->miss != MISS_FIELD_DIFFERS)
        return;
    field_tell(&s->nearest_first, result->field);
    result->asked_bytes = s->nearest_first.asked.len;
    result->recorded_bytes = s->nearest_first.recorded.len;
    result->differences = s->nearest_differences;
}

static void choose(struct search *s, struct match_result *result)
{
    uint32_t fixed = constant(s);
    uint32_t repeated = is_repeatable(s->match, s->same_used) ? s->same_used
                        : is_repeatable(s->match, s->explained_used) ? s->explained_used
                                                                      : 0;
    uint32_t at = s->same ? s->same : fixed ? fixed : s->explained ? s->explained : repeated;
    if (at == 0) {
        tell_miss(s, result);
        return;
    }
    result->how = at == s->same ? MATCH_SAME : at == s->explained ? MATCH_EXPLAINED : MATCH_REPEATED;
    result->exchange = &s->match->traffic->list[at - 1];
}

/* With nothing at its place: the same path on another host, or by another method. */
static void look_elsewhere(const struct match *match, const struct request_text *request, struct match_result *result)
{
    for (size_t i = 0; i < match->traffic->count && !result->exchange; i++)
        if (slice_equal(url_path(match->traffic->list[i].url), url_path(request->url)))
            result->exchange = &match->traffic->list[i];
}

void match_find(struct match *match, const struct request_text *request, bool peek, struct match_result *ret_result)
{
    struct search s = {.match = match, .request = request, .rest_hash = hash_rest(request)};
    uint64_t place = hash_place(request->method, request->url);
    *ret_result = (struct match_result){.how = MATCH_NONE};
    for (size_t at = lower_bound(match, place); at < match->traffic->count; at++) {
        uint32_t i = match->sorted[at];
        if (match->place_hash[i] != place)
            break;
        weigh(&s, i);
    }
    choose(&s, ret_result);
    if (ret_result->how == MATCH_NONE && !ret_result->exchange)
        look_elsewhere(match, request, ret_result);
    if (ret_result->how != MATCH_NONE && !peek)
        give(match, (uint32_t)(ret_result->exchange - match->traffic->list));
}

const struct exchange *match_given(const struct match *match, size_t *cursor)
{
    return *cursor < match->given_count ? &match->traffic->list[match->given[match->given_count - ++*cursor]] : NULL;
}
