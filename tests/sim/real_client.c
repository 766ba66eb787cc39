/*
 * real_client.c - see real_client.h.
 */
#include "tests/sim/real_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/presence.h"
#include "proto/codec.h"
#include "tests/sim/sim_run.h"

#define ARENA_SIZE (1u << 20)
#define TEXT_SIZE_LARGE 580u
#define TEXT_SIZE_SMALL 60u
#define DIES_IN_SAVE_PERMILLE 4u
#define READ_COUNT_MAX 16u

static struct engine_config engine_config(struct sim *sim)
{
    struct engine_config config = engine_config_default(fake_random_of(&sim->random));
    config.outbox_count_max = PROFILE_OUTBOX_COUNT_MAX;
    config.outbox_size_max = (size_t)512 << 10;
    config.person_count_max = PROFILE_PERSON_COUNT_MAX;
    config.step_memory_size = (size_t)1 << 20;
    return config;
}

static void step(struct sim *sim, struct real_client *client, struct engine_event *event);

/* ---- the network -----------------------------------------------------------------------------------------
 */

static void put_on_link(struct sim *sim, struct net_link *link, const void *bytes, size_t size)
{
    uint64_t at_ms =
        net_send(link, NET_TO_SERVER, sim->clock.now_ms, sim_below(sim, link->jitter_ms + 1), bytes, size);
    if (at_ms != 0) {
        sim_at(sim, at_ms, SIM_TO_SERVER, link->conn, 0);
    }
}

static void connect(struct sim *sim, struct real_client *client)
{
    struct net_link *link = sim_open_link(sim, client->index);
    struct engine_event opened = {.kind = ENGINE_OPENED};
    if (link == NULL) {
        return;
    }
    client->conn = link->conn;
    sim_trace(sim, "device %llu connects as %llu, counter %llu", client->index, client->conn,
              client->profile.account.conn_counter, 0);
    put_on_link(sim, link, "", 0);
    opened.u.opened.cb_type = CB_NONE;
    step(sim, client, &opened);
}

static void hang_up(struct sim *sim, struct real_client *client)
{
    struct net_link *link = net_find(&sim->net, client->conn);
    if (link != NULL) {
        net_stop(link, NET_TO_CLIENT);
        put_on_link(sim, link, NULL, 0);
    }
    client->conn = 0;
}

/* ---- reading along ---------------------------------------------------------------------------------------
 */

static void hear(struct sim *sim, struct real_client *client, const struct inbox_item *item)
{
    if (client->heard_count == REAL_HEARD_COUNT_MAX) {
        sim_find(sim, "device %u was sent more in one message than its window", client->index);
        return;
    }
    client->heard[client->heard_count++] = *item;
}

static void hear_frame(struct sim *sim, struct real_client *client, const struct frame *frame)
{
    const struct frame_notice *notice = &frame->u.notice;
    switch (frame->kind) {
    case FRAME_DELIVER:
        if (frame->u.deliver.cls == CLS_CHAT) {
            hear(sim, client,
                 &(struct inbox_item){.kind = INBOX_MESSAGE,
                                      .seq = frame->u.deliver.seq,
                                      .msg_id = frame->u.deliver.msg_id,
                                      .sender_device =
                                          sim_org_find_device(&sim->org, &frame->u.deliver.sender_device),
                                      .is_own_copy = frame->u.deliver.own_copy});
        }
        break;
    case FRAME_NOTICE:
        for (size_t i = 0; i < notice->msg_id_count; i++) {
            hear(sim, client,
                 &(struct inbox_item){.kind = INBOX_NOTICE,
                                      .seq = notice->seq,
                                      .what = notice->what,
                                      .msg_id = notice->msg_ids[i]});
        }
        break;
    case FRAME_GAP:
        hear(sim, client,
             &(struct inbox_item){.kind = INBOX_GAP,
                                  .seq = frame->u.gap.to_seq,
                                  .from_seq = frame->u.gap.from_seq,
                                  .why = frame->u.gap.why});
        break;
    case FRAME_SUBMIT_RESULT:
        assert(client->result_count < REAL_RESULT_COUNT_MAX);
        client->results[client->result_count] = frame->u.submit_result;
        client->results[client->result_count++].detail = (struct detail){.policy = ""};
        break;
    case FRAME_LIVE_RESULT:
        checker_on_live_result(sim, &frame->u.live_result);
        break;
    case FRAME_ERROR: {
        enum oim_status status = oim_status_from_wire(frame->u.error.code);
        bool may_not = status == OIM_ERR_DENIED && frame->u.error.offending_kind == FRAME_PRESENCES;
        if (status != OIM_AGAIN && !may_not) { /* nobody is allowed to be invisible all the time */
            sim_find(sim, "device %u got an Error about kind %u: %s", client->index,
                     frame->u.error.offending_kind, frame->u.error.text);
        }
        break;
    }
    default:
        break;
    }
}

