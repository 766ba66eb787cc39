/* test_router.c - every frame in every state: what may not come is answered by one Error and nothing else. */
#include "proto/admin.h"
#include "proto/codec.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice;
static struct oim_buf asking_status; /* a packed AdminOp */

static int setup(void **state)
{
    (void)state;
    oim_buf_init(&asking_status, ADMIN_BODY_SIZE_MAX);
    CHECK_OK(admin_op_encode(&(struct admin_op){.kind = ADMIN_STATUS}, &asking_status));
    world_init(&world, 5);
    alice = world_join(&world, "alice");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    oim_buf_finish(&asking_status);
    return 0;
}

/* A well-formed frame of every kind that goes to the server. False: the kind does not. */
static bool fill(enum frame_kind kind, struct frame *out)
{
    static struct key_slot slot = {.device_id = {{1}}};
    static const struct presence_item busy = {.state = PRESENCE_BUSY, .note = ""};
    static const struct oim_id id = {{9}};
    *out = (struct frame){.kind = kind};
    switch (kind) {
    case FRAME_HELLO:
        out->u.hello =
            (struct frame_hello){.versions = {1}, .version_count = 1, .client_nonce = {{1}}, .agent = "t"};
        return true;
    case FRAME_DEVICE_AUTH:
        out->u.device_auth = (struct frame_device_auth){
            .device_id = id, .conn_counter = 1, .sig = {{1}}, .class = CLASS_NONE, .client_version = "1"};
        return true;
    case FRAME_JOIN:
        out->u.join = (struct frame_join){.invite_id = id, .login = "", .display = "", .log_entry_count = 1};
        out->u.join.log_entries[0] = (struct log_entry){.body = OIM_SLICE_LITERAL("x"), .sig_count = 1};
        out->u.join.log_entries[0].sigs[0].bytes[0] = 1;
        return true;
    case FRAME_LINK_REQUEST:
        out->u.link_request =
            (struct frame_link_request){.link_id = id, .ik = {{1}}, .device_label = "x", .mac = {{1}}};
        return true;
    case FRAME_JOIN_ASK:
        out->u.join_ask.invite_id = id;
        return true;
    case FRAME_SUBMIT:
        out->u.submit = (struct frame_submit){.send_no = 1,
                                              .to_user = id,
                                              .msg_id = id,
                                              .cls = CLS_CHAT,
                                              .payload = {.ct = OIM_SLICE_LITERAL("x")},
                                              .slots = &slot,
                                              .slot_count = 1};
        return true;
    case FRAME_DIRECTORY:
        out->u.directory = (struct frame_directory){.words = "", .after = ""};
        return true;
    case FRAME_ATTEND:
        out->u.attend.class = CLASS_INTERACTIVE;
        return true;
    case FRAME_LINK_OPEN:
        out->u.link_open.link_id = id;
        return true;
    case FRAME_LINK_BODY:
        out->u.link_body =
            (struct frame_link_body){.link_id = id, .body = OIM_SLICE_LITERAL("x"), .sig_old = {{1}}};
        return true;
    case FRAME_LINK_SIGN:
        out->u.link_sign = (struct frame_link_sign){.link_id = id, .sig_new = {{1}}};
        return true;
    case FRAME_LOG_APPEND:
        out->u.log_append.entry = (struct log_entry){.body = OIM_SLICE_LITERAL("x"), .sig_count = 1};
        out->u.log_append.entry.sigs[0].bytes[0] = 1;
        return true;
    case FRAME_LOCAL:
        out->u.local = (struct frame_local){.op = LOCAL_OP_STATUS, .arg = ""};
        return true;
    case FRAME_PRESENCES:
        out->u.presences = (struct frame_presences){.items = &busy, .item_count = 1};
        return true;
    case FRAME_TYPING:
        out->u.typing.to_user = id;
        return true;
    case FRAME_CONTACT:
        out->u.contact.op = CONTACT_OP_LIST;
        return true;
    case FRAME_ADMIN:
        out->u.admin.body = oim_buf_slice(&asking_status);
        return true;
    case FRAME_ERROR:
        out->u.error = (struct frame_error){.code = 2, .text = "", .label = ""};
        return true;
    case FRAME_BYE:
        out->u.bye.text = "";
        return true;
    case FRAME_SYNC:
    case FRAME_ACK:
    case FRAME_LOG_GET:
    case FRAME_PING:
    case FRAME_PONG:
        return true;
    default:
        return false;
    }
}

#define ANYWHERE (BIT(SESSION_STATE_COUNT) - 1u)

/* Where each may come: written a second time, on purpose. What is not named here may come from the signed in.
 */
static unsigned states_of(enum frame_kind kind)
{
    switch (kind) {
    case FRAME_HELLO:
        return BIT(SESSION_GREETING);
    case FRAME_DEVICE_AUTH:
    case FRAME_JOIN:
    case FRAME_JOIN_ASK:
    case FRAME_LINK_REQUEST:
        return BIT(SESSION_CHALLENGED);
    case FRAME_LINK_SIGN:
        return BIT(SESSION_LINKING);
    case FRAME_LOCAL:
        return BIT(SESSION_LOCAL);
    case FRAME_PING:
    case FRAME_PONG:
        return ANYWHERE & ~BIT(SESSION_LOCAL);
    case FRAME_BYE:
        return ANYWHERE;
    default:
        return BIT(SESSION_READY);
    }
}

