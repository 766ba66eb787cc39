#include "server/server.h"

#include <errno.h>
#include <ev.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/clock_os.h"
#include "common/os/log.h"
#include "common/os/output.h"
#include "common/os/random_os.h"
#include "server/net/instance.h"
#include "server/net/listener.h"
#include "server/net/loop.h"
#include "server/net/tls.h"
#include "server/secret.h"

#define TRACE_COUNT_MAX 65536u /* 40 bytes each, touched as they fill */
#define OTHER_DESCRIPTOR_COUNT 128u /* database, listening sockets, event loop */
#define DEVICES_PER_PERSON 2u       /* on average, over everybody */

struct server {
    struct config config;
    char data_path[PATH_MAX]; /* config.data_dir, whole, because the server works in it */
    enum oim_status (*reread)(void *context, struct config *out, struct oim_error *err);
    void *reread_context;
    struct log log;
    struct instance instance;
    struct listener public_listener;
    struct listener local_listener;
    struct tls_identity identity;
    struct core_config core_config;
    struct store *store;
    struct core *core;
    struct ev_loop *ev;
    struct loop *loop;
    bool ready;
    char owner_line[INVITE_LINE_SIZE_MAX]; /* "" once somebody owns the server */
};

static void server_finish(struct server *server)
{
    loop_destroy(server->loop);
    core_destroy(server->core);
    if (server->store != NULL) {
        server->store->ops->close(server->store, true);
    }
    if (server->ev != NULL) {
        ev_loop_destroy(server->ev);
    }
    tls_identity_finish(&server->identity);
    listener_finish(&server->public_listener);
    listener_finish(&server->local_listener);
    sign_secret_finish(&server->core_config.server_key);
    crypto_wipe(server->owner_line, sizeof(server->owner_line));
    instance_finish(&server->instance);
}

/* ---- putting it together
 * ----------------------------------------------------------------------------------------- */

enum oim_status server_read_secret(const struct config *config, const struct oim_random *random,
                                   struct sign_secret *out, struct oim_error *err)
{
    enum oim_status status = secret_load(config->secret_file, out, err);
    if (status != OIM_ERR_NOT_FOUND) {
        return status;
    }
    char database[PATH_MAX];
    struct stat info;
    if (snprintf(database, sizeof(database), "%s/%s", config->data_dir, SERVER_DATABASE_NAME) <
            (int)sizeof(database) &&
        stat(database, &info) == 0) {
        return oim_fail(err, OIM_ERR_TRUST,
                        "there is a server in '%s', but its key '%s' is missing; restore it, or name it with "
                        "--secret-file FILE",
                        config->data_dir, config->secret_file);
    }
    return secret_create(config->secret_file, random, out, err);
}

/*
 * libwebsockets takes memory for as many descriptors as the soft limit allows (PLATFORM 1.4, 1), so the limit
 * is set to what is configured; where the hard limit is lower, connections are what gives way.
 */
