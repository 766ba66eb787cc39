/* test_reset.c - an account that begins anew: who is shut out, who is told, what becomes of what waited. */
#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob;
static uint8_t secret[INVITE_SECRET_SIZE]; /* of the new line */

static int setup(void **state)
{
    (void)state;
    world_init(&world, 37);
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

static struct admin_op reset_op(const char *login)
{
    struct admin_op op = admin_op_of(ADMIN_USER_RESET);
    op.who = login;
    return op;
}

static struct answer look(struct peer *peer, const char *login)
{
    struct admin_op op = reset_op(login);
    op.dry_run = true;
    return administer_raw(peer, &op, 0, NULL);
}

/* Made and signed before it is said, as administer would; the new line's secret is kept. */
static struct answer reset_as(struct peer *peer, const char *login, uint32_t generation)
{
    struct admin_op op = reset_op(login);
    op.generation = generation;
    administer_entry(peer, &op, secret);
    return administer(peer, &op);
}

static struct answer reset(const char *login)
{
    return reset_as(world.owner, login, 2);
}

static const struct account *account_of(const char *login)
{
    return registry_person_by_login(&world.core->registry, login);
}

static size_t notice_count(struct peer *peer, enum notice_what what, enum reason reason)
{
    size_t count = 0;
    for (size_t i = 0; i < peer_count(peer, FRAME_NOTICE); i++) {
        const struct frame_notice *notice = &peer_frame(peer, FRAME_NOTICE, i)->u.notice;
        count += notice->what == what && notice->reason == reason;
    }
    return count;
}

/* May this device come in? */
static bool is_let_in(struct peer *peer)
{
    peer_cut(peer);
    peer_forget(peer);
    peer_greet(peer);
    peer_auth(peer);
    return peer->ready;
}

/* Every device, signed in or not, and over a restart; the account itself stays. */
static void reset__shuts_out_every_device__and_leaves_the_account_invited(void **state)
{
    (void)state;
    struct peer *second = world_link(bob, "second");
    peer_forget(bob);
    struct answer answer = reset("bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer_number(&answer, "devices"), 2);
    CHECK_EQ(bob->conn, 0);
    CHECK_TEXT(peer_last(bob, FRAME_BYE)->u.bye.text, "this account was reset");
    CHECK_EQ(registry_person_state(account_of("bob")), PERSON_STATE_INVITED);
    CHECK_EQ(account_of("bob")->generation, 2);
    for (int restarts = 0; restarts < 2; restarts++) {
        struct peer *devices[] = {bob, second};
        for (size_t i = 0; i < OIM_COUNT(devices); i++) {
            CHECK(!is_let_in(devices[i]));
            CHECK_EQ(peer_last(devices[i], FRAME_AUTH_ERR)->u.auth_err.reason, REASON_ACCOUNT_RESET);
        }
        world_restart(&world);
    }
    CHECK_EQ(account_of("bob")->device_count, 0);
    CHECK_EQ(world.core->registry.joined_count, 2);
}

static void reset__lets_them_join_again__with_the_new_line_only(void **state)
{
    (void)state;
    struct oim_id user_id = bob->user_id;
    CHECK_EQ(reset("bob").status, OIM_OK);
    struct peer *anew = world_join_invited(&world, "bob", secret);
    CHECK(anew->ready);
    CHECK(oim_id_equal(&anew->user_id, &user_id));
    CHECK(!oim_id_equal(&anew->device_id, &bob->device_id));
    (void)peer_send(alice, "bob", "to the new one");
    CHECK_EQ(peer_text_count(anew, "to the new one"), 1);
    (void)peer_send(anew, "alice", "from the new one");
    CHECK_EQ(peer_text_count(alice, "from the new one"), 1);
    CHECK(!is_let_in(bob));
}

/* The sender learns the ids and why, so that its client can send again; the next device is owed nothing old.
 */
static void reset__erases_what_waited__and_tells_each_sender_why(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "one");
    (void)peer_send(alice, "bob", "two");
    (void)peer_send(world.owner, "bob", "three");
    peer_forget(alice);
    peer_forget(world.owner);
    struct answer answer = reset("bob");
    CHECK_EQ(answer_number(&answer, "erased"), 3);
    CHECK_EQ(notice_count(alice, NOTICE_ERASED, REASON_ACCOUNT_RESET), 1);
    CHECK_EQ(notice_count(world.owner, NOTICE_ERASED, REASON_ACCOUNT_RESET), 1);
    const struct frame_notice *notice = &peer_last(alice, FRAME_NOTICE)->u.notice;
    CHECK_EQ(notice->msg_id_count, 2);
    CHECK(oim_id_equal(&notice->peer, &bob->user_id));
    struct peer *anew = world_join_invited(&world, "bob", secret);
    CHECK(is_let_in(anew));
    CHECK_EQ(peer_count(anew, FRAME_DELIVER), 0);
    CHECK_EQ(peer_count(anew, FRAME_GAP), 0);
    CHECK_EQ(peer_last(anew, FRAME_SUMMARY)->u.summary.total, 0);
}

/* Having it on one device is having it: that was told as delivered, and stays so. */
static void reset__says_nothing__of_what_a_device_had_taken(void **state)
{
    (void)state;
    struct peer *second = world_link(bob, "second");
    (void)second;
    (void)peer_send(alice, "bob", "taken");
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    struct answer answer = reset("bob");
    CHECK_EQ(answer_number(&answer, "erased"), 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
}

/* Signed in or not; but not those whom the person has blocked. */
static void reset__is_told_to_who_has_them_as_a_contact__once(void **state)
{
    (void)state;
    struct peer *carol = world_join(&world, "carol");
    struct peer *eve = world_join(&world, "eve");
    world_set_block(&world, "bob", "eve", true);
    peer_cut(carol);
    peer_forget(alice);
    peer_forget(carol);
    CHECK_EQ(reset("bob").status, OIM_OK);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ACCOUNT_RESET), 1);
    CHECK(oim_id_equal(&peer_last(alice, FRAME_NOTICE)->u.notice.peer, &bob->user_id));
    CHECK_EQ(peer_notice_count(eve, NOTICE_ACCOUNT_RESET), 0);
    peer_sign_in(carol);
    CHECK_EQ(peer_notice_count(carol, NOTICE_ACCOUNT_RESET), 1);
}

