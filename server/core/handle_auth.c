/*
 * handle_auth.c - Hello and ServerHello, the device's proof, the epoch, and what sign-in sends
 * (SECURITY.md 2.2, BLUEPRINT B7).
 *
 * conn_counter becomes the session's epoch in the store before AuthOk; an older connection of the same device
 * is fenced by it. AuthOk, Limits, Policy, Addresses, Summary and the first page leave in one binary message.
 */
#include <assert.h>
#include <string.h>

#include "proto/addresses.h"
#include "server/core/handle.h"

#define SUMMARY_TALKS_MAX 256u

/* ---- Hello --------------------------------------------------------------------------------------------- */

static bool speaks_our_version(const struct frame_hello *hello)
{
    for (size_t i = 0; i < hello->version_count; i++) {
        if (hello->versions[i] == OIM_PROTOCOL_VERSION) {
            return true;
        }
    }
    return false;
}

enum oim_status handle_hello(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_hello *hello = &frame->u.hello;
    uint32_t cb_type = session->transport == TRANSPORT_TLS ? CB_TLS_EXPORTER : CB_NONE;
    if (!speaks_our_version(hello)) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "this server speaks version %u of the protocol",
                        OIM_PROTOCOL_VERSION);
    }
    if (hello->cb_type != cb_type) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL,
                        cb_type == CB_NONE ? "this way in has no channel binding"
                                           : "channel binding is needed");
    }
    struct frame answer = {.kind = FRAME_SERVER_HELLO, .request = frame->request};
    struct frame_server_hello *server_hello = &answer.u.server_hello;
    server_hello->version = OIM_PROTOCOL_VERSION;
    server_hello->org_id = core->orglog.org_id;
    server_hello->server_epoch = core->registry.meta.server_epoch;
    server_hello->server_pub = core->server_pub;
    oim_random_fill(&core->config.random, server_hello->server_nonce.bytes,
                    sizeof(server_hello->server_nonce.bytes));
    if (core->orglog.exists && oim_id_equal(&hello->org_id, &core->orglog.org_id)) {
        server_hello->log_seq = core->orglog.seq; /* strangers do not learn it (BLUEPRINT B48) */
        server_hello->log_head = core->orglog.head;
    }
    handshake_transcript(hello, server_hello, session->u.shake.cb, &session->u.shake.th);
    handshake_server_sign(&session->u.shake.th, &core->config.server_key, &server_hello->sig);
    session_enter(core, session, SESSION_CHALLENGED);
    (void)outbox_push(core, session, &answer);
    return OIM_OK;
}

/* ---- what follows AuthOk ------------------------------------------------------------------------------- */

void session_send_limits(struct core *core, struct session *session)
{
    struct frame frame = {.kind = FRAME_LIMITS};
    frame.u.limits = (struct frame_limits){
        .text_max = TEXT_CHARS_MAX,
        .payload_max = PAYLOAD_CT_SIZE_MAX,
        .slots_max = SLOT_COUNT_MAX,
        .frame_max = FRAME_SIZE_MAX,
        .message_max = MESSAGE_SIZE_MAX,
        .unanswered_max = UNANSWERED_MAX,
        .ping_ms = PING_MS,
        .lease_ms = LEASE_MS,
    };
    (void)outbox_push(core, session, &frame);
}

void session_send_policy(struct core *core, struct session *session)
{
    struct frame frame = {.kind = FRAME_POLICY};
    oim_arena_reset(&core->frame_arena);
    if (policies_frame(&core->policies, session_person(core, session), &core->frame_arena, &frame.u.policy) ==
        OIM_OK) {
        (void)outbox_push(core, session, &frame);
    }
}

