/* test_expiry.c - messages whose time is up leave a trace on both sides; what was taken goes without a word. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

#define DAY_MS UINT64_C(86400000)

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 17);
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

static void expiry__tells_both_sides_once__when_messages_expire(void **state)
{
    (void)state;
    peer_cut(bob);
    for (int i = 0; i < 5; i++) {
        CHECK(peer_send(alice, "bob", "too old") > 0);
    }
    peer_cut(alice);
    world_run_ms(&world, 15 * DAY_MS);
    peer_forget(alice);
    peer_forget(bob);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_EXPIRED), 1);
    const struct frame_notice *notice = &peer_last(alice, FRAME_NOTICE)->u.notice;
    CHECK_EQ(notice->msg_id_count, 5);
    CHECK(oim_id_equal(&notice->peer, &bob->user_id));
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "too old"), 0);
    CHECK_EQ(peer_notice_count(bob, NOTICE_EXPIRED_HERE), 1);
    CHECK_EQ(peer_last(bob, FRAME_NOTICE)->u.notice.count, 5);
    const struct frame_summary *summary = &peer_last(bob, FRAME_SUMMARY)->u.summary;
    CHECK_EQ(summary->total, 0);
    CHECK_EQ(summary->talk_count, 1);
    CHECK_EQ(summary->talks[0].expired, 5);
}

/*
 * Goal:   what one device has taken is delivered, whatever becomes of the other device's copy.
 * Method: the second device never comes; after two weeks nobody hears of an expiry.
 */
static void expiry__says_nothing__about_what_a_device_has_taken(void **state)
{
    (void)state;
    (void)world_link(bob, "never comes");
    (void)peer_send(alice, "bob", "read long ago");
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    peer_cut(alice);
    peer_cut(bob);
    world_run_ms(&world, 15 * DAY_MS);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_EXPIRED), 0);
}

static void expiry__obeys_the_senders_wish__for_less(void **state)
{
    (void)state;
    peer_cut(bob);
    uint64_t send_no = peer_send_for(alice, "bob", "for an hour", 3600);
    CHECK_EQ(peer_result(alice, send_no)->until_ms, world.clock.wall_ms + 3600000);
    peer_cut(alice);
    world_run_ms(&world, 3600000 + 120000);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "for an hour"), 0);
}

/*
 * Goal:   a calendar that is ten years wrong for a while throws nothing away, whichever way it is wrong.
 * Method: jump, let nine minutes pass, jump back, and look what is still there; then stay away for good.
 */
static void expiry__waits_until_the_clocks_agree__after_a_jump(void **state)
{
    (void)state;
    const int64_t ten_years_ms = INT64_C(3652) * DAY_MS;
    for (int way = 0; way < 2; way++) {
        int64_t jump_ms = way == 0 ? ten_years_ms : -ten_years_ms;
        peer_cut(bob);
        peer_cut(alice);
        peer_sign_in(alice); /* her session did not outlive the minutes of silence */
        (void)peer_send(alice, "bob", way == 0 ? "future" : "past");
        world_run_ms(&world, 660000);
        fake_clock_jump(&world.clock, jump_ms);
        world_run_ms(&world, 540000);
        fake_clock_jump(&world.clock, -jump_ms);
        world_run_ms(&world, 1200000);
        peer_sign_in(bob);
        CHECK_EQ(peer_text_count(bob, way == 0 ? "future" : "past"), 1);
    }
    peer_cut(bob);
    peer_cut(alice);
    peer_sign_in(alice);
    (void)peer_send(alice, "bob", "old at last");
    fake_clock_jump(&world.clock, ten_years_ms);
    world_run_ms(&world, 720000);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "old at last"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(expiry__tells_both_sides_once__when_messages_expire),
        TEST(expiry__says_nothing__about_what_a_device_has_taken),
        TEST(expiry__obeys_the_senders_wish__for_less),
        TEST(expiry__waits_until_the_clocks_agree__after_a_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
