/* test_admin_policies.c - policies, grants, the main switch: what they change for whom, and when. */
#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct answer set_policy(struct peer *peer, enum admin_op_kind kind, const char *identity,
                                const struct wire_setting *settings, size_t setting_count)
{
    struct admin_op op = admin_op_of(kind);
    op.identity = identity;
    op.settings = settings;
    op.setting_count = setting_count;
    return administer(peer, &op);
}

static struct answer grant(struct peer *peer, const char *policy, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    op.policy = policy;
    op.whos = &who;
    op.who_count = 1;
    return administer(peer, &op);
}

static struct answer offline(struct peer *peer, enum tri on, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = on;
    op.whos = &who;
    op.who_count = who == NULL ? 0 : 1;
    return administer(peer, &op);
}

static struct answer effective(struct peer *peer, const char *who)
{
    struct admin_op op = admin_op_of(ADMIN_EFFECTIVE);
    op.who = who;
    return administer(peer, &op);
}

static const char *setting_of(const struct answer *answer, const char *setting)
{
    return answer_field(answer, answer_row(answer, "setting", setting), "value");
}

static void set_team(struct peer *peer, const char *who, const char *team)
{
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = who;
    op.team = team;
    CHECK_EQ(administer(peer, &op).status, OIM_OK);
}

/* May leave a message for bob, who is signed out? */
static bool may_leave(struct peer *peer)
{
    uint64_t send_no = peer_send(peer, "bob", "hello");
    CHECK(peer_result(peer, send_no) != NULL);
    return peer_result(peer, send_no)->outcome == OUTCOME_HELD;
}

/* Where the setting's value comes from; policies and the organisation may both have one of that name. */
static const char *origin_of(const struct frame_policy *policy, const char *name, size_t nth)
{
    for (size_t i = 0; i < policy->setting_count; i++) {
        if (strcmp(policy->settings[i].name, name) == 0 && nth-- == 0) {
            return policy->settings[i].origin;
        }
    }
    return "";
}

static void policies_frame__tells_the_organisation_from_the_policy__where_both_have_a_setting(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 9);
    struct peer *alice = world_join(&world, "alice");
    peer_cut(alice);
    peer_sign_in(alice);
    const struct frame_policy *policy = &peer_last(alice, FRAME_POLICY)->u.policy;
    CHECK_TEXT(origin_of(policy, "EnableOfflineIm", 0), "default");
    CHECK_TEXT(origin_of(policy, "EnableOfflineIm", 1), "organisation");
    CHECK(policy->may_leave);
    CHECK_TEXT(policy->rule, "default");

    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    policy = &peer_last(alice, FRAME_POLICY)->u.policy;
    CHECK(!policy->may_leave);
    CHECK_TEXT(policy->rule, "EnableOfflineIm");
    CHECK_TEXT(origin_of(policy, "EnableOfflineIm", 0), "Global");
    CHECK_TEXT(origin_of(policy, "EnableOfflineIm", 1), "organisation");
    world_finish(&world);
}

/*
 * Goal:   a change of policy counts from the next message on, and is pushed to whom it concerns.
 * Method: the seed's line, while Alice is connected; count the Policy frames she gets.
 */