/* What hear_frame and see_submit look at; the others are read by the engine and the server alone. */
static bool is_read_along(enum frame_kind kind)
{
    switch (kind) {
    case FRAME_SUBMIT:
    case FRAME_DELIVER:
    case FRAME_NOTICE:
    case FRAME_GAP:
    case FRAME_SUBMIT_RESULT:
    case FRAME_LIVE_RESULT:
    case FRAME_ERROR:
        return true;
    default:
        return false;
    }
}

static void read_along(struct sim *sim, struct real_client *client, struct oim_slice bytes,
                       enum codec_side to,
                       void (*see)(struct sim *, struct real_client *, const struct frame *))
{
    static uint8_t memory[ARENA_SIZE];
    struct oim_arena arena;
    struct oim_error err;
    struct frame frame;
    while (sim_pass_over(&bytes, is_read_along), bytes.size > 0) {
        oim_arena_init(&arena, memory, sizeof(memory));
        if (codec_decode(&bytes, to, &arena, &frame, &err) != OIM_OK) {
            sim_find(sim, "what device %u %s is no frame: %s", client->index,
                     to == CODEC_TO_CLIENT ? "hears" : "says", err.text);
            return;
        }
        see(sim, client, &frame);
    }
}

static void see_submit(struct sim *sim, struct real_client *client, const struct frame *frame)
{
    const struct frame_submit *submit = &frame->u.submit;
    if (frame->kind != FRAME_SUBMIT || submit->send_no >= CHECKER_NUMBER_COUNT_MAX) {
        return;
    }
    uint32_t message =
        submit->cls == CLS_CHAT ? checker_find(sim, &submit->msg_id) : CHECKER_MESSAGE_COUNT_MAX;
    uint32_t name = message == CHECKER_MESSAGE_COUNT_MAX ? 0 : message + 1;
    if (sim->checker.is_held[client->index][submit->send_no] && client->named[submit->send_no] != name) {
        sim_find(sim, "B2: number %llu of device %u is message %u now and was %u when the store took it",
                 (unsigned long long)submit->send_no, client->index, name, client->named[submit->send_no]);
    }
    client->named[submit->send_no] = name;
    if (name == 0) {
        return;
    }
    uint32_t slots = 0;
    for (size_t i = 0; i < submit->slot_count; i++) {
        slots |= 1u << sim_org_find_device(&sim->org, &submit->slots[i].device_id);
    }
    checker_on_submit(sim, message, slots);
    sim_trace(sim, "device %llu submits %llu as number %llu, slots %llx", client->index, message,
              submit->send_no, slots);
}

/* ---- what is on disk now ---------------------------------------------------------------------------------
 */

