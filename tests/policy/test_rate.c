/* test_rate.c - a token bucket that neither drifts nor overflows. */
#include "policy/rate.h"

#include "tests/support/check.h"

static const struct rate_limit ten_a_second = {.burst = 20, .count = 10, .period_ms = 1000};

static void take__gives_the_burst_at_once__then_the_rate(void **state)
{
    (void)state;
    struct rate_bucket bucket;
    uint64_t wait_ms = 99;
    rate_bucket_init(&bucket, &ten_a_second, 5000);
    for (int i = 0; i < 20; i++) {
        CHECK(rate_bucket_take(&bucket, &ten_a_second, 1, 5000, &wait_ms));
        CHECK_EQ(wait_ms, 0);
    }
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, 5000, &wait_ms));
    CHECK_EQ(wait_ms, 100);
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, 5099, &wait_ms));
    CHECK_EQ(wait_ms, 1);
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 1, 5100, &wait_ms));
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, 5100, NULL));
}

/* Goal: over any time exactly burst + time x rate pass, also where a token does not come in whole
 * milliseconds. */
static void take__never_drifts__at_odd_rates(void **state)
{
    (void)state;
    const struct rate_limit odd = {.burst = 3, .count = 7, .period_ms = 997};
    struct rate_bucket bucket;
    rate_bucket_init(&bucket, &odd, 0);
    uint64_t taken = 0;
    for (uint64_t now_ms = 0; now_ms <= 997 * 100; now_ms++) {
        while (rate_bucket_take(&bucket, &odd, 1, now_ms, NULL)) {
            taken++;
        }
    }
    CHECK_EQ(taken, 3 + 7 * 100);
}

static void take__fills_up__and_not_beyond(void **state)
{
    (void)state;
    struct rate_bucket bucket;
    rate_bucket_init(&bucket, &ten_a_second, 0);
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 20, 0, NULL));
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 20, UINT64_MAX, NULL));
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, UINT64_MAX, NULL));
}

static void take__adds_nothing__when_the_clock_goes_back(void **state)
{
    (void)state;
    struct rate_bucket bucket;
    rate_bucket_init(&bucket, &ten_a_second, 10000);
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 20, 10000, NULL));
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, 500, NULL));
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 1, 10000, NULL));
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 1, 10100, NULL));
}

static void take__says_never__for_more_than_the_burst(void **state)
{
    (void)state;
    struct rate_bucket bucket;
    uint64_t wait_ms = 0;
    rate_bucket_init(&bucket, &ten_a_second, 0);
    CHECK(!rate_bucket_take(&bucket, &ten_a_second, 21, 0, &wait_ms));
    CHECK_EQ(wait_ms, UINT64_MAX);
    CHECK(rate_bucket_take(&bucket, &ten_a_second, 20, 0, &wait_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take__gives_the_burst_at_once__then_the_rate),
        cmocka_unit_test(take__never_drifts__at_odd_rates),
        cmocka_unit_test(take__fills_up__and_not_beyond),
        cmocka_unit_test(take__adds_nothing__when_the_clock_goes_back),
        cmocka_unit_test(take__says_never__for_more_than_the_burst),
    };
    return cmocka_run_group_tests_name("policy/rate", tests, NULL, NULL);
}
