/* test_handle_join.c - from invites to devices: joining, linking, revoking, the owner, those who wait. */
#include "proto/admin.h"
#include "proto/orglog.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 13);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct frame join_frame(struct peer *peer, const uint8_t secret[INVITE_SECRET_SIZE], struct oim_buf *buf)
{
    struct sign_secret key;
    invite_key(&world.org_id, secret, &key);
    struct sign_public invite_pub = sign_public_of(&key);
    struct frame ask = {.kind = FRAME_JOIN_ASK, .u.join_ask.invite_id = invite_id(&invite_pub)};
    peer_greet(peer);
    peer_say(peer, &ask);
    const struct frame_join_offer *offer = &peer_last(peer, FRAME_JOIN_OFFER)->u.join_offer;
    const struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                                  .user_id = offer->user_id,
                                  .user_seq = offer->user_seq + 1,
                                  .user_prev = offer->user_prev,
                                  .generation = offer->generation,
                                  .ik = sign_public_of(&peer->key),
                                  .device_kind = LOG_DEVICE_NORMAL,
                                  .login = "",
                                  .label = "laptop"};
    oim_buf_init(buf, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(&body, buf));
    struct frame join = {.kind = FRAME_JOIN};
    join.u.join.invite_id = ask.u.join_ask.invite_id;
    join.u.join.login = "";
    join.u.join.display = "";
    join.u.join.log_entry_count = 1;
    struct log_entry *entry = &join.u.join.log_entries[0];
    entry->body = oim_buf_slice(buf);
    entry->sig_count = 2;
    log_body_sign(&world.org_id, entry->body, &key, &entry->sigs[0]);
    log_body_sign(&world.org_id, entry->body, &peer->key, &entry->sigs[1]);
    return join;
}

static void handle_join__is_answered_again__for_the_same_key(void **state)
{
    (void)state;
    struct oim_buf buf;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(&world, "alice", secret);
    struct peer *alice = world_stranger(&world, "alice");
    struct frame join = join_frame(alice, secret, &buf);
    peer_say(alice, &join);
    CHECK_EQ(peer_count(alice, FRAME_JOIN_OK), 1);
    uint64_t log_seq = peer_last(alice, FRAME_JOIN_OK)->u.join_ok.log_seq;
    peer_say(alice, &join);
    CHECK_EQ(peer_count(alice, FRAME_JOIN_OK), 2);
    CHECK_EQ(peer_last(alice, FRAME_JOIN_OK)->u.join_ok.log_seq, log_seq);
    CHECK_TEXT(peer_last(alice, FRAME_JOIN_OK)->u.join_ok.login, "alice");
    oim_buf_finish(&buf);
}

static void handle_join__says_used__to_another_key(void **state)
{
    (void)state;
    struct oim_buf buf;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(&world, "alice", secret);
    (void)world_join_invited(&world, "alice", secret);
    struct peer *mallory = world_stranger(&world, "mallory");
    struct frame join = join_frame(mallory, secret, &buf);
    peer_say(mallory, &join);
    const struct frame_error *error = &peer_last(mallory, FRAME_ERROR)->u.error;
    CHECK_EQ(error->code, oim_status_wire_code(OIM_ERR_CONFLICT));
    CHECK_TEXT(error->label, "device-1");
    CHECK_EQ(error->at_ms, world.clock.wall_ms);
    CHECK_EQ(peer_count(mallory, FRAME_JOIN_OK), 0);
    oim_buf_finish(&buf);
}

static void handle_join__refuses__forged_signatures_and_old_invites(void **state)
{
    (void)state;
    struct oim_buf buf;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(&world, "alice", secret);
    struct peer *alice = world_stranger(&world, "alice");
    struct frame join = join_frame(alice, secret, &buf);
    for (int i = 0; i < 2; i++) {
        join.u.join.log_entries[0].sigs[i].bytes[5] ^= 1;
        peer_say(alice, &join);
        CHECK_EQ(peer_last(alice, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_AUTH));
        join.u.join.log_entries[0].sigs[i].bytes[5] ^= 1;
    }
    fake_clock_pass(&world.clock, UINT64_C(8) * 86400000);
    peer_say(alice, &join);
    CHECK_EQ(peer_count(alice, FRAME_JOIN_OK), 0);
    oim_buf_finish(&buf);
}

static void handle_join_ask__knows_no_invites__that_do_not_exist(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "stranger");
    struct frame ask = {.kind = FRAME_JOIN_ASK, .u.join_ask.invite_id = {{1}}};
    peer_greet(stranger);
    peer_say(stranger, &ask);
    CHECK_EQ(peer_last(stranger, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_NOT_FOUND));
}

