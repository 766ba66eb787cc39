/*
 * sim_server.c - see sim_server.h.
 */
#include "tests/sim/sim_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_run.h"

#define REPLY_COUNT_MAX 64u
#define ROUND_DELAY_MS_MAX 3u
#define OWED_COUNT_MAX 256u

static struct store_config store_config(void)
{
    return (struct store_config){.request_count_max = 256,
                                 .memory_size_max = (size_t)16 << 20,
                                 .threadless = true,
                                 .without_ballast = true};
}

static struct store_env store_env(struct sim *sim)
{
    return (struct store_env){.clock = fake_clock_of(&sim->clock), .random = fake_random_of(&sim->random)};
}

static struct core_config core_config(struct sim *sim)
{
    struct core_config config = {
        .server_key = sim->org.server_key,
        .limits = core_limits_default(),
        .mode = WAY_PROXY,
        .random = fake_random_of(&sim->random),
    };
    config.limits.session_count_max = 24;
    config.limits.unauthenticated_max = 16;
    config.limits.user_count_max = 2 * ORG_PERSON_COUNT;
    config.limits.device_count_max = 2 * ORG_DEVICE_COUNT_MAX;
    config.limits.policy_count_max = 8;
    config.limits.contact_count_max = 64;
    config.limits.store_request_count_max = 192;
    config.limits.buffer_size_max = (size_t)2 << 20;
    return config;
}

/* ---- events in, effects out
 * ------------------------------------------------------------------------------------ */

static void step(struct sim *sim, struct core_event *event);

static void step_conn(struct sim *sim, enum core_event_kind kind, uint64_t conn)
{
    struct core_event event = {.kind = kind, .conn = conn};
    step(sim, &event);
}

static void round_later(struct sim *sim)
{
    struct sim_server *server = &sim->server;
    if (!server->round_due) {
        server->round_due = true;
        sim_after(sim, sim_below(sim, ROUND_DELAY_MS_MAX), SIM_SERVER_ROUND, 0, server->life);
    }
}

/* When the store has something to do or to say next. */
static void store_later(struct sim *sim)
{
    struct sim_server *server = &sim->server;
    uint64_t at_ms = UINT64_MAX;
    (void)server->store->ops->poll(server->store, NULL, 0, &at_ms);
    if (at_ms == UINT64_MAX) {
        return;
    }
    at_ms = at_ms < sim->clock.now_ms ? sim->clock.now_ms : at_ms;
    if (server->store_at_ms == 0 || at_ms < server->store_at_ms) {
        server->store_at_ms = at_ms;
        sim_at(sim, at_ms, SIM_SERVER_STORE, 0, server->life);
    }
}

static void perform_submit(struct sim *sim, const struct effect *effect)
{
    struct store *store = sim->server.store;
    for (size_t i = 0; i < effect->u.submit.req_count; i++) {
        checker_on_request(sim, &effect->u.submit.reqs[i]);
    }
    size_t taken = store->ops->submit(store, effect->u.submit.reqs, effect->u.submit.req_count);
    if (taken != effect->u.submit.req_count) {
        sim_find(sim, "the core has more at the store than the store holds");
        return;
    }
    store->ops->flush(store);
}

static void perform_write(struct sim *sim, const struct effect *effect)
{
    struct net_link *link = net_find(&sim->net, effect->conn);
    assert(link != NULL);
    trace_add_bytes(&sim->trace, effect->u.write.data, effect->u.write.size);
    uint64_t at_ms = net_send(link, NET_TO_CLIENT, sim->clock.now_ms, sim_below(sim, link->jitter_ms + 1),
                              effect->u.write.data, effect->u.write.size);
    if (at_ms != 0) {
        sim_at(sim, at_ms, SIM_TO_CLIENT, effect->conn, 0);
    }
}

/* Our side is shut; what was written before still arrives, then the end. */
static void perform_close(struct sim *sim, const struct effect *effect)
{
    struct net_link *link = net_find(&sim->net, effect->conn);
    assert(link != NULL);
    sim_trace(sim, "server closes connection %llu, code %llu", effect->conn, effect->u.close.code, 0, 0);
    uint64_t at_ms = net_send(link, NET_TO_CLIENT, sim->clock.now_ms, 0, NULL, 0);
    if (at_ms != 0) {
        sim_at(sim, at_ms, SIM_TO_CLIENT, effect->conn, 0);
    }
    net_stop(link, NET_TO_SERVER);
}

