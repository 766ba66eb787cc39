/*
 * test_loop.c - the loop between sockets, store and core, with a core and a store of the test's own.
 *
 * The core here is a script: it records what it is told and asks for what the test put into its list. The
 * store answers what it is told to. So every test says what the loop owes either of them.
 */
#include "server/net/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/net/ws_client.h"
#include "common/os/clock_os.h"
#include "common/os/random_os.h"
#include "tests/support/check.h"

/* ---- the core
 * ---------------------------------------------------------------------------------------------------- */

struct core {
    char told[512]; /* one letter an event; see letters */
    bool inside;
    uint64_t conn;
    struct effect_list next; /* what the next step asks for */
    uint8_t memory[EFFECT_WRITE_HEADROOM + 64];
    bool echo;
    bool close_on_drain;
};

static const char letters[] = {
    [CORE_START] = 'S',     [CORE_OPENED] = 'o', [CORE_RECEIVED] = 'm', [CORE_BLOCKED] = 'b',
    [CORE_WRITABLE] = 'w',  [CORE_CLOSED] = 'c', [CORE_REPLIED] = 'r',  [CORE_TICK] = 't',
    [CORE_ROUND_END] = 'e', [CORE_DRAIN] = 'D',  [CORE_RELOADED] = 'L',
};

static struct effect *ask(struct core *core, enum effect_kind kind)
{
    CHECK(core->next.count < EFFECT_COUNT_MAX);
    struct effect *effect = &core->next.items[core->next.count++];
    *effect = (struct effect){.kind = kind, .conn = core->conn};
    return effect;
}

static void ask_write(struct core *core, struct oim_slice bytes)
{
    CHECK(bytes.size <= 64);
    memcpy(core->memory + EFFECT_WRITE_HEADROOM, bytes.data, bytes.size);
    struct effect *effect = ask(core, EFFECT_WRITE);
    effect->u.write.data = core->memory + EFFECT_WRITE_HEADROOM;
    effect->u.write.size = bytes.size;
}

void core_step(struct core *core, const struct core_event *event, struct effect_list *effects)
{
    CHECK(!core->inside);
    core->inside = true;
    size_t told = strlen(core->told);
    CHECK(told + 1 < sizeof(core->told));
    if (event->kind != CORE_ROUND_END || told == 0 || core->told[told - 1] != 'e') {
        core->told[told] = letters[event->kind];
    }
    CHECK(event->now_ms > 0 && event->wall_ms > 0);
    if (event->kind == CORE_OPENED) {
        CHECK(event->conn > core->conn);
        core->conn = event->conn;
    }
    if (event->kind == CORE_RECEIVED && core->echo) {
        ask_write(core, event->u.received.bytes);
    }
    if (event->kind == CORE_DRAIN) {
        CHECK(event->u.drain.retry_after_ms > 0);
        if (core->close_on_drain) {
            ask(core, EFFECT_CLOSE)->u.close.code = 1001;
            core->next.items[core->next.count - 1].u.close.reason = "stopping";
        }
        ask(core, EFFECT_DRAINED);
    }
    effects->count = core->next.count;
    effects->more = core->next.more;
    memcpy(effects->items, core->next.items, core->next.count * sizeof(core->next.items[0]));
    core->next.count = 0;
    core->next.more = false;
    core->inside = false;
}

/* ---- the store
 * --------------------------------------------------------------------------------------------------- */

struct fake_store {
    struct store store;
    int event_fd;
    size_t submitted_count, flush_count, released_count;
    size_t reply_count; /* to hand out at the next reap */
};

static size_t store_submit(struct store *store, const struct store_req *reqs, size_t req_count)
{
    (void)reqs;
    ((struct fake_store *)store)->submitted_count += req_count;
    return req_count;
}

/* Answers all that was submitted. */
static void store_flush(struct store *store)
{
    struct fake_store *fake = (struct fake_store *)store;
    fake->flush_count++;
    fake->reply_count += fake->submitted_count;
    fake->submitted_count = 0;
    CHECK_EQ(eventfd_write(fake->event_fd, 1), 0);
}

