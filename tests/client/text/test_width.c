/* test_width.c - columns, for what people write. */
#include "client/text/width.h"

#include "tests/support/check.h"
#include "tests/support/fake.h"

#define COLUMNS(text) text_columns(OIM_SLICE_LITERAL(text))

static void width__counts_columns__not_bytes(void **state)
{
    (void)state;
    CHECK_EQ(COLUMNS(""), 0);
    CHECK_EQ(COLUMNS("hello"), 5);
    CHECK_EQ(COLUMNS("mañana"), 6);
    CHECK_EQ(COLUMNS("man\xcc\x83"
                     "ana"),
             6);
    CHECK_EQ(COLUMNS("日本"), 4);
    CHECK_EQ(COLUMNS("한국"), 4);
    CHECK_EQ(COLUMNS("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 2); /* one syllable from three jamo */
    CHECK_EQ(COLUMNS("שלום"), 4);
}

static void width__is_two__for_any_one_emoji(void **state)
{
    (void)state;
    CHECK_EQ(COLUMNS("👍"), 2);
    CHECK_EQ(COLUMNS("👍🏽"), 2);
    CHECK_EQ(COLUMNS("👩‍👩‍👧‍👦"), 2);
    CHECK_EQ(COLUMNS("🇪🇸"), 2);
    CHECK_EQ(COLUMNS("🇪🇸🇫🇷"), 4);
    CHECK_EQ(COLUMNS("❤️"), 2);
    CHECK_EQ(COLUMNS("1️⃣"), 2);
}

static void width__is_one__for_bytes_that_are_no_text(void **state)
{
    (void)state;
    CHECK_EQ(COLUMNS("\xff\xfe"), 2);
    CHECK_EQ(COLUMNS("\x1b\x7f"), 2);
}

static void fit__never_cuts__a_cluster(void **state)
{
    (void)state;
    size_t columns;
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("abc"), 2, &columns), 2);
    CHECK_EQ(columns, 2);
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("a日b"), 2, &columns), 1);
    CHECK_EQ(columns, 1);
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("e\xcc\x81x"), 1, &columns), 3);
    CHECK_EQ(columns, 1);
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("👩‍🚀x"), 1, &columns), 0);
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("👩‍🚀x"), 2, &columns), sizeof("👩‍🚀") - 1);
    CHECK_EQ(text_fit(OIM_SLICE_LITERAL("abc"), SIZE_MAX, &columns), 3);
}

static void check_truncated(const char *in, size_t columns_max, const char *truncated, const char *padded)
{
    OIM_CLEANUP(oim_buf_finish) struct oim_buf out = {.size_max = 256};
    CHECK_OK(text_truncate(&out, oim_slice_text(in), columns_max));
    CHECK_OK(oim_buf_append(&out, "", 1));
    CHECK_TEXT((const char *)out.data, truncated);
    oim_buf_clear(&out);
    CHECK_OK(text_pad(&out, oim_slice_text(in), columns_max));
    CHECK_OK(oim_buf_append(&out, "", 1));
    CHECK_TEXT((const char *)out.data, padded);
}

static void truncate__says_that_it_did__with_an_ellipsis(void **state)
{
    (void)state;
    check_truncated("hello", 8, "hello", "hello   ");
    check_truncated("hello", 5, "hello", "hello");
    check_truncated("hello", 4, "hel…", "hel…");
    check_truncated("日本語", 5, "日本…", "日本…");
    check_truncated("日本語", 4, "日…", "日… ");
    check_truncated("hello", 1, "…", "…");
    check_truncated("hello", 0, "", "");
    check_truncated("", 2, "", "  ");
}

static void truncate__appends_nothing__when_the_buffer_is_full(void **state)
{
    (void)state;
    OIM_CLEANUP(oim_buf_finish) struct oim_buf out = {.size_max = 6};
    CHECK_OK(oim_buf_append(&out, "ab", 2));
    CHECK_STATUS(text_truncate(&out, OIM_SLICE_LITERAL("hello world"), 3), OIM_ERR_LIMIT);
    CHECK_STATUS(text_pad(&out, OIM_SLICE_LITERAL("x"), 5), OIM_ERR_LIMIT);
    CHECK_EQ(out.size, 2);
}

/* Goal: cutting agrees with counting, at every width, for any bytes. */
static void fit__agrees_with_columns__for_random_text(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", "日",           "e\xcc\x81", "👩", "\xe2\x80\x8d",
                                         "🇪", "\xef\xb8\x8f", "\xff"};
    struct fake_random random;
    fake_random_init(&random, 9);
    for (unsigned round = 0; round < 2000; round++) {
        char text[64] = "";
        for (size_t i = 0; i < 8; i++) {
            strcat(text, pieces[fake_random_below(&random, OIM_COUNT(pieces))]);
        }
        struct oim_slice slice = oim_slice_text(text);
        for (size_t columns_max = 0; columns_max < 18; columns_max++) {
            size_t columns;
            size_t size = text_fit(slice, columns_max, &columns);
            CHECK(columns <= columns_max);
            CHECK_EQ(text_columns(oim_slice(slice.data, size)), columns);
            CHECK(size == slice.size || columns + 2 > columns_max);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width__counts_columns__not_bytes),
        cmocka_unit_test(width__is_two__for_any_one_emoji),
        cmocka_unit_test(width__is_one__for_bytes_that_are_no_text),
        cmocka_unit_test(fit__never_cuts__a_cluster),
        cmocka_unit_test(truncate__says_that_it_did__with_an_ellipsis),
        cmocka_unit_test(truncate__appends_nothing__when_the_buffer_is_full),
        cmocka_unit_test(fit__agrees_with_columns__for_random_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
