/*
 * world.c - see world.h.
 */
#include "tests/support/world.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/codec.h"
#include "proto/inner.h"
#include "proto/orglog.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"

#define PEER_MEMORY_SIZE (8u * 1024 * 1024)
#define OUTGOING_COUNT_MAX 256u
#define REPLY_COUNT_MAX 256u
#define SETTLE_COUNT_MAX 10000u

/* What peers say while effects are being performed; the core hears it afterwards. */
struct outgoing {
    uint64_t conn;
    bool closed;
    size_t size;
    uint8_t bytes[512];
};

static struct outgoing outgoing[OUTGOING_COUNT_MAX];
static size_t outgoing_count;
static struct store_reply made_up[64];
static size_t made_up_count;

/* ---- peers, receiving ---------------------------------------------------------------------------------- */

static struct peer *peer_of(struct world *world, uint64_t conn)
{
    for (size_t i = 0; i < world->peer_count; i++) {
        if (world->peers[i]->conn == conn) {
            return world->peers[i];
        }
    }
    return NULL;
}

static void on_frame(struct peer *peer, const struct frame *frame, uint64_t *io_ack, struct frame_ack *ack,
                     struct oim_id *live_ids)
{
    switch (frame->kind) {
    case FRAME_SERVER_HELLO:
        handshake_transcript(&peer->hello, &frame->u.server_hello, (const uint8_t[CB_SIZE]){0}, &peer->th);
        CHECK(handshake_server_verify(&peer->th, &frame->u.server_hello.server_pub, &frame->u.server_hello.sig));
        peer->greeted = true;
        break;
    case FRAME_AUTH_OK:
        peer->ready = true;
        peer->user_id = frame->u.auth_ok.user_id;
        break;
    case FRAME_DELIVER:
        if (frame->u.deliver.seq == 0) {
            live_ids[ack->live_id_count++] = frame->u.deliver.msg_id;
        } else {
            *io_ack = frame->u.deliver.seq;
        }
        break;
    case FRAME_NOTICE:
        *io_ack = frame->u.notice.seq != 0 ? frame->u.notice.seq : *io_ack;
        break;
    case FRAME_GAP:
        *io_ack = frame->u.gap.to_seq;
        break;
    default:
        break;
    }
}

static void queue_frame(struct peer *peer, const struct frame *frame)
{
    struct oim_buf buf;
    CHECK(outgoing_count < OUTGOING_COUNT_MAX);
    struct outgoing *out = &outgoing[outgoing_count++];
    oim_buf_init(&buf, sizeof(out->bytes));
    CHECK_OK(codec_encode(frame, &buf));
    memcpy(out->bytes, buf.data, buf.size);
    out->size = buf.size;
    out->conn = peer->conn;
    out->closed = false;
    oim_buf_finish(&buf);
}

static void peer_on_message(struct peer *peer, const uint8_t *data, size_t size)
{
    struct oim_error err;
    uint8_t *copy = oim_arena_alloc(&peer->arena, size);
    CHECK(copy != NULL);
    memcpy(copy, data, size);
    if (peer->tap != NULL) {
        CHECK_OK(oim_buf_append(peer->tap, data, size));
    }
    if (peer->tap_times != NULL) {
        uint8_t time[16];
        oim_put_be64(time, peer->world->clock.now_ms);
        oim_put_be64(time + 8, size);
        CHECK_OK(oim_buf_append(peer->tap_times, time, sizeof(time)));
    }
    struct oim_slice rest = oim_slice(copy, size);
    struct frame ack = {.kind = FRAME_ACK};
    struct oim_id live_ids[16];
    uint64_t seq = 0;
    ack.u.ack.live_ids = live_ids;
    peer->message_count++;
    while (rest.size > 0) {
        CHECK(peer->frame_count < PEER_FRAME_COUNT_MAX);
        struct frame *frame = &peer->frames[peer->frame_count++];
        CHECK_OK_ERR(codec_decode(&rest, CODEC_TO_CLIENT, &peer->arena, frame, &err), &err);
        on_frame(peer, frame, &seq, &ack.u.ack, live_ids);
    }
    if (peer->auto_ack && (seq > 0 || ack.u.ack.live_id_count > 0)) {
        if (seq > peer->cursor) {
            peer->cursor = seq;
        }
        ack.u.ack.seq = seq;
        queue_frame(peer, &ack);
    }
}

