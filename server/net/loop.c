#include "server/net/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPLY_COUNT_MAX 256u
#define STORE_FD_COUNT_MAX 4u
#define UNFINISHED_SIZE_MAX (64u * 1024 * 1024)
#define DRAIN_TIMEOUT_S 15.0
#define GOODBYE_S 1.0 /* for close frames to leave after the core has drained */
#define RETRY_AFTER_MS 3000u

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNAL_COUNT };

enum loop_stage { LOOP_LOADING, LOOP_SERVING, LOOP_DRAINING, LOOP_ENDING };

struct loop {
    struct loop_config config;
    const struct loop_ops *ops;
    void *context;
    struct ws_server *server;
    enum loop_stage stage;

    struct effect_list effects;
    struct store_reply replies[REPLY_COUNT_MAX];
    bool stepping;
    bool round_open;   /* something happened since the last CORE_ROUND_END */
    bool submitted;    /* the store was given something since its last flush */
    uint64_t *blocked; /* connections whose CORE_BLOCKED is still to be told */
    size_t blocked_count;

    struct ev_prepare round_end;
    struct ev_timer wake;
    uint64_t wake_at_ms; /* 0: never */
    struct ev_timer store_wake;
    struct ev_timer end_timer; /* draining has taken too long, or the goodbyes have left */
    struct ev_io store_watchers[STORE_FD_COUNT_MAX];
    size_t store_watcher_count;
    struct ev_signal signals[SIGNAL_COUNT];

    uint64_t offset_minute; /* since 1970, of the last look at utc_offset_s */
    int32_t utc_offset_s;

    enum oim_status result;
    struct oim_error error;
};

static uint64_t now_ms(const struct loop *loop)
{
    return loop->config.clock.now_ms(loop->config.clock.context);
}

/* ---- effects
 * ---------------------------------------------------------------------------------------------------- */

static void set_wake(struct loop *loop, uint64_t at_ms)
{
    if (at_ms == loop->wake_at_ms) {
        return;
    }
    loop->wake_at_ms = at_ms;
    ev_timer_stop(loop->config.ev, &loop->wake);
    if (at_ms != 0) {
        uint64_t now = now_ms(loop);
        ev_timer_set(&loop->wake, at_ms > now ? (double)(at_ms - now) / 1000.0 : 0.0, 0.0);
        ev_timer_start(loop->config.ev, &loop->wake);
    }
}

static void fail(struct loop *loop, const char *text)
{
    if (loop->result == OIM_OK) {
        loop->result = oim_fail(&loop->error, OIM_ERR_STORAGE, "%s", text);
    }
    ev_break(loop->config.ev, EVBREAK_ALL);
}

static void write_out(struct loop *loop, const struct effect *effect)
{
    enum ws_write written =
        ws_server_write(loop->server, effect->conn, effect->u.write.data, effect->u.write.size);
    if (written == WS_BLOCKED && loop->blocked_count < loop->config.connection_count_max) {
        loop->blocked[loop->blocked_count++] = effect->conn;
    }
}

static void submit(struct loop *loop, const struct effect *effect)
{
    struct store *store = loop->config.store;
    size_t taken = store->ops->submit(store, effect->u.submit.reqs, effect->u.submit.req_count);
    assert(taken == effect->u.submit.req_count); /* the core counts what is in flight */
    loop->submitted = true;
}

static void accept_public(void *context, int fd)
{
    struct loop *loop = context;
    ws_server_adopt(loop->server, fd, loop->config.public_transport);
}

static void accept_local(void *context, int fd)
{
    struct loop *loop = context;
    if (!listener_peer_is_own(fd)) {
        (void)close(fd);
        return;
    }
    ws_server_adopt(loop->server, fd, TRANSPORT_LOCAL);
}

static void open_doors(struct loop *loop)
{
    if (loop->stage != LOOP_LOADING) {
        return; /* loaded again after the store was reopened */
    }
    loop->stage = LOOP_SERVING;
    listener_start(loop->config.public_listener, loop->config.ev, accept_public, loop);
    listener_start(loop->config.local_listener, loop->config.ev, accept_local, loop);
    loop->ops->on_ready(loop->context);
}

