/*
 * fuzz_engine.c - sequences of events into the client's engine: a server that proves its key and then says
 * anything, a person who asks for anything, cuts, crashes and time.
 *
 * Whatever comes, the engine does not stop itself; what it remembers only moves forward (cursor within a
 * mailbox that does not shrink, numbers and counters always); every message a person wrote and did not take
 * back is in the store; and what the store holds is what a new engine starts with.
 *
 * The bytes are a program: one for what to do, then its arguments.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "client/core/engine.h"
#include "client/store/local_store.h"
#include "common/crypto.h"
#include "proto/admin.h"
#include "proto/codec.h"
#include "proto/handshake.h"
#include "tests/fuzz/program.h"
#include "tests/proto/random_message.h"
#include "tests/support/fake.h"

#define OP_COUNT_MAX 120u
#define LOAD_SIZE (1u << 20)
#define FRAME_ARENA_SIZE (256u * 1024)
#define WRITTEN_COUNT_MAX 128u

/* ---- the world -------------------------------------------------------------------------------------------
 */

static struct world {
    struct fake_clock clock;
    struct fake_random random;
    struct engine *engine;
    void *memory;
    struct local_store *store;
    struct sign_secret device_key, server_key;
    struct oim_id self, peer, org;
    bool is_up, wants_up, wants_down;
    bool dies;       /* in the next save... */
    bool dies_after; /* ...once it is committed */
    struct frame_hello hello;
    uint32_t wire; /* the engine's last request */
    uint64_t conn_counter, send_no, admin_no;
    struct oim_id written[WRITTEN_COUNT_MAX];
    size_t written_count;
} world;

static struct oim_id id_of(uint8_t name)
{
    struct oim_id id = {.bytes = {name}};
    return id;
}

static void step(struct engine_event *event);

static void start(void)
{
    static uint8_t load_memory[LOAD_SIZE];
    struct engine_config config = engine_config_default(fake_random_of(&world.random));
    struct local_start found;
    struct oim_arena load, arena;
    struct oim_error err;
    config.outbox_count_max = 64;
    config.outbox_size_max = (size_t)256 << 10;
    config.person_count_max = 16;
    config.step_memory_size = (size_t)1 << 20;
    world.memory = world.memory == NULL ? malloc(engine_memory_size(&config)) : world.memory;
    oim_arena_init(&arena, world.memory, engine_memory_size(&config));
    oim_arena_init(&load, load_memory, sizeof(load_memory));
    world.engine = engine_create(&arena, &config);
    enum oim_status status = local_store_load(world.store, &load, &found, &err);
    assert(world.engine != NULL && status == OIM_OK);
    /* I: what was there is there, and has not gone back. */
    assert(found.account.conn_counter >= world.conn_counter && found.account.admin_no >= world.admin_no);
    struct engine_event event = {.kind = ENGINE_START};
    event.u.start.account = &found.account;
    event.u.start.device_key = &world.device_key;
    event.u.start.outbox = found.outbox;
    event.u.start.outbox_count = found.outbox_count;
    event.u.start.people = found.people;
    event.u.start.person_count = found.person_count;
    event.u.start.policy = &found.policy;
    (void)status;
    step(&event);
}

static void crash(void)
{
    engine_finish(world.engine);
    world.is_up = world.wants_up = world.wants_down = world.dies = false;
    start();
}

static void begin(uint8_t seed)
{
    struct oim_error err;
    uint8_t key[32] = {1};
    void *memory = world.memory;
    memset(&world, 0, sizeof(world));
    world.memory = memory;
    fake_clock_init(&world.clock);
    fake_random_init(&world.random, seed);
    sign_secret_from_seed(&world.device_key, key);
    key[0] = 2;
    sign_secret_from_seed(&world.server_key, key);
    world.self = id_of('a');
    world.peer = id_of('b');
    world.org = id_of('o');
    struct sign_public ik = sign_public_of(&world.device_key);
    struct account account = {.joined = seed % 8 != 0,
                              .org_id = world.org,
                              .server_key = sign_public_of(&world.server_key),
                              .user_id = world.self,
                              .device_id = crypto_device_id(&ik),
                              .way_count = 1,
                              .presence = PRESENCE_AUTO};
    memcpy(account.ways[0].host_port, "h:1", sizeof("h:1"));
    enum oim_status status = local_store_open(&world.store, ":memory:", &err);
    assert(status == OIM_OK);
    struct change change = {.kind = CHANGE_ACCOUNT, .u.account = &account};
    status = local_store_commit(world.store, &change, 1, &err);
    assert(status == OIM_OK);
    (void)status;
    start();
}

