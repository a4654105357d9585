#include "recorder/redact/phi_map.h"

#include <sodium.h>
#include <stdlib.h>

/* Method: the text is copied, and rules and words are slices of the copy. A rule that was
   looked up once is found again by its hash: a recording has some hundred fields, each met a
   thousand times. */

#define WORD_BUCKETS 8192
#define WORDS_MAX 65536
#define WORD_LENGTH_MAX 32
#define CACHE_SLOTS 4096

struct rule {
    enum phi_place place;
    struct slice message, field;
    enum phi_rule rule;
};

struct word {
    struct slice text;
    uint32_t next, next_of_length;
};

struct cached {
    uint64_t hash;
    enum phi_rule rule;
    bool listed;
};

struct phi_map {
    char *text; /* owned, as are the arrays */
    struct rule *rules;
    size_t rule_count;
    struct word *words; /* index 0 is not used */
    uint32_t word_count, word_capacity;
    uint32_t buckets[WORD_BUCKETS];
    uint32_t of_length[WORD_LENGTH_MAX], of_length_count[WORD_LENGTH_MAX];
    struct cached *cache;
    char hash[PHI_MAP_HASH_TEXT];
};

static const char *const place_names[PHI_PLACES] = {
#define PLACE(id, name, what) [id] = name,
#define RULE(id, name, what)
#include "recorder/redact/phi_map.def"
#undef PLACE
#undef RULE
};

static const char *const rule_names[PHI_RULES] = {
#define PLACE(id, name, what)
#define RULE(id, name, what) [id] = name,
#include "recorder/redact/phi_map.def"
#undef PLACE
#undef RULE
};

static uint64_t hash_of(uint64_t hash, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    return (hash ^ 0xFF) * 1099511628211u;
}

static uint32_t word_bucket(struct slice word)
{
    uint64_t hash = hash_of(14695981039346656037u, word);
    return (uint32_t)((hash ^ hash >> 32) % WORD_BUCKETS);
}

bool phi_map_has_word(const struct phi_map *map, struct slice word)
{
    for (uint32_t i = map->buckets[word_bucket(word)]; i; i = map->words[i].next)
        if (slice_equal(map->words[i].text, word))
            return true;
    return false;
}

static bool is_plain(struct slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] < 'a' || word.ptr[i] > 'z')
            return false;
    return word.len > 0 && word.len < WORD_LENGTH_MAX;
}

struct slice phi_map_word_of_length(const struct phi_map *map, size_t len, uint32_t noise)
{
    if (len >= WORD_LENGTH_MAX || map->of_length_count[len] == 0)
        return SLICE_NONE;
    uint32_t i = map->of_length[len];
    for (uint32_t skip = noise % map->of_length_count[len]; skip; skip--)
        i = map->words[i].next_of_length;
    return map->words[i].text;
}

static bool grow_words(struct phi_map *map)
{
    if (map->word_count < map->word_capacity)
        return true;
    uint32_t capacity = map->word_capacity ? map->word_capacity * 2 : 1024;
    struct word *words = capacity > WORDS_MAX ? NULL : realloc(map->words, capacity * sizeof *words);
    if (!words)
        return false;
    map->words = words;
    map->word_capacity = capacity;
    return true;
}

