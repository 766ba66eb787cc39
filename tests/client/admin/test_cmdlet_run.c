/* test_cmdlet_run.c - what administrators type, and what becomes of it. */
#include "client/admin/cmdlet_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/check.h"

/* Lines as one text, their program, and what was wrong with them. */
struct compiled {
    uint8_t memory[64 * 1024];
    struct oim_arena arena;
    struct cmdlet_program program;
    struct oim_error err;
};

static enum oim_status compile(struct compiled *compiled, const char *text)
{
    oim_arena_init(&compiled->arena, compiled->memory, sizeof(compiled->memory));
    compiled->program = (struct cmdlet_program){.first = NULL};
    compiled->err = (struct oim_error){.status = OIM_OK};
    return cmdlet_compile_text(text, &compiled->arena, &compiled->program, &compiled->err);
}

/* The only step of a text that is understood. */
static const struct cmdlet_step *only_step(struct compiled *compiled, const char *text)
{
    CHECK_OK_ERR(compile(compiled, text), &compiled->err);
    CHECK_EQ(compiled->program.step_count, 1);
    return compiled->program.first;
}

static const struct admin_op *only_op(struct compiled *compiled, const char *text)
{
    const struct cmdlet_step *step = only_step(compiled, text);
    CHECK_EQ(step->kind, CMDLET_STEP_OP);
    return &step->op;
}

static void check_refused(const char *text, const char *sentence)
{
    struct compiled compiled;
    CHECK_STATUS(compile(&compiled, text), OIM_ERR_USAGE);
    CHECK_TEXT(compiled.err.text, sentence);
    CHECK(compiled.program.first == NULL);
}

static void check_tri(const struct wire_setting *setting, const char *name, enum tri value)
{
    CHECK_TEXT(setting->name, name);
    CHECK_EQ(setting->value, value == TRI_UNSET ? SETTING_VALUE_UNSET : SETTING_VALUE_TRI);
    CHECK_EQ(setting->tri, value);
}

/* ---- the seed's page
 * ------------------------------------------------------------------------------------------- */

static void seed__turns_offline_messages_off__for_everybody(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op =
        only_op(&compiled, "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Global");
    CHECK_EQ(op->setting_count, 1);
    check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
    CHECK(!op->dry_run);
}