void session_send_addresses(struct core *core, struct session *session)
{
    struct frame frame = {.kind = FRAME_ADDRESSES};
    if (core->registry.addresses_size == 0) {
        return; /* no list yet: clients stay with the address they know */
    }
    frame.u.addresses.body = oim_slice(core->registry.addresses, core->registry.addresses_size);
    addresses_sign(&core->orglog.org_id, frame.u.addresses.body, &core->config.server_key,
                   &frame.u.addresses.sig);
    (void)outbox_push(core, session, &frame);
}

static void send_auth_ok(struct core *core, struct session *session, uint32_t request,
                         const struct store_reply *reply)
{
    const struct account *person = session_person(core, session);
    struct frame frame = {.kind = FRAME_AUTH_OK, .request = request};
    orglog_sign_head(core);
    frame.u.auth_ok = (struct frame_auth_ok){
        .user_id = person->user_id,
        .login = person->login,
        .display = person->display,
        .role = person->role,
        .hw = reply->u.attach.hw,
        .head = reply->u.attach.head,
        .base = reply->u.attach.base,
        .log_seq = core->orglog.seq,
        .log_head = core->orglog.head,
        .log_ms = core->orglog.signed_ms,
        .log_sig = core->orglog.head_sig,
        .policy_version = core->policies.policy_version,
        .server_ms = core->wall_ms,
        .restored_to_ms = core->registry.meta.restored_to_ms,
    };
    (void)outbox_push(core, session, &frame);
}

static uint32_t as_u32(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* What waits for this device, by sender (BLUEPRINT B24). The text is the client's. */
static void send_summary(struct core *core, struct session *session, const struct store_reply *reply)
{
    struct frame frame = {.kind = FRAME_SUMMARY};
    struct account *viewer = session_person(core, session);
    size_t count = reply->u.summary.talk_count;
    if (count > SUMMARY_TALKS_MAX) {
        count = SUMMARY_TALKS_MAX;
    }
    struct talk *talks = oim_arena_zalloc(&core->step_arena, count, sizeof(*talks));
    if (talks == NULL) {
        count = 0;
    }
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        const struct store_talk *from = &reply->u.summary.talks[i];
        struct account *peer = registry_person(&core->registry, from->src_uid);
        if (peer == NULL) {
            continue;
        }
        talks[known++] = (struct talk){
            .user = peer->user_id,
            .count = as_u32(from->count),
            .first_ms = from->first_ms,
            .last_ms = from->last_ms,
            .quiet = as_u32(from->quiet),
            .elsewhere = as_u32(from->elsewhere),
            .expired = as_u32(from->expired),
            .presence = presence_seen(core, viewer, peer),
        };
    }
    frame.u.summary = (struct frame_summary){
        .talks = talks,
        .talk_count = known,
        .total = as_u32(reply->u.summary.total),
        .bytes = reply->u.summary.size,
    };
    (void)outbox_push(core, session, &frame);
}

/* ---- the proof and the epoch --------------------------------------------------------------------------- */

static void auth_err(struct core *core, struct session *session, uint32_t request, enum oim_status status,
                     uint64_t last_counter, uint64_t retry_after_ms, const char *text)
{
    struct frame frame = {.kind = FRAME_AUTH_ERR, .request = request};
    frame.u.auth_err = (struct frame_auth_err){
        .code = oim_status_wire_code(status),
        .last_counter = last_counter,
        .retry_after_ms = retry_after_ms,
        .text = text,
    };
    (void)outbox_push(core, session, &frame);
}

static void deny(struct core *core, struct session *session, uint32_t request, const struct account *person,
                 const struct device *device)
{
    struct frame frame = {.kind = FRAME_AUTH_ERR, .request = request};
    frame.u.auth_err = (struct frame_auth_err){
        .code = oim_status_wire_code(OIM_ERR_DENIED),
        .text = registry_revoked_text(person, device),
        .reason = registry_revoked_reason(person, device),
    };
    (void)outbox_push(core, session, &frame);
}

/* Account or device may have been closed while the store was raising the epoch. */
static bool is_shut_out(const struct core *core, const struct session *session)
{
    return session_person(core, session)->closed || session_device(core, session)->revoked_ms != 0;
}

