/*
 * test_native.c - oimctl's own commands against a scripted agent: what they say in words of their own, and
 * whom they ask about before they change anything.
 */
#include <string.h>

#include "client/admin/ctl.h"
#include "tests/support/check.h"
#include "tests/support/fake_agent.h"
#include "tests/support/program_run.h"

#define READY "whoami\tstate=ready\tlogin=ana\tdisplay=Ana Ruiz\trole=owner\taddress=chat.example.org\n"
#define SAYS(rows) READY "on\tadmin\nevent\trows\trows@" rows "\nend\t0\n"

static int run(struct fixture *fixture, const char *const *arguments)
{
    return program_run(fixture, "oimctl", ctl_main, arguments);
}

#define RUN(fixture, ...) run((fixture), (const char *const[]){__VA_ARGS__, NULL})

/* ---- offline ------------------------------------------------------------------------------------------- */

static void offline__says_in_terms_of_policies__what_it_did(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS("login=tony;offline=off;did=made;was=Global;policy=Tag:NoOffline;people=1|"
                    "login=nina;offline=off;did=granted;was=Global;policy=Tag:NoOffline;people=1|"
                    "login=eva;offline=off;did=made;was=Tag:Support;policy=Tag:Support+NoOffline;people=1|"
                    "login=bob;offline=off;did=nothing;was=Tag:Quiet;policy=Tag:Quiet;people=0|"
                    "!made=Tag:NoOffline;!granted=tony"));
    CHECK_EQ(RUN(fixture, "offline", "off", "tony", "nina", "eva", "bob"), EXIT_DONE);
    CHECK_TEXT(fixture->out,
               "Made policy \"NoOffline\" (EnableOfflineIm False) and granted it to tony, nina.\n"
               "eva has policy Support. Made \"Support+NoOffline\" from it, so that nothing else changes for "
               "them.\n"
               "Nothing to change for bob: no messages may be left already (policy Quiet).\n"
               "3 people can no longer leave messages for people who are signed out.\n");
    file_write(fixture, "script",
               SAYS("login=@sales;offline=on;did=returned;was=Tag:NoOffline;policy=Global;people=9|"
                    "!removed=Tag:NoOffline;!has_own_policy=nina"));
    CHECK_EQ(RUN(fixture, "offline", "on", "@sales"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "Took policy \"NoOffline\" back from @sales; Global counts again.\n"
                             "Removed policy NoOffline: it was made here and nobody has it any more.\n"
                             "nina has a policy of their own, which counts instead.\n"
                             "9 people may leave messages for people who are signed out again.\n");
}

static void offline__goes_in_parts__teams_first_and_nobody_twice(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS("login=tony;offline=off;did=nothing;was=Global;policy=Global;people=0"));
    CHECK_EQ(RUN(fixture, "offline", "off", "a1", "a2", "@sales", "a3", "a1", "a4", "a5", "@works"),
             EXIT_DONE);
    CHECK_TEXT(asked(fixture), "admin\toffline\t@sales\toff\n"
                               "admin\toffline\t@works\toff\n"
                               "admin\toffline\ta1\ta2\ta3\ta4\toff\n"
                               "admin\toffline\ta5\toff\n");
}

static void offline__without_on_or_off__changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", SAYS("login=tony;offline=off;did=made"));
    CHECK_EQ(RUN(fixture, "offline", "tony"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "'tony': on or off?") != NULL);
    CHECK_EQ(RUN(fixture, "offline", "off", ""), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "offline", "off", "@"), EXIT_USAGE);
    CHECK_TEXT(asked(fixture), "");
}

