/*
 * world.c - see world.h.
 */
#include "tests/client/core/world.h"

#include <stdlib.h>

#include "proto/handshake.h"
#include "proto/orglog.h"

static uint8_t scratch[1 << 20];

struct oim_id id_of(uint8_t letter)
{
    struct oim_id id;
    memset(id.bytes, letter, sizeof(id.bytes));
    return id;
}

static struct engine_config config_of(struct world *world)
{
    struct engine_config config = engine_config_default(fake_random_of(&world->random));
    config.outbox_count_max = WORLD_OUTBOX_MAX;
    config.outbox_size_max = 256 * 1024;
    config.person_count_max = 16;
    config.step_memory_size = 512 * 1024;
    return config;
}

void world_start(struct world *world)
{
    struct oim_error err;
    struct oim_arena arena;
    struct local_start start;
    struct engine_config config = config_of(world);
    size_t size = engine_memory_size(&config);
    world->memory = malloc(size);
    oim_arena_init(&arena, world->memory, size);
    world->engine = engine_create(&arena, &config);
    CHECK(world->engine != NULL);
    oim_arena_init(&arena, scratch, sizeof(scratch));
    CHECK_OK_ERR(local_store_load(world->store, &arena, &start, &err), &err);
    struct engine_event event = {.kind = ENGINE_START};
    event.u.start.account = &start.account;
    event.u.start.device_key = &world->device_key;
    event.u.start.outbox = start.outbox;
    event.u.start.outbox_count = start.outbox_count;
    event.u.start.people = start.people;
    event.u.start.person_count = start.person_count;
    event.u.start.policy = &start.policy;
    world_step(world, &event);
}

static void drop_engine(struct world *world)
{
    engine_finish(world->engine);
    free(world->memory);
    world->engine = NULL;
    world->link_up = false;
    world->link_wanted = false;
    oim_buf_clear(&world->inbox);
}

void world_crash(struct world *world)
{
    drop_engine(world);
    world->crashed = false;
    world->crash_after = -1;
    world_start(world);
}

void world_init(struct world *world)
{
    struct oim_error err;
    *world = (struct world){.crash_after = -1};
    fake_clock_init(&world->clock);
    fake_random_init(&world->random, 7);
    CHECK_OK(crypto_init());
    oim_buf_init(&world->inbox, 1 << 20);
    uint8_t seed[32] = {1};
    sign_secret_from_seed(&world->device_key, seed);
    seed[0] = 2;
    sign_secret_from_seed(&world->server.key, seed);
    struct sign_public ik = sign_public_of(&world->device_key);
    world->self = id_of('a');
    world->bob = id_of('b');
    world->server.epoch = id_of('e');
    world->server.log_seq = 3;
    world->server.log_head.bytes[0] = 3;
    world->server.outcome = OUTCOME_HELD;
    world->server.bob_devices[0] = id_of('1');
    world->server.bob_devices[1] = id_of('2');
    world->server.bob_device_count = 1;
    world->server.bob_state = PERSON_STATE_ACTIVE;
    world->server.tells_policy = true;
    world->server.allows_receipts = true;
    world->server.keeps_history = true;

    struct account account = {.joined = true,
                              .org_id = id_of('o'),
                              .server_key = sign_public_of(&world->server.key),
                              .server_epoch = world->server.epoch,
                              .user_id = world->self,
                              .device_id = crypto_device_id(&ik),
                              .login = "alice",
                              .display = "Alice",
                              .label = "laptop",
                              .way_count = 1,
                              .presence = PRESENCE_AUTO};
    strcpy(account.ways[0].host_port, "chat.example.org:7667");
    account.ways[0].mode = WAY_DIRECT;
    CHECK_OK_ERR(local_store_open(&world->store, ":memory:", &err), &err);
    struct change change = {.kind = CHANGE_ACCOUNT, .u.account = &account};
    CHECK_OK_ERR(local_store_commit(world->store, &change, 1, &err), &err);
    world_start(world);
}

void world_finish(struct world *world)
{
    drop_engine(world);
    local_store_close(world->store);
    oim_buf_finish(&world->inbox);
}

/* ---- the server ---- */

void world_say(struct world *world, const struct frame *frame)
{
    CHECK_OK(codec_encode(frame, &world->inbox));
}