static void tell_row(struct sim *sim, struct real_client *client, const struct inbox_item *item,
                     uint64_t cursor_before)
{
    const uint64_t cursor = client->profile.account.cursor;
    bool is_passed = item->seq > cursor_before && item->seq <= cursor;
    uint32_t index = checker_find(sim, &item->msg_id);
    if (item->kind == INBOX_GAP && is_passed) {
        sim_trace(sim, "device %llu is told of a gap %llu..%llu, why %llu", client->index, item->from_seq,
                  item->seq, item->why);
        checker_on_gap(sim, client->index, item);
    } else if (item->kind == INBOX_NOTICE && (is_passed || item->seq == 0)) {
        sim_trace(sim, "device %llu is told %llu of %llu, row %llu", client->index, item->what, index,
                  item->seq);
        checker_on_notice(sim, client->index, item);
    } else if (item->kind == INBOX_MESSAGE && index == CHECKER_MESSAGE_COUNT_MAX) {
        checker_on_shown(sim, client->index, item); /* which says what is wrong with it */
    } else if (item->kind == INBOX_MESSAGE) {
        struct profile_message *message = &client->profile.messages[index];
        if (!message->is_here && is_passed) {
            sim_find(sim, "I1: device %u has passed row %llu and does not have message %u", client->index,
                     (unsigned long long)item->seq, index);
        }
        if (message->is_here && (message->is_fresh || is_passed)) {
            message->is_fresh = false;
            checker_on_shown(sim, client->index, item);
        }
    }
}

static void tell_result(struct sim *sim, struct real_client *client, const struct frame_submit_result *result)
{
    bool is_final = result->outcome != OUTCOME_RETRY && result->outcome != OUTCOME_GAP;
    for (uint64_t no = result->from_no; is_final && no <= result->to_no && no < CHECKER_NUMBER_COUNT_MAX;
         no++) {
        uint32_t name = client->named[no];
        if (name != 0 && !client->is_answered[name - 1]) {
            client->is_answered[name - 1] = true;
            sim_trace(sim, "device %llu hears of %llu, number %llu: outcome %llu", client->index, name - 1,
                      no, result->outcome);
            checker_on_answer(sim, name - 1, no, result);
        }
    }
}

static void tell_rows(struct sim *sim, struct real_client *client, uint64_t cursor_before)
{
    for (uint32_t i = 0; i < client->heard_count; i++) {
        tell_row(sim, client, &client->heard[i], cursor_before);
    }
    client->heard_count = 0;
}

static void tell_all(struct sim *sim, struct real_client *client, uint64_t cursor_before)
{
    for (uint32_t i = 0; i < client->result_count; i++) {
        tell_result(sim, client, &client->results[i]);
    }
    client->result_count = 0;
    tell_rows(sim, client, cursor_before);
}

/* ---- the engine's effects --------------------------------------------------------------------------------
 */

/* True: the engine may go on. */
static bool save(struct sim *sim, struct real_client *client, const struct engine_effect *effect)
{
    bool may_die = !sim->is_calm && sim->weights.client_crash > 0;
    bool dies = may_die && sim_chance(sim, DIES_IN_SAVE_PERMILLE);
    bool dies_before = dies && sim_chance(sim, 500);
    uint64_t cursor_before = client->profile.account.cursor;
    client->dies = dies;
    if (dies_before && client->profile.disk == NULL) {
        return false;
    }
    if (!profile_commit(sim, &client->profile, effect->u.save.changes, effect->u.save.change_count,
                        dies_before)) {
        client->dies = true;
        return false;
    }
    tell_all(sim, client, cursor_before);
    return !dies;
}

/* An event that comes too early does no harm, and there are fewer of them so. */
static void wake_at(struct sim *sim, struct real_client *client, uint64_t at_ms)
{
    if (at_ms != 0 && (client->wake_at_ms == 0 || at_ms < client->wake_at_ms)) {
        client->wake_at_ms = at_ms > sim->clock.now_ms ? at_ms : sim->clock.now_ms + 1;
        sim_at(sim, client->wake_at_ms, SIM_CLIENT_WAKE, client->index, ++client->wake_version);
    }
}

