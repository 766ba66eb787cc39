/* test_invisible.c - who is invisible is signed out, as far as anybody can tell (DESIGN.md section 4,
 * BLUEPRINT B13). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob, *carol;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 51);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    carol = world_join(&world, "carol");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void alive(struct peer *peer)
{
    struct frame pong = {.kind = FRAME_PONG};
    if (peer->ready) {
        peer_say(peer, &pong);
    }
}

/* Time passes, and everybody who is here gives signs of life. */
static void pass_ms(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 10000) {
        world_run_ms(&world, ms - passed < 10000 ? ms - passed : 10000);
        alive(alice);
        alive(bob);
        alive(carol);
        alive(world.owner);
    }
}

static void say_state(struct peer *peer, enum presence_state state)
{
    struct presence_item item = {.user = peer->user_id, .state = state, .note = ""};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    peer_say(peer, &frame);
}

/* ---- when senders hear of it ------------------------------------------------------------------------------
 */

static void invisible__senders_hear_of_it__when_the_person_is_visible_again(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    uint64_t first_no = peer_send(alice, "bob", "one");
    (void)peer_send(carol, "bob", "two");
    CHECK_EQ(peer_result(alice, first_no)->outcome, OUTCOME_HELD);
    CHECK_EQ(peer_text_count(bob, "one"), 1);
    pass_ms(20000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    CHECK_EQ(peer_notice_count(carol, NOTICE_DELIVERED), 0);

    peer_cut(bob); /* leaving would show that somebody was here */
    pass_ms(60000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    peer_sign_in(bob); /* still invisible */
    (void)peer_send(alice, "bob", "three");
    pass_ms(20000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);

    say_state(bob, PRESENCE_AUTO);
    pass_ms(1000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(carol, NOTICE_DELIVERED), 1);
    const struct frame_notice *notice = &peer_last(alice, FRAME_NOTICE)->u.notice;
    CHECK_EQ(notice->msg_id_count, 2);
    CHECK_EQ(notice->k, 1);

    (void)peer_send(alice, "bob", "four"); /* and as always from now on */
    pass_ms(1000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 2);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 1);
}

static void invisible__nothing_is_forgotten__over_a_restart(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "one");
    pass_ms(2000);
    world_restart(&world);
    peer_sign_in(alice);
    peer_sign_in(bob);
    (void)peer_send(alice, "bob", "two");
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    world_restart(&world);
    peer_sign_in(alice);
    world_set_state(&world, "bob", PRESENCE_AUTO); /* while nobody of theirs is here */
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    peer_sign_in(bob);
    pass_ms(2000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_last(alice, FRAME_NOTICE)->u.notice.msg_id_count, 2);
}

/* Goal: more than one page, and what is acknowledged meanwhile, is told once each. */
static void invisible__a_long_backlog_is_told__every_message_once(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    size_t told = 0;
    say_state(bob, PRESENCE_INVISIBLE);
    for (int i = 0; i < COUNT; i++) {
        (void)peer_send(alice, "bob", "x");
        if (i % 30 == 29) {
            pass_ms(10000);
        }
    }
    pass_ms(10000);
    peer_forget(alice);
    say_state(bob, PRESENCE_AUTO);
    for (int i = 0; i < 5; i++) {
        (void)peer_send(alice, "bob", "y");
        pass_ms(300);
    }
    pass_ms(10000);
    for (size_t i = 0; i < peer_count(alice, FRAME_NOTICE); i++) {
        const struct frame_notice *notice = &peer_frame(alice, FRAME_NOTICE, i)->u.notice;
        told += notice->what == NOTICE_DELIVERED ? notice->msg_id_count : 0;
    }
    CHECK_EQ(told, COUNT + 5);
}