static void fit_descriptors(struct server *server)
{
    struct rlimit limit;
    rlim_t others = server->config.unauthenticated_max + OTHER_DESCRIPTOR_COUNT;
    rlim_t wanted = server->config.connections_max + others;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    if (limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max) {
        wanted = limit.rlim_max;
        server->config.connections_max = (uint32_t)(wanted > 2 * others ? wanted - others : wanted / 2);
        log_event(&server->log, LOG_LEVEL_WARN, "server.few_descriptors", "connections_max=%u",
                  server->config.connections_max);
    }
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* "host:port" with brackets where they belong. */
static void join_host_port(char *out, size_t out_size, const char *host, uint16_t port)
{
    (void)snprintf(out, out_size, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

static bool host_is_everything(const char *host)
{
    return strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* What people connect to: what we were told, else where we listen if that is one place. */
static void settle_address(const struct config *config, uint16_t port, char out[HOST_PORT_SIZE_MAX])
{
    char host[CONFIG_HOST_SIZE_MAX];
    uint16_t address_port = 0;
    out[0] = '\0';
    if (config->address[0] != '\0') {
        if (config_split_host_port(config->address, port, host, &address_port, NULL) == OIM_OK) {
            join_host_port(out, HOST_PORT_SIZE_MAX, host, address_port);
        }
    } else if (!host_is_everything(config->listen_host)) {
        join_host_port(out, HOST_PORT_SIZE_MAX, config->listen_host, port);
    }
}

static void fill_limits(const struct config *config, struct core_limits *limits)
{
    *limits = core_limits_default();
    limits->session_count_max = config->connections_max;
    limits->unauthenticated_max = config->unauthenticated_max;
    limits->unauthenticated_per_address_max = config->unauthenticated_per_address_max;
    limits->user_count_max = config->people_max;
    limits->device_count_max = (size_t)config->people_max * DEVICES_PER_PERSON;
    limits->submit_rate_per_s = config->submit_rate_per_s;
    limits->submit_burst = config->submit_burst;
}

static enum oim_status enter_data_dir(struct server *server, struct oim_error *err)
{
    if (realpath(server->config.data_dir, server->data_path) == NULL || chdir(server->data_path) != 0) {
        return oim_fail(err, OIM_ERR_IO, "cannot work in the data folder '%s': %m", server->config.data_dir);
    }
    return OIM_OK;
}

static enum oim_status open_doors(struct server *server, struct oim_error *err)
{
    enum oim_status status = listener_open_tcp(&server->public_listener, server->config.listen_host,
                                               server->config.listen_port, err);
    if (status == OIM_OK) {
        status = listener_open_unix(&server->local_listener, SERVER_SOCKET_NAME, err);
    }
    if (status == OIM_OK && server->config.mode == WAY_DIRECT) {
        status = tls_identity_init(&server->identity, err);
    }
    return status;
}

static enum oim_status open_store_and_core(struct server *server, struct oim_error *err)
{
    struct core_config *core_config = &server->core_config;
    fill_limits(&server->config, &core_config->limits);
    core_config->mode = server->config.mode;
    core_config->random = random_os();
    core_config->trace_count_max = server->config.trace_hours == 0 ? 0 : TRACE_COUNT_MAX;
    core_config->trace_ms = server->config.trace_hours * UINT64_C(3600000);
    settle_address(&server->config, server->public_listener.port, core_config->address);

    const struct store_config store_config = {
        .data_dir = server->data_path,
        .request_count_max = core_config->limits.store_request_count_max,
        .memory_size_max = core_config->limits.store_request_count_max * STORE_REQUEST_SIZE_MAX,
        .gather_us = server->config.gather_us,
    };
    const struct store_env store_env = {.clock = clock_os(), .random = random_os()};
    enum oim_status status = store_sqlite_open(&server->store, &store_config, &store_env, err);
    return status == OIM_OK ? core_create(&server->core, core_config, err) : status;
}

/* ---- what people see
 * --------------------------------------------------------------------------------------------- */

/* Who cannot read it here finds in the log that there was something to read. */
static void print_end(struct server *server)
{
    struct oim_error err;
    if (output_flush(stdout, &err) != OIM_OK) {
        log_event(&server->log, LOG_LEVEL_WARN, "output.lost", "why=\"%s\"", err.text);
    }
}

static void print_owner_line(struct server *server)
{
    printf("Nobody owns this server yet. On your own computer:  oim join %s\n", server->owner_line);
    print_end(server);
}

static void on_ready(void *context)
{
    struct server *server = context;
    struct core_figures figures = {0};
    char listening[HOST_PORT_SIZE_MAX];
    const char *address = server->core_config.address;
    core_read_figures(server->core, &figures);
    join_host_port(listening, sizeof(listening), server->config.listen_host, server->public_listener.port);

    printf("oimd %s · data %s ", OIM_VERSION, server->config.data_dir);
    if (figures.person_count == 0) {
        printf("(new)");
    } else {
        printf("(%llu %s, %llu waiting)", (unsigned long long)figures.person_count,
               figures.person_count == 1 ? "person" : "people", (unsigned long long)figures.waiting_count);
    }
    printf(" · listening %s · address %s\n", listening,
           address[0] != '\0' ? address : "not known: tell it with --address HOST");
    print_end(server);
    server->ready = true;
    if (server->owner_line[0] != '\0') {
        print_owner_line(server);
    }
    log_event(&server->log, LOG_LEVEL_INFO, "server.ready", "version=%s port=%u", OIM_VERSION,
              server->public_listener.port);
}

static void on_owner_line(void *context, const char *line)
{
    struct server *server = context;
    struct oim_error err;
    (void)snprintf(server->owner_line, sizeof(server->owner_line), "%s", line);
    if (secret_keep_owner_line(server->config.secret_file, line, &err) != OIM_OK) {
        log_event(&server->log, LOG_LEVEL_WARN, "owner_line.not_kept", "status=%s",
                  oim_status_name(err.status));
    }
    if (server->ready) {
        print_owner_line(server);
    }
}

static void on_owner_joined(void *context)
{
    struct server *server = context;
    crypto_wipe(server->owner_line, sizeof(server->owner_line));
    secret_forget_owner_line(server->config.secret_file);
    printf("This server has an owner now. The line above is used up.\n");
    print_end(server);
}

/* Takes effect while serving: address, log_level, unauthenticated*, submit*. All else at the next start. */
static void on_reload(void *context)
{
    struct server *server = context;
    struct config fresh;
    struct oim_error err;
    if (server->reread(server->reread_context, &fresh, &err) != OIM_OK) {
        char quoted[OIM_ERROR_TEXT_SIZE + 2];
        log_event(&server->log, LOG_LEVEL_ERROR, "config.not_reloaded", "reason=%s",
                  log_quote(quoted, sizeof(quoted), err.text));
        return;
    }
    struct config *config = &server->config;
    (void)snprintf(config->address, sizeof(config->address), "%s", fresh.address);
    config->unauthenticated_max = fresh.unauthenticated_max;
    config->unauthenticated_per_address_max = fresh.unauthenticated_per_address_max;
    config->submit_rate_per_s = fresh.submit_rate_per_s;
    config->submit_burst = fresh.submit_burst;
    server->log.level = fresh.log_level;
    fill_limits(config, &server->core_config.limits);
    settle_address(config, server->public_listener.port, server->core_config.address);
    core_configure(server->core, &server->core_config);
    log_event(&server->log, LOG_LEVEL_INFO, "config.reloaded", "address=%s", server->core_config.address);
}

static const struct loop_ops loop_ops = {
    .on_ready = on_ready,
    .on_owner_line = on_owner_line,
    .on_owner_joined = on_owner_joined,
    .on_reload = on_reload,
};

static enum oim_status build(struct server *server, struct oim_error *err)
{
    const struct oim_random random = random_os();
    enum oim_status status = instance_lock(&server->instance, server->config.data_dir, err);
    if (status == OIM_OK) {
        status = server_read_secret(&server->config, &random, &server->core_config.server_key, err);
    }
    if (status == OIM_OK) {
        status = enter_data_dir(server, err);
    }
    if (status == OIM_OK) {
        status = open_doors(server, err);
    }
    if (status == OIM_OK) {
        fit_descriptors(server);
        status = open_store_and_core(server, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    server->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (server->ev == NULL) {
        return oim_fail(err, OIM_ERR_IO, "libev cannot start");
    }
    const struct loop_config loop_config = {
        .ev = server->ev,
        .core = server->core,
        .store = server->store,
        .public_listener = &server->public_listener,
        .local_listener = &server->local_listener,
        .public_transport = server->config.mode == WAY_DIRECT ? TRANSPORT_TLS : TRANSPORT_PROXY,
        .identity = server->config.mode == WAY_DIRECT ? &server->identity : NULL,
        .clock = clock_os(),
        .random = random,
        .log = &server->log,
        .connection_count_max = (size_t)server->config.connections_max + server->config.unauthenticated_max,
    };
    return loop_create(&server->loop, &loop_config, &loop_ops, server, err);
}

/* How many rows shared a commit: what group commit was worth since the start. Index i: from 2^i rows on. */
static void log_commits(const struct server *server)
{
    struct store_stats stats = {0};
    char rows[256];
    size_t used = 0;
    server->store->ops->stats(server->store, &stats);
    for (size_t i = 0; i < OIM_COUNT(stats.batch_histogram); i++) {
        int size = snprintf(rows + used, sizeof(rows) - used, "%s%llu", i == 0 ? "" : ",",
                            (unsigned long long)stats.batch_histogram[i]);
        used += size > 0 && (size_t)size < sizeof(rows) - used ? (size_t)size : 0;
    }
    log_event(&server->log, LOG_LEVEL_INFO, "store.commits", "commits=%llu rows=%llu by_log2_rows=%s max_us=%llu",
              (unsigned long long)stats.commit_count, (unsigned long long)stats.append_count, rows,
              (unsigned long long)stats.commit_us_max);
}

enum oim_status server_serve(const struct config *config,
                             enum oim_status (*reread)(void *context, struct config *out,
                                                       struct oim_error *err),
                             void *context, struct oim_error *err)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "no memory");
    }
    server->config = *config;
    server->reread = reread;
    server->reread_context = context;
    server->log = (struct log){.stream = stderr, .level = config->log_level};
    server->instance.fd = server->public_listener.fd = server->local_listener.fd = server->identity.fd = -1;

    enum oim_status status = build(server, err);
    if (status == OIM_OK) {
        status = loop_run(server->loop, err);
        log_commits(server);
    }
    server_finish(server);
    free(server);
    return status;
}