static void perform(struct sim *sim, struct real_client *client, const struct engine_effect *effect)
{
    struct net_link *link = net_find(&sim->net, client->conn);
    switch (effect->kind) {
    case ENGINE_SAVE:
        break; /* by itself, see step */
    case ENGINE_WRITE:
        read_along(sim, client, effect->u.write, CODEC_TO_SERVER, see_submit);
        if (link != NULL) {
            put_on_link(sim, link, effect->u.write.data, effect->u.write.size);
        }
        break;
    case ENGINE_CONNECT:
        client->opens = true;
        break;
    case ENGINE_DISCONNECT:
        client->closes = true;
        break;
    case ENGINE_WAKE_AT:
        wake_at(sim, client, effect->u.wake_at_ms);
        break;
    case ENGINE_ANSWER:
        if (effect->u.answer.request == client->state_request) { /* the person asks again until it is so */
            client->state_request = 0;
            client->state_waits = effect->u.answer.status != OIM_OK || client->state != client->state_said;
        } else if (effect->u.answer.status != OIM_OK && effect->u.answer.status != OIM_ERR_IO) {
            sim_find(sim, "device %u refuses its person: %s, %s", client->index,
                     oim_status_name(effect->u.answer.status), effect->u.answer.code);
        }
        break;
    case ENGINE_CHANGED:
        if (effect->u.changed.what == CHANGED_TRUST) {
            sim_find(sim, "device %u trusts its server no more: %s", client->index,
                     engine_view(client->engine).trust);
        }
        break;
    }
}

static void step(struct sim *sim, struct real_client *client, struct engine_event *event)
{
    struct engine_effects effects;
    if (client->engine == NULL || sim->is_over) {
        return;
    }
    event->now_ms = sim->clock.now_ms;
    event->wall_ms = sim->clock.wall_ms;
    client->dies = false;
    engine_step(client->engine, event, &effects);
    if (effects.count == 1 && effects.items[0].kind == ENGINE_SAVE) {
        if (!save(sim, client, &effects.items[0])) {
            real_client_crash(sim, client, sim_chance(sim, 500));
            return;
        }
        struct engine_event saved = {.kind = ENGINE_SAVED, .u.saved.ok = true};
        saved.now_ms = sim->clock.now_ms;
        saved.wall_ms = sim->clock.wall_ms;
        engine_step(client->engine, &saved, &effects);
    } else {
        tell_all(sim, client, client->profile.account.cursor);
    }
    for (size_t i = 0; i < effects.count; i++) {
        perform(sim, client, &effects.items[i]);
    }
    if (client->closes) {
        client->closes = client->opens = false;
        hang_up(sim, client);
        step(sim, client, &(struct engine_event){.kind = ENGINE_CLOSED});
    } else if (client->opens) {
        client->opens = false;
        connect(sim, client);
    }
}

static void want(struct sim *sim, struct real_client *client)
{
    struct engine_event event = {.kind = ENGINE_WANT};
    event.u.want.class = client->wants_in ? client->class : CLASS_NONE;
    event.u.want.connect = client->wants_in;
    event.u.want.fetch = client->wants_in;
    step(sim, client, &event);
}

/* ---- its life --------------------------------------------------------------------------------------------
 */

static void stop(struct real_client *client)
{
    if (client->engine != NULL) {
        engine_finish(client->engine);
    }
    client->engine = NULL;
    client->opens = client->closes = false;
    client->version++;
    client->wake_version++;
    client->wake_at_ms = 0;
    client->state_request = 0;
    client->state_waits = client->state != PRESENCE_UNKNOWN;
}

/* Kept from run to run, like the clients themselves. */
static void *memory_of(uint32_t index, size_t size)
{
    static void *memories[ORG_DEVICE_COUNT_MAX];
    memories[index] = memories[index] == NULL ? malloc(size) : memories[index];
    assert(memories[index] != NULL);
    return memories[index];
}

