/* test_cmdlet_seed.c - the page that administrators know, read from a file, pasted, and typed through a
 * shell. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/client/admin/cmdlet_rig.h"

static void seed__turns_offline_messages_off__for_everybody(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op =
        rig_only_op(&ran, "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Global");
    CHECK_EQ(op->setting_count, 1);
    rig_check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
    CHECK(!op->dry_run);
}

static void seed__makes_a_policy_and_sets_it(void **state)
{
    (void)state;
    struct rig ran;
    const struct admin_op *op = rig_only_op(&ran, "New-CsClientPolicy -Identity OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK_EQ(op->setting_count, 0);
    op = rig_only_op(&ran, "Set-CsClientPolicy -Identity OfflineIM -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    rig_check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
}

static void seed__grants__by_the_corrected_line_only(void **state)
{
    (void)state;
    struct rig ran;
    rig_check_refused(
        "Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM",
        "column 1: there is a blank too many beside a hyphen. This line did nothing. This was meant:\n"
        "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    const struct admin_op *op =
        rig_only_op(&ran, "Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    CHECK_EQ(op->kind, ADMIN_GRANT);
    CHECK_EQ(op->who_count, 1);
    CHECK_TEXT(op->whos[0], "tony");
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
        int kind;
        const char *say;
    } expected[] = {
        {SAID, "Nothing to import; the cmdlets are built in."},
        {SAID, "oim needs no password: this computer's key signs you in."},
        {CONNECTED, ""},
        {SAID, "Nothing to import; the cmdlets are built in."},
        {SAID, "No PowerShell is needed; its cmdlets for client policies are built in."},
    };
    struct rig ran;
    rig_run_well(&ran, page);
    CHECK_EQ(ran.step_count, OIM_COUNT(expected));
    for (size_t i = 0; i < OIM_COUNT(expected); i++) {
        CHECK_EQ(ran.steps[i].kind, expected[i].kind);
        CHECK_TEXT(ran.steps[i].text, expected[i].say);
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
    struct rig ran;
    rig_run_well(&ran, page);
    CHECK_TEXT(rig_step_of(&ran, WARNED, 0)->text, "Read non-breaking spaces as spaces.");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 1)->text, "Read dashes as hyphens.");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 2)->text, "Read curly quotes as straight ones.");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 3)->text, "Left out the marks of a pasted page (> and ```).");
    CHECK(rig_step_of(&ran, WARNED, 4) == NULL);
    CHECK_EQ(rig_step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(rig_step_of(&ran, ASKED, 0)->op.identity, "Tag:OfflineIM");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.whos[0], "tony");
    CHECK_TEXT(rig_step_of(&ran, ASKED, 2)->op.policy, "Tag:OfflineIM");
}

/* Goal: the whole page as somebody saves it from the web runs from its first line to its last: prose and
 * fences are left out, its mistyped line is refused with the corrected one. */