/* ---- the shell ----------------------------------------------------------------------------------------- */

static void submit(struct world *world, const struct store_req *reqs, size_t req_count)
{
    for (size_t i = 0; i < req_count; i++) {
        if (world->fail_op == reqs[i].op && world->fail_result != STORE_UNKNOWN) {
            CHECK(made_up_count < OIM_COUNT(made_up));
            made_up[made_up_count++] = (struct store_reply){
                .op = reqs[i].op, .result = world->fail_result, .lane = reqs[i].lane, .ticket = reqs[i].ticket};
            world->fail_op = STORE_NONE;
            continue;
        }
        CHECK_EQ(world->store->ops->submit(world->store, &reqs[i], 1), 1);
    }
    world->store->ops->flush(world->store);
}

static void perform(struct world *world)
{
    for (size_t i = 0; i < world->effects.count; i++) {
        const struct effect *effect = &world->effects.items[i];
        struct peer *peer = effect->conn == 0 ? NULL : peer_of(world, effect->conn);
        switch (effect->kind) {
        case EFFECT_WRITE:
            memset(effect->u.write.data - EFFECT_WRITE_HEADROOM, 0xEE, EFFECT_WRITE_HEADROOM);
            if (peer != NULL) {
                peer_on_message(peer, effect->u.write.data, effect->u.write.size);
            }
            break;
        case EFFECT_CLOSE:
            CHECK(outgoing_count < OUTGOING_COUNT_MAX);
            outgoing[outgoing_count++] = (struct outgoing){.conn = effect->conn, .closed = true};
            if (peer != NULL) {
                peer->close_code = effect->u.close.code;
            }
            break;
        case EFFECT_SUBMIT:
            submit(world, effect->u.submit.reqs, effect->u.submit.req_count);
            break;
        case EFFECT_READ_STOP:
            world->read_stop_count++;
            break;
        case EFFECT_WAKE_AT:
            world->wake_at_ms = effect->u.wake_at.now_ms;
            break;
        case EFFECT_LOG:
            world->log_count++;
            break;
        case EFFECT_READY:
            world->ready = true;
            break;
        case EFFECT_OWNER_LINE:
            (void)snprintf(world->owner_line, sizeof(world->owner_line), "%s", effect->u.line.text);
            break;
        case EFFECT_OWNER_JOINED:
            world->owner_joined = true;
            break;
        case EFFECT_DRAINED:
            world->drained = true;
            break;
        case EFFECT_FATAL:
            world->fatal = true;
            break;
        case EFFECT_SIGNED_IN:
            if (peer != NULL) {
                peer->signed_in = true;
            }
            break;
        case EFFECT_READ_GO:
            break;
        }
    }
}

static void step(struct world *world, const struct core_event *event)
{
    struct core_event timed = *event;
    timed.now_ms = world->clock.now_ms;
    timed.wall_ms = world->clock.wall_ms;
    core_step(world->core, &timed, &world->effects);
    perform(world);
}

static bool say_queued(struct world *world)
{
    if (outgoing_count == 0) {
        return false;
    }
    struct outgoing first = outgoing[0];
    outgoing_count--;
    memmove(&outgoing[0], &outgoing[1], outgoing_count * sizeof(outgoing[0]));
    struct peer *peer = peer_of(world, first.conn);
    if (first.closed) {
        if (peer != NULL) {
            peer->conn = 0;
            peer->ready = false;
            peer->greeted = false;
        }
        step(world, &(struct core_event){.kind = CORE_CLOSED, .conn = first.conn});
    } else if (peer != NULL) {
        step(world, &(struct core_event){
                        .kind = CORE_RECEIVED, .conn = first.conn, .u.received.bytes = {first.bytes, first.size}});
    }
    return true;
}

