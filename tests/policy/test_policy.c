/* test_policy.c - identities as people write them, and policies as records that outlive versions. */
#include "policy/policy.h"

#include <stdio.h>

#include "tests/support/check.h"

static struct policy_identity identity(const char *text)
{
    struct policy_identity result = {.scope = POLICY_GLOBAL};
    struct oim_error err = {0};
    CHECK_OK_ERR(policy_identity_parse(text, &result, &err), &err);
    return result;
}

static void identity__is_written_in_three_ways__without_case(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"global", "Global"},           {"GLOBAL", "Global"},
        {"Site:Sales", "site:Sales"},   {"tag:OfflineIM", "Tag:OfflineIM"},
        {"OfflineIM", "Tag:OfflineIM"}, {"Équipe Été", "Tag:Équipe Été"},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct policy_identity parsed = identity(cases[i][0]);
        char text[POLICY_NAME_SIZE_MAX + 5];
        policy_identity_format(&parsed, text, sizeof(text));
        CHECK_TEXT(text, cases[i][1]);
    }
}

static void identity__is_equal__without_case_and_only_within_its_scope(void **state)
{
    (void)state;
    struct policy_identity a = identity("Équipe");
    struct policy_identity b = identity("tag:éQUIPE");
    struct policy_identity site = identity("site:Équipe");
    struct policy_identity longer = identity("ÉquipeB");
    CHECK(policy_identity_equal(&a, &b));
    CHECK(!policy_identity_equal(&a, &site));
    CHECK(!policy_identity_equal(&a, &longer));
    CHECK(!policy_identity_equal(&longer, &a));
}

static void identity_hash__is_equal__where_identities_are(void **state)
{
    (void)state;
    struct policy_identity a = identity("Équipe Z");
    struct policy_identity b = identity("tag:éQUIPE z");
    struct policy_identity site = identity("site:Équipe Z");
    struct policy_identity longer = identity("Équipe Za");
    CHECK(policy_identity_hash(&a) == policy_identity_hash(&b));
    CHECK(policy_identity_hash(&a) != policy_identity_hash(&site));
    CHECK(policy_identity_hash(&a) != policy_identity_hash(&longer));
}

static void identity__refuses__what_no_policy_can_be_called(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "tag:", "site:", "a:b",  "T*",         "a\nb", "@sales",
                                      "-x", " x",   "x ",    "\xff", "tag:Global", "a=b",  "$x"};
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        struct policy_identity out = {.scope = POLICY_SITE};
        struct oim_error err = {0};
        CHECK_STATUS(policy_identity_parse(bad[i], &out, &err), OIM_ERR_USAGE);
        CHECK(err.text[0] != '\0');
        CHECK_EQ(out.scope, POLICY_SITE);
    }
    char name[POLICY_NAME_SIZE_MAX + 1];
    memset(name, 'n', sizeof(name));
    name[POLICY_NAME_SIZE_MAX] = '\0';
    struct policy_identity out;
    CHECK_STATUS(policy_identity_parse(name, &out, NULL), OIM_ERR_USAGE);
    name[POLICY_NAME_SIZE_MAX - 1] = '\0';
    CHECK_OK(policy_identity_parse(name, &out, NULL));
}

static struct policy full_policy(void)
{
    struct policy policy;
    struct policy_identity id = identity("Support");
    policy_init(&policy, &id);
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        struct setting_value_s *value = &policy.settings[i];
        value->set = true;
        value->boolean = info->kind == SETTING_BOOL;
        value->uint = info->kind == SETTING_UINT ? info->max : info->kind == SETTING_CHOICE ? 1 : 0;
        snprintf(value->text, sizeof(value->text), "%s",
                 info->kind == SETTING_VERSION ? "1.2.3"
                 : info->kind == SETTING_TEXT  ? "Vuelvo a las 15:00"
                                               : "");
    }
    return policy;
}

