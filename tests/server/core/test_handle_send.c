/* test_handle_send.c - what a sender is told, and when. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 42);
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

static enum outcome outcome_of(const struct peer *peer, uint64_t send_no)
{
    const struct frame_submit_result *result = peer_result(peer, send_no);
    return result == NULL ? OUTCOME_NONE : result->outcome;
}

static void resend(struct peer *peer, const char *to, const char *text, uint64_t send_no)
{
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(peer, to, text, send_no, CLS_CHAT, &frame, slots);
    peer_say(peer, &frame);
}

/*
 * Goal:   an acknowledgement never overtakes the commit it vouches for.
 * Method: hold the store's commit back, let time pass, and look at what the sender received.
 */
static void handle_submit__withholds_the_answer__while_the_commit_is_pending(void **state)
{
    (void)state;
    world_hold_commits(&world);
    uint64_t send_no = peer_send(alice, "bob", "hello");
    world_run_ms(&world, 20000);
    CHECK(peer_result(alice, send_no) == NULL);
    CHECK_EQ(peer_text_count(bob, "hello"), 0);

    world_release_commits(&world);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(bob, "hello"), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.k, 1);
}

/*
 * Goal:   also a refusal waits for its marker.
 * Method: as above, with somebody whose policy says no.
 */
static void handle_submit__withholds_a_refusal__while_its_marker_is_pending(void **state)
{
    (void)state;
    peer_cut(bob);
    world_set_policy(&world, "alice", "EnableIMAutoArchiving", "False");
    world_hold_commits(&world);
    uint64_t send_no = peer_send(alice, "bob", "hello");
    CHECK(peer_result(alice, send_no) == NULL);
    world_release_commits(&world);
    const struct frame_submit_result *result = peer_result(alice, send_no);
    CHECK(result != NULL);
    CHECK_EQ(result->outcome, OUTCOME_REFUSED);
    CHECK_EQ(result->reason, REASON_SENDER_OFFLINE_OFF);
    CHECK_EQ(result->who, WHO_SENDER_POLICY);
    CHECK_TEXT(result->detail.policy, "Tag:alice");
}

/*
 * Goal:   who may not send read receipts sends none, whatever their client thinks; and can let it be.
 * Method: a client that sends one all the same, while it is allowed, forbidden, and allowed again.
 */
/*
 * Goal:   what decided how long it waits is said by the name it had then.
 * Method: Alice's socket is blocked from before the answer until after the policy in force has a time of its
 * own.
 */
static void handle_submit__names_the_policy_that_decided__when_it_is_another_now(void **state)
{
    (void)state;
    peer_cut(bob);
    world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = alice->conn});
    uint64_t send_no = peer_send(alice, "bob", "for later");
    CHECK(peer_result(alice, send_no) == NULL);
    world_set_policy(&world, NULL, "OfflineRetentionDays", "3");
    world_event(&world, &(struct core_event){.kind = CORE_WRITABLE, .conn = alice->conn});
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_HELD);
    CHECK_TEXT(peer_result(alice, send_no)->detail.policy, "default");
}

static void handle_submit__refuses_a_read_receipt__where_policy_forbids_them(void **state)
{
    (void)state;
    struct frame submit;
    struct key_slot slots[SLOT_COUNT_MAX];
    for (int round = 0; round < 3; round++) {
        bool is_allowed = round != 1;
        world_set_policy(&world, "alice", "EnableReadReceipts", is_allowed ? "True" : "False");
        peer_forget(bob);
        peer_submit_fill(alice, "bob", "read", ++alice->send_no, CLS_RECEIPT, &submit, slots);
        for (int times = 0; times < 2; times++) { /* the second answer is the first */
            peer_forget(alice);
            peer_say(alice, &submit);
            const struct frame_submit_result *result = peer_result(alice, alice->send_no);
            CHECK(result != NULL);
            CHECK_EQ(result->outcome, is_allowed ? OUTCOME_STORED_PUSHED : OUTCOME_REFUSED);
            CHECK_EQ(result->reason, is_allowed ? REASON_NONE : REASON_RECEIPTS_OFF);
            CHECK_EQ(result->who, is_allowed ? WHO_NONE : WHO_SENDER_POLICY);
            CHECK_TEXT(result->detail.policy, is_allowed ? "" : "Tag:alice");
        }
        CHECK_EQ(peer_count(bob, FRAME_DELIVER), is_allowed ? 1 : 0);
        CHECK_EQ(outcome_of(alice, peer_send(alice, "bob", "the number after it")), OUTCOME_STORED_PUSHED);
    }
}