/* More news than a page holds, of which nobody has to be told, came before the first message. */
static void invisible__a_long_backlog_of_nothing_to_tell__hides_no_message(void **state)
{
    (void)state;
    enum { COUNT = 140 };
    say_state(bob, PRESENCE_INVISIBLE);
    for (int i = 0; i < COUNT; i++) {
        (void)peer_send(bob, "carol", "x");
        pass_ms(100);
        if (i % 30 == 29) {
            pass_ms(10000);
        }
    }
    CHECK_EQ(peer_notice_count(bob, NOTICE_DELIVERED), COUNT);
    (void)peer_send(alice, "bob", "y");
    pass_ms(10000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 0);
    say_state(bob, PRESENCE_AUTO);
    pass_ms(10000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
}

static void invisible__what_was_taken_is_delivered__not_expired(void **state)
{
    (void)state;
    say_state(bob, PRESENCE_INVISIBLE);
    (void)peer_send(alice, "bob", "one");
    pass_ms(2000);
    peer_cut(bob);
    (void)peer_send(alice, "bob", "two");
    peer_forget(alice);
    for (int day = 0; day < 15; day++) {
        fake_clock_pass(&world.clock, 86400000);
        peer_cut(alice);
        peer_sign_in(alice);
        pass_ms(700000);
    }
    CHECK_EQ(peer_notice_count(alice, NOTICE_DELIVERED), 1);
    CHECK_EQ(peer_notice_count(alice, NOTICE_EXPIRED), 1);
}

/* ---- what fills
 * --------------------------------------------------------------------------------------------
 */

static const struct fill {
    const char *quota,
        *share; /* of Bob's mailbox: messages, and percent of it for one sender; NULL: as always */
    enum reason reason;
} fills[] = {
    {NULL, NULL, REASON_NONE},
    {"5", "100", REASON_MAILBOX_FULL},
    {"10", "40", REASON_SHARE_FULL},
};

static void limit(const struct fill *fill)
{
    if (fill->quota != NULL) {
        world_set_policy(&world, "bob", "OfflineQuotaMessages", fill->quota);
        world_set_policy(&world, "bob", "OfflineSenderShare", fill->share);
    }
}

static enum reason reason_of(uint64_t send_no)
{
    return (enum reason)peer_result(alice, send_no)->reason;
}

/* Goal: what an invisible person took gives room when its senders hear of it, and not before. */
static void invisible__full_stays_full__until_the_person_is_visible_again(void **state)
{
    (void)state;
    limit(&fills[1]);
    say_state(bob, PRESENCE_INVISIBLE);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(reason_of(peer_send(alice, "bob", "fits")), REASON_NONE);
        pass_ms(1000);
    }
    CHECK_EQ(peer_text_count(bob, "fits"), 5);
    CHECK_EQ(reason_of(peer_send(alice, "bob", "one too many")), REASON_MAILBOX_FULL);
    pass_ms(1000);
    world_restart(&world);
    peer_sign_in(alice);
    peer_sign_in(bob);
    pass_ms(1000);
    CHECK_EQ(reason_of(peer_send(alice, "bob", "still")), REASON_MAILBOX_FULL);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 0);

    say_state(bob, PRESENCE_AUTO);
    pass_ms(1000);
    CHECK_EQ(peer_notice_count(alice, NOTICE_ROOM_AGAIN), 1);
    CHECK_EQ(reason_of(peer_send(alice, "bob", "now")), REASON_NONE);
}

/* ---- byte for byte
 * ------------------------------------------------------------------------------------------ */

