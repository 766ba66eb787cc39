/*
 * test_allocation_core.c - the server's core takes all its memory when it is made: then all of it is there,
 * or nothing was taken. A step takes none, so none can fail in the middle of one: counted over what its test
 * world does.
 */
#include "server/core/core.h"
#include "tests/support/check.h"
#include "tests/support/world.h"
#include "tests/torture/allocation.h"

void __real_core_step(struct core *core, const struct core_event *event, struct effect_list *out);
void __wrap_core_step(struct core *core, const struct core_event *event, struct effect_list *out);

void __wrap_core_step(struct core *core, const struct core_event *event, struct effect_list *out)
{
    allocations.in_step = true;
    __real_core_step(core, event, out);
    allocations.in_step = false;
    allocations.step_count++;
}

/* What was taken before it failed is given back: the sanitizer looks. */
static void core_create__takes_all_or_nothing__at_every_allocation(void **state)
{
    (void)state;
    struct fake_random random;
    struct oim_error err;
    struct core *core = NULL;
    enum oim_status status = OIM_ERR_LIMIT;
    size_t failed_count = 0;
    fake_random_init(&random, 1);
    for (size_t n = 1; status != OIM_OK; n++) {
        struct core_config config = {.limits = core_limits_default(), .random = fake_random_of(&random)};
        allocations = (struct allocations){.fail_at = n};
        status = core_create(&core, &config, &err);
        allocations.fail_at = 0;
        if (status != OIM_OK) {
            CHECK_STATUS(status, OIM_ERR_LIMIT);
            failed_count++;
        }
    }
    CHECK(failed_count > 10);
    core_destroy(core);
}

static void core_step__takes_no_memory(void **state)
{
    (void)state;
    static struct world world;
    world_init(&world, 1);
    allocations = (struct allocations){.fail_at = 0};
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    (void)peer_send(alice, "bob", "while he is here");
    peer_cut(bob);
    world_run_ms(&world, 60000);
    (void)peer_send(alice, "bob", "while he is not");
    world_set_policy(&world, NULL, "EnableOfflineIm", "False");
    (void)peer_send(alice, "bob", "refused");
    peer_sign_in(bob);
    peer_say_bytes(bob, "no frame", 8);
    world_restart(&world);
    peer_sign_in(alice);
    CHECK(allocations.step_count > 100);
    CHECK_EQ(allocations.in_step_count, 0);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_create__takes_all_or_nothing__at_every_allocation),
        cmocka_unit_test(core_step__takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
