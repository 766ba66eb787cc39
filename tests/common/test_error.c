/* test_error.c - the sentence that goes with a status. */
#include "common/error.h"

#include "tests/support/check.h"

static void fail__returns_its_status__with_or_without_an_error(void **state)
{
    (void)state;
    struct oim_error err;
    CHECK_STATUS(oim_fail(&err, OIM_ERR_USAGE, "line %d: %s", 3, "unknown key"), OIM_ERR_USAGE);
    CHECK_STATUS(err.status, OIM_ERR_USAGE);
    CHECK_TEXT(err.text, "line 3: unknown key");
    CHECK_STATUS(oim_fail(NULL, OIM_ERR_IO, "nobody reads this"), OIM_ERR_IO);
}

static void fail__may_quote_the_error__it_is_about_to_replace(void **state)
{
    (void)state;
    struct oim_error err;
    CHECK_STATUS(oim_fail(&err, OIM_ERR_STORAGE, "disk full"), OIM_ERR_STORAGE);
    CHECK_STATUS(oim_fail(&err, OIM_ERR_IO, "start: %s", err.text), OIM_ERR_IO);
    CHECK_TEXT(err.text, "start: disk full");
}

static void fail__cuts_long_sentences__between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char text[2 * OIM_ERROR_TEXT_SIZE] = "";
        memset(text, 'x', shift);
        for (size_t i = 0; i < OIM_ERROR_TEXT_SIZE / 4 + 8; i++) {
            strcat(text, "\xf0\x9f\x91\x8d");
        }
        struct oim_error err;
        CHECK_STATUS(oim_fail(&err, OIM_ERR_USAGE, "%s", text), OIM_ERR_USAGE);
        size_t size = strlen(err.text);
        CHECK(size > OIM_ERROR_TEXT_SIZE - 6 && size < OIM_ERROR_TEXT_SIZE);
        CHECK(oim_utf8_valid((const uint8_t *)err.text, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail__returns_its_status__with_or_without_an_error),
        cmocka_unit_test(fail__may_quote_the_error__it_is_about_to_replace),
        cmocka_unit_test(fail__cuts_long_sentences__between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
