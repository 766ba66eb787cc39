/* test_invisible.c - who is invisible is signed out, as far as anybody can tell (DESIGN.md section 4,
 * BLUEPRINT B13). */
#include <stdio.h>
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob, *carol;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 51);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    carol = world_join(&world, "carol");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void alive(struct peer *peer)
{
    struct frame pong = {.kind = FRAME_PONG};
    if (peer->ready) {
        peer_say(peer, &pong);
    }
}

/* Time passes, and everybody who is here gives signs of life. */
static void pass_ms(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 10000) {
        world_run_ms(&world, ms - passed < 10000 ? ms - passed : 10000);
        alive(alice);
        alive(bob);
        alive(carol);
        alive(world.owner);
    }
}

static void say_state(struct peer *peer, enum presence_state state)
{
    struct presence_item item = {.user = peer->user_id, .state = state, .note = ""};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    peer_say(peer, &frame);
}

/* ---- when senders hear of it ------------------------------------------------------------------------------
 */

static void invisible__senders_hear_of_it__when_the_person_is_visible_again(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    uint64_t first_no = peer_send(alice, "bob", "one");
    (void)peer_send(carol, "bob", "two");
    CHECK_EQ(peer_result(alice, first_no)->outcome, OUTCOME_HELD);
    CHECK_EQ(peer_text_count(bob, "one"), 1);
    pass_ms(20000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    CHECK_EQ(peer_notice_count(carol, NOTICE_DELIVERED), 0);

    peer_cut(bob); /* leaving would show that somebody was here */
    pass_ms(60000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    peer_sign_in(bob); /* still invisible */
    (void)peer_send(alice, "bob", "three");
    pass_ms(20000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);

    say_state(bob, PRESENCE_AUTO);
    pass_ms(1000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(carol, NOTICE_DELIVERED), 1);
    const struct frame_notice *notice = &peer_last(alice, FRAME_NOTICE)->u.notice;
    CHECK_EQ(notice->msg_id_count, 2);
    CHECK_EQ(notice->k, 1);

    (void)peer_send(alice, "bob", "four"); /* and as always from now on */
    pass_ms(1000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 2);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 1);
}

static void invisible__nothing_is_forgotten__over_a_restart(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "one");
    pass_ms(2000);
    world_restart(&world);
    peer_sign_in(alice);
    peer_sign_in(bob);
    (void)peer_send(alice, "bob", "two");
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    world_restart(&world);
    peer_sign_in(alice);
    world_set_state(&world, "bob", PRESENCE_AUTO); /* while nobody of theirs is here */
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    peer_sign_in(bob);
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 2);
}

/* Goal: more than one page, and what is acknowledged meanwhile, is told once each. */
static void invisible__a_long_backlog_is_told__every_message_once(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    size_t told = 0;
    say_state(bob, PRESENCE_INVISIBLE);
    for (int i = 0; i < COUNT; i++) {
        (void)peer_send(alice, "bob", "x");
        if (i % 30 == 29) {
            pass_ms(10000);
        }
    }
    pass_ms(10000);
    peer_forget(alice);
    say_state(bob, PRESENCE_AUTO);
    for (int i = 0; i < 5; i++) {
        (void)peer_send(alice, "bob", "y");
        pass_ms(300);
    }
    pass_ms(10000);
    for (size_t i = 0; i < peer_count(alice, FRAME_NOTICE); i++) {
        const struct frame_notice *notice = &peer_frame(alice, FRAME_NOTICE, i)->u.notice;
        told += notice->what == NOTICE_DELIVERED ? notice->msg_id_count : 0;
    }
    CHECK_EQ(told, COUNT + 5);
}

static void invisible__what_was_taken_is_delivered__not_expired(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "one");
    pass_ms(2000);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "two");
    peer_forget(alice);
    for (int day = 0; day < 15; day++) {
        fake_clock_pass(&world.clock, 86400000);
        peer_cut(alice);
        peer_sign_in(alice);
        pass_ms(700000);
    }
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_EXPIRED), 1);
}

/* ---- byte for byte
 * ------------------------------------------------------------------------------------------ */

/* What Alice and the owner, who both have Bob as a contact, receive while a lot happens around him. */
static void record(bool is_here, struct oim_buf *of_sender, struct oim_buf *of_watcher)
{
    struct frame submit;
    struct key_slot slots[SLOT_COUNT_MAX];
    CHECK_EQ(setup(NULL), 0);
    say_state(bob, PRESENCE_INVISIBLE);
    pass_ms(20000);
    if (!is_here) {
        peer_cut(bob);
    }
    pass_ms(60000);
    alice->tap = of_sender;
    world.owner->tap = of_watcher;

    struct frame look = {.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    peer_say(alice, &look);
    for (int i = 0; i < 3; i++) {
        (void)peer_send(alice, "bob", "are you there?");
        pass_ms(1000);
    }
    peer_submit_fill(alice, "bob", "once", ++alice->send_no, CLS_CHAT, &submit, slots);
    peer_say(alice, &submit);
    peer_say(alice, &submit); /* the same again */
    peer_submit_fill(alice, "bob", "read", ++alice->send_no, CLS_RECEIPT, &submit, slots);
    peer_say(alice, &submit);
    struct frame typing = {.kind = FRAME_TYPING, .u.typing.to_user = bob->user_id};
    peer_say(alice, &typing);
    if (is_here) { /* comes and goes, and types */
        struct frame types = {.kind = FRAME_TYPING, .u.typing.to_user = alice->user_id};
        peer_say(bob, &types);
        peer_cut(bob);
        pass_ms(20000);
        peer_sign_in(bob);
        pass_ms(20000);
    } else {
        pass_ms(40000);
    }
    world_set_policy(&world, "alice", "EnableOfflineIm", "False");
    (void)peer_send(alice, "bob", "refused either way");
    peer_say(alice, &look);
    pass_ms(120000);
    CHECK(alice->ready);
    CHECK_EQ(teardown(NULL), 0);
}

static void invisible__equals_signed_out__byte_for_byte(void **state)
{
    (void)state;
    struct oim_buf sender[2], watcher[2];
    for (int i = 0; i < 2; i++) {
        oim_buf_init(&sender[i], 1u << 20);
        oim_buf_init(&watcher[i], 1u << 20);
        record(i == 1, &sender[i], &watcher[i]);
    }
    CHECK(sender[0].size > 400);
    CHECK_EQ(sender[0].size, sender[1].size);
    CHECK_BYTES(sender[1].data, sender[0].data, sender[0].size);
    CHECK_EQ(watcher[0].size, watcher[1].size);
    CHECK_BYTES(watcher[1].data, watcher[0].data, watcher[0].size);
    for (int i = 0; i < 2; i++) {
        oim_buf_finish(&sender[i]);
        oim_buf_finish(&watcher[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(invisible__senders_hear_of_it__when_the_person_is_visible_again),
        TEST(invisible__nothing_is_forgotten__over_a_restart),
        TEST(invisible__a_long_backlog_is_told__every_message_once),
        TEST(invisible__what_was_taken_is_delivered__not_expired),
        cmocka_unit_test(invisible__equals_signed_out__byte_for_byte),
    };
    return cmocka_run_group_tests_name("server/core/invisible", tests, NULL, NULL);
}
