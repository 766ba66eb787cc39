/*
 * drive.c - carries out what the engine asks: commits, writes, connections, timers; and tells it what
 * happened.
 *
 * SAVE is committed before the next event, as the engine demands. Connecting and closing wait for the loop to
 * come round, because they are not allowed inside the connection's own callbacks.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/agent/ask.h"
#include "common/os/clock_os.h"
#include "common/os/random_os.h"

#define WRITE_SIZE_MAX ((size_t)8 << 20)
#define LOAD_MEMORY_SIZE ((size_t)16 << 20)
#define RESEND_MEMORY_SIZE ((size_t)128 << 10) /* a message with all its texts */

static void drive_step(struct agent *agent, struct engine_event *event);

uint64_t agent_wall_ms(void)
{
    struct oim_clock clock = clock_os();
    return clock.wall_ms(clock.context);
}

static uint64_t now_ms(void)
{
    struct oim_clock clock = clock_os();
    return clock.now_ms(clock.context);
}

enum agent_state agent_state(const struct agent *agent)
{
    if (agent->engine != NULL) {
        return engine_view(agent->engine).account->joined ? AGENT_READY : AGENT_NONE;
    }
    return agent->joined_on_disk ? AGENT_LOCKED : AGENT_NONE;
}

/* ---- the connection ---- */

static void drop_writes(struct agent *agent)
{
    while (agent->writes != NULL) {
        struct unsent_write *write = agent->writes;
        agent->writes = write->next;
        free(write);
    }
    agent->writes_end = &agent->writes;
    agent->write_size = 0;
}

void drive_later(struct agent *agent)
{
    ev_timer_stop(agent->loop, &agent->later);
    ev_timer_set(&agent->later, 0., 0.);
    ev_timer_start(agent->loop, &agent->later);
}

static void write_message(struct agent *agent, struct oim_slice bytes)
{
    if (agent->writes == NULL) {
        enum oim_status status = ws_client_send(agent->ws, bytes);
        if (status == OIM_OK) {
            return;
        }
        if (status != OIM_AGAIN) {
            agent->must_disconnect = true;
            drive_later(agent);
            return;
        }
    }
    struct unsent_write *write = malloc(sizeof(*write) + bytes.size);
    if (write == NULL || agent->write_size + bytes.size > WRITE_SIZE_MAX) {
        free(write);
        agent->must_disconnect = true;
        drive_later(agent);
        return;
    }
    write->next = NULL;
    write->size = bytes.size;
    memcpy(write->bytes, bytes.data, bytes.size);
    *agent->writes_end = write;
    agent->writes_end = &write->next;
    agent->write_size += bytes.size;
}

static void on_writable(void *context)
{
    struct agent *agent = context;
    while (agent->writes != NULL) {
        struct unsent_write *write = agent->writes;
        if (ws_client_send(agent->ws, oim_slice(write->bytes, write->size)) != OIM_OK) {
            return;
        }
        agent->write_size -= write->size;
        agent->writes = write->next;
        if (agent->writes == NULL) {
            agent->writes_end = &agent->writes;
        }
        free(write);
    }
}

static void on_open(void *context, const uint8_t cb[CB_SIZE], uint32_t cb_type)
{
    struct agent *agent = context;
    struct engine_event event = {.kind = ENGINE_OPENED, .u.opened.cb_type = cb_type};
    memcpy(event.u.opened.cb, cb, CB_SIZE);
    drive_step(agent, &event);
}

static void on_message(void *context, struct oim_slice bytes)
{
    struct agent *agent = context;
    if (agent->engine != NULL && !agent->must_disconnect) {
        drive_step(agent, &(struct engine_event){.kind = ENGINE_RECEIVED, .u.received.bytes = bytes});
    }
}

