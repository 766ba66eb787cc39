/* test_handle_send.c - what a sender is told, and when. */
#include "tests/support/check.h"
#include "tests/support/world.h"

/*
 * Goal:   an acknowledgement never overtakes the commit it vouches for.
 * Method: hold the store's commit back, let time pass, and look at what the sender received.
 */
static void handle_submit__withholds_the_answer__while_the_commit_is_pending(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 42);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");

    world_hold_commits(&world);
    uint64_t send_no = peer_send(alice, "bob", "hello");
    world_run_ms(&world, 20000);
    CHECK(peer_result(alice, send_no) == NULL);
    CHECK_EQ(peer_text_count(bob, "hello"), 0);

    world_release_commits(&world);
    CHECK(peer_result(alice, send_no) != NULL);
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(bob, "hello"), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_submit__withholds_the_answer__while_the_commit_is_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