static void say_row(struct world *world, const struct world_row *row)
{
    world->server.told = row->seq > world->server.told ? row->seq : world->server.told;
    struct frame frame = {.kind = row->kind};
    struct oim_buf packed;
    oim_buf_init(&packed, 4096);
    switch (row->kind) {
    case FRAME_DELIVER: {
        struct inner inner = {.sent_ms = 5, .body = INNER_CHAT, .text = row->text};
        CHECK_OK(inner_encode(&inner, &packed));
        frame.u.deliver = (struct frame_deliver){.seq = row->seq,
                                                 .msg_id = row->msg_id,
                                                 .cls = CLS_CHAT,
                                                 .sender_user = world->bob,
                                                 .sender_device = world->server.bob_devices[0],
                                                 .server_ms = 6,
                                                 .payload.ct = oim_buf_slice(&packed)};
        break;
    }
    case FRAME_NOTICE:
        frame.u.notice = (struct frame_notice){.seq = row->seq,
                                               .what = row->what,
                                               .reason = row->reason,
                                               .peer = world->bob,
                                               .msg_ids = &row->msg_id,
                                               .msg_id_count = oim_id_is_zero(&row->msg_id) ? 0 : 1,
                                               .k = 1,
                                               .n = 1};
        break;
    default:
        frame.u.gap =
            (struct frame_gap){.from_seq = row->seq, .to_seq = row->seq, .why = GAP_EXPIRED, .count = 1};
    }
    world_say(world, &frame);
    oim_buf_finish(&packed);
}

void world_deliver(struct world *world, const struct oim_id *msg_id, uint64_t seq, const char *text)
{
    struct world_row *row = &world->server.mailbox[world->server.mailbox_count++];
    *row = (struct world_row){.kind = FRAME_DELIVER, .seq = seq, .msg_id = *msg_id};
    strncpy(row->text, text, sizeof(row->text) - 1);
    if (world->link_up) {
        say_row(world, row);
    }
}

/* From its own cursor, which only an Ack moves. */
static void say_mailbox(struct world *world)
{
    for (size_t i = 0; i < world->server.mailbox_count; i++) {
        if (world->server.mailbox[i].seq > world->server.acked) {
            say_row(world, &world->server.mailbox[i]);
        }
    }
    world_say(world, &(struct frame){.kind = FRAME_CAUGHT_UP});
}

void world_say_policy(struct world *world)
{
    struct wire_setting receipts = {.name = "EnableReadReceipts",
                                    .value = SETTING_VALUE_TRI,
                                    .tri = world->server.allows_receipts ? TRI_TRUE : TRI_FALSE,
                                    .text = "",
                                    .origin = "Global"};
    uint64_t interval_s = world->server.retry_interval_s;
    struct wire_setting interval = {.name = "AutoDiscoveryRetryInterval",
                                    .value = interval_s == 0 ? SETTING_VALUE_UNSET : SETTING_VALUE_UINT,
                                    .uint = interval_s,
                                    .text = "",
                                    .origin = "Global"};
    struct wire_setting archiving = {.name = "EnableIMAutoArchiving",
                                     .value = SETTING_VALUE_TRI,
                                     .tri = world->server.keeps_history ? TRI_TRUE : TRI_FALSE,
                                     .text = "",
                                     .origin = "Global"};
    struct wire_setting follows = {.name = "HistoryFollowsArchiving",
                                   .value = SETTING_VALUE_TRI,
                                   .tri = TRI_TRUE,
                                   .text = "",
                                   .origin = "organisation"};
    const struct wire_setting settings[] = {receipts, interval, archiving, follows};
    world_say(world, &(struct frame){.kind = FRAME_POLICY,
                                     .u.policy = {.policy_version = 1,
                                                  .settings = settings,
                                                  .setting_count = OIM_COUNT(settings),
                                                  .name = "Global",
                                                  .via = "global",
                                                  .may_leave = true,
                                                  .rule = "default"}});
}