static void offline__alone__says_who_may_who_accepts_and_why(void **state)
{
    struct fixture *fixture = *state;
    file_write(
        fixture, "script",
        SAYS("login=ana;display=Ana Ruiz;team=;offline=on;policy=Global;via=global;who=none;accepts=True;"
             "rule=default|login=tony;display=Tony Smith;team=Sales;offline=off;policy=site:Sales;"
             "via=site;who=sender_policy;accepts=False;rule=EnableIMAutoArchiving"));
    CHECK_EQ(RUN(fixture, "offline"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "Offline messages are on. 1 of 2 people may leave them, 1 may not.\n"
                             "Nothing may wait for 1 person.\n"
                             "LOGIN  DISPLAY     TEAM   OFFLINE  ACCEPTS  WHY\n"
                             "ana    Ana Ruiz           on       True     Global sets nothing: yes\n"
                             "tony   Tony Smith  Sales  off      False    policy site:Sales of team Sales: "
                             "EnableIMAutoArchiving False; accepts none: AcceptOfflineIm False\n");
}

/* ---- whom ---------------------------------------------------------------------------------------------- */

#define THREE                                                                                        \
    SAYS("login=tony;display=Tony Smith;state=joined|login=tsmith;display=Tony Smith;state=invited|" \
         "login=told;display=Tom Old;state=closed|login=bob;display=Bob Stone;state=joined")

/*
 * Goal:   a pattern changes nobody who was not shown and agreed to; where nobody can agree it changes
 * nothing. Method: without a terminal, each command that takes one; only the people were asked for.
 */
static void a_pattern__lists_its_people_and_changes_nothing__where_nobody_answers(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", THREE);
    CHECK_EQ(RUN(fixture, "offline", "off", "t*"), EXIT_USAGE);
    CHECK_TEXT(fixture->err, "  tony  Tony Smith\n  tsmith  Tony Smith\n"
                             "oimctl: t* asks first, and nobody is here to answer; add --force.\n");
    CHECK_EQ(RUN(fixture, "policy", "grant", "Quiet", "Tony*"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "user", "disable", "t*"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "user", "set", "t*", "--team", "Sales"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "user", "enable", "t*"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "  told  Tom Old\noimctl: ") == fixture->err);
    CHECK_EQ(RUN(fixture, "offline", "off", "z*"), EXIT_NO_SUCH_NAME);
    CHECK_TEXT(fixture->err, "oimctl: Nobody's login or name is like z*.\n");
    CHECK_TEXT(asked(fixture), "admin\tuser.list\nadmin\tuser.list\nadmin\tuser.list\nadmin\tuser.list\n"
                               "admin\tuser.list\nadmin\tuser.list\n");
}

static void a_pattern__means_its_people_by_login__with_force(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", THREE);
    CHECK_EQ(RUN(fixture, "policy", "grant", "Quiet", "t*", "bob", "--force"), EXIT_DONE);
    CHECK_EQ(RUN(fixture, "user", "disable", "t*", "--force"), EXIT_DONE);
    CHECK_TEXT(asked(fixture), "admin\tuser.list\nadmin\tpolicy.grant\tTag:Quiet\ttony\ttsmith\tbob\n"
                               "admin\tuser.list\nadmin\tuser.disable\ttony\nadmin\tuser.disable\ttsmith\n");
}

static void user_show__takes_a_name__and_names_those_it_may_be(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", THREE);
    CHECK_EQ(RUN(fixture, "user", "show", "bob stone"), EXIT_DONE);
    CHECK(strstr(fixture->out, "login    bob\n") == fixture->out);
    CHECK_EQ(RUN(fixture, "user", "show", "Tony Smith"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->err, "  tsmith  Tony Smith\n") != NULL);
    CHECK(strstr(fixture->err, "Several match Tony Smith.\n") != NULL);
}

static void policy_remove__names_who_has_it_and_asks__unless_forced(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", SAYS("identity=Tag:Quiet;used=tony|identity=Tag:Quiet;used=@Sales"));
    CHECK_EQ(RUN(fixture, "policy", "remove", "Quiet"), EXIT_USAGE);
    CHECK_TEXT(fixture->err,
               "  tony\n  @Sales\n"
               "oimctl: policy remove asks first, and nobody is here to answer; add --force.\n");
    CHECK_TEXT(asked(fixture), "admin\tpolicy.remove\tTag:Quiet\n"); /* only tried */
    file_write(fixture, "script", SAYS("identity=Tag:Quiet;used="));
    CHECK_EQ(RUN(fixture, "policy", "remove", "Quiet"), EXIT_DONE);
}

/* ---- what if ------------------------------------------------------------------------------------------- */

static void what_if__lists_those_alike_together__and_says_what_is_unset(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS("login=ana;setting=offline;before=on;after=off;policy=Global|"
                    "login=ana;setting=IMWarning;before=Mind;after=;policy=Global|"
                    "login=bob;setting=offline;before=on;after=off;policy=Tag:X|"
                    "login=eva;setting=offline;before=on;after=off;policy=Global|"
                    "login=eva;setting=IMWarning;before=Mind;after=;policy=Global|!made=Tag:X;!granted=bob"));
    CHECK_EQ(RUN(fixture, "policy", "what-if", "offline", "off", "@Sales"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "Nothing was changed. It would change something for 3 people:\n"
                             "For 2 people, then under Global: ana, eva\n"
                             "  SETTING    BEFORE  AFTER\n"
                             "  offline    on      off\n"
                             "  IMWarning  Mind    (unset)\n"
                             "For 1 person, then under Tag:X: bob\n"
                             "  SETTING  BEFORE  AFTER\n"
                             "  offline  on      off\n");
    CHECK_TEXT(asked(fixture), "admin\toffline\t@Sales\toff\twhat if\n");
    CHECK_EQ(RUN(fixture, "policy", "what-if", "offline", "@Sales"), EXIT_USAGE);
    file_write(fixture, "script", THREE);
    CHECK_EQ(RUN(fixture, "policy", "what-if", "offline", "off", "t*"), EXIT_DONE); /* nothing to agree to */
    CHECK(strstr(asked(fixture), "admin\toffline\ttony\ttsmith\toff\twhat if\n") != NULL);
}

/* As many people as there are, in lines that are no longer than 100 columns. */
static void what_if__names_everybody__whom_it_concerns(void **state)
{
    struct fixture *fixture = *state;
    char rows[12000] = "";
    char script[sizeof(rows) + 256];
    for (int i = 0, size = 0; i < 60; i++) {
        size += snprintf(rows + size, sizeof(rows) - (size_t)size,
                         "login=somebody.with.a.long.name.%03d;setting=offline;before=on;after=off;"
                         "policy=Global|",
                         i);
    }
    snprintf(script, sizeof(script), SAYS("%s!granted=@Sales"), rows);
    file_write(fixture, "script", script);
    CHECK_EQ(RUN(fixture, "policy", "what-if", "offline", "off", "@Sales"), EXIT_DONE);
    for (int i = 0; i < 60; i++) {
        char login[40];
        snprintf(login, sizeof(login), " somebody.with.a.long.name.%03d%s", i, i < 59 ? "," : "\n");
        CHECK(strstr(fixture->out, login) != NULL);
    }
    for (const char *line = fixture->out; *line != '\0'; line += strcspn(line, "\n") + 1) {
        CHECK(strcspn(line, "\n") <= 100);
    }
}

/* ---- status -------------------------------------------------------------------------------------------- */

/* One script answers all of the requests: figures, the invites and who may leave messages stand in it side by
 * side. */
static void status__is_one_screen__of_what_an_administrator_asks_first(void **state)
{
    struct fixture *fixture = *state;
    file_write(
        fixture, "script",
        SAYS("login=eva;until=1716901320000;state=open|login=ivan;until=1716901320000;state=expired|"
             "name=address;value=chat.example.org|name=version;value=0.1.0|name=mode;value=direct|"
             "name=since;value=1|name=people;value=4|name=joined;value=2|name=closed_count;value=1|"
             "name=invites_open;value=2|name=signed_in;value=1|name=waiting;value=2|name=waiting_people;"
             "value=1|"
             "name=oldest;value=1716901320000|name=oldest_login;value=luis|name=fullest_login;value=luis|"
             "name=fullest_percent;value=4|name=offline;value=on|name=offline_off_people;value=2|"
             "name=policy_people;value=3|name=store_bytes;value=18000000|name=disk_free;value=41000000000|"
             "name=commit_age_ms;value=300|name=commit_us_max;value=11200|"
             "name=yesterday_accepted;value=1312|name=yesterday_held;value=3|name=yesterday_delivered;value="
             "1309|"
             "name=yesterday_refused;value=2|name=yesterday_refused_policy;value=1|"
             "name=yesterday_expired;value=0|name=yesterday_lost;value=0|"
             "login=tony;offline=off;via=team;team=Sales;policy=Tag:NoOffline|"
             "login=nina;offline=off;via=own;team=Sales;policy=Tag:Quiet"));
    CHECK_EQ(RUN(fixture, "status"), EXIT_DONE);
    CHECK(strstr(fixture->out, ": well\n") != NULL);
    CHECK(strstr(fixture->out, "people      4 (2 joined, 2 invited: ") != NULL);
    CHECK(strstr(fixture->out, "eva until Tue 28 May 2024, ivan (line expired)") != NULL);
    CHECK(strstr(fixture->out,
                 "waiting     2 messages for 1 person, the oldest of Tue 28 May 2024 13:02 (luis); "
                 "fullest mailbox 4 % (luis)\n") != NULL);
    CHECK(strstr(fixture->out,
                 "off for 2 people (team Sales, policy Quiet). 3 have a policy other than Global\n") != NULL);
    CHECK(strstr(fixture->out, "store       18 MB, disk 41 GB free, last commit ") != NULL);
    CHECK(strstr(fixture->out, "slowest of a day 12 ms\nbackup      oim makes none (man oimd)") != NULL);
    CHECK(strstr(fixture->out, "yesterday   1,312 accepted (3 held for people who were signed out), 1,309 "
                               "delivered, 2 refused (1 by policy), 0 expired, 0 lost\n") != NULL);
    CHECK(strstr(fixture->out, "today") == NULL); /* of which it was told nothing */
}

static void status__leaves_out__how_few_have_another_policy(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS("name=address;value=a|name=version;value=1|name=since;value=1|name=offline;value=on|"
                    "name=offline_off_people;value=2|name=policy_people;value=0|"
                    "login=tony;offline=off;via=global;policy=Global"));
    CHECK_EQ(RUN(fixture, "status"), EXIT_DONE);
    CHECK(strstr(fixture->out, "offline messages on; off for 2 people (policy Global)\n") != NULL);
}