static void check_written(void)
{
    static uint8_t memory[LOAD_SIZE];
    for (size_t i = 0; i < world.written_count; i++) {
        struct oim_arena arena;
        struct message message;
        oim_arena_init(&arena, memory, sizeof(memory));
        enum oim_status status = local_store_message(world.store, &world.written[i], &arena, &message);
        assert(status == OIM_OK && message.own && message.text[0] != '\0');
        (void)status;
    }
}

static void end(void)
{
    crash();
    check_written();
    engine_finish(world.engine);
    local_store_close(world.store);
    sign_secret_finish(&world.device_key);
    sign_secret_finish(&world.server_key);
}

/* ---- the shell -------------------------------------------------------------------------------------------
 */

static void note_account(const struct engine_effect *save)
{
    for (size_t i = 0; i < save->u.save.change_count; i++) {
        const struct change *change = &save->u.save.changes[i];
        if (change->kind == CHANGE_ACCOUNT) {
            assert(change->u.account->conn_counter >= world.conn_counter);
            assert(change->u.account->admin_no >= world.admin_no);
            world.conn_counter = change->u.account->conn_counter;
            world.admin_no = change->u.account->admin_no;
        }
    }
}

/* The engine's own words must be what a server can read. */
static void hear(struct oim_slice bytes)
{
    static uint8_t memory[FRAME_ARENA_SIZE];
    while (bytes.size > 0) {
        struct oim_arena arena;
        struct frame frame;
        struct oim_error err;
        oim_arena_init(&arena, memory, sizeof(memory));
        enum oim_status status = codec_decode(&bytes, CODEC_TO_SERVER, &arena, &frame, &err);
        assert(status == OIM_OK);
        (void)status;
        world.wire = frame.request;
        if (frame.kind == FRAME_HELLO) {
            world.hello = frame.u.hello;
            world.hello.agent = "";
        } else if (frame.kind == FRAME_SUBMIT) {
            world.send_no = frame.u.submit.send_no;
        }
    }
}

static bool save(const struct engine_effect *effect)
{
    struct oim_error err;
    bool dies = world.dies;
    world.dies = false;
    if (dies && !world.dies_after) {
        return false;
    }
    enum oim_status status =
        local_store_commit(world.store, effect->u.save.changes, effect->u.save.change_count, &err);
    assert(status == OIM_OK);
    (void)status;
    note_account(effect);
    return !dies;
}

static void step(struct engine_event *event)
{
    struct engine_effects effects;
    event->now_ms = world.clock.now_ms;
    event->wall_ms = world.clock.wall_ms;
    engine_step(world.engine, event, &effects);
    if (effects.count == 1 && effects.items[0].kind == ENGINE_SAVE) {
        if (!save(&effects.items[0])) {
            crash();
            return;
        }
        struct engine_event saved = {.kind = ENGINE_SAVED, .u.saved.ok = true};
        saved.now_ms = world.clock.now_ms;
        saved.wall_ms = world.clock.wall_ms;
        engine_step(world.engine, &saved, &effects);
    }
    for (size_t i = 0; i < effects.count; i++) {
        const struct engine_effect *effect = &effects.items[i];
        assert(effect->kind != ENGINE_SAVE);
        assert(effect->kind != ENGINE_WRITE || world.is_up);
        if (effect->kind == ENGINE_WRITE) {
            hear(effect->u.write);
        }
        world.wants_up |= effect->kind == ENGINE_CONNECT;
        world.wants_down |= effect->kind == ENGINE_DISCONNECT;
    }
    if (world.wants_down) {
        world.is_up = world.wants_up = world.wants_down = false;
        step(&(struct engine_event){.kind = ENGINE_CLOSED});
    } else if (world.wants_up) {
        world.wants_up = false;
        world.is_up = true;
        step(&(struct engine_event){.kind = ENGINE_OPENED});
    }
}

/* ---- the server ------------------------------------------------------------------------------------------
 */

