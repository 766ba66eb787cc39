/* test_cmdlet_run.c - what administrators type, and what becomes of it. */
#include "client/admin/cmdlet_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/admin/cmdlet_complete.h"
#include "proto/local.h"
#include "tests/support/check.h"

/* ---- an organisation that answers, and remembers what it was asked
 * ---------------------------------------------------------------- */

struct step {
    enum { ASKED, SAID, WARNED, CONNECTED, CONFIRMED, TRIED, PRINTED } kind;
    struct admin_op op; /* ASKED: a copy */
    const char *text;   /* SAID, WARNED, PRINTED; CONFIRMED, TRIED: the people, "tony sam " */
    const char *name;   /* CONFIRMED: the question's code */
};

struct ran {
    uint8_t memory[256 * 1024];
    uint8_t kept_memory[16 * 1024];
    uint8_t record_memory[256 * 1024];
    struct oim_arena arena, kept, record;
    struct cmdlet_host host;
    struct cmdlet_session session;
    struct oim_error err;
    struct step steps[64];
    size_t step_count;
    bool declines; /* questions are answered with No */
    int exit_code;
};

static struct step *step_add(struct ran *ran, int kind)
{
    CHECK(ran->step_count < OIM_COUNT(ran->steps));
    struct step *step = &ran->steps[ran->step_count++];
    *step = (struct step){.kind = kind, .text = "", .name = ""};
    return step;
}

#define PEOPLE_FIELDS 5
static const struct admin_field people_fields[][PEOPLE_FIELDS] = {
    {{"login", "alice"}, {"display", "Alice Ng"}, {"team", "Sales"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "bob"}, {"display", "Bob Stone"}, {"team", "Sales"}, {"policy", "Tag:Polite"}, {"via", "own"}},
    {{"login", "tony"}, {"display", "Tony Smith"}, {"team", "IT"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "sam"}, {"display", "Sam Poe"}, {"team", "IT"}, {"policy", "Global"}, {"via", "global"}},
    {{"login", "sam2"}, {"display", "Sam Poe"}, {"team", ""}, {"policy", "Global"}, {"via", "global"}},
};
static const struct admin_field policy_fields[][3] = {
    {{"identity", "Global"}, {"EnableOfflineIm", "False"}, {"IMWarning", ""}},
    {{"identity", "Tag:Polite"}, {"EnableOfflineIm", ""}, {"IMWarning", "Be polite."}},
    {{"identity", "Tag:Quiet"}, {"EnableOfflineIm", "True"}, {"IMWarning", "10"}},
};

static bool begins(const char *text, const char *words)
{
    return strncasecmp(text, words, strlen(words)) == 0;
}

static void answer(struct ran *ran, const struct admin_op *op, struct admin_rows *out)
{
    struct admin_row *rows = oim_arena_zalloc(&ran->arena, 8, sizeof(*rows));
    size_t count = 0;
    static const struct admin_field used[] = {{"identity", "Tag:Polite"}, {"used", "bob"}};
    static const struct admin_field setting[] = {
        {"setting", "IMWarning"}, {"value", "x"}, {"origin", "default"}};
    static const struct admin_field notes[] = {{"login", "tony"}, {"policy", "Global"}};
    CHECK(rows != NULL);
    for (size_t i = 0; op->kind == ADMIN_USER_LIST && i < OIM_COUNT(people_fields); i++) {
        const struct admin_field *fields = people_fields[i];
        if (begins(fields[0].value, op->who) || begins(fields[1].value, op->who)) {
            rows[count++] = (struct admin_row){fields, PEOPLE_FIELDS};
        }
    }
    for (size_t i = 0; op->kind == ADMIN_POLICY_GET && i < OIM_COUNT(policy_fields); i++) {
        if (op->identity[0] == '\0' || strcasecmp(op->identity, policy_fields[i][0].value) == 0) {
            rows[count++] = (struct admin_row){policy_fields[i], 3};
        }
    }
    if (op->kind == ADMIN_POLICY_REMOVE && strcasecmp(op->identity, "Tag:Polite") == 0) {
        rows[count++] = (struct admin_row){used, 2};
    }
    if (op->kind == ADMIN_EFFECTIVE) {
        rows[count++] = (struct admin_row){setting, 3};
        out->notes = notes;
        out->note_count = 2;
    }
    if (op->kind == ADMIN_GRANT) {
        rows[count++] = (struct admin_row){people_fields[2], PEOPLE_FIELDS};
    }
    out->rows = rows;
    out->row_count = count;
    out->next = "";
}

static int on_ask(void *context, const struct admin_op *op, struct oim_arena *arena, struct admin_rows *out)
{
    struct ran *ran = context;
    struct oim_buf packed;
    struct step *step = step_add(ran, ASKED);
    (void)arena;
    oim_buf_init(&packed, 65536);
    CHECK_OK(admin_op_encode(op, &packed));
    struct oim_slice copy = oim_slice_text("");
    char *bytes = oim_arena_alloc(&ran->record, packed.size + 1);
    CHECK(bytes != NULL);
    if (packed.size > 0) {
        memcpy(bytes, packed.data, packed.size);
        copy = oim_slice(bytes, packed.size);
    }
    oim_buf_finish(&packed);
    CHECK_OK(admin_op_decode(copy, &ran->record, &step->op, NULL));
    answer(ran, op, out);
    return EXIT_DONE;
}

