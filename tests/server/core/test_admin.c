/* test_admin.c - who may ask what, what must be signed, and what the audit chain holds afterwards. */
#include <stdio.h>

#include "policy/role.h"
#include "server/core/admin.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

/* A request that every operation's handler would grant, or refuse for a reason that is not the role. */
static struct admin_op sample(enum admin_op_kind kind)
{
    static const char *const whos[] = {"tony"};
    static struct wire_setting setting;
    struct admin_op op = admin_op_of(kind);
    setting = setting_tri("EnableReadReceipts", false);
    op.who = "tony";
    op.login = "newcomer";
    op.identity = kind == ADMIN_POLICY_SET || kind == ADMIN_POLICY_GET ? "Global" : "Fresh";
    op.settings = &setting;
    op.setting_count = 1;
    op.display = "Tony";
    op.address_op = ADDRESS_OP_LIST;
    op.device_id.bytes[0] = 1;
    if (kind == ADMIN_GRANT || kind == ADMIN_OFFLINE) {
        op.whos = whos;
        op.who_count = 1;
        op.on = TRI_TRUE;
    }
    if (kind == ADMIN_IM_CONFIG) {
        setting = setting_tri("HistoryFollowsArchiving", false);
        op.set = true;
    }
    return op;
}

/*
 * Goal:   every operation obeys the table of roles, and nothing else stands in for it.
 * Method: each role asks for each operation about an ordinary person; DENIED exactly where policy/role.h says
 * so.
 */
static void handle_admin__obeys_the_roles__for_every_operation(void **state)
{
    (void)state;
    static const enum role roles[] = {ROLE_USER, ROLE_BOT, ROLE_AUDITOR, ROLE_ADMIN, ROLE_OWNER};
    struct world world;
    world_init(&world, 1);
    (void)world_join(&world, "tony");
    struct peer *peers[] = {administer_join(&world, "una", ROLE_USER),
                            administer_join(&world, "bo", ROLE_BOT),
                            administer_join(&world, "audrey", ROLE_AUDITOR),
                            administer_join(&world, "ada", ROLE_ADMIN), world.owner};
    for (unsigned kind = 1; kind < ADMIN_OP_KIND_LIMIT; kind++) {
        struct admin_op op = sample((enum admin_op_kind)kind);
        if (role_needed(&op, ROLE_NONE) == ROLE_NONE || kind == ADMIN_TRACE) {
            continue;
        }
        for (size_t i = 0; i < OIM_COUNT(roles); i++) {
            struct answer answer = administer(peers[i], &op);
            bool may = role_may(roles[i], &op, ROLE_USER);
            if ((answer.status == OIM_ERR_DENIED) == may) {
                fail_msg("%s by role %u: %s", admin_op_name(&op), roles[i], answer.text);
            }
            peer_forget(peers[i]);
        }
    }
    world_finish(&world);
}

static void handle_admin__keeps_administrators_to_the_owner(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 2);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    (void)administer_join(&world, "bea", ROLE_ADMIN);
    (void)world_join(&world, "tony");
    struct admin_op op = admin_op_of(ADMIN_USER_SET);
    op.who = "tony";
    op.role = ROLE_ADMIN;
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_DENIED);
    op = admin_op_of(ADMIN_USER_ENABLE);
    op.who = "bea";
    CHECK_EQ(administer(ada, &op).status, OIM_ERR_DENIED);
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    op.who = "owner";
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_CONFLICT); /* the last one */
    world_finish(&world);
}

/* Whoever may not ask does not learn who exists either. */
static void handle_admin__denies_first__and_looks_people_up_then(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 8);
    struct peer *una = world_join(&world, "una");
    struct admin_op op = admin_op_of(ADMIN_QUEUE);
    op.who = "nobody";
    CHECK_EQ(administer(una, &op).status, OIM_ERR_DENIED);
    CHECK_EQ(administer(world.owner, &op).status, OIM_ERR_NOT_FOUND);
    world_finish(&world);
}

static struct admin_op offline_off(void)
{
    struct admin_op op = admin_op_of(ADMIN_OFFLINE);
    op.on = TRI_FALSE;
    return op;
}

static uint64_t audit_length(struct world *world)
{
    return world->core->orglog.audit_n;
}

