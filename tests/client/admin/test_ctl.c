/*
 * test_ctl.c - `oimctl`'s subcommands against a scripted agent: what they request, what they print, how they
 * exit.
 */
#include "client/admin/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proto/handshake.h"
#include "tests/support/check.h"
#include "tests/support/fake_agent.h"
#include "tests/support/program_run.h"

#define READY "whoami\tstate=ready\tlogin=ana\tdisplay=Ana Ruiz\trole=owner\taddress=chat.example.org\n"

static int run(struct fixture *fixture, const char *const *arguments)
{
    return program_run(fixture, "oimctl", ctl_main, arguments);
}

#define RUN(fixture, ...) run((fixture), (const char *const[]){__VA_ARGS__, NULL})

static void oimctl__exits_2_and_asks_nothing__when_the_line_makes_no_sense(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", READY);
    CHECK_EQ(RUN(fixture, "polcy", "list"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "invite", "Not A Login"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "invite", "tony", "--role", "king"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "user", "set", "tony"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "policy", "set", "Global", "EnableOfflineIm"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "has no value") != NULL);
    CHECK_EQ(RUN(fixture, "policy", "set", "Global", "EnableOfflineIm=perhaps"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "policy", "set", "Global", "EnableTimeTravel=True"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "policy", "grant", "NoOffline"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "audit", "--count", "-3"), EXIT_USAGE);
    /* What is left of $False after the shell has replaced it by nothing. */
    CHECK_EQ(RUN(fixture, "Set-CsClientPolicy", "-Identity", "Global", "-EnableIMAutoArchiving"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "no value") != NULL);
    CHECK_TEXT(asked(fixture), "");
}

