/* test_what_if.c - what a change would alter, for whom, while it alters nothing; and what explaining says. */
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct admin_op policy_op(enum admin_op_kind kind, const char *identity,
                                 const struct wire_setting *settings, size_t setting_count)
{
    struct admin_op op = admin_op_of(kind);
    op.identity = identity;
    op.settings = settings;
    op.setting_count = setting_count;
    return op;
}

static struct admin_op grant_op(const char *policy, const char *const *who)
{
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    op.policy = policy;
    op.whos = who;
    op.who_count = 1;
    return op;
}

static struct answer what_if(struct peer *peer, struct admin_op op)
{
    op.what_if = true;
    return administer(peer, &op);
}

static void do_it(struct peer *peer, struct admin_op op)
{
    CHECK_EQ(administer(peer, &op).status, OIM_OK);
}

/* The value the row of this person and setting has under name; NULL: there is no such row. */
static const char *would(const struct answer *answer, const char *login, const char *setting,
                         const char *name)
{
    for (size_t i = 0; i < answer->rows.row_count; i++) {
        if (strcmp(answer_field(answer, i, "login"), login) == 0 &&
            strcmp(answer_field(answer, i, "setting"), setting) == 0) {
            return answer_field(answer, i, name);
        }
    }
    return NULL;
}

static void what_if__names_those_whom_a_setting_would_change__and_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 21);
    (void)world_join(&world, "alice");
    (void)world_join(&world, "bob");
    struct wire_setting on = setting_tri("EnableOfflineIm", true);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    static const char *const alice[] = {"alice"};
    do_it(world.owner, policy_op(ADMIN_POLICY_NEW, "Always", &on, 1));
    do_it(world.owner, grant_op("Always", alice));
    uint64_t version = world.core->policies.policy_version;

    struct answer answer = what_if(world.owner, policy_op(ADMIN_POLICY_SET, "Global", &off, 1));
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(would(&answer, "bob", "offline", "before"), "on");
    CHECK_TEXT(would(&answer, "bob", "offline", "after"), "off");
    CHECK_TEXT(would(&answer, "bob", "EnableOfflineIm", "after"), "False");
    CHECK(would(&answer, "alice", "offline", "after") == NULL); /* has a policy of her own */
    CHECK_EQ(world.core->policies.policy_version, version);
    CHECK(!world.core->policies.entries[0].policy.settings[SETTING_ENABLE_OFFLINE_IM].set);
    world_finish(&world);
}

static void what_if__follows_grants_teams_and_removals__down_to_what_would_govern_then(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 22);
    (void)world_join(&world, "alice");
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    struct admin_op team = admin_op_of(ADMIN_USER_SET);
    static const char *const alice[] = {"alice"};
    static const char *const sales[] = {"@sales"};
    team.who = "alice";
    team.team = "sales";
    do_it(world.owner, team);
    do_it(world.owner, policy_op(ADMIN_POLICY_NEW, "NoOffline", &off, 1));

    struct answer answer = what_if(world.owner, grant_op("NoOffline", sales));
    CHECK_TEXT(would(&answer, "alice", "offline", "after"), "off");
    CHECK_TEXT(would(&answer, "alice", "offline", "via"), "team");
    answer = what_if(world.owner, policy_op(ADMIN_POLICY_NEW, "site:Sales", &off, 1));
    CHECK_TEXT(would(&answer, "alice", "offline", "via"), "site");

    do_it(world.owner, grant_op("NoOffline", sales));
    answer = what_if(world.owner, grant_op("NoOffline", alice)); /* the same policy by another way */
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer.rows.row_count, 0);
    struct admin_op gone = policy_op(ADMIN_POLICY_REMOVE, "NoOffline", NULL, 0);
    gone.force = true;
    answer = what_if(world.owner, gone);
    CHECK_TEXT(would(&answer, "alice", "offline", "after"), "on");
    CHECK_TEXT(would(&answer, "alice", "offline", "policy"), "Global");
    team.team = "";
    team.clear_team = true;
    answer = what_if(world.owner, team);
    CHECK_TEXT(would(&answer, "alice", "offline", "after"), "on");
    world_finish(&world);
}