static int on_connect(void *context)
{
    step_add(context, CONNECTED);
    return EXIT_DONE;
}

static const char *people_text(struct ran *ran, const struct cmdlet_question *question)
{
    const char *text = "";
    for (size_t i = 0; i < question->people_count; i++) {
        text = oim_arena_printf(&ran->record, "%s%s ", text, question->people[i].fields[0].value);
    }
    return text;
}

static int on_confirm(void *context, const struct cmdlet_question *question)
{
    struct ran *ran = context;
    struct step *step = step_add(ran, CONFIRMED);
    step->name = question->code;
    step->text = people_text(ran, question);
    return ran->declines ? EXIT_REFUSED : EXIT_DONE;
}

static void on_what_if(void *context, const struct cmdlet_question *what, const struct admin_rows *rows)
{
    (void)rows;
    step_add(context, TRIED)->text = people_text(context, what);
}

static void on_done(void *context, const struct admin_rows *rows)
{
    (void)context;
    (void)rows;
}

static void on_say(void *context, const char *sentence)
{
    step_add(context, SAID)->text = sentence;
}

static void on_warn(void *context, const char *sentence)
{
    struct ran *ran = context;
    step_add(ran, WARNED)->text = oim_arena_strdup(&ran->record, oim_slice_text(sentence));
}

static int on_print(void *context, struct cmdlet_values values, enum cmdlet_shape shape)
{
    struct ran *ran = context;
    struct oim_buf out;
    oim_buf_init(&out, 65536);
    CHECK_OK(cmdlet_print(&out, values, shape));
    step_add(ran, PRINTED)->text = oim_arena_strdup(&ran->record, oim_buf_slice(&out));
    oim_buf_finish(&out);
    return EXIT_DONE;
}

static void ran_init(struct ran *ran)
{
    oim_arena_init(&ran->arena, ran->memory, sizeof(ran->memory));
    oim_arena_init(&ran->kept, ran->kept_memory, sizeof(ran->kept_memory));
    oim_arena_init(&ran->record, ran->record_memory, sizeof(ran->record_memory));
    ran->host = (struct cmdlet_host){ran,        on_ask,  on_connect, on_confirm, on_done,
                                     on_what_if, on_done, on_say,     on_warn,    on_print};
    ran->declines = false;
    ran->step_count = 0;
    cmdlet_session_init(&ran->session, &ran->host, &ran->arena, &ran->kept);
}

static int run(struct ran *ran, const char *text)
{
    ran_init(ran);
    ran->exit_code = cmdlet_session_run(&ran->session, text, &ran->err);
    CHECK_EQ(ran->arena.used, 0);
    return ran->exit_code;
}

static void run_well(struct ran *ran, const char *text)
{
    if (run(ran, text) != EXIT_DONE) {
        printf("%s: %s\n", text, ran->err.text);
    }
    CHECK_EQ(ran->exit_code, EXIT_DONE);
}

/* What was asked last; nothing before it changed anything. */
static const struct admin_op *only_op(struct ran *ran, const char *text)
{
    const struct admin_op *last = NULL;
    run_well(ran, text);
    for (size_t i = 0; i < ran->step_count; i++) {
        if (ran->steps[i].kind == ASKED) {
            CHECK(last == NULL || last->kind == ADMIN_USER_LIST || last->kind == ADMIN_POLICY_GET ||
                  last->dry_run);
            last = &ran->steps[i].op;
        }
    }
    CHECK(last != NULL);
    return last;
}

/* The index-th step of a kind; NULL: there is none. */
static const struct step *step_of(const struct ran *ran, int kind, size_t index)
{
    for (size_t i = 0; i < ran->step_count; i++) {
        if ((int)ran->steps[i].kind == kind && index-- == 0) {
            return &ran->steps[i];
        }
    }
    return NULL;
}

static void check_printed(const char *text, const char *expected)
{
    struct ran ran;
    run_well(&ran, text);
    const struct step *printed = step_of(&ran, PRINTED, 0);
    CHECK_TEXT(printed != NULL ? printed->text : "(nothing)", expected);
}

/* Refused with this sentence, and nothing was asked for. */
static void check_refused(const char *text, const char *sentence)
{
    struct ran ran;
    CHECK_EQ(run(&ran, text), EXIT_USAGE);
    CHECK_TEXT(ran.err.text, sentence);
    for (size_t i = 0; i < ran.step_count; i++) {
        CHECK(ran.steps[i].kind != ASKED || ran.steps[i].op.kind == ADMIN_USER_LIST ||
              ran.steps[i].op.kind == ADMIN_POLICY_GET);
    }
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
    struct ran ran;
    const struct admin_op *op =
        only_op(&ran, "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Global");
    CHECK_EQ(op->setting_count, 1);
    check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
    CHECK(!op->dry_run);
}

