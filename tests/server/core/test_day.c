/* test_day.c - days begin at the server's midnight, and the one before is not forgotten. */
#include "server/core/day.h"

#include "tests/support/check.h"

#define HOUR_MS UINT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define NOON (20000 * DAY_MS + 12 * HOUR_MS)

static void days__turn_at_local_midnight__and_keep_the_one_before(void **state)
{
    (void)state;
    struct days days = {.since_ms = 0};
    const int32_t madrid_s = 2 * 3600;
    days_add(&days, NOON, madrid_s, DAY_ACCEPTED, 3);
    CHECK(!days_know_before(&days, madrid_s));
    days_add(&days, NOON + 9 * HOUR_MS, madrid_s, DAY_ACCEPTED, 1); /* 23:00 */
    CHECK_EQ(days.today.counts[DAY_ACCEPTED], 4);
    days_add(&days, NOON + 10 * HOUR_MS, madrid_s, DAY_ACCEPTED, 5); /* midnight */
    CHECK_EQ(days.today.counts[DAY_ACCEPTED], 5);
    CHECK_EQ(days.before.counts[DAY_ACCEPTED], 4);
    CHECK(days_know_before(&days, madrid_s));
    CHECK_EQ(days.since_ms, NOON);
}

static void days__say_zero_of_yesterday__when_nothing_happened_then(void **state)
{
    (void)state;
    struct days days = {.since_ms = 0};
    days_add(&days, NOON, 0, DAY_LOST, 7);
    days_roll(&days, NOON + 2 * DAY_MS, 0);
    CHECK_EQ(days.before.counts[DAY_LOST], 0);
    CHECK_EQ(days.before.number, days.today.number - 1);
    CHECK(days_know_before(&days, 0));
}

static void days__do_not_turn_back__with_the_calendar(void **state)
{
    (void)state;
    struct days days = {.since_ms = 0};
    days_add(&days, NOON, 0, DAY_EXPIRED, 1);
    days_add(&days, NOON - 3 * DAY_MS, 0, DAY_EXPIRED, 1);
    CHECK_EQ(days.today.counts[DAY_EXPIRED], 2);
    CHECK_EQ(days.today.number, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days__turn_at_local_midnight__and_keep_the_one_before),
        cmocka_unit_test(days__say_zero_of_yesterday__when_nothing_happened_then),
        cmocka_unit_test(days__do_not_turn_back__with_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
