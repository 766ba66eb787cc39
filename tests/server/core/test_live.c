/* test_live.c - messages that reach only who is signed in: never stored, acknowledged by name, timed. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 11);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    world_set_policy(&world, "bob", "AcceptOfflineIm", "False");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static const struct frame_live_result *live_result(void)
{
    return peer_count(alice, FRAME_LIVE_RESULT) == 0 ? NULL : &peer_last(alice, FRAME_LIVE_RESULT)->u.live_result;
}

static void live__is_delivered__when_a_device_acknowledges(void **state)
{
    (void)state;
    uint64_t send_no = peer_send(alice, "bob", "now or never");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_LIVE);
    CHECK_EQ(peer_result(alice, send_no)->k, 1);
    CHECK_EQ(peer_last(bob, FRAME_DELIVER)->u.deliver.seq, 0);
    CHECK_EQ(live_result()->state, LIVE_DELIVERED);
    CHECK_EQ(live_result()->send_no, send_no);
    CHECK_EQ(peer_count(alice, FRAME_LIVE_RESULT), 1);
}

static void live__is_refused__when_nobody_is_there(void **state)
{
    (void)state;
    peer_cut(bob);
    uint64_t send_no = peer_send(alice, "bob", "too late");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_REFUSED);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_RECIPIENT_OFFLINE_OFF);
}

/*
 * Goal:   without an acknowledgement within ten seconds it is not delivered; a late one upgrades that.
 * Method: Bob does not answer; time passes; then he does.
 */
static void live__is_not_delivered_after_ten_seconds__and_upgraded_later(void **state)
{
    (void)state;
    bob->auto_ack = false;
    (void)peer_send(alice, "bob", "hello?");
    world_run_ms(&world, LIVE_TIMEOUT_MS - 1);
    CHECK(live_result() == NULL);
    world_run_ms(&world, 1500);
    CHECK_EQ(live_result()->state, LIVE_NOT_DELIVERED);
    struct oim_id msg_id = peer_last(bob, FRAME_DELIVER)->u.deliver.msg_id;
    struct frame ack = {.kind = FRAME_ACK, .u.ack = {.live_ids = &msg_id, .live_id_count = 1}};
    peer_say(bob, &ack);
    CHECK_EQ(live_result()->state, LIVE_DELIVERED);
    CHECK_EQ(peer_count(alice, FRAME_LIVE_RESULT), 2);
    peer_say(bob, &ack);
    CHECK_EQ(peer_count(alice, FRAME_LIVE_RESULT), 2);
}

static void live__is_not_delivered__when_the_last_session_ends(void **state)
{
    (void)state;
    bob->auto_ack = false;
    (void)peer_send(alice, "bob", "hello?");
    peer_cut(bob);
    CHECK_EQ(live_result()->state, LIVE_NOT_DELIVERED);
}

static void live__leaves_only_its_number__on_disk(void **state)
{
    (void)state;
    uint64_t send_no = peer_send(alice, "bob", "nothing of this is kept");
    peer_forget(alice);
    peer_forget(bob);
    world_restart(&world);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "nothing of this is kept"), 0);
    peer_sign_in(alice);
    CHECK_EQ(peer_last(alice, FRAME_AUTH_OK)->u.auth_ok.hw, send_no);

    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "nothing of this is kept", send_no, CLS_CHAT, &frame, slots);
    peer_say(alice, &frame);
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_LIVE);
    CHECK_EQ(live_result()->state, LIVE_NOT_DELIVERED);
    CHECK_EQ(peer_text_count(bob, "nothing of this is kept"), 0);
}

static void live__goes_to_no_session__of_class_none(void **state)
{
    (void)state;
    struct peer *script = world_link(bob, "cron");
    script->class = CLASS_NONE;
    peer_sign_in(script);
    (void)peer_send(alice, "bob", "for people");
    CHECK_EQ(peer_text_count(script, "for people"), 0);
    CHECK_EQ(peer_text_count(bob, "for people"), 1);
    CHECK_EQ(peer_result(alice, 1)->k, 1);
    CHECK_EQ(peer_result(alice, 1)->n, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/*
 * Goal:   a note to oneself that reaches only who is signed in leaves no row that is for nobody.
 * Method: Alice may not leave messages and has a second device, which is away and comes back.
 */
static void live__leaves_nothing_behind__to_oneself(void **state)
{
    (void)state;
    struct peer *phone = world_link(alice, "phone");
    world_set_policy(&world, "alice", "EnableIMAutoArchiving", "False");
    uint64_t send_no = peer_send(alice, "alice", "note");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_LIVE);
    peer_sign_in(phone);
    CHECK_EQ(peer_count(phone, FRAME_GAP), 0);
    CHECK_EQ(peer_text_count(phone, "note"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(live__is_delivered__when_a_device_acknowledges),
        TEST(live__is_refused__when_nobody_is_there),
        TEST(live__is_not_delivered_after_ten_seconds__and_upgraded_later),
        TEST(live__is_not_delivered__when_the_last_session_ends),
        TEST(live__leaves_only_its_number__on_disk),
        TEST(live__goes_to_no_session__of_class_none),
        TEST(live__leaves_nothing_behind__to_oneself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