static void seed__makes_a_policy_and_sets_it(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(&ran, "New-CsClientPolicy -Identity OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK_EQ(op->setting_count, 0);
    op = only_op(&ran, "Set-CsClientPolicy -Identity OfflineIM -EnableIMAutoArchiving $False");
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    check_tri(&op->settings[0], "EnableIMAutoArchiving", TRI_FALSE);
}

static void seed__grants__by_the_corrected_line_only(void **state)
{
    (void)state;
    struct ran ran;
    check_refused(
        "Grant -CsClientPolicy -Identity \"Tony Smith\" - PolicyName OfflineIM",
        "column 1: there is a blank too many beside a hyphen. This line did nothing. This was meant:\n"
        "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    const struct admin_op *op =
        only_op(&ran, "Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
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
    struct ran ran;
    run_well(&ran, page);
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
    struct ran ran;
    run_well(&ran, page);
    CHECK_TEXT(step_of(&ran, WARNED, 0)->text, "Read non-breaking spaces as spaces.");
    CHECK_TEXT(step_of(&ran, WARNED, 1)->text, "Read dashes as hyphens.");
    CHECK_TEXT(step_of(&ran, WARNED, 2)->text, "Read curly quotes as straight ones.");
    CHECK_TEXT(step_of(&ran, WARNED, 3)->text, "Left out the marks of a pasted page (> and ```).");
    CHECK(step_of(&ran, WARNED, 4) == NULL);
    CHECK_EQ(step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(step_of(&ran, ASKED, 0)->op.identity, "Tag:OfflineIM");
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.whos[0], "tony");
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.policy, "Tag:OfflineIM");
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
    struct ran ran;
    CHECK_EQ(run(&ran, page), EXIT_USAGE);
    CHECK_TEXT(ran.err.text,
               "line 27, column 3: there is a blank too many beside a hyphen. This line did nothing. "
               "This was meant:\n"
               "  Grant-CsClientPolicy -Identity \"Tony Smith\" -PolicyName OfflineIM");
    CHECK_TEXT(step_of(&ran, WARNED, 1)->text, "Left out 6 lines of text around the fences.");
    CHECK_EQ(step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_SET);
    check_tri(&step_of(&ran, ASKED, 0)->op.settings[0], "EnableIMAutoArchiving", TRI_FALSE);
    CHECK(step_of(&ran, ASKED, 1) == NULL);
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

static int run_through_bash(struct ran *ran, const char *line)
{
    char memory[1024];
    const char *words[32];
    size_t count = words_through_bash(line, memory, sizeof(memory), words, OIM_COUNT(words));
    CHECK(cmdlet_is_line(words, count));
    ran_init(ran);
    ran->err = (struct oim_error){.status = OIM_OK};
    return cmdlet_session_run_words(&ran->session, words, count, &ran->err);
}

/* Goal: the seed's line, typed after oimctl in a shell, must not turn on what it says to turn off (USERS.md
 * B1). */
static void bash__eats_false__and_the_line_is_refused_in_words(void **state)
{
    (void)state;
    struct ran ran;
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
    struct ran ran;
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
    struct ran ran;
    for (size_t i = 0; i < OIM_COUNT(lines); i++) {
        CHECK_EQ(run_through_bash(&ran, lines[i].line), lines[i].refusal == NULL ? EXIT_DONE : EXIT_USAGE);
        CHECK(lines[i].refusal == NULL ? ran.err.text[0] == '\0' : begins(ran.err.text, lines[i].refusal));
        CHECK(lines[i].refusal == NULL || ran.step_count == 0);
    }
}

/* Goal: a block that bash has torn apart is not read as something else (USERS.md B1). */
static void bash__tears_blocks__and_they_are_refused_in_words(void **state)
{
    (void)state;
    struct ran ran;
    CHECK_EQ(run_through_bash(&ran, "Get-CsUser \\| Where-Object {$_.Department -eq \"Sales\"}"), EXIT_USAGE);
    CHECK(strstr(ran.err.text, "holds { but no $_. Your shell replaced $_ before oimctl saw it.") != NULL);
    CHECK_EQ(ran.step_count, 0);
    CHECK_EQ(run_through_bash(
                 &ran, "Get-CsUser \"|\" Where-Object \"{\\$_.Team -eq \\\"Sales\\\"}\" \"|\" measure"),
             EXIT_DONE);
    CHECK_TEXT(step_of(&ran, PRINTED, 0)->text, "Count : 2\n");
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
    struct ran ran;
    run_well(&ran,
             "Set-CsClientPolicy site:Sales -EnableOfflineIm:$Null -OfflineRetentionDays 30d "
             "-DndAction refuse -IMWarning 'It''s \"on\" $record' -MinimumClientVersion \"1.2\" -WhatIf "
             "-Description \"a `\"remark`\"\" -OfflineQuotaB 1MiB");
    const struct admin_op *op = &step_of(&ran, ASKED, 0)->op;
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
    struct ran ran;
    CHECK_TEXT(only_op(&ran, "Set-CsClientPolicy -EnableOfflineIm $False")->identity, "Global");
    CHECK_TEXT(only_op(&ran, "Get-CsClientPolicy")->identity, "");
    check_refused("New-CsClientPolicy", "column 1: New-CsClientPolicy needs -Identity");
    check_refused("New-CsClientPolicy Global",
                  "column 20: Global is always there; change it with Set-CsClientPolicy");
    check_refused("Set-CsClientPolicy Global",
                  "column 1: Set-CsClientPolicy needs a setting to change, such as -EnableOfflineIm $False");
}

static void get__takes_an_identity_or_a_filter(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(&ran, "Get-CsClientPolicy tag:offlineim");
    CHECK_EQ(op->kind, ADMIN_POLICY_GET);
    CHECK_TEXT(op->identity, "Tag:offlineim");
    CHECK_TEXT(only_op(&ran, "Get-CsClientPolicy -Filter \"tag:*\"")->filter, "tag:*");
    check_refused("Get-CsClientPolicy -Filter x -Identity y",
                  "column 1: -Identity and -Filter exclude each other");
    check_refused("Get-CsClientPolicy site:*",
                  "column 20: -Identity is one policy; for several: -Filter \"site:*\"");
}

static void grant__takes_people_teams_or_everybody(void **state)
{
    (void)state;
    struct ran ran;
    run_well(&ran, "Grant-CsClientPolicy 'Tony Smith',bob tag:Polite -Group Sales");
    const struct admin_op *op = &step_of(&ran, ASKED, 2)->op; /* after looking both up */
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[0], "tony");
    CHECK_TEXT(op->whos[1], "bob");
    CHECK_TEXT(op->policy, "Tag:Polite");
    CHECK_TEXT(step_of(&ran, ASKED, 3)->op.whos[0], "@Sales");
    CHECK_TEXT(only_op(&ran, "Grant-CsClientPolicy bob $Null")->policy, "");
    CHECK(only_op(&ran, "Grant-CsClientPolicy -PolicyName Polite -Global")->global);
    run_well(&ran, "Grant-CsClientPolicy bob Polite -PassThru");
    CHECK(step_of(&ran, PRINTED, 0) != NULL);
    run_well(&ran, "Grant-CsClientPolicy bob Polite");
    CHECK(step_of(&ran, PRINTED, 0) == NULL);
    check_refused("Grant-CsClientPolicy -PolicyName Polite",
                  "column 1: Grant-CsClientPolicy needs -Identity, -Group or -Global: who gets the policy?");
    check_refused("Grant-CsClientPolicy bob -PolicyName Polite -Global",
                  "column 1: -Global means everybody; leave -Identity and -Group out");
    check_refused(
        "Grant-CsClientPolicy bob Global",
        "column 26: Policy \"Global\" is not a user policy. You can assign only a user policy to a specific "
        "user. To put somebody back under Global: -PolicyName $Null");
    check_refused("Grant-CsClientPolicy Tony Smith Polite",
                  "column 33: 'Polite' is one value too many for Grant-CsClientPolicy; a name with blanks "
                  "needs quotes");
}

static void remove__asks__when_in_use_and_not_forced(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(&ran, "Remove-CsClientPolicy OfflineIM");
    CHECK_EQ(op->kind, ADMIN_POLICY_REMOVE);
    CHECK_TEXT(op->identity, "Tag:OfflineIM");
    CHECK(!op->force && !op->dry_run);
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK(only_op(&ran, "Remove-CsClientPolicy polite")->force);
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->name, "admin_remove_used");
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->text, "bob ");
    CHECK(only_op(&ran, "Remove-CsClientPolicy Polite -Force")->force);
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK(only_op(&ran, "Remove-CsClientPolicy Polite -Confirm:$False")->force);
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL);
    run_well(&ran, "Remove-CsClientPolicy OfflineIM -cf");
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->name, "admin_confirm");
    ran_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session, "Remove-CsClientPolicy Polite", &ran.err), EXIT_REFUSED);
    CHECK(step_of(&ran, ASKED, 0)->op.dry_run && step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: nobody is given a policy because his name is like another's (USERS.md B9). */
static void grant__asks__for_patterns_and_ambiguous_names(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(&ran, "Grant-CsClientPolicy \"Sam Poe\" Polite");
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[1], "sam2");
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->name, "admin_grant_many");
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->text, "sam sam2 ");
    CHECK_EQ(only_op(&ran, "Grant-CsClientPolicy sam Polite")->who_count, 1); /* a login is one */
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL);
    CHECK_EQ(only_op(&ran, "Grant-CsClientPolicy *s* Polite -Confirm:$False")->who_count, 4);
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL);
    only_op(&ran, "Grant-CsClientPolicy T* Polite");
    CHECK_TEXT(step_of(&ran, CONFIRMED, 0)->text, "tony ");
    ran_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session, "Grant-CsClientPolicy T* Polite", &ran.err), EXIT_REFUSED);
    CHECK(step_of(&ran, ASKED, 1) == NULL);
    check_refused("Grant-CsClientPolicy X* Polite", "column 22: nobody's name is like 'X*'");
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
    struct ran ran;
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        run_well(&ran, cases[i].line);
        CHECK_TEXT(step_of(&ran, TRIED, 0)->text, cases[i].people);
        for (size_t j = 0; j < ran.step_count; j++) {
            const struct step *step = &ran.steps[j];
            CHECK(step->kind != ASKED || step->op.dry_run || step->op.kind == ADMIN_USER_LIST);
            CHECK(step->kind != CONFIRMED && step->kind != PRINTED);
        }
    }
}

