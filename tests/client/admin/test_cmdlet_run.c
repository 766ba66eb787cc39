/* test_cmdlet_run.c - what administrators type, and what becomes of it. */
#include "tests/client/admin/cmdlet_rig.h"

static void values__of_every_kind__reach_the_request(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran,
                 "Set-CsClientPolicy site:Sales -EnableOfflineIm:$Null -OfflineRetentionDays 30d "
                 "-DndAction refuse -IMWarning 'It''s \"on\" $record' -MinimumClientVersion \"1.2\" -WhatIf "
                 "-Description \"a `\"remark`\"\" -OfflineQuotaB 1MiB");
    const struct admin_op *op = &rig_step_of(&ran, ASKED, 0)->op;
    CHECK_TEXT(op->identity, "site:Sales");
    CHECK(op->dry_run);
    CHECK_EQ(op->setting_count, 7);
    rig_check_tri(&op->settings[0], "EnableOfflineIm", TRI_UNSET);
    CHECK_EQ(op->settings[1].uint, 30);
    CHECK_TEXT(op->settings[2].text, "Refuse");
    CHECK_TEXT(op->settings[3].text, "It's \"on\" $record");
    CHECK_TEXT(op->settings[4].text, "1.2");
    CHECK_TEXT(op->settings[5].text, "a \"remark\"");
    CHECK_EQ(op->settings[6].uint, 1048576);
}

static void identity__defaults_to_global__in_set_only(void **state)
{
    (void)state;
    struct rig ran;
    CHECK_TEXT(rig_only_op(&ran, "Set-CsClientPolicy -EnableOfflineIm $False")->identity, "Global");
    CHECK_TEXT(rig_only_op(&ran, "Get-CsClientPolicy")->identity, "");
    rig_check_refused("New-CsClientPolicy", "column 1: New-CsClientPolicy needs -Identity");
    rig_check_refused("New-CsClientPolicy Global",
                      "column 20: Global is always there; change it with Set-CsClientPolicy");
    rig_check_refused(
        "Set-CsClientPolicy Global",
        "column 1: Set-CsClientPolicy needs a setting to change, such as -EnableOfflineIm $False");
}

static void get__takes_an_identity_or_a_filter(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(&ran, "Get-CsClientPolicy tag:offlineim");
    CHECK_EQ(op->kind, ADMIN_POLICY_GET);
    CHECK_TEXT(op->identity, "Tag:offlineim");
    CHECK_TEXT(rig_only_op(&ran, "Get-CsClientPolicy -Filter \"tag:*\"")->filter, "tag:*");
    rig_check_refused("Get-CsClientPolicy -Filter x -Identity y",
                      "column 1: -Identity and -Filter exclude each other");
    rig_check_refused("Get-CsClientPolicy site:*",
                      "column 20: -Identity is one policy; for several: -Filter \"site:*\"");
}

static void grant__takes_people_teams_or_everybody(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran, "Grant-CsClientPolicy 'Tony Smith',bob tag:Polite -Group Sales");
    const struct admin_op *op = &rig_step_of(&ran, ASKED, 2)->op; /* after looking both up */
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[0], "tony");
    CHECK_TEXT(op->whos[1], "bob");
    CHECK_TEXT(op->policy, "Tag:Polite");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 3)->op.whos[0], "@Sales");
    CHECK_TEXT(rig_only_op(&ran, "Grant-CsClientPolicy bob $Null")->policy, "");
    CHECK(rig_only_op(&ran, "Grant-CsClientPolicy -PolicyName Polite -Global")->global);
    rig_run_well(&ran, "Grant-CsClientPolicy bob Polite -PassThru");
    CHECK(rig_step_of(&ran, PRINTED, 0) != NULL);
    rig_run_well(&ran, "Grant-CsClientPolicy bob Polite");
    CHECK(rig_step_of(&ran, PRINTED, 0) == NULL);
    rig_check_refused(
        "Grant-CsClientPolicy -PolicyName Polite",
        "column 1: Grant-CsClientPolicy needs -Identity, -Group or -Global: who gets the policy?");
    rig_check_refused("Grant-CsClientPolicy bob -PolicyName Polite -Global",
                      "column 1: -Global means everybody; leave -Identity and -Group out");
    rig_check_refused(
        "Grant-CsClientPolicy bob Global",
        "column 26: Policy \"Global\" is not a user policy. You can assign only a user policy to a specific "
        "user. To put somebody back under Global: -PolicyName $Null");
    rig_check_refused(
        "Grant-CsClientPolicy Tony Smith Polite",
        "column 33: 'Polite' is one value too many for Grant-CsClientPolicy; a name with blanks "
        "needs quotes");
}