static void say_goodbye(struct loop *loop)
{
    loop->stage = LOOP_ENDING;
    if (ws_server_connection_count(loop->server) == 0) {
        ev_break(loop->config.ev, EVBREAK_ALL);
        return;
    }
    ev_timer_stop(loop->config.ev, &loop->end_timer);
    ev_timer_set(&loop->end_timer, GOODBYE_S, 0.0);
    ev_timer_start(loop->config.ev, &loop->end_timer);
}

static const enum log_level log_levels[] = {
    [EFFECT_LOG_ERROR] = LOG_LEVEL_ERROR,
    [EFFECT_LOG_WARN] = LOG_LEVEL_WARN,
    [EFFECT_LOG_INFO] = LOG_LEVEL_INFO,
    [EFFECT_LOG_DEBUG] = LOG_LEVEL_DEBUG,
};

static void perform(struct loop *loop, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_WRITE:
        write_out(loop, effect);
        break;
    case EFFECT_CLOSE:
        ws_server_close(loop->server, effect->conn, effect->u.close.code, effect->u.close.reason);
        break;
    case EFFECT_SUBMIT:
        submit(loop, effect);
        break;
    case EFFECT_READ_STOP:
        ws_server_read(loop->server, effect->conn, false);
        break;
    case EFFECT_READ_GO:
        ws_server_read(loop->server, effect->conn, true);
        break;
    case EFFECT_SIGNED_IN:
        ws_server_signed_in(loop->server, effect->conn);
        break;
    case EFFECT_WAKE_AT:
        set_wake(loop, effect->u.wake_at.now_ms);
        break;
    case EFFECT_LOG:
        log_event(loop->config.log, log_levels[effect->u.log.level], effect->u.log.event, "%s",
                  effect->u.log.fields);
        break;
    case EFFECT_READY:
        open_doors(loop);
        break;
    case EFFECT_OWNER_LINE:
        loop->ops->on_owner_line(loop->context, effect->u.line.text);
        break;
    case EFFECT_OWNER_JOINED:
        loop->ops->on_owner_joined(loop->context);
        break;
    case EFFECT_DRAINED:
        say_goodbye(loop);
        break;
    case EFFECT_FATAL:
        fail(loop, effect->u.line.text);
        break;
    }
}

/* ---- events
 * ----------------------------------------------------------------------------------------------------- */

/* Asked once a minute: summer begins and ends on one. */
static int32_t utc_offset_s(struct loop *loop, uint64_t wall_ms)
{
    uint64_t minute = wall_ms / 60000;
    if (minute != loop->offset_minute) {
        time_t at = (time_t)(wall_ms / 1000);
        struct tm local;
        loop->utc_offset_s = localtime_r(&at, &local) == NULL ? 0 : (int32_t)local.tm_gmtoff;
        loop->offset_minute = minute;
    }
    return loop->utc_offset_s;
}

static bool step_once(struct loop *loop, struct core_event *event)
{
    event->now_ms = now_ms(loop);
    event->wall_ms = loop->config.clock.wall_ms(loop->config.clock.context);
    event->utc_offset_s = utc_offset_s(loop, event->wall_ms);
    core_step(loop->config.core, event, &loop->effects);
    for (size_t i = 0; i < loop->effects.count; i++) {
        perform(loop, &loop->effects.items[i]);
    }
    return loop->effects.more;
}

static void step(struct loop *loop, struct core_event event)
{
    assert(!loop->stepping);
    loop->stepping = true;
    loop->round_open = event.kind != CORE_ROUND_END;
    bool more = step_once(loop, &event);
    while (more || loop->blocked_count > 0) {
        struct core_event next = {.kind = CORE_ROUND_END};
        if (loop->blocked_count > 0) {
            next = (struct core_event){.kind = CORE_BLOCKED, .conn = loop->blocked[--loop->blocked_count]};
            more = step_once(loop, &next) || more;
        } else {
            more = step_once(loop, &next);
        }
    }
    loop->stepping = false;
}

static void on_opened(void *context, uint64_t conn, enum transport transport, const uint8_t cb[CB_SIZE],
                      uint64_t address_key)
{
    struct core_event event = {.kind = CORE_OPENED, .conn = conn};
    event.u.opened.transport = transport;
    event.u.opened.address_key = address_key;
    memcpy(event.u.opened.cb, cb, CB_SIZE);
    step(context, event);
}

static void on_message(void *context, uint64_t conn, struct oim_slice bytes)
{
    step(context, (struct core_event){.kind = CORE_RECEIVED, .conn = conn, .u.received.bytes = bytes});
}