static void say_slice(struct oim_slice bytes)
{
    if (world.is_up) {
        struct engine_event event = {.kind = ENGINE_RECEIVED};
        event.u.received.bytes = bytes;
        step(&event);
    }
}

static void say(const struct frame *frame)
{
    OIM_CLEANUP(oim_buf_finish) struct oim_buf bytes = {.size_max = FRAME_SIZE_MAX + FRAME_HEADER_SIZE};
    if (codec_encode(frame, &bytes) == OIM_OK) {
        say_slice(oim_buf_slice(&bytes));
    }
}

/* The engine is led to READY as an honest server would; what comes after that is anything. */
static void say_hello(struct program *program)
{
    static const uint8_t no_binding[CB_SIZE];
    struct frame frame = {.kind = FRAME_SERVER_HELLO, .request = 101};
    struct oim_hash th;
    frame.u.server_hello = (struct frame_server_hello){.version = 1,
                                                       .org_id = world.org,
                                                       .server_epoch = id_of(next_byte(program) % 4),
                                                       .server_pub = sign_public_of(&world.server_key)};
    handshake_transcript(&world.hello, &frame.u.server_hello, no_binding, &th);
    handshake_server_sign(&th, &world.server_key, &frame.u.server_hello.sig);
    say(&frame);
}

static void say_auth_ok(struct program *program)
{
    struct frame frame = {.kind = FRAME_AUTH_OK, .request = 102};
    frame.u.auth_ok = (struct frame_auth_ok){.user_id = world.self,
                                             .login = "a",
                                             .display = "A",
                                             .role = ROLE_USER,
                                             .hw = next_byte(program) % 64u,
                                             .head = next_byte(program)};
    say(&frame);
}

static void make_plausible(struct program *program, struct frame *frame)
{
    uint8_t which = next_byte(program);
    const struct oim_id *known =
        world.written_count > 0 ? &world.written[which % world.written_count] : &world.peer;
    frame->request = which % 2 == 0 ? world.wire : which;
    switch (frame->kind) {
    case FRAME_SUBMIT_RESULT:
        frame->u.submit_result.from_no = world.send_no > which % 3 ? world.send_no - which % 3 : 1;
        frame->u.submit_result.to_no = frame->u.submit_result.from_no + which % 2;
        break;
    case FRAME_DEVICE_SET_WRONG:
        frame->u.device_set_wrong.send_no = world.send_no;
        break;
    case FRAME_LIVE_RESULT:
        frame->u.live_result.msg_id = *known;
        frame->u.live_result.send_no = world.send_no;
        break;
    case FRAME_DELIVER:
        frame->u.deliver.seq = which % 32;
        frame->u.deliver.suite = 0;
        break;
    case FRAME_PEOPLE:
        for (size_t i = 0; i < frame->u.people.person_count; i++) {
            struct person *person =
                (struct person *)(uintptr_t)&frame->u.people.persons[i]; /* in our arena */
            person->user_id = i % 2 == 0 ? world.peer : world.self;
        }
        break;
    default:
        break;
    }
}

static void say_random(struct program *program)
{
    static uint8_t memory[FRAME_ARENA_SIZE];
    struct oim_arena arena;
    struct fake_random random;
    struct frame frame;
    const struct kind_of_frame *kind = &all_kinds[next_byte(program) % all_kind_count];
    oim_arena_init(&arena, memory, sizeof(memory));
    fake_random_init(&random, next_byte(program));
    random_frame(kind->kind, kind->body, &random, &arena, &frame);
    make_plausible(program, &frame);
    say(&frame);
}

static void say_raw(struct program *program)
{
    uint8_t frame[FRAME_HEADER_SIZE + UINT8_MAX];
    uint8_t kind = next_byte(program);
    struct oim_slice body = next_bytes(program);
    oim_put_be32(frame, (uint32_t)(FRAME_HEADER_SIZE - 4 + body.size));
    oim_put_be16(frame + 4, kind);
    oim_put_be32(frame + 6, world.wire);
    memcpy(frame + FRAME_HEADER_SIZE, body.data, body.size);
    say_slice(oim_slice(frame, FRAME_HEADER_SIZE + body.size));
}

/* ---- the person ------------------------------------------------------------------------------------------
 */