/* F7 begins again: a message meanwhile is refused as not joined, and its sender hears of the join. */
static void reset__makes_senders_wait__until_the_person_has_joined(void **state)
{
    (void)state;
    CHECK_EQ(reset("bob").status, OIM_OK);
    uint64_t send_no = peer_send(alice, "bob", "too early");
    const struct frame_submit_result *result = peer_result(alice, send_no);
    CHECK_EQ(result->outcome, OUTCOME_REFUSED);
    CHECK_EQ(result->reason, REASON_NOT_JOINED);
    CHECK_EQ(peer_notice_count(alice, NOTICE_JOINED), 0);
    (void)world_join_invited(&world, "bob", secret);
    CHECK_EQ(peer_notice_count(alice, NOTICE_JOINED), 1);
}

static void reset__is_refused__where_it_would_harm_or_has_no_sense(void **state)
{
    (void)state;
    uint8_t unused[INVITE_SECRET_SIZE];
    world_invite(&world, "ivan", unused);
    struct peer *admin = administer_join(&world, "ada", ROLE_ADMIN);
    CHECK_EQ(reset("owner").status, OIM_ERR_CONFLICT); /* oneself: the last owner among them */
    CHECK_EQ(reset_as(admin, "owner", 2).status, OIM_ERR_DENIED);
    CHECK_EQ(reset_as(admin, "ada", 2).status, OIM_ERR_DENIED); /* an administrator: owners only */
    CHECK_EQ(reset_as(alice, "bob", 2).status, OIM_ERR_DENIED);
    CHECK_EQ(reset("ivan").status, OIM_ERR_CONFLICT);                   /* renew the invite */
    CHECK_EQ(reset_as(world.owner, "bob", 3).status, OIM_ERR_CONFLICT); /* not what the dry run said */
    world_close_account(&world, "bob", "gone");
    CHECK_EQ(reset("bob").status, OIM_ERR_CONFLICT);
    CHECK_EQ(account_of("bob")->generation, 1);
}

