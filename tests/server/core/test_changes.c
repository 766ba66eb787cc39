/*
 * test_changes.c - whatever takes the right to leave messages away: told at once, and obeyed by what is in
 * flight.
 *
 * One row a way. Alice writes to Bob, who is signed out; both ways of meeting the change are tried with each
 * row.
 */
#include <string.h>

#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob, *carol;
static struct wire_setting off;
static const char *const alice_alone = "alice";
static const char *const carol_alone = "carol";
static const char *const her_team = "@sales";

static int setup(void **state)
{
    (void)state;
    world_init(&world, 77);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    carol = world_join(&world, "carol");
    peer_cut(bob);
    off = setting_tri("EnableOfflineIm", false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct admin_op policy_op(enum admin_op_kind kind, const char *identity)
{
    struct admin_op op = admin_op_of(kind);
    op.identity = identity;
    op.settings = &off;
    op.setting_count = 1;
    return op;
}

static struct admin_op team_op(const char *team)
{
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = "alice";
    op.team = team;
    return op;
}

static struct admin_op grant_op(const char *policy, const char *const *who)
{
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    op.policy = policy;
    op.whos = who;
    op.who_count = 1;
    return op;
}

static void must(const struct admin_op op)
{
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
}

static struct admin_op global_off(void)
{
    return policy_op(ADMIN_POLICY_SET, "Global");
}

static struct admin_op granted_to_her(void)
{
    must(policy_op(ADMIN_POLICY_NEW, "NoOffline"));
    return grant_op("NoOffline", &alice_alone);
}

static struct admin_op granted_to_her_team(void)
{
    must(policy_op(ADMIN_POLICY_NEW, "NoOffline"));
    must(team_op("Sales"));
    return grant_op("NoOffline", &her_team);
}

static struct admin_op site_policy_made(void)
{
    must(team_op("Sales"));
    return policy_op(ADMIN_POLICY_NEW, "site:Sales");
}

static struct admin_op into_the_team(void)
{
    must(policy_op(ADMIN_POLICY_NEW, "site:Sales"));
    return team_op("Sales");
}

static struct admin_op own_grant_taken_from_her(void)
{
    struct admin_op op = policy_op(ADMIN_POLICY_NEW, "Mild");
    op.setting_count = 0;
    must(op);
    must(grant_op("Mild", &alice_alone));
    must(global_off());
    return grant_op("", &alice_alone);
}

static struct admin_op organisation_off(void)
{
    struct admin_op op = admin_op_of(ADMIN_IM_CONFIG);
    op.set = true;
    op.settings = &off;
    op.setting_count = 1;
    return op;
}

static struct admin_op offline_off_for_her(void)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = TRI_FALSE;
    op.whos = &alice_alone;
    op.who_count = 1;
    return op;
}

static struct admin_op offline_off_as_for_carol(void) /* with the policy that was made for Carol */
{
    struct admin_op op = offline_off_for_her();
    op.whos = &carol_alone;
    must(op);
    return offline_off_for_her();
}

static struct admin_op offline_off_for_her_team(void)
{
    must(team_op("Sales"));
    struct admin_op op = offline_off_for_her();
    op.whos = &her_team;
    return op;
}

static struct admin_op account_of_bob_closed(void)
{
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = "bob";
    op.say = "Ask Ana instead.";
    return op;
}

static const struct way {
    const char *name;
    struct admin_op (*prepare)(void); /* returns the last step, not done yet */
    enum reason reason;
    enum who who;
    bool tells_alice; /* her own policy is another one now */
    bool tells_carol;
} ways[] = {
    {"Global", global_off, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, true},
    {"grant", granted_to_her, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"grant to the team", granted_to_her_team, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"site policy", site_policy_made, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"team changed", into_the_team, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"grant taken", own_grant_taken_from_her, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"organisation", organisation_off, REASON_ORG_OFFLINE_OFF, WHO_ORGANISATION, true, true},
    {"offline off", offline_off_for_her, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true, false},
    {"offline off again", offline_off_as_for_carol, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true,
     false},
    {"offline off @team", offline_off_for_her_team, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY, true,
     false},
    {"closed", account_of_bob_closed, REASON_CLOSED, WHO_ORGANISATION, false, false},
};

static void check_refused(const struct way *way, uint64_t send_no)
{
    const struct frame_submit_result *result = peer_result(alice, send_no);
    if (result == NULL || result->outcome != OUTCOME_REFUSED || result->reason != way->reason ||
        result->who != way->who) {
        fail_msg("%s: outcome %d, reason %d, who %d", way->name, result == NULL ? -1 : (int)result->outcome,
                 result == NULL ? -1 : (int)result->reason, result == NULL ? -1 : (int)result->who);
    }
}

static void check_told(const struct way *way, const struct peer *peer, const char *name, bool told)
{
    size_t count = peer_count(peer, FRAME_POLICY);
    if (count != (told ? 1u : 0u)) {
        fail_msg("%s: %s got %zu Policy frames", way->name, name, count);
    }
}

static void change__is_told_and_obeyed_at_once__whatever_made_it(void **state)
{
    for (size_t i = 0; i < OIM_COUNT(ways); i++) {
        CHECK_EQ(setup(state), 0);
        struct admin_op op = ways[i].prepare();
        uint64_t before = peer_send(alice, "bob", "before");
        CHECK_EQ(peer_result(alice, before)->outcome, OUTCOME_HELD);
        peer_forget(alice);
        peer_forget(carol);
        must(op);
        check_told(&ways[i], alice, "alice", ways[i].tells_alice);
        check_told(&ways[i], carol, "carol", ways[i].tells_carol);
        check_refused(&ways[i], peer_send(alice, "bob", "after"));
        CHECK_EQ(teardown(state), 0);
    }
}

/*
 * Goal:   a message that the core judged before it heard of a change, and that the store meets behind it, is
 * judged again. Method: hold back what the store answers; ask for the change, send, and let the answers
 * through.
 */
static void change__is_obeyed__by_what_is_in_flight(void **state)
{
    for (size_t i = 0; i < OIM_COUNT(ways); i++) {
        CHECK_EQ(setup(state), 0);
        struct admin_op op = ways[i].prepare();
        uint8_t secret[INVITE_SECRET_SIZE];
        administer_entry(world.owner, &op, secret);
        world_run_ms(&world, 1000);
        world_hold_commits(&world);
        administer_say(world.owner, &op, administer_next_no(world.owner), &world.owner->key);
        uint64_t send_no = peer_send(alice, "bob", "in flight");
        CHECK(peer_result(alice, send_no) == NULL);
        world_release_commits(&world);
        check_refused(&ways[i], send_no);
        CHECK_EQ(teardown(state), 0);
    }
}

static void block__is_obeyed__by_what_is_in_flight(void **state)
{
    CHECK_EQ(setup(state), 0);
    peer_sign_in(bob);
    struct frame frame = {.kind = FRAME_CONTACT};
    frame.u.contact = (struct frame_contact){.op = CONTACT_OP_BLOCK, .user = alice->user_id};
    world_hold_commits(&world);
    peer_say(bob, &frame);
    uint64_t send_no = peer_send(alice, "bob", "in flight");
    CHECK(peer_result(alice, send_no) == NULL);
    world_release_commits(&world);
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_REFUSED);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_RECIPIENT_OFFLINE_OFF);
    CHECK_EQ(peer_text_count(bob, "in flight"), 0);
    CHECK_EQ(teardown(state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change__is_told_and_obeyed_at_once__whatever_made_it),
        cmocka_unit_test(change__is_obeyed__by_what_is_in_flight),
        cmocka_unit_test(block__is_obeyed__by_what_is_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