static size_t store_reap(struct store *store, struct store_reply *out_replies, size_t reply_count_max)
{
    struct fake_store *fake = (struct fake_store *)store;
    eventfd_t value;
    (void)eventfd_read(fake->event_fd, &value);
    size_t count = fake->reply_count < reply_count_max ? fake->reply_count : reply_count_max;
    memset(out_replies, 0, count * sizeof(*out_replies));
    fake->reply_count -= count;
    return count;
}

static void store_release(struct store *store, struct store_reply *replies, size_t reply_count)
{
    (void)replies;
    ((struct fake_store *)store)->released_count += reply_count;
}

static size_t store_poll(struct store *store, struct pollfd *out_fds, size_t fd_count_max,
                         uint64_t *out_wake_at_ms)
{
    CHECK(fd_count_max >= 1);
    out_fds[0] = (struct pollfd){.fd = ((struct fake_store *)store)->event_fd, .events = POLLIN};
    *out_wake_at_ms = 0;
    return 1;
}

static const struct store_ops fake_ops = {
    .submit = store_submit,
    .flush = store_flush,
    .reap = store_reap,
    .release = store_release,
    .poll = store_poll,
};

/* ---- all of it
 * ---------------------------------------------------------------------------------------------------- */

struct world {
    struct ev_loop *ev;
    struct core core;
    struct fake_store store;
    struct listener public_listener;
    struct listener local_listener;
    struct log log;
    FILE *log_file;
    char log_text[1024];
    struct loop *loop;
    size_t ready_count, reload_count;
    char owner_line[64];
    bool owner_joined;

    struct ws_client *client;
    bool client_open;
    char client_heard[64];
    uint16_t client_code;
    struct ev_prepare script; /* runs what the test wants once a round */
    void (*on_round)(struct world *world);
};

static void on_ready(void *context)
{
    ((struct world *)context)->ready_count++;
}

static void on_owner_line(void *context, const char *line)
{
    struct world *world = context;
    (void)snprintf(world->owner_line, sizeof(world->owner_line), "%s", line);
}

static void on_owner_joined(void *context)
{
    ((struct world *)context)->owner_joined = true;
}

static void on_reload(void *context)
{
    ((struct world *)context)->reload_count++;
}

static const struct loop_ops loop_ops = {
    .on_ready = on_ready,
    .on_owner_line = on_owner_line,
    .on_owner_joined = on_owner_joined,
    .on_reload = on_reload,
};

static void on_open(void *context, const uint8_t cb[CB_SIZE], uint32_t cb_type)
{
    (void)cb;
    (void)cb_type;
    ((struct world *)context)->client_open = true;
}

static void on_client_message(void *context, struct oim_slice bytes)
{
    struct world *world = context;
    (void)snprintf(world->client_heard, sizeof(world->client_heard), "%.*s", (int)bytes.size,
                   (const char *)bytes.data);
}

static void on_client_close(void *context, enum ws_client_end end, uint16_t code, const char *text)
{
    (void)end;
    (void)text;
    ((struct world *)context)->client_code = code;
}

static void on_client_writable(void *context)
{
    (void)context;
}

static const struct ws_client_ops client_ops = {
    .on_open = on_open,
    .on_message = on_client_message,
    .on_close = on_client_close,
    .on_writable = on_client_writable,
};

static void on_script(struct ev_loop *ev, struct ev_prepare *watcher, int events)
{
    (void)ev;
    (void)events;
    struct world *world = watcher->data;
    if (world->on_round != NULL) {
        world->on_round(world);
    }
}

