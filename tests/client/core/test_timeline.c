/*
 * test_timeline.c - the engine against a scripted server: what it promises about the mailbox, states and
 * receipts.
 */
#include "tests/client/core/world.h"

static void timeline__shows_once__what_is_delivered_twice(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = id_of('m');
    world_deliver(&world, &id, 1, "hi");
    world_online(&world);
    CHECK_EQ(world.changed_count[CHANGED_MESSAGE], 1);
    CHECK_EQ(world.server.acked, 1);
    world_deliver(&world, &id, 1, "hi"); /* the same row again */
    world_settle(&world);
    world_deliver(&world, &id, 2, "hi"); /* the same message under a new seq, after a restore */
    world_settle(&world);
    CHECK_EQ(world.changed_count[CHANGED_MESSAGE], 1);
    CHECK_EQ(world_message_count(&world), 1);
    CHECK_EQ(world.server.acked, 2);
    world_finish(&world);
}

/*
 * Goal:   a number says nothing about what stands under it: after an older copy of the server's data folder
 * was put back, new messages come under numbers that were used before. Method: two rows are taken; the copy
 * knows of none and gives both numbers out again, and a third.
 */
static void timeline__keeps_a_message__under_a_number_that_was_used_before(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id taken[] = {id_of('a'), id_of('b')};
    struct oim_id later[] = {id_of('c'), id_of('b'), id_of('d')};
    world_deliver(&world, &taken[0], 1, "taken");
    world_deliver(&world, &taken[1], 2, "taken too");
    world_online(&world);
    CHECK_EQ(world.server.acked, 2);
    world_cut(&world);
    world.server.mailbox_count = 0;
    world.server.acked = 0;
    for (size_t i = 0; i < OIM_COUNT(later); i++) {
        world_deliver(&world, &later[i], i + 1, "later");
    }
    world_pass(&world, 5000);
    CHECK_EQ(world.server.acked, 3);
    CHECK_EQ(world_message_count(&world), 4);
    CHECK_EQ(world.changed_count[CHANGED_MESSAGE], 4);
    world_finish(&world);
}

static void deliver_notice(struct world *world, enum notice_what what, uint64_t seq,
                           const struct oim_id *msg_id)
{
    world->server.mailbox[world->server.mailbox_count++] =
        (struct world_row){.kind = FRAME_NOTICE, .seq = seq, .what = what, .msg_id = *msg_id};
}

/*
 * Goal:   so does a notice, whose state is filed; but nobody is told of a contact twice, unless the server
 * says that it was restored. Method: a contact is added as row 1, twice; then an older copy has "delivered"
 * there; then it names a new epoch.
 */
static void timeline__files_a_notice__under_a_number_that_was_used_before(void **state)
{
    (void)state;
    struct world world;
    const struct oim_id nothing = {{0}};
    world_init(&world);
    deliver_notice(&world, NOTICE_CONTACT_ADDED, 1, &nothing);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    world_cut(&world);
    world.server.acked = 0; /* our Ack did not arrive */
    world_pass(&world, 5000);
    CHECK_EQ(world.server.acked, 1);
    CHECK_EQ(world.changed_count[CHANGED_NEWS], 1);

    world_cut(&world);
    world.server.mailbox_count = 0;
    world.server.acked = 0;
    deliver_notice(&world, NOTICE_DELIVERED, 1, &id);
    world_pass(&world, 5000);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_DELIVERED);
    CHECK_EQ(world.server.acked, 1);

    size_t told = world.changed_count[CHANGED_STATE];
    world_cut(&world);
    world.server.acked = 0;
    world_pass(&world, 5000);
    CHECK_EQ(world.server.acked, 1);
    CHECK_EQ(world.changed_count[CHANGED_STATE], told);

    world_cut(&world);
    world.server.mailbox_count = 0;
    world.server.acked = 0;
    world.server.epoch = id_of('f');
    deliver_notice(&world, NOTICE_CONTACT_ADDED, 1, &nothing);
    world_pass(&world, 5000);
    CHECK_EQ(world.changed_count[CHANGED_NEWS], 2);
    world_finish(&world);
}

struct news {
    struct change_gap gap; /* the last ones */
    struct change_notice notice;
    size_t gap_count, notice_count;
};

static bool take_one_news(void *context, const struct local_news *news)
{
    struct news *taken = context;
    if (news->gap != NULL) {
        taken->gap = *news->gap;
        taken->gap_count++;
    } else {
        taken->notice = *news->notice;
        taken->notice_count++;
    }
    return true;
}

