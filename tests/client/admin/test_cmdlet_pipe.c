/* test_cmdlet_pipe.c - objects that go from cmdlet to cmdlet, and variables that keep them. */
#include <stdio.h>

#include "tests/client/admin/cmdlet_rig.h"

static void where__chooses__by_what_objects_have(void **state)
{
    (void)state;
    static const struct {
        const char *block;
        const char *logins;
    } cases[] = {
        {"$_.Team -eq 'sales'", "alice\nbob\n"},
        {"$_.team -ne \"Sales\" -and $_.Login -like 's*'", "sam\nsam2\n"},
        {"$_.Department -eq $Null", "sam2\n"},
        {"-not $_.Team", "sam2\n"},
        {"!($_.Team -eq 'IT') -and $_.DisplayName -notlike '*o*'", "alice\n"},
        {"$_.Login -match '^(bob|tony)$'", "bob\ntony\n"},
        {"$_.Login -notmatch 'o|s'", "alice\n"},
        {"$_.Login -gt 'bob' -and $_.Login -lt 'sam2'", "sam\ntony\n"},
        {"$_.Login -eq 'tony' -or $_.Login -eq 'bob' -and $_.Team -eq 'Sales'", "bob\n"}, /* from the left */
        {"$_.Login -eq 'tony' -or ($_.Login -eq 'bob' -and $_.Team -eq 'Sales')", "bob\ntony\n"},
        {"$True", "alice\nbob\ntony\nsam\nsam2\n"},
        {"$False", "(nothing)"},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        char line[200];
        struct rig ran;
        snprintf(line, sizeof(line), "Get-CsUser | Where-Object {%s} | Select -ExpandProperty Login",
                 cases[i].block);
        rig_run_well(&ran, line);
        const struct rig_step *printed = rig_step_of(&ran, PRINTED, 0);
        if (i == 7) { /* order is the server's */
            CHECK_TEXT(printed->text, "sam\n");
            continue;
        }
        CHECK_TEXT(printed != NULL ? printed->text : "(nothing)", cases[i].logins);
    }
}

static void numbers__compare_as_numbers(void **state)
{
    (void)state;
    rig_check_printed("Get-CsClientPolicy | ? {$_.IMWarning -eq 10.0} | select Identity",
                      "Identity : Tag:Quiet\n");
    rig_check_printed("10 -eq '10.0'", "True\n");
    rig_check_printed("'a10' -lt 'a9'", "True\n");
}

