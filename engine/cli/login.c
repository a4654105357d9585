/* revisit login: a person logs in, in a window; what is kept is the session of that one site,
   sealed. The plain text of it is in this process' memory and nowhere else: not in argv, not in
   an environment, not in a log or a temporary file. */
#include "engine/batch/run.h"
#include "engine/cli/command.h"
#include "engine/cli/input_file.h"
#include "engine/cli/login/login_window.h"
#include "engine/cli/login/state_sealed.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/run/state_file.h"
#include "engine/cli/settings.h"
#include "engine/cli/shown.h"
#include "engine/live/browser_path.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum login_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/login.def"
};

#define PATIENCE_MS ((int64_t)10 * 60000)
#define PATIENCE_MS_MAX ((int64_t)24 * 3600000)

struct login_arguments {
    struct settings settings; /* base URL and host alone */
    bool has_base_url;
    const char *state_path, *import_path;
    struct keys_to to;
    struct login_window window;
};

static enum err_code take_option(enum login_option option, struct login_arguments *a, struct err *err)
{
    switch (option) {
    case LOGIN_BASE_URL: a->has_base_url = true; return settings_set_base_url(&a->settings, optarg, err);
    case LOGIN_STATE: a->state_path = optarg; return ERR_OK;
    case LOGIN_SEAL_TO: return keys_to_name(&a->to, optarg, err);
    case LOGIN_IMPORT: a->import_path = optarg; return ERR_OK;
    case LOGIN_TIMEOUT: return command_duration("--timeout", optarg, PATIENCE_MS_MAX, &a->window.patience, err);
    case LOGIN_BROWSER: a->window.browser = optarg; return ERR_OK;
    case LOGIN_HEADLESS: a->window.headed = false; return ERR_OK;
    case LOGIN_NO_SANDBOX: a->window.no_sandbox = true; return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code parse(int argc, char **argv, struct login_arguments *a, struct err *err)
{
    a->window = (struct login_window){.headed = true, .patience = duration_ms(PATIENCE_MS)};
    const char *browser = getenv("REVISIT_BROWSER");
    a->window.browser = browser && browser[0] ? browser : NULL;
    optind = 0;
    for (int option;;) {
        TRY(option_next("login", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum login_option)option, a, err));
    }
    if (optind != argc)
        return err_set(err, ERR_USAGE, "login: takes options alone: revisit login --base-url URL --state FILE --seal-to PUBLIC_KEY");
    if (!a->has_base_url)
        return err_set(err, ERR_USAGE, "login: --base-url is needed: the clinic's node, as https://node.example");
    if (!a->state_path || !a->state_path[0])
        return err_set(err, ERR_USAGE, "login: --state is needed: the file to keep the session in");
    if (a->to.named == 0)
        return err_set(err, ERR_USAGE, "login: --seal-to is needed: a session is not kept plain; `revisit key new` makes a key");
    TRY(keys_to_load(&a->to, err));
    return state_seal_check(a->state_path, err);
}

static enum err_code check_browser(const struct login_arguments *a, struct err *err)
{
    char path[PATH_MAX];
    if (geteuid() == 0 && !a->window.no_sandbox)
        return err_set(err, ERR_ENV, "login: Chromium does not run as root inside its sandbox: run as another user, or add --no-sandbox");
    if (browser_path_find(a->window.browser, a->window.headed, path) != 0)
        return err_set(err, ERR_ENV, "login: there is no Chromium that can show a window: install chromium, or name one with --browser");
    return ERR_OK;
}

static enum err_code ask_person(struct login_arguments *a, struct str *text, struct err *err)
{
    char url[BASE_URL_MAX + sizeof MAIN_PAGE];
    TRY(check_browser(a, err));
    ASSERT(text_format(url, sizeof url, "%s" MAIN_PAGE, a->settings.base_url));
    a->window.url = url;
    fprintf(stderr, "revisit: log in in the window that opens; it closes when the site's main page is there\n");
    return login_window_open(&a->window, text, err);
}

/* The cookies of the one host, and nothing else. */
static enum err_code keep(const struct login_arguments *a, struct slice text, const char *from, struct err *err)
{
    struct state state;
    CLEANUP_STR struct str kept;
    str_init(&kept, STATE_BYTES_MAX);
    TRY(state_parse(text, a->settings.host, from, &state, err));
    enum err_code code = state_format(&state, &kept) ? state_seal(a->state_path, str_slice(&kept), &a->to, err)
                                                     : err_set(err, ERR_ENV, "login: there is no memory for the session");
    if (code == ERR_OK)
        printf("%s: %zu cookies of %s, sealed to version %u\n", shown(a->state_path), state.cookie_count, a->settings.host, a->to.list[0].version);
    state_fini(&state);
    state_text_fini(&kept);
    return code;
}

static enum err_code login(struct login_arguments *a, struct err *err)
{
    struct str text;
    str_init(&text, STATE_BYTES_MAX);
    enum err_code code = a->import_path ? input_file_read(a->import_path, &text, err) : ask_person(a, &text, err);
    if (code == ERR_OK)
        code = keep(a, str_slice(&text), a->import_path ? a->import_path : "login", err);
    if (code == ERR_OK && a->import_path)
        fprintf(stderr, "revisit: %s still holds the session in plain: remove it when no other program needs it\n", shown(a->import_path));
    state_text_fini(&text);
    return code;
}

int command_login(int argc, char **argv, struct err *err)
{
    static struct login_arguments a; /* static: it is large, and there is one */
    if (parse(argc, argv, &a, err) == ERR_OK)
        (void)login(&a, err);
    return 0;
}