static void perform(struct sim *sim, const struct effect *effect)
{
    struct sim_server *server = &sim->server;
    switch (effect->kind) {
    case EFFECT_WRITE:
        perform_write(sim, effect);
        break;
    case EFFECT_CLOSE:
        perform_close(sim, effect);
        break;
    case EFFECT_SUBMIT:
        perform_submit(sim, effect);
        break;
    case EFFECT_WAKE_AT:
        server->tick_version++;
        if (effect->u.wake_at.now_ms != 0) {
            sim_at(sim, effect->u.wake_at.now_ms, SIM_SERVER_TICK, (uint32_t)server->life,
                   server->tick_version);
        }
        break;
    case EFFECT_READY:
        sim_trace(sim, "server ready", 0, 0, 0, 0);
        server->is_ready = true;
        break;
    case EFFECT_FATAL:
        sim_find(sim, "the core gave up: %s", effect->u.line.text);
        break;
    case EFFECT_OWNER_LINE:
        sim_find(sim, "the core offers an owner's line for a server that has an owner");
        break;
    case EFFECT_READ_STOP:
    case EFFECT_READ_GO: /* a hint: what comes anyway is answered RETRY */
    case EFFECT_SIGNED_IN:
    case EFFECT_LOG:
    case EFFECT_OWNER_JOINED:
    case EFFECT_DRAINED:
        break;
    }
}

/* What the shell owes the core for its effects: the end of a connection it closed, or that a write did not
 * leave. */
static void report(struct sim *sim, const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count && sim->server.core != NULL; i++) {
        if (effects[i].kind == EFFECT_CLOSE) {
            step_conn(sim, CORE_CLOSED, effects[i].conn);
        } else if (effects[i].kind == EFFECT_WRITE && !sim->is_calm && sim_chance(sim, 30)) {
            step_conn(sim, CORE_BLOCKED, effects[i].conn);
            sim_after(sim, 1 + sim_below(sim, 500), SIM_WRITABLE, effects[i].conn, sim->server.life);
        }
    }
}

static void step(struct sim *sim, struct core_event *event)
{
    struct sim_server *server = &sim->server;
    struct effect owed[OWED_COUNT_MAX];
    size_t owed_count = 0;
    bool more = false;
    event->now_ms = sim->clock.now_ms;
    event->wall_ms = sim->clock.wall_ms;
    core_step(server->core, event, &server->effects);
    more = server->effects.more;
    for (size_t i = 0; i < server->effects.count; i++) {
        const struct effect *effect = &server->effects.items[i];
        perform(sim, effect);
        if (effect->kind == EFFECT_CLOSE || effect->kind == EFFECT_WRITE) {
            assert(owed_count < OWED_COUNT_MAX);
            owed[owed_count++] = *effect;
        }
    }
    report(sim, owed, owed_count);
    if (more) {
        round_later(sim);
    }
    store_later(sim);
}

/* ---- its life
 * -------------------------------------------------------------------------------------------------- */

void sim_server_init(struct sim *sim)
{
    const struct store_config config = store_config();
    const struct store_env env = store_env(sim);
    sim->server.disk = store_sim_disk_create();
    struct store *store = store_sim_open(sim->server.disk, &config, &env);
    sim_org_install(sim, store);
    store->ops->close(store, true);
}

static void put_down(struct sim *sim, bool drain)
{
    struct sim_server *server = &sim->server;
    if (server->core == NULL) {
        return;
    }
    core_destroy(server->core);
    server->store->ops->close(server->store, drain);
    server->core = NULL;
    server->store = NULL;
    server->life++;
    server->round_due = false;
    server->is_ready = false;
    server->store_at_ms = 0;
}

void sim_server_finish(struct sim *sim)
{
    put_down(sim, false);
    store_sim_disk_destroy(sim->server.disk);
    sim->server.disk = NULL;
}

void sim_server_stop(struct sim *sim)
{
    put_down(sim, true);
}

void sim_server_set_faults(struct sim *sim, const struct store_sim_faults *faults)
{
    sim->server.faults = *faults;
    if (sim->server.store != NULL && sim->options.lie == LIE_NONE) {
        store_sim_set_faults(sim->server.store, faults);
    }
}

void sim_server_start(struct sim *sim)
{
    struct sim_server *server = &sim->server;
    const struct store_config config = store_config();
    const struct store_env env = store_env(sim);
    const struct core_config core = core_config(sim);
    struct oim_error err;
    server->start_count++;
    server->store = store_sim_open(server->disk, &config, &env);
    store_sim_set_faults(server->store, &server->faults);
    if (sim->options.lie != LIE_NONE) {
        server->store = store_liar_open(sim->options.lie, server->store, server->disk, &config, &env);
    }
    enum oim_status status = core_create(&server->core, &core, &err);
    assert(status == OIM_OK);
    sim_trace(sim, "server starts, %llu. time", server->start_count, 0, 0, 0);
    struct core_event event = {.kind = CORE_START};
    step(sim, &event);
}

/* Everybody's connection ends; who is told, and when, is the network's whim. */
static void end_connections(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->net.link_count; i++) {
        struct net_link *link = sim->net.links[i];
        if (link->streams[NET_TO_SERVER].is_closed) {
            continue;
        }
        uint64_t at_ms =
            sim_chance(sim, 800) ? net_send(link, NET_TO_CLIENT, sim->clock.now_ms, 0, NULL, 0) : 0;
        if (at_ms != 0) {
            sim_at(sim, at_ms, SIM_TO_CLIENT, link->conn, 0);
        }
        link->streams[NET_TO_CLIENT].is_dead = true;
        net_stop(link, NET_TO_SERVER);
    }
}

