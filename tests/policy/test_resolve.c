/* test_resolve.c - which policy governs, and what it says where it says nothing. */
#include "policy/resolve.h"

#include "tests/support/check.h"

static struct policy make(const char *name)
{
    struct policy policy;
    struct policy_identity identity;
    CHECK_OK(policy_identity_parse(name, &identity, NULL));
    policy_init(&policy, &identity);
    return policy;
}

static void set(struct policy *policy, enum setting_id id, const char *text)
{
    CHECK_OK(setting_parse(setting_info(id), text, &policy->settings[id], NULL));
}

static struct effective resolve(const struct policy_choice *choice, const char *org_offline)
{
    struct org_config org = {0};
    struct effective effective;
    CHECK_OK(setting_parse(org_setting_info(ORG_ENABLE_OFFLINE_IM), org_offline,
                           &org.settings[ORG_ENABLE_OFFLINE_IM], NULL));
    resolve_effective(choice, &org, &effective);
    return effective;
}

static void resolve__prefers_own_then_team_then_site_then_global(void **state)
{
    (void)state;
    struct policy own = make("Own");
    struct policy team = make("Team");
    struct policy site = make("site:Sales");
    struct policy global = make("Global");
    const struct {
        struct policy_choice choice;
        const struct policy *governs;
        enum policy_via via;
    } cases[] = {
        {{&own, &team, &site, &global}, &own, POLICY_VIA_OWN},
        {{&own, NULL, NULL, &global}, &own, POLICY_VIA_OWN},
        {{NULL, &team, &site, &global}, &team, POLICY_VIA_TEAM},
        {{NULL, &team, NULL, &global}, &team, POLICY_VIA_TEAM},
        {{NULL, NULL, &site, &global}, &site, POLICY_VIA_SITE},
        {{NULL, NULL, NULL, &global}, &global, POLICY_VIA_GLOBAL},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct effective effective = resolve(&cases[i].choice, "");
        CHECK(effective.policy == cases[i].governs);
        CHECK_EQ(effective.via, cases[i].via);
    }
}

static void resolve__takes_the_built_in_defaults__where_nothing_is_set(void **state)
{
    (void)state;
    struct policy global = make("Global");
    struct effective effective = resolve(&(struct policy_choice){.global = &global}, "");
    CHECK(effective.may_leave && effective.accepts && effective.org_on);
    CHECK_EQ(effective.may_leave_who, WHO_NONE);
    CHECK(!effective.dnd_refuse && effective.tell_sender_dnd);
    CHECK_EQ(effective.retention_ms, UINT64_C(14) * 86400000);
    CHECK_EQ(effective.quota_count, 10000);
    CHECK_EQ(effective.quota_size, 67108864);
    CHECK_EQ(effective.share_percent, 25);
    CHECK_TEXT(effective.min_version, "");
    CHECK_EQ(effective.contacts_max, UINT64_MAX);
}

/*
 * Goal: the original's surprise is kept: one object governs, so a fresh policy that says nothing about
 * offline messages switches them on again for whoever gets it (SEED.md 3.3).
 */
