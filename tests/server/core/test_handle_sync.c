/* test_handle_sync.c - what a receiver gets: once, in order, holes stated, within its window. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 7);
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

static void send_many(const char *to, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "text %u", i);
        CHECK(peer_send(alice, to, text) > 0);
    }
}

/* Deliver and Gap frames cover from..to exactly once, in order. */
static void check_sequence(const struct peer *peer, uint64_t from_seq, uint64_t to_seq)
{
    uint64_t next = from_seq;
    for (size_t i = 0; i < peer->frame_count; i++) {
        const struct frame *frame = &peer->frames[i];
        if (frame->kind == FRAME_DELIVER && frame->u.deliver.seq != 0) {
            CHECK_EQ(frame->u.deliver.seq, next);
            next++;
        } else if (frame->kind == FRAME_NOTICE) {
            CHECK_EQ(frame->u.notice.seq, next);
            next++;
        } else if (frame->kind == FRAME_GAP) {
            CHECK_EQ(frame->u.gap.from_seq, next);
            next = frame->u.gap.to_seq + 1;
        }
    }
    CHECK_EQ(next, to_seq + 1);
}

static void handle_sync__sends_everything_once__in_order(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    send_many("bob", 300);
    peer_sign_in(bob);
    check_sequence(bob, 1, 300);
    CHECK_EQ(peer_last(bob, FRAME_CAUGHT_UP)->u.caught_up.head, 300);
    CHECK_EQ(bob->cursor, 300);
}

/*
 * Goal:   a row pushed while a page is being read comes neither twice nor before its turn.
 * Method: Bob signs in with a backlog and does not read on; one more is sent while his page is on its way.
 */
static void mailbox__keeps_order__when_a_push_meets_a_page(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    send_many("bob", 5);
    peer_greet(bob);
    world_hold_commits(&world);
    peer_auth(bob);
    send_many("bob", 3);
    world_release_commits(&world);
    send_many("bob", 2);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 10);
    check_sequence(bob, 1, 10);
}

static void mailbox__stops__at_the_window(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    bob->auto_ack = false;
    bob->window_rows = 10;
    send_many("bob", 25);
    peer_sign_in(bob);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 10);
    CHECK_EQ(peer_count(bob, FRAME_CAUGHT_UP), 0);
    send_many("bob", 1);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 10);
    peer_ack(bob, 4);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 14);
    peer_ack(bob, 14);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 24);
    peer_ack(bob, 24);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 26);
    CHECK_EQ(peer_count(bob, FRAME_CAUGHT_UP), 1);
    check_sequence(bob, 1, 26);
}

static void mailbox__stops_pushing__at_the_window(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    bob->auto_ack = false;
    bob->window_rows = 3;
    peer_sign_in(bob);
    send_many("bob", 5);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 3);
    peer_ack(bob, 3);
    check_sequence(bob, 1, 5);
}

static void mailbox__sends_no_rows__without_a_window(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    bob->window_rows = 0;
    bob->class = CLASS_NONE;
    send_many("bob", 3);
    peer_sign_in(bob);
    CHECK_EQ(peer_last(bob, FRAME_SUMMARY)->u.summary.total, 3);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 0);
    send_many("bob", 1);
    CHECK_EQ(peer_result(alice, alice->send_no)->outcome, OUTCOME_HELD);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 0);

    struct frame sync = {.kind = FRAME_SYNC, .u.sync = {.window_rows = 256}};
    peer_say(bob, &sync);
    check_sequence(bob, 1, 4);
}

/*
 * Goal:   rows sent on a connection that died are sent again, and the acknowledgement that was lost is made
 * good: the sender hears of the delivery once. Method: Bob receives without acknowledging, is cut, comes back
 * claiming to have them all.
 */
static void mailbox__starts_at_the_stores_cursor__after_a_lost_ack(void **state)
{
    (void)state;
    bob->auto_ack = false;
    send_many("bob", 3);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 3);
    peer_cut(bob);
    peer_forget(bob);
    bob->cursor = 3;
    bob->auto_ack = true;
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    peer_sign_in(bob);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 3);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 3);
}

static void handle_ack__is_answered__above_what_was_sent(void **state)
{
    (void)state;
    send_many("bob", 1);
    peer_ack(bob, 50);
    CHECK_EQ(peer_last(bob, FRAME_ERROR)->u.error.offending_kind, FRAME_ACK);
    bob->cursor = 1;
    peer_cut(bob);
    peer_forget(bob);
    send_many("bob", 1);
    peer_sign_in(bob);
    check_sequence(bob, 2, 2);
}

static void handle_ack__is_answered__below_the_cursor(void **state)
{
    (void)state;
    send_many("bob", 3);
    peer_ack(bob, 1);
    CHECK_EQ(peer_last(bob, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_CONFLICT));
}

/*
 * Goal:   one notice per (Ack, sender), whatever the number of messages.
 * Method: two senders, five messages each, one Ack.
 */
static void handle_ack__makes_one_notice__per_sender(void **state)
{
    (void)state;
    struct peer *carol = world_join(&world, "carol");
    bob->auto_ack = false;
    for (int i = 0; i < 5; i++) {
        (void)peer_send(alice, "bob", "a");
        (void)peer_send(carol, "bob", "c");
    }
    peer_ack(bob, 10);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(carol, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 5);
    CHECK(oim_id_equal(&peer_last(alice, FRAME_NOTICE)->u.notice.peer, &bob->user_id));
}

/*
 * Goal:   no Ack overtakes an earlier one, so that none is lost behind a cursor that has moved past it.
 * Method: three Acks while the store commits nothing: the second and third become one, after the first.
 */
