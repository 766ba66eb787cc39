/* test_id.c - ids as bytes and as what people type. */
#include "common/id.h"

#include "tests/support/check.h"
#include "tests/support/fake.h"

static struct oim_id id_of(const char *hex)
{
    struct oim_id id;
    CHECK_EQ(check_unhex(hex, id.bytes, sizeof(id.bytes)), OIM_ID_SIZE);
    return id;
}

static void check_text_form(const char *hex, const char *expected)
{
    struct oim_id id = id_of(hex);
    struct oim_id back;
    char text[OIM_ID_TEXT_SIZE];
    oim_id_to_text(&id, text);
    CHECK_TEXT(text, expected);
    CHECK_OK(oim_id_from_text(text, &back));
    CHECK(oim_id_equal(&id, &back));
}

/* Expected values made with Python: base64.b32encode, its alphabet replaced by Crockford's. */
static void id__has_the_text_form__of_crockfords_base32(void **state)
{
    (void)state;
    check_text_form("00000000000000000000000000000000", "00000000000000000000000000");
    check_text_form("ffffffffffffffffffffffffffffffff", "zzzzzzzzzzzzzzzzzzzzzzzzzw");
    check_text_form("000102030405060708090a0b0c0d0e0f", "000g40r40m30e209185gr38e1w");
    check_text_form("085ed2726cb088e16df06272d904e1ea", "11fd4wkcp24e2vfgc9sdj171x8");
}

static void id__reads_letters_leniently__as_crockford_says(void **state)
{
    (void)state;
    struct oim_id id;
    struct oim_id lenient;
    CHECK_OK(oim_id_from_text("11fd4wkcp24e2vfgc9sdj17108", &id));
    CHECK_OK(oim_id_from_text("iLFD4WKCP24E2VFGC9SDJ17IO8", &lenient));
    CHECK(oim_id_equal(&id, &lenient));
}

static void id__refuses_text__that_is_no_id(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0000000000000000000000000",   /* 25 letters */
        "000000000000000000000000000", /* 27 */
        "00000000000000000000000001",  /* a set bit beyond the 128th */
        "zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "u0000000000000000000000000", /* u is no digit of it */
        "0000-000000000000000000000",
        "0000000000000000000000000 ",
        "\xc3\xa9"
        "000000000000000000000000",
    };
    struct oim_id id = id_of("11111111111111111111111111111111");
    for (size_t i = 0; i < OIM_COUNT(bad); i++) {
        CHECK_STATUS(oim_id_from_text(bad[i], &id), OIM_ERR_PROTOCOL);
    }
    CHECK_HEX(id.bytes, OIM_ID_SIZE, "11111111111111111111111111111111");
}

static void id__is_found_by_its_beginning__from_four_letters_on(void **state)
{
    (void)state;
    struct oim_id id = id_of("085ed2726cb088e16df06272d904e1ea");
    CHECK(oim_id_has_prefix(&id, "11fd"));
    CHECK(oim_id_has_prefix(&id, "IlFd4W"));
    CHECK(oim_id_has_prefix(&id, "11fd4wkcp24e2vfgc9sdj171x8"));
    CHECK(!oim_id_has_prefix(&id, "11f"));
    CHECK(!oim_id_has_prefix(&id, ""));
    CHECK(!oim_id_has_prefix(&id, "11fe"));
    CHECK(!oim_id_has_prefix(&id, "11fd "));
    CHECK(!oim_id_has_prefix(&id, "11fd4wkcp24e2vfgc9sdj17x80"));
    CHECK(!oim_id_has_prefix(&id, "11fd4wkcp24e2vfgc9sdj17x8w0"));
}

static void id__compares__as_bytes_do(void **state)
{
    (void)state;
    struct oim_id zero = {{0}};
    struct oim_id one = id_of("00000000000000000000000000000001");
    struct oim_id high = id_of("80000000000000000000000000000000");
    CHECK(oim_id_is_zero(&zero));
    CHECK(!oim_id_is_zero(&one));
    CHECK(oim_id_compare(&zero, &one) < 0);
    CHECK(oim_id_compare(&high, &one) > 0);
    CHECK_EQ(oim_id_compare(&one, &one), 0);
    CHECK(!oim_id_equal(&one, &high));
}

static void id__survives_its_text__for_random_ids(void **state)
{
    (void)state;
    struct fake_random fake;
    fake_random_init(&fake, 2);
    struct oim_random random = fake_random_of(&fake);
    for (unsigned i = 0; i < 1000; i++) {
        struct oim_id id;
        struct oim_id back;
        char text[OIM_ID_TEXT_SIZE];
        oim_random_fill(&random, id.bytes, sizeof(id.bytes));
        oim_id_to_text(&id, text);
        CHECK_OK(oim_id_from_text(text, &back));
        CHECK(oim_id_equal(&id, &back));
        text[OIM_ID_SHORT_LETTERS] = '\0';
        CHECK(oim_id_has_prefix(&id, text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id__has_the_text_form__of_crockfords_base32),
        cmocka_unit_test(id__reads_letters_leniently__as_crockford_says),
        cmocka_unit_test(id__refuses_text__that_is_no_id),
        cmocka_unit_test(id__is_found_by_its_beginning__from_four_letters_on),
        cmocka_unit_test(id__compares__as_bytes_do),
        cmocka_unit_test(id__survives_its_text__for_random_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
