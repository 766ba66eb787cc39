/* test_admin_people.c - inviting, changing and closing accounts, and looking at them. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct answer invite(struct world *world, const char *login, uint8_t out_secret[INVITE_SECRET_SIZE])
{
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = login;
    op.display = op.login;
    administer_entry(world->owner, &op, out_secret);
    return administer(world->owner, &op);
}

static struct answer about(struct peer *peer, enum admin_op_kind kind, const char *who)
{
    struct admin_op op = admin_op_of(kind);
    op.who = who;
    op.login = who;
    return administer(peer, &op);
}

/* Asks to join with an invite; the status of the Error that comes, OIM_OK for an offer. */
static enum oim_status ask_to_join(struct world *world, const uint8_t secret[INVITE_SECRET_SIZE])
{
    struct peer *stranger = world_stranger(world, "stranger");
    struct sign_secret key;
    invite_key(&world->org_id, secret, &key);
    struct sign_public invite_pub = sign_public_of(&key);
    peer_greet(stranger);
    struct frame ask = {.kind = FRAME_JOIN_ASK, .u.join_ask.invite_id = invite_id(&invite_pub)};
    peer_say(stranger, &ask);
    enum oim_status status = peer_count(stranger, FRAME_ERROR) == 0
                                 ? OIM_OK
                                 : oim_status_from_wire(peer_last(stranger, FRAME_ERROR)->u.error.code);
    peer_cut(stranger);
    return status;
}

static void admin_invite__makes_an_account_that_can_be_joined__once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    uint8_t secret[INVITE_SECRET_SIZE];
    op.login = "tony";
    op.display = "Tony Smith";
    op.team = "Sales";
    administer_entry(world.owner, &op, secret);
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "tony");
    CHECK_TEXT(answer_field(&answer, 0, "role"), "user");

    op = admin_op_of(ADMIN_INVITE_LIST);
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "tony"), "state"), "open");

    struct peer *tony = world_join_invited(&world, "tony", secret);
    CHECK(tony->ready);
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.rows.row_count, 0);
    CHECK_EQ(ask_to_join(&world, secret), OIM_OK); /* the offer is repeated; a second device is not let in */
    CHECK_EQ(invite(&world, "tony", secret).status, OIM_ERR_CONFLICT);
    world_finish(&world);
}

/*
 * Goal:   an invite that was withdrawn or has run out lets nobody in, and its account can be invited anew.
 * Method: both ways; the new line joins the same account, with the team it was given before.
 */
static void admin_invite__lets_nobody_in__once_withdrawn_or_out_of_date(void **state)
{
    (void)state;
    struct world world;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_init(&world, 2);
    CHECK_EQ(invite(&world, "tony", secret).status, OIM_OK);
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = "tony";
    op.team = "Sales";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(invite(&world, "tony", secret).status, OIM_ERR_CONFLICT); /* one at a time */

    CHECK_EQ(about(world.owner, ADMIN_INVITE_REVOKE, "tony").status, OIM_OK);
    CHECK_EQ(about(world.owner, ADMIN_INVITE_REVOKE, "tony").status, OIM_ERR_NOT_FOUND);
    CHECK_EQ(invite(&world, "tony", secret).status, OIM_OK);
    fake_clock_jump(&world.clock, (int64_t)(INVITE_VALID_S_DEFAULT + 1) * 1000);
    CHECK_EQ(ask_to_join(&world, secret), OIM_ERR_DENIED);

    CHECK_EQ(invite(&world, "tony", secret).status, OIM_OK);
    struct peer *tony = world_join_invited(&world, "tony", secret);
    struct answer answer = about(world.owner, ADMIN_USER_LIST, "tony");
    CHECK(tony->ready);
    CHECK_EQ(answer.rows.row_count, 1);
    CHECK_TEXT(answer_field(&answer, 0, "team"), "Sales");
    CHECK_TEXT(answer_field(&answer, 0, "state"), "active");
    world_finish(&world);
}

static void admin_invite__refuses__entries_that_say_something_else(void **state)
{
    (void)state;
    struct world world;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_init(&world, 3);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = "tony";
    op.display = op.login;
    op.role = ROLE_AUDITOR;
    administer_entry(ada, &op, secret);
    op.role = ROLE_USER;
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_PROTOCOL); /* another role */
    administer_entry(world.owner, &op, secret);
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_AUTH); /* another device's signature */
    op.display = "";
    administer_entry(ada, &op, secret);
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_USAGE); /* nobody is without a name */
    op.display = "Tony";
    op.login = "Not a login";
    administer_entry(ada, &op, secret);
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_USAGE);
    CHECK(registry_person_by_login(&world.core->registry, "tony") == NULL);
    world_finish(&world);
}