static struct news news_of(struct world *world)
{
    struct news news = {.gap_count = 0};
    struct local_news_mark mark = {0};
    CHECK_OK(local_store_news(world->store, &mark, take_one_news, &news));
    return news;
}

/*
 * Goal:   a notice that no message shows is there until a face has shown it, and its Ack leaves only once it
 * is on disk. Method: crash at the n-th save, before or after its commit; then sign in again.
 */
static void timeline__keeps_a_notice__until_it_was_told_at_any_crash(void **state)
{
    (void)state;
    const struct oim_id nothing = {{0}};
    for (int committed = 0; committed <= 1; committed++) {
        bool reached = true;
        for (int n = 0; n < 20 && reached; n++) {
            struct world world;
            world_init(&world);
            deliver_notice(&world, NOTICE_ROOM_AGAIN, 1, &nothing);
            world.crash_after = n;
            world.crash_committed = committed == 1;
            world_online(&world);
            reached = world.crashed;
            CHECK(world.server.acked <= news_of(&world).notice_count);
            world_crash(&world);
            world_online(&world);
            struct news news = news_of(&world);
            CHECK_EQ(news.notice_count, 1);
            CHECK_EQ(news.notice.what, NOTICE_ROOM_AGAIN);
            CHECK(oim_id_equal(&news.notice.peer, &world.bob));
            CHECK_EQ(world.server.acked, 1);
            CHECK_OK(local_store_told(world.store, &news.notice.id));
            CHECK_EQ(news_of(&world).notice_count, 0);
            world_finish(&world);
        }
        CHECK(!reached);
    }
}

/*
 * Goal:   no Ack before the message is on disk, and no message twice, wherever the process dies.
 * Method: three messages wait; crash at the n-th save, before or after its commit; then sign in again.
 */
static void timeline__acknowledges_only_what_is_stored__at_any_crash(void **state)
{
    (void)state;
    for (int committed = 0; committed <= 1; committed++) {
        bool reached = true;
        for (int n = 0; n < 20 && reached; n++) {
            struct world world;
            world_init(&world);
            for (uint8_t i = 0; i < 3; i++) {
                struct oim_id id = id_of((uint8_t)('m' + i));
                world_deliver(&world, &id, (uint64_t)i + 1, "hi");
            }
            world.crash_after = n;
            world.crash_committed = committed == 1;
            world_online(&world);
            reached = world.crashed;
            CHECK(world.server.acked <= world_message_count(&world));
            world_crash(&world);
            world_online(&world);
            CHECK_EQ(world_message_count(&world), 3);
            CHECK_EQ(world.server.acked, 3);
            world_finish(&world);
        }
        CHECK(!reached);
    }
}

/* As a face does that shows them. */
static size_t take_gaps(struct world *world, struct change_gap *out_gap)
{
    struct news news = news_of(world);
    *out_gap = news.gap;
    if (news.gap_count > 0) {
        CHECK_OK(local_store_told(world->store, &news.gap.id));
    }
    return news.gap_count;
}

/*
 * Goal:   a hole is stated once, also when our Ack was lost, told already or not; and also where a message
 * stood before an older copy was put back.
 */
static void timeline__states_a_hole__once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = id_of('m');
    struct world_row *row = &world.server.mailbox[world.server.mailbox_count++];
    *row = (struct world_row){.kind = FRAME_GAP, .seq = 1};
    world_deliver(&world, &id, 2, "after the hole");
    world_online(&world);
    struct change_gap gap;
    CHECK_EQ(take_gaps(&world, &gap), 1);
    CHECK_EQ(gap.why, GAP_EXPIRED);
    CHECK_EQ(world.server.acked, 2);

    world_cut(&world);
    world.server.acked = 0;
    world_pass(&world, 5000);
    CHECK_EQ(world.server.acked, 2);
    CHECK_EQ(take_gaps(&world, &gap), 0);
    CHECK_EQ(world.changed_count[CHANGED_NEWS], 1);

    world_cut(&world);
    world.server.mailbox_count = 1;
    world.server.mailbox[0] = (struct world_row){.kind = FRAME_GAP, .seq = 2};
    world.server.acked = 0;
    world_pass(&world, 5000);
    CHECK_EQ(world.server.acked, 2);
    CHECK_EQ(take_gaps(&world, &gap), 1);
    CHECK_EQ(gap.to_seq, 2);
    world_finish(&world);
}