/*
 * Goal:   the owner's line is the same at every start until it is used, and then gone.
 * Method: start twice; the world's own owner joins by it elsewhere in every test.
 */
static void load__offers_the_same_owners_line__until_it_is_used(void **state)
{
    (void)state;
    static struct world other;
    char first[INVITE_LINE_SIZE_MAX];
    CHECK(world.owner_joined);
    world.owner_line[0] = '\0';
    world_restart(&world);
    CHECK_TEXT(world.owner_line, "");

    world_init_empty(&other, 21);
    memcpy(first, other.owner_line, sizeof(first));
    CHECK(first[0] != '\0');
    other.owner_line[0] = '\0';
    world_restart(&other);
    CHECK_TEXT(other.owner_line, first);
    world_finish(&other);
}

static void handle_submit__is_final_for_the_not_joined__and_tells_when_they_join(void **state)
{
    (void)state;
    uint8_t secret[INVITE_SECRET_SIZE];
    struct peer *alice = world_join(&world, "alice");
    world_invite(&world, "bob", secret);
    uint64_t send_no = peer_send(alice, "bob", "are you there?");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_NOT_JOINED);
    (void)peer_send(alice, "bob", "still not?");
    peer_cut(alice);
    world_restart(&world);
    struct peer *bob = world_join_invited(&world, "bob", secret);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_JOINED), 1);
    CHECK(oim_id_equal(&peer_last(alice, FRAME_NOTICE)->u.notice.peer, &bob->user_id));
    CHECK_EQ(world.core->registry.waiters[WAITS_FOR_JOIN].count, 0);
}

/*
 * Goal:   what memory cannot hold is never written: once committed it would stop the server, and every start after.
 * Method: as if there were no room for one more person to be waited for.
 */
static void change__is_not_written__when_memory_could_not_follow(void **state)
{
    (void)state;
    uint8_t secret[INVITE_SECRET_SIZE];
    struct oim_table *waiters = &world.core->registry.waiters[WAITS_FOR_JOIN];
    size_t capacity = waiters->capacity;
    struct peer *alice = world_join(&world, "alice");
    world_invite(&world, "bob", secret);
    waiters->capacity = waiters->count;
    uint64_t send_no = peer_send(alice, "bob", "are you there?");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_NOT_JOINED);
    CHECK(!world.fatal);
    CHECK(!world.core->change.busy);
    waiters->capacity = capacity;
    world_restart(&world);
    CHECK(world.ready && !world.fatal);
}

static void handle_link__adds_a_device__that_is_owed_nothing_older(void **state)
{
    (void)state;
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    (void)peer_send(alice, "bob", "before");
    struct peer *bob2 = world_link(bob, "phone");
    peer_sign_in(bob2);
    CHECK_EQ(peer_text_count(bob2, "before"), 0);
    CHECK_EQ(peer_count(bob2, FRAME_GAP), 0);
    (void)peer_send(alice, "bob", "after");
    CHECK_EQ(peer_text_count(bob2, "after"), 1);
    CHECK_EQ(peer_text_count(bob, "after"), 1);
}

static void handle_link__ends_with_the_old_device__and_may_wait_longer_than_a_sign_in(void **state)
{
    (void)state;
    static const uint8_t secret[INVITE_SECRET_SIZE] = {5};
    struct peer *alice = world_join(&world, "alice");
    struct peer *phone = world_stranger(&world, "alice");
    struct frame open = {.kind = FRAME_LINK_OPEN, .u.link_open = {.link_id = link_id(secret), .valid_s = 60}};
    struct frame request = {.kind = FRAME_LINK_REQUEST};
    request.u.link_request.link_id = link_id(secret);
    request.u.link_request.ik = sign_public_of(&phone->key);
    request.u.link_request.device_label = "phone";
    link_mac(secret, &request.u.link_request.ik, "phone", &request.u.link_request.mac);
    peer_greet(phone);
    peer_say(phone, &request);
    CHECK_EQ(peer_last(phone, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_NOT_FOUND));
    peer_say(alice, &open);
    peer_say(phone, &request);
    CHECK_EQ(peer_count(alice, FRAME_LINK_OFFER), 1);
    world_run_ms(&world, 25000);
    CHECK(phone->conn != 0);
    peer_cut(alice);
    CHECK_EQ(phone->conn, 0);
}