static void on_writable(void *context, uint64_t conn)
{
    step(context, (struct core_event){.kind = CORE_WRITABLE, .conn = conn});
}

static void on_closed(void *context, uint64_t conn)
{
    struct loop *loop = context;
    step(loop, (struct core_event){.kind = CORE_CLOSED, .conn = conn});
    if (loop->stage == LOOP_ENDING && ws_server_connection_count(loop->server) == 0) {
        ev_break(loop->config.ev, EVBREAK_ALL);
    }
}

static const struct ws_server_ops server_ops = {
    .on_opened = on_opened,
    .on_message = on_message,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static void arm_store(struct loop *loop);

static void reap(struct loop *loop)
{
    struct store *store = loop->config.store;
    size_t count = 0;
    while ((count = store->ops->reap(store, loop->replies, REPLY_COUNT_MAX)) > 0) {
        struct core_event event = {.kind = CORE_REPLIED};
        event.u.replied.replies = loop->replies;
        event.u.replied.reply_count = count;
        step(loop, event);
        store->ops->release(store, loop->replies, count);
    }
    arm_store(loop);
}

static void on_store_readable(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    reap(watcher->data);
}

static void on_store_wake(struct ev_loop *ev, struct ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    reap(timer->data);
}

/* Whatever descriptors and time the store names now. */
static void arm_store(struct loop *loop)
{
    struct pollfd fds[STORE_FD_COUNT_MAX];
    uint64_t wake_at_ms = 0;
    struct store *store = loop->config.store;
    size_t count = store->ops->poll(store, fds, STORE_FD_COUNT_MAX, &wake_at_ms);
    bool same = count == loop->store_watcher_count;
    for (size_t i = 0; same && i < count; i++) {
        same = loop->store_watchers[i].fd == fds[i].fd;
    }
    if (!same) {
        for (size_t i = 0; i < loop->store_watcher_count; i++) {
            ev_io_stop(loop->config.ev, &loop->store_watchers[i]);
        }
        for (size_t i = 0; i < count; i++) {
            ev_io_init(&loop->store_watchers[i], on_store_readable, fds[i].fd, EV_READ);
            loop->store_watchers[i].data = loop;
            ev_io_start(loop->config.ev, &loop->store_watchers[i]);
        }
        loop->store_watcher_count = count;
    }
    ev_timer_stop(loop->config.ev, &loop->store_wake);
    if (wake_at_ms != 0) {
        uint64_t now = now_ms(loop);
        ev_timer_set(&loop->store_wake, wake_at_ms > now ? (double)(wake_at_ms - now) / 1000.0 : 0.0, 0.0);
        ev_timer_start(loop->config.ev, &loop->store_wake);
    }
}

/* Runs before the loop sleeps: all that could be read has been read. */
static void on_round_end(struct ev_loop *ev, struct ev_prepare *watcher, int events)
{
    (void)ev;
    (void)events;
    struct loop *loop = watcher->data;
    if (loop->round_open) {
        step(loop, (struct core_event){.kind = CORE_ROUND_END});
    }
    if (loop->submitted) {
        loop->submitted = false;
        loop->config.store->ops->flush(loop->config.store);
        arm_store(loop);
    }
}

static void on_wake(struct ev_loop *ev, struct ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    struct loop *loop = timer->data;
    uint64_t at_ms = loop->wake_at_ms;
    loop->wake_at_ms = 0;
    if (at_ms > now_ms(loop)) { /* libev's cached time runs behind ours */
        set_wake(loop, at_ms);
        return;
    }
    step(loop, (struct core_event){.kind = CORE_TICK});
}

static void drain(struct loop *loop)
{
    loop->stage = LOOP_DRAINING;
    listener_finish(loop->config.public_listener);
    listener_finish(loop->config.local_listener);
    ev_timer_set(&loop->end_timer, DRAIN_TIMEOUT_S, 0.0);
    ev_timer_start(loop->config.ev, &loop->end_timer);
    step(loop, (struct core_event){.kind = CORE_DRAIN, .u.drain.retry_after_ms = RETRY_AFTER_MS});
}

static void on_stop_signal(struct ev_loop *ev, struct ev_signal *watcher, int events)
{
    (void)events;
    struct loop *loop = watcher->data;
    log_event(loop->config.log, LOG_LEVEL_INFO, "server.stopping", "signal=%d", watcher->signum);
    if (loop->stage == LOOP_SERVING) {
        drain(loop);
    } else {
        ev_break(ev, EVBREAK_ALL);
    }
}

static void on_hangup_signal(struct ev_loop *ev, struct ev_signal *watcher, int events)
{
    (void)ev;
    (void)events;
    struct loop *loop = watcher->data;
    loop->ops->on_reload(loop->context);
    step(loop, (struct core_event){.kind = CORE_RELOADED});
}

static void on_end_timer(struct ev_loop *ev, struct ev_timer *timer, int events)
{
    (void)events;
    struct loop *loop = timer->data;
    if (loop->stage == LOOP_DRAINING) {
        log_event(loop->config.log, LOG_LEVEL_WARN, "server.drain_timeout", "connections=%zu",
                  ws_server_connection_count(loop->server));
    }
    ev_break(ev, EVBREAK_ALL);
}

/* ---- life
 * ------------------------------------------------------------------------------------------------------- */

static void start_watchers(struct loop *loop)
{
    struct ev_loop *ev = loop->config.ev;
    ev_prepare_init(&loop->round_end, on_round_end);
    ev_timer_init(&loop->wake, on_wake, 0.0, 0.0);
    ev_timer_init(&loop->store_wake, on_store_wake, 0.0, 0.0);
    ev_timer_init(&loop->end_timer, on_end_timer, 0.0, 0.0);
    ev_signal_init(&loop->signals[SIGNAL_TERM], on_stop_signal, SIGTERM);
    ev_signal_init(&loop->signals[SIGNAL_INT], on_stop_signal, SIGINT);
    ev_signal_init(&loop->signals[SIGNAL_HUP], on_hangup_signal, SIGHUP);
    loop->round_end.data = loop->wake.data = loop->store_wake.data = loop->end_timer.data = loop;
    ev_prepare_start(ev, &loop->round_end);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        loop->signals[i].data = loop;
        ev_signal_start(ev, &loop->signals[i]);
    }
}

