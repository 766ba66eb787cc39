/* test_setting.c - settings as administrators write them, and what they are told when it makes no sense. */
#include "policy/setting.h"

#include <stdio.h>

#include "tests/support/check.h"

static struct setting_value_s parse(enum setting_id id, const char *text)
{
    struct setting_value_s value = {.set = true};
    struct oim_error err = {0};
    CHECK_OK_ERR(setting_parse(setting_info(id), text, &value, &err), &err);
    return value;
}

static void check_refused(enum setting_id id, const char *text, const char *sentence)
{
    struct setting_value_s value = {.uint = 77};
    struct oim_error err = {0};
    CHECK_STATUS(setting_parse(setting_info(id), text, &value, &err), OIM_ERR_USAGE);
    CHECK_TEXT(err.text, sentence);
    CHECK_EQ(value.uint, 77);
}

static void table__has_a_name_range_and_help__for_every_setting(void **state)
{
    (void)state;
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_info *info = setting_info((enum setting_id)id);
        CHECK(info->name != NULL && info->help != NULL && info->help_es != NULL && info->unit != NULL);
        CHECK(strlen(info->help) > 0 && strlen(info->help_es) > 0);
        CHECK((info->kind == SETTING_CHOICE) == (info->choices != NULL));
        CHECK_OK(setting_value_check(info, &info->built_in, NULL));
        enum setting_id found = SETTING_COUNT;
        CHECK_OK(setting_find(info->name, &found, NULL));
        CHECK_EQ(found, id);
    }
    for (int id = 0; id < ORG_SETTING_COUNT; id++) {
        const struct setting_info *info = org_setting_info((enum org_setting_id)id);
        CHECK_OK(setting_value_check(info, &info->built_in, NULL));
        enum org_setting_id found = ORG_SETTING_COUNT;
        CHECK_OK(org_setting_find(info->name, &found, NULL));
        CHECK_EQ(found, id);
    }
}

/* Goal: the defaults are DESIGN.md section 6's, so that changing one is noticed. */
static void table__has_the_defaults_of_the_design(void **state)
{
    (void)state;
    CHECK(setting_info(SETTING_ENABLE_IM_AUTO_ARCHIVING)->built_in.boolean);
    CHECK(!setting_info(SETTING_ENABLE_OFFLINE_IM)->built_in.set);
    CHECK(setting_info(SETTING_ACCEPT_OFFLINE_IM)->built_in.boolean);
    CHECK_EQ(setting_info(SETTING_OFFLINE_RETENTION_DAYS)->built_in.uint, 14);
    CHECK_EQ(setting_info(SETTING_OFFLINE_QUOTA_MESSAGES)->built_in.uint, 10000);
    CHECK_EQ(setting_info(SETTING_OFFLINE_QUOTA_BYTES)->built_in.uint, 67108864);
    CHECK_EQ(setting_info(SETTING_OFFLINE_SENDER_SHARE)->built_in.uint, 25);
    CHECK_TEXT(setting_info(SETTING_DND_ACTION)->choices[setting_info(SETTING_DND_ACTION)->built_in.uint],
               "Hold");
    CHECK(setting_info(SETTING_TELL_SENDER_DND)->built_in.boolean);
    CHECK(!setting_info(SETTING_MINIMUM_CLIENT_VERSION)->built_in.set);
    CHECK_EQ(setting_info(SETTING_IM_WARNING)->max, 256);
    CHECK(org_setting_info(ORG_ENABLE_OFFLINE_IM)->built_in.boolean);
    CHECK(!org_setting_info(ORG_HISTORY_FOLLOWS_ARCHIVING)->built_in.boolean);
    CHECK_EQ(org_setting_info(ORG_START_CONTACTS)->built_in.uint, 0);
}

static void parse__reads_booleans__in_every_usual_spelling(void **state)
{
    (void)state;
    static const char *const yes[] = {"True", "true", "$True", "$true", "TRUE", "yes", "on", "1"};
    static const char *const no[] = {"False", "false", "$False", "$FALSE", "no", "off", "0"};
    for (size_t i = 0; i < OIM_COUNT(yes); i++) {
        CHECK(parse(SETTING_ENABLE_OFFLINE_IM, yes[i]).boolean);
    }
    for (size_t i = 0; i < OIM_COUNT(no); i++) {
        struct setting_value_s value = parse(SETTING_ENABLE_OFFLINE_IM, no[i]);
        CHECK(value.set && !value.boolean);
    }
    check_refused(SETTING_ENABLE_OFFLINE_IM, "maybe",
                  "EnableOfflineIm is True or False ($Null: unset), not 'maybe'");
}