static void timeline__moves_a_state_only_forward(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    struct frame notice = {.kind = FRAME_NOTICE};
    notice.u.notice = (struct frame_notice){.seq = 1,
                                            .what = NOTICE_DELIVERED,
                                            .peer = world.bob,
                                            .msg_ids = &id,
                                            .msg_id_count = 1,
                                            .k = 1,
                                            .n = 2};
    world.server.told++;
    world_say(&world, &notice);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_DELIVERED);
    notice.u.notice.seq = 2;
    notice.u.notice.what = NOTICE_EXPIRED;
    world.server.told++;
    world_say(&world, &notice);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_DELIVERED);
    world_finish(&world);
}

static void timeline__believes_a_receipt__only_from_the_person_written_to(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    struct oim_buf packed;
    oim_buf_init(&packed, 1024);
    struct inner inner = {.sent_ms = 1, .body = INNER_RECEIPT_READ, .msg_ids = &id, .msg_id_count = 1};
    CHECK_OK(inner_encode(&inner, &packed));
    struct frame deliver = {.kind = FRAME_DELIVER};
    deliver.u.deliver = (struct frame_deliver){.seq = 1,
                                               .msg_id = id_of('r'),
                                               .cls = CLS_RECEIPT,
                                               .sender_user = id_of('z'),
                                               .sender_device = id_of('y'),
                                               .payload.ct = oim_buf_slice(&packed)};
    world.server.told++;
    world_say(&world, &deliver);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    deliver.u.deliver.seq = 2;
    deliver.u.deliver.sender_user = world.bob;
    world.server.told++;
    world_say(&world, &deliver);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_READ);
    oim_buf_finish(&packed);
    world_finish(&world);
}

static void timeline__sends_a_receipt__when_a_person_has_read(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = id_of('m');
    world_deliver(&world, &id, 1, "hi");
    world_online(&world);
    struct engine_event shown = {.kind = ENGINE_REQUEST};
    shown.u.request = (struct engine_request){.id = 60, .op = REQUEST_SHOWN};
    shown.u.request.u.shown.peer = world.bob;
    shown.u.request.u.shown.msg_ids = &id;
    shown.u.request.u.shown.msg_id_count = 1;
    world_step(&world, &shown); /* to a pipe: shown, not read */
    world_settle(&world);
    CHECK_EQ(world.server.accepted_count, 0);
    shown.u.request.u.shown.read = true;
    world_step(&world, &shown);
    world_settle(&world);
    CHECK_EQ(world.server.accepted_count, 1);
    CHECK_EQ(world.server.accepted[0].cls, CLS_RECEIPT);
    CHECK(world_message(&world, &id).read_ms != 0);
    world_finish(&world);
}

/*
 * Goal:   what policy says today counts, not what it said when the message was read.
 * Method: read while the policy of the last connection allows receipts; the next connection tells another
 * one, late.
 */
static void timeline__sends_no_receipt__before_the_policy_of_today_is_told(void **state)
{
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        struct world world;
        world_init(&world);
        struct oim_id id = id_of('m');
        world_deliver(&world, &id, 1, "hi");
        world_online(&world);
        world.server.tells_policy = false;
        world_crash(&world);
        CHECK_TEXT(engine_view(world.engine).policy_name, "Global"); /* stored, and there at the start */
        struct engine_event shown = {.kind = ENGINE_REQUEST};
        shown.u.request = (struct engine_request){.id = 60, .op = REQUEST_SHOWN};
        shown.u.request.u.shown.peer = world.bob;
        shown.u.request.u.shown.msg_ids = &id;
        shown.u.request.u.shown.msg_id_count = 1;
        shown.u.request.u.shown.read = true;
        world_step(&world, &shown);
        world_pass(&world, 5000);
        CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);
        CHECK_EQ(world.server.seen_count, 0);
        world.server.allows_receipts = allowed == 1;
        world_say_policy(&world);
        world_settle(&world);
        CHECK_EQ(world.server.accepted_count, allowed);
        CHECK_EQ(engine_view(world.engine).unsent_count, 0);
        world_finish(&world);
    }
}

/*
 * Goal:   a receipt that the server will not take is dropped for good, and nobody hears of it.
 * Method: the server refuses it, as it does when policy changes while one is under way.
 */