static int world_init(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct oim_error err = {0};
    CHECK(world != NULL);
    world->ev = ev_loop_new(EVFLAG_AUTO);
    world->store = (struct fake_store){.store = {.ops = &fake_ops}, .event_fd = eventfd(0, EFD_NONBLOCK)};
    world->log_file = fmemopen(world->log_text, sizeof(world->log_text), "w");
    world->log = (struct log){.stream = world->log_file, .level = LOG_LEVEL_DEBUG};
    world->local_listener.fd = -1;
    CHECK_OK_ERR(listener_open_tcp(&world->public_listener, "127.0.0.1", 0, &err), &err);
    CHECK_OK_ERR(listener_open_tcp(&world->local_listener, "127.0.0.1", 0, &err), &err);
    const struct loop_config config = {
        .ev = world->ev,
        .core = &world->core,
        .store = &world->store.store,
        .public_listener = &world->public_listener,
        .local_listener = &world->local_listener,
        .public_transport = TRANSPORT_PROXY,
        .clock = clock_os(),
        .random = random_os(),
        .log = &world->log,
        .connection_count_max = 4,
    };
    CHECK_OK_ERR(loop_create(&world->loop, &config, &loop_ops, world, &err), &err);
    CHECK_OK_ERR(ws_client_create(&world->client, world->ev, &client_ops, world, &err), &err);
    ev_prepare_init(&world->script, on_script);
    world->script.data = world;
    ev_prepare_start(world->ev, &world->script);
    *state = world;
    return 0;
}

static int world_finish(void **state)
{
    struct world *world = *state;
    ev_prepare_stop(world->ev, &world->script);
    ws_client_destroy(world->client);
    loop_destroy(world->loop);
    listener_finish(&world->public_listener);
    listener_finish(&world->local_listener);
    ev_loop_destroy(world->ev);
    close(world->store.event_fd);
    fclose(world->log_file);
    free(world);
    return 0;
}

static void connect_client(struct world *world)
{
    char address[32];
    struct oim_error err = {0};
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", world->public_listener.port);
    CHECK_OK_ERR(ws_client_connect(world->client, address, WS_CLIENT_PROXY, NULL, &err), &err);
}

static void stop_in_round(struct world *world)
{
    world->on_round = NULL;
    CHECK_EQ(raise(SIGTERM), 0);
}

static void loop_run__starts_the_core_first__and_stops_when_it_has_drained(void **state)
{
    struct world *world = *state;
    ask(&world->core, EFFECT_READY);
    world->on_round = stop_in_round;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_EQ(world->ready_count, 1);
    CHECK_EQ(world->core.told[0], 'S');
    CHECK(strstr(world->core.told, "D") != NULL);
    CHECK_EQ(world->public_listener.fd, -1);
}

static void loop_run__accepts_nobody__before_the_core_is_ready(void **state)
{
    struct world *world = *state;
    connect_client(world);
    for (int round = 0; round < 5; round++) {
        ev_run(world->ev, EVRUN_NOWAIT);
    }
    CHECK(!world->client_open);
    CHECK(strchr(world->core.told, 'o') == NULL);
}

static void send_then_stop(struct world *world)
{
    static bool sent;
    if (world->client_heard[0] != '\0') {
        sent = false;
        stop_in_round(world);
    } else if (!world->client_open && world->ready_count == 1) {
        world->ready_count++;
        connect_client(world);
    } else if (world->client_open && !sent) {
        sent = true;
        CHECK_OK(ws_client_send(world->client, OIM_SLICE_LITERAL("hello")));
    }
}

static void loop_run__carries_messages__between_socket_and_core(void **state)
{
    struct world *world = *state;
    world->core.echo = true;
    world->core.close_on_drain = true;
    ask(&world->core, EFFECT_READY);
    world->on_round = send_then_stop;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_TEXT(world->client_heard, "hello");
    CHECK(strstr(world->core.told, "o") != NULL);
    CHECK(strstr(world->core.told, "me") != NULL); /* each round that read something ends */
    CHECK(strstr(world->core.told, "Dec") != NULL || strstr(world->core.told, "Dc") != NULL);
}

static void wait_for_reply(struct world *world)
{
    if (strchr(world->core.told, 'r') != NULL) {
        stop_in_round(world);
    }
}