static void seed__makes_a_policy_and_sets_it(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op = only_op(&compiled, "New-CsClientPolicy -Identity OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK_EQ(op->setting_count, 0);
    op = only_op(&compiled, "Set-CsClientPolicy -Identity OfflineIM -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
}

static void seed__grants__by_the_corrected_line_only(void **state)
{
    (void)state;
    struct compiled compiled;
    check_refused("Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM",
                  "column 1: there is a blank too many beside a hyphen. Nothing was done. This was meant:\n"
                  "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    const struct admin_op *op =
        only_op(&compiled, "Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    CHECK_EQ(op->kind, ADMIN_GRANT);
    CHECK_EQ(op->who_count, 1);
    CHECK_TEXT(op->whos[0], "Tony Smith");
    CHECK_TEXT(op->policy, "Tag:OfflineIM");
    CHECK(!op->global);
}

static void seed__session_lines__are_answered_in_words(void **state)
{
    (void)state;
    static const char page[] =
        "Import-Module \"C:\\\\Program Files\\\\Common Files\\\\SkypeOnlineConnector.psd1\"\n"
        "$credential = Get-Credential\n"
        "$session = New-CsOnlineSession -Credential $credential\n"
        "Import-PSSession $session\n"
        "Get-Host\n";
    static const struct {
        enum cmdlet_step_kind kind;
        const char *say;
    } expected[] = {
        {CMDLET_STEP_SAY, "Nothing to import; the cmdlets are built in."},
        {CMDLET_STEP_SAY, "oim needs no password: this computer's key signs you in."},
        {CMDLET_STEP_CONNECT, NULL},
        {CMDLET_STEP_SAY, "Nothing to import; the cmdlets are built in."},
        {CMDLET_STEP_SAY, "No PowerShell is needed; its cmdlets for client policies are built in."},
    };
    struct compiled compiled;
    CHECK_OK_ERR(compile(&compiled, page), &compiled.err);
    CHECK_EQ(compiled.program.step_count, OIM_COUNT(expected));
    const struct cmdlet_step *step = compiled.program.first;
    for (size_t i = 0; i < OIM_COUNT(expected); i++, step = step->next) {
        CHECK_EQ(step->kind, expected[i].kind);
        CHECK_TEXT(step->say, expected[i].say);
    }
}

/* Goal: the page pasted as it stands on the web: quoting marks, fences, curly quotes, dashes, hard blanks. */
static void seed__pasted_from_a_page__is_mended_and_said(void **state)
{
    (void)state;
    static const char page[] = "> \n"
                               "  ```powershell\n"
                               "> New\xe2\x80\x93"
                               "CsClientPolicy \xe2\x80\x93Identity\xc2\xa0OfflineIM\n"
                               "  ```\n"
                               "Grant-CsClientPolicy -Identity \xe2\x80\x9cTony\xc2\xa0Smith\xe2\x80\x9d "
                               "-PolicyName \xe2\x80\x98OfflineIM\xe2\x80\x99";
    struct compiled compiled;
    CHECK_OK_ERR(compile(&compiled, page), &compiled.err);
    CHECK_EQ(compiled.program.step_count, 6);
    const struct cmdlet_step *step = compiled.program.first;
    CHECK_TEXT(step->say, "Read non-breaking spaces as spaces.");
    CHECK_TEXT(step->next->say, "Read dashes as hyphens.");
    CHECK_TEXT(step->next->next->say, "Read curly quotes as straight ones.");
    CHECK_TEXT(step->next->next->next->say, "Left out the marks of a pasted page (> and ```).");
    step = step->next->next->next->next;
    CHECK_EQ(step->op.kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(step->op.identity, "Tag:OfflineIM");
    CHECK_TEXT(step->next->op.whos[0], "Tony Smith");
    CHECK_TEXT(step->next->op.policy, "Tag:OfflineIM");
}

/* ---- through a shell
 * ------------------------------------------------------------------------------------------- */

/* The words that a real bash hands to a program for this command line; returns how many. */
static size_t words_through_bash(const char *line, char *memory, size_t memory_size, const char **words,
                                 size_t word_count_max)
{
    char command[1024];
    snprintf(command, sizeof(command), "bash -c 'words() { printf \"%%s\\0\" \"$@\"; }; words %s'", line);
    FILE *pipe = popen(command, "r");
    CHECK(pipe != NULL);
    size_t size = fread(memory, 1, memory_size, pipe);
    CHECK_EQ(pclose(pipe), 0);
    size_t count = 0;
    for (size_t begin = 0; begin < size; begin += strlen(memory + begin) + 1) {
        CHECK(count < word_count_max);
        words[count++] = memory + begin;
    }
    return count;
}

static enum oim_status compile_through_bash(struct compiled *compiled, const char *line)
{
    char memory[1024];
    const char *words[32];
    size_t count = words_through_bash(line, memory, sizeof(memory), words, OIM_COUNT(words));
    CHECK(cmdlet_is_line(words, count));
    oim_arena_init(&compiled->arena, compiled->memory, sizeof(compiled->memory));
    compiled->program = (struct cmdlet_program){.first = NULL};
    enum oim_status status =
        cmdlet_compile_words(words, count, &compiled->arena, &compiled->program, &compiled->err);
    for (const struct cmdlet_step *step = compiled->program.first; step != NULL; step = step->next) {
        CHECK(step->kind != CMDLET_STEP_OP || step->op.identity != NULL);
    }
    return status;
}

/* Goal: the seed's line, typed after oimctl in a shell, must not turn on what it says to turn off (USERS.md
 * B1). */
static void bash__eats_false__and_the_line_is_refused_in_words(void **state)
{
    (void)state;
    struct compiled compiled;
    CHECK_STATUS(
        compile_through_bash(&compiled, "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False"),
        OIM_ERR_USAGE);
    CHECK_TEXT(compiled.err.text,
               "column 37: -EnableIMAutoArchiving has no value. Your shell replaced $False before oimctl saw "
               "it. Any of "
               "these works:\n"
               "  oimctl -c 'Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False'\n"
               "  oimctl Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving False");
    CHECK_STATUS(compile_through_bash(&compiled, "Set-CsClientPolicy -EnableIMAutoArchiving:$False -Force"),
                 OIM_ERR_USAGE);
    CHECK(strstr(compiled.err.text, "-EnableIMAutoArchiving:$False -Force'") != NULL);
    CHECK_STATUS(compile_through_bash(&compiled, "Grant-CsClientPolicy bob -PolicyName $Null"),
                 OIM_ERR_USAGE);
    CHECK(strstr(compiled.err.text, "Your shell replaced $Null") != NULL);
}

static void bash__passes_the_working_forms(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving False",
        "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving \\$False",
        "Set-CsClientPolicy Global -EnableIMAutoArchiving:False",
        "\"Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving \\$False\"",
        "set-csclientpolicy -id global -enableima false",
        "New-CsClientPolicy -Identity OfflineIM",
        "Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM",
        "Import-PSSession $session",
        "$credential = Get-Credential",
        "$session = New-CsOnlineSession -Credential $credential",
    };
    struct compiled compiled;
    for (size_t i = 0; i < OIM_COUNT(lines); i++) {
        CHECK_OK_ERR(compile_through_bash(&compiled, lines[i]), &compiled.err);
        CHECK_EQ(compiled.program.step_count, 1);
    }
    CHECK_STATUS(compile_through_bash(
                     &compiled, "Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM"),
                 OIM_ERR_USAGE);
    CHECK(strstr(compiled.err.text,
                 "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM") != NULL);
    CHECK_STATUS(compile_through_bash(&compiled, "Get-CsUser \\| Where-Object {Department}"), OIM_ERR_USAGE);
}

static void is_line__tells_cmdlets_from_commands(void **state)
{
    (void)state;
    static const struct {
        const char *words[2];
        bool expected;
    } cases[] = {
        {{"Set-CsClientPolicy", "-Identity"}, true},
        {{"grant", "-CsClientPolicy"}, true},
        {{"$x", "="}, true},
        {{"Get-Host; New-X", "x"}, true},
        {{"policy", "get"}, false},
        {{"get", "x"}, false},
        {{"status", "-c"}, false},
        {{"user", "set"}, false},
        {{"new", "-x"}, true},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        CHECK_EQ(cmdlet_is_line(cases[i].words, 2), cases[i].expected);
    }
    CHECK(!cmdlet_is_line(NULL, 0));
}

/* ---- the rest of the dialect
 * ----------------------------------------------------------------------------------- */

static void values__of_every_kind__reach_the_request(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op =
        only_op(&compiled,
                "Set-CsClientPolicy site:Sales -EnableOfflineIm:$Null -OfflineRetentionDays 30d "
                "-DndAction refuse -IMWarning 'It''s \"on\" $record' -MinimumClientVersion \"1.2\" -WhatIf "
                "-Description \"a `\"remark`\"\" -OfflineQuotaB 1MiB");
    CHECK_TEXT(op->identity, "site:Sales");
    CHECK(op->dry_run);
    CHECK_EQ(op->setting_count, 7);
    check_tri(&op->settings[0], "EnableOfflineIm", TRI_UNSET);
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
    struct compiled compiled;
    CHECK_TEXT(only_op(&compiled, "Set-CsClientPolicy -EnableOfflineIm $False")->identity, "Global");
    CHECK_TEXT(only_op(&compiled, "Get-CsClientPolicy")->identity, "");
    check_refused("New-CsClientPolicy", "column 1: New-CsClientPolicy needs -Identity");
    check_refused("New-CsClientPolicy Global",
                  "column 20: Global is always there; change it with Set-CsClientPolicy");
    check_refused("Set-CsClientPolicy Global",
                  "column 1: Set-CsClientPolicy needs a setting to change, such as -EnableOfflineIm $False");
}

static void get__takes_an_identity_or_a_filter(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct cmdlet_step *step = only_step(&compiled, "Get-CsClientPolicy tag:offlineim");
    CHECK_EQ(step->op.kind, ADMIN_POLICY_GET);
    CHECK_TEXT(step->op.identity, "Tag:offlineim");
    CHECK(step->rows_wanted);
    CHECK_TEXT(only_op(&compiled, "Get-CsClientPolicy -Filter \"tag:*\"")->filter, "tag:*");
    check_refused("Get-CsClientPolicy -Filter x -Identity y",
                  "column 1: -Identity and -Filter exclude each other");
    check_refused("Get-CsClientPolicy site:*",
                  "column 20: -Identity is one policy; for several: -Filter \"site:*\"");
}

static void grant__takes_people_teams_or_everybody(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op =
        only_op(&compiled, "Grant-CsClientPolicy 'Tony Smith',bob tag:Polite -Group Sales");
    CHECK_EQ(op->who_count, 3);
    CHECK_TEXT(op->whos[0], "Tony Smith");
    CHECK_TEXT(op->whos[1], "bob");
    CHECK_TEXT(op->whos[2], "@Sales");
    CHECK_TEXT(op->policy, "Tag:Polite");
    CHECK_TEXT(only_op(&compiled, "Grant-CsClientPolicy bob $Null")->policy, "");
    CHECK(only_op(&compiled, "Grant-CsClientPolicy -PolicyName Polite -Global")->global);
    CHECK(only_step(&compiled, "Grant-CsClientPolicy bob Polite -PassThru")->rows_wanted);
    CHECK(!only_step(&compiled, "Grant-CsClientPolicy bob Polite")->rows_wanted);
    check_refused("Grant-CsClientPolicy -PolicyName Polite",
                  "column 1: Grant-CsClientPolicy needs -Identity, -Group or -Global: who gets the policy?");
    check_refused("Grant-CsClientPolicy bob -PolicyName Polite -Global",
                  "column 1: -Global means everybody; leave -Identity and -Group out");
    check_refused(
        "Grant-CsClientPolicy bob Global",
        "column 26: Policy \"Global\" is not a user policy. You can assign only a user policy to a specific "
        "user. To put somebody back under Global: -PolicyName $Null");
    check_refused(
        "Grant-CsClientPolicy T* Polite",
        "column 22: 'T*' stands for many people; write them out, with commas, or name a team: -Group TEAM");
    check_refused("Grant-CsClientPolicy Tony Smith Polite",
                  "column 33: 'Polite' is one value too many for Grant-CsClientPolicy; a name with blanks "
                  "needs quotes");
}

static void remove__asks__unless_forced(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op = only_op(&compiled, "Remove-CsClientPolicy OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_REMOVE);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK(!op->force);
    CHECK(only_op(&compiled, "Remove-CsClientPolicy OfflineIM -Force")->force);
    CHECK(only_op(&compiled, "Remove-CsClientPolicy OfflineIM -Confirm:$False")->force);
    CHECK(only_step(&compiled, "Remove-CsClientPolicy OfflineIM -cf")->confirm);
    CHECK(only_op(&compiled, "Remove-CsClientPolicy -Force OfflineIM")->force);
}

static void im_configuration__is_one(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op =
        only_op(&compiled, "Set-CsImConfiguration -EnableOfflineIm $False -StartContacts team");
    CHECK_EQ(op->kind, ADMIN_IM_CONFIG);
    CHECK(op->set);
    check_tri(&op->settings[0], "EnableOfflineIm", TRI_FALSE);
    CHECK_TEXT(op->settings[1].text, "Team");
    CHECK(!only_op(&compiled, "Get-CsImConfiguration -Identity global")->set);
    check_refused(
        "Get-CsImConfiguration site:Sales",
        "column 23: there is one configuration, Global; for a team make a policy site:TEAM instead");
}

static void effective_and_user__name_a_person(void **state)
{
    (void)state;
    struct compiled compiled;
    const struct admin_op *op = only_op(&compiled, "Get-CsEffectivePolicy \"Tony Smith\"");
    CHECK_EQ(op->kind, ADMIN_EFFECTIVE);
    CHECK_TEXT(op->who, "Tony Smith");
    CHECK_EQ(only_op(&compiled, "Get-CsUser")->kind, ADMIN_USER_LIST);
}

static void lines__are_separated_and_commented__as_in_powershell(void **state)
{
    (void)state;
    struct compiled compiled;
    CHECK_OK_ERR(compile(&compiled,
                         "# a comment\n\nGet-CsClientPolicy # all\r\n<# two\nlines #> Get-CsUser bob; "
                         "Set-CsClientPolicy `\n  -EnableOfflineIm True\n"),
                 &compiled.err);
    CHECK_EQ(compiled.program.step_count, 3);
    CHECK_EQ(compiled.program.first->op.kind, ADMIN_POLICY_GET);
    CHECK_EQ(compiled.program.first->next->op.kind, ADMIN_USER_LIST);
    CHECK_EQ(compiled.program.first->next->next->op.kind, ADMIN_POLICY_SET);
    CHECK_EQ(compiled.program.first->next->next->place.line, 5);
    CHECK_OK(compile(&compiled, " \n# nothing\n"));
    CHECK_EQ(compiled.program.step_count, 0);
}

/* Goal: a slip in the last line does nothing instead of half, and says in which line it is. */
static void slip__anywhere__does_nothing_at_all(void **state)
{
    (void)state;
    check_refused("New-CsClientPolicy A\nSet-CsClientPolicy A -EnableOflineIm $True\n",
                  "line 2, column 22: Set-CsClientPolicy has no parameter -EnableOflineIm; did you mean "
                  "-EnableOfflineIm?");
}

static void errors__name_the_column_and_what_is_allowed(void **state)
{
    (void)state;
    check_refused("Set-CsClientPolicy -EnableIMAutoArchiving", /* in -c "..." */
                  "column 20: -EnableIMAutoArchiving has no value, which is never True. Write for instance:\n"
                  "  oimctl -c 'Set-CsClientPolicy -EnableIMAutoArchiving $False'\n"
                  "(in double quotes your shell replaces $False before oimctl sees it)");
    check_refused("Set-CsClientPolicy -EnableIMAutoArchiving -Force",
                  "column 20: -EnableIMAutoArchiving has no value, which is never True. Write for instance:\n"
                  "  oimctl -c 'Set-CsClientPolicy -EnableIMAutoArchiving $False -Force'\n"
                  "(in double quotes your shell replaces $False before oimctl sees it)");
    check_refused("Set-CsClientPolicy -DndAction Drop", "column 31: DndAction is Hold or Refuse, not 'Drop'");
    check_refused("Set-CsClientPolicy -OfflineQuota 5",
                  "column 20: -OfflineQuota is the beginning of several parameters of Set-CsClientPolicy: "
                  "OfflineQuotaMessages, OfflineQuotaBytes");
    check_refused("Set-CsClientPolicy -EnableOfflineIm $x",
                  "column 37: $x has no value here; $True, $False and $Null are known");
    check_refused("Set-CsClientPolicy -EnableOfflineIm $True -EnableOfflineIm $False",
                  "column 43: -EnableOfflineIm was given already");
    check_refused("Get-CsUser -Identity a -Id b", "column 24: -Id was given already");
    check_refused("Remove-CsClientPolicy x -Force -Force", "column 32: -Force was given already");
    check_refused("Set-CsClientPolcy -EnableOfflineIm $True",
                  "column 1: there is no cmdlet Set-CsClientPolcy; did you mean Set-CsClientPolicy?");
    check_refused("New-CsClientPolicy \"a:b\"", "column 20: the name of a policy may not hold ':'");
    check_refused("New-CsClientPolicy \"abc", "column 20: this quote is not closed on its line");
    check_refused("New-CsClientPolicy -Identity", "column 20: -Identity has no value; write for instance:\n"
                                                  "  New-CsClientPolicy -Identity NAME");
    check_refused("-Identity x", "column 1: a line begins with a cmdlet, not with the parameter -Identity");
    check_refused("Set-CsClientPolicy -IMWarning \"cost $five\"",
                  "column 37: in double quotes $ begins a variable, which has no value here; write it in "
                  "single quotes, "
                  "or `$ for the sign itself");
    check_refused("Remove-CsClientPolicy x -Force:maybe",
                  "column 32: -Force is $True or $False, not 'maybe'");
    check_refused("Get-CsUser \xff", "column 12: this text is not valid UTF-8");
    check_refused("Get-CsUser (x)", "column 12: '(' is not understood here; write the value itself");
}

static void pipelines_and_variables__are_refused_in_words(void **state)
{
    (void)state;
    check_refused("Get-CsUser | Grant-CsClientPolicy -PolicyName X",
                  "column 14: pipelines (|) are not understood yet, nothing was done; write the names out, "
                  "one line for "
                  "each");
    check_refused("$p = Get-CsClientPolicy",
                  "column 6: results are not kept in variables yet; write the line without $p =");
    check_refused("Get-CsUser | Where-Object {$_.Team -eq \"x\"}",
                  "column 27: a { block } is not understood here yet; write the names out");
}

static void parameters_of_the_original__are_passed_over_with_a_word(void **state)
{
    (void)state;
    struct compiled compiled;
    CHECK_OK_ERR(
        compile(&compiled, "Set-CsClientPolicy -Tenant 1234 -EnableTracing $True -EnableOfflineIm $True"),
        &compiled.err);
    CHECK_EQ(compiled.program.step_count, 3);
    CHECK_EQ(compiled.program.first->kind, CMDLET_STEP_WARN);
    CHECK_TEXT(compiled.program.first->say, "-Tenant is not used here; ignored");
    CHECK_EQ(compiled.program.first->next->next->op.setting_count, 1);
}

/* Goal: no text, however cut, makes the compiler read or write where it should not; ASan is the judge. */
static void any_beginning__of_any_line__is_answered(void **state)
{
    (void)state;
    static const char text[] = "<# c #> Set–CsClientPolicy -Identity “Tony`” Smith”,x -Force:$True {a{b}} `\n"
                               "> ```\n$x = Grant - CsClientPolicy 'it''s' | Get-Host # x\n=;-:,$";
    struct compiled compiled;
    for (size_t begin = 0; begin < sizeof(text); begin++) {
        for (size_t size = 0; begin + size < sizeof(text); size++) {
            char part[sizeof(text)];
            memcpy(part, text + begin, size);
            part[size] = '\0';
            if (compile(&compiled, part) != OIM_OK) {
                CHECK(compiled.err.text[0] != '\0');
            }
        }
    }
}

static void arena__too_small__is_said(void **state)
{
    (void)state;
    struct compiled compiled;
    for (size_t size = 0;; size += 16) {
        struct oim_arena arena;
        oim_arena_init(&arena, compiled.memory, size);
        compiled.err = (struct oim_error){.status = OIM_OK};
        enum oim_status status =
            cmdlet_compile_text("Grant-CsClientPolicy bob,'Tony Smith' -PolicyName X -Tenant 5", &arena,
                                &compiled.program, &compiled.err);
        if (status == OIM_OK) {
            return;
        }
        CHECK_STATUS(status, OIM_ERR_LIMIT);
    }
}

/* ---- answers
 * --------------------------------------------------------------------------------------------------- */

static void print__aligns_names_and_leaves_unset_blank(void **state)
{
    (void)state;
    static const struct admin_field first[] = {
        {"identity", "Tag:OfflineIM"}, {"enableimautoarchiving", "False"}, {"description", ""}};
    static const struct admin_field second[] = {{"identity", "Global"}, {"last_sign_in", "never\x1b[31m"}};
    static const struct admin_row rows[] = {{first, 3}, {second, 2}};
    const struct admin_rows answer = {.rows = rows, .row_count = 2, .next = ""};
    struct cmdlet_step step = {.rows_wanted = true};
    struct oim_buf out;
    oim_buf_init(&out, 4096);
    CHECK_OK(cmdlet_print_rows(&out, &step, &answer));
    CHECK_OK(oim_buf_append(&out, "", 1));
    CHECK_TEXT((const char *)out.data, "Identity              : Tag:OfflineIM\n"
                                       "EnableIMAutoArchiving : False\n"
                                       "Description           :\n"
                                       "\n"
                                       "Identity   : Global\n"
                                       "LastSignIn : never\u241b[31m\n");
    oim_buf_clear(&out);
    step.rows_wanted = false;
    CHECK_OK(cmdlet_print_rows(&out, &step, &answer));
    CHECK_EQ(out.size, 0);
    oim_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed__turns_offline_messages_off__for_everybody),
        cmocka_unit_test(seed__makes_a_policy_and_sets_it),
        cmocka_unit_test(seed__grants__by_the_corrected_line_only),
        cmocka_unit_test(seed__session_lines__are_answered_in_words),
        cmocka_unit_test(seed__pasted_from_a_page__is_mended_and_said),
        cmocka_unit_test(bash__eats_false__and_the_line_is_refused_in_words),
        cmocka_unit_test(bash__passes_the_working_forms),
        cmocka_unit_test(is_line__tells_cmdlets_from_commands),
        cmocka_unit_test(values__of_every_kind__reach_the_request),
        cmocka_unit_test(identity__defaults_to_global__in_set_only),
        cmocka_unit_test(get__takes_an_identity_or_a_filter),
        cmocka_unit_test(grant__takes_people_teams_or_everybody),
        cmocka_unit_test(remove__asks__unless_forced),
        cmocka_unit_test(im_configuration__is_one),
        cmocka_unit_test(effective_and_user__name_a_person),
        cmocka_unit_test(lines__are_separated_and_commented__as_in_powershell),
        cmocka_unit_test(slip__anywhere__does_nothing_at_all),
        cmocka_unit_test(errors__name_the_column_and_what_is_allowed),
        cmocka_unit_test(pipelines_and_variables__are_refused_in_words),
        cmocka_unit_test(parameters_of_the_original__are_passed_over_with_a_word),
        cmocka_unit_test(any_beginning__of_any_line__is_answered),
        cmocka_unit_test(arena__too_small__is_said),
        cmocka_unit_test(print__aligns_names_and_leaves_unset_blank),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_run", tests, NULL, NULL);
}