static void check_round_trip(const struct policy *policy)
{
    struct oim_buf buf;
    oim_buf_init(&buf, 8192);
    CHECK_OK(policy_encode(policy, &buf));
    struct policy back;
    struct oim_error err = {0};
    CHECK_OK_ERR(policy_decode(oim_buf_slice(&buf), &back, &err), &err);
    CHECK(policy_identity_equal(&policy->identity, &back.identity));
    for (int i = 0; i < SETTING_COUNT; i++) {
        CHECK_EQ(back.settings[i].set, policy->settings[i].set);
        CHECK_EQ(back.settings[i].boolean, policy->settings[i].boolean);
        CHECK_EQ(back.settings[i].uint, policy->settings[i].uint);
        CHECK_TEXT(back.settings[i].text, policy->settings[i].text);
    }
    oim_buf_finish(&buf);
}

static void record__comes_back_as_it_was(void **state)
{
    (void)state;
    struct policy policy = full_policy();
    check_round_trip(&policy);
    struct policy empty;
    struct policy_identity global = identity("Global");
    policy_init(&empty, &global);
    check_round_trip(&empty);
}

/* Goal: a record cut off anywhere, or with anything behind it, is refused and reads nothing beyond its end.
 */
static void record__is_refused__when_cut_or_continued(void **state)
{
    (void)state;
    struct policy policy = full_policy();
    struct oim_buf buf;
    oim_buf_init(&buf, 8192);
    CHECK_OK(policy_encode(&policy, &buf));
    struct policy out;
    for (size_t size = 0; size < buf.size; size++) {
        CHECK_STATUS(policy_decode(oim_slice(buf.data, size), &out, NULL), OIM_ERR_PROTOCOL);
    }
    CHECK_OK(oim_buf_append(&buf, "x", 1));
    CHECK_STATUS(policy_decode(oim_buf_slice(&buf), &out, NULL), OIM_ERR_PROTOCOL);
    oim_buf_finish(&buf);
}

static void record__is_refused__when_a_newer_version_wrote_it(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {1, POLICY_GLOBAL, 0, 1, 3, 'N', 'e', 'w', SETTING_BOOL, 1};
    static const uint8_t version[] = {2, POLICY_GLOBAL, 0, 0};
    struct policy out;
    struct oim_error err = {0};
    CHECK_STATUS(policy_decode(oim_slice(unknown, sizeof(unknown)), &out, &err), OIM_ERR_PROTOCOL);
    CHECK_TEXT(err.text, "the record holds a setting 'New' that this version does not know");
    CHECK_STATUS(policy_decode(oim_slice(version, sizeof(version)), &out, &err), OIM_ERR_PROTOCOL);
    CHECK_TEXT(err.text, "the policy's record has version 2; this program reads 1");
}

static void record__is_refused__when_a_setting_stands_twice(void **state)
{
    (void)state;
    static const uint8_t twice[] = "\x01\x00\x00\x02\x09"
                                   "EnableURL\x00\x01\x09"
                                   "EnableURL\x00\x00";
    struct policy out;
    struct oim_error err = {0};
    CHECK_STATUS(policy_decode(oim_slice(twice, sizeof(twice) - 1), &out, &err), OIM_ERR_PROTOCOL);
    CHECK_TEXT(err.text, "the record's setting 'EnableURL' has no sensible value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity__is_written_in_three_ways__without_case),
        cmocka_unit_test(identity__is_equal__without_case_and_only_within_its_scope),
        cmocka_unit_test(identity_hash__is_equal__where_identities_are),
        cmocka_unit_test(identity__refuses__what_no_policy_can_be_called),
        cmocka_unit_test(record__comes_back_as_it_was),
        cmocka_unit_test(record__is_refused__when_cut_or_continued),
        cmocka_unit_test(record__is_refused__when_a_newer_version_wrote_it),
        cmocka_unit_test(record__is_refused__when_a_setting_stands_twice),
    };
    return cmocka_run_group_tests_name("policy/policy", tests, NULL, NULL);
}