static void on_device_auth(struct world *world, const struct frame_device_auth *auth)
{
    struct world_server *server = &world->server;
    struct sign_public ik = sign_public_of(&world->device_key);
    server->device_auth_count++;
    server->idle_s = auth->idle_s;
    CHECK(handshake_device_verify(&world->th, &auth->device_id, auth->conn_counter, &ik, &auth->sig));
    if (auth->conn_counter <= server->last_counter) {
        world_say(world, &(struct frame){.kind = FRAME_AUTH_ERR,
                                         .u.auth_err = {.code = oim_status_wire_code(OIM_ERR_CONFLICT),
                                                        .last_counter = server->last_counter,
                                                        .text = ""}});
        return;
    }
    server->last_counter = auth->conn_counter;
    server->told = 0;
    struct frame ok = {.kind = FRAME_AUTH_OK};
    ok.u.auth_ok = (struct frame_auth_ok){.user_id = world->self,
                                          .login = "alice",
                                          .display = "Alice",
                                          .role = ROLE_USER,
                                          .hw = server->hw + server->hw_told_extra,
                                          .head = 1000,
                                          .log_seq = server->log_seq,
                                          .log_head = server->log_head,
                                          .log_ms = 9};
    struct oim_id org_id = id_of('o');
    log_head_sign(&org_id, server->log_seq, &server->log_head, 9, &server->key, &ok.u.auth_ok.log_sig);
    world_say(world, &ok);
    if (server->tells_policy) {
        world_say_policy(world);
    }
    if (auth->window_rows > 0) {
        say_mailbox(world);
    }
}

static void say_result(struct world *world, uint64_t send_no, enum outcome outcome, enum reason reason)
{
    world_say(world, &(struct frame){.kind = FRAME_SUBMIT_RESULT,
                                     .u.submit_result = {.from_no = send_no,
                                                         .to_no = send_no,
                                                         .outcome = outcome,
                                                         .reason = reason,
                                                         .until_ms = 77,
                                                         .retry_after_ms = 500,
                                                         .detail = {"", "", "", 0, 0}}});
}

static bool slots_right(const struct world *world, const struct frame_submit *submit)
{
    size_t expected = oim_id_equal(&submit->to_user, &world->bob) ? world->server.bob_device_count : 0;
    return submit->slot_count == expected;
}

static void on_submit(struct world *world, const struct frame_submit *submit)
{
    struct world_server *server = &world->server;
    struct world_submit row = {submit->send_no, submit->msg_id, submit->to_user, submit->cls,
                               submit->slot_count};
    server->seen[server->seen_count++] = row;
    for (size_t i = 0; i < server->accepted_count; i++) {
        if (server->accepted[i].send_no == submit->send_no) {
            /* The same number is the same message, for ever. */
            CHECK(oim_id_equal(&server->accepted[i].msg_id, &submit->msg_id));
            say_result(world, submit->send_no, OUTCOME_HELD, REASON_NONE);
            return;
        }
    }
    if (server->silent) {
        return;
    }
    if (submit->send_no != server->hw + 1) {
        say_result(world, submit->send_no, OUTCOME_GAP, REASON_NONE);
        return;
    }
    if (!slots_right(world, submit)) {
        world_say(world, &(struct frame){.kind = FRAME_DEVICE_SET_WRONG,
                                         .u.device_set_wrong = {.send_no = submit->send_no}});
        return;
    }
    if (server->outcome == OUTCOME_RETRY) {
        say_result(world, submit->send_no, OUTCOME_RETRY, REASON_NONE);
        return;
    }
    server->hw++;
    if (server->outcome != OUTCOME_REFUSED) {
        server->accepted[server->accepted_count++] = row;
    }
    say_result(world, submit->send_no, server->outcome, server->reason);
}

static void on_directory(struct world *world, const struct frame *frame)
{
    struct device_info own = {.label = "laptop"}, bobs[2] = {{.label = "x"}, {.label = "y"}};
    struct sign_public ik = sign_public_of(&world->device_key);
    own.device_id = crypto_device_id(&ik);
    own.ik = ik;
    struct person people[2] = {{.user_id = world->self,
                                .login = "alice",
                                .display = "Alice",
                                .role = ROLE_USER,
                                .devices = &own,
                                .device_count = 1,
                                .team = "",
                                .state = PERSON_STATE_ACTIVE,
                                .say = "",
                                .note = ""},
                               {.user_id = world->bob,
                                .login = "bob",
                                .display = "Bob",
                                .role = ROLE_USER,
                                .devices = bobs,
                                .device_count = world->server.bob_device_count,
                                .team = "",
                                .state = world->server.bob_state,
                                .say = "",
                                .note = ""}};
    for (size_t i = 0; i < 2; i++) {
        bobs[i].device_id = world->server.bob_devices[i];
        bobs[i].ik = ik;
    }
    if (world->server.bob_is_new) {
        people[1].user_id = id_of('n');
    }
    bool about_bob =
        frame->u.directory.user_id_count > 0 && oim_id_equal(&frame->u.directory.user_ids[0], &world->bob);
    bool has_bob = !world->server.bob_is_erased || (world->server.bob_is_new && !about_bob);
    struct frame answer = {.kind = FRAME_PEOPLE, .request = frame->request};
    answer.u.people.log_seq = world->server.log_seq;
    answer.u.people.persons = people;
    answer.u.people.person_count = has_bob ? 2 : 1;
    world_say(world, &answer);
}