/* Waiting does not help: the address or what answers there is wrong. */
static bool is_to_mend(enum ws_client_end end)
{
    switch (end) {
    case WS_END_NO_NAME:
    case WS_END_TLS:
    case WS_END_CERTIFICATE:
    case WS_END_CERTIFICATE_DATE:
    case WS_END_CERTIFICATE_NAME:
    case WS_END_CERTIFICATE_KEY:
    case WS_END_NOT_OIM:
        return true;
    case WS_END_CLOSED:
    case WS_END_REFUSED:
    case WS_END_UNREACHABLE:
    case WS_END_TIMEOUT:
        break;
    }
    return false;
}

static void on_close(void *context, enum ws_client_end end, uint16_t code, const char *text)
{
    struct agent *agent = context;
    (void)code;
    (void)text;
    drop_writes(agent);
    agent->must_disconnect = false;
    agent->because = is_to_mend(end) ? ws_client_end_name(end) : "";
    agent->unreachable = true;
    if (agent->engine != NULL) {
        drive_step(agent, &(struct engine_event){.kind = ENGINE_CLOSED});
    }
}

static const struct ws_client_ops ws_ops = {
    .on_open = on_open, .on_message = on_message, .on_close = on_close, .on_writable = on_writable};

static void connect_now(struct agent *agent)
{
    struct oim_error err;
    enum ws_client_mode mode = agent->way.mode == WAY_PROXY ? WS_CLIENT_PROXY : WS_CLIENT_DIRECT;
    const uint8_t *spki = agent->way.has_spki ? agent->way.spki : NULL;
    if (ws_client_connect(agent->ws, agent->way.host_port, mode, spki, &err) != OIM_OK) {
        on_close(agent, WS_END_UNREACHABLE, 0, err.text);
    }
}

/* ---- what the server gave up undelivered ---- */

#define RESEND_COUNT_MAX 64u

struct resend {
    struct oim_id msg_ids[RESEND_COUNT_MAX];
    size_t count;
};

static bool resend_row(void *context, const struct message *message)
{
    struct resend *resend = context;
    resend->msg_ids[resend->count++] = message->msg_id;
    return resend->count < RESEND_COUNT_MAX;
}

/* False: it cannot be queued now; CHANGED_RESEND says when there is room. */
static bool resend_one(struct agent *agent, const struct oim_id *msg_id, void *memory)
{
    struct oim_arena arena;
    struct message message;
    bool submitted = false, waits_join = false;
    oim_arena_init(&arena, memory, RESEND_MEMORY_SIZE);
    if (local_store_message(agent->store, msg_id, &arena, &message) != OIM_OK) {
        return false;
    }
    drive_request(agent, &(struct engine_request){.op = REQUEST_RESEND,
                                                  .u.resend = {.msg_id = *msg_id,
                                                               .to_user = message.peer,
                                                               .text = message.text,
                                                               .sent_ms = message.sent_ms}});
    return agent->engine != NULL && engine_outbox_has(agent->engine, msg_id, &submitted, &waits_join);
}

/* Also at every start: the row's state is all that remembers it. */
static void resend_all(struct agent *agent)
{
    struct local_store_query query = {.which = LOCAL_STORE_RESEND};
    struct oim_error err;
    struct resend resend = {.count = 0};
    agent->must_resend = false;
    void *memory = malloc(RESEND_MEMORY_SIZE);
    bool queued =
        memory != NULL && local_store_each(agent->store, &query, resend_row, &resend, &err) == OIM_OK;
    for (size_t i = 0; i < resend.count && queued; i++) {
        queued = resend_one(agent, &resend.msg_ids[i], memory);
    }
    agent->must_resend = agent->must_resend || (queued && resend.count == RESEND_COUNT_MAX);
    free(memory);
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct agent *agent = timer->data;
    (void)loop;
    (void)events;
    if (agent->must_disconnect) {
        agent->must_disconnect = false;
        ws_client_close(agent->ws);
        drop_writes(agent);
        if (agent->engine != NULL) {
            drive_step(agent, &(struct engine_event){.kind = ENGINE_CLOSED});
        }
    }
    if (agent->must_connect && agent->engine != NULL) {
        agent->must_connect = false;
        connect_now(agent);
    }
    if (agent->must_resend && agent_state(agent) == AGENT_READY) {
        resend_all(agent);
    }
    ask_run_all(agent);
    faces_reap(agent);
    life_settle(agent);
}

