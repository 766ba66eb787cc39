/*
 * test_resend.c - what the server gave up because its recipient begins anew goes again, once.
 */
#include "tests/client/core/world.h"

static bool count_row(void *context, const struct message *message)
{
    size_t *count = context;
    (void)message;
    ++*count;
    return true;
}

/* As the agent answers CHANGED_RESEND: with what the store has. */
static void resend(struct world *world, const struct oim_id *msg_id)
{
    struct engine_event event = {.kind = ENGINE_REQUEST};
    event.u.request = (struct engine_request){
        .id = ++world->last_request,
        .op = REQUEST_RESEND,
        .u.resend = {.msg_id = *msg_id, .to_user = world->bob, .text = "hello", .sent_ms = 1000}};
    world_step(world, &event);
}

/*
 * Goal:   what was erased because its recipient begins anew goes again as the same message, once, when they
 * have joined; also when the program died between hearing of it and queueing it.
 * Method: a held message is erased with that reason; the engine is thrown away before it is handed the text;
 * the server refuses as not joined, then says that the person has joined.
 */
static void compose__sends_again__what_a_reset_has_erased(void **state)
{
    (void)state;
    struct world world;
    struct local_store_query query = {.which = LOCAL_STORE_RESEND};
    struct oim_error err;
    size_t count = 0;
    world_init(&world);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    world.server.mailbox[world.server.mailbox_count++] = (struct world_row){
        .kind = FRAME_NOTICE, .seq = 1, .what = NOTICE_ERASED, .reason = REASON_ACCOUNT_RESET, .msg_id = id};
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_ERASED);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 1);
    world_crash(&world);
    CHECK_OK_ERR(local_store_each(world.store, &query, count_row, &count, &err), &err);
    CHECK_EQ(count, 1);

    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_NOT_JOINED;
    world_online(&world);
    resend(&world, &id);
    resend(&world, &id); /* asked twice */
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_QUEUED_NOT_JOINED);
    CHECK_OK_ERR(local_store_each(world.store, &query, count_row, &count, &err), &err);
    CHECK_EQ(count, 1);
    struct message waiting = world_message(&world, &id);
    CHECK(waiting.erased_ms > waiting.sent_ms);
    CHECK(waiting.state_ms >= waiting.erased_ms); /* it waits since then, whenever it was written */

    world.server.outcome = OUTCOME_HELD;
    world.server.mailbox[world.server.mailbox_count++] =
        (struct world_row){.kind = FRAME_NOTICE, .seq = 2, .what = NOTICE_JOINED};
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world.server.accepted_count, 2);
    CHECK(oim_id_equal(&world.server.accepted[1].msg_id, &id));
    CHECK_EQ(world.server.accepted[1].send_no, 3);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    CHECK_EQ(world_message(&world, &id).erased_ms, waiting.erased_ms);
    world_finish(&world);
}

/*
 * Goal:   what a reset erased while its number was unanswered goes again as soon as that is answered.
 * Method: the connection breaks before the Submit is answered, and the message's end is told before its
 * repeat is.
 */
static void compose__sends_again__what_a_reset_has_erased_before_it_was_answered(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    world.server.silent = true;
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    world.server.mailbox[world.server.mailbox_count++] = (struct world_row){
        .kind = FRAME_NOTICE, .seq = 1, .what = NOTICE_ERASED, .reason = REASON_ACCOUNT_RESET, .msg_id = id};
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_ERASED);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 1);
    resend(&world, &id);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_ERASED);
    world.server.silent = false;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 2);
    resend(&world, &id);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    CHECK_EQ(world.server.accepted[world.server.accepted_count - 1].send_no, 2);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 2);
    world_finish(&world);
}