static void parse__unsets__on_null_and_nothing(void **state)
{
    (void)state;
    for (int id = 0; id < SETTING_COUNT; id++) {
        CHECK(!parse((enum setting_id)id, "").set);
        CHECK(!parse((enum setting_id)id, "$null").set);
    }
}

static void parse__reads_numbers__with_their_units(void **state)
{
    (void)state;
    CHECK_EQ(parse(SETTING_OFFLINE_RETENTION_DAYS, "14").uint, 14);
    CHECK_EQ(parse(SETTING_OFFLINE_RETENTION_DAYS, "14d").uint, 14);
    CHECK_EQ(parse(SETTING_OFFLINE_RETENTION_DAYS, "2 weeks").uint, 14);
    CHECK_EQ(parse(SETTING_OFFLINE_QUOTA_BYTES, "64MiB").uint, 67108864);
    CHECK_EQ(parse(SETTING_OFFLINE_QUOTA_BYTES, "1g").uint, 1073741824);
    CHECK_EQ(parse(SETTING_OFFLINE_SENDER_SHARE, "25%").uint, 25);
    CHECK_EQ(parse(SETTING_AUTO_DISCOVERY_RETRY_INTERVAL, "1h").uint, 3600);
    CHECK_EQ(parse(SETTING_AUTO_DISCOVERY_RETRY_INTERVAL, "00:00:30").uint, 30);
    CHECK_EQ(parse(SETTING_AUTO_DISCOVERY_RETRY_INTERVAL, "0:59:59").uint, 3599);
    CHECK_EQ(parse(SETTING_MAXIMUM_NUMBER_OF_CONTACTS, "0").uint, 0);
}

static void parse__refuses_numbers__saying_the_range(void **state)
{
    (void)state;
    check_refused(SETTING_OFFLINE_RETENTION_DAYS, "0",
                  "OfflineRetentionDays is a number from 1 to 365 days, not '0'");
    check_refused(SETTING_OFFLINE_RETENTION_DAYS, "14x",
                  "OfflineRetentionDays is a number from 1 to 365 days, not '14x'");
    check_refused(SETTING_OFFLINE_RETENTION_DAYS, "-1",
                  "OfflineRetentionDays is a number from 1 to 365 days, not '-1'");
    check_refused(SETTING_MAXIMUM_NUMBER_OF_CONTACTS, "1001",
                  "MaximumNumberOfContacts is a number from 0 to 1000, not '1001'");
    check_refused(SETTING_OFFLINE_SENDER_SHARE, "18446744073709551617",
                  "OfflineSenderShare is a number from 1 to 100 %, not '18446744073709551617'");
    check_refused(
        SETTING_OFFLINE_QUOTA_BYTES, "18446744073709551615g",
        "OfflineQuotaBytes is a number from 65536 to 68719476736 bytes, not '18446744073709551615g'");
}

static void parse__reads_choices_texts_and_versions(void **state)
{
    (void)state;
    CHECK_EQ(parse(SETTING_DND_ACTION, "refuse").uint, 1);
    check_refused(SETTING_DND_ACTION, "Drop", "DndAction is Hold or Refuse, not 'Drop'");
    CHECK_TEXT(parse(SETTING_IM_WARNING, "Be kind, ¡por favor!").text, "Be kind, ¡por favor!");
    check_refused(SETTING_IM_WARNING, "two\nlines",
                  "IMWarning is one line of text without control characters");
    check_refused(SETTING_IM_WARNING, "\xff", "IMWarning is one line of text without control characters");
    CHECK_TEXT(parse(SETTING_MINIMUM_CLIENT_VERSION, "1.10.2").text, "1.10.2");
    check_refused(SETTING_MINIMUM_CLIENT_VERSION, "1..2",
                  "MinimumClientVersion is a version such as 1.2, not '1..2'");
    char text[300];
    memset(text, 'x', sizeof(text));
    text[257] = '\0';
    check_refused(SETTING_IM_WARNING, text, "IMWarning holds at most 256 bytes; this text has 257");
    text[256] = '\0';
    CHECK_EQ(strlen(parse(SETTING_IM_WARNING, text).text), 256);
}