static void ask(struct program *program)
{
    static uint64_t last;
    struct engine_event event = {.kind = ENGINE_REQUEST};
    struct engine_request *request = &event.u.request;
    uint8_t which = next_byte(program);
    char text[UINT8_MAX + 1];
    struct oim_slice words = next_bytes(program);
    struct oim_id known = world.written_count > 0 ? world.written[which % world.written_count] : world.peer;
    memcpy(text, words.data, words.size);
    text[words.size] = '\0';
    request->id = ++last;
    request->op = (enum request_op)(REQUEST_SEND + which % (REQUEST_REVOKE - REQUEST_SEND + 1));
    switch (request->op) {
    case REQUEST_SEND:
        request->u.send.to_user = which % 3 == 0 ? world.self : world.peer;
        request->u.send.text = text;
        request->u.send.once = "";
        break;
    case REQUEST_DROP:
        request->u.drop.msg_id =
            id_of('n'); /* nobody's: taking back is for messages that are not counted here */
        break;
    case REQUEST_SHOWN:
        request->u.shown.peer = world.peer;
        request->u.shown.msg_ids = &known;
        request->u.shown.msg_id_count = 1;
        request->u.shown.read = which % 2 == 0;
        break;
    case REQUEST_STATUS:
        request->u.status.state = (enum presence_state)(which % 16);
        request->u.status.note = text;
        break;
    case REQUEST_LOOKUP:
        request->u.lookup.words = text;
        break;
    case REQUEST_CONTACT:
        request->u.contact.op = (enum contact_op)(which % 6);
        request->u.contact.user_id = world.peer;
        break;
    case REQUEST_ADMIN:
        request->u.admin.body = words;
        break;
    case REQUEST_LINK:
        request->u.link.valid_s = 60;
        break;
    case REQUEST_REVOKE:
        request->u.revoke.device_id = known;
        request->u.revoke.reason = "";
        break;
    default:
        break;
    }
    bool is_text = request->op == REQUEST_SEND && words.size > 0 && memchr(text, '\0', words.size) == NULL &&
                   oim_utf8_valid((const uint8_t *)text, words.size);
    struct oim_id id;
    memset(&id, 0, sizeof(id));
    if (request->op == REQUEST_SEND) {
        oim_put_be64(id.bytes, request->id);
        id.bytes[15] = 1;
        request->u.send.msg_id = id;
    }
    struct engine_view before = engine_view(world.engine);
    size_t unsent = before.unsent_count + before.waits_join_count;
    bool joined = before.account->joined;
    bool dies = world.dies && !world.dies_after;
    step(&event);
    if (is_text && joined && !dies && unsent < 60 && world.written_count < WRITTEN_COUNT_MAX) {
        world.written[world.written_count++] = id;
    }
}

static void want(struct program *program)
{
    uint8_t which = next_byte(program);
    struct engine_event event = {.kind = ENGINE_WANT};
    event.u.want.class = which % 4 == 0 ? CLASS_NONE : CLASS_INTERACTIVE;
    event.u.want.connect = which % 8 != 0;
    event.u.want.fetch = which % 2 == 0;
    step(&event);
    if (which % 16 == 3) {
        step(&(struct engine_event){.kind = ENGINE_RETRY});
    }
}

static void do_next(struct program *program)
{
    switch (next_byte(program) % 12) {
    case 0:
        want(program);
        break;
    case 1:
        say_hello(program);
        break;
    case 2:
        say_auth_ok(program);
        break;
    case 3:
    case 4:
        say_random(program);
        break;
    case 5:
        say_raw(program);
        break;
    case 6:
    case 7:
        ask(program);
        break;
    case 8:
        if (world.is_up) {
            world.is_up = false;
            step(&(struct engine_event){.kind = ENGINE_CLOSED});
        }
        break;
    case 9:
        world.dies = true;
        world.dies_after = next_byte(program) % 2 == 0;
        break;
    case 10:
        fake_clock_jump(&world.clock, ((int64_t)next_byte(program) - 128) * 3600000);
        break;
    case 11:
        fake_clock_pass(&world.clock, (uint64_t)next_byte(program) * next_byte(program));
        step(&(struct engine_event){.kind = ENGINE_TICK});
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program program = {data, data + size};
    enum oim_status status = crypto_init();
    assert(status == OIM_OK);
    (void)status;
    begin(next_byte(&program));
    for (unsigned i = 0; i < OP_COUNT_MAX && program.at < program.end; i++) {
        do_next(&program);
    }
    end();
    return 0;
}