static bool reap(struct world *world)
{
    struct store_reply replies[REPLY_COUNT_MAX];
    if (made_up_count > 0) {
        struct store_reply reply = made_up[0];
        made_up_count--;
        memmove(&made_up[0], &made_up[1], made_up_count * sizeof(made_up[0]));
        step(world, &(struct core_event){
                        .kind = CORE_REPLIED, .u.replied = {.replies = &reply, .reply_count = 1}});
        return true;
    }
    if (world->hold) {
        return false;
    }
    size_t count = world->store->ops->reap(world->store, replies, REPLY_COUNT_MAX);
    if (count == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (world->fail_op == replies[i].op && world->fail_result == STORE_UNKNOWN) {
            replies[i].result = STORE_UNKNOWN;
            world->fail_op = STORE_NONE;
        }
    }
    step(world, &(struct core_event){
                    .kind = CORE_REPLIED, .u.replied = {.replies = replies, .reply_count = count}});
    world->store->ops->release(world->store, replies, count);
    return true;
}

void world_settle(struct world *world)
{
    for (unsigned i = 0; i < SETTLE_COUNT_MAX; i++) {
        bool busy = say_queued(world);
        do {
            step(world, &(struct core_event){.kind = CORE_ROUND_END});
        } while (world->effects.more);
        busy = reap(world) || busy || outgoing_count > 0;
        if (!busy) {
            return;
        }
    }
    fail_msg("the world does not come to rest");
}

void world_event(struct world *world, const struct core_event *event)
{
    step(world, event);
    world_settle(world);
}

void world_run_ms(struct world *world, uint64_t ms)
{
    uint64_t end_ms = world->clock.now_ms + ms;
    world_settle(world);
    while (world->wake_at_ms != 0 && world->wake_at_ms <= end_ms) {
        uint64_t at_ms = world->wake_at_ms > world->clock.now_ms ? world->wake_at_ms : world->clock.now_ms;
        fake_clock_pass(&world->clock, at_ms - world->clock.now_ms);
        world->wake_at_ms = 0;
        world_event(world, &(struct core_event){.kind = CORE_TICK});
    }
    fake_clock_pass(&world->clock, end_ms - world->clock.now_ms);
}

void world_hold_commits(struct world *world)
{
    world->hold = true;
}

void world_release_commits(struct world *world)
{
    world->hold = false;
    world_settle(world);
}

/* ---- beginning and ending ------------------------------------------------------------------------------ */

static void start(struct world *world)
{
    struct oim_error err;
    const struct store_config config = {
        .data_dir = world->dir,
        .request_count_max = 4096,
        .memory_size_max = (size_t)256 * 1024 * 1024,
        .threadless = true,
    };
    const struct store_env env = {.clock = fake_clock_of(&world->clock), .random = fake_random_of(&world->random)};
    CHECK_OK_ERR(store_sqlite_open(&world->store, &config, &env, &err), &err);
    world->config.server_key = world->server_key;
    CHECK_OK_ERR(core_create(&world->core, &world->config, &err), &err);
    world->ready = false;
    world->fatal = false;
    world->wake_at_ms = 0;
    outgoing_count = 0;
    made_up_count = 0;
    world_event(world, &(struct core_event){.kind = CORE_START});
    CHECK(world->ready);
}

static void stop(struct world *world)
{
    core_destroy(world->core);
    world->store->ops->close(world->store, false);
    world->core = NULL;
    world->store = NULL;
}