static void status__exits_1__when_there_is_something_to_look_at(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS("name=address;value=a|name=version;value=1|name=since;value=1|name=yesterday_lost;value="
                    "3|!look_mailbox=bob;!look_full=carol;!look_full_more=1;"
                    "!look_disk=5000000"));
    CHECK_EQ(RUN(fixture, "status"), EXIT_FAILED);
    CHECK(strstr(fixture->out, ": look, see below\n") != NULL);
    CHECK(strstr(fixture->out, "LOOK: the mailbox of bob is nearly full.") != NULL);
    CHECK(strstr(fixture->out, "LOOK: the mailbox of carol is full: messages for carol are refused.") != NULL);
    CHECK(strstr(fixture->out, "LOOK: 1 more mailbox is full. oimctl queue shows all.") != NULL);
    CHECK(strstr(fixture->out, "LOOK: only 5.0 MB are free") != NULL);
    CHECK_EQ(RUN(fixture, "status", "--json"), EXIT_FAILED);
    CHECK(strstr(fixture->out, "\"yesterday_lost\":3") != NULL);
    CHECK(strstr(fixture->out, "\"state\":\"look\"") != NULL);
    CHECK(strstr(fixture->out, "\"code\":\"look_disk\",\"value\":\"5000000\"") != NULL);
}

