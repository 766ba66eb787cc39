/* test_admin_audit.c - what the audit log holds of a change: the whole of what was before and is now. */
#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *tony;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 21);
    tony = world_join(&world, "tony");
    (void)world_join(&world, "nina");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct answer done(const struct admin_op *op)
{
    struct answer answer = administer(world.owner, op);
    CHECK_EQ(answer.status, OIM_OK);
    return answer;
}

static void new_policy(const char *identity, const char *warning)
{
    struct wire_setting settings[] = {setting_tri("EnableOfflineIm", false),
                                      setting_text("IMWarning", warning)};
    struct admin_op op = admin_op_of(ADMIN_POLICY_NEW);
    op.identity = identity;
    op.settings = settings;
    op.setting_count = OIM_COUNT(settings);
    (void)done(&op);
}

static void grant(const char *policy, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    op.policy = policy;
    op.global = who == NULL;
    op.whos = &who;
    op.who_count = who == NULL ? 0 : 1;
    (void)done(&op);
}

static void switch_off(const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = TRI_FALSE;
    op.whos = &who;
    op.who_count = 1;
    (void)done(&op);
}

static void check_last(const char *before, const char *after)
{
    struct admin_op op = admin_op_of(ADMIN_AUDIT_READ);
    op.from_n = world.core->orglog.audit_n;
    struct answer answer = done(&op);
    CHECK_TEXT(answer_field(&answer, 0, "old"), before);
    CHECK_TEXT(answer_field(&answer, 0, "new"), after);
}

static void audit__holds_the_settings__that_a_grant_to_everybody_replaces(void **state)
{
    (void)state;
    new_policy("First", "Be brief");
    new_policy("Second", "Be briefer");
    grant("First", NULL);
    check_last("Global", "Global=First EnableOfflineIm=False IMWarning=Be brief");
    grant("Second", NULL);
    check_last("Global EnableOfflineIm=False IMWarning=Be brief",
               "Global=Second EnableOfflineIm=False IMWarning=Be briefer");
}

static void audit__holds_the_settings__that_a_new_policy_copies(void **state)
{
    (void)state;
    new_policy("First", "Be brief");
    struct wire_setting setting = setting_text("IMWarning", "Be briefer");
    struct admin_op op = admin_op_of(ADMIN_POLICY_NEW);
    op.identity = "Second";
    op.from = "First";
    op.settings = &setting;
    op.setting_count = 1;
    (void)done(&op);
    check_last("", "Tag:Second from=First EnableOfflineIm=False IMWarning=Be briefer");
}

static void audit__holds_the_grants__that_go_with_a_policy(void **state)
{
    (void)state;
    new_policy("First", "Be brief");
    grant("First", "tony");
    grant("First", "@Sales");
    struct admin_op op = admin_op_of(ADMIN_POLICY_REMOVE);
    op.identity = "First";
    op.force = true;
    (void)done(&op);
    check_last("Tag:First EnableOfflineIm=False IMWarning=Be brief tony=Tag:First @Sales=Tag:First", "");
}

/* Who reads it wants to know that somebody asked, and that nothing came of it. */
static void audit__says_that_nothing_changed__when_offline_is_off_already(void **state)
{
    (void)state;
    switch_off("tony");
    check_last("tony= ",
               "Tag:NoOffline( EnableOfflineIm=False Description=made by oimctl offline from Global) "
               "tony=Tag:NoOffline ");
    switch_off("tony");
    check_last("", "tony: off already ");
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = TRI_TRUE;
    (void)done(&op);
    check_last("", "organisation: on already ");
}

static void audit__holds_the_name__before_and_after(void **state)
{
    (void)state;
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = "tony";
    op.display = "Tony Smith";
    (void)done(&op);
    op.display = "Tony Jones";
    op.team = "Sales";
    (void)done(&op);
    check_last("login=tony display=\"Tony Smith\" team=", "login=tony display=\"Tony Jones\" team=Sales");
}

static void audit__holds_how_many_waited__when_a_queue_is_erased(void **state)
{
    (void)state;
    struct peer *nina = world_join(&world, "alice");
    peer_cut(tony);
    (void)peer_send(nina, "tony", "one");
    (void)peer_send(nina, "tony", "two");
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = "tony";
    struct answer shown = done(&op);
    op.erase = true;
    op.upto_seq = answer_number(&shown, "head");
    op.waiting = answer_number(&shown, "waiting");
    struct answer answer = done(&op);
    CHECK_EQ(answer_number(&answer, "erased"), 2);
    check_last("tony: 2 waiting when it was asked for", "tony: what waits up to 2 is erased");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(audit__holds_the_settings__that_a_grant_to_everybody_replaces),
        TEST(audit__holds_the_settings__that_a_new_policy_copies),
        TEST(audit__holds_the_grants__that_go_with_a_policy),
        TEST(audit__says_that_nothing_changed__when_offline_is_off_already),
        TEST(audit__holds_the_name__before_and_after),
        TEST(audit__holds_how_many_waited__when_a_queue_is_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
