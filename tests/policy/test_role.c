/* test_role.c - the whole matrix of roles and requests. */
#include "policy/role.h"

#include "tests/support/check.h"

/* Who may: each request in its reading and its changing form, by hand. */
static const struct {
    struct admin_op op;
    const char *may; /* u user, b bot, r auditor, a administrator, o owner */
} matrix[] = {
    {{.kind = ADMIN_NONE}, ""},
    {{.kind = ADMIN_INVITE, .role = ROLE_USER}, "ao"},
    {{.kind = ADMIN_INVITE, .role = ROLE_AUDITOR}, "ao"},
    {{.kind = ADMIN_INVITE, .role = ROLE_ADMIN}, "o"},
    {{.kind = ADMIN_INVITE, .role = ROLE_OWNER}, "o"},
    {{.kind = ADMIN_USER_LIST}, "rao"},
    {{.kind = ADMIN_USER_SET, .display = "Tony"}, "ao"},
    {{.kind = ADMIN_USER_SET, .role = ROLE_BOT}, "ao"},
    {{.kind = ADMIN_USER_SET, .role = ROLE_ADMIN}, "o"},
    {{.kind = ADMIN_USER_SET, .role = ROLE_OWNER}, "o"},
    {{.kind = ADMIN_USER_ENABLE}, "ao"},
    {{.kind = ADMIN_INVITE_LIST}, "rao"},
    {{.kind = ADMIN_INVITE_REVOKE}, "ao"},
    {{.kind = ADMIN_DEVICE_REVOKE}, "ao"},
    {{.kind = ADMIN_USER_RESET}, "ao"},
    {{.kind = ADMIN_USER_ERASE}, "ao"},
    {{.kind = ADMIN_POLICY_GET}, "rao"},
    {{.kind = ADMIN_POLICY_NEW}, "ao"},
    {{.kind = ADMIN_POLICY_SET}, "ao"},
    {{.kind = ADMIN_POLICY_REMOVE}, "ao"},
    {{.kind = ADMIN_GRANT}, "ao"},
    {{.kind = ADMIN_IM_CONFIG}, "rao"},
    {{.kind = ADMIN_IM_CONFIG, .set = true}, "ao"},
    {{.kind = ADMIN_EFFECTIVE}, "rao"},
    {{.kind = ADMIN_OFFLINE}, "rao"},
    {{.kind = ADMIN_OFFLINE, .on = TRI_FALSE}, "ao"},
    {{.kind = ADMIN_OFFLINE, .on = TRI_TRUE}, "ao"},
    {{.kind = ADMIN_QUEUE}, "rao"},
    {{.kind = ADMIN_QUEUE, .erase = true}, "ao"},
    {{.kind = ADMIN_TRACE}, "rao"},
    {{.kind = ADMIN_AUDIT_READ}, "rao"},
    {{.kind = ADMIN_STATUS}, "rao"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_LIST}, "rao"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_ADD}, "ao"},
    {{.kind = ADMIN_ADDRESS, .address_op = ADDRESS_OP_REMOVE}, "ao"},
    {{.kind = ADMIN_OP_KIND_LIMIT}, ""},
};

static const char letters[] = {
    [ROLE_NONE] = '-',    [ROLE_USER] = 'u',  [ROLE_BOT] = 'b',
    [ROLE_AUDITOR] = 'r', [ROLE_ADMIN] = 'a', [ROLE_OWNER] = 'o',
};

static void may__follows_the_matrix__for_every_role_and_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < OIM_COUNT(matrix); i++) {
        for (int role = ROLE_NONE; role <= ROLE_OWNER; role++) {
            bool expected = strchr(matrix[i].may, letters[role]) != NULL;
            CHECK_EQ(role_may((enum role)role, &matrix[i].op, ROLE_USER), expected);
        }
        CHECK(!role_may((enum role)(ROLE_OWNER + 1), &matrix[i].op, ROLE_USER));
    }
}

static void may__needs_the_owner__to_unseat_who_administers(void **state)
{
    (void)state;
    static const enum role seated[] = {ROLE_ADMIN, ROLE_OWNER};
    static const struct admin_op unseating[] = {
        {.kind = ADMIN_USER_SET, .role = ROLE_USER},
        {.kind = ADMIN_USER_ENABLE},
        {.kind = ADMIN_DEVICE_REVOKE},
        {.kind = ADMIN_USER_RESET},
        {.kind = ADMIN_USER_ERASE},
        {.kind = ADMIN_INVITE_REVOKE},
    };
    for (size_t i = 0; i < OIM_COUNT(seated); i++) {
        for (size_t j = 0; j < OIM_COUNT(unseating); j++) {
            CHECK(!role_may(ROLE_ADMIN, &unseating[j], seated[i]));
            CHECK(role_may(ROLE_OWNER, &unseating[j], seated[i]));
            CHECK_EQ(role_needed(&unseating[j], seated[i]), ROLE_OWNER);
        }
        struct admin_op rename = {.kind = ADMIN_USER_SET, .display = "Ana Ruiz"};
        CHECK(role_may(ROLE_ADMIN, &rename, seated[i]));
    }
}

/* Goal: a request added to the protocol without a row here is nobody's, instead of everybody's. */
static void needed__has_a_row__for_every_request(void **state)
{
    (void)state;
    for (int kind = ADMIN_NONE; kind < ADMIN_OP_KIND_LIMIT; kind++) {
        bool listed = false;
        for (size_t i = 0; i < OIM_COUNT(matrix); i++) {
            listed = listed || (int)matrix[i].op.kind == kind;
        }
        struct admin_op op = {.kind = (enum admin_op_kind)kind};
        CHECK_EQ(listed && kind != ADMIN_NONE, role_needed(&op, ROLE_USER) != ROLE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(may__follows_the_matrix__for_every_role_and_request),
        cmocka_unit_test(may__needs_the_owner__to_unseat_who_administers),
        cmocka_unit_test(needed__has_a_row__for_every_request),
    };
    return cmocka_run_group_tests_name("policy/role", tests, NULL, NULL);
}