static void remove__asks__when_in_use_and_not_forced(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(&ran, "Remove-CsClientPolicy OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_REMOVE);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK(!op->force && !op->dry_run);
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK(rig_only_op(&ran, "Remove-CsClientPolicy polite")->force);
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->name, "admin_remove_used");
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->text, "bob ");
    CHECK(rig_only_op(&ran, "Remove-CsClientPolicy Polite -Force")->force);
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK(rig_only_op(&ran, "Remove-CsClientPolicy Polite -Confirm:$False")->force);
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL);
    rig_run_well(&ran, "Remove-CsClientPolicy OfflineIM -cf");
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->name, "admin_confirm");
    rig_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session, "Remove-CsClientPolicy Polite", &ran.err), EXIT_REFUSED);
    CHECK(rig_step_of(&ran, ASKED, 0)->op.dry_run && rig_step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: nobody is given a policy because his name is like another's (USERS.md B9). */
static void grant__asks__for_patterns_and_ambiguous_names(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(&ran, "Grant-CsClientPolicy \"Sam Poe\" Polite");
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[1], "sam2");
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->name, "admin_grant_many");
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->text, "sam sam2 ");
    CHECK_EQ(rig_only_op(&ran, "Grant-CsClientPolicy sam Polite")->who_count, 1); /* a login is one */
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK_EQ(rig_only_op(&ran, "Grant-CsClientPolicy *s* Polite -Confirm:$False")->who_count, 4);
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL);
    rig_only_op(&ran, "Grant-CsClientPolicy T* Polite");
    CHECK_TEXT(rig_step_of(&ran, CONFIRMED, 0)->text, "tony ");
    rig_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session, "Grant-CsClientPolicy T* Polite", &ran.err), EXIT_REFUSED);
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
    rig_check_refused("Grant-CsClientPolicy X* Polite", "column 22: nobody's name is like 'X*'");
}

static void what_if__tries_and_names_whom_it_would_concern(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *people;
    } cases[] = {
        {"Set-CsClientPolicy Polite -EnableOfflineIm $False -WhatIf", "bob "},
        {"Remove-CsClientPolicy Polite -WhatIf", "bob "},
        {"Grant-CsClientPolicy *s* Polite -WhatIf", "tony sam sam2 "}, /* bob has it already */
        {"Grant-CsClientPolicy -Group IT -PolicyName Polite -WhatIf", "tony sam "},
        {"New-CsClientPolicy Loud -WhatIf", ""},
        {"New-CsClientPolicy site:Sales -WhatIf", "alice "}, /* bob has his own */
    };
    struct rig ran;
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        rig_run_well(&ran, cases[i].line);
        CHECK_TEXT(rig_step_of(&ran, TRIED, 0)->text, cases[i].people);
        for (size_t j = 0; j < ran.step_count; j++) {
            const struct rig_step *step = &ran.steps[j];
            CHECK(step->kind != ASKED || step->op.dry_run || step->op.kind == ADMIN_USER_LIST);
            CHECK(step->kind != CONFIRMED && step->kind != PRINTED);
        }
    }
}

static void im_configuration__is_one(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op =
        rig_only_op(&ran, "Set-CsImConfiguration -EnableOfflineIm $False -StartContacts team");
    CHECK_EQ(op->kind, ADMIN_IM_CONFIG);
    CHECK(op->set);
    rig_check_tri(&op->settings[0], "EnableOfflineIm", TRI_FALSE);
    CHECK_TEXT(op->settings[1].text, "Team");
    CHECK(!rig_only_op(&ran, "Get-CsImConfiguration -Identity global")->set);
    rig_check_refused(
        "Get-CsImConfiguration site:Sales",
        "column 23: there is one configuration, Global; for a team make a policy site:TEAM instead");
}