static void handle_submit__holds__until_the_sign_in(void **state)
{
    (void)state;
    peer_cut(bob);
    uint64_t send_no = peer_send(alice, "bob", "for later");
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_HELD);
    CHECK_EQ(peer_result(alice, send_no)->until_ms, world.clock.wall_ms + 14 * UINT64_C(86400000));
    world_restart(&world);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "for later"), 1);
    CHECK_EQ(peer_last(bob, FRAME_SUMMARY)->u.summary.total, 1);
    CHECK_EQ(bob->message_count, 2); /* ServerHello; then everything in one */
    peer_sign_in(alice);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
}

/*
 * Goal:   the second answer equals the first, for each kind of final answer, also after a restart.
 * Method: say every Submit again, on the same connection and on one after a restart.
 */
/*
 * Goal:   held says whose policy decides how long; answers are one record only where all of it is the same.
 * Method: two people, held at once until the same time, one under a policy of their own; the sender's own,
 * shorter time names nobody.
 */
static void handle_submit__says_whose_policy_decides__how_long_it_waits(void **state)
{
    (void)state;
    struct peer *carol = world_join(&world, "carol");
    world_set_policy(&world, "bob", "OfflineRetentionDays", "14");
    peer_cut(bob);
    peer_cut(carol);
    world_hold_commits(&world);
    size_t before = peer_count(alice, FRAME_SUBMIT_RESULT);
    uint64_t send_no = peer_send(alice, "carol", "one");
    (void)peer_send(alice, "bob", "two");
    world_release_commits(&world);
    CHECK_EQ(peer_count(alice, FRAME_SUBMIT_RESULT), before + 2);
    CHECK_TEXT(peer_result(alice, send_no)->detail.policy, "default");
    CHECK_TEXT(peer_result(alice, send_no + 1)->detail.policy, "Tag:bob");
    CHECK_EQ(peer_result(alice, send_no)->until_ms, peer_result(alice, send_no + 1)->until_ms);
    send_no = peer_send_for(alice, "bob", "three", 60);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_HELD);
    CHECK_TEXT(peer_result(alice, send_no)->detail.policy, "");
}

static void handle_submit__answers_the_same__when_asked_again(void **state)
{
    (void)state;
    uint64_t pushed = peer_send(alice, "bob", "one");
    peer_cut(bob);
    uint64_t held = peer_send(alice, "bob", "two");
    world_close_account(&world, "bob", "left us");
    uint64_t refused = peer_send(alice, "bob", "three");
    const struct frame_submit_result first[] = {*peer_result(alice, pushed), *peer_result(alice, held),
                                                *peer_result(alice, refused)};
    CHECK_EQ(first[1].outcome, OUTCOME_HELD);
    CHECK_EQ(first[2].reason, REASON_CLOSED);
    CHECK_TEXT(first[2].detail.text, "left us");

    for (int round = 0; round < 2; round++) {
        static const char *const texts[] = {"one", "two", "three"};
        size_t frame_count = alice->frame_count;
        for (uint64_t no = 1; no <= 3; no++) {
            resend(alice, "bob", texts[no - 1], no);
            const struct frame_submit_result *again = peer_result(alice, no);
            CHECK_EQ(again->outcome, first[no - 1].outcome);
            CHECK_EQ(again->reason, first[no - 1].reason);
            CHECK_EQ(again->who, first[no - 1].who);
            CHECK_EQ(again->until_ms, first[no - 1].until_ms);
            CHECK_TEXT(again->detail.text, first[no - 1].detail.text);
        }
        CHECK(alice->frame_count > frame_count);
        world_restart(&world);
        peer_sign_in(alice);
        CHECK_EQ(peer_last(alice, FRAME_AUTH_OK)->u.auth_ok.hw, 3);
    }
}