/* ---- lines to join with -------------------------------------------------------------------------------- */

#define RESET_LOOKS                                                                                      \
    READY "on\tadmin\t1\nevent\trows\trows@login=bob;display=Bob Stone;devices=1;generation=2\nend\t0\n" \
          "on\tadmin\t2\nevent\trows\trows@login=bob;waiting=2\nend\t0\n"

/* Goal: whoever resets somebody, and hears no answer, is told how to have the line that was lost with it. */
static void user_reset__says_how_to_have_another_line__when_no_answer_came(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", RESET_LOOKS "on\tadmin\t3\nend\t1\tcode=unanswered\n");
    CHECK_EQ(RUN(fixture, "user", "reset", "bob", "--force"), EXIT_FAILED);
    CHECK_TEXT(
        fixture->err,
        "oimctl: The connection was lost before the server answered. Whether it was done is not known; "
        "look before you repeat it.\n"
        "oimctl: If it was done, the line was lost with the answer: oimctl invite renew bob makes "
        "another.\n");
    file_write(fixture, "script", RESET_LOOKS "on\tadmin\t3\nend\t3\tcode=denied\ttext=no\n");
    CHECK_EQ(RUN(fixture, "user", "reset", "bob", "--force"), EXIT_REFUSED);
    CHECK(strstr(fixture->err, "renew") == NULL);
    file_write(fixture, "script", READY "on\tadmin\nend\t1\tcode=unanswered\n");
    CHECK_EQ(RUN(fixture, "invite", "eva"), EXIT_FAILED);
    CHECK(strstr(fixture->err, "oimctl invite renew eva makes another.") != NULL);
}