static void on_wake(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct agent *agent = timer->data;
    (void)loop;
    (void)events;
    drive_step(agent, &(struct engine_event){.kind = ENGINE_TICK});
}

static void wake_at(struct agent *agent, uint64_t at_ms)
{
    ev_timer_stop(agent->loop, &agent->wake);
    if (at_ms == 0) {
        return;
    }
    uint64_t now = now_ms();
    double delay_s = at_ms > now ? (double)(at_ms - now + 1) / 1000. : 0.;
    ev_now_update(agent->loop);
    ev_timer_set(&agent->wake, delay_s, 0.);
    ev_timer_start(agent->loop, &agent->wake);
}

/* ---- effects ---- */

static void commit(struct agent *agent, const struct engine_effect *effect)
{
    struct oim_error err;
    enum oim_status status =
        local_store_commit(agent->store, effect->u.save.changes, effect->u.save.change_count, &err);
    if (status != OIM_OK) {
        /* Memory is ahead of the disk: this engine may not say another word. */
        ask_end_stuck(agent);
        agent->stopping = true;
        ev_break(agent->loop, EVBREAK_ALL);
        return;
    }
    drive_step(agent, &(struct engine_event){.kind = ENGINE_SAVED, .u.saved.ok = true});
}

static void perform(struct agent *agent, const struct engine_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct engine_effect *effect = &effects->items[i];
        switch (effect->kind) {
        case ENGINE_SAVE:
            commit(agent, effect);
            return; /* the only one of its step */
        case ENGINE_WRITE:
            write_message(agent, effect->u.write);
            break;
        case ENGINE_DISCONNECT:
            agent->must_disconnect = true;
            drive_later(agent);
            break;
        case ENGINE_CONNECT:
            agent->way = effect->u.connect;
            agent->must_connect = true;
            drive_later(agent);
            break;
        case ENGINE_WAKE_AT:
            wake_at(agent, effect->u.wake_at_ms);
            break;
        case ENGINE_ANSWER:
            ask_on_answer(agent, &effect->u.answer);
            break;
        case ENGINE_CHANGED:
            if (effect->u.changed.what == CHANGED_CONNECTED) {
                enum engine_link link = engine_view(agent->engine).link;
                agent->unreachable = link == ENGINE_LINK_DOWN;
                agent->because = link == ENGINE_LINK_READY ? "" : agent->because;
            }
            agent->must_resend = agent->must_resend || effect->u.changed.what == CHANGED_RESEND;
            ask_on_changed(agent, effect);
            break;
        }
    }
}

/*
 * Effects borrow the engine's memory until its next step, so nothing performed here may make it step (but for
 * SAVED). Asks answer their faces at once and take notes of what they want next; ask_run_all acts on the
 * notes when the loop comes round.
 */
static void drive_step(struct agent *agent, struct engine_event *event)
{
    if (agent->engine == NULL) {
        return;
    }
    struct engine_effects effects;
    event->now_ms = now_ms();
    event->wall_ms = agent_wall_ms();
    engine_step(agent->engine, event, &effects);
    perform(agent, &effects);
    drive_later(agent);
}

void drive_retry(struct agent *agent)
{
    agent->unreachable = false;
    drive_step(agent, &(struct engine_event){.kind = ENGINE_RETRY});
}

void drive_active(struct agent *agent)
{
    if (agent->engine != NULL) {
        drive_step(agent, &(struct engine_event){.kind = ENGINE_ACTIVE});
    }
}

uint64_t drive_request(struct agent *agent, struct engine_request *request)
{
    request->id = ++agent->last_request;
    drive_step(agent, &(struct engine_event){.kind = ENGINE_REQUEST, .u.request = *request});
    return request->id;
}

