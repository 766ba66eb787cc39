/*
 * test_roster.c - other people, as the server last told of them.
 */
#include <stdio.h>

#include "client/core/engine_state.h"
#include "tests/client/core/world.h"

static struct person_row person_stored(struct world *world, const struct oim_id *user_id)
{
    static uint8_t memory[262144];
    struct oim_arena arena;
    struct local_start start;
    struct oim_error err;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(local_store_load(world->store, &arena, &start, &err), &err);
    for (size_t i = 0; i < start.person_count; i++) {
        if (oim_id_equal(&start.people[i].user_id, user_id)) {
            return start.people[i];
        }
    }
    return (struct person_row){.state = PERSON_STATE_NONE};
}

/*
 * Goal:   who was erased is no longer anybody's contact, here and on disk, after the next sign-in, and keeps
 * the name; also when somebody else has the login meanwhile, and when they were never known here.
 */
static void roster__closes__who_was_erased(void **state)
{
    (void)state;
    struct engine_event want = {.kind = ENGINE_WANT};
    want.u.want.class = CLASS_ATTENDING;
    want.u.want.connect = want.u.want.fetch = true;
    for (int round = 0; round < 3; round++) {
        struct world world;
        bool was_known = round < 2;
        world_init(&world);
        world.server.bob_is_erased = !was_known;
        world_online(&world);
        struct person_row bob = person_stored(&world, &world.bob);
        if (was_known) {
            CHECK_EQ(bob.state, PERSON_STATE_ACTIVE);
            bob.contact = true;
            struct oim_error err;
            struct change change = {.kind = CHANGE_PERSON, .u.person = &bob};
            CHECK_OK_ERR(local_store_commit(world.store, &change, 1, &err), &err);
        }
        world.server.bob_is_erased = true;
        world.server.bob_is_new = round == 1;
        struct oim_id id = id_of('m');
        world_deliver(&world, &id, 1, "left behind");
        world_crash(&world);
        world_step(&world, &want);
        world_settle(&world);
        CHECK_EQ(world_message_count(&world), 1);
        const struct person_row *person = engine_person(world.engine, &world.bob);
        CHECK(person != NULL);
        CHECK_EQ(person->state, PERSON_STATE_CLOSED);
        CHECK_TEXT(person->display, was_known ? "Bob" : "");
        CHECK_TEXT(person->login, round == 0 ? "bob" : "");
        bob = person_stored(&world, &world.bob);
        CHECK_EQ(bob.state, PERSON_STATE_CLOSED);
        CHECK(!bob.contact);
        world_finish(&world);
    }
}

/* Goal: who left the list of contacts while this computer was away is no contact here either, after any
 * start. */
static void roster__takes_off_the_list__whom_the_server_lists_no_more(void **state)
{
    (void)state;
    struct world world;
    struct engine_event list = {.kind = ENGINE_REQUEST, .u.request = {.op = REQUEST_CONTACTS}};
    struct oim_error err;
    world_init(&world);
    world_online(&world);
    struct person_row bob = person_stored(&world, &world.bob);
    bob.contact = true;
    struct change change = {.kind = CHANGE_PERSON, .u.person = &bob};
    CHECK_OK_ERR(local_store_commit(world.store, &change, 1, &err), &err);
    world_crash(&world);
    CHECK(engine_person(world.engine, &world.bob)->contact);
    list.u.request.id = ++world.last_request;
    world_online(&world);
    world_step(&world, &list);
    world_settle(&world);
    CHECK(!engine_person(world.engine, &world.bob)->contact);
    bob = person_stored(&world, &world.bob);
    CHECK_EQ(bob.state, PERSON_STATE_ACTIVE);
    CHECK(!bob.contact);
    world_finish(&world);
}

static struct person_row person_of(int number, const char *login, bool is_contact)
{
    struct person_row row = {.state = PERSON_STATE_ACTIVE, .contact = is_contact};
    memset(row.user_id.bytes, 0xa0, sizeof(row.user_id.bytes));
    row.user_id.bytes[0] = (uint8_t)number;
    snprintf(row.login, sizeof(row.login), "%s%d", login, number);
    return row;
}

/*
 * Goal:   people are found by id and by login, also when the roster is full and some gave way to others.
 * Method: more than fit; contacts stay, and of the others the last.
 */
static void roster__finds_whom_it_still_has__and_nobody_else(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct engine *engine = world.engine;
    size_t known = engine->person_count;
    int count = (int)(engine->config.person_count_max - known);
    for (int i = 0; i < count + 5; i++) {
        const struct person_row row = person_of(i, "p", i % 2 == 0);
        roster_load(engine, &row);
    }
    CHECK_EQ(engine->person_count, engine->config.person_count_max);
    size_t found_count = 0;
    for (int i = 0; i < count + 5; i++) {
        const struct person_row row = person_of(i, "p", false);
        const struct person_row *found = roster_find(engine, &row.user_id);
        CHECK(found == engine_person(engine, &row.user_id));
        CHECK(found == roster_find_login(engine, row.login));
        CHECK(found == NULL ||
              (oim_id_equal(&found->user_id, &row.user_id) && strcmp(found->login, row.login) == 0));
        CHECK(found != NULL || i % 2 == 1 || i >= count);
        found_count += found != NULL;
    }
    CHECK_EQ(found_count + known, engine->person_count);
    CHECK(roster_find_login(engine, "nobody") == NULL);
    CHECK(roster_find_login(engine, "") == NULL);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roster__closes__who_was_erased),
        cmocka_unit_test(roster__takes_off_the_list__whom_the_server_lists_no_more),
        cmocka_unit_test(roster__finds_whom_it_still_has__and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
