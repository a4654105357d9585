/* ICD/CPT: the page posts all it shows, and that replaces what was saved. */
#include "tests/standin/pages.h"

#include "tests/standin/draw.h"
#include "tests/standin/knob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A ViewState is the state of the page's controls and a checksum. Two renders of
   one page differ in little but the checksum, or wholly where the site encrypts
   it (knob viewStateFiller). */
enum { SERIAL_CHARS = 12, MAC_CHARS = 20 };

static void viewstate_mac(const struct visit *visit, uint64_t serial, char *ret_mac)
{
    char *purpose = need_printf("viewstate of %ld", visit->id);

    draw_token(app.seed, purpose, serial, ret_mac, MAC_CHARS);
    free(purpose);
}

void viewstate_make(const struct visit *visit, struct buf *out)
{
    uint64_t serial = (uint64_t)++app.renders;
    char mac[MAC_CHARS + 1];
    size_t chars = (size_t)knob_int("viewStateChars") - SERIAL_CHARS - MAC_CHARS;
    char *filler = need(malloc(chars + 1));

    viewstate_mac(visit, serial, mac);
    draw_base64(app.seed, "control state", knob_is("viewStateFiller", "fresh") ? serial : 0, filler, chars);
    buf_printf(out, "%0*llx%s%s", SERIAL_CHARS, (unsigned long long)serial, mac, filler);
    free(filler);
}

bool viewstate_good(const struct visit *visit, const char *text)
{
    char serial[SERIAL_CHARS + 1], mac[MAC_CHARS + 1];

    if (strlen(text) != (size_t)knob_int("viewStateChars"))
        return false;
    memcpy(serial, text, SERIAL_CHARS);
    serial[SERIAL_CHARS] = '\0';
    viewstate_mac(visit, strtoull(serial, NULL, 16), mac);
    return !strncmp(text + SERIAL_CHARS, mac, MAC_CHARS);
}

void reply_viewstate_error(struct reply *reply)
{
    json_t *data = json_object();

    reply_page(reply, "viewstate_error.html", data);
    reply->status = 500;
    json_decref(data);
}

/* One line of a multi-line field; moves past it. NULL at the end. */
static char *next_line(const char **at)
{
    size_t len;
    char *line;

    if (!**at)
        return NULL;
    len = strcspn(*at, "\r\n");
    line = need(strndup(*at, len));
    *at += len;
    *at += **at == '\r';
    *at += **at == '\n';
    return line;
}

static json_t *posted_icd(const struct req *req)
{
    const char *codes = req_text(req, "selectionRes"), *names = req_text(req, "selectionNameRes");
    json_t *list = json_array();
    char *code;

    while ((code = next_line(&codes))) {
        char *name = next_line(&names);

        if (*code)
            json_array_append_new(list, json_pack("{ss ss}", "code", code, "name", name ? name : code));
        free(name);
        free(code);
    }
    return list;
}

/* A link that the page does not mark as changed is not taken over: the row keeps the one it had. */
static const char *posted_link(const struct req *req, size_t i, const char *code)
{
    const json_t *old = json_array_get(req->visit->cpt, i);
    const char *old_code = json_string_value(json_object_get(old, "code"));

    if (!strcmp(req_form(req, "link_select_modified", i), "1"))
        return req_form(req, "LinkICD", i);
    if (old_code && !strcmp(old_code, code))
        return json_string_value(json_object_get(old, "link"));
    return "1";
}

static json_t *posted_cpt(const struct req *req)
{
    json_t *list = json_array();

    for (size_t i = 0; i < req_form_count(req, "cpt_code_h"); i++) {
        const char *code = req_form(req, "cpt_code_h", i);

        json_array_append_new(
            list, json_pack("{ss ss sI ss s[ssss]}", "code", code, "text", req_form(req, "cpt_text", i), "units",
                            (json_int_t)strtol(req_form(req, "Units", i), NULL, 10), "link", posted_link(req, i, code),
                            "modifiers", req_form(req, "Ma", i), req_form(req, "Mb", i), req_form(req, "Mc", i),
                            req_form(req, "Md", i)));
    }
    return list;
}

/* What the page then alerts, or "". */
static const char *save_codes(const struct req *req)
{
    struct visit *visit = req->visit;
    json_t *cpt;

    if (visit_billed(visit))
        return "Billing is created, you can not change ICD/CPT any more.";
    if (!visit_editable(req, visit))
        return visit->deleted ? "This visit is deleted." : "You are in browse mode.";
    if (req_fault(req, FAULT_refuse))
        return fault_text(&req->fault, "text", "The record could not be saved. Please try again.");
    cpt = posted_cpt(req);
    json_decref(visit->cpt);
    json_decref(visit->icd);
    visit->cpt = cpt;
    visit->icd = posted_icd(req);
    visit->code_saves++;
    return "";
}

static json_t *presets(const char *which)
{
    return knob_is("codePresets", "full") ? frames_of(which) : json_array();
}

static void codes_page(const struct req *req, struct reply *reply, const char *alert)
{
    json_t *data = visit_data(req, req->visit);
    struct buf state = {0};

    viewstate_make(req->visit, &state);
    json_object_set_new(data, "viewstate", json_string(state.at));
    json_object_set_new(data, "alert", json_string(alert));
    json_object_set(data, "icd", req->visit->icd);
    json_object_set(data, "cpt", req->visit->cpt);
    json_object_set_new(data, "icdPresets", presets("icdPresets"));
    json_object_set_new(data, "cptPresets", presets("cptPresets"));
    json_object_set_new(data, "icdField", json_string(knob_text("icdField")));
    json_object_set_new(data, "icd13", json_string(knob_text("icd13")));
    json_object_set_new(data, "cptDuplicate", json_string(knob_text("cptDuplicate")));
    reply_page(reply, "ov_icdcpt.html", data);
    buf_fini(&state);
    json_decref(data);
}

void page_codes(struct req *req, struct reply *reply)
{
    const char *alert = "";
    json_t *known = visit_page(req, reply);

    if (!known)
        return;
    json_decref(known);
    if (req->post && !viewstate_good(req->visit, req_text(req, "__VIEWSTATE"))) {
        reply_viewstate_error(reply);
        return;
    }
    if (req->post && req_number(req, "formMode") == 2)
        alert = save_codes(req);
    if (req->post && !*alert && knob_is("codeAnswer", "redirect")) {
        char *location = need_printf("/eClinic/ov_icdcpt.aspx?patientID=%ld&visitID=%ld&formMode=1&mpatientid=&SBCount=",
                                     req->visit->who->id, req->visit->id);

        reply_redirect(reply, location);
        free(location);
        return;
    }
    codes_page(req, reply, alert);
}

static bool code_fits(const json_t *preset, const char *text)
{
    const char *code = json_string_value(json_object_get(preset, "code"));
    const char *name = json_string_value(json_object_get(preset, "name"));

    return *text && ((code && strcasestr(code, text)) || (name && strcasestr(name, text)));
}

void page_search_codes(struct req *req, struct reply *reply)
{
    json_t *all = frames_of(req_number(req, "mode") == 2 ? "cptPresets" : "icdPresets");
    json_t *found = json_array(), *data;
    size_t i;
    json_t *preset;

    json_array_foreach(all, i, preset)
    {
        if (code_fits(preset, req_text(req, "text")))
            json_array_append(found, preset);
    }
    data = json_pack("{so}", "options", found);
    reply_page(reply, "code_options.html", data);
    json_decref(data);
    json_decref(all);
}
