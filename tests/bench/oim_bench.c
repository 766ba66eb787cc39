/*
 * oim_bench.c - oim-bench: load an oim server with the workloads that its peers were measured with, and say
 * what came of it.
 *
 * It starts nothing but what --spawn names, and that in a folder of its own which it removes. Everything it
 * does goes through the protocol. Figures are medians over --reps runs; what is not equal work is in
 * docs/BENCHMARKS.md.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crypto.h"
#include "common/os/options.h"
#include "tests/bench/joining.h"
#include "tests/bench/machine.h"
#include "tests/bench/report.h"
#include "tests/bench/work.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define STEP_COUNT_MAX 16u
#define EXTRA_SIZE_MAX 1024

static const struct option_spec program_options[] = {
    {.name = "spawn", .value = "OIMD", .help = "start this server for the run, in a folder of its own"},
    {.name = "dir",
     .value = "DIR",
     .help = "where that folder goes, $TMPDIR or /tmp; its disk is what is measured"},
    {.name = "set", .value = "KEY=VALUE", .help = "a line for that server's configuration", .repeats = true},
    {.name = "keep", .help = "leave the folder there"},
    {.name = "server",
     .value = "LINE",
     .help = "a server nobody owns yet, by the owner's line that oimd prints"},
    {.name = "pid", .value = "PID", .help = "its process, to tell its CPU and memory"},
    {.name = "state",
     .value = "DIR",
     .help = "keep the people and their keys here; without --server go on with them"},
    {.name = "tls", .help = "direct mode: TLS of the server's own (with --spawn)"},
    {.name = "workload", .value = "NAMES", .help = "of w1,w1b,w2,w2b,w3,w4,w5,soak,stall; all but w4, soak and stall when not given"},
    {.name = "reps", .value = "N", .help = "runs of each, 3"},
    {.name = "messages", .value = "N", .help = "messages of w1, w2, w3 and w5, 20000"},
    {.name = "size", .value = "BYTES", .help = "of text in a message, 200"},
    {.name = "users", .value = "N", .help = "recipients of w1, w2 and w5, 200"},
    {.name = "senders", .value = "N", .help = "senders of w1, at most 16; 16"},
    {.name = "window", .value = "N", .help = "of w1 and w3: unanswered messages a sender, at most 64; 16"},
    {.name = "pairs", .value = "N", .help = "pairs of w3 and soak, 100; ten times as many never read in stall"},
    {.name = "rate", .value = "N", .help = "messages a second of w3's paced part and of soak, 2000"},
    {.name = "seconds", .value = "N", .help = "how long these take, 5"},
    {.name = "steps", .value = "N,N,…", .help = "sessions of w4, 1000,5000,10000"},
    {.name = "apart", .help = "one frame per binary message instead of all that is due"},
    {.name = "json",
     .value = "FILE",
     .help = "the figures as JSON as well; - is standard output, without tables"},
};

static const struct command_spec commands[] = {{.name = "", .help = "measure"}};

static const struct program_spec program = {
    .name = "oim-bench",
    .summary = "load an oim server and measure it",
    .options = program_options,
    .option_count = OIM_COUNT(program_options),
    .commands = commands,
    .command_count = OIM_COUNT(commands),
    .closing = "Either --spawn, --server or --state is needed. Never point it at a server that people use: "
               "it joins\n"
               "hundreds of accounts and keeps their keys in the open.",
};

enum workload { W1 = BIT(0), W1B = BIT(1), W2 = BIT(2), W2B = BIT(3), W3 = BIT(4), W4 = BIT(5), W5 = BIT(6), SOAK = BIT(7), STALL = BIT(8) };

static const struct {
    const char *name;
    unsigned bit;
} workloads[] = {{"w1", W1}, {"w1b", W1B}, {"w2", W2}, {"w2b", W2B}, {"w3", W3}, {"w4", W4}, {"w5", W5}, {"soak", SOAK}, {"stall", STALL}};

struct plan {
    unsigned workloads;
    size_t reps, users, senders, window, pairs, seconds;
    uint32_t messages;
    size_t text_size;
    double rate;
    size_t steps[STEP_COUNT_MAX];
    size_t step_count;
};

/* ---- the command line
 * ---------------------------------------------------------------------------------------- */

static enum oim_status read_number(const struct options *options, const char *name, size_t fallback,
                                   size_t max, size_t *out, struct oim_error *err)
{
    const char *text = options_value(options, name);
    char *end = NULL;
    *out = fallback;
    if (text == NULL) {
        return OIM_OK;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value == 0 || value > max) {
        return oim_fail(err, OIM_ERR_USAGE, "--%s: '%s' is no number from 1 to %zu", name, text, max);
    }
    *out = (size_t)value;
    return OIM_OK;
}

