/* test_session.c - leases, time-outs, crowds of strangers, slow readers, and the orderly end. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 9);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

/*
 * Goal:   silence is asked about after 30 s and ends the session after 40; then the person is signed out.
 * Method: Bob's client is deaf and mute, Alice's answers.
 */
static void session__ends__after_forty_seconds_of_silence(void **state)
{
    (void)state;
    world_run_ms(&world, 29000);
    CHECK_EQ(peer_count(bob, FRAME_PING), 0);
    world_run_ms(&world, 2100);
    CHECK_EQ(peer_count(bob, FRAME_PING), 1);
    CHECK_EQ(peer_count(alice, FRAME_PING), 1);
    struct frame pong = {.kind = FRAME_PONG};
    peer_say(alice, &pong);
    world_run_ms(&world, 10000);
    CHECK_EQ(bob->conn, 0);
    CHECK(alice->conn != 0);
    uint64_t send_no = peer_send(alice, "bob", "gone?");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_HELD);
}

static void session__ends__when_signing_in_takes_too_long(void **state)
{
    (void)state;
    struct peer *stranger = world_stranger(&world, "stranger");
    peer_greet(stranger);
    world_run_ms(&world, AUTH_TIMEOUT_MS - 100);
    CHECK(stranger->conn != 0);
    struct frame ping = {.kind = FRAME_PING};
    peer_say(stranger, &ping);
    world_run_ms(&world, 1200);
    CHECK_EQ(stranger->conn, 0);
}

/*
 * Goal:   a crowd of unfinished connections closes its own oldest, and leaves everybody else alone.
 * Method: eight are allowed from one address; ten come.
 */
static void session__closes_the_oldest_stranger__when_there_are_too_many(void **state)
{
    (void)state;
    struct peer *strangers[10];
    for (size_t i = 0; i < OIM_COUNT(strangers); i++) {
        strangers[i] = world_stranger(&world, "stranger");
        peer_open(strangers[i]);
    }
    CHECK_EQ(strangers[0]->conn, 0);
    CHECK_EQ(strangers[1]->conn, 0);
    for (size_t i = 2; i < OIM_COUNT(strangers); i++) {
        CHECK(strangers[i]->conn != 0);
    }
    CHECK(alice->conn != 0);
    CHECK_EQ(world.core->sessions.waiting_count, 8);
}

/*
 * Goal:   who does not read is not paged for, loses nothing, and costs a bounded outbox.
 * Method: Bob's socket is blocked while a hundred large messages come; then it drains.
 */
static void outbox__stops_paging__for_a_slow_reader(void **state)
{
    (void)state;
    static char text[8001];
    memset(text, 'x', sizeof(text) - 1);
    uint64_t conn = bob->conn;
    world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = conn});
    for (int i = 0; i < 40; i++) {
        CHECK_EQ(peer_send(alice, "bob", text), (uint64_t)i + 1);
    }
    const struct session *session = session_find(world.core, conn);
    CHECK(session->outbox_size <= OUTBOX_SIZE_MAX);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 0);
    world_event(&world, &(struct core_event){.kind = CORE_WRITABLE, .conn = conn});
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 40);
    CHECK_EQ(session->outbox_size, 0);
    CHECK(session->outbox == NULL);
}

static void core_step__says_bye_and_ends__when_drained(void **state)
{
    (void)state;
    peer_forget(alice);
    world_hold_commits(&world);
    uint64_t send_no = peer_send(alice, "bob", "last words");
    world_event(&world, &(struct core_event){.kind = CORE_DRAIN, .u.drain.retry_after_ms = 5000});
    CHECK(!world.drained);
    CHECK_EQ(peer_last(alice, FRAME_BYE)->u.bye.retry_after_ms, 5000);
    CHECK_EQ(alice->conn, 0);
    world_release_commits(&world);
    CHECK(world.drained);
    CHECK(peer_result(alice, send_no) == NULL);
    struct peer *late = world_stranger(&world, "late");
    peer_open(late);
    CHECK_EQ(late->close_code, 1013);
}

/*
 * Goal:   when a change of records may or may not have happened, memory is made to agree with the store again.
 * Method: a block is reported unknown (it was written); everybody is cut off and it is in force afterwards.
 */
