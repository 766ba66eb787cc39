/*
 * model_client.c - see model_client.h: connecting, leaving, sending, committing. What the server says is
 * taken apart in model_client_frames.c.
 */
#include "tests/sim/model_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/inner.h"
#include "tests/sim/sim_run.h"

#define TICK_MS 1000u
#define SHAKE_TIMEOUT_MS 8000u
#define PING_AFTER_MS 8000u
#define GIVE_UP_AFTER_MS 16000u
#define ARENA_SIZE 262144u
#define COMMIT_DELAY_MS_MAX 40u

void model_client_init(struct sim *sim, struct model_client *client, uint32_t index)
{
    memset(client, 0, offsetof(struct model_client, inbox));
    client->index = index;
    client->known_devices = sim->org.all_devices;
    sim_after(sim, sim_below(sim, TICK_MS), SIM_CLIENT_TICK, index, 0);
}

/* ---- saying
 * ---------------------------------------------------------------------------------------------------- */

static void put_on_link(struct sim *sim, struct net_link *link, const void *bytes, size_t size)
{
    uint64_t at_ms =
        net_send(link, NET_TO_SERVER, sim->clock.now_ms, sim_below(sim, link->jitter_ms + 1), bytes, size);
    if (at_ms != 0) {
        sim_at(sim, at_ms, SIM_TO_SERVER, link->conn, 0);
    }
}

void model_client_say(struct sim *sim, struct model_client *client, struct frame *frame)
{
    struct net_link *link = net_find(&sim->net, client->conn);
    if (link == NULL) {
        return;
    }
    struct oim_buf bytes;
    oim_buf_init(&bytes, FRAME_SIZE_MAX + FRAME_HEADER_SIZE);
    frame->request = ++client->request;
    enum oim_status status = codec_encode(frame, &bytes);
    assert(status == OIM_OK);
    put_on_link(sim, link, bytes.data, bytes.size);
    oim_buf_finish(&bytes);
}

/* ---- connecting and leaving
 * ------------------------------------------------------------------------------------ */

static void connect(struct sim *sim, struct model_client *client)
{
    struct net_link *link = sim_open_link(sim, client->index);
    if (link == NULL) {
        return;
    }
    client->counter++;
    client->conn = link->conn;
    client->state = CLIENT_GREETING;
    client->entered_ms = sim->clock.now_ms;
    client->heard_ms = sim->clock.now_ms;
    client->is_caught_up = false;
    client->acked_conn_seq = 0;
    for (uint32_t i = 0; i < client->outbox_count; i++) {
        client->outbox[i].is_sent = false;
    }
    sim_trace(sim, "device %llu connects as %llu, counter %llu", client->index, client->conn, client->counter,
              0);
    put_on_link(sim, link, "", 0);
    struct frame hello = {.kind = FRAME_HELLO};
    hello.u.hello = (struct frame_hello){
        .versions = {OIM_PROTOCOL_VERSION},
        .version_count = 1,
        .cb_type = CB_NONE,
        .caps = {.names = {"offline_im"}, .count = 1},
        .agent = "sim",
        .org_id = sim->org.org_id,
    };
    struct oim_random random = fake_random_of(&sim->random);
    oim_random_fill(&random, hello.u.hello.client_nonce.bytes, sizeof(hello.u.hello.client_nonce.bytes));
    client->hello = hello.u.hello;
    model_client_say(sim, client, &hello);
}

void model_client_leave(struct sim *sim, struct model_client *client, uint64_t retry_after_ms)
{
    struct net_link *link = net_find(&sim->net, client->conn);
    if (link != NULL) {
        net_stop(link, NET_TO_CLIENT);
        put_on_link(sim, link, NULL, 0);
    }
    client->conn = 0;
    client->state = client->wants_in ? CLIENT_AWAY : CLIENT_OFF;
    client->retry_at_ms = sim->clock.now_ms + retry_after_ms;
    client->paused_until_ms = 0;
}

void model_client_sign_in(struct sim *sim, struct model_client *client)
{
    if (client->wants_in) {
        return;
    }
    client->wants_in = true;
    client->class = !sim->is_calm && sim_chance(sim, 150) ? CLASS_NONE : CLASS_INTERACTIVE;
    client->window_rows = sim->is_calm || sim_chance(sim, 500) ? WINDOW_ROWS_MAX : 1 + sim_below(sim, 16);
    client->unanswered_max = 1 + sim_below(sim, 24);
    connect(sim, client);
}

void model_client_sign_out(struct sim *sim, struct model_client *client)
{
    if (!client->wants_in) {
        return;
    }
    sim_trace(sim, "device %llu signs out", client->index, 0, 0, 0);
    client->wants_in = false;
    model_client_leave(sim, client, 0);
}