static void oimctl_invite__prints_the_line__and_until_when(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY "on\tadmin\nevent\tinvite\tlogin=tony\tdisplay=Tony Smith\tline=oim://h:7667/#abc\t"
                     "until#1716901320000\nevent\trows\tcode#0\nend\t0\n");
    CHECK_EQ(RUN(fixture, "invite", "tony", "--display", "Tony Smith", "--team", "sales"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "oim://h:7667/#abc   (works once, until Tue 28 May 2024 13:02)\n");
    CHECK_TEXT(asked(fixture), "admin\tinvite\ttony\tTony Smith\tsales\n");
    CHECK_EQ(RUN(fixture, "invite", "tony", "--json"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "{\"what\":\"invite\",\"login\":\"tony\",\"display\":\"Tony Smith\","
                             "\"line\":\"oim://h:7667/#abc\",\"until\":\"2024-05-28T13:02:00.000Z\"}\n");
}

static void oimctl_invite_file__invites_nobody__when_a_line_is_bad(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    snprintf(path, sizeof(path), "%s/people.csv", fixture->root);
    file_write(fixture, "script", READY "on\tadmin\nevent\trows\tcode#0\nend\t0\n");
    file_write(fixture, "people.csv", "tony,Tony Smith\nBad One,X\n");
    CHECK_EQ(RUN(fixture, "invite", "--file", path), EXIT_USAGE);
    CHECK(strstr(fixture->err, "line 2: \"Bad One\" cannot be a login") != NULL);
    CHECK(strstr(fixture->err, "Nothing was changed.") != NULL);
    CHECK_EQ(RUN(fixture, "invite", "--file", path, "--team", "sales"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "invite", "tony", "--lang", "es"), EXIT_USAGE);
    CHECK_TEXT(asked(fixture), "");
}

static void oimctl_tables__align_columns__by_what_they_take_on_screen(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY
               "on\tadmin\nevent\trows\trows@login=ana;display=Ana Ruiz;waiting=0;last_sign_in=1715691720000|"
               "login=jose;display=José 漢字;waiting=12;last_sign_in=0\nend\t0\n");
    CHECK_EQ(RUN(fixture, "invite", "list"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "LOGIN  DISPLAY    WAITING  LAST-SIGN-IN\n"
                             "ana    Ana Ruiz         0  Tue 14 May 2024 13:02\n"
                             "jose   José 漢字       12\n");
    CHECK_EQ(RUN(fixture, "invite", "list", "--json"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "{\"what\":\"row\",\"login\":\"ana\",\"display\":\"Ana Ruiz\",\"waiting\":0,"
                             "\"last_sign_in\":\"2024-05-14T13:02:00.000Z\"}\n"
                             "{\"what\":\"row\",\"login\":\"jose\",\"display\":\"José 漢字\",\"waiting\":12,"
                             "\"last_sign_in\":null}\n");
    CHECK_EQ(RUN(fixture, "user", "show", "jose"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "login    jose\ndisplay  José 漢字\nwaiting  12\n");
    CHECK_EQ(RUN(fixture, "user", "show", "jos"), EXIT_NO_SUCH_NAME);
}

static void oimctl_policy__sends_settings_and_people__as_written(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", READY "on\tadmin\nevent\trows\trows@!note_switched_on=Polite\nend\t0\n");
    CHECK_EQ(RUN(fixture, "policy", "new", "Polite", "enableofflineim=false", "--from", "Global"), EXIT_DONE);
    CHECK(strstr(fixture->out, "Done.\nGlobal turns offline messages off and Polite leaves it unset") ==
          fixture->out);
    CHECK_EQ(RUN(fixture, "policy", "grant", "Polite", "tony", "@sales"), EXIT_DONE);
    CHECK_EQ(RUN(fixture, "policy", "grant", "--none", "tony"), EXIT_DONE);
    CHECK_EQ(RUN(fixture, "offline", "off", "@sales"), EXIT_DONE);
    CHECK_TEXT(asked(fixture), "admin\tpolicy.new\tTag:Polite\tGlobal\tEnableOfflineIm=1\n"
                               "admin\tpolicy.grant\tTag:Polite\ttony\n"
                               "admin\tpolicy.grant\tTag:Polite\t@sales\n"
                               "admin\tpolicy.grant\ttony\n"
                               "admin\toffline\t@sales\toff\n");
}

static void oimctl_status__is_one_screen__whatever_figures_there_are(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY
               "on\tadmin\nevent\trows\trows@name=address;value=chat.example.org|name=version;value=0.1.0|"
               "name=people;value=3|name=joined;value=2|name=invites_open;value=0|name=signed_in;value=1|"
               "name=waiting;value=0|name=waiting_people;value=0\nend\t0\n");
    CHECK_EQ(RUN(fixture, "status"), EXIT_DONE);
    CHECK(strstr(fixture->out, "chat.example.org  oimd 0.1.0\n"
                               "people      3 (2 joined), 1 signed in\n"
                               "waiting     nothing\n") == fixture->out);
    CHECK_EQ(RUN(fixture, "status", "--json"), EXIT_DONE);
    CHECK(strstr(fixture->out, "{\"what\":\"status\",\"address\":\"chat.example.org\",\"version\":\"0.1.0\","
                               "\"people\":3,") == fixture->out);
}

static void oimctl_audit__exits_4__when_the_chain_is_broken(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY
               "on\tadmin\nevent\trows\trows@n=1;at=1715691720000;login=ana;op=policy.set;old=;new=Global "
               "X;sig=abc|!length=1;!chain=broken\nend\t0\n");
    CHECK_EQ(RUN(fixture, "audit"), EXIT_TRUST);
    CHECK(strstr(fixture->out, "policy.set") != NULL);
    CHECK(strstr(fixture->out, "THE CHAIN IS BROKEN") != NULL);
    CHECK(strstr(fixture->out, "abc") == NULL);
    file_write(fixture, "script",
               READY
               "on\tadmin\nevent\trows\trows@n=1;op=policy.set|!length=2;!chain=broken;!length=2;!chain=ok\n"
               "end\t0\n");
    CHECK_EQ(RUN(fixture, "audit"), EXIT_TRUST); /* however good the pages behind it are */
    CHECK(strstr(fixture->out, "THE CHAIN IS BROKEN") != NULL);
}

/*
 * Goal:   the seed's line runs, and a text runs up to its mistyped line, which is named and corrected.
 * Method: the line by -c; then a file whose second line is mistyped.
 */
static void oimctl_cmdlets__run_in_order__up_to_the_first_that_fails(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", READY "on\tadmin\nevent\trows\tcode#0\nend\t0\n");
    CHECK_EQ(RUN(fixture, "-c", "Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False"),
             EXIT_DONE);
    CHECK_TEXT(asked(fixture), "admin\tpolicy.set\tGlobal\tEnableIMAutoArchiving=1\n");
    file_write(fixture, "lines",
               "New-CsClientPolicy -Identity X\nGrant -CsClientPolicy -Identity tony\nGet-CsUser\n");
    char path[64];
    snprintf(path, sizeof(path), "%s/lines", fixture->root);
    CHECK_EQ(RUN(fixture, "run", path), EXIT_USAGE);
    CHECK_TEXT(fixture->err,
               "oimctl: line 2, column 1: there is a blank too many beside a hyphen. This line did "
               "nothing. This was meant:\n  Grant-CsClientPolicy -Identity tony\n");
    CHECK(strstr(asked(fixture), "policy.new") != NULL);
    CHECK(strstr(asked(fixture), "user.list") == NULL);
}

static void oimctl__exits_3_with_the_reason__when_refused(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", READY "on\tadmin\nend\t3\tcode=denied\trole=user\n");
    CHECK_EQ(RUN(fixture, "offline", "off"), EXIT_REFUSED);
    CHECK_TEXT(fixture->err, "oimctl: You may not do that as user.\n");
    CHECK_TEXT(fixture->out, "");
}

static void oimctl_init__prints_the_line__until_it_is_used(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    snprintf(path, sizeof(path), "%s/oimd.key", fixture->root);
    CHECK_EQ(RUN(fixture, "init", "--secret-file", path), EXIT_FAILED);
    struct invite_line line = {
        .host_port = "127.0.0.1:7667", .kind = LINE_OWNER, .mode = WAY_DIRECT, .secret = {7}};
    char text[INVITE_LINE_SIZE_MAX];
    invite_line_format(&line, text);
    file_write(fixture, "oimd.key.owner-line", text);
    CHECK_EQ(RUN(fixture, "init", "--secret-file", path), EXIT_DONE);
    CHECK(strstr(fixture->out, text) != NULL);
    CHECK_EQ(RUN(fixture, "init", "--secret-file", path, "--address", "chat.example.org"), EXIT_DONE);
    CHECK(strstr(fixture->out, "oim://chat.example.org:7667/#") != NULL);
}

/* One script answers both requests: the settings' rows and the audit log's stand in it side by side. */
static void oimctl_explain__finds_in_the_audit_log__who_set_and_granted_what_counts(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY "on\tadmin\nevent\trows\trows@!login=tony;!display=Tony Smith;!policy=Tag:Off;!via=own;"
                     "!offline=off;!rule=EnableOfflineIm;!accepts=True;setting=EnableOfflineIm;value=False;"
                     "origin=Tag:Off|login=ana;op=policy.set;at=1716901320000;device=aaaaaabbbb;"
                     "new=Tag:Off EnableOfflineIm=False|login=eve;op=policy.set;at=1716901320000;"
                     "device=eeeeee;new=Tag:Off2 EnableOfflineIm=False|login=zoe;op=policy.grant;"
                     "at=1716901320000;device=zzzzzz;new=antony=Tag:X tony=Tag:Off |login=eve;"
                     "op=policy.grant;at=1716901320000;device=eeeeee;new=antony=Tag:Off \nend\t0\n");
    CHECK_EQ(RUN(fixture, "policy", "explain", "tony"), EXIT_DONE);
    CHECK(strstr(fixture->out, "tony (Tony Smith): policy Tag:Off, granted to tony by zoe, ") != NULL);
    CHECK(strstr(fixture->out, "May not leave messages: EnableOfflineIm is False in Tag:Off, set by ana, Tue "
                               "28 May 2024 13:02\n") != NULL);
    CHECK(strstr(fixture->out, "aaaaaa\n") != NULL);
    CHECK(strstr(fixture->out, "eve") == NULL);
}

