/* test_presence.c - states people choose, and who is told of them. */
#include "tests/support/administer.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static void say_state(struct peer *peer, enum presence_state state, const char *note, uint64_t until_ms)
{
    struct presence_item item = {.state = state, .note = note, .until_ms = until_ms};
    struct frame frame = {.kind = FRAME_PRESENCES};
    frame.u.presences = (struct frame_presences){.items = &item, .item_count = 1};
    peer_say(peer, &frame);
}

/* How often peer was told anything about other. */
static size_t told_count(const struct peer *peer, const struct peer *other, struct presence_item *out_last)
{
    size_t count = 0;
    for (size_t i = 0; i < peer_count(peer, FRAME_PRESENCES); i++) {
        const struct frame_presences *presences = &peer_frame(peer, FRAME_PRESENCES, i)->u.presences;
        for (size_t k = 0; k < presences->item_count; k++) {
            if (oim_id_equal(&presences->items[k].user, &other->user_id)) {
                *out_last = presences->items[k];
                count++;
            }
        }
    }
    return count;
}

static void settle(struct world *world, struct peer *peer)
{
    world_run_ms(world, 11000);
    peer_forget(peer);
}

static void presence__tells_watchers__of_coming_states_and_leaving(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 1);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);

    say_state(bob, PRESENCE_BUSY, "in a call", 0);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_BUSY);
    CHECK_TEXT(last.note, "in a call");

    peer_cut(bob);
    world_run_ms(&world, 9000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    world_run_ms(&world, 2000);
    CHECK_EQ(told_count(alice, bob, &last), 2);
    CHECK_EQ(last.state, PRESENCE_OFFLINE);

    peer_sign_in(bob);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 3);
    CHECK_EQ(last.state, PRESENCE_BUSY); /* it belongs to the person, not to the connection */
    world_finish(&world);
}

static void presence__is_no_change__when_somebody_returns_within_ten_seconds(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last;
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    peer_cut(bob);
    world_run_ms(&world, 8000);
    peer_sign_in(bob);
    world_run_ms(&world, 12000);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    world_finish(&world);
}

/*
 * Goal:   nobody is taken for absent who returned.
 * Method: bob leaves and comes back within ten seconds, which is no change; in between alice signs in.
 */
static void presence__tells_of_a_return__whoever_came_in_between(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    peer_cut(alice);
    world_run_ms(&world, 11000);
    peer_cut(bob);
    world_run_ms(&world, 2000);
    peer_forget(alice);
    peer_sign_in(alice);
    world_run_ms(&world, 2000);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    peer_sign_in(bob);
    world_run_ms(&world, 12000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_AVAILABLE);
    world_finish(&world);
}

static void presence__collects_changes__over_a_quarter_of_a_second(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 3);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    say_state(bob, PRESENCE_BUSY, "", 0);
    say_state(bob, PRESENCE_AWAY, "", 0);
    say_state(bob, PRESENCE_DND, "", 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_DND);
    world_finish(&world);
}

static void presence__ends_by_itself__at_the_time_that_was_said(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 4);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    say_state(bob, PRESENCE_DND, "", world.clock.wall_ms + 25000);
    settle(&world, alice);
    world_run_ms(&world, 16000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_AVAILABLE);
    world_finish(&world);
}

static void attend(struct peer *peer, enum face_class class, uint32_t idle_s)
{
    struct frame frame = {.kind = FRAME_ATTEND, .u.attend = {.class = class, .idle_s = idle_s}};
    peer_say(peer, &frame);
}

