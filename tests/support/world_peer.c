/*
 * world_peer.c - what model peers say, and what came for them; see world.h.
 */
#include "tests/support/world.h"
#include "proto/codec.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"

/* ---- peers, speaking ----------------------------------------------------------------------------------- */

void peer_open(struct peer *peer)
{
    struct core_event event = {.kind = CORE_OPENED};
    peer->conn = ++peer->world->conn_last;
    peer->close_code = 0;
    peer->ready = false;
    peer->greeted = false;
    event.conn = peer->conn;
    event.u.opened.transport = peer->transport;
    event.u.opened.address_key = peer->transport == TRANSPORT_LOCAL ? 0 : 77;
    world_event(peer->world, &event);
}

void peer_say_bytes(struct peer *peer, const void *bytes, size_t size)
{
    struct core_event event = {.kind = CORE_RECEIVED, .conn = peer->conn};
    event.u.received.bytes = oim_slice(bytes, size);
    world_event(peer->world, &event);
}

void peer_say(struct peer *peer, struct frame *frame)
{
    struct oim_buf buf;
    oim_buf_init(&buf, MESSAGE_SIZE_MAX);
    frame->request = ++peer->request;
    CHECK_OK(codec_encode(frame, &buf));
    peer_say_bytes(peer, buf.data, buf.size);
    oim_buf_finish(&buf);
}

void peer_greet(struct peer *peer)
{
    struct frame frame = {.kind = FRAME_HELLO};
    peer_open(peer);
    peer->hello = (struct frame_hello){.versions = {1},
                                       .version_count = 1,
                                       .cb_type = CB_NONE,
                                       .agent = "world",
                                       .org_id = peer->world->org_id};
    oim_random_fill(&peer->world->config.random, peer->hello.client_nonce.bytes, 32);
    frame.u.hello = peer->hello;
    peer_say(peer, &frame);
}

void peer_auth(struct peer *peer)
{
    struct frame frame = {.kind = FRAME_DEVICE_AUTH};
    CHECK(peer->greeted);
    frame.u.device_auth = (struct frame_device_auth){
        .device_id = peer->device_id,
        .conn_counter = ++peer->counter,
        .class = peer->class,
        .idle_s = peer->idle_s,
        .cursor = peer->cursor,
        .window_rows = peer->window_rows,
        .window_bytes = peer->window_rows == 0 ? 0 : WINDOW_BYTES_MAX,
        .client_version = "0.1.0",
        .caps = {.names = {"offline_im"}, .count = peer->no_offline_im ? 0 : 1},
    };
    handshake_device_sign(&peer->th, &peer->device_id, peer->counter, &peer->key, &frame.u.device_auth.sig);
    peer_say(peer, &frame);
}

void peer_sign_in(struct peer *peer)
{
    peer_greet(peer);
    peer_auth(peer);
    CHECK(peer->ready);
}

void peer_cut(struct peer *peer)
{
    uint64_t conn = peer->conn;
    peer->conn = 0;
    peer->ready = false;
    peer->greeted = false;
    world_event(peer->world, &(struct core_event){.kind = CORE_CLOSED, .conn = conn});
}

void peer_forget(struct peer *peer)
{
    peer->frame_count = 0;
    peer->message_count = 0;
    oim_arena_reset(&peer->arena);
}

static size_t add_slots(struct world *world, const struct account *person, const struct oim_id *except,
                        struct key_slot *slots, size_t count)
{
    const struct registry *registry = &world->core->registry;
    for (const struct device *device = registry_first_device(registry, person); device != NULL;
         device = registry_next_device(registry, device)) {
        if (!oim_id_equal(&device->device_id, except)) {
            slots[count++] = (struct key_slot){.device_id = device->device_id};
        }
    }
    return count;
}

void peer_submit_fill(struct peer *peer, const char *to, const char *text, uint64_t send_no, enum cls cls,
                      struct frame *out, struct key_slot slots[SLOT_COUNT_MAX])
{
    struct world *world = peer->world;
    const struct account *recipient = world_account(world, to);
    const struct account *sender = registry_person_by_id(&world->core->registry, &peer->user_id);
    size_t count = add_slots(world, recipient, &peer->device_id, slots, 0);
    if (sender != recipient) {
        count = add_slots(world, sender, &peer->device_id, slots, count);
    }
    *out = (struct frame){.kind = FRAME_SUBMIT};
    out->u.submit = (struct frame_submit){
        .send_no = send_no,
        .to_user = recipient->user_id,
        .cls = cls,
        .payload = {.ct = oim_slice_text(text)},
        .slots = slots,
        .slot_count = count,
    };
    memcpy(out->u.submit.msg_id.bytes, peer->device_id.bytes, 8);
    oim_put_be64(out->u.submit.msg_id.bytes + 8, send_no);
}

uint64_t peer_send_for(struct peer *peer, const char *to, const char *text, uint32_t ttl_s)
{
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(peer, to, text, ++peer->send_no, CLS_CHAT, &frame, slots);
    frame.u.submit.ttl_s = ttl_s;
    peer_say(peer, &frame);
    return peer->send_no;
}

uint64_t peer_send(struct peer *peer, const char *to, const char *text)
{
    return peer_send_for(peer, to, text, 0);
}

void peer_ack(struct peer *peer, uint64_t seq)
{
    struct frame frame = {.kind = FRAME_ACK, .u.ack = {.seq = seq}};
    if (seq > peer->cursor) {
        peer->cursor = seq;
    }
    peer_say(peer, &frame);
}

/* ---- what came ----------------------------------------------------------------------------------------- */

size_t peer_count(const struct peer *peer, enum frame_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->frame_count; i++) {
        count += peer->frames[i].kind == kind;
    }
    return count;
}

const struct frame *peer_frame(const struct peer *peer, enum frame_kind kind, size_t index)
{
    for (size_t i = 0; i < peer->frame_count; i++) {
        if (peer->frames[i].kind == kind && index-- == 0) {
            return &peer->frames[i];
        }
    }
    fail_msg("%s has got no such frame of kind %d", peer->login, (int)kind);
    return NULL;
}

const struct frame *peer_last(const struct peer *peer, enum frame_kind kind)
{
    size_t count = peer_count(peer, kind);
    return peer_frame(peer, kind, count == 0 ? 0 : count - 1);
}

const struct frame_submit_result *peer_result(const struct peer *peer, uint64_t send_no)
{
    for (size_t i = peer->frame_count; i > 0; i--) {
        const struct frame *frame = &peer->frames[i - 1];
        if (frame->kind == FRAME_SUBMIT_RESULT && frame->u.submit_result.from_no <= send_no &&
            frame->u.submit_result.to_no >= send_no) {
            return &frame->u.submit_result;
        }
    }
    return NULL;
}

size_t peer_text_count(const struct peer *peer, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->frame_count; i++) {
        const struct frame *frame = &peer->frames[i];
        count += frame->kind == FRAME_DELIVER &&
                 oim_slice_equal(frame->u.deliver.payload.ct, oim_slice_text(text));
    }
    return count;
}

size_t peer_notice_count(const struct peer *peer, enum notice_what what)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->frame_count; i++) {
        count += peer->frames[i].kind == FRAME_NOTICE && peer->frames[i].u.notice.what == what;
    }
    return count;
}