static void admin_policy_set__is_obeyed_and_told_at_once__to_those_connected(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    CHECK(may_leave(alice));
    peer_forget(alice);

    struct wire_setting off = setting_tri("EnableIMAutoArchiving", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    CHECK_EQ(peer_count(alice, FRAME_POLICY), 1);
    CHECK_EQ(peer_last(alice, FRAME_POLICY)->u.policy.policy_version, world.core->policies.policy_version);
    uint64_t send_no = peer_send(alice, "bob", "hello");
    CHECK_EQ(peer_result(alice, send_no)->outcome, OUTCOME_REFUSED);
    CHECK_EQ(peer_result(alice, send_no)->reason, REASON_SENDER_OFFLINE_OFF);
    CHECK_EQ(peer_result(alice, send_no)->who, WHO_SENDER_POLICY);

    world_restart(&world);
    peer_sign_in(alice);
    CHECK(!may_leave(alice));
    world_finish(&world);
}

static void admin_grant__covers_its_person__and_nobody_else(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 2);
    struct peer *alice = world_join(&world, "alice");
    struct peer *tony = world_join(&world, "tony");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "OfflineIM", &off, 1).status, OIM_OK);
    peer_forget(alice);
    peer_forget(tony);
    struct answer answer = grant(world.owner, "offlineim", "the tony"); /* by display name, without case */
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "policy"), "Tag:OfflineIM");
    CHECK_EQ(peer_count(tony, FRAME_POLICY), 1);
    CHECK_EQ(peer_count(alice, FRAME_POLICY), 0);
    CHECK(!may_leave(tony));
    CHECK(may_leave(alice));

    answer = grant(world.owner, "", "tony");
    CHECK_TEXT(answer_field(&answer, 0, "policy"), "Global");
    CHECK(may_leave(tony));
    world_finish(&world);
}

static void admin_grant__reaches_a_team__and_people_who_have_not_joined(void **state)
{
    (void)state;
    struct world world;
    uint8_t secret[INVITE_SECRET_SIZE];
    world_init(&world, 3);
    struct peer *tony = world_join(&world, "tony");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    set_team(world.owner, "tony", "Sales");
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = "nina";
    op.display = op.login;
    op.team = "sales"; /* the same team */
    administer_entry(world.owner, &op, secret);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Quiet", &off, 1).status, OIM_OK);
    CHECK_EQ(grant(world.owner, "Quiet", "@SALES").status, OIM_OK);
    CHECK(!may_leave(tony));
    struct peer *nina = world_join_invited(&world, "nina", secret);
    CHECK(!may_leave(nina));

    CHECK_EQ(grant(world.owner, "", "@sales").status, OIM_OK);
    CHECK(may_leave(tony));
    CHECK(may_leave(nina));
    struct answer none = grant(world.owner, "Global", "tony");
    CHECK_EQ(none.status, OIM_ERR_USAGE); /* the original's rule: only named policies are granted */
    world_finish(&world);
}

static void admin_find__answers_with_the_candidates__when_several_are_meant(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 4);
    struct admin_op op = admin_op_of(ADMIN_INVITE);
    op.login = "tony";
    op.display = "Tony Smith";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    op.login = "tsmith";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    op.login = "jose";
    op.display = "Jos\xc3\xa9 Ruiz";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    struct answer answer = grant(world.owner, "", "tony smith");
    CHECK_EQ(answer.status, OIM_ERR_NOT_FOUND);
    CHECK_EQ(answer.rows.row_count, 2);
    CHECK_TEXT(answer_note(&answer, "ambiguous"), "tony smith");
    CHECK_EQ(grant(world.owner, "", "tony").status, OIM_OK); /* a login is never ambiguous */
    answer = grant(world.owner, "", "JOSE R");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "login"), "jose");
    CHECK_EQ(grant(world.owner, "", "nobody").status, OIM_ERR_NOT_FOUND);
    world_finish(&world);
}

static void admin_policy_new__warns__that_it_switches_offline_messages_back_on(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    struct wire_setting warning = setting_text("IMWarning", "Be kind");
    struct answer answer = set_policy(world.owner, ADMIN_POLICY_NEW, "Polite", &warning, 1);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "note_switched_on"), "Tag:Polite");
    answer =
        set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1); /* and whoever has Polite stays on */
    CHECK_TEXT(answer_note(&answer, "note_switched_on"), "Tag:Polite");
    struct wire_setting unset = {.name = "EnableOfflineIm", .value = SETTING_VALUE_UNSET};
    answer = set_policy(world.owner, ADMIN_POLICY_SET, "Global", &unset, 1);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK(answer_note(&answer, "note_switched_on") ==
          NULL); /* Global is off no longer, and none is on by it */
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "polite", NULL, 0).status, OIM_ERR_CONFLICT);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Global", NULL, 0).status, OIM_ERR_CONFLICT);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Polit", &off, 1).status, OIM_ERR_NOT_FOUND);
    world_finish(&world);
}