static void find__takes_beginnings__and_suggests_the_nearest(void **state)
{
    (void)state;
    enum setting_id id = SETTING_COUNT;
    struct oim_error err = {0};
    CHECK_OK(setting_find("enableimautoarchiving", &id, &err));
    CHECK_EQ(id, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    CHECK_OK(setting_find("EnableIMA", &id, &err));
    CHECK_EQ(id, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    CHECK_STATUS(setting_find("OfflineQuota", &id, &err), OIM_ERR_NOT_FOUND);
    CHECK_TEXT(
        err.text,
        "'OfflineQuota' is the beginning of several settings: OfflineQuotaMessages, OfflineQuotaBytes");
    CHECK_STATUS(setting_find("EnableIMAutoArchivng", &id, &err), OIM_ERR_NOT_FOUND);
    CHECK_TEXT(err.text,
               "there is no setting 'EnableIMAutoArchivng' in a policy; did you mean EnableIMAutoArchiving?");
    CHECK_EQ(id, SETTING_ENABLE_IM_AUTO_ARCHIVING);
    enum org_setting_id org = ORG_SETTING_COUNT;
    CHECK_STATUS(org_setting_find("zzz", &org, &err), OIM_ERR_NOT_FOUND);
    CHECK_TEXT(err.text,
               "there is no setting 'zzz' in the organisation's configuration; there are: EnableOfflineIm, "
               "HistoryFollowsArchiving, StartContacts");
}

/* A value for every setting: its default, or else something it can hold. */
static struct setting_value_s some_value(const struct setting_info *info)
{
    struct setting_value_s value = info->built_in;
    if (!value.set) {
        value.set = true;
        value.uint = info->kind == SETTING_UINT ? info->max : 0;
        const char *text = info->kind == SETTING_VERSION ? "1.2"
                           : info->kind == SETTING_TEXT  ? "a remark"
                                                         : "";
        snprintf(value.text, sizeof(value.text), "%s", text);
    }
    return value;
}

static void check_same(const struct setting_value_s *a, const struct setting_value_s *b)
{
    CHECK_EQ(a->set, b->set);
    CHECK_EQ(a->boolean, b->boolean);
    CHECK_EQ(a->uint, b->uint);
    CHECK_TEXT(a->text, b->text);
}

/* Goal: what Get prints, Set reads, for every setting; and the same over the wire. */
static void format__and_wire__come_back_as_they_were(void **state)
{
    (void)state;
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_info *info = setting_info((enum setting_id)id);
        struct setting_value_s value = some_value(info);
        char text[SETTING_TEXT_SIZE_MAX];
        setting_format(info, &value, text, sizeof(text));
        struct setting_value_s back = parse((enum setting_id)id, text);
        check_same(&back, &value);

        struct wire_setting wire = {0};
        setting_to_wire(info, &value, &wire);
        CHECK_TEXT(wire.name, info->name);
        CHECK_OK(setting_from_wire(info, &wire, &back, NULL));
        check_same(&back, &value);

        setting_to_wire(info, &(struct setting_value_s){.set = false}, &wire);
        CHECK_OK(setting_from_wire(info, &wire, &back, NULL));
        CHECK(!back.set);
    }
}

static void from_wire__refuses__values_of_another_kind_or_out_of_range(void **state)
{
    (void)state;
    const struct setting_info *days = setting_info(SETTING_OFFLINE_RETENTION_DAYS);
    struct wire_setting wire = {.name = days->name, .value = SETTING_VALUE_TEXT, .text = "14"};
    struct setting_value_s value = {.uint = 5};
    struct oim_error err = {0};
    CHECK_STATUS(setting_from_wire(days, &wire, &value, &err), OIM_ERR_USAGE);
    CHECK_TEXT(err.text, "OfflineRetentionDays came with a value of another kind");
    wire.value = SETTING_VALUE_UINT;
    wire.uint = 366;
    CHECK_STATUS(setting_from_wire(days, &wire, &value, &err), OIM_ERR_USAGE);
    CHECK_EQ(value.uint, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table__has_a_name_range_and_help__for_every_setting),
        cmocka_unit_test(table__has_the_defaults_of_the_design),
        cmocka_unit_test(parse__reads_booleans__in_every_usual_spelling),
        cmocka_unit_test(parse__unsets__on_null_and_nothing),
        cmocka_unit_test(parse__reads_numbers__with_their_units),
        cmocka_unit_test(parse__refuses_numbers__saying_the_range),
        cmocka_unit_test(parse__reads_choices_texts_and_versions),
        cmocka_unit_test(find__takes_beginnings__and_suggests_the_nearest),
        cmocka_unit_test(format__and_wire__come_back_as_they_were),
        cmocka_unit_test(from_wire__refuses__values_of_another_kind_or_out_of_range),
    };
    return cmocka_run_group_tests_name("policy/setting", tests, NULL, NULL);
}
