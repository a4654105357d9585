/* The file is the template with what its @MARKS@ stand for. The browser is told the digests
   of the one style and the one script, so that whatever else might have got into the file is
   not run and loads nothing. */
#include "engine/report/report.h"

#include <sodium.h>

static void add_digest(const char *kind, struct slice text, struct str *out)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(digest, (const unsigned char *)text.ptr, text.len);
    sodium_bin2base64(base64, sizeof base64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
    str_addf(out, "; %s 'sha256-%s'", kind, base64);
}

/* In a script element nothing but '<' can be taken for markup. In JSON it stands in strings
   alone; line separators are escaped already (engine/base/json_out.h). */
static void add_data(struct slice model, struct str *out)
{
    while (model.len) {
        const char *less = memchr(model.ptr, '<', model.len);
        size_t length = less ? (size_t)(less - model.ptr) : model.len;
        str_add(out, (struct slice){model.ptr, length});
        if (!less)
            return;
        str_add_text(out, "\\u003c");
        model = (struct slice){less + 1, model.len - length - 1};
    }
}

static void add_part(struct slice name, struct slice model, struct str *out)
{
    struct slice style = {report_css, report_css_size}, script = {report_js, report_js_size};
    if (slice_equal(name, SLICE("POLICY"))) {
        str_add_text(out, "default-src 'none'; base-uri 'none'; form-action 'none'");
        add_digest("script-src", script, out);
        add_digest("style-src", style, out);
    } else if (slice_equal(name, SLICE("STYLE"))) {
        str_add(out, style);
    } else if (slice_equal(name, SLICE("DATA"))) {
        add_data(model, out);
    } else {
        ASSERT(slice_equal(name, SLICE("SCRIPT")));
        str_add(out, script);
    }
}

void report_page(struct slice model, struct str *out)
{
    struct slice rest = {report_html, report_html_size};
    for (const char *at; (at = memchr(rest.ptr, '@', rest.len)) != NULL;) {
        str_add(out, (struct slice){rest.ptr, (size_t)(at - rest.ptr)});
        rest = (struct slice){at + 1, rest.len - (size_t)(at + 1 - rest.ptr)};
        const char *end = memchr(rest.ptr, '@', rest.len);
        ASSERT(end != NULL);
        add_part((struct slice){rest.ptr, (size_t)(end - rest.ptr)}, model, out);
        rest = (struct slice){end + 1, rest.len - (size_t)(end + 1 - rest.ptr)};
    }
    str_add(out, rest);
}