/* Nothing is told to a device at which nobody looks; who looks again has to see what changed. */
static void presence__is_told_anew__to_who_looks_again(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    attend(alice, CLASS_NONE, 0);
    peer_cut(bob);
    world_run_ms(&world, 12000);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    attend(alice, CLASS_INTERACTIVE, 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_OFFLINE);

    attend(alice, CLASS_NONE, 0);
    peer_sign_in(bob);
    world_run_ms(&world, 12000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    attend(alice, CLASS_INTERACTIVE, 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 2);
    CHECK_EQ(last.state, PRESENCE_AVAILABLE);
    world_finish(&world);
}

/* Time in which everybody here shows signs of life, and no more than that. */
static void wait_s(struct world *world, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i += 10) {
        world_run_ms(world, 10000);
        for (size_t k = 0; k < world->peer_count; k++) {
            struct frame pong = {.kind = FRAME_PONG};
            if (world->peers[k]->ready) {
                peer_say(world->peers[k], &pong);
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

/*
 * Goal:   nobody at the keyboard: inactive after five minutes, away after ten, and back at once.
 * Method: the client says once since when nobody is there; the rest is time.
 */
static void presence__goes_inactive_and_away__by_time_alone(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 21);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    attend(bob, CLASS_INTERACTIVE, 60);
    wait_s(&world, 230);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    wait_s(&world, 20);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_INACTIVE);
    CHECK_EQ(in_directory(alice, "bob"), PRESENCE_INACTIVE);
    struct presence_item own = {.state = PRESENCE_UNKNOWN};
    (void)told_count(bob, bob, &own); /* and so is the person */
    CHECK_EQ(own.shown, PRESENCE_INACTIVE);
    CHECK_EQ(own.state, PRESENCE_AUTO);
    wait_s(&world, 280);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    wait_s(&world, 20);
    CHECK_EQ(told_count(alice, bob, &last), 2);
    CHECK_EQ(last.state, PRESENCE_AWAY);
    wait_s(&world, 3600);
    CHECK_EQ(told_count(alice, bob, &last), 2);
    attend(bob, CLASS_INTERACTIVE, 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 3);
    CHECK_EQ(last.state, PRESENCE_AVAILABLE);
    (void)told_count(bob, bob, &own);
    CHECK_EQ(own.shown, PRESENCE_AVAILABLE);
    wait_s(&world, 3600); /* somebody is there until it is said that nobody is */
    CHECK_EQ(told_count(alice, bob, &last), 3);
    world_finish(&world);
}

/* Goal: one device at which somebody is makes all the others irrelevant; one that does not count never does.
 */
static void presence__follows__the_most_active_device(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 22);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *phone = world_link(bob, "phone");
    peer_sign_in(phone);
    settle(&world, alice);
    attend(bob, CLASS_INTERACTIVE, 700);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    attend(phone, CLASS_ATTENDING, 300);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_INACTIVE);
    attend(phone, CLASS_NONE, 0); /* a cron job is nobody at a keyboard */
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 2);
    CHECK_EQ(last.state, PRESENCE_AWAY);
    attend(phone, CLASS_ATTENDING, 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 3);
    CHECK_EQ(last.state, PRESENCE_AVAILABLE);
    peer_cut(phone); /* what is left of the person is idle */
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 4);
    CHECK_EQ(last.state, PRESENCE_AWAY);
    world_finish(&world);
}

static void presence__keeps_what_was_chosen__but_busy_shows_that_nobody_is_there(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 23);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    settle(&world, alice);
    say_state(bob, PRESENCE_BUSY, "in a call", 0);
    attend(bob, CLASS_INTERACTIVE, 600);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_BUSY_INACTIVE);
    CHECK_TEXT(last.note, "in a call");
    say_state(bob, PRESENCE_DND, "", 0);
    world_run_ms(&world, 300);
    (void)told_count(alice, bob, &last);
    CHECK_EQ(last.state, PRESENCE_DND);
    peer_forget(alice);
    attend(bob, CLASS_INTERACTIVE, 0);
    attend(bob, CLASS_INTERACTIVE, 900);
    wait_s(&world, 900);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    (void)peer_send(alice, "bob", "are you there?"); /* and it is judged on what was chosen */
    CHECK_EQ(peer_result(alice, alice->send_no)->outcome, OUTCOME_PUSHED_QUIET);
    say_state(bob, PRESENCE_INVISIBLE, "", 0);
    world_run_ms(&world, 300);
    peer_forget(alice);
    attend(bob, CLASS_INTERACTIVE, 0);
    attend(bob, CLASS_INTERACTIVE, 300);
    wait_s(&world, 900);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    world_finish(&world);
}

/* Goal: a short loss of the connection wakes nobody up. */
static void presence__stays_idle__over_a_new_connection(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 24);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    attend(bob, CLASS_INTERACTIVE, 400);
    settle(&world, alice);
    peer_cut(bob);
    bob->idle_s = 405;
    world_run_ms(&world, 5000);
    peer_sign_in(bob);
    wait_s(&world, 100);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    wait_s(&world, 100);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_AWAY);
    world_finish(&world);
}

/*
 * Goal:   nothing gives the invisible or a blocker away: no frame at all.
 * Method: bob goes out of sight, then changes note and connection; alice counts frames.
 */
static void presence__says_nothing__of_the_invisible_or_to_the_blocked(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 5);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    world_set_block(&world, "carol", "alice", true);
    settle(&world, alice);

    say_state(bob, PRESENCE_INVISIBLE, "", 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_OFFLINE);
    say_state(bob, PRESENCE_INVISIBLE, "still here", 0);
    say_state(carol, PRESENCE_BUSY, "", 0);
    peer_cut(bob);
    world_run_ms(&world, 11000);
    peer_sign_in(bob);
    world_run_ms(&world, 11000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(told_count(alice, carol, &last), 0);
    struct frame ask = {.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    peer_say(alice, &ask);
    CHECK_TEXT(peer_last(alice, FRAME_PEOPLE)->u.people.persons[0].note, "");
    CHECK_EQ(peer_last(alice, FRAME_PEOPLE)->u.people.persons[0].since_ms, 0);
    ask = (struct frame){.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    peer_say(bob, &ask);
    CHECK_TEXT(peer_last(bob, FRAME_PEOPLE)->u.people.persons[0].note, "still here");
    world_finish(&world);
}

static void presence__greets_a_newcomer__with_who_is_here(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 6);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    say_state(bob, PRESENCE_PRESENTING, "", 0);
    peer_cut(carol);
    peer_cut(alice);
    settle(&world, alice);

    peer_sign_in(alice);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_PRESENTING);
    CHECK_EQ(told_count(alice, carol, &last), 0);
    CHECK_EQ(told_count(alice, alice, &last), 1);
    world_finish(&world);
}

