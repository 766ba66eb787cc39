/* test_status.c - what the server says of itself: figures that count each message once, and what to look at.
 */
#include <stdlib.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

#define DAY_MS UINT64_C(86400000)

static struct answer status(struct world *world)
{
    const struct admin_op op = admin_op_of(ADMIN_STATUS);
    struct answer answer = administer(world->owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    return answer;
}

static uint64_t figure(const struct answer *answer, const char *name)
{
    return strtoull(answer_field(answer, answer_row(answer, "name", name), "value"), NULL, 10);
}

static bool has_figure(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->rows.row_count; i++) {
        if (strcmp(answer_field(answer, i, "name"), name) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Goal:   a message is one message, whoever says it how often and wherever it arrives.
 * Method: a repeated Submit, one that comes too early, a refused one, and a recipient with two devices.
 */
static void status__counts_each_message_once__repeated_refused_or_on_two_devices(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *bob2 = world_link(bob, "second");
    peer_cut(bob);
    peer_cut(bob2);
    struct frame again = {.kind = FRAME_SUBMIT};
    struct key_slot slots[SLOT_COUNT_MAX];
    uint64_t first = peer_send(alice, "bob", "hello");
    peer_submit_fill(alice, "bob", "hello", first, CLS_CHAT, &again, slots);
    peer_say(alice, &again);
    struct frame early = {.kind = FRAME_SUBMIT};
    struct key_slot early_slots[SLOT_COUNT_MAX];
    peer_submit_fill(alice, "bob", "too early", first + 5, CLS_CHAT, &early, early_slots);
    peer_say(alice, &early);
    struct answer answer = status(&world);
    CHECK_EQ(figure(&answer, "submitted"), 1);
    CHECK_EQ(figure(&answer, "held"), 1);
    CHECK_EQ(figure(&answer, "today_accepted"), 1);
    CHECK_EQ(figure(&answer, "today_held"), 1);

    world_set_policy(&world, "alice", "EnableOfflineIm", "False");
    (void)peer_send(alice, "bob", "refused");
    answer = status(&world);
    CHECK_EQ(figure(&answer, "submitted"), 2);
    CHECK_EQ(figure(&answer, "today_refused"), 1);
    CHECK_EQ(figure(&answer, "today_refused_policy"), 1);
    CHECK_EQ(figure(&answer, "today_accepted"), 1);

    peer_sign_in(bob);
    peer_sign_in(bob2);
    CHECK_EQ(peer_text_count(bob2, "hello"), 1);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "delivered"), 1);
    CHECK_EQ(figure(&answer, "today_delivered"), 1);
    world_finish(&world);
}

/* Goal: what clients say to each other of messages is no message, wherever it ends. */
static void status__counts_no_receipt__accepted_or_refused(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 3);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    (void)peer_send(alice, "bob", "hello");
    for (int round = 0; round < 3; round++) {
        if (round == 1) {
            peer_cut(bob);
        } else if (round == 2) {
            world_set_policy(&world, "alice", "EnableReadReceipts", "False");
        }
        struct frame submit = {.kind = FRAME_SUBMIT};
        struct key_slot slots[SLOT_COUNT_MAX];
        peer_submit_fill(alice, "bob", "read", ++alice->send_no, CLS_RECEIPT, &submit, slots);
        peer_say(alice, &submit);
        CHECK_EQ(peer_result(alice, alice->send_no)->outcome == OUTCOME_REFUSED, round == 2);
    }
    struct answer answer = status(&world);
    CHECK_EQ(figure(&answer, "submitted"), 1);
    CHECK_EQ(figure(&answer, "delivered"), 1);
    CHECK_EQ(figure(&answer, "held"), 0);
    CHECK_EQ(figure(&answer, "refused"), 0);
    CHECK_EQ(figure(&answer, "today_accepted"), 1);
    CHECK_EQ(figure(&answer, "today_delivered"), 1);
    CHECK_EQ(figure(&answer, "today_refused"), 0);
    world_finish(&world);
}

static void status__knows_yesterday__once_there_was_a_midnight(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    (void)peer_send(alice, "bob", "hello");
    struct answer answer = status(&world);
    CHECK(!has_figure(&answer, "yesterday_accepted"));
    peer_cut(alice);
    peer_cut(world.owner);
    world_run_ms(&world, DAY_MS);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "yesterday_accepted"), 1);
    CHECK_EQ(figure(&answer, "today_accepted"), 0);
    world_finish(&world);
}