static void effective_and_user__name_a_person(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(&ran, "Get-CsEffectivePolicy \"Tony Smith\"");
    CHECK_EQ(op->kind, ADMIN_EFFECTIVE);
    CHECK_TEXT(op->who, "Tony Smith");
    CHECK_EQ(rig_only_op(&ran, "Get-CsUser")->kind, ADMIN_USER_LIST);
}

static void lines__are_separated_and_commented__as_in_powershell(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran, "# a comment\n\nGet-CsClientPolicy # all\r\n<# two\nlines #> Get-CsUser bob; "
                       "Set-CsClientPolicy `\n  -EnableOfflineIm True\nGet-CsUser |\n  measure\n");
    CHECK_EQ(rig_step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_GET);
    CHECK_EQ(rig_step_of(&ran, ASKED, 1)->op.kind, ADMIN_USER_LIST);
    CHECK_EQ(rig_step_of(&ran, ASKED, 2)->op.kind, ADMIN_POLICY_SET);
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 2)->text, "Count : 5\n");
    rig_run_well(&ran, " \n# nothing\n");
    CHECK_EQ(ran.step_count, 0);
}

static void failure__ends_the_run__and_names_its_line(void **state)
{
    (void)state;
    struct rig ran;
    CHECK_EQ(rig_run(&ran, "New-CsClientPolicy A\nSet-CsClientPolicy A -EnableOflineIm $True\nGet-CsUser\n"),
             EXIT_USAGE);
    CHECK_TEXT(ran.err.text,
               "line 2, column 22: Set-CsClientPolicy has no parameter -EnableOflineIm; did you "
               "mean -EnableOfflineIm?");
    CHECK(rig_step_of(&ran, ASKED, 0) != NULL && rig_step_of(&ran, ASKED, 1) == NULL);
    rig_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session,
                                "New-CsClientPolicy A\nRemove-CsClientPolicy Polite\nGet-CsUser", &ran.err),
             EXIT_REFUSED);
    CHECK_TEXT(ran.err.text, "");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 0)->text, "Stopped at line 2; nothing below it was run.");
}

/* Goal: what cannot be read at all does nothing, not half. */
static void brackets_and_quotes__that_do_not_close__do_nothing_at_all(void **state)
{
    (void)state;
    rig_check_refused("New-CsClientPolicy A\nGet-CsUser | Where-Object {$_.Team",
                      "line 2, column 27: this { has no }");
    rig_check_refused("New-CsClientPolicy A\nNew-CsClientPolicy \"B",
                      "line 2, column 20: this quote is not closed on its line");
}

static void errors__name_the_column_and_what_is_allowed(void **state)
{
    (void)state;
    rig_check_refused(
        "Set-CsClientPolicy -EnableIMAutoArchiving", /* in -c "..." */
        "column 20: -EnableIMAutoArchiving has no value, which is never True. Write for instance:\n"
        "  oimctl -c 'Set-CsClientPolicy -EnableIMAutoArchiving $False'\n"
        "(in double quotes your shell replaces $False before oimctl sees it)");
    rig_check_refused(
        "Set-CsClientPolicy -EnableIMAutoArchiving -Force",
        "column 20: -EnableIMAutoArchiving has no value, which is never True. Write for instance:\n"
        "  oimctl -c 'Set-CsClientPolicy -EnableIMAutoArchiving $False -Force'\n"
        "(in double quotes your shell replaces $False before oimctl sees it)");
    rig_check_refused("Set-CsClientPolicy -DndAction Drop",
                      "column 31: DndAction is Hold or Refuse, not 'Drop'");
    rig_check_refused(
        "Set-CsClientPolicy -OfflineQuota 5",
        "column 20: -OfflineQuota is the beginning of several parameters of Set-CsClientPolicy: "
        "OfflineQuotaMessages, OfflineQuotaBytes");
    rig_check_refused(
        "Set-CsClientPolicy -EnableOfflineIm $x",
        "column 37: $x has no value here; $True, $False and $Null are known, and what a line before has "
        "set");
    rig_check_refused("Set-CsClientPolicy -EnableOfflineIm $True -EnableOfflineIm $False",
                      "column 43: -EnableOfflineIm was given already");
    rig_check_refused("Get-CsUser -Identity a -Id b", "column 24: -Id was given already");
    rig_check_refused("Remove-CsClientPolicy x -Force -Force", "column 32: -Force was given already");
    rig_check_refused("Set-CsClientPolcy -EnableOfflineIm $True",
                      "column 1: there is no cmdlet Set-CsClientPolcy; did you mean Set-CsClientPolicy?");
    rig_check_refused("New-CsClientPolicy \"a:b\"", "column 20: the name of a policy may not hold ':'");
    rig_check_refused("New-CsClientPolicy \"abc", "column 20: this quote is not closed on its line");
    rig_check_refused("New-CsClientPolicy -Identity",
                      "column 20: -Identity has no value; write for instance:\n"
                      "  New-CsClientPolicy -Identity NAME");
    rig_check_refused("-Identity x",
                      "column 1: a line begins with a cmdlet, not with the parameter -Identity");
    rig_check_refused(
        "Set-CsClientPolicy -IMWarning \"cost $five\"",
        "column 31: $five has no value here; $True, $False and $Null are known, and what a line before "
        "has set");
    rig_check_refused("Remove-CsClientPolicy x -Force:maybe",
                      "column 32: -Force is $True or $False, not 'maybe'");
    rig_check_refused("Get-CsUser \xff", "column 12: this text is not valid UTF-8");
    rig_check_refused("Get-CsUser )",
                      "column 12: a value is missing in front of this sign, or the sign is one too many");
}

