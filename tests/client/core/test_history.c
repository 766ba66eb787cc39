/* test_history.c - whose policy keeps no history: a text is there until it was shown, or delivered, and not
 * longer. */
#include "tests/client/core/world.h"

static void start(struct world *world, bool keeps)
{
    world_init(world);
    world->server.keeps_history = keeps;
    world_online(world);
}

static void show(struct world *world, const struct oim_id *id, bool read)
{
    struct engine_event shown = {.kind = ENGINE_REQUEST};
    shown.u.request = (struct engine_request){.id = 60, .op = REQUEST_SHOWN};
    shown.u.request.u.shown.peer = world->bob;
    shown.u.request.u.shown.msg_ids = id;
    shown.u.request.u.shown.msg_id_count = 1;
    shown.u.request.u.shown.read = read;
    world_step(world, &shown);
    world_settle(world);
}

static void notice(struct world *world, enum notice_what what, const struct oim_id *id)
{
    struct frame frame = {.kind = FRAME_NOTICE};
    frame.u.notice = (struct frame_notice){.seq = ++world->server.told,
                                           .what = what,
                                           .peer = world->bob,
                                           .msg_ids = id,
                                           .msg_id_count = 1,
                                           .k = 1,
                                           .n = 1};
    world_say(world, &frame);
    world_settle(world);
}

static void check_text(struct world *world, const struct oim_id *id, const char *text, enum text_stay stay)
{
    const struct message message = world_message(world, id);
    CHECK_TEXT(message.text, text);
    CHECK_EQ(message.stay, stay);
}

static void history__lets_a_text_go__once_it_was_shown(void **state)
{
    (void)state;
    struct world world;
    struct oim_id id = id_of('m');
    for (int read = 0; read < 2; read++) {
        start(&world, false);
        CHECK(!engine_view(world.engine).keeps_history);
        world_deliver(&world, &id, 1, "hi");
        world_settle(&world);
        check_text(&world, &id, "hi", TEXT_GOES);
        world_crash(&world);
        world_online(&world);
        check_text(&world, &id, "hi", TEXT_GOES);
        show(&world, &id, read == 1);
        check_text(&world, &id, "", TEXT_GONE);

        /* The id stays: the same again is nothing new, and does not bring the text back. */
        size_t changed_count = world.changed_count[CHANGED_MESSAGE];
        world_deliver(&world, &id, 2, "hi");
        world_settle(&world);
        CHECK_EQ(world.changed_count[CHANGED_MESSAGE], changed_count);
        CHECK_EQ(world_message_count(&world), 1);
        check_text(&world, &id, "", TEXT_GONE);
        world_finish(&world);
    }
}

/*
 * Goal:   whatever happens, a text that was not shown is there.
 * Method: end the engine at each of its saves, before and after its commit, while a message comes and is
 * shown.
 */
static void history__loses_no_text__that_was_not_shown(void **state)
{
    (void)state;
    struct oim_id id = id_of('m');
    int crash_count = 0;
    for (int n = 0; n < 12; n++) {
        for (int committed = 0; committed < 2; committed++) {
            struct world world;
            start(&world, false);
            world.crash_after = n;
            world.crash_committed = committed == 1;
            world_deliver(&world, &id, 1, "hi");
            world_settle(&world);
            if (!world.crashed) {
                show(&world, &id, true);
            }
            crash_count += world.crashed;
            world_crash(&world);
            world_online(&world);
            const struct message message = world_message(&world, &id);
            CHECK_TEXT(message.text, message.shown_ms == 0 ? "hi" : "");
            show(&world, &id, true);
            check_text(&world, &id, "", TEXT_GONE);
            world_finish(&world);
        }
    }
    CHECK(crash_count >= 4);
}

static void history__lets_an_own_text_go__once_it_was_delivered(void **state)
{
    (void)state;
    static const enum notice_what whats[] = {NOTICE_DELIVERED, NOTICE_DELIVERED_QUIET};
    for (size_t i = 0; i < OIM_COUNT(whats); i++) {
        struct world world;
        start(&world, false);
        struct oim_id id = world_send(&world, "hello");
        check_text(&world, &id, "hello", TEXT_GOES);
        world_settle(&world);
        CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
        check_text(&world, &id, "hello", TEXT_GOES);
        notice(&world, whats[i], &id);
        check_text(&world, &id, "", TEXT_GONE);
        world_finish(&world);
    }
}

/* Goal: nobody's typed text is thrown away when it did not arrive (DESIGN.md section 1, rule 8). */
static void history__keeps_a_draft__of_what_did_not_arrive(void **state)
{
    (void)state;
    struct world world;
    start(&world, false);
    struct oim_id expired = world_send(&world, "too late");
    world_settle(&world);
    notice(&world, NOTICE_EXPIRED, &expired);
    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_SENDER_OFFLINE_OFF;
    struct oim_id refused = world_send(&world, "precious");
    world_settle(&world);
    CHECK_EQ(world_message(&world, &refused).state, MESSAGE_REFUSED);
    check_text(&world, &refused, "precious", TEXT_GOES);
    CHECK_EQ(world_message(&world, &expired).state, MESSAGE_EXPIRED);
    check_text(&world, &expired, "too late", TEXT_GOES);
    world_finish(&world);
}

/* Goal: a change of policy deletes nothing that is there, and brings nothing back. */
static void history__leaves_alone__what_came_before_the_change(void **state)
{
    (void)state;
    struct world world;
    struct oim_id before = id_of('m');
    struct oim_id after = id_of('n');
    start(&world, true);
    CHECK(engine_view(world.engine).keeps_history);
    world_deliver(&world, &before, 1, "before");
    struct oim_id sent = world_send(&world, "sent before");
    world_settle(&world);
    world.server.keeps_history = false;
    world_say_policy(&world);
    world_settle(&world);
    world_deliver(&world, &after, 2, "after");
    world_settle(&world);
    world.server.keeps_history = true;
    world_say_policy(&world);
    show(&world, &before, true);
    show(&world, &after, true);
    notice(&world, NOTICE_DELIVERED, &sent);
    check_text(&world, &before, "before", TEXT_STAYS);
    check_text(&world, &sent, "sent before", TEXT_STAYS);
    check_text(&world, &after, "", TEXT_GONE);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history__lets_a_text_go__once_it_was_shown),
        cmocka_unit_test(history__loses_no_text__that_was_not_shown),
        cmocka_unit_test(history__lets_an_own_text_go__once_it_was_delivered),
        cmocka_unit_test(history__keeps_a_draft__of_what_did_not_arrive),
        cmocka_unit_test(history__leaves_alone__what_came_before_the_change),
    };
    return cmocka_run_group_tests_name("client/core/history", tests, NULL, NULL);
}
