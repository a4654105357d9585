/* Checkout: one post creates the bill, and nothing takes it back. A second
   post for the same visit makes a second bill, unless a knob says otherwise:
   the page hides the button, the server trusts the page. */
#include "tests/standin/pages.h"

#include "tests/standin/knob.h"

#include <stdlib.h>
#include <string.h>

/* The message to show, or "" and it is billed. */
static const char *bill(const struct req *req)
{
    struct visit *visit = req->visit;

    if (visit->deleted)
        return "This visit is deleted.";
    if (!visit_editable(req, visit))
        return "You are in browse mode.";
    if (req_fault(req, FAULT_refuse))
        return fault_text(&req->fault, "text", "Billing could not be created.");
    if (strcmp(req_text(req, "passbill"), "0") != 0 || !strcmp(req_text(req, "BillAsPCP"), "S"))
        return "Billing is skipped.";
    if (visit->billed_elsewhere)
        return "";
    if (!visit->bills || knob_is("billTwice", "count"))
        visit->bills++;
    return "";
}

static void checkout_page(const struct req *req, struct reply *reply, const char *message, bool just_billed)
{
    json_t *data = visit_data(req, req->visit);
    struct buf state = {0};

    viewstate_make(req->visit, &state);
    json_object_set_new(data, "viewstate", json_string(state.at));
    json_object_set_new(data, "message", json_string(message));
    json_object_set_new(data, "button", json_string(knob_text("billingButton")));
    json_object_set_new(data, knob_text("billingButton"), json_true());
    json_object_set_new(data, "autoClose", json_integer(just_billed ? knob_int("autoClose") : -1));
    reply_page(reply, "checkout2006_spec.html", data);
    buf_fini(&state);
    json_decref(data);
}

void page_checkout(struct req *req, struct reply *reply)
{
    const char *message = "";
    bool posted = req->post && req_number(req, "formMode") == 2;
    json_t *known = visit_page(req, reply);

    if (!known)
        return;
    json_decref(known);
    if (req->post && !viewstate_good(req->visit, req_text(req, "__VIEWSTATE"))) {
        reply_viewstate_error(reply);
        return;
    }
    if (posted)
        message = bill(req);
    if (posted && !*message && knob_is("billAnswer", "redirect")) {
        char *location = need_printf("/eClinic/checkout2006_spec.aspx?patientID=%ld&visitID=%ld&formMode=1&billed=1",
                                     req->visit->who->id, req->visit->id);

        reply_redirect(reply, location);
        free(location);
        return;
    }
    checkout_page(req, reply, message, (posted && !*message) || req_number(req, "billed") == 1);
}