static void stop_watchers(struct loop *loop)
{
    struct ev_loop *ev = loop->config.ev;
    ev_prepare_stop(ev, &loop->round_end);
    ev_timer_stop(ev, &loop->wake);
    ev_timer_stop(ev, &loop->store_wake);
    ev_timer_stop(ev, &loop->end_timer);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        ev_signal_stop(ev, &loop->signals[i]);
    }
    for (size_t i = 0; i < loop->store_watcher_count; i++) {
        ev_io_stop(ev, &loop->store_watchers[i]);
    }
}

enum oim_status loop_create(struct loop **out, const struct loop_config *config, const struct loop_ops *ops,
                            void *context, struct oim_error *err)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    uint64_t *blocked = calloc(config->connection_count_max, sizeof(*blocked));
    if (loop == NULL || blocked == NULL) {
        free(loop);
        free(blocked);
        return oim_fail(err, OIM_ERR_LIMIT, "no memory for %zu connections", config->connection_count_max);
    }
    loop->config = *config;
    loop->ops = ops;
    loop->context = context;
    loop->blocked = blocked;

    struct ws_server_config server_config = {
        .ev = config->ev,
        .identity = config->identity,
        .connection_count_max = config->connection_count_max,
        .unfinished_size_max = UNFINISHED_SIZE_MAX,
    };
    oim_random_fill(&config->random, server_config.address_key.bytes,
                    sizeof(server_config.address_key.bytes));
    enum oim_status status = ws_server_create(&loop->server, &server_config, &server_ops, loop, err);
    seal_key_finish(&server_config.address_key);
    if (status != OIM_OK) {
        free(blocked);
        free(loop);
        return status;
    }
    start_watchers(loop);
    *out = loop;
    return OIM_OK;
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    stop_watchers(loop);
    ws_server_destroy(loop->server);
    free(loop->blocked);
    free(loop);
}

enum oim_status loop_run(struct loop *loop, struct oim_error *err)
{
    arm_store(loop);
    step(loop, (struct core_event){.kind = CORE_START});
    if (loop->result == OIM_OK) {
        ev_run(loop->config.ev, 0);
    }
    if (loop->result != OIM_OK && err != NULL) {
        *err = loop->error;
    }
    return loop->result;
}