void model_client_crash(struct sim *sim, struct model_client *client, bool tells)
{
    sim_trace(sim, "device %llu crashes, with %llu rows not committed", client->index, client->inbox_count, 0,
              0);
    struct net_link *link = net_find(&sim->net, client->conn);
    if (link != NULL && !tells) {
        link->streams[NET_TO_SERVER].is_dead = true;
    }
    client->inbox_count = 0;
    client->commit_due = false;
    client->commit_version++;
    model_client_leave(sim, client, 200 + sim_below(sim, 3000));
}

/* ---- the outbox
 * ------------------------------------------------------------------------------------------------ */

bool model_client_write(struct sim *sim, struct model_client *client, uint32_t message)
{
    if (client->outbox_count == CLIENT_OUTBOX_COUNT_MAX) {
        return false;
    }
    client->outbox[client->outbox_count++] = (struct outbox_item){.message = message};
    model_client_pump(sim, client);
    return true;
}

static void pack_text(uint32_t message, struct oim_buf *out)
{
    char text[TEXT_SIZE_MAX + 1];
    size_t size = sim_text_size(message);
    memset(text, 'a' + (int)(message % 26), size);
    text[size] = '\0';
    const struct inner inner = {.sent_ms = 1, .body = INNER_CHAT, .text = text};
    oim_buf_init(out, PAYLOAD_CT_SIZE_MAX);
    enum oim_status status = inner_encode(&inner, out);
    assert(status == OIM_OK);
}

static void submit(struct sim *sim, struct model_client *client, struct outbox_item *item)
{
    const struct checked_message *message = &sim->checker.messages[item->message];
    struct key_slot slots[SLOT_COUNT_MAX];
    uint32_t wanted = client->known_devices & ~(1u << client->index) &
                      (sim_org_devices_of(&sim->org, message->to_person) |
                       sim_org_devices_of(&sim->org, sim->org.devices[client->index].person));
    size_t slot_count = 0;
    for (uint32_t i = 0; i < sim->org.device_count; i++) {
        if ((wanted & 1u << i) != 0) {
            slots[slot_count++] = (struct key_slot){.device_id = sim->org.devices[i].device_id};
        }
    }
    if (item->send_no == 0) {
        item->send_no = ++client->send_last;
    }
    item->is_sent = true;
    struct oim_buf packed;
    pack_text(item->message, &packed);
    struct frame frame = {.kind = FRAME_SUBMIT};
    frame.u.submit = (struct frame_submit){
        .send_no = item->send_no,
        .to_user = sim->org.user_ids[message->to_person],
        .msg_id = message->msg_id,
        .cls = CLS_CHAT,
        .payload.ct = oim_buf_slice(&packed),
        .slots = slots,
        .slot_count = slot_count,
    };
    checker_on_submit(sim, item->message, wanted);
    sim_trace(sim, "device %llu submits %llu as number %llu to person %llu", client->index, item->message,
              item->send_no, message->to_person);
    model_client_say(sim, client, &frame);
    oim_buf_finish(&packed);
}

void model_client_pump(struct sim *sim, struct model_client *client)
{
    if (client->state != CLIENT_READY) {
        return;
    }
    if (client->paused_until_ms > sim->clock.now_ms) {
        sim_at(sim, client->paused_until_ms, SIM_CLIENT_PUMP, client->index, 0);
        return;
    }
    /* From the first that is not under way, in order: what is behind it came back, or will, as a gap. */
    uint32_t at = 0;
    while (at < client->outbox_count && client->outbox[at].is_sent) {
        at++;
    }
    for (; at < client->outbox_count && at < client->unanswered_max; at++) {
        submit(sim, client, &client->outbox[at]);
    }
}

/* ---- the inbox
 * ------------------------------------------------------------------------------------------------- */

static void say_ack(struct sim *sim, struct model_client *client, uint64_t seq)
{
    struct frame ack = {.kind = FRAME_ACK};
    ack.u.ack.seq = seq;
    ack.u.ack.settled_no = client->outbox_count > 0 && client->outbox[0].send_no != 0
                               ? client->outbox[0].send_no - 1
                               : client->send_last;
    client->acked_conn_seq = seq;
    sim_trace(sim, "device %llu acknowledges %llu", client->index, seq, 0, 0);
    model_client_say(sim, client, &ack);
}

static void say_live_acks(struct sim *sim, struct model_client *client, const struct oim_id *ids,
                          size_t count)
{
    struct frame ack = {.kind = FRAME_ACK};
    ack.u.ack.live_ids = ids;
    ack.u.ack.live_id_count = count;
    model_client_say(sim, client, &ack);
}

static void commit_item(struct sim *sim, struct model_client *client, const struct inbox_item *item)
{
    switch (item->kind) {
    case INBOX_MESSAGE:
        checker_on_shown(sim, client->index, item);
        break;
    case INBOX_OTHER:
        break;
    case INBOX_GAP:
        checker_on_gap(sim, client->index, item);
        break;
    case INBOX_NOTICE:
        checker_on_notice(sim, client->index, item);
        break;
    }
    client->cursor = item->seq > client->cursor ? item->seq : client->cursor;
}