static void handle_log_append__revokes_an_own_device__at_once(void **state)
{
    (void)state;
    struct oim_buf buf;
    struct peer *alice = world_join(&world, "alice");
    struct peer *phone = world_link(alice, "phone");
    peer_sign_in(phone);
    const struct account *person = registry_person_by_id(&world.core->registry, &alice->user_id);
    const struct log_body body = {.kind = LOG_BODY_DEVICE_REVOKE,
                                  .user_id = alice->user_id,
                                  .user_seq = person->user_seq + 1,
                                  .user_prev = person->user_prev,
                                  .login = "",
                                  .label = "lost",
                                  .device_id = phone->device_id,
                                  .signer_device = alice->device_id};
    oim_buf_init(&buf, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(&body, &buf));
    struct frame revoke = {.kind = FRAME_LOG_APPEND};
    revoke.u.log_append.entry = (struct log_entry){.body = oim_buf_slice(&buf), .sig_count = 1};
    log_body_sign(&world.org_id, oim_buf_slice(&buf), &alice->key, &revoke.u.log_append.entry.sigs[0]);
    peer_say(alice, &revoke);
    CHECK_EQ(peer_last(alice, FRAME_LOG_APPENDED)->u.log_appended.code, 0);
    CHECK_EQ(phone->conn, 0);
    peer_greet(phone);
    peer_auth(phone);
    CHECK(!phone->ready);
    CHECK_EQ(peer_last(phone, FRAME_AUTH_ERR)->u.auth_err.code, oim_status_wire_code(OIM_ERR_DENIED));
    peer_say(alice, &revoke);
    CHECK_EQ(peer_last(alice, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_CONFLICT));
    oim_buf_finish(&buf);
}

/*
 * Goal:   what LogGet hands out is a chain whose head the server has signed.
 * Method: hash the entries oneself.
 */
static void handle_log_get__hands_out__a_chain_that_holds(void **state)
{
    (void)state;
    struct peer *alice = world_join(&world, "alice");
    struct frame get = {.kind = FRAME_LOG_GET};
    peer_say(alice, &get);
    const struct frame_log_page *page = &peer_last(alice, FRAME_LOG_PAGE)->u.log_page;
    struct oim_hash head = {{0}};
    CHECK_EQ(page->entry_count, 5); /* genesis, owner, device, alice, device */
    for (size_t i = 0; i < page->entry_count; i++) {
        struct oim_hash prev = head;
        log_entry_hash(i + 1, &prev, &page->entries[i], &head);
    }
    CHECK_BYTES(head.bytes, page->head.bytes, sizeof(head.bytes));
    struct sign_public server_pub = sign_public_of(&world.server_key);
    CHECK(log_head_verify(&world.org_id, page->head_seq, &page->head, page->head_ms, &server_pub, &page->sig));
    CHECK_EQ(page->entries[0].sig_count, 2);
    struct oim_id org_id = log_org_id(page->entries[0].body);
    CHECK(oim_id_equal(&org_id, &world.org_id));
}

static struct peer *local_peer(void)
{
    struct peer *local = world_stranger(&world, "root");
    local->transport = TRANSPORT_LOCAL;
    peer_open(local);
    return local;
}

static void handle_local__looks__and_nothing_else(void **state)
{
    (void)state;
    struct peer *local = local_peer();
    struct frame ask = {.kind = FRAME_LOCAL, .u.local = {.op = LOCAL_OP_STATUS, .arg = ""}};
    peer_say(local, &ask);
    struct admin_rows rows;
    struct oim_error err;
    CHECK_OK_ERR(admin_rows_decode(peer_last(local, FRAME_LOCAL_RESULT)->u.local_result.rows, &local->arena, &rows, &err),
                 &err);
    CHECK_TEXT(rows.rows[0].fields[0].name, "people");
    CHECK_TEXT(rows.rows[0].fields[0].value, "1");
    ask.u.local.op = LOCAL_OP_OWNER_LINE;
    peer_say(local, &ask);
    CHECK_EQ(peer_last(local, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_NOT_FOUND));
    struct frame hello = {.kind = FRAME_HELLO};
    hello.u.hello = (struct frame_hello){.versions = {1}, .version_count = 1, .client_nonce = {{1}}, .agent = "t"};
    peer_say(local, &hello);
    CHECK_EQ(peer_count(local, FRAME_SERVER_HELLO), 0);
}

/*
 * Goal:   root on the host can give a lost owner a new line; it is in everybody's log, and the old devices are out.
 * Method: recover, join by the new line, look at the log.
 */
