/* test_handle_auth.c - who may come in, and what an older connection of the same device hears. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 3);
    alice = world_join(&world, "alice");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void handle_device_auth__says_everything__in_one_binary_message(void **state)
{
    (void)state;
    peer_cut(alice);
    peer_forget(alice);
    peer_greet(alice);
    size_t before = alice->message_count;
    alice->signed_in = false;
    peer_auth(alice);
    CHECK(alice->signed_in);
    CHECK_EQ(alice->message_count, before + 1);
    static const enum frame_kind order[] = {FRAME_AUTH_OK,   FRAME_LIMITS,  FRAME_POLICY,
                                           FRAME_PRESENCES, FRAME_SUMMARY, FRAME_CAUGHT_UP};
    for (size_t i = 0; i < OIM_COUNT(order); i++) {
        CHECK_EQ(alice->frames[1 + i].kind, order[i]);
    }
    const struct frame_auth_ok *ok = &peer_last(alice, FRAME_AUTH_OK)->u.auth_ok;
    struct sign_public server_pub = sign_public_of(&world.server_key);
    CHECK_TEXT(ok->login, "alice");
    CHECK_EQ(ok->role, ROLE_USER);
    CHECK(log_head_verify(&world.org_id, ok->log_seq, &ok->log_head, ok->log_ms, &server_pub, &ok->log_sig));
}

/*
 * Goal:   a newer connection of the device takes over; the older one can do nothing any more.
 * Method: the same device twice; the old connection submits while the new one's attach is being committed.
 */
static void handle_device_auth__fences__the_older_connection(void **state)
{
    (void)state;
    struct peer *twin = world_stranger(&world, "alice");
    twin->key = alice->key;
    twin->device_id = alice->device_id;
    twin->user_id = alice->user_id;
    twin->counter = alice->counter;
    peer_greet(twin);
    world_hold_commits(&world);
    peer_auth(twin);
    uint64_t send_no = peer_send(alice, "owner", "from the old one");
    world_release_commits(&world);
    CHECK(twin->ready);
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(alice->close_code, oim_status_close_code(OIM_ERR_CONFLICT));
    CHECK(peer_result(alice, send_no) == NULL);
    CHECK_EQ(peer_text_count(world.owner, "from the old one"), 0);
}

static void handle_device_auth__ends_the_older_connection__though_it_is_quiet(void **state)
{
    (void)state;
    struct peer *twin = world_stranger(&world, "alice");
    twin->key = alice->key;
    twin->device_id = alice->device_id;
    twin->user_id = alice->user_id;
    twin->counter = alice->counter;
    peer_sign_in(twin);
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(peer_last(alice, FRAME_BYE)->u.bye.code, oim_status_wire_code(OIM_ERR_CONFLICT));
    CHECK_EQ(world.core->sessions.ready_count, 2);
}

static void handle_device_auth__tells_the_last_counter__when_it_is_not_above(void **state)
{
    (void)state;
    uint64_t counter = alice->counter;
    peer_cut(alice);
    alice->counter = counter - 1;
    peer_greet(alice);
    peer_auth(alice);
    CHECK(!alice->ready);
    CHECK_EQ(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.code, oim_status_wire_code(OIM_ERR_CONFLICT));
    CHECK_EQ(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.last_counter, counter);
    peer_auth(alice);
    CHECK(alice->ready);
}

static void handle_device_auth__keeps_the_epoch__over_a_restart(void **state)
{
    (void)state;
    uint64_t counter = alice->counter;
    world_restart(&world);
    alice->counter = counter - 1;
    peer_greet(alice);
    peer_auth(alice);
    CHECK(!alice->ready);
    CHECK_EQ(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.last_counter, counter);
}

static void handle_device_auth__answers_alike__for_unknown_and_forged(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "nobody");
    peer_greet(stranger);
    peer_auth(stranger);
    const struct frame_auth_err unknown = peer_last(stranger, FRAME_AUTH_ERR)->u.auth_err;
    stranger->device_id = alice->device_id;
    peer_auth(stranger);
    const struct frame_auth_err forged = peer_last(stranger, FRAME_AUTH_ERR)->u.auth_err;
    CHECK_EQ(unknown.code, oim_status_wire_code(OIM_ERR_AUTH));
    CHECK_EQ(forged.code, unknown.code);
    CHECK_TEXT(forged.text, unknown.text);
    CHECK_EQ(forged.last_counter, 0);
    CHECK(alice->ready);
}

