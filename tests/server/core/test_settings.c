/* test_settings.c - what a policy's settings do on the wire, to both sides. */
#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 23);
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

static const struct frame_submit_result *write_to_bob(const char *text)
{
    peer_forget(alice);
    return peer_result(alice, peer_send(alice, "bob", text));
}

/*
 * Goal:   TellSenderDnd False hides from the sender that the message came quietly, in the answer, in the
 * notice and in the directory's hint; the recipient is not alerted either way. Method: Bob does not want to
 * be disturbed; both values, while he is here and for what was held until he was.
 */
static void TellSenderDnd__decides__whether_the_sender_hears_of_it(void **state)
{
    (void)state;
    world_set_state(&world, "bob", PRESENCE_DND);
    for (int tells = 1; tells >= 0; tells--) {
        world_set_policy(&world, "bob", "TellSenderDnd", tells == 1 ? "True" : "False");
        peer_forget(bob);
        const struct frame_submit_result *result = write_to_bob("psst");
        CHECK(result != NULL);
        CHECK_EQ(result->outcome, tells == 1 ? OUTCOME_PUSHED_QUIET : OUTCOME_STORED_PUSHED);
        CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED_QUIET), tells);
        CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1 - tells);
        CHECK_EQ(peer_text_count(bob, "psst"), 1);
        CHECK(peer_last(bob, FRAME_DELIVER)->u.deliver.quiet);
    }
}

/*
 * Goal:   DndAction Refuse: who does not want to be disturbed gets nothing, the sender hears why, and
 * afterwards it goes. Method: both states that count as such; then available again, then the other value.
 */
static void DndAction_Refuse__refuses__while_somebody_is_not_to_be_disturbed(void **state)
{
    (void)state;
    static const enum presence_state undisturbed[] = {PRESENCE_DND, PRESENCE_PRESENTING};
    world_set_policy(&world, "bob", "DndAction", "Refuse");
    for (size_t i = 0; i < OIM_COUNT(undisturbed); i++) {
        world_set_state(&world, "bob", undisturbed[i]);
        peer_forget(bob);
        const struct frame_submit_result *result = write_to_bob("now?");
        CHECK(result != NULL);
        CHECK_EQ(result->outcome, OUTCOME_REFUSED);
        CHECK_EQ(result->reason, REASON_DND_REFUSED);
        CHECK_EQ(peer_count(bob, FRAME_DELIVER), 0);
    }
    world_set_state(&world, "bob", PRESENCE_AVAILABLE);
    CHECK_EQ(write_to_bob("now")->outcome, OUTCOME_STORED_PUSHED);
    world_set_policy(&world, "bob", "DndAction", "Hold");
    world_set_state(&world, "bob", PRESENCE_DND);
    CHECK_EQ(write_to_bob("quietly")->outcome, OUTCOME_PUSHED_QUIET);
}

/*
 * Goal:   MinimumClientVersion: an older client may not leave messages, and is told which version may; to who
 * is here it writes on. Compared as versions, not as text. Method: the peers say 0.1.0.
 */
static void MinimumClientVersion__lets_an_older_client_leave_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *minimum;
        bool may;
    } rows[] = {{"0.1.0", true},  {"0.1", true},   {"0.0.10", true},
                {"0.1.1", false}, {"0.10", false}, {"1.0", false}};
    peer_cut(bob);
    world_run_ms(&world, 30000);
    for (size_t i = 0; i < OIM_COUNT(rows); i++) {
        world_set_policy(&world, "alice", "MinimumClientVersion", rows[i].minimum);
        peer_cut(alice);
        peer_sign_in(alice);
        const struct frame_submit_result *result = write_to_bob("for later");
        CHECK(result != NULL);
        CHECK_EQ(result->outcome, rows[i].may ? OUTCOME_HELD : OUTCOME_REFUSED);
        CHECK_EQ(result->reason, rows[i].may ? REASON_NONE : REASON_CLIENT_TOO_OLD);
        CHECK_TEXT(result->detail.min_version, rows[i].may ? "" : rows[i].minimum);
    }
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "for later"), 3);
    CHECK_EQ(write_to_bob("while you are here")->outcome, OUTCOME_LIVE);
    CHECK_EQ(peer_text_count(bob, "while you are here"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(TellSenderDnd__decides__whether_the_sender_hears_of_it),
        TEST(DndAction_Refuse__refuses__while_somebody_is_not_to_be_disturbed),
        TEST(MinimumClientVersion__lets_an_older_client_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
