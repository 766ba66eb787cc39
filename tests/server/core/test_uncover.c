/* test_uncover.c - whoever may not appear offline any more is seen again (EnableAppearOffline False). */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob;

static void say_state(struct peer *peer, enum presence_state state, const char *note)
{
    struct presence_item item = {.user = peer->user_id, .state = state, .note = note};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    peer_say(peer, &frame);
}

/* The last thing peer was told of other; UNKNOWN: nothing. */
static struct presence_item told_of(const struct peer *peer, const struct peer *other)
{
    struct presence_item last = {.state = PRESENCE_UNKNOWN, .note = ""};
    for (size_t i = 0; i < peer_count(peer, FRAME_PRESENCES); i++) {
        const struct frame_presences *presences = &peer_frame(peer, FRAME_PRESENCES, i)->u.presences;
        for (size_t k = 0; k < presences->item_count; k++) {
            if (oim_id_equal(&presences->items[k].user, &other->user_id)) {
                last = presences->items[k];
            }
        }
    }
    return last;
}

/* Bob is invisible and has read a message of Alice, who knows nothing of it. */
static int setup(void **state)
{
    (void)state;
    world_init(&world, 61);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    world_set_policy(&world, NULL, "Description", "there is a policy");
    say_state(bob, PRESENCE_INVISIBLE, "for nobody");
    world_run_ms(&world, 11000);
    (void)peer_send(alice, "bob", "one");
    world_run_ms(&world, 1000);
    CHECK_EQ(peer_text_count(bob, "one"), 1);
    peer_forget(alice);
    peer_forget(bob);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void check_seen(void)
{
    world_run_ms(&world, 1000);
    const struct presence_item seen = told_of(alice, bob);
    CHECK_EQ(seen.state, PRESENCE_AVAILABLE);
    CHECK_TEXT(seen.note, "");
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    const struct presence_item own = told_of(bob, bob);
    CHECK_EQ(own.state, PRESENCE_AUTO);
    CHECK(own.ended_by_policy);
}

static void check_unseen(void)
{
    world_run_ms(&world, 1000);
    CHECK_EQ(told_of(alice, bob).state, PRESENCE_UNKNOWN);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_UNKNOWN);
}

static struct admin_op forbid(const char *identity, enum admin_op_kind kind)
{
    static struct wire_setting setting;
    setting = setting_tri("EnableAppearOffline", false);
    struct admin_op op = admin_op_of(kind);
    op.identity = identity;
    op.settings = &setting;
    op.setting_count = 1;
    return op;
}

static void uncover__ends_invisibility__when_the_policy_forbids_it(void **state)
{
    (void)state;
    struct admin_op op = forbid("Global", ADMIN_POLICY_SET);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    check_seen();
}

static void uncover__ends_invisibility__by_a_grant_and_only_then(void **state)
{
    (void)state;
    struct admin_op op = forbid("Tag:Seen", ADMIN_POLICY_NEW);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    check_unseen();
    const char *who = "bob";
    op = admin_op_of(ADMIN_GRANT);
    op.policy = "Tag:Seen";
    op.whos = &who;
    op.who_count = 1;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    check_seen();
}

static void uncover__ends_invisibility__on_coming_into_a_team(void **state)
{
    (void)state;
    struct admin_op op = forbid("site:Sales", ADMIN_POLICY_NEW);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    check_unseen();
    op = admin_op_of(ADMIN_USER_SET);
    op.who = "bob";
    op.team = "Sales";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    check_seen();
}

/*
 * Goal:   a server that ended between the change of policy and the end of the state goes on where it was.
 * Method: hold the core back, as if it ended there, and start it again.
 */
static void uncover__ends_invisibility__at_the_start(void **state)
{
    (void)state;
    world.core->uncover.at_ms = UINT64_MAX;
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    check_unseen();
    world_restart(&world);
    peer_sign_in(alice);
    peer_sign_in(bob);
    check_seen();
}

static void uncover__tries_again__when_the_store_could_not(void **state)
{
    (void)state;
    world.core->uncover.at_ms = world.clock.now_ms + 500;
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    world.fail_op = STORE_CAS;
    world.fail_result = STORE_RETRY;
    world_run_ms(&world, 1400);
    CHECK_EQ(world.fail_op, 0);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_UNKNOWN);
    world_run_ms(&world, 1000);
    check_seen();
}

