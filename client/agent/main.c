/*
 * main.c - build the agent, run it, take it apart.
 */
#include "client/agent/main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/agent/ask.h"

static void on_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
    (void)signal;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* Keys live in this process: no core files, no looking on by others of the same user's processes. */
static void keep_to_ourselves(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
}

/*
 * We serve: nothing is left that the starter must hear. A pipe at standard error is the starter's, who waits
 * for its end (client/face/agent_start.h); a terminal or a file stays.
 */
static void hush(void)
{
    struct stat info;
    if (fstat(STDERR_FILENO, &info) != 0 || !S_ISFIFO(info.st_mode)) {
        return;
    }
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0 || dup2(null_fd, STDERR_FILENO) < 0) {
        close(STDERR_FILENO);
    }
    if (null_fd >= 0) {
        close(null_fd);
    }
}

/* What the profile holds: somebody or nobody, keys with or without a passphrase. */
static enum oim_status look(struct agent *agent, struct oim_error *err)
{
    struct oim_arena arena;
    struct local_start start;
    const size_t size = (size_t)16 << 20;
    void *memory = malloc(size);
    if (memory == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "out of memory");
    }
    oim_arena_init(&arena, memory, size);
    enum oim_status status = local_store_load(agent->store, &arena, &start, err);
    free(memory);
    if (status != OIM_OK || !start.account.joined) {
        return status;
    }
    agent->joined_on_disk = true;
    status = key_file_look(agent->profile.folder_fd, &agent->wrap, err);
    if (status == OIM_OK && agent->wrap == KEY_WRAP_FILE) {
        status = key_file_open(agent->profile.folder_fd, "", &agent->keys, err);
        if (status == OIM_OK) {
            status = drive_start(agent, err);
        }
    }
    return status;
}

static enum oim_status serve(struct agent *agent, struct oim_error *err)
{
    life_init(agent);
    enum oim_status status = drive_init(agent, err);
    if (status != OIM_OK) {
        return status;
    }
    status = local_store_open(&agent->store, agent->profile.store_path, err);
    if (status == OIM_OK) {
        status = look(agent, err);
    }
    if (status == OIM_OK) {
        status = faces_listen(agent, err);
    }
    if (status == OIM_OK) {
        hush();
        ev_signal term, interrupt;
        ev_signal_init(&term, on_signal, SIGTERM);
        ev_signal_init(&interrupt, on_signal, SIGINT);
        ev_signal_start(agent->loop, &term);
        ev_signal_start(agent->loop, &interrupt);
        life_settle(agent);
        ev_run(agent->loop, 0);
        ask_end_all(agent, EXIT_FAILED, "agent_gone");
        faces_finish(agent);
        ask_run_all(agent);
        ev_signal_stop(agent->loop, &term);
        ev_signal_stop(agent->loop, &interrupt);
    }
    drive_finish(agent);
    local_store_close(agent->store);
    return status;
}

int agent_main(const struct agent_options *options)
{
    struct oim_error err;
    struct agent *agent = calloc(1, sizeof(*agent));
    if (agent == NULL || crypto_init() != OIM_OK) {
        free(agent);
        return EXIT_FAILED;
    }
    keep_to_ourselves();
    agent->options = *options;
    enum oim_status status = profile_take(options->profile, &agent->profile, &err);
    if (status == OIM_AGAIN) {
        free(agent);
        return EXIT_DONE; /* another one serves this profile */
    }
    if (status == OIM_OK) {
        agent->loop = ev_loop_new(EVFLAG_AUTO);
        status = agent->loop == NULL ? oim_fail(&err, OIM_ERR_IO, "no event loop") : serve(agent, &err);
        if (agent->loop != NULL) {
            ev_loop_destroy(agent->loop);
        }
        profile_release(&agent->profile);
    }
    if (status != OIM_OK) {
        dprintf(STDERR_FILENO, "oim agent: %s\n", err.text);
    }
    free(agent);
    return status == OIM_OK ? EXIT_DONE : EXIT_FAILED;
}
