#include "recorder/redact/view.h"

#include "recorder/redact/letter.h"

#include <stdlib.h>

/* Method: a layer is one pass over the layer below. At each place the longest escape is
   undone; what is none is carried over. Layers are added until one changes nothing, so a
   text without escapes costs one look at each byte and has none. */

enum style { LITERAL, SHORT, UNICODE, HEX2, PERCENT, DECIMAL, HEXADECIMAL, NAMED, UTF8 };

/* HTML's names of U+00C0 to U+00FF. */
static const char *const latin_names[64] = {
    "Agrave", "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",
    "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",  "szlig",  "agrave",
    "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",
    "igrave", "iacute", "icirc",  "iuml",   "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

static const struct {
    const char *name;
    uint32_t cp;
} other_names[] = {{"amp", '&'},   {"lt", '<'},      {"gt", '>'},     {"quot", '"'},   {"apos", '\''}, {"nbsp", 0xA0},
                   {"sol", '/'},   {"commat", '@'},  {"period", '.'}, {"comma", ','},  {"colon", ':'}, {"lowbar", '_'},
                   {"num", '#'},   {"lpar", '('},    {"rpar", ')'},   {"NewLine", '\n'}, {"Tab", '\t'}, {"semi", ';'}};

void view_init(struct view *view)
{
    *view = (struct view){0};
}

void view_fini(struct view *view)
{
    for (size_t i = 0; i < VIEW_LAYERS_MAX; i++)
        free(view->layers[i].units);
    view_init(view);
}

size_t view_utf8_size(uint32_t cp)
{
    return cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
}

static struct view_unit unit_at(const struct view *view, size_t i)
{
    if (view->top)
        return view->layers[view->top - 1].units[i];
    unsigned char byte = (unsigned char)view->text[i];
    return (struct view_unit){.cp = byte, .at = (uint32_t)i, .len = 1, .raw = byte >= 0x80};
}

static int digit_of(uint32_t cp)
{
    if (cp >= '0' && cp <= '9')
        return (int)cp - '0';
    cp |= 0x20;
    return cp >= 'a' && cp <= 'f' ? (int)cp - 'a' + 10 : -1;
}

/* `count` digits from i on, or false. */
static bool take_hex(const struct view *view, size_t i, size_t count, uint32_t *ret_number)
{
    uint32_t number = 0;
    if (i + count > view_count(view))
        return false;
    for (size_t k = 0; k < count; k++) {
        int digit = digit_of(view_at(view, i + k));
        if (digit < 0)
            return false;
        number = number << 4 | (uint32_t)digit;
    }
    *ret_number = number;
    return true;
}

static size_t take_backslash(const struct view *view, size_t i, struct view_unit *unit)
{
    static const char letters[] = "\"\\/bfnrt'", values[] = "\"\\/\b\f\n\r\t'";
    if (i + 1 == view_count(view))
        return 0;
    uint32_t next = view_at(view, i + 1);
    if (next == 'u' && take_hex(view, i + 2, 4, &unit->cp)) {
        unit->style = UNICODE;
        return 6;
    }
    if (next == 'x' && take_hex(view, i + 2, 2, &unit->cp)) {
        unit->style = HEX2;
        return 4;
    }
    const char *letter = next && next < 0x80 ? strchr(letters, (int)next) : NULL;
    if (!letter)
        return 0;
    unit->style = SHORT;
    unit->cp = (unsigned char)values[letter - letters];
    return 2;
}

static size_t take_percent(const struct view *view, size_t i, struct view_unit *unit)
{
    if (take_hex(view, i + 1, 2, &unit->cp)) {
        unit->style = PERCENT;
        unit->raw = unit->cp >= 0x80;
        return 3;
    }
    if (i + 1 < view_count(view) && view_at(view, i + 1) == 'u' && take_hex(view, i + 2, 4, &unit->cp)) {
        unit->style = UNICODE;
        return 6;
    }
    return 0;
}

static bool is_quoted_printable(const struct view *view, size_t i)
{
    uint32_t number;
    return i < view_count(view) && view_at(view, i) == '=' && take_hex(view, i + 1, 2, &number);
}

/* "=C3=A9". A single one is as likely a form's value: one more must stand on either side. */
static size_t take_equals(const struct view *view, size_t i, struct view_unit *unit)
{
    if (!is_quoted_printable(view, i) || (!is_quoted_printable(view, i + 3) && (i < 3 || !is_quoted_printable(view, i - 3))) ||
        !take_hex(view, i + 1, 2, &unit->cp))
        return 0;
    unit->style = PERCENT;
    unit->raw = unit->cp >= 0x80;
    return 3;
}

/* The number of digits to the semicolon, 1 to 8, or 0. */
static size_t digits_to_end(const struct view *view, size_t i, bool hex)
{
    size_t count = 0;
    while (i + count < view_count(view) && count < 9) {
        uint32_t cp = view_at(view, i + count);
        if (cp == ';')
            return count <= 8 ? count : 0;
        if (digit_of(cp) < 0 || (!hex && digit_of(cp) > 9))
            return 0;
        count++;
    }
    return 0;
}

static size_t take_number(const struct view *view, size_t i, struct view_unit *unit)
{
    bool hex = i + 2 < view_count(view) && (view_at(view, i + 2) | 0x20) == 'x';
    size_t first = i + (hex ? 3 : 2), count = digits_to_end(view, first, hex);
    uint64_t number = 0;
    for (size_t k = 0; k < count; k++)
        number = number * (hex ? 16 : 10) + (uint64_t)digit_of(view_at(view, first + k));
    if (count == 0 || number > 0x10FFFF)
        return 0;
    unit->cp = (uint32_t)number;
    unit->style = hex ? HEXADECIMAL : DECIMAL;
    return first + count + 1 - i;
}

static bool find_name(const char *name, uint32_t *ret_cp)
{
    for (uint32_t k = 0; k < 64; k++)
        if (strcmp(name, latin_names[k]) == 0) {
            *ret_cp = 0xC0 + k;
            return true;
        }
    for (size_t k = 0; k < sizeof other_names / sizeof *other_names; k++)
        if (strcmp(name, other_names[k].name) == 0) {
            *ret_cp = other_names[k].cp;
            return true;
        }
    return false;
}

static size_t take_entity(const struct view *view, size_t i, struct view_unit *unit)
{
    char name[8];
    size_t len = 0;
    if (i + 1 < view_count(view) && view_at(view, i + 1) == '#')
        return take_number(view, i, unit);
    for (; i + 1 + len < view_count(view) && len + 1 < sizeof name; len++) {
        uint32_t cp = view_at(view, i + 1 + len);
        if (cp == ';')
            break;
        if (cp >= 0x80)
            return 0;
        name[len] = (char)cp;
    }
    name[len] = '\0';
    if (len == 0 || i + 1 + len >= view_count(view) || view_at(view, i + 1 + len) != ';' || !find_name(name, &unit->cp))
        return 0;
    unit->style = NAMED;
    return len + 2;
}

/* Bytes that make one character of UTF-8. */
static size_t take_utf8(const struct view *view, size_t i, struct view_unit *unit)
{
    uint32_t lead = view_at(view, i);
    size_t count = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    if (count == 0 || i + count > view_count(view))
        return 0;
    uint32_t cp = lead & (0x7Fu >> count);
    for (size_t k = 1; k < count; k++) {
        struct view_unit next = unit_at(view, i + k);
        if (!next.raw || (next.cp & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (next.cp & 0x3F);
    }
    if (view_utf8_size(cp) != count)
        return 0;
    unit->cp = cp;
    unit->style = UTF8;
    unit->raw = false;
    return count;
}

/* How many units of the layer below make the next one; *unit is it. */
static size_t take_unit(const struct view *view, size_t i, struct view_unit *unit)
{
    size_t taken = 0;
    struct view_unit below = unit_at(view, i);
    *unit = (struct view_unit){.cp = below.cp, .at = (uint32_t)i, .len = 1, .raw = below.raw};
    if (below.raw)
        taken = take_utf8(view, i, unit);
    else if (below.cp == '\\')
        taken = take_backslash(view, i, unit);
    else if (below.cp == '%')
        taken = take_percent(view, i, unit);
    else if (below.cp == '=')
        taken = take_equals(view, i, unit);
    else if (below.cp == '&')
        taken = take_entity(view, i, unit);
    if (taken == 0)
        return 1;
    unit->len = (uint16_t)taken;
    return taken;
}

static bool reserve(struct view_layer *layer, size_t count)
{
    layer->count = 0;
    if (layer->capacity >= count)
        return true;
    struct view_unit *units = realloc(layer->units, count * sizeof *units);
    if (!units)
        return false;
    layer->units = units;
    layer->capacity = count;
    return true;
}

/* A look at the layer, before memory is made for the next one. */
static bool has_coat(const struct view *view)
{
    for (size_t i = 0, count = view_count(view); i < count; i++) {
        struct view_unit unit = unit_at(view, i);
        if (unit.cp == '\\' || unit.cp == '%' || unit.cp == '&' || unit.cp == 0 || is_quoted_printable(view, i) || (unit.raw && unit.cp >= 0xC2))
            return true;
    }
    return false;
}

static bool is_nul(const struct view *view, size_t i)
{
    return i < view_count(view) && unit_at(view, i).cp == 0;
}

/* The NUL between two letters of UTF-16, of either order. Any other may stand between two words. */
static bool is_between_halves(const struct view *view, size_t i)
{
    if (!is_nul(view, i) || i == 0 || i + 1 >= view_count(view) || is_nul(view, i - 1) || is_nul(view, i + 1))
        return false;
    bool ends = i + 2 >= view_count(view) || !letter_is_word(unit_at(view, i + 2).cp);
    return is_nul(view, i + 2) || (i >= 2 && is_nul(view, i - 2) && ends);
}

/* One layer more; false when it would be the same as the one below. */
static bool add_layer(struct view *view)
{
    struct view_layer *layer = &view->layers[view->top];
    size_t count = view_count(view);
    bool changed = false;
    if (!has_coat(view))
        return false;
    if (!reserve(layer, count)) {
        view->full = true;
        return false;
    }
    for (size_t i = 0; i < count;) {
        struct view_unit unit;
        bool dropped = is_between_halves(view, i);
        i += take_unit(view, i, &unit);
        changed = changed || unit.style != LITERAL || dropped;
        if (!dropped)
            layer->units[layer->count++] = unit;
    }
    view->top += changed ? 1 : 0;
    return changed;
}

void view_open(struct view *view, char *text, size_t len)
{
    view->text = text;
    view->len = len;
    view->top = 0;
    while (view->top < VIEW_LAYERS_MAX && add_layer(view))
        ;
}

static bool can_put(const struct view *view, int layer, size_t i, uint32_t cp)
{
    if (layer == 0)
        return cp < 0x100;
    const struct view_unit *unit = &view->layers[layer - 1].units[i];
    switch ((enum style)unit->style) {
    case LITERAL: return can_put(view, layer - 1, unit->at, cp);
    case SHORT: return false;
    case UNICODE: return cp < 0x10000;
    case HEX2:
    case PERCENT: return cp < 0x100;
    case DECIMAL: return cp < 100 || unit->len >= (cp < 1000 ? 6 : 8);
    case HEXADECIMAL: return cp < 0x100 ? unit->len >= 6 : unit->len >= 8;
    case NAMED: return cp < 0x100 && unit->len >= 6;
    case UTF8: return view_utf8_size(cp) == unit->len;
    }
    return false;
}

bool view_can_put(const struct view *view, size_t i, uint32_t cp)
{
    return can_put(view, view->top, i, cp);
}

static uint32_t cp_of(const struct view *view, int layer, size_t i)
{
    return layer ? view->layers[layer - 1].units[i].cp : (unsigned char)view->text[i];
}

static void put(struct view *view, int layer, size_t i, uint32_t cp);

/* number in `count` digits from i on of a layer, in the case of the letters that stand there. */
static void put_digits(struct view *view, int layer, size_t i, size_t count, uint32_t number, uint32_t base)
{
    bool upper = false;
    for (size_t k = 0; k < count; k++) {
        uint32_t cp = cp_of(view, layer, i + k);
        upper = upper || (cp >= 'A' && cp <= 'F');
    }
    for (size_t k = count; k-- > 0; number /= base) {
        uint32_t digit = number % base;
        put(view, layer, i + k, digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
    }
}

static void put_utf8(struct view *view, int layer, const struct view_unit *unit, uint32_t cp)
{
    for (size_t k = unit->len; k-- > 1; cp >>= 6)
        put(view, layer, unit->at + k, 0x80 | (cp & 0x3F));
    put(view, layer, unit->at, (0xF00u >> unit->len & 0xFF) | cp);
}

/* "&eacute;" as "&#x00e9;". */
static void put_named(struct view *view, int layer, const struct view_unit *unit, uint32_t cp)
{
    put(view, layer, unit->at + 1, '#');
    put(view, layer, unit->at + 2, 'x');
    put_digits(view, layer, unit->at + 3, unit->len - 4u, cp, 16);
}

static void put(struct view *view, int layer, size_t i, uint32_t cp)
{
    if (layer == 0) {
        view->text[i] = (char)cp;
        return;
    }
    struct view_unit *unit = &view->layers[layer - 1].units[i];
    unit->cp = cp;
    switch ((enum style)unit->style) {
    case LITERAL: put(view, layer - 1, unit->at, cp); return;
    case SHORT: return;
    case UNICODE: put_digits(view, layer - 1, unit->at + 2, 4, cp, 16); return;
    case HEX2: put_digits(view, layer - 1, unit->at + 2, 2, cp, 16); return;
    case PERCENT: put_digits(view, layer - 1, unit->at + 1, 2, cp, 16); return;
    case DECIMAL: put_digits(view, layer - 1, unit->at + 2, unit->len - 3u, cp, 10); return;
    case HEXADECIMAL: put_digits(view, layer - 1, unit->at + 3, unit->len - 4u, cp, 16); return;
    case NAMED: put_named(view, layer - 1, unit, cp); return;
    case UTF8: put_utf8(view, layer - 1, unit, cp); return;
    }
}

void view_put(struct view *view, size_t i, uint32_t cp)
{
    put(view, view->top, i, cp);
}