static void handle_submit__says_conflict__for_another_message_under_a_used_number(void **state)
{
    (void)state;
    peer_cut(bob);
    uint64_t send_no = peer_send(alice, "bob", "one");
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "other", send_no, CLS_CHAT, &frame, slots);
    frame.u.submit.msg_id.bytes[0] ^= 1;
    peer_say(alice, &frame);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_CONFLICT);
}

static void handle_submit__says_gap__for_a_number_too_far(void **state)
{
    (void)state;
    resend(alice, "bob", "five", 5);
    CHECK_EQ(outcome_of(alice, 5), OUTCOME_GAP);
    CHECK_EQ(peer_text_count(bob, "five"), 0);
}

/*
 * Goal:   a change of policy that overtakes an append decides it; what waits behind keeps its order.
 * Method: submit three while commits are held, change the policy behind the core's back of them in the
 * store's queue: the change is submitted first, the appends carry the old version.
 */
static void handle_submit__judges_again__when_the_policy_changed_in_flight(void **state)
{
    (void)state;
    peer_cut(bob);
    world.core->policies.policy_version--; /* the core has not heard of the change yet */
    uint64_t first = 0;
    world_hold_commits(&world);
    for (int i = 0; i < 3; i++) {
        uint64_t send_no = peer_send(alice, "bob", "in flight");
        first = first == 0 ? send_no : first;
    }
    CHECK(peer_result(alice, first) == NULL);
    world.core->policies.policy_version++;
    world_release_commits(&world);
    CHECK_EQ(outcome_of(alice, first), OUTCOME_HELD);
    CHECK_EQ(outcome_of(alice, first + 1), OUTCOME_HELD);
    CHECK_EQ(outcome_of(alice, first + 2), OUTCOME_HELD);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "in flight"), 3);
}

static void handle_submit__says_retry__after_three_stale_verdicts(void **state)
{
    (void)state;
    world.core->policies.policy_version -= 1;
    uint64_t send_no = peer_send(alice, "bob", "never fresh");
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_RETRY);
    world.core->policies.policy_version += 1;
    resend(alice, "bob", "never fresh", send_no);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(bob, "never fresh"), 1);
}

/*
 * Goal:   a full mailbox refuses, uses the number up, and lets what is behind it pass.
 * Method: room for two, four sent at once to somebody who is away, then one to somebody else.
 */
static void handle_submit__refuses__when_the_mailbox_is_full(void **state)
{
    (void)state;
    struct peer *carol = world_join(&world, "carol");
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "2");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    peer_cut(bob);
    world_hold_commits(&world);
    for (int i = 0; i < 4; i++) {
        (void)peer_send(alice, "bob", "full");
    }
    uint64_t other = peer_send(alice, "carol", "passes");
    world_release_commits(&world);
    CHECK_EQ(outcome_of(alice, 1), OUTCOME_HELD);
    CHECK_EQ(outcome_of(alice, 2), OUTCOME_HELD);
    CHECK_EQ(peer_result(alice, 3)->reason, REASON_MAILBOX_FULL);
    CHECK_EQ(peer_result(alice, 3)->detail.limit, 2);
    CHECK_EQ(peer_result(alice, 4)->reason, REASON_MAILBOX_FULL);
    CHECK_EQ(outcome_of(alice, other), OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(carol, "passes"), 1);
}

static void handle_submit__answers_a_wrong_set__and_uses_no_number_up(void **state)
{
    (void)state;
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "hello", 1, CLS_CHAT, &frame, slots);
    slots[frame.u.submit.slot_count++] = (struct key_slot){.device_id = world.owner->device_id};
    peer_say(alice, &frame);
    const struct frame_device_set_wrong *wrong =
        &peer_last(alice, FRAME_DEVICE_SET_WRONG)->u.device_set_wrong;
    CHECK_EQ(wrong->send_no, 1);
    CHECK_EQ(wrong->extra_count, 1);
    CHECK_EQ(wrong->missing_count, 0);
    CHECK(oim_id_equal(&wrong->extra[0], &world.owner->device_id));

    frame.u.submit.slot_count = 0;
    peer_say(alice, &frame);
    wrong = &peer_last(alice, FRAME_DEVICE_SET_WRONG)->u.device_set_wrong;
    CHECK_EQ(wrong->missing_count, 1);
    CHECK(oim_id_equal(&wrong->missing[0], &bob->device_id));
    CHECK(peer_result(alice, 1) == NULL);

    CHECK_EQ(peer_send(alice, "bob", "hello"), 1);
    CHECK_EQ(outcome_of(alice, 1), OUTCOME_STORED_PUSHED);
}

