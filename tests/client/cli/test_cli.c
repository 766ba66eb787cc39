/*
 * test_cli.c - `oim`'s subcommands against a scripted agent: what they ask, what they print, how they exit.
 */
#include "client/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proto/limits.h"
#include "tests/support/check.h"
#include "tests/support/fake_agent.h"
#include "tests/support/program_run.h"

#define ID_1 "k7m2qdaaaaaaaaaaaaaaaaaaa0"
#define ID_2 "9zzzzzaaaaaaaaaaaaaaaaaaa0"
#define READY                                          \
    "whoami\tstate=ready\tlogin=alice\tdisplay=Alice " \
    "Ng\taddress=chat.example.org\tunread#3\tunread_people#2\n"

static int fake_main(const char *profile)
{
    return strcmp(profile, "default") == 0 ? 42 : 43;
}

static int oim(int argc, char **argv, FILE *out, FILE *err, const char *agent_program)
{
    return cli_main(argc, argv, out, err, agent_program, fake_main);
}

static int run(struct fixture *fixture, const char *const *arguments)
{
    return program_run(fixture, "oim", oim, arguments);
}

#define RUN(fixture, ...) run((fixture), (const char *const[]){__VA_ARGS__, NULL})

static void script_write(const struct fixture *fixture, const char *script)
{
    file_write(fixture, "script", script);
}

static void oim__exits_2__when_the_command_line_makes_no_sense(void **state)
{
    struct fixture *fixture = *state;
    CHECK_EQ(RUN(fixture, "sned", "bob", "hi"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "send") != NULL);
    CHECK_EQ(RUN(fixture, "send"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "send", "bob", "hi", "--wait", "never"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "send", "bob", "hi", "--timeout", "soon"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "send", ",", "hi"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "status", "happy"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "status", "busy", "--for", "1h", "--until", "15:00"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "contacts", "add"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "outbox", "drop"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "history", "--since", "once upon a time"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "join", "no line at all", "--no-passphrase"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "join"), EXIT_USAGE);
    CHECK_TEXT(asked(fixture), "");
}

static void oim__answers_help_and_version__without_an_agent(void **state)
{
    struct fixture *fixture = *state;
    CHECK_EQ(RUN(fixture, "--help"), EXIT_DONE);
    CHECK(strstr(fixture->out, "receive") != NULL);
    CHECK_EQ(RUN(fixture, "send", "--help"), EXIT_DONE);
    CHECK(strstr(fixture->out, "--no-queue") != NULL);
    CHECK_EQ(RUN(fixture, "--version"), EXIT_DONE);
    CHECK_EQ(RUN(fixture, "agent"), 42);
}

static void oim_send__asks_and_prints_one_line__for_each_recipient(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture,
                 READY "on\tsend\n"
                       "event\tresult\tid=" ID_1 "\tto=bob\tto_display=Bob Stone\tstate=held\tkept?1\n"
                       "event\tresult\tid=" ID_2 "\tto=carol\tto_display=Carol\tstate=delivered\tkept?1\n"
                       "end\t0\n");
    CHECK_EQ(RUN(fixture, "send", "bob, carol", "The", "contract", "--timeout", "30"), EXIT_DONE);
    CHECK_TEXT(fixture->out,
               "Held for Bob Stone until they sign in                                   k7m2qd\n"
               "Delivered to Carol                                                      9zzzzz\n");
    CHECK_TEXT(asked(fixture),
               "send\tto=bob\tid=i\tto=carol\tid=i\twait=held\ttimeout_ms#30000\ttext=The contract\n");
}

static void oim_send__prints_stable_keys__as_json(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture,
                 READY "on\tsend\nevent\tresult\tid=" ID_1
                       "\tto=bob\tto_display=Bob\tstate=held\tkept?1\tuntil#1716901320000\nend\t0\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "hi", "--json", "--once", "k1"), EXIT_DONE);
    CHECK_TEXT(fixture->out,
               "{\"id\":\"" ID_1 "\",\"to\":\"bob\",\"state\":\"held\",\"reason\":null,\"kept\":true,"
               "\"until\":\"2024-05-28T13:02:00.000Z\",\"to_display\":\"Bob\"}\n");
    CHECK_TEXT(fixture->err, "");
    CHECK(strstr(asked(fixture), "once=k1") != NULL);
}