static void timeline__drops_a_receipt__that_the_server_refuses(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = id_of('m');
    world_deliver(&world, &id, 1, "hi");
    world_online(&world);
    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_RECEIPTS_OFF;
    struct engine_event shown = {.kind = ENGINE_REQUEST};
    shown.u.request = (struct engine_request){.id = 60, .op = REQUEST_SHOWN};
    shown.u.request.u.shown.peer = world.bob;
    shown.u.request.u.shown.msg_ids = &id;
    shown.u.request.u.shown.msg_id_count = 1;
    shown.u.request.u.shown.read = true;
    world_step(&world, &shown);
    size_t changed_count = world.changed_count[CHANGED_STATE];
    world_settle(&world);
    CHECK_EQ(world.server.seen_count, 1);
    CHECK_EQ(world.changed_count[CHANGED_STATE], changed_count);
    CHECK_EQ(engine_view(world.engine).unsent_count, 0);
    world_crash(&world);
    world_online(&world);
    world_pass(&world, 60000);
    CHECK_EQ(world.server.seen_count, 1);
    world.server.outcome = OUTCOME_HELD;
    world_send(&world, "next");
    world_settle(&world);
    CHECK_EQ(world.server.accepted[0].send_no, 2);
    world_finish(&world);
}

/*
 * Goal:   that policy ended invisibility is told once, and can be looked up until another state is chosen.
 * Method: the server says so at every sign-in; between them the engine ends as in a crash.
 */
static void timeline__tells_once__that_invisibility_was_ended(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct presence_item item = {.user = world.self, .state = PRESENCE_INVISIBLE, .note = ""};
    struct frame frame = {.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}};
    world_online(&world);
    for (int round = 0; round < 3; round++) {
        world_say(&world, &frame);
        world_settle(&world);
        CHECK_EQ(world.changed_count[CHANGED_UNCOVERED], round == 0 ? 0 : 1);
        CHECK_EQ(engine_view(world.engine).invisible_ended, round != 0);
        world_crash(&world);
        world_online(&world);
        item.state = PRESENCE_AUTO;
        item.ended_by_policy = true;
    }
    item.ended_by_policy = false;
    world_say(&world, &frame);
    world_settle(&world);
    CHECK(!engine_view(world.engine).invisible_ended);
    world_finish(&world);
}

static void say_own_state(struct world *world, enum presence_state presence, uint64_t since_ms,
                          uint64_t until_ms)
{
    struct presence_item item = {
        .user = world->self, .state = presence, .note = "", .since_ms = since_ms, .until_ms = until_ms};
    world_say(world,
              &(struct frame){.kind = FRAME_PRESENCES, .u.presences = {.items = &item, .item_count = 1}});
    world_settle(world);
}

/*
 * Goal:   that Do Not Disturb is over is said once: when the server tells of another state, or at its end
 * time with no server to say so. Since when it was is kept until the summary was told, also over a crash; a
 * further state of the kind before that belongs to the same summary.
 */
static void timeline__says_once__that_do_not_disturb_is_over(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    struct change_quiet quiet;
    say_own_state(&world, PRESENCE_BUSY, 50, 0);
    CHECK_EQ(local_store_quiet(world.store, &quiet), OIM_ERR_NOT_FOUND);
    say_own_state(&world, PRESENCE_DND, 100, 0);
    say_own_state(&world, PRESENCE_PRESENTING, 200, 0);
    CHECK(engine_view(world.engine).is_quiet);
    CHECK_EQ(world.changed_count[CHANGED_LOUD], 0);
    say_own_state(&world, PRESENCE_AUTO, 300, 0);
    say_own_state(&world, PRESENCE_AVAILABLE, 400, 0);
    CHECK(!engine_view(world.engine).is_quiet);
    CHECK_EQ(world.changed_count[CHANGED_LOUD], 1);
    CHECK_OK(local_store_quiet(world.store, &quiet));
    CHECK_EQ(quiet.since_ms, 100);

    CHECK_OK(local_store_told(world.store, &quiet.id));
    say_own_state(&world, PRESENCE_DND, 500, world.clock.wall_ms + 60000);
    world_crash(&world);
    CHECK(engine_view(world.engine).is_quiet);
    CHECK_EQ(world.changed_count[CHANGED_LOUD], 1);
    world_pass(&world, 59000);
    CHECK_EQ(world.changed_count[CHANGED_LOUD], 1);
    world_pass(&world, 2000);
    CHECK_EQ(world.changed_count[CHANGED_LOUD], 2);
    CHECK_OK(local_store_quiet(world.store, &quiet));
    CHECK_EQ(quiet.since_ms, 500);
    world_finish(&world);
}