/*
 * Goal:   somebody who sends to wrong devices and does not read is cut off, and nobody else notices.
 * Method: nothing leaves for Alice while she sends thousands of them: first with slots too many, which is
 * seen on arrival, then with slots too few, which is seen on the lane.
 */
static void handle_submit__cuts_off__who_reads_no_answer_about_wrong_sets(void **state)
{
    (void)state;
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = alice->conn});
    for (int i = 0; i < 4000 && alice->conn != 0; i++) {
        peer_submit_fill(alice, "bob", "hello", 1, CLS_CHAT, &frame, slots);
        while (frame.u.submit.slot_count < SLOT_COUNT_MAX) {
            struct key_slot *slot = &slots[frame.u.submit.slot_count++];
            *slot = (struct key_slot){.device_id = world.owner->device_id};
            slot->device_id.bytes[0] = (uint8_t)frame.u.submit.slot_count;
        }
        peer_say(alice, &frame);
    }
    CHECK_EQ(alice->conn, 0);

    peer_sign_in(alice);
    world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = alice->conn});
    for (int i = 0; i < 9000 && alice->conn != 0; i++) {
        peer_submit_fill(alice, "bob", "hello", 1, CLS_CHAT, &frame, slots);
        frame.u.submit.slot_count = 0;
        peer_say(alice, &frame);
    }
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(world.core->pendings.count, 0);
    peer_sign_in(alice);
    CHECK_EQ(peer_send(alice, "bob", "hello"), 1);
    CHECK_EQ(outcome_of(alice, 1), OUTCOME_STORED_PUSHED);
}

static void handle_submit__reaches_all_devices__the_senders_others_included(void **state)
{
    (void)state;
    struct peer *bob2 = world_link(bob, "bob's second");
    struct peer *alice2 = world_link(alice, "alice's second");
    peer_sign_in(alice2);
    uint64_t send_no = peer_send(alice, "bob", "to all");
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(bob, "to all"), 1);
    CHECK_EQ(peer_text_count(alice2, "to all"), 1);
    CHECK_EQ(peer_text_count(alice, "to all"), 0);
    const struct frame_deliver *copy = &peer_last(alice2, FRAME_DELIVER)->u.deliver;
    CHECK(copy->own_copy);
    CHECK_EQ(copy->send_no, send_no);
    CHECK(oim_id_equal(&copy->to_user, &bob->user_id));
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.k, 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.n, 2);

    peer_sign_in(bob2);
    CHECK_EQ(peer_text_count(bob2, "to all"), 1);
    CHECK_EQ(peer_last(bob2, FRAME_SUMMARY)->u.summary.talks[0].elsewhere, 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.k, 2);
}

/*
 * Goal:   rows of its own do not keep a device behind: nothing is left for it at the next sign-in.
 * Method: two devices; the first sends ten, is cut and comes back.
 */
static void handle_submit__passes_own_rows_over__and_moves_the_cursor(void **state)
{
    (void)state;
    struct peer *alice2 = world_link(alice, "alice's second");
    peer_sign_in(alice2);
    for (int i = 0; i < 10; i++) {
        (void)peer_send(alice, "bob", "mine");
    }
    world_run_ms(&world, 2000);
    const struct device *device = registry_device_by_id(&world.core->registry, &alice->device_id);
    CHECK_EQ(device->cursor, registry_person_by_login(&world.core->registry, "alice")->head);
    peer_cut(alice);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(peer_text_count(alice, "mine"), 0);
    CHECK_EQ(peer_count(alice, FRAME_GAP), 0);
    CHECK_EQ(peer_count(alice, FRAME_NOTICE), 0);
    CHECK_EQ(peer_text_count(alice2, "mine"), 10);
}