static void start(struct sim *sim, struct real_client *client)
{
    const struct engine_config config = engine_config(sim);
    struct oim_arena arena;
    struct engine_event event;
    oim_arena_init(&arena, memory_of(client->index, engine_memory_size(&config)),
                   engine_memory_size(&config));
    client->engine = engine_create(&arena, &config);
    assert(client->engine != NULL);
    client->active_ms = sim->clock.now_ms - PRESENCE_INACTIVE_MS;
    profile_start(&client->profile, &event);
    event.u.start.device_key = &sim->org.devices[client->index].key;
    step(sim, client, &event);
    want(sim, client);
}

/* Of a save in which the power went, only the disk knows whether it was. */
static void recover(struct sim *sim, struct real_client *client)
{
    uint64_t cursor_before = client->profile.account.cursor;
    profile_recover(sim, &client->profile);
    client->result_count = 0;
    tell_rows(sim, client, cursor_before);
}

static void say_state(struct sim *sim, struct real_client *client)
{
    struct engine_event event = {.kind = ENGINE_REQUEST};
    client->state_waits = false;
    client->state_said = client->state;
    client->state_request = ++client->request;
    event.u.request = (struct engine_request){.id = client->state_request, .op = REQUEST_STATUS};
    event.u.request.u.status.state = client->state;
    event.u.request.u.status.note = "";
    step(sim, client, &event);
}

void real_client_init(struct sim *sim, struct real_client *client, uint32_t index)
{
    const struct org_device *device = &sim->org.devices[index];
    struct account account = {.joined = true,
                              .org_id = sim->org.org_id,
                              .server_key = sign_public_of(&sim->org.server_key),
                              .user_id = sim->org.user_ids[device->person],
                              .device_id = device->device_id,
                              .role = ROLE_USER,
                              .way_count = 1,
                              .presence = PRESENCE_AUTO};
    memset(client, 0, offsetof(struct real_client, heard));
    memcpy(account.ways[0].host_port, "127.0.0.1:7667", sizeof("127.0.0.1:7667"));
    client->index = index;
    profile_init(sim, &client->profile, index, &account);
    start(sim, client);
}

void real_client_finish(struct real_client *client)
{
    stop(client);
    profile_finish(&client->profile);
}

void real_client_sign_in(struct sim *sim, struct real_client *client)
{
    if (!client->wants_in) {
        client->wants_in = true;
        client->class = !sim->is_calm && sim_chance(sim, 150) ? CLASS_NONE : CLASS_INTERACTIVE;
        want(sim, client);
    }
}

void real_client_sign_out(struct sim *sim, struct real_client *client)
{
    if (client->wants_in) {
        sim_trace(sim, "device %llu signs out", client->index, 0, 0, 0);
        client->wants_in = false;
        want(sim, client);
    }
}

void real_client_crash(struct sim *sim, struct real_client *client, bool tells)
{
    struct net_link *link = net_find(&sim->net, client->conn);
    sim_trace(sim, "device %llu crashes at cursor %llu, in a save %llu", client->index,
              client->profile.account.cursor, client->dies, 0);
    if (link != NULL && tells) {
        net_stop(link, NET_TO_CLIENT);
        put_on_link(sim, link, NULL, 0);
    } else if (link != NULL) {
        link->streams[NET_TO_SERVER].is_dead = true;
    }
    client->conn = 0;
    stop(client);
    recover(sim, client);
    sim_after(sim, 200 + sim_below(sim, 3000), SIM_CLIENT_START, client->index, client->version);
}

void real_client_restart(struct sim *sim, struct real_client *client)
{
    client->conn = 0;
    stop(client);
    recover(sim, client);
    start(sim, client);
}

void real_client_on_start(struct sim *sim, struct real_client *client, uint64_t version)
{
    if (version == client->version && client->engine == NULL) {
        start(sim, client);
    }
}