/* Stopped or killed: what was kept counts on; of a kill the last minutes may be missing, never more. */
static void status__remembers_the_day__over_a_restart(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    (void)peer_send(alice, "bob", "before");
    struct answer answer = status(&world);
    uint64_t since_ms = figure(&answer, "counted_since");
    world_run_ms(&world, 660000);
    world_restart(&world);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "today_accepted"), 1);
    CHECK_EQ(figure(&answer, "submitted"), 0); /* since the start */
    CHECK_EQ(figure(&answer, "counted_since"), since_ms);
    peer_sign_in(alice);
    (void)peer_send(alice, "bob", "after");
    world_run_ms(&world, 660000);
    world_restart(&world);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "today_accepted"), 2);
    const struct core_event end = {.kind = CORE_DRAIN};
    peer_sign_in(alice);
    (void)peer_send(alice, "bob", "just before the end");
    world_event(&world, &end);
    world_settle(&world);
    CHECK(world.drained);
    world_restart(&world);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "today_accepted"), 3);
    world_finish(&world);
}

static void status__counts_what_expired__and_tells_nobody_to_look(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 3);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    world_set_policy(&world, "bob", "OfflineRetentionDays", "1");
    (void)peer_send(alice, "bob", "one");
    (void)peer_send(alice, "bob", "two");
    peer_cut(alice);
    peer_cut(world.owner);
    world_run_ms(&world, DAY_MS + 3600000);
    peer_sign_in(world.owner);
    struct answer answer = status(&world);
    CHECK_EQ(figure(&answer, "today_expired") + figure(&answer, "yesterday_expired"), 2);
    CHECK_EQ(answer.rows.note_count, 0);
    world_finish(&world);
}

static void status__says_look__only_for_what_needs_somebody(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 4);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    struct answer answer = status(&world);
    CHECK_EQ(answer.rows.note_count, 0);
    CHECK(figure(&answer, "store_bytes") > 0);
    CHECK(figure(&answer, "disk_free") > 0);
    CHECK(figure(&answer, "commit_us_max") > 0);

    world_set_policy(&world, "bob", "OfflineQuotaMessages", "20");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    for (int i = 0; i < 18; i++) {
        (void)peer_send(alice, "bob", "hello");
    }
    answer = status(&world);
    CHECK_EQ(figure(&answer, "fullest_percent"), 90);
    CHECK(answer_note(&answer, "look_mailbox") == NULL);
    (void)peer_send(alice, "bob", "one more");
    answer = status(&world);
    CHECK_TEXT(answer_note(&answer, "look_mailbox"), "bob");
    CHECK(answer_note(&answer, "look_full") == NULL);

    peer_cut(world.owner);
    world_run_ms(&world, 60000);
    fake_clock_jump(&world.clock, 7200000);
    world_run_ms(&world, 60000);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK(answer_note(&answer, "look_calendar") != NULL);
    peer_cut(world.owner);
    world_run_ms(&world, 600000);
    peer_sign_in(world.owner);
    answer = status(&world);
    CHECK(answer_note(&answer, "look_calendar") == NULL);
    world_finish(&world);
}

static void send_many(struct peer *from, const char *login, int count)
{
    for (int i = 0; i < count; i++) {
        (void)peer_send(from, login, "hello");
    }
}

/*
 * Goal:   a full mailbox is seen by its person's own limits, however much waits for others.
 * Method: bob's few messages against carol's many; first by count, then by bytes; then bob fetches them.
 */
static void status__names_who_is_full__by_the_persons_own_limits(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 11);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct peer *carol = world_join(&world, "carol");
    peer_cut(bob);
    peer_cut(carol);
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "4");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    send_many(alice, "bob", 4);
    send_many(alice, "carol", 30);
    struct answer answer = status(&world);
    CHECK_EQ(figure(&answer, "fullest_percent"), 100);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "name", "fullest_login"), "value"), "bob");
    CHECK_EQ(figure(&answer, "mailboxes_full"), 1);
    CHECK_EQ(answer.rows.note_count, 1);
    CHECK_TEXT(answer_note(&answer, "look_full"), "bob");

    struct account *account = world_account(&world, "bob");
    account->closed = true;
    answer = status(&world);
    CHECK_EQ(answer.rows.note_count, 0);
    account->closed = false;

    world_set_policy(&world, "bob", "OfflineQuotaMessages", "1000");
    world_set_policy(&world, "bob", "OfflineQuotaBytes", "65536");
    answer = status(&world);
    CHECK_EQ(answer.rows.note_count, 0);
    uint64_t send_no;
    do {
        send_no = peer_send(alice, "bob", "until the bytes are used up");
    } while (peer_result(alice, send_no)->outcome == OUTCOME_HELD);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_MAILBOX_FULL);
    answer = status(&world);
    CHECK(figure(&answer, "fullest_percent") >= 99);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "name", "fullest_login"), "value"), "bob");
    CHECK(answer_note(&answer, "look_full") != NULL || answer_note(&answer, "look_mailbox") != NULL);

    peer_sign_in(bob);
    answer = status(&world);
    CHECK_EQ(answer.rows.note_count, 0);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "name", "fullest_login"), "value"), "carol");
    world_finish(&world);
}