static void pipe__gives_objects_to_the_next_cmdlet(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(
        &ran, "Get-CsUser | Where-Object {$_.Team -eq \"IT\"} | Grant-CsClientPolicy -PolicyName Polite");
    CHECK_EQ(op->kind, ADMIN_GRANT);
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[0], "tony");
    CHECK_TEXT(op->whos[1], "sam");
    CHECK(rig_step_of(&ran, CONFIRMED, 0) == NULL); /* chosen, not guessed */
    rig_run_well(&ran,
                 "Get-CsClientPolicy | ? {$_.Identity -like 'Tag:*'} | Set-CsClientPolicy -IMWarning Hm");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 1)->op.identity, "Tag:Polite");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.identity, "Tag:Quiet");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.settings[0].text, "Hm");
    rig_run_well(&ran, "'alice','bob' | Grant-CsClientPolicy -PolicyName $Null");
    CHECK_EQ(rig_step_of(&ran, ASKED, 2)->op.who_count, 2);
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.policy, "");
    rig_run_well(&ran, "Get-CsUser tony | Get-CsEffectivePolicy | select Identity, ClientPolicy, IMWarning");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 0)->text,
               "Identity     : tony\nClientPolicy : Global\nIMWarning    : x  (default)\n");
    /* Nothing in front of the pipe is nothing to do: never everybody, never Global. */
    rig_run_well(&ran, "Get-CsUser x* | Grant-CsClientPolicy -PolicyName Polite");
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
    rig_run_well(&ran, "Get-CsClientPolicy | ? {$False} | Set-CsClientPolicy -EnableOfflineIm $False");
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: who is not named whole is not mistaken for another, nor for several (USERS.md B9). */
static void user__is_one__unless_a_pattern_says_several(void **state)
{
    (void)state;
    struct rig ran;
    rig_check_printed("(Get-CsUser sam).Login", "sam\n"); /* though sam2 begins so too */
    rig_check_printed("(Get-CsUser 'tony smith').Login", "tony\n");
    rig_check_printed("(Get-CsUser sa*).Login", "sam\nsam2\n");
    CHECK_EQ(rig_run(&ran, "Get-CsUser sa | Grant-CsClientPolicy -PolicyName Polite"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(ran.err.text,
               "column 12: 'sa' may be any of 2 people: sam, sam2; say which by login, or write "
               "\"sa*\" for all");
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
    CHECK_EQ(rig_run(&ran, "Get-CsUser nobody | Grant-CsClientPolicy -PolicyName Polite"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(ran.err.text, "column 12: nobody here is called 'nobody'");
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: more people, and teams, than the server takes in one transaction are granted all the same. */
static void grant__goes_in_parts__for_many_people(void **state)
{
    (void)state;
    struct rig ran;
    char text[1000] = "";
    for (int i = 0; i < 30; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s'%s%d'", i > 0 ? "," : "",
                 i % 13 == 12 ? "@team" : "login", i);
    }
    strcat(text, " | Grant-CsClientPolicy -PolicyName Polite -PassThru");
    rig_run_well(&ran, text);
    size_t count = 0;
    for (size_t i = 0; i < ran.step_count; i++) {
        const struct admin_op *op = &ran.steps[i].op;
        for (size_t j = 0; ran.steps[i].kind == ASKED && op->kind == ADMIN_GRANT && j < op->who_count; j++) {
            char name[32];
            bool team = count % 13 == 12;
            snprintf(name, sizeof(name), "%s%zu", team ? "@team" : "login", count++);
            CHECK_TEXT(op->whos[j], name);
            CHECK(op->who_count <= (team ? 1 : 12));
        }
    }
    CHECK_EQ(count, 30);
    CHECK(rig_step_of(&ran, PRINTED, 0) != NULL && rig_step_of(&ran, PRINTED, 1) == NULL);
}

static void for_each__runs_its_block_for_each(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran, "Get-CsUser | % { Grant-CsClientPolicy -Identity $_.Login -PolicyName 'Polite' }");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.whos[0], "alice");
    CHECK_EQ(rig_step_of(&ran, ASKED, 2)->op.kind, ADMIN_GRANT);
    rig_check_printed("Get-CsUser s* | ForEach-Object {\"$($_.Login) of $($_.Team)\"; 'next'}",
                      "sam of IT\nnext\nsam2 of \nnext\n");
}

static void select_sort_and_measure(void **state)
{
    (void)state;
    rig_check_printed("Get-CsUser | select Login -First 1", "Login : alice\n");
    rig_check_printed("Get-CsUser | sort Login -Descending | select -Last 1 -ExpandProperty DisplayName",
                      "Alice Ng\n");
    rig_check_printed("Get-CsUser | Sort-Object Team, Login | % {$_.Login}", "sam2\nsam\ntony\nalice\nbob\n");
    rig_check_printed("Get-CsUser | Measure-Object", "Count : 5\n");
    rig_check_printed("(Get-CsUser).Count", "5\n");
    rig_check_printed("Get-CsClientPolicy Quiet | fl Identity,Enable*", "Identity        : Tag:Quiet\n"
                                                                        "EnableOfflineIm : True\n");
    rig_check_printed("Get-CsUser al | ft Login,Display", "Login  Display\nalice  Alice Ng\n");
    rig_check_printed("Get-CsClientPolicy Quiet", "Identity        : Tag:Quiet\nPolicyEntry     : {}\n"
                                                  "EnableOfflineIm : True\nIMWarning       : 10\n");
}

static void variables__keep_what_lines_give(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran,
                 "$who = Get-CsUser tony\n$name = 'Polite'\n$who | Grant-CsClientPolicy -PolicyName $name\n"
                 "\"$name for $who\"; 'not $name'; \"`$name\"; $Who.DisplayName");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 1)->op.policy, "Tag:Polite");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 1)->op.whos[0], "tony");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 0)->text, "Polite for tony\n");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 1)->text, "not $name\n");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 2)->text, "$name\n");
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 3)->text, "Tony Smith\n");
    rig_check_refused("$True = 'x'", "column 1: $True cannot be changed");
    rig_check_refused("$_", "column 1: $_ has a value only within { } behind a pipe");
    rig_check_refused("$x.Y = 'z'",
                      "column 1: $x is not an object; set it first, as in $x = Get-CsClientPolicy NAME");
}