/* Goal: what is to go again and finds the outbox full is asked for anew when there is room. */
static void compose__asks_for_what_goes_again__when_there_is_room(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    world.server.mailbox[world.server.mailbox_count++] = (struct world_row){
        .kind = FRAME_NOTICE, .seq = 1, .what = NOTICE_ERASED, .reason = REASON_ACCOUNT_RESET, .msg_id = id};
    world.server.outcome = OUTCOME_RETRY;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 1);
    for (size_t i = 0; i < WORLD_OUTBOX_MAX; i++) {
        world_send(&world, "something else");
    }
    resend(&world, &id);
    CHECK_STATUS(world.answer.status, OIM_ERR_LIMIT);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 1);
    world.server.outcome = OUTCOME_HELD;
    world_pass(&world, 10000);
    CHECK_EQ(world.changed_count[CHANGED_RESEND], 2);
    resend(&world, &id);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    world_finish(&world);
}

/*
 * Goal:   a message to somebody who has not joined waits thirty days and no longer; then its writer is told
 * why, keeps the text, and it does not go when they join after all. One written later still does. Method: the
 * server refuses two as not joined, a day apart; thirty days from the first pass while there is no
 * connection.
 */
static void compose_expire__ends_the_wait__after_thirty_days(void **state)
{
    (void)state;
    static const uint64_t day_ms = UINT64_C(86400000);
    struct world world;
    world_init(&world);
    world.server.bob_state = PERSON_STATE_INVITED;
    world.server.bob_device_count = 0;
    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_NOT_JOINED;
    world_online(&world);
    struct oim_id first = world_send(&world, "welcome");
    world_settle(&world);
    world.server.silent = true;
    world_cut(&world);
    fake_clock_pass(&world.clock, day_ms);
    world.server.silent = false;
    world_online(&world);
    struct oim_id second = world_send(&world, "are you coming?");
    world_settle(&world);
    CHECK_EQ(world_message(&world, &first).state, MESSAGE_QUEUED_NOT_JOINED);
    CHECK_EQ(world_message(&world, &second).state, MESSAGE_QUEUED_NOT_JOINED);
    world.server.silent = true;
    world_cut(&world);

    fake_clock_pass(&world.clock, 29 * day_ms - 60000);
    world_step(&world, &(struct engine_event){.kind = ENGINE_TICK});
    world_settle(&world);
    CHECK_EQ(world_message(&world, &first).state, MESSAGE_QUEUED_NOT_JOINED);
    fake_clock_pass(&world.clock, 120000);
    world_step(&world, &(struct engine_event){.kind = ENGINE_TICK});
    world_settle(&world);
    struct message ended = world_message(&world, &first);
    CHECK_EQ(ended.state, MESSAGE_REFUSED);
    CHECK_EQ(ended.reason, REASON_NOT_JOINED);
    CHECK_EQ(world_message(&world, &second).state, MESSAGE_QUEUED_NOT_JOINED);

    world.server.silent = false;
    world.server.bob_state = PERSON_STATE_ACTIVE;
    world.server.bob_device_count = 1;
    world.server.outcome = OUTCOME_HELD;
    world.server.reason = REASON_NONE;
    struct world_row *row = &world.server.mailbox[world.server.mailbox_count++];
    *row = (struct world_row){.kind = FRAME_NOTICE, .seq = 1, .what = NOTICE_JOINED};
    world_crash(&world);
    world_online(&world);
    CHECK_EQ(world_message(&world, &first).state, MESSAGE_REFUSED);
    CHECK_EQ(world_message(&world, &second).state, MESSAGE_HELD);
    CHECK_EQ(world.server.accepted_count, 1);
    CHECK(oim_id_equal(&world.server.accepted[0].msg_id, &second));
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compose__sends_again__what_a_reset_has_erased),
        cmocka_unit_test(compose_expire__ends_the_wait__after_thirty_days),
        cmocka_unit_test(compose__sends_again__what_a_reset_has_erased_before_it_was_answered),
        cmocka_unit_test(compose__asks_for_what_goes_again__when_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