static void im_configuration__is_one(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op =
        only_op(&ran, "Set-CsImConfiguration -EnableOfflineIm $False -StartContacts team");
    CHECK_EQ(op->kind, ADMIN_IM_CONFIG);
    CHECK(op->set);
    check_tri(&op->settings[0], "EnableOfflineIm", TRI_FALSE);
    CHECK_TEXT(op->settings[1].text, "Team");
    CHECK(!only_op(&ran, "Get-CsImConfiguration -Identity global")->set);
    check_refused(
        "Get-CsImConfiguration site:Sales",
        "column 23: there is one configuration, Global; for a team make a policy site:TEAM instead");
}

static void effective_and_user__name_a_person(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(&ran, "Get-CsEffectivePolicy \"Tony Smith\"");
    CHECK_EQ(op->kind, ADMIN_EFFECTIVE);
    CHECK_TEXT(op->who, "Tony Smith");
    CHECK_EQ(only_op(&ran, "Get-CsUser")->kind, ADMIN_USER_LIST);
}

static void lines__are_separated_and_commented__as_in_powershell(void **state)
{
    (void)state;
    struct ran ran;
    run_well(&ran, "# a comment\n\nGet-CsClientPolicy # all\r\n<# two\nlines #> Get-CsUser bob; "
                   "Set-CsClientPolicy `\n  -EnableOfflineIm True\nGet-CsUser |\n  measure\n");
    CHECK_EQ(step_of(&ran, ASKED, 0)->op.kind, ADMIN_POLICY_GET);
    CHECK_EQ(step_of(&ran, ASKED, 1)->op.kind, ADMIN_USER_LIST);
    CHECK_EQ(step_of(&ran, ASKED, 2)->op.kind, ADMIN_POLICY_SET);
    CHECK_TEXT(step_of(&ran, PRINTED, 2)->text, "Count : 5\n");
    run_well(&ran, " \n# nothing\n");
    CHECK_EQ(ran.step_count, 0);
}