static void loop_run__wakes_the_store_once_a_round__and_gives_its_memory_back(void **state)
{
    struct world *world = *state;
    static const struct store_req reqs[3];
    ask(&world->core, EFFECT_READY);
    for (size_t i = 0; i < 2; i++) {
        struct effect *effect = ask(&world->core, EFFECT_SUBMIT);
        effect->u.submit.reqs = reqs;
        effect->u.submit.req_count = OIM_COUNT(reqs);
    }
    world->on_round = wait_for_reply;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_EQ(world->store.flush_count, 1);
    CHECK_EQ(world->store.released_count, 6);
}

static void wait_for_tick(struct world *world)
{
    if (strchr(world->core.told, 't') != NULL) {
        stop_in_round(world);
    }
}

/* Also for a time that has passed: the core may have needed a while. */
static void loop_run__ticks__when_the_time_the_core_asked_for_has_come(void **state)
{
    struct world *world = *state;
    ask(&world->core, EFFECT_READY);
    ask(&world->core, EFFECT_WAKE_AT)->u.wake_at.now_ms = 1;
    world->on_round = wait_for_tick;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK(strchr(world->core.told, 't') != NULL);
}

static void loop_run__ends_the_round_again__while_the_core_has_more(void **state)
{
    struct world *world = *state;
    ask(&world->core, EFFECT_READY);
    world->core.next.more = true;
    world->on_round = stop_in_round;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_EQ(strncmp(world->core.told, "Se", 2), 0);
}

static void loop_run__fails_with_the_cores_words__when_the_store_is_finished(void **state)
{
    struct world *world = *state;
    struct oim_error err = {0};
    ask(&world->core, EFFECT_FATAL)->u.line.text = "the disk is gone";
    CHECK_STATUS(loop_run(world->loop, &err), OIM_ERR_STORAGE);
    CHECK_TEXT(err.text, "the disk is gone");
}

static void loop_run__passes_on__the_owners_line_and_the_log(void **state)
{
    struct world *world = *state;
    ask(&world->core, EFFECT_OWNER_LINE)->u.line.text = "oim://x";
    ask(&world->core, EFFECT_READY);
    ask(&world->core, EFFECT_OWNER_JOINED);
    struct effect *line = ask(&world->core, EFFECT_LOG);
    line->u.log.level = EFFECT_LOG_WARN;
    line->u.log.event = "session.opened";
    line->u.log.fields = "conn=1 %s";
    world->on_round = stop_in_round;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_TEXT(world->owner_line, "oim://x");
    CHECK(world->owner_joined);
    fflush(world->log_file);
    CHECK(strstr(world->log_text, "warn session.opened conn=1 %s") != NULL);
}

static void hangup_then_stop(struct world *world)
{
    if (world->reload_count == 0 && world->ready_count == 1) {
        world->ready_count++;
        CHECK_EQ(raise(SIGHUP), 0);
    } else if (world->reload_count == 1) {
        stop_in_round(world);
    }
}

static void loop_run__rereads_the_configuration__at_hangup(void **state)
{
    struct world *world = *state;
    ask(&world->core, EFFECT_READY);
    world->on_round = hangup_then_stop;
    CHECK_OK(loop_run(world->loop, NULL));
    CHECK_EQ(world->reload_count, 1);
    CHECK(strchr(world->core.told, 'L') != NULL);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_init, world_finish)
    const struct CMUnitTest tests[] = {
        IN_WORLD(loop_run__starts_the_core_first__and_stops_when_it_has_drained),
        IN_WORLD(loop_run__accepts_nobody__before_the_core_is_ready),
        IN_WORLD(loop_run__carries_messages__between_socket_and_core),
        IN_WORLD(loop_run__wakes_the_store_once_a_round__and_gives_its_memory_back),
        IN_WORLD(loop_run__ticks__when_the_time_the_core_asked_for_has_come),
        IN_WORLD(loop_run__ends_the_round_again__while_the_core_has_more),
        IN_WORLD(loop_run__fails_with_the_cores_words__when_the_store_is_finished),
        IN_WORLD(loop_run__passes_on__the_owners_line_and_the_log),
        IN_WORLD(loop_run__rereads_the_configuration__at_hangup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