void world_init_empty(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    CHECK_OK(crypto_init());
    fake_clock_init(&world->clock);
    fake_random_init(&world->random, seed);
    (void)snprintf(world->dir, sizeof(world->dir), "/tmp/oim-world-XXXXXX");
    CHECK(mkdtemp(world->dir) != NULL);
    uint8_t server_seed[32] = {7};
    sign_secret_from_seed(&world->server_key, server_seed);
    world->config.limits = core_limits_default();
    world->config.limits.session_count_max = 64;
    world->config.limits.unauthenticated_max = 16;
    world->config.limits.unauthenticated_per_address_max = 8;
    world->config.limits.user_count_max = 256;
    world->config.limits.device_count_max = 512;
    world->config.limits.contact_count_max = 4096;
    world->config.limits.store_request_count_max = 1024;
    world->config.limits.buffer_size_max = (size_t)16 * 1024 * 1024;
    (void)snprintf(world->config.address, sizeof(world->config.address), "127.0.0.1:7667");
    world->config.mode = WAY_PROXY;
    world->config.random = fake_random_of(&world->random);
    world->config.trace_count_max = 512;
    world->config.trace_ms = UINT64_C(24) * 3600000;
    start(world);
}

void world_restart(struct world *world)
{
    stop(world);
    for (size_t i = 0; i < world->peer_count; i++) {
        world->peers[i]->conn = 0;
        world->peers[i]->ready = false;
        world->peers[i]->greeted = false;
    }
    world->hold = false;
    start(world);
}

static void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            char file[512];
            (void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
            (void)unlink(file);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(path);
}

void world_finish(struct world *world)
{
    stop(world);
    for (size_t i = 0; i < world->peer_count; i++) {
        free(world->peers[i]->memory);
        free(world->peers[i]);
    }
    remove_dir(world->dir);
}

/* ---- people -------------------------------------------------------------------------------------------- */

struct peer *world_stranger(struct world *world, const char *login)
{
    CHECK(world->peer_count < WORLD_PEER_COUNT_MAX);
    struct peer *peer = calloc(1, sizeof(*peer));
    CHECK(peer != NULL);
    peer->memory = malloc(PEER_MEMORY_SIZE);
    CHECK(peer->memory != NULL);
    oim_arena_init(&peer->arena, peer->memory, PEER_MEMORY_SIZE);
    peer->world = world;
    (void)snprintf(peer->login, sizeof(peer->login), "%s", login);
    uint8_t seed[32];
    oim_random_fill(&world->config.random, seed, sizeof(seed));
    sign_secret_from_seed(&peer->key, seed);
    struct sign_public ik = sign_public_of(&peer->key);
    peer->device_id = crypto_device_id(&ik);
    peer->auto_ack = true;
    peer->window_rows = WINDOW_ROWS_MAX;
    peer->class = CLASS_INTERACTIVE;
    peer->transport = TRANSPORT_PROXY;
    world->peers[world->peer_count++] = peer;
    return peer;
}

static struct log_entry make_entry(struct oim_buf *buf, const struct log_body *body, const struct oim_id *org_id,
                                   const struct sign_secret *first, const struct sign_secret *second)
{
    oim_buf_init(buf, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(body, buf));
    struct log_entry entry = {.body = oim_buf_slice(buf), .sig_count = second == NULL ? 1 : 2};
    log_body_sign(org_id, entry.body, first, &entry.sigs[0]);
    if (second != NULL) {
        log_body_sign(org_id, entry.body, second, &entry.sigs[1]);
    }
    return entry;
}