static void handle_local__recovers_the_owner__visibly(void **state)
{
    (void)state;
    struct peer *local = local_peer();
    struct frame ask = {.kind = FRAME_LOCAL, .u.local = {.op = LOCAL_OP_OWNER_RECOVERED, .arg = "owner"}};
    peer_say(local, &ask);
    const char *text = peer_last(local, FRAME_LOCAL_RESULT)->u.local_result.text;
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err;
    CHECK_OK_ERR(invite_line_parse(text, &line, &err), &err);
    CHECK(oim_id_equal(&line.org_id, &world.org_id));
    CHECK_EQ(world.owner->conn, 0);

    struct oim_buf buf;
    struct peer *owner = world_stranger(&world, "owner");
    struct frame join = join_frame(owner, line.secret, &buf);
    peer_say(owner, &join);
    CHECK_EQ(peer_count(owner, FRAME_JOIN_OK), 1);
    oim_buf_finish(&buf);
    peer_cut(owner);
    peer_sign_in(owner);
    CHECK_EQ(peer_last(owner, FRAME_AUTH_OK)->u.auth_ok.role, ROLE_OWNER);
    peer_greet(world.owner);
    peer_auth(world.owner);
    CHECK(!world.owner->ready);
    CHECK_EQ(peer_last(owner, FRAME_AUTH_OK)->u.auth_ok.log_seq, 5);
}

/* As a reset does: contacts are told, and what waited is sent again. */
static void handle_local__recovers_the_owner__as_a_reset_would(void **state)
{
    (void)state;
    struct peer *alice = world_join(&world, "alice");
    struct peer *local = local_peer();
    peer_cut(world.owner);
    (void)peer_send(alice, "owner", "for a device that is lost");
    peer_forget(alice);
    struct frame ask = {.kind = FRAME_LOCAL, .u.local = {.op = LOCAL_OP_OWNER_RECOVERED, .arg = "owner"}};
    peer_say(local, &ask);
    CHECK_EQ(peer_count(local, FRAME_LOCAL_RESULT), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ACCOUNT_RESET), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
}

/*
 * Goal:   a recovery that the store had no time to finish is gone on with, at once and at the next start.
 * Method: let it lose the first step of the erasing; then either time passes, or the server starts again.
 */
static void handle_local__goes_on_with_a_recovery__that_was_interrupted(void **state)
{
    (void)state;
    struct peer *alice = world_join(&world, "alice");
    struct peer *owner = world.owner;
    for (int restarts = 0; restarts < 2; restarts++) {
        struct peer *local = local_peer();
        peer_cut(owner);
        (void)peer_send(alice, "owner", "for a device that is lost");
        peer_forget(alice);
        world.fail_op = STORE_COUNT;
        world.fail_result = STORE_RETRY;
        struct frame ask = {.kind = FRAME_LOCAL, .u.local = {.op = LOCAL_OP_OWNER_RECOVERED, .arg = "owner"}};
        peer_say(local, &ask);
        CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
        OIM_CLEANUP(invite_line_finish) struct invite_line line;
        CHECK_OK(invite_line_parse(peer_last(local, FRAME_LOCAL_RESULT)->u.local_result.text, &line, NULL));
        if (restarts == 0) {
            world_run_ms(&world, 2000);
        } else {
            world_restart(&world);
            peer_sign_in(alice);
        }
        CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
        CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.reason, REASON_ACCOUNT_RESET);

        struct oim_buf buf;
        owner = world_stranger(&world, restarts == 0 ? "owner" : "owner again");
        struct frame join = join_frame(owner, line.secret, &buf);
        peer_say(owner, &join);
        oim_buf_finish(&buf);
        peer_cut(owner);
        peer_sign_in(owner);
        CHECK(owner->ready);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_join__is_answered_again__for_the_same_key),
        TEST(handle_join__says_used__to_another_key),
        TEST(handle_join__refuses__forged_signatures_and_old_invites),
        TEST(handle_join_ask__knows_no_invites__that_do_not_exist),
        TEST(load__offers_the_same_owners_line__until_it_is_used),
        TEST(handle_submit__is_final_for_the_not_joined__and_tells_when_they_join),
        TEST(change__is_not_written__when_memory_could_not_follow),
        TEST(handle_link__adds_a_device__that_is_owed_nothing_older),
        TEST(handle_link__ends_with_the_old_device__and_may_wait_longer_than_a_sign_in),
        TEST(handle_log_append__revokes_an_own_device__at_once),
        TEST(handle_log_get__hands_out__a_chain_that_holds),
        TEST(handle_local__looks__and_nothing_else),
        TEST(handle_local__recovers_the_owner__visibly),
        TEST(handle_local__recovers_the_owner__as_a_reset_would),
        TEST(handle_local__goes_on_with_a_recovery__that_was_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
