/* test_admin.c - every administrative request and its answer comes back as sent. */
#include "proto/admin.h"

#include <stdlib.h>

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/proto/random_message.h"
#include "tests/proto/vectors.h"
#include "tests/support/check.h"

enum { ARENA_SIZE = 1 << 20, ROUNDS = 400 };

struct bench {
    struct oim_arena made, got;
    struct oim_buf out;
    struct fake_random random;
    struct oim_error err;
};

static int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    CHECK(bench != NULL);
    oim_arena_init(&bench->made, malloc(ARENA_SIZE), ARENA_SIZE);
    oim_arena_init(&bench->got, malloc(ARENA_SIZE), ARENA_SIZE);
    oim_buf_init(&bench->out, PAGE_SIZE_MAX);
    fake_random_init(&bench->random, 7);
    *state = bench;
    return 0;
}

static int bench_teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->made.memory);
    free(bench->got.memory);
    oim_buf_finish(&bench->out);
    free(bench);
    return 0;
}

static void bench_reset(struct bench *bench)
{
    oim_arena_reset(&bench->made);
    oim_arena_reset(&bench->got);
    oim_buf_clear(&bench->out);
}

static void admin_op__comes_back_as_sent__for_every_kind(void **state)
{
    struct bench *bench = *state;
    bool seen[ADMIN_OP_KIND_LIMIT] = {false};
    size_t count = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct admin_op sent, got;
        bench_reset(bench);
        random_message(&wire_admin_op, &bench->random, i % 2 == 0 ? FULL_ALL : FULL_SOME, &bench->made,
                       &sent);
        CHECK_OK(admin_op_encode(&sent, &bench->out));
        CHECK_OK_ERR(admin_op_decode(oim_buf_slice(&bench->out), &bench->got, &got, &bench->err),
                     &bench->err);
        CHECK_EQ(got.kind, sent.kind);
        CHECK_EQ(got.dry_run, sent.dry_run);
        if (!same_message(&wire_admin_op, &sent, &got)) {
            fail_msg("%s came back different", admin_op_name(&sent));
        }
        count += !seen[sent.kind];
        seen[sent.kind] = true;
    }
    CHECK_EQ(count, 22); /* all of them were drawn */
}

static void admin_op__packs_as_in_the_protocol(void **state)
{
    struct bench *bench = *state;
    const struct wire_setting setting = {
        .name = "EnableIMAutoArchiving", .value = SETTING_VALUE_TRI, .tri = TRI_FALSE};
    const struct admin_op op = {
        .kind = ADMIN_POLICY_SET, .identity = "Global", .settings = &setting, .setting_count = 1};

    CHECK_OK(admin_op_encode(&op, &bench->out));
    CHECK_HEX(bench->out.data, bench->out.size, VECTOR_ADMIN_BODY);
}

/* A setting without a value (unset) and one whose value is nothing (0, "") are two things. */
static void admin_op__tells_unset_from_empty(void **state)
{
    static const struct wire_setting settings[] = {
        {.name = "A", .value = SETTING_VALUE_UNSET},
        {.name = "B", .value = SETTING_VALUE_UINT, .uint = 0},
        {.name = "C", .value = SETTING_VALUE_TEXT, .text = ""},
        {.name = "D", .value = SETTING_VALUE_TRI, .tri = TRI_UNSET},
    };
    struct bench *bench = *state;
    const struct admin_op op = {
        .kind = ADMIN_IM_CONFIG, .settings = settings, .setting_count = OIM_COUNT(settings)};
    struct admin_op got;

    CHECK_OK(admin_op_encode(&op, &bench->out));
    CHECK_OK_ERR(admin_op_decode(oim_buf_slice(&bench->out), &bench->got, &got, &bench->err), &bench->err);
    CHECK_EQ(got.setting_count, OIM_COUNT(settings));
    for (size_t i = 0; i < OIM_COUNT(settings); i++) {
        CHECK_EQ(got.settings[i].value, settings[i].value);
        CHECK(got.settings[i].text != NULL && got.settings[i].origin != NULL);
    }
}

static void admin_op__is_none__when_a_later_version_asks(void **state)
{
    struct bench *bench = *state;
    static const uint8_t later[] = {0xfa, 0x06, 0x00}; /* field 111, empty */
    struct admin_op got;

    CHECK_OK_ERR(admin_op_decode(oim_slice(later, sizeof(later)), &bench->got, &got, &bench->err),
                 &bench->err);
    CHECK_EQ(got.kind, ADMIN_NONE);
    CHECK_TEXT(got.who, "");
}

static void admin_op__has_a_name__for_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_admin_op.field_count; i++) {
        const struct wire_field *field = &wire_admin_op.fields[i];
        if (field->one_of) {
            CHECK_EQ(field->kind, field->number); /* frame.h: the field numbers of AdminOp.op */
            const struct admin_op op = {.kind = (enum admin_op_kind)field->kind};
            CHECK(strcmp(admin_op_name(&op), "unknown") != 0);
        }
    }
    static const struct {
        struct admin_op op;
        const char *name;
    } some[] = {
        {{.kind = ADMIN_POLICY_SET}, "policy.set"},
        {{.kind = ADMIN_USER_ENABLE, .enabled = true}, "user.enable"},
        {{.kind = ADMIN_USER_ENABLE}, "user.disable"},
        {{.kind = ADMIN_NONE}, "unknown"},
        {{.kind = (enum admin_op_kind)1000}, "unknown"},
    };
    for (size_t i = 0; i < OIM_COUNT(some); i++) {
        CHECK_TEXT(admin_op_name(&some[i].op), some[i].name);
    }
}

static void admin_rows__come_back_as_sent(void **state)
{
    struct bench *bench = *state;

    for (unsigned i = 0; i < 100; i++) {
        struct admin_rows sent, got;
        bench_reset(bench);
        random_message(&wire_admin_rows, &bench->random, i % 2 == 0 ? FULL_ALL : FULL_SOME, &bench->made,
                       &sent);
        CHECK_OK(admin_rows_encode(&sent, &bench->out));
        CHECK_OK_ERR(admin_rows_decode(oim_buf_slice(&bench->out), &bench->got, &got, &bench->err),
                     &bench->err);
        CHECK(same_message(&wire_admin_rows, &sent, &got));
    }
}

static void admin_op__refuses__more_people_than_one_grant_may_name(void **state)
{
    static const char *whos[ADMIN_WHO_COUNT_MAX + 1];
    struct bench *bench = *state;
    struct admin_op op = {.kind = ADMIN_GRANT, .policy = "", .whos = whos, .who_count = ADMIN_WHO_COUNT_MAX},
                    got;

    for (size_t i = 0; i < OIM_COUNT(whos); i++) {
        whos[i] = "somebody";
    }
    CHECK_OK(admin_op_encode(&op, &bench->out));
    CHECK_OK_ERR(admin_op_decode(oim_buf_slice(&bench->out), &bench->got, &got, &bench->err), &bench->err);
    bench_reset(bench);
    op.who_count++;
    CHECK_OK(admin_op_encode(&op, &bench->out));
    CHECK_STATUS(admin_op_decode(oim_buf_slice(&bench->out), &bench->got, &got, &bench->err), OIM_ERR_LIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(admin_op__comes_back_as_sent__for_every_kind),
        TEST(admin_op__packs_as_in_the_protocol),
        TEST(admin_op__tells_unset_from_empty),
        TEST(admin_op__is_none__when_a_later_version_asks),
        TEST(admin_op__has_a_name__for_every_kind),
        TEST(admin_rows__come_back_as_sent),
        TEST(admin_op__refuses__more_people_than_one_grant_may_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