/*
 * Goal:   a grant that undoes what site:Team says for its people is told, once, by grant and by what-if
 * alike. Method: the same policy for two of a team and for the team; a policy that says the same undoes
 * nothing.
 */
static void admin_grant__warns__that_it_undoes_the_policy_of_the_team(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5);
    (void)world_join(&world, "tony");
    (void)world_join(&world, "tina");
    (void)world_join(&world, "bob");
    set_team(world.owner, "tony", "Sales");
    set_team(world.owner, "tina", "Sales");
    const struct wire_setting site[] = {setting_tri("EnableOfflineIm", false),
                                        setting_text("IMWarning", "Be kind")};
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "site:Sales", site, 2).status, OIM_OK);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Silent", NULL, 0).status, OIM_OK);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Same", site, 2).status, OIM_OK);

    static const char *const three[] = {"tony", "tina", "bob"};
    struct admin_op op = admin_op_of(ADMIN_GRANT);
    op.policy = "Silent";
    op.whos = three;
    op.who_count = 3;
    op.what_if = true;
    for (int i = 0; i < 2; i++) { /* considered, then done */
        struct answer answer = administer(world.owner, &op);
        CHECK_EQ(answer.status, OIM_OK);
        CHECK_EQ(answer.rows.note_count, op.what_if ? 2 : 3);
        CHECK(op.what_if || strcmp(answer_note(&answer, "may_leave"), "2") == 0);
        CHECK_TEXT(answer_note(&answer, "note_undoes_off"), "site:Sales");
        CHECK_TEXT(answer_note(&answer, "note_undoes_setting"), "IMWarning (site:Sales)");
        op.what_if = false;
    }
    CHECK_EQ(grant(world.owner, "Silent", "tony").rows.note_count, 0); /* nothing is undone now */
    struct answer answer = grant(world.owner, "Silent", "@Sales");
    CHECK_TEXT(answer_note(&answer, "note_undoes_off"), "site:Sales");
    answer = grant(world.owner, "Same", "bob");
    CHECK(answer_note(&answer, "note_undoes_off") == NULL);
    world_finish(&world);
}

static void admin_policy_remove__names_who_has_it__and_takes_the_grants_along_by_force(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 6);
    (void)world_join(&world, "tony");
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Quiet", &off, 1).status, OIM_OK);
    CHECK_EQ(grant(world.owner, "Quiet", "tony").status, OIM_OK);
    struct admin_op op = admin_op_of(ADMIN_POLICY_REMOVE);
    op.identity = "Quiet";
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_ERR_CONFLICT);
    CHECK_TEXT(answer_field(&answer, 0, "used"), "tony");
    op.force = true;
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Quiet", &off, 1).status, OIM_OK);
    answer = effective(world.owner, "tony");
    CHECK_TEXT(answer_note(&answer, "policy"), "Global"); /* not back under the new one */

    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    op.identity = "Global";
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "reset"), "Global");
    answer = effective(world.owner, "tony");
    CHECK_TEXT(answer_note(&answer, "offline"), "on");
    world_finish(&world);
}

static void admin_policy_site__governs_its_team__without_any_grant(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7);
    struct peer *tony = world_join(&world, "tony");
    set_team(world.owner, "tony", "Sales");
    struct wire_setting warning = setting_text("IMWarning", "Recorded");
    peer_forget(tony);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "site:Sales", &warning, 1).status, OIM_OK);
    CHECK_EQ(peer_count(tony, FRAME_POLICY), 1);
    struct answer answer = effective(tony, ""); /* about oneself: everybody may */
    CHECK_TEXT(answer_note(&answer, "policy"), "site:Sales");
    CHECK_TEXT(answer_note(&answer, "via"), "site");
    CHECK_TEXT(setting_of(&answer, "IMWarning"), "Recorded");
    CHECK_EQ(effective(tony, "owner").status, OIM_ERR_DENIED);
    world_finish(&world);
}

