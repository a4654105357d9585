/* Login, the main shell, and the pages that are only there to be there. */
#include "tests/standin/pages.h"

#include "tests/standin/draw.h"
#include "tests/standin/knob.h"

#include <stdlib.h>
#include <string.h>

char *login_location(const struct req *req)
{
    bool on_localhost = req->host && !strncmp(req->host, "localhost", 9);

    if (knob_is("loginHost", "other"))
        return need_printf("http://%s:%d/login_central.aspx", on_localhost ? "127.0.0.1" : "localhost", app.port);
    return need_printf("/eClinic/login_single.aspx");
}

void reply_login_page(const struct req *req, struct reply *reply, const char *error)
{
    json_t *data = json_pack("{ss ss ss}", "action", strstr(req->path, "login_") ? req->path : "/eClinic/login_single.aspx",
                             "button", knob_text("loginButton"), "error", error);

    reply_page(reply, "login.html", data);
    json_decref(data);
}

static void set_cookie(struct reply *reply, const struct session *session)
{
    reply->set_cookie = need_printf("ASP.NET_SessionId=%s; path=/; HttpOnly; SameSite=Lax", session->id);
}

/* A login at the central host hands a ticket to the clinic's node, which sets the cookie there. */
static void log_in(struct req *req, struct reply *reply)
{
    bool central = strstr(req->path, "login_central") != NULL;
    struct session *session = session_new(&app.sessions, ehr_now_ms());
    char *location;

    if (!session) {
        reply_login_page(req, reply, "Too many sessions.");
        return;
    }
    if (!central) {
        set_cookie(reply, session);
        reply_redirect(reply, "/eClinic/clinic_main.aspx");
        return;
    }
    draw_token(app.seed, "ticket", app.sessions.count, session->ticket, SESSION_ID_LEN);
    location = need_printf("http://127.0.0.1:%d/eClinic/login_single.aspx?ticket=%s", app.port, session->ticket);
    reply_redirect(reply, location);
    free(location);
}

void page_login(struct req *req, struct reply *reply)
{
    struct session *session = session_by_ticket(&app.sessions, req_text(req, "ticket"));

    if (session) {
        session->ticket[0] = '\0';
        set_cookie(reply, session);
        reply_redirect(reply, "/eClinic/clinic_main.aspx");
    } else if (!req->post) {
        reply_login_page(req, reply, "");
    } else if (!*req_text(req, "id") || !*req_text(req, "password") || !strcmp(req_text(req, "password"), "wrong")) {
        reply_login_page(req, reply, "The user ID or the password is not right.");
    } else {
        log_in(req, reply);
    }
}

void page_root(struct req *req, struct reply *reply)
{
    (void)req;
    reply_redirect(reply, "/eClinic/clinic_main.aspx");
}

#define FRAMES_OF_A_LIGHT_PAGE 3
#define AREAS_OF_A_LIGHT_PAGE 4

json_t *frames_of(const char *which)
{
    char *path = need_printf("%s/frames.json", app.pages_dir);
    json_t *all = json_load_file(path, 0, NULL);
    json_t *list = json_incref(json_object_get(all, which));

    if (knob_is("pageWeight", "light") && (!strcmp(which, "shell") || !strcmp(which, "visit")))
        while (json_array_size(list) > FRAMES_OF_A_LIGHT_PAGE)
            json_array_remove(list, json_array_size(list) - 1);
    json_decref(all);
    free(path);
    return list ? list : json_array();
}

static json_t *work_areas(void)
{
    json_t *areas = json_array();
    const struct visit *elsewhere = app.chart.elsewhere;
    bool before = knob_is("secondWorkArea", "before"), open = !knob_is("secondWorkArea", "none");

    for (int i = 0; i < (knob_is("pageWeight", "light") ? AREAS_OF_A_LIGHT_PAGE : 16); i++) {
        int n = before && i < 2 ? 1 - i : i;
        char *name = need_printf("workarea%d", n);
        char *source = n == 1 && open ? need_printf("ov_doctor_spec.aspx?visitID=%ld&patientID=%ld&area=1",
                                                    elsewhere->id, elsewhere->who->id)
                                      : need_printf("emptyarea.html");

        json_array_append_new(areas, json_pack("{ss ss}", "name", name, "src", source));
        free(name);
        free(source);
    }
    return areas;
}

void page_main(struct req *req, struct reply *reply)
{
    json_t *data = json_pack("{ss ss ss so so ss ss ss}", "sessionID", req->session->id, "clinicID", "1077", "doctorID",
                             "3301", "helpers", frames_of("shell"), "areas", work_areas(), "searchFrame",
                             knob_text("searchFrame"), "stale", knob_text("staleSearchRows"), "sortReset",
                             knob_text("sortReset"));

    json_object_set_new(data, "waitingRoomReload", json_string(knob_text("waitingRoomReload")));
    json_object_set_new(data, "elsewhere", json_integer(knob_is("secondWorkArea", "none") ? -1 : app.chart.elsewhere->id));
    reply_page(reply, "clinic_main.html", data);
    json_decref(data);
}

static void plain_page(struct reply *reply, const char *page, const char *name, bool cacheable)
{
    json_t *data = json_pack("{ss}", "name", name);

    reply_page(reply, page, data);
    reply->cacheable = cacheable;
    json_decref(data);
}

void page_emptyarea(struct req *req, struct reply *reply)
{
    (void)req;
    plain_page(reply, "emptyarea.html", "", true);
}

void page_blank(struct req *req, struct reply *reply)
{
    (void)req;
    plain_page(reply, "blank.html", "", true);
}

void page_calendar(struct req *req, struct reply *reply)
{
    (void)req;
    plain_page(reply, "calendar.html", "", false);
}

void page_helper(struct req *req, struct reply *reply)
{
    plain_page(reply, "helper.html", req_text(req, "name"), false);
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {{".js", "application/javascript; charset=utf-8"},
                                           {".css", "text/css; charset=utf-8"},
                                           {".woff", "font/woff"},
                                           {".gif", "image/gif"},
                                           {".html", "text/html; charset=utf-8"}};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

#define EDITOR_SCRIPT "/eClinic/tinymce/tinymce.min.js"

/* The editor and its 3.5 API come as one script: there is no moment with the one and without the other. */
static void add_tiny_shim(struct reply *reply)
{
    char *shim = need_printf("%s/tiny3.js", app.pages_dir);

    buf_text(&reply->body, "\n");
    buf_file(&reply->body, shim);
    free(shim);
}

bool page_static(const struct req *req, struct reply *reply)
{
    const char *path = req->path;
    char *file = NULL;
    int failed;

    if (strstr(path, ".."))
        return false;
    if (!strcmp(path, "/eClinic/js/jquery.js"))
        file = need_printf("%s/jquery/dist/jquery.min.js", app.assets_dir);
    else if (!strncmp(path, "/eClinic/js/", 12))
        file = need_printf("%s/%s", app.pages_dir, path + 12);
    else if (!strcmp(path, EDITOR_SCRIPT) && knob_is("pageWeight", "light"))
        file = need_printf("%s/light_editor.js", app.pages_dir);
    else if (!strncmp(path, "/eClinic/tinymce/", 17))
        file = need_printf("%s/tinymce/%s", app.assets_dir, path + 17);
    if (!file)
        return false;
    buf_clear(&reply->body);
    failed = buf_file(&reply->body, file);
    free(file);
    if (!strcmp(path, EDITOR_SCRIPT) && knob_is("pageWeight", "full"))
        add_tiny_shim(reply);
    reply->status = 200;
    reply->type = type_of(path);
    reply->cacheable = true;
    return !failed;
}
