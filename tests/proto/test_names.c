/*
 * test_names.c - every number of the protocol has a word of its own, and the word leads back to it.
 */
#include "proto/names.h"

#include "tests/support/check.h"

static void names__lead_back__to_their_numbers(void **state)
{
    (void)state;
    for (unsigned i = 1; i < REASON_COUNT; i++) {
        CHECK(reason_name((enum reason)i)[0] != '\0');
        CHECK_EQ(reason_from_name(reason_name((enum reason)i)), i);
    }
    for (unsigned i = 1; i < PRESENCE_STATE_COUNT; i++) {
        CHECK_EQ(presence_from_name(presence_name((enum presence_state)i)), i);
    }
    for (unsigned i = WHO_SENDER_POLICY; i <= WHO_RECIPIENT; i++) {
        CHECK_EQ(who_from_name(who_name((enum who)i)), i);
    }
    for (unsigned i = ROLE_USER; i <= ROLE_OWNER; i++) {
        CHECK_EQ(role_from_name(role_name((enum role)i)), i);
    }
    for (unsigned i = NOTICE_DELIVERED; i <= NOTICE_ACCOUNT_RESET; i++) {
        CHECK(notice_name((enum notice_what)i)[0] != '\0');
    }
}

static void names__are_empty__for_what_they_do_not_know(void **state)
{
    (void)state;
    CHECK_TEXT(reason_name(REASON_NONE), "");
    CHECK_TEXT(reason_name((enum reason)99), "");
    CHECK_TEXT(gap_why_name((enum gap_why)99), "");
    CHECK_TEXT(person_state_name((enum person_state)99), "");
    CHECK_EQ(reason_from_name("of a newer version"), REASON_NONE);
    CHECK_EQ(role_from_name(""), ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names__lead_back__to_their_numbers),
        cmocka_unit_test(names__are_empty__for_what_they_do_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