static void handle_ack__waits__while_another_is_at_the_store(void **state)
{
    (void)state;
    bob->auto_ack = false;
    send_many("bob", 3);
    world_hold_commits(&world);
    peer_ack(bob, 1);
    peer_ack(bob, 2);
    peer_ack(bob, 3);
    world_release_commits(&world);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 2);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 2);
}

static void handle_ack__repeats__when_the_store_was_busy(void **state)
{
    (void)state;
    bob->auto_ack = false;
    send_many("bob", 1);
    world.fail_op = STORE_CURSOR;
    world.fail_result = STORE_RETRY;
    peer_ack(bob, 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
}

static void handle_ack__is_made_good__when_the_commit_was_unknown(void **state)
{
    (void)state;
    bob->auto_ack = false;
    send_many("bob", 1);
    world.fail_op = STORE_CURSOR;
    world.fail_result = STORE_UNKNOWN;
    peer_ack(bob, 1);
    CHECK_EQ(bob->conn, 0);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 0); /* it was committed */
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    peer_cut(alice);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0); /* once */
}

/*
 * Goal:   a hole in the mailbox is stated.
 * Method: three messages expire while Bob is away; one newer has a longer life.
 */
static void mailbox__states_a_gap__where_rows_have_expired(void **state)
{
    (void)state;
    peer_cut(bob);
    peer_forget(bob);
    world_set_policy(&world, "bob", "OfflineRetentionDays", "1");
    send_many("bob", 3);
    world_set_policy(&world, "bob", "OfflineRetentionDays", "10");
    send_many("bob", 1);
    world_run_ms(&world, UINT64_C(2) * 86400000);
    peer_sign_in(bob);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 1);
    CHECK_EQ(peer_last(bob, FRAME_GAP)->u.gap.from_seq, 1);
    CHECK_EQ(peer_last(bob, FRAME_GAP)->u.gap.to_seq, 3);
    CHECK_EQ(peer_last(bob, FRAME_GAP)->u.gap.why, GAP_EXPIRED);
    CHECK_EQ(peer_notice_count(bob, NOTICE_EXPIRED_HERE), 1);
    check_sequence(bob, 1, 5);
}

/*
 * Goal:   a device that is too far behind the person's others loses only its own copies of the oldest, and is
 * told by a gap; the person has them all. Method: Bob's laptop takes everything while his phone is away for
 * longer than the quota.
 */
static void mailbox__states_a_gap__to_a_device_too_far_behind(void **state)
{
    (void)state;
    struct peer *phone = world_link(bob, "phone");
    peer_sign_in(phone);
    peer_cut(phone);
    peer_forget(phone);
    peer_forget(bob);
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "10");
    send_many("bob", 25);
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), 25);
    CHECK_EQ(peer_count(bob, FRAME_GAP), 0);
    peer_sign_in(phone);
    CHECK_EQ(peer_count(phone, FRAME_DELIVER),
             11); /* the quota, and the last: nobody had it when room was made */
    CHECK_EQ(peer_count(phone, FRAME_GAP), 1);
    CHECK_EQ(peer_last(phone, FRAME_GAP)->u.gap.count, 14);
    CHECK_EQ(peer_last(phone, FRAME_GAP)->u.gap.why, GAP_EXPIRED);
    CHECK_EQ(peer_text_count(phone, "text 13"), 0);
    for (unsigned i = 14; i < 25; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "text %u", i);
        CHECK_EQ(peer_text_count(phone, text), 1);
    }
}

static void handle_sync__sends_again__what_is_not_acknowledged(void **state)
{
    (void)state;
    bob->auto_ack = false;
    send_many("bob", 4);
    peer_ack(bob, 1);
    peer_forget(bob);
    struct frame sync = {.kind = FRAME_SYNC, .u.sync = {.from_seq = 2, .window_rows = 256}};
    peer_say(bob, &sync);
    check_sequence(bob, 2, 4);
}

static void handle_attend__counts_as_signed_in__only_above_none(void **state)
{
    (void)state;
    struct frame attend = {.kind = FRAME_ATTEND, .u.attend.class = CLASS_NONE};
    peer_say(bob, &attend);
    CHECK_EQ(peer_send(alice, "bob", "a"), 1);
    CHECK_EQ(peer_result(alice, 1)->outcome, OUTCOME_HELD);
    attend.u.attend.class = CLASS_ATTENDING;
    peer_say(bob, &attend);
    CHECK_EQ(peer_send(alice, "bob", "b"), 2);
    CHECK_EQ(peer_result(alice, 2)->outcome, OUTCOME_STORED_PUSHED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_sync__sends_everything_once__in_order),
        TEST(mailbox__keeps_order__when_a_push_meets_a_page),
        TEST(mailbox__stops__at_the_window),
        TEST(mailbox__stops_pushing__at_the_window),
        TEST(mailbox__sends_no_rows__without_a_window),
        TEST(mailbox__starts_at_the_stores_cursor__after_a_lost_ack),
        TEST(handle_ack__is_answered__above_what_was_sent),
        TEST(handle_ack__is_answered__below_the_cursor),
        TEST(handle_ack__makes_one_notice__per_sender),
        TEST(handle_ack__waits__while_another_is_at_the_store),
        TEST(handle_ack__repeats__when_the_store_was_busy),
        TEST(handle_ack__is_made_good__when_the_commit_was_unknown),
        TEST(mailbox__states_a_gap__where_rows_have_expired),
        TEST(mailbox__states_a_gap__to_a_device_too_far_behind),
        TEST(handle_sync__sends_again__what_is_not_acknowledged),
        TEST(handle_attend__counts_as_signed_in__only_above_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
