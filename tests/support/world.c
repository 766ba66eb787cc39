/*
 * world.c - see world.h.
 */
#include "tests/support/world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/codec.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"

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
        CHECK(handshake_server_verify(&peer->th, &frame->u.server_hello.server_pub,
                                      &frame->u.server_hello.sig));
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
            made_up[made_up_count++] = (struct store_reply){.op = reqs[i].op,
                                                            .result = world->fail_result,
                                                            .lane = reqs[i].lane,
                                                            .ticket = reqs[i].ticket};
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
        step(world, &(struct core_event){.kind = CORE_RECEIVED,
                                         .conn = first.conn,
                                         .u.received.bytes = {first.bytes, first.size}});
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
        step(world,
             &(struct core_event){.kind = CORE_REPLIED, .u.replied = {.replies = &reply, .reply_count = 1}});
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
    step(world,
         &(struct core_event){.kind = CORE_REPLIED, .u.replied = {.replies = replies, .reply_count = count}});
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
    const struct store_env env = {.clock = fake_clock_of(&world->clock),
                                  .random = fake_random_of(&world->random)};
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

/* ---- changes ------------------------------------------------------------------------------------------- */

struct core *world_change_begin(struct world *world)
{
    world_settle(world);
    step(world, &(struct core_event){.kind = CORE_ROUND_END});
    CHECK_OK(change_open(world->core, NULL, NULL));
    return world->core;
}

void world_change_end(struct world *world)
{
    struct core *core = world->core;
    change_commit(core);
    submit(world, core->pendings.reqs, core->pendings.req_count);
    core->pendings.req_count = 0;
    world_settle(world);
    CHECK(!core->change.busy);
}