static void queue__shows_everybody_with_something_waiting__and_erases_nobodys(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", SAYS("login=bob;display=Bob Stone;waiting=2;head=7"));
    CHECK_EQ(RUN(fixture, "queue"), EXIT_DONE);
    CHECK(strstr(fixture->out, "bob") != NULL);
    CHECK_EQ(RUN(fixture, "queue", "--erase", "--force"), EXIT_USAGE);
    CHECK_EQ(RUN(fixture, "queue", "", "--erase", "--force"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "A login is needed") != NULL);
    CHECK_TEXT(asked(fixture), "admin\tqueue\n");
    file_write(fixture, "script", SAYS(""));
    CHECK_EQ(RUN(fixture, "queue"), EXIT_DONE);
    CHECK_TEXT(fixture->out, "Nothing waits for anybody.\n");
}

static void valid__is_refused__where_it_says_no_time_at_all(void **state)
{
    struct fixture *fixture = *state;
    static const char *const wrong[] = {"0", "0h", "366d", "520w", "soon"};
    for (size_t i = 0; i < OIM_COUNT(wrong); i++) {
        CHECK_EQ(RUN(fixture, "user", "reset", "bob", "--valid", wrong[i]), EXIT_USAGE);
        CHECK(strstr(fixture->err, "--valid: ") != NULL);
        CHECK_EQ(RUN(fixture, "invite", "bob", "--valid", wrong[i]), EXIT_USAGE);
        CHECK_EQ(RUN(fixture, "invite", "renew", "bob", "--valid", wrong[i]), EXIT_USAGE);
    }
    CHECK_EQ(RUN(fixture, "invite", "bob", "--valid", "0"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "at least a second and at most 365 days") != NULL);
}

static void user_reset_and_erase__want_to_know_whom(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script", SAYS("login=bob"));
    CHECK_EQ(RUN(fixture, "user", "reset", ""), EXIT_USAGE);
    CHECK(strstr(fixture->err, "'' names nobody") != NULL);
    CHECK_EQ(RUN(fixture, "user", "erase", "", "--force"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "'' names nobody") != NULL);
}

/* ---- trace --------------------------------------------------------------------------------------------- */

#define STEP(id, code) \
    "at=1715691720000;id=" id ";from=alice;from_display=Alice Ng;to=bob;to_display=Bob Stone;code=" code

