/* The flags make a browser that starts without questions, calls nobody, keeps
   nothing outside its directory and treats its page as if it were in front. Each
   group says why. The environment is built from nothing: of ours only the time
   zone (pages format times with it) and, for a window, the display get in. */
#include "engine/live/launch.h"

#include "engine/base/str.h"
#include "engine/live/browser_path.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* No name resolves, no address is spoken to but a proxy on a port that nothing listens on, and
   nothing goes around it. */
static const char *const unreachable_flags[] = {
    "--proxy-server=socks5://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
};

/* Of a browser whose pages nobody looks at, and nothing but pages is tried in: painting takes as
   little as it can. A tenth of a visit's time on two processors. */
static const char *const unseen_flags[] = {"--in-process-gpu", "--disable-threaded-compositing"};

/* Below this /dev/shm is a container's token one: renderers crash when it is full. */
#define SHARED_MEMORY_MIN (256ull << 20)

#define QUIET_FEATURES                                                                                                  \
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,"                           \
    "DialMediaRouteProvider,InterestFeedContentSuggestions,MediaRouter,OptimizationHints,Translate"

static const char *const flags[] = {
    "--remote-debugging-pipe",
    /* no questions, no first steps */
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-search-engine-choice-screen",
    "--disable-prompt-on-repost",
    "--password-store=basic",
    /* nobody is called but the site */
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-client-side-phishing-detection",
    "--disable-domain-reliability",
    "--disable-field-trial-config",
    "--disable-sync",
    "--disable-quic",
    "--no-pings",
    "--metrics-recording-only",
    QUIET_FEATURES,
    /* no dump of a page's memory */
    "--disable-breakpad",
    "--disable-crash-reporter",
    /* a page behind another window runs as one in front */
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disk-cache-size=67108864", /* the directory may be in memory */
    "--disable-gpu",
    "--mute-audio",
    "--window-size=1400,900",
};

static void add(struct launch *launch, char **list, size_t *count, const char *text)
{
    if (*count == LAUNCH_ARGS_MAX - 1) {
        launch->full = true;
        return;
    }
    list[(*count)++] = (char *)text; /* execve takes char * and changes nothing */
    list[*count] = NULL;
}

static void add_arg(struct launch *launch, const char *text)
{
    add(launch, launch->argv, &launch->arg_count, text);
}

/* Lays "<head><value><tail>" into the launch's own text. */
static const char *keep(struct launch *launch, const char *head, const char *value, const char *tail)
{
    char *at = launch->text + launch->text_len;
    if (!text_format(at, sizeof launch->text - launch->text_len, "%s%s%s", head, value, tail)) {
        launch->full = true;
        return "";
    }
    launch->text_len += strlen(at) + 1;
    return at;
}

static void add_env(struct launch *launch, const char *head, const char *value, const char *tail)
{
    add(launch, launch->envp, &launch->env_count, keep(launch, head, value, tail));
}

/* Hands a variable of ours on, if it is set. */
static void pass_env(struct launch *launch, const char *name, const char *head)
{
    const char *value = getenv(name);
    if (value)
        add_env(launch, head, value, "");
}

static bool is_shared_memory_small(void)
{
    struct statvfs status;
    return statvfs("/dev/shm", &status) != 0 || access("/dev/shm", W_OK) != 0 ||
           (unsigned long long)status.f_bavail * status.f_frsize < SHARED_MEMORY_MIN;
}

static void add_arguments(struct launch *launch, const struct launch_wish *wish)
{
    add_arg(launch, launch->path);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        add_arg(launch, flags[i]);
    for (size_t i = 0; wish->network_off == NETWORK_OFF_FLAGS && i < sizeof unreachable_flags / sizeof unreachable_flags[0]; i++)
        add_arg(launch, unreachable_flags[i]);
    if (wish->network_off != NETWORK_OFF_FLAGS)
        add_arg(launch, "--no-proxy-server");
    for (size_t i = 0; wish->network_off != NETWORK_ON && !wish->headed && i < sizeof unseen_flags / sizeof unseen_flags[0]; i++)
        add_arg(launch, unseen_flags[i]);
    if (!wish->headed)
        add_arg(launch, "--headless");
    if (wish->no_sandbox)
        add_arg(launch, "--no-sandbox");
    if (is_shared_memory_small())
        add_arg(launch, "--disable-dev-shm-usage");
    add_arg(launch, keep(launch, "--user-data-dir=", launch->folder, "/profile"));
    add_arg(launch, "about:blank");
}

static void add_environment(struct launch *launch, const struct launch_wish *wish)
{
    add_env(launch, "PATH=", "/usr/local/bin:/usr/bin:/bin", "");
    add_env(launch, "LANG=", "C.UTF-8", "");
    add_env(launch, "HOME=", launch->folder, "/home");
    add_env(launch, "TMPDIR=", launch->folder, "/tmp");
    add_env(launch, "XDG_CONFIG_HOME=", launch->folder, "/home/.config");
    add_env(launch, "XDG_CACHE_HOME=", launch->folder, "/home/.cache");
    add_env(launch, "XDG_DATA_HOME=", launch->folder, "/home/.local/share");
    add_env(launch, "XDG_STATE_HOME=", launch->folder, "/home/.local/state");
    add_env(launch, "DBUS_SESSION_BUS_ADDRESS=", "disabled:", "");
    add_env(launch, "DBUS_SYSTEM_BUS_ADDRESS=", "disabled:", "");
    pass_env(launch, "TZ", "TZ=");
    if (!wish->headed) {
        add_env(launch, "XDG_RUNTIME_DIR=", launch->folder, "/run");
        return;
    }
    /* A window needs the display's socket, which may lie in the user's own run folder. */
    pass_env(launch, "DISPLAY", "DISPLAY=");
    pass_env(launch, "XAUTHORITY", "XAUTHORITY=");
    pass_env(launch, "WAYLAND_DISPLAY", "WAYLAND_DISPLAY=");
    pass_env(launch, "XDG_RUNTIME_DIR", "XDG_RUNTIME_DIR=");
}

int launch_init(struct launch *ret_launch, const struct launch_wish *wish, const char *folder)
{
    memset(ret_launch, 0, sizeof *ret_launch);
    ret_launch->folder = folder;
    ret_launch->network_off = wish->network_off;
    if (geteuid() == 0 && !wish->no_sandbox)
        return EPERM;
    int error = browser_path_find(wish->browser, wish->headed, ret_launch->path);
    if (error)
        return error;
    add_arguments(ret_launch, wish);
    add_environment(ret_launch, wish);
    return ret_launch->full ? E2BIG : 0;
}