static void oim_send__prints_a_result_line__for_what_came_to_nothing(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tsend\nevent\tresult\tto=zoe\tstate=not_sent\treason=no_such_person\t"
                                "kept?0\texit#6\tname=zoe\nend\t6\tcode=no_such_person\n");
    CHECK_EQ(RUN(fixture, "send", "zoe", "hi", "--json"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(fixture->out,
               "{\"id\":null,\"to\":\"zoe\",\"state\":\"not_sent\",\"reason\":\"no_such_person\","
               "\"kept\":false,\"until\":null,\"exit\":6,\"name\":\"zoe\"}\n");
    CHECK_EQ(RUN(fixture, "send", "zoe", "hi"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(fixture->out, "");
    CHECK_TEXT(fixture->err, "oim: Nobody here is called zoe. oim people WORDS searches everybody.\n");
    CHECK_EQ(RUN(fixture, "send", "zoe", "", "--json"), EXIT_USAGE);
    CHECK(strstr(fixture->out, "\"state\":\"not_sent\",\"reason\":\"empty_text\",\"kept\":false,") != NULL);

    script_write(fixture, READY "on\tsend\nevent\tresult\tto=bob\tstate=not_sent\treason=not_reached\t"
                                "kept?0\texit#5\taddress=h:1\nend\t5\tcode=not_reached\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "hi", "--no-queue"), EXIT_NOT_REACHED);
    CHECK_TEXT(fixture->err, "oim: Not sent: h:1 is not reached, and nothing was kept.\n");
}

static void oim_send__says_why_and_where_the_text_is__when_refused(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tsend\nevent\tresult\tid=" ID_1
                                "\tto=bob\tto_display=Bob Stone\tstate=refused\treason=sender_offline_off\t"
                                "who=sender_policy\tpolicy=Global\tkept?1\nend\t3\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "hi"), EXIT_REFUSED);
    CHECK_TEXT(fixture->out,
               "Not sent: Bob Stone is signed out, and you may not leave messages (policy Global). "
               "Kept as a draft.\n");
}

static void oim_send__lists_the_candidates__of_an_ambiguous_name(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tsend\nevent\tcandidate\tlogin=tony\tdisplay=Tony Smith\n"
                                "event\tcandidate\tlogin=tina\tdisplay=Tina Poe\n"
                                "end\t6\tcode=ambiguous\tname=t\n");
    CHECK_EQ(RUN(fixture, "send", "t", "hi"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(fixture->out, "");
    CHECK(strstr(fixture->err, "  tony              Tony Smith\n") != NULL);
    CHECK(strstr(fixture->err, "oim: Several match t.\n") != NULL);
}

/*
 * Goal:   the limit counts characters, not bytes, and nothing is asked of the agent when it is passed.
 * Method: 8,000 letters of two bytes go; one more does not, and --truncate keeps the end.
 */
static void oim_send__counts_characters__against_the_limit(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tsend\nend\t0\n");
    static char text[2 * TEXT_CHARS_MAX + 3];
    for (size_t i = 0; i < TEXT_CHARS_MAX; i++) {
        memcpy(text + 2 * i, "ñ", 2);
    }
    CHECK_EQ(RUN(fixture, "send", "bob", text), EXIT_DONE);
    strcat(text, "x");
    CHECK_EQ(RUN(fixture, "send", "bob", text), EXIT_USAGE);
    CHECK_TEXT(fixture->err,
               "oim: 8,001 characters; the limit is 8,000. Send it in parts, or --truncate (keeps the "
               "end).\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "--truncate", text), EXIT_DONE);
    const char *all = asked(fixture);
    CHECK(strcmp(all + strlen(all) - 4, "ñx\n") == 0);
    CHECK_EQ(RUN(fixture, "send", "bob", ""), EXIT_USAGE);
    CHECK_TEXT(fixture->err, "oim: There is nothing to send.\n");
    CHECK_EQ(RUN(fixture, "send", "bob"), EXIT_USAGE); /* standard input is empty */
    CHECK_EQ(RUN(fixture, "send", "bob", "\xff"), EXIT_USAGE);
}

#define WAITING                                                                                         \
    READY                                                                                               \
    "on\treceive\n"                                                                                     \
    "event\tsummary\tcount#2\tpeople#1\tquiet#0\texpired#0\telsewhere#1\n"                              \
    "event\ttalk\tfrom=alice\tfrom_display=Alice Ng\tcount#2\tlast#1715691720000\tpresence=available\n" \
    "event\tmessage\tid=" ID_1 "\tfrom=alice\tfrom_display=Alice Ng\ttext=hi\x01"                       \
    "Bob, 14:02: \x1b[2Jfake\tat#1715691720000\tarrived#1715695320000\n"                                \
    "event\tmessage\tid=" ID_2 "\tfrom=alice\tfrom_display=Alice Ng\ttext=there\tat#1715691720000\n"    \
    "end\t0\tcount#2\n"                                                                                 \
    "on\tunread\nend\t0\tcount#3\tpeople#2\n"

static void oim_receive__prints_summary_people_messages__and_tells_what_was_shown(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, WAITING);
    CHECK_EQ(RUN(fixture, "receive"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "While you were away: 2 messages from 1 person\n"
                             "1 message went to your other device first.\n"
                             "  Alice Ng  2 messages  Tue 14 May 2024 13:02  available now\n"
                             "Alice Ng, Tue 14 May 2024 13:02 (arrived Tue 14 May 2024 14:02): hi\n"
                             "    Bob, 14:02: ␛[2Jfake\n"
                             "Alice Ng, Tue 14 May 2024 13:02: there\n");
    CHECK_EQ(RUN(fixture, "unread"), EXIT_DONE); /* served after what was shown has been taken in */
    CHECK_TEXT(fixture->out, "3\n");
    CHECK_TEXT(asked(fixture),
               "receive\tfollow?0\tmark_read?0\nshown\tk7m2qd\tnot read\nshown\t9zzzzz\tnot read\n"
               "unread\n");
}

static void oim_receive__marks_read__only_when_asked_in_a_pipe(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, WAITING);
    CHECK_EQ(RUN(fixture, "receive", "--mark-read", "--json"), EXIT_DONE);
    CHECK(strstr(fixture->out, "{\"what\":\"summary\",\"count\":2,\"people\":1,") == fixture->out);
    CHECK(strstr(fixture->out, "\"at\":\"2024-05-14T13:02:00.000Z\"") != NULL);
    CHECK(strchr(fixture->out, 0x1b) == NULL);
    CHECK_EQ(RUN(fixture, "unread", "--json"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "{\"what\":\"unread\",\"count\":3,\"people\":2}\n");
    CHECK(strstr(asked(fixture), "shown\tk7m2qd\tread\nshown\t9zzzzz\tread\n") != NULL);
}

struct narrow {
    size_t room; /* so many bytes go through, then the reader is gone */
};

static ssize_t narrow_write(void *context, const char *bytes, size_t size)
{
    struct narrow *narrow = context;
    (void)bytes;
    if (size > narrow->room) {
        errno = EPIPE;
        return -1;
    }
    narrow->room -= size;
    return (ssize_t)size;
}

/*
 * Goal:   of two messages only the one that came out counts as shown.
 * Method: output that takes the summary and the first message, and nothing after it.
 */
static void oim_receive__shows_only__what_came_out(void **state)
{
    struct fixture *fixture = *state;
    struct narrow narrow = {.room = 250};
    char program[] = "oim", command[] = "receive";
    char *argv[] = {program, command, NULL};
    script_write(fixture, WAITING);
    FILE *out = fopencookie(&narrow, "w", (cookie_io_functions_t){.write = narrow_write});
    FILE *err = open_memstream(&fixture->err, &fixture->err_size);
    CHECK_EQ(oim(2, argv, out, err, "/proc/self/exe"), EXIT_FAILED);
    fclose(out);
    fclose(err);
    CHECK_EQ(RUN(fixture, "unread"), EXIT_DONE);
    CHECK(strstr(asked(fixture), "shown\tk7m2qd\tnot read\nunread\n") != NULL);
}

/*
 * Goal:   what no message shows counts as told once it is out, and never when a command takes the messages.
 */
static void oim_receive__tells_of_holes_and_notices__once_they_are_out(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\treceive\nevent\tgap\tid=" ID_1 "\tcount#1\twhy=erased\n"
                                "event\tnotice\tid=" ID_2 "\tnotice=room_again\tpeer=bob\t"
                                "peer_display=Bob Stone\nend\t0\non\tunread\nend\t0\tcount#0\n");
    CHECK_EQ(RUN(fixture, "receive", "--exec", "true"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "");
    CHECK_EQ(RUN(fixture, "unread"), EXIT_DONE);
    CHECK(strstr(asked(fixture), "shown") == NULL);
    CHECK_EQ(RUN(fixture, "receive"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "1 message was erased by an administrator.\n"
                             "There is room again in the mailbox of Bob Stone.\n");
    CHECK_EQ(RUN(fixture, "unread"), EXIT_DONE);
    CHECK(strstr(asked(fixture), "shown\tk7m2qd\tnot read\nshown\t9zzzzz\tnot read\n") != NULL);
}

/*
 * Goal:   a message is only shown when the command that was to act on it succeeded.
 * Method: a command that succeeds for one of the two messages.
 */
static void oim_receive_exec__shows_only__what_the_command_took(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, WAITING);
    CHECK_EQ(RUN(fixture, "receive", "--exec", "grep -q there"), EXIT_FAILED);
    CHECK_TEXT(fixture->out, "");
    CHECK_EQ(RUN(fixture, "unread"), EXIT_DONE);
    CHECK(strstr(asked(fixture), "shown\t9zzzzz\tnot read\n") != NULL);
    CHECK(strstr(asked(fixture), "shown\tk7m2qd") == NULL);
}

static void oim__sends_nothing__when_locked_or_not_joined(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, "whoami\tstate=locked\tlogin=alice\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "hi"), EXIT_FAILED);
    CHECK(strstr(fixture->err, "oim: This profile is locked.") == fixture->err);
    script_write(fixture, "whoami\tstate=none\n");
    CHECK_EQ(RUN(fixture, "send", "bob", "hi", "--json"), EXIT_FAILED);
    CHECK(strstr(fixture->out,
                 "{\"id\":null,\"to\":\"bob\",\"state\":\"not_sent\",\"reason\":\"none\",\"kept\":false,"
                 "\"until\":null,\"text\":\"This computer has not joined") == fixture->out);
    CHECK_EQ(RUN(fixture, "receive"), EXIT_FAILED);
    CHECK_TEXT(asked(fixture), "");
}

static void oim_why__tries_the_name__when_no_message_has_that_id(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\twhy\nend\t6\tcode=no_such_message\tid=alice\n");
    CHECK_EQ(RUN(fixture, "why", "alice"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(asked(fixture), "why\tid=alice\nwhy\tto=alice\n");
}

/* Goal: each step with what decided it; for scripts its name stands beside the event's. */
static void oim_why__says_each_step__and_what_decided_it(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture,
                 READY "on\twhy\n"
                       "event\tstep\tstep=held\tto_display=Bob Stone\tuntil#1715691720000\tpolicy=Tag:Short\n"
                       "event\tstep\tstep=held\tto_display=Bob Stone\tuntil#1715691720000\tpolicy=\n"
                       "event\tstep\tstep=accepted\n"
                       "event\tstep\tstep=delivered\tk#1\tn#2\n"
                       "event\tstep\tstep=delivered\n"
                       "event\tstep\tstep=refused\twho=sender_policy\tpolicy=Tag:Quiet\n"
                       "event\tstep\tstep=refused\twho=recipient_policy\tto_display=Bob Stone\n"
                       "event\tstep\tstep=refused\twho=organisation\n"
                       "event\tstep\tstep=refused\n"
                       "end\t0\n");
    CHECK_EQ(RUN(fixture, "why"), EXIT_DONE);
    static const char *const says[] = {
        "(policy Short)\n",
        ", as you asked\n",
        "  accepted and on disk\n",
        "  delivered to 1 of 2 devices\n",
        "  delivered\n",
        "  refused; your policy Quiet decided\n",
        "  refused; the policy of Bob Stone decided\n",
        "  refused; your organisation decided\n",
        "  refused\n",
    };
    const char *at = fixture->out;
    for (size_t i = 0; i < OIM_COUNT(says); i++) {
        at = strstr(at, says[i]);
        CHECK(at != NULL);
    }
    CHECK_EQ(RUN(fixture, "why", "--json"), EXIT_DONE);
    CHECK(strstr(fixture->out, "\"what\":\"step\",\"step\":\"delivered\",\"k\":1,\"n\":2") != NULL);
}

/* Goal: what one may do is said in sentences, each with its source; EnableOfflineIm once, in the verdict. */
static void oim_policy__says_what_one_may_do__and_where_it_comes_from(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tpolicy\n"
                                "event\tsetting\tname=EnableIMAutoArchiving\tvalue=True\torigin=default\n"
                                "event\tsetting\tname=EnableOfflineIm\tvalue=False\torigin=site:Sales\n"
                                "event\tsetting\tname=OfflineRetentionDays\tvalue=1\torigin=site:Sales\n"
                                "event\tsetting\tname=IMWarning\tvalue=\torigin=default\n"
                                "event\tsetting\tname=EnableURL\tvalue=False\torigin=site:Sales\n"
                                "event\tsetting\tname=EnableOfflineIm\tvalue=True\torigin=organisation\n"
                                "event\tsetting\tname=StartContacts\tvalue=Team\torigin=organisation\n"
                                "end\t0\tpolicy=site:Sales\tvia=site\tmay_leave?0\trule=EnableOfflineIm\n");
    CHECK_EQ(RUN(fixture, "policy"), EXIT_DONE);
    CHECK_TEXT(
        fixture->out,
        "What applies to you: policy site:Sales, that of your team.\n"
        "  You may leave messages for people who are signed out: no (EnableOfflineIm in policy site:Sales)\n"
        "  Messages wait for you at most 1 day (policy site:Sales)\n"
        "  No notice is shown before messages\n"
        "  Your team are contacts of yours from the start, up to 100 people (your organisation)\n"
        "Also set for you:\n"
        "  EnableURL  False  policy site:Sales\n");
    CHECK_EQ(RUN(fixture, "policy", "--json"), EXIT_DONE);
    CHECK(strstr(fixture->out, "\"name\":\"IMWarning\",\"value\":\"\",\"origin\":\"default\"") != NULL ||
          strstr(fixture->out, "\"name\":\"IMWarning\",\"value\":null,\"origin\":\"default\"") != NULL);
    CHECK(strstr(fixture->out, "\"via\":\"site\",\"may_leave\":false,\"rule\":\"EnableOfflineIm\"") != NULL);
}

static void oim_policy__says_of_when_it_is__with_the_server_away(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture, READY "on\tpolicy\nevent\tsetting\tname=IMWarning\tvalue=\torigin=default\n"
                                "end\t5\tpolicy=Global\tvia=global\tmay_leave?1\trule=default\t"
                                "told#1715691720000\tcode=not_reached\taddress=h:1\n");
    CHECK_EQ(RUN(fixture, "policy"), EXIT_NOT_REACHED);
    CHECK(strstr(fixture->out, "\n  No notice is shown before messages\n"
                               "As of Tue 14 May 2024 13:02; whether it has changed since is not known here.\n") !=
          NULL);
    CHECK_TEXT(fixture->err, "oim: h:1 is not reached.\n");
    CHECK_EQ(RUN(fixture, "policy", "--json"), EXIT_NOT_REACHED);
    CHECK(strstr(fixture->out, "\"what\":\"policy\",\"policy\":\"Global\"") != NULL);
    CHECK(strstr(fixture->out, "\"told\":\"2024-05-14T13:02:00.000Z\"") != NULL);
}

static void oim_status__says_how_things_are__in_one_line(void **state)
{
    struct fixture *fixture = *state;
    script_write(fixture,
                 READY "on\tstatus\nend\t0\tdisplay=Alice Ng\tpresence=dnd\tconnected?1\t"
                       "address=chat.example.org\tunread#3\tunread_people#2\toutbox#0\tmay_leave?1\n");
    CHECK_EQ(RUN(fixture, "status", "dnd", "--for", "1h", "--note", "deep work"), EXIT_DONE);
    CHECK_TEXT(fixture->out,
               "Alice Ng, do not disturb · connected to chat.example.org · 3 unread from 2 people · "
               "outbox empty · offline messages on\n");
    CHECK_TEXT(asked(fixture), "status\tstate=dnd\tnote=deep work\tfor_ms#3600000\n");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "agent") == 0) {
        return fake_agent_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(oim__exits_2__when_the_command_line_makes_no_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(oim__answers_help_and_version__without_an_agent, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_send__asks_and_prints_one_line__for_each_recipient, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_send__prints_stable_keys__as_json, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_send__prints_a_result_line__for_what_came_to_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_send__says_why_and_where_the_text_is__when_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_send__lists_the_candidates__of_an_ambiguous_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_send__counts_characters__against_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_receive__prints_summary_people_messages__and_tells_what_was_shown,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(oim_why__says_each_step__and_what_decided_it, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_policy__says_what_one_may_do__and_where_it_comes_from, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_receive__marks_read__only_when_asked_in_a_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_receive__shows_only__what_came_out, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_receive__tells_of_holes_and_notices__once_they_are_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_receive_exec__shows_only__what_the_command_took, setup, teardown),
        cmocka_unit_test_setup_teardown(oim__sends_nothing__when_locked_or_not_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(oim_why__tries_the_name__when_no_message_has_that_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_policy__says_of_when_it_is__with_the_server_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(oim_status__says_how_things_are__in_one_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