static void handle_admin__refuses_what_is_not_signed__and_changes_nothing(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 3);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    struct peer *tony = world_join(&world, "tony");
    uint64_t length = audit_length(&world);
    uint64_t version = world.core->policies.policy_version;
    struct admin_op op = offline_off();
    uint64_t next = administer_next_no(ada);
    CHECK_EQ(administer_raw(ada, &op, next, NULL).status, OIM_ERR_AUTH);
    CHECK_EQ(administer_raw(ada, &op, next, &tony->key).status, OIM_ERR_AUTH);
    CHECK_EQ(administer_raw(ada, &op, next, &world.owner->key).status, OIM_ERR_AUTH);
    CHECK_EQ(audit_length(&world), length);
    CHECK_EQ(world.core->policies.policy_version, version);
    CHECK_EQ(administer_next_no(ada), next);
    world_finish(&world);
}

/*
 * Goal:   a change is made once, however often its bytes arrive.
 * Method: the same number again, at once and after a restart; then a lower one.
 */
static void handle_admin__refuses_a_number_that_was_used__also_after_a_restart(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 4);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    struct admin_op op = offline_off();
    CHECK_EQ(administer_raw(ada, &op, 7, &ada->key).status, OIM_OK);
    uint64_t length = audit_length(&world);
    struct answer again = administer_raw(ada, &op, 7, &ada->key);
    CHECK_EQ(again.status, OIM_ERR_CONFLICT);
    CHECK_EQ(again.admin_no, 7);
    world_restart(&world);
    peer_sign_in(ada);
    again = administer_raw(ada, &op, 7, &ada->key);
    CHECK_EQ(again.status, OIM_ERR_CONFLICT);
    CHECK_EQ(again.admin_no, 7);
    CHECK_EQ(administer_raw(ada, &op, 3, &ada->key).status, OIM_ERR_CONFLICT);
    CHECK_EQ(audit_length(&world), length);
    CHECK_EQ(administer_raw(ada, &op, 8, &ada->key).status, OIM_OK);
    world_finish(&world);
}

static void handle_admin__allows_ten_changes_a_second__from_one_device(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5);
    struct admin_op op = offline_off();
    world_run_ms(&world, 2000);
    for (unsigned i = 0; i < 10; i++) {
        CHECK_EQ(administer_raw(world.owner, &op, administer_next_no(world.owner), &world.owner->key).status,
                 OIM_OK);
    }
    uint64_t next = administer_next_no(world.owner);
    CHECK_EQ(administer_raw(world.owner, &op, next, &world.owner->key).status, OIM_AGAIN);
    world_run_ms(&world, 1000);
    CHECK_EQ(administer_raw(world.owner, &op, next, &world.owner->key).status, OIM_OK);
    world_finish(&world);
}

static void handle_admin__changes_nothing_in_a_dry_run__and_needs_no_signature(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 6);
    (void)world_join(&world, "tony");
    struct wire_setting setting = setting_tri("EnableOfflineIm", false);
    struct admin_op op = admin_op_of(ADMIN_POLICY_SET);
    op.identity = "Global";
    op.settings = &setting;
    op.setting_count = 1;
    op.dry_run = true;
    uint64_t length = audit_length(&world);
    struct answer answer = administer_raw(world.owner, &op, 0, NULL);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_field(&answer, 0, "EnableOfflineIm"), "False");
    CHECK_EQ(audit_length(&world), length);
    op = admin_op_of(ADMIN_POLICY_GET);
    op.identity = "Global";
    answer = administer(world.owner, &op);
    CHECK_TEXT(answer_field(&answer, 0, "EnableOfflineIm"), "");
    world_finish(&world);
}

/* A client that was signed in before its person's role changed must not name the old one. */
static void admin__says_in_which_role_one_was_denied__as_it_is_now(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 9);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    struct admin_op list = admin_op_of(ADMIN_USER_LIST);
    CHECK_EQ(administer(ada, &list).status, OIM_OK);
    struct account *account = world_account(&world, "ada");
    account->role = ROLE_USER;
    struct answer answer = administer(ada, &list);
    CHECK_EQ(answer.status, OIM_ERR_DENIED);
    CHECK_TEXT(answer_note(&answer, "role"), "user");
    world_finish(&world);
}

/*
 * Goal:   the audit log says who changed what from what to what, and can be checked link by link.
 * Method: change one setting twice and somebody's team; read the log back, also after a restart.
 */