static void join_as_owner(struct world *world, struct peer *peer)
{
    static const struct oim_id nobody;
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err;
    struct sign_secret invite;
    struct oim_buf bufs[3];
    CHECK_OK_ERR(invite_line_parse(world->owner_line, &line, &err), &err);
    invite_key(&line.org_id, line.secret, &invite);
    struct sign_public invite_pub = sign_public_of(&invite);
    struct log_body genesis = {.kind = LOG_BODY_GENESIS, .nonce = {{1}}, .login = "", .label = ""};
    genesis.server_pub = sign_public_of(&world->server_key);
    genesis.ik = sign_public_of(&peer->key);
    struct log_entry entries[3];
    entries[0] = make_entry(&bufs[0], &genesis, &nobody, &peer->key, NULL);
    world->org_id = log_org_id(entries[0].body);
    peer->user_id = (struct oim_id){{0xA1}};
    struct log_body create = {.kind = LOG_BODY_USER_CREATE,
                              .user_id = peer->user_id,
                              .user_seq = 1,
                              .login = peer->login,
                              .role = ROLE_OWNER,
                              .label = "",
                              .invite_pub = invite_pub};
    entries[1] = make_entry(&bufs[1], &create, &world->org_id, &peer->key, NULL);
    struct log_body add = {.kind = LOG_BODY_DEVICE_ADD,
                           .user_id = peer->user_id,
                           .user_seq = 2,
                           .generation = 1,
                           .ik = genesis.ik,
                           .device_kind = LOG_DEVICE_NORMAL,
                           .login = "",
                           .label = "device-1"};
    log_entry_hash(1, &create.user_prev, &entries[1], &add.user_prev);
    entries[2] = make_entry(&bufs[2], &add, &world->org_id, &invite, &peer->key);
    struct frame join = {.kind = FRAME_JOIN};
    join.u.join.invite_id = invite_id(&invite_pub);
    join.u.join.login = peer->login;
    join.u.join.display = "Olga Owner";
    memcpy(join.u.join.log_entries, entries, sizeof(entries));
    join.u.join.log_entry_count = 3;
    peer_greet(peer);
    peer_say(peer, &join);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    CHECK(oim_id_equal(&peer_last(peer, FRAME_JOIN_OK)->u.join_ok.org_id, &world->org_id));
    for (size_t i = 0; i < 3; i++) {
        oim_buf_finish(&bufs[i]);
    }
    peer_cut(peer);
}

void world_init(struct world *world, uint64_t seed)
{
    world_init_empty(world, seed);
    world->owner = world_stranger(world, "owner");
    join_as_owner(world, world->owner);
    CHECK(world->owner_joined);
    peer_sign_in(world->owner);
    peer_forget(world->owner);
}

/* Changes that come as administration's frames in life are written the way those write them. */
static struct core *begin_change(struct world *world)
{
    world_settle(world);
    step(world, &(struct core_event){.kind = CORE_ROUND_END});
    CHECK_OK(change_open(world->core, NULL, NULL));
    return world->core;
}

static void end_change(struct world *world)
{
    struct core *core = world->core;
    change_commit(core);
    submit(world, core->pendings.reqs, core->pendings.req_count);
    core->pendings.req_count = 0;
    world_settle(world);
    CHECK(!core->change.busy);
}

void world_invite(struct world *world, const char *login, uint8_t out_secret[INVITE_SECRET_SIZE])
{
    struct core *core = begin_change(world);
    struct sign_secret key;
    struct oim_buf buf;
    oim_random_fill(&world->config.random, out_secret, INVITE_SECRET_SIZE);
    invite_key(&world->org_id, out_secret, &key);
    struct account person = {.uid = core->registry.uid_last + 1,
                             .role = ROLE_USER,
                             .generation = 1,
                             .invited_ms = world->clock.wall_ms};
    oim_random_fill(&world->config.random, person.user_id.bytes, OIM_ID_SIZE);
    (void)snprintf(person.login, sizeof(person.login), "%s", login);
    (void)snprintf(person.display, sizeof(person.display), "The %s", login);
    struct log_body body = {.kind = LOG_BODY_USER_CREATE,
                            .user_id = person.user_id,
                            .user_seq = 1,
                            .login = person.login,
                            .role = ROLE_USER,
                            .label = "",
                            .invite_pub = sign_public_of(&key)};
    struct log_entry entry = make_entry(&buf, &body, &world->org_id, &world->owner->key, NULL);
    struct invite invite = {.kind = INVITE_PERSON,
                            .uid = person.uid,
                            .generation = 1,
                            .invite_pub = body.invite_pub,
                            .made_ms = world->clock.wall_ms,
                            .expires_ms = world->clock.wall_ms + INVITE_VALID_S_DEFAULT * UINT64_C(1000)};
    invite.invite_id = invite_id(&invite.invite_pub);
    change_log(core, &entry, &person);
    change_put_person(core, &person);
    change_put_invite(core, &invite);
    end_change(world);
    oim_buf_finish(&buf);
}