/*
 * Goal:   the main switch never drops anybody's other settings, and its way back leads where it came from.
 * Method: Tony has a policy of his own; off and on again; his warning stays throughout.
 */
static void admin_offline__keeps_other_settings__there_and_back(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 8);
    struct peer *tony = world_join(&world, "tony");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    struct wire_setting warning = setting_text("IMWarning", "Support");
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Support", &warning, 1).status, OIM_OK);
    CHECK_EQ(grant(world.owner, "Support", "tony").status, OIM_OK);

    struct answer answer = offline(world.owner, TRI_FALSE, "tony");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "made"), "Tag:Support+NoOffline");
    CHECK_TEXT(answer_note(&answer, "granted"), "tony");
    CHECK(!may_leave(tony));
    answer = effective(world.owner, "tony");
    CHECK_TEXT(setting_of(&answer, "IMWarning"), "Support");

    answer = offline(world.owner, TRI_FALSE, "tony");
    CHECK_TEXT(answer_note(&answer, "nothing_changed"), "tony");
    answer = offline(world.owner, TRI_TRUE, "tony");
    CHECK_TEXT(answer_field(&answer, 0, "policy"), "Tag:Support");
    CHECK(may_leave(tony));
    world_finish(&world);
}

static void admin_offline__makes_one_policy__for_all_who_need_the_same(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 9);
    (void)world_join(&world, "tony");
    (void)world_join(&world, "nina");
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    const char *const three[] = {"tony", "nina"};
    op.on = TRI_FALSE;
    op.whos = three;
    op.who_count = 2;
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "policy"), "Tag:NoOffline");
    CHECK_TEXT(answer_field(&answer, 1, "policy"), "Tag:NoOffline");
    answer = offline(world.owner, TRI_TRUE, "nina");
    CHECK_TEXT(answer_field(&answer, 0, "policy"), "Global");
    answer = offline(world.owner, TRI_UNSET, NULL);
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "tony"), "offline"), "off");
    CHECK_TEXT(answer_field(&answer, answer_row(&answer, "login", "nina"), "offline"), "on");
    world_finish(&world);
}

static void admin_offline__switches_everybody__and_names_who_stays_as_they_are(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 10);
    struct peer *tony = world_join(&world, "tony");
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    CHECK_EQ(offline(world.owner, TRI_FALSE, "tony").status, OIM_OK);
    CHECK_EQ(offline(world.owner, TRI_FALSE, NULL).status, OIM_OK);
    CHECK(!may_leave(alice));
    struct wire_setting off = setting_tri("EnableIMAutoArchiving", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "Global", &off, 1).status, OIM_OK);
    struct answer answer = offline(world.owner, TRI_TRUE, NULL);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "has_own_policy"), "tony");
    CHECK(may_leave(alice));
    CHECK(!may_leave(tony));
    world_finish(&world);
}

static void admin_offline__turns_a_team_off__and_back(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 11);
    struct peer *tony = world_join(&world, "tony");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    set_team(world.owner, "tony", "Sales");
    struct answer answer = offline(world.owner, TRI_FALSE, "@sales");
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "via"), "team");
    CHECK(!may_leave(tony));
    CHECK_EQ(offline(world.owner, TRI_TRUE, "@sales").status, OIM_OK);
    CHECK(may_leave(tony));
    world_finish(&world);
}

/*
 * Goal:   there and back leaves nothing behind, and takes away nothing that somebody else still has or wrote.
 * Method: Tony and Nina get the same copy; it goes with the last of them, and not once it is described anew.
 */