static void handle_submit__coalesces_answers__of_one_binary_message(void **state)
{
    (void)state;
    peer_cut(bob);
    world_hold_commits(&world);
    for (int i = 0; i < 16; i++) {
        (void)peer_send(alice, "bob", "run");
    }
    world_release_commits(&world);
    CHECK_EQ(peer_count(alice, FRAME_SUBMIT_RESULT), 1);
    CHECK_EQ(peer_last(alice, FRAME_SUBMIT_RESULT)->u.submit_result.from_no, 1);
    CHECK_EQ(peer_last(alice, FRAME_SUBMIT_RESULT)->u.submit_result.to_no, 16);
}

static void handle_submit__pushes_quietly__during_do_not_disturb(void **state)
{
    (void)state;
    world_set_state(&world, "bob", PRESENCE_DND);
    uint64_t send_no = peer_send(alice, "bob", "psst");
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_PUSHED_QUIET);
    CHECK(peer_last(bob, FRAME_DELIVER)->u.deliver.quiet);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED_QUIET), 1);
}

static void handle_submit__refuses_a_blocked_sender__as_if_nothing_were_accepted(void **state)
{
    (void)state;
    world_set_block(&world, "bob", "alice", true);
    uint64_t send_no = peer_send(alice, "bob", "let me in");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_RECIPIENT_OFFLINE_OFF);
    CHECK_EQ(peer_text_count(bob, "let me in"), 0);
}

static void handle_submit__refuses__to_oneself_without_another_device(void **state)
{
    (void)state;
    uint64_t send_no = peer_send(alice, "alice", "note to self");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_TO_SELF);
    struct peer *alice2 = world_link(alice, "second");
    peer_sign_in(alice2);
    send_no = peer_send(alice, "alice", "note to self");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(alice2, "note to self"), 1);
}

static void handle_submit__refuses_classes__that_are_the_servers(void **state)
{
    (void)state;
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "forged", 1, CLS_NOTICE, &frame, slots);
    peer_say(alice, &frame);
    CHECK_EQ(peer_result(alice, 1)->reason, REASON_CLASS);
}

static void handle_submit__tells_to_wait__above_the_rate(void **state)
{
    (void)state;
    struct core_config config = world.config;
    config.limits.submit_burst = 2;
    config.limits.submit_rate_per_s = 1;
    core_configure(world.core, &config);
    memset(&registry_device_by_id(&world.core->registry, &alice->device_id)->rate, 0,
           sizeof(struct rate_bucket));
    world_run_ms(&world, 10000);
    (void)peer_send(alice, "bob", "one");
    (void)peer_send(alice, "bob", "two");
    uint64_t third = peer_send(alice, "bob", "three");
    CHECK_EQ(outcome_of(alice, third), OUTCOME_RETRY);
    CHECK_EQ(peer_result(alice, third)->reason, REASON_RATE);
    CHECK(peer_result(alice, third)->retry_after_ms > 0);
    world_run_ms(&world, 1000);
    resend(alice, "bob", "three", third);
    CHECK_EQ(outcome_of(alice, third), OUTCOME_STORED_PUSHED);
}

static void handle_submit__takes_no_more__than_the_unanswered_maximum(void **state)
{
    (void)state;
    peer_cut(bob);
    world_hold_commits(&world);
    for (unsigned i = 0; i < UNANSWERED_MAX; i++) {
        (void)peer_send(alice, "bob", "many");
    }
    uint64_t over = peer_send(alice, "bob", "many");
    CHECK_EQ(outcome_of(alice, over), OUTCOME_RETRY);
    world_release_commits(&world);
    CHECK_EQ(outcome_of(alice, over - 1), OUTCOME_HELD);
}

/*
 * Goal:   when the store does not know whether it committed, nobody is told that it did, and nothing is lost
 * or doubled. Method: the commit is reported unknown (it did happen); the sender is cut off, comes back and
 * sends again.
 */