/* Goal: also of those whose computers are off, and of more than fit one change; each is told at the next
 * sign-in. */
static void uncover__ends_it_for_everybody__there_or_not(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    struct peer *people[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char login[8];
        (void)snprintf(login, sizeof(login), "p%d", i);
        people[i] = world_join(&world, login);
        say_state(people[i], PRESENCE_INVISIBLE, "");
        if (i % 2 == 0) {
            peer_cut(people[i]);
        }
    }
    world_run_ms(&world, 1000);
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    world_run_ms(&world, 1000);
    for (int i = 0; i < COUNT; i++) {
        bool is_here = i % 2 != 0;
        CHECK_EQ(told_of(alice, people[i]).state, is_here ? PRESENCE_AVAILABLE : PRESENCE_UNKNOWN);
        if (!is_here) {
            peer_forget(people[i]);
            people[i]->class = CLASS_NONE; /* a one-shot command is told too how its person is seen */
            peer_sign_in(people[i]);
        }
        CHECK_EQ(told_of(people[i], people[i]).state, PRESENCE_AUTO);
        CHECK(told_of(people[i], people[i]).ended_by_policy);
    }
}

static void uncover__says_why__until_another_state_is_chosen(void **state)
{
    (void)state;
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    world_restart(&world);
    peer_sign_in(bob);
    CHECK(told_of(bob, bob).ended_by_policy);
    say_state(bob, PRESENCE_BUSY, "");
    world_restart(&world);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_BUSY);
    CHECK(!told_of(bob, bob).ended_by_policy);
}

/* Goal: what is allowed again does not hide anybody who did not ask for it. */
static void uncover__stays_visible__when_it_is_allowed_again(void **state)
{
    (void)state;
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    world_set_policy(&world, NULL, "EnableAppearOffline", "True");
    check_seen();
}

static void uncover__leaves_alone__who_is_not_invisible(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_DND, "in a call");
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    world_run_ms(&world, 1000);
    CHECK_EQ(told_of(alice, bob).state, PRESENCE_DND);
    CHECK_TEXT(told_of(alice, bob).note, "in a call");
    CHECK(!told_of(bob, bob).ended_by_policy);
    CHECK(!world.core->uncover.look);
}

static void attend(struct peer *peer, uint32_t idle_s)
{
    struct frame frame = {.kind = FRAME_ATTEND, .u.attend = {.class = CLASS_ATTENDING, .idle_s = idle_s}};
    peer_say(peer, &frame);
}

/* Time in which everybody who is here shows signs of life. */
static void pass_s(unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i += 10) {
        world_run_ms(&world, 10000);
        for (size_t k = 0; k < world.peer_count; k++) {
            struct frame pong = {.kind = FRAME_PONG};
            if (world.peers[k]->ready) {
                peer_say(world.peers[k], &pong);
            }
        }
    }
}

static enum presence_state in_directory(struct peer *viewer, const char *login)
{
    struct frame ask = {.kind = FRAME_DIRECTORY, .u.directory = {.words = login, .after = ""}};
    peer_say(viewer, &ask);
    return peer_last(viewer, FRAME_PEOPLE)->u.people.persons[0].presence;
}

/* Others are told nothing, see nothing, and the person is told of nothing else. */
static void check_invisible(struct peer *bobs[], size_t count)
{
    CHECK_EQ(told_of(alice, bob).state, PRESENCE_UNKNOWN);
    CHECK_EQ(in_directory(alice, "bob"), PRESENCE_OFFLINE);
    for (size_t i = 0; i < count; i++) {
        enum presence_state own = told_of(bobs[i], bob).state;
        CHECK(own == PRESENCE_UNKNOWN || own == PRESENCE_INVISIBLE);
    }
}

/*
 * Goal:   whoever is invisible stays so, whatever else becomes of them: with grants of policies that say
 * nothing of it, teams, idle computers, connections that come and go, restarts.
 * Method: all of it in some order, by a seed; alice looks after each.
 */