static void failure__ends_the_run__and_names_its_line(void **state)
{
    (void)state;
    struct ran ran;
    CHECK_EQ(run(&ran, "New-CsClientPolicy A\nSet-CsClientPolicy A -EnableOflineIm $True\nGet-CsUser\n"),
             EXIT_USAGE);
    CHECK_TEXT(ran.err.text,
               "line 2, column 22: Set-CsClientPolicy has no parameter -EnableOflineIm; did you "
               "mean -EnableOfflineIm?");
    CHECK(step_of(&ran, ASKED, 0) != NULL && step_of(&ran, ASKED, 1) == NULL);
    ran_init(&ran);
    ran.declines = true;
    CHECK_EQ(cmdlet_session_run(&ran.session,
                                "New-CsClientPolicy A\nRemove-CsClientPolicy Polite\nGet-CsUser", &ran.err),
             EXIT_REFUSED);
    CHECK_TEXT(ran.err.text, "");
    CHECK_TEXT(step_of(&ran, WARNED, 0)->text, "Stopped at line 2; nothing below it was run.");
}

/* Goal: what cannot be read at all does nothing, not half. */
static void brackets_and_quotes__that_do_not_close__do_nothing_at_all(void **state)
{
    (void)state;
    check_refused("New-CsClientPolicy A\nGet-CsUser | Where-Object {$_.Team",
                  "line 2, column 27: this { has no }");
    check_refused("New-CsClientPolicy A\nNew-CsClientPolicy \"B",
                  "line 2, column 20: this quote is not closed on its line");
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
    check_refused(
        "Set-CsClientPolicy -EnableOfflineIm $x",
        "column 37: $x has no value here; $True, $False and $Null are known, and what a line before has "
        "set");
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
    check_refused(
        "Set-CsClientPolicy -IMWarning \"cost $five\"",
        "column 31: $five has no value here; $True, $False and $Null are known, and what a line before "
        "has set");
    check_refused("Remove-CsClientPolicy x -Force:maybe",
                  "column 32: -Force is $True or $False, not 'maybe'");
    check_refused("Get-CsUser \xff", "column 12: this text is not valid UTF-8");
    check_refused("Get-CsUser )",
                  "column 12: a value is missing in front of this sign, or the sign is one too many");
}

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
        struct ran ran;
        snprintf(line, sizeof(line), "Get-CsUser | Where-Object {%s} | Select -ExpandProperty Login",
                 cases[i].block);
        run_well(&ran, line);
        const struct step *printed = step_of(&ran, PRINTED, 0);
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
    check_printed("Get-CsClientPolicy | ? {$_.IMWarning -eq 10.0} | select Identity",
                  "Identity : Tag:Quiet\n");
    check_printed("10 -eq '10.0'", "True\n");
    check_printed("'a10' -lt 'a9'", "True\n");
}