static enum err_code add_word(struct phi_map *map, struct slice text, size_t line, struct err *err)
{
    if (phi_map_has_word(map, text))
        return ERR_OK;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
            return err_set(err, ERR_INPUT, "line %zu: words are listed in lower case", line);
    if (!grow_words(map))
        return err_set(err, ERR_ENV, "line %zu: there is no memory for so many words", line);
    struct word *word = &map->words[map->word_count];
    uint32_t *bucket = &map->buckets[word_bucket(text)];
    *word = (struct word){.text = text, .next = *bucket};
    *bucket = map->word_count;
    if (is_plain(text)) {
        word->next_of_length = map->of_length[text.len];
        map->of_length[text.len] = map->word_count;
        map->of_length_count[text.len]++;
    }
    map->word_count++;
    return ERR_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; empty at its end. */
static struct slice take_field(struct slice *line)
{
    while (line->len && is_blank(*line->ptr)) {
        line->ptr++;
        line->len--;
    }
    struct slice field = {line->ptr, 0};
    while (line->len && !is_blank(*line->ptr)) {
        line->ptr++;
        line->len--;
        field.len++;
    }
    return field;
}

static bool find_name(const char *const names[], size_t count, struct slice name, unsigned *ret_index)
{
    for (unsigned i = 0; i < count; i++)
        if (slice_equal(name, slice_of(names[i]))) {
            *ret_index = i;
            return true;
        }
    return false;
}

static enum err_code add_rule(struct phi_map *map, struct slice place, struct slice rest, size_t line, struct err *err)
{
    unsigned place_index = 0, rule_index = 0;
    struct rule made = {.message = take_field(&rest), .field = take_field(&rest)};
    struct slice rule = take_field(&rest);
    if (!find_name(place_names, PHI_PLACES, place, &place_index))
        return err_set(err, ERR_INPUT, "line %zu: begins with no place that is known, nor with `word`", line);
    if (rule.len == 0)
        return err_set(err, ERR_INPUT, "line %zu: a rule is: place, message, field, rule", line);
    if (!find_name(rule_names, PHI_RULES, rule, &rule_index))
        return err_set(err, ERR_INPUT, "line %zu: the rule has no name that is known", line);
    if (take_field(&rest).len)
        return err_set(err, ERR_INPUT, "line %zu: goes on behind the rule", line);
    if (map->rule_count == PHI_MAP_RULES_MAX)
        return err_set(err, ERR_INPUT, "line %zu: there are more than %d rules", line, PHI_MAP_RULES_MAX);
    made.place = (enum phi_place)place_index;
    made.rule = (enum phi_rule)rule_index;
    map->rules[map->rule_count++] = made;
    return ERR_OK;
}

static enum err_code parse_line(struct phi_map *map, struct slice line, size_t number, struct err *err)
{
    struct slice first = take_field(&line);
    if (first.len == 0 || first.ptr[0] == '#')
        return ERR_OK;
    if (!slice_equal(first, SLICE("word")))
        return add_rule(map, first, line, number, err);
    for (struct slice word; (word = take_field(&line)).len;)
        TRY(add_word(map, word, number, err));
    return ERR_OK;
}

static enum err_code parse_lines(struct phi_map *map, struct slice text, struct err *err)
{
    for (size_t number = 1; text.len; number++) {
        const char *end = memchr(text.ptr, '\n', text.len);
        struct slice line = {text.ptr, end ? (size_t)(end - text.ptr) : text.len};
        text.ptr += line.len + (end ? 1 : 0);
        text.len -= line.len + (end ? 1 : 0);
        if (line.len && memchr(line.ptr, '\0', line.len))
            return err_set(err, ERR_INPUT, "line %zu: holds a NUL: this is no text", number);
        TRY(parse_line(map, line, number, err));
    }
    return map->rule_count ? ERR_OK : err_set(err, ERR_INPUT, "has no rule: everything would be opaque, and no replay possible");
}

static struct phi_map *map_new(struct slice text)
{
    struct phi_map *map = calloc(1, sizeof *map);
    if (!map)
        return NULL;
    map->text = malloc(text.len + 1);
    map->rules = calloc(PHI_MAP_RULES_MAX, sizeof *map->rules);
    map->cache = calloc(CACHE_SLOTS, sizeof *map->cache);
    map->word_count = 1;
    if (!map->text || !map->rules || !map->cache || !grow_words(map)) {
        phi_map_free(map);
        return NULL;
    }
    memcpy(map->text, text.ptr, text.len);
    return map;
}

enum err_code phi_map_parse(struct slice text, struct phi_map **ret_map, struct err *err)
{
    unsigned char digest[32];
    if (text.len == 0 || text.len > PHI_MAP_BYTES_MAX)
        return err_set(err, ERR_INPUT, "%s", text.len ? "is over its limit of 1 MiB" : "is empty");
    struct phi_map *map = map_new(text);
    if (!map)
        return err_set(err, ERR_ENV, "there is no memory for the rules");
    if (parse_lines(map, (struct slice){map->text, text.len}, err) != ERR_OK) {
        phi_map_free(map);
        return err->code;
    }
    crypto_generichash(digest, sizeof digest, (const unsigned char *)text.ptr, text.len, NULL, 0);
    sodium_bin2hex(map->hash, sizeof map->hash, digest, sizeof digest);
    *ret_map = map;
    return ERR_OK;
}

void phi_map_free(struct phi_map *map)
{
    if (!map)
        return;
    free(map->text);
    free(map->rules);
    free(map->words);
    free(map->cache);
    free(map);
}

const char *phi_map_hash(const struct phi_map *map)
{
    return map->hash;
}

/* * stands for any run of characters. */
static bool fits(struct slice pattern, struct slice text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static struct cached look_up(const struct phi_map *map, enum phi_place place, struct slice message, struct slice field)
{
    for (size_t i = 0; i < map->rule_count; i++) {
        const struct rule *rule = &map->rules[i];
        if (rule->place == place && fits(rule->message, message) && fits(rule->field, field))
            return (struct cached){.rule = rule->rule, .listed = true};
    }
    return (struct cached){.rule = PHI_OPAQUE};
}

enum phi_rule phi_map_rule(const struct phi_map *map, enum phi_place place, struct slice message, struct slice field,
                           bool *ret_listed)
{
    uint64_t hash = hash_of(hash_of(14695981039346656037u + place, message), field);
    struct cached *cached = &map->cache[(hash ^ hash >> 32) % CACHE_SLOTS];
    if (cached->hash != hash) {
        *cached = look_up(map, place, message, field);
        cached->hash = hash;
    }
    if (ret_listed)
        *ret_listed = cached->listed;
    return cached->rule;
}

size_t phi_map_count(const struct phi_map *map)
{
    return map->rule_count;
}

void phi_map_override(struct phi_map *map, size_t index, enum phi_rule rule)
{
    map->rules[index].rule = rule;
    memset(map->cache, 0, CACHE_SLOTS * sizeof *map->cache);
}