static enum oim_status read_workloads(const char *text, unsigned *out, struct oim_error *err)
{
    *out = W1 | W1B | W2 | W2B | W3 | W5;
    if (text == NULL) {
        return OIM_OK;
    }
    *out = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        size_t i = 0;
        while (i < OIM_COUNT(workloads) &&
               (strlen(workloads[i].name) != size || strncmp(workloads[i].name, text, size) != 0)) {
            i++;
        }
        if (i == OIM_COUNT(workloads)) {
            return oim_fail(err, OIM_ERR_USAGE, "--workload: there is no '%.*s'", (int)size, text);
        }
        *out |= workloads[i].bit;
        text += size + (text[size] == ',');
    }
    return OIM_OK;
}

static enum oim_status read_steps(const char *text, struct plan *plan, struct oim_error *err)
{
    if (text == NULL) {
        text = "1000,5000,10000";
    }
    while (*text != '\0') {
        char *end = NULL;
        unsigned long step = strtoul(text, &end, 10);
        size_t last = plan->step_count == 0 ? 0 : plan->steps[plan->step_count - 1];
        if (end == text || (*end != '\0' && *end != ',') || step <= last ||
            plan->step_count == STEP_COUNT_MAX) {
            return oim_fail(err, OIM_ERR_USAGE, "--steps: growing numbers with commas between them");
        }
        plan->steps[plan->step_count++] = step;
        text = end + (*end == ',');
    }
    return OIM_OK;
}

static enum oim_status read_plan(const struct options *options, struct plan *out, struct oim_error *err)
{
    size_t messages = 0;
    size_t rate = 0;
    const struct {
        const char *name;
        size_t fallback, max;
        size_t *to;
    } numbers[] = {
        {"reps", 3, REPORT_RUN_COUNT_MAX, &out->reps},
        {"messages", 20000, 10000000, &messages},
        {"size", 200, FRAMES_TEXT_SIZE_MAX, &out->text_size},
        {"users", 200, 10000, &out->users},
        {"senders", 16, 16, &out->senders},
        {"window", 16, UNANSWERED_MAX, &out->window},
        {"pairs", 100, 5000, &out->pairs},
        {"rate", 2000, 1000000, &rate},
        {"seconds", 5, 86400, &out->seconds},
    };
    *out = (struct plan){.workloads = 0};
    enum oim_status status = read_workloads(options_value(options, "workload"), &out->workloads, err);
    for (size_t i = 0; status == OIM_OK && i < OIM_COUNT(numbers); i++) {
        status =
            read_number(options, numbers[i].name, numbers[i].fallback, numbers[i].max, numbers[i].to, err);
    }
    if (status == OIM_OK) {
        status = read_steps(options_value(options, "steps"), out, err);
    }
    if (status == OIM_OK && out->text_size < ACTOR_TEXT_SIZE_MIN) {
        status = oim_fail(err, OIM_ERR_USAGE, "--size: at least %u", ACTOR_TEXT_SIZE_MIN);
    }
    out->messages = (uint32_t)messages;
    out->rate = (double)rate;
    return status;
}

/* ---- running
 * ------------------------------------------------------------------------------------------------- */

static struct store_plan store_of(const struct plan *plan, const char *name)
{
    return (struct store_plan){.name = name,
                               .prefix = "r",
                               .user_count = plan->users,
                               .sender_count = plan->senders,
                               .window = plan->window,
                               .message_count = plan->messages};
}

static void store_and_drain(struct work *work, const struct store_plan *store, const char *drain_name,
                            size_t sign_ins_at_a_time, bool count_store, bool count_drain)
{
    struct ledger ledger;
    struct report *report = work->report;
    const struct drain_plan drain = {.name = drain_name,
                                     .prefix = store->prefix,
                                     .user_count = store->user_count,
                                     .sign_ins_at_a_time = sign_ins_at_a_time};
    ledger_init(&ledger, store->message_count);
    work->report = count_store ? report : NULL;
    work_store(work, store, &ledger);
    work->report = count_drain ? report : NULL;
    work_drain(work, &drain, &ledger);
    work->report = report;
    ledger_finish(&ledger);
}

static void warm_up(struct work *work, const struct plan *plan)
{
    struct report *report = work->report;
    const struct drain_plan old = {
        .name = "left over", .prefix = "r", .user_count = plan->users, .sign_ins_at_a_time = 64};
    struct store_plan store = store_of(plan, "warm");
    store.message_count = plan->messages / 10 + 1;
    work->report = NULL;
    work_drain(work, &old, NULL);
    store_and_drain(work, &store, "warm", 64, false, false);
    work->report = report;
}

