/* test_fake.c - that the fakes obey, because every other test believes them. */
#include "tests/support/fake.h"

#include "tests/support/check.h"

static void fake_clock__moves__only_when_told(void **state)
{
    (void)state;
    struct fake_clock fake;
    fake_clock_init(&fake);
    struct oim_clock clock = fake_clock_of(&fake);
    CHECK_EQ(clock.now_ms(clock.context), 1000000);
    CHECK_EQ(clock.wall_ms(clock.context), 1704067200000);
    fake_clock_pass(&fake, 1500);
    CHECK_EQ(clock.now_ms(clock.context), 1001500);
    CHECK_EQ(clock.wall_ms(clock.context), 1704067201500);
    fake_clock_jump(&fake, -3600000);
    CHECK_EQ(clock.now_ms(clock.context), 1001500);
    CHECK_EQ(clock.wall_ms(clock.context), 1704063601500);
}

/* The first outputs of xoshiro256** from states 1 2 3 4, as in rand_xoshiro's and NumPy's tests. */
static void fake_random__is_xoshiro256__from_a_known_state(void **state)
{
    (void)state;
    struct fake_random fake = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u};
    for (size_t i = 0; i < OIM_COUNT(expected); i++) {
        CHECK_EQ(fake_random_u64(&fake), expected[i]);
    }
}

static void fake_random__repeats__from_the_same_seed(void **state)
{
    (void)state;
    struct fake_random a;
    struct fake_random b;
    struct fake_random c;
    fake_random_init(&a, 42);
    fake_random_init(&b, 42);
    fake_random_init(&c, 43);
    struct oim_random random_a = fake_random_of(&a);
    struct oim_random random_b = fake_random_of(&b);
    struct oim_random random_c = fake_random_of(&c);
    uint8_t bytes_a[37];
    uint8_t bytes_b[37];
    uint8_t bytes_c[37];
    oim_random_fill(&random_a, bytes_a, sizeof(bytes_a));
    oim_random_fill(&random_b, bytes_b, sizeof(bytes_b));
    oim_random_fill(&random_c, bytes_c, sizeof(bytes_c));
    CHECK_BYTES(bytes_a, bytes_b, sizeof(bytes_a));
    CHECK(memcmp(bytes_a, bytes_c, sizeof(bytes_a)) != 0);
    for (unsigned i = 0; i < 1000; i++) {
        CHECK(fake_random_below(&a, 7) < 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fake_clock__moves__only_when_told),
        cmocka_unit_test(fake_random__is_xoshiro256__from_a_known_state),
        cmocka_unit_test(fake_random__repeats__from_the_same_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