/* Goal: an object made or changed here reaches the server as a whole by Set -Instance. */
static void instance__brings_its_name_and_settings(void **state)
{
    (void)state;
    struct rig ran;
    rig_run_well(&ran, "$p = New-CsClientPolicy Loud -InMemory -EnableOfflineIm $True\n$p.IMWarning = 'Hey'\n"
                       "Set-CsClientPolicy -Instance $p");
    const struct admin_op *op = &rig_step_of(&ran, ASKED, 0)->op;
    CHECK_EQ(op->kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(op->identity, "Tag:Loud");
    CHECK_EQ(op->setting_count, 2);
    rig_check_tri(&op->settings[0], "EnableOfflineIm", TRI_TRUE);
    CHECK_TEXT(op->settings[1].text, "Hey");
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
    rig_run_well(&ran,
                 "$p = Get-CsClientPolicy Quiet\n$p.IMWarning = $Null\nSet-CsClientPolicy -Instance $p");
    op = &rig_step_of(&ran, ASKED, 1)->op;
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_EQ(op->setting_count, 2);
    CHECK_EQ(op->settings[1].value, SETTING_VALUE_UNSET);
    rig_check_refused(
        "Set-CsClientPolicy -Instance 'x'",
        "column 30: -Instance takes the object that Get-CsClientPolicy or New-CsClientPolicy -InMemory "
        "gives");
}

static void pipelines__refuse_in_words__what_they_cannot(void **state)
{
    (void)state;
    rig_check_refused("Get-CsUser | ? {$_.Deparment -eq 'x'}",
                      "column 17: there is no property Deparment; there are: "
                      "Login, Display, Team, Policy, Via");
    rig_check_refused("Get-CsUser | ? {$_.Logn -eq 'x'}",
                      "column 17: there is no property Logn; did you mean Login?");
    rig_check_refused(
        "Get-CsUser | ? {$_.Team -is 'x'}",
        "column 25: -is does not compare anything; there are: eq, ne, gt, ge, lt, le, like, match, "
        "notlike, notmatch, and, or");
    rig_check_refused("Get-CsUser | ? Team",
                      "column 16: Where-Object takes a block, such as {$_.Team -eq \"Sales\"}");
    rig_check_refused("Get-CsUser | select -First x", "column 28: -First takes a number, not 'x'");
    rig_check_refused("Get-CsUser | ? {$_.Team -match '('}",
                      "column 25: '(' is no pattern: Unmatched ( or \\(");
    rig_check_refused("Get-CsUser |", "column 13: a cmdlet such as Set-CsClientPolicy is missing here");
    rig_check_refused("}", "column 1: this } has no {");
    rig_check_refused("Get-CsUser {x}",
                      "column 12: a { block } is no value; Where-Object and ForEach-Object take it");
}

/* Goal: brackets within brackets end in a sentence, never in a stack that is too deep. */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where__chooses__by_what_objects_have),
        cmocka_unit_test(numbers__compare_as_numbers),
        cmocka_unit_test(pipe__gives_objects_to_the_next_cmdlet),
        cmocka_unit_test(user__is_one__unless_a_pattern_says_several),
        cmocka_unit_test(grant__goes_in_parts__for_many_people),
        cmocka_unit_test(for_each__runs_its_block_for_each),
        cmocka_unit_test(select_sort_and_measure),
        cmocka_unit_test(variables__keep_what_lines_give),
        cmocka_unit_test(instance__brings_its_name_and_settings),
        cmocka_unit_test(pipelines__refuse_in_words__what_they_cannot),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_pipe", tests, NULL, NULL);
}