static void run_stores(struct work *work, const struct plan *plan)
{
    struct store_plan small = store_of(plan, "W1b 8 x 1");
    struct store_plan serial = store_of(plan, "W2b fill");
    small.user_count = serial.user_count = plan->users < 50 ? plan->users : 50;
    small.message_count = 2000;
    small.sender_count = plan->senders < 8 ? plan->senders : 8;
    small.window = 1;
    serial.message_count = (uint32_t)serial.user_count * 100;
    if ((plan->workloads & (W1 | W2)) != 0) {
        const struct store_plan store = store_of(plan, "W1 store");
        store_and_drain(work, &store, "W2 drain, all at once", 64, (plan->workloads & W1) != 0,
                        (plan->workloads & W2) != 0);
    }
    if ((plan->workloads & W1B) != 0) {
        store_and_drain(work, &small, "", 64, true, false);
        small.name = "W1b 1 x 1";
        small.sender_count = 1;
        store_and_drain(work, &small, "", 64, true, false);
    }
    if ((plan->workloads & W2B) != 0) {
        store_and_drain(work, &serial, "W2b drain, one by one", 1, false, true);
    }
}

static void run_routes(struct work *work, const struct plan *plan)
{
    char paced_name[48];
    struct route_plan route = {.name = "W3 online, window 16",
                               .prefix = "p",
                               .pair_count = plan->pairs,
                               .window = plan->window,
                               .message_count = plan->messages};
    char name[48];
    (void)snprintf(name, sizeof(name), "W3 online, window %zu", plan->window);
    route.name = name;
    work_route(work, &route);
    route.name = "W3 online, window 1";
    route.window = 1;
    work_route(work, &route);
    (void)snprintf(paced_name, sizeof(paced_name), "W3 online, %.0f msg/s", plan->rate);
    route.name = paced_name;
    route.rate_per_s = plan->rate;
    route.message_count = (uint32_t)(plan->rate * (double)plan->seconds);
    work_route(work, &route);
}

static void run_all(struct work *work, const struct plan *plan)
{
    struct stage *stage = &work->stage;
    if ((plan->workloads & (W1 | W1B | W2 | W2B | W5)) != 0) {
        joining_people(stage, "r", plan->users);
        warm_up(work, plan);
    }
    if ((plan->workloads & W3) != 0) {
        joining_people(stage, "p", 2 * plan->pairs);
    }
    for (size_t rep = 0; rep < plan->reps; rep++) {
        run_stores(work, plan);
        if ((plan->workloads & W3) != 0) {
            run_routes(work, plan);
        }
    }
    for (size_t rep = 0; rep < plan->reps && (plan->workloads & W5) != 0; rep++) {
        if (work->spawn == NULL) {
            fputs("oim-bench: w5 kills the server, so it needs --spawn; left out\n", stderr);
            break;
        }
        work_crash(work, "W5 kill -9", "r", plan->users, plan->senders, plan->messages);
    }
    if ((plan->workloads & SOAK) != 0) {
        const struct soak_plan soak = {.name = "soak",
                                       .prefix = "k",
                                       .pair_count = plan->pairs,
                                       .rate_per_s = plan->rate,
                                       .duration_s = plan->seconds};
        if (work->spawn == NULL) {
            fputs("oim-bench: soak looks into the server's folder, so it needs --spawn; left out\n", stderr);
        } else {
            joining_people(stage, "k", 2 * plan->pairs);
            work_soak(work, &soak);
        }
    }
    if ((plan->workloads & STALL) != 0) {
        const struct stall_plan stall = {.name = "stall",
                                         .prefix = "z",
                                         .absent_prefix = "y",
                                         .reader_count = 10 * plan->pairs,
                                         .sender_count = plan->senders,
                                         .messages_each = 400,
                                         .rest_s = plan->seconds};
        joining_people(stage, "y", stall.reader_count);
        joining_people(stage, "z", stall.reader_count);
        work_stall(work, &stall);
    }
    if ((plan->workloads & W4) != 0) {
        joining_people(stage, "i", plan->steps[plan->step_count - 1]);
        work_idle(work, "W4 idle", "i", plan->steps, plan->step_count);
    }
}

/* ---- the server
 * ---------------------------------------------------------------------------------------------- */

static void collect_settings(const struct options *options, char out[EXTRA_SIZE_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < options->given_count && used < EXTRA_SIZE_MAX; i++) {
        if (strcmp(options->given[i].spec->name, "set") == 0) {
            used += (size_t)snprintf(out + used, EXTRA_SIZE_MAX - used, "%s\n", options->given[i].value);
        }
    }
}

