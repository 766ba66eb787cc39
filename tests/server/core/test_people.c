/* test_people.c - contacts, blocking, and what the blocked see. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static const struct frame_contacts *contact(struct peer *peer, enum contact_op op, const struct peer *other)
{
    struct frame frame = {.kind = FRAME_CONTACT};
    frame.u.contact.op = op;
    if (other != NULL) {
        frame.u.contact.user = other->user_id;
    }
    peer_say(peer, &frame);
    return &peer_last(peer, FRAME_CONTACTS)->u.contacts;
}

static const struct person *look_up(struct peer *peer, const struct peer *other)
{
    struct frame frame = {.kind = FRAME_DIRECTORY};
    frame.u.directory =
        (struct frame_directory){.user_ids = &other->user_id, .user_id_count = 1, .words = "", .after = ""};
    peer_say(peer, &frame);
    CHECK_EQ(peer_last(peer, FRAME_PEOPLE)->u.people.person_count, 1);
    return &peer_last(peer, FRAME_PEOPLE)->u.people.persons[0];
}

static bool has(struct peer *peer, const struct peer *other)
{
    const struct frame_contacts *contacts = contact(peer, CONTACT_OP_LIST, NULL);
    for (size_t i = 0; i < contacts->item_count; i++) {
        if (oim_id_equal(&contacts->items[i].user, &other->user_id)) {
            return contacts->items[i].contact;
        }
    }
    return false;
}

static void handle_contact__lists_everybody_from_the_start__until_removed(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    CHECK(has(alice, bob));
    CHECK(has(alice, world.owner));

    CHECK(!contact(alice, CONTACT_OP_REMOVE, bob)->items[0].contact);
    CHECK(!has(alice, bob));
    CHECK(has(bob, alice));

    world_restart(&world);
    peer_sign_in(alice);
    CHECK(!has(alice, bob));
    world_finish(&world);
}

static void set_start_contacts(struct world *world, const char *value)
{
    struct admin_op op = admin_op_of(ADMIN_IM_CONFIG);
    struct wire_setting setting = setting_text("StartContacts", value);
    op.set = true;
    op.settings = &setting;
    op.setting_count = 1;
    CHECK_STATUS(administer(world->owner, &op).status, OIM_OK);
}

static void set_team(struct world *world, const struct peer *peer, const char *team)
{
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = peer->login;
    op.team = team;
    CHECK_STATUS(administer(world->owner, &op).status, OIM_OK);
}

/*
 * Goal:   StartContacts decides whom people have without having added anybody; it takes nobody away whom they
 * added. Method: two of a team, written with other letters, one of another and one of none; each value.
 */
static void contacts__follow_StartContacts(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 6);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    struct peer *dave = world_join(&world, "dave");
    set_team(&world, alice, "Sales");
    set_team(&world, bob, "sales");
    set_team(&world, carol, "Support");
    CHECK(has(alice, bob) && has(alice, carol) && has(alice, dave) && has(dave, carol));

    set_start_contacts(&world, "Team");
    CHECK(has(alice, bob) && has(bob, alice));
    CHECK(!has(alice, carol) && !has(carol, alice) && !has(alice, world.owner));
    CHECK(!has(dave, alice) && !has(dave, world.owner)); /* who has no team shares none */
    (void)contact(dave, CONTACT_OP_ADD, alice);
    CHECK(has(dave, alice) && !has(alice, dave));
    set_team(&world, carol, "Sales");
    CHECK(has(alice, carol) && has(carol, bob));

    set_start_contacts(&world, "None");
    CHECK(!has(alice, bob) && !has(alice, carol) && !has(carol, bob) && !has(alice, world.owner));
    CHECK(has(dave, alice));

    set_start_contacts(&world, "Everyone");
    CHECK(has(alice, bob) && has(alice, dave) && has(carol, alice));
    world_finish(&world);
}

/*
 * Goal:   with more than a hundred people only the first hundred have each other from the start; a team has
 * no such end. Method: a hundred and two accounts, two of the last of which join.
 */
static void contacts__from_the_start__are_the_first_hundred_people(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    for (unsigned uid = 4; uid <= 99; uid++) {
        char login[LOGIN_SIZE_MAX + 1];
        uint8_t secret[INVITE_SECRET_SIZE];
        (void)snprintf(login, sizeof(login), "p%u", uid);
        world_invite(&world, login, secret);
    }
    struct peer *last = world_join(&world, "last");
    struct peer *late = world_join(&world, "late");
    struct peer *later = world_join(&world, "later");
    CHECK_EQ(world_account(&world, "last")->uid, 100);
    CHECK(has(alice, bob) && has(alice, last) && has(last, bob));
    CHECK(!has(alice, late) && !has(late, alice) && !has(late, later) && !has(later, last));
    (void)contact(late, CONTACT_OP_ADD, alice);
    CHECK(has(late, alice));

    set_start_contacts(&world, "Team");
    set_team(&world, late, "Sales");
    set_team(&world, later, "Sales");
    CHECK(has(late, later) && has(later, late));
    world_finish(&world);
}

/*
 * Goal:   being added is told once, and waits for those who are away.
 * Method: add somebody who is signed out, while the store is busy; remove and add again, then let them sign
 * in.
 */