static void audit__holds_old_and_new_values__in_an_unbroken_chain(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7);
    struct peer *ada = administer_join(&world, "ada", ROLE_ADMIN);
    struct wire_setting setting = setting_tri("EnableIMAutoArchiving", false);
    struct admin_op op = admin_op_of(ADMIN_POLICY_SET);
    op.identity = "Global";
    op.settings = &setting;
    op.setting_count = 1;
    CHECK_EQ(administer(ada, &op).status, OIM_OK);
    setting = setting_tri("EnableIMAutoArchiving", true);
    CHECK_EQ(administer(ada, &op).status, OIM_OK);
    op = admin_op_of(ADMIN_USER_SET);
    op.who = "ada";
    op.team = "Support";
    CHECK_EQ(administer(world.owner, &op).status, OIM_OK);
    world_restart(&world);
    peer_sign_in(ada);

    op = admin_op_of(ADMIN_AUDIT_READ);
    struct answer answer = administer(ada, &op);
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "chain"), "ok");
    CHECK_EQ(answer.rows.row_count, 4); /* with ada's own invite */
    CHECK_TEXT(answer_field(&answer, 0, "op"), "invite");
    CHECK_TEXT(answer_field(&answer, 0, "login"), "owner");
    CHECK_TEXT(answer_field(&answer, 1, "old"), "Global EnableIMAutoArchiving=");
    CHECK_TEXT(answer_field(&answer, 1, "new"), "Global EnableIMAutoArchiving=False");
    CHECK_TEXT(answer_field(&answer, 2, "old"), "Global EnableIMAutoArchiving=False");
    CHECK_TEXT(answer_field(&answer, 2, "login"), "ada");
    CHECK_TEXT(answer_field(&answer, 3, "new"), "login=ada team=Support");

    op.from_n = 3;
    answer = administer(ada, &op);
    CHECK_TEXT(answer_field(&answer, 0, "n"), "3");
    CHECK_TEXT(answer_note(&answer, "chain"), "ok");

    op.from_n = 0;
    op.count_max = 3; /* the last ones */
    answer = administer(ada, &op);
    CHECK_EQ(answer.rows.row_count, 3);
    CHECK_TEXT(answer_field(&answer, 0, "n"), "2");
    op.count_max = 100;
    answer = administer(ada, &op);
    CHECK_EQ(answer.rows.row_count, 4);
    world_finish(&world);
}

static void audit__notices__an_entry_that_was_changed(void **state)
{
    (void)state;
    uint8_t bytes[AUDIT_ENTRY_SIZE_MAX];
    struct audit_entry entry = {.at_ms = 5,
                                .admin_no = 9,
                                .login = OIM_SLICE_LITERAL("ada"),
                                .op = OIM_SLICE_LITERAL("policy.set"),
                                .before = OIM_SLICE_LITERAL("a"),
                                .after = OIM_SLICE_LITERAL("b"),
                                .body = OIM_SLICE_LITERAL("signed")};
    struct audit_entry read;
    struct oim_hash nothing = {{0}};
    struct oim_hash first;
    struct oim_hash second;
    size_t size = audit_encode(&entry, bytes);
    CHECK(audit_decode(oim_slice(bytes, size), &read));
    CHECK_EQ(read.admin_no, 9);
    CHECK(oim_slice_equal(read.after, entry.after));
    CHECK(oim_slice_equal(read.body, entry.body));
    CHECK(!audit_decode(oim_slice(bytes, size - 1), &read));
    audit_hash(1, &nothing, oim_slice(bytes, size), &first);
    bytes[size - 1] ^= 1;
    audit_hash(1, &nothing, oim_slice(bytes, size), &second);
    CHECK(memcmp(&first, &second, sizeof(first)) != 0);
    audit_hash(2, &nothing, oim_slice(bytes, size), &first); /* another place in the chain */
    CHECK(memcmp(&first, &second, sizeof(first)) != 0);
    nothing.bytes[sizeof(nothing.bytes) - 1] = 1; /* another entry before it */
    audit_hash(2, &nothing, oim_slice(bytes, size), &second);
    CHECK(memcmp(&first, &second, sizeof(first)) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_admin__obeys_the_roles__for_every_operation),
        cmocka_unit_test(handle_admin__keeps_administrators_to_the_owner),
        cmocka_unit_test(handle_admin__denies_first__and_looks_people_up_then),
        cmocka_unit_test(handle_admin__refuses_what_is_not_signed__and_changes_nothing),
        cmocka_unit_test(handle_admin__refuses_a_number_that_was_used__also_after_a_restart),
        cmocka_unit_test(handle_admin__allows_ten_changes_a_second__from_one_device),
        cmocka_unit_test(handle_admin__changes_nothing_in_a_dry_run__and_needs_no_signature),
        cmocka_unit_test(admin__says_in_which_role_one_was_denied__as_it_is_now),
        cmocka_unit_test(audit__holds_old_and_new_values__in_an_unbroken_chain),
        cmocka_unit_test(audit__notices__an_entry_that_was_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