static void admin_offline__removes_its_copy__when_nobody_has_it_any_more(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 21);
    (void)world_join(&world, "tony");
    (void)world_join(&world, "nina");
    const struct policy_identity copy = {.scope = POLICY_TAG, .name = "NoOffline"};
    CHECK_EQ(offline(world.owner, TRI_FALSE, "tony").status, OIM_OK);
    CHECK_EQ(offline(world.owner, TRI_FALSE, "nina").status, OIM_OK);
    struct answer answer = offline(world.owner, TRI_TRUE, "tony");
    CHECK(answer_note(&answer, "removed") == NULL);
    CHECK(policies_find(&world.core->policies, &copy) != NULL);
    answer = offline(world.owner, TRI_TRUE, "nina");
    CHECK_TEXT(answer_note(&answer, "removed"), "Tag:NoOffline");
    CHECK(policies_find(&world.core->policies, &copy) == NULL);

    CHECK_EQ(offline(world.owner, TRI_FALSE, "tony").status, OIM_OK);
    struct wire_setting mine = setting_text("Description", "ours");
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_SET, "NoOffline", &mine, 1).status, OIM_OK);
    answer = offline(world.owner, TRI_TRUE, "tony");
    CHECK(answer_note(&answer, "removed") == NULL);
    CHECK(policies_find(&world.core->policies, &copy) != NULL);
    world_finish(&world);
}

/* What a copy is for: once the team says the same, the way back from it is the team's. */
static void admin_offline__takes_its_copy_back__where_it_says_what_counts_without_it(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 22);
    (void)world_join(&world, "tony");
    set_team(world.owner, "tony", "Sales");
    CHECK_EQ(offline(world.owner, TRI_FALSE, "tony").status, OIM_OK);
    struct answer answer = offline(world.owner, TRI_FALSE, "@sales");
    CHECK_TEXT(answer_field(&answer, 0, "did"), "granted");
    CHECK_TEXT(answer_field(&answer, 0, "people"), "0"); /* Tony could not before either */
    answer = offline(world.owner, TRI_FALSE, "tony");
    CHECK_TEXT(answer_field(&answer, 0, "did"), "returned");
    CHECK_TEXT(answer_field(&answer, 0, "via"), "team");
    answer = offline(world.owner, TRI_TRUE, "@sales");
    CHECK_TEXT(answer_field(&answer, 0, "did"), "returned");
    CHECK_TEXT(answer_field(&answer, 0, "people"), "1");
    CHECK_TEXT(answer_note(&answer, "removed"), "Tag:NoOffline");
    world_finish(&world);
}

static void admin_offline__says_what_it_did__and_for_how_many_it_is_news(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 23);
    (void)world_join(&world, "tony");
    (void)world_join(&world, "nina");
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    const char *const names[] = {"tony", "nina", "tony", "The Nina"};
    op.on = TRI_FALSE;
    op.whos = names;
    op.who_count = OIM_COUNT(names);
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_EQ(answer.rows.row_count, 2); /* who is named twice is meant once */
    CHECK_TEXT(answer_field(&answer, 0, "did"), "made");
    CHECK_TEXT(answer_field(&answer, 1, "did"), "granted");
    CHECK_TEXT(answer_field(&answer, 1, "was"), "Global");
    CHECK_TEXT(answer_field(&answer, 1, "people"), "1");
    answer = offline(world.owner, TRI_FALSE, NULL);
    CHECK_TEXT(answer_field(&answer, 0, "people"), "1"); /* the owner: the others could not before either */
    answer = offline(world.owner, TRI_FALSE, NULL);
    CHECK_TEXT(answer_field(&answer, 0, "did"), "nothing");
    answer = offline(world.owner, TRI_TRUE, "tony");
    CHECK_TEXT(answer_field(&answer, 0, "people"), "0"); /* the organisation's switch comes first */
    CHECK(answer_note(&answer, "note_organisation_off") != NULL);
    answer = offline(world.owner, TRI_TRUE, NULL);
    CHECK_TEXT(answer_field(&answer, 0, "people"), "2"); /* Nina is still off by her own policy */
    world_finish(&world);
}