static void handle_contact__tells_the_one_who_is_added__once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    world_set_policy(&world, "alice", "MaximumNumberOfContacts", "1"); /* nobody from the start */
    CHECK(!has(alice, bob));
    peer_cut(bob);

    world.fail_op = STORE_NOTE;
    world.fail_result = STORE_RETRY;
    CHECK(contact(alice, CONTACT_OP_ADD, bob)->items[0].contact);
    CHECK_EQ(world.fail_op, STORE_NONE);
    CHECK_EQ(contact(alice, CONTACT_OP_ADD, world.owner)->code, oim_status_wire_code(OIM_ERR_LIMIT));
    (void)contact(alice, CONTACT_OP_REMOVE, bob);
    (void)contact(alice, CONTACT_OP_ADD, bob);

    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_CONTACT_ADDED), 1);
    world_finish(&world);
}

/*
 * Goal:   whom one has from the start was not added: the first time that somebody says so is told, once,
 * whatever came before it. Method: add one person as they are, another, who is away, after blocking and
 * removing them; then all of it again, for the other after a restart.
 */
static void handle_contact__tells_the_one_who_is_added__when_they_were_a_contact_from_the_start(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    CHECK(has(alice, bob));
    CHECK_EQ(peer_notice_count(bob, NOTICE_CONTACT_ADDED), 0);
    peer_cut(carol);

    CHECK(contact(alice, CONTACT_OP_ADD, bob)->items[0].contact);
    CHECK_EQ(peer_notice_count(bob, NOTICE_CONTACT_ADDED), 1);
    (void)contact(alice, CONTACT_OP_REMOVE, bob);
    (void)contact(alice, CONTACT_OP_ADD, bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_CONTACT_ADDED), 1);

    (void)contact(alice, CONTACT_OP_BLOCK, carol);
    (void)contact(alice, CONTACT_OP_UNBLOCK, carol);
    (void)contact(alice, CONTACT_OP_REMOVE, carol);
    (void)contact(alice, CONTACT_OP_ADD, carol);
    world_restart(&world);
    peer_sign_in(alice);
    (void)contact(alice, CONTACT_OP_REMOVE, carol);
    (void)contact(alice, CONTACT_OP_ADD, carol);
    peer_sign_in(carol);
    CHECK_EQ(peer_notice_count(carol, NOTICE_CONTACT_ADDED), 1);
    world_finish(&world);
}

static void handle_contact__keeps_quiet__to_those_who_blocked_or_do_not_want_to_know(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 3);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    world_set_policy(&world, "alice", "MaximumNumberOfContacts", "10");
    world_set_policy(&world, "carol", "EnableNotificationForNewSubscribers", "False");
    (void)contact(bob, CONTACT_OP_BLOCK, alice);

    CHECK_EQ(contact(alice, CONTACT_OP_ADD, bob)->code, 0);
    CHECK_EQ(contact(alice, CONTACT_OP_ADD, carol)->code, 0);
    CHECK_EQ(peer_notice_count(bob, NOTICE_CONTACT_ADDED), 0);
    CHECK_EQ(peer_notice_count(carol, NOTICE_CONTACT_ADDED), 0);
    world_finish(&world);
}

/*
 * Goal:   who is blocked cannot tell it from somebody who is away and accepts nothing.
 * Method: look the blocker up, and send; compare with what is said of somebody who really is so.
 */
static void directory__shows_a_blocked_viewer_somebody_signed_out__who_accepts_nothing(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 4);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    CHECK_EQ(look_up(alice, bob)->presence, PRESENCE_AVAILABLE);

    CHECK(contact(bob, CONTACT_OP_BLOCK, alice)->items[0].blocked);
    world_set_policy(&world, "carol", "AcceptOfflineIm", "False");
    peer_cut(carol);
    const struct person blocker = *look_up(alice, bob);
    const struct person away = *look_up(alice, carol);
    CHECK_EQ(blocker.presence, PRESENCE_OFFLINE);
    CHECK_EQ(blocker.presence, away.presence);
    CHECK_EQ(blocker.offline_ok, away.offline_ok);
    CHECK_EQ(blocker.why, away.why);
    CHECK_EQ(blocker.who, away.who);
    CHECK_EQ(blocker.since_ms, away.since_ms);

    uint64_t to_blocker = peer_send(alice, "bob", "hello?");
    uint64_t to_away = peer_send(alice, "carol", "hello?");
    CHECK_EQ(peer_result(alice, to_blocker)->reason, peer_result(alice, to_away)->reason);
    CHECK_EQ(peer_text_count(bob, "hello?"), 0);

    (void)contact(bob, CONTACT_OP_UNBLOCK, alice);
    CHECK_EQ(look_up(alice, bob)->presence, PRESENCE_AVAILABLE);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_contact__lists_everybody_from_the_start__until_removed),
        cmocka_unit_test(contacts__follow_StartContacts),
        cmocka_unit_test(contacts__from_the_start__are_the_first_hundred_people),
        cmocka_unit_test(handle_contact__tells_the_one_who_is_added__once),
        cmocka_unit_test(handle_contact__tells_the_one_who_is_added__when_they_were_a_contact_from_the_start),
        cmocka_unit_test(handle_contact__keeps_quiet__to_those_who_blocked_or_do_not_want_to_know),
        cmocka_unit_test(directory__shows_a_blocked_viewer_somebody_signed_out__who_accepts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
