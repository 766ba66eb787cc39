/* test_seen.c - a restart does not forget who was here when. */
#include <stdio.h>
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 41);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static uint64_t last_sign_in(const char *login)
{
    const struct account *person = registry_person_by_login(&world.core->registry, login);
    return seen_at_ms(world.core, registry_first_device(&world.core->registry, person));
}

/* Signed in, and showing it. */
static void stay(struct peer *peer, int minutes)
{
    for (int i = 0; i < 2 * minutes; i++) {
        peer_say(peer, &(struct frame){.kind = FRAME_PING});
        world_run_ms(&world, 29000);
        peer_forget(peer);
    }
    CHECK(peer->conn != 0);
}

static void seen__is_known_to_the_hour__after_a_restart(void **state)
{
    (void)state;
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    uint64_t alice_ms = world.clock.wall_ms;
    stay(bob, 2);
    peer_cut(alice);
    stay(bob, 150);
    uint64_t bob_ms = world.clock.wall_ms; /* here all the time */
    world_restart(&world);
    CHECK(last_sign_in("alice") >= alice_ms);
    CHECK(last_sign_in("alice") < alice_ms + 3600000);
    CHECK(last_sign_in("bob") + 3600000 + 120000 >= bob_ms);
    CHECK(last_sign_in("bob") <= world.clock.wall_ms);
}

/* Goal: what is kept is about people, not about the few that fit one change; and is not written all the time.
 */
static void seen__is_kept__for_everybody_and_seldom(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    char login[16];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(login, sizeof(login), "user%d", i);
        peer_cut(world_join(&world, login));
    }
    world_run_ms(&world, 62000);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(login, sizeof(login), "user%d", i);
        const struct account *person = registry_person_by_login(&world.core->registry, login);
        const struct device *device = registry_first_device(&world.core->registry, person);
        CHECK(device->seen_kept_ms != 0);
        CHECK_EQ(device->seen_version, 1);
    }
    struct account *person = registry_person_by_login(&world.core->registry, "user0");
    struct peer *user = NULL;
    for (size_t i = 0; i < world.peer_count; i++) {
        user = strcmp(world.peers[i]->login, "user0") == 0 ? world.peers[i] : user;
    }
    for (int i = 0; i < 5; i++) {
        peer_sign_in(user);
        peer_cut(user);
        world_run_ms(&world, 61000);
    }
    CHECK_EQ(registry_first_device(&world.core->registry, person)->seen_version, 1);
    fake_clock_pass(&world.clock, 3600000);
    for (size_t i = 0; i < world.peer_count; i++) {
        if (world.peers[i] != world.owner) {
            peer_sign_in(world.peers[i]);
            peer_cut(world.peers[i]);
        }
    }
    world_run_ms(&world, 5000); /* one look, which is long due */
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(login, sizeof(login), "user%d", i);
        person = registry_person_by_login(&world.core->registry, login);
        CHECK_EQ(registry_first_device(&world.core->registry, person)->seen_version, 2);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(seen__is_known_to_the_hour__after_a_restart),
        TEST(seen__is_kept__for_everybody_and_seldom),
    };
    return cmocka_run_group_tests_name("server/core/seen", tests, NULL, NULL);
}
