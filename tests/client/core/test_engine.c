/*
 * test_engine.c - the engine against a scripted server: what it promises about the connection and the outbox.
 */
#include "proto/admin.h"
#include "tests/client/core/world.h"

static void sync__says_nothing_of_itself__to_a_server_with_another_key(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    uint8_t seed[32] = {99};
    sign_secret_from_seed(&world.server.key, seed);
    world_online(&world);
    CHECK_EQ(world.server.frame_count[FRAME_HELLO], 1);
    CHECK_EQ(world.server.frame_count[FRAME_DEVICE_AUTH], 0);
    CHECK_TEXT(engine_view(world.engine).trust, "server_changed");
    world_pass(&world, 120000);
    CHECK_EQ(world.server.frame_count[FRAME_HELLO], 1);
    world_finish(&world);
}

/*
 * Goal:   with the right key back a person's next command goes on; until then each is answered anew.
 */
static void sync__looks_again__when_somebody_asks_after_another_key(void **state)
{
    (void)state;
    struct world world;
    struct engine_event retry = {.kind = ENGINE_RETRY};
    world_init(&world);
    struct sign_secret ours = world.server.key;
    uint8_t seed[32] = {99};
    sign_secret_from_seed(&world.server.key, seed);
    struct oim_id msg_id = world_send(&world, "waits");
    world_online(&world);
    world_step(&world, &retry);
    world_settle(&world);
    CHECK_EQ(world.server.frame_count[FRAME_HELLO], 2);
    CHECK_TEXT(engine_view(world.engine).trust, "server_changed");
    CHECK_EQ(world.server.frame_count[FRAME_DEVICE_AUTH], 0);

    world.server.key = ours;
    world_step(&world, &retry);
    world_settle(&world);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);
    CHECK_EQ(world_message(&world, &msg_id).state, MESSAGE_HELD);
    world_finish(&world);
}

static void sync__stops__when_the_log_is_shorter_than_remembered(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);
    world_cut(&world);
    world.server.log_seq = 2;
    world_pass(&world, 5000);
    CHECK_TEXT(engine_view(world.engine).trust, "log_changed");
    world_step(&world, &(struct engine_event){.kind = ENGINE_RETRY});
    CHECK_TEXT(engine_view(world.engine).trust, "log_changed");
    world_finish(&world);
}

/*
 * Goal:   a counter above our own means that a copy of this profile is about (B7); one below means that an
 * own later connection overtook this one, and is nothing.
 */
static void sync__tells_a_clone__from_an_overtaken_connection(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    world_cut(&world);
    world.server.last_counter += 5;
    world_pass(&world, 5000);
    CHECK_TEXT(engine_view(world.engine).trust, "fenced");
    world_finish(&world);

    world_init(&world);
    world.server.hw_told_extra = 3; /* the server has Submits of this device that this profile never made */
    world_online(&world);
    CHECK_TEXT(engine_view(world.engine).trust, "fenced");
    world_finish(&world);
}

static void sync__leaves_and_comes_back__when_the_link_is_half_dead(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    CHECK_EQ(world.server.device_auth_count, 1);
    world.server.silent = true; /* answers no Ping either */
    world_pass(&world, 30000);
    CHECK(world.server.frame_count[FRAME_PING] >= 1);
    world_pass(&world, 20000);
    CHECK(world.server.device_auth_count >= 2);
    world_finish(&world);
}

/*
 * Goal:   AutoDiscoveryRetryInterval is obeyed, also by an engine that has it from its store alone.
 * Method: a policy with a minute; cut the link and watch when the engine wants a connection again.
 */
static void sync__waits_as_the_policy_says__after_a_failed_connection(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.server.tells_policy = true;
    world.server.retry_interval_s = 60;
    world_online(&world);
    world_crash(&world);
    world.server.tells_policy = false;
    world_online(&world);
    size_t before = world.connect_count;
    world_cut(&world);
    world_pass(&world, 59000);
    CHECK_EQ(world.connect_count, before);
    world_pass(&world, 17000); /* a quarter more at most, so that not everybody comes at once */
    CHECK_EQ(world.connect_count, before + 1);
    world_finish(&world);
}

static void compose__holds_a_message__that_the_server_holds(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_QUEUED);
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    CHECK_EQ(world_message(&world, &id).until_ms, 77);
    CHECK_EQ(world.server.accepted_count, 1);
    CHECK_EQ(world.server.accepted[0].send_no, 1);
    CHECK_EQ(engine_view(world.engine).unsent_count, 0);
    world_finish(&world);
}

static void compose__connects_by_itself__for_what_is_unsent(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_DOWN); /* and leaves when nothing is */
    world_finish(&world);
}

/*
 * Goal:   whatever save the process dies at, before or after its commit, every message that was answered for
 * is stored by the server exactly once, and no number ever names two messages (the server checks). Method:
 * send three messages, crash at the n-th save, start again on what is on disk; for every n, both ways.
 */