/* The entry must be about this person, this generation, and signed by whoever asks. */
static void reset__is_refused__without_the_entry_that_says_so(void **state)
{
    (void)state;
    struct admin_op op = reset_op("bob");
    op.generation = 2;
    administer_entry(world.owner, &op, secret);
    struct log_entry right = op.entry;
    CHECK_EQ(administer_raw(
                 world.owner,
                 &(struct admin_op){.kind = ADMIN_USER_RESET, .who = "bob", .after = "", .generation = 2},
                 administer_next_no(world.owner), &world.owner->key)
                 .status,
             OIM_ERR_PROTOCOL);
    op.generation = 5;
    administer_entry(world.owner, &op, secret);
    op.generation = 2;
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_PROTOCOL);
    op.entry = right;
    op.entry.sigs[0].bytes[0] ^= 1;
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_AUTH);
    CHECK_EQ(account_of("bob")->generation, 1);
}

static void reset__stands_in_both_chains__with_what_it_changed(void **state)
{
    (void)state;
    uint64_t audit_n = world.core->orglog.audit_n;
    uint64_t log_seq = world.core->orglog.seq;
    uint64_t user_seq = account_of("bob")->user_seq;
    struct answer dry = look(world.owner, "bob");
    CHECK_EQ(answer_number(&dry, "generation"), 2);
    CHECK_EQ(answer_number(&dry, "devices"), 1);
    CHECK_EQ(world.core->orglog.audit_n, audit_n);
    CHECK_EQ(reset("bob").status, OIM_OK);
    CHECK_EQ(world.core->orglog.audit_n, audit_n + 1);
    CHECK_EQ(world.core->orglog.seq, log_seq + 1);
    CHECK_EQ(account_of("bob")->user_seq, user_seq + 1);
    struct admin_op op = admin_op_of(ADMIN_AUDIT_READ);
    op.from_n = audit_n + 1;
    struct answer answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, 0, "op"), "user.reset");
    CHECK_TEXT(answer_field(&answer, 0, "old"), "login=bob generation=1 devices=1");
    CHECK_TEXT(answer_field(&answer, 0, "new"), "login=bob generation=2 devices=0");
}

/*
 * Goal:   a server that ends between the reset and the erasing owes the senders their word still.
 * Method: let the store lose the first step of the erasing, and start the server again.
 */
static void reset__goes_on_erasing__after_a_restart(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "one");
    peer_forget(alice);
    world.fail_op = STORE_COUNT;
    world.fail_result = STORE_RETRY;
    struct answer answer = reset("bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer_number(&answer, "erased"), 0);
    CHECK_EQ(account_of("bob")->generation, 2);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
    world_restart(&world);
    peer_forget(alice);
    peer_sign_in(alice);
    CHECK_EQ(notice_count(alice, NOTICE_ERASED, REASON_ACCOUNT_RESET), 1);
}

/* Without a restart too. */
static void reset__goes_on_erasing__after_the_store_had_no_time(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "one");
    peer_forget(alice);
    world.fail_op = STORE_DUE;
    world.fail_result = STORE_RETRY;
    struct answer answer = reset("bob");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer_number(&answer, "erased"), 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
    world_run_ms(&world, 1000);
    CHECK_EQ(notice_count(alice, NOTICE_ERASED, REASON_ACCOUNT_RESET), 1);
}

/* Being invisible ends with the devices: what they took is told as delivered, and does not fill the mailbox.
 */