static void oimctl_what_if__takes_the_words_of_the_real_command__and_names_whom(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               READY "on\tadmin\nevent\trows\trows@login=ana;display=Ana Ruiz;setting=offline;before=on;"
                     "after=off;policy=Global|login=ana;setting=EnableOfflineIm;before=True;after=False;"
                     "policy=Global|login=bob;setting=offline;before=on;after=off;policy=Global\nend\t0\n");
    CHECK_EQ(RUN(fixture, "policy", "what-if", "set", "Global", "EnableOfflineIm=False"), EXIT_DONE);
    CHECK_TEXT(asked(fixture), "admin\tpolicy.set\tGlobal\tEnableOfflineIm=1\twhat if\n");
    CHECK(strstr(fixture->out, "It would change something for 2 people:\n") != NULL);
    CHECK_EQ(RUN(fixture, "policy", "what-if", "set", "Global"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "policy", "what-if", "drop", "Global"), EXIT_USAGE);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "agent") == 0) {
        return fake_agent_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(oimctl__exits_2_and_asks_nothing__when_the_line_makes_no_sense, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oimctl_invite__prints_the_line__and_until_when, setup, teardown),
        cmocka_unit_test_setup_teardown(oimctl_invite_file__invites_nobody__when_a_line_is_bad, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oimctl_tables__align_columns__by_what_they_take_on_screen, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oimctl_policy__sends_settings_and_people__as_written, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            oimctl_explain__finds_in_the_audit_log__who_set_and_granted_what_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(oimctl_what_if__takes_the_words_of_the_real_command__and_names_whom,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(oimctl_status__is_one_screen__whatever_figures_there_are, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oimctl_audit__exits_4__when_the_chain_is_broken, setup, teardown),
        cmocka_unit_test_setup_teardown(oimctl_cmdlets__run_in_order__up_to_the_first_that_fails, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oimctl__exits_3_with_the_reason__when_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(oimctl_init__prints_the_line__until_it_is_used, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