static void on_summary(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    if (session == NULL || session->state != SESSION_READY) {
        return;
    }
    if (reply->result != STORE_OK) {
        session_close(core, session, OIM_AGAIN, "the store is busy; connect again", RETRY_AFTER_MS);
        return;
    }
    send_summary(core, session, reply);
    if (session->window_rows == 0) {
        session->held = false; /* no rows until Sync (BLUEPRINT F1) */
        return;
    }
    mailbox_open(core, session, session->acked_seq);
}

static void take_over(struct core *core, struct session *session, const struct store_reply *reply)
{
    struct device *device = session_device(core, session);
    struct account *person = session_person(core, session);
    if (device->session != NULL) {
        session_close(core, device->session, OIM_ERR_CONFLICT, "another connection of this device took over",
                      0);
    }
    device->offline_im = session->offline_im;
    device->cursor = reply->u.attach.cursor;
    if (reply->u.attach.head > person->head) {
        person->head = reply->u.attach.head;
    }
    if (reply->u.attach.policy_version > core->policies.policy_version) {
        core->policies.policy_version = reply->u.attach.policy_version;
    }
    announce_learn(person, reply->u.attach.announced, reply->u.attach.taken);
    session->next_seq = reply->u.attach.cursor + 1;
    session->acked_seq = reply->u.attach.cursor;
    session_enter(core, session, SESSION_READY);
    core_effect(core, EFFECT_SIGNED_IN)->conn = session->conn;
    session->held = true;
}

/* A store forgets nothing by itself: a cursor it cannot have given means that an older copy was put back. */
static void look_for_older_copy(struct core *core, const struct session *session, uint64_t cursor,
                                uint64_t head)
{
    if (cursor <= head) {
        return;
    }
    core->ahead_uid = session->uid;
    core_log(core, EFFECT_LOG_WARN, "store.older_copy", "uid=%u dev=%u cursor=%llu head=%llu", session->uid,
             session->dev, (unsigned long long)cursor, (unsigned long long)head);
}

static void on_attach(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    if (session == NULL || session->state != SESSION_ATTACHING) {
        return;
    }
    if (reply->result == STORE_FENCED) {
        session_enter(core, session, SESSION_CHALLENGED);
        auth_err(core, session, pending->request, OIM_ERR_CONFLICT, reply->u.attach.last_epoch, 0,
                 "a newer connection of this device was here");
        return;
    }
    if (reply->result == STORE_NOT_FOUND || is_shut_out(core, session)) {
        session_enter(core, session, SESSION_CHALLENGED);
        deny(core, session, pending->request, session_person(core, session), session_device(core, session));
        return;
    }
    if (reply->result != STORE_OK) {
        session_enter(core, session, SESSION_CHALLENGED);
        auth_err(core, session, pending->request, OIM_AGAIN, 0, RETRY_AFTER_MS, "the store is busy");
        return;
    }
    look_for_older_copy(core, session, pending->u.any.a, reply->u.attach.head);
    take_over(core, session, reply);
    send_auth_ok(core, session, pending->request, reply);
    session_send_limits(core, session);
    session_send_policy(core, session);
    watch_tell_own(core, session);
    session_send_addresses(core, session);
}

static bool submit_attach(struct core *core, struct session *session, uint32_t request, uint64_t cursor)
{
    struct pending *attach = pending_take(core, session, STORE_ATTACH, on_attach, 0);
    struct pending *summary =
        attach == NULL ? NULL : pending_take(core, session, STORE_SUMMARY, on_summary, 0);
    if (summary == NULL) {
        if (attach != NULL) {
            pending_give(core, attach);
        }
        return false;
    }
    attach->request = request;
    attach->u.any.a = cursor;
    struct store_req *req = pending_submit(core, attach);
    req->u.attach.dev = session->dev;
    req->u.attach.epoch = session->epoch;
    req->u.attach.settled_no = session->settled_no;
    req = pending_submit(core, summary);
    req->u.summary.uid = session->uid;
    req->u.summary.dev = session->dev;
    return true;
}