static void reset__tells_senders_at_last__what_an_invisible_person_took(void **state)
{
    (void)state;
    world_set_state(&world, "bob", PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "taken unseen");
    CHECK_EQ(peer_text_count(bob, "taken unseen"), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    struct answer answer = reset("bob");
    CHECK_EQ(answer_number(&answer, "erased"), 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = "bob";
    answer = administer(world.owner, &op);
    CHECK_EQ(answer_number(&answer, "waiting"), 0);
}

/* Goal: what the erasing did not get to before the person joined again is not said to have expired. */
static void reset__is_the_reason__of_what_is_left_when_the_person_has_joined(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "one");
    peer_cut(alice);
    world.fail_op = STORE_DUE;
    world.fail_result = STORE_RETRY;
    CHECK_EQ(reset("bob").status, OIM_OK);
    struct peer *anew = world_join_invited(&world, "bob", secret);
    peer_sign_in(alice);
    CHECK_EQ(notice_count(alice, NOTICE_ERASED, REASON_ACCOUNT_RESET), 0);
    (void)peer_send(alice, "bob", "to the new one");
    CHECK_EQ(peer_text_count(anew, "to the new one"), 1);
    peer_cut(alice);
    world_run_ms(&world, 3600000);
    peer_sign_in(alice);
    CHECK_EQ(notice_count(alice, NOTICE_ERASED, REASON_ACCOUNT_RESET), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_EXPIRED), 0);
}

/* A line of the first generation does nothing any more; who used the last one is still known. */
static void reset__twice__keeps_the_last_line_only(void **state)
{
    (void)state;
    uint8_t first[INVITE_SECRET_SIZE];
    CHECK_EQ(reset("bob").status, OIM_OK);
    memcpy(first, secret, sizeof(first));
    (void)world_join_invited(&world, "bob", first);
    size_t lines = world.core->registry.invites.count;
    for (uint32_t generation = 3; generation < 8; generation++) {
        CHECK_EQ(reset_as(world.owner, "bob", generation).status, OIM_OK);
        CHECK(world_join_invited(&world, "bob", secret)->ready);
        CHECK_EQ(world.core->registry.invites.count, lines);
    }
}

/* Every renewal leaves a line behind, and a change holds a dozen records: the reset goes through all the
 * same. */
static void reset__is_possible__after_many_renewals(void **state)
{
    (void)state;
    CHECK_EQ(reset("bob").status, OIM_OK);
    size_t lines = world.core->registry.invites.count;
    for (int i = 0; i < 20; i++) {
        struct admin_op op = admin_op_of(ADMIN_INVITE);
        op.login = "bob";
        op.display = "";
        op.renew = true;
        administer_entry(world.owner, &op, secret);
        CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    }
    CHECK_EQ(world.core->registry.invites.count, lines + 20);
    for (uint32_t generation = 3; generation < 7; generation++) {
        CHECK(world_join_invited(&world, "bob", secret)->ready);
        CHECK_EQ(reset_as(world.owner, "bob", generation).status, OIM_OK);
    }
    CHECK(world.core->registry.invites.count <= lines + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reset__shuts_out_every_device__and_leaves_the_account_invited, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reset__lets_them_join_again__with_the_new_line_only, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__erases_what_waited__and_tells_each_sender_why, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reset__says_nothing__of_what_a_device_had_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__is_told_to_who_has_them_as_a_contact__once, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__makes_senders_wait__until_the_person_has_joined, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reset__is_refused__where_it_would_harm_or_has_no_sense, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reset__is_refused__without_the_entry_that_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__stands_in_both_chains__with_what_it_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__goes_on_erasing__after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__goes_on_erasing__after_the_store_had_no_time, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__tells_senders_at_last__what_an_invisible_person_took, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reset__is_the_reason__of_what_is_left_when_the_person_has_joined,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(reset__twice__keeps_the_last_line_only, setup, teardown),
        cmocka_unit_test_setup_teardown(reset__is_possible__after_many_renewals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