/* Kinds that the wire knows in this direction; what the codec itself does not know comes no further. */
static bool goes_to_server(enum frame_kind kind)
{
    static uint8_t memory[4096];
    struct oim_arena arena;
    struct frame frame;
    uint8_t bytes[FRAME_HEADER_SIZE] = {0};
    struct oim_slice rest = oim_slice(bytes, sizeof(bytes));
    oim_arena_init(&arena, memory, sizeof(memory));
    oim_put_be32(bytes, sizeof(bytes) - 4);
    oim_put_be16(bytes + 4, (uint16_t)kind);
    return codec_decode(&rest, CODEC_TO_SERVER, &arena, &frame, NULL) != OIM_ERR_NOT_FOUND;
}

/* Somebody new in this state; READY is alice's. */
static void enter(struct peer *peer, enum session_state wanted)
{
    uint8_t secret[INVITE_SECRET_SIZE] = {5};
    struct frame open = {.kind = FRAME_LINK_OPEN, .u.link_open.link_id = link_id(secret)};
    struct frame request = {.kind = FRAME_LINK_REQUEST};
    request.u.link_request = (struct frame_link_request){.link_id = link_id(secret), .device_label = "new"};
    peer->transport = wanted == SESSION_LOCAL ? TRANSPORT_LOCAL : TRANSPORT_PROXY;
    peer_open(peer);
    if (wanted == SESSION_CHALLENGED || wanted == SESSION_ATTACHING || wanted == SESSION_LINKING) {
        peer_cut(peer);
        peer_greet(peer);
    }
    if (wanted == SESSION_ATTACHING) {
        world_hold_commits(&world);
        peer_auth(peer);
    } else if (wanted == SESSION_LINKING) {
        peer_say(alice, &open);
        request.u.link_request.ik = sign_public_of(&peer->key);
        link_mac(secret, &request.u.link_request.ik, "new", &request.u.link_request.mac);
        peer_say(peer, &request);
    }
    CHECK_EQ(session_find(world.core, peer->conn)->state, wanted);
}

static void leave(struct peer *peer)
{
    peer_cut(peer);
    world_release_commits(&world);
    peer_forget(peer);
    peer_forget(alice);
}

static void check_one_error(struct peer *peer, struct frame *frame)
{
    peer_forget(peer);
    peer_say(peer, frame);
    CHECK_EQ(peer->frame_count, 1);
    CHECK_EQ(peer->frames[0].kind, FRAME_ERROR);
    CHECK_EQ(peer->frames[0].request, peer->request);
    CHECK_EQ(peer->frames[0].u.error.code, oim_status_wire_code(OIM_ERR_PROTOCOL));
    CHECK_EQ(peer->frames[0].u.error.offending_kind, frame->kind);
    CHECK(peer->conn != 0);
}

/*
 * Goal:   a frame in the wrong state has no effect but its Error.
 * Method: all kinds in each state in which they may not come. A kind that the wire knows and fill() does not
 * fails.
 */
static void router__answers_one_error__to_every_frame_in_a_wrong_state(void **state)
{
    (void)state;
    struct frame frame;
    struct peer *stranger = world_stranger(&world, "stranger");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    for (unsigned kind = 1; kind < FRAME_KIND_LIMIT; kind++) {
        CHECK_EQ(fill((enum frame_kind)kind, &frame), goes_to_server((enum frame_kind)kind));
        if (!goes_to_server((enum frame_kind)kind) || kind == FRAME_ERROR) {
            continue;
        }
        for (unsigned wrong = 0; wrong < SESSION_CLOSED; wrong++) {
            if ((states_of((enum frame_kind)kind) & BIT(wrong)) != 0) {
                continue;
            }
            struct peer *peer = wrong == SESSION_READY ? alice : wrong == SESSION_ATTACHING ? bob : stranger;
            if (wrong != SESSION_READY) {
                enter(peer, wrong);
            }
            check_one_error(peer, &frame);
            CHECK_EQ(session_find(world.core, peer->conn)->state, wrong);
            if (wrong != SESSION_READY) {
                leave(peer);
            }
        }
    }
}

/* Clients say Error to nobody: to the server it is a kind like those that only servers send. */
static void router__does_not_know__errors_of_clients(void **state)
{
    (void)state;
    struct frame frame;
    CHECK(fill(FRAME_ERROR, &frame));
    peer_forget(alice);
    peer_say(alice, &frame);
    CHECK_EQ(alice->frame_count, 1);
    CHECK_EQ(alice->frames[0].u.error.code, OIM_WIRE_UNKNOWN_KIND);
    CHECK_EQ(alice->frames[0].u.error.offending_kind, FRAME_ERROR);
}

