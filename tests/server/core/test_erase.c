/* test_erase.c - what an administrator erases goes with a trace on both sides, and nothing else goes. */
#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 31);
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

static struct answer look(void)
{
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = "bob";
    return administer(world.owner, &op);
}

static struct answer erase(struct peer *peer, uint64_t upto_seq)
{
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = "bob";
    op.erase = true;
    op.upto_seq = upto_seq;
    return administer(peer, &op);
}

static const struct frame_gap *last_gap(struct peer *peer)
{
    return &peer_last(peer, FRAME_GAP)->u.gap;
}

static void erase__tells_both_sides__and_leaves_what_came_later(void **state)
{
    (void)state;
    peer_cut(bob);
    for (int i = 0; i < 3; i++) {
        (void)peer_send(alice, "bob", "shown to the administrator");
    }
    struct answer shown = look();
    CHECK_EQ(answer_number(&shown, "waiting"), 3);
    (void)peer_send(alice, "bob", "came later");
    peer_forget(alice);

    struct answer answer = erase(world.owner, answer_number(&shown, "head"));
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer_number(&answer, "erased"), 3);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
    const struct frame_notice *notice = &peer_last(alice, FRAME_NOTICE)->u.notice;
    CHECK_EQ(notice->msg_id_count, 3);
    CHECK(oim_id_equal(&notice->peer, &bob->user_id));

    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "shown to the administrator"), 0);
    CHECK_EQ(peer_text_count(bob, "came later"), 1);
    CHECK_EQ(last_gap(bob)->why, GAP_ERASED);
    CHECK_EQ(last_gap(bob)->count, 3);
    CHECK_EQ(peer_notice_count(bob, NOTICE_ERASED_HERE), 1);
    CHECK_EQ(peer_last(bob, FRAME_NOTICE)->u.notice.count, 3);
    CHECK_EQ(peer_last(bob, FRAME_SUMMARY)->u.summary.total, 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
}

static void erase__is_remembered_as_the_reason__over_a_restart(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "hello");
    CHECK_EQ(erase(world.owner, 1).status, OIM_OK);
    world_restart(&world);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(last_gap(bob)->why, GAP_ERASED);
    CHECK_EQ(peer_text_count(bob, "hello"), 0);
}

/* More than one step takes: as many notices as steps, and every message in one of them. */
static void erase__goes_in_steps__until_nothing_is_left(void **state)
{
    (void)state;
    peer_cut(bob);
    for (int i = 0; i < 300; i++) {
        (void)peer_send(alice, "bob", "hello");
        if (i % 50 == 0) {
            world_run_ms(&world, 5000);
        }
    }
    struct answer shown = look();
    uint64_t waiting = answer_number(&shown, "waiting");
    CHECK(waiting > 240);
    peer_forget(alice);
    struct answer answer = erase(world.owner, answer_number(&shown, "head"));
    CHECK_EQ(answer_number(&answer, "erased"), waiting);
    uint64_t told = 0;
    for (size_t i = 0; i < peer_count(alice, FRAME_NOTICE); i++) {
        told += peer_frame(alice, FRAME_NOTICE, i)->u.notice.msg_id_count;
    }
    CHECK_EQ(told, waiting);
    shown = look();
    CHECK_EQ(answer_number(&shown, "waiting"), 0);
}

/* What a device has is delivered, whatever its person's other device still waits for. */
static void erase__leaves_what_a_device_has_taken__to_the_other(void **state)
{
    (void)state;
    struct peer *second = world_link(bob, "second");
    (void)peer_send(alice, "bob", "taken");
    CHECK_EQ(peer_text_count(bob, "taken"), 1);
    peer_forget(alice);
    struct answer answer = erase(world.owner, 100);
    CHECK_EQ(answer_number(&answer, "erased"), 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 0);
    peer_sign_in(second);
    CHECK_EQ(peer_text_count(second, "taken"), 1);
}

/*
 * Goal:   an erased mailbox is empty, also where its person took messages unseen: those are delivered, and
 *         never called erased; the person, visible again, causes no second word.
 */
static void erase__empties_an_invisible_persons_mailbox__and_tells_what_was_taken(void **state)
{
    (void)state;
    world_set_state(&world, "bob", PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "taken unseen");
    (void)peer_send(alice, "bob", "taken unseen, too");
    CHECK_EQ(peer_text_count(bob, "taken unseen"), 1);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "waits");
    struct answer shown = look();
    CHECK_EQ(answer_number(&shown, "waiting"), 3);
    peer_forget(alice);

    struct answer answer = erase(world.owner, answer_number(&shown, "head"));
    CHECK_EQ(answer_number(&answer, "erased"), 1);
    CHECK_EQ(answer_number(&answer, "delivered"), 2);
    shown = look();
    CHECK_EQ(answer_number(&shown, "waiting"), 0);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ERASED), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);

    world_set_state(&world, "bob", PRESENCE_AVAILABLE);
    peer_forget(bob);
    peer_sign_in(bob);
    CHECK_EQ(peer_notice_count(bob, NOTICE_ERASED_HERE), 1);
    CHECK_EQ(peer_last(bob, FRAME_NOTICE)->u.notice.count, 1);
    (void)peer_send(alice, "bob", "afterwards");
    CHECK_EQ(peer_text_count(bob, "afterwards"), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 2);
}

static void erase__is_a_change__of_administrators_in_the_audit_log(void **state)
{
    (void)state;
    struct peer *auditor = administer_join(&world, "ada", ROLE_AUDITOR);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "hello");
    CHECK_EQ(erase(auditor, 1).status, OIM_ERR_DENIED);
    CHECK_EQ(erase(alice, 1).status, OIM_ERR_DENIED);
    CHECK_EQ(erase(world.owner, 0).status, OIM_ERR_USAGE); /* up to what? */
    struct answer answer = look();
    CHECK_EQ(answer_number(&answer, "waiting"), 1);
    uint64_t entries = world.core->orglog.audit_n;
    CHECK_EQ(erase(world.owner, 1).status, OIM_OK);
    CHECK_EQ(world.core->orglog.audit_n, entries + 1);
    struct admin_op op = admin_op_of(ADMIN_AUDIT_READ);
    op.from_n = entries + 1;
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, 0, "op"), "queue");
    CHECK_TEXT(answer_field(&answer, 0, "new"), "bob: what waits up to 1 is erased");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(erase__tells_both_sides__and_leaves_what_came_later, setup, teardown),
        cmocka_unit_test_setup_teardown(erase__is_remembered_as_the_reason__over_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(erase__goes_in_steps__until_nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(erase__leaves_what_a_device_has_taken__to_the_other, setup, teardown),
        cmocka_unit_test_setup_teardown(erase__empties_an_invisible_persons_mailbox__and_tells_what_was_taken,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(erase__is_a_change__of_administrators_in_the_audit_log, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