static void seed__the_page_as_it_stands(void **state)
{
    (void)state;
    static const char page[] =
        "---\ntitle: \"Activar\"\n---\n\n# Activar o desactivar\n\n"
        "> [!IMPORTANT]\n> Este art\u00edculo (vea la [declinaci\u00f3n](x.md)).\n  \n"
        "> \n  ```\n  Import-Module \"C:\\\\Program Files\\\\X.psd1\"\n  ```\n\n> \n  ```\n"
        "  $credential = Get-Credential\n  ```\n\nPara desactivarlo, use **Set-CsClientPolicy** y "
        "ejecute:\n  \n```\nSet-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False\n```\n"
        "> \n  ```\n  Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM\n  ```\n";
    struct rig ran;
    CHECK_EQ(rig_run(&ran, page), EXIT_USAGE);
    CHECK_TEXT(ran.err.text,
               "line 27, column 3: there is a blank too many beside a hyphen. This line did nothing. "
               "This was meant:\n"
               "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    CHECK_TEXT(rig_step_of(&ran, WARNED, 1)->text, "Left out 6 lines of text around the fences.");
    CHECK_EQ(rig_step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_SET);
    rig_check_tri(&rig_step_of(&ran, ASKED, 0)->op.settings[0], "EnableIMAutoArchiving", TRI_FALSE);
    CHECK(rig_step_of(&ran, ASKED, 1) == NULL);
}

/* ---- through a shell ----------------------------------------------------------------------------------- */

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

static int run_through_bash(struct rig *ran, const char *line)
{
    char memory[1024];
    const char *words[32];
    size_t count = words_through_bash(line, memory, sizeof(memory), words, OIM_COUNT(words));
    CHECK(cmdlet_is_line(words, count));
    rig_init(ran);
    ran->err = (struct oim_error){.status = OIM_OK};
    return cmdlet_session_run_words(&ran->session, words, count, &ran->err);
}

/* Goal: the seed's line, typed after oimctl in a shell, must not turn on what it says to turn off (USERS.md
 * B1). */
static void bash__eats_false__and_the_line_is_refused_in_words(void **state)
{
    (void)state;
    struct rig ran;
    CHECK_EQ(run_through_bash(&ran, "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False"),
             EXIT_USAGE);
    CHECK_TEXT(ran.err.text,
               "column 37: -EnableIMAutoArchiving has no value. Your shell replaced $False before oimctl saw "
               "it. Any of "
               "these works:\n"
               "  oimctl -c 'Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False'\n"
               "  oimctl Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving False\n"
               "  oimctl shell");
    CHECK_EQ(run_through_bash(&ran, "Set-CsClientPolicy -EnableIMAutoArchiving:$False -Force"), EXIT_USAGE);
    CHECK(strstr(ran.err.text, "-EnableIMAutoArchiving:$False -Force'") != NULL);
    CHECK_EQ(run_through_bash(&ran, "Grant-CsClientPolicy bob -PolicyName $Null"), EXIT_USAGE);
    CHECK(strstr(ran.err.text, "Your shell replaced $Null") != NULL);
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
    struct rig ran;
    for (size_t i = 0; i < OIM_COUNT(lines); i++) {
        CHECK_EQ(run_through_bash(&ran, lines[i]), EXIT_DONE);
        CHECK_TEXT(ran.err.text, "");
    }
}

/* Goal: every line of the original's page, typed after oimctl in a real bash. */
static void bash__each_line_of_the_seed(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *refusal; /* how the sentence begins; NULL: it runs */
    } lines[] = {
        {"Import-Module \"C:\\\\Program Files\\\\Common Files\\\\Skype for Business Online\\\\Modules\\\\"
         "SkypeOnlineConnector\\\\SkypeOnlineConnector.psd1\"",
         NULL},
        {"$credential = Get-Credential", NULL},
        {"$session = New-CsOnlineSession -Credential $credential", NULL},
        {"Import-PSSession $session", NULL},
        {"Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False",
         "column 37: -EnableIMAutoArchiving has no value. Your shell replaced $False"},
        {"New-CsClientPolicy -Identity OfflineIM", NULL},
        {"Set-CsClientPolicy -Identity OfflineIM -EnableIMAutoArchiving $False",
         "column 40: -EnableIMAutoArchiving has no value. Your shell replaced $False"},
        {"Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM",
         "column 1: there is a blank too many beside a hyphen"},
    };
    struct rig ran;
    for (size_t i = 0; i < OIM_COUNT(lines); i++) {
        CHECK_EQ(run_through_bash(&ran, lines[i].line), lines[i].refusal == NULL ? EXIT_DONE : EXIT_USAGE);
        CHECK(lines[i].refusal == NULL ? ran.err.text[0] == '\0'
                                       : strstr(ran.err.text, lines[i].refusal) == ran.err.text);
        CHECK(lines[i].refusal == NULL || ran.step_count == 0);
    }
}

/* Goal: a block that bash has torn apart is not read as something else (USERS.md B1). */
static void bash__tears_blocks__and_they_are_refused_in_words(void **state)
{
    (void)state;
    struct rig ran;
    CHECK_EQ(run_through_bash(&ran, "Get-CsUser \\| Where-Object {$_.Department -eq \"Sales\"}"), EXIT_USAGE);
    CHECK(strstr(ran.err.text, "holds { but no $_. Your shell replaced $_ before oimctl saw it.") != NULL);
    CHECK_EQ(ran.step_count, 0);
    CHECK_EQ(run_through_bash(
                 &ran, "Get-CsUser \"|\" Where-Object \"{\\$_.Team -eq \\\"Sales\\\"}\" \"|\" measure"),
             EXIT_DONE);
    CHECK_TEXT(rig_step_of(&ran, PRINTED, 0)->text, "Count : 2\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed__turns_offline_messages_off__for_everybody),
        cmocka_unit_test(seed__makes_a_policy_and_sets_it),
        cmocka_unit_test(seed__grants__by_the_corrected_line_only),
        cmocka_unit_test(seed__session_lines__are_answered_in_words),
        cmocka_unit_test(seed__pasted_from_a_page__is_mended_and_said),
        cmocka_unit_test(seed__the_page_as_it_stands),
        cmocka_unit_test(bash__eats_false__and_the_line_is_refused_in_words),
        cmocka_unit_test(bash__passes_the_working_forms),
        cmocka_unit_test(bash__each_line_of_the_seed),
        cmocka_unit_test(bash__tears_blocks__and_they_are_refused_in_words),
        cmocka_unit_test(is_line__tells_cmdlets_from_commands),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_seed", tests, NULL, NULL);
}