static void resolve__ignores_global__for_settings_a_granted_policy_leaves_unset(void **state)
{
    (void)state;
    struct policy global = make("Global");
    struct policy polite = make("Polite");
    set(&global, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    set(&global, SETTING_OFFLINE_RETENTION_DAYS, "3");
    set(&polite, SETTING_IM_WARNING, "Be polite");
    struct effective plain = resolve(&(struct policy_choice){.global = &global}, "");
    CHECK(!plain.may_leave);
    CHECK_EQ(plain.may_leave_who, WHO_SENDER_POLICY);
    CHECK_EQ(plain.retention_ms, UINT64_C(3) * 86400000);
    struct effective granted = resolve(&(struct policy_choice){.own = &polite, .global = &global}, "");
    CHECK(granted.may_leave);
    CHECK_EQ(granted.retention_ms, UINT64_C(14) * 86400000);
}

/* Goal: organisation False, no; EnableOfflineIm; EnableIMAutoArchiving; yes. All 27 combinations. */
static void resolve__decides_who_may_leave__in_the_order_of_the_design(void **state)
{
    (void)state;
    static const char *const values[] = {"", "False", "True"};
    for (size_t org = 0; org < 3; org++) {
        for (size_t offline = 0; offline < 3; offline++) {
            for (size_t archiving = 0; archiving < 3; archiving++) {
                struct policy global = make("Global");
                set(&global, SETTING_ENABLE_OFFLINE_IM, values[offline]);
                set(&global, SETTING_ENABLE_IM_AUTO_ARCHIVING, values[archiving]);
                struct effective got = resolve(&(struct policy_choice){.global = &global}, values[org]);
                bool may = org != 1 && (offline != 0 ? offline == 2 : archiving != 1);
                CHECK_EQ(got.may_leave, may);
                CHECK_EQ(got.may_leave_who, may ? WHO_NONE : org == 1 ? WHO_ORGANISATION : WHO_SENDER_POLICY);
                CHECK_EQ(got.org_on, org != 1);
            }
        }
    }
}

static void effective_value__says_where_it_comes_from(void **state)
{
    (void)state;
    struct policy site = make("site:Sales");
    struct policy global = make("Global");
    set(&site, SETTING_OFFLINE_RETENTION_DAYS, "30");
    set(&site, SETTING_MINIMUM_CLIENT_VERSION, "1.2");
    set(&site, SETTING_MAXIMUM_NUMBER_OF_CONTACTS, "0");
    set(&site, SETTING_DND_ACTION, "Refuse");
    struct effective effective = resolve(&(struct policy_choice){.site = &site, .global = &global}, "");
    char origin[POLICY_NAME_SIZE_MAX + 5];
    CHECK_EQ(effective_value(&effective, SETTING_OFFLINE_RETENTION_DAYS, origin, sizeof(origin))->uint, 30);
    CHECK_TEXT(origin, "site:Sales");
    CHECK_EQ(effective_value(&effective, SETTING_OFFLINE_SENDER_SHARE, origin, sizeof(origin))->uint, 25);
    CHECK_TEXT(origin, "default");
    CHECK_TEXT(effective.min_version, "1.2");
    CHECK_EQ(effective.contacts_max, 0);
    CHECK(effective.dnd_refuse);
}

static void org_config__comes_back_as_it_was(void **state)
{
    (void)state;
    struct org_config org = {0};
    struct org_config back;
    CHECK_OK(
        setting_parse(org_setting_info(ORG_START_CONTACTS), "Team", &org.settings[ORG_START_CONTACTS], NULL));
    struct oim_buf buf;
    oim_buf_init(&buf, 1024);
    CHECK_OK(org_config_encode(&org, &buf));
    CHECK_OK(org_config_decode(oim_buf_slice(&buf), &back, NULL));
    CHECK_EQ(org_config_value(&back, ORG_START_CONTACTS)->uint, 1);
    CHECK(!back.settings[ORG_ENABLE_OFFLINE_IM].set);
    CHECK(org_config_value(&back, ORG_ENABLE_OFFLINE_IM)->boolean);
    for (size_t size = 0; size < buf.size; size++) {
        CHECK_STATUS(org_config_decode(oim_slice(buf.data, size), &back, NULL), OIM_ERR_PROTOCOL);
    }
    oim_buf_finish(&buf);
}

static void version_compare__orders_by_number_not_by_letter(void **state)
{
    (void)state;
    static const char *const ascending[] = {
        "nonsense",
        "0",
        "0.9",
        "0.9.1",
        "1.0",
        "1.2",
        "1.10",
        "1.10.2",
        "2",
        "10.0",
        "99999999999999999999.1",
    };
    for (int i = 0; i < (int)OIM_COUNT(ascending); i++) {
        for (int j = 0; j < (int)OIM_COUNT(ascending); j++) {
            CHECK_EQ(version_compare(ascending[i], ascending[j]), (i > j) - (i < j));
        }
    }
    CHECK_EQ(version_compare("1.0", "1"), 0);
    CHECK_EQ(version_compare("01.002", "1.2.0"), 0);
    CHECK_EQ(version_compare("", "x"), 0);
    CHECK_EQ(version_compare("1.", "0.1"), -1);
}

static void effective_rule__names_what_decides__in_the_order_of_precedence(void **state)
{
    (void)state;
    struct policy global = make("Global");
    const struct policy_choice choice = {.global = &global};
    struct effective effective = resolve(&choice, "");
    CHECK_TEXT(effective_rule(&effective), "default");
    set(&global, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    effective = resolve(&choice, "True");
    CHECK_TEXT(effective_rule(&effective), "EnableIMAutoArchiving");
    set(&global, SETTING_ENABLE_OFFLINE_IM, "True");
    effective = resolve(&choice, "True");
    CHECK_TEXT(effective_rule(&effective), "EnableOfflineIm");
    CHECK(effective.may_leave);
    effective = resolve(&choice, "False");
    CHECK_TEXT(effective_rule(&effective), "organisation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolve__prefers_own_then_team_then_site_then_global),
        cmocka_unit_test(resolve__takes_the_built_in_defaults__where_nothing_is_set),
        cmocka_unit_test(resolve__ignores_global__for_settings_a_granted_policy_leaves_unset),
        cmocka_unit_test(resolve__decides_who_may_leave__in_the_order_of_the_design),
        cmocka_unit_test(effective_value__says_where_it_comes_from),
        cmocka_unit_test(org_config__comes_back_as_it_was),
        cmocka_unit_test(version_compare__orders_by_number_not_by_letter),
        cmocka_unit_test(effective_rule__names_what_decides__in_the_order_of_precedence),
    };
    return cmocka_run_group_tests_name("policy/resolve", tests, NULL, NULL);
}