/* A name that may be two people, a person or policy that is not there: each is named in a note, for the
 * reader's language. */
static void admin_grant__says_whom_or_what_it_did_not_find__and_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 24);
    (void)world_join(&world, "tony");
    (void)world_join(&world, "tonya");
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    CHECK_EQ(set_policy(world.owner, ADMIN_POLICY_NEW, "Quiet", &off, 1).status, OIM_OK);
    struct answer answer = grant(world.owner, "Quiet", "the ton");
    CHECK_EQ(answer.status, OIM_ERR_NOT_FOUND);
    CHECK_TEXT(answer_note(&answer, "ambiguous"), "the ton");
    CHECK_EQ(answer.rows.row_count, 2);
    CHECK_TEXT(answer_field(&answer, 1, "login"), "tonya");
    answer = grant(world.owner, "Quiet", "nobody");
    CHECK_TEXT(answer_note(&answer, "no_such_person"), "nobody");
    answer = grant(world.owner, "Quite", "tony");
    CHECK_TEXT(answer_note(&answer, "no_such_policy"), "Quite");
    CHECK_TEXT(answer_note(&answer, "nearest"), "Quiet");
    CHECK_TEXT(registry_person_by_login(&world.core->registry, "tony")->grant, "");
    world_finish(&world);
}

static void admin_im_config__decides_for_everybody(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 12);
    struct peer *alice = world_join(&world, "alice");
    struct peer *bob = world_join(&world, "bob");
    peer_cut(bob);
    struct wire_setting off = setting_tri("EnableOfflineIm", false);
    struct admin_op op = admin_op_of(ADMIN_IM_CONFIG);
    op.set = true;
    op.settings = &off;
    op.setting_count = 1;
    struct answer answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, 0, "EnableOfflineIm"), "False");
    uint64_t send_no = peer_send(alice, "bob", "hello");
    CHECK_EQ(peer_result(alice, send_no)->who, WHO_ORGANISATION);
    op = admin_op_of(ADMIN_IM_CONFIG);
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, 0, "StartContacts"), "Everyone");
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_frame__tells_the_organisation_from_the_policy__where_both_have_a_setting),
        cmocka_unit_test(admin_policy_set__is_obeyed_and_told_at_once__to_those_connected),
        cmocka_unit_test(admin_grant__covers_its_person__and_nobody_else),
        cmocka_unit_test(admin_grant__reaches_a_team__and_people_who_have_not_joined),
        cmocka_unit_test(admin_find__answers_with_the_candidates__when_several_are_meant),
        cmocka_unit_test(admin_policy_new__warns__that_it_switches_offline_messages_back_on),
        cmocka_unit_test(admin_grant__warns__that_it_undoes_the_policy_of_the_team),
        cmocka_unit_test(admin_policy_remove__names_who_has_it__and_takes_the_grants_along_by_force),
        cmocka_unit_test(admin_policy_site__governs_its_team__without_any_grant),
        cmocka_unit_test(admin_offline__keeps_other_settings__there_and_back),
        cmocka_unit_test(admin_offline__makes_one_policy__for_all_who_need_the_same),
        cmocka_unit_test(admin_offline__switches_everybody__and_names_who_stays_as_they_are),
        cmocka_unit_test(admin_offline__turns_a_team_off__and_back),
        cmocka_unit_test(admin_offline__removes_its_copy__when_nobody_has_it_any_more),
        cmocka_unit_test(admin_offline__takes_its_copy_back__where_it_says_what_counts_without_it),
        cmocka_unit_test(admin_offline__says_what_it_did__and_for_how_many_it_is_news),
        cmocka_unit_test(admin_grant__says_whom_or_what_it_did_not_find__and_changes_nothing),
        cmocka_unit_test(admin_im_config__decides_for_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