static void status__says_look__when_one_sender_may_leave_no_more(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 12);
    struct peer *alice = world_join(&world, "alice");
    peer_cut(world_join(&world, "bob"));
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "20");
    world_set_policy(&world, "bob", "OfflineSenderShare", "25");
    send_many(alice, "bob", 4);
    struct answer answer = status(&world);
    CHECK_EQ(answer.rows.note_count, 0);
    send_many(alice, "bob", 1);
    CHECK_EQ(peer_result(alice, peer_send(alice, "bob", "refused"))->reason, REASON_SHARE_FULL);
    answer = status(&world);
    CHECK_EQ(figure(&answer, "fullest_percent"), 25);
    CHECK_EQ(figure(&answer, "mailboxes_full"), 0);
    CHECK_TEXT(answer_note(&answer, "look_share"), "bob");
    world_finish(&world);
}

/* Goal: what an invisible person took fills the mailbox here, too, as long as it does for senders. */
static void status__counts_what_an_invisible_person_took__as_the_verdict_does(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 13);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "2");
    world_set_policy(&world, "bob", "OfflineSenderShare", "100");
    world_set_state(&world, "bob", PRESENCE_INVISIBLE);
    send_many(alice, "bob", 2);
    CHECK_EQ(peer_text_count(bob, "hello"), 2);
    CHECK_EQ(peer_result(alice, peer_send(alice, "bob", "refused"))->reason, REASON_MAILBOX_FULL);
    struct answer answer = status(&world);
    CHECK_TEXT(answer_note(&answer, "look_full"), "bob");
    world_finish(&world);
}

static void status__names_a_few__of_many_full_mailboxes(void **state)
{
    (void)state;
    static const char *const logins[] = {"bob", "carol", "dan", "eva", "finn"};
    struct world world;
    world_init(&world, 14);
    struct peer *alice = world_join(&world, "alice");
    world_set_policy(&world, NULL, "OfflineQuotaMessages", "1");
    for (size_t i = 0; i < OIM_COUNT(logins); i++) {
        peer_cut(world_join(&world, logins[i]));
        send_many(alice, logins[i], 1);
    }
    struct answer answer = status(&world);
    CHECK_EQ(figure(&answer, "mailboxes_full"), 5);
    CHECK_EQ(answer.rows.note_count, 4);
    CHECK_TEXT(answer_note(&answer, "look_full"), "bob");
    CHECK_TEXT(answer_note(&answer, "look_full_more"), "2");
    world_finish(&world);
}

/*
 * Goal:   that the store went back in time is noticed by what a device knows, and by nothing else.
 * Method: sign-ins as usual; then one with a cursor that the store cannot have given.
 */
static void status__says__that_an_older_copy_was_put_back(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 8);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    (void)peer_send(alice, "bob", "hello");
    peer_sign_in(bob);
    peer_cut(bob);
    peer_sign_in(bob);
    struct answer answer = status(&world);
    CHECK(answer_note(&answer, "look_older_copy") == NULL);
    peer_cut(bob);
    bob->cursor++;
    peer_sign_in(bob);
    answer = status(&world);
    CHECK_TEXT(answer_note(&answer, "look_older_copy"), "bob");
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status__counts_each_message_once__repeated_refused_or_on_two_devices),
        cmocka_unit_test(status__counts_no_receipt__accepted_or_refused),
        cmocka_unit_test(status__knows_yesterday__once_there_was_a_midnight),
        cmocka_unit_test(status__remembers_the_day__over_a_restart),
        cmocka_unit_test(status__counts_what_expired__and_tells_nobody_to_look),
        cmocka_unit_test(status__says_look__only_for_what_needs_somebody),
        cmocka_unit_test(status__names_who_is_full__by_the_persons_own_limits),
        cmocka_unit_test(status__says_look__when_one_sender_may_leave_no_more),
        cmocka_unit_test(status__counts_what_an_invisible_person_took__as_the_verdict_does),
        cmocka_unit_test(status__names_a_few__of_many_full_mailboxes),
        cmocka_unit_test(status__says__that_an_older_copy_was_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