static enum oim_status prepare_spawn(const struct options *options, struct spawn *spawn,
                                     struct oim_error *err)
{
    char extra[EXTRA_SIZE_MAX];
    const char *parent = options_value(options, "dir");
    if (parent == NULL) {
        parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    }
    collect_settings(options, extra);
    enum oim_status status = spawn_init(spawn, options_value(options, "spawn"), parent,
                                        options_has(options, "tls") ? WAY_DIRECT : WAY_PROXY, extra, err);
    return status == OIM_OK ? spawn_start(spawn, err) : status;
}

/* Where the server is and whether somebody must own it first. */
static enum oim_status prepare_people(struct people *people, const char *line_text, const char *state,
                                      struct oim_error *err)
{
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    if (line_text == NULL) {
        return people_load(people, state, err);
    }
    enum oim_status status = invite_line_parse(line_text, &line, err);
    if (status == OIM_OK) {
        (void)snprintf(people->host_port, sizeof(people->host_port), "%s", line.host_port);
        people->mode = line.mode;
        people->server_key_id = line.server_key_id;
    }
    return status;
}

static enum oim_status write_figures(const struct options *options, const struct people *people,
                                     const struct report *report, struct oim_error *err)
{
    const char *path = options_value(options, "json");
    if (path == NULL || strcmp(path, "-") != 0) {
        report_print(report, stdout);
    }
    if (path == NULL) {
        return OIM_OK;
    }
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (file == NULL) {
        return oim_fail(err, OIM_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
    }
    report_print_json(report, people->mode == WAY_DIRECT ? "tls" : "plain", file);
    return file == stdout || fclose(file) == 0 ? OIM_OK
                                               : oim_fail(err, OIM_ERR_IO, "cannot write '%s'", path);
}

static enum oim_status measure(const struct options *options, const struct plan *plan, struct spawn *spawn,
                               struct people *people, struct report *report, struct oim_error *err)
{
    const char *line = spawn != NULL ? spawn->owner_line : options_value(options, "server");
    const char *state = options_value(options, "state");
    const char *pid = options_value(options, "pid");
    struct work work = {.spawn = spawn, .report = report};
    enum oim_status status = prepare_people(people, line, state, err);
    if (status == OIM_OK) {
        status = stage_init(&work.stage, people, plan->text_size, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    work.pid = spawn != NULL ? spawn->pid : pid != NULL ? (pid_t)atol(pid) : 0;
    work.probe_folder = spawn != NULL ? spawn->folder : options_value(options, "dir");
    work.stage.one_frame_per_message = options_has(options, "apart");
    if (line != NULL) {
        joining_owner(&work.stage, line);
    }
    run_all(&work, plan);
    stage_finish(&work.stage);
    if (spawn != NULL) {
        spawn_stop(spawn, SIGTERM);
        report->has_commits = spawn_read_commits(spawn, report->commits);
    }
    if (state != NULL) {
        status = people_save(people, state, err);
    }
    return status == OIM_OK ? write_figures(options, people, report, err) : status;
}

static int run(const struct options *options, struct oim_error *err)
{
    struct plan plan;
    struct spawn spawn = {.pid = 0};
    struct people people = {.count = 0};
    struct report *report = calloc(1, sizeof(*report));
    bool spawns = options_has(options, "spawn");
    enum oim_status status = read_plan(options, &plan, err);
    if (status == OIM_OK && !spawns && !options_has(options, "server") && !options_has(options, "state")) {
        status = oim_fail(err, OIM_ERR_USAGE, "which server? --spawn OIMD, --server LINE or --state DIR");
    }
    if (status == OIM_OK) {
        status = report == NULL ? OIM_ERR_LIMIT : crypto_init();
    }
    if (status == OIM_OK && spawns) {
        status = prepare_spawn(options, &spawn, err);
    }
    if (status == OIM_OK) {
        status = measure(options, &plan, spawns ? &spawn : NULL, &people, report, err);
    }
    spawn_finish(&spawn, options_has(options, "keep"));
    people_finish(&people);
    free(report);
    return status == OIM_OK ? EXIT_DONE : status == OIM_ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct options options;
    struct oim_error err = {.text = ""};
    (void)signal(SIGPIPE, SIG_IGN);
    if (options_parse(&program, argc, argv, &options, &err) != OIM_OK) {
        fprintf(stderr, "oim-bench: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (options_answer(&options, stdout)) {
        return EXIT_DONE;
    }
    machine_lift_descriptors();
    int code = run(&options, &err);
    if (code != EXIT_DONE) {
        fprintf(stderr, "oim-bench: %s\n", err.text);
    }
    return code;
}
