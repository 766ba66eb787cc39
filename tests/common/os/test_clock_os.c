/* test_clock_os.c - the operating system's clocks, as far as a test may know them. */
#include "common/os/clock_os.h"

#include <time.h>

#include "tests/support/check.h"

static void clock_os__never_goes_back__between_two_looks(void **state)
{
    (void)state;
    struct oim_clock clock = clock_os();
    uint64_t previous = clock.now_ms(clock.context);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t now = clock.now_ms(clock.context);
        CHECK(now >= previous);
        previous = now;
    }
}

static void clock_os__tells_the_calendar__in_milliseconds(void **state)
{
    (void)state;
    struct oim_clock clock = clock_os();
    uint64_t before = (uint64_t)time(NULL);
    uint64_t wall_ms = clock.wall_ms(clock.context);
    uint64_t after = (uint64_t)time(NULL);
    /* time(2) may lag by a tick of the coarse clock. */
    CHECK(wall_ms / 1000 >= before && wall_ms / 1000 <= after + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_os__never_goes_back__between_two_looks),
        cmocka_unit_test(clock_os__tells_the_calendar__in_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