static void uncover__never_shows__whom_no_policy_forbids_to_hide(void **state)
{
    (void)state;
    struct peer *bobs[] = {bob, world_link(bob, "pipe")};
    static const char *const policies[] = {"Tag:Short", "Tag:Polite", ""};
    struct wire_setting setting = setting_tri("EnableReadReceipts", false);
    struct admin_op op = admin_op_of(ADMIN_POLICY_NEW);
    op.settings = &setting;
    op.setting_count = 1;
    for (size_t i = 0; i < 2; i++) {
        op.identity = policies[i];
        CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    }
    peer_sign_in(bobs[1]);
    world_run_ms(&world, 11000);
    peer_forget(alice);
    for (uint32_t step = 0, chance = 7; step < 300; step++) {
        chance = chance * 1664525u + 1013904223u;
        struct peer *device = bobs[chance >> 31];
        const char *who = "bob";
        pass_s(10);
        switch ((chance >> 24) % 8) {
        case 0:
            op = admin_op_of(ADMIN_GRANT);
            op.policy = policies[(chance >> 16) % 3];
            op.whos = &who;
            op.who_count = 1;
            (void)administer(world.owner, &op);
            break;
        case 1:
            op = admin_op_of(ADMIN_USER_SET);
            op.who = "bob";
            op.team = (chance >> 16) % 2 == 0 ? "Sales" : "Works";
            (void)administer(world.owner, &op);
            break;
        case 2:
            world_set_policy(&world, NULL, "EnableURL", (chance >> 16) % 2 == 0 ? "True" : "False");
            break;
        case 3:
            attend(device, (chance >> 16) % 2 == 0 ? 0 : 100 * ((chance >> 16) % 9));
            break;
        case 4:
            peer_cut(device);
            break;
        case 5:
            device->idle_s = (chance >> 16) % 900;
            peer_sign_in(device);
            break;
        case 6:
            world_restart(&world);
            peer_sign_in(alice);
            peer_sign_in(world.owner);
            break;
        default:
            pass_s((chance >> 16) % 400);
            break;
        }
        check_invisible(bobs, OIM_COUNT(bobs));
        world_run_ms(&world, 300);
        check_invisible(bobs, OIM_COUNT(bobs));
    }
}

/*
 * Goal:   what others see and what the person is told of the own state is never at odds: not for the time in
 * which changes are collected, and not when a state ends by itself.
 * Method: look at both in the same millisecond.
 */
static void uncover__tells_the_person__no_later_than_others_see_it(void **state)
{
    (void)state;
    world_set_policy(&world, NULL, "EnableAppearOffline", "False");
    bool seen = false;
    for (unsigned ms = 0; ms < 1000 && !seen; ms++) {
        seen = in_directory(alice, "bob") != PRESENCE_OFFLINE;
        CHECK(!seen || told_of(bob, bob).state == PRESENCE_AUTO);
        world_run_ms(&world, 1);
    }
    CHECK(seen);
    check_seen();
}

static void presence__tells_the_person__that_a_state_is_over(void **state)
{
    (void)state;
    struct presence_item item = {
        .state = PRESENCE_INVISIBLE, .note = "", .until_ms = world.clock.wall_ms + 60000};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    peer_say(bob, &frame);
    pass_s(30);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_INVISIBLE);
    pass_s(40);
    CHECK_EQ(in_directory(alice, "bob"), PRESENCE_AVAILABLE);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_AUTO);
    CHECK_EQ(told_of(bob, bob).until_ms, 0);
    peer_cut(bob);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(told_of(bob, bob).state, PRESENCE_AUTO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(uncover__ends_invisibility__when_the_policy_forbids_it),
        TEST(uncover__ends_invisibility__by_a_grant_and_only_then),
        TEST(uncover__ends_invisibility__on_coming_into_a_team),
        TEST(uncover__ends_invisibility__at_the_start),
        TEST(uncover__tries_again__when_the_store_could_not),
        TEST(uncover__ends_it_for_everybody__there_or_not),
        TEST(uncover__says_why__until_another_state_is_chosen),
        TEST(uncover__stays_visible__when_it_is_allowed_again),
        TEST(uncover__leaves_alone__who_is_not_invisible),
        TEST(uncover__never_shows__whom_no_policy_forbids_to_hide),
        TEST(uncover__tells_the_person__no_later_than_others_see_it),
        TEST(presence__tells_the_person__that_a_state_is_over),
    };
    return cmocka_run_group_tests_name("server/core/uncover", tests, NULL, NULL);
}