/*
 * Goal:   whoever is signing in while the account is being closed does not slip through.
 * Method: the proof is checked and the epoch on its way when the record of the closed account comes into force.
 */
static void handle_device_auth__is_refused__when_the_account_was_closed_meanwhile(void **state)
{
    (void)state;
    peer_cut(alice);
    peer_greet(alice);
    world_hold_commits(&world);
    peer_auth(alice);
    struct account *account = registry_person_by_login(&world.core->registry, "alice");
    account->closed = true;
    memcpy(account->say, "see reception", sizeof("see reception"));
    world_release_commits(&world);
    CHECK(!alice->ready);
    CHECK_EQ(peer_count(alice, FRAME_AUTH_ERR), 1);
    CHECK_TEXT(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.text, "see reception");
    CHECK_EQ(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.reason, REASON_CLOSED);
}

static void handle_device_auth__tells_the_reason__when_the_account_is_closed(void **state)
{
    (void)state;
    peer_cut(alice);
    world_close_account(&world, "alice", "see reception");
    peer_greet(alice);
    peer_auth(alice);
    CHECK_EQ(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.code, oim_status_wire_code(OIM_ERR_DENIED));
    CHECK_TEXT(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.text, "see reception");
}

static void handle_device_auth__may_be_tried_again__when_the_store_is_busy(void **state)
{
    (void)state;
    peer_cut(alice);
    peer_greet(alice);
    world.fail_op = STORE_ATTACH;
    world.fail_result = STORE_RETRY;
    peer_auth(alice);
    CHECK(!alice->ready);
    CHECK(peer_last(alice, FRAME_AUTH_ERR)->u.auth_err.retry_after_ms > 0);
    peer_auth(alice);
    CHECK(alice->ready);
}

/*
 * Goal:   strangers do not learn how long the organisation's log is.
 * Method: Hello without the organisation's id, and with it.
 */
static void handle_hello__tells_the_log__only_to_those_who_know_the_organisation(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "nobody");
    peer_greet(stranger);
    CHECK(peer_last(stranger, FRAME_SERVER_HELLO)->u.server_hello.log_seq > 0);
    peer_cut(stranger);
    struct oim_id org_id = world.org_id;
    memset(&world.org_id, 0, sizeof(world.org_id));
    peer_greet(stranger);
    world.org_id = org_id;
    CHECK_EQ(peer_last(stranger, FRAME_SERVER_HELLO)->u.server_hello.log_seq, 0);
}

static void handle_hello__refuses__a_wrong_binding_and_another_version(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "nobody");
    struct frame hello = {.kind = FRAME_HELLO};
    hello.u.hello = (struct frame_hello){
        .versions = {1}, .version_count = 1, .cb_type = CB_TLS_EXPORTER, .client_nonce = {{1}}, .agent = "t"};
    peer_open(stranger);
    peer_say(stranger, &hello);
    CHECK_EQ(peer_count(stranger, FRAME_ERROR), 1);
    hello.u.hello.cb_type = CB_NONE;
    hello.u.hello.versions[0] = 9;
    peer_say(stranger, &hello);
    CHECK_EQ(peer_count(stranger, FRAME_ERROR), 2);
    CHECK_EQ(peer_count(stranger, FRAME_SERVER_HELLO), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_device_auth__says_everything__in_one_binary_message),
        TEST(handle_device_auth__fences__the_older_connection),
        TEST(handle_device_auth__ends_the_older_connection__though_it_is_quiet),
        TEST(handle_device_auth__tells_the_last_counter__when_it_is_not_above),
        TEST(handle_device_auth__keeps_the_epoch__over_a_restart),
        TEST(handle_device_auth__answers_alike__for_unknown_and_forged),
        TEST(handle_device_auth__is_refused__when_the_account_was_closed_meanwhile),
        TEST(handle_device_auth__tells_the_reason__when_the_account_is_closed),
        TEST(handle_device_auth__may_be_tried_again__when_the_store_is_busy),
        TEST(handle_hello__tells_the_log__only_to_those_who_know_the_organisation),
        TEST(handle_hello__refuses__a_wrong_binding_and_another_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