static void router__answers_unknown_kinds__and_goes_on(void **state)
{
    (void)state;
    static const uint8_t message[] = {0, 0, 0, 6, 0, 77, 0, 0, 0, 5, 0, 0, 0, 6, 0, 91, 0, 0, 0, 6};
    peer_forget(alice);
    peer_say_bytes(alice, message, sizeof(message));
    CHECK_EQ(alice->frame_count, 2);
    CHECK_EQ(alice->frames[0].kind, FRAME_ERROR);
    CHECK_EQ(alice->frames[0].u.error.code, OIM_WIRE_UNKNOWN_KIND);
    CHECK_EQ(alice->frames[0].u.error.offending_kind, 77);
    CHECK_EQ(alice->frames[0].request, 5);
    CHECK_EQ(alice->frames[1].kind, FRAME_PONG);
    CHECK_EQ(alice->frames[1].request, 6);
}

static void router__closes__on_bytes_that_are_no_frame(void **state)
{
    (void)state;
    static const uint8_t message[] = {0, 0, 0, 3, 1, 2, 3};
    peer_forget(alice);
    peer_say_bytes(alice, message, sizeof(message));
    CHECK_EQ(peer_count(alice, FRAME_BYE), 1);
    CHECK_EQ(alice->close_code, 1002);
    CHECK_EQ(alice->conn, 0);
}

static void router__closes__on_large_frames_before_the_sign_in(void **state)
{
    (void)state;
    static uint8_t message[FRAME_SIZE_MAX_BEFORE_AUTH + 10];
    struct peer *stranger = world_stranger(&world, "stranger");
    peer_open(stranger);
    oim_put_be32(message, sizeof(message) - 4);
    oim_put_be16(message + 4, FRAME_HELLO);
    peer_say_bytes(stranger, message, sizeof(message));
    CHECK_EQ(stranger->conn, 0);
    CHECK_EQ(peer_count(stranger, FRAME_BYE), 1);
    CHECK_EQ(stranger->close_code, 1009);
    CHECK(!stranger->signed_in);

    oim_put_be16(message + 4, 999); /* kinds nobody knows are no way around it */
    peer_open(stranger);
    peer_say_bytes(stranger, message, sizeof(message));
    CHECK_EQ(stranger->conn, 0);
    CHECK_EQ(stranger->close_code, 1009);
}

/* Every proof costs a check of a signature, so strangers get few of them. */
static void router__closes__when_a_stranger_says_too_much(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "stranger");
    peer_greet(stranger);
    unsigned count = 0;
    while (stranger->conn != 0 && count < 1000) {
        peer_auth(stranger);
        count++;
    }
    CHECK(count > 20 && count < 200);
    CHECK_EQ(peer_count(stranger, FRAME_BYE), 1);
}

/*
 * Goal:   one device cannot take all of the store's room.
 * Method: hundreds of requests in a row while nothing comes back; what is too much is answered at once.
 */
static void pending_take__leaves_room__beside_a_device_that_asks_for_everything(void **state)
{
    (void)state;
    world_hold_commits(&world);
    for (int i = 0; i < 300; i++) {
        struct frame frame = {.kind = FRAME_LOG_GET};
        peer_say(world.owner, &frame);
    }
    CHECK(world.core->pendings.count < 150);
    CHECK(peer_count(world.owner, FRAME_ERROR) > 150);
    world_release_commits(&world);
    CHECK_EQ(peer_count(world.owner, FRAME_LOG_PAGE) + peer_count(world.owner, FRAME_ERROR), 300);
}

/*
 * Goal:   two changes asked for at once both happen, the second judged after the first.
 * Method: two people join while commits are held; then both are let through.
 */
static void router__lets_changes_wait__for_the_one_before(void **state)
{
    (void)state;
    static const struct oim_id nobody = {{1}};
    struct frame ask = {.kind = FRAME_LOG_APPEND};
    ask.u.log_append.entry = (struct log_entry){.body = OIM_SLICE_LITERAL("x"), .sig_count = 1};
    ask.u.log_append.entry.sigs[0].bytes[0] = 1;
    (void)nobody;
    CHECK_OK(change_open(world.core, NULL, NULL));
    peer_forget(alice);
    peer_say(alice, &ask);
    CHECK_EQ(alice->frame_count, 0);
    CHECK_EQ(world.core->deferred_count, 1);
    change_abandon(world.core);
    world_event(&world, &(struct core_event){.kind = CORE_TICK});
    CHECK_EQ(world.core->deferred_count, 0);
    CHECK_EQ(peer_count(alice, FRAME_ERROR), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(router__answers_one_error__to_every_frame_in_a_wrong_state),
        TEST(router__does_not_know__errors_of_clients),
        TEST(router__answers_unknown_kinds__and_goes_on),
        TEST(router__closes__on_bytes_that_are_no_frame),
        TEST(router__closes__on_large_frames_before_the_sign_in),
        TEST(router__closes__when_a_stranger_says_too_much),
        TEST(pending_take__leaves_room__beside_a_device_that_asks_for_everything),
        TEST(router__lets_changes_wait__for_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
