/* test_advice.c - what is said when a policy does not do what its name suggests. */
#include "policy/advice.h"

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

static void check_only(const struct policy *policy, const struct policy *global, const struct org_config *org,
                       enum advice_kind kind, enum setting_id setting)
{
    struct advice advice[ADVICE_COUNT_MAX];
    CHECK_EQ(advise(policy, global, org, advice), 1);
    CHECK_EQ(advice[0].kind, kind);
    CHECK_EQ(advice[0].setting, setting);
}

static void check_none(const struct policy *policy, const struct policy *global, const struct org_config *org)
{
    struct advice advice[ADVICE_COUNT_MAX];
    CHECK_EQ(advise(policy, global, org, advice), 0);
}

/* Goal: USERS.md B3: Global says off, a fresh policy that only warns switches it on again. */
static void advise__says_it__when_a_fresh_policy_switches_on_again(void **state)
{
    (void)state;
    const struct org_config org = {0};
    struct policy global = make("Global");
    struct policy polite = make("Polite");
    set(&polite, SETTING_IM_WARNING, "Be polite");
    check_none(&polite, &global, &org);
    set(&global, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    check_only(&polite, &global, &org, ADVICE_SWITCHED_ON, SETTING_ENABLE_OFFLINE_IM);
    CHECK_TEXT(advice_code(ADVICE_SWITCHED_ON), "note_switched_on");
    set(&polite, SETTING_ENABLE_OFFLINE_IM, "True"); /* said out loud: meant */
    check_none(&polite, &global, &org);
    set(&polite, SETTING_ENABLE_OFFLINE_IM, "False");
    check_none(&polite, &global, &org);
    check_none(&global, &global, &org);
}

static void advise__says_it__when_people_accept_again(void **state)
{
    (void)state;
    const struct org_config org = {0};
    struct policy global = make("Global");
    struct policy other = make("Other");
    set(&global, SETTING_ACCEPT_OFFLINE_IM, "False");
    check_only(&other, &global, &org, ADVICE_ACCEPTED_AGAIN, SETTING_ACCEPT_OFFLINE_IM);
    set(&other, SETTING_ACCEPT_OFFLINE_IM, "True");
    check_none(&other, &global, &org);
}

static void advise__names_every_setting_of_global__that_does_not_reach(void **state)
{
    (void)state;
    const struct org_config org = {0};
    struct policy global = make("Global");
    struct policy other = make("Other");
    set(&global, SETTING_DESCRIPTION, "everybody");
    set(&global, SETTING_TELL_SENDER_DND, "True"); /* the default anyway */
    check_none(&other, &global, &org);
    set(&global, SETTING_OFFLINE_RETENTION_DAYS, "30");
    check_only(&other, &global, &org, ADVICE_UNSET_HERE, SETTING_OFFLINE_RETENTION_DAYS);
    set(&other, SETTING_OFFLINE_RETENTION_DAYS, "7");
    check_none(&other, &global, &org);
}

static void advise__says_which_switch_decides(void **state)
{
    (void)state;
    struct org_config org = {0};
    struct policy policy = make("Mixed");
    struct policy global = make("Global");
    set(&policy, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    check_none(&policy, &global, &org);
    set(&policy, SETTING_ENABLE_OFFLINE_IM, "True");
    check_only(&policy, &global, &org, ADVICE_OVERRIDDEN, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    set(&policy, SETTING_ENABLE_IM_AUTO_ARCHIVING, "True");
    check_none(&policy, &global, &org);
    CHECK_OK(setting_parse(org_setting_info(ORG_ENABLE_OFFLINE_IM), "False",
                           &org.settings[ORG_ENABLE_OFFLINE_IM], NULL));
    check_only(&policy, &global, &org, ADVICE_ORGANISATION_OFF, SETTING_ENABLE_OFFLINE_IM);
}

static void advise__says_that_history_stops__only_where_it_does(void **state)
{
    (void)state;
    struct org_config org = {0};
    struct policy global = make("Global");
    set(&global, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    check_none(&global, &global, &org);
    CHECK_OK(setting_parse(org_setting_info(ORG_HISTORY_FOLLOWS_ARCHIVING), "True",
                           &org.settings[ORG_HISTORY_FOLLOWS_ARCHIVING], NULL));
    check_only(&global, &global, &org, ADVICE_HISTORY_STOPS, SETTING_ENABLE_IM_AUTO_ARCHIVING);
}

/*
 * Goal:   whoever gets a policy of their own hears what their team's policy no longer does for them.
 * Method: what is said out loud is meant and brings no word; what is left unset brings one each.
 */
static void advise_instead__says_it__when_silence_undoes_what_governed_until_now(void **state)
{
    (void)state;
    struct policy before = make("site:Sales");
    struct policy granted = make("Polite");
    struct advice advice[ADVICE_COUNT_MAX];
    CHECK_EQ(advise_instead(&granted, &before, advice), 0);
    set(&before, SETTING_ENABLE_IM_AUTO_ARCHIVING, "False");
    set(&before, SETTING_ACCEPT_OFFLINE_IM, "False");
    set(&before, SETTING_IM_WARNING, "Calls are recorded");
    set(&before, SETTING_DESCRIPTION, "of Sales");
    CHECK_EQ(advise_instead(&granted, &before, advice), 3);
    CHECK_TEXT(advice_code(advice[0].kind), "note_undoes_off");
    CHECK_TEXT(advice_code(advice[1].kind), "note_undoes_refusal");
    CHECK_TEXT(advice_code(advice[2].kind), "note_undoes_setting");
    CHECK_EQ(advice[2].setting, SETTING_IM_WARNING);
    set(&granted, SETTING_ENABLE_OFFLINE_IM, "True");
    set(&granted, SETTING_ACCEPT_OFFLINE_IM, "True");
    set(&granted, SETTING_IM_WARNING, "Be polite");
    CHECK_EQ(advise_instead(&granted, &before, advice), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advise__says_it__when_a_fresh_policy_switches_on_again),
        cmocka_unit_test(advise__says_it__when_people_accept_again),
        cmocka_unit_test(advise__names_every_setting_of_global__that_does_not_reach),
        cmocka_unit_test(advise__says_which_switch_decides),
        cmocka_unit_test(advise__says_that_history_stops__only_where_it_does),
        cmocka_unit_test(advise_instead__says_it__when_silence_undoes_what_governed_until_now),
    };
    return cmocka_run_group_tests_name("policy/advice", tests, NULL, NULL);
}