static void trace__names_the_candidates__when_several_begin_so(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS(STEP("k7m2qd0000", "held") "|" STEP("k7m2xx0000", "taken") "|!ambiguous=k7m2;!hours=24"));
    CHECK_EQ(RUN(fixture, "trace", "k7m2"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->out, "k7m2qd0000  Alice Ng to Bob Stone, ") != NULL);
    CHECK(strstr(fixture->out, "k7m2xx0000  Alice Ng to Bob Stone, ") != NULL);
    CHECK(strstr(fixture->err, "Several messages begin with k7m2. Give more letters.") != NULL);
    CHECK_EQ(RUN(fixture, "trace", "k7m2", "--json"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->out, "\"what\":\"candidate\"") != NULL);
}

static void trace__says_what_is_not_here__and_what_waits(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "script",
               SAYS(STEP("k7m2qd0000", "waiting") ";until=1716901320000|!older=1715691720042;!hours=24;"
                                                  "!same_moment=1715691720043"));
    CHECK_EQ(RUN(fixture, "trace", "k7m2"), EXIT_DONE);
    CHECK(strstr(fixture->out, "no device has taken it: it waits for Bob Stone since ") != NULL);
    CHECK(strstr(fixture->out, "Of 2024-05-14T13:02:00.043Z alone there is more than fits here") != NULL);
    CHECK(strstr(fixture->out, "To see it, add: --until 2024-05-14T13:02:00.042Z\n") != NULL);
    CHECK_EQ(RUN(fixture, "trace", "k7m2", "--json"), EXIT_DONE);
    CHECK(strstr(fixture->out, "\"code\":\"older\",\"value\":\"2024-05-14T13:02:00.042Z\"") != NULL);
    CHECK_EQ(RUN(fixture, "trace", "k7m2", "--until", "2024-05-14T13:02:00.042Z"), EXIT_DONE);
    file_write(fixture, "script", SAYS("!hours=0;!since=1715691720000"));
    CHECK_EQ(RUN(fixture, "trace", "k7m2"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->err, "trace_hours is 0") != NULL);
    CHECK_EQ(RUN(fixture, "trace", "k7m2", "--until", "never"), EXIT_USAGE);
    CHECK(strstr(fixture->err, "--until: 'never' is no time") != NULL);
    file_write(fixture, "script", SAYS("!hours=24;!since=1715691720000"));
    CHECK_EQ(RUN(fixture, "trace", "k7m2"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->err, "it is not waiting either") != NULL);
    CHECK_EQ(RUN(fixture, "trace", "--from", "alice", "--to", "bob", "--until", "14:00"), EXIT_NO_SUCH_NAME);
    CHECK(strstr(fixture->err, "messages from alice to bob in that time") != NULL);
    CHECK(strstr(fixture->err, "waiting either") == NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "agent") == 0) {
        return fake_agent_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(offline__says_in_terms_of_policies__what_it_did, setup, teardown),
        cmocka_unit_test_setup_teardown(offline__goes_in_parts__teams_first_and_nobody_twice, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(offline__without_on_or_off__changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(offline__alone__says_who_may_who_accepts_and_why, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pattern__lists_its_people_and_changes_nothing__where_nobody_answers,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_pattern__means_its_people_by_login__with_force, setup, teardown),
        cmocka_unit_test_setup_teardown(user_show__takes_a_name__and_names_those_it_may_be, setup, teardown),
        cmocka_unit_test_setup_teardown(policy_remove__names_who_has_it_and_asks__unless_forced, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_if__lists_those_alike_together__and_says_what_is_unset, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_if__names_everybody__whom_it_concerns, setup, teardown),
        cmocka_unit_test_setup_teardown(status__is_one_screen__of_what_an_administrator_asks_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(user_reset__says_how_to_have_another_line__when_no_answer_came, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(queue__shows_everybody_with_something_waiting__and_erases_nobodys,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(valid__is_refused__where_it_says_no_time_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(user_reset_and_erase__want_to_know_whom, setup, teardown),
        cmocka_unit_test_setup_teardown(trace__names_the_candidates__when_several_begin_so, setup, teardown),
        cmocka_unit_test_setup_teardown(trace__says_what_is_not_here__and_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(status__leaves_out__how_few_have_another_policy, setup, teardown),
        cmocka_unit_test_setup_teardown(status__exits_1__when_there_is_something_to_look_at, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