static bool has_cap(const struct caps *caps, const char *name)
{
    for (size_t i = 0; i < caps->count; i++) {
        if (strcmp(caps->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the client said about itself, once the proof holds. */
static void remember_client(struct core *core, struct session *session, struct device *device,
                            const struct frame_device_auth *auth)
{
    const struct frame_sync window = {.window_rows = auth->window_rows, .window_bytes = auth->window_bytes};
    size_t version_size = strlen(auth->client_version);
    session->dev = device->dev;
    session->uid = device->uid;
    session->epoch = auth->conn_counter;
    session->class = (uint8_t)auth->class;
    presence_set_idle(core, session, auth->idle_s);
    session->settled_no = auth->settled_no;
    session->offline_im = has_cap(&auth->caps, "offline_im");
    session->window_rows = window.window_rows < WINDOW_ROWS_MAX ? window.window_rows : WINDOW_ROWS_MAX;
    session->window_bytes = window.window_bytes < WINDOW_BYTES_MAX ? window.window_bytes : WINDOW_BYTES_MAX;
    if (session->window_bytes == 0) {
        session->window_bytes = WINDOW_BYTES_MAX;
    }
    if (version_size >= sizeof(device->client_version)) {
        version_size = sizeof(device->client_version) - 1;
    }
    memcpy(device->client_version, auth->client_version, version_size);
    device->client_version[version_size] = '\0';
}

enum oim_status handle_device_auth(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_device_auth *auth = &frame->u.device_auth;
    struct device *device = registry_device_by_id(&core->registry, &auth->device_id);
    struct account *person = device == NULL ? NULL : registry_person(&core->registry, device->uid);
    bool valid =
        auth->class == CLASS_NONE || auth->class == CLASS_ATTENDING || auth->class == CLASS_INTERACTIVE;
    if (!valid || auth->conn_counter == 0) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "class and conn_counter are needed");
    }
    /* One answer for unknown and forged: strangers learn nothing. */
    if (person == NULL || !handshake_device_verify(&session->u.shake.th, &auth->device_id, auth->conn_counter,
                                                   &device->ik, &auth->sig)) {
        auth_err(core, session, frame->request, OIM_ERR_AUTH, 0, 0, "sign-in is not possible");
        return OIM_OK;
    }
    if (person->closed || device->revoked_ms != 0) {
        deny(core, session, frame->request, person, device);
        return OIM_OK;
    }
    if (session->uid != 0 && session->dev != device->dev) {
        return oim_fail(&core->error, OIM_ERR_PROTOCOL, "another device began to sign in here");
    }
    remember_client(core, session, device, auth);
    if (!submit_attach(core, session, frame->request, auth->cursor)) {
        auth_err(core, session, frame->request, OIM_AGAIN, 0, RETRY_AFTER_MS, "the server is busy");
        return OIM_OK;
    }
    session_enter(core, session, SESSION_ATTACHING);
    return OIM_OK;
}

/* ---- signs of life ------------------------------------------------------------------------------------- */

enum oim_status handle_ping(struct core *core, struct session *session, const struct frame *frame)
{
    struct frame pong = {.kind = FRAME_PONG, .request = frame->request};
    pong.u.ping.opaque = frame->u.ping.opaque;
    (void)outbox_push(core, session, &pong);
    return OIM_OK;
}

enum oim_status handle_pong(struct core *core, struct session *session, const struct frame *frame)
{
    (void)core;
    (void)session;
    (void)frame;
    return OIM_OK; /* that something came is all it says */
}

enum oim_status handle_bye(struct core *core, struct session *session, const struct frame *frame)
{
    (void)frame;
    session_close(core, session, OIM_OK, "bye", 0);
    return OIM_OK;
}
