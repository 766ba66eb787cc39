/* test_address.c - the list of ways to the server: who is told, what is refused, who does not know it yet. */
#include <stdio.h>
#include <string.h>

#include "proto/addresses.h"
#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 31);
    (void)strcpy(world.core->config.address, "old.example.org:7667");
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

static struct answer change(enum address_op what, const char *host_port, bool dry_run)
{
    struct admin_op op = admin_op_of(ADMIN_ADDRESS);
    op.address_op = what;
    op.host_port = host_port;
    op.dry_run = dry_run;
    return administer(world.owner, &op);
}

static void check_places(const char *first, const char *second)
{
    struct answer answer = change(ADDRESS_OP_LIST, "", false);
    CHECK_EQ(answer.rows.row_count, second == NULL ? 1 : 2);
    CHECK_TEXT(answer_field(&answer, 0, "host_port"), first);
    if (second != NULL) {
        CHECK_TEXT(answer_field(&answer, 1, "host_port"), second);
    }
}

/* The list the peer was told last, which the server's key has signed. */
static struct address_list told(struct peer *peer, struct oim_arena *arena)
{
    const struct frame_addresses *addresses = &peer_last(peer, FRAME_ADDRESSES)->u.addresses;
    struct sign_public server_pub = sign_public_of(&world.server_key);
    struct address_list list;
    struct oim_error err;
    CHECK(addresses_verify(&world.org_id, addresses->body, &server_pub, &addresses->sig));
    CHECK_OK_ERR(address_list_decode(addresses->body, arena, &list, &err), &err);
    return list;
}

static void address_add__tells_who_is_here_at_once_and_the_others_when_they_come(void **state)
{
    (void)state;
    uint8_t memory[4096];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    check_places("old.example.org:7667", NULL);
    peer_cut(bob);
    CHECK_EQ(change(ADDRESS_OP_ADD, "new.example.org", false).status, OIM_OK);
    check_places("old.example.org:7667", "new.example.org:7667"); /* with the port that was not said */
    struct address_list first = told(alice, &arena);
    CHECK_EQ(first.way_count, 2);
    CHECK_TEXT(first.ways[1].host_port, "new.example.org:7667");
    peer_sign_in(bob);
    CHECK_EQ(told(bob, &arena).way_count, 2);

    fake_clock_jump(&world.clock, -86400000); /* or clients would not take what comes later */
    CHECK_EQ(change(ADDRESS_OP_REMOVE, "OLD.example.org:7667", false).status, OIM_OK);
    struct address_list second = told(alice, &arena);
    CHECK_EQ(second.way_count, 1);
    CHECK(second.version > first.version);
    world_restart(&world);
    peer_sign_in(world.owner);
    check_places("new.example.org:7667", NULL);
}

static void address__is_refused__when_it_would_lead_nowhere(void **state)
{
    (void)state;
    CHECK_EQ(change(ADDRESS_OP_REMOVE, "old.example.org:7667", false).status, OIM_ERR_USAGE);
    CHECK_EQ(change(ADDRESS_OP_REMOVE, "other.example.org:7667", false).status, OIM_ERR_NOT_FOUND);
    CHECK_EQ(change(ADDRESS_OP_ADD, "old.example.org", false).status, OIM_ERR_CONFLICT);
    CHECK_EQ(change(ADDRESS_OP_ADD, "new.example.org:99999", false).status, OIM_ERR_USAGE);
    CHECK_EQ(change(ADDRESS_OP_ADD, "two words", false).status, OIM_ERR_USAGE);
    check_places("old.example.org:7667", NULL);
    for (unsigned i = 1; i < WAY_COUNT_MAX; i++) {
        char host_port[64];
        (void)snprintf(host_port, sizeof(host_port), "way%u.example.org:1", i);
        CHECK_EQ(change(ADDRESS_OP_ADD, host_port, false).status, OIM_OK);
        world_run_ms(&world, 1000);
    }
    CHECK_EQ(change(ADDRESS_OP_ADD, "onemore.example.org:1", false).status, OIM_ERR_LIMIT);
}

static void address_remove__names_those__who_do_not_know_the_list_yet(void **state)
{
    (void)state;
    peer_cut(world_join(&world, "carol"));
    peer_cut(bob);
    world_run_ms(&world, 5000);
    world_close_account(&world, "carol", "gone"); /* and comes back nowhere */
    CHECK_EQ(change(ADDRESS_OP_ADD, "new.example.org:443", false).status, OIM_OK);
    struct answer answer = change(ADDRESS_OP_REMOVE, "old.example.org:7667", true);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer.rows.row_count, 1);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "bob");
    check_places("old.example.org:7667", "new.example.org:443"); /* it was only asked */
    peer_sign_in(bob);
    peer_cut(bob);
    CHECK_EQ(change(ADDRESS_OP_REMOVE, "old.example.org:7667", true).rows.row_count, 0);
}

static void address_add__says__that_a_proxy_is_in_front(void **state)
{
    (void)state;
    uint8_t memory[4096];
    struct oim_arena arena;
    oim_arena_init(&arena, memory, sizeof(memory));
    world.core->config.mode = WAY_DIRECT;
    struct admin_op op = admin_op_of(ADMIN_ADDRESS);
    op.address_op = ADDRESS_OP_ADD;
    op.host_port = "new.example.org:443";
    op.mode = WAY_MODE_PROXY;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    struct address_list list = told(alice, &arena);
    CHECK_EQ(list.way_count, 2);
    CHECK(list.ways[0].mode != WAY_PROXY);
    CHECK_EQ(list.ways[1].mode, WAY_PROXY);
    struct answer answer = change(ADDRESS_OP_LIST, "", false);
    CHECK_TEXT(answer_field(&answer, 0, "mode"), "direct");
    CHECK_TEXT(answer_field(&answer, 1, "mode"), "proxy");

    op = admin_op_of(ADMIN_AUDIT_READ);
    answer = administer(world.owner, &op);
    size_t row = answer_row(&answer, "new", "addresses=old.example.org:7667,new.example.org:443(proxy)");
    CHECK_TEXT(answer_field(&answer, row, "old"), "addresses=old.example.org:7667");

    CHECK_EQ(change(ADDRESS_OP_REMOVE, "new.example.org:443", false).status, OIM_OK);
    check_places("old.example.org:7667", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(address_add__tells_who_is_here_at_once_and_the_others_when_they_come),
        TEST(address_add__says__that_a_proxy_is_in_front),
        TEST(address__is_refused__when_it_would_lead_nowhere),
        TEST(address_remove__names_those__who_do_not_know_the_list_yet),
    };
    return cmocka_run_group_tests_name("server/core/address", tests, NULL, NULL);
}