static void handle_submit__cuts_the_sender_off__when_the_commit_is_unknown(void **state)
{
    (void)state;
    peer_cut(bob);
    world.fail_op = STORE_APPEND;
    world.fail_result = STORE_UNKNOWN;
    uint64_t send_no = peer_send(alice, "bob", "perhaps");
    CHECK(peer_result(alice, send_no) == NULL);
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(alice->close_code, 1013);
    peer_sign_in(alice);
    resend(alice, "bob", "perhaps", send_no);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_HELD);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "perhaps"), 1);
}

/*
 * Goal:   a message whose commit was reported unknown, but happened, reaches who is connected without waiting
 * for the next one. Method: the same with Bob signed in; likewise a notice that rode along with an Ack.
 */
static void handle_submit__reaches_who_is_there__when_the_commit_was_unknown(void **state)
{
    (void)state;
    world.fail_op = STORE_APPEND;
    world.fail_result = STORE_UNKNOWN;
    uint64_t send_no = peer_send(alice, "bob", "perhaps");
    CHECK_EQ(alice->conn, 0);
    CHECK_EQ(peer_text_count(bob, "perhaps"), 1);
    peer_sign_in(alice);
    resend(alice, "bob", "perhaps", send_no);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_STORED_PUSHED);
    CHECK_EQ(peer_text_count(bob, "perhaps"), 1);

    bob->auto_ack = false;
    peer_forget(alice);
    (void)peer_send(alice, "bob", "acked in doubt");
    world.fail_op = STORE_CURSOR;
    world.fail_result = STORE_UNKNOWN;
    peer_ack(bob, peer_last(bob, FRAME_DELIVER)->u.deliver.seq);
    CHECK_EQ(bob->conn, 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
}

static void handle_submit__is_not_final__when_the_disk_is_full(void **state)
{
    (void)state;
    world.fail_op = STORE_APPEND;
    world.fail_result = STORE_DISK_FULL;
    uint64_t send_no = peer_send(alice, "bob", "no room");
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_RETRY);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_DISK_FULL);
    resend(alice, "bob", "no room", send_no);
    CHECK_EQ(outcome_of(alice, send_no), OUTCOME_STORED_PUSHED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_submit__withholds_the_answer__while_the_commit_is_pending),
        TEST(handle_submit__withholds_a_refusal__while_its_marker_is_pending),
        TEST(handle_submit__names_the_policy_that_decided__when_it_is_another_now),
        TEST(handle_submit__refuses_a_read_receipt__where_policy_forbids_them),
        TEST(handle_submit__holds__until_the_sign_in),
        TEST(handle_submit__says_whose_policy_decides__how_long_it_waits),
        TEST(handle_submit__answers_the_same__when_asked_again),
        TEST(handle_submit__says_conflict__for_another_message_under_a_used_number),
        TEST(handle_submit__says_gap__for_a_number_too_far),
        TEST(handle_submit__judges_again__when_the_policy_changed_in_flight),
        TEST(handle_submit__says_retry__after_three_stale_verdicts),
        TEST(handle_submit__refuses__when_the_mailbox_is_full),
        TEST(handle_submit__answers_a_wrong_set__and_uses_no_number_up),
        TEST(handle_submit__cuts_off__who_reads_no_answer_about_wrong_sets),
        TEST(handle_submit__reaches_all_devices__the_senders_others_included),
        TEST(handle_submit__passes_own_rows_over__and_moves_the_cursor),
        TEST(handle_submit__coalesces_answers__of_one_binary_message),
        TEST(handle_submit__pushes_quietly__during_do_not_disturb),
        TEST(handle_submit__refuses_a_blocked_sender__as_if_nothing_were_accepted),
        TEST(handle_submit__refuses__to_oneself_without_another_device),
        TEST(handle_submit__refuses_classes__that_are_the_servers),
        TEST(handle_submit__tells_to_wait__above_the_rate),
        TEST(handle_submit__takes_no_more__than_the_unanswered_maximum),
        TEST(handle_submit__cuts_the_sender_off__when_the_commit_is_unknown),
        TEST(handle_submit__reaches_who_is_there__when_the_commit_was_unknown),
        TEST(handle_submit__is_not_final__when_the_disk_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