static void admin_effective__says_what_a_message_would_meet__as_its_sender_would_be_told(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 23);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    struct admin_op op = admin_op_of(ADMIN_EFFECTIVE);
    op.who = "alice";
    op.to = "bob";
    struct answer answer = administer(world.owner, &op);
    CHECK_TEXT(answer_note(&answer, "rule"), "default");
    CHECK_TEXT(answer_note(&answer, "meets"), "delivered");
    peer_cut(bob);
    world_run_ms(&world, 15000);
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_note(&answer, "meets"), "held");
    world_set_policy(&world, "bob", "OfflineQuotaMessages", "1");
    peer_sign_in(alice);
    (void)peer_send(alice, "bob", "all there is room for");
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_note(&answer, "meets"), "refused");
    CHECK_TEXT(answer_note(&answer, "reason"), "mailbox_full");

    struct wire_setting off = setting_tri("EnableIMAutoArchiving", false);
    do_it(world.owner, policy_op(ADMIN_POLICY_SET, "Global", &off, 1));
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_note(&answer, "rule"), "EnableIMAutoArchiving");
    CHECK_TEXT(answer_note(&answer, "meets"), "refused");
    CHECK_TEXT(answer_note(&answer, "reason"), "sender_offline_off");
    op.to = "nobody";
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_NOT_FOUND);
    world_finish(&world);
}

static void a_change__says_for_how_many__leaving_messages_begins_or_ends(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 23);
    (void)world_join(&world, "alice");
    (void)world_join(&world, "bob");
    struct wire_setting on = setting_tri("EnableOfflineIm", true);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    struct wire_setting archiving = setting_tri("EnableIMAutoArchiving", false);
    struct wire_setting text = setting_tri("EnableReadReceipts", false);
    static const char *const alice[] = {"alice"};
    struct admin_op always = policy_op(ADMIN_POLICY_NEW, "Always", &on, 1);
    struct admin_op grant = grant_op("Always", alice);

    do_it(world.owner, always);
    struct answer answer = administer(world.owner, &grant);
    CHECK(answer_note(&answer, "may_leave") == NULL); /* she might before */
    struct admin_op set = policy_op(ADMIN_POLICY_SET, "Global", &archiving, 1);
    answer = administer(world.owner, &set);
    CHECK_TEXT(answer_note(&answer, "may_not_leave"), "2"); /* bob and the owner */
    CHECK(answer_note(&answer, "may_leave") == NULL);
    set.settings = &text;
    answer = administer(world.owner, &set);
    CHECK(answer_note(&answer, "may_not_leave") == NULL);
    set = policy_op(ADMIN_POLICY_SET, "Always", &off, 1);
    answer = administer(world.owner, &set);
    CHECK_TEXT(answer_note(&answer, "may_not_leave"), "1");
    struct admin_op config = admin_op_of(ADMIN_IM_CONFIG);
    config.set = true;
    config.settings = &off;
    config.setting_count = 1;
    answer = administer(world.owner, &config);
    CHECK(answer_note(&answer, "may_not_leave") == NULL); /* nobody might any more */
    struct admin_op gone = policy_op(ADMIN_POLICY_REMOVE, "Global", NULL, 0);
    answer = administer(world.owner, &gone);
    CHECK(answer_note(&answer, "may_leave") == NULL); /* the whole organisation is switched off */
    config.settings = &on;
    answer = administer(world.owner, &config);
    CHECK_TEXT(answer_note(&answer, "may_leave"), "2");
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_if__names_those_whom_a_setting_would_change__and_changes_nothing),
        cmocka_unit_test(what_if__follows_grants_teams_and_removals__down_to_what_would_govern_then),
        cmocka_unit_test(a_change__says_for_how_many__leaving_messages_begins_or_ends),
        cmocka_unit_test(admin_effective__says_what_a_message_would_meet__as_its_sender_would_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