/* What Alice and the owner, who both have Bob as a contact, receive while a lot happens around him. */
static void record(bool is_here, struct oim_buf *of_sender, struct oim_buf *of_watcher)
{
    struct frame submit;
    struct key_slot slots[SLOT_COUNT_MAX];
    CHECK_EQ(setup(NULL), 0);
    say_state(bob, PRESENCE_INVISIBLE);
    pass_ms(20000);
    if (!is_here) {
        peer_cut(bob);
    }
    pass_ms(60000);
    alice->tap = of_sender;
    world.owner->tap = of_watcher;

    struct frame look = {.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    peer_say(alice, &look);
    for (int i = 0; i < 3; i++) {
        (void)peer_send(alice, "bob", "are you there?");
        pass_ms(1000);
    }
    peer_submit_fill(alice, "bob", "once", ++alice->send_no, CLS_CHAT, &submit, slots);
    peer_say(alice, &submit);
    peer_say(alice, &submit); /* the same again */
    peer_submit_fill(alice, "bob", "read", ++alice->send_no, CLS_RECEIPT, &submit, slots);
    peer_say(alice, &submit);
    struct frame typing = {.kind = FRAME_TYPING, .u.typing.to_user = bob->user_id};
    peer_say(alice, &typing);
    if (is_here) { /* comes and goes, and types */
        struct frame types = {.kind = FRAME_TYPING, .u.typing.to_user = alice->user_id};
        peer_say(bob, &types);
        peer_cut(bob);
        pass_ms(20000);
        peer_sign_in(bob);
        pass_ms(20000);
    } else {
        pass_ms(40000);
    }
    world_set_policy(&world, "alice", "EnableOfflineIm", "False");
    (void)peer_send(alice, "bob", "refused either way");
    peer_say(alice, &look);
    pass_ms(120000);
    CHECK(alice->ready);
    CHECK_EQ(teardown(NULL), 0);
}

/* Alice writes more than there is room for, and looks each time whether there is. */
static void record_full(bool is_here, const struct fill *fill, struct oim_buf *of_sender,
                        struct oim_buf *of_watcher)
{
    CHECK_EQ(setup(NULL), 0);
    limit(fill);
    say_state(bob, PRESENCE_INVISIBLE);
    pass_ms(20000);
    if (!is_here) {
        peer_cut(bob);
    }
    pass_ms(60000);
    alice->tap = of_sender;
    world.owner->tap = of_watcher;
    struct frame look = {.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    for (int i = 0; i < 12; i++) {
        uint64_t send_no = peer_send(alice, "bob", "is there room?");
        CHECK_EQ(reason_of(send_no),
                 i < 5 - (fill->reason == REASON_SHARE_FULL) ? REASON_NONE : fill->reason);
        peer_say(alice, &look);
        pass_ms(1000);
        if (is_here && i == 8) {
            peer_cut(bob);
            pass_ms(1000);
            peer_sign_in(bob);
        } else if (i == 8) {
            pass_ms(1000);
        }
    }
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "100"); /* nobody's Ack tells of it */
    (void)peer_send(alice, "bob", "and now?");
    pass_ms(120000);
    CHECK_EQ(teardown(NULL), 0);
}

static void record_full_mailbox(bool is_here, struct oim_buf *of_sender, struct oim_buf *of_watcher)
{
    record_full(is_here, &fills[1], of_sender, of_watcher);
}

static void record_full_share(bool is_here, struct oim_buf *of_sender, struct oim_buf *of_watcher)
{
    record_full(is_here, &fills[2], of_sender, of_watcher);
}

static void check_bytes(void (*play)(bool is_here, struct oim_buf *of_sender, struct oim_buf *of_watcher))
{
    struct oim_buf sender[2], watcher[2];
    for (int i = 0; i < 2; i++) {
        oim_buf_init(&sender[i], 1u << 20);
        oim_buf_init(&watcher[i], 1u << 20);
        play(i == 1, &sender[i], &watcher[i]);
    }
    CHECK(sender[0].size > 400);
    CHECK_EQ(sender[0].size, sender[1].size);
    CHECK_BYTES(sender[1].data, sender[0].data, sender[0].size);
    CHECK_EQ(watcher[0].size, watcher[1].size);
    CHECK_BYTES(watcher[1].data, watcher[0].data, watcher[0].size);
    for (int i = 0; i < 2; i++) {
        oim_buf_finish(&sender[i]);
        oim_buf_finish(&watcher[i]);
    }
}

static void invisible__equals_signed_out__byte_for_byte(void **state)
{
    (void)state;
    check_bytes(record);
}

static void invisible__equals_signed_out__when_the_mailbox_is_full(void **state)
{
    (void)state;
    check_bytes(record_full_mailbox);
}

static void invisible__equals_signed_out__when_the_share_is_used_up(void **state)
{
    (void)state;
    check_bytes(record_full_share);
}

/* ---- and by the clock -------------------------------------------------------------------------------------
 */

enum phase { WRITES, WRITES_AGAIN, SENDS_RECEIPT, TYPES, LOOKS, WAITS, PHASE_COUNT };
static const char *const phase_names[] = {"writes", "writes again", "sends a receipt",
                                          "types",  "looks",        "waits"};

/* How long after what Alice did last she received something, and how large it was; by what she did. */
struct distribution {
    struct {
        uint64_t delay_ms, size;
    } items[4096];
    size_t count;
};

static int compare_items(const void *a, const void *b)
{
    return memcmp(a, b, 2 * sizeof(uint64_t));
}

static void do_phase(enum phase phase)
{
    struct frame submit;
    struct key_slot slots[SLOT_COUNT_MAX];
    struct frame look = {.kind = FRAME_DIRECTORY, .u.directory = {.words = "bob", .after = ""}};
    struct frame typing = {.kind = FRAME_TYPING, .u.typing.to_user = bob->user_id};
    bool is_new = phase == WRITES || phase == SENDS_RECEIPT;
    switch (phase) {
    case WRITES:
    case WRITES_AGAIN:
    case SENDS_RECEIPT:
        alice->send_no += is_new || alice->send_no == 0;
        peer_submit_fill(alice, "bob", "are you there?", alice->send_no,
                         phase == SENDS_RECEIPT ? CLS_RECEIPT : CLS_CHAT, &submit, slots);
        peer_say(alice, &submit);
        break;
    case TYPES:
        peer_say(alice, &typing);
        break;
    case LOOKS:
        peer_say(alice, &look);
        break;
    default:
        break;
    }
}

/* Bob, if he is here, comes, goes, types and changes his note, by chance of his own. */
static void live(bool is_here, struct fake_random *chance)
{
    struct frame types = {.kind = FRAME_TYPING, .u.typing.to_user = alice->user_id};
    struct presence_item item = {.user = bob->user_id, .state = PRESENCE_INVISIBLE, .note = "not here"};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    if (!is_here) {
        return;
    }
    if (!bob->ready) {
        if (!world.hold) {
            peer_sign_in(bob);
        }
        return;
    }
    switch (fake_random_below(chance, 4)) {
    case 0:
        peer_cut(bob);
        break;
    case 1:
        peer_say(bob, &types);
        break;
    case 2:
        peer_say(bob, &frame);
        break;
    default:
        break;
    }
}

static void take_times(const struct oim_buf *times, size_t *io_used, uint64_t since_ms,
                       struct distribution *out)
{
    for (; *io_used < times->size; *io_used += 16) {
        CHECK(out->count < OIM_COUNT(out->items));
        out->items[out->count].delay_ms = oim_get_be64(times->data + *io_used) - since_ms;
        out->items[out->count++].size = oim_get_be64(times->data + *io_used + 8);
    }
}

/* Half of the time the store takes as long as it pleases over what it has to commit. */
static void record_times(bool is_here, uint64_t seed, struct distribution out[PHASE_COUNT])
{
    struct fake_random chance;
    struct fake_random of_bob;
    struct oim_buf times;
    size_t used = 0;
    fake_random_init(&chance, seed);
    fake_random_init(&of_bob, ~seed);
    oim_buf_init(&times, 1u << 20);
    CHECK_EQ(setup(NULL), 0);
    limit(&fills[seed % OIM_COUNT(fills)]);
    say_state(bob, PRESENCE_INVISIBLE);
    pass_ms(20000);
    if (!is_here) {
        peer_cut(bob);
    }
    pass_ms(60000);
    alice->tap_times = &times;
    for (int i = 0; i < 30; i++) {
        enum phase phase = (enum phase)fake_random_below(&chance, PHASE_COUNT);
        bool is_slow = fake_random_below(&chance, 2) == 0;
        uint64_t since_ms = world.clock.now_ms;
        if (is_slow) {
            world_hold_commits(&world);
        }
        do_phase(phase);
        pass_ms(1 + fake_random_below(&chance, 1500));
        live(is_here, &of_bob);
        pass_ms(1 + fake_random_below(&chance, 1500));
        if (is_slow) {
            world_release_commits(&world);
        }
        pass_ms(1 + fake_random_below(&chance, 12000));
        take_times(&times, &used, since_ms, &out[phase]);
    }
    CHECK(alice->ready);
    CHECK_EQ(teardown(NULL), 0);
    oim_buf_finish(&times);
}

/*
 * Goal:   nobody can tell an invisible person from one who is signed out by when something comes, either.
 * Method: the same requests and the same moods of the store over many runs, with Bob invisible and signed
 * out, with room for all of it, for few, and for few of hers; for each kind of request the distribution of
 * delays until each thing that Alice receives, asked for or not.
 */
static void invisible__equals_signed_out__by_the_clock(void **state)
{
    (void)state;
    static struct distribution away[PHASE_COUNT], here[PHASE_COUNT];
    for (uint64_t seed = 1; seed <= 12; seed++) {
        record_times(false, seed, away);
        record_times(true, seed, here);
    }
    size_t late_count = 0;
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        qsort(away[i].items, away[i].count, sizeof(away[i].items[0]), compare_items);
        qsort(here[i].items, here[i].count, sizeof(here[i].items[0]), compare_items);
        if (here[i].count != away[i].count ||
            memcmp(here[i].items, away[i].items, away[i].count * sizeof(away[i].items[0])) != 0) {
            fail_msg("what comes after Alice %s tells whether Bob is here", phase_names[i]);
        }
        for (size_t k = 0; k < away[i].count; k++) {
            late_count += away[i].items[k].delay_ms > 0;
        }
    }
    CHECK(away[WRITES].count > 40);
    CHECK(late_count > 40); /* the store did take its time */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(invisible__senders_hear_of_it__when_the_person_is_visible_again),
        TEST(invisible__nothing_is_forgotten__over_a_restart),
        TEST(invisible__a_long_backlog_is_told__every_message_once),
        TEST(invisible__a_long_backlog_of_nothing_to_tell__hides_no_message),
        TEST(invisible__what_was_taken_is_delivered__not_expired),
        TEST(invisible__full_stays_full__until_the_person_is_visible_again),
        cmocka_unit_test(invisible__equals_signed_out__byte_for_byte),
        cmocka_unit_test(invisible__equals_signed_out__when_the_mailbox_is_full),
        cmocka_unit_test(invisible__equals_signed_out__when_the_share_is_used_up),
        cmocka_unit_test(invisible__equals_signed_out__by_the_clock),
    };
    return cmocka_run_group_tests_name("server/core/invisible", tests, NULL, NULL);
}
