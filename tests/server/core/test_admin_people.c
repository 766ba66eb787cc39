/* test_admin_people.c - inviting, changing and closing accounts. */
#include "tests/support/administer.h"
#include "tests/support/check.h"

static void admin_invite__makes_an_account_that_can_be_joined__once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct admin_op op = op_of(ADMIN_INVITE);
    uint8_t secret[INVITE_SECRET_SIZE];
    op.login = "tony";
    op.display = "Tony Smith";
    op.team = "Sales";
    administer_entry(world.owner, &op, secret);
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "tony");
    CHECK_TEXT(answer_field(&answer, 0, "role"), "user");

    op = op_of(ADMIN_INVITE_LIST);
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "tony"), "state"), "open");

    struct peer *tony = world_join_invited(&world, "tony", secret);
    CHECK(tony->ready);
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.rows.row_count, 0);

    op = op_of(ADMIN_INVITE);
    op.login = "tony";
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_ERR_CONFLICT);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admin_invite__makes_an_account_that_can_be_joined__once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