void sim_server_end(struct sim *sim, enum server_end how, uint64_t down_ms)
{
    struct sim_server *server = &sim->server;
    if (server->core == NULL) {
        return;
    }
    sim_trace(sim, "server ends, way %llu, for %llu ms", how, down_ms, 0, 0);
    if (how == SERVER_DRAIN) {
        struct core_event event = {.kind = CORE_DRAIN};
        step(sim, &event);
        struct core_event round = {.kind = CORE_ROUND_END};
        step(sim, &round);
    }
    put_down(sim, how != SERVER_CRASH);
    end_connections(sim);
    checker_on_crash(sim);
    sim_after(sim, down_ms, SIM_SERVER_START, 0, 0);
}

/* ---- what the driver brings
 * -------------------------------------------------------------------------------------- */

static void refuse_connection(struct sim *sim, struct net_link *link)
{
    uint64_t at_ms = net_send(link, NET_TO_CLIENT, sim->clock.now_ms, 0, NULL, 0);
    if (at_ms != 0) {
        sim_at(sim, at_ms, SIM_TO_CLIENT, link->conn, 0);
    }
    net_stop(link, NET_TO_SERVER);
}

void sim_server_on_readable(struct sim *sim, uint64_t conn)
{
    struct net_link *link = net_find(&sim->net, conn);
    struct net_message message;
    if (sim->server.core == NULL && !link->streams[NET_TO_SERVER].is_closed) {
        refuse_connection(sim, link);
    }
    while (sim->server.core != NULL && net_receive(link, NET_TO_SERVER, sim->clock.now_ms, &message)) {
        struct core_event event = {.kind = CORE_RECEIVED, .conn = conn};
        if (message.bytes == NULL) {
            sim_trace(sim, "server sees connection %llu end", conn, 0, 0, 0);
            net_stop(link, NET_TO_SERVER);
            event.kind = CORE_CLOSED;
        } else if (message.size == 0) {
            event.kind = CORE_OPENED;
            event.u.opened.transport = TRANSPORT_PROXY;
            event.u.opened.address_key = link->client + 1;
        } else {
            event.u.received.bytes = oim_slice(message.bytes, message.size);
        }
        step(sim, &event);
        free(message.bytes);
        round_later(sim);
    }
}

void sim_server_on_writable(struct sim *sim, uint64_t conn)
{
    if (sim->server.core != NULL) {
        step_conn(sim, CORE_WRITABLE, conn);
        round_later(sim);
    }
}

void sim_server_on_tick(struct sim *sim, uint64_t version)
{
    if (sim->server.core == NULL || version != sim->server.tick_version) {
        return;
    }
    struct core_event event = {.kind = CORE_TICK};
    step(sim, &event);
    round_later(sim);
}

void sim_server_on_round(struct sim *sim, uint64_t version)
{
    if (sim->server.core == NULL || version != sim->server.life) {
        return;
    }
    sim->server.round_due = false;
    struct core_event event = {.kind = CORE_ROUND_END};
    step(sim, &event);
}

void sim_server_on_store(struct sim *sim, uint64_t version)
{
    struct sim_server *server = &sim->server;
    struct store_reply replies[REPLY_COUNT_MAX];
    if (server->core == NULL || version != server->life) {
        return;
    }
    server->store_at_ms = 0;
    size_t count = server->store->ops->reap(server->store, replies, REPLY_COUNT_MAX);
    if (count > 0) {
        for (size_t i = 0; i < count; i++) {
            checker_on_reply(sim, &replies[i]);
        }
        struct core_event event = {.kind = CORE_REPLIED};
        event.u.replied.replies = replies;
        event.u.replied.reply_count = count;
        step(sim, &event);
        server->store->ops->release(server->store, replies, count);
        round_later(sim);
    }
    store_later(sim);
}

uint64_t sim_server_read_head(struct sim *sim, uint64_t uid)
{
    const struct store_config config = store_config();
    const struct store_env env = store_env(sim);
    struct store_req req = {.op = STORE_COUNT, .u.count.uid = uid};
    struct store_reply reply = {.result = STORE_UNKNOWN};
    assert(sim->server.core == NULL);
    struct store *store = store_sim_open(sim->server.disk, &config, &env);
    size_t taken = store->ops->submit(store, &req, 1);
    store->ops->flush(store);
    size_t count = store->ops->reap(store, &reply, 1);
    assert(taken == 1 && count == 1);
    uint64_t head = reply.result == STORE_OK ? reply.u.count.head : 0;
    store->ops->release(store, &reply, 1);
    store->ops->close(store, true);
    return head;
}
