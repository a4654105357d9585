#include "tests/standin/app.h"
#include "tests/standin/http.h"
#include "tests/standin/knob.h"
#include "tests/standin/serve.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: standin [options]      a stand-in EHR on the loopback interface\n"
    "  --port N          port to listen on (default 0: any free one)\n"
    "  --batch FILE      batch whose patients and visits it holds (default: sample.json beside the pages)\n"
    "  --seed N          seed of sessions, ViewStates and latencies (default 1)\n"
    "  --knobs JSON      settings as a JSON object, or @FILE (GET /__standin/knobs lists them)\n"
    "  --latency SCALE   0 = none (default), 1 = a clinic's day\n"
    "  --pages DIR       page files (default: tests/standin/pages, found from here or from the program)\n"
    "  --assets DIR      node_modules with jquery and tinymce (default: beside the pages)\n"
    "  --write-state F   writes a Playwright storage state with a live session\n"
    "On ready it prints one line of JSON: {\"port\":N,\"base\":\"http://127.0.0.1:N\"}. SIGTERM ends it.\n";

struct options {
    int port;
    uint64_t seed;
    double latency;
    const char *batch, *knobs, *state;
    char *pages, *assets; /* owned */
};

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "standin: %s: %s\n", what, detail);
    exit(2);
}

static double number_of(const char *option, const char *text)
{
    char *end;
    double number = strtod(text, &end);

    if (end == text || *end || number < 0 || number > 9e15)
        fail(option, "a number is wanted");
    return number;
}

static void take_option(struct options *options, int option)
{
    switch (option) {
    case 'p':
        options->port = (int)number_of("--port", optarg);
        break;
    case 'b':
        options->batch = optarg;
        break;
    case 's':
        options->seed = (uint64_t)number_of("--seed", optarg);
        break;
    case 'k':
        options->knobs = optarg;
        break;
    case 'l':
        options->latency = number_of("--latency", optarg);
        break;
    case 'g':
        options->pages = need(strdup(optarg));
        break;
    case 'a':
        options->assets = need(strdup(optarg));
        break;
    case 'w':
        options->state = optarg;
        break;
    case 'h':
        fputs(usage, stdout);
        exit(0);
    default:
        fputs(usage, stderr);
        exit(2);
    }
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},        {"batch", required_argument, NULL, 'b'},
        {"seed", required_argument, NULL, 's'},        {"knobs", required_argument, NULL, 'k'},
        {"latency", required_argument, NULL, 'l'},     {"pages", required_argument, NULL, 'g'},
        {"assets", required_argument, NULL, 'a'},      {"write-state", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},              {NULL, 0, NULL, 0}};
    struct options options = {.seed = 1};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        take_option(&options, option);
    if (optind < argc)
        fail(argv[optind], "unexpected; see --help");
    return options;
}

/* From the working directory, else from the program: build/standin and the pages share a checkout. */
static char *find_pages(void)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *path, *slash;

    if (!access("tests/standin/pages/clinic_main.html", R_OK))
        return need(strdup("tests/standin/pages"));
    if (len <= 0)
        fail("--pages", "cannot be guessed here, please give it");
    self[len] = '\0';
    slash = strrchr(self, '/');
    *slash = '\0';
    path = need_printf("%s/../tests/standin/pages", self);
    if (access(path, R_OK))
        fail("--pages", "cannot be guessed here, please give it");
    return path;
}

static json_t *load_file(const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, JSON_ALLOW_NUL, &error);

    if (!json)
        fail(path, error.text);
    return json;
}

static void load_knobs(const char *text)
{
    json_error_t error;
    json_t *json = *text == '@' ? load_file(text + 1) : json_loads(text, 0, &error);
    char *problem = json_is_object(json) ? knob_merge(json) : need_printf("a JSON object is wanted");

    if (problem)
        fail("--knobs", problem);
    json_decref(json);
}

static void load_batch(struct options *options)
{
    char *sample = need_printf("%s/../sample.json", options->pages);
    char *problem;

    app.batch = load_file(options->batch ? options->batch : sample);
    problem = chart_build(&app.chart, app.batch);
    if (problem)
        fail(options->batch ? options->batch : sample, problem);
    free(sample);
}

static void write_state(const char *path)
{
    json_t *state = storage_state();

    if (json_dump_file(state, path, JSON_INDENT(2)))
        fail(path, "cannot be written");
    json_decref(state);
}

/* Pages without their scripts would look like an EHR in which nothing works. */
static void require_assets(const char *dir)
{
    char *jquery = need_printf("%s/jquery/dist/jquery.min.js", dir);

    if (access(jquery, R_OK))
        fail(dir, "has no jquery and tinymce: run make standin");
    free(jquery);
}

static void setup(struct options *options)
{
    options->pages = options->pages ? options->pages : find_pages();
    if (!options->assets)
        options->assets = need_printf("%s/../node_modules", options->pages);
    require_assets(options->assets);
    (void)umask(077); /* the state is a session */
    app.seed = options->seed;
    app.latency_scale = options->latency;
    app.pages_dir = options->pages;
    app.assets_dir = options->assets;
    app.log = json_array();
    app.draws = json_object();
    knob_init();
    if (options->knobs)
        load_knobs(options->knobs);
    load_batch(options);
    sessions_init(&app.sessions, options->seed);
    sessions_reset(&app.sessions, ehr_now_ms());
}

static void teardown(struct options *options)
{
    chart_fini(&app.chart);
    sessions_fini(&app.sessions);
    fault_clear();
    knob_fini();
    json_decref(app.batch);
    json_decref(app.log);
    json_decref(app.draws);
    free(options->pages);
    free(options->assets);
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    sigset_t ends;
    int ended_by;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    setup(&options);
    pthread_mutex_lock(&app.lock); /* no request is looked at before the port is known */
    app.port = http_start(options.port);
    pthread_mutex_unlock(&app.lock);
    if (app.port < 0)
        fail("--port", "nothing can listen there");
    if (options.state)
        write_state(options.state);
    printf("{\"port\":%d,\"base\":\"http://127.0.0.1:%d\"}\n", app.port, app.port);
    fflush(stdout);
    sigwait(&ends, &ended_by);
    app.stopping = true;
    http_stop();
    teardown(&options);
    return 0;
}
