/* test_quota.c - how much fits, for everybody and for one sender. */
#include "policy/quota.h"

#include "proto/limits.h"
#include "tests/support/check.h"

static struct quota_limits limits_of(uint64_t count, uint64_t size, uint32_t percent)
{
    struct effective effective = {.quota_count = count, .quota_size = size, .share_percent = percent};
    return quota_limits_of(&effective);
}

static void limits__share_out_count_and_bytes(void **state)
{
    (void)state;
    struct quota_limits limits = limits_of(10000, 67108864, 25);
    CHECK_EQ(limits.share_count_max, 2500);
    CHECK_EQ(limits.share_size_max, 16777216);
    CHECK_EQ(limits_of(UINT64_MAX, UINT64_MAX, 100).share_count_max, UINT64_MAX);
}

static void limits__leave_room_for_one_message__however_small_the_share(void **state)
{
    (void)state;
    struct quota_limits limits = limits_of(10, 65536, 1);
    CHECK_EQ(limits.share_count_max, 1);
    CHECK_EQ(limits.share_size_max, FRAME_SIZE_MAX);
    struct quota_usage empty = {0};
    CHECK_EQ(quota_judge(&limits, &empty, FRAME_SIZE_MAX), QUOTA_ROOM);
}

static void judge__fills_to_the_last_message_and_byte(void **state)
{
    (void)state;
    struct quota_limits limits = {
        .count_max = 10, .size_max = 1000, .share_count_max = 4, .share_size_max = 400};
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.count = 9, .size = 900}, 100), QUOTA_ROOM);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.count = 10}, 1), QUOTA_MAILBOX_FULL);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.size = 901}, 100), QUOTA_MAILBOX_FULL);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.share_count = 3, .share_size = 300}, 100),
             QUOTA_ROOM);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.share_count = 4}, 1), QUOTA_SHARE_FULL);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.share_size = 301}, 100), QUOTA_SHARE_FULL);
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){0}, UINT64_MAX), QUOTA_MAILBOX_FULL);
    /* the policy was lowered while more was waiting */
    CHECK_EQ(quota_judge(&limits, &(struct quota_usage){.count = 50, .size = 5000}, 1), QUOTA_MAILBOX_FULL);
}

static void room_again__needs_a_fifth_free__of_both(void **state)
{
    (void)state;
    struct quota_limits limits = limits_of(10, 100000, 25);
    CHECK(quota_has_room_again(&limits, &(struct quota_usage){.count = 7, .size = 79999}));
    CHECK(!quota_has_room_again(&limits, &(struct quota_usage){.count = 8}));
    CHECK(!quota_has_room_again(&limits, &(struct quota_usage){.size = 80000}));
    struct quota_limits one = limits_of(1, 100000, 25);
    CHECK(quota_has_room_again(&one, &(struct quota_usage){0}));
}

static void percent__is_of_the_fuller(void **state)
{
    (void)state;
    struct quota_limits limits = limits_of(10, 1000000, 25);
    CHECK_EQ(quota_percent(&limits, &(struct quota_usage){.count = 3, .size = 900000}), 90);
    CHECK_EQ(quota_percent(&limits, &(struct quota_usage){.count = 30}), 100);
    CHECK_EQ(quota_percent(&limits, &(struct quota_usage){0}), 0);
    struct quota_limits huge = limits_of(UINT64_MAX, UINT64_MAX, 1);
    CHECK_EQ(quota_percent(&huge, &(struct quota_usage){.count = UINT64_MAX / 2}), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits__share_out_count_and_bytes),
        cmocka_unit_test(limits__leave_room_for_one_message__however_small_the_share),
        cmocka_unit_test(judge__fills_to_the_last_message_and_byte),
        cmocka_unit_test(room_again__needs_a_fifth_free__of_both),
        cmocka_unit_test(percent__is_of_the_fuller),
    };
    return cmocka_run_group_tests_name("policy/quota", tests, NULL, NULL);
}
