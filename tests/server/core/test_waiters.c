/*
 * test_waiters.c - those who were refused because a mailbox was full hear, once, when there is room again.
 */
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
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "5");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    peer_cut(bob);
    for (int i = 0; i < 6; i++) {
        (void)peer_send(alice, "bob", "one too many");
    }
    CHECK_EQ(peer_last(alice, FRAME_SUBMIT_RESULT)->u.submit_result.reason, REASON_MAILBOX_FULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void room_again__is_told_once__when_the_mailbox_was_fetched(void **state)
{
    (void)state;
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 0);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
    CHECK(oim_id_equal(&peer_last(alice, FRAME_NOTICE)->u.notice.peer, &bob->user_id));
    (void)peer_send(alice, "bob", "now");
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
    CHECK_EQ(world.core->registry.waiters[WAITS_FOR_ROOM].count, 0);
}

/* Both absences: the sender's, and the server's. */
static void room_again__waits_for_a_sender_who_is_away__over_a_restart(void **state)
{
    (void)state;
    world_restart(&world);
    peer_sign_in(bob);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
}

static void room_again__is_not_told__before_a_fifth_is_free(void **state)
{
    (void)state;
    bob->window_rows = 1;
    bob->auto_ack = false;
    peer_sign_in(bob);
    peer_ack(bob, 1); /* four of five are left: 80 % */
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 0);
    peer_ack(bob, 2);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
}

static void room_again__is_told__when_what_filled_it_has_expired(void **state)
{
    (void)state;
    peer_cut(alice);
    world_run_ms(&world, UINT64_C(15) * 86400000);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
}

static void room_again__is_not_told__to_whom_the_person_has_blocked(void **state)
{
    (void)state;
    world_set_block(&world, "bob", "alice", true);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 0);
    CHECK_EQ(world.core->registry.waiters[WAITS_FOR_ROOM].count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(room_again__is_told_once__when_the_mailbox_was_fetched),
        TEST(room_again__waits_for_a_sender_who_is_away__over_a_restart),
        TEST(room_again__is_not_told__before_a_fifth_is_free),
        TEST(room_again__is_told__when_what_filled_it_has_expired),
        TEST(room_again__is_not_told__to_whom_the_person_has_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
