/* test_ways.c - a server that moves is found by those who know only where it was. */
#include "proto/addresses.h"
#include "tests/client/core/world.h"

#define OLD_PLACE "chat.example.org:7667"
#define NEW_PLACE "new.example.org:443"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world);
    world.server.host_port = OLD_PLACE;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void say_list(const struct address_list *list, const struct sign_secret *key)
{
    struct oim_id org_id;
    struct oim_buf body;
    memset(org_id.bytes, 'o', sizeof(org_id.bytes));
    oim_buf_init(&body, 8192);
    CHECK_OK(address_list_encode(list, &body));
    struct frame frame = {.kind = FRAME_ADDRESSES, .u.addresses.body = oim_buf_slice(&body)};
    addresses_sign(&org_id, frame.u.addresses.body, key, &frame.u.addresses.sig);
    world_say(&world, &frame);
    world_settle(&world);
    oim_buf_finish(&body);
}

/* Tell of these places (ended by NULL), signed with this key. */
static void say_ways(uint64_t version, const char *const *places, const struct sign_secret *key)
{
    struct way ways[WAY_COUNT_MAX];
    struct address_list list = {.version = version, .ways = ways};
    for (; places[list.way_count] != NULL; list.way_count++) {
        ways[list.way_count] = (struct way){.host_port = places[list.way_count], .mode = WAY_DIRECT};
    }
    say_list(&list, key);
}

static void engine__finds_a_server_that_moved__by_the_list_it_was_told(void **state)
{
    (void)state;
    static const char *const both[] = {OLD_PLACE, NEW_PLACE, NULL};
    world_online(&world);
    say_ways(1, both, &world.server.key);
    CHECK_TEXT(world.way.host_port, OLD_PLACE);

    world.server.host_port = NEW_PLACE;
    world_crash(&world); /* what it knows is what it stored */
    world.connect_count = 0;
    world_online(&world);
    CHECK_EQ(world.connect_count, 2);
    CHECK_TEXT(world.way.host_port, NEW_PLACE);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);

    world_crash(&world); /* what worked is what it tries first from now on */
    world.connect_count = 0;
    world_online(&world);
    CHECK_EQ(world.connect_count, 1);
    CHECK_TEXT(world.way.host_port, NEW_PLACE);
}

static void engine__keeps_the_way_it_is_on__when_the_list_changes_its_order(void **state)
{
    (void)state;
    static const char *const other_order[] = {NEW_PLACE, OLD_PLACE, NULL};
    static const char *const without[] = {NEW_PLACE, NULL};
    world_online(&world);
    say_ways(1, other_order, &world.server.key);
    world.connect_count = 0;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world.connect_count, 1);
    CHECK_TEXT(world.way.host_port, OLD_PLACE);

    say_ways(2, without, &world.server.key);
    world.server.host_port = NEW_PLACE;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_TEXT(world.way.host_port, NEW_PLACE);
    CHECK_EQ(engine_view(world.engine).link, ENGINE_LINK_READY);
}

static void engine__goes_back_first_to_what_worked__when_a_connection_breaks(void **state)
{
    (void)state;
    static const char *const both[] = {OLD_PLACE, NEW_PLACE, NULL};
    world_online(&world);
    say_ways(1, both, &world.server.key);
    world.connect_count = 0;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_EQ(world.connect_count, 1);
    CHECK_TEXT(world.way.host_port, OLD_PLACE);
}

static void engine__goes_as_the_list_says__through_a_proxy_with_that_key(void **state)
{
    (void)state;
    uint8_t spki[32];
    memset(spki, 0x5a, sizeof(spki));
    struct way ways[] = {
        {.host_port = NEW_PLACE, .mode = WAY_PROXY, .spki = oim_slice(spki, sizeof(spki))},
        {.host_port = OLD_PLACE, .mode = WAY_DIRECT},
    };
    world_online(&world);
    say_list(&(struct address_list){.version = 1, .ways = ways, .way_count = 2}, &world.server.key);
    CHECK(!world.way.has_spki);
    world.server.host_port = NEW_PLACE;
    world_crash(&world); /* what it knows is what it stored */
    world_online(&world);
    CHECK_TEXT(world.way.host_port, NEW_PLACE);
    CHECK_EQ(world.way.mode, WAY_PROXY);
    CHECK(world.way.has_spki);
    CHECK_BYTES(world.way.spki, spki, sizeof(spki));
}

static void engine__waits_longer_and_longer__when_no_way_leads_anywhere(void **state)
{
    (void)state;
    static const char *const both[] = {OLD_PLACE, NEW_PLACE, NULL};
    world_online(&world);
    say_ways(1, both, &world.server.key);
    world.server.host_port = "nowhere";
    world_cut(&world);
    world.connect_count = 0;
    world_pass(&world, 600000);
    CHECK(world.connect_count > 8);
    CHECK(world.connect_count < 2 * 600 / 7); /* back-off: 7.5 to 15 s in the end */
    CHECK_EQ(world.connect_count % 2, 0);     /* both, each time */
}

/* Goal: nobody but the server says where it is, and an old list that somebody kept changes nothing. */
static void engine__takes_no_list__that_is_forged_older_or_empty(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"elsewhere.example.org:1", NULL};
    static const char *const both[] = {OLD_PLACE, NEW_PLACE, NULL};
    static const char *const nothing[] = {NULL};
    struct sign_secret other;
    uint8_t seed[32] = {77};
    sign_secret_from_seed(&other, seed);
    world_online(&world);
    say_ways(5, both, &world.server.key);
    say_ways(9, elsewhere, &other);
    say_ways(5, elsewhere, &world.server.key);
    say_ways(4, elsewhere, &world.server.key);
    say_ways(9, nothing, &world.server.key);
    world.server.host_port = NEW_PLACE;
    world_cut(&world);
    world_pass(&world, 5000);
    CHECK_TEXT(world.way.host_port, NEW_PLACE);
    sign_secret_finish(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(engine__finds_a_server_that_moved__by_the_list_it_was_told),
        TEST(engine__keeps_the_way_it_is_on__when_the_list_changes_its_order),
        TEST(engine__goes_back_first_to_what_worked__when_a_connection_breaks),
        TEST(engine__goes_as_the_list_says__through_a_proxy_with_that_key),
        TEST(engine__waits_longer_and_longer__when_no_way_leads_anywhere),
        TEST(engine__takes_no_list__that_is_forged_older_or_empty),
    };
    return cmocka_run_group_tests_name("client/core/ways", tests, NULL, NULL);
}