static void join_invited(struct peer *peer, const uint8_t secret[INVITE_SECRET_SIZE])
{
    struct world *world = peer->world;
    struct sign_secret key;
    struct oim_buf buf;
    invite_key(&world->org_id, secret, &key);
    struct sign_public invite_pub = sign_public_of(&key);
    peer_greet(peer);
    struct frame ask = {.kind = FRAME_JOIN_ASK, .u.join_ask.invite_id = invite_id(&invite_pub)};
    peer_say(peer, &ask);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OFFER), 1);
    const struct frame_join_offer *offer = &peer_last(peer, FRAME_JOIN_OFFER)->u.join_offer;
    struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                            .user_id = offer->user_id,
                            .user_seq = offer->user_seq + 1,
                            .user_prev = offer->user_prev,
                            .generation = offer->generation,
                            .ik = sign_public_of(&peer->key),
                            .device_kind = LOG_DEVICE_NORMAL,
                            .login = "",
                            .label = "device-1"};
    struct frame join = {.kind = FRAME_JOIN};
    join.u.join.invite_id = invite_id(&invite_pub);
    join.u.join.login = "";
    join.u.join.display = "";
    join.u.join.log_entries[0] = make_entry(&buf, &body, &world->org_id, &key, &peer->key);
    join.u.join.log_entry_count = 1;
    peer_say(peer, &join);
    oim_buf_finish(&buf);
}

struct peer *world_join_invited(struct world *world, const char *login, const uint8_t secret[INVITE_SECRET_SIZE])
{
    struct peer *peer = world_stranger(world, login);
    join_invited(peer, secret);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    peer->user_id = peer_last(peer, FRAME_JOIN_OK)->u.join_ok.user_id;
    peer_cut(peer);
    peer_forget(peer);
    peer_sign_in(peer);
    peer_forget(peer);
    return peer;
}

struct peer *world_join(struct world *world, const char *login)
{
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(world, login, secret);
    return world_join_invited(world, login, secret);
}

struct peer *world_link(struct peer *old, const char *label)
{
    struct world *world = old->world;
    struct peer *peer = world_stranger(world, old->login);
    struct oim_buf buf;
    uint8_t secret[INVITE_SECRET_SIZE];
    oim_random_fill(&world->config.random, secret, sizeof(secret));
    struct frame open = {.kind = FRAME_LINK_OPEN, .u.link_open = {.link_id = link_id(secret)}};
    peer_say(old, &open);
    CHECK_EQ(peer_count(old, FRAME_LINK_OPENED), 1);
    struct frame request = {.kind = FRAME_LINK_REQUEST};
    request.u.link_request.link_id = link_id(secret);
    request.u.link_request.ik = sign_public_of(&peer->key);
    request.u.link_request.device_label = label;
    link_mac(secret, &request.u.link_request.ik, label, &request.u.link_request.mac);
    peer_greet(peer);
    peer_say(peer, &request);
    const struct frame_link_request *offer = &peer_last(old, FRAME_LINK_OFFER)->u.link_request;
    struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                            .user_id = old->user_id,
                            .user_seq = offer->user_seq + 1,
                            .user_prev = offer->user_prev,
                            .generation = offer->generation,
                            .ik = offer->ik,
                            .device_kind = LOG_DEVICE_NORMAL,
                            .login = "",
                            .label = offer->device_label,
                            .signer_device = old->device_id};
    struct log_entry entry = make_entry(&buf, &body, &world->org_id, &old->key, &peer->key);
    struct frame said = {.kind = FRAME_LINK_BODY};
    said.u.link_body = (struct frame_link_body){
        .link_id = link_id(secret), .body = entry.body, .sig_old = entry.sigs[0]};
    peer_say(old, &said);
    CHECK_EQ(peer_count(peer, FRAME_LINK_BODY), 1);
    struct frame sign = {.kind = FRAME_LINK_SIGN};
    sign.u.link_sign = (struct frame_link_sign){.link_id = link_id(secret), .sig_new = entry.sigs[1]};
    peer_say(peer, &sign);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    CHECK_EQ(peer_count(old, FRAME_LINK_DONE), 1);
    oim_buf_finish(&buf);
    peer->user_id = old->user_id;
    peer_cut(peer);
    peer_forget(peer);
    peer_forget(old);
    return peer;
}