static void compose__loses_and_doubles_nothing__at_any_crash(void **state)
{
    (void)state;
    for (int committed = 0; committed <= 1; committed++) {
        bool reached = true;
        for (int n = 0; n < 40 && reached; n++) {
            struct world world;
            struct oim_id ids[3];
            size_t id_count = 0;
            world_init(&world);
            world.crash_after = n;
            world.crash_committed = committed == 1;
            world_online(&world);
            for (int i = 0; i < 3 && !world.crashed; i++) {
                struct oim_id id = world_send(&world, "text");
                if (!world.crashed) {
                    ids[id_count++] = id; /* the face was told: it is safe */
                }
                world_settle(&world);
            }
            reached = world.crashed;
            world_crash(&world);
            world_online(&world);
            world_pass(&world, 3000);
            for (size_t i = 0; i < id_count; i++) {
                size_t found = 0;
                for (size_t k = 0; k < world.server.accepted_count; k++) {
                    found += oim_id_equal(&world.server.accepted[k].msg_id, &ids[i]) ? 1 : 0;
                }
                CHECK_EQ(found, 1);
                CHECK_EQ(world_message(&world, &ids[i]).state, MESSAGE_HELD);
            }
            for (size_t k = 0; k < world.server.accepted_count; k++) {
                CHECK_EQ(world.server.accepted[k].send_no, k + 1);
            }
            CHECK_EQ(engine_view(world.engine).unsent_count, 0);
            world_finish(&world);
        }
        CHECK(!reached);
    }
}

static void compose__repeats_number_and_id__after_a_cut(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.server.silent = true;
    world_online(&world);
    struct oim_id id = world_send(&world, "hello");
    world_settle(&world);
    world_cut(&world);
    world.server.silent = false;
    world_pass(&world, 3000);
    CHECK_EQ(world.server.seen_count, 2);
    CHECK_EQ(world.server.seen[0].send_no, world.server.seen[1].send_no);
    CHECK(oim_id_equal(&world.server.seen[1].msg_id, &id));
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    world_finish(&world);
}

static void compose__waits_and_keeps_the_order__after_retry(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.server.outcome = OUTCOME_RETRY;
    world_online(&world);
    struct oim_id first = world_send(&world, "one");
    struct oim_id second = world_send(&world, "two");
    world_settle(&world);
    world.server.outcome = OUTCOME_HELD;
    CHECK_EQ(world.server.accepted_count, 0);
    world_pass(&world, 1000);
    CHECK_EQ(world.server.accepted_count, 2);
    CHECK(oim_id_equal(&world.server.accepted[0].msg_id, &first));
    CHECK(oim_id_equal(&world.server.accepted[1].msg_id, &second));
    world_finish(&world);
}

static void compose__keeps_the_text_as_a_draft__when_refused(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_SENDER_OFFLINE_OFF;
    world_online(&world);
    struct oim_id id = world_send(&world, "precious");
    world_settle(&world);
    struct message message = world_message(&world, &id);
    CHECK_EQ(message.state, MESSAGE_REFUSED);
    CHECK_EQ(message.reason, REASON_SENDER_OFFLINE_OFF);
    CHECK_TEXT(message.text, "precious");
    CHECK_EQ(engine_view(world.engine).unsent_count, 0);
    /* The number is used up: the next message has the next. */
    world.server.outcome = OUTCOME_HELD;
    world_send(&world, "again");
    world_settle(&world);
    CHECK_EQ(world.server.accepted[0].send_no, 2);
    world_finish(&world);
}

static void compose__rebuilds_the_slots__when_the_device_set_is_wrong(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    world_send(&world, "one");
    world_settle(&world);
    CHECK_EQ(world.server.accepted[0].slot_count, 1);
    world.server.bob_device_count = 2; /* he has linked another one since */
    struct oim_id id = world_send(&world, "two");
    world_settle(&world);
    CHECK_EQ(world.server.accepted_count, 2);
    CHECK_EQ(world.server.accepted[1].slot_count, 2);
    CHECK_EQ(world.server.accepted[1].send_no, 2);
    CHECK(oim_id_equal(&world.server.accepted[1].msg_id, &id));
    world_finish(&world);
}

static void compose__goes_by_itself__when_the_person_joins(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world.server.bob_state = PERSON_STATE_INVITED;
    world.server.bob_device_count = 0;
    world.server.outcome = OUTCOME_REFUSED;
    world.server.reason = REASON_NOT_JOINED;
    world_online(&world);
    struct oim_id id = world_send(&world, "welcome");
    world_settle(&world);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_QUEUED_NOT_JOINED);
    CHECK_EQ(engine_view(world.engine).unsent_count, 0); /* nothing that a connection could do about it */

    world.server.bob_state = PERSON_STATE_ACTIVE;
    world.server.bob_device_count = 1;
    world.server.outcome = OUTCOME_HELD;
    struct world_row *row = &world.server.mailbox[world.server.mailbox_count++];
    *row = (struct world_row){.kind = FRAME_NOTICE, .seq = 1, .what = NOTICE_JOINED};
    world_crash(&world);
    world_online(&world);
    CHECK_EQ(world.server.accepted_count, 1);
    CHECK(oim_id_equal(&world.server.accepted[0].msg_id, &id));
    CHECK_EQ(world.server.accepted[0].send_no, 2);
    CHECK_EQ(world_message(&world, &id).state, MESSAGE_HELD);
    world_finish(&world);
}

