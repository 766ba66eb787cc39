/* test_retention.c - how long an envelope waits. */
#include "policy/retention.h"

#include "tests/support/check.h"

static void expires__follows_the_recipients_policy__unless_the_sender_asks_for_less(void **state)
{
    (void)state;
    uint64_t fortnight_ms = 14 * RETENTION_DAY_MS;
    CHECK_EQ(retention_expires_ms(1000, fortnight_ms, 0, CLS_CHAT), 1000 + fortnight_ms);
    CHECK_EQ(retention_expires_ms(1000, fortnight_ms, 60, CLS_CHAT), 61000);
    CHECK_EQ(retention_expires_ms(1000, fortnight_ms, UINT32_MAX, CLS_CHAT), 1000 + fortnight_ms);
    CHECK_EQ(retention_expires_ms(UINT64_MAX - 5, fortnight_ms, 0, CLS_CHAT), UINT64_MAX);
}

static void expires__is_as_long__for_every_other_class(void **state)
{
    (void)state;
    static const enum cls classes[] = {CLS_RECEIPT, CLS_KEYCTL, CLS_SELFSYNC, CLS_NOTICE};
    for (size_t i = 0; i < OIM_COUNT(classes); i++) {
        CHECK_EQ(retention_expires_ms(0, RETENTION_DAY_MS, 60, classes[i]), RETENTION_DAY_MS);
        CHECK(!retention_tells(classes[i]));
    }
    CHECK(retention_tells(CLS_CHAT));
}

static void due__at_the_very_millisecond(void **state)
{
    (void)state;
    CHECK(!retention_is_due(100, 99));
    CHECK(retention_is_due(100, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expires__follows_the_recipients_policy__unless_the_sender_asks_for_less),
        cmocka_unit_test(expires__is_as_long__for_every_other_class),
        cmocka_unit_test(due__at_the_very_millisecond),
    };
    return cmocka_run_group_tests_name("policy/retention", tests, NULL, NULL);
}