static struct account *account_of(struct world *world, const char *login)
{
    struct account *person = registry_person_by_login(&world->core->registry, login);
    CHECK(person != NULL);
    return person;
}

static void put_policy(struct world *world, const char *identity_text, const char *setting, const char *value)
{
    struct core *core = world->core;
    struct policy_identity identity;
    struct oim_error err;
    struct policy policy;
    enum setting_id id;
    struct oim_buf buf;
    CHECK_OK_ERR(policy_identity_parse(identity_text, &identity, &err), &err);
    const struct policy_entry *entry = policies_find(&core->policies, &identity);
    policy_init(&policy, &identity);
    if (entry != NULL) {
        policy = entry->policy;
    }
    CHECK_OK_ERR(setting_find(setting, &id, &err), &err);
    CHECK_OK_ERR(setting_parse(setting_info(id), value, &policy.settings[id], &err), &err);
    oim_buf_init(&buf, RECORD_SIZE_MAX);
    CHECK_OK(policy_encode(&policy, &buf));
    struct oim_id key = policies_identity_key(&identity);
    change_put(core, RECORDS_POLICY, oim_slice(key.bytes, OIM_ID_SIZE), oim_buf_slice(&buf),
               entry == NULL ? 0 : entry->version);
    oim_buf_finish(&buf);
}

void world_set_policy(struct world *world, const char *login, const char *setting, const char *value)
{
    char identity[64] = "Global";
    struct core *core = begin_change(world);
    if (login != NULL) {
        struct account updated = *account_of(world, login);
        (void)snprintf(identity, sizeof(identity), "Tag:%s", login);
        (void)snprintf(updated.grant, sizeof(updated.grant), "%s", identity);
        change_put_person(core, &updated);
    }
    put_policy(world, identity, setting, value);
    change_raise_policy_version(core);
    end_change(world);
}

void world_set_state(struct world *world, const char *login, enum presence_state state)
{
    struct core *core = begin_change(world);
    struct account updated = *account_of(world, login);
    updated.state = state;
    updated.state_until_ms = 0;
    change_put_state(core, &updated);
    end_change(world);
}

void world_set_block(struct world *world, const char *login, const char *peer, bool blocked)
{
    struct core *core = begin_change(world);
    uint32_t owner = account_of(world, login)->uid;
    uint32_t other = account_of(world, peer)->uid;
    const struct contact *contact = registry_contact(&core->registry, owner, other);
    struct contact updated = {.owner_uid = owner, .peer_uid = other};
    updated.version = contact == NULL ? 0 : contact->version;
    updated.flags = blocked ? CONTACT_BLOCKED : 0;
    change_put_contact(core, &updated);
    change_raise_policy_version(core);
    end_change(world);
}

void world_close_account(struct world *world, const char *login, const char *say)
{
    struct core *core = begin_change(world);
    struct account updated = *account_of(world, login);
    updated.closed = true;
    updated.closed_ms = world->clock.wall_ms;
    (void)snprintf(updated.say, sizeof(updated.say), "%s", say);
    change_put_person(core, &updated);
    change_raise_policy_version(core);
    end_change(world);
}

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
    peer->hello = (struct frame_hello){
        .versions = {1}, .version_count = 1, .cb_type = CB_NONE, .agent = "world", .org_id = peer->world->org_id};
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
    const struct account *recipient = account_of(world, to);
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