void real_client_on_wake(struct sim *sim, struct real_client *client, uint64_t version)
{
    if (version == client->wake_version) {
        client->wake_at_ms = 0;
        step(sim, client, &(struct engine_event){.kind = ENGINE_TICK});
        if (client->engine != NULL && client->state_waits && client->state_request == 0) {
            say_state(sim, client);
        }
    }
}

void real_client_on_readable(struct sim *sim, struct real_client *client, struct net_link *link)
{
    struct net_message message;
    while (net_receive(link, NET_TO_CLIENT, sim->clock.now_ms, &message)) {
        if (client->conn == link->conn && client->engine != NULL) {
            struct engine_event event = {.kind = ENGINE_CLOSED};
            if (message.bytes == NULL) {
                sim_trace(sim, "device %llu sees connection %llu end", client->index, link->conn, 0, 0);
                net_stop(link, NET_TO_CLIENT);
                client->conn = 0;
            } else {
                event.kind = ENGINE_RECEIVED;
                event.u.received.bytes = oim_slice(message.bytes, message.size);
                read_along(sim, client, event.u.received.bytes, CODEC_TO_CLIENT, hear_frame);
            }
            step(sim, client, &event);
        }
        free(message.bytes);
    }
}

/* ---- its person ------------------------------------------------------------------------------------------
 */

void real_client_write(struct sim *sim, struct real_client *client, uint32_t message)
{
    char text[TEXT_SIZE_LARGE + 17];
    size_t size = sim_text_size(message);
    struct engine_event event = {.kind = ENGINE_REQUEST};
    if (client->engine == NULL) {
        return; /* nobody to write it into; it counts for nothing */
    }
    memset(text, 'a' + (int)(message % 26), size);
    text[size] = '\0';
    event.u.request = (struct engine_request){.id = ++client->request, .op = REQUEST_SEND};
    event.u.request.u.send.msg_id = sim->checker.messages[message].msg_id;
    event.u.request.u.send.to_user = sim->org.user_ids[sim->checker.messages[message].to_person];
    event.u.request.u.send.text = text;
    event.u.request.u.send.once = "";
    step(sim, client, &event);
}

void real_client_read(struct sim *sim, struct real_client *client)
{
    struct oim_id ids[READ_COUNT_MAX];
    struct engine_event event = {.kind = ENGINE_REQUEST};
    uint32_t from_person = sim_below(sim, ORG_PERSON_COUNT);
    size_t count = 0;
    for (uint32_t i = 0; i < sim->checker.message_count && count < READ_COUNT_MAX; i++) {
        const struct profile_message *message = &client->profile.messages[i];
        uint32_t person = sim->org.devices[sim->checker.messages[i].from_device].person;
        if (message->is_here && !message->is_own && !message->is_read && person == from_person) {
            ids[count++] = sim->checker.messages[i].msg_id;
        }
    }
    if (count > 0 && client->engine != NULL) {
        event.u.request = (struct engine_request){.id = ++client->request, .op = REQUEST_SHOWN};
        event.u.request.u.shown.peer = sim->org.user_ids[from_person];
        event.u.request.u.shown.msg_ids = ids;
        event.u.request.u.shown.msg_id_count = count;
        event.u.request.u.shown.read = true;
        step(sim, client, &event);
    }
}

void real_client_touch(struct sim *sim, struct real_client *client)
{
    struct engine_event event = {.kind = ENGINE_ACTIVE};
    if (client->engine != NULL) {
        client->active_ms = sim->clock.now_ms;
        sim_trace(sim, "somebody is at device %llu", client->index, 0, 0, 0);
        step(sim, client, &event);
    }
}

void real_client_set_state(struct sim *sim, struct real_client *client, enum presence_state state)
{
    client->state = state;
    client->state_waits = true;
    if (client->engine != NULL && client->state_request == 0) {
        say_state(sim, client);
    }
}