/*
 * Goal:   the server is told once that nobody is there any more, and once that somebody is.
 * Method: a person who does something now and then, goes for an hour, and comes back; with a cut in between.
 */
static void engine__says_that_nobody_is_there__after_five_minutes(void **state)
{
    (void)state;
    struct world world;
    struct engine_event active = {.kind = ENGINE_ACTIVE};
    struct engine_event want = {.kind = ENGINE_WANT};
    want.u.want.class = CLASS_ATTENDING;
    want.u.want.connect = true;
    world_init(&world);
    world_step(&world, &want);
    world_step(&world, &active);
    world_settle(&world);
    for (int i = 0; i < 6; i++) {
        world_pass(&world, 240000);
        world_step(&world, &active);
    }
    world_pass(&world, 290000);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 0);
    world_pass(&world, 20000);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 1);
    CHECK(world.server.idle_s >= 300 && world.server.idle_s <= 310);
    world_pass(&world, 3600000);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 1);
    world_cut(&world);
    world_pass(&world, 60000);
    CHECK_EQ(world.server.device_auth_count, 2);
    CHECK(world.server.idle_s >= 3900);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 1);
    world_step(&world, &active);
    world_settle(&world);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 2);
    CHECK_EQ(world.server.idle_s, 0);
    world_finish(&world);
}

/*
 * Goal:   nobody is there until a person does something: a face that follows behind a pipe makes nobody
 *         present, neither on a fresh agent nor on one that has been running.
 */
static void engine__takes_nobody_for_somebody__until_a_person_acts(void **state)
{
    (void)state;
    struct world world;
    struct engine_event active = {.kind = ENGINE_ACTIVE};
    struct engine_event want = {.kind = ENGINE_WANT};
    world_init(&world);
    want.u.want.class = CLASS_NONE;
    want.u.want.connect = true;
    world_step(&world, &want);
    world_pass(&world, 900000);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 0);
    want.u.want.class = CLASS_ATTENDING;
    world_step(&world, &want);
    world_settle(&world);
    CHECK_EQ(world.server.frame_count[FRAME_ATTEND], 1);
    CHECK(world.server.idle_s >= 1200);
    world_step(&world, &active);
    world_settle(&world);
    CHECK_EQ(world.server.idle_s, 0);
    world_crash(&world);
    world_step(&world, &want);
    world_settle(&world);
    CHECK_EQ(world.server.device_auth_count, 2);
    CHECK_EQ(world.server.idle_s, 300);
    world_finish(&world);
}

static void timeline__fetches_no_rows__until_a_face_wants_them(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = id_of('m');
    world_deliver(&world, &id, 1, "hi");
    struct engine_event want = {.kind = ENGINE_WANT};
    want.u.want.class = CLASS_NONE;
    want.u.want.connect = true;
    world_step(&world, &want);
    world_settle(&world);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);
    CHECK_EQ(world_message_count(&world), 0);
    world_online(&world);
    CHECK_EQ(world_message_count(&world), 1);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeline__shows_once__what_is_delivered_twice),
        cmocka_unit_test(timeline__keeps_a_message__under_a_number_that_was_used_before),
        cmocka_unit_test(timeline__files_a_notice__under_a_number_that_was_used_before),
        cmocka_unit_test(timeline__acknowledges_only_what_is_stored__at_any_crash),
        cmocka_unit_test(timeline__keeps_a_notice__until_it_was_told_at_any_crash),
        cmocka_unit_test(timeline__states_a_hole__once),
        cmocka_unit_test(timeline__moves_a_state_only_forward),
        cmocka_unit_test(timeline__believes_a_receipt__only_from_the_person_written_to),
        cmocka_unit_test(timeline__sends_a_receipt__when_a_person_has_read),
        cmocka_unit_test(timeline__sends_no_receipt__before_the_policy_of_today_is_told),
        cmocka_unit_test(timeline__drops_a_receipt__that_the_server_refuses),
        cmocka_unit_test(timeline__tells_once__that_invisibility_was_ended),
        cmocka_unit_test(timeline__says_once__that_do_not_disturb_is_over),
        cmocka_unit_test(engine__says_that_nobody_is_there__after_five_minutes),
        cmocka_unit_test(engine__takes_nobody_for_somebody__until_a_person_acts),
        cmocka_unit_test(timeline__fetches_no_rows__until_a_face_wants_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