void drive_cancel(struct agent *agent, uint64_t request)
{
    drive_step(agent, &(struct engine_event){.kind = ENGINE_CANCEL, .u.cancel.id = request});
}

void drive_want(struct agent *agent)
{
    if (agent->engine == NULL) {
        return;
    }
    enum face_class class = CLASS_NONE;
    /* That somebody has joined is told in the mailbox: what waits for it wants to hear. */
    bool fetch = ask_any_fetches(agent) || engine_view(agent->engine).waits_join_count > 0;
    bool lingering = ev_is_active(&agent->linger);
    for (const struct face_conn *face = agent->faces; face != NULL; face = face->next) {
        if (face->attached && !face->closing && face->class > class) {
            class = face->class;
        }
    }
    struct engine_event event = {.kind = ENGINE_WANT};
    event.u.want.class = class;
    event.u.want.connect = faces_count(agent) > 0 || lingering;
    event.u.want.fetch = fetch || class != CLASS_NONE;
    if (agent->wanted.class == event.u.want.class && agent->wanted.connect == event.u.want.connect &&
        agent->wanted.fetch == event.u.want.fetch) {
        return;
    }
    agent->wanted.class = event.u.want.class;
    agent->wanted.connect = event.u.want.connect;
    agent->wanted.fetch = event.u.want.fetch;
    drive_step(agent, &event);
}

enum oim_status drive_start(struct agent *agent, struct oim_error *err)
{
    struct engine_config config = engine_config_default(random_os());
    struct oim_arena arena;
    struct local_start start;
    void *load_memory = malloc(LOAD_MEMORY_SIZE);
    size_t size = engine_memory_size(&config);
    agent->engine_memory = malloc(size);
    enum oim_status status = OIM_ERR_LIMIT;
    if (load_memory != NULL && agent->engine_memory != NULL) {
        oim_arena_init(&arena, load_memory, LOAD_MEMORY_SIZE);
        status = local_store_load(agent->store, &arena, &start, err);
    }
    if (status == OIM_OK) {
        struct oim_arena memory;
        oim_arena_init(&memory, agent->engine_memory, size);
        agent->engine = engine_create(&memory, &config);
        status = agent->engine == NULL ? oim_fail(err, OIM_ERR_LIMIT, "out of memory") : OIM_OK;
    }
    if (status == OIM_OK) {
        struct engine_event event = {.kind = ENGINE_START};
        event.u.start.account = &start.account;
        event.u.start.device_key = &agent->keys.device_key;
        event.u.start.outbox = start.outbox;
        event.u.start.outbox_count = start.outbox_count;
        event.u.start.people = start.people;
        event.u.start.person_count = start.person_count;
        event.u.start.policy = &start.policy;
        agent->unreachable = false;
        agent->must_resend = true;
        agent->wanted.class = CLASS_INVALID;
        drive_step(agent, &event);
        drive_want(agent);
    } else {
        free(agent->engine_memory);
        agent->engine_memory = NULL;
    }
    free(load_memory);
    return status;
}

void drive_stop(struct agent *agent)
{
    if (agent->engine == NULL) {
        return;
    }
    ws_client_close(agent->ws);
    drop_writes(agent);
    agent->must_connect = false;
    agent->must_disconnect = false;
    ev_timer_stop(agent->loop, &agent->wake);
    engine_finish(agent->engine);
    agent->engine = NULL;
    free(agent->engine_memory);
    agent->engine_memory = NULL;
    profile_keys_finish(&agent->keys);
}

enum oim_status drive_init(struct agent *agent, struct oim_error *err)
{
    agent->writes_end = &agent->writes;
    agent->because = "";
    ev_timer_init(&agent->wake, on_wake, 0., 0.);
    ev_timer_init(&agent->later, on_later, 0., 0.);
    agent->wake.data = agent;
    agent->later.data = agent;
    return ws_client_create(&agent->ws, agent->loop, &ws_ops, agent, err);
}

void drive_finish(struct agent *agent)
{
    drive_stop(agent);
    ws_client_destroy(agent->ws);
    drop_writes(agent);
}