static void admin_invite__leaves_at_most_a_hundred_open(void **state)
{
    (void)state;
    struct world world;
    uint8_t secret[INVITE_SECRET_SIZE];
    char login[16];
    world_init(&world, 4);
    for (unsigned i = 0; i < INVITES_OPEN_MAX; i++) {
        (void)snprintf(login, sizeof(login), "p%u", i);
        CHECK_EQ(invite(&world, login, secret).status, OIM_OK);
        peer_forget(world.owner);
    }
    CHECK_EQ(invite(&world, "onemore", secret).status, OIM_ERR_LIMIT);
    CHECK_EQ(about(world.owner, ADMIN_INVITE_REVOKE, "p7").status, OIM_OK);
    CHECK_EQ(invite(&world, "onemore", secret).status, OIM_OK);
    world_finish(&world);
}

static void admin_user_enable__closes_sessions_and_tells_senders_why(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5);
    struct peer *alice = world_join(&world, "alice");
    struct peer *tony = world_join(&world, "tony");
    struct admin_op op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = "tony";
    op.say = "Ask Ana Ruiz instead.";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(tony->conn, 0);
    uint64_t send_no = peer_send(alice, "tony", "are you there?");
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_CLOSED);
    CHECK_TEXT(peer_result(alice, send_no)->detail.text, "Ask Ana Ruiz instead.");

    op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = "tony";
    op.enabled = true;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    peer_sign_in(tony);
    CHECK(tony->ready);
    world_finish(&world);
}

static void admin_user_set__gives_a_role__that_counts_at_once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 6);
    struct peer *tony = world_join(&world, "tony");
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    CHECK_EQ(about(tony, ADMIN_STATUS, "").status, OIM_ERR_DENIED);
    op.who = "tony";
    op.role = ROLE_AUDITOR;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(about(tony, ADMIN_STATUS, "").status, OIM_OK);
    op.role = ROLE_USER;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(about(tony, ADMIN_STATUS, "").status, OIM_ERR_DENIED);
    world_finish(&world);
}

static void admin_device_revoke__ends_that_device_and_no_other(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7);
    struct peer *tony = world_join(&world, "tony");
    struct peer *phone = world_link(tony, "phone");
    peer_sign_in(phone);
    struct admin_op op = admin_op_of(ADMIN_DEVICE_REVOKE);
    op.who = "tony";
    op.device_id = phone->device_id;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(phone->conn, 0);
    CHECK(tony->ready && tony->conn != 0);
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_NOT_FOUND);
    op.who = "owner";
    op.device_id = world.owner->device_id;
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_CONFLICT);
    world_finish(&world);
}

static void admin_reading__counts_what_waits__for_one_and_for_all(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 8);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    for (unsigned i = 0; i < 3; i++) {
        (void)peer_send(alice, "bob", "hello");
    }
    struct answer answer = about(world.owner, ADMIN_QUEUE, "bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "waiting"), "3");
    answer = about(world.owner, ADMIN_QUEUE, "");
    CHECK_EQ(answer.rows.row_count, 1);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "bob");
    answer = about(world.owner, ADMIN_USER_LIST, "");
    CHECK_EQ(answer.rows.row_count, 3);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "alice");
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "bob"), "waiting"), "3");
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "bob"), "policy"), "Global");
    answer = about(world.owner, ADMIN_STATUS, "");
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "name", "waiting"), "value"), "3");
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "name", "oldest_login"), "value"), "bob");
    world_finish(&world);
}

/*
 * Goal:   renewing voids the older line in the same change, and the new one joins the same account.
 */
static void admin_invite__voids_the_older_line__when_renewed(void **state)
{
    (void)state;
    struct world world;
    uint8_t older[INVITE_SECRET_SIZE];
    uint8_t newer[INVITE_SECRET_SIZE];
    world_init(&world, 12);
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = "tony";
    op.display = op.login;
    op.renew = true;
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_NOT_FOUND); /* never invited */
    CHECK_EQ(invite(&world, "tony", older).status, OIM_OK);
    uint32_t people = world.core->registry.uid_last;
    administer_entry(world.owner, &op, newer);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(world.core->registry.uid_last, people);
    CHECK(ask_to_join(&world, older) != OIM_OK);
    CHECK(world_join_invited(&world, "tony", newer)->ready);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admin_invite__makes_an_account_that_can_be_joined__once),
        cmocka_unit_test(admin_invite__voids_the_older_line__when_renewed),
        cmocka_unit_test(admin_invite__lets_nobody_in__once_withdrawn_or_out_of_date),
        cmocka_unit_test(admin_invite__refuses__entries_that_say_something_else),
        cmocka_unit_test(admin_invite__leaves_at_most_a_hundred_open),
        cmocka_unit_test(admin_user_enable__closes_sessions_and_tells_senders_why),
        cmocka_unit_test(admin_user_set__gives_a_role__that_counts_at_once),
        cmocka_unit_test(admin_device_revoke__ends_that_device_and_no_other),
        cmocka_unit_test(admin_reading__counts_what_waits__for_one_and_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