static void core_step__loads_again__when_a_change_is_unknown(void **state)
{
    (void)state;
    world.fail_op = STORE_CAS;
    world.fail_result = STORE_UNKNOWN;
    world_set_block(&world, "bob", "alice", true);
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(bob->conn, 0);
    world_settle(&world);
    peer_sign_in(alice);
    peer_sign_in(bob);
    uint64_t send_no = peer_send(alice, "bob", "blocked?");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_RECIPIENT_OFFLINE_OFF);
}

/*
 * Goal:   changes are possible again after everything was loaded again.
 * Method: behind the change whose fate is unknown comes, in the same batch of replies, a refusal that the server
 *         wants to remember, which is a change too.
 */
static void core_step__takes_changes_again__after_one_was_unknown(void **state)
{
    (void)state;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(&world, "zoe", secret);
    world_hold_commits(&world);
    struct frame frame = {.kind = FRAME_CONTACT};
    frame.u.contact = (struct frame_contact){.op = CONTACT_OP_REMOVE, .user = alice->user_id};
    peer_say(bob, &frame);
    (void)peer_send(alice, "zoe", "are you there?");
    CHECK(world.core->change.busy);
    CHECK_EQ(world.core->pendings.count, 2);
    world.fail_op = STORE_CAS;
    world.fail_result = STORE_UNKNOWN;
    world_release_commits(&world);
    CHECK_EQ(bob->conn, 0);
    CHECK(!world.core->change.busy);
    peer_sign_in(bob);
    frame = (struct frame){.kind = FRAME_CONTACT};
    frame.u.contact = (struct frame_contact){.op = CONTACT_OP_ADD, .user = alice->user_id};
    peer_say(bob, &frame);
    CHECK_EQ(peer_count(bob, FRAME_CONTACTS), 1);
}

/* Being stopped is not forgotten while everything is loaded again. */
static void core_step__ends__when_drained_while_loading_again(void **state)
{
    (void)state;
    world_hold_commits(&world);
    core_reload(world.core);
    world_event(&world, &(struct core_event){.kind = CORE_TICK});
    world_event(&world, &(struct core_event){.kind = CORE_DRAIN, .u.drain.retry_after_ms = 5000});
    CHECK(!world.drained);
    world_release_commits(&world);
    CHECK(world.drained);
}

static void core_step__fails__when_the_store_is_finished(void **state)
{
    (void)state;
    world.fail_op = STORE_APPEND;
    world.fail_result = STORE_FATAL;
    (void)peer_send(alice, "bob", "too late");
    CHECK(world.fatal);
}

/*
 * Goal:   everything is forgotten when everybody has gone: no block, no ticket, no session is left behind.
 * Method: look at the counters after a busy time.
 */
static void core_step__keeps_nothing__of_sessions_that_ended(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)peer_send(alice, "bob", "busy");
        peer_cut(bob);
        (void)peer_send(alice, "bob", "busy");
        peer_sign_in(bob);
    }
    peer_cut(alice);
    peer_cut(bob);
    peer_cut(world.owner);
    world_run_ms(&world, 5000);
    CHECK_EQ(world.core->sessions.table.count, 0);
    CHECK_EQ(world.core->sessions.addresses.count, 0);
    CHECK_EQ(world.core->pendings.count, 0);
    CHECK_EQ(world.core->mail.sent_used_count, 0);
    CHECK_EQ(world.core->pool.used_size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(session__ends__after_forty_seconds_of_silence),
        TEST(session__ends__when_signing_in_takes_too_long),
        TEST(session__closes_the_oldest_stranger__when_there_are_too_many),
        TEST(outbox__stops_paging__for_a_slow_reader),
        TEST(core_step__says_bye_and_ends__when_drained),
        TEST(core_step__loads_again__when_a_change_is_unknown),
        TEST(core_step__takes_changes_again__after_one_was_unknown),
        TEST(core_step__ends__when_drained_while_loading_again),
        TEST(core_step__fails__when_the_store_is_finished),
        TEST(core_step__keeps_nothing__of_sessions_that_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