static void depth__is_bounded(void **state)
{
    (void)state;
    char text[4000];
    struct rig ran;
    memset(text, '(', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    CHECK_EQ(rig_run(&ran, text), EXIT_USAGE);
    CHECK_TEXT(ran.err.text, "column 33: at most 32 brackets may stand in one another");
}

static void unfinished__awaits_another_line(void **state)
{
    (void)state;
    struct rig ran;
    rig_init(&ran);
    static const char *const more[] = {
        "Get-CsUser | ? {$_.Team", "Get-CsUser |", "Get-CsUser `\n", "(Get-CsUser", "<# a", "'a',",
        "$_.X -eq 'a' -and"};
    static const char *const whole[] = {"", "Get-CsUser", "New-CsClientPolicy \"A", "Get-CsUser }",
                                        "Get-CsUser | ? {$_}"};
    for (size_t i = 0; i < OIM_COUNT(more); i++) {
        CHECK(cmdlet_is_unfinished(more[i], &ran.arena));
    }
    for (size_t i = 0; i < OIM_COUNT(whole); i++) {
        CHECK(!cmdlet_is_unfinished(whole[i], &ran.arena));
    }
}

static void prompts__are_left_out(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran, "PS C:\\Users\\ana> Get-CsUser |\n>> measure\nPS oim> Get-CsClientPolicy | measure");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 0)->text, "Count : 5\n");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 1)->text, "Count : 3\n");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 1)->text, "Left out the prompts (PS ...>).");
}

static void parameters_of_the_original__are_passed_over_with_a_word(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(
        &ran,
        "$x = New-CsClientPolicyEntry -Name OnlineFeedbackURL -Value 'https://x'\n"
        "Set-CsClientPolicy -Tenant 1234 -EnableTracing $True -EnableOfflineIm $True -PolicyEntry @{Add=$x}");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 0)->text, "-Tenant is not used here; ignored");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 1)->text, "-EnableTracing is not used here; ignored");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 2)->text, "-PolicyEntry is not used here; ignored");
    CHECK(rig_step_of(&ran, WARNED, 3) == NULL);
    CHECK_EQ(rig_step_of(&ran, ASKED, 0)->op.setting_count, 1);
    rig_run_well(&ran, "Set-CsClientPolicy -Identity Global -EnableTracing $True");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 0)->text, "-EnableTracing is not used here; ignored");
    CHECK(rig_step_of(&ran, ASKED, 0) == NULL);
}

static void any_beginning__of_any_line__is_answered(void **state)
{
    (void)state;
    static const char text[] = "<# c #> Set–CsClientPolicy -Identity “Tony`” Smith”,x -Force:$True {a{b}} `\n"
                               "> ```\n$x = Grant - CsClientPolicy 'it''s' | Get-Host # x\n=;-:,$";
    struct rig ran;
    for (size_t begin = 0; begin < sizeof(text); begin++) {
        for (size_t size = 0; begin + size < sizeof(text); size++) {
            char part[sizeof(text)];
            memcpy(part, text + begin, size);
            part[size] = '\0';
            if (rig_run(&ran, part) != EXIT_DONE) {
                CHECK(ran.err.text[0] != '\0');
            }
        }
    }
}

