/* test_filling.c - the owner of a mailbox hears that it is getting full before anybody is refused. */
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 71);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "20");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    peer_cut(bob);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void leave(int count)
{
    for (int i = 0; i < count; i++) {
        (void)peer_send(alice, "bob", "x");
    }
}

static uint32_t told(size_t index)
{
    size_t at = 0;
    for (size_t i = 0; i < peer_count(bob, FRAME_NOTICE); i++) {
        const struct frame_notice *notice = &peer_frame(bob, FRAME_NOTICE, i)->u.notice;
        if (notice->what == NOTICE_FILLING && at++ == index) {
            CHECK(oim_id_equal(&notice->peer, &bob->user_id));
            return notice->count;
        }
    }
    return 0;
}

static void filling__is_said_at_80_95_and_100_percent__once_each(void **state)
{
    (void)state;
    leave(15);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 0);
    peer_cut(bob);
    leave(20);
    CHECK_EQ(peer_last(alice, FRAME_SUBMIT_RESULT)->u.submit_result.outcome, OUTCOME_HELD);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 3);
    CHECK_EQ(told(0), 80);
    CHECK_EQ(told(1), 95);
    CHECK_EQ(told(2), 100);
    CHECK_EQ(peer_notice_count(alice, NOTICE_FILLING), 0);
}

static void filling__is_said__at_80_percent_exactly(void **state)
{
    (void)state;
    leave(16);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 1);
    CHECK_EQ(told(0), 80);
}

/* Goal: who takes a little and gets as much again is not told each time. */
static void filling__is_not_said_again__while_it_stays_above_80(void **state)
{
    (void)state;
    bob->auto_ack = false;
    leave(19);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 2);
    peer_ack(bob, 3); /* 16 wait */
    peer_cut(bob);
    leave(3);
    CHECK_EQ(peer_last(alice, FRAME_SUBMIT_RESULT)->u.submit_result.outcome, OUTCOME_HELD);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 2); /* the same two */
}

static void filling__is_said_again__only_after_it_was_below_80(void **state)
{
    (void)state;
    leave(17);
    peer_sign_in(bob);
    peer_cut(bob);
    peer_forget(bob);
    leave(1); /* far below: said anew from here on */
    leave(16);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 1);
}

static void filling__counts_bytes_too__and_not_what_a_device_has_taken(void **state)
{
    (void)state;
    leave(15);
    bob->auto_ack = true;
    peer_sign_in(bob); /* takes all */
    peer_cut(bob);
    leave(15);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_FILLING), 0);
    peer_cut(bob);
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "10000");
    world_set_policy(&world, "bob", "OfflineQuotaBytes", "65536");
    char text[4000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 15; i++) {
        (void)peer_send(alice, "bob", text);
    }
    peer_sign_in(bob);
    CHECK(peer_notice_count(bob, NOTICE_FILLING) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(filling__is_said_at_80_95_and_100_percent__once_each),
        TEST(filling__is_said__at_80_percent_exactly),
        TEST(filling__is_not_said_again__while_it_stays_above_80),
        TEST(filling__is_said_again__only_after_it_was_below_80),
        TEST(filling__counts_bytes_too__and_not_what_a_device_has_taken),
    };
    return cmocka_run_group_tests_name("server/core/filling", tests, NULL, NULL);
}