static void pipe__gives_objects_to_the_next_cmdlet(void **state)
{
    (void)state;
    struct ran ran;
    const struct admin_op *op = only_op(
        &ran, "Get-CsUser | Where-Object {$_.Team -eq \"IT\"} | Grant-CsClientPolicy -PolicyName Polite");
    CHECK_EQ(op->kind, ADMIN_GRANT);
    CHECK_EQ(op->who_count, 2);
    CHECK_TEXT(op->whos[0], "tony");
    CHECK_TEXT(op->whos[1], "sam");
    CHECK(step_of(&ran, CONFIRMED, 0) == NULL); /* chosen, not guessed */
    run_well(&ran, "Get-CsClientPolicy | ? {$_.Identity -like 'Tag:*'} | Set-CsClientPolicy -IMWarning Hm");
    CHECK_TEXT(step_of(&ran, ASKED, 1)->op.identity, "Tag:Polite");
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.identity, "Tag:Quiet");
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.settings[0].text, "Hm");
    run_well(&ran, "'alice','bob' | Grant-CsClientPolicy -PolicyName $Null");
    CHECK_EQ(step_of(&ran, ASKED, 2)->op.who_count, 2);
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.policy, "");
    run_well(&ran, "Get-CsUser tony | Get-CsEffectivePolicy | select Identity, ClientPolicy, IMWarning");
    CHECK_TEXT(step_of(&ran, PRINTED, 0)->text,
               "Identity     : tony\nClientPolicy : Global\nIMWarning    : x  (default)\n");
    /* Nothing in front of the pipe is nothing to do: never everybody, never Global. */
    run_well(&ran, "Get-CsUser x* | Grant-CsClientPolicy -PolicyName Polite");
    CHECK(step_of(&ran, ASKED, 1) == NULL);
    run_well(&ran, "Get-CsClientPolicy | ? {$False} | Set-CsClientPolicy -EnableOfflineIm $False");
    CHECK(step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: who is not named whole is not mistaken for another, nor for several (USERS.md B9). */
static void user__is_one__unless_a_pattern_says_several(void **state)
{
    (void)state;
    struct ran ran;
    check_printed("(Get-CsUser sam).Login", "sam\n"); /* though sam2 begins so too */
    check_printed("(Get-CsUser 'tony smith').Login", "tony\n");
    check_printed("(Get-CsUser sa*).Login", "sam\nsam2\n");
    CHECK_EQ(run(&ran, "Get-CsUser sa | Grant-CsClientPolicy -PolicyName Polite"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(ran.err.text,
               "column 12: 'sa' may be any of 2 people: sam, sam2; say which by login, or write "
               "\"sa*\" for all");
    CHECK(step_of(&ran, ASKED, 1) == NULL);
    CHECK_EQ(run(&ran, "Get-CsUser nobody | Grant-CsClientPolicy -PolicyName Polite"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(ran.err.text, "column 12: nobody here is called 'nobody'");
    CHECK(step_of(&ran, ASKED, 1) == NULL);
}

/* Goal: more people, and teams, than the server takes in one transaction are granted all the same. */
static void grant__goes_in_parts__for_many_people(void **state)
{
    (void)state;
    struct ran ran;
    char text[1000] = "";
    for (int i = 0; i < 30; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s'%s%d'", i > 0 ? "," : "",
                 i % 13 == 12 ? "@team" : "login", i);
    }
    strcat(text, " | Grant-CsClientPolicy -PolicyName Polite -PassThru");
    run_well(&ran, text);
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
    CHECK(step_of(&ran, PRINTED, 0) != NULL && step_of(&ran, PRINTED, 1) == NULL);
}

static void for_each__runs_its_block_for_each(void **state)
{
    (void)state;
    struct ran ran;
    run_well(&ran, "Get-CsUser | % { Grant-CsClientPolicy -Identity $_.Login -PolicyName 'Polite' }");
    CHECK_TEXT(step_of(&ran, ASKED, 2)->op.whos[0], "alice");
    CHECK_EQ(step_of(&ran, ASKED, 2)->op.kind, ADMIN_GRANT);
    check_printed("Get-CsUser s* | ForEach-Object {\"$($_.Login) of $($_.Team)\"; 'next'}",
                  "sam of IT\nnext\nsam2 of \nnext\n");
}

static void select_sort_and_measure(void **state)
{
    (void)state;
    check_printed("Get-CsUser | select Login -First 1", "Login : alice\n");
    check_printed("Get-CsUser | sort Login -Descending | select -Last 1 -ExpandProperty DisplayName",
                  "Alice Ng\n");
    check_printed("Get-CsUser | Sort-Object Team, Login | % {$_.Login}", "sam2\nsam\ntony\nalice\nbob\n");
    check_printed("Get-CsUser | Measure-Object", "Count : 5\n");
    check_printed("(Get-CsUser).Count", "5\n");
    check_printed("Get-CsClientPolicy Quiet | fl Identity,Enable*", "Identity        : Tag:Quiet\n"
                                                                    "EnableOfflineIm : True\n");
    check_printed("Get-CsUser al | ft Login,Display", "Login  Display\nalice  Alice Ng\n");
    check_printed("Get-CsClientPolicy Quiet", "Identity        : Tag:Quiet\nPolicyEntry     : {}\n"
                                              "EnableOfflineIm : True\nIMWarning       : 10\n");
}

static void variables__keep_what_lines_give(void **state)
{
    (void)state;
    struct ran ran;
    run_well(&ran, "$who = Get-CsUser tony\n$name = 'Polite'\n$who | Grant-CsClientPolicy -PolicyName $name\n"
                   "\"$name for $who\"; 'not $name'; \"`$name\"; $Who.DisplayName");
    CHECK_TEXT(step_of(&ran, ASKED, 1)->op.policy, "Tag:Polite");
    CHECK_TEXT(step_of(&ran, ASKED, 1)->op.whos[0], "tony");
    CHECK_TEXT(step_of(&ran, PRINTED, 0)->text, "Polite for tony\n");
    CHECK_TEXT(step_of(&ran, PRINTED, 1)->text, "not $name\n");
    CHECK_TEXT(step_of(&ran, PRINTED, 2)->text, "$name\n");
    CHECK_TEXT(step_of(&ran, PRINTED, 3)->text, "Tony Smith\n");
    check_refused("$True = 'x'", "column 1: $True cannot be changed");
    check_refused("$_", "column 1: $_ has a value only within { } behind a pipe");
    check_refused("$x.Y = 'z'",
                  "column 1: $x is not an object; set it first, as in $x = Get-CsClientPolicy NAME");
}

/* Goal: an object made or changed here reaches the server as a whole by Set -Instance. */
static void instance__brings_its_name_and_settings(void **state)
{
    (void)state;
    struct ran ran;
    run_well(&ran, "$p = New-CsClientPolicy Loud -InMemory -EnableOfflineIm $True\n$p.IMWarning = 'Hey'\n"
                   "Set-CsClientPolicy -Instance $p");
    const struct admin_op *op = &step_of(&ran, ASKED, 0)->op;
    CHECK_EQ(op->kind, ADMIN_POLICY_NEW);
    CHECK_TEXT(op->identity, "Tag:Loud");
    CHECK_EQ(op->setting_count, 2);
    check_tri(&op->settings[0], "EnableOfflineIm", TRI_TRUE);
    CHECK_TEXT(op->settings[1].text, "Hey");
    CHECK(step_of(&ran, ASKED, 1) == NULL);
    run_well(&ran, "$p = Get-CsClientPolicy Quiet\n$p.IMWarning = $Null\nSet-CsClientPolicy -Instance $p");
    op = &step_of(&ran, ASKED, 1)->op;
    CHECK_EQ(op->kind, ADMIN_POLICY_SET);
    CHECK_EQ(op->setting_count, 2);
    CHECK_EQ(op->settings[1].value, SETTING_VALUE_UNSET);
    check_refused(
        "Set-CsClientPolicy -Instance 'x'",
        "column 30: -Instance takes the object that Get-CsClientPolicy or New-CsClientPolicy -InMemory "
        "gives");
}

static void pipelines__refuse_in_words__what_they_cannot(void **state)
{
    (void)state;
    check_refused("Get-CsUser | ? {$_.Deparment -eq 'x'}",
                  "column 17: there is no property Deparment; there are: "
                  "Login, Display, Team, Policy, Via");
    check_refused("Get-CsUser | ? {$_.Logn -eq 'x'}",
                  "column 17: there is no property Logn; did you mean Login?");
    check_refused("Get-CsUser | ? {$_.Team -is 'x'}",
                  "column 25: -is does not compare anything; there are: eq, ne, gt, ge, lt, le, like, match, "
                  "notlike, notmatch, and, or");
    check_refused("Get-CsUser | ? Team",
                  "column 16: Where-Object takes a block, such as {$_.Team -eq \"Sales\"}");
    check_refused("Get-CsUser | select -First x", "column 28: -First takes a number, not 'x'");
    check_refused("Get-CsUser | ? {$_.Team -match '('}", "column 25: '(' is no pattern: Unmatched ( or \\(");
    check_refused("Get-CsUser |", "column 13: a cmdlet such as Set-CsClientPolicy is missing here");
    check_refused("}", "column 1: this } has no {");
    check_refused("Get-CsUser {x}",
                  "column 12: a { block } is no value; Where-Object and ForEach-Object take it");
}

/* Goal: brackets within brackets end in a sentence, never in a stack that is too deep. */
static void depth__is_bounded(void **state)
{
    (void)state;
    char text[4000];
    struct ran ran;
    memset(text, '(', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    CHECK_EQ(run(&ran, text), EXIT_USAGE);
    CHECK_TEXT(ran.err.text, "column 33: at most 32 brackets may stand in one another");
}

static void unfinished__awaits_another_line(void **state)
{
    (void)state;
    struct ran ran;
    ran_init(&ran);
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
    struct ran ran;
    run_well(&ran, "PS C:\\Users\\ana> Get-CsUser |\n>> measure\nPS oim> Get-CsClientPolicy | measure");
    CHECK_TEXT(step_of(&ran, PRINTED, 0)->text, "Count : 5\n");
    CHECK_TEXT(step_of(&ran, PRINTED, 1)->text, "Count : 3\n");
    CHECK_TEXT(step_of(&ran, WARNED, 1)->text, "Left out the prompts (PS ...>).");
}

static void parameters_of_the_original__are_passed_over_with_a_word(void **state)
{
    (void)state;
    struct ran ran;
    run_well(
        &ran,
        "$x = New-CsClientPolicyEntry -Name OnlineFeedbackURL -Value 'https://x'\n"
        "Set-CsClientPolicy -Tenant 1234 -EnableTracing $True -EnableOfflineIm $True -PolicyEntry @{Add=$x}");
    CHECK_TEXT(step_of(&ran, WARNED, 0)->text, "-Tenant is not used here; ignored");
    CHECK_TEXT(step_of(&ran, WARNED, 1)->text, "-EnableTracing is not used here; ignored");
    CHECK_TEXT(step_of(&ran, WARNED, 2)->text, "-PolicyEntry is not used here; ignored");
    CHECK(step_of(&ran, WARNED, 3) == NULL);
    CHECK_EQ(step_of(&ran, ASKED, 0)->op.setting_count, 1);
}

/* ---- completion
 * ------------------------------------------------------------------------------------------------ */

static void completion__offers_what_can_stand_there(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *candidates;
    } cases[] = {
        {"gra", "Grant-CsClientPolicy "},
        {"Get-CsUser | Wh", "Where-Object "},
        {"Set-CsClientPolicy -EnableO", "-EnableOfflineIm "},
        {"Set-CsClientPolicy -Ident", "-Identity "},
        {"Set-CsClientPolicy -EnableOfflineIm $", "$True $False $Null "},
        {"Set-CsClientPolicy -DndAction ", "Hold Refuse "},
        {"Set-CsClientPolicy -Identity ", "Global Polite "},
        {"Set-CsClientPolicy Tag:p", "Tag:Polite "},
        {"Grant-CsClientPolicy to", "tony \"Tony Smith\" "},
        {"Grant-CsClientPolicy \"Tony S", "\"Tony Smith\" "},
        {"Grant-CsClientPolicy tony -Policy po", "Polite "},
        {"Grant-CsClientPolicy tony ", "Global Polite "},
        {"Grant-CsClientPolicy -Group ", "Sales "},
        {"Get-CsEffectivePolicy -id b", "bob "},
        {"Nonsense -x", ""},
        {"Get-CsUser | ForEach-Object {Set-CsIm", "Set-CsImConfiguration "},
    };
    static const char *const policies[] = {"Global", "Tag:Polite"};
    static const char *const people[] = {"bob", "tony", "Tony Smith"};
    static const char *const teams[] = {"Sales"};
    const struct cmdlet_known known = {policies, 2, people, 3, teams, 1};
    struct ran ran;
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct cmdlet_completion completion;
        const char *text = "";
        ran_init(&ran);
        cmdlet_complete(cases[i].line, &known, &ran.arena, &completion);
        for (size_t j = 0; j < completion.count; j++) {
            text = oim_arena_printf(&ran.arena, "%s%s ", text, completion.candidates[j]);
        }
        CHECK_TEXT(text, cases[i].candidates);
    }
}

/* Goal: no text, however cut, makes the compiler read or write where it should not; ASan is the judge. */
static void any_beginning__of_any_line__is_answered(void **state)
{
    (void)state;
    static const char text[] = "<# c #> Set–CsClientPolicy -Identity “Tony`” Smith”,x -Force:$True {a{b}} `\n"
                               "> ```\n$x = Grant - CsClientPolicy 'it''s' | Get-Host # x\n=;-:,$";
    struct ran ran;
    for (size_t begin = 0; begin < sizeof(text); begin++) {
        for (size_t size = 0; begin + size < sizeof(text); size++) {
            char part[sizeof(text)];
            memcpy(part, text + begin, size);
            part[size] = '\0';
            if (run(&ran, part) != EXIT_DONE) {
                CHECK(ran.err.text[0] != '\0');
            }
        }
    }
}

static void arena__too_small__is_said(void **state)
{
    (void)state;
    struct ran ran;
    bool fits = false;
    for (size_t size = 0; !fits; size += 64) {
        ran_init(&ran);
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
    struct ran ran;
    ran_init(&ran);
    int exit_code = EXIT_DONE;
    for (size_t i = 0; i < 1000 && exit_code == EXIT_DONE; i++) {
        exit_code = cmdlet_session_run(&ran.session, "$x = Get-CsUser", &ran.err);
        ran.step_count = 0;
        ran.record.used = 0;
    }
    CHECK_EQ(exit_code, EXIT_USAGE);
    CHECK_TEXT(ran.err.text, "column 1: there is no room for more in variables; begin a new session");
}

/* ---- answers
 * --------------------------------------------------------------------------------------------------- */

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
        cmocka_unit_test(depth__is_bounded),
        cmocka_unit_test(unfinished__awaits_another_line),
        cmocka_unit_test(prompts__are_left_out),
        cmocka_unit_test(parameters_of_the_original__are_passed_over_with_a_word),
        cmocka_unit_test(completion__offers_what_can_stand_there),
        cmocka_unit_test(any_beginning__of_any_line__is_answered),
        cmocka_unit_test(arena__too_small__is_said),
        cmocka_unit_test(variables__too_many__are_refused_in_words),
        cmocka_unit_test(print__aligns_names_and_leaves_unset_blank),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_run", tests, NULL, NULL);
}