void model_client_on_commit(struct sim *sim, struct model_client *client, uint64_t version)
{
    struct oim_id live_ids[ACK_LIVE_ID_COUNT_MAX];
    size_t live_count = 0;
    uint64_t seq = 0;
    if (version != client->commit_version || !client->commit_due) {
        return;
    }
    client->commit_due = false;
    const uint64_t committed_seq = client->cursor;
    for (uint32_t i = 0; i < client->inbox_count; i++) {
        const struct inbox_item *item = &client->inbox[i];
        if (item->conn == client->conn && item->seq > seq) {
            seq = item->seq;
        }
        if (item->seq == 0 && item->kind == INBOX_MESSAGE && live_count < ACK_LIVE_ID_COUNT_MAX) {
            live_ids[live_count++] = item->msg_id;
        }
        if (item->seq != 0 && item->seq <= committed_seq) {
            continue; /* committed before */
        }
        commit_item(sim, client, item);
    }
    client->inbox_count = 0;
    if (live_count > 0 && client->state == CLIENT_READY) {
        say_live_acks(sim, client, live_ids, live_count);
    }
    if (seq > client->acked_conn_seq && client->state == CLIENT_READY) {
        say_ack(sim, client, seq);
    }
}

/* ---- what the driver brings
 * -------------------------------------------------------------------------------------- */

static bool is_of_use(enum frame_kind kind)
{
    switch (kind) {
    case FRAME_LIMITS:
    case FRAME_POLICY:
    case FRAME_ADDRESSES:
    case FRAME_SUMMARY:
    case FRAME_PRESENCES:
    case FRAME_PEOPLE:
    case FRAME_DIRECTORY:
        return false;
    default:
        return true;
    }
}

static void take_message(struct sim *sim, struct model_client *client, struct oim_slice bytes)
{
    static uint8_t memory[ARENA_SIZE];
    struct oim_arena arena;
    struct oim_error err;
    struct frame frame;
    uint64_t conn = client->conn;
    client->heard_ms = sim->clock.now_ms;
    client->pinged_ms = 0;
    while (sim_pass_over(&bytes, is_of_use), bytes.size > 0 && client->conn == conn) {
        oim_arena_init(&arena, memory, sizeof(memory));
        if (codec_decode(&bytes, CODEC_TO_CLIENT, &arena, &frame, &err) != OIM_OK) {
            sim_find(sim, "device %u got what is no frame: %s", client->index, err.text);
            return;
        }
        model_client_on_frame(sim, client, &frame);
    }
    if (client->inbox_count > 0 && !client->commit_due) {
        client->commit_due = true;
        sim_after(sim, sim_below(sim, COMMIT_DELAY_MS_MAX), SIM_CLIENT_COMMIT, client->index,
                  ++client->commit_version);
    }
}

void model_client_on_readable(struct sim *sim, struct model_client *client, struct net_link *link)
{
    const uint64_t conn = link->conn;
    struct net_message message;
    while (net_receive(link, NET_TO_CLIENT, sim->clock.now_ms, &message)) {
        if (client->conn != conn) {
            free(message.bytes);
            continue; /* it has left this connection */
        }
        if (message.bytes == NULL) {
            sim_trace(sim, "device %llu sees connection %llu end", client->index, conn, 0, 0);
            model_client_leave(sim, client, 50 + sim_below(sim, 1500));
        } else {
            take_message(sim, client, oim_slice(message.bytes, message.size));
        }
        free(message.bytes);
    }
}

void model_client_on_tick(struct sim *sim, struct model_client *client)
{
    uint64_t now_ms = sim->clock.now_ms;
    sim_after(sim, TICK_MS, SIM_CLIENT_TICK, client->index, 0);
    switch (client->state) {
    case CLIENT_OFF:
        break;
    case CLIENT_AWAY:
        if (now_ms >= client->retry_at_ms) {
            connect(sim, client);
        }
        break;
    case CLIENT_GREETING:
    case CLIENT_AUTHENTICATING:
        if (now_ms - client->entered_ms > SHAKE_TIMEOUT_MS) {
            model_client_leave(sim, client, sim_below(sim, 1000));
        }
        break;
    case CLIENT_READY:
        if (now_ms - client->heard_ms > GIVE_UP_AFTER_MS) {
            sim_trace(sim, "device %llu gives connection %llu up", client->index, client->conn, 0, 0);
            model_client_leave(sim, client, sim_below(sim, 1000));
        } else if (now_ms - client->heard_ms > PING_AFTER_MS) {
            struct frame ping = {.kind = FRAME_PING};
            model_client_say(sim, client, &ping);
        }
        break;
    }
}