static void compose__binds_anew__when_the_server_was_restored(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    world_send(&world, "one");
    world_send(&world, "two");
    world_settle(&world);
    world_cut(&world);
    world.server.silent = true;
    world_pass(&world, 3000);
    struct oim_id id = world_send(&world, "three");
    world_settle(&world);
    world_cut(&world);
    world.server.silent = false;
    world.server.hw = 1; /* a backup from before "two" */
    world.server.accepted_count = 1;
    world.server.epoch = id_of('f');
    world.server.log_seq = 2;
    world_pass(&world, 5000);
    CHECK_TEXT(engine_view(world.engine).trust, "");
    CHECK_EQ(world.server.accepted_count, 2);
    CHECK_EQ(world.server.accepted[1].send_no, 2);
    CHECK(oim_id_equal(&world.server.accepted[1].msg_id, &id));
    world_finish(&world);
}

static void compose__takes_back__only_what_no_connection_has_seen(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct oim_id id = world_send(&world, "hello");
    struct engine_event drop = {.kind = ENGINE_REQUEST};
    drop.u.request = (struct engine_request){.id = 50, .op = REQUEST_DROP, .u.drop.msg_id = id};
    world_step(&world, &drop);
    CHECK_OK(world.answer.status);
    CHECK_EQ(world_message_count(&world), 0);

    world.server.silent = true;
    world_online(&world);
    id = world_send(&world, "hello");
    world_settle(&world);
    drop.u.request.u.drop.msg_id = id;
    world_step(&world, &drop);
    CHECK_STATUS(world.answer.status, OIM_ERR_CONFLICT);
    CHECK_EQ(world_message_count(&world), 1);
    world_finish(&world);
}

/*
 * Goal:   a script that makes many changes is slowed down, not failed: what the server put off is asked
 * again. Method: put a change off three times, then for ever.
 */
static void steward__repeats_a_change__that_was_put_off(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    world_online(&world);
    uint8_t memory[ADMIN_BODY_SIZE_MAX];
    struct oim_buf body = {.data = memory, .capacity = sizeof(memory), .size_max = sizeof(memory)};
    const struct admin_op op = {.kind = ADMIN_OFFLINE, .on = TRI_FALSE};
    CHECK_OK(admin_op_encode(&op, &body));
    struct engine_event change = {.kind = ENGINE_REQUEST};
    change.u.request = (struct engine_request){.id = 70, .op = REQUEST_ADMIN};
    change.u.request.u.admin.body = oim_buf_slice(&body);

    world.server.admin_again = 3;
    size_t before = world.answer_count;
    world_step(&world, &change);
    world_settle(&world);
    CHECK_EQ(world.answer_count, before);
    world_pass(&world, 1000);
    CHECK_EQ(world.answer_count, before + 1);
    CHECK_EQ(world.answer.status, OIM_OK);
    CHECK_EQ(world.server.frame_count[FRAME_ADMIN], 4);

    world.server.admin_again = 1000;
    change.u.request.id = 71;
    world_step(&world, &change);
    world_pass(&world, 20000);
    CHECK_EQ(world.answer_count, before + 2);
    CHECK_EQ(world.answer.request, 71);
    CHECK_EQ(world.answer.status, OIM_AGAIN);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync__says_nothing_of_itself__to_a_server_with_another_key),
        cmocka_unit_test(sync__looks_again__when_somebody_asks_after_another_key),
        cmocka_unit_test(sync__stops__when_the_log_is_shorter_than_remembered),
        cmocka_unit_test(sync__tells_a_clone__from_an_overtaken_connection),
        cmocka_unit_test(sync__leaves_and_comes_back__when_the_link_is_half_dead),
        cmocka_unit_test(sync__waits_as_the_policy_says__after_a_failed_connection),
        cmocka_unit_test(compose__holds_a_message__that_the_server_holds),
        cmocka_unit_test(compose__connects_by_itself__for_what_is_unsent),
        cmocka_unit_test(compose__loses_and_doubles_nothing__at_any_crash),
        cmocka_unit_test(compose__repeats_number_and_id__after_a_cut),
        cmocka_unit_test(compose__waits_and_keeps_the_order__after_retry),
        cmocka_unit_test(compose__keeps_the_text_as_a_draft__when_refused),
        cmocka_unit_test(compose__rebuilds_the_slots__when_the_device_set_is_wrong),
        cmocka_unit_test(compose__goes_by_itself__when_the_person_joins),
        cmocka_unit_test(compose__binds_anew__when_the_server_was_restored),
        cmocka_unit_test(compose__takes_back__only_what_no_connection_has_seen),
        cmocka_unit_test(steward__repeats_a_change__that_was_put_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