static void presence__is_for_contacts_only__in_privacy_mode(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last;
    world_init(&world, 7);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    world_set_policy(&world, "bob", "EnablePrivacyMode", "True");
    struct frame frame = {.kind = FRAME_CONTACT};
    frame.u.contact = (struct frame_contact){.op = CONTACT_OP_REMOVE, .user = alice->user_id};
    peer_say(bob, &frame);
    settle(&world, alice);
    say_state(bob, PRESENCE_BUSY, "", 0);
    world_run_ms(&world, 300);
    CHECK_EQ(told_count(alice, bob, &last), 0);
    world_finish(&world);
}

/*
 * Goal:   whoever has seen somebody does not go on seeing them once privacy mode is on, whatever they do from
 * then on. Method: by an administrator's change, as in life; told once, not at each further change.
 */
static void presence__goes_out_of_sight__when_privacy_mode_comes(void **state)
{
    (void)state;
    struct world world;
    struct presence_item last = {.state = PRESENCE_UNKNOWN};
    world_init(&world, 8);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct frame frame = {
        .kind = FRAME_CONTACT,
        .u.contact = {.op = CONTACT_OP_REMOVE, .user = alice->user_id}}; /* bob has alice no more */
    peer_say(bob, &frame);
    say_state(bob, PRESENCE_BUSY, "", 0);
    settle(&world, alice);

    struct wire_setting on = setting_tri("EnablePrivacyMode", true);
    struct wire_setting warning = setting_text("IMWarning", "be brief");
    struct admin_op op = admin_op_of(ADMIN_POLICY_SET);
    op.identity = "Global";
    op.settings = &on;
    op.setting_count = 1;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    CHECK_EQ(last.state, PRESENCE_OFFLINE);
    op.settings = &warning;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    peer_cut(bob);
    world_run_ms(&world, 11000);
    CHECK_EQ(told_count(alice, bob, &last), 1);
    world_finish(&world);
}

static void presence__refuses__states_nobody_may_choose(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 8);
    struct peer *bob = world_join(&world, "bob");
    say_state(bob, PRESENCE_OFFLINE, "", 0);
    CHECK_EQ(peer_count(bob, FRAME_ERROR), 1);
    world_set_policy(&world, "bob", "EnableAppearOffline", "False");
    say_state(bob, PRESENCE_INVISIBLE, "", 0);
    CHECK_EQ(peer_count(bob, FRAME_ERROR), 2);
    CHECK_EQ(peer_last(bob, FRAME_ERROR)->u.error.code, oim_status_wire_code(OIM_ERR_DENIED));
    world_finish(&world);
}

static void typing__is_passed_on__but_not_past_a_block(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 9);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct frame frame = {.kind = FRAME_TYPING};
    frame.u.typing.to_user = bob->user_id;
    peer_say(alice, &frame);
    CHECK_EQ(peer_count(bob, FRAME_TYPING), 1);
    CHECK(oim_id_equal(&peer_last(bob, FRAME_TYPING)->u.typing.to_user, &alice->user_id));

    world_set_block(&world, "bob", "alice", true);
    peer_say(alice, &frame);
    CHECK_EQ(peer_count(bob, FRAME_TYPING), 1);
    CHECK_EQ(peer_count(alice, FRAME_ERROR), 0);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence__tells_watchers__of_coming_states_and_leaving),
        cmocka_unit_test(presence__is_no_change__when_somebody_returns_within_ten_seconds),
        cmocka_unit_test(presence__tells_of_a_return__whoever_came_in_between),
        cmocka_unit_test(presence__is_told_anew__to_who_looks_again),
        cmocka_unit_test(presence__collects_changes__over_a_quarter_of_a_second),
        cmocka_unit_test(presence__ends_by_itself__at_the_time_that_was_said),
        cmocka_unit_test(presence__goes_inactive_and_away__by_time_alone),
        cmocka_unit_test(presence__follows__the_most_active_device),
        cmocka_unit_test(presence__keeps_what_was_chosen__but_busy_shows_that_nobody_is_there),
        cmocka_unit_test(presence__stays_idle__over_a_new_connection),
        cmocka_unit_test(presence__says_nothing__of_the_invisible_or_to_the_blocked),
        cmocka_unit_test(presence__greets_a_newcomer__with_who_is_here),
        cmocka_unit_test(presence__is_for_contacts_only__in_privacy_mode),
        cmocka_unit_test(presence__goes_out_of_sight__when_privacy_mode_comes),
        cmocka_unit_test(presence__refuses__states_nobody_may_choose),
        cmocka_unit_test(typing__is_passed_on__but_not_past_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