static void serve_admin(struct world *world, const struct frame *frame)
{
    struct world_server *server = &world->server;
    CHECK(frame->u.admin.admin_no > server->admin_no);
    server->admin_no = frame->u.admin.admin_no;
    struct frame answer = {.kind = FRAME_ADMIN_RESULT, .request = frame->request};
    answer.u.admin_result = (struct frame_admin_result){.text = "", .admin_no = server->admin_no};
    if (server->admin_again > 0) {
        server->admin_again--;
        answer.u.admin_result.code = oim_status_wire_code(OIM_AGAIN);
    }
    world_say(world, &answer);
}

static void server_take(struct world *world, struct oim_slice bytes)
{
    static uint8_t memory[256 * 1024];
    struct world_server *server = &world->server;
    struct oim_error err;
    while (bytes.size > 0) {
        struct oim_arena arena;
        struct frame frame;
        oim_arena_init(&arena, memory, sizeof(memory));
        CHECK_OK_ERR(codec_decode(&bytes, CODEC_TO_SERVER, &arena, &frame, &err), &err);
        server->frame_count[frame.kind]++;
        switch (frame.kind) {
        case FRAME_HELLO: {
            uint8_t cb[CB_SIZE] = {0};
            struct frame hello = {.kind = FRAME_SERVER_HELLO};
            world->hello = frame.u.hello;
            hello.u.server_hello = (struct frame_server_hello){.version = 1,
                                                               .org_id = id_of('o'),
                                                               .server_epoch = server->epoch,
                                                               .server_pub = sign_public_of(&server->key),
                                                               .log_seq = server->log_seq,
                                                               .log_head = server->log_head};
            oim_random_fill(&(struct oim_random){fake_random_of(&world->random).fill, &world->random},
                            &hello.u.server_hello.server_nonce, sizeof(struct oim_hash));
            handshake_transcript(&frame.u.hello, &hello.u.server_hello, cb, &world->th);
            handshake_server_sign(&world->th, &server->key, &hello.u.server_hello.sig);
            world_say(world, &hello);
            break;
        }
        case FRAME_DEVICE_AUTH:
            on_device_auth(world, &frame.u.device_auth);
            break;
        case FRAME_SUBMIT:
            on_submit(world, &frame.u.submit);
            break;
        case FRAME_DIRECTORY:
            on_directory(world, &frame);
            break;
        case FRAME_CONTACT:
            world_say(world, &(struct frame){.kind = FRAME_CONTACTS, .request = frame.request});
            break;
        case FRAME_ADMIN:
            serve_admin(world, &frame);
            break;
        case FRAME_PING:
            if (!server->silent) {
                world_say(world, &(struct frame){.kind = FRAME_PONG, .request = frame.request});
            }
            break;
        case FRAME_ATTEND:
            server->idle_s = frame.u.attend.idle_s;
            break;
        case FRAME_SYNC:
            say_mailbox(world);
            break;
        case FRAME_ACK:
            CHECK(frame.u.ack.seq <= server->told);
            server->acked = frame.u.ack.seq > server->acked ? frame.u.ack.seq : server->acked;
            break;
        default:
            break;
        }
    }
}

/* ---- the shell ---- */