static void arena__too_small__is_said(void **state)
{
    (void)state;
    struct rig ran;
    bool fits = false;
    for (size_t size = 0; !fits; size += 64) {
        rig_init(&ran);
        oim_arena_init(&ran.arena, ran.memory, size);
        struct oim_buf room;
        oim_buf_init(&room, 16);
        int exit_code = cmdlet_session_run(&ran.session,
                                           "$x = 'a'; $y = \"$x b\"; Get-Host | select $y,$x -First 1 | "
                                           "? {$_.A -eq ($x)} | sort",
                                           &ran.err);
        fits = exit_code == EXIT_DONE;
        CHECK(fits || strstr(ran.err.text, "too long") != NULL);
        oim_buf_finish(&room);
    }
}

static void variables__too_many__are_refused_in_words(void **state)
{
    (void)state;
    struct rig ran;
    rig_init(&ran);
    int exit_code = EXIT_DONE;
    for (size_t i = 0; i < 1000 && exit_code == EXIT_DONE; i++) {
        exit_code = cmdlet_session_run(&ran.session, "$x = Get-CsUser", &ran.err);
        ran.step_count = 0;
        ran.record.used = 0;
    }
    CHECK_EQ(exit_code, EXIT_USAGE);
    CHECK_TEXT(ran.err.text, "column 1: there is no room for more in variables; begin a new session");
}

static void print__aligns_names_and_leaves_unset_blank(void **state)
{
    (void)state;
    static const struct admin_field first[] = {
        {"identity", "Tag:OfflineIM"}, {"enableimautoarchiving", "False"}, {"description", ""}};
    static const struct admin_field second[] = {{"identity", "Global"}, {"last_sign_in", "never\x1b[31m"}};
    static const struct cmdlet_object objects[] = {{OBJECT_POLICY, first, 3, NULL, false},
                                                   {OBJECT_POLICY, second, 2, NULL, false}};
    static const struct cmdlet_value items[] = {{"", &objects[0]}, {"", &objects[1]}};
    struct oim_buf out;
    oim_buf_init(&out, 4096);
    CHECK_OK(cmdlet_print(&out, (struct cmdlet_values){items, 2}, CMDLET_SHAPE_LIST));
    CHECK_OK(oim_buf_append(&out, "", 1));
    CHECK_TEXT((const char *)out.data, "Identity              : Tag:OfflineIM\n"
                                       "EnableIMAutoArchiving : False\n"
                                       "Description           :\n"
                                       "\n"
                                       "Identity   : Global\n"
                                       "LastSignIn : never\u241b[31m\n");
    oim_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values__of_every_kind__reach_the_request),
        cmocka_unit_test(identity__defaults_to_global__in_set_only),
        cmocka_unit_test(get__takes_an_identity_or_a_filter),
        cmocka_unit_test(grant__takes_people_teams_or_everybody),
        cmocka_unit_test(remove__asks__when_in_use_and_not_forced),
        cmocka_unit_test(grant__asks__for_patterns_and_ambiguous_names),
        cmocka_unit_test(what_if__tries_and_names_whom_it_would_concern),
        cmocka_unit_test(im_configuration__is_one),
        cmocka_unit_test(effective_and_user__name_a_person),
        cmocka_unit_test(lines__are_separated_and_commented__as_in_powershell),
        cmocka_unit_test(failure__ends_the_run__and_names_its_line),
        cmocka_unit_test(brackets_and_quotes__that_do_not_close__do_nothing_at_all),
        cmocka_unit_test(errors__name_the_column_and_what_is_allowed),
        cmocka_unit_test(depth__is_bounded),
        cmocka_unit_test(unfinished__awaits_another_line),
        cmocka_unit_test(prompts__are_left_out),
        cmocka_unit_test(parameters_of_the_original__are_passed_over_with_a_word),
        cmocka_unit_test(any_beginning__of_any_line__is_answered),
        cmocka_unit_test(arena__too_small__is_said),
        cmocka_unit_test(variables__too_many__are_refused_in_words),
        cmocka_unit_test(print__aligns_names_and_leaves_unset_blank),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_run", tests, NULL, NULL);
}