static void perform(struct world *world, const struct engine_effects *effects)
{
    struct oim_error err;
    for (size_t i = 0; i < effects->count && !world->crashed; i++) {
        const struct engine_effect *effect = &effects->items[i];
        switch (effect->kind) {
        case ENGINE_SAVE: {
            CHECK_EQ(effects->count, 1);
            bool crash = world->crash_after >= 0 && world->crash_after-- == 0;
            if (!crash || world->crash_committed) {
                CHECK_OK_ERR(local_store_commit(world->store, effect->u.save.changes,
                                                effect->u.save.change_count, &err),
                             &err);
            }
            if (crash) {
                world->crashed = true;
                return;
            }
            struct engine_event saved = {.kind = ENGINE_SAVED, .u.saved.ok = true};
            world_step(world, &saved);
            return;
        }
        case ENGINE_WRITE:
            CHECK(world->link_up);
            server_take(world, effect->u.write);
            break;
        case ENGINE_CONNECT:
            CHECK(!world->link_up);
            world->link_wanted = true;
            world->way = effect->u.connect;
            world->connect_count++;
            break;
        case ENGINE_DISCONNECT:
            world_cut(world);
            return; /* the effects are the next step's now */
        case ENGINE_ANSWER:
            world->answer = effect->u.answer;
            world->answer_count++;
            break;
        case ENGINE_CHANGED:
            world->changed_count[effect->u.changed.what]++;
            break;
        case ENGINE_WAKE_AT:
            break;
        }
    }
}

void world_step(struct world *world, struct engine_event *event)
{
    struct engine_effects effects;
    if (world->crashed) {
        return;
    }
    event->now_ms = world->clock.now_ms;
    event->wall_ms = world->clock.wall_ms;
    engine_step(world->engine, event, &effects);
    perform(world, &effects);
}

void world_cut(struct world *world)
{
    world->link_up = false;
    world->link_wanted = false;
    oim_buf_clear(&world->inbox);
    world_step(world, &(struct engine_event){.kind = ENGINE_CLOSED});
}

void world_settle(struct world *world)
{
    for (int round = 0; round < 100 && !world->crashed; round++) {
        bool is_there =
            world->server.host_port == NULL || strcmp(world->server.host_port, world->way.host_port) == 0;
        if (world->link_wanted && !is_there) {
            world_cut(world);
        } else if (world->link_wanted) {
            world->link_wanted = false;
            world->link_up = true;
            world_step(world, &(struct engine_event){.kind = ENGINE_OPENED});
        } else if (world->link_up && world->inbox.size > 0) {
            static uint8_t message[1 << 20];
            size_t size = world->inbox.size;
            memcpy(message, world->inbox.data, size);
            oim_buf_clear(&world->inbox);
            struct engine_event event = {.kind = ENGINE_RECEIVED};
            event.u.received.bytes = oim_slice(message, size);
            world_step(world, &event);
        } else {
            return;
        }
    }
}

void world_pass(struct world *world, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms && !world->crashed; passed += 100) {
        fake_clock_pass(&world->clock, 100);
        world_step(world, &(struct engine_event){.kind = ENGINE_TICK});
        world_settle(world);
    }
}

void world_online(struct world *world)
{
    struct engine_event event = {.kind = ENGINE_WANT};
    event.u.want.class = CLASS_NONE;
    event.u.want.connect = true;
    event.u.want.fetch = true;
    world_step(world, &event);
    world_settle(world);
}

struct oim_id world_send(struct world *world, const char *text)
{
    struct engine_event event = {.kind = ENGINE_REQUEST};
    event.u.request = (struct engine_request){.id = ++world->last_request, .op = REQUEST_SEND};
    event.u.request.u.send.to_user = world->bob;
    event.u.request.u.send.text = text;
    event.u.request.u.send.once = "";
    size_t answers = world->answer_count;
    world_step(world, &event);
    if (!world->crashed) {
        CHECK_EQ(world->answer_count, answers + 1);
        CHECK_OK(world->answer.status);
    }
    return world->answer.id;
}

static bool count_row(void *context, const struct message *message)
{
    (void)message;
    ++*(size_t *)context;
    return true;
}

size_t world_message_count(struct world *world)
{
    size_t count = 0;
    struct local_store_query query = {.which = LOCAL_STORE_ALL};
    CHECK_OK(local_store_each(world->store, &query, count_row, &count, NULL));
    return count;
}

struct message world_message(struct world *world, const struct oim_id *msg_id)
{
    struct oim_arena arena;
    struct message message = {0};
    oim_arena_init(&arena, scratch, sizeof(scratch));
    CHECK_OK(local_store_message(world->store, msg_id, &arena, &message));
    return message;
}
